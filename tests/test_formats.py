"""Every format of every command prints every outcome: each report is read again by a parser of its format.

`benchmarks/fuzz.py` does the same for as long as one likes.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
import xmlschema

from archdiff.execute.bench import benchmark
from archdiff.execute.bench.rounds import Plan

BENCHMARKS = str(Path(__file__).parents[1] / "benchmarks")
if BENCHMARKS not in sys.path:
    sys.path.append(BENCHMARKS)

import fuzz  # noqa: E402
from fuzz_cases import CONFIG, DOCUMENTS, Case, case  # noqa: E402
from fuzz_reports import READERS  # noqa: E402

SCHEMAS = Path(__file__).parent / "report" / "schemas"
JUNIT = xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")
SARIF = jsonschema.Draft7Validator(json.loads((SCHEMAS / "sarif-2.1.0-rtm.4.json").read_text()))

NOTHING_KNOWN = "Net(\n  (a): Module()\n  (b): Module()\n)\n"
PLAIN = "Net(\n  (a): Dropout(p=0.5, inplace=False)\n  (b): Linear(in_features=4, out_features=4, bias=True)\n)\n"
SPARSE = "Net(\n  (a): SparseWeights(\n    sparsity=0.6\n    (module): Linear(in_features=10, out_features=4)\n  )\n)\n"
WINNERS = "Net(\n  (a): KWinners2d(channels=4, n=0, percent_on={0}, boost_strength={0}, k_inference_factor={0})\n)\n"
RECIPE = "SGD (\nParameter Group 0\n    lr: {}\n    betas: (0.9, inf)\n)\n"

#: id, what is compared with what
PAIRS = [
    ("infinite", PLAIN.replace("p=0.5", "p=-inf"), PLAIN),
    ("infinite on both sides", PLAIN.replace("p=0.5", "p=inf"), PLAIN.replace("p=0.5", "p=-inf")),
    ("not a number", PLAIN.replace("p=0.5", "p=nan"), PLAIN),
    ("too large a float", PLAIN.replace("p=0.5", "p=1e400"), PLAIN),
    ("large", PLAIN.replace("features=4", f"features={'9' * 25}"), PLAIN),
    ("infinite in a tuple", "Net(\n  (a): Foo(x=(inf, (nan, 1)), y=inf)\n)\n", "Net(\n  (a): Foo(x=1)\n)\n"),
    ("infinite winners", WINNERS.format("inf"), WINNERS.format("0.1")),
    ("an infinite density", SPARSE.replace("0.6", "inf"), SPARSE),
    ("a negative density", SPARSE.replace("0.6", "-1"), SPARSE),
    ("infinite recipe", RECIPE.format("inf") + PLAIN, RECIPE.format("nan") + PLAIN),
    ("density of unknown inputs", "Net(\n  (a): Linear(out_features=4, bias=True)\n)\n", SPARSE),
    ("density of nothing known", "Net(\n  (a): Linear()\n)\n", SPARSE),
    ("nothing that is a layer", NOTHING_KNOWN, NOTHING_KNOWN.replace("  (b): Module()\n", "")),
    ("one class alone", "Net()\n", PLAIN),
    ("two classes alone", "Net()\n", "Other()\n"),
    ("a root without a name", "Linear(in_features=2, out_features=3, bias=True)\n", SPARSE),
    ("empty names", "Net(\n  (): ReLU()\n  ( ): Tanh()\n)\n", "Net(\n  (): Tanh()\n  (a): ReLU()\n)\n"),
    ("no children", "Sequential()\n", "Sequential(\n  (0): Sequential()\n)\n"),
    ("no end", PLAIN[:-3], PLAIN),
    ("half a character", "Net(\n  (a): Foo(x='\\ud800')\n)\n", "Net(\n  (a): Foo(x='\\udc80', y='\\x00')\n)\n"),
    ("signs", "Net(\n  (|`a`|): F<b>oo(x='::error::', y=\u202e]]>, z='\x9b1m\x85')\n)\n", PLAIN),
    ("a table", "  | Name | Type | Params\n" + "-" * 30 + "\n0 | a | Linear | 1.2 K\n" + "-" * 30 + "\n", PLAIN),
    ("no network", "Nothing here.\n", PLAIN),
    ("a network too many", PLAIN + "\n" + PLAIN, PLAIN),
]


def commands(name: str) -> Iterator[tuple[tuple[str, ...], str, dict[str, str]]]:
    """Every command with every format: (arguments, format on standard output, format -> file)."""
    files = {format_name: f"report.{format_name}" for format_name in DOCUMENTS}
    written = [part for format_name, file in files.items() for part in ("--output-file", f"{format_name}={file}")]
    for shown in DOCUMENTS:
        yield ("compare", name, "theirs.txt", "--format", shown, "--all"), shown, {}
    yield ("compare", name, "theirs.txt", *written[2:]), "terminal", dict(list(files.items())[1:])
    yield ("compare", name, "theirs.txt", "--strict", "--unknown=pass", "--max-findings=0"), "terminal", {}
    yield ("check", "--format", "json", *written[2:]), "json", dict(list(files.items())[1:])
    yield ("check", "--update", "--reason", "known"), "terminal", {}
    yield ("check",), "terminal", {}
    for shown in ("terminal", "json"):
        yield ("show", name, "--format", shown), shown, {}
        yield ("match", name, "theirs.txt", "--format", shown), shown, {}
    for shown in ("terminal", "json", "python"):
        yield ("keys", name, "theirs.txt", "--format", shown), shown, {}
    yield ("source", name), "python", {}


@pytest.mark.parametrize(("ours", "theirs"), [row[1:] for row in PAIRS], ids=[row[0] for row in PAIRS])
@pytest.mark.usefixtures("restored")
def test_every_format_prints_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ours: str, theirs: str) -> None:
    monkeypatch.chdir(tmp_path)
    files = {"ours.txt": ours.encode(), "theirs.txt": theirs.encode(), "archdiff.toml": CONFIG.encode()}
    codes = set()
    for number, (command, shown, reports) in enumerate(commands("ours.txt")):
        ran = fuzz.run(Case(number, False, files, b"", command, shown, reports), tmp_path)
        assert not ran.fault, (command, ran.fault)
        codes.add(ran.code)
        check_schemas(tmp_path)
    assert codes <= {0, 1, 2}


@pytest.mark.parametrize("line", ["::error::x", "  ::warning file=a::x", "a.txt:1: AD101 function ##[group]x"])
@pytest.mark.parametrize("format_name", ["terminal", "concise", "markdown", "junit"])
def test_a_line_that_a_ci_obeys_is_a_fault(format_name: str, line: str) -> None:
    with pytest.raises(AssertionError, match="acts in the log of a CI"):
        READERS[format_name](f"{line}\n")


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command leaves behind in its process."""
    monkeypatch.setattr(sys, "argv", sys.argv)
    monkeypatch.setattr(sys, "stdin", sys.stdin)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "")


def check_schemas(folder: Path) -> None:
    junit, sarif = folder / "report.junit", folder / "report.sarif"
    if junit.exists():
        JUNIT.validate(junit.read_text())
        junit.unlink()
    if sarif.exists():
        SARIF.validate(json.loads(sarif.read_text()))
        sarif.unlink()


@pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes")
@pytest.mark.usefixtures("restored")
def test_a_file_whose_name_is_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = "a\udc80\n::error::b|.txt"
    files = {name: PLAIN.replace("0.5", "0.25").encode(), "theirs.txt": PLAIN.encode()}
    for number, (command, shown, reports) in enumerate(commands(name)):
        if command[0] != "check":
            ran = fuzz.run(Case(number, False, files, b"", command, shown, reports), tmp_path)
            assert not ran.fault, (command, ran.fault)
            assert ran.code in (0, 1)
            check_schemas(tmp_path)


@pytest.mark.usefixtures("restored")
def test_every_format_prints_what_a_run_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(benchmark, "Plan", lambda: Plan(block=0.0002, round=0.001, sample=0.00002))
    net = "Sequential(\n  (0): Linear(in_features=4, out_features=4, bias=True)\n  (1): {}\n)\n"
    files = {"ours.txt": net.format("ReLU()").encode(), "theirs.txt": net.format("Softmax(dim=1)").encode()}
    for number, (command, shown, reports) in enumerate(commands("ours.txt")):
        if command[0] == "compare":
            ran = fuzz.run(Case(number, True, files, b"", (*command, "--run", "--batch=2"), shown, reports), tmp_path)
            assert (ran.fault, ran.code) == ("", 1), command
            check_schemas(tmp_path)
    for shown in ("terminal", "json"):
        command = ("bench", "ours.txt", "theirs.txt", "--precision", "900", "--format", shown)
        ran = fuzz.run(Case(0, True, files, b"", command, shown, {}), tmp_path)
        assert (ran.fault, ran.code) == ("", 0)


@pytest.mark.usefixtures("restored")
def test_mutated_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = []
    for number in range(150):
        made = case(7, number, False)
        if any(re.search(rb"\d{3} x ", data) for data in made.files.values()):
            continue  # what stands for many layers takes long, and is left to the benchmark
        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.chdir(folder)
        ran = fuzz.run(made, folder)
        assert not ran.fault, (number, made.command, ran.fault)
        check_schemas(folder)
        codes.append(ran.code)
    assert {0, 1, 2} == set(codes)
