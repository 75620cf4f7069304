"""ReLU and then KWinners is KWinners(relu=True): the same positive winners pass, and whatever else wins is zero.

With k or more positive inputs, the winners are the same. With fewer, every positive input wins on both sides and the
other winners are zeros; only which zeros count as winners can differ, and no output shows it.
"""

from __future__ import annotations

from archdiff.model.effects import Effect
from archdiff.model.network import Layer, Setting
from archdiff.semantics.containers import is_chain, runs_in_order
from archdiff.semantics.kinds import Trait, has, may_have
from archdiff.semantics.rules import Rule


def _rewrite(layer: Layer) -> Layer | None:
    if not (runs_in_order(layer) or is_chain(layer)):
        return None
    relu: int | None = None
    for index, child in enumerate(layer.children):
        if relu is not None and has(child, Trait.PICKS_WINNERS):
            settings = tuple(setting for setting in child.settings if setting.name != "relu")
            merged = child._replace(settings=(*settings, Setting("relu", True, "ReLU before it")))
            before = (*layer.children[:relu], *layer.children[relu + 1 : index])
            return layer._replace(children=(*before, merged, *layer.children[index + 1 :]))
        if child.kind == "relu":
            relu = index
        elif not _lets_relu_pass(child):
            relu = None
    return None


def _lets_relu_pass(layer: Layer) -> bool:
    """Whether a ReLU before it computes the same as one behind it: it scales numbers up, zeroes or moves them."""
    return has(layer, Trait.RESHAPES) or (has(layer, Trait.DROPS) and layer.kind.startswith("dropout"))


RULE = Rule(
    name="relu_before_k_winners",
    effect=Effect.EQUIVALENT,
    finding="",
    because="KWinners(relu=True) passes the positive winners, as KWinners after a ReLU does",
    rewrite=_rewrite,
    concerns=lambda _kind, below: "relu" in below and any(may_have(each, Trait.PICKS_WINNERS) for each in below),
)
