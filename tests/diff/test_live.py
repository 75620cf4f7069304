"""What two live modules hold otherwise, from facts alone: which modules correspond, and what follows from what.

`execute/live/test_unprinted_pairs.py` compares modules of torch; here is what needs prints that differ, or many layers.
"""

from __future__ import annotations

import pytest

from answers import holding, lines
from archdiff import api, parse
from archdiff.model.facts import ATTRIBUTES, HOOKS, MODE, SHARED, TENSORS, Fact, HeldTensor, Provenance
from archdiff.model.network import UNKNOWN, Network, Value

FC = "Linear(in_features=8, out_features=8, bias=True)"
WIDE = "Linear(in_features=8, out_features=16, bias=True)"


def live(text: str, *facts: tuple[str, str, Value], mode: str = "train") -> Network:
    """A live module that prints so, and holds facts as (path, name, value)."""
    held = [Fact(name, value, Provenance.LIVE, path) for path, name, value in facts]
    return parse.parse(text)[0]._replace(
        facts=(Fact(SHARED, (), Provenance.LIVE), Fact(MODE, mode, Provenance.LIVE), *held)
    )


def attributes(path: str, **values: Value) -> tuple[str, str, Value]:
    return path, ATTRIBUTES, tuple(values.items())


def tensors(path: str, *held: HeldTensor) -> tuple[str, str, Value]:
    return path, TENSORS, held


def bare(name: str, *shape: int, role: str = "parameter", dtype: str = "float32", trained: bool = True) -> HeldTensor:
    return HeldTensor(name, role, dtype, trained, shape, True)


ONE = holding("Net", a=FC)
BLOCKS = holding("Net", blocks=holding("ModuleList", *[holding("Block", fc=FC, out=FC)] * 3))
MORE_BLOCKS = holding("Net", blocks=holding("ModuleList", *[holding("Block", fc=FC, out=FC)] * 4))
FOLDED = f"Net(\n  (blocks): ModuleList(\n    (0-2): 3 x Block(\n      (fc): {FC}\n      (out): {FC}\n    )\n  )\n)"
NESTED = holding("Net", inner=holding("Sequential", holding("Own", FC, "ReLU()")))
FLAT = holding("Net", inner=holding("Sequential", FC, "ReLU()"))


def in_each(path: str, number: int = 3, **values: Value) -> list[tuple[str, str, Value]]:
    return [attributes(path.replace("#", str(place)), **values) for place in range(number)]


LIVE = "(live attribute)"
#: id, candidate, reference, what differs
CASES: list[tuple[str, Network, Network, list[str]]] = [
    ("nothing-held", live(ONE), live(ONE), []),
    ("equal", live(ONE, attributes("", k=3)), live(ONE, attributes("", k=3)), []),
    ("of-one-side", live(ONE, attributes("", k=3)), live(ONE), []),
    ("not-read", live(ONE, attributes("", k=UNKNOWN)), live(ONE, attributes("", k=3)), []),
    ("a-print", live(ONE, attributes("", k=3), ("a", HOOKS, (("forward", "f"),))), parse.parse(ONE)[0], []),
    ("rounded", live(ONE, attributes("", k=1 / 3)), live(ONE, attributes("", k=1 / 3 * (1 + 1e-9))), []),
    ("numbers-of-places", live(BLOCKS, *[attributes(f"blocks.{n}", number=n) for n in range(3)]),
     live(BLOCKS, *[attributes(f"blocks.{n}", number=n + 1) for n in range(3)]), []),
    ("names-of-tensors", live(ONE, attributes("", ties=(("a.weight", "a.weight"),)), tensors("a", bare("weight", 2))),
     live(ONE, attributes("", ties=()), tensors("a", bare("weight", 2))), []),
    ("names-of-layers", live(holding("Net", a=FC), attributes("", runs="a")),
     live(holding("Net", b=FC), attributes("", runs="b")),
     ["AD107 cosmetic a|b: names or nesting differ, so checkpoint keys change: a is b: if Net calls a where the "
      "reference calls b"]),
    ("the-name-of-a-layer-that-both-have", live(holding("Net", a=FC, b=FC), attributes("", runs="a")),
     live(holding("Net", a=FC, b=FC), attributes("", runs="b")), [f"AD301 unknown .|.: runs a, not b {LIVE}"]),
    ("no-numbers-of-places", live(BLOCKS, *[attributes(f"blocks.{n}", k=n) for n in range(3)]),
     live(BLOCKS, *[attributes(f"blocks.{n}", k=n + 5) for n in range(3)]),
     [f"AD301 unknown blocks.{n}|blocks.{n}: k {n}, not {n + 5} {LIVE}" for n in range(3)]),
    ("at-a-layer", live(ONE, attributes("a", k=3)), live(ONE, attributes("a", k=4)),
     [f"AD301 unknown a|a: k 3, not 4 {LIVE}"]),
    ("at-what-is-not-printed", live(ONE, attributes("a.hidden", k=3)), live(ONE, attributes("a.hidden", k=4)),
     [f"AD301 unknown a.hidden|a.hidden: k 3, not 4 {LIVE}"]),
    ("in-blocks-that-are-folded", live(FOLDED, *in_each("blocks.#", k=3)), live(FOLDED, *in_each("blocks.#", k=4)),
     [f"AD301 unknown blocks.0|blocks.0: k 3, not 4 {LIVE} x3"]),
    ("in-one-block", live(BLOCKS, *in_each("blocks.#", k=3)),
     live(BLOCKS, *in_each("blocks.#", 2, k=3), attributes("blocks.2", k=4)),
     [f"AD301 unknown blocks.2|blocks.2: k 3, not 4 {LIVE}"]),
    ("beside-a-block-too-many", live(MORE_BLOCKS, *in_each("blocks.#", 4, k=3)),
     live(BLOCKS, *in_each("blocks.#", k=4)),
     ["AD106 function blocks.3|-: the candidate has 4 Block blocks, not 3",
      f"AD301 unknown blocks.0|blocks.0: k 3, not 4 {LIVE} x3"]),
    ("how-many-blocks", live(MORE_BLOCKS, attributes("", depth=4)), live(BLOCKS, attributes("", depth=3)),
     ["AD106 function blocks.3|-: the candidate has 4 Block blocks, not 3",
      f"-> AD301 unknown .|.: depth 4, not 3 {LIVE}"]),
    ("handed-down", live(BLOCKS, attributes("", k=3), *in_each("blocks.#", k=3)),
     live(BLOCKS, attributes("", k=4), *in_each("blocks.#", k=4)),
     [f"AD301 unknown blocks.0|blocks.0: k 3, not 4 {LIVE} x3"]),
    ("handed-down-under-another-name", live(BLOCKS, attributes("", heads=3), *in_each("blocks.#", num_heads=3)),
     live(BLOCKS, attributes("", heads=4), *in_each("blocks.#", num_heads=4)),
     [f"AD301 unknown .|.: heads 3, not 4 {LIVE}", f"AD301 unknown blocks.0|blocks.0: num_heads 3, not 4 {LIVE} x3"]),
    ("repeats-a-width", live(holding("Net", a=WIDE), attributes("", width=16)), live(ONE, attributes("", width=8)),
     ["AD301 function a|a: out_features 16, not 8", f"-> AD301 unknown .|.: width 16, not 8 {LIVE}"]),
    ("another-number-beside-a-width", live(holding("Net", a=WIDE), attributes("", k=3)), live(ONE, attributes("", k=5)),
     ["AD301 function a|a: out_features 16, not 8", f"AD301 unknown .|.: k 3, not 5 {LIVE}"]),
    ("repeats-what-matters-less", live(holding("Net", a=FC, d="Dropout(p=0.1)"), attributes("", dropout=0.1)),
     live(holding("Net", a=FC, d="Dropout(p=0.2)"), attributes("", dropout=0.2)),
     [f"AD301 unknown .|.: dropout 0.1, not 0.2 {LIVE}", "AD401 training d|d: p 0.1, not 0.2"]),
    ("a-tensor-as-wide", live(holding("Net", a=WIDE), tensors("", bare("token", 1, 16))),
     live(ONE, tensors("", bare("token", 1, 8))),
     ["AD301 function a|a: out_features 16, not 8", f"-> AD301 function .|.: token 1x16, not 1x8 {LIVE}"]),
    ("a-tensor-of-another-size", live(holding("Net", a=WIDE), tensors("", bare("token", 3))),
     live(ONE, tensors("", bare("token", 5))),
     ["AD301 function a|a: out_features 16, not 8", f"AD301 function .|.: token 3, not 5 {LIVE}"]),
    ("an-image-of-another-size",
     live(ONE, tensors("", bare("pos", 1, 17, 8)), attributes("a", patches=16, grid=(4, 4))),
     live(ONE, tensors("", bare("pos", 1, 65, 8)), attributes("a", patches=64, grid=(8, 8))),
     [f"AD301 function .|.: pos 1x17x8, not 1x65x8 {LIVE}", f"-> AD301 unknown a|a: patches 16, not 64 {LIVE}",
      f"-> AD301 unknown a|a: grid 4x4, not 8x8 {LIVE}"]),
    ("in-a-container-of-one-side", live(NESTED, tensors("inner.0", bare("gamma", 8))), live(FLAT),
     [f"AD301 unknown inner.0|-: a parameter of Own only in the candidate {LIVE}: gamma",
      "AD108 cosmetic inner.0|-: only in the candidate, around layers that both have: Own (2 layers): if Own runs its "
      "children in printed order",
      "AD107 cosmetic inner.0.0|inner.0: names or nesting differ, so checkpoint keys change: inner.0.0 is inner.0, "
      "inner.0.1 is inner.1 x2"]),
    ("in-a-block-of-one-side", live(MORE_BLOCKS, tensors("blocks.3", bare("gamma", 8))), live(BLOCKS),
     ["AD106 function blocks.3|-: the candidate has 4 Block blocks, not 3"]),
    ("a-constant-of-one-side", live(ONE, tensors("", bare("mask", 4, 4, role="constant"))), live(ONE), []),
    ("precision-of-whole-numbers", live(ONE, tensors("a", bare("index", 4, dtype="int64"))),
     live(ONE, tensors("a", bare("index", 4, dtype="int32"))), []),
    ("two-precisions", live(ONE, tensors("a", bare("w", 4), bare("b", 4, dtype="bfloat16"))),
     live(ONE, tensors("a", bare("w", 4), bare("b", 4))),
     ["AD301 function a|a: dtype bfloat16 and float32, not float32 (live attribute: another precision, so results "
      "differ by rounding)"]),
    ("one-of-two-frozen", live(ONE, tensors("a", bare("w", 4), bare("b", 4, trained=False))),
     live(ONE, tensors("a", bare("w", 4), bare("b", 4))),
     [f"AD401 training a|a: requires_grad False, not True {LIVE}"]),
    ("buffers-are-never-trained", live(ONE, tensors("a", bare("w", 4, role="buffer", trained=False))),
     live(ONE, tensors("a", bare("w", 4, role="buffer"))), []),
    ("a-hook-twice", live(ONE, ("a", HOOKS, (("forward", "f"), ("forward", "f")))),
     live(ONE, ("a", HOOKS, (("forward", "f"),))),
     [f"AD301 unknown a|a: a forward hook only in the candidate {LIVE}: f"]),
    ("hooks-in-another-order", live(ONE, ("a", HOOKS, (("forward", "f"), ("forward", "g")))),
     live(ONE, ("a", HOOKS, (("forward", "g"), ("forward", "f")))),
     [f"AD301 unknown a|a: hooks in another order {LIVE}"]),
    ("the-mode-of-a-layer-that-has-none", live(ONE, ("a", MODE, "eval")), live(ONE), []),
    ("the-mode-of-a-network", live(ONE, mode="eval"), live(ONE),
     ["AD301 state .|.: the network is in eval mode, not in train mode"]),
    ("the-mode-of-a-class-of-somebody", live(BLOCKS, ("blocks.1", MODE, "eval")), live(BLOCKS),
     ["AD401 training blocks.1|blocks.1: in eval mode in the candidate only, whose network is in train mode"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("candidate", "reference", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_findings(candidate: Network, reference: Network, expected: list[str]) -> None:
    found = api.compare_networks(candidate, reference).findings
    assert lines(each for each in found if each.is_difference) == expected
    back = api.compare_networks(reference, candidate).findings
    assert sorted(each.effect for each in back) == sorted(each.effect for each in found)
    for network in (candidate, reference):
        assert api.compare_networks(network, network).verdict == "identical"


def test_places_of_blocks() -> None:
    (finding,) = api.compare_networks(
        live(FOLDED, *in_each("blocks.#", k=3)), live(BLOCKS, *in_each("blocks.#", k=4))
    ).findings[:1]
    assert finding.setting == "k"
    assert [(a.path, a.value, a.line, a.class_name) for a, _ in finding.all_places if a] == [
        (f"blocks.{number}", 3, 3, "Block") for number in range(3)
    ]
    assert [(b.path, b.value, b.line) for _, b in finding.all_places if b] == [
        (f"blocks.{number}", 4, 3 + 4 * number) for number in range(3)
    ]


MANY = f"Net(\n  (blocks): ModuleList(\n    (0-11999): 12000 x Block(\n      (fc): {FC}\n    )\n  )\n)"
HEADS = (
    f"Net(\n  (blocks): ModuleList(\n    (0-11999): 12000 x MultiheadAttention(\n      (out_proj): {FC}\n    )\n  )\n)"
)


@pytest.mark.parametrize(
    ("candidate", "reference", "expected"),
    [
        (live(MANY, attributes("blocks.5000", k=3)), live(MANY, attributes("blocks.5000", k=3)), []),
        (live(MANY, attributes("blocks.5000", k=3)), live(MANY, attributes("blocks.5000", k=4)),
         [f"AD301 unknown blocks.5000|blocks.5000: k 3, not 4 {LIVE}"]),
        (live(MANY, *in_each("blocks.#", 12000, k=3)), live(MANY, *in_each("blocks.#", 12000, k=4)),
         [f"AD301 unknown blocks.0|blocks.0: k 3, not 4 {LIVE} x12000"]),
        (live(HEADS, ("blocks.5000", "batch_first", True)), live(HEADS, ("blocks.5000", "batch_first", False)),
         [f"AD301 unknown blocks.5000|blocks.5000: batch_first True, not False {LIVE}"]),
    ],
    ids=["equal", "one-block", "all-blocks", "a-setting-of-a-block-that-others-stand-for"],
)  # fmt: skip
def test_many_blocks_of_which_few_are_compared(candidate: Network, reference: Network, expected: list[str]) -> None:
    found = api.compare_networks(candidate, reference).findings
    assert lines(each for each in found if each.is_difference) == expected
