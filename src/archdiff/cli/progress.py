"""What a person at a terminal hears on standard error while work goes on; nobody else hears anything.

Must not say what was found: reports do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archdiff.execute.bench.measured import Progress


@contextmanager
def patience(doing: str) -> Iterator[Callable[[str], None]]:
    """A line on stderr, where somebody reads it, for what takes longer than a second; gives what tells each step."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda step: None
        return
    from threading import Timer

    steps = [doing]

    def show() -> None:
        print(f"\033[Karchdiff: {steps[-1]} ...", end="\r", file=sys.stderr, flush=True)

    def tell(step: str) -> None:
        steps.append(step)
        if not told.is_alive():
            show()

    told = Timer(1.0, show)
    told.daemon = True
    told.start()
    try:
        yield tell
    finally:
        told.cancel()
        print("\033[K", end="", file=sys.stderr, flush=True)


@contextmanager
def rounds() -> Iterator[Callable[[Progress], None] | None]:
    """A line that is written over with every round of a benchmark. Warnings of torch are kept off."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch, about itself and about what the author of a network chose
        if sys.stderr is None or not sys.stderr.isatty():
            yield None
            return
        try:
            yield _round
        finally:
            print("\033[K", end="", file=sys.stderr, flush=True)


def _round(now: Progress) -> None:
    from math import expm1, isfinite

    interval = now.interval
    ratio = f"{100 * expm1(interval.estimate):+.1f} %"
    width = f" ±{100 * interval.half_width:.1f} %" if isfinite(interval.half_width) else ""
    line = f"archdiff: batch {now.batch}, round {now.rounds}, {now.seconds:.0f} s, reference {ratio}{width} in time"
    with suppress(OSError):
        print(f"\033[K{line}", end="\r", file=sys.stderr, flush=True)
