"""Every finding has one of the effects that its rule names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from archdiff.model import catalogue
from archdiff.model.catalogue import BY_ID, RuleInfo
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from test_mismatches import CASES, compared


def _all(findings: Iterable[Finding]) -> Iterator[Finding]:
    for finding in findings:
        yield finding
        yield from _all(finding.consequences)


@pytest.mark.parametrize(("candidate", "reference"), [pytest.param(*case[1:3], id=case[0]) for case in CASES])
def test_a_finding_has_an_effect_of_its_rule(candidate: str, reference: str) -> None:
    for finding in _all(compared(candidate, reference).findings):
        assert finding.effect in BY_ID[finding.rule].effects, finding.message


@pytest.mark.parametrize("entry", catalogue.ENTRIES, ids=lambda entry: entry.id)
def test_an_entry(entry: RuleInfo) -> None:
    assert list(entry.effects) == sorted(set(entry.effects), reverse=True)
    titles = [title for title, _ in catalogue.sections(entry)]
    assert titles == ["Effect", "Example", "What to do", "To ignore"]


@pytest.mark.parametrize(
    ("rule", "title", "text"),
    [
        ("AD202", "Effect", "`function` (the computed function)"),
        ("AD107", "Effect", f"`unknown` ({Effect.UNKNOWN.meaning}), `cosmetic` (spelling only)"),
        ("AD701", "Effect", "`unknown`, and it never decides the verdict"),
        ("AD901", "Effect", "`unknown`, and it never decides the verdict"),
        (
            "AD001",
            "To ignore",
            'A claim fails only where `claims = "fail"` is set; `claims = "tell"` reports it and never fails, '
            '`claims = "off"` leaves it out.',
        ),
        (
            "AD701",
            "To ignore",
            "Nothing to do: such a fact fails only where --strict or `strict` in archdiff.toml names it.",
        ),
        (
            "AD401",
            "To ignore",
            "`# archdiff: ignore[AD401] reason` on the line in either text; "
            '`ignore = [{ rule = "AD401", path = "features.*", reason = "..." }]` in archdiff.toml; '
            "--ignore AD401 for one comparison. The finding then leaves the exit code, never the verdict.",
        ),
    ],
)
def test_what_a_section_says(rule: str, title: str, text: str) -> None:
    assert dict(catalogue.sections(BY_ID[rule]))[title] == text
