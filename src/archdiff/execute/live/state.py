"""What a live module holds beside attributes: its own tensors, masks, hooks, and whether it is in training mode.

Must not change the module, nor look at the numbers of a weight: those are for checkpoints.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from archdiff.execute.live.attributes import function_name
from archdiff.model.facts import HeldTensor
from archdiff.model.network import UNKNOWN, Value

with warnings.catch_warnings(action="ignore"):  # without NumPy, torch warns that it is missing
    from torch import Tensor, nn
    from torch.nn.parameter import is_lazy
    from torch.nn.utils import prune

#: behind the name of a tensor: what torch.nn.utils.prune makes a weight of
_MASK: Final = "_mask"


def tensors(module: nn.Module, expected: Collection[str]) -> Iterator[HeldTensor]:
    """The parameters and buffers of a module itself, in their order.

    Args:
        module: Of any class.
        expected: Names of the tensors that its class holds by its kind.
    """
    held = [*_held(module)]
    registered = {name for name, _, _ in held}
    made = [name for name in expected if name not in registered]  # of others, by a hook
    for name, role, tensor in held:
        bare = name not in expected and not any(name.startswith(f"{each}_") for each in made)
        dtype = str(tensor.dtype).removeprefix("torch.")
        yield HeldTensor(name, role, dtype, tensor.requires_grad, tuple(tensor.shape), bare)


def _held(module: nn.Module) -> Iterator[tuple[str, str, Tensor]]:
    constants = getattr(module, "_non_persistent_buffers_set", ())  # a scripted module has no such set
    for name, parameter in module.named_parameters(recurse=False, remove_duplicate=False):
        if not is_lazy(parameter):
            yield name, "parameter", parameter
    for name, buffer in module.named_buffers(recurse=False, remove_duplicate=False):
        if not is_lazy(buffer):
            yield name, "constant" if name in constants else "buffer", buffer


def weight_density(module: nn.Module) -> float | None:
    """The share of weights that the mask of torch.nn.utils.prune keeps; None where there is none, or no numbers."""
    mask = dict(module.named_buffers(recurse=False)).get(f"weight{_MASK}")
    if mask is None or mask.is_meta or not mask.numel():
        return None
    return int((mask != 0).sum()) / mask.numel()


#: when torch calls them, and where a module keeps them
_HOOKS: Final = {
    "forward_pre": "_forward_pre_hooks",
    "forward": "_forward_hooks",
    "backward_pre": "_backward_pre_hooks",
    "backward": "_backward_hooks",
}


def hooks(module: nn.Module) -> Iterator[tuple[str, Value]]:
    """When each hook of a module is called, and its name; those of masks apart, which are told by their density."""
    for when, kept in _HOOKS.items():
        held: Mapping[int, object] = getattr(module, kept, None) or {}
        for hook in held.values():
            if isinstance(hook, prune.BasePruningMethod):
                continue
            name = function_name(hook) if callable(hook) else UNKNOWN
            yield when, type(hook).__name__ if name is UNKNOWN else name
