"""Weights, masks and buffers of one network into the other, along the pairs of their comparison.

What differs by the text stays different: a layer whose weights are dense gets the weights that a mask on the other side
leaves out, and a boost strength that is another setting is kept. What no print holds (the mask of a DSLinear) is taken
over. Must not look at outputs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor, nn

from archdiff.execute.runnable import Runnable
from archdiff.infer.leaf import Leaf
from archdiff.model.network import UNKNOWN
from archdiff.semantics.kinds import Trait

_STATE: Final = ("_strength", "samples_seen")  # of k-winners, beside their buffers
_SPREAD: Final = 0.5  # of what is added to weights that all start with one value

PathPairs = Sequence[tuple[str, str]]
NumberPairs = Sequence[tuple[Tensor, Tensor]]


def vary_constants(network: Runnable, generator: torch.Generator) -> None:
    """Draws parameters that all start with one value, and duty cycles, at random.

    A gamma of 1 and a beta of 0 are no different from affine=False, duty cycles of 0 from no boosting.

    Args:
        network: whose numbers are changed.
        generator: on the CPU.
    """
    with torch.no_grad():
        for parameter in network.module.parameters():
            numbers = parameter.flatten()
            if numbers.is_floating_point() and len(numbers) and bool((numbers == numbers[0]).all()):
                parameter.add_(_SPREAD * _drawn(parameter, generator))
                parameter.view(-1)[1::2].neg_()  # orders may depend on the sign of a gamma
        for module in network.module.modules():
            duty, won = getattr(module, "duty_cycle", None), getattr(module, "k", 0)
            if isinstance(duty, Tensor) and duty.is_floating_point() and isinstance(won, int):
                duty.copy_(torch.rand(duty.shape, generator=generator, dtype=torch.float64).to(duty.dtype))


def copy_weights(
    source: Runnable,
    target: Runnable,
    pairs: PathPairs,
    boosts: Collection[str],
    generator: torch.Generator,
    held: NumberPairs = (),
) -> None:
    """Copies everything of one network that fits into another.

    Args:
        source: whose numbers are copied.
        target: whose numbers are set.
        pairs: paths of layers in the source and in the target.
        boosts: paths in the target of k-winners that keep their boost strength, which is another setting.
        generator: on the CPU, of weights that a mask of the source holds at zero and the target does not.
        held: numbers of both that correspond to each other beside those of layers, the source's first.
    """
    with torch.no_grad():
        for value, other in held:
            other.copy_(value.reshape(other.shape))
        for source_path, target_path in pairs:
            a, b = source.modules.get(source_path), target.modules.get(target_path)
            if a is not None and b is not None:
                _weights(
                    _BuiltLayer(source.leaves[source_path], a), _BuiltLayer(target.leaves[target_path], b), generator
                )
                _rest(a, b, keep_boost=target_path in boosts)
            else:
                _copy_rows(source, target, source_path, target_path)
        for source_path, target_path in pairs:
            _moved_means(source, target, source_path, target_path)


class _BuiltLayer:
    """A leaf with weights: where they are and which of them are held at zero."""

    def __init__(self, leaf: Leaf, module: nn.Module) -> None:
        self.core = unwrapped(module)
        self.density = leaf.settings.known("weight_density")
        self.weight, self.zero_mask = _tensor(self.core, "weight"), _tensor(module, "zero_mask")

    @property
    def zeros(self) -> Tensor | None:
        """True where a weight is held at zero."""
        kept = _tensor(self.core, "mask")
        if self.zero_mask is not None:
            return self.zero_mask.bool()
        return None if kept is None else ~kept.bool()

    def hold(self, zeros: Tensor | None) -> None:
        """Take a mask over, where this layer can have one."""
        setter: Any = getattr(self.core, "set_mask", None)
        if self.zero_mask is not None and zeros is not None:
            self.zero_mask.copy_(zeros)
        elif callable(setter):
            setter(None if zeros is None else ~zeros)


def _tensor(module: nn.Module | None, name: str) -> Tensor | None:
    value = getattr(module, name, None)
    return value if isinstance(value, Tensor) else None


def unwrapped(module: nn.Module) -> nn.Module:
    """The layer inside of a SparseWeights; another module as it is."""
    inner = getattr(module, "module", None)
    return inner if isinstance(inner, nn.Module) and _tensor(module, "zero_mask") is not None else module


def _weights(source: _BuiltLayer, target: _BuiltLayer, generator: torch.Generator) -> None:
    """The weight of a layer with its mask."""
    a, b = source.weight, target.weight
    if a is None or b is None or a.shape != b.shape:
        return
    if source.density is UNKNOWN and target.density is not UNKNOWN:
        source.hold(target.zeros)
    zeros, held = source.zeros, target.zeros
    if target.density is UNKNOWN or source.density is UNKNOWN or _as_dense(source, target, a.numel()):
        target.hold(zeros)
        b.copy_(a)
        return
    full = a.clone()
    if zeros is not None:  # the weights that the mask has taken
        others = _drawn(a, generator) * a[~zeros].std().nan_to_num()
        full = torch.where(zeros, others, full)
    b.copy_(full if held is None else full.masked_fill(held, 0))


def _as_dense(a: _BuiltLayer, b: _BuiltLayer, weights: int) -> bool:
    return (
        isinstance(a.density, int | float)
        and isinstance(b.density, int | float)
        and abs(a.density - b.density) * weights < 1
    )


def _rest(source: nn.Module, target: nn.Module, keep_boost: bool) -> None:
    """Biases, statistics, duty cycles: whatever has the same name and shape."""
    a, b = unwrapped(source), unwrapped(target)
    target_numbers = dict(named_numbers(b))
    for name, value in named_numbers(a):
        other = target_numbers.get(name)
        if name in ("weight", "mask") or other is None or other.shape != value.shape:
            continue
        if not (keep_boost and name == "boost_strength"):
            other.copy_(value)
    for name in _STATE:
        if hasattr(a, name) and hasattr(b, name) and not (keep_boost and name == "_strength"):
            setattr(b, name, getattr(a, name))


def named_numbers(module: nn.Module, every_name: bool = False) -> Iterator[tuple[str, Tensor]]:
    """Parameters and buffers of a module; `every_name`: one that is registered twice, under both names."""
    yield from module.named_parameters(remove_duplicate=not every_name)
    yield from module.named_buffers(remove_duplicate=not every_name)


def _moved_means(source: Runnable, target: Runnable, source_path: str, target_path: str) -> None:
    """A bias on one side only, in front of a norm that takes means away: the running mean has the bias in it."""
    a, b = _bias(source, source_path), _bias(target, target_path)
    mean = _running_mean_behind(target, target_path)
    if (a is None) is (b is None) or mean is None or _running_mean_behind(source, source_path) is None:
        return
    bias = b if b is not None else a
    if bias is not None and bias.shape == mean.shape:
        mean.add_(bias if b is not None else -bias)


def _bias(network: Runnable, path: str) -> Tensor | None:
    bias = _tensor(unwrapped(network.modules[path]), "bias") if path in network.modules else None
    return None if bias is None else bias.detach()


def _running_mean_behind(network: Runnable, path: str) -> Tensor | None:
    behind = next((after for leaf, after in pairwise(network.sized.leaves) if leaf.path == path), None)
    if behind is None or not behind.has(Trait.REMOVES_MEAN):
        return None
    return _tensor(network.modules.get(behind.path), "running_mean")


def _drawn(like: Tensor, generator: torch.Generator) -> Tensor:
    """Normal numbers; drawn on the CPU, so that a seed means the same on every device."""
    return torch.randn(like.shape, generator=generator, dtype=torch.float64).to(like.dtype).to(like.device)


# Projections that one side holds in one matrix


class _Rows(NamedTuple):
    weight: Tensor
    bias: Tensor | None


def _copy_rows(source: Runnable, target: Runnable, source_path: str, target_path: str) -> None:
    """The rows of several projections (`attention.q+k+v`), where one side holds in one matrix what the other has apart.

    They are taken to stand in the order of the names, one projection below the other, which no print shows.
    """
    copied, taking = _all_rows(source.module, source_path), _all_rows(target.module, target_path)
    if not copied or not taking:
        return
    weight = torch.cat([_flat(rows.weight) for rows in copied])
    bias = torch.cat([_bias_of(rows) for rows in copied])
    if weight.shape != torch.Size((sum(len(rows.weight) for rows in taking), _flat(taking[0].weight).shape[1])):
        return
    at = 0
    for rows in taking:
        end = at + len(rows.weight)
        rows.weight.copy_(weight[at:end].reshape(rows.weight.shape))
        if rows.bias is not None:
            rows.bias.copy_(bias[at:end])
        at = end


def _all_rows(module: nn.Module, path: str) -> list[_Rows]:
    """Of every layer that a path names, in the order of the path; of a MultiheadAttention its own matrix."""
    holder, _, names = path.rpartition(".")
    inside = dict(module.named_modules())
    found: list[_Rows] = []
    for name in names.split("+"):
        layer = inside.get(f"{holder}.{name}" if holder else name)
        attention = inside.get(holder)
        if layer is None and isinstance(attention, nn.MultiheadAttention) and attention.in_proj_weight is not None:
            found.append(_Rows(attention.in_proj_weight, attention.in_proj_bias))
        elif layer is not None and isinstance(weight := getattr(layer, "weight", None), Tensor):
            transposed = type(layer).__name__ == "Conv1D"  # of transformers: inputs come first
            found.append(_Rows(weight.t() if transposed else weight, getattr(layer, "bias", None)))
    return found


def _flat(weight: Tensor) -> Tensor:
    return weight.reshape(len(weight), -1)


def _bias_of(rows: _Rows) -> Tensor:
    return rows.weight.new_zeros(len(rows.weight)) if rows.bias is None else rows.bias
