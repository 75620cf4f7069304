"""Torch, where it is needed, or one line that says what is missing. Without it in a process: `test_without_torch`."""

# ruff: noqa: E501  (a table: a case a line)

from __future__ import annotations

import builtins
from collections.abc import Callable

import pytest

from archdiff.execute.with_torch import load_torch
from archdiff.model.errors import UsageError


def importing(error: Exception) -> Callable[..., object]:
    """An `import` that cannot import torch."""
    known = builtins.__import__

    def imported(name: str, *more: object) -> object:
        if name == "torch":
            raise error
        return known(name, *more)  # type: ignore[arg-type]  # as it was called

    return imported


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ModuleNotFoundError("No module named 'torch'", name="torch"), "--run needs torch, which is not installed"),
        (
            ModuleNotFoundError("No module named 'sympy'", name="sympy"),
            "--run needs torch, which cannot be loaded: No module named 'sympy'",
        ),
        (OSError("libcudart.so.12: cannot open\nmore"), "--run needs torch, which cannot be loaded: libcudart.so.12: cannot open"),
        (ImportError("broken"), "--run needs torch, which cannot be loaded: broken"),
    ],
    ids=["not installed", "a part is missing", "a library is missing", "broken"],
)  # fmt: skip
def test_one_line(monkeypatch: pytest.MonkeyPatch, error: Exception, message: str) -> None:
    monkeypatch.setattr(builtins, "__import__", importing(error))
    with pytest.raises(UsageError) as caught:
        load_torch("--run", "mine.txt")
    monkeypatch.undo()
    assert (caught.value.message, caught.value.source) == (message, "mine.txt")
    assert caught.value.way_out.startswith("pip install torch")


def test_it_is_there() -> None:
    load_torch("--run")
