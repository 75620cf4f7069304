"""A wrapper that computes what its only child computes (DataParallel, a compiled module, PEFT) is left out.

Its child keeps both names, `module.conv1`, since that is what paths and the keys of a checkpoint are.
"""

from __future__ import annotations

from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.network import Layer
from archdiff.semantics.kinds import Trait, has, may_have
from archdiff.semantics.rules import Rule, each_child, pulled_up

#: `PeftModel`, `PeftModelForCausalLM`, ...
_PEFT: Final = ("PeftModel", "PeftMixedModel")
#: put the adapters into the network that they hold as `model`
_TUNERS: Final = frozenset(
    {
        *("LoraModel", "AdaLoraModel", "LoHaModel", "LoKrModel", "IA3Model", "VeraModel", "VBLoRAModel", "HRAModel"),
        *("OFTModel", "BOFTModel", "FourierFTModel", "LNTuningModel", "MixedModel", "XLoraModel", "BoneModel"),
        *("RandLoraModel", "PolyModel", "C3AModel", "MissModel", "ShiraModel", "RoadModel", "OSFModel", "WaveFTModel"),
        *("GraloraModel", "DeloraModel", "TrainableTokensModel"),
    }
)


def _rewrite(layer: Layer) -> Layer | None:
    inner = _without_wrappers(layer)  # first: behind the outermost one the whole network has a name
    if inner is None and not layer.name and _wraps(layer):  # nothing holds the whole network
        return pulled_up(layer, layer.children[0])
    return inner


def _inner(child: Layer) -> tuple[Layer] | None:
    return (pulled_up(child, child.children[0]),) if _wraps(child) else None


_without_wrappers = each_child(_inner, holders=True)


def _wraps(layer: Layer) -> bool:
    if layer.settings or len(layer.children) != 1:
        return False
    if not has(layer, Trait.WRAPS) and not _is_of_peft(layer):
        return False
    return layer.repeat == layer.children[0].repeat == 1


def _is_of_peft(layer: Layer) -> bool:
    """Whether it passes its input on to the network with the adapters; with prompts beside it, it does more."""
    name = layer.children[0].name.partition(".")[0]
    held = "base_model" if layer.class_name.startswith(_PEFT) else "model" if layer.class_name in _TUNERS else ""
    return not layer.kind and name == held


RULE = Rule(
    name="wrappers",
    effect=Effect.COSMETIC,
    finding="",
    because="the wrapper only passes its input on to the one module that it holds",
    rewrite=_rewrite,
    concerns=lambda kind, below: not kind or "" in below or any(may_have(each, Trait.WRAPS) for each in (kind, *below)),
)
