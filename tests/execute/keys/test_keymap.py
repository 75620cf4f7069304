"""A key map as plain values: what is done with a tensor, in words, and whether anything is left over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archdiff.execute.keys.keymap import (
    LowRank,
    MappedTensor,
    NetworkKeys,
    StoredTensor,
    TensorPart,
    transposed,
)


@pytest.mark.parametrize(
    ("key", "layer", "name"),
    [("a.0.weight", "a.0", "weight"), ("weight", "", "weight"), ("a.weight_orig.x", "a.weight_orig", "x")],
)
def test_where_a_tensor_is(key: str, layer: str, name: str) -> None:
    assert (StoredTensor(key, None).layer, StoredTensor(key, None).name) == (layer, name)


def test_shapes_with_outputs_first() -> None:
    kernel = StoredTensor("w", (3, 8, 1, 5), columns=True)
    assert (kernel.rows, kernel.squeezed, kernel.numel) == ((8, 3, 1, 5), (8, 3, 5), 120)
    assert kernel._replace(columns=False).rows == (3, 8, 1, 5)
    unknown = StoredTensor("w", None)
    assert (unknown.rows, unknown.squeezed, unknown.numel) == (None, None, None)
    assert StoredTensor("w", ()).numel == 1
    assert (transposed((3, 8, 5)), transposed((3,)), transposed(None)) == ((8, 3, 5), (3,), None)


def test_what_a_class_keeps_beside_its_tensors() -> None:
    assert StoredTensor("extra", None, counts=True).beside
    assert not StoredTensor("n", (), counts=True).beside
    assert not StoredTensor("w", None).beside


ADDED = LowRank("a.A", "a.B", 2.0)


def test_all_keys_that_a_part_takes() -> None:
    assert TensorPart("a.w").keys == ("a.w",)
    assert TensorPart("a.w", added=(ADDED, ADDED._replace(first="b", second=""))).keys == ("a.w", "a.A", "a.B", "b")


@pytest.mark.parametrize(
    ("key", "parts", "more", "steps"),
    [
        ("w", (TensorPart("w"),), {}, ("as it is",)),
        ("w", (TensorPart("w"),), {"found_by": "shape"}, ("as it is",)),
        ("w", (TensorPart("v"),), {}, ("rename",)),
        ("w", (TensorPart("v"),), {"transposed": True}, ("transpose",)),
        ("w", (TensorPart("v", True),), {}, ("transpose",)),
        ("w", (TensorPart("v", True),), {"transposed": True}, ("rename",)),
        ("w", (TensorPart("v"),), {"shape": (4, 1)}, ("reshape to 4x1",)),
        ("w", (TensorPart("v", rows=(0, 4)),), {}, ("rows 0 to 4",)),
        ("w", (TensorPart("v", added=(ADDED,)),), {}, ("merge LoRA",)),
        ("w", (TensorPart("q"), TensorPart("k")), {}, ("concatenate",)),
        ("w", (TensorPart("q"), TensorPart("k")), {"transposed": True}, ("concatenate", "transpose")),
        (
            "w",
            tuple(TensorPart("v", rows=(at, at + 1)) for at in range(6)),
            {},
            ("rows 0 to 1", "rows 1 to 2", "rows 2 to 3", "rows 3 to 4", "and 2 more", "concatenate"),
        ),
    ],
    ids=[
        *("itself", "itself by its shape", "another name", "turned", "turned before", "turned twice", "reshaped"),
        *("some rows", "adapters", "several", "several turned", "many"),
    ],
)
def test_what_is_done_in_words(
    key: str, parts: tuple[TensorPart, ...], more: dict[str, object], steps: tuple[str, ...]
) -> None:
    assert MappedTensor(key, parts)._replace(**more).steps == steps  # type: ignore[arg-type]  # any of its fields


NETWORK = NetworkKeys("net.txt", "Net", live=False, stored=())


def test_whose_keys_are_all_known() -> None:
    assert not NETWORK.exact
    assert replace(NETWORK, live=True).exact
    assert replace(NETWORK, from_file=True).exact
