"""What a whole comparison costs, as a process, against importing the libraries that it prints with.

    python benchmarks/startup.py [RUNS]

They are started in turn (A B A B ...), so that a machine that slows down slows all. Prints the ratio of the medians
and the spread of the pairwise ratios; judges nothing.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial

import turns

NOTE = turns.ROOT / "tests" / "data" / "note.md"

SCRIPT = "from archdiff.cli import main; main()"  # what the installed command runs
COMPARE = [sys.executable, "-c", SCRIPT, "compare", f"{NOTE}#Mine", f"{NOTE}#SuperSparse"]
COMMANDS = {
    "compare": COMPARE,
    "compare --color always": [*COMPARE, "--color", "always"],
    "import typer, rich.console, rich.table": [sys.executable, "-c", "import typer, rich.console, rich.table"],
    "python -c pass": [sys.executable, "-c", "pass"],
}
BASE = "import typer, rich.console, rich.table"


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory() as cache:
        environment = turns.environment(cache)
        calls = {name: partial(turns.process, command, environment) for name, command in COMMANDS.items()}
        taken = turns.seconds(runs, calls)
    print(f"{turns.machine()}; {runs} runs each, in turn")
    print(turns.table(taken, BASE))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
