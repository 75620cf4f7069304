"""What `archdiff check` of many pairs costs, as a process, against a check of one pair.

    python benchmarks/check.py [RUNS]

Each pair is a candidate of its own against a shipped reference, 23 printed lines on each side. Checks of 1 and of 200
pairs run in turn. Prints the time of 200 pairs in units of one pair per 50 (four checks of one pair); judges nothing.
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
SPECS = ROOT / "reference_specs" / "how_so_dense"
NAMES = ("gsc_sparse_cnn2", "gsc_super_sparse_cnn2", "gsc_dense_cnn2", "gsc_dense_cnn2_dropout")
MANY, PER = 200, 50


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for pairs in (1, MANY):
            _configuration(Path(folder), pairs)
        seconds: dict[int, list[float]] = {1: [], MANY: []}
        for run in range(runs + 1):
            for pairs, taken in seconds.items():
                spent = _timed(Path(folder), pairs, environment)
                if run:  # the first is not counted: bytecode and file caches
                    taken.append(spent)
    one, many = statistics.median(seconds[1]), statistics.median(seconds[MANY])
    where = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {os.cpu_count()} cores"
    print(f"{where}; {runs} runs each, in turn")
    for pairs, taken in seconds.items():
        least, most = 1000 * min(taken), 1000 * max(taken)
        print(f"{pairs:4} pairs  median {1000 * statistics.median(taken):5.0f} ms ({least:.0f} to {most:.0f})")
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


def _timed(folder: Path, pairs: int, environment: dict[str, str]) -> float:
    begin = time.perf_counter()
    command = [sys.executable, "-m", "archdiff", "check", "--config", f"{pairs}.toml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    spent = time.perf_counter() - begin
    if done.returncode > 1 or f"{pairs} pair" not in done.stdout:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr}")
    return spent


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
