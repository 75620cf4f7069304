"""k-winners by the published formulas, on lists of Python floats. No torch: nothing here may share its rounding.

A value is one of single precision wherever the published code holds one: duty cycles, inputs, outputs. Scores, by which
winners are picked, are worked out in double precision instead, since no two libraries round `exp` alike;
`Layer.is_decided` tells the inputs on which that could matter, and `Layer.step` refuses them.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Maps = list[list[list[float]]]  # sample, channel, position; a flat layer has one position
Mask = list[list[list[bool]]]
Unit = tuple[int, int]  # channel, position
Generation = Literal["paper", "first", "today"]  # today's prints break_ties, the first nupic.torch did not

#: of two scores that are nearer than this and not equal, the rounding of exp picks the winner: duty cycles of equal
#: counts in another order can differ in the last bit
_MARGIN = 1e-5


def single(value: float) -> float:
    """The nearest number of single precision."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


@dataclass
class Layer:
    """One layer and its state: duty cycles, samples, boost strength."""

    generation: Generation
    channels: int
    positions: int
    k: int
    k_inference: int
    boost: float
    strict: bool = True
    relu: bool = False
    local: bool = False
    period: int = 10
    decay: float = 0.9
    samples: int = 0
    duty: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.duty = [0.0] * self.channels

    def step(self, x: Maps, passed: Mask, training: bool) -> tuple[Maps, Mask]:
        """Output, and where the gradient must pass; it counts duty cycles while training.

        passed: where the gradient of the layer under test passes. Which of several tied units wins is a choice that the
        formulas leave open where ties are broken: it is taken from here, and must be one that they allow.
        """
        rivals = self.positions * self.channels if not self.local else self.channels
        if self.generation == "paper" and self.k >= rivals:
            wins = [[[value > 0 for value in row] for row in sample] for sample in x]
            return _only(x, wins), wins
        wins = [[[False] * self.positions for _ in range(self.channels)] for _ in x]
        for sample, wins_of, passed_of in zip(x, wins, passed, strict=True):
            assert self.is_decided(sample, training), "the rounding of exp decides"
            for group in self._groups():
                chosen = {(c, p) for c, p in group if passed_of[c][p]}
                for c, p in self._winners({(c, p): sample[c][p] for c, p in group}, chosen, training):
                    wins_of[c][p] = True
        out = _only(x, wins)
        if training:
            self._count(out)
        return out, wins

    def is_decided(self, sample: list[list[float]], training: bool) -> bool:
        """Whether the formulas alone say who wins, and who ties, however `exp` is rounded."""
        k = self.k if training else self.k_inference
        for group in self._groups():
            scores = sorted(self._scores({(c, p): sample[c][p] for c, p in group}, k).values(), reverse=True)
            kth = scores[k - 1]
            if any(score != kth and abs(score - kth) <= _MARGIN * abs(kth) for score in scores):
                return False
        return True

    def decay_boost(self) -> None:
        """What the published recipes do after an epoch."""
        self.boost *= self.decay
        if self.generation == "first":
            self.boost = single(self.boost)

    def _groups(self) -> Iterator[list[Unit]]:
        """The units among which winners are picked."""
        places = range(self.positions)
        if self.local:
            yield from ([(c, p) for c in range(self.channels)] for p in places)
        else:
            yield [(c, p) for c in range(self.channels) for p in places]

    def _winners(self, values: dict[Unit, float], chosen: set[Unit], training: bool) -> set[Unit]:
        k = self.k if training else self.k_inference
        if k == 0:
            return set()
        scores = self._scores(values, k)
        kth = sorted(scores.values(), reverse=True)[k - 1]
        above = {unit for unit, score in scores.items() if score > kth}
        tied = {unit for unit, score in scores.items() if score == kth}
        if not self.strict:
            return {unit for unit in above | tied if not self.relu or scores[unit] >= 0}
        positive = {unit for unit, score in scores.items() if score > 0} if self.relu else set(scores)
        above, tied, k = above & positive, tied & positive, min(k, len(positive))
        assert above <= chosen <= above | tied, "a unit passes that is not among the winners, or one does not that is"
        assert len(chosen) == k, f"{len(chosen)} winners, not {k}"
        return chosen

    def _scores(self, values: dict[Unit, float], k: int) -> dict[Unit, float]:
        target = 0.0 if self.generation == "today" else k / len(values)
        return {
            (c, p): value * math.exp((target - self.duty[c]) * self.boost) if self.boost > 0 else value
            for (c, p), value in values.items()
        }

    def _count(self, out: Maps) -> None:
        """Duty = (duty * (period - batch) + count) / period, every step rounded to single precision."""
        self.samples += len(out)
        period = min(self.period, self.samples)
        for c in range(self.channels):
            positives = sum(value > 0 for sample in out for value in sample[c])
            share = single(positives / self.positions)
            kept = single(self.duty[c] * (period - len(out)))
            self.duty[c] = single(single(kept + share) / period)


def _only(x: Maps, wins: Mask) -> Maps:
    return [
        [
            [value if won else 0.0 for value, won in zip(row, row_wins, strict=True)]
            for row, row_wins in zip(sample, sample_wins, strict=True)
        ]
        for sample, sample_wins in zip(x, wins, strict=True)
    ]
