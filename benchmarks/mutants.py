"""Whether the tests notice wrong code: random small changes of diff/ and semantics/, each tested for itself.

    python benchmarks/mutants.py --mutants 200 --seed 0 [--reached FILE] [--tests PATH ...] [PATH ...]

All happens in a copy of the repository in a temporary folder. First every test runs once, to learn which functions it
calls and how long it takes; `--reached` keeps that in a file for the next run. Each mutant then meets the tests that
call the function it changes, the quick and special ones first, until one fails. What no test notices is printed as a
diff. Some of it can be noticed by none: it changes only speed, or what never happens. POSIX only, for it forks.
"""

from __future__ import annotations

import argparse
import builtins
import difflib
import importlib
import itertools
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

import mutations
import pytest
from mutations import Mutant

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGE: Final = Path("src/archdiff")
MUTATED: Final = ("src/archdiff/diff", "src/archdiff/semantics")
#: tests of texts; those of torch and of the command take minutes and reach the same functions
TESTS: Final = (
    *("tests/diff", "tests/semantics", "tests/infer", "tests/model"),
    *("tests/test_conservation.py", "tests/test_how_so_dense.py", "tests/test_laws.py", "tests/test_measured_law.py"),
    *("tests/test_mismatches.py", "tests/test_note.py", "tests/test_sharing.py"),
)
LEFT_OUT: Final = (".*", "__pycache__", "venv", "dist", "build", "fuzz-failures", "*.egg-info")
QUIET: Final = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist", "--hypothesis-seed=0")
START: Final = 60.0  # seconds of CPU time to load the tests and what they import
SLOWER: Final = 5.0  # a mutant may take so many times as long as the tests took without it
WALL: Final = 20.0  # times the CPU time, on a machine that others use
MOST_MEMORY: Final = 16 << 30  # bytes of address space
SPECIAL: Final = 400  # functions that a test calls; one that calls fewer comes first


#: times of mutants in seconds: what Python compiled of a file is taken for another one of the same size and second
_STAMPS: Final = itertools.count(1_000_000_000)


class Reached(NamedTuple):
    """What one test reaches.

    Attributes:
        seconds: of CPU time that it takes.
        functions: those it calls, as FILE:LINE of their first line, the file relative to the repository.
    """

    seconds: float
    functions: frozenset[str]


class Recorder:
    """A pytest plugin that writes down which functions each test calls, in a copy whose functions note it."""

    def __init__(self) -> None:
        self.reached: dict[str, Reached] = {}
        self.failed: set[str] = set()
        self._file = ""
        self._called: set[str] = set()
        vars(builtins)["_reached"] = self._called

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Runs the first test of each file with empty caches.

        What is in one is not computed again, and so seems to be reached by none.
        """
        file, _, _ = item.nodeid.partition("::")
        if file != self._file:
            self._file = file
            _empty_caches()
        self._called.clear()
        start = time.process_time()
        try:
            return (yield)
        finally:
            self.reached[item.nodeid] = Reached(time.process_time() - start, frozenset(self._called))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Some tests fail in a copy, or where functions note that they are called."""
        if report.failed:
            self.failed.add(report.nodeid)


def _empty_caches() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("archdiff"):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


class Chosen:
    """A pytest plugin that runs these tests in this order, and no others."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.places = {test: place for place, test in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((item for item in items if item.nodeid in self.places), key=self._place)

    def _place(self, item: pytest.Item) -> int:
        return self.places[item.nodeid]


def main() -> int:
    """Prints each mutant with its fate, and the score; exit code 1 where no mutant could be tested."""
    options = _options()
    with warnings.catch_warnings():  # once for all forks; nothing of the package itself
        warnings.simplefilter("ignore")
        importlib.import_module("torch")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder) / "archdiff"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
        os.chdir(copy)
        reached = _reached(copy, options.tests, options.reached)
        chosen = _sampled(options.paths, options.mutants, options.seed)
        survivors: list[str] = []
        done = 0
        with suppress(KeyboardInterrupt):  # Ctrl-C gives the score so far
            for file, mutant in chosen:
                fate = _fate(copy, file, mutant, reached)
                done += 1
                print(f"{done:4} {fate:9} {file}:{mutant.line}", flush=True)
                if fate in ("survives", "unreached"):
                    survivors.append(_diff(file, mutant))
    for diff in survivors:
        print(f"\n{diff}", end="")
    noticed = done - len(survivors)
    print(f"\n{noticed} of {done} mutants noticed ({100 * noticed / max(1, done):.0f} %)")
    return 0 if done else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", default=MUTATED, metavar="PATH", help="files or folders to change")
    parser.add_argument("--mutants", type=int, default=100, help="how many are drawn (100)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tests", nargs="+", default=TESTS, metavar="PATH", help="files or folders of tests")
    parser.add_argument("--reached", type=Path, metavar="FILE", help="read which test reaches what, or write it there")
    return parser.parse_args()


def _sampled(paths: Iterable[str], count: int, seed: int) -> list[tuple[str, Mutant]]:
    """So many mutants of these files, all of them equally likely."""
    files = [file for path in paths for file in (sorted(Path(path).rglob("*.py")) or [Path(path)])]
    every = [(str(file), mutant) for file in files for mutant in mutations.mutants(file.read_bytes())]
    return random.Random(seed).sample(every, min(count, len(every)))


def _reached(copy: Path, tests: Iterable[str], kept: Path | None) -> dict[str, Reached]:
    """Test -> what it reaches, read from a file or measured."""
    kept = ROOT / kept if kept else None
    if kept is None or not kept.exists():
        file = copy / "reached.json"
        print("running all tests once", flush=True)
        with _noted(copy / PACKAGE):
            code = _forked(lambda: _recorded(tests, file), 3600.0, quiet=True)
        if code:
            raise SystemExit(f"the tests could not be run without a mutant (exit code {code})")
        if kept is None:
            kept = file
        else:
            shutil.copy(file, kept)
    read = json.loads(kept.read_text())
    functions = read["functions"]
    for test in read["left_out"]:
        print(f"left out, since it fails without a mutant: {test}")
    return {
        test: Reached(seconds, frozenset(functions[at] for at in called))
        for test, (seconds, called) in read["tests"].items()
    }


@contextmanager
def _noted(package: Path) -> Iterator[None]:
    """The package with functions that note when they are called."""
    plain = package.rename(package.with_name("plain"))
    shutil.copytree(plain, package)
    for room in MUTATED:
        for file in Path(room).rglob("*.py"):
            file.write_text(mutations.marked(file.read_bytes(), str(file)))
    yield
    shutil.rmtree(package)
    plain.rename(package)


def _recorded(tests: Iterable[str], file: Path) -> int:
    recorder = Recorder()
    pytest.main([*QUIET, *tests], plugins=[recorder])
    reached = {test: each for test, each in recorder.reached.items() if test not in recorder.failed}
    functions = sorted({name for each in reached.values() for name in each.functions})
    places = {name: place for place, name in enumerate(functions)}
    called = {test: (each.seconds, sorted(places[name] for name in each.functions)) for test, each in reached.items()}
    file.write_text(json.dumps({"functions": functions, "tests": called, "left_out": sorted(recorder.failed)}))
    return 0


def _fate(copy: Path, file: str, mutant: Mutant, reached: dict[str, Reached]) -> str:
    """`noticed`, `timed out`, `survives`, or `unreached`: no test calls the function."""
    tests = _tests_of(file, mutant, reached)
    if not tests:
        return "unreached"
    path = copy / file
    source, times = path.read_bytes(), path.stat()
    path.write_bytes(mutant.applied(source))
    stamp = next(_STAMPS)
    os.utime(path, (stamp, stamp))
    limit = START + SLOWER * sum(reached[test].seconds for test in tests)
    code = _forked(lambda: _tested(tests), limit, quiet=True)
    path.write_bytes(source)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    if code in (-signal.SIGXCPU, -signal.SIGALRM):
        return "timed out"
    return "noticed" if code else "survives"


def _tests_of(file: str, mutant: Mutant, reached: dict[str, Reached]) -> list[str]:
    """The tests that call the function of a mutant.

    Of a table outside of functions those that call any of its file, or all where it holds none. Tests of the same room
    come first, then those that call little else.
    """
    if mutant.function:
        wanted = f"{file}:{mutant.function}"
        tests = [test for test, each in reached.items() if wanted in each.functions]
    else:
        tests = [test for test, each in reached.items() if any(name.startswith(f"{file}:") for name in each.functions)]
        tests = tests or list(reached)
    room = str(Path("tests") / Path(file).relative_to(PACKAGE).parent)

    def place(test: str) -> tuple[bool, bool, float]:
        each = reached[test]
        return not test.startswith(room), len(each.functions) > SPECIAL, each.seconds

    return sorted(tests, key=place)


def _tested(tests: Sequence[str]) -> int:
    files = dict.fromkeys(test.partition("::")[0] for test in tests)
    return int(pytest.main(["-x", *QUIET, *files], plugins=[Chosen(tests)]))


def _forked(work: Callable[[], int], seconds: float, *, quiet: bool) -> int:
    """The exit code of some work in a process of its own, the negative number of the signal that ended it.

    Args:
        work: returns the exit code.
        seconds: of CPU time that it may take.
        quiet: whether what it prints is thrown away.
    """
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 3
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
            resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
            signal.alarm(int(seconds * WALL))
            sys.path.insert(0, str(Path("src").resolve()))  # before an installed archdiff, whose plugin pytest loads
            if quiet:
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, 1)
                os.dup2(nowhere, 2)
            code = work()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _diff(file: str, mutant: Mutant) -> str:
    source = Path(file).read_bytes()
    before, after = (text.decode().splitlines(keepends=True) for text in (source, mutant.applied(source)))
    return "".join(difflib.unified_diff(before, after, file, f"{file}:{mutant.line}", n=1))


if __name__ == "__main__":
    sys.exit(main())
