"""Containers: what is known of how they run their children. Parameters listed by themselves are children, too."""

from __future__ import annotations

from math import prod

from archdiff.model.effects import Effect
from archdiff.semantics.kinds import Field, Kind, Settings, Trait

_LISTS = frozenset({Trait.LISTS})
#: float32 is `torch.FloatTensor` in older prints, and other layers print none
_DTYPE = Field("dtype", effect=Effect.COSMETIC, remark="how its numbers are stored")


def _numbers(settings: Settings) -> int:
    value = settings["size"]
    return prod(settings.ints("size", len(value) if isinstance(value, tuple) else 1))


KINDS = (
    Kind("sequential", {"Sequential": {}}, traits=frozenset({Trait.SEQUENTIAL}), constructor="torch.nn.Sequential"),
    Kind("module_list", {"ModuleList": {}}, traits=_LISTS, constructor="torch.nn.ModuleList"),
    Kind("module_dict", {"ModuleDict": {}}, traits=_LISTS, constructor="torch.nn.ModuleDict"),
    Kind("module", {"Module": {}, "Container": {}}, traits=_LISTS, constructor="torch.nn.Module"),  # has no forward
    Kind("parameter_list", {"ParameterList": {}}, traits=_LISTS, constructor="torch.nn.ParameterList"),
    Kind("parameter_dict", {"ParameterDict": {}}, traits=_LISTS, constructor="torch.nn.ParameterDict"),
    Kind(
        name="parameter",  # it computes nothing: what is printed behind it gets what came before it
        classes={"Parameter": {}},
        fields=(Field("size", aspect="width", spread=1), _DTYPE),
        parameters=_numbers,
    ),
    Kind(
        "wrapper",
        {
            "DataParallel": {},
            "DistributedDataParallel": {},
            "OptimizedModule": {},
            "FullyShardedDataParallel": {},
            "AveragedModel": {},
        },
        traits=frozenset({Trait.WRAPS}),
    ),
)
