"""`archdiff check`: options to a request, warnings to stderr, the answer to an exit code."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from typing import Annotated

import typer

from archdiff import cli, outputs, progress
from archdiff.model.effects import Effect
from archdiff.model.errors import UsageError
from archdiff.policy import check as checking

_Pairs = Annotated[list[str], typer.Argument(metavar="PAIR", help="Names of pairs. Default: all.", show_default=False)]
_Config = Annotated[
    str, cli.option("--config", "FILE", "Default: archdiff.parse.toml or pyproject.toml, here or above.")
]
_Update = Annotated[bool, cli.option("--update", None, "Accept today's differences: write the baseline.")]
_Reason = Annotated[str, cli.option("--reason", "TEXT", "Why they are accepted; with --update.")]
_Expires = Annotated[str, cli.option("--expires", "DAY", "Until when: 2026-12-31; with --update.")]
_Baseline = Annotated[
    str, cli.option("--baseline", "FILE", "Default: archdiff-baseline.toml beside the configuration.")
]
_FailOn = Annotated[
    str, cli.option("--fail-on", "EFFECT", "Weakest effect with exit code 1. Default: the file's, or init.")
]


def check(
    pairs: _Pairs = cli.NONE,
    config: _Config = "",
    update: _Update = False,
    reason: _Reason = "",
    expires: _Expires = "",
    baseline: _Baseline = "",
    select: cli.Select = cli.NONE,
    ignore: cli.Ignore = cli.NONE,
    fail_on: _FailOn = "",
    input_shape: cli.InputShape = "",
    formats: cli.Formats = cli.TERMINAL,
    files: cli.Files = cli.NO_FILE,
    everything: cli.All = False,
    most: cli.Most = "40",
    context: cli.Context = "0",
    color: cli.Color = "auto",
) -> None:
    """Every pair of the configuration: what differs and is not accepted.

    \b
    archdiff check
    archdiff check --update --reason "trained before the fix"
    archdiff check --format github,sarif --output-file sarif=archdiff.sarif
    """
    targets, view = outputs.targets(formats, files), cli.view_of(color, everything)
    view = replace(view, most=cli.count("--max-findings", most), context=cli.count("--context", context))
    if not update and (reason or expires):
        raise UsageError("--reason and --expires are of what --update accepts", way_out="archdiff check --update")
    request = checking.Request(
        config=config,
        pairs=tuple(pairs),
        today=date.today(),
        fail_on=Effect[cli.one_of("--fail-on", fail_on, cli.EFFECTS).upper()] if fail_on else None,
        input_shape=cli.shape_of(input_shape),
        select=cli.words(select),
        ignore=cli.words(ignore),
        baseline=baseline,
        update=update,
        reason=reason,
        expires=_day(expires),
    )
    with progress.patience("checking"):
        answer = checking.check(request)
    cli.deliver(answer.results, targets, view)
    for remark in answer.remarks:
        print(f"warning: {cli.printable(remark)}", file=sys.stderr)
    if answer.written:
        print(cli.printable(answer.written), file=sys.stderr)
    raise typer.Exit(cli.NO_ANSWER if answer.unanswered else cli.FINDINGS if answer.failed else cli.NOTHING)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--expires {text}: not a day", way_out="--expires 2026-12-31") from None


COMMAND = cli.made(
    check,
    short_help="Every pair of the configuration, for CI.",
    epilog="Exit code: 0 nothing at or above --fail-on that is not accepted, 1 findings, 2 a pair without an answer.",
)
