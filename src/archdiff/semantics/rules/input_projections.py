"""A MultiheadAttention holds the projections of its inputs as one, which it never prints; its output projection tells
how wide that is. Only where the other network prints such projections, which then have something to stand for."""

from __future__ import annotations

from archdiff.model.effects import Effect
from archdiff.model.network import Layer, Setting
from archdiff.semantics.attention import FUSED, part
from archdiff.semantics.rules import Rule

_KIND = "multihead_attention"


def _rewrite(layer: Layer) -> Layer | None:
    if layer.kind != _KIND:
        return None
    output = next((child for child in layer.children if child.name == "out_proj"), None)
    told = {setting.name: setting.value for setting in output.settings} if output else {}
    width = told.get("in_features")
    if output is None or not isinstance(width, int):
        return None
    settings = (
        Setting("in_features", width, "out_proj"),
        Setting("out_features", 3 * width, "out_proj"),
        Setting("bias", told.get("bias", True), "out_proj"),
    )
    fused = output._replace(name="in_proj", class_name="Linear", settings=settings, children=())
    return layer._replace(kind="", settings=(), children=(fused, *layer.children))


def _beside(own: frozenset[str], other: frozenset[str]) -> bool:
    parts = ("query", "key", "value")
    printed = bool(FUSED[parts] & other) or set(parts) <= {part(name) for name in other}
    return _KIND in own and _KIND not in other and printed


RULE = Rule(
    name="input_projections",
    effect=Effect.EQUIVALENT,
    finding="AD302",
    because="it holds its input projections, which it does not print, as one",
    rewrite=_rewrite,
    concerns=lambda kind, below: kind == _KIND,
    beside=_beside,
)
