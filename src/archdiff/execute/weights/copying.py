"""Weights, masks and buffers of one network into the other, along the pairs of their comparison.

What differs by the text stays different: a layer whose weights are dense gets the weights that a mask on the other side
leaves out, and a boost strength that is another setting is kept. What no print holds (the mask of a DSLinear) is taken
over. Must not look at outputs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

import torch
from torch import Tensor, nn

from archdiff.execute.runnable import Runnable
from archdiff.execute.weights import fused
from archdiff.infer.leaf import Leaf
from archdiff.model.network import UNKNOWN
from archdiff.semantics.kinds import Trait

_STATE: Final = ("_strength", "samples_seen")  # of k-winners, beside their buffers
_SPREAD: Final = 0.5  # of what is added to weights that all start with one value

PathPairs = Sequence[tuple[str, str]]


def vary_constants(network: Runnable, generator: torch.Generator) -> None:
    """Draws parameters that all start with one value, and duty cycles, at random.

    A gamma of 1 and a beta of 0 are no different from affine=False, duty cycles of 0 from no boosting.

    Args:
        network: whose numbers are changed.
        generator: on the CPU.
    """
    with torch.no_grad():
        for parameter in network.module.parameters():
            if (
                parameter.is_floating_point()
                and parameter.numel()
                and bool((parameter == parameter.flatten()[0]).all())
            ):
                parameter.add_(_SPREAD * _drawn(parameter, generator))
                parameter.view(-1)[1::2].neg_()  # orders may depend on the sign of a gamma
        for module in network.module.modules():
            duty, won = getattr(module, "duty_cycle", None), getattr(module, "k", 0)
            if isinstance(duty, Tensor) and duty.is_floating_point() and isinstance(won, int):
                duty.copy_(torch.rand(duty.shape, generator=generator, dtype=torch.float64).to(duty.dtype))


def copy_weights(
    source: Runnable, target: Runnable, pairs: PathPairs, boosts: Collection[str], generator: torch.Generator
) -> None:
    """Copies everything of one network that fits into another.

    Args:
        source: whose numbers are copied.
        target: whose numbers are set.
        pairs: paths of layers in the source and in the target.
        boosts: paths in the target of k-winners that keep their boost strength, which is another setting.
        generator: on the CPU, of weights that a mask of the source holds at zero and the target does not.
    """
    with torch.no_grad():
        for source_path, target_path in pairs:
            a, b = source.modules.get(source_path), target.modules.get(target_path)
            if a is not None and b is not None:
                _weights(_Layer.of(source.leaves[source_path], a), _Layer.of(target.leaves[target_path], b), generator)
                _rest(a, b, keep_boost=target_path in boosts)
            else:
                fused.copy_rows(source, target, source_path, target_path)
        _outside_of_layers(source, target)
        for source_path, target_path in pairs:
            _moved_means(source, target, source_path, target_path)


class _Layer:
    """A leaf with weights: where they are and which of them are held at zero."""

    def __init__(self, module: nn.Module, core: nn.Module, density: object) -> None:
        self.module, self.core, self.density = module, core, density

    @classmethod
    def of(cls, leaf: Leaf, module: nn.Module) -> _Layer:
        return cls(module, unwrapped(module), leaf.settings.known("weight_density"))

    @property
    def weight(self) -> Tensor | None:
        weight = getattr(self.core, "weight", None)
        return weight if isinstance(weight, Tensor) else None

    @property
    def zeros(self) -> Tensor | None:
        """True where a weight is held at zero."""
        held, kept = getattr(self.module, "zero_mask", None), getattr(self.core, "mask", None)
        if isinstance(held, Tensor):
            return held.bool()
        return ~kept.bool() if isinstance(kept, Tensor) else None

    def hold(self, zeros: Tensor | None) -> None:
        """Take a mask over, where this layer can have one."""
        held: Any = getattr(self.module, "zero_mask", None)
        setter: Any = getattr(self.core, "set_mask", None)
        if isinstance(held, Tensor) and zeros is not None:
            held.copy_(zeros)
        elif callable(setter):
            setter(None if zeros is None else ~zeros)


def unwrapped(module: nn.Module) -> nn.Module:
    """The layer inside of a SparseWeights; another module as it is."""
    inner = getattr(module, "module", None)
    return inner if isinstance(inner, nn.Module) and isinstance(getattr(module, "zero_mask", None), Tensor) else module


def _weights(source: _Layer, target: _Layer, generator: torch.Generator) -> None:
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


def _as_dense(a: _Layer, b: _Layer, weights: int) -> bool:
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


def _outside_of_layers(source: Runnable, target: Runnable) -> None:
    """Parameters of a custom class, which no layer of the print holds."""
    held = {id(number) for module in target.modules.values() for _, number in named_numbers(module)}
    source_numbers = dict(named_numbers(source.module))
    for name, value in named_numbers(target.module):
        if id(value) not in held and name in source_numbers and source_numbers[name].shape == value.shape:
            value.copy_(source_numbers[name])


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
    bias = getattr(unwrapped(network.modules[path]), "bias", None) if path in network.modules else None
    return bias.detach() if isinstance(bias, Tensor) else None


def _running_mean_behind(network: Runnable, path: str) -> Tensor | None:
    behind = next((after for leaf, after in pairwise(network.sized.leaves) if leaf.path == path), None)
    if behind is None or not behind.has(Trait.REMOVES_MEAN):
        return None
    mean = getattr(network.modules.get(behind.path), "running_mean", None)
    return mean if isinstance(mean, Tensor) else None


def _drawn(like: Tensor, generator: torch.Generator) -> Tensor:
    """Normal numbers; drawn on the CPU, so that a seed means the same on every device."""
    return torch.randn(like.shape, generator=generator, dtype=torch.float64).to(like.dtype).to(like.device)
