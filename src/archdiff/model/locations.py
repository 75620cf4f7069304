"""Where the findings of an outcome are shown: at a line of a text, or at a layer of a live module. Must not lay out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from archdiff.model import places
from archdiff.model.finding import Finding
from archdiff.model.outcome import Outcome


class Location(NamedTuple):
    """A line of a text, or a layer of a live module.

    Attributes:
        source: File or address.
        line: Line in it; 0 where there is none.
        layer: `layers.0.drop (Dropout)`, which is the place in a candidate that has no text; "" where it has one.
    """

    source: str
    line: int
    layer: str = ""

    def __str__(self) -> str:
        return places.at(*self)


class Locations:
    """Where the findings of one outcome are shown: in the candidate's text, which is what the reader has changed.

    A live module has no text: there it is the line of the reference that it no longer is, behind which its own layer is
    named; where the reference has none either, its layer alone.

    Args:
        outcome: Of one comparison.
        findings: Those of its findings that are shown.
    """

    def __init__(self, outcome: Outcome, findings: Iterable[Finding]) -> None:
        self.outcome = outcome
        lacked = {finding.reference.path for finding in findings if finding.candidate is None and finding.reference}
        self._before = _lines_before(outcome, lacked) if lacked else {}

    def of(self, finding: Finding) -> Location:
        """The line; where the candidate lacks the layer, the line behind which it should stand."""
        candidate, reference = self.outcome.candidate, self.outcome.reference
        layer = _layer(finding) or candidate.class_name if places.is_live(candidate.source) else ""
        if layer and places.is_file(reference.source):
            line = (finding.reference.line if finding.reference else 0) or reference.first_line
            return Location(reference.source, line, layer)
        if finding.candidate is not None:
            return Location(candidate.source, finding.candidate.line or candidate.first_line, layer)
        path = finding.reference.path if finding.reference else ""
        return Location(candidate.source, self._before.get(path, candidate.first_line), layer)

    @property
    def of_all(self) -> Location:
        """The first line, for what is said of the networks as a whole."""
        candidate, reference = self.outcome.candidate, self.outcome.reference
        if not places.is_live(candidate.source):
            return Location(candidate.source, candidate.first_line)
        if places.is_file(reference.source):
            return Location(reference.source, reference.first_line, candidate.class_name)
        return Location(candidate.source, 0, candidate.class_name)


def _layer(finding: Finding) -> str:
    place = finding.candidate or finding.reference
    if place is None or not place.path:
        return ""
    return f"{place.path} ({place.class_name})" if place.class_name else place.path


def _lines_before(outcome: Outcome, lacked: Iterable[str]) -> dict[str, int]:
    """For layers and blocks of the reference: the candidate's line of the layer before them, where there is one."""
    before, wanted = {}, set(lacked)
    last: str | None = None
    for ours, theirs in outcome.pairs:
        path = theirs or ""
        while path and wanted:
            if path in wanted and last is not None:
                before[path] = last
            wanted.discard(path)
            path = path.rpartition(".")[0]
        last = ours if ours is not None else last
    needed = set(before.values())
    lines = {layer.path: layer.line for layer in outcome.candidate.layers if layer.path in needed} if needed else {}
    return {path: lines[previous] for path, previous in before.items() if previous in lines}
