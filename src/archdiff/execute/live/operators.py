"""What torch says of its operators, as a trace needs it. Must not run any."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple

import torch

from archdiff.execute.live.tensors import tensors

#: operators that draw numbers
RANDOM: Final = frozenset(
    {
        "rand",
        "rand_like",
        "randn",
        "randn_like",
        "randint",
        "randint_like",
        "randperm",
        "bernoulli",
        "uniform",
        "normal",
    }
)
#: operators that take the shape of a tensor, and none of its numbers
OF_SHAPES: Final = frozenset(
    {"zeros_like", "ones_like", "full_like", "empty_like", "new_zeros", "new_ones", "new_full", "new_empty"}
)
#: that write into running means in training, and do not say so
_MOVE_STATISTICS: Final = frozenset({"native_batch_norm", "cudnn_batch_norm", "miopen_batch_norm"})
_STATISTICS: Final = ("running_mean", "running_var")


class Operator(NamedTuple):
    """What torch says of one of its operators.

    Attributes:
        name: Without the overload.
        arguments: Their names.
        changes: Names of those that it writes into.
        reads: Whether what it gives is a number, or has a shape that hangs on numbers.
        views: Whether what it gives lies in the memory of what it takes.
        defaults: What arguments are that are left out, by name.
    """

    name: str
    arguments: tuple[str, ...]
    changes: tuple[str, ...]
    reads: bool
    views: bool
    defaults: Mapping[str, Any]

    def changed_by(self, given: Mapping[str, Any]) -> tuple[str, ...]:
        """Names of the arguments that it writes into, those included of which its schema says nothing."""
        return _STATISTICS if self.name in _MOVE_STATISTICS and given.get("training") is True else self.changes

    def is_left_out(self, name: str, given: Mapping[str, Any]) -> bool:
        """Whether an argument is what it is where it is left out; the step of a window is its size then."""
        value = given[name]
        if isinstance(value, torch.Tensor):
            return False
        if name == "stride" and self.defaults.get(name) == []:
            return value in ([], given.get("kernel_size"))
        return name in self.defaults and type(value) is type(self.defaults[name]) and value == self.defaults[name]


@cache
def operator(func: Any) -> Operator:
    """What torch says of one."""
    schema = func._schema
    name = schema.name.partition("::")[2]
    tags = torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape
    return Operator(
        name,
        tuple(each.name for each in schema.arguments),
        tuple(each.name for each in schema.arguments if each.alias_info is not None and each.alias_info.is_write),
        name not in ("index", "_assert_async") and any(each in func.tags for each in tags),
        any(each.alias_info is not None for each in schema.returns),
        {each.name: each.default_value for each in schema.arguments if each.has_default_value()},
    )


def picks(given: Mapping[str, Any]) -> bool:
    """Whether `x[mask]` is asked for: how many it gives hangs on the mask."""
    return any(each.dtype in (torch.bool, torch.uint8) for each in tensors(given.get("indices")))


def named(name: str, given: Mapping[str, Any]) -> str:
    """What an operator is called in a trace: the view of a tensor where it lies as the tensor itself is none.

    Args:
        name: Of the operator.
        given: What it is called with.
    """
    if name not in ("as_strided", "as_strided_"):
        return name
    tensor, size, stride = given["self"], given["size"], given["stride"]
    start = given.get("storage_offset")
    alike = [*tensor.shape] == [*size] and start in (None, tensor.storage_offset())
    steps = zip(tensor.stride(), stride, size, strict=False)
    return "alias" if alike and all(own == step or count == 1 for own, step, count in steps) else name
