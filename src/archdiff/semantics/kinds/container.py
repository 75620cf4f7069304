"""Containers: what is known of how they run their children. Parameters listed by themselves are children, too."""

from __future__ import annotations

from math import prod

from archdiff.model.network import Value
from archdiff.semantics.kinds import Field, Kind, Settings, Shape, Trait

_LISTS = frozenset({Trait.LISTS})
#: older prints name the tensor, and other layers print none
_TENSORS = {
    "torch.FloatTensor": "torch.float32",
    "torch.DoubleTensor": "torch.float64",
    "torch.HalfTensor": "torch.float16",
    "torch.BFloat16Tensor": "torch.bfloat16",
    "torch.LongTensor": "torch.int64",
}


def _data_type(value: Value, _settings: Settings, _x: Shape | None) -> Value:
    name = value.removeprefix("torch.cuda.") if isinstance(value, str) else value
    named = f"torch.{name}" if isinstance(name, str) and "." not in name else name
    return _TENSORS.get(named, named) if isinstance(named, str) else named


_DTYPE = Field("dtype", remark="how precise its numbers are", meaning=_data_type)


def _count(settings: Settings) -> int:
    return prod(settings.all_ints("size"))


KINDS = (
    Kind("sequential", {"Sequential": {}}, traits=frozenset({Trait.SEQUENTIAL}), constructor="torch.nn.Sequential"),
    Kind("module_list", {"ModuleList": {}}, traits=_LISTS, constructor="torch.nn.ModuleList"),
    Kind("module_dict", {"ModuleDict": {}}, traits=_LISTS, constructor="torch.nn.ModuleDict"),
    Kind("module", {"Module": {}, "Container": {}}, traits=_LISTS, constructor="torch.nn.Module"),  # has no forward
    Kind("none", {"None": {}}, traits=_LISTS),  # `model.aux = None`: a name that holds no layer
    Kind("parameter_list", {"ParameterList": {}}, traits=_LISTS, constructor="torch.nn.ParameterList"),
    Kind("parameter_dict", {"ParameterDict": {}}, traits=_LISTS, constructor="torch.nn.ParameterDict"),
    Kind(
        name="parameter",  # it computes nothing: what is printed behind it gets what came before it
        classes={"Parameter": {}},
        fields=(Field("size", aspect="width", spread=1), _DTYPE),
        parameters=_count,
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
