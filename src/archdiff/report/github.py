"""Workflow commands of GitHub Actions: an annotation a finding, on the line of the candidate's text.

`::error file=mine.txt,line=20,title=AD101 layer-order::KWinners2d before MaxPool2d`. A line that is not a whole command
must not come from somebody's file, since any `::command::` at the start of a line is obeyed. GitHub shows ten
annotations of a kind for each step: the page of the job summary, in Markdown, holds the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archdiff.model import catalogue, places
from archdiff.model.errors import ArchdiffError
from archdiff.model.inert import printable
from archdiff.model.locations import Location, Locations
from archdiff.model.result import Result, Severity
from archdiff.report import Report, View
from archdiff.report._findings import beside, in_full, in_repository, worth_a_line


def render(results: Sequence[Result], view: View) -> str:
    """What fails first, over all pairs: GitHub shows only the first ten of a kind."""
    commands = [command for result in results for command in _commands(result, view)]
    order: list[Severity] = ["error", "warning", "notice"]
    return "".join(f"{text}\n" for wanted in order for kind, text in commands if kind == wanted)


def _commands(result: Result, view: View) -> Iterator[tuple[Severity, str]]:
    of_pair = f" ({result.name})" if result.name else ""
    if result.error:
        yield "error", _of_error(result.error, of_pair, view)
    if result.outcome:
        findings = list(worth_a_line(result, view))
        locations = Locations(result.outcome, findings)
        for finding in findings:
            location = locations.of(finding)
            title = f"{finding.rule} {catalogue.name(finding.rule)}{of_pair}"
            kind = result.severity(finding)
            message = beside(location) + "\n".join(in_full(finding, result.outcome, view))
            yield kind, command(kind, _file(location.source, view), places.file_line(location.line), 0, title, message)
        for variant in result.outcome.variants if findings else ():
            yield "notice", _of_variant(variant, locations.of_all, of_pair, view)


def _of_variant(variant: str, location: Location, of_pair: str, view: View) -> str:
    file, line = _file(location.source, view), places.file_line(location.line)
    return command("notice", file, line, 0, f"variant{of_pair}", f"{beside(location)}{variant}")


def _of_error(error: ArchdiffError, of_pair: str, view: View) -> str:
    message = error.message + (f"\nhelp: {error.way_out}" if error.way_out else "")
    file = _file(error.source, view) if error.line else ""  # a file that is not there has no line to stand on
    cell = places.cell_of(error.line)
    if error.source and (not file or cell):
        message = f"{places.in_words(cell) if cell else error.source}: {message}"
    line, column = places.file_line(error.line), 0 if cell else error.column
    return command("error", file, line, column, f"error{of_pair}", message)


def _file(source: str, view: View) -> str:
    return in_repository(source, view) if places.is_file(source) else ""


def command(kind: Severity, file: str, line: int, column: int, title: str, message: str) -> str:
    """One whole workflow command; without a place where there is no file."""
    values = {"file": file, "line": line, "col": column, "title": title} if file else {"title": title}
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in values.items() if value)
    return f"::{kind} {properties}::{_data(message)}"


def _data(text: str) -> str:
    """The escapes of the runner for what stands behind `::`; other controls are not for a log."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("%", "%25").split("\n")
    return "%0A".join(map(printable, lines))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


REPORT = Report(render=render, document=False, summary="markdown")
