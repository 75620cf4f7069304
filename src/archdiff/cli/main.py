"""The command line: options to a `Request`, the answer to an exit code.

The only place that prints, exits, or reads the environment, standard input and the terminal. Must not know what a
network is. What stands at the top of this module is start-up time that every command pays.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from archdiff import __version__
from archdiff.cli import child, options, outputs, progress
from archdiff.cli.arguments import HELP, Command, Group
from archdiff.cli.exit_codes import FINDINGS, INTERRUPTED, NO_ANSWER, NOTHING
from archdiff.cli.options import (
    NONE,
    TERMINAL,
    All,
    Color,
    Context,
    Facts,
    FailOn,
    Files,
    Formats,
    Ignore,
    InputShape,
    Most,
    Select,
    Strict,
    Unknown,
    effect_of,
    one_of,
    report_of,
    run_options,
    shape_of,
    words,
)
from archdiff.cli.streams import deliver, files_written, keep_apart, request_of, say, standard_input, write
from archdiff.cli.views import view_of
from archdiff.model.effects import ON_UNKNOWN
from archdiff.model.errors import ArchdiffError, UsageError
from archdiff.model.result import Result

if TYPE_CHECKING:
    from archdiff import commands
    from archdiff.execute.bench.record import Benched
    from archdiff.execute.running.options import RunOptions
    from archdiff.model.outcome import Outcome


app = typer.Typer(
    name="archdiff",
    cls=Group,
    help="git diff for neural networks: what differs between two printed networks, and when it matters.",
    epilog="archdiff CANDIDATE REFERENCE is short for archdiff compare. A network is FILE, FILE#NAME, FILE#NUMBER, "
    "- for standard input, ref:PAPER/NAME for one that comes with archdiff, git:REVISION:FILE for one of an earlier "
    "revision, or package.module:factory for a live module. ARCHDIFF_<OPTION> in the environment sets an option.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=HELP,
)


def main() -> None:
    """The `archdiff` command."""
    gc.disable()  # one short run, after which all goes at once: on 100,000 lines collecting takes as long as the rest
    try:
        sys.exit(app(prog_name="archdiff", standalone_mode=False) or NOTHING)
    except ArchdiffError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except OSError as error:  # of --help, which typer writes; every other one is an error with a file
        if error.filename:
            raise
        _fail(f"the report cannot be written: {error.strerror}")
    except (MemoryError, RecursionError) as error:
        _fail(f"too large for this machine ({type(error).__name__})")
    except Exception as error:
        if "_ARCHDIFF_COMPLETE" in os.environ:  # what a shell should have said of the line is missing
            sys.exit(NO_ANSWER)
        if show := getattr(error, "show", None):  # typer's, of a command line that makes no sense
            show(file=(message := io.StringIO()))
            say(message.getvalue().removesuffix("\n"))
            sys.exit(NO_ANSWER)
        import traceback

        from archdiff.execute.live import exceptions

        if exceptions.is_memory(error):
            _fail(f"too large for this machine ({exceptions.describe(error)})")
        _fail(f"{traceback.format_exc()}This is a bug in archdiff: please report it with the lines above.")


def _fail(message: str) -> None:
    say(f"error: {message}")
    sys.exit(NO_ANSWER)


# Commands


def _version(wanted: bool) -> None:
    if wanted:
        write(f"archdiff {__version__}\n")
        raise typer.Exit


_Version = Annotated[bool, typer.Option("--version", "-V", help="Print the version.", is_eager=True, callback=_version)]


@app.callback()
def _program(version: _Version = False) -> None:
    pass


@app.command(
    cls=Command,
    short_help="Compare two networks: what differs, and when it matters.",
    epilog="Exit code: 0 nothing at or above --fail-on, 1 findings, 2 error.",
)
def compare(
    candidate: options.Candidate,
    reference: options.Reference,
    everything: All = False,
    facts: Facts = False,
    formats: Formats = TERMINAL,
    files: Files = NONE,
    fail_on: FailOn = "init",
    unknown: Unknown = ON_UNKNOWN[0],
    strict: Strict = NONE,
    input_shape: InputShape = "",
    inputs: options.Inputs = "",
    trace: options.Trace = options.ON_TRACE[0],
    build: options.Build = False,
    our_config: options.CandidateConfig = "",
    their_config: options.ReferenceConfig = "",
    select: Select = NONE,
    ignore: Ignore = NONE,
    most: Most = "40",
    context: Context = "0",
    color: Color = "auto",
    run: options.Run = False,
    bench: options.Bench = False,
    undo: options.Undo = NONE,
    seed: options.Seed = "0",
    batch: options.Batch = "16",
    device: options.Device = "cpu",
    dtype: options.Dtype = "float64",
    unprinted: options.Set = NONE,
    ours: options.CandidateWeights = "",
    theirs: options.ReferenceWeights = "",
) -> None:
    """Compare two networks: what differs, and when it matters.

    \b
    archdiff compare mine.txt original.txt
    archdiff compare mine.txt original.txt --facts
    archdiff compare "notes.md#Mine" "notes.md#Original" --format json
    archdiff compare a/config.json b/config.json
    archdiff compare mine.txt original.txt --output-file sarif=archdiff.sarif
    python print_model.py | archdiff compare - original.txt
    archdiff compare mine.txt original.txt --run --undo AD601@conv1_kwinner
    """
    terms = _terms(fail_on, unknown, words(strict))
    targets, view = outputs.targets(formats, files), view_of(color, everything, most, context, facts)
    shape = shape_of(input_shape)
    from archdiff import commands, sources

    weights = {"candidate_weights": ours, "reference_weights": theirs}
    read = ours, theirs, our_config, their_config
    keep_apart(lambda: [*sources.files(candidate, reference), *read], *files_written(targets))
    running = run_options(
        run, seed, batch, undo=words(undo), device=device, dtype=dtype, supplied=tuple(unprinted), **weights
    )
    read_in = standard_input(candidate, reference, our_config, their_config)
    traced = options.one_of("--trace", trace, options.ON_TRACE) != "off"
    request = commands.Request(candidate, reference, shape, read_in, our_config, their_config, inputs, traced, build)
    result = _compared(request, running, terms, words(select), words(ignore), torch=run or bench or build)
    benched = _benched(request, device, tuple(unprinted)) if bench and result.outcome else None
    deliver([result], targets, view, benched)
    if result.error:
        raise result.error
    if benched and benched.errors:
        raise UsageError("; ".join(benched.errors))
    raise typer.Exit(FINDINGS if result.failed else NOTHING)


def _benched(request: commands.Request, device: str, unprinted: tuple[str, ...]) -> Benched:
    """Both timed as by `archdiff bench --layers`, which says where the difference comes from."""
    from archdiff import commands
    from archdiff.execute.bench.record import BenchSettings

    with progress.rounds() as report_progress:
        return commands.bench(request, BenchSettings(device=device, layers=True), report_progress, unprinted=unprinted)


def _terms(fail_on: str, unknown: str, strict: Sequence[str]) -> Result:
    """A result without an outcome, with the options that decide its exit code."""
    facts: tuple[str, ...] = ()
    if strict:
        from archdiff.policy import apply

        facts = apply.strict_facts(strict, "--strict")
    return Result(fail_on=effect_of(fail_on), strict=facts, unknown=one_of("--unknown", unknown, ON_UNKNOWN))


def _compared(
    request: commands.Request,
    run: RunOptions | None,
    terms: Result,
    select: Sequence[str],
    ignore: Sequence[str],
    torch: bool,
) -> Result:
    """The result of a comparison; an error is a result too, which every report with a place for it shows."""
    from archdiff import commands

    try:
        child.run_apart(request.candidate, request.reference, torch=torch)
        with progress.patience("comparing") as report_progress:
            outcome = _beside_its_paper(commands.compare(request, run, report_progress), request.reference)
        result = terms._replace(outcome=outcome)
        if not (select or ignore or outcome.candidate.comments or outcome.reference.comments):
            return result
        from archdiff.policy import apply

        return apply.evaluate_comparison(result, select, ignore)
    except ArchdiffError as error:
        return terms._replace(error=error)


def _beside_its_paper(outcome: Outcome, reference: str) -> Outcome:
    """With a note where the candidate follows a paper that is wrong, as the spec of the reference says."""
    from archdiff import sources

    spec = sources.spec_of(reference)
    if not spec:
        return outcome
    from archdiff.policy import claims

    return claims.with_notes(outcome, spec)


@app.command(cls=Command, short_help="Show one network as a table of its layers.")
def show(
    network: Annotated[
        str, typer.Argument(metavar="NETWORK", help="The network, or a file of several.", show_default=False)
    ],
    facts: Facts = False,
    format_name: Annotated[str, options.format_of("show")] = "terminal",
    input_shape: InputShape = "",
    inputs: options.Inputs = "",
    trace: options.Trace = options.ON_TRACE[0],
    color: Color = "auto",
) -> None:
    """Show one network as a table of its layers, or list the networks of a file.

    \b
    archdiff show mine.txt --input-shape 1,32,32
    archdiff show notes.md
    archdiff show "notes.md#Mine" --facts
    """
    report = report_of("show", format_name)
    view, shape = view_of(color, everything=True, facts=facts), shape_of(input_shape)
    from archdiff import commands

    assert report.show, "it lays out this answer"
    traced = options.one_of("--trace", trace, options.ON_TRACE) != "off"
    request = request_of(network, shape=shape)._replace(inputs=inputs, traced=traced)
    write(report.show(commands.show(request), view), report.document)
