"""Where a container of one network stands in the other: around the partners of all that is in it."""

from __future__ import annotations

import pytest

from archdiff.execute.keys.containers import ContainerPairs, PairedBlocks


def test_the_innermost_container_around_all_partners() -> None:
    pairs = ContainerPairs([("x.0.a", "y.q.a"), ("x.1.b", "y.q.b"), ("z.c", "y.c")])
    assert pairs.partners == {"": "", "y.q": "x", "y": ""}
    assert list(pairs.scopes()) == [("x", "y.q"), ("", "y"), ("", "")]
    assert ContainerPairs([], [("x", "y.z")]).partners == {"": "", "y.z": "x", "y": "x"}
    assert ContainerPairs([("fc", "head")]).partners == {"": ""}


@pytest.mark.parametrize(
    ("candidate", "path", "number"),
    [
        (True, "a.0.fc", 1),
        (True, "a.1", 0),
        (True, "b", None),
        (False, "x.0.fc", 1),
        (False, "x", 0),
        (False, "a.0", None),
        (True, "", None),
    ],
)
def test_the_innermost_pair_around_a_path(candidate: bool, path: str, number: int | None) -> None:
    assert PairedBlocks([("a", "x"), ("a.0", "x.0")]).of(candidate, path) == number
