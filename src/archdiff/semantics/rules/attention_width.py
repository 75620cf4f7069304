"""The width of a MultiheadAttention, which prints no setting of its own, from the output projection that it prints."""

from __future__ import annotations

from archdiff.model.effects import Effect
from archdiff.model.network import Layer, Setting
from archdiff.semantics.rules import Rule


def _rewrite(layer: Layer) -> Layer | None:
    if layer.kind != "multihead_attention" or any(setting.name == "embed_dim" for setting in layer.settings):
        return None
    projection = next((child for child in layer.children if child.name == "out_proj"), None)
    if projection is None:
        return None
    printed = {setting.name: setting.value for setting in projection.settings}
    width = Setting("embed_dim", printed.get("in_features"), "out_proj")
    return layer._replace(settings=(*layer.settings, width, Setting("bias", printed.get("bias", True), "out_proj")))


RULE = Rule(
    name="attention_width",
    effect=Effect.EQUIVALENT,
    finding="",
    because="the output projection of an attention is as wide as its input projections",
    rewrite=_rewrite,
    concerns=lambda kind, _below: kind == "multihead_attention",
)
