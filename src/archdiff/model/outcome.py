"""Every value a report may use: plain, frozen, ready to print. The JSON contract is these types.

Must not hold torch objects, and nothing here computes what diff or shapes decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from archdiff.model.effects import Effect, strongest
from archdiff.model.lazyseq import LazySequence
from archdiff.model.message import Message
from archdiff.model.network import Recipe, Value, join

if TYPE_CHECKING:
    from archdiff.model.running import RunResult


class Place(NamedTuple):
    """One side of a finding: where it stands in the original file and what stands there."""

    path: str
    line: int
    value: Value = None  # of the finding's setting
    class_name: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference (or one fact that the text does not hold), with what follows from it."""

    rule: str  # "AD101"
    effect: Effect
    message: str
    aspect: str = ""
    candidate: Place | None = None
    reference: Place | None = None
    setting: str | None = None
    hint: str = ""  # what it may be, or the line of code that would tell
    count: int = 1
    places: tuple[tuple[Place | None, Place | None], ...] = ()
    consequences: tuple[Finding, ...] = ()
    what: Message | None = None  # what the message says, without the words
    measured: str = ""  # what running both showed of it: "equal in eval, training and gradients on three inputs"

    @property
    def not_printed(self) -> bool:
        """Whether it is a fact that at least one text does not hold (AD7xx), because its form of print never does."""
        return self.rule.startswith("AD7")

    @property
    def about_paper(self) -> bool:
        """Whether it is about the reference and its paper (AD0xx), not about the two networks."""
        return self.rule.startswith("AD0")

    @property
    def is_difference(self) -> bool:
        """Whether the two differ in it, so that it enters the verdict and the counts.

        Not what is unknown of one side alone: facts that are not printed, claims of a paper, what a run showed beside
        the text (AD9xx). A network compared with itself has those too.
        """
        return not (self.not_printed or self.about_paper or (self.effect is Effect.UNKNOWN and self.rule >= "AD9"))


def gravest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Differences by their effect, then what is none; equally grave ones stay in their order."""
    return tuple(sorted(findings, key=lambda finding: -finding.effect if finding.is_difference else 0))


class Cost(NamedTuple):
    """Trainable numbers and multiply-accumulates a sample; None where the text does not tell."""

    parameters: int | None
    nonzero_parameters: int | None
    macs: int | None
    at_least: int | None = None  # of a network: the parameters that are known, where there may be more; None: a fact


FREE: Final = Cost(0, 0, 0)


@dataclass(frozen=True, slots=True)
class KnownCost:
    """A cost that was counted before."""

    cost: Cost

    def __call__(self) -> Cost:
        return self.cost


class WithCost:
    """Costs something, which is counted when somebody asks; what is pickled is the cost."""

    __slots__ = ()
    count: Callable[[], Cost]

    def __reduce__(self) -> tuple[Any, ...]:
        values = {each.name: getattr(self, each.name) for each in fields(self)}  # type: ignore[arg-type]
        return partial(type(self), **{**values, "count": KnownCost(self.count())}), ()

    @property
    def parameters(self) -> int | None:
        return self.count().parameters

    @property
    def nonzero_parameters(self) -> int | None:
        return self.count().nonzero_parameters

    @property
    def macs(self) -> int | None:
        return self.count().macs

    @property
    def parameters_at_least(self) -> int | None:
        """The parameters of the layers that tell theirs, where a class of somebody may hold more; None: a fact."""
        return self.count().at_least


@dataclass(frozen=True, slots=True)
class LayerInfo(WithCost):
    """What is known of one leaf, in execution order; None where the text does not hold it. Shapes without the batch."""

    path: str
    line: int
    kind: str
    class_name: str
    settings: Mapping[str, Value]
    input_shape: tuple[int, ...] | None = None
    output_shape: tuple[int, ...] | None = None
    picks_winners: bool = False
    n: int | None = None
    k: int | None = None
    k_inference: int | None = None
    has_weights: bool = False
    weight_density: float | None = None
    density: float | None = None  # share of non-zero outputs in training; an estimate after pooling
    density_inference: float | None = None
    count: Callable[[], Cost] = field(default=KnownCost(FREE), compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class BlockLayers(LazySequence[LayerInfo]):
    """The leaves of a block in one of its places, made when somebody looks."""

    path: str
    length: int
    make: Callable[[], Iterable[LayerInfo]]

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[LayerInfo]:
        return iter(self.make())


@dataclass(frozen=True, slots=True, eq=False)
class BlockPairs(LazySequence[tuple[str, str]]):
    """The leaves of two blocks in which all is the same, names as well."""

    candidate: str
    reference: str
    names: tuple[str, ...]  # paths inside of the blocks

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((join(self.candidate, name), join(self.reference, name)) for name in self.names)


@dataclass(frozen=True, slots=True)
class NetworkInfo(WithCost):
    """One side, as far as the text tells it."""

    source: str
    label: str
    class_name: str
    children: int  # printed child lines, all depths
    first_line: int
    last_line: int
    complete: bool
    input_shape: tuple[int, ...] | None
    input_shape_from: str  # "solved" | "given" | "reference" | "printed" | "unknown"
    other_input_shapes: tuple[tuple[int, ...], ...]  # that fit this network's text as well
    count: Callable[[], Cost] = field(compare=False)
    recipe: Recipe | None
    layers: Sequence[LayerInfo]  # of `Runs`, blocks that stand in several places are runs of their own
    notes: tuple[str, ...] = ()  # assumptions: "forward of SparseNet is not printed: ..."
    left_out: int = 0  # layers of folded lines for which those in `layers` stand


class Suppressed(NamedTuple):
    """A finding that does not count, because somebody has said so: it is not among the findings of the outcome."""

    finding: Finding
    how: str  # "accepted" by a baseline, "ignored", or "left out" by a selection of rules


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one comparison."""

    candidate: NetworkInfo
    reference: NetworkInfo
    pairs: Sequence[tuple[str | None, str | None]]  # paths of aligned leaves; blocks that are alike as in `layers`
    findings: tuple[Finding, ...] = ()  # as `gravest_first` has them, then in order of the reference
    notes: tuple[str, ...] = ()  # "recipes are equal", assumptions shared by both sides
    run: RunResult | None = None  # where both were run
    suppressed: tuple[Suppressed, ...] = ()  # findings that were not selected, or are ignored or accepted

    @property
    def hidden(self) -> int:
        """How many findings were set aside."""
        return len(self.suppressed)

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """All findings, those that were set aside too."""
        return (*self.findings, *(each.finding for each in self.suppressed))

    @property
    def verdicts(self) -> tuple[str, ...]:
        """The strongest effects, two where they are not ordered; "identical" where no printed thing differs.

        What was set aside is left out of the exit code and never out of this: it says what the two networks are.
        """
        return _words(self.all_findings) or ("identical",)

    @property
    def open(self) -> tuple[str, ...]:
        """The same of what was not set aside; nothing where that is no difference."""
        return _words(self.findings)

    @property
    def verdict(self) -> str:
        """One word: the last of `verdicts`."""
        return self.verdicts[-1]

    @property
    def not_printed(self) -> int:
        """Facts that at least one text does not hold: they qualify the verdict and never decide it."""
        return sum(finding.not_printed for finding in self.findings)

    @property
    def counts(self) -> dict[str, int]:
        """Differences by effect, every effect named, unknown last."""
        order = [effect for effect in Effect if effect is not Effect.UNKNOWN] + [Effect.UNKNOWN]
        found = [finding.effect for finding in self.findings if finding.is_difference]
        return {effect.word: found.count(effect) for effect in order}


def _words(findings: Iterable[Finding]) -> tuple[str, ...]:
    found = strongest(finding.effect for finding in findings if finding.is_difference)
    return tuple(effect.word for effect in found)


class Shown(NamedTuple):
    """The answer to `archdiff show`."""

    networks: tuple[NetworkInfo, ...] = ()
