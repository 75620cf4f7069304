"""What came of running both networks: plain values, loaded only where they ran."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from archdiff.model.finding import Finding


@dataclass(frozen=True, slots=True)
class LayerRun:
    """What one leaf did when it ran. None where it was not measured; shapes leave out the batch; densities are of 1.

    Attributes:
        path: Names joined with dots, as in a `state_dict`.
        class_name: As printed.
        calls: Its places in the order of execution, counted from 1; none where it was never called.
        output_shape: Shape of its last output.
        density: Share of non-zero outputs in training.
        density_inference: The same in eval mode.
        k: The most non-zero outputs that a sample (a position, where local) had in training.
        k_inference: The same in eval mode.
        weight_density: Share of non-zero weights.
    """

    path: str
    class_name: str
    calls: tuple[int, ...] = ()
    output_shape: tuple[int, ...] | None = None
    density: float | None = None
    density_inference: float | None = None
    k: int | None = None
    k_inference: int | None = None
    weight_density: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The outputs of both networks behind one point that they share. Differences are those of the candidate.

    Attributes:
        candidate: Paths of what ran since the last such point; none where only the reference has a layer here.
        reference: The same of the reference.
        status: "equal" (bitwise), "rounding", "parts", "shapes" (cannot be compared) or "nan" (on both sides).
        candidate_shape: Shape of the output with the batch.
        reference_shape: The same of the reference.
        max_abs: The largest difference of two numbers.
        relative: Norm of the difference as a share of the reference's norm.
        share: Share of the numbers that differ.
        differing: How many of a sample's numbers differ: the fewest and the most.
    """

    candidate: tuple[str, ...]
    reference: tuple[str, ...]
    status: str
    candidate_shape: tuple[int, ...]
    reference_shape: tuple[int, ...]
    max_abs: float | None = None
    relative: float | None = None
    share: float | None = None
    differing: tuple[int, int] | None = None

    @property
    def same(self) -> bool:
        """Whether both are equal bitwise, or up to the rounding of the same arithmetic in another order."""
        return self.status in ("equal", "rounding")


@dataclass(frozen=True, slots=True)
class Mode:
    """Both networks with one input in one mode.

    Attributes:
        name: "inference" or "training".
        steps: The points that both share, in the order of the reference.
        output: What the networks give in the end.
        why_not: Why these outputs show neither that both are equal nor that they differ: all NaN, all zero; else "".
    """

    name: str
    steps: tuple[Step, ...]
    output: Step | None = None
    why_not: str = ""

    @property
    def proves(self) -> bool:
        """Whether the outputs show anything; NaN, zeros and constants do not."""
        return not self.why_not

    @property
    def first(self) -> Step | None:
        """Where the outputs part; None where they do not."""
        ends = (self.output,) if self.output else ()
        return next((step for step in (*self.steps, *ends) if not step.same), None)

    @property
    def before_first(self) -> tuple[Step, ...]:
        """The points before the outputs part; all where they part at none of them."""
        return self.steps[: self.steps.index(self.first)] if self.first in self.steps else self.steps

    @property
    def from_first(self) -> tuple[Step, ...]:
        """Where the outputs part, and all points behind."""
        return self.steps[len(self.before_first) :]

    @property
    def same(self) -> bool:
        """Whether both give the same in the end, whatever lies between: a norm takes the bias before it away."""
        return self.output.same if self.output else self.first is None


class MeasuredDensity(NamedTuple):
    """What comes into a layer, where a finding says that its share of non-zero numbers differs.

    Attributes:
        finding: From which that follows.
        path: Of the layer in the candidate.
        candidate: What ran just before the layer, in the candidate.
        reference: The same in the reference, with another density.
    """

    finding: Finding
    path: str
    candidate: LayerRun
    reference: LayerRun


@dataclass(frozen=True, slots=True)
class Measurement:
    """Two live modules with the same weights on several inputs: outputs and gradients, in eval mode and in training.

    Attributes:
        inputs: How many inputs there were.
        why_not: What was not equal, or why being equal proves nothing; "" where all was equal.
    """

    inputs: int
    why_not: str = ""

    @property
    def equal(self) -> bool:
        """Whether all was."""
        return not self.why_not


@dataclass(frozen=True, slots=True)
class RunResult:
    """What came of running both.

    Attributes:
        device: "cpu", "cuda" ...
        dtype: "float64" ...
        batch: Samples of the input.
        seed: Of weights, input and dropout.
        input_shape: Without the batch.
        undone: Findings that the candidate was run without: "AD601@cnn1_kwinner".
        candidate: What each leaf did, in the order of the print.
        reference: The same of the reference.
        modes: Eval mode and training; none where only shapes were wanted.
        built: Sides that are no live modules but built from their prints, in printed order.
        measured: What several inputs showed, where both are live modules.
        notes: What was taken for granted, and what was copied.
        changes: What a live module changed that is not its own, and was taken back.
    """

    device: str
    dtype: str
    batch: int
    seed: int
    input_shape: tuple[int, ...]
    undone: tuple[str, ...] = ()
    candidate: tuple[LayerRun, ...] = ()
    reference: tuple[LayerRun, ...] = ()
    modes: tuple[Mode, ...] = ()
    built: tuple[str, ...] = ()
    measured: Measurement | None = None
    notes: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()

    @property
    def measured_equal(self) -> bool:
        """Whether two live modules were measured to be equal, which may settle what the prints leave open."""
        return self.measured is not None and self.measured.equal

    def densities(self, findings: Iterable[Finding]) -> Iterator[MeasuredDensity]:
        """What was measured of the densities that follow from findings, where the two have unequal ones.

        Args:
            findings: Of the same comparison.

        Yields:
            One for each consequence about a density, where both networks ran what stands before its layer.
        """
        for finding in findings:
            for each in finding.consequences if finding.candidate else ():
                if each.setting != "density" or each.candidate is None or each.reference is None:
                    continue
                ours = _before(each.candidate.path, self.candidate)
                theirs = _before(each.reference.path, self.reference)
                if ours and theirs and None not in (ours.density, theirs.density) and ours.density != theirs.density:
                    yield MeasuredDensity(finding, each.candidate.path, ours, theirs)


def _before(path: str, layers: Sequence[LayerRun]) -> LayerRun | None:
    """What ran just before this layer."""
    call = next((layer.calls[0] for layer in layers if layer.path == path and layer.calls), 0)
    return next((layer for layer in layers if call - 1 in layer.calls), None)
