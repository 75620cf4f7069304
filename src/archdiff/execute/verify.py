"""Both networks with the same weights and the same input: where their outputs part first, and how that grows.

Outputs are compared behind every point that both networks share: behind each pair of layers in the same order, behind a
swap or a move as a whole, behind layers that one side lacks. Must not change weights or judge findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from archdiff.execute.trace import Call, Subject, Trace, forward, tensors
from archdiff.model.outcome import Mode, Step

#: relative to the largest number: what the same arithmetic in another order may differ by
_ROUNDING: Final = {torch.float64: 1e-11, torch.float32: 1e-5, torch.bfloat16: 0.05, torch.float16: 0.01}

Pairs = Sequence[tuple[str | None, str | None]]


def compared(candidate: Subject, reference: Subject, pairs: Pairs, x: Tensor, training: bool, seed: int) -> Mode:
    """One mode. Layers that draw random numbers draw the same ones in both of a pair. x: (batch, ...)."""
    places, on_cpu = _places(pairs), x.device.type == "cpu"
    traces = []
    with torch.random.fork_rng([x.device] if x.device.type == "cuda" else []):
        for side in (candidate, reference):
            numbers = {path: number for (name, path), number in places.items() if name == side.name}
            traces.append(forward(side, x, training, _Seeds(seed, numbers, on_cpu)))
    ours, theirs = traces
    steps = tuple(_steps(ours, theirs, pairs))
    return Mode("training" if training else "inference", steps, _output(ours, theirs))


def _places(pairs: Pairs) -> dict[tuple[str, str], int]:
    """(side, path) -> the number that both layers of a pair share."""
    found: dict[tuple[str, str], int] = {}
    for number, paths in enumerate(pairs):
        for name, path in zip(("candidate", "reference"), paths, strict=True):
            if path is not None:
                found[name, path] = number
    return found


@dataclass(frozen=True, slots=True)
class _Seeds:
    """Random numbers of a layer follow from its pair and the number of the call alone."""

    seed: int
    numbers: dict[str, int]
    on_cpu: bool

    def __call__(self, path: str, number: int) -> None:
        seed = (self.seed * 1_000_003 + self.numbers.get(path, 0)) * 1009 + number
        if self.on_cpu:
            torch.default_generator.manual_seed(seed)  # the other one takes 2 ms, to know who to blame on a GPU
        else:
            torch.manual_seed(seed)


# Points that both share


def _steps(ours: Trace, theirs: Trace, pairs: Pairs) -> Iterator[Step]:
    """Every point at which as much has run on both sides, in order."""
    before: list[Call | None] = [None, None]
    for mine, other in segments(ours.calls, theirs.calls, pairs):
        last = [mine[-1] if mine else before[0], other[-1] if other else before[1]]
        before = last
        a, b = (call.output if call else None for call in last)
        if a is not None and b is not None:
            yield _compared(tuple(call.path for call in mine), tuple(call.path for call in other), a, b)


def segments(ours: Sequence[Call], theirs: Sequence[Call], pairs: Pairs) -> Iterator[tuple[list[Call], list[Call]]]:
    """Calls of both sides, cut wherever every pair that has begun is complete."""
    keys = [_keys(calls, pairs, side) for side, calls in enumerate((ours, theirs))]
    shared = set(keys[0]) & set(keys[1])
    waits = [[key if key in shared else None for key in side] for side in keys]
    i = j = 0
    while i < len(ours) or j < len(theirs):
        start = i, j
        while i < len(ours) and waits[0][i] is None:  # layers without a counterpart
            i += 1
        while j < len(theirs) and waits[1][j] is None:
            j += 1
        if (i, j) == start:
            i, j = _closed(waits, i, j)
        yield list(ours[start[0] : i]), list(theirs[start[1] : j])


def _keys(calls: Sequence[Call], pairs: Pairs, side: int) -> list[object]:
    """What both calls of a pair are known by."""
    numbers = {paths[side]: number for number, paths in enumerate(pairs) if None not in paths}
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


def _output(ours: Trace, theirs: Trace) -> Step | None:
    """What both networks give in the end."""
    a, b = tensors(ours.output), tensors(theirs.output)
    if not a or not b:
        return None
    paths = [tuple(call.path for call in trace.calls[-1:]) for trace in (ours, theirs)]
    steps = [_compared(paths[0], paths[1], x, y) for x, y in zip(a, b, strict=False)]
    return next((step for step in steps if not step.same), steps[0])  # of several tensors, the first that differs


# Two outputs


def _compared(mine: tuple[str, ...], other: tuple[str, ...], a: Tensor, b: Tensor) -> Step:
    """a, b: (batch, ...)."""
    shapes = tuple(a.shape[1:]), tuple(b.shape[1:])
    if a.shape != b.shape:
        return Step(mine, other, "shapes", *shapes)
    if a.device.type == "mps":  # which has no double
        a, b = a.cpu(), b.cpu()
    if torch.equal(a, b):
        return Step(mine, other, "equal", *shapes, 0.0, 0.0, 0.0, (0, 0))
    unequal = (a != b) & ~(a.isnan() & b.isnan()) if a.is_floating_point() else a != b
    counts = unequal.flatten(1).count_nonzero(1) if a.dim() > 1 else unequal.long()
    differing = int(counts.sum())
    if not differing:
        return Step(mine, other, "equal", *shapes, 0.0, 0.0, 0.0, (0, 0))
    gap, size = _finite(a.double() - b.double()), _finite(b.double())
    largest = float(gap.abs().max())
    bound = _ROUNDING.get(b.dtype, 0.0) * max(float(size.abs().max()), float(_finite(a.double()).abs().max()))
    same_kind = bool((a.isfinite() == b.isfinite()).all())
    status = "rounding" if largest <= bound and same_kind else "parts"
    norm = float(size.norm())
    return Step(
        mine,
        other,
        status,
        *shapes,
        max_abs=largest,
        relative=float(gap.norm()) / norm if norm else None,
        share=differing / unequal.numel(),
        differing=(int(counts.min()), int(counts.max())),
    )


def _finite(x: Tensor) -> Tensor:
    return x.nan_to_num(0.0, 0.0, 0.0)
