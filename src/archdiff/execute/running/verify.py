"""Both networks with the same weights and the same input: where their outputs part first, and how that grows.

Outputs are compared behind every point that both networks share: behind each pair of layers in the same order, behind a
swap or a move as a whole, behind layers that one side lacks. Outputs that show nothing (NaN, all zero, the same for
every input) are named as such. Must not change weights or judge findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count as counting
from typing import Any, Final

import torch
from torch import Tensor

from archdiff.execute.live.tensors import all_elements
from archdiff.execute.runnable import LayerPairs, Runnable
from archdiff.execute.running.arguments import Arguments
from archdiff.execute.running.evidence import is_near
from archdiff.execute.running.trace import Before, LayerCall, Trace, forward
from archdiff.infer.leaf import Leaf
from archdiff.model.running import Mode, Step
from archdiff.semantics.kinds import Trait

#: relative to the largest number: what the same arithmetic in another order may differ by
ROUNDING: Final = {torch.float64: 1e-11, torch.float32: 1e-5, torch.bfloat16: 0.05, torch.float16: 0.01}


def compare_modes(
    candidate: Runnable, reference: Runnable, pairs: LayerPairs, x: Arguments, another: Arguments, seed: int
) -> tuple[Mode, Mode]:
    """Compares the outputs of both, layer by layer.

    Args:
        candidate: with the weights of the reference.
        reference: the other network.
        pairs: of layers.
        x: what both take, on their device.
        another: of the same shapes with other numbers; shows whether the output depends on the input.
        seed: of what layers draw.

    Returns:
        What was found in eval mode, and in training.
    """
    _, other = run_both(candidate, reference, pairs, another, False, seed)
    modes: list[Mode] = []
    for name in ("inference", "training"):
        traces = run_both(candidate, reference, pairs, x, name == "training", seed)
        output, outputs = output_step(*traces), output_tensors(traces[1].output)
        why_not = why_not_comparable(*traces) if output is None or output.same else ""
        why_not = why_not or why_no_evidence(output, outputs, modes[0].why_not if modes else "")
        constant = not modes and bitwise_equal(outputs, output_tensors(other.output))
        if not why_not and output and output.same and constant:
            why_not = CONSTANT
        modes.append(Mode(name, tuple(_steps(*traces, pairs)), output, why_not))
    return modes[0], modes[1]


def run_both(
    candidate: Runnable,
    reference: Runnable,
    pairs: LayerPairs,
    x: Arguments,
    training: bool,
    seed: int,
    gradients: bool = False,
) -> tuple[Trace, Trace]:
    """One forward of each; layers that draw random numbers draw the same ones in both of a pair.

    Where outputs part in training they draw the same ones in the order of their calls, if outputs are equal then: one
    module may be called in the place of two.

    Args:
        candidate: one network.
        reference: the other one.
        pairs: of layers.
        x: what both take, on their device.
        training: the mode.
        seed: of what layers draw.
        gradients: whether gradients of the output can be taken.
    """
    networks = candidate, reference
    on_cpu = x.first.device.type == "cpu"
    seeded = (_seeding(seed, _pair_numbers(pairs, side), on_cpu) for side in range(len(networks)))
    found = _run(networks, x, training, seeded, gradients)
    if training and all(any(map(_draws, each.leaves.values())) for each in networks) and not _are_near(*found):
        in_order = _run(networks, x, training, (_seeding_in_order(seed, each, on_cpu) for each in networks), gradients)
        return in_order if _are_near(*in_order) else found
    return found


def _run(
    networks: tuple[Runnable, Runnable], x: Arguments, training: bool, seeded: Iterator[Before], gradients: bool
) -> tuple[Trace, Trace]:
    device = x.first.device
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        candidate, reference = (forward(network, x, training, next(seeded), gradients) for network in networks)
    candidate.output, reference.output = _in_one_order(candidate.output, reference.output)
    return candidate, reference


def _are_near(candidate: Trace, reference: Trace) -> bool:
    output = output_step(candidate, reference)
    return output is not None and is_near(output) and not why_not_comparable(candidate, reference)


def _draws(leaf: Leaf) -> bool:
    return leaf.has(Trait.DROPS) and leaf.settings.known("p") != 0


def _pair_numbers(pairs: LayerPairs, side: int) -> dict[str | None, int]:
    """Path in the candidate (0) or the reference (1) -> number of its pair, from 1."""
    return {paths[side]: number for number, paths in enumerate(pairs, 1) if None not in paths}


def _seeding(seed: int, numbers: Mapping[str | None, int], on_cpu: bool) -> Before:
    """Random numbers of a layer follow from its pair and the number of the call alone.

    A layer without a counterpart goes on with those of the layer before it, as a function that stands for it would.
    """

    def before(path: str, number: int) -> None:
        if path in numbers:
            _start(seed, numbers[path], number, on_cpu)

    _start(seed, 0, 0, on_cpu)  # what is drawn before the first layer of a pair
    return before


def _seeding_in_order(seed: int, network: Runnable, on_cpu: bool) -> Before:
    """Random numbers of a layer follow from how many calls of such layers came before."""
    calls = counting(1)

    def before(path: str, _number: int) -> None:
        if _draws(network.leaves[path]):
            _start(seed, next(calls), 0, on_cpu)

    _start(seed, 0, 0, on_cpu)
    return before


def _start(seed: int, pair: int, number: int, on_cpu: bool) -> None:
    # torch's own takes 2 ms, to know who to blame on a GPU
    set_seed = torch.default_generator.manual_seed if on_cpu else torch.manual_seed
    set_seed((seed * 1_000_003 + pair) * 1009 + number)


# Points that both share


def _steps(candidate: Trace, reference: Trace, pairs: LayerPairs) -> Iterator[Step]:
    """Every point at which as much has run on both sides, in order."""
    before: list[LayerCall | None] = [None, None]
    for mine, other in segments(candidate.calls, reference.calls, pairs):
        last = [mine[-1] if mine else before[0], other[-1] if other else before[1]]
        before = last
        a, b = (call.output if call else None for call in last)
        if a is not None and b is not None:
            yield _compared(tuple(call.path for call in mine), tuple(call.path for call in other), a, b)


def segments(
    candidate: Sequence[LayerCall], reference: Sequence[LayerCall], pairs: LayerPairs
) -> Iterator[tuple[list[LayerCall], list[LayerCall]]]:
    """Calls of both networks, cut wherever every pair that has begun is complete."""
    keys = [_keys(calls, pairs, side) for side, calls in enumerate((candidate, reference))]
    shared = set(keys[0]) & set(keys[1])
    waits = [[key if key in shared else None for key in side] for side in keys]
    i = j = 0
    while i < len(candidate) or j < len(reference):
        start = i, j
        while i < len(candidate) and waits[0][i] is None:  # layers without a counterpart
            i += 1
        while j < len(reference) and waits[1][j] is None:
            j += 1
        if (i, j) == start:
            i, j = _closed(waits, i, j)
        yield list(candidate[start[0] : i]), list(reference[start[1] : j])


def _keys(calls: Sequence[LayerCall], pairs: LayerPairs, side: int) -> list[object]:
    """What both calls of a pair are known by."""
    numbers = _pair_numbers(pairs, side)
    return [(numbers[call.path], call.number) if call.path in numbers else call for call in calls]


def _closed(waits: Sequence[Sequence[object]], i: int, j: int) -> tuple[int, int]:
    """How far both sides must run until everything that began is complete."""
    made: tuple[set[object], set[object]] = ({waits[0][i]}, set())
    i += 1
    while made[0] != made[1]:
        if made[0] - made[1]:
            made[1].add(waits[1][j])
            j += 1
        else:
            made[0].add(waits[0][i])
            i += 1
        for side in made:
            side.discard(None)
    return i, j


def output_step(candidate: Trace, reference: Trace) -> Step | None:
    """What both networks give in the end; None where that holds no tensor."""
    a, b = ([each.detach() for each in output_tensors(output)] for output in (candidate.output, reference.output))
    if not a or not b:
        return None
    paths = [tuple(call.path for call in trace.calls[-1:]) for trace in (candidate, reference)]
    steps = [_compared(paths[0], paths[1], x, y) for x, y in zip(a, b, strict=False)]
    return next((step for step in steps if not step.same), steps[0])  # of several tensors, the first that differs


def output_tensors(value: Any) -> list[Tensor]:
    """All tensors in an output, and plain numbers as tensors, in order."""
    found: list[Tensor] = []
    for each in all_elements(value):
        if isinstance(each, Tensor):
            found.append(_dense(each))
        elif isinstance(each, bool | int | float | complex):
            found.append(torch.tensor(each, dtype=torch.complex128 if isinstance(each, complex) else torch.float64))
    return found


def _dense(x: Tensor) -> Tensor:
    """What is kept sparse, quantized or nested, as numbers in their places."""
    if x.is_quantized:
        return x.dequantize()
    if x.is_nested:
        padded: Tensor = torch.nested.to_padded_tensor(x, 0.0)
        return padded
    return x if x.layout is torch.strided else x.to_dense()


def _in_one_order(candidate: Any, reference: Any) -> tuple[Any, Any]:
    """Both outputs; of two dicts with the same keys, those of the candidate in the order of the reference."""
    if isinstance(candidate, Mapping) and isinstance(reference, Mapping) and candidate.keys() == reference.keys():
        candidate = {key: candidate[key] for key in reference}
    return candidate, reference


def why_not_comparable(candidate: Trace, reference: Trace) -> str:
    """Why two outputs cannot be compared as a whole; "" where they can."""
    counts = [len(output_tensors(trace.output)) for trace in (candidate, reference)]
    for name, count, trace in zip(("candidate", "reference"), counts, (candidate, reference), strict=True):
        if not count:
            return f"the output of the {name} ({type(trace.output).__name__}) contains no tensor"
    return "" if counts[0] == counts[1] else f"{counts[0]} output tensors, {counts[1]} in the reference"


# Outputs that prove nothing

CONSTANT: Final = "the output is the same for every input"


def why_no_evidence(output: Step | None, outputs: Sequence[Tensor], before: str = "") -> str:
    """Why equal outputs prove nothing; "" where they do, and where outputs differ.

    Args:
        output: what comparing them gave.
        outputs: the tensors of the reference.
        before: why they proved nothing in eval mode.
    """
    if output is None:
        return "the output contains no tensor"
    if output.status == "nan":
        return "the output is NaN on both sides"
    if not output.same:
        return ""
    if nothing := why_uninformative(outputs):
        return f"the output {nothing}"
    return before if before == CONSTANT else ""


def why_uninformative(outputs: Sequence[Tensor]) -> str:
    """Why equal outputs would prove nothing, as the end of "the output ..."; "" where they would."""
    if not outputs:
        return "contains no tensor"
    if not any(each.numel() for each in outputs):
        return "is empty"
    if any(bool(each.isnan().any()) for each in outputs):
        return "is NaN" if all(bool(each.isnan().all()) for each in outputs) else "is partly NaN"
    if not all(bool(each.isfinite().all()) for each in outputs):
        return "is not finite"
    return "" if any(bool(each.count_nonzero()) for each in outputs) else "is all zero"


def bitwise_equal(some: Sequence[Tensor], others: Sequence[Tensor]) -> bool:
    """Whether all tensors are bitwise equal."""
    return len(some) == len(others) and all(torch.equal(a, b) for a, b in zip(some, others, strict=True))


# Two outputs


def _compared(mine: tuple[str, ...], other: tuple[str, ...], a: Tensor, b: Tensor) -> Step:
    """a, b: (batch, ...)."""
    shapes = tuple(a.shape[1:]), tuple(b.shape[1:])
    if a.shape != b.shape:
        return Step(mine, other, "shapes", *shapes)
    a, b = _comparable(a, b)
    if torch.equal(a, b):
        return Step(mine, other, "equal", *shapes, 0.0, 0.0, 0.0, (0, 0))
    unequal = a != b
    counts = unequal.flatten(1).count_nonzero(1) if a.dim() > 1 else unequal.long()
    gap, size = _finite(a.double() - b.double()), _finite(b.double())
    largest = float(gap.abs().max())
    bound = ROUNDING.get(b.dtype, 0.0) * max(float(size.abs().max()), float(_finite(a.double()).abs().max()))
    norm = float(size.norm())
    return Step(
        mine,
        other,
        _status(a, b, unequal, largest <= bound),
        *shapes,
        max_abs=largest,
        relative=float(gap.norm()) / norm if norm else None,
        share=int(counts.sum()) / unequal.numel(),
        differing=(int(counts.min()), int(counts.max())),
    )


def _comparable(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Of one type, real, where there is double precision."""
    if a.device.type == "mps":
        a, b = a.cpu(), b.cpu()
    if a.is_complex() and b.is_complex():
        a, b = torch.view_as_real(a), torch.view_as_real(b)
    return (a, b) if a.dtype == b.dtype else (a.double(), b.double())


def _status(a: Tensor, b: Tensor, unequal: Tensor, near: bool) -> str:
    """NaN equals nothing, an infinite number itself alone."""
    if bool(a.isnan().any()) and bool(b.isnan().any()):
        return "nan"
    apart = bool((unequal & ~(a.isfinite() & b.isfinite())).any())
    return "rounding" if near and not apart else "parts"


def _finite(x: Tensor) -> Tensor:
    return x.nan_to_num(0.0, 0.0, 0.0)
