"""Containers: what is known of how they run their children."""

from __future__ import annotations

from archdiff.kinds import Kind, Trait

KINDS = (
    Kind("sequential", {"Sequential": {}}, traits=frozenset({Trait.SEQUENTIAL}), constructor="torch.nn.Sequential"),
    Kind("module_list", {"ModuleList": {}}, traits=frozenset({Trait.LISTS}), constructor="torch.nn.ModuleList"),
    Kind("module_dict", {"ModuleDict": {}}, traits=frozenset({Trait.LISTS}), constructor="torch.nn.ModuleDict"),
    Kind(
        "wrapper",
        {"DataParallel": {}, "DistributedDataParallel": {}, "OptimizedModule": {}, "FullyShardedDataParallel": {}},
        traits=frozenset({Trait.WRAPS}),
    ),
)
