"""A test stands where its name says: tests/<room>/test_<module>.py, or test_<module>_<topic>.py."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROOMS = TESTS.parent / "src" / "archdiff"

#: what is tested of a room as a whole, and tables with a case for each leaf file of a folder
WHOLE = {
    "cli": {"from_prints", "injections", "opens"},
    "diff": {"mirrored", "printed_forward", "verdicts"},
    "infer": {"shapes"},
    "model": set(),
    "policy": set(),
    "report": {"injections", "many", "places"},
    "semantics": {
        "kinds/against_torch",
        "kinds/costs",
        "kinds/misfits",
        "kinds/table",
        "kinds/torch_nn",
        "kinds/traits",
    }
    | {"rules/forms", "rules/rules", "runs/rules"},
}


@pytest.mark.parametrize("room", WHOLE)
def test_a_test_is_named_after_what_it_tests(room: str) -> None:
    modules = {_name(file.relative_to(ROOMS / room), "_") for file in (ROOMS / room).rglob("*.py")}
    tests = {_name(file.relative_to(TESTS / room), "test_") for file in (TESTS / room).rglob("test_*.py")}
    strangers = {
        name for name in tests if not any(name == module or name.startswith(f"{module}_") for module in modules)
    }
    assert sorted(strangers - WHOLE[room]) == [], f"rename it after a module of {room}/, or list it in WHOLE"
    assert sorted(WHOLE[room] - tests) == [], "no such test"


def _name(file: Path, prefix: str) -> str:
    """`kinds/numbers` of kinds/_numbers.py, and of kinds/test_numbers.py."""
    return (file.parent / file.stem.removeprefix(prefix)).as_posix()
