"""Which weight is which by module, name and size: bare ones, in blocks of another nesting, and those left alone."""

from __future__ import annotations

import pytest

from archdiff.diff.weight_counterparts import of_modules


@pytest.mark.parametrize(
    ("ours", "theirs", "there", "found"),
    [
        pytest.param({}, {}, {}, {}, id="nothing"),
        pytest.param({"a": 4}, {"b": 5}, {"": ""}, {}, id="another size"),
        pytest.param({"a": 4, "b": 4}, {"c": 4, "d": 4}, {"": ""}, {}, id="two of one size"),
        pytest.param({"a": 4, "b": 4}, {"a": 4, "d": 4}, {"": ""}, {"a": "a", "b": "d"}, id="one left of them"),
        pytest.param({"m.a": 4, "n.a": 4}, {"m.a": 4}, {"": "", "n": "m"}, {"n.a": "m.a"}, id="not of one path"),
        pytest.param({"m.a": 4}, {"n.a": 4}, {"": "", "m": "n"}, {"m.a": "n.a"}, id="a name in counterparts"),
        pytest.param({"pos": 6}, {"enc.table": 6}, {"": ""}, {"pos": "enc.table"}, id="alone in the network"),
        pytest.param(
            {"1.a": 4, "2.a": 4},
            {"x.b": 4, "y.b": 4},
            {"": "", "1": "y", "2": "x"},
            {"1.a": "y.b", "2.a": "x.b"},
            id="alone in a module",
        ),
        pytest.param(
            {"1.s": 4, "1.seq.fc.weight": 9, "2.s": 4, "2.seq.fc.weight": 9},
            {"x.g": 4, "x.fc.weight": 9, "y.g": 4, "y.fc.weight": 9},
            {"": "", "1.seq.fc": "y.fc", "2.seq.fc": "x.fc"},
            {"1.seq.fc.weight": "y.fc.weight", "2.seq.fc.weight": "x.fc.weight", "1.s": "y.g", "2.s": "x.g"},
            id="blocks of equal parts",
        ),
        pytest.param(
            {"1.s": 4, "1.a.weight": 9, "1.b.weight": 9, "2.s": 4},
            {"x.g": 4, "x.a.weight": 9, "b.weight": 9, "y.g": 4},
            {"": "", "1.a": "x.a", "1.b": "b"},
            {"1.a.weight": "x.a.weight", "1.b.weight": "b.weight"},
            id="blocks of other parts",
        ),
    ],
)
def test_counterparts(
    ours: dict[str, int], theirs: dict[str, int], there: dict[str, str], found: dict[str, str]
) -> None:
    assert of_modules(ours, theirs, there) == found
    back = {other: own for own, other in there.items()}
    assert of_modules(theirs, ours, back) == {other: own for own, other in found.items()}
