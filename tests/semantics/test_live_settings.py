"""What live modules hold beside their print: which of it becomes a setting of which layer."""

from __future__ import annotations

import pytest

from answers import holding
from archdiff import parse
from archdiff.model.facts import SHARED, Fact, Provenance
from archdiff.model.network import Network, Value, walk
from archdiff.semantics import live_settings

OUT = "NonDynamicallyQuantizableLinear(in_features=8, out_features=8, bias=True)"
ATTENTION = holding("MultiheadAttention", out_proj=OUT)
NET = holding("Net", attn=ATTENTION, inner=holding("Sequential", "Tanh()", "AvgPool2d(kernel_size=2)"), odd="Odd()")
FOLDED = f"Net(\n  (h): ModuleList(\n    (0-1): 2 x MultiheadAttention(\n      (out_proj): {OUT}\n    )\n  )\n)"
MAP = holding("Net", fc=OUT)
NORM = holding("Net", norm="T5LayerNorm()")
OWN_NORM = holding("Net", norm="LayerNorm()")
TORCH_NORM = holding("Net", norm="LayerNorm((8,), eps=1e-05, elementwise_affine=True)")
POOL = holding("Net", pool="MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)")
PRINTED = {
    each for text in (NET, POOL, TORCH_NORM) for _, layer in walk(parse.parse(text)[0].root) for each in layer.settings
}


def live(text: str, *facts: tuple[str, str, Value]) -> Network:
    """A live module that prints so, and what it holds as (path, name, value)."""
    held_beside = [Fact(name, value, Provenance.LIVE, path) for path, name, value in facts]
    return printed(text)._replace(facts=(Fact(SHARED, (), Provenance.LIVE), *held_beside))


def printed(text: str) -> Network:
    return parse.parse(text)[0]


def added(network: Network) -> list[tuple[str, str | None, Value]]:
    return [(path, *each[:2]) for path, layer in walk(network.root) for each in layer.settings if each not in PRINTED]


HEADS = ("attn", "num_heads", 4)
#: id, candidate, reference, what is added to the candidate's layers
CASES = [
    ("nothing-held", live(NET), live(NET), []),
    ("beside-live", live(NET, HEADS), live(NET), [HEADS]),
    ("beside-a-print", live(NET, HEADS), printed(NET), [HEADS]),
    ("of-two-layers", live(NET, HEADS, ("inner.1", "divisor_override", 3)), printed(NET),
     [HEADS, ("inner.1", "divisor_override", 3)]),
    ("two-of-one-layer", live(NET, HEADS, ("attn", "batch_first", True)), printed(NET),
     [HEADS, ("attn", "batch_first", True)]),
    ("usual-beside-live", live(NET, ("attn", "add_zero_attn", False)), live(NET), [("attn", "add_zero_attn", False)]),
    ("usual-beside-a-print", live(NET, ("attn", "add_zero_attn", False)), printed(NET), []),
    ("unusual-beside-a-print", live(NET, ("attn", "add_zero_attn", True)), printed(NET),
     [("attn", "add_zero_attn", True)]),
    ("no-setting-beside-live", live(NET, ("attn", "odd", 3)), live(NET), [("attn", "odd", 3)]),
    ("no-setting-beside-a-print", live(NET, ("attn", "odd", 3)), printed(NET), []),
    ("a-density-beside-live", live(MAP, ("fc", "weight_density", 0.5)), live(MAP), [("fc", "weight_density", 0.5)]),
    ("a-density-beside-a-print", live(MAP, ("fc", "weight_density", 0.5)), printed(MAP), []),
    ("what-its-class-leaves-open-beside-a-print", live(NORM, ("norm", "eps", 1e-3)), printed(NORM),
     [("norm", "eps", 1e-3)]),
    ("what-torch-prints-beside-a-print", live(TORCH_NORM, ("norm", "eps", 1e-3)), printed(TORCH_NORM), []),
    ("of-a-norm-of-somebody-beside-a-print", live(OWN_NORM, ("norm", "eps", 1e-3)), printed(OWN_NORM),
     [("norm", "eps", 1e-3)]),
    ("what-only-an-unpool-reads-beside-a-print", live(POOL, ("pool", "return_indices", False)), printed(POOL), []),
    ("what-changes-what-comes-out-beside-a-print", live(POOL, ("pool", "return_indices", True)), printed(POOL),
     [("pool", "return_indices", True)]),
    ("of-a-class-of-somebody", live(NET, ("odd", "scale", 3)), live(NET), []),
    ("of-the-network", live(NET, ("", "scale", 3)), live(NET), []),
    ("folded", live(FOLDED, ("h.0", "num_heads", 4), ("h.1", "num_heads", 4)), live(FOLDED),
     [("h.0-1", "num_heads", 4)]),
    ("folded-and-unlike", live(FOLDED, ("h.0", "num_heads", 4), ("h.1", "num_heads", 2)), live(FOLDED),
     [("h.0", "num_heads", 4), ("h.1", "num_heads", 2)]),
    ("folded-and-of-one", live(FOLDED, ("h.0", "num_heads", 4)), live(FOLDED), [("h.0", "num_heads", 4)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("candidate", "reference", "settings"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_is_added(candidate: Network, reference: Network, settings: list[tuple[str, str, Value]]) -> None:
    ours, theirs = live_settings.with_live_settings(candidate, reference)
    assert added(ours) == settings
    assert added(theirs) == []
    assert [added(each) for each in live_settings.with_live_settings(reference, candidate)] == [[], settings]


def test_a_fact_that_is_given_is_no_setting() -> None:
    network = live(NET)._replace(facts=(*live(NET).facts, Fact("num_heads", 4, Provenance.GIVEN, "attn")))
    assert added(live_settings.with_live_settings(network, live(NET))[0]) == []


@pytest.mark.parametrize(("network", "is_live"), [(live(NET), True), (printed(NET), False)])
def test_what_is_live(network: Network, is_live: bool) -> None:
    assert live_settings.is_live(network) is is_live


def test_both_are_spelled_out_where_one_holds_two_values() -> None:
    unlike = live(FOLDED, ("h.0", "num_heads", 4), ("h.1", "num_heads", 2))
    for pair in ((unlike, live(FOLDED)), (live(FOLDED), unlike), (unlike, printed(FOLDED))):
        for network in live_settings.with_live_settings(*pair):
            assert [(layer.name, layer.repeat) for layer in network.root.children[0].children] == [("0", 1), ("1", 1)]
