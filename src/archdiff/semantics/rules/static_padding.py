"""efficientnet_pytorch's Conv2dStaticSamePadding pads as TensorFlow does and prints what it worked out as a child."""

from __future__ import annotations

from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.network import Layer
from archdiff.semantics.rules import Rule

_CLASS: Final = "Conv2dStaticSamePadding"


def _rewrite(layer: Layer) -> Layer | None:
    pads = [child.class_name for child in layer.children] in (["ZeroPad2d"], ["Identity"])
    return layer._replace(children=()) if layer.class_name == _CLASS and pads else None


RULE = Rule(
    name="static_padding",
    effect=Effect.COSMETIC,
    finding="AD302",
    because="padding=same says it, for the size of the input that it was made for",
    rewrite=_rewrite,
    concerns=lambda kind, below: kind == "conv_2d",
)
