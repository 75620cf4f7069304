"""`archdiff match`: which reference is nearest, and what separates it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from archdiff import api, parse, report
from archdiff.cli import progress
from archdiff.cli.main import (
    FINDINGS,
    NOTHING,
    All,
    Color,
    InputShape,
    Most,
    made,
    printable,
    standard_input,
    view_of,
    write,
)
from archdiff.cli.options import count, one_of, option, shape_of
from archdiff.compare import distance as matching
from archdiff.compare.distance import Match, Ranking
from archdiff.model.effects import Effect
from archdiff.model.errors import ArchdiffError, UsageError
from archdiff.model.network import Network
from archdiff.model.outcome import Outcome
from archdiff.report import _json

_FORMATS = ["json", "terminal"]
_SUFFIXES = (".txt", ".md", ".log", ".ipynb")
_MOST_FILES = 10_000

_Candidate = Annotated[str, typer.Argument(metavar="CANDIDATE", help="Mine.", show_default=False)]
_Directory = Annotated[
    str,
    typer.Argument(
        metavar="[DIRECTORY]", help="References, or a file of them. Default: the shipped ones.", show_default=False
    ),
]
_Format = Annotated[str, option("--format", "FORMAT", f"{' or '.join(_FORMATS)}.")]


def match(
    candidate: _Candidate,
    directory: _Directory = "",
    format_name: _Format = "terminal",
    input_shape: InputShape = "",
    everything: All = False,
    most: Most = "40",
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
    stdin = standard_input(candidate)
    with progress.patience("matching"):
        mine = parse.pick(candidate, api.networks(candidate, stdin))
        remarks: list[str] = []
        outcomes = list(_outcomes(mine, directory, shape, remarks))
        if not outcomes:
            way_out = "a folder of prints; without DIRECTORY, the references that come with archdiff"
            raise UsageError("no reference in it", source=directory, way_out=way_out)
        ranking = matching.ranked(outcomes, remarks)
    if format_name == "json":
        write(_json.write(_as_json(ranking)))
    else:
        shown = ranking.matches if everything else ranking.matches[:rows]
        write("".join(f"{line}\n" for line in _lines(ranking, shown)))
        for best in ranking.nearest[:1]:
            write("\n" + report.find("terminal").compare(best.outcome, view))
    for remark in ranking.remarks:
        print(f"warning: {printable(remark)}", file=sys.stderr)
    raise typer.Exit(NOTHING if ranking.nearest else FINDINGS)


def _outcomes(
    mine: Network, directory: str, shape: tuple[int, ...] | None, remarks: list[str]
) -> Iterator[tuple[str, Outcome]]:
    """Every reference that can be compared; why the others cannot goes to `remarks`."""
    for path in _files(directory):
        try:
            found = parse.read(path)
        except ArchdiffError as error:
            remarks.append(f"{path} is left out: {error.message}")
            continue
        for number, network in enumerate(found, 1):
            address = f"{path}#{number}" if len(found) > 1 else path
            if (network.source, network.first_line) == (mine.source, mine.first_line):
                continue
            try:
                yield address, api.compare_networks(mine, parse.pick(address, found), shape)
            except ArchdiffError as error:
                remarks.append(f"{address} is left out: {error.message}")


def _files(directory: str) -> list[str]:
    if not directory:
        return [f"{parse.SHIPPED}{name}" for name in parse.shipped()]
    if not os.path.isdir(directory):
        if directory.startswith(parse.SHIPPED) or os.path.exists(directory):
            return [directory]
        raise UsageError("no such folder", source=directory)
    inside = (os.path.join(folder, name) for folder, _, names in os.walk(directory) for name in names)
    found = sorted(path for path in inside if path.endswith(_SUFFIXES) and not _is_a_readme(path))
    if len(found) > _MOST_FILES:
        raise UsageError(f"{len(found):,} files", source=directory, way_out=f"a folder of {_MOST_FILES:,} at most")
    return found


def _is_a_readme(path: str) -> bool:
    return os.path.basename(path).casefold().startswith("readme")


def _lines(ranking: Ranking, shown: tuple[Match, ...]) -> Iterator[str]:
    """What is nearest, in a sentence; then every reference with its distance and what it is made of."""
    yield _said(ranking)
    yield ""
    width = max(len(match.address) for match in shown) if shown else 0
    yield f"distance  {'reference':<{width}}  differences"
    for match in shown:
        yield f"{match.distance:8.1f}  {match.address:<{width}}  {_counted(match.outcome)}"
    more = len(ranking.matches) - len(shown)
    if more:
        yield f"          and {more} more"


def _said(ranking: Ranking) -> str:
    best = ranking.nearest
    if not best:
        first = ranking.matches[0]
        return f"nothing is near; nearest of them: {first.address}"
    if len(best) > 1:
        return f"a tie, equally near: {', '.join(match.address for match in best)}"
    return f"the same as {best[0].address}" if not best[0].distance else f"nearest: {best[0].address}"


def _counted(outcome: Outcome) -> str:
    counts = {word: number for word, number in outcome.counts.items() if number}
    order = sorted(counts, key=lambda word: -Effect[word.upper()])
    weighing = [word for word in order if matching.WEIGHTS[Effect[word.upper()]]]
    told = [f"{counts[word]} {word}" for word in weighing]
    told += [f"{outcome.not_printed} not printed"] if outcome.not_printed else []
    return ", ".join(told) or "none that matters"


def _as_json(ranking: Ranking) -> dict[str, object]:
    return {
        "schema": "archdiff/match/2",
        "nearest": [match.address for match in ranking.nearest],
        "matches": [
            {
                "reference": match.address,
                "distance": match.distance,
                "share": round(match.share, 4),
                "near": match.near,
                "verdict": match.outcome.verdict,
                "verdicts": match.outcome.verdicts,
                "not_printed": match.outcome.not_printed,
                "counts": match.outcome.counts,
            }
            for match in ranking.matches
        ],
        "left_out": list(ranking.remarks),
    }


COMMAND = made(
    match,
    short_help="Which published network it is nearest to.",
    epilog="Exit code: 0 something is near, 1 nothing is, 2 no answer.",
)
