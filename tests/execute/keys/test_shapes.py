"""When one tensor can be made of another, by shapes alone, and which layers look alike."""

from __future__ import annotations

import pytest

from archdiff.execute.keys.keymap import MappedTensor, StoredTensor, TensorPart
from archdiff.execute.keys.shapes import appearances, fits, form, inside, layers, map_tensor, refusal, with_weight

Shape = tuple[int, ...] | None
Flags = dict[str, bool]


def stored(key: str, shape: Shape, **more: bool) -> StoredTensor:
    return StoredTensor(key, shape, **more)  # type: ignore[arg-type]  # its flags


OURS, THEIRS = TensorPart("a.w"), "b.w"
MADE: list[tuple[str, Shape, Flags, Shape, Flags, tuple[bool, Shape]]] = [
    # name, candidate's shape and flags, reference's, (transposed, shape)
    ("equal", (4, 3), {}, (4, 3), {}, (False, None)),
    ("one is not known", None, {}, (4, 3), {}, (False, None)),
    ("kept the other way round", (3, 4), {"columns": True}, (4, 3), {}, (True, None)),
    ("both the other way round", (3, 4), {"columns": True}, (3, 4), {"columns": True}, (False, None)),
    ("turned, of an unknown layer", (3, 4), {"known": False}, (4, 3), {}, (True, None)),
    ("a dimension of 1 more", (4, 3), {}, (4, 3, 1, 1), {}, (False, (4, 3, 1, 1))),
    ("a dimension of 1 less", (4, 3, 1), {}, (4, 3), {}, (False, (4, 3))),
    ("a kernel that covers its map", (4, 3, 2, 2), {"covers": True}, (4, 12), {}, (False, (4, 12))),
    ("a matrix for such a kernel", (4, 12), {}, (4, 3, 2, 2), {"covers": True}, (False, (4, 3, 2, 2))),
]  # fmt: skip
REFUSED: list[tuple[str, Shape, Flags, Shape, Flags, str]] = [
    ("another size", (4, 3), {}, (4, 5), {}, "a.w is 4x3, not 4x5"),
    ("turned, of layers that are known", (3, 4), {}, (4, 3), {}, "a.w is 3x4, not 4x3"),
    ("ones in other places", (1, 4), {}, (4, 1), {}, "a.w is 1x4, not 4x1"),
    ("a kernel that does not cover its map", (4, 3, 2, 2), {}, (4, 12), {}, "a.w is 4x3x2x2, not 4x12"),
    ("a kernel with other outputs", (4, 3, 2, 2), {"covers": True}, (6, 8), {}, "a.w is 4x3x2x2, not 6x8"),
    (
        "a kernel that is kept the other way round",
        (3, 4, 5),
        {"columns": True},
        (4, 3, 5),
        {},
        "a.w is kept as (inputs, outputs, ...), as a transposed convolution has it, b.w as (outputs, inputs, ...)",
    ),
]


@pytest.mark.parametrize(
    ("shape", "flags", "other", "other_flags", "how"), [row[1:] for row in MADE], ids=[row[0] for row in MADE]
)
def test_made_of_another(shape: Shape, flags: Flags, other: Shape, other_flags: Flags, how: tuple[bool, Shape]) -> None:
    found = map_tensor(stored("a.w", shape, **flags), stored(THEIRS, other, **other_flags), "shape")
    assert found == MappedTensor(THEIRS, (OURS,), *how, "shape")


@pytest.mark.parametrize(
    ("shape", "flags", "other", "other_flags", "why"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_none_is_made(shape: Shape, flags: Flags, other: Shape, other_flags: Flags, why: str) -> None:
    ours, theirs = stored("a.w", shape, **flags), stored(THEIRS, other, **other_flags)
    assert map_tensor(ours, theirs, "shape") is None
    assert refusal(ours, theirs) == why


TENSORS = [
    stored("conv.weight", (4, 3, 1, 1)),
    stored("conv.bias", (4,)),
    stored("block.0.gamma", (4,)),
    stored("block.0.n", (), buffer=True),
    stored("token", (1, 4)),
]


def test_tensors_by_what_holds_them() -> None:
    assert {path: [each.key for each in held] for path, held in layers(TENSORS).items()} == {
        "conv": ["conv.weight", "conv.bias"],
        "block.0": ["block.0.gamma", "block.0.n"],
        "": ["token"],
    }
    assert {path: len(held) for path, held in inside(TENSORS).items()} == {"conv": 2, "": 5, "block.0": 2, "block": 2}


def test_what_a_layer_looks_like() -> None:
    assert form(TENSORS[:2]) == (("bias", (4,)), ("weight", (4, 3)))
    assert form([stored("a.w", None)]) == (("w", ()),)
    assert with_weight(TENSORS) == {"conv"}
    looks = [look for _, look in appearances(TENSORS)]
    assert looks == [form(TENSORS[:2]), form(TENSORS[:2]), ((4,), False), ((), True), ((4,), False)]


def test_layers_that_fit() -> None:
    ours = [stored("a.weight", (4, 3)), stored("a.bias", (4,))]
    assert fits(ours, [stored("b.weight", (4, 3, 1)), stored("b.other", (9,))])
    assert not fits(ours, [stored("b.weight", (4, 3)), stored("b.bias", (5,))])
