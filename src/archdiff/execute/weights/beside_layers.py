"""Which numbers of two networks correspond to each other beside those of layers: what classes of somebody hold bare.

Position embeddings, tables and scales that no layer of a print holds, and matrices of which a print shows parts. Must
not copy: `copying` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from torch import Tensor, nn

from archdiff.diff.weight_counterparts import by_name, of_modules
from archdiff.execute.runnable import LayerPairs, Runnable, matched
from archdiff.model.network import join


class HeldPair(NamedTuple):
    """A parameter or buffer of the candidate with that of the reference; of as many numbers, in one order."""

    name: str  # in the candidate
    candidate: Tensor
    reference: Tensor


def held_pairs(
    candidate: Runnable, reference: Runnable, pairs: LayerPairs, there: Mapping[str, str]
) -> tuple[HeldPair, ...]:
    """Parameters by name in modules that are counterparts, or else by being alone of their size; buffers by name.

    Args:
        candidate: One network.
        reference: The other.
        pairs: Of layers, whose numbers are left out where both networks have a module for them.
        there: Paths of the candidate's modules with those that they have in the reference.
    """
    both = [pair for pair in matched(pairs) if pair[0] in candidate.modules and pair[1] in reference.modules]
    known = {id(each) for a, _ in both for each in _numbers(candidate.modules[a])}
    known |= {id(each) for _, b in both for each in _numbers(reference.modules[b])}
    found: list[HeldPair] = []
    for is_parameter, rule in ((True, of_modules), (False, by_name)):
        a, b = (
            {name: each for name, each in _named(side) if isinstance(each, nn.Parameter) is is_parameter}
            for side in (candidate, reference)
        )
        both_held = [HeldPair(name, a[name], b[other]) for name, other in rule(_sizes(a), _sizes(b), there).items()]
        found += [each for each in both_held if known.isdisjoint(map(id, each[1:])) and _is_one(*each[1:])]
    return tuple(found)


def _numbers(module: nn.Module) -> Iterator[Tensor]:
    yield from module.parameters()
    yield from module.buffers()


def _named(side: Runnable) -> Iterator[tuple[str, Tensor]]:
    """What a checkpoint of the network holds."""
    root = side.sized.network.root.name
    for path, module in side.module.named_modules():
        for name, parameter in module.named_parameters(recurse=False):
            yield join(root, join(path, name)), parameter
        for name, buffer in module.named_buffers(recurse=False):
            if name not in module._non_persistent_buffers_set:
                yield join(root, join(path, name)), buffer


def _sizes(numbers: Mapping[str, Tensor]) -> dict[str, int]:
    return {name: each.numel() for name, each in numbers.items()}


def _is_one(a: Tensor, b: Tensor) -> bool:
    """Whether numbers have one order in both: but for dimensions of 1, or with rows that one side flattens."""
    ours, theirs = ([size for size in each.shape if size > 1] for each in (a, b))
    return ours == theirs or (len(a) == len(b) and min(len(ours), len(theirs)) > 1)
