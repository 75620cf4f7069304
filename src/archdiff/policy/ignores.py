"""Which findings are ignored: by rule, by path, by a comment in the text.

Values only: a finding goes in, what is left of it and what was covered come out. Must not know of pairs or files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache

from archdiff.model import catalogue
from archdiff.model.finding import Finding, PlacePair
from archdiff.model.network import ancestors
from archdiff.semantics import kinds, unprinted


@dataclass(frozen=True, slots=True)
class Ignore:
    """One instruction to ignore findings of some rules at some paths, with the reason."""

    rules: tuple[str, ...] = ()  # ids; none: every rule
    path: str = ""  # `features.*`: a path on either side, or what holds it; none: every path
    reason: str = ""
    source: str = ""  # where it is written
    line: int = 0
    side: str = ""  # of a comment: "candidate" or "reference", whose lines it covers
    lines: tuple[int, ...] = ()

    def covers(self, rule: str, places: PlacePair) -> bool:
        """Whether a finding of this rule is ignored in these places."""
        if self.rules and rule not in self.rules:
            return False
        if self.side:
            place = places[self.side == "reference"]
            return place is not None and place.line in self.lines
        return not self.path or any(_fits(place.path, self.path) for place in places if place)

    def __str__(self) -> str:
        what = ",".join(self.rules) or "every rule"
        return f"{what} at {self.path}" if self.path else what


def _fits(path: str, pattern: str) -> bool:
    """Whether a path or something that holds it is meant: `features` covers `features.0` too."""
    return any(fnmatchcase(each, pattern) for each in ancestors(path) if each)


def rules(word: str) -> tuple[str, ...]:
    """`AD401`, `AD4`, `training-setting` -> ids; none where no rule is meant."""
    wanted = word.strip().casefold()
    entry = catalogue.find(wanted)
    if entry:
        return (entry.id,)
    prefix = wanted.rstrip("x").upper()
    return tuple(id_ for id_ in catalogue.BY_ID if id_.startswith(prefix)) if len(prefix) >= len("AD") else ()


def facts(word: str) -> tuple[str, ...]:
    """`AD701` -> ids, `num_heads` and `all` themselves; none where no rule and no fact is meant."""
    if _LIKE_AN_ID.match(word):
        return rules(word)
    return (word,) if word == "all" or word in _facts() else ()


@cache
def _facts() -> frozenset[str]:
    """What a print may not hold: the settings of all kinds, those of classes that no kind describes, and the recipe."""
    named = {field.name for kind in kinds.by_name().values() for field in kind.fields}
    return frozenset({"recipe", *unprinted.SETTING_NAMES, *named, *kinds.ADDED})


_LIKE_AN_ID = re.compile(r"AD\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sifted:
    """What came of a network's findings."""

    kept: tuple[Finding, ...]
    covered: tuple[tuple[Finding, str], ...]  # with the reason
    used: frozenset[Ignore]


def sift(findings: Iterable[Finding], ignores: Sequence[Ignore]) -> Sifted:
    """What is left of findings, and what ignores cover of them.

    Args:
        findings: of one comparison.
        ignores: all that may apply to it; of several that cover a place, the first gives the reason.
    """
    kept: list[Finding] = []
    covered: list[tuple[Finding, str]] = []
    used: set[Ignore] = set()
    for finding in findings:
        named = rules_of(finding)
        of_rule = [ignore for ignore in ignores if not ignore.rules or not named.isdisjoint(ignore.rules)]
        found = {
            pair: [each for each in of_rule if any(each.covers(rule, pair) for rule in named)]
            for pair in finding.all_places
        }
        used.update(ignore for by in found.values() for ignore in by)
        left, gone = split(finding, found.__getitem__)
        kept += [left] if left else []
        if gone:
            reasons = dict.fromkeys(ignore.reason for by in found.values() for ignore in by[:1])
            covered.append((gone, "; ".join(filter(None, reasons))))
    return Sifted(tuple(kept), tuple(covered), frozenset(used))


def rules_of(finding: Finding) -> frozenset[str]:
    """The rules that it may be named by: its own, and AD109 where it is part of a decision."""
    return frozenset({finding.rule, "AD109"} if finding.design else {finding.rule})


def split(finding: Finding, covered: Callable[[PlacePair], object]) -> tuple[Finding | None, Finding | None]:
    """Splits a finding, which may stand for many places, by whether these are covered.

    Args:
        finding: of one place or several.
        covered: says of the places on both sides whether they are; only its truth counts.

    Returns:
        (what is left of it, what is covered); None for a part without a place.
    """
    parts: tuple[list[PlacePair], list[PlacePair]] = ([], [])
    for pair in finding.all_places:
        parts[bool(covered(pair))].append(pair)
    left, gone = parts
    if not (left and gone):
        return (finding, None) if left else (None, finding)
    return _only(finding, left), _only(finding, gone)


def _only(finding: Finding, places: Sequence[PlacePair]) -> Finding:
    candidate, reference = places[0]
    return replace(finding, candidate=candidate, reference=reference, count=len(places), places=tuple(places))
