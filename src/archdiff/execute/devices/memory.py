"""What running two networks would take, refused before anything is allocated: memory, and what a file unfolds to.

An estimate from the prints: what a forward allocates besides is not seen.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from math import prod
from typing import Final

import torch
from torch import Tensor

from archdiff.infer import Sized
from archdiff.infer.leaf import Leaf
from archdiff.model.errors import BuildError, UsageError
from archdiff.model.wording import plural, size

_GB: Final = 1 << 30
_COPIES: Final = 4  # of the input: three that are drawn, and the one that a forward gets


def check_memory(
    networks: Sequence[Sized],
    x: tuple[int, ...],
    place: torch.device,
    dtype: torch.dtype,
    way_out: str,
    keeps: bool = True,
) -> None:
    """That parameters of both, and every output of both, fit beside the input.

    Args:
        networks: both networks.
        x: the shape of the input, (batch, ...).
        place: where they run.
        dtype: of their weights and of the input.
        way_out: how to ask for less.
        keeps: whether outputs are kept; if not, the largest of them counts.

    Raises:
        BuildError: the layer with which it is too much.
    """
    free = available_bytes(place)
    if free is None:
        return
    itemsize = dtype.itemsize
    total, largest = _COPIES * itemsize * prod(x), 0
    if total > free:
        why = f"{plural(x[0], 'sample')} of {size(x[1:])}: does not fit into memory, {_needed(total, free)}"
        raise BuildError(why, source=networks[0].network.source, way_out=way_out)
    for sized in networks:
        for leaf in sized.leaves:
            outputs = itemsize * x[0] * prod(leaf.output_shape or (0,))
            largest = max(largest, 0 if keeps else outputs)
            total += itemsize * (leaf.cost().parameters or 0) + (outputs if keeps else 0)
            if total + largest > free:
                why = f"does not fit into memory with all before it: {_needed(total + largest, free)}"
                raise _refusal(sized, leaf, why, way_out)


def check_tensors(tensors: Mapping[str, Tensor], source: str) -> None:
    """That tensors of a file take no more than they take in it, or than there is: one number may stand for a whole one.

    Raises:
        UsageError: the largest of them.
    """
    held = {each.untyped_storage().data_ptr(): each.untyped_storage().nbytes() for each in tensors.values()}
    sizes = {key: each.numel() * each.element_size() for key, each in tensors.items()}
    free, more = available_bytes(torch.device("cpu")), sum(sizes.values()) - sum(held.values())
    if free is not None and more > free:
        key = max(sizes, key=lambda each: sizes[each])
        why = f"{key} is {size(tensors[key].shape)} expanded from fewer numbers: {_needed(more, free)}"
        raise UsageError(why, source=source, way_out="save tensor.contiguous(), which holds every number")


def available_bytes(place: torch.device) -> int | None:
    """Bytes that there are; None where that is not known."""
    if place.type == "cuda":
        return int(torch.cuda.mem_get_info(place)[0])
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            fields = dict(line.split(":", 1) for line in lines if ":" in line)
        return 1024 * int(fields["MemAvailable"].split()[0])
    except (OSError, KeyError, ValueError):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _needed(total: int, free: int) -> str:
    return f"it needs more than {total / _GB:.3g} GiB, {free / _GB:.3g} GiB are available"


def _refusal(sized: Sized, leaf: Leaf, why: str, way_out: str) -> BuildError:
    message = f"{leaf.title} ({leaf.layer.class_name}) {why}"
    return BuildError(message, source=sized.network.source, line=leaf.line, way_out=way_out)
