"""Two live modules with the same weights on three inputs: outputs and gradients, in eval mode and in training.

What a print leaves open (a function in a user's forward, another class around equal layers) is open no more where all
of this is equal. Must not copy weights (`copying` does) and must not change findings (`evidence` does).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

import torch
from torch import Tensor

from archdiff.execute.live import exceptions
from archdiff.execute.runnable import LayerPairs, Runnable
from archdiff.execute.running.arguments import Arguments
from archdiff.execute.running.evidence import CLEAR, MODES
from archdiff.execute.running.trace import Trace
from archdiff.execute.running.verify import (
    ROUNDING,
    output_step,
    output_tensors,
    run_both,
    why_no_evidence,
    why_not_comparable,
)
from archdiff.execute.weights.common import CommonNumbers
from archdiff.model.errors import BuildError
from archdiff.model.running import Measurement
from archdiff.model.wording import listed

#: of the noise, one an input: what is cut off at 6 (ReLU6) is seen in large numbers alone
SCALES: Final = (1.0, 10.0, 10.0)
_LOUDER: Final = 4.0  # all weights for the last input: behind a norm the size of the input is gone
_LISTED: Final = 3

Gradients = list[Tensor | None]


class MeasuredDifference(NamedTuple):
    """What was not equal on one input in one mode."""

    what: Literal["outputs", "gradient"]
    mode: str  # "inference" | "training"
    name: str = ""  # of the weight in the candidate, or "the input": whose gradient it is
    clear: bool = True  # too large for rounding
    moved: bool = False  # by training alone: outputs of the same input were equal before


def measure_equality(
    candidate: Runnable,
    reference: Runnable,
    pairs: LayerPairs,
    shared: CommonNumbers,
    inputs: Sequence[Arguments],
    seed: int,
) -> tuple[Measurement, tuple[MeasuredDifference, ...]]:
    """Whether both compute the same, in outputs and gradients, in eval mode and in training.

    Args:
        candidate: with the weights of the reference; they are left four times as large.
        reference: the other network; the same.
        pairs: of layers.
        shared: the numbers of both, as they were before a step of training moved statistics.
        inputs: one for each of SCALES, before it is scaled; outputs of the first were equal.
        seed: of what layers draw.

    Returns:
        What was measured, and the differences that are too large for rounding.
    """
    if shared.alone:
        return Measurement(len(inputs), f"weights without a counterpart: {listed(shared.alone, _LISTED)}"), ()
    trials = _Trials(candidate, reference, pairs, shared)
    try:
        for number, (x, scale) in enumerate(zip(inputs, SCALES, strict=True)):
            if number == len(inputs) - 1:
                _louden(candidate, reference)
            found = list(trials.differences(x.scaled(scale), seed + number, moved=number == 0))
            if found:
                return Measurement(len(inputs), _described(found, number)), tuple(each for each in found if each.clear)
    except _Nothing as nothing:
        return Measurement(len(inputs), f"{nothing} (input {number + 1})"), ()
    return Measurement(len(inputs), "" if trials.reached else "no gradient reaches the weights or the input"), ()


class _Nothing(Exception):  # noqa: N818  (a result, not an error)
    """Why one input shows neither that both are equal nor that they differ."""


@dataclass(slots=True)
class _Trials:
    """Both networks, input after input; statistics that training moves are part of what is compared."""

    candidate: Runnable
    reference: Runnable
    pairs: LayerPairs
    shared: CommonNumbers
    reached: bool = field(default=False, init=False)  # whether any gradient was other than zero

    def differences(self, x: Arguments, seed: int, moved: bool) -> Iterator[MeasuredDifference]:
        """For one input; `moved`: outputs can differ by what training has moved alone. Raises _Nothing."""
        for mode in MODES:
            candidate, reference = self._traces(x, mode == "training", seed)
            output, outputs = output_step(candidate, reference), output_tensors(reference.output)
            if why_not := why_not_comparable(candidate, reference) or why_no_evidence(output, outputs):
                raise _Nothing(f"{why_not} in {MODES[mode]}")
            if output is not None and not output.same:
                clear = output.relative is None or output.relative > CLEAR
                yield MeasuredDifference("outputs", mode, clear=clear, moved=moved)
            else:
                yield from self._gradients(candidate, reference, mode, seed)

    def _traces(self, x: Arguments, training: bool, seed: int) -> tuple[Trace, Trace]:
        try:
            return run_both(self.candidate, self.reference, self.pairs, x, training, seed, gradients=True)
        except BuildError as error:  # it ran before, with smaller numbers and without gradients
            raise _Nothing(error.message) from None

    def _gradients(self, candidate: Trace, reference: Trace, mode: str, seed: int) -> Iterator[MeasuredDifference]:
        """Of the output, each number of it weighted at random, to the input and to every weight."""
        parameters = self.shared.parameters
        mine = _gradients(candidate, [each for _, each, _ in parameters], seed)
        other = _gradients(reference, [each for _, _, each in parameters], seed)
        held = [each for each in (*mine, *other) if each is not None]
        if not all(bool(each.isfinite().all()) for each in held):
            raise _Nothing(f"gradients are not finite in {MODES[mode]}")
        largest = max((float(each.abs().max()) for each in held if each.numel()), default=0.0)
        self.reached = self.reached or largest > 0
        names = (*candidate.inputs, *(name for name, _, _ in parameters))
        for name, a, b in zip(names, mine, other, strict=True):
            if (a is None) is not (b is None):  # an optimizer leaves a weight without a gradient alone
                yield MeasuredDifference("gradient", mode, name)
            elif a is not None and b is not None and a.numel():
                gap = float((a - b.reshape(a.shape)).abs().max())
                if gap > ROUNDING.get(a.dtype, 0.0) * largest:
                    yield MeasuredDifference("gradient", mode, name, clear=gap > CLEAR * largest)


def _gradients(trace: Trace, parameters: Sequence[Tensor], seed: int) -> Gradients:
    """Of each input, then of each parameter; None where the output does not depend on it. Raises _Nothing."""
    wanted = [*trace.inputs.values(), *parameters]
    generator = torch.Generator().manual_seed(seed)
    outputs, weights = [], []
    for each in output_tensors(trace.output):
        weight = torch.randn(each.shape, generator=generator, dtype=torch.float64)
        if each.requires_grad:
            outputs.append(each)
            weights.append(weight.to(each.device, each.dtype))
    taken = [each for each in wanted if each.requires_grad]
    if not outputs or not taken:
        return [None] * len(wanted)
    try:
        found = iter(torch.autograd.grad(outputs, taken, weights, allow_unused=True))
    except Exception as error:  # a user's forward overwrote what its backward needs, or a hook of it fails
        raise _Nothing(f"no gradients, {exceptions.first_line(error).partition(':')[0].strip()}") from None
    return [next(found) if each.requires_grad else None for each in wanted]


def _louden(*networks: Runnable) -> None:
    """Zeros stay zeros, so masks hold; a module that stands on both sides is taken once."""
    parameters = {id(each): each for side in networks for each in side.module.parameters()}
    with torch.no_grad():
        for parameter in parameters.values():
            if parameter.is_floating_point():
                parameter.mul_(_LOUDER)


def _described(found: Sequence[MeasuredDifference], number: int) -> str:
    first = found[0]
    modes = " and ".join(dict.fromkeys(MODES[each.mode] for each in found if each.what == first.what))
    if first.moved:
        return f"outputs differ in {modes} after a training step"
    what = "outputs differ" if first.what == "outputs" else f"the gradient of {first.name} differs"
    return f"{what} in {modes} (input {number + 1})"
