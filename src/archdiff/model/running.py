"""What came of running both networks: plain values, loaded only where they ran."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LayerRun:
    """What one leaf did when it ran; None where it was not measured. Shapes without the batch, densities of 1."""

    path: str
    class_name: str
    calls: tuple[int, ...] = ()  # its places in the order of execution, from 1; none: never called
    output_shape: tuple[int, ...] | None = None
    density: float | None = None  # share of non-zero outputs while training
    density_inference: float | None = None
    k: int | None = None  # the most non-zero outputs that a sample (a position, where local) had while training
    k_inference: int | None = None
    weight_density: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The outputs of both behind one point that they share. Errors are those of the candidate."""

    candidate: tuple[str, ...]  # paths of what ran since the last such point; none: only the reference has a layer here
    reference: tuple[str, ...]
    status: str  # "equal" (bitwise) | "rounding" | "parts" | "shapes" (cannot be compared) | "nan" (on both sides)
    candidate_shape: tuple[int, ...]
    reference_shape: tuple[int, ...]
    max_abs: float | None = None  # the largest difference of two numbers
    relative: float | None = None  # norm of the difference as a share of the reference's norm
    share: float | None = None  # of the numbers that differ
    differing: tuple[int, int] | None = None  # how many of a sample's numbers differ: the fewest and the most

    @property
    def same(self) -> bool:
        """Bitwise, or up to the rounding of the same arithmetic in another order."""
        return self.status in ("equal", "rounding")


@dataclass(frozen=True, slots=True)
class Mode:
    """Both networks with one input in one mode."""

    name: str  # "inference" | "training"
    steps: tuple[Step, ...]  # in the order of the reference
    output: Step | None = None  # what the networks give in the end
    why_not: str = ""  # why these outputs show neither that both are equal nor that they differ: all NaN, all zero

    @property
    def proves(self) -> bool:
        """Whether the outputs show anything; NaN, zeros and constants do not."""
        return not self.why_not

    @property
    def first(self) -> Step | None:
        """Where they part."""
        ends = (self.output,) if self.output else ()
        return next((step for step in (*self.steps, *ends) if not step.same), None)

    @property
    def same(self) -> bool:
        """Whether both give the same in the end, whatever lies between: a norm takes the bias before it away."""
        return self.output.same if self.output else self.first is None


@dataclass(frozen=True, slots=True)
class Measurement:
    """Two live modules with the same weights on several inputs: outputs and gradients, in eval mode and in training."""

    inputs: int
    why_not: str = ""  # what was not equal, or why being equal proves nothing

    @property
    def equal(self) -> bool:
        """Whether it may settle what the prints leave open."""
        return not self.why_not


@dataclass(frozen=True, slots=True)
class RunResult:
    """What came of running both."""

    device: str
    dtype: str
    batch: int
    seed: int
    input_shape: tuple[int, ...]
    undone: tuple[str, ...] = ()  # findings that the candidate was run without: "AD601@cnn1_kwinner"
    candidate: tuple[LayerRun, ...] = ()
    reference: tuple[LayerRun, ...] = ()
    modes: tuple[Mode, ...] = ()  # none where only shapes were asked for
    built: tuple[str, ...] = ()  # sides that are no live modules but built from their prints, in printed order
    measured: Measurement | None = None  # where both are live modules
    notes: tuple[str, ...] = ()  # what was taken for granted, and what was copied
    changes: tuple[str, ...] = ()  # what a live module changed that is not its own, and was taken back
