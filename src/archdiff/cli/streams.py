"""Standard input, standard output and standard error of a command, and the files that its reports go to.

Must not know what a network is, nor decide an exit code.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from archdiff import report as reports
from archdiff.cli import child, outputs
from archdiff.cli.views import PLAIN_WIDTH
from archdiff.model import files as writing
from archdiff.model import inert
from archdiff.model.errors import UsageError
from archdiff.model.result import Result

if TYPE_CHECKING:
    from archdiff import commands
    from archdiff.execute.bench.record import Benched

LARGEST_STDIN: Final = 100_000_000  # bytes: a print of 100,000 lines has 10 MB


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


def request_of(
    candidate: str,
    reference: str = "",
    shape: tuple[int, ...] | None = None,
    *,
    read: Iterable[str] = (),
    written: Iterable[str] = (),
    torch: bool = False,
) -> commands.Request:
    """The networks of a command, whose rest goes on in a child process where somebody's code or torch is going to run.

    Args:
        candidate: its address; `-` is standard input, which is read.
        reference: that of the other one; "" for a command about one network.
        shape: of one input without the batch.
        read: files that are read beside the networks.
        written: files that are written: none of them may be among those that are read.
        torch: whether torch is going to run.
    """
    from archdiff import commands, sources

    addresses = [address for address in (candidate, reference) if address]
    keep_apart(lambda: [*sources.files(*addresses), *read], *written)
    request = commands.Request(candidate, reference, shape, standard_input(*addresses))
    child.run_apart(*addresses, torch=torch)
    return request


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
        elif report.shows_errors or not _unanswered(results):
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


def say(message: str) -> None:
    """Lines on standard error, where there is somebody who reads it; nobody who does not changes the exit code."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(inert.lines(message), file=sys.stderr, flush=True)
