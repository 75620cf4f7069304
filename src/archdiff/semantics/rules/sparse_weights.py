"""SparseWeights around a layer thins out the weights of that layer; both ways of counting become one density.

`weight_sparsity` is the share of NON-zero weights (the paper's code), `sparsity` the share of zeros (nupic.torch). Both
round to whole weights an output row, so the density is what the layer really has: 12 of 25 for sparsity=0.5.
"""

from __future__ import annotations

from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN, Layer, Setting, Value
from archdiff.semantics import kinds
from archdiff.semantics.rules import Rule

_KINDS = ("sparse_weights", "sparse_weights_2d")
_SHARES = ("sparsity", "weight_sparsity")


def _rewrite(layer: Layer) -> Layer | None:
    if layer.kind not in _KINDS or len(layer.children) != 1:
        return None
    inner = layer.children[0]
    kind = kinds.by_name().get(inner.kind)
    if kind is None or kind.weight_rows is None:
        return None
    share = _density(layer, inner)
    if share is None:
        return None
    shares = [] if share is UNKNOWN else [setting for setting in layer.settings if setting.name in _SHARES]
    density = Setting("weight_density", share, ", ".join(setting.text for setting in shares or layer.settings))
    kept = [setting for setting in inner.settings if setting.name != "weight_density"]
    settings = (*kept, density, *(setting for setting in layer.settings if setting not in shares))
    return inner._replace(name=layer.name, settings=settings, span=layer.span, shift=inner.shift + layer.shift)


def _density(layer: Layer, inner: Layer) -> Value:
    """The share of non-zero weights; every row keeps whole weights, rounded half to even as Python does.

    None where the layer inside does not print its size.
    """
    printed = kinds.settings_of(layer).printed
    try:
        _, inputs = kinds.by_name()[inner.kind].weight_rows(kinds.settings_of(inner))  # type: ignore[misc]
    except kinds.NotKnown:
        return None
    match printed:
        case {"sparsity": int() | float() as share} if 0 <= share <= 1:
            kept = round((1 - share) * inputs)
        case {"weight_sparsity": int() | float() as share} if 0 <= share <= 1:
            kept = inputs - round((1 - share) * inputs)
        case _:
            return UNKNOWN
    return kept / inputs if inputs else UNKNOWN


RULE = Rule(
    name="sparse_weights",
    effect=Effect.EQUIVALENT,
    finding="",
    because="both say how many weights of a row are kept, one counts non-zeros and the other zeros",
    rewrite=_rewrite,
    concerns=lambda kind, _below: kind in _KINDS,
)
