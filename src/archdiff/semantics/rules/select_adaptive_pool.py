"""timm's SelectAdaptivePool2d is the adaptive pool of its name, and then Flatten where it holds one.

It never prints its output size, which is 1 in every network of timm.
"""

from __future__ import annotations

from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.network import Layer, Setting, join
from archdiff.semantics.kinds import settings_of
from archdiff.semantics.rules import Rule, each_child

_KIND: Final = "select_adaptive_pool_2d"
_POOLS: Final = {"avg": "adaptive_avg_pool_2d", "max": "adaptive_max_pool_2d"}
_FLATTEN: Final = "Flatten(start_dim=1, end_dim=-1)"


def _plain(layer: Layer) -> tuple[Layer, ...] | None:
    if layer.kind != _KIND:
        return None
    settings = settings_of(layer)
    pool, flatten = _POOLS.get(str(settings.known("pool_type"))), settings.known("flatten")
    if pool is None or flatten not in (_FLATTEN, "Identity()"):
        return None
    pooled = layer._replace(kind=pool, settings=(Setting("output_size", (1, 1), layer.class_name),))
    ends = Setting("start_dim", 1, "start_dim=1"), Setting("end_dim", -1, "end_dim=-1")
    flat = layer._replace(name=join(layer.name, "flatten"), class_name="Flatten", kind="flatten", settings=ends)
    return (pooled, flat) if flatten == _FLATTEN else (pooled,)


RULE = Rule(
    name="select_adaptive_pool",
    effect=Effect.COSMETIC,
    because="it is the pool of its name, and then the Flatten that it holds",
    rewrite=each_child(_plain),
    concerns=lambda _kind, below: _KIND in below,
)
