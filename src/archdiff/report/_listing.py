"""Findings one under the other, for a terminal: where, what differs, by which rule and on which lines.

Paths stand in one column, and so do messages; the candidate's value and the reference's have colours of their own. Must
not choose which findings are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from archdiff.model import places
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.outcome import Outcome
from archdiff.report import View
from archdiff.report._findings import message, ranges, times, where
from archdiff.report._lines import Line, hanging, length, packed, shorten, wrapped
from archdiff.report._phrases import values

_MOST_PLACES: Final = 6  # of one finding, without --all
_OF_WINNERS: Final = ("AD501", "AD601")
_LONGEST_PATH: Final = 40
_WIDEST: Final = 120  # columns of a line with its rule: an eye loses its way on longer ones
_LEAST_ROOM: Final = 24  # columns of a message beside its path; with less it stands below
_Live = tuple[bool, bool]  # the candidate, the reference


class _Layout(NamedTuple):
    """How wide paths are, where messages begin, and where rule and lines end."""

    path: int
    message: int
    edge: int


def lines(findings: Sequence[Finding], outcome: Outcome, view: View) -> Iterator[Line]:
    """Each finding with where else it stands, what follows from it, and what to check.

    Args:
        findings: Those of one section.
        outcome: Which they are of.
        view: How wide, and whether all is wanted.
    """
    live = places.is_live(outcome.candidate.source), places.is_live(outcome.reference.source)
    are_differences = any(each.is_difference for each in findings)
    alike = [each for each in outcome.decisions if _is_listed(each, view)] if are_differences else findings
    layout = _columns(alike, live, view)
    for finding in findings:
        yield from _finding(finding, layout, live, view)


def _is_listed(finding: Finding, view: View) -> bool:
    """Whether it stands in a section of differences, which all have the same layout."""
    return finding.is_difference and (view.all or finding.effect not in (Effect.COSMETIC, Effect.STATE))


def _columns(findings: Sequence[Finding], live: _Live, view: View) -> _Layout:
    """A path that is longer than a third of a line has one of its own; rule and lines end at the longest message."""
    paths = [len(where(finding)) for finding in findings]
    most = min(_LONGEST_PATH, view.width // 3)
    path = max((each for each in paths if each <= most), default=0)
    layout = _Layout(path, path + 4 if any(paths) else 2, edge=0)
    edge = 0
    for finding, path in zip(findings, paths, strict=True):
        end = (layout.message if path else 2) + len(message(finding)) if path <= layout.path else path + 2
        edge = max(edge, end + 2 + len(_right(finding, live)))
    return layout._replace(edge=min(edge, view.width, _WIDEST))


def _right(finding: Finding, live: _Live) -> str:
    return f"{finding.rule} {of_lines(finding.candidate, finding.reference, live)}".rstrip()


def _finding(finding: Finding, layout: _Layout, live: _Live, view: View) -> Iterator[Line]:
    yield from _told(finding, layout, _right(finding, live), view)
    indent = layout.message if where(finding) else 2  # set in it would seem to be about the layer above
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


def _told(finding: Finding, layout: _Layout, right: str, view: View) -> Iterator[Line]:
    """Path, message, rule and lines; the path on a line of its own where there is no room for it beside them."""
    path, text = where(finding), message(finding)
    indent = layout.message if path else 2
    room, rest = layout.edge - indent - len(right) - 2, min(view.width, _WIDEST) - indent
    if len(path) > layout.path or room < min(_LEAST_ROOM, len(text)):
        shown = shorten(path, view.width - len(right) - 4)
        yield _with_right((("  ", ""), (shown, "strong")), right, layout)
        head: Line = ((" " * indent, ""),)
        room, right = rest, ""
    else:
        head = (("  ", ""), (path, "strong"), (" " * (indent - 2 - len(path)), ""))
    for painted in _painted(wrapped(text, room, rest), text, finding):
        yield _with_right((*head, *painted), right, layout)
        head, right = ((" " * indent, ""),), ""


def _with_right(line: Line, right: str, layout: _Layout) -> Line:
    gap = layout.edge - len(right) - length(line)
    return (*line, (" " * max(gap, 2), ""), (right, "faint")) if right else line


def _painted(parts: Sequence[str], text: str, finding: Finding) -> Iterator[Line]:
    """The lines of a message, with both values in their colours, on whichever line they are."""
    painted = spans(text, finding)
    end = 0
    for part in parts:
        at = max(text.find(part, end), end)
        end = at + len(part)
        line: list[tuple[str, str]] = []
        for first, last, style in painted:
            inside = range(max(first, at), min(last, end))
            if inside:
                line += [(text[at : inside.start], ""), (text[inside.start : inside.stop], style)]
                at = inside.stop
        yield (*line, (text[at:end], ""))


def spans(text: str, finding: Finding) -> list[tuple[int, int, str]]:
    """Where the candidate's value stands in a message and, behind a "not", the reference's.

    Args:
        text: What the message of the finding says, whole or in part.
        finding: Whose values they are.

    Returns:
        First and last character, counted from 0, the last not among them, and "ours" or "theirs"; nothing where the
        message does not set two values beside each other.
    """
    found = values(finding)
    if found is None:
        return []
    ours = _find(text, found[0], 0)
    then = text.find(", not ", ours + len(found[0])) if ours >= 0 else -1
    theirs = _find(text, found[1], then + len(", not ")) if then >= 0 else -1
    if theirs < 0:
        return []
    return [(ours, ours + len(found[0]), "ours"), (theirs, theirs + len(found[1]), "theirs")]


def _find(text: str, value: str, start: int) -> int:
    """Where a value stands that is no part of a longer one; -1 where it does not."""
    at = text.find(value, start) if value else -1
    while at >= 0:
        around = text[at - 1 : at] + text[at + len(value) : at + len(value) + 1]
        if not any(each.isalnum() or each == "_" for each in around):
            return at
        at = text.find(value, at + 1)
    return -1


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
        room = len("also ") + max(map(len, shown))
        yield from packed(["also", *shown, *more], view.width, min(indent, max(view.width - room, 4)), "faint", gap=" ")


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
