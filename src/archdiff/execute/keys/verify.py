"""Whether a key map holds: both live modules, the candidate's weights drawn at random and mapped into the reference.

Outputs in eval mode are compared in float64. Copies run, so that the modules stay as they are.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from archdiff.execute.keys.apply import converted
from archdiff.execute.keys.keymap import KeyMap
from archdiff.execute.run import vocabulary
from archdiff.execute.trace import tensors
from archdiff.infer import Sized
from archdiff.model.errors import BuildError, UsageError

_NEAR: Final = 1e-9  # of float64 through a hundred layers, relative to the largest output
_BATCH: Final = 2
_SPREAD: Final = 0.1  # of what is added to each weight: a gamma of 1 and a bias of 0 hide where they are used


class Verified(NamedTuple):
    """How far outputs part."""

    difference: float  # the largest, of the largest output
    equal: bool


def verified(key_map: KeyMap, candidate: nn.Module, reference: nn.Module, x: Tensor, seed: int = 0) -> Verified:
    """Both run on one input, the reference with the candidate's weights as the map has them.

    Args:
        key_map: a complete map of the two.
        candidate, reference: live modules, which stay as they are.
        x: (batch, ...) as both take it; floats are taken as float64.
        seed: of the weights.

    Raises:
        BuildError: the weights do not load, or a network cannot take the input.
    """
    ours, theirs = (deepcopy(module).double().eval() for module in (candidate, reference))
    ours.load_state_dict(_drawn(ours.state_dict(), torch.Generator().manual_seed(seed)))
    try:
        theirs.load_state_dict(converted(key_map, ours.state_dict(), theirs.state_dict()), strict=True)
    except RuntimeError as error:
        raise BuildError(f"the reference refuses the mapped weights: {_first(error)}") from None
    first, second = (_output(name, module, x) for name, module in (("candidate", ours), ("reference", theirs)))
    if first.shape != second.shape:
        return Verified(float("inf"), False)
    largest = max(float(first.abs().max()), torch.finfo(torch.float64).tiny)
    difference = float((first - second).abs().max()) / largest
    return Verified(difference, difference <= _NEAR)


def an_input(sides: Sequence[Sized], given: tuple[int, ...] | None) -> Tensor:
    """(batch, ...) of noise, or numbers of words where the first layer looks them up.

    Raises:
        UsageError: no size is given and the prints do not tell one that both take.
    """
    shape = given or (sides[0].input_shape if sides[0].input_shape == sides[1].input_shape else None)
    if shape is None:
        raise UsageError("--verify: the input is not known", way_out="--input-shape, without the batch: 3,224,224")
    chance = torch.Generator().manual_seed(0)
    if words := [number for number in map(vocabulary, sides) if number]:
        return torch.randint(min(words), (_BATCH, *shape), generator=chance)
    return torch.randn((_BATCH, *shape), generator=chance, dtype=torch.float64)


def _drawn(state: Mapping[str, Tensor], chance: torch.Generator) -> dict[str, Tensor]:
    """Every number moved, variances kept positive; whole numbers stay."""
    found = {}
    for key, value in state.items():
        if value.is_floating_point() and value.numel():
            noise = _SPREAD * torch.randn(value.shape, generator=chance, dtype=torch.float64)
            moved = value + noise.to(value)
            found[key] = moved.abs() if key.endswith("running_var") else moved
        else:
            found[key] = value
    return found


def _output(name: str, module: nn.Module, x: Tensor) -> Tensor:
    taken = x.double() if x.is_floating_point() else x
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = tensors(module(taken.clone()))
    except Exception as error:  # somebody's forward raises whatever it likes
        way_out = "--input-shape says what comes in, without the batch: 3,224,224"
        raise BuildError(f"the {name} cannot run on {tuple(x.shape)}: {_first(error)}", way_out=way_out) from None
    if not made:
        raise BuildError(f"the {name} gives no tensor")
    return made[0]


def _first(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
