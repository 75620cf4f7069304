"""Calls that are timed in turn (A B A B ...), so that a machine that slows down slows all, and how they are printed."""

from __future__ import annotations

import gc
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def machine() -> str:
    """`Linux x86_64, Python 3.11.14, 2 cores`."""
    return f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {os.cpu_count()} cores"


def environment(cache: str) -> dict[str, str]:
    """For a process of this checkout, whatever is installed; all modules as bytecode, as an installed package has them.

    Args:
        cache: the folder of the bytecode.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(ROOT / "src"), "PYTHONPYCACHEPREFIX": cache}


def process(command: list[str], environment: Mapping[str, str], folder: Path = ROOT) -> str:
    """What a command prints; the benchmark ends where that is no answer, by its exit code."""
    done = subprocess.run(
        command, capture_output=True, stdin=subprocess.DEVNULL, text=True, env=environment, cwd=folder
    )
    if done.returncode > 1:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr}")
    return done.stdout


def seconds(runs: int, calls: Mapping[str, Callable[[], object]], uncounted: int = 1) -> dict[str, list[float]]:
    """Seconds of every call in every round, by name; nothing is collected meanwhile.

    Args:
        runs: how many rounds count.
        calls: what is timed, by name.
        uncounted: rounds before them, which fill caches.
    """
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(runs + uncounted):
        for name, call in calls.items():
            gc.collect()
            gc.disable()
            begin = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - begin)
            gc.enable()
    return {name: each[uncounted:] for name, each in taken.items()}


def table(taken: Mapping[str, list[float]], base: str, digits: int = 0) -> str:
    """A line a call: median, spread, and both as ratios to the call `base`; `digits` of milliseconds."""
    width = max(map(len, taken))
    return "\n".join(f"{name:<{width}} {_row(each, taken[base], digits)}" for name, each in taken.items())


def _row(taken: list[float], base: list[float], digits: int) -> str:
    median, least, most = (1000 * each for each in (statistics.median(taken), min(taken), max(taken)))
    ratios = [own / other for own, other in zip(taken, base, strict=True)]
    return (
        f"median {median:.{digits}f} ms ({least:.{digits}f} to {most:.{digits}f})"
        f"  ratio {statistics.median(taken) / statistics.median(base):.2f}"
        f" (pairwise {min(ratios):.2f} to {max(ratios):.2f})"
    )
