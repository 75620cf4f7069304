# ruff: noqa: E501  (tables: a case a line)
"""Skip connections of both sides, and which of them one side alone has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from archdiff.model.outcome import Skip
from archdiff.model.rows import Mark
from archdiff.report._page.rows import PageRow
from archdiff.report._page.skips import of_both
from report.answers import MINE, ORIGINAL

PATHS = (("a", "b", "c", "d"), ("a", "x", "b", "c", "d"))
ROWS = [PageRow(Mark.EQUAL, *both) for both in ((0, 0), (-1, 1), (1, 2), (2, 3), (3, 4))]
A_C, A_D, IN_C, IN_D, A_OUT = (Skip(*ends, "add") for ends in (("a", "c"), ("a", "d"), ("", "c"), ("", "d"), ("a", "")))


@pytest.mark.parametrize(
    ("skips", "sides", "open_rows"),
    [
        pytest.param((None, None), (None, None), set(), id="not traced"),
        pytest.param(((), ()), ([], []), set(), id="none"),
        pytest.param(((A_C,), None), ([[0, 2, "add", False]], None), set(), id="one side traced"),
        pytest.param(((A_C,), (A_C,)), ([[0, 2, "add", False]], [[0, 3, "add", False]]), set(), id="the same rows"),
        pytest.param(((Skip("a", "z", "add"),), ()), ([], []), set(), id="no such layer"),
        pytest.param(((A_C,), ()), ([[0, 2, "add", True]], []), {0, 3}, id="one side alone"),
        pytest.param(((A_C,), (A_D,)), ([[0, 2, "add", True]], [[0, 4, "add", True]]), {0, 3, 4}, id="another end"),
        pytest.param(((A_C,), (IN_C,)), ([[0, 2, "add", True]], [[-1, 3, "add", True]]), {0, 3}, id="the input is not the first row"),
        pytest.param(((A_D,), (A_OUT,)), ([[0, 3, "add", True]], [[0, -1, "add", True]]), {0, 4}, id="the output is not the last row"),
        pytest.param(((A_C,), (A_C._replace(operation="mul"),)), ([[0, 2, "add", True]], [[0, 3, "mul", True]]), {0, 3}, id="another operation"),
        pytest.param(((A_C, IN_D), (IN_D,)), ([[0, 2, "add", True], [-1, 3, "add", False]], [[-1, 4, "add", False]]), {0, 3}, id="one of two"),
    ],
)  # fmt: skip
def test_skips(
    skips: tuple[tuple[Skip, ...] | None, tuple[Skip, ...] | None],
    sides: tuple[list[Sequence[object]] | None, ...],
    open_rows: set[int],
) -> None:
    networks = [replace(side, skips=each) for side, each in zip((MINE, ORIGINAL), skips, strict=True)]
    found = of_both(networks, PATHS, ROWS)
    assert found.sides == sides
    assert found.open_rows == open_rows


def test_where_nothing_that_is_computed_differs_no_skip_is_alone() -> None:
    """The same connection may end at a norm on one side and at the activation in it on the other."""
    networks = [replace(side, skips=skips) for side, skips in ((MINE, (A_C,)), (ORIGINAL, (A_D,)))]
    found = of_both(networks, PATHS, ROWS, differ=False)
    assert found.sides == ([[0, 2, "add", False]], [[0, 4, "add", False]])
    assert found.open_rows == set()
