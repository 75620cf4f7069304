"""`archdiff match`: which reference is nearest, and what separates it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from archdiff import commands, sources
from archdiff.cli import progress
from archdiff.cli.arguments import made
from archdiff.cli.exit_codes import FINDINGS, NOTHING
from archdiff.cli.options import Candidate, Color, InputShape, format_of, option, report_of, shape_of
from archdiff.cli.streams import request_of, say, write
from archdiff.cli.views import view_of
from archdiff.policy import nearest

_WARNINGS = 10  # references that are left out, named one by one

_Directory = Annotated[
    str,
    typer.Argument(
        metavar="DIRECTORY",
        help="A folder of references, or a file. Default: those that come with archdiff.",
        show_default=False,
    ),
]
_Format = Annotated[str, format_of("match")]
_Rows = Annotated[str, option("--max-findings", "N", "Show the N nearest references.")]
_All = Annotated[
    bool, option("--all", None, "Compare and show every reference, also those that look far by their layers.")
]


def match(
    candidate: Candidate,
    directory: _Directory = "",
    format_name: _Format = "terminal",
    input_shape: InputShape = "",
    everything: _All = False,
    most: _Rows = "10",
    color: Color = "auto",
) -> None:
    """Find the reference that a network is nearest to, and what separates the two.

    \b
    archdiff match mine.txt
    archdiff match "notes.md#Mine" reference_specs/
    """
    report = report_of("match", format_name)
    assert report.match, "it lays out this answer"
    shape, view = shape_of(input_shape), view_of(color, everything, most)
    request = request_of(candidate, shape=shape, read=sources.files(directory))
    with progress.patience("matching") as report_progress:
        module: list[Any] = []
        mine = commands.network(request, held=module)
        ranking, first = nearest.nearest(
            mine, directory, shape, 0 if everything else max(view.most, 1), report_progress, module
        )
    write(report.match(ranking, first, view), report.document)
    for warning in _warnings(ranking.remarks):
        say(f"warning: {warning}")
    raise typer.Exit(NOTHING if ranking.nearest else FINDINGS)


def _warnings(remarks: Sequence[str]) -> Iterator[str]:
    """In a folder of logs thousands of files may hold no network: JSON has them all."""
    yield from remarks[:_WARNINGS]
    if len(remarks) > _WARNINGS:
        yield f"and {len(remarks) - _WARNINGS:,} more are left out; --format json names them"


COMMAND = made(
    match,
    short_help="Find the nearest reference, such as a published network.",
    epilog="Exit code: 0 something is near, 1 nothing is, 2 error.",
)
