"""ReLU and then KWinners is KWinners(relu=True): the same positive winners pass, and whatever else wins is zero.

With k or more positive inputs, the winners are the same. With fewer, every positive input wins on both sides and the
other winners are zeros; only which zeros count as winners can differ, and no output shows it.
"""

from __future__ import annotations

from dataclasses import replace

from archdiff.effects import Effect
from archdiff.kinds import Trait
from archdiff.network import Layer, Setting
from archdiff.rules import Rule, has, runs_in_printed_order


def _rewrite(layer: Layer) -> Layer | None:
    if not runs_in_printed_order(layer):
        return None
    children = layer.children
    for index in range(len(children) - 1):
        first, second = children[index], children[index + 1]
        if first.kind == "relu" and has(second, Trait.PICKS_WINNERS):
            settings = tuple(setting for setting in second.settings if setting.name != "relu")
            merged = replace(second, settings=(*settings, Setting("relu", True, "ReLU before it")))
            return replace(layer, children=(*children[:index], merged, *children[index + 2 :]))
    return None


RULE = Rule(
    name="relu_before_k_winners",
    effect=Effect.EQUIVALENT,
    finding="AD601",
    because="KWinners(relu=True) passes the positive winners, as KWinners after a ReLU does",
    rewrite=_rewrite,
)
