"""The command line: options to a `Request`, the answer to an exit code.

The only place that prints, exits, or reads the environment, standard input and the terminal. Must not know what a
network is. What stands at the top of this module is start-up time that every command pays.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archdiff import __version__
from archdiff import report as reports
from archdiff.cli import child, options, outputs, progress
from archdiff.cli.arguments import Command, Group
from archdiff.cli.options import count, format_of, one_of, option, report_of, rules, shape_of, words
from archdiff.cli.views import COLORS, PLAIN_WIDTH, view_of
from archdiff.model import files as writing
from archdiff.model import inert
from archdiff.model.effects import ON_UNKNOWN, THRESHOLDS, Effect
from archdiff.model.errors import ArchdiffError, UsageError
from archdiff.model.result import Result

if TYPE_CHECKING:
    from archdiff import api
    from archdiff.execute.bench.measured import Benched

NOTHING, FINDINGS, NO_ANSWER, INTERRUPTED = 0, 1, 2, 130

LARGEST_STDIN = 100_000_000  # bytes: a print of 100,000 lines has 10 MB

TERMINAL, NO_FILE = ["terminal"], list[str]()
NONE = list[str]()


_HELP = {"help_option_names": ["-h", "--help"]}


def made(function: Callable[..., None], only_known: bool = True, **texts: str) -> Any:
    """A command of the folder `commands`; unless `only_known`, an option that it has not is an argument."""
    settings = {**_HELP, "ignore_unknown_options": not only_known}
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=settings)
    alone.command(cls=Command, **texts)(function)  # type: ignore[arg-type]
    return typer.main.get_command(alone)


All = Annotated[bool, option("--all", None, "Also show what is equal or only spelled differently.")]
Formats = Annotated[list[str], option("--format", "FORMAT", "Report format: {formats}. Several: a,b.", reports.names)]
Files = Annotated[
    list[str],
    option(
        "--output-file",
        "[FORMAT=]FILE",
        "Write the report to FILE; with FORMAT=, write that format in addition to the others.",
    ),
]
_ShowFormat = Annotated[str, format_of("show")]
_FailOn = Annotated[
    str, option("--fail-on", "EFFECT", f"Weakest effect that gives exit code 1: {', '.join(THRESHOLDS)}.", THRESHOLDS)
]
_ON_UNKNOWN = f"Whether differences of unknown effect give exit code 1: {' or '.join(ON_UNKNOWN)}."
_Unknown = Annotated[str, option("--unknown", "WHAT", _ON_UNKNOWN, ON_UNKNOWN)]
Strict = Annotated[
    list[str],
    option(
        "--strict",
        "[=FACT,...]",
        "Facts that are not printed give exit code 1: all, or these: --strict=num_heads,AD701.",
    ),
]
InputShape = Annotated[
    str, option("--input-shape", "SIZES", "Input shape without the batch: 1,32,32. Default: solved.")
]
Most = Annotated[str, option("--max-findings", "N", "Show at most N findings of each effect, and N rows. Default: 40.")]
Context = Annotated[str, option("--context", "N", "Show N equal rows around each row that differs. Default: 0.")]
Select = Annotated[
    list[str], option("--select", "RULES", "Report only these rules: AD101,AD4,layer-order. Default: all.", rules)
]
Ignore = Annotated[list[str], option("--ignore", "RULES", "Ignore these rules.", rules)]
Color = Annotated[str, option("--color", "WHEN", f"When to use colour: {', '.join(COLORS)}.", COLORS)]


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
    context_settings=_HELP,
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

        from archdiff.execute import foreign

        if foreign.is_memory(error):
            _fail(f"too large for this machine ({foreign.named(error)})")
        _fail(f"{traceback.format_exc()}This is a bug in archdiff: please report it with the lines above.")


def _fail(message: str) -> None:
    say(f"error: {message}")
    sys.exit(NO_ANSWER)


def say(message: str) -> None:
    """Lines on standard error, where there is somebody who reads it; nobody who does not changes the exit code."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(inert.lines(message), file=sys.stderr, flush=True)


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
    short_help="What differs, and when it matters.",
    epilog="Exit code: 0 nothing at or above --fail-on, 1 findings, 2 error.",
)
def compare(
    candidate: Annotated[str, typer.Argument(metavar="CANDIDATE", help="Your network.", show_default=False)],
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="The original network.", show_default=False)],
    everything: All = False,
    formats: Formats = TERMINAL,
    files: Files = NO_FILE,
    fail_on: _FailOn = "init",
    unknown: _Unknown = ON_UNKNOWN[0],
    strict: Strict = NONE,
    input_shape: InputShape = "",
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
    given: options.Set = NONE,
    ours: options.CandidateWeights = "",
    theirs: options.ReferenceWeights = "",
) -> None:
    """What differs between two networks, and when it matters.

    \b
    archdiff compare mine.txt original.txt
    archdiff compare "notes.md#Mine" "notes.md#Original" --format json
    archdiff compare mine.txt original.txt --output-file sarif=archdiff.sarif
    python print_model.py | archdiff compare - original.txt
    archdiff compare mine.txt original.txt --run --undo AD601@conv1_kwinner
    """
    terms = _terms(fail_on, unknown, words(strict))
    targets, view = outputs.targets(formats, files), view_of(color, everything)
    view = view._replace(most=count("--max-findings", most), context=count("--context", context))
    shape = shape_of(input_shape)
    from archdiff import api
    from archdiff.execute.asked import asked

    files_of = {"candidate_weights": ours, "reference_weights": theirs}
    keep_apart(lambda: [*api.files(candidate, reference), ours, theirs], *files_written(targets))
    running = asked(run, (seed, batch), undo=words(undo), device=device, dtype=dtype, given=tuple(given), **files_of)
    request = api.Request(candidate, reference, shape, standard_input(candidate, reference), run=running)
    result = _compared(request, terms, words(select), words(ignore), torch=run or bench)
    benched = _benched(request, device, tuple(given)) if bench and result.outcome else None
    deliver([result], targets, view, benched)
    if result.error:
        raise result.error
    if benched and benched.errors:
        raise UsageError("; ".join(benched.errors))
    raise typer.Exit(FINDINGS if result.failed else NOTHING)


def _benched(request: api.Request, device: str, given: tuple[str, ...]) -> Benched:
    """Both timed with what `archdiff bench` takes where it is asked for nothing else."""
    from archdiff import api
    from archdiff.execute.bench.measured import Settings

    with progress.rounds() as report_progress:
        return api.bench(request._replace(run=None, given=given), Settings(device=device), report_progress)


def _terms(fail_on: str, unknown: str, strict: Sequence[str]) -> Result:
    """A result without an outcome, with the options that decide its exit code."""
    effect = Effect[one_of("--fail-on", fail_on, THRESHOLDS).upper()]
    facts: tuple[str, ...] = ()
    if strict:
        from archdiff.policy import apply

        facts = apply.strict_facts(strict, "--strict")
    return Result(fail_on=effect, strict=facts, unknown=one_of("--unknown", unknown, ON_UNKNOWN))


def _compared(
    request: api.Request,
    terms: Result,
    select: Sequence[str],
    ignore: Sequence[str],
    torch: bool,
) -> Result:
    """The result of a comparison; an error is a result too, which every report with a place for it shows."""
    from archdiff import api

    try:
        child.run_apart(request.candidate, request.reference, torch=torch)
        with progress.patience("comparing") as report_progress:
            result = terms._replace(outcome=api.compare(request, report_progress))
        comments = api.comments(request)
        if not (select or ignore or any(comments)):
            return result
        from archdiff.policy import apply

        return apply.evaluate_comparison(result, select, ignore, comments)
    except ArchdiffError as error:
        return terms._replace(error=error)


@app.command(cls=Command, short_help="One network as a table of its layers.")
def show(
    network: Annotated[
        str, typer.Argument(metavar="NETWORK", help="The network, or a file of several.", show_default=False)
    ],
    format_name: _ShowFormat = "terminal",
    input_shape: InputShape = "",
    color: Color = "auto",
) -> None:
    """One network as a table of its layers, or which networks a file holds.

    \b
    archdiff show mine.txt --input-shape 1,32,32
    archdiff show notes.md
    archdiff show "notes.md#Mine"
    """
    report = report_of("show", format_name)
    view, shape = view_of(color, everything=True), shape_of(input_shape)
    from archdiff import api

    keep_apart(lambda: api.files(network))
    request = api.Request(network, input_shape=shape, stdin=standard_input(network))
    assert report.show, "it lays out this answer"
    child.run_apart(network)
    write(report.show(api.show(request), view), report.document)


# Input and output


def standard_input(*addresses: str) -> str | None:
    """What comes on standard input, if an address asks for it."""
    from_stdin = [address for address in addresses if address.partition("#")[0] == "-"]
    if not from_stdin:
        return None
    if len(set(from_stdin)) < len(from_stdin):
        raise UsageError("standard input on both sides: nothing to compare", way_out="give one side as a file")
    data = sys.stdin.buffer.read(LARGEST_STDIN + 1) if sys.stdin else b""
    if len(data) > LARGEST_STDIN:
        raise UsageError(f"standard input is larger than {LARGEST_STDIN // 1_000_000} MB")
    return data.decode("utf-8", "surrogateescape") or None


def files_written(targets: Sequence[outputs.Target]) -> list[str]:
    """The files that reports go to, the page of the job summary among them."""
    files = [target.file for target in targets if target.file != outputs.STDOUT]
    return files + [page for target in targets if target.report.summary and (page := _summary_page())]


def keep_apart(read: Callable[[], Iterable[str]], *written: str) -> None:
    """Refuses to write over what is read, standard output and input among both; what is read is asked only then."""
    files = [*written, *(["/dev/stdout"] if outputs.is_file("/dev/stdout") else [])]
    if files:
        outputs.keep_apart(files, ("/dev/stdin" if file == "-" else file for file in read()))


def deliver(
    results: Sequence[Result], targets: Sequence[outputs.Target], view: reports.View, benched: Benched | None = None
) -> None:
    """Every report is laid out before the first is written; files have no colour and no terminal's width.

    Args:
        results: of one run; a single one without a name is that of `archdiff compare`.
        targets: where each report goes.
        view: how the reader of standard output wants it.
        benched: what `compare --bench` measured, which some formats show.

    Raises:
        UsageError: a file cannot be written, after all others are; a lone report goes to standard output instead.
    """
    plain = view._replace(color=False, width=PLAIN_WIDTH)
    shown, written = [], []
    for target in targets:
        report = target.report
        if target.file != outputs.STDOUT:
            written.append((target.file, _rendered(report, results, plain, benched)))
        elif report.tells_errors or not _unanswered(results):
            shown.append(_rendered(report, results, view, benched))
    pages = [(page, name) for target in targets if (name := target.report.summary) and (page := _summary_page())]
    summaries = [(page, reports.find(name).render(results, plain)) for page, name in pages]
    problems: list[UsageError] = []
    for into, pages in ((writing.write, written), (writing.append, summaries)):
        for file, text in pages:
            try:
                into(file, text)
            except UsageError as error:
                problems.append(error)
                shown += [text] if not shown and (file, text) in written else []
    write("".join(shown), any(target.report.document for target in targets if target.file == outputs.STDOUT))
    if problems:
        raise UsageError("\n".join(map(str, problems)))


def _rendered(report: reports.Report, results: Sequence[Result], view: reports.View, benched: Benched | None) -> str:
    if benched and report.compare_bench:
        return report.compare_bench(results[0], benched, view)
    return report.render(results, view)


def _unanswered(results: Sequence[Result]) -> bool:
    """Whether it is one comparison that failed, whose error `main` prints."""
    return [(result.name, result.outcome) for result in results] == [("", None)]


def _summary_page() -> str:
    """The file whose Markdown GitHub Actions shows with the step."""
    return os.environ.get("GITHUB_STEP_SUMMARY", "")


def write(text: str, document: bool = False) -> None:
    """The report; a reader that has seen enough (`| head`) changes neither the answer nor the exit code.

    A document (JSON, XML, a program) is UTF-8 as in a file, whatever the locale; of lines, characters that the locale
    lacks stand as their numbers.
    """
    stream = child.stdout()
    if stream is None and text:
        raise UsageError(
            "standard output is closed, so the report cannot be written", way_out="--output-file FILE, or 2>&1 >FILE"
        )
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8" if document else None, errors="backslashreplace")
    try:
        print(text, end="", file=stream, flush=True)
    except OSError as error:
        assert stream is not None, "it was written to"
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # else Python complains when it ends
        if not isinstance(error, BrokenPipeError):
            raise UsageError(f"the report cannot be written: {error.strerror}") from None
