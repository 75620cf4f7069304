"""One line a finding, `file:line: AD101 function message`, as compilers and linters write: for editors, logs and grep.

What papers call several of them is a note, as a compiler's. Must not fold lines, nor say anything else beside findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archdiff.model import inert, places
from archdiff.model.errors import ArchdiffError
from archdiff.model.finding import Finding
from archdiff.model.locations import Location, Locations
from archdiff.model.outcome import KNOWN_AS
from archdiff.model.result import Result
from archdiff.report import Report, View
from archdiff.report._findings import layer_of, message, where, worth_a_line


def render(results: Sequence[Result], view: View) -> str:
    """Findings of all pairs in order, gravest first within a pair; nothing where nothing differs."""
    return "".join(f"{inert.line(line)}\n" for result in results for line in _lines(result, view))


def _lines(result: Result, view: View) -> Iterator[str]:
    pair = f" [{result.name}]" if result.name else ""
    if result.error:
        yield f"{_place(result.error)}error: {_flat(result.error.message)}{pair}"
    if result.outcome:
        findings = list(worth_a_line(result, view))
        locations = Locations(result.outcome, findings)
        for finding in findings:
            location = locations.of(finding)
            head = f"{location}: {finding.rule} {finding.effect.word}"
            yield f"{head} {layer_of(location) or _path(finding, location)}{_flat(message(finding))}{pair}"
            if finding.hint.startswith(KNOWN_AS):
                yield f"{location}: note: {_flat(finding.hint)}{pair}"
        for variant in result.outcome.variants if findings else ():
            yield f"{locations.of_all}: note: {_flat(variant)}{pair}"


def _place(error: ArchdiffError) -> str:
    place = places.at(error.source, error.line, column=error.column)
    return f"{place}: " if place else ""


def _path(finding: Finding, location: Location) -> str:
    """`layers.*.mlp.fc1: `, nothing for the whole network, or where the location is the layer."""
    path = "" if location.layer else where(finding)
    return f"{path}: " if path else ""


def _flat(text: str) -> str:
    return " ".join(text.split())


REPORT = Report(render=render, document=False, shows_errors=False)
