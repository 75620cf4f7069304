"""Imports point down only, from room to room and inside of them, and a comparison of text loads nothing heavy.

What they look for is shown to be found in planted files.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import archdiff

SRC = Path(archdiff.__file__).parent
NOTE = Path(__file__).parent / "data" / "note.md"

#: Lowest first. A module may import from the rows under its own, and from its own package; not from its neighbours.
LAYERS = (
    ("model",),
    ("parse", "semantics"),
    ("infer",),
    ("diff",),
    ("nn",),
    ("execute",),
    ("report",),
    ("sources",),
    ("api",),
    ("commands", "policy"),
    ("cli",),
    ("pytest_plugin", "__main__", "errors"),
    ("__init__",),
)
#: What decides knows no format: not one of these imports the other.
APART = frozenset({("policy", "report")})
RANK = {room: rank for rank, row in enumerate(LAYERS) for room in row}

#: the same inside of a room
INSIDE = {
    "parse": (
        ("tokens", "blocks", "toml"),
        ("lines",),
        ("facts",),
        ("document", "comments", "checks", "replace"),
        ("sources", "cleaners", "grammar"),
        ("readers", "selection"),
        ("reading",),
        ("unparse", "__init__"),
    ),
    "execute": (
        ("tree", "library", "with_torch", "devices", "live"),
        ("building",),
        ("runnable",),
        ("source", "weights"),
        ("running",),
        ("keys", "bench"),
        ("__init__",),
    ),
}
RANKS = {None: RANK} | {
    room: {part: rank for rank, row in enumerate(rows) for part in row} for room, rows in INSIDE.items()
}
#: What a package may import beside itself, and does; lowest first. What has a line of its own is no part of its room.
MAY_IMPORT = {
    "semantics/kinds": {"model"},
    "semantics/runs": {"model", "semantics/kinds"},
    "semantics": {"model", "semantics/kinds", "semantics/runs"},
    "semantics/rules": {"model", "semantics/kinds", "semantics"},
    "infer": {"model", "semantics/kinds", "semantics/rules", "semantics"},
    "diff": {"model", "semantics/kinds", "semantics/runs", "semantics", "semantics/rules", "infer"},
    "report": {"model", "execute"},
    "policy": {"model", "parse", "semantics/kinds", "semantics", "semantics/rules", "diff", "sources", "api"},
    "cli": {"model", "execute", "report", "sources", "commands", "policy"},
    "cli/commands": {"model", "execute", "report", "sources", "commands", "policy", "cli"},
}
#: what a report may know of `execute/`: the values of its answers, which it lays out
ANSWERS = {
    "execute/bench/record",
    "execute/bench/stats",
    "execute/keys/alternatives",
    "execute/keys/keymap",
    "execute/keys/transfer",
}
#: folders whose files stand alone: one imports no other, only the package and what begins with an underscore
LEAVES = ("semantics/kinds", "semantics/runs", "semantics/rules", "report", "cli/commands", "execute/bench/metrics")
#: what pairs layers, and knows nothing of what is made of the pairs
ALIGNMENT = {"align", "anchors", "costs", "leftovers", "level", "moves", "nodes", "steps"}

HEAVY = {"torch", "deepdiff", "numpy", "pydantic"}
RUN = """
import sys
{before}
from archdiff.cli import main
sys.argv = ["archdiff", *{arguments!r}]
try:
    main()
except SystemExit as end:
    print(end.code, *sorted({heavy!r} & set(sys.modules)), file=sys.stderr)
"""


def _run(*arguments: str, before: str = "") -> list[str]:
    """[exit code, heavy modules that were loaded ...]."""
    program = RUN.format(before=before, arguments=arguments, heavy=HEAVY | {"rich"})
    environment = {**os.environ, "PYTHONPATH": str(SRC.parent)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    return done.stderr.split()


def test_a_comparison_loads_nothing_heavy() -> None:
    found = _run("compare", f"{NOTE}#Mine", f"{NOTE}#SuperSparse")
    assert found == ["1"]


def test_a_program_is_written_without_torch() -> None:
    assert _run("source", f"{NOTE}#Mine") == ["0"]


def test_keys_of_prints_are_mapped_without_torch() -> None:
    assert _run("keys", f"{NOTE}#Mine", f"{NOTE}#Mine") == ["0"]


@pytest.mark.parametrize("module", ["deepdiff", "rich"])
def test_that_this_would_be_seen(module: str) -> None:
    assert module in _run("--version", before=f"import {module}")


def test_colour_loads_rich_and_nothing_else() -> None:
    assert _run("compare", f"{NOTE}#Mine", f"{NOTE}#SuperSparse", "--color", "always") == ["1", "rich"]


def test_the_package_alone_loads_nothing() -> None:
    """Its names are there, and none of its rooms until one is used."""
    program = "import sys, archdiff; dir(archdiff); print(*(each for each in sys.modules if 'archdiff.' in each))"
    environment = {**os.environ, "PYTHONPATH": str(SRC.parent)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == "\n"


def test_imports_point_down() -> None:
    assert list(violations(SRC)) == []


def test_every_room_has_its_place() -> None:
    assert _rooms(SRC) <= set(RANK)


@pytest.mark.parametrize("room", INSIDE)
def test_every_part_of_a_room_has_its_place(room: str) -> None:
    assert _rooms(SRC / room) == set(RANKS[room]) - {"__init__"}


@pytest.mark.parametrize(
    ("file", "text", "seen"),
    [
        ("semantics/planted.py", "from archdiff.report import View", "semantics -> report"),
        ("semantics/kinds/planted.py", "def late():\n    import archdiff.cli", "semantics -> cli"),
        ("parse/planted.py", "from archdiff import model, semantics", "parse -> semantics"),
        ("model/errors.py", "from archdiff import parse", "model -> parse"),
        ("policy/planted.py", "from archdiff.report import View", "policy -> report"),
        ("parse/grammar/planted.py", "from archdiff.parse.readers import Format", "parse.grammar -> parse.readers"),
        ("parse/cleaners/planted.py", "import archdiff.parse.grammar.line", "parse.cleaners -> parse.grammar"),
        ("parse/sources/planted.py", "from archdiff.parse import reading", "parse.sources -> parse.reading"),
        ("parse/lines.py", "from archdiff.parse.document import Document", "parse.lines -> parse.document"),
        ("parse/readers/planted.py", "from archdiff.parse import parse", "parse.readers -> parse.__init__"),
        (
            "execute/weights/planted.py",
            "from archdiff.execute.running import run",
            "execute.weights -> execute.running",
        ),
        (
            "execute/bench/planted.py",
            "def late():\n    from archdiff.execute.keys.keymap import KeyMap",
            "execute.bench -> execute.keys",
        ),
        ("execute/live/planted.py", "from archdiff.execute import runnable", "execute.live -> execute.runnable"),
        ("execute/tree.py", "import archdiff.execute.building.plans", "execute.tree -> execute.building"),
        ("execute/keys/planted.py", "from archdiff.execute.weights import checkpoint", None),
        ("execute/keys/planted.py", "from archdiff.execute.keys import lora", None),
        ("parse/readers/planted.py", "from archdiff.parse.grammar import line", None),
        ("parse/grammar/planted.py", "from archdiff.parse.grammar import line", None),
        ("parse/__init__.py", "from archdiff.parse.reading import parse", None),
        ("semantics/planted.py", "from archdiff import model, __version__", None),
        ("cli/main.py", "from archdiff.model.network import Layer", None),
    ],
)
def test_that_a_violation_is_found(tmp_path: Path, file: str, text: str, seen: str | None) -> None:
    planted = tmp_path / file
    planted.parent.mkdir(parents=True)
    planted.write_text(text)
    found = list(violations(tmp_path))
    assert [violation.partition(": ")[2] for violation in found] == ([seen] if seen else [])


def violations(folder: Path) -> Iterator[str]:
    """`semantics/planted.py:1: semantics -> report` for every import that does not point down."""
    for inside, line, target in _imports(folder):
        room, part = [*(each.removesuffix(".py") for each in inside.parts), ""][:2]
        wanted, below = [*target.split("/"), ""][:2]
        if wanted == room and room in INSIDE:
            rank = RANKS[room]
            below = below if below in rank else "__init__"
            if below != part and rank[below] >= rank.get(part, len(rank)):
                yield f"{inside}:{line}: {room}.{part} -> {room}.{below}"
            continue
        is_above = wanted in RANK and wanted != room and RANK[wanted] >= RANK[room]
        if is_above or (room, wanted) in APART:
            yield f"{inside}:{line}: {room} -> {wanted}"


def test_packages_import_what_their_line_says() -> None:
    crossed: dict[str, set[str]] = {package: set() for package in MAY_IMPORT}
    for inside, _, target in _imports(SRC):
        package, other = _package(_name(inside)), _package(target)
        if package in MAY_IMPORT and other not in (package, ""):
            crossed[package].add(other)
    assert crossed == MAY_IMPORT


@pytest.mark.parametrize("room", ["semantics", "infer", "diff", "report", "policy", "cli"])
def test_a_room_has_an_order(room: str) -> None:
    below: dict[str, set[str]] = {}
    for inside, _, target in _imports(SRC, types=False):
        if inside.parts[0] == room and f"{target}/".startswith(f"{room}/"):
            below.setdefault(_name(inside), set()).add(target)
    assert below
    assert list(TopologicalSorter(below).static_order())  # raises CycleError with the modules of a cycle


@pytest.mark.parametrize("folder", LEAVES)
def test_leaf_files_stand_alone(folder: str) -> None:
    others = [
        f"{inside}:{line}: {target}"
        for inside, line, target in _imports(SRC)
        if inside.parent.as_posix() == folder and inside.name != "__init__.py"
        if target.startswith(f"{folder}/") and not target.removeprefix(f"{folder}/").startswith("_")
    ]
    assert others == []


def test_a_report_lays_out_values() -> None:
    known = {target for inside, _, target in _imports(SRC) if inside.parts[0] == "report"}
    assert {target for target in known if target.startswith("execute/")} == ANSWERS


def test_the_alignment_knows_no_finding() -> None:
    known = {
        target.removeprefix("diff/")
        for inside, _, target in _imports(SRC)
        if inside.parts[0] == "diff" and inside.stem in ALIGNMENT and target.startswith("diff/")
    }
    assert known <= ALIGNMENT


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from archdiff.semantics import kinds, sites", ["semantics/kinds", "semantics/sites"]),
        ("from archdiff.semantics.rules import Rule", ["semantics/rules"]),
        ("def late():\n    import archdiff.infer.leaf", ["infer/leaf"]),
        ("from archdiff import infer, __version__", ["infer", ""]),
        ("import os\nfrom os import path", []),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from archdiff import api", []),
    ],
)
def test_what_is_imported(tmp_path: Path, text: str, found: list[str]) -> None:
    (tmp_path / "planted.py").write_text(text)
    assert [target for _, _, target in _imports(tmp_path, types=False)] == found


@cache
def _imports(folder: Path, types: bool = True) -> list[tuple[Path, int, str]]:
    """(file, line, module as `semantics/kinds`) of every import of this package, wherever it stands in a file.

    Args:
        folder: what is looked through; files are named from there on.
        types: also what is imported for types alone, which may go both ways.
    """
    found: list[tuple[Path, int, str]] = []
    for path in sorted(folder.rglob("*.py")):
        for line, target in _imported(ast.parse(path.read_text()), types):
            parts = target.split(".")
            if not _is_module(SRC.joinpath(*parts)):
                parts = parts[:-1]  # a name in a module
            found.append((path.relative_to(folder), line, "/".join(parts)))
    return found


def _imported(tree: ast.Module, types: bool) -> Iterator[tuple[int, str]]:
    """(line, `semantics.kinds.Kind`) of every import of this package."""
    left_out = {node for each in ast.walk(tree) if not types and _is_for_types(each) for node in ast.walk(each)}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names) if node not in left_out:
                for alias in names:
                    if alias.name.startswith("archdiff."):
                        yield node.lineno, alias.name.removeprefix("archdiff.")
            case ast.ImportFrom(module=str(module), names=names) if node not in left_out:
                if module == "archdiff" or module.startswith("archdiff."):
                    for alias in names:
                        yield node.lineno, f"{module}.{alias.name}".removeprefix("archdiff.")


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _is_module(path: Path) -> bool:
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def _name(inside: Path) -> str:
    """`semantics/kinds/__init__.py` is `semantics/kinds`."""
    return (inside.parent if inside.name == "__init__.py" else inside.with_suffix("")).as_posix()


def _package(module: str) -> str:
    """The longest package with a line that holds a module; else its room."""
    holders = [each for each in MAY_IMPORT if module == each or module.startswith(f"{each}/")]
    return max(holders, key=len, default=module.partition("/")[0])


def _rooms(folder: Path) -> set[str]:
    return {path.stem if path.is_file() else path.name for path in folder.iterdir() if _is_room(path)}


def _is_room(path: Path) -> bool:
    return path.name != "__init__.py" and (path.suffix == ".py" or (path / "__init__.py").exists())
