"""Runs that two lists of keys surely share: which of them are taken, and when none is worth its gaps."""

from __future__ import annotations

import pytest

from archdiff.diff.anchors import anchors

#: id, two lists of keys, the runs as (place in the first, place in the second, length)
CASES = [
    # nothing to hold on to
    ("nothing", [], [], []),
    ("one-side", [1], [], []),
    ("nothing-shared", [1, 2], [3, 4], []),
    ("swapped-halves", [1, 2, 3, 4, 5, 6], [4, 5, 6, 1, 2, 3], []),
    ("shorter-than-its-gaps", [1, 2, 3, 9, 9, 9, 9], [8, 8, 8, 8, 1, 2, 3], []),
    ("one-between-many", [1, 9, 9, 9, 9], [8, 8, 8, 8, 1], []),
    ("repeated-once-more", [1, 1, 1, 1], [1, 1, 1], []),
    ("block-repeated-once-more", [1, 2, 1, 2, 1, 2], [1, 2, 1, 2], []),
    # one diagonal
    ("equal", [1, 2, 3], [1, 2, 3], [(0, 0, 3)]),
    ("repeated", [1, 1, 1], [1, 1, 1], [(0, 0, 3)]),
    ("one-more-at-the-start", [9, 1, 2, 3], [1, 2, 3], [(1, 0, 3)]),
    ("one-other", [1, 2, 9, 3, 4], [1, 2, 8, 3, 4], [(0, 0, 2), (3, 3, 2)]),
    ("one-moved-to-the-end", [1, 2, 3, 4, 5], [2, 3, 4, 5, 1], [(1, 0, 4)]),
    ("swapped-thirds", [1, 2, 3, 4, 5, 6, 7, 8], [7, 8, 1, 2, 3, 4, 5, 6], [(0, 2, 6)]),
    ("one-moved-far", [*range(20)], [*range(1, 20), 0], [(1, 0, 19)]),
    ("long-shift", [*range(50)], [*range(30, 50), *range(100, 130)], [(30, 0, 20)]),
    # more of them
    ("one-more-in-the-middle", [1, 2, 9, 3, 4], [1, 2, 3, 4], [(0, 0, 2), (3, 2, 2)]),
    ("one-more-behind-the-first", [1, 9, 2, 3, 4], [1, 2, 3, 4], [(0, 0, 1), (2, 1, 3)]),
    ("forty-more", [1, *range(100, 140), 2], [1, 2], [(0, 0, 1), (41, 1, 1)]),
    ("twenty-more", [*range(4), *range(100, 120), *range(4, 8)], [*range(8)], [(0, 0, 4), (24, 4, 4)]),
    # what stands once is what several give in a row, or what stands equally often
    ("marked", [1, 2, 1, 2, 7, 1, 2], [1, 2, 7, 1, 2], [(2, 0, 5)]),
    ("marked-among-equals", [1, 5, 1, 1], [1, 1, 5, 1], [(0, 1, 3)]),
    ("four-in-a-row", [1, 2, 1, 3, 2, 1], [3, 2, 1, 2, 1, 3], [(0, 2, 4)]),
    ("two-through-one-place", [1, 2, 3, 1, 2], [1, 2, 1, 2, 3], [(0, 2, 3)]),
    ("one-cut-by-another", [1, 2, 3, 4, 2, 3], [1, 2, 3, 2, 3, 4], [(0, 0, 3)]),
    ("equally-often", [1, 2, 1, 2, 3], [2, 1, 2, 1, 4], [(0, 1, 3)]),
    ("often", [*[1] * 64, 2], [2, *[1] * 64], [(0, 1, 64)]),
]


@pytest.mark.parametrize(("a", "b", "runs"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_runs(a: list[int], b: list[int], runs: list[tuple[int, int, int]]) -> None:
    assert anchors(a, b) == runs
