"""Hostile texts through every command and every format: none may end in a traceback, hang, or eat the machine.

    python benchmarks/fuzz.py [--minutes 1] [--seed 0] [--case NUMBER] [--failures FOLDER]

A case is a pair of mutated texts below 100 kB and one command; all of it follows from the seed and the number of the
case. It fails where the exit code is none of 0, 1 and 2, where a report cannot be read again by a parser of its format
or holds a line that a CI obeys, and where it takes more than 2 s of CPU time (20 s where networks run) or 500 MB of
memory, which is measured again in a process of its own, or waits for a minute. Each kind of failure is printed with its
command, its texts are kept in FOLDER, and the exit code is 1 then.

`99999 x ReLU()` is a short text of many layers. Where a text stands for more layers than it has lines, 2 s more are
allowed for each 10,000 of them: up to 20,000 in all commands that compare or show, which look at a few of what goes
beyond that, and all of them in `keys` and `source`, whose answer has a line or an object for each: Kimi-K2, of 117,000
modules, is as large. `check` compares two pairs and has twice the time, `match` has it for each reference.

Cases run in forked processes that have archdiff loaded, so that one costs what it does and not what starting does. The
last tenth of the time builds and runs networks (`--run`, `bench`), which takes torch.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import resource
import select
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Final

from fuzz_cases import CONFIG, FILES, Case, case
from fuzz_reports import READERS, check_inert

from archdiff.infer import repeats
from archdiff.model.errors import ArchdiffError
from archdiff.model.network import counts
from archdiff.parse import parse

MOST_CPU: Final = 2.0  # seconds
MOST_WALL: Final = 60.0  # seconds without a word: it waits for something, since CPU time ends it long before
MOST_MEMORY: Final = 500  # MB
MOST_CPU_LIVE: Final = 20.0  # seconds of what builds and runs networks: they compute
MOST_OF_LAYERS: Final = 2.0  # seconds for each 10,000 layers that folded lines stand for
_ANSWERS_EACH: Final = ("keys", "source")
_HANGS: Final = 50.0  # seconds of CPU time that end any case
_TOO_LONG: Final = "too much CPU time"
_BATCH: Final = 10  # cases of one process
_ROOM: Final = 4_000_000_000  # bytes that a process may ask for before it hears MemoryError
_LIVE: Final = 0.1  # of the time
_SHOWN: Final = 1_500  # characters of a text that is printed
_FRAME = re.compile(r'File ".*?archdiff/(\S+?)", line (\d+), in (\S+)')


@dataclass
class Ran:
    """What became of one case."""

    number: int
    live: bool
    code: int = -1  # -1: the process ended without one
    cpu: float = 0.0  # seconds
    wall: float = 0.0  # seconds
    memory: float = 0.0  # MB, the most of its process
    allowed: float = MOST_CPU  # seconds
    fault: str = ""  # what is wrong, in a line

    def fails(self) -> str:
        """The kind of failure in a line; "" for none."""
        if self.fault:
            return self.fault
        if self.cpu > self.allowed:
            return _TOO_LONG
        return f"more than {MOST_MEMORY} MB" if self.memory > MOST_MEMORY else ""


def run(made: Case, folder: Path) -> Ran:
    """One case in this process: its files are written, its command is run as `archdiff` runs it."""
    from archdiff.cli.main import main

    for file, data in made.files.items():
        (folder / file).write_bytes(data)
    ran = Ran(made.number, made.live)
    sys.argv = ["archdiff", *made.command]
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8", newline=""), io.StringIO()
    sys.stdin = io.TextIOWrapper(io.BytesIO(made.stdin), "utf-8")
    cpu, wall = time.process_time(), time.perf_counter()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main()
            ran.code = 0
        except SystemExit as ended:
            ran.code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    ran.cpu, ran.wall = time.process_time() - cpu, time.perf_counter() - wall
    ran.memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if ran.cpu > MOST_CPU:
        ran.allowed = allowed(made)
    out.flush()
    assert isinstance(out.buffer, io.BytesIO)
    ran.fault = _fault(made, ran.code, out.buffer.getvalue().decode(), err.getvalue(), folder)
    return ran


def allowed(made: Case) -> float:
    """Seconds of CPU time that a case may take."""
    if made.live:
        return MOST_CPU_LIVE
    found = [layers for file in FILES for layers in _layers(made.files[file])]
    command = made.command[0]
    layers = sum(found) if command in _ANSWERS_EACH else min(sum(found), repeats.ONE_BY_ONE)
    comparisons = {"check": 2, "match": len(found)}.get(command, 1)
    return comparisons * (MOST_CPU + MOST_OF_LAYERS * layers / 10_000)


def _layers(data: bytes) -> list[int]:
    """How many layers each network of a text stands for."""
    try:
        return [counts(network.root)[0][1] for network in parse(data.decode("utf-8", "replace"))]
    except ArchdiffError:
        return []


def _fault(made: Case, code: int, out: str, err: str, folder: Path) -> str:
    if "This is a bug in archdiff" in err:
        frames = _FRAME.findall(err)
        last = err.rstrip().splitlines()[-2]
        return f"traceback: {last[:100]} ({':'.join(frames[-1]) if frames else 'no frame'})"
    if "too large for this machine" in err:
        return f"not bounded: {err.strip()[:100]}"
    if code not in (0, 1, 2):
        return f"exit code {code}"
    if code == 2 and not (err + out).strip():
        return "exit code 2 without a word"
    if not all(line.isprintable() for line in err.split("\n")):
        return f"standard error is not printable: {err[:100]!r}"
    try:
        check_inert(err)
    except AssertionError as error:
        return f"standard error {error}"
    reports = {made.format: out} if out or code < 2 else {}
    for format_name, file in made.reports.items():
        if (folder / file).exists():
            reports[format_name] = (folder / file).read_bytes().decode()
        elif code < 2:
            return f"{format_name}: nothing was written"
    for format_name, text in reports.items():
        try:
            READERS[format_name](text)
        except Exception as error:  # whatever a parser thinks of it
            return f"{format_name} cannot be read again: {type(error).__name__} {str(error)[:150]}"
    return ""


# Processes


def load(live: bool) -> None:
    """What a command loads is loaded here, before the first fork: by a case that needs it."""
    net = b"Sequential(\n  (0): Linear(in_features=2, out_features=3, bias=True)\n)\n"
    files = {"ours.txt": net, "theirs.txt": net, "archdiff.toml": CONFIG.encode()}
    commands: list[tuple[str, ...]] = (
        [("compare", "ours.txt", "theirs.txt", "--run")] if live else [("check",), ("keys", "ours.txt", "theirs.txt")]
    )
    commands += (
        [("bench", "ours.txt", "theirs.txt", "--budget", "0.1")] if live else [("match", "ours.txt", "theirs.txt")]
    )
    here = os.getcwd()
    for command in commands:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            ran = run(Case(0, live, files, b"", command, "terminal", {}), Path(folder))
            os.chdir(here)
        assert not ran.fault, ran.fault


def batch(seed: int, numbers: list[int], live: bool) -> Iterator[Ran]:
    """The cases in one forked process, up to the first that ends it or takes too long."""
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        os.close(reading)
        _work(seed, numbers, live, writing)
    os.close(writing)
    left = list(numbers)
    with os.fdopen(reading, "rb", buffering=0) as answers:  # what is read ahead, `select` would not see
        while left:
            ready, _, _ = select.select([answers], [], [], MOST_WALL)
            line = answers.readline() if ready else b""
            if not line:
                yield Ran(left[0], live, fault=_ended(process, waited=not ready))
                return
            left.pop(0)
            yield Ran(**json.loads(line))
    os.waitpid(process, 0)


def _ended(process: int, waited: bool) -> str:
    """Why a process did not say what became of its case."""
    if waited:
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    if waited:
        return f"waited for {MOST_WALL:g} s"
    return _TOO_LONG if os.WTERMSIG(status) == signal.SIGPROF else f"the process died of signal {os.WTERMSIG(status)}"


def _work(seed: int, numbers: list[int], live: bool, writing: int) -> None:
    """In the forked process: a line for each case. Never returns."""
    try:
        if not live:
            resource.setrlimit(resource.RLIMIT_AS, (_ROOM, _ROOM))
        with os.fdopen(writing, "w", buffering=1) as answers:
            for number in numbers:
                signal.setitimer(signal.ITIMER_PROF, MOST_CPU_LIVE if live else _HANGS)
                with tempfile.TemporaryDirectory() as folder:
                    os.chdir(folder)
                    answers.write(json.dumps(asdict(run(case(seed, number, live), Path(folder)))) + "\n")
                    os.chdir("/")
    finally:
        os._exit(0)


def confirmed(seed: int, number: int, live: bool) -> Ran:
    """The same twice more, alone, until it does not fail: others on the machine and cases before take their share."""
    (ran,) = batch(seed, [number], live)
    return ran if not ran.fails() else next(batch(seed, [number], live))


# Failures


def tell(made: Case, ran: Ran, seed: int, folder: Path) -> None:
    """The failure with its command; its texts go into a folder of their own."""
    kept = folder / f"{'live-' if made.live else ''}{seed}-{made.number}"
    kept.mkdir(parents=True, exist_ok=True)
    for file, data in made.files.items():
        (kept / file).write_bytes(data)
    again = f"python benchmarks/fuzz.py --seed {seed} --case {made.number}{' --live' if made.live else ''}"
    print(f"\n{ran.fails()}\n  {ran.cpu:.2f} s of CPU time, {ran.memory:.0f} MB, exit code {ran.code}", flush=True)
    print(f"  archdiff {' '.join(made.command)}\n  in {kept}\n  again: {again}")
    for file, data in made.files.items():
        shown = data.decode("utf-8", "backslashreplace")
        print(f"  {file}, {len(data):,} bytes: {shown[:_SHOWN]!r}{'...' if len(shown) > _SHOWN else ''}")


def _kind(fault: str) -> str:
    return re.sub(r"[0-9]+|'.*?'|\".*?\"", "#", fault)[:80]


def fuzz(seed: int, seconds: float, live: bool, folder: Path) -> tuple[int, Counter[str]]:
    """Cases until the time is over: how many, and the failures by kind, the first of each kind told."""
    end = time.monotonic() + seconds
    failures: Counter[str] = Counter()
    numbers = count(1)
    waiting: list[int] = []
    done = 0
    while time.monotonic() < end:
        waiting += [next(numbers) for _ in range(_BATCH - len(waiting))]
        for ran in batch(seed, list(waiting), live):
            waiting.remove(ran.number)
            done += 1
            if not ran.fails():
                continue
            alone = confirmed(seed, ran.number, live)
            if fault := alone.fails():
                failures[_kind(fault)] += 1
                if failures[_kind(fault)] == 1:
                    tell(case(seed, ran.number, live), alone, seed, folder)
    return done, failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--case", type=int, help="this one alone")
    parser.add_argument("--live", action="store_true", help="with --case: one of those that run networks")
    parser.add_argument("--failures", type=Path, default=Path("fuzz-failures"), metavar="FOLDER")
    options = parser.parse_args()
    load(live=options.live)
    if options.case is not None:
        made = case(options.seed, options.case, options.live)
        (ran,) = batch(options.seed, [options.case], options.live)
        tell(made, ran, options.seed, options.failures)
        return 1 if ran.fails() else 0
    done, failures = fuzz(options.seed, options.minutes * 60 * (1 - _LIVE), False, options.failures)
    load(live=True)  # only now, so that the processes before are small
    ran_too, more = fuzz(options.seed, options.minutes * 60 * _LIVE, True, options.failures)
    failures += more
    print(f"\n{done:,} cases of texts, {ran_too:,} that run networks, seed {options.seed}: {failures.total()} failures")
    for kind, times in failures.most_common():
        print(f"{times:6}  {kind}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
