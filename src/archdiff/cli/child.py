"""The rest of a command in a child process, where somebody's code or torch is going to run.

A module may end its process (`os._exit(0)`), crash it, or be killed for want of memory: only an exit code that the
child hands over is an answer, and the parent, which does nothing but wait, says so where none came. Standard output is
the report's alone: in the child, what anybody else writes there (print, printf, a subprocess) goes to standard error.
Must not know what a command does. Where there is no `fork`, all stays in one process.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import IO, Any, Final, NoReturn

from archdiff.cli.exit_codes import INTERRUPTED, NO_ANSWER
from archdiff.model.errors import UsageError

_FORWARDED: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # a terminal sends them to both, `kill` to the parent alone
_LONGEST: Final = 1000  # bytes of a step that are kept
_ONE_PRESS: Final = 0.5  # seconds: the parent's copy of one Ctrl-C comes within that


class _Process:
    """This process, as far as it is one of a command's two."""

    allowed = False  # where the command is a program of its own, and no function that a program calls
    pid = 0  # of the child, in the child
    answer = -1  # in the child: where its exit code goes
    step: Any = None  # memory of both: what the child is doing
    report: IO[str] | None = None  # standard output, where file descriptor 1 is standard error's


_process = _Process()


def allow() -> None:
    """Says that this process is the command's own; without it `enter` does nothing."""
    _process.allowed = True


def stdout() -> IO[str] | None:
    """Where the report goes."""
    if _process.pid not in (0, os.getpid()):
        os._exit(NO_ANSWER)  # somebody's code forked, and its copy of us came this far too
    return _process.report or sys.stdout


def enter(running: str) -> None:
    """Goes on in a child process; the parent ends when that ends.

    Args:
        running: what runs in it.

    Raises:
        UsageError: in the parent, where the child ended without an answer.
    """
    if not _process.allowed or _process.report or _process.pid:
        return
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    if hasattr(os, "fork"):
        _fork(running)
    _keep_stdout()


def run_apart(*addresses: str, torch: bool = False) -> None:
    """Goes on in a child process where an address is one of a live module, or where torch is going to run."""
    from archdiff import sources

    live = sources.live_modules(*addresses)
    if live or torch:
        enter(" and ".join(live or dict.fromkeys(addresses)))


def doing(step: str) -> None:
    """Says what runs now, for the error where this process ends without an answer."""
    if _process.pid == os.getpid():
        _process.step[:] = step.encode()[:_LONGEST].ljust(_LONGEST, b"\0")


def done(code: int) -> None:
    """Hands over the exit code of this command, whose answer is written."""
    if _process.pid == os.getpid():
        os.write(_process.answer, bytes([code & 0xFF]))


def _fork(running: str) -> None:
    from mmap import mmap

    _process.step = mmap(-1, _LONGEST)
    answer, hand_over = os.pipe()
    parent_lives, lives = os.pipe()
    signal.pthread_sigmask(signal.SIG_BLOCK, _FORWARDED)
    pid = os.fork()
    if pid:
        os.close(hand_over)
        os.close(parent_lives)
        _wait(pid, answer, running)
    os.close(answer)
    os.close(lives)
    _process.pid, _process.answer = os.getpid(), hand_over
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not where a shell has it ignored
        signal.signal(signal.SIGINT, _interrupt())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _FORWARDED)
    _end_with_parent(parent_lives)


def _interrupt() -> Callable[[int, Any], None]:
    """Handles Ctrl-C once, though it comes from the terminal and from the parent."""
    last = -_ONE_PRESS

    def interrupt(_number: int, _frame: Any) -> None:
        nonlocal last
        before, last = last, monotonic()
        if last - before > _ONE_PRESS:
            raise KeyboardInterrupt

    return interrupt


def _end_with_parent(lives: int) -> None:
    """A parent that is killed (by a time limit) must not leave an endless forward behind."""
    from threading import Thread

    def wait() -> None:
        os.read(lives, 1)
        os._exit(NO_ANSWER)

    Thread(target=wait, daemon=True, name="archdiff: ends with its parent").start()


def _keep_stdout() -> None:
    """The report gets standard output to itself; everybody else's file descriptor 1 is standard error, or nothing."""
    if sys.stdout is None:
        return
    try:
        fd = sys.stdout.fileno()
        _process.report = os.fdopen(os.dup(fd), "w", encoding=sys.stdout.encoding, newline="")
    except (OSError, ValueError):  # closed, or no file at all
        return
    try:
        os.dup2(2, fd)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), fd)


# The parent


def _wait(pid: int, answer: int, running: str) -> NoReturn:
    taken: list[int] = []

    def forward(number: int, _frame: Any) -> None:
        taken.append(number)
        with suppress(ProcessLookupError):
            os.kill(pid, number)

    for each in _FORWARDED:
        if signal.getsignal(each) is not signal.SIG_IGN:  # as nohup and a shell's background jobs have it
            signal.signal(each, forward)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _FORWARDED)
    _, status = os.waitpid(pid, 0)
    os.set_blocking(answer, False)  # a process that somebody's code left behind may hold the other end
    with suppress(BlockingIOError):
        if code := os.read(answer, 1):
            os._exit(code[0])
    ended = os.waitstatus_to_exitcode(status)
    if -ended in taken or ended == -signal.SIGINT:
        _end_by(-ended)
    step = _process.step[:].rstrip(b"\0").decode(errors="ignore")
    raise _without_answer(ended, step or running)


def _end_by(number: int) -> NoReturn:
    if number == signal.SIGINT:
        os._exit(INTERRUPTED)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)


def _without_answer(code: int, running: str) -> UsageError:
    message = f"the process that ran {running} ended without an answer"
    if code >= 0:
        way_out = "code of the module, or a library that it calls, ended it (os._exit)"
        return UsageError(f"{message}, with exit code {code}", way_out=way_out)
    number = -code
    name = signal.Signals(number).name if number in set(signal.Signals) else str(number)
    if number == signal.SIGKILL:
        way_out = "most often there is too little memory: use a smaller --batch or input"
    else:
        way_out = "python -X faulthandler -m archdiff ... shows the line"
    return UsageError(f"{message}, killed by {name}", way_out=way_out)
