"""A decision in every report: the parent alone, at its first place, with its members in JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import archdiff
from answers import compared
from archdiff.model.result import Result
from archdiff.report import View, find
from diff.decisions.prints import block, told, transformer

WIDTH = "hidden size 16, not 32"
OUTCOME = compared(transformer(16, [block(16, 64, p=0.2)]), transformer(32, [block(32, 64)]))
RESULT = Result(outcome=OUTCOME)


@pytest.mark.parametrize("name", ["terminal", "markdown", "github", "concise", "sarif"])
def test_the_parent_stands_for_its_members(name: str) -> None:
    text = find(name).render([RESULT], View())
    assert WIDTH in text
    assert "p 0.2, not 0.1" in text  # what no decision explains
    assert "out_features 16, not 32" not in text
    assert "embedding_dim 16" not in text


def test_concise() -> None:
    """A line each, at the first place of the decision."""
    lines = [line for line in find("concise").render([RESULT], View()).splitlines() if "AD7" not in line]
    assert [line.partition("AD")[2] for line in lines] == [
        f"109 function emb: {WIDTH} (6 places)",
        "401 training layers.0.mlp.drop: p 0.2, not 0.1",
    ]
    assert lines[0].startswith("2: AD109")


def test_json_has_the_members() -> None:
    document = json.loads(find("json").render([RESULT], View()))
    found = {each["rule"]: each for each in document["findings"]}
    assert [each["rule"] for each in document["findings"] if each["rule"] != "AD701"] == ["AD109", "AD401"]
    parent = found["AD109"]
    assert (parent["name"], parent["effect"], parent["message"], parent["count"], len(parent["places"])) == (
        "design",
        "function",
        WIDTH,
        6,
        6,
    )
    assert {member["rule"] for member in parent["members"]} == {"AD301"}
    assert [member["message"] for member in parent["members"]] == [
        each.message for each in OUTCOME.findings if each.design
    ]
    assert all("members" not in each for each in (*parent["members"], found["AD401"]))
    assert document["counts"]["function"] == 1


def test_sarif_knows_it_again_where_only_lines_change(tmp_path: Path) -> None:
    """One result at its first line in the candidate, with one fingerprint wherever the print stands."""
    print_of_it = transformer(16, [block(16, 64)])
    (tmp_path / "reference.txt").write_text(transformer(32, [block(32, 64)]))
    found = []
    for lines in ("", "# notes\n\n"):
        (tmp_path / "candidate.txt").write_text(f"{lines}{print_of_it}\n")
        outcome = archdiff.compare(tmp_path / "candidate.txt", tmp_path / "reference.txt")
        (run,) = json.loads(find("sarif").render([Result(outcome=outcome)], View()))["runs"]
        (result,) = (each for each in run["results"] if each["ruleId"] == "AD109")
        line = result["locations"][0]["physicalLocation"]["region"]["startLine"]
        found.append((line, result["partialFingerprints"]["archdiff/v2"]))
    assert [line for line, _ in found] == [2, 4]
    assert len({mark for _, mark in found}) == 1


def test_junit_has_its_members_under_their_rules() -> None:
    """A rule is a case: one that passes although a member fails would say what is not so."""
    text = find("junit").render([RESULT], View())
    assert text.count("<failure") == 2, told(OUTCOME.decisions)
    assert f'value="function: {WIDTH}' in text
    assert f"{len(OUTCOME.decisions[0].members)} findings: embedding_dim 16, not 32" in text
