"""Progress on standard error while work goes on, where that is a terminal. Must not say what was found: reports do."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from archdiff.model import inert

if TYPE_CHECKING:
    from archdiff.execute.bench.record import Progress


@contextmanager
def patience(doing: str) -> Iterator[Callable[[str], None]]:
    """A line on standard error for what takes longer than a second.

    Args:
        doing: what is done first: "comparing".

    Yields:
        A function that is called with each further step.
    """
    if not _is_watched():
        yield lambda _step: None
        return
    from threading import Timer

    steps = [doing]

    def show() -> None:
        _draw(f"archdiff: {steps[-1]} ...")

    def report_progress(step: str) -> None:
        steps.append(step)
        if not timer.is_alive():
            show()

    timer = Timer(1.0, show)
    timer.daemon = True
    timer.start()
    try:
        yield report_progress
    finally:
        timer.cancel()
        _draw("")


@contextmanager
def rounds() -> Iterator[Callable[[Progress], None] | None]:
    """A line that is written over with every round of a benchmark. Warnings of torch are kept off."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch, about itself and about what the author of a network chose
        if not _is_watched():
            yield None
            return
        try:
            yield _round
        finally:
            _draw("")


def _round(now: Progress) -> None:
    from math import expm1, isfinite

    interval = now.interval
    ratio = f"{100 * expm1(interval.estimate):+.1f} %"
    width = f" ±{100 * interval.half_width:.1f} %" if isfinite(interval.half_width) else ""
    _draw(f"archdiff: batch {now.batch}, round {now.rounds}, {now.seconds:.0f} s, reference {ratio}{width} in time")


def _is_watched() -> bool:
    """Whether somebody reads standard error on a terminal that can write a line over."""
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _draw(line: str) -> None:
    """In place of the line before; the next one begins in the first column."""
    with suppress(OSError):
        print(f"\033[K{inert.printable(line)}", end="\r", file=sys.stderr, flush=True)
