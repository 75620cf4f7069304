"""Whatever foreign code raises, as one error with its place. Whole modules that are faulty: `test_faulty`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import archdiff
from archdiff.execute.live import exceptions
from archdiff.execute.live.exceptions import caught
from archdiff.model.errors import ReadError, UsageError

#: a file of this package
OURS = os.path.join(os.path.dirname(archdiff.__file__), "of_this_package.py")
FOREIGN = """
import sys

def raises(error):
    raise error

def exits():
    sys.exit(3)
"""


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module of somebody, in the working directory."""
    (tmp_path / "foreign_code.py").write_text(FOREIGN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "foreign_code", raising=False)
    import foreign_code  # type: ignore[import-not-found]  # written above

    return foreign_code


class MuteError(Exception):
    """Raises where it is asked what it says."""

    def __str__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("error", "line", "description"),
    [
        (ValueError("a\nb"), "a", "ValueError: a"),
        (ValueError("  a  "), "a", "ValueError: a"),
        (ValueError(""), "", "ValueError"),
        (KeyError("a"), "'a'", "KeyError: 'a'"),
        (MuteError(), "", "MuteError"),
        (ValueError("x" * 500), "x" * 300, f"ValueError: {'x' * 300}"),
        (SyntaxError("invalid syntax", ("a.py", 3, 1, "def")), "invalid syntax", "SyntaxError: invalid syntax"),
        (SystemExit(3), "3", "SystemExit: 3"),
    ],
    ids=["lines", "blanks", "nothing", "a key", "mute", "long", "syntax", "exit"],
)
def test_what_it_says(error: BaseException, line: str, description: str) -> None:
    assert exceptions.first_line(error) == line
    assert exceptions.reason(error) == (line or type(error).__name__)
    assert exceptions.describe(error) == description


@pytest.mark.parametrize(
    ("error", "is_memory"),
    [
        (MemoryError(), True),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (RuntimeError("[enforce fail] . DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("DefaultCPUAllocator: not enough memory"), True),
        (RuntimeError("shapes cannot be multiplied"), False),
    ],
)
def test_that_there_is_no_memory(error: BaseException, is_memory: bool) -> None:
    assert exceptions.is_memory(error) is is_memory


def raised(act: Callable[[], object]) -> BaseException:
    try:
        act()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def test_the_place_is_the_last_line_of_that_code(foreign: ModuleType) -> None:
    error = raised(lambda: foreign.raises(ValueError("x")))
    assert exceptions.location(error) == ("foreign_code.py", 5, "raise error")
    broken = SyntaxError("invalid syntax", (os.path.abspath("foreign_code.py"), 9, 1, "  def (\n"))
    assert exceptions.location(broken) == ("foreign_code.py", 9, "def (")
    assert exceptions.location(ValueError("never raised")) == ("", 0, "")


def test_an_error_with_and_without_a_place(foreign: ModuleType) -> None:
    with pytest.raises(UsageError) as placed, caught("models:net", "printing it"):
        foreign.raises(ValueError("x"))
    assert (
        str(placed.value)
        == "foreign_code.py:5: models:net: printing it raises ValueError: x\n  5 | raise error\n    | ^"
    )
    ours: dict[str, Callable[..., None]] = {}
    exec(compile("def run(context, act):\n    with context:\n        act()\n", OURS, "exec"), ours)
    with pytest.raises(UsageError) as bare:
        ours["run"](caught("models:net", "printing it"), partial(int, "x"))
    assert str(bare.value).startswith("models:net: printing it raises ValueError: invalid literal")


@pytest.mark.parametrize(
    "error", [ValueError("x"), SystemExit(0), GeneratorExit()], ids=lambda error: type(error).__name__
)
def test_whatever_it_raises_is_one_error(foreign: ModuleType, error: BaseException) -> None:
    message = f"models:net: running its code raises {type(error).__name__}"
    with pytest.raises(UsageError, match=message), caught("models:net", "running its code"):
        foreign.raises(error)


def test_an_interrupt_that_a_module_raises_is_not_ctrl_c(foreign: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(signal, "getsignal", lambda _number: pressed)
    with pytest.raises(UsageError, match="KeyboardInterrupt"), caught("models:net", "printing it"):
        foreign.raises(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt), caught("models:net", "printing it"):
        pressed(signal.SIGINT, None)


def test_an_error_of_ours_passes(foreign: ModuleType) -> None:
    with pytest.raises(ReadError), caught("models:net", "printing it"):
        foreign.raises(ReadError("ours"))


def test_what_is_raised_where_none_of_its_lines_was_running(foreign: ModuleType) -> None:
    run: dict[str, Callable[..., None]] = {}
    exec(compile("def run(context, act):\n    with context:\n        act()\n", OURS, "exec"), run)
    with pytest.raises(ModuleNotFoundError):
        run["run"](caught("models:net", "importing it", ImportError), partial(import_module, "no_such_module"))
    with pytest.raises(UsageError):
        run["run"](caught("models:net", "importing it"), partial(import_module, "no_such_module"))
    with pytest.raises(UsageError):
        run["run"](caught("models:net", "importing it", ImportError), partial(foreign.raises, ImportError("its own")))
