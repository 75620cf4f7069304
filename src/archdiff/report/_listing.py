"""Findings one under the other, for a terminal: where, what differs, by which rule and on which lines.

Paths stand in one column, and so do messages; the candidate's value and the reference's have colours of their own. Must
not choose which findings are shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from archdiff.model import places
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.outcome import Outcome
from archdiff.report import View
from archdiff.report._findings import message, ranges, times, where
from archdiff.report._lines import Line, hanging, length, packed, shorten

_MOST_PLACES: Final = 6  # of one finding, without --all
_OF_WINNERS: Final = ("AD501", "AD601")
_LONGEST_PATH: Final = 34
_Live = tuple[bool, bool]  # the candidate, the reference
_VALUES: Final = re.compile(r"(?<![\w.])(\S+), not (\S+?)(?=$|[ ;:,)])")


def lines(findings: Sequence[Finding], outcome: Outcome, view: View) -> Iterator[Line]:
    """Each finding with where else it stands, what follows from it, and what to check.

    Args:
        findings: Those of one section.
        outcome: Which they are of.
        view: How wide, and whether all is wanted.
    """
    live = places.is_live(outcome.candidate.source), places.is_live(outcome.reference.source)
    width = min([_LONGEST_PATH, view.width // 3, max(map(len, map(where, findings)), default=0)])
    for finding in findings:
        yield from _finding(finding, width, live, view)


def _finding(finding: Finding, width: int, live: _Live, view: View) -> Iterator[Line]:
    style = "not printed" if finding.not_printed else finding.effect.word
    indent = width + 4 if width else 2
    right = f"{finding.rule} {of_lines(finding.candidate, finding.reference, live)}".rstrip()
    head = (("  ", ""), (f"{shorten(where(finding), width):{width}}", style), ("  " if width else "", ""))
    told = hanging(head, message(finding), max(view.width - len(right) - 2, indent + 20), indent)
    for number, line in enumerate(told):
        painted = tuple(part for each in line for part in _painted(each, finding))
        if number == 0:
            painted = (*painted, (" " * max(view.width - len(right) - length(line), 2), ""), (right, "faint"))
        yield painted
    if view.all and len(finding.members) > 1:
        yield from _members(finding, indent, view)
    else:
        yield from _other_places(finding, indent, view)
    yield from _consequences(finding, indent, live, view)
    for member in finding.members:  # of another width only another width follows, which the decision says
        yield from _consequences(member, indent, live, view, _OF_WINNERS)
    if finding.hint:
        said = (" " * indent, ""), ("to check: " if finding.hint_is_code else "hint: ", "faint")
        yield from hanging(said, finding.hint, view.width, indent + 2, code=finding.hint_is_code)


def _painted(part: tuple[str, str], finding: Finding) -> Iterator[tuple[str, str]]:
    """A part of a line, with both values in their colours where it holds them together."""
    text, style = part
    found = None if style or not (finding.setting or finding.members) else _VALUES.search(text)
    if found is None:
        yield part
        return
    yield text[: found.start(1)], ""
    yield found[1], "ours"
    yield text[found.end(1) : found.start(2)], ""
    yield found[2], "theirs"
    yield text[found.end(2) :], ""


def of_lines(candidate: Place | None, reference: Place | None, live: _Live = (False, False)) -> str:
    """`:20|:121`, the candidate's line first; of one side alone its line and which it is.

    Args:
        candidate: Where in the candidate.
        reference: Where in the reference.
        live: Which of them is a live module, which has no lines.
    """
    both = [
        places.short(place.line, ":") if place and place.line and not alive else ""
        for place, alive in zip((candidate, reference), live, strict=True)
    ]
    if not all(both):
        return " ".join(filter(None, (both[0] and f"candidate {both[0]}", both[1] and f"reference {both[1]}")))
    return "|".join(both)


def _members(finding: Finding, indent: int, view: View) -> Iterator[Line]:
    for member in finding.members:
        for path in ranges(member):
            head = ((" " * indent, ""), (f"{path}  " if path else "", "faint"))
            yield from hanging(head, message(member), view.width, indent + 2)


def _other_places(finding: Finding, indent: int, view: View) -> Iterator[Line]:
    others = ranges(finding)[1:]
    if others:
        shown = others if view.all else others[:_MOST_PLACES]
        more = [f"and {len(others) - len(shown):,} more (--all)"] if len(shown) < len(others) else []
        yield from packed(["also", *shown, *more], view.width, indent, "faint", gap=" ")


def _consequences(finding: Finding, indent: int, live: _Live, view: View, rules: Sequence[str] = ()) -> Iterator[Line]:
    for consequence in finding.consequences:
        if consequence.effect is Effect.COSMETIC and not view.all:
            continue
        if rules and consequence.rule not in rules:
            continue
        elsewhere = _lines(consequence) - _lines(finding)
        at = of_lines(consequence.candidate, consequence.reference, live) if elsewhere else ""
        head = ((" " * indent, ""), ("-> ", "follows"))
        yield from hanging(head, consequence.message + times(consequence) + (at and f" ({at})"), view.width, indent + 3)
        yield from _consequences(consequence, indent + 3, live, view)


def _lines(finding: Finding) -> set[tuple[str, int]]:
    both = (("candidate", finding.candidate), ("reference", finding.reference))
    return {(side, place.line) for side, place in both if place and place.line}
