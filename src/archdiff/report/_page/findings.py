"""The findings of a page: their words, their lines and the rows of their places. Must not choose words."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from archdiff.model import catalogue, places
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place, PlacePair
from archdiff.model.outcome import NetworkInfo, Outcome
from archdiff.model.rows import Mark
from archdiff.report import _findings, _listing
from archdiff.report._gathered import gathered
from archdiff.report._page.packed import shown, shown_path
from archdiff.report._page.rows import PageRow
from archdiff.report._page.sides import SideLayers, Tables, is_of_configurations

T = TypeVar("T")

MOST: Final = 20_000  # findings of a page
_MOST_RANGES: Final = 200_000  # of rows in a page; beyond it a finding has those of its first place alone
_MOST_LISTED: Final = 200  # paths, parts and consequences of one finding
_MOST_UNDONE: Final = 20  # places that one command names
#: what a finding that names the first layer of a run may be: the run in another order, on one side, replaced
_OF_RUNS: Final = frozenset({"AD101", "AD102", "AD103", "AD104", "AD105"})
_OF_WINNERS: Final = ("AD501", "AD601")
_PLAIN: Final = re.compile(r"[\w@%+=:,./][\w@%+=:,./#-]*", re.ASCII)


class PageFindings:
    """Findings as plain values, for one page.

    Args:
        outcome: Whose.
        rows: Those of the page.
        layers: Those of both sides.
        tables: In which these are entered.
    """

    def __init__(
        self, outcome: Outcome, rows: Sequence[PageRow], layers: tuple[SideLayers, SideLayers], tables: Tables
    ) -> None:
        self.outcome = outcome
        self._tables = tables
        self._sides = tuple([_SideRows(side, rows, which) for which, side in enumerate(layers)])
        self._live = (places.is_live(outcome.candidate.source), places.is_live(outcome.reference.source))
        self._names: dict[str, int] = {}  # how often an id was asked for
        self._ids: set[str] = set()
        self._command = _command(outcome) if all(map(self._has_shapes, layers)) else ""
        self._of_fields = is_of_configurations(outcome)
        self._room = _MOST_RANGES
        self._ends = _ends(rows, layers, outcome.findings)

    def all(self, most: int | None = MOST) -> tuple[list[dict[str, Any]], int]:
        """FINDING of the page for each decision.

        Args:
            most: How many are shown; None for all.

        Returns:
            Those that are shown, and how many more there are.
        """
        found = gathered(self.outcome.decisions)
        shown_ones = found[:most]
        return list(map(self._finding, shown_ones)), len(found) - len(shown_ones)

    def _finding(self, finding: Finding) -> dict[str, Any]:
        message = shown(_findings.message(finding))
        ranges = _first_of(list(map(shown_path, _findings.ranges(finding))), str)
        return {
            "id": self._id(finding),
            "rule": finding.rule,
            "name": catalogue.name(finding.rule),
            "effect": finding.effect.word,
            "category": finding.category,
            "message": message,
            "spans": [list(span) for span in _listing.spans(message, finding)],
            "where": ranges[0] if ranges else "",
            "also": ranges[1:],
            "settings": _settings(finding),
            "lines": self._lines(finding),
            "printed": [self._printed(which, place, finding) for which, place in enumerate(_first(finding))],
            "rows": self._rows(finding),
            "hint": shown(finding.hint),
            "code": finding.hint_is_code,
            "assumes": shown(finding.assumes),
            "follows": [*self._follows(finding), *self._of_members(finding)],
            "members": self._members(finding),
            "undo": self._undo(finding),
        }

    def _has_shapes(self, layers: SideLayers) -> bool:
        return all(map(self._tables.has_shape, set(layers.alike)))

    def _id(self, finding: Finding) -> str:
        place = finding.candidate or finding.reference
        name = f"{finding.rule}-{shown_path(place.path)}" if place and place.path else finding.rule
        times = self._names.get(name, 0) + 1
        while (found := name if times == 1 else f"{name}-{times}") in self._ids:
            times += 1
        self._names[name] = times
        self._ids.add(found)
        return found

    def _lines(self, finding: Finding) -> list[str]:
        return [
            places.short(place.line) if place and place.line and not live else ""
            for place, live in zip(_first(finding), self._live, strict=True)
        ]

    def _printed(self, which: int, place: Place | None, finding: Finding) -> str:
        if place is None:
            return ""
        side, name = self._sides[which], place.path.rpartition(".")[2]
        if self._of_fields:
            return shown(f"{finding.setting}: {place.value}" if finding.setting else place.class_name)
        number, head = side.layer(place.path), f"({name}): " if name else ""
        if number is None:
            return shown(f"{head}{place.class_name}(") if place.class_name else ""
        return shown(f"{head}{self._tables.text(side.layers.alike[number])}")

    def _rows(self, finding: Finding) -> list[list[int]]:
        found: dict[tuple[int, int], None] = {}
        ends = self._ends if any(each.rule in _OF_RUNS for each in finding.members or (finding,)) else {}
        for pair in finding.all_places:
            own = [side.rows(place.path) for side, place in zip(self._sides, pair, strict=True) if place]
            for low, high in _joined(own):
                found.setdefault((low, ends.get(high, high)))
            if len(found) >= self._room:
                break
        self._room = max(self._room - len(found), 0)
        return [list(each) for each in found]

    def _follows(self, finding: Finding, rules: Sequence[str] = ()) -> list[dict[str, Any]]:
        wanted = [each for each in finding.consequences if not rules or each.rule in rules]
        found: list[dict[str, Any]] = [
            {
                "message": shown(each.message + _findings.times(each)),
                "effect": each.effect.word,
                "lines": self._lines(each),
                "rows": self._rows(each),
                "follows": self._follows(each),
            }
            for each in islice(wanted, _MOST_LISTED)
        ]
        if rest := len(wanted) - len(found):
            more = {"message": f"and {rest:,} more", "effect": found[-1]["effect"], "lines": ["", ""]}
            found.append({**more, "rows": [], "follows": []})
        return found

    def _of_members(self, finding: Finding) -> list[dict[str, Any]]:
        return [each for member in finding.members for each in self._follows(member, _OF_WINNERS)]

    def _members(self, finding: Finding) -> list[list[str]]:
        if len(finding.members) < 2:
            return []
        told = [[shown_path(_findings.where(each)), shown(_findings.message(each))] for each in finding.members]
        return _first_of(told, lambda more: ["", more])

    def _undo(self, finding: Finding) -> str:
        words = [word for each in finding.members or (finding,) for word in _words(each)]
        if not self._command or not words or not all(words) or len(words) > _MOST_UNDONE:
            return ""
        return " ".join([self._command, *(f"--undo {quoted(word)}" for word in dict.fromkeys(words))])


def _first_of(told: list[T], entry: Callable[[str], T]) -> list[T]:
    """As many as a reader looks through, and how many more there are."""
    rest = len(told) - _MOST_LISTED
    return [*told[:_MOST_LISTED], entry(f"and {rest:,} more")] if rest > 0 else told


def _settings(finding: Finding) -> list[str]:
    """What it is about, and its parts."""
    names = [each.setting for each in (finding, *finding.members) if each.setting]
    return list(map(shown, dict.fromkeys(names)))


def _first(finding: Finding) -> PlacePair:
    return finding.candidate, finding.reference


def _joined(ranges: Iterable[tuple[int, int] | None]) -> Iterator[tuple[int, int]]:
    """Ranges of rows, those that touch as one."""
    low = high = -1
    for range_ in sorted(filter(None, ranges)):
        if high >= 0 and range_[0] <= high + 1:
            high = max(high, range_[1])
            continue
        if high >= 0:
            yield low, high
        low, high = range_
    if high >= 0:
        yield low, high


#: of rows that stand out for no finding of their own
_OF_NEIGHBOURS: Final = frozenset({Mark.SWAPPED, Mark.MISSING, Mark.EXTRA})


def _ends(
    rows: Sequence[PageRow], layers: tuple[SideLayers, SideLayers], findings: Iterable[Finding]
) -> dict[int, int]:
    """Where a run of layers ends of which a finding names the first: the last row by the first."""
    loose = [number for number, row in enumerate(rows) if row.mark in _OF_NEIGHBOURS]
    if not loose:
        return {}
    named = [_NamedPaths(paths) for paths in _named(findings)]
    ends: dict[int, int] = {}
    for number in reversed(loose):
        both = zip(layers, rows[number][1:], named, strict=True)
        if number and not any(side.paths[at] in of_side for side, at, of_side in both if at >= 0):
            ends[number - 1] = ends.pop(number, number)
    return ends


class _NamedPaths:
    """The layers that findings name, by themselves or as part of a block."""

    def __init__(self, paths: Container[str]) -> None:
        self._paths = paths
        self._blocks: dict[str, bool] = {}  # whether they name it, or what it stands in

    def __contains__(self, path: str) -> bool:
        if path in self._paths:
            return True
        holder = path.rpartition(".")[0]
        if holder not in self._blocks:
            self._blocks[holder] = self._has_block(holder)
        return self._blocks[holder]

    def _has_block(self, path: str) -> bool:
        while path:
            if path in self._paths:
                return True
            path = path.rpartition(".")[0]
        return False


def _named(findings: Iterable[Finding]) -> tuple[set[str], set[str]]:
    both: tuple[set[str], set[str]] = (set(), set())
    waiting = list(findings)
    while waiting:
        finding = waiting.pop()
        waiting += finding.consequences
        for pair in finding.all_places:
            for of_side, place in zip(both, pair, strict=True):
                if place:
                    of_side.add(place.path)
    return both


class _SideRows:
    """In which rows the layers and blocks of one side stand."""

    def __init__(self, layers: SideLayers, rows: Sequence[PageRow], which: int) -> None:
        self.layers = layers
        self._layers = {path: number for number, path in enumerate(layers.paths)}
        self._row = {row[1 + which]: number for number, row in enumerate(rows)}
        self._sorted: list[str] = []
        self._blocks: dict[str, tuple[int, int] | None] = {}

    def layer(self, path: str) -> int | None:
        """The place of the layer of this path; None where it is a block, or none at all."""
        return self._layers.get(path)

    def rows(self, path: str) -> tuple[int, int] | None:
        """The first and the last row of a layer or a block; None where none of it has a row."""
        if path not in self._blocks:
            self._blocks[path] = self._found(path)
        return self._blocks[path]

    def _found(self, path: str) -> tuple[int, int] | None:
        numbers = [self._layers[path]] if path in self._layers else []
        if path:  # what is said of the whole network is about no row
            self._sorted = self._sorted or sorted(self._layers)
            first, last = (bisect_left(self._sorted, f"{path}{end}") for end in "./")  # `/` stands behind `.`
            numbers += [self._layers[each] for each in self._sorted[first:last]]
        rows = [self._row[number] for number in numbers if number in self._row]
        return (min(rows), max(rows)) if rows else None


# The command that undoes a finding


def _command(outcome: Outcome) -> str:
    networks = outcome.candidate, outcome.reference
    both = [_address(each) for each in networks]
    if not all(both) or both[0] == both[1]:
        return ""
    given = [each.input_shape for each in networks if each.input_shape and each.input_shape_from == "given"]
    shape = f" --input-shape {','.join(map(str, given[0]))}" if given else ""
    return f"archdiff compare {' '.join(map(quoted, both))} --run{shape}"


def _address(network: NetworkInfo) -> str:
    """How a command names its print; "" where none can, and of a live module, whose forward nobody can change."""
    source, label = network.source, network.label
    if not source or source.startswith("<") or places.is_live(source) or not (source + label).isprintable():
        return ""
    return f"{source}#{label}" if label and "#" not in label else source


def _words(finding: Finding) -> list[str]:
    """What `--undo` takes of it, a word a place; "" for a place that cannot be undone."""
    if finding.rule not in catalogue.UNDOABLE or finding.effect <= Effect.EQUIVALENT or _is_open_order(finding):
        return []
    firsts = [pair[0] or pair[1] for pair in finding.all_places]
    return [
        f"{finding.rule}@{place.path}" if place and place.path and place.path.isprintable() else "" for place in firsts
    ]


def _is_open_order(finding: Finding) -> bool:
    """Whether layers stand in another order in a container whose forward is not known: `--undo` cannot tell which."""
    is_declared = finding.what is not None and finding.what.code == "declared"
    return finding.aspect == "order" and (finding.effect is Effect.UNKNOWN or is_declared)


def quoted(word: str) -> str:
    """A word of a command as every shell takes it for one."""
    return word if _PLAIN.fullmatch(word) else "'" + word.replace("'", "'\"'\"'") + "'"
