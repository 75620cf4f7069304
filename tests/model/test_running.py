"""What came of a run: where outputs part, and whether they show anything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archdiff.model.running import Measurement, Mode, Step

EQUAL = Step(("a",), ("a",), "equal", (1,), (1,))
ROUNDED = replace(EQUAL, status="rounding", candidate=("b",))
PARTS = replace(EQUAL, status="parts", candidate=("c",))


@pytest.mark.parametrize(
    ("status", "same"),
    [("equal", True), ("rounding", True), ("parts", False), ("shapes", False), ("nan", False)],
)
def test_a_step(status: str, same: bool) -> None:
    assert replace(EQUAL, status=status).same is same


@pytest.mark.parametrize(
    ("steps", "output", "first", "same"),
    [
        ((), None, None, True),
        ((EQUAL, ROUNDED), None, None, True),
        ((EQUAL, PARTS, EQUAL), None, PARTS, False),
        ((EQUAL, PARTS), EQUAL, PARTS, True),  # a norm takes away what parted before it
        ((EQUAL,), PARTS, PARTS, False),
    ],
    ids=["nothing ran", "equal", "parts", "equal in the end", "parts in the end"],
)
def test_a_mode(steps: tuple[Step, ...], output: Step | None, first: Step | None, same: bool) -> None:
    mode = Mode("inference", steps, output)
    assert (mode.first, mode.same) == (first, same)


def test_what_shows_nothing() -> None:
    assert Mode("training", ()).proves
    assert not Mode("training", (), why_not="all NaN").proves
    assert Measurement(3).equal
    assert not Measurement(3, "outputs differ").equal
