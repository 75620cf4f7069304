"""A Linear that PEFT wrapped for LoRA is that Linear with the rank and the dropout of its adapters.

Newer PEFT prints the Linear as `base_layer`, older ones print the adapter into the Linear itself. The first adapter is
told by `lora_rank`, `lora_dropout` and its name, others by `lora_more`; DoRA shows in what its magnitude vectors hold.
"""

from __future__ import annotations

from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN, Layer, Setting, Value
from archdiff.semantics.kinds import settings_of
from archdiff.semantics.rules import Rule

#: how PEFT prints a Linear with an adapter, in all its versions
_CLASSES: Final = ("Linear", "lora.Linear", "lora.layer.Linear")
#: parts that PEFT prints around a Linear; anything else in it is nothing that is understood here
_PARTS: Final = frozenset(
    (
        *("base_layer", "lora_A", "lora_B", "lora_dropout", "lora_magnitude_vector"),
        *("lora_embedding_A", "lora_embedding_B"),
    )
)


def _rewrite(layer: Layer) -> Layer | None:
    if not layer.children or layer.children[0].name not in _PARTS:
        return None
    parts = {child.name: child for child in layer.children}
    if "lora_A" not in parts or "lora_B" not in parts or not parts.keys() <= _PARTS:
        return None
    base = parts.get("base_layer") or layer._replace(children=())
    adapters = _adapters(base, parts)
    if base.kind != "linear" or base.children or not adapters or not _is_empty(parts, "lora_embedding_A"):
        return None
    (name, rank, share), *more = adapters
    told = [
        Setting("lora_rank", rank, f"lora_A {rank}"),
        Setting("lora_dropout", share, f"lora_dropout {share}"),
        Setting("lora_alpha", UNKNOWN),
    ]
    if name:
        told.append(Setting("lora_adapter", name, f"adapter {name}"))
    if layer.class_name not in _CLASSES:
        told.append(Setting("lora_class", layer.class_name, layer.class_name))
    if more:
        told.append(Setting("lora_more", tuple(more), f"adapters {', '.join(str(name) for name, *_ in more)}"))
    if not _is_empty(parts, "lora_magnitude_vector"):
        told.append(Setting("lora_magnitude", True, "lora_magnitude_vector"))
    inside = base.shift + layer.shift if "base_layer" in parts else layer.shift
    return base._replace(name=layer.name, settings=(*base.settings, *told), span=layer.span, shift=inside)


def _is_empty(parts: dict[str, Layer], name: str) -> bool:
    return name not in parts or not parts[name].children


def _adapters(base: Layer, parts: dict[str, Layer]) -> list[tuple[str, Value, Value]]:
    """Name, rank and dropout of each adapter; none where one of them is no pair of Linears."""
    found: list[tuple[str, Value, Value]] = []
    ups, drops = _named(parts["lora_B"]), _named(parts["lora_dropout"]) if "lora_dropout" in parts else {}
    downs = _named(parts["lora_A"])
    if downs.keys() != ups.keys() or not drops.keys() <= downs.keys():
        return []
    for name, down in downs.items():
        if not _is_adapter(base, down, ups[name]):
            return []
        drop = drops.get(name)
        share = settings_of(drop).known("p") if drop and drop.kind == "dropout" else 0.0
        found.append((name, settings_of(down).known("out_features"), share))
    return found


def _is_adapter(base: Layer, down: Layer, up: Layer) -> bool:
    """Two Linears without a bias that fit each other and what they adapt, as the formula of LoRA has them."""
    if down.kind != "linear" or up.kind != "linear" or down.children or up.children or base.kind != "linear":
        return False
    whole, first, second = settings_of(base), settings_of(down), settings_of(up)
    sizes = (
        (first.known("in_features"), whole.known("in_features")),
        (first.known("out_features"), second.known("in_features")),
        (second.known("out_features"), whole.known("out_features")),
    )
    return True not in (first.known("bias"), second.known("bias")) and all(a == b for a, b in sizes)


def _named(part: Layer) -> dict[str, Layer]:
    """The parts of a `ModuleDict(default)` by adapter, or what older PEFT printed without one."""
    return {child.name: child for child in part.children} if part.children else {"": part}


RULE = Rule(
    name="lora",
    effect=Effect.COSMETIC,
    finding="AD302",
    because="the adapter is told by its rank and its dropout",
    rewrite=_rewrite,
    concerns=lambda kind, below: kind in ("", "linear") and not below.isdisjoint(("linear", "module_dict")),
)
