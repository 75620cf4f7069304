"""The public API: sources in, an outcome or a documented error out; what is typed, quick, quiet and a plain value."""

from __future__ import annotations

import ast
import json
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

import archdiff
from archdiff import Outcome, api, commands, errors, parse
from archdiff.execute.running.options import RunOptions

SRC = Path(archdiff.__file__).parent
ROOT = Path(__file__).parent.parent
NOTE = Path(__file__).parent / "data" / "note.md"

MINE = "Net(\n  (a): Linear(in_features=4, out_features=3, bias=True)\n  (b): Dropout(p=0.2, inplace=False)\n)\n"
ORIGINAL = MINE.replace("p=0.2", "p=0.5")
NETS = """
import os
from torch import nn

class Net(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.a, self.b = nn.Linear(4, 3), nn.Dropout(p)

def mine():
    return Net(0.2)

def original():
    return Net(0.5)

def heads():
    return nn.MultiheadAttention(8, 4)

def more_heads():
    return nn.MultiheadAttention(8, 2)

def here():
    return nn.Linear(os.getpid(), 1)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working directory, with the prints as files, both in one file, and as live modules."""
    for name, text in (("mine.txt", MINE), ("original.txt", ORIGINAL), ("api_nets.py", NETS)):
        (tmp_path / name).write_text(text)
    (tmp_path / "both.md").write_text(f"# Mine\n\n{MINE}\n# Original\n\n{ORIGINAL}")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    sys.modules.pop("api_nets", None)


class Net(nn.Module):
    def __init__(self, p: float) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(4, 3), nn.Dropout(p)


class Failing(nn.Module):
    def extra_repr(self) -> str:
        raise KeyError("width")


# What a source may be


SOURCES: dict[str, tuple[Callable[[], archdiff.Source], Callable[[], archdiff.Source]]] = {
    "files": (lambda: "mine.txt", lambda: "original.txt"),
    "paths": (lambda: Path("mine.txt"), lambda: Path("original.txt").absolute()),
    "networks of one file": (lambda: "both.md#Mine", lambda: Path("both.md#2")),
    "texts": (lambda: MINE, lambda: ORIGINAL),
    "texts with what stands around": (lambda: f"# mine\n```\n{MINE}```", lambda: ORIGINAL.replace("\n", "\r\n")),
    "live modules": (lambda: Net(0.2), lambda: Net(0.5)),
    "addresses of live modules": (lambda: "api_nets:mine", lambda: "api_nets:original"),
    "networks": (lambda: archdiff.read("mine.txt"), lambda: archdiff.read_all("both.md")[1]),
    "a module and a text": (lambda: Net(0.2), lambda: ORIGINAL),
}


@pytest.mark.parametrize("sides", SOURCES.values(), ids=SOURCES)
@pytest.mark.usefixtures("folder")
def test_each_source_gives_the_same_answer(sides: tuple[Callable[[], archdiff.Source], ...]) -> None:
    candidate, reference = sides
    outcome = archdiff.compare(candidate(), reference())
    [finding] = outcome.findings
    assert (outcome.verdict, outcome.verdicts) == ("training", ("training",))
    assert (finding.rule, finding.effect, finding.setting) == ("AD401", archdiff.Effect.TRAINING, "p")
    assert (finding.candidate, finding.reference) == (
        archdiff.Place("b", finding.candidate.line if finding.candidate else 0, 0.2, "Dropout"),
        archdiff.Place("b", finding.reference.line if finding.reference else 0, 0.5, "Dropout"),
    )


@pytest.mark.parametrize(
    ("source", "is_text"),
    [
        ("mine.txt", False),
        ("runs/mine(1).txt", False),
        ("notes (old)", False),
        ("notes.md#Mine (2)", False),
        ("notes.md#Conv2d(1, 2)", False),
        ("./Net(1)", False),
        ("pack.nets:made", False),
        ("git:HEAD~1:notes.md", False),
        ("ref:how_so_dense/gsc_sparse_cnn2", False),
        ("Net", False),
        ("", False),
        ("2Net(1)", False),
        ("Linear (4 -> 3)", False),
        ("ReLU()", True),
        ("Linear(in_features=4, out_features=3, bias=True)", True),
        ("ReLU()  ", True),
        ("ReLU()\n", True),
        ("mine.txt\n", True),
        ("Net(\n", True),
        ("Net(\r  (a): ReLU()\r)", True),
    ],
)
def test_text_or_address(source: str, is_text: bool) -> None:
    assert parse.is_text(source) is is_text


def test_a_text_is_a_text_whatever_files_there_are(folder: Path) -> None:
    (folder / "ReLU()").write_text(MINE)
    assert archdiff.read("ReLU()").root.class_name == "ReLU"
    assert archdiff.read(Path("./ReLU()")).root.class_name == "Net"
    assert archdiff.read("./ReLU()").root.class_name == "Net"


@pytest.mark.usefixtures("folder")
def test_a_path_is_a_file_and_never_runs_code() -> None:
    assert archdiff.read("api_nets:mine").root.class_name == "Net"
    with pytest.raises(errors.UsageError) as raised:
        archdiff.read(Path("api_nets:mine"))
    assert (raised.value.message, raised.value.source) == ("no such file", "./api_nets:mine")


@pytest.mark.usefixtures("folder")
def test_all_networks_of_a_source() -> None:
    assert [each.label for each in archdiff.read_all("both.md")] == ["Mine", "Original"]
    assert [each.label for each in archdiff.read_all(Path("both.md"))] == ["Mine", "Original"]
    assert [each.label for each in archdiff.read_all("both.md#Original")] == ["Original"]
    assert [each.first_line for each in archdiff.read_all(f"{MINE}\n{ORIGINAL}")] == [1, 6]
    assert [each.root.class_name for each in archdiff.read_all(Net(0.1))] == ["Net"]
    assert archdiff.read_all(archdiff.read(MINE)) == (archdiff.read(MINE),)


# Errors


CUT = "Net(\n  (a): ReLU()\n"
TWICE = "Net(\n  (a): ReLU()\n  (a): ReLU()\n)\n"


@pytest.mark.parametrize(
    ("source", "kind", "message", "place", "way_out"),
    [
        ("gone.txt", "UsageError", "no such file", ("gone.txt", 0, 0), ""),
        ("mine.tx", "UsageError", "no such file", ("mine.tx", 0, 0), "did you mean mine.txt?"),
        ("Net", "UsageError", "no such file", ("Net", 0, 0), ""),
        (Path("Net(1)"), "UsageError", "no such file", ("Net(1)", 0, 0), ""),
        ("-", "UsageError", "- is standard input for the command alone", ("", 0, 0), "archdiff.read(sys.stdin.read())"),
        ("-#Mine", "UsageError", "- is standard input", ("", 0, 0), "archdiff.read(sys.stdin.read())"),
        ("both.md", "UsageError", "holds 2 networks; say which\n", ("both.md", 0, 0), 'for example "both.md#Mine"'),
        ("both.md#Yours", "UsageError", "no network is called 'Yours'", ("both.md", 0, 0), "for example"),
        (MINE + ORIGINAL, "UsageError", "holds 2 networks; say which", ("<text>", 0, 0), "archdiff.read_all gives"),
        ("no network\n", "ReadError", "no printed network in it", ("<text>", 0, 0), "archdiff reads what print"),
        ("\n", "ReadError", "empty", ("<text>", 0, 0), "give a text"),
        ("Net(\0)\n", "ReadError", "not a text: a NUL byte", ("<text>", 1, 5), "give a text"),
        (CUT, "ReadError", "the print is cut off after line 2", ("<text>", 1, 1), "paste the whole print"),
        ("nobodys_module:net", "UsageError", "no module 'nobodys_module'", ("nobodys_module:net", 0, 0), "packages"),
    ],
    ids=[
        *("no file", "another file", "a name", "a path", "standard input", "a part of it", "several", "no such name"),
        *("several in a text", "no network", "nothing", "no text", "cut off", "no module"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_an_error_names_the_place_and_the_way_out(
    capfd: pytest.CaptureFixture[str],
    source: archdiff.Source,
    kind: str,
    message: str,
    place: tuple[str, int, int],
    way_out: str,
) -> None:
    for question in (lambda: archdiff.read(source), lambda: archdiff.compare(MINE, source)):
        with pytest.raises(errors.ArchdiffError) as raised:
            question()
        error = raised.value
        assert type(error) is getattr(errors, kind)
        assert (error.source, error.line, error.column) == place
        assert message in error.message
        assert error.way_out.startswith(way_out)
        assert bool(way_out) <= (f"\n  help: {way_out}" in str(error))
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), vars(again)) == (type(error), vars(error))
    assert capfd.readouterr() == ("", "")


def test_code_that_fails_is_an_error_at_its_line() -> None:
    with pytest.raises(errors.UsageError, match="KeyError: 'width'") as raised:
        archdiff.read(Failing())
    place = Path(raised.value.source).resolve(), raised.value.line
    assert place == (Path(__file__).resolve(), Failing.extra_repr.__code__.co_firstlineno + 1)


def test_the_networks_of_a_list_may_be_cut_off_and_are_not_compared() -> None:
    (cut,) = archdiff.read_all(CUT)
    assert not cut.complete
    with pytest.raises(errors.ReadError, match="cut off"):
        archdiff.compare(cut, cut)


def test_a_name_that_stands_twice() -> None:
    with pytest.raises(errors.ReadError) as raised:
        archdiff.compare(TWICE, TWICE)
    assert (raised.value.source, raised.value.line) == ("<text>", 3)


@pytest.mark.parametrize("source", [None, 3, b"mine.txt", ["mine.txt"], nn.Module], ids=repr)
def test_what_is_no_source(source: object) -> None:
    for question in (archdiff.read, archdiff.read_all, lambda other: archdiff.compare(MINE, other)):
        with pytest.raises(TypeError, match=r"^expected a torch\.nn\.Module, a Network, a path, a text .*, not \w+$"):
            question(source)  # type: ignore[arg-type]  # that is the question


@pytest.mark.parametrize("shape", [(), "4", (0,), (-1, 2), (1.5,), (True,), 4, ("4",)], ids=repr)
def test_what_is_no_shape(shape: object) -> None:
    with pytest.raises(errors.UsageError) as raised:
        archdiff.compare(MINE, ORIGINAL, input_shape=shape)  # type: ignore[arg-type]  # not what it asks for, on purpose
    assert raised.value.way_out == "sizes without the batch: (3, 32, 32)"


def test_a_shape() -> None:
    outcome = archdiff.compare(MINE, ORIGINAL, input_shape=[7, 4])
    assert (outcome.candidate.input_shape, outcome.candidate.input_shape_from) == ((7, 4), "given")
    small = "Sequential(\n  (0): Conv2d(3, 8, kernel_size=(3, 3))\n)"
    with pytest.raises(errors.ShapeError) as raised:
        archdiff.compare(small, small, input_shape=(3, 2, 2))
    assert (raised.value.source, raised.value.line) == ("<text>", 2)


# Live modules


def same_but_for_the_source(one: Outcome, other: Outcome) -> bool:
    blank = [
        replace(each, candidate=replace(each.candidate, source=""), reference=replace(each.reference, source=""))
        for each in (one, other)
    ]
    return blank[0] == blank[1]


@pytest.mark.parametrize(
    ("candidate", "reference", "shape", "verdict"),
    [
        ("mine", "original", None, "training"),
        ("mine", "mine", (7, 4), "identical"),
        ("mine", "original", (5,), "training"),  # no input of its print: a live module may do more than it prints
        ("heads", "more_heads", None, "function"),  # which no print shows
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_module_is_what_its_address_is(
    candidate: str, reference: str, shape: tuple[int, ...] | None, verdict: str
) -> None:
    by_address = archdiff.compare(f"api_nets:{candidate}", f"api_nets:{reference}", input_shape=shape)
    made = [getattr(sys.modules["api_nets"], name)() for name in (candidate, reference)]
    by_module = archdiff.compare(*made, input_shape=shape)
    assert (by_module.candidate.source, by_address.candidate.source) == ("<model>", f"api_nets:{candidate}")
    assert by_module.verdict == verdict
    assert same_but_for_the_source(by_module, by_address)


@pytest.mark.usefixtures("folder")
def test_an_address_runs_in_this_process() -> None:
    network = archdiff.read("api_nets:here")
    assert network.root.settings[0].value == os.getpid()


# Plain values


def outcomes() -> Iterator[Outcome]:
    names = ("Mine", "Original Sparse", "SuperSparse", "Lucas")
    for name in names:
        yield archdiff.compare(f"{NOTE}#Mine", f"{NOTE}#{name}")
    yield archdiff.compare(MINE, ORIGINAL)
    yield archdiff.compare("ReLU()", "Swoosh(a=inf, b=nan)")
    yield commands.compare(commands.Request(str(ROOT / "tests/sample/printed.txt"), f"{NOTE}#Mine"))


def test_an_outcome_is_a_plain_value() -> None:
    for outcome in outcomes():
        again = pickle.loads(pickle.dumps(outcome))
        assert again == outcome
        assert again.to_dict() == outcome.to_dict()
        with pytest.raises(AttributeError):
            outcome.notes = ()  # type: ignore[misc]  # it is frozen, which is tested


@pytest.mark.usefixtures("folder")
def test_an_outcome_of_a_run_is_a_plain_value() -> None:
    outcome = commands.compare(commands.Request("mine.txt", "original.txt", (4,)), RunOptions(batch=2))
    again = pickle.loads(pickle.dumps(outcome))
    assert (again, again.to_dict()) == (outcome, outcome.to_dict())
    assert json.loads(json.dumps(outcome.to_dict(), allow_nan=False)) == outcome.to_dict()
    assert outcome.to_dict()["run"]["device"] == "cpu"


@pytest.mark.usefixtures("folder")
def test_to_dict_is_what_the_command_prints() -> None:
    for candidate, reference in (("mine.txt", "original.txt"), (f"{NOTE}#Mine", f"{NOTE}#SuperSparse")):
        command = [sys.executable, "-m", "archdiff", candidate, reference, "--format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
        report = archdiff.compare(candidate, reference).to_dict()
        assert json.dumps(report, indent=2, ensure_ascii=False) + "\n" == done.stdout
        assert json.loads(done.stdout) == report


def test_all_of_it_is_plain() -> None:
    plain = (str, int, float, bool, type(None))

    def walk(value: object) -> Iterator[object]:
        match value:
            case dict():
                assert all(type(key) is str for key in value)
                yield from (leaf for each in value.values() for leaf in walk(each))
            case list():
                yield from (leaf for each in value for leaf in walk(each))
            case _:
                yield value

    for outcome in outcomes():
        assert {type(leaf) for leaf in walk(outcome.to_dict())} <= {*plain}
        assert [each.to_dict() for each in outcome.decisions] == outcome.to_dict()["findings"]
        assert outcome.candidate.to_dict() == outcome.to_dict()["candidate"]


# The package


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(SRC.parent)}


def python(*arguments: str, cwd: Path) -> tuple[int, str, str]:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=cwd, env=environment())
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("program", "printed"),
    [
        ("import archdiff; print(archdiff.compare('mine.txt', 'original.txt').verdict)", "training\n"),
        ("import archdiff; print(archdiff.compare('mine.txt', 'mine.txt').verdict)", "identical\n"),
        (
            "import sys, archdiff; archdiff.compare('mine.txt', 'mine.txt').to_dict(); print('torch' in sys.modules)",
            "False\n",
        ),
        (
            "import archdiff, api_nets; print(archdiff.compare(api_nets.mine(), api_nets.original()).verdict)",
            "training\n",
        ),
        ("import archdiff; print(archdiff.compare('api_nets:mine', 'api_nets:original').verdict)", "training\n"),
    ],
)
def test_a_line_of_python(folder: Path, program: str, printed: str) -> None:
    assert python("-W", "ignore", "-c", program, cwd=folder) == (0, printed, "")


def test_every_public_name_is_there() -> None:
    assert {name: getattr(archdiff, name) is not None for name in archdiff.__all__} == dict.fromkeys(
        archdiff.__all__, True
    )
    assert {*archdiff.__all__} <= {*dir(archdiff)}
    assert (archdiff.compare, archdiff.read, archdiff.read_all) == (api.compare, api.read, api.read_all)
    assert (archdiff.errors, archdiff.nn.KWinners.__module__) == (errors, "archdiff.nn.k_winners")
    assert not hasattr(archdiff, "compair")
    for name in ("ArchdiffError", "UsageError", "ReadError", "ShapeError", "BuildError"):
        assert issubclass(getattr(errors, name), errors.ArchdiffError)


def test_public_functions_say_what_they_take_give_and_raise() -> None:
    for function in (archdiff.compare, archdiff.read, archdiff.read_all):
        for section in ("Args:", "Returns:", "Raises:"):
            assert f"\n    {section}\n" in (function.__doc__ or ""), (function.__name__, section)


# Examples and types


def test_the_example_runs_as_it_is(tmp_path: Path) -> None:
    code, printed, said = python("-W", "ignore", str(ROOT / "examples" / "compare_networks.py"), cwd=tmp_path)
    assert (code, said) == (0, "")
    assert printed.splitlines() == [
        "mine against the original: function",
        "  AD301 function: out_features 1500, not 1000",
        "    fc1 (line 8): 1500, not 1000",
        "a live module against the original: training",
        "  cosmetic: 1",
        "  equivalent: 1",
        "  training: 1",
        '{"schema": "archdiff/compare/2", "verdict": "function", "counts": {"cosmetic": 0, "equivalent": 0, '
        '"state": 0, "init": 0, "training": 0, "inference": 0, "function": 1, "unknown": 0}}',
        "no answer: line 2, column 1: the print is cut off after line 9: this bracket is never closed",
        "  paste the whole print, to the `)` that closes it",
    ]


def test_the_code_of_the_documentation_runs(folder: Path) -> None:
    (folder / "both.md").rename("notes.md")
    page = (ROOT / "docs" / "api.md").read_text()
    code = "".join(re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    printed = python("-c", code, cwd=folder)[1].splitlines()
    assert printed[0] == "training"
    assert printed[1:3] == ["Mine 3 training", "Original 10 identical"]
    assert printed[3] == "AD401 p b 3 p 0.2, not 0.5"
    assert printed[-1] == "no such file nets.txt 0 0 did you mean mine.txt?"
    assert json.loads("".join(printed[4:-1]))["verdict"] == "training"


USER = """
import sys
from pathlib import Path

import archdiff
from archdiff import Effect, Finding, Network, Outcome
from archdiff.errors import ArchdiffError, ReadError
from archdiff.nn import KWinners


def grave(outcome: Outcome) -> list[Finding]:
    return [each for each in outcome.findings if each.is_difference and each.effect >= Effect.INFERENCE]


def main(mine: str, folder: Path, model: KWinners) -> int:
    try:
        networks: tuple[Network, ...] = archdiff.read_all(folder / "original.txt")
        outcome = archdiff.compare(mine, networks[0], input_shape=(1, 28, 28))
        live = archdiff.compare(model, archdiff.read(folder / "one.txt"))
    except ReadError as error:
        print(error.source, error.line + error.column, error.way_out)
        return 2
    except ArchdiffError as error:
        print(error)
        return 2
    for finding in grave(outcome):
        place = finding.candidate or finding.reference
        where = f"{place.path}:{place.line}" if place else ""
        print(finding.rule, finding.effect.word, where, finding.message, sep=": ")
    verdicts: tuple[str, ...] = live.verdicts
    report: dict[str, object] = outcome.to_dict()
    return len(report) + len(verdicts) if outcome.verdict == "function" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path("."), KWinners(n=8, percent_on=0.5)))
"""
WRONG = {
    "archdiff.compair('a', 'b')": "attr-defined",
    "archdiff.compare('a', 'b', (1, 2))": "call-arg",
    "archdiff.compare('a', 3)": "arg-type",
    "archdiff.read('a') + 1": "operator",
    "archdiff.compare('a', 'b').verdict.word": "attr-defined",
    "archdiff.errors.NoError": "attr-defined",
}


def test_a_program_of_a_user_passes_mypy_strict(tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text(USER)
    (tmp_path / "wrong.py").write_text("\n".join(["import archdiff", *WRONG]))
    files = [str(ROOT / "examples" / "compare_networks.py"), "user.py", "wrong.py"]
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--config-file", os.devnull, *files]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "MYPYPATH": str(SRC.parent)}
    )
    found = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert [(line.partition(": error: ")[0], line.rpartition("[")[2].rstrip("]")) for line in found] == [
        (f"wrong.py:{number}", code) for number, code in enumerate(WRONG.values(), 2)
    ], done.stdout + done.stderr


# Quiet below the command line


#: what a library must leave to the program that uses it
PRINTS = frozenset({"print", "input", "exit", "quit", "breakpoint"})
OF_MODULES = {
    "sys": frozenset({"exit", "stdout", "stderr", "stdin", "argv"}),
    "os": frozenset({"_exit", "abort", "environ", "environb", "getenv", "putenv", "get_terminal_size", "kill"}),
    "shutil": frozenset({"get_terminal_size"}),
    "warnings": frozenset({"warn"}),
}

#: file -> what it uses, and why it has to
ALLOWED = {
    "__main__.py": ({"os._exit", "sys.stdout", "sys.stderr"}, "it is the command as a process, and ends it"),
    "pytest_plugin.py": ({"os.environ"}, "pytest says there which of its tests is running"),
    "execute/live/config_models.py": ({"os.environ"}, "libraries of Hugging Face read there that there is no network"),
    "execute/live/global_state.py": ({"os.environ"}, "what the code of a live module sets there is taken back"),
    "execute/bench/console.py": ({"sys.stdout", "sys.stderr"}, "what timed code prints is kept out of the times"),
}


def loud(tree: ast.AST) -> Iterator[str]:
    """`sys.exit` for every use of what a library must leave alone, however it is imported."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in PRINTS:
                yield name
            case ast.Attribute(value=ast.Name(id=module), attr=name) if name in OF_MODULES.get(module, ()):
                yield f"{module}.{name}"
            case ast.ImportFrom(module=str(module), names=names):
                yield from (f"{module}.{each.name}" for each in names if each.name in OF_MODULES.get(module, ()))
            case ast.Raise(exc=ast.Name(id="SystemExit")) | ast.Raise(exc=ast.Call(func=ast.Name(id="SystemExit"))):
                yield "SystemExit"


def test_nothing_prints_exits_or_reads_the_environment_below_the_command_line() -> None:
    files = {path.relative_to(SRC).as_posix(): path for path in sorted(SRC.rglob("*.py"))}
    found = {
        name: uses
        for name, path in files.items()
        if not name.startswith("cli/") and (uses := set(loud(ast.parse(path.read_text()))))
    }
    assert found == {name: uses for name, (uses, _) in ALLOWED.items()}


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ("printed(x); self.print(x); sys.path; os.path; environ", []),
        ("print(x)", ["print"]),
        ("def f():\n    sys.exit(1)", ["sys.exit"]),
        ("from os import environ as e", ["os.environ"]),
        ("value = os.environ['A']", ["os.environ"]),
        ("raise SystemExit", ["SystemExit"]),
        ("raise SystemExit(2)", ["SystemExit"]),
        ("os._exit(0)", ["os._exit"]),
    ],
)
def test_that_it_would_be_found(program: str, found: list[str]) -> None:
    assert list(loud(ast.parse(program))) == found


@pytest.mark.filterwarnings("default::DeprecationWarning")  # of torch, which lets go of scripts
def test_a_scripted_module_is_a_module() -> None:
    network = archdiff.read(torch.jit.script(nn.Sequential(nn.Linear(2, 2), nn.ReLU())))
    assert [child.name for child in network.root.children] == ["0", "1"]


def test_what_a_notebook_shows_of_an_answer_is_a_line() -> None:
    outcome = archdiff.compare(MINE, ORIGINAL)
    assert repr(outcome) == "<Outcome training: Net against Net, 1 findings>"
    assert len(repr(outcome.candidate)) < 100
