"""Progress on standard error: only where that is a terminal, and nothing of it stays there."""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable

import pytest

from archdiff.cli import progress
from archdiff.execute.bench.record import Progress
from archdiff.execute.bench.stats import Interval


@pytest.mark.parametrize(("term", "drawn"), [("xterm", True), ("dumb", False)])
def test_a_terminal_that_cannot_write_a_line_over(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], term: str, drawn: bool
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress.patience("comparing"):
        pass
    with progress.rounds() as tell:
        assert (tell is not None) == drawn
    assert bool(capsys.readouterr().err) == drawn


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    """Standard error as a terminal, and what is on it."""
    monkeypatch.setattr(progress, "_is_watched", lambda: True)
    return capsys


class Timer:
    """A timer of which a test says when it is over."""

    def __init__(self, seconds: float, show: Callable[[], None]) -> None:
        self.seconds, self.show, self.alive = seconds, show, False
        Timer.made = self

    made: Timer

    def start(self) -> None:
        self.alive = True

    def cancel(self) -> None:
        self.alive = False

    def is_alive(self) -> bool:
        return self.alive

    def over(self) -> None:
        self.alive = False
        self.show()


def test_a_line_for_what_takes_longer_than_a_second(
    monkeypatch: pytest.MonkeyPatch, watched: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("threading.Timer", Timer)
    with progress.patience("comparing") as report_progress:
        assert (Timer.made.seconds, watched.readouterr().err) == (1.0, "")
        report_progress("matching")
        assert watched.readouterr().err == ""
        Timer.made.over()
        assert watched.readouterr().err == "\033[Karchdiff: matching ...\r"
        report_progress("a\x1b[31mb")
        assert watched.readouterr().err == "\033[Karchdiff: a\ufffd[31mb ...\r"
    assert (Timer.made.is_alive(), watched.readouterr().err) == (False, "\033[K\r")


def test_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.patience("comparing") as report_progress:
        report_progress("matching")
    with progress.rounds() as report_round:
        assert report_round is None
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("around", "shown"),
    [(math.log(1.02), "+10.5 % \u00b12.0 % in time"), (math.inf, "+10.5 % in time")],
    ids=["known", "unknown"],
)
def test_a_round_of_a_benchmark(watched: pytest.CaptureFixture[str], around: float, shown: str) -> None:
    interval = Interval(0.1, 0.1 - around, 0.1 + around)
    with progress.rounds() as report_round:
        assert report_round is not None
        report_round(Progress(16, 3, 2.4, interval, "cpu"))
        assert watched.readouterr().err == f"\033[Karchdiff: batch 16, round 3, 2 s, reference {shown}\r"
    assert watched.readouterr().err == "\033[K\r"


@pytest.mark.usefixtures("watched")
def test_warnings_of_torch_are_kept_off_for_as_long() -> None:
    with progress.rounds():
        warnings.warn("of torch, about itself", stacklevel=1)
    with pytest.warns(UserWarning, match="behind it"):
        warnings.warn("behind it", stacklevel=1)


@pytest.mark.usefixtures("watched")
def test_a_terminal_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_text: str) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(sys.stderr, "write", gone)
    with progress.patience("comparing"):
        pass
