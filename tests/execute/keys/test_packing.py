"""How a class packs projections, and which way round it keeps a matrix.

The report says so where it is taken for granted; where outputs show it, running finds it.
"""

from __future__ import annotations

import pytest
import torch

from archdiff.execute.keys import packing
from archdiff.execute.keys.keymap import Packing
from archdiff.model.errors import UsageError
from archdiff.report import _keys
from execute.keys.asked_of import asked, made, ported

pytestmark = pytest.mark.usefixtures("one_thread")

ROWS = (5, 12)
USUAL = "qkv of the {} holds query, key and value one below the other, in this order (else --packed)"


@pytest.mark.parametrize(
    ("candidate", "reference", "taken"),
    [
        pytest.param("apart", "packed_qkv", (USUAL.format("reference"),), id="1-one-side-packs"),
        pytest.param("packed_kqv", "apart", (USUAL.format("candidate"),), id="2-the-other-packs"),
        pytest.param("packed_qkv", "packed_kqv", (), id="3-one-name-on-both"),
        pytest.param("apart_kvq", "apart", (), id="4-none-packs"),
        pytest.param(
            "packed_qkv",
            "packed_of_another_class",
            (USUAL.format("candidate"), USUAL.format("reference")),
            id="5-one-name-in-two-classes",
        ),
        pytest.param(
            "packed_qkv",
            "execute.keys.key_networks:VitB",
            None,
            id="6-no-counterpart",
        ),
    ],
)
def test_what_is_taken_for_granted(candidate: str, reference: str, taken: tuple[str, ...] | None) -> None:
    answer = asked(candidate, reference)
    if taken is None:
        assert not answer.complete
        return
    assert (answer.key_map.packed, answer.complete) == (taken, True)
    text = _keys.text(answer)
    assert [line for line in text.splitlines() if line.startswith("taken")] == [
        f"taken for granted: {e}" for e in taken
    ]


@pytest.mark.parametrize("turned", [False, True], ids=["there", "back"])
@pytest.mark.parametrize(
    ("candidate", "reference", "shape", "layout"),
    [
        pytest.param("apart", "packed_qkv", ROWS, "", id="1-usual"),
        pytest.param("apart_kvq", "packed_kqv", ROWS, "key, query and value, one below the other", id="2-order"),
        pytest.param("apart", "packed_by_head", ROWS, "query, key and value, head by head, 2 of them", id="3-by-head"),
        pytest.param("apart", "named_by_head", ROWS, "query, key and value, head by head, 2 of them", id="4-by-name"),
        pytest.param("apart", "named_below", ROWS, "query, key and value, one below the other", id="5-not-by-head"),
        pytest.param("packed_qkv", "packed_kqv", ROWS, "key, query and value, one below the other", id="6-both-pack"),
        pytest.param(
            "packed_qkv", "named_by_head", ROWS, "query, key and value, head by head, 2 of them", id="7-names"
        ),
        pytest.param(
            "grouped", "grouped_packed", (5, 8), "query, key and value, head by head, 2 of them", id="8-grouped"
        ),
        pytest.param("maps_apart", "maps_packed", (6, 3, 3), "", id="9-convolutions"),
        pytest.param("crossed", "crossed_of_torch", ROWS, "", id="10-widths-of-their-own"),
        pytest.param("KeysWithValues", "packed_qkv", ROWS, "", id="11-keys-with-values"),
        pytest.param("KeysWithValues", "apart_kvq", ROWS, "", id="12-keys-with-values-apart"),
    ],
)
def test_outputs_show_the_layout(
    candidate: str, reference: str, shape: tuple[int, ...], layout: str, turned: bool
) -> None:
    if turned:
        candidate, reference = reference, candidate
    answer = asked(candidate, reference, shape, verify=True)
    assert answer.tested is not None
    assert (answer.verified, answer.complete) == (True, True)
    assert len(answer.tested.found_by) == bool(layout)
    if "key, query" not in layout or "apart" in candidate + reference:  # seen from the other side, it is another order
        assert [each.partition(" holds ")[2] for each in answer.tested.found_by] == [layout][: bool(layout)]
    assert ported(answer, made(candidate), made(reference), torch.randn(2, *shape)) < 1e-5


@pytest.mark.parametrize(
    ("candidate", "reference", "packed"),
    [
        pytest.param("apart", "packed_kqv", "qkv=k,q,v", id="1-order"),
        pytest.param("packed_kqv", "apart", "qkv=key, query, value", id="2-words"),
        pytest.param("apart", "named_below", "query_key_value=q,k,v", id="3-not-by-head"),
        pytest.param("named_by_head", "apart", "query_key_value=q,k,v:2", id="4-by-head"),
        pytest.param("grouped", "grouped_packed", "wqkv=q,k,v:2", id="5-grouped"),
    ],
)
def test_a_layout_that_is_given(candidate: str, reference: str, packed: str) -> None:
    answer = asked(candidate, reference, packed=(packed,))
    assert (answer.complete, answer.key_map.packed) == (True, ())
    width = 8 if candidate == "grouped" else 12
    assert ported(answer, made(candidate), made(reference), torch.randn(2, 5, width)) < 1e-5


def test_head_by_head_is_not_guessed() -> None:
    answer = asked("apart", "named_by_head")
    why = "query_key_value may hold its projections head by head: --packed says how"
    assert {left.why for left in (*answer.key_map.missing, *answer.key_map.unused)} == {why}
    assert {left.key for left in answer.key_map.missing} == {"query_key_value.weight", "query_key_value.bias"}


def test_a_layout_that_is_wrong_is_seen() -> None:
    answer = asked("apart", "packed_kqv", ROWS, verify=True, packed=("qkv=v,k,q",))
    assert answer.tested is not None
    assert (answer.complete, answer.tested.equal, answer.tested.found_by) == (False, False, ())
    assert answer.tested.parts_at == ("dense", "dense")


def test_what_parts_before_any_projection_is_no_packing() -> None:
    """An epsilon before attention: no layout mends that, and none is tried."""
    answer = asked("far_eps", "near_eps", ROWS, verify=True)
    assert answer.tested is not None
    assert (answer.tested.equal, answer.tested.others, answer.tested.parts_at) == (False, 0, ("norm", "norm"))


def test_a_chain_holds_no_projections() -> None:
    """Behind one another in a Sequential, they take no input together."""
    answer = asked("chain_of_three", "chain_of_one")
    assert {left.key for left in answer.key_map.missing} == {"qkv.weight", "qkv.bias"}


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("qkv=k,q,v", {"qkv": Packing(("key", "query", "value"))}),
        ("query_key_value=q,k,v:12", {"query_key_value": Packing(("query", "key", "value"), 12)}),
        ("gate_up_proj=up,gate", {"gate_up_proj": Packing(("up", "gate"))}),
        ("kv=v,k", {"kv": Packing(("value", "key"))}),
    ],
)
def test_layouts_that_read(text: str, layout: dict[str, Packing]) -> None:
    assert packing.read_packings([text]) == layout


@pytest.mark.parametrize(
    "text",
    ["qkv", "qkv=", "=q,k,v", "qkv=q,k", "qkv=q,k,k,v", "qkv=q,k,up", "qkv=q,k,v:", "qkv=q,k,v:0", "qkv=q,k,v:x"],
)
def test_layouts_that_do_not_read(text: str) -> None:
    with pytest.raises(UsageError, match="is not of the form NAME=ORDER"):
        packing.read_packings([text])


def test_a_layout_of_no_layer() -> None:
    with pytest.raises(UsageError, match="--packed to_qkv: no layer packs projections under this name"):
        asked("apart", "packed_qkv", packed=("to_qkv=q,k,v",))


# Matrices of a class that nobody knows


@pytest.mark.parametrize("turned", [False, True], ids=["there", "back"])
def test_a_shape_that_is_turned_is_transposed(turned: bool) -> None:
    both = ("projected_by_linear", "projected") if turned else ("projected", "projected_by_linear")
    answer = asked(*both)
    assert (answer.complete, answer.key_map.squares) == (True, ())
    assert [each.steps for each in answer.key_map.mapped if "proj" in each.key] == [("transpose",)]
    assert ported(answer, made(both[0]), made(both[1]), torch.randn(2, 6)) < 1e-5


@pytest.mark.parametrize("turned", [False, True], ids=["there", "back"])
def test_a_square_is_taken_for_granted_until_outputs_part(turned: bool) -> None:
    both = ("square_by_linear", "square") if turned else ("square", "square_by_linear")
    (key,) = asked(*both).key_map.squares
    assert key == ("proj" if turned else "projection.weight")
    answer = asked(*both, (6,), verify=True)
    assert answer.verified
    assert [each.steps for each in answer.key_map.mapped if "proj" in each.key] == [("transpose",)]
    assert ported(answer, made(both[0]), made(both[1]), torch.randn(2, 6)) < 1e-5
