"""`archdiff match`: which reference is nearest, and what separates it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from archdiff import api, parse, report
from archdiff.cli import child, progress
from archdiff.cli.main import (
    FINDINGS,
    NOTHING,
    Color,
    InputShape,
    keep_apart,
    made,
    say,
    standard_input,
    write,
)
from archdiff.cli.options import count, one_of, option, shape_of
from archdiff.cli.views import view_of
from archdiff.diff.distance import WEIGHTS, Match, Ranking
from archdiff.model import inert
from archdiff.model.effects import Effect
from archdiff.model.inert import printable as in_a_line
from archdiff.policy import nearest
from archdiff.report import _json

_FORMATS = ["json", "terminal"]
_NAMED = 10  # of a tie
_WARNINGS = 10  # references that are left out, named one by one

_Candidate = Annotated[str, typer.Argument(metavar="CANDIDATE", help="Mine.", show_default=False)]
_Directory = Annotated[
    str,
    typer.Argument(
        metavar="DIRECTORY", help="References, or a file of them. Default: the shipped ones.", show_default=False
    ),
]
_Format = Annotated[str, option("--format", "FORMAT", f"{' or '.join(_FORMATS)}.", _FORMATS)]
_Rows = Annotated[str, option("--max-findings", "N", "References that are shown, nearest first. Default: 10.")]
_All = Annotated[bool, option("--all", None, "Every reference, also those that are far by their layers alone.")]


def match(
    candidate: _Candidate,
    directory: _Directory = "",
    format_name: _Format = "terminal",
    input_shape: InputShape = "",
    everything: _All = False,
    most: _Rows = "10",
    color: Color = "auto",
) -> None:
    """Which reference a network is nearest to, and what separates the two.

    \b
    archdiff match mine.txt
    archdiff match "notes.md#Mine" reference_specs/
    """
    one_of("--format", format_name, _FORMATS)
    view, shape = view_of(color, everything), shape_of(input_shape)
    rows = count("--max-findings", most)
    keep_apart(lambda: api.files(candidate, directory))
    stdin = standard_input(candidate)
    child.run_apart(candidate)
    with progress.patience("matching") as tell:
        mine = parse.pick(candidate, api.networks(candidate, stdin))
        ranking, first = nearest.nearest(mine, directory, shape, 0 if everything else max(rows, 1), tell)
    if format_name == "json":
        write(_json.write(_as_json(ranking)), document=True)
    else:
        shown = ranking.matches if everything else ranking.matches[:rows]
        write("".join(f"{inert.line(line)}\n" for line in _lines(ranking, shown)))
        if ranking.nearest:
            write("\n" + report.find("terminal").compare(first, view))
    for warning in _warnings(ranking.remarks):
        say(f"warning: {warning}")
    raise typer.Exit(NOTHING if ranking.nearest else FINDINGS)


def _warnings(remarks: Sequence[str]) -> Iterator[str]:
    """In a folder of logs thousands of files may hold no network: JSON has them all."""
    yield from remarks[:_WARNINGS]
    if len(remarks) > _WARNINGS:
        yield f"and {len(remarks) - _WARNINGS:,} more are left out; --format json names them"


def _lines(ranking: Ranking, shown: Sequence[Match]) -> Iterator[str]:
    """What is nearest, in a sentence; then every reference with its distance and what it is made of."""
    yield _said(ranking)
    yield ""
    names = [in_a_line(match.address) for match in shown]
    width = max(map(len, names), default=0)
    yield f"distance  {'reference':<{width}}  differences"
    for match, name in zip(shown, names, strict=True):
        yield f"{match.distance:8.1f}  {name:<{width}}  {_counted(match)}"
    more = len(ranking.matches) - len(shown) + ranking.farther
    if more:
        yield f"          and {more:,} more"
    if ranking.untried:
        yield f"          {ranking.untried:,} look farther by their layers: not compared (--all compares every one)"


def _said(ranking: Ranking) -> str:
    best = [in_a_line(match.address) for match in ranking.nearest]
    of = " of those that were compared" if ranking.untried else ""
    if not best:
        return f"nothing is near{of}; nearest of them: {in_a_line(ranking.matches[0].address)}"
    if len(best) > _NAMED:
        return f"a tie, {len(best):,} are equally near{of}: {', '.join(best[:_NAMED])} ..."
    if len(best) > 1:
        return f"a tie, equally near{of}: {', '.join(best)}"
    return f"nearest{of}: {best[0]}" if ranking.nearest[0].distance else f"the same as {best[0]}"


def _counted(match: Match) -> str:
    counts = {word: number for word, number in match.counts.items() if number}
    order = sorted(counts, key=lambda word: -Effect[word.upper()])
    weighing = [word for word in order if WEIGHTS[Effect[word.upper()]]]
    told = [f"{counts[word]} {word}" for word in weighing]
    told += [f"{match.not_printed} not printed"] if match.not_printed else []
    return ", ".join(told) or "none that matters"


def _as_json(ranking: Ranking) -> dict[str, object]:
    return {
        "schema": "archdiff/match/3",
        "nearest": [match.address for match in ranking.nearest],
        "matches": [
            {
                "reference": match.address,
                "distance": match.distance,
                "share": round(match.share, 4),
                "near": match.near,
                "verdict": match.verdicts[-1],
                "verdicts": match.verdicts,
                "not_printed": match.not_printed,
                "counts": match.counts,
            }
            for match in ranking.matches
        ],
        "farther": ranking.farther,
        "not_compared": ranking.untried,
        "left_out": list(ranking.remarks),
    }


COMMAND = made(
    match,
    short_help="Which published network it is nearest to.",
    epilog="Exit code: 0 something is near, 1 nothing is, 2 no answer.",
)
