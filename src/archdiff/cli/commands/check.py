"""`archdiff check`: options to a request, warnings to stderr, the answer to an exit code."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from archdiff.cli import child, outputs, progress
from archdiff.cli.arguments import made
from archdiff.cli.exit_codes import FINDINGS, NO_ANSWER, NOTHING
from archdiff.cli.options import (
    NONE,
    TERMINAL,
    All,
    Color,
    Context,
    Files,
    Formats,
    Ignore,
    InputShape,
    Most,
    Select,
    Strict,
    effect_of,
    one_of,
    option,
    shape_of,
    words,
)
from archdiff.cli.streams import deliver, files_written, keep_apart, say
from archdiff.cli.views import view_of
from archdiff.model.effects import ON_UNKNOWN, THRESHOLDS
from archdiff.model.errors import UsageError
from archdiff.policy import check as checking

_Pairs = Annotated[
    list[str] | None, typer.Argument(metavar="PAIR", help="Names of pairs. Default: all.", show_default=False)
]
_Config = Annotated[
    str, option("--config", "FILE", "Configuration file. Default: archdiff.toml or pyproject.toml, here or above.")
]
_Update = Annotated[bool, option("--update", None, "Accept all current differences: write the baseline.")]
_Reason = Annotated[str, option("--reason", "TEXT", "Why they are accepted; with --update.")]
_Expires = Annotated[str, option("--expires", "DAY", "Last day on which they are accepted: 2026-12-31; with --update.")]
_Baseline = Annotated[
    str, option("--baseline", "FILE", "Baseline file. Default: archdiff-baseline.toml beside the configuration.")
]
_Allow = Annotated[
    list[str],
    option("--allow", "PATH", "A path outside of the repository that the configuration may name. Repeatable."),
]
_NoLive = Annotated[bool, option("--no-live", None, "Import no live module, so that no code of the checkout runs.")]
_FailOn = Annotated[
    str,
    option("--fail-on", "EFFECT", "Weakest effect that gives exit code 1. Default: the file's, or init.", THRESHOLDS),
]
_Unknown = Annotated[
    str,
    option(
        "--unknown",
        "WHAT",
        "Whether differences of unknown effect fail: fail or pass. Default: the file's, or fail.",
        ON_UNKNOWN,
    ),
]


def check(
    pairs: _Pairs = None,
    config: _Config = "",
    update: _Update = False,
    reason: _Reason = "",
    expires: _Expires = "",
    baseline: _Baseline = "",
    allow: _Allow = NONE,
    no_live: _NoLive = False,
    select: Select = NONE,
    ignore: Ignore = NONE,
    fail_on: _FailOn = "",
    unknown: _Unknown = "",
    strict: Strict = NONE,
    input_shape: InputShape = "",
    formats: Formats = TERMINAL,
    files: Files = NONE,
    everything: All = False,
    most: Most = "40",
    context: Context = "0",
    color: Color = "auto",
) -> None:
    """Compare every pair of a configuration: what differs and is not accepted.

    \b
    archdiff check
    archdiff check --update --reason "trained before the fix"
    archdiff check --format github,sarif --output-file sarif=archdiff.sarif
    """
    targets, view = outputs.targets(formats, files), view_of(color, everything, most, context)
    if not update and (reason or expires):
        raise UsageError("--reason and --expires need --update", way_out="archdiff check --update")
    request = checking.CheckRequest(
        config=config,
        pairs=tuple(pairs or ()),
        today=date.today(),
        fail_on=effect_of(fail_on) if fail_on else None,
        unknown=one_of("--unknown", unknown, ON_UNKNOWN) if unknown else "",
        strict=words(strict),
        input_shape=shape_of(input_shape),
        select=words(select),
        ignore=words(ignore),
        baseline=baseline,
        allow=tuple(allow),
        live=not no_live,
        update=update,
        reason=reason,
        expires=_day(expires),
    )
    keep_apart(lambda: checking.files(request), *files_written(targets))
    known = checking.configured(request)
    if request.live:
        child.run_apart(*(address for pair in known.pairs for address in (pair.candidate, pair.reference)))
    with progress.patience("checking") as report_progress:

        def report_pair(name: str) -> None:
            report_progress(f"checking {name}")
            child.doing(f"the pair '{name}'")

        answer = checking.check(request, known, report_pair)
    deliver(answer.results, targets, view)
    for remark in answer.remarks:
        say(f"warning: {remark}")
    if answer.written:
        say(answer.written)
    raise typer.Exit(NO_ANSWER if answer.unanswered else FINDINGS if answer.failed else NOTHING)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--expires {text}: not a day", way_out="--expires 2026-12-31") from None


COMMAND = made(
    check,
    short_help="Compare every pair of a configuration, for CI.",
    epilog="Exit code: 0 nothing at or above --fail-on that is not accepted, 1 findings, 2 a pair has an error.",
)
