"""A layer that PEFT wrapped (LoRA, DoRA, AdaLoRA, LoHa, VeRA, IA3, ...) is that layer with its adapters as settings.

Newer PEFT prints the layer as `base_layer`, older ones print the adapter into the layer itself. VeRA and VB-LoRA print
what all their adapters share once more beside the network; its sizes are printed in the adapters.
"""

from __future__ import annotations

from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.network import NAME, Layer, Setting
from archdiff.semantics import adapters
from archdiff.semantics.rules import Rule

_BELOW: Final = frozenset({"linear", "module_dict", "parameter_dict", ""})


def _rewrite(layer: Layer) -> Layer | None:
    if len(layer.children) > 1 and adapters.SHARED.issuperset(map(NAME, layer.children[1:])):
        return layer._replace(children=layer.children[:1])
    found = adapters.unwrapped(layer)
    if found is None:
        return None
    base, printed = found
    inside = layer.shift if base.span == layer.span else base.shift + layer.shift
    settings = [*base.settings, *adapters.settings(printed)]
    own = layer.class_name.rpartition(".")[2]
    if own not in ("Linear", base.class_name):
        settings.append(Setting("adapter_class", own, layer.class_name))
    return base._replace(name=layer.name, settings=tuple(settings), span=layer.span, shift=inside)


RULE = Rule(
    name="adapters",
    effect=Effect.COSMETIC,
    finding="",  # the settings that adapters print are compared
    because="it is the layer with what was trained beside it",
    rewrite=_rewrite,
    concerns=lambda kind, below: kind in ("", "linear") and not below.isdisjoint(_BELOW),
)
