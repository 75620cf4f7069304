"""What a comparison costs as a whole process, by size, beside what others need for the same pair.

    python benchmarks/scale.py [--lines 1000 10000 100000] [--family "unequal decoder" ...] [--jsondiffpatch FOLDER]

CPU time (user and system) and peak memory of every process. `archdiff` and `diff -u` read the two printed texts;
DeepDiff, dictdiffer and jsondiffpatch get the same networks as ready-made JSON trees, so they pay for no reading of
prints. FOLDER is where `npm install jsondiffpatch` was run. What is not installed is left out and named. A tool that
takes longer than --timeout seconds is not run at larger sizes. Prints ratios to archdiff; judges nothing. The last row
sets two networks that have nothing in common beside two that are related.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import edits

from archdiff import parse
from archdiff.model.network import Layer

DEEPDIFF = (
    "import json,sys; from deepdiff import DeepDiff; a,b=(json.load(open(p)) for p in sys.argv[1:]); DeepDiff(b,a)"
)
DICTDIFFER = "import json,sys,dictdiffer; a,b=(json.load(open(p)) for p in sys.argv[1:]); list(dictdiffer.diff(b,a))"
JSONDIFFPATCH = """
import * as jsondiffpatch from 'jsondiffpatch'; import fs from 'fs';
const [a, b] = process.argv.slice(2).map(p => JSON.parse(fs.readFileSync(p)));
jsondiffpatch.create({objectHash: layer => layer.name + ' ' + layer.class}).diff(b, a);
"""


def as_json(root: Layer) -> dict[str, object]:
    """A layer as a plain tree: name, class, settings, children."""
    return {
        "name": root.name,
        "class": root.class_name,
        "settings": {setting.name or str(i): setting.text for i, setting in enumerate(root.settings)},
        "children": [as_json(child) for child in root.children],
    }


def tools(folder: Path | None) -> dict[str, tuple[list[str], str]]:
    """Name -> (command, suffix of the files that it reads)."""
    found = {
        "archdiff": ([sys.executable, "-m", "archdiff", "compare"], "txt"),
        "diff -u": (["diff", "-u"], "txt"),
    }
    if find_spec("deepdiff"):
        found["DeepDiff"] = ([sys.executable, "-c", DEEPDIFF], "json")
    if find_spec("dictdiffer"):
        found["dictdiffer"] = ([sys.executable, "-c", DICTDIFFER], "json")
    if folder and which("node"):
        script = folder / "archdiff-benchmark.mjs"
        script.write_text(JSONDIFFPATCH)
        found["jsondiffpatch"] = (["node", str(script)], "json")
    return found


def measure(command: list[str], timeout: float) -> tuple[float, float] | None:
    """(CPU seconds, peak MB) of one process; None where it took too long."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    try:
        process.wait(timeout)  # only to stop it; the figures come from the operating system
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None
    return _usage(command, environment)


def _usage(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """A second, counted run: files and bytecode are warm, and wait4 tells what this one process took."""
    pid = os.posix_spawnp(
        command[0],
        command,
        environment,
        file_actions=[(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)],
    )
    _, _, usage = os.wait4(pid, 0)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--family", nargs="+", default=["equal decoder", "unequal decoder"], choices=edits.FAMILIES)
    parser.add_argument("--jsondiffpatch", type=Path, metavar="FOLDER")
    parser.add_argument("--timeout", type=float, default=120)
    options = parser.parse_args()
    commands = tools(options.jsondiffpatch)
    missing = {"DeepDiff", "dictdiffer", "jsondiffpatch"} - set(commands)
    print(f"not installed: {', '.join(sorted(missing)) or 'nothing'}")
    for family in options.family:
        print(f"\n{family}\n{'lines':>7}  {'tool':14} {'CPU':>8} {'peak':>8}  ratio to archdiff")
        _family(family, options.lines, commands, options.timeout)
    print(f"\n{UNRELATED:,} lines of two unrelated networks against two related ones")
    print(f"{_unrelated(commands['archdiff'][0], options.timeout):.2f} times the CPU time")


def _family(family: str, sizes: list[int], commands: dict[str, tuple[list[str], str]], timeout: float) -> None:
    stopped: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        for lines in sizes:
            _apart(write, Path(folder), family, lines)
            ours = 0.0
            for name, (command, suffix) in commands.items():
                files = [str(Path(folder) / f"{side}.{suffix}") for side in ("candidate", "reference")]
                figures = None if name in stopped else measure([*command, *files], timeout)
                if figures is None:
                    stopped.add(name)
                    print(f"{lines:7}  {name:14} over {timeout:.0f} s")
                    continue
                ours = ours or figures[0]
                told = f"{lines:7}  {name:14} {figures[0]:6.2f} s {figures[1]:5.0f} MB  {figures[0] / ours:.2f}"
                print(told, flush=True)


UNRELATED = 5_000


def _unrelated(command: list[str], timeout: float) -> float:
    seconds: dict[bool, float] = {}
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        _apart(write, Path(first), "unequal decoder", UNRELATED)
        _apart(write, Path(second), "resnet", UNRELATED)
        for related, other in ((True, first), (False, second)):
            figures = measure([*command, f"{first}/candidate.txt", f"{other}/reference.txt"], timeout)
            seconds[related] = figures[0] if figures else timeout
    return seconds[False] / seconds[True]


def _apart(work: Callable[..., None], *arguments: object) -> None:
    """In a process of its own: what this one has taken would count as the peak of all that it starts."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    process.start()
    process.join()


def write(folder: Path, family: str, lines: int) -> None:
    """The files of one pair: texts, and the same as JSON."""
    sys.setrecursionlimit(10_000)
    original = edits.network(family, lines)
    candidate, _ = edits.edited(original, random.Random(0))
    texts = edits.printed(candidate, "renamed" in family)[0], edits.printed(original, False)[0]
    for side, text in zip(("candidate", "reference"), texts, strict=True):
        (folder / f"{side}.txt").write_text(text)
        (folder / f"{side}.json").write_text(json.dumps(as_json(parse.parse(text)[0].root)))


if __name__ == "__main__":
    main()
