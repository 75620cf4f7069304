"""SARIF 2.1.0, for code scanning: a result a finding, on the line of the candidate's text, with the help of its rule.

A result's fingerprint holds the rule, the paths and the values and no line, so that it is known again when the text
around it moves. Must stay valid against every published draft of 2.1.0: no property that only some of them have.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, TypeAlias
from urllib.parse import quote

from archdiff import __version__
from archdiff.model import catalogue, places
from archdiff.model.errors import ArchdiffError
from archdiff.model.finding import Finding, Place
from archdiff.model.identity import identity
from archdiff.model.inert import printable
from archdiff.model.locations import Location, Locations
from archdiff.model.outcome import Outcome, Suppressed
from archdiff.model.result import Result, tally
from archdiff.report import Report, View, _json
from archdiff.report._findings import beside, in_full, in_repository, pair_name

Json: TypeAlias = "dict[str, Any]"

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"  # as GitHub calls the top of a repository
_LEVELS = {"error": "error", "warning": "warning", "notice": "note"}
_MOST_RELATED = 20  # further places of one finding
_HELP_WIDTH = 10_000  # columns: who shows a rule's help wraps it
_NO_ANSWER, _FINDINGS, _NOTHING = 2, 1, 0


def render(results: Sequence[Result], view: View) -> str:
    """One run for all pairs."""
    found = [(result, finding, held) for result in results for finding, held in _findings(result)]
    rules = sorted({finding.rule for _, finding, _ in found})
    unanswered = [result for result in results if result.error]
    run = {
        "tool": {"driver": {"name": "archdiff", "version": __version__, "rules": list(map(_rule, rules))}},
        "invocations": [
            {
                "executionSuccessful": not unanswered,
                "exitCode": _NO_ANSWER if unanswered else _FINDINGS if tally(results).failed else _NOTHING,
                "toolExecutionNotifications": [
                    *(_notification(result, view) for result in unanswered),
                    *(note for result in results for note in _variants(result, view)),
                ],
            }
        ],
        **({"originalUriBaseIds": {_ROOT: {"uri": f"{_uri(view.root)}/"}}} if view.root else {}),
        "columnKind": "unicodeCodePoints",
        "results": list(_results(results, rules, view)),
        "properties": {"pairs": [_pair(result) for result in results]},
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return _json.write(log)


def _findings(result: Result) -> Iterator[tuple[Finding, Suppressed | None]]:
    """Those that count, then those that were accepted."""
    for finding in result.outcome.decisions if result.outcome else ():
        yield finding, None
    for accepted in result.accepted:
        yield accepted.finding, accepted


def _rule(rule: str) -> Json:
    entry = catalogue.BY_ID.get(rule)
    if entry is None:
        return {"id": rule}
    return {
        "id": rule,
        "name": entry.name,
        "shortDescription": {"text": f"One finding for {entry.one_finding_for}."},
        "fullDescription": {"text": entry.means},
        "help": {"text": catalogue.explained(entry, _HELP_WIDTH)},
    }


def _pair(result: Result) -> Json:
    name = _shown(pair_name(result))
    if result.outcome is None:
        return {"name": name, "verdict": None}
    outcome = result.outcome
    verdicts = {
        "verdict": outcome.verdict,
        "verdicts": outcome.verdicts,
        "open": outcome.open,
        "counts": outcome.counts,
    }
    return {"name": name, **verdicts, "notPrinted": outcome.not_printed}


# What could not be answered, and what is said of a run


def _notification(result: Result, view: View) -> Json:
    error = result.error
    assert error is not None
    of_pair = f"{result.name}: " if result.name else ""
    notification = {"level": "error", "message": {"text": _shown(f"{of_pair}{error}")}}
    if not places.is_file(error.source):
        return notification
    return {**notification, "locations": [_error_location(error, view)]}


def _variants(result: Result, view: View) -> Iterator[Json]:
    """What papers call findings: a note of the run, for it is no result."""
    if result.outcome is None:
        return
    location = Locations(result.outcome, ()).of_all
    for variant in result.outcome.variants:
        text = f"{f'{result.name}: ' if result.name else ''}{beside(location)}{variant}"
        note = {"level": "note", "message": {"text": _shown(text)}}
        region = {"startLine": places.file_line(location.line)} if location.line else {}
        at = [_location(location.source, region, view)] if places.is_file(location.source) else []
        yield {**note, "locations": at} if at else note


def _error_location(error: ArchdiffError, view: View) -> Json:
    region = {"startLine": places.file_line(error.line)} if error.line else {}
    column = {"startColumn": error.column} if error.line and error.column and not places.cell_of(error.line) else {}
    return _location(error.source, {**region, **column}, view)


# What was found


def _results(results: Sequence[Result], rules: Sequence[str], view: View) -> Iterator[Json]:
    times: Counter[str] = Counter()
    for result in results:
        if result.outcome is None:
            continue
        found = list(_findings(result))
        locations = Locations(result.outcome, [finding for finding, _ in found])
        for finding, accepted in found:
            location = locations.of(finding)
            mark = fingerprint(result.name, finding)
            times[mark] += 1
            again = f":{times[mark]}" if times[mark] > 1 else ""
            message = beside(location) + "\n".join(in_full(finding, result.outcome, view))
            yield {
                "ruleId": finding.rule,
                "ruleIndex": rules.index(finding.rule),
                "level": _LEVELS[result.severity(finding)],
                "message": {"text": _shown(message)},
                "locations": list(filter(None, [_where(finding, location, view)])),
                "relatedLocations": list(_related(finding, result.outcome, view)),
                "partialFingerprints": {"archdiff/v2": mark + again},
                **({"suppressions": [_suppression(accepted)]} if accepted else {}),
                "properties": {
                    "pair": _shown(pair_name(result)),
                    "effect": finding.effect.word,
                    "count": finding.count,
                },
            }


def fingerprint(pair: str, finding: Finding) -> str:
    """The same for the same difference between the same layers, wherever they stand in their files."""
    return sha256(json.dumps([pair, *identity(finding)]).encode()).hexdigest()[:32]


def _suppression(accepted: Suppressed) -> Json:
    kind = "inSource" if accepted.by == "ignore" else "external"
    return {"kind": kind, "justification": _shown(accepted.reason)} if accepted.reason else {"kind": kind}


def _where(finding: Finding, location: Location, view: View) -> Json:
    source, line, _ = location
    region = {"startLine": places.file_line(line)} if line else {}
    physical = _location(source, region, view) if places.is_file(source) else {}
    place = finding.candidate or finding.reference
    path = _shown(place.path) if place else ""
    return {**physical, **({"logicalLocations": [{"fullyQualifiedName": path, "kind": "member"}]} if path else {})}


def _related(finding: Finding, outcome: Outcome, view: View) -> Iterator[Json]:
    """The reference's place, and further places of both sides."""
    sources = (("candidate", outcome.candidate.source), ("reference", outcome.reference.source))
    found: list[tuple[str, str, Place | None]] = [("reference", sources[1][1], finding.reference)]
    for both in finding.other_places:
        found += [(side, source, place) for (side, source), place in zip(sources, both, strict=True)]
    known = [(side, source, place) for side, source, place in found if place and place.line and places.is_file(source)]
    for number, (side, source, place) in enumerate(known[: _MOST_RELATED + 1], 1):
        text = f"{side}: {place.path}" if place.path else side
        cell = places.cell_of(place.line)
        text += f" ({places.in_words(cell)})" if cell else ""
        located = _location(source, {"startLine": places.file_line(place.line)}, view)
        yield {"id": number, **located, "message": {"text": _shown(text)}}


def _location(source: str, region: Json, view: View) -> Json:
    artifact: Json = {"uri": _uri(in_repository(source, view))}
    if not artifact["uri"].startswith("file:"):
        artifact["uriBaseId"] = _ROOT
    return {"physicalLocation": {"artifactLocation": artifact, **({"region": region} if region else {})}}


def _uri(source: str) -> str:
    """Relative unless the name begins at the root."""
    on_a_drive = source[1:3] in (":\\", ":/")
    path = source.replace("\\", "/") if on_a_drive else source.removeprefix("./")
    try:
        name = path.encode("utf-8", "surrogateescape")  # the bytes that the file system has
    except UnicodeEncodeError:
        name = printable(path).encode()
    quoted = quote(name, safe="/:" if on_a_drive else "/")
    return f"file:///{quoted}" if on_a_drive else f"file://{quoted}" if path.startswith("/") else quoted


def _shown(text: str) -> str:
    """A message of SARIF is plain text in which `[text](target)` is a link all the same: broken up as the rest is."""
    return "\n".join(map(printable, text.replace("](", "] (").split("\n")))


REPORT = Report(render=render)
