"""timm's SelectAdaptivePool2d is the adaptive pool of its name, and then Flatten where it holds one.

It never prints its output size, which is 1 in every network of timm.
"""

from __future__ import annotations

from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.network import Layer, Setting, join
from archdiff.semantics.kinds import settings_of
from archdiff.semantics.rules import Rule

_KIND: Final = "select_adaptive_pool_2d"
_POOLS: Final = {"avg": "adaptive_avg_pool_2d", "max": "adaptive_max_pool_2d"}
_FLATTEN: Final = "Flatten(start_dim=1, end_dim=-1)"


def _rewrite(layer: Layer) -> Layer | None:
    children: list[Layer] = []
    for child in layer.children:
        children += _plain(child) if child.kind == _KIND else (child,)
    return None if tuple(children) == layer.children else layer._replace(children=tuple(children))


def _plain(layer: Layer) -> tuple[Layer, ...]:
    settings = settings_of(layer)
    pool, flatten = _POOLS.get(str(settings.known("pool_type"))), settings.known("flatten")
    if pool is None or flatten not in (_FLATTEN, "Identity()"):
        return (layer,)
    pooled = layer._replace(kind=pool, settings=(Setting("output_size", (1, 1), layer.class_name),))
    ends = Setting("start_dim", 1, "start_dim=1"), Setting("end_dim", -1, "end_dim=-1")
    flat = layer._replace(name=join(layer.name, "flatten"), class_name="Flatten", kind="flatten", settings=ends)
    return (pooled, flat) if flatten == _FLATTEN else (pooled,)


RULE = Rule(
    name="select_adaptive_pool",
    effect=Effect.COSMETIC,
    because="it is the pool of its name, and then the Flatten that it holds",
    rewrite=_rewrite,
    concerns=lambda kind, below: _KIND in below,
)
