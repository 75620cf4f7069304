"""What is known beside the tree, and what of it is certain."""

from __future__ import annotations

import pytest

from archdiff import infer, parse
from archdiff.model.facts import FORWARD, INPUT_SHAPE, Fact, Provenance, find, is_shape, shape
from archdiff.model.network import Value
from archdiff.semantics import rules

NETWORK = parse.parse("Sequential(\n  (0): Linear(8, 8)\n  (1): Linear(8, 8)\n)\n")[0]


def of_input(value: Value, provenance: Provenance = Provenance.PRINTED) -> Fact:
    return Fact(INPUT_SHAPE, value, provenance)


@pytest.mark.parametrize("provenance", Provenance)
def test_only_what_was_worked_out_is_a_hypothesis(provenance: Provenance) -> None:
    assert of_input((8,), provenance).is_certain is (provenance not in (Provenance.SOLVED, Provenance.TRACED))


@pytest.mark.parametrize(
    ("value", "expected"), [(None, None), ((), None), ("8", None), ((8, "x"), None), ((8,), (8,)), ((1, 2), (1, 2))]
)
def test_a_shape(value: Value, expected: tuple[int, ...] | None) -> None:
    assert shape(value) == expected


def test_a_fact_of_a_layer_is_none_of_the_network() -> None:
    facts = Fact(FORWARD, (), Provenance.PRINTED), of_input((4,))._replace(path="0"), of_input((8,)), of_input((9,))
    assert find(facts, INPUT_SHAPE) == of_input((8,))
    assert find(facts, INPUT_SHAPE, "0") == of_input((4,))._replace(path="0")
    assert find(facts, "heads") is None


#: what two networks hold, what the user gives, what both are sized with
INPUTS = {
    "nothing": (None, None, None, (8,), Provenance.SOLVED),
    "candidate's": (of_input((3, 8)), None, None, (3, 8), Provenance.PRINTED),
    "reference's before the candidate's": (
        of_input((3, 8)),
        of_input((2, 8), Provenance.REFERENCE),
        None,
        (2, 8),
        Provenance.REFERENCE,
    ),
    "given before all": (of_input((3, 8)), of_input((2, 8)), (5, 8), (5, 8), Provenance.GIVEN),
    "solved before": (None, of_input((2, 8), Provenance.SOLVED), None, (2, 8), Provenance.SOLVED),
}


@pytest.mark.parametrize(("ours", "theirs", "given", "expected", "provenance"), INPUTS.values(), ids=INPUTS)
def test_both_sides_take_one_input(
    ours: Fact | None,
    theirs: Fact | None,
    given: tuple[int, ...] | None,
    expected: tuple[int, ...],
    provenance: Provenance,
) -> None:
    both = [NETWORK._replace(facts=(fact,) if fact else ()) for fact in (ours, theirs)]
    for sized in infer.infer(rules.normalized(both), given):
        assert sized.input == of_input(expected, provenance)
        assert (sized.input_shape, sized.input_shape_from) == (expected, provenance.value)


@pytest.mark.parametrize("sizes", [[1, 32, 32], (8,), [(1 << 31) - 1]])
def test_sizes_of_an_input(sizes: object) -> None:
    assert is_shape(sizes)


@pytest.mark.parametrize("sizes", [[], (), None, 8, "8", [0], [-1], [True], [8.0], [1 << 31], ["8"]])
def test_no_sizes_of_an_input(sizes: object) -> None:
    assert not is_shape(sizes)
