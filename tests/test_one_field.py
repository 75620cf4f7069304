"""What `benchmarks/one_field.py` counts: the findings of a pair against its decisions, and its table of fields."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

BENCHMARKS = str(Path(__file__).parents[1] / "benchmarks")
if BENCHMARKS not in sys.path:
    sys.path.append(BENCHMARKS)

import one_field  # noqa: E402
import one_field_cases as cases  # noqa: E402

#: id, findings as rule and effect, those that count
COUNTED = [
    ("none", [], []),
    ("a setting", ["AD301 function"], ["AD301 function"]),
    ("a fact that is not printed", ["AD301 function", "AD701 unknown"], ["AD301 function"]),
    ("about the paper, and measured", ["AD001 function", "AD901 unknown"], []),
    ("names beside a setting", ["AD301 function", "AD107 cosmetic", "AD601 state"], ["AD301 function"]),
    ("names alone", ["AD107 cosmetic"], ["AD107 cosmetic"]),
    ("two effects", ["AD301 function", "AD401 training"], ["AD301 function", "AD401 training"]),
    ("a parent", ["AD109 function"], ["AD109 function"]),
]

ONE = "Net(\n  (fc): Linear(in_features=8, out_features=4, bias=True)\n  (drop): Dropout(p=0.1, inplace=False)\n)"
OTHER_BIAS = ONE.replace("True", "False")
OTHER_BIAS_AND_DROPOUT = OTHER_BIAS.replace("0.1", "0.2")

#: id, the candidate of `ONE`, the expected effect, the decisions, the exit code
CHECKED = [
    ("one of one", OTHER_BIAS, "function", ("bias",), 0),
    ("a weaker effect", OTHER_BIAS, "training", ("bias",), 1),
    ("two of one", OTHER_BIAS_AND_DROPOUT, "function", ("bias",), 1),
    ("two of two", OTHER_BIAS_AND_DROPOUT, "function", ("bias", "dropout"), 0),
    ("one of two", OTHER_BIAS, "function", ("bias", "dropout"), 1),
]


def finding(text: str) -> Mapping[str, str]:
    rule, effect = text.split()
    return {"rule": rule, "effect": effect}


@pytest.mark.parametrize(("findings", "expected"), [row[1:] for row in COUNTED], ids=[row[0] for row in COUNTED])
def test_counted(findings: list[str], expected: list[str]) -> None:
    assert one_field.counted_findings([*map(finding, findings)]) == [*map(finding, expected)]


@pytest.mark.parametrize(
    ("candidate", "effect", "decisions", "code"), [row[1:] for row in CHECKED], ids=[row[0] for row in CHECKED]
)
def test_check(candidate: str, effect: str, decisions: tuple[str, ...], code: int, tmp_path: Path) -> None:
    field = one_field.Field("net", "none", "Net", "bias", "False", "True", "bias", effect, decisions)
    one_field.write_pair(tmp_path / field.name, candidate, ONE, field)
    assert one_field.read_field(tmp_path / field.name / "meta.json") == field
    assert one_field.check(tmp_path, (), 1.0) == code


def test_check_without_pairs(tmp_path: Path) -> None:
    assert one_field.check(tmp_path, (), 0.0) == 2


def test_fields_have_a_sort_with_an_effect() -> None:
    changed = {(each.name, field) for each in cases.ARCHITECTURES for field in each.changed}
    assert {field for _, field in changed} == set(cases.SORTS)
    assert set(cases.SORTS.values()) <= set(cases.EFFECTS)
    assert set(cases.DECISIONS) <= changed
    assert all(len(decisions) > 1 for decisions in cases.DECISIONS.values())


def test_names_of_architectures_are_unique() -> None:
    names = [each.name for each in cases.ARCHITECTURES]
    assert len(names) == len(set(names))
