"""Tests mirror the source: a module's tests are where its name says, and a test is named after what it tests.

The tests of `src/archdiff/ROOM/module.py` are `tests/ROOM/test_module.py`, or `test_module_TOPIC.py`.
"""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

TESTS = Path(__file__).parent
SOURCE = TESTS.parent / "src" / "archdiff"
ROOMS = sorted(folder.name for folder in SOURCE.iterdir() if (folder / "__init__.py").exists())

#: folders of leaf files that one table tests, with a case for each
TABLES: Final = {
    "execute/bench/metrics": "execute/bench/metrics/test_metrics.py",
    "parse/cleaners": "parse/cleaners/test_cleaners.py",
    "semantics/kinds": "semantics/kinds/test_table.py",
    "semantics/operations": "semantics/operations/test_rules.py",
    "semantics/rules": "semantics/rules/test_rules.py",
    "semantics/runs": "semantics/runs/test_rules.py",
}
#: modules that have no contract but the whole's: a test of their folder runs them together
TOGETHER: Final = {
    "test_api.py": {"sources"},
    "diff/test_live.py": {"live_attributes", "live_modules", "live_state", "live_tensors"},
    "diff/test_traced.py": {
        "forward_findings",
        "forward_graphs",
        "forward_limits",
        "forward_mates",
        "forward_nodes",
        "forward_pairs",
        "forward_sides",
        "forwards",
    },
    "execute/bench/test_benchmark.py": {"environment", "history", "instances", "training"},
    "execute/building/test_build.py": {"calls", "classes", "composites", "planner", "stand_ins"},
    "execute/keys/test_files.py": {"apply", "from_module", "program", "verify"},
    "execute/keys/test_keys.py": {"alternatives", "blocks", "match", "matching", "transfer"},
    "execute/keys/test_odd.py": {"gates", "projections"},
    "execute/live/test_tracing.py": {"as_before", "calls", "frames", "functions", "operators", "recorder", "tensors"},
    "execute/running/test_verify.py": {"trace", "undo"},
    "execute/source/test_writer.py": {"program"},
    "execute/weights/test_loading.py": {"common"},
    "semantics/operations/test_rules.py": {"_call", "_finite", "_softmax", "_views", "_windows"},
    "semantics/configs/test_configurations.py": {
        "_effects",
        "_family",
        "_fields",
        "_part",
        "_read",
        "_rope",
        "_tree",
    },
}
#: modules without tests of their own, and why
UNTESTED: Final = {
    "diff/forward_sentences": "rows of diff/messages, whose tests ask for each",
    "__main__": "a process of its own: cli/test_child and cli/test_streams start it",
    "commands": "what the command line asks: cli/commands and execute/ ask it",
    "errors": "names of model/errors, which model/test_errors asks for",
    "cli/exit_codes": "numbers",
    "execute/bench/metrics/_products": "what the leaves that count products share: each has its cases",
    "execute/running/options": "what a run is asked for, with its usual values: cli/test_options reads it",
    "execute/runnable": "what a run is given: each test of execute/running makes one",
    "parse/grammar/layout": "a tuple that parse/grammar/test_unparse reads and writes",
}
#: tests of a room as a whole, or of a package by its name
WHOLE: Final = {
    "cli": {"configurations", "from_prints", "injections", "opens"},
    "diff": {"decisions/decisions", "mirrored", "printed_forward", "verdicts"},
    "execute": {"cuda", "faulty", "hints", "keys/files", "keys/keys", "keys/odd"},
    "nn": {"prints"},
    "parse": {"fuzz", "laws", "sources/sources"},
    "report": {"decisions", "injections", "keys_injections", "many", "places", "variants", "verdicts"},
    "semantics": {
        "configs/configurations",
        "kinds/against_torch",
        "kinds/costs",
        "kinds/misfits",
        "kinds/torch_nn",
        "kinds/traits",
        "rules/forms",
    },
}


@pytest.mark.parametrize("room", ["", *ROOMS])
def test_each_module_has_tests_where_its_name_says(room: str) -> None:
    """In the given room, or at the top of the package."""
    modules = {file.relative_to(SOURCE) for file in (SOURCE / room).glob("**/*.py" if room else "*.py")}
    lacking = {
        module.with_suffix("").as_posix()
        for module in modules
        if module.stem != "__init__" and not _tests_of(module) and not _is_tested_with_others(module)
    }
    untested = {
        name for name in UNTESTED if name.startswith(f"{room}/" if room else ("__main__", "commands", "errors"))
    }
    assert sorted(lacking - untested) == [], "write its tests, or say in UNTESTED why it needs none"
    assert sorted(untested - lacking) == [], "it has tests, or is no more"


def test_what_tests_many_modules_is_there() -> None:
    together = [_modules(test) for test in TOGETHER]
    assert [test for test in [*TABLES.values(), *TOGETHER] if not (TESTS / test).exists()] == []
    assert [file.name for files in together for file in files if not (SOURCE / file).exists()] == []
    assert [file.name for files in together for file in files if _tests_of(file)] == [], "it has tests of its own"


@pytest.mark.parametrize("room", ROOMS)
def test_a_test_is_named_after_what_it_tests(room: str) -> None:
    modules = {_name(file.relative_to(SOURCE / room), "_") for file in (SOURCE / room).rglob("*.py")}
    tests = {_name(file.relative_to(TESTS / room), "test_") for file in (TESTS / room).rglob("test_*.py")}
    tables = {
        _name(Path(table.removeprefix(f"{room}/")), "test_")
        for table in TABLES.values()
        if table.startswith(f"{room}/")
    }
    strangers = {
        name for name in tests if not any(name == module or name.startswith(f"{module}_") for module in modules)
    }
    whole = WHOLE.get(room, set())
    assert sorted(strangers - whole - tables) == [], f"rename it after a module of {room}/, or list it in WHOLE"
    assert sorted(whole - tests) == [], "no such test"


def test_a_class_has_a_name_of_its_own() -> None:
    """One name means one thing in the whole package, inside of a module too."""
    named = [
        (node.name.lstrip("_"), file.relative_to(SOURCE).as_posix())
        for file in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ClassDef)
    ]
    times = Counter(name for name, _ in named)
    assert [row for row in sorted(named) if times[row[0]] > 1] == []


def _tests_of(module: Path) -> list[str]:
    """The test files named after a module of the package."""
    name = module.stem.strip("_") if module.stem != "__main__" else module.stem
    folder = TESTS / module.parent
    return [file.name for file in [folder / f"test_{name}.py", *folder.glob(f"test_{name}_*.py")] if file.exists()]


def _is_tested_with_others(module: Path) -> bool:
    """By the table of its folder, or by one of the tests of many modules."""
    public = not module.stem.startswith("_")
    return (public and module.parent.as_posix() in TABLES) or any(module in _modules(test) for test in TOGETHER)


def _modules(test: str) -> list[Path]:
    """The modules that a test of many modules runs."""
    return [Path(test).parent / f"{name}.py" for name in TOGETHER[test]]


def _name(file: Path, prefix: str) -> str:
    """`kinds/numbers` of kinds/_numbers.py, and of kinds/test_numbers.py."""
    return (file.parent / file.stem.removeprefix(prefix)).as_posix()
