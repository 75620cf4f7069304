"""Wording is no data: with other words for every message the findings are the same, one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdiff import api, parse
from archdiff.diff import messages
from archdiff.model.finding import Finding, Place
from archdiff.model.identity import identity
from archdiff.model.message import message
from archdiff.model.outcome import Outcome
from archdiff.semantics import kinds, rules
from test_mismatches import CASES

NOTE = parse.read(str(Path(__file__).parents[1] / "data" / "note.md")).networks
STAGE = (
    "Net(\n  (layer1): Sequential(\n    (0): Block(\n      (conv): Conv2d(8, 8, kernel_size=(3, 3))\n{}    )\n  )\n)\n"
)
DOWN = "(down): Sequential(\n(0): Conv2d(8, 8, kernel_size=(1, 1))\n(1): BatchNorm2d(8)\n)\n"
FUSED = "Attention(\n  (qkv): Linear(in_features=8, out_features=24, bias=True)\n)\n"
APART = "Attention(\n" + "".join(f"  ({name}_proj): Linear(8, 8)\n" for name in "qkv") + ")\n"

PAIRS = {
    **{case[0]: (case[1], case[2]) for case in CASES},
    "a block of layers": (STAGE.format(""), STAGE.format(DOWN)),
    "one projection or three": (FUSED, APART),
}


def compared(candidate: str, reference: str) -> Outcome:
    ours, theirs = (parse.parse(text)[0] for text in (candidate, reference))
    return api.compare_networks(ours, theirs)


def known_by(outcome: Outcome) -> object:
    """All that must not follow from words: the identity of each, its effect and count, and what follows."""

    def told(findings: tuple[Finding, ...]) -> list[object]:
        return [
            (
                each.effect,
                each.count,
                [identity(each, places) for places in each.all_places],
                told(each.consequences),
            )
            for each in findings
        ]

    return outcome.verdicts, told(outcome.findings), list(outcome.pairs)


def reword(patch: pytest.MonkeyPatch) -> None:
    """Every message in the same words, which hold no parameter."""
    for code in messages.SENTENCES:
        patch.setitem(messages.SENTENCES, code, "in other words")


@pytest.mark.parametrize(("ours", "theirs"), PAIRS.values(), ids=PAIRS)
def test_other_words_are_the_same_findings(monkeypatch: pytest.MonkeyPatch, ours: str, theirs: str) -> None:
    both = [(ours, theirs), (theirs, ours)]
    before = [known_by(compared(*sides)) for sides in both]
    reword(monkeypatch)
    after = [compared(*sides) for sides in both]
    assert [known_by(outcome) for outcome in after] == before
    assert {finding.message for outcome in after for finding in outcome.findings if finding.what} == {"in other words"}


@pytest.mark.parametrize("index", range(1, len(NOTE)))
def test_in_a_note_too(monkeypatch: pytest.MonkeyPatch, index: int) -> None:
    before = known_by(api.compare_networks(NOTE[0], NOTE[index]))
    reword(monkeypatch)
    assert known_by(api.compare_networks(NOTE[0], NOTE[index])) == before


def test_no_reason_is_part_of_what_a_finding_is_known_by() -> None:
    """Nor what kinds and rules remark, which is English that stands outside of the messages."""
    fields = [field for kind in kinds.by_name().values() for field in kind.fields]
    remarks = {each.remark for each in kinds.by_name().values()} | {field.remark for field in fields}
    prose = [text for text in (*remarks, *(rule.because for rule in rules.table().values())) if text]
    assert len(prose) > 10
    outcomes = [compared(*sides) for ours, theirs in PAIRS.values() for sides in ((ours, theirs), (theirs, ours))]
    findings = [finding for outcome in outcomes for finding in outcome.findings]
    said = " ".join(finding.message for finding in findings)
    assert sum(text in said for text in prose) > 5
    for finding in findings:
        held = " ".join(identity(finding))
        assert [text for text in prose if text in held] == [], finding


@pytest.mark.parametrize("reason", ["why", "because", "remark"])
def test_a_reason_may_be_reworded(reason: str) -> None:
    place = Place("a", 1, None, "Linear")
    ours, theirs = (
        Finding("AD107", 0, "", "", place, place, what=message("joined", rule="fused", **{reason: text}))  # type: ignore[arg-type]  # a reason is words
        for text in ("one text", "another")
    )
    assert identity(ours) == identity(theirs)
    assert identity(ours).detail == "joined(rule=fused)"
