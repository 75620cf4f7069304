"""Which numbers both networks have in common once weights were copied, and which one of them has alone.

A checkpoint holds parameters and buffers; only where each of them stands on both sides, with the same values, do two
runs compare the networks and not their weights. Must not copy: `copying` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from archdiff.execute.runnable import LayerPairs, Runnable, matched
from archdiff.execute.weights.beside_layers import HeldPair
from archdiff.execute.weights.copying import named_numbers, unwrapped
from archdiff.model.network import join


class CommonNumbers(NamedTuple):
    """Parameters that both networks have with equal values, and what one of them has alone."""

    parameters: tuple[tuple[str, Tensor, Tensor], ...]  # name in the candidate, the candidate's, the reference's
    alone: tuple[str, ...]  # "fc3.weight of the candidate": without a counterpart that has the same values


def common_numbers(
    candidate: Runnable, reference: Runnable, pairs: LayerPairs, held: Sequence[HeldPair] = ()
) -> CommonNumbers:
    """Matches parameters and buffers: those of paired layers by their names, others by their names in the network.

    Args:
        candidate: once weights were copied.
        reference: the same.
        pairs: of layers.
        held: what corresponds to each other beside these.
    """
    matched = [*_in_layers(candidate, reference, pairs), *held, *_by_name(candidate.module, reference.module)]
    equal = [each for each in matched if _are_equal(*each[1:])]
    known = {id(number) for _, first, second in equal for number in (first, second)}
    alone = [
        f"{name} of the {side.name}"
        for side in (candidate, reference)
        for name, number in _in_checkpoint(side.module)
        if id(number) not in known
    ]
    parameters = {
        (id(first), id(second)): (name, first, second)
        for name, first, second in equal
        if isinstance(first, nn.Parameter) and isinstance(second, nn.Parameter)
    }
    return CommonNumbers(tuple(parameters.values()), tuple(alone))


def _are_equal(a: Tensor, b: Tensor) -> bool:
    return a.numel() == b.numel() and torch.equal(a, b.reshape(a.shape))


def _in_layers(candidate: Runnable, reference: Runnable, pairs: LayerPairs) -> Iterator[tuple[str, Tensor, Tensor]]:
    for path, other in matched(pairs):
        if path in candidate.modules and other in reference.modules:
            both = unwrapped(candidate.modules[path]), unwrapped(reference.modules[other])
            for name, first, second in _by_name(*both):
                yield join(path, name), first, second


def _by_name(candidate: nn.Module, reference: nn.Module) -> Iterator[tuple[str, Tensor, Tensor]]:
    others = dict(named_numbers(reference, every_name=True))
    numbers = named_numbers(candidate, every_name=True)
    return ((name, number, others[name]) for name, number in numbers if name in others)


def _in_checkpoint(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """What a state_dict would hold; whole numbers and masks count samples or say where weights are zero."""
    for path, part in module.named_modules():
        for name, parameter in part.named_parameters(recurse=False):
            yield join(path, name), parameter
        for name, buffer in part.named_buffers(recurse=False):
            if name not in part._non_persistent_buffers_set and buffer.is_floating_point():
                yield join(path, name), buffer
