"""A Linear that PEFT wrapped for LoRA is that Linear with the rank and the dropout of its adapter.

Newer PEFT prints the Linear as `base_layer`, older ones print the adapter into the Linear itself. Where several
adapters are printed, all stays as it is.
"""

from __future__ import annotations

from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN, Layer, Setting
from archdiff.semantics.kinds import settings_of
from archdiff.semantics.rules import Rule


def _rewrite(layer: Layer) -> Layer | None:
    if not any(child.name == "lora_A" for child in layer.children):
        return None
    parts = {child.name: child for child in layer.children}
    base = parts.get("base_layer") or layer._replace(children=())
    if base.kind != "linear" or base.children or "lora_B" not in parts:
        return None
    down, drop = _adapter(parts["lora_A"]), _adapter(parts.get("lora_dropout"))
    if down is None or down.kind != "linear":
        return None
    rank = settings_of(down).known("out_features")
    share = settings_of(drop).known("p") if drop and drop.kind == "dropout" else 0.0
    told = (
        Setting("lora_rank", rank, f"lora_A {rank}"),
        Setting("lora_dropout", share, f"lora_dropout {share}"),
        Setting("lora_alpha", UNKNOWN),
    )
    inside = base.shift + layer.shift if "base_layer" in parts else layer.shift
    return base._replace(name=layer.name, settings=(*base.settings, *told), span=layer.span, shift=inside)


def _adapter(part: Layer | None) -> Layer | None:
    """The only adapter of a `ModuleDict(default)`, or what older PEFT printed without one."""
    if part is None or not part.children:
        return part
    return part.children[0] if len(part.children) == 1 and not part.children[0].children else None


RULE = Rule(
    name="lora",
    effect=Effect.COSMETIC,
    finding="AD302",
    because="the adapter is told by its rank and its dropout",
    rewrite=_rewrite,
    concerns=lambda kind, below: kind in ("", "linear") and not below.isdisjoint(("linear", "module_dict")),
)
