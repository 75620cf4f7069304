"""What a whole comparison costs, as a process, against importing the libraries that it prints with.

    python benchmarks/startup.py [RUNS]

They are started in turn (A B A B ...), so that a machine that slows down slows all. Prints the ratio of the medians
and the spread of the pairwise ratios; judges nothing.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTE = ROOT / "tests" / "data" / "note.md"

SCRIPT = "from archdiff.cli import main; main()"  # what the installed command runs
COMPARE = [sys.executable, "-c", SCRIPT, "compare", f"{NOTE}#Mine", f"{NOTE}#SuperSparse"]
COMMANDS = {
    "compare": (COMPARE, 1),
    "compare --color always": ([*COMPARE, "--color", "always"], 1),
    "import typer, rich.console, rich.table": ([sys.executable, "-c", "import typer, rich.console, rich.table"], 0),
    "python -c pass": ([sys.executable, "-c", "pass"], 0),
}
BASE = "import typer, rich.console, rich.table"


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory() as cache:
        environment = _environment(cache)
        for command, code in COMMANDS.values():  # once uncounted: bytecode and file caches
            done = subprocess.run(command, capture_output=True, text=True, env=environment)
            if done.returncode != code:
                sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
        seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for _ in range(runs):
            for name, (command, _) in COMMANDS.items():
                seconds[name].append(_timed(command, environment))
    where = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {os.cpu_count()} cores"
    print(f"{where}; {runs} runs each, in turn")
    for name, taken in seconds.items():
        ratios = [own / base for own, base in zip(taken, seconds[BASE], strict=True)]
        print(
            f"{name:<40} median {1000 * statistics.median(taken):4.0f} ms"
            f" ({1000 * min(taken):.0f} to {1000 * max(taken):.0f})"
            f"  ratio {statistics.median(taken) / statistics.median(seconds[BASE]):.2f}"
            f" (pairwise {min(ratios):.2f} to {max(ratios):.2f})"
        )


def _timed(command: list[str], environment: dict[str, str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - begin


def _environment(cache: str) -> dict[str, str]:
    """This checkout, whatever is installed; all modules as bytecode, as an installed package has them."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(ROOT / "src"), "PYTHONPYCACHEPREFIX": cache}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
