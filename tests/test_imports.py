"""Imports point down only, and a comparison of text loads nothing heavy. Both tests are shown to be able to fail."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
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
    ("api",),
    ("policy",),
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
        ("document", "comments", "checks", "replace"),
        ("sources", "cleaners", "grammar"),
        ("readers", "selection"),
        ("reading",),
        ("unparse", "__init__"),
    ),
    "execute": (
        ("tree", "library", "with_torch", "devices", "live"),
        ("building", "runnable"),
        ("source", "weights"),
        ("running",),
        ("keys", "bench"),
        ("__init__",),
    ),
}
RANKS = {None: RANK} | {
    room: {part: rank for rank, row in enumerate(rows) for part in row} for room, rows in INSIDE.items()
}

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
    for path in sorted(folder.rglob("*.py")):
        inside = path.relative_to(folder)
        room, part = [*(each.removesuffix(".py") for each in inside.parts), ""][:2]
        for line, target, target_part in _imported(ast.parse(path.read_text())):
            if target == room and room in INSIDE:
                rank = RANKS[room]
                below = target_part if target_part in rank else "__init__"
                if below != part and rank[below] >= rank.get(part, len(rank)):
                    yield f"{inside}:{line}: {room}.{part} -> {room}.{below}"
                continue
            is_above = target in RANK and target != room and RANK[target] >= RANK[room]
            if is_above or (room, target) in APART:
                yield f"{inside}:{line}: {room} -> {target}"


def _imported(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """(line, room, part of it) of every import of this package, wherever it stands."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(module=str(module), names=names):
                modules = [f"{module}.{alias.name}" for alias in names]
            case _:
                continue
        for module in modules:
            package, room, part = [*module.split("."), "", ""][:3]
            if package == "archdiff" and room:
                yield node.lineno, room, part


def _rooms(folder: Path) -> set[str]:
    return {path.stem if path.is_file() else path.name for path in folder.iterdir() if _is_room(path)}


def _is_room(path: Path) -> bool:
    return path.name != "__init__.py" and (path.suffix == ".py" or (path / "__init__.py").exists())
