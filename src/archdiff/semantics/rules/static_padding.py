"""efficientnet_pytorch's Conv2dStaticSamePadding pads as TensorFlow does and prints what it worked out as a child."""

from __future__ import annotations

from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.network import Layer, Setting, Value
from archdiff.semantics.rules import Rule

_CLASS: Final = "Conv2dStaticSamePadding"


def _rewrite(layer: Layer) -> Layer | None:
    if layer.class_name != _CLASS or len(layer.children) != 1:
        return None
    (pad,) = layer.children
    if pad.class_name not in ("ZeroPad2d", "Identity"):
        return None
    sizes: Value = tuple(setting.value for setting in pad.settings)
    padding = Setting("static_padding", sizes, ", ".join(setting.text for setting in pad.settings))
    return layer._replace(children=(), settings=(*layer.settings, padding) if sizes else layer.settings)


RULE = Rule(
    name="static_padding",
    effect=Effect.COSMETIC,
    because="padding=same says it, for the size of the input that it was made for",
    rewrite=_rewrite,
    concerns=lambda kind, _below: kind == "conv_2d",
)
