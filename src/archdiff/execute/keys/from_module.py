"""The keys of a live module: its state_dict, exactly. Must not run the module."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from archdiff.execute.keys.keymap import StoredTensor

_WHOLE: frozenset[torch.dtype] = frozenset((torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.bool))


def tensors_of_module(
    module: nn.Module, columns: Collection[str], covering: Collection[str], known: Collection[str]
) -> tuple[StoredTensor, ...]:
    """Every tensor of its state_dict, in order.

    Args:
        module: the live network.
        columns: paths of layers that keep their weight as (inputs, outputs).
        covering: paths of convolutions whose kernel covers its map.
        known: paths of layers of which it is known what they keep.
    """
    buffers = {name for name, _ in module.named_buffers(remove_duplicate=False)}
    first: dict[object, str] = {}
    found = []
    for key, value in _held(module):
        if not isinstance(value, Tensor):
            found.append(StoredTensor(key, None, buffer=True, counts=True))
            continue
        layer, _, name = key.rpartition(".")
        tied = first.setdefault(_memory(value), key)
        turned, covers = (name == "weight" and layer in paths for paths in (columns, covering))
        shape, whole = None if is_lazy(value) else tuple(value.shape), value.dtype in _WHOLE
        found.append(StoredTensor(key, shape, key in buffers, whole, turned, covers, tied, layer in known))
    shared = {each.tied for each in found if each.tied != each.key}
    return tuple(each if each.tied in shared else each._replace(tied="") for each in found)


def _memory(value: Tensor) -> object:
    """What two keys of one tensor have in common; two parameters may lie in the same place."""
    if is_lazy(value) or value.is_meta or not value.numel() or value.layout is not torch.strided:
        return id(value)
    return value.data_ptr(), tuple(value.shape), value.stride(), value.dtype


def constants(candidate: nn.Module, reference: nn.Module) -> frozenset[str]:
    """Keys of what has the same value in both.

    Buffers that one keeps in its state_dict and the other computes and does not, and what classes keep beside tensors.
    """
    found = set()
    for one, other in ((candidate, reference), (reference, candidate)):
        kept = other.state_dict().keys()
        hidden = [value for name, value in other.named_buffers(remove_duplicate=False) if name not in kept]
        beside = [value for _, value in _held(other) if not isinstance(value, Tensor)]
        for key, value in _held(one):
            if not isinstance(value, Tensor):
                same = any(_same(value, each) for each in beside)
            else:
                same = not isinstance(value, nn.Parameter) and any(_equal(value, each) for each in hidden)
            if same:
                found.add(key)
    return frozenset(found)


def _same(first: object, second: object) -> bool:
    """Tensors in what a class keeps make no truth value."""
    try:
        return type(first) is type(second) and bool(first == second)
    except Exception:  # a custom __eq__
        return False


def _held(module: nn.Module) -> Iterator[tuple[str, object]]:
    """(key, what a state_dict holds under it): parameters and buffers themselves; what a class keeps beside them."""
    own = dict(chain(module.named_parameters(remove_duplicate=False), module.named_buffers(remove_duplicate=False)))
    return ((key, own.get(key, value)) for key, value in module.state_dict().items())


def _equal(first: Tensor, second: Tensor) -> bool:
    """Whether the numbers are the same, however they are laid out; those of a meta device are not known."""
    if is_lazy(first) or is_lazy(second) or first.is_meta or second.is_meta or first.numel() != second.numel():
        return False
    return bool(torch.equal(first.flatten(), second.flatten().to(first)))
