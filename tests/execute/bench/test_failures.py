"""What one arm of a benchmark raises, as words: who, at what, and where."""

# ruff: noqa: E501  (a table: a case a line)

from __future__ import annotations

import pytest

from archdiff.execute.bench.failures import FailedArmError, failing_as_words
from archdiff.execute.bench.record import CANDIDATE, COPY, REFERENCE
from archdiff.model.errors import BuildError

NAMES = ("mine", "original")


@pytest.mark.parametrize(
    ("arm", "error", "why"),
    [
        (CANDIDATE, ValueError("no\nmore"), "mine cannot run at batch 4: ValueError: no"),
        (COPY, ValueError(""), "mine cannot run at batch 4: ValueError"),
        (REFERENCE, BuildError("no print"), "original cannot run at batch 4: no print"),
        (REFERENCE, MemoryError(), "original runs out of memory at batch 4: no memory left"),
        (CANDIDATE, RuntimeError("CUDA out of memory: 2 GiB"), "mine runs out of memory at batch 4: CUDA out of memory: 2 GiB"),
    ],
    ids=["of its code", "mute", "of ours", "memory", "memory of a device"],
)  # fmt: skip
def test_in_one_line(arm: str, error: BaseException, why: str) -> None:
    assert FailedArmError(arm, "run", error).why(NAMES, 4) == why


def test_the_place_is_named() -> None:
    with pytest.raises(FailedArmError) as caught, failing_as_words(CANDIDATE, "run"):
        raise ValueError("x")
    assert caught.value.why(NAMES, 1).partition(" (")[2].startswith("tests")


@pytest.mark.parametrize(
    "error", [SystemExit(0), GeneratorExit(), ZeroDivisionError()], ids=lambda each: type(each).__name__
)
def test_networks_raise_whatever_they_like(error: BaseException) -> None:
    with pytest.raises(FailedArmError), failing_as_words(REFERENCE, "build"):
        raise error


def test_ctrl_c_passes() -> None:
    with pytest.raises(KeyboardInterrupt), failing_as_words(REFERENCE, "build"):
        raise KeyboardInterrupt


def test_nothing_is_raised() -> None:
    with failing_as_words(REFERENCE, "build"):
        pass
