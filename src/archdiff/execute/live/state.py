"""What a live module holds beside attributes: its own tensors, masks, hooks, and whether it is in training mode.

Must not change the module, nor look at the numbers of a weight: those are for checkpoints.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Collection, Iterator, Mapping
from typing import Final, cast

from archdiff.execute.live.assignments import assigned_by_forward
from archdiff.execute.live.attributes import function_name
from archdiff.model.facts import HeldTensor
from archdiff.model.network import UNKNOWN, Value

with warnings.catch_warnings(action="ignore"):  # without NumPy, torch warns that it is missing
    from torch import Tensor, nn
    from torch.nn.parameter import is_lazy
    from torch.nn.utils import prune

#: behind the name of a tensor: what torch.nn.utils.prune makes a weight of
_MASK: Final = "_mask"


#: numbers of a constant that are looked at: angles and tables of places; more are a cache
_MOST_NUMBERS: Final = 4096
#: numbers of a buffer that checkpoints hold too: means and deviations of colours; more are statistics, or drawn
_FEW_NUMBERS: Final = 16


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
        digest = _digest(module, name, tensor) if role == "constant" or (bare and _is_of_few(role, tensor)) else ""
        yield HeldTensor(name, role, dtype, tensor.requires_grad, tuple(tensor.shape), bare, digest)


def _digest(module: nn.Module, name: str, tensor: Tensor) -> str:
    """What a constant holds, to five digits; "" for one without numbers, and for a cache."""
    if tensor.is_meta or tensor.numel() > _MOST_NUMBERS or name in assigned_by_forward(cast("type", type(module))):
        return ""
    numbers = [f"{number:.5g}" for number in tensor.detach().double().flatten().tolist()]
    return hashlib.sha256(" ".join(numbers).encode()).hexdigest()[:8]


def _is_of_few(role: str, tensor: Tensor) -> bool:
    """Whether it is a buffer of a few numbers, and no counter."""
    return role == "buffer" and tensor.numel() <= _FEW_NUMBERS and (tensor.numel() > 1 or tensor.is_floating_point())


def rope_base(module: nn.Module) -> float | None:
    """The base of a rotary embedding: of frequencies base ** (-i / n); None where they are no such row."""
    held = dict(module.named_buffers(recurse=False)).get("inv_freq")
    if held is None or held.is_meta or held.ndim != 1 or not 1 < held.numel() <= _MOST_NUMBERS:
        return None
    frequencies = held.detach().double().tolist()
    first, second = frequencies[:2]
    if first != 1 or not 0 < second < 1:
        return None
    if any(abs(each - second**place) > 1e-4 * each for place, each in enumerate(frequencies)):
        return None  # scaled, as that of Llama 3 is
    return float(f"{second ** -len(frequencies):.4g}")


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
