"""What `archdiff check` of many pairs costs, as a process, against a check of one pair.

    python benchmarks/check.py [RUNS]

Each pair is a candidate of its own against a shipped reference, 23 printed lines on each side. Checks of 1 and of 200
pairs run in turn. Prints the time of 200 pairs in units of one pair per 50 (four checks of one pair); judges nothing.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from functools import partial
from pathlib import Path

import turns

SPECS = turns.ROOT / "reference_specs" / "how_so_dense"
NAMES = ("gsc_sparse_cnn2", "gsc_super_sparse_cnn2", "gsc_dense_cnn2", "gsc_dense_cnn2_dropout")
MANY, PER = 200, 50


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = turns.environment(folder)
        for pairs in (1, MANY):
            _configuration(Path(folder), pairs)
        check = [sys.executable, "-m", "archdiff", "check", "--config"]
        calls = {
            f"{pairs} pairs": partial(turns.process, [*check, f"{pairs}.toml"], environment, Path(folder))
            for pairs in (1, MANY)
        }
        taken = turns.seconds(runs, calls)
    print(f"{turns.machine()}; {runs} runs each, in turn")
    print(turns.table(taken, "1 pairs"))
    one, many = map(statistics.median, taken.values())
    print(f"each further pair {1000 * (many - one) / (MANY - 1):.1f} ms")
    print(f"{MANY} pairs take {many / (one * MANY / PER):.2f} times one pair per {PER}")


def _configuration(folder: Path, pairs: int) -> None:
    """Candidates that differ in a width, so that no two are the same text."""
    rows = []
    for index in range(pairs):
        name = NAMES[index % len(NAMES)]
        (folder / f"mine{index}.txt").write_text((SPECS / f"{name}.txt").read_text().replace("12,", f"{12 + index},"))
        rows.append(f'[[pairs]]\ncandidate = "mine{index}.txt"\nreference = "ref:how_so_dense/{name}"\n')
    (folder / f"{pairs}.toml").write_text("\n".join(rows))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
