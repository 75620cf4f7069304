"""The answer to a comparison as plain, frozen values: findings, what is known of each network, and the verdict.

The JSON contract (`as_dict`) is these types. Must not hold torch objects, and computes nothing that `diff/` or `infer/`
decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from archdiff.model.cost import FREE, Cost, KnownCost, WithCost
from archdiff.model.effects import Effect, strongest
from archdiff.model.fact_sheet import FactPair, FactSheet, KnownSheet, beside
from archdiff.model.facts import Comment
from archdiff.model.finding import Finding, decisions
from archdiff.model.lazyseq import LazySequence
from archdiff.model.network import Recipe, Value, join, unnamed

if TYPE_CHECKING:
    from archdiff.model.running import RunResult


#: what a note begins with that names a variant, and so does a hint
KNOWN_AS: Final = "known as "


@dataclass(frozen=True, slots=True)
class LayerInfo(WithCost):
    """What is known of one leaf. Shapes leave out the batch; None is what the text does not hold.

    Attributes:
        path: Names joined with dots, as in a `state_dict`.
        line: Line in the original file, counted from 1.
        kind: Which kind of layer it is, "conv_2d"; "" for a class that archdiff does not know.
        class_name: Class as printed.
        settings: Settings in normal form by name; those printed by position by their index.
        input_shape: Shape of its input.
        output_shape: Shape of its output.
        picks_winners: Whether it is a k-winners layer, which `n`, `k` and `k_inference` belong to.
        n: Units that compete.
        k: Winners in training.
        k_inference: Winners in eval mode.
        has_weights: Whether it is of a kind with weights, which `weight_density` belongs to.
        weight_density: Share of non-zero weights, 0 to 1.
        density: Share of non-zero outputs in training, 0 to 1; behind pooling an estimate.
        density_inference: The same in eval mode.
        cost: Works out what it costs; see `parameters` and `macs`. Takes no part in comparisons.
        text: The line that prints it, with its name; see `printed`. Takes no part in comparisons.
    """

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
    density: float | None = None
    density_inference: float | None = None
    cost: Callable[[], Cost] = field(default=KnownCost(FREE), compare=False, repr=False)
    text: str = field(default="", compare=False, repr=False)

    @property
    def printed(self) -> str:
        """What its line prints behind its name: `Conv2d(1, 64, kernel_size=(5, 5))`.

        What was read from around it stands behind it: `Conv2d(64, 64, kernel_size=(5, 5)) with weight_sparsity=0.4`.
        What a rule made out of the print of another layer has no line of its own: its class then, `Flatten`.
        """
        printed = unnamed(self.text)
        if not printed:
            return f"{self.class_name}(...)"
        return printed if printed.startswith(self.class_name) else self.class_name


@dataclass(frozen=True, slots=True, eq=False)
class BlockLayers(LazySequence[LayerInfo]):
    """The leaves of a block in one of its places, each made when somebody looks at it.

    `names` are paths inside of the block, `make` gives the leaf of a number. `block` gives those that all its places
    share, with paths inside of it and lines of which `shift` is the distance to those of this place.
    """

    path: str
    names: tuple[str, ...]
    make: Callable[[int], LayerInfo]
    block: Callable[[], tuple[LayerInfo, ...]]
    shift: int

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[LayerInfo]:
        return map(self.make, range(len(self.names)))

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, int) and 0 <= index < len(self):
            return self.make(index)
        return LazySequence.__getitem__(self, index)  # `super()` finds no class that has slots

    def paths(self) -> list[str]:
        """The path of each, in printed order."""
        return [join(self.path, name) for name in self.names]


@dataclass(frozen=True, slots=True, eq=False)
class BlockPairs(LazySequence[tuple[str, str]]):
    """The leaves of two blocks in which all is the same, names as well; `names` are paths inside of the blocks."""

    candidate: str
    reference: str
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((join(self.candidate, name), join(self.reference, name)) for name in self.names)


class Skip(NamedTuple):
    """A connection from layer to layer that is not from one to the next: a residual addition, a concatenation.

    Attributes:
        source: Path of the layer whose output goes over others; "" for the input of the network.
        target: Path of the first layer that takes the result; "" where no layer does, and it is the output.
        operation: Where the streams meet, as torch's operator is called: "add", "cat", "mul".
    """

    source: str
    target: str
    operation: str


@dataclass(frozen=True, slots=True)
class NetworkInfo(WithCost):
    """What is known of one of the two networks. Shapes leave out the batch; None is what the text does not hold.

    Attributes:
        source: File or address; "<text>" for a text, "<model>" for a live module.
        label: The most telling of its names.
        class_name: Printed class of the whole network.
        children: Printed child lines at all depths.
        first_line: First line of the print in the file, counted from 1.
        last_line: Last line of the print.
        complete: False where the print was cut off.
        input_shape: Shape of its input.
        input_shape_from: "solved", "given", "reference", "printed" or "unknown".
        other_input_shapes: Other shapes that fit the text as well.
        cost: Works out what it costs; see `parameters` and `macs`. Takes no part in comparisons.
        recipe: Printed optimizers and schedulers.
        layers: The leaves in execution order. In a `Runs` each block that stands in several places is a run of its own.
        notes: What was assumed: "forward of SparseNet is not printed: ..."
        left_out: Layers of folded lines (`1000 x Block`) for which those in `layers` stand.
        sheet: Works out its fact sheet; see `facts`. Takes no part in comparisons.
        skips: What goes over layers in eval mode, at most 2,000 connections; None where its forward was not traced.
    """

    source: str
    label: str
    class_name: str
    children: int
    first_line: int
    last_line: int
    complete: bool
    input_shape: tuple[int, ...] | None
    input_shape_from: str
    other_input_shapes: tuple[tuple[int, ...], ...]
    cost: Callable[[], Cost] = field(compare=False)
    recipe: Recipe | None
    layers: Sequence[LayerInfo]
    notes: tuple[str, ...] = ()
    left_out: int = 0
    comments: tuple[Comment, ...] = ()
    sheet: Callable[[], FactSheet] = field(default=KnownSheet(()), compare=False)
    skips: tuple[Skip, ...] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return self._pickled(cost=KnownCost(self.cost()), sheet=KnownSheet(self.sheet()))

    @property
    def facts(self) -> FactSheet:
        """What a model card would tell of it: a row a fact, worked out when it is first wanted."""
        return self.sheet()

    def __repr__(self) -> str:
        return (
            f"<NetworkInfo {self.label} ({self.source}:{self.first_line}-{self.last_line}), {len(self.layers)} layers>"
        )

    def to_dict(self) -> dict[str, Any]:
        """The network as plain values.

        Returns:
            An item of "networks" in what `archdiff show --format json` prints.
        """
        from archdiff.model import as_dict

        return as_dict.of_network(self)


class Suppressed(NamedTuple):
    """A finding that does not count, because somebody has said so: it is not among the findings of the outcome.

    Attributes:
        finding: What was found.
        by: What says so: "baseline", "ignore", "selection" of other rules, or the "spec" of a paper.
        reason: Why it does not count; "" where nobody says.
    """

    finding: Finding
    by: str
    reason: str = ""

    @property
    def how(self) -> str:
        """What happened to it, in the words of a report: "accepted", "ignored", "explained" or "left out"."""
        return {"baseline": "accepted", "ignore": "ignored", "spec": "explained"}.get(self.by, "left out")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one comparison: a frozen value that can be pickled.

    Attributes:
        candidate: What is known of the candidate (mine).
        reference: What is known of the reference (the original).
        pairs: Paths of the leaves that stand for each other; None where one side has no such leaf.
        findings: What differs and what the texts do not hold, gravest first, then in the order of the reference; each
            on its own, see `decisions`.
        notes: Assumptions shared by both sides, and remarks ("recipes are equal").
        run: What running both showed, where both were run.
        suppressed: Findings that were not selected, or are ignored or accepted.
        traced: What the forwards of two live modules were called with where they do the same in eval mode and in
            training ("x:float32[2,3,224,224]"); empty where they do not, and where they were not traced.
    """

    candidate: NetworkInfo
    reference: NetworkInfo
    pairs: Sequence[tuple[str | None, str | None]]
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    run: RunResult | None = None
    suppressed: tuple[Suppressed, ...] = ()
    traced: tuple[str, ...] = ()

    def __repr__(self) -> str:
        both = f"{self.candidate.label} against {self.reference.label}"
        return f"<Outcome {self.verdict}: {both}, {len(self.findings)} findings>"

    @property
    def facts(self) -> tuple[FactPair, ...]:
        """The fact sheets of both networks beside each other."""
        return beside(self.candidate.facts, self.reference.facts)

    @property
    def hidden(self) -> int:
        """How many findings were suppressed."""
        return len(self.suppressed)

    @property
    def decisions(self) -> tuple[Finding, ...]:
        """The findings as reports show them: one (AD109) for all that follow from one decision about the network."""
        return decisions(self.findings)

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """All findings, suppressed ones too."""
        return (*self.findings, *(each.finding for each in self.suppressed))

    @property
    def verdicts(self) -> tuple[str, ...]:
        """The strongest effects, two where they are not ordered ("training", "inference"); else one.

        "identical" where nothing that is printed differs. Suppressed findings count too: they are left out of the
        exit code and never out of this, which says what the two networks are.
        """
        return _strongest(self.all_findings) or ("identical",)

    @property
    def verdict(self) -> str:
        """One word: the last of `verdicts`, `Effect.word` of an effect or "identical"."""
        return self.verdicts[-1]

    @property
    def other_input_shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shapes that fit both texts as well as the one that was taken."""
        theirs = self.reference.other_input_shapes
        return tuple([shape for shape in self.candidate.other_input_shapes if shape in theirs])

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What a verdict that promises something takes for granted of forward methods; none where it promises nothing.

        A verdict does not where it is "unknown" or "function".
        """
        if self.verdict in ("unknown", "function"):
            return ()
        return tuple(dict.fromkeys([each.assumes for each in self.all_findings if each.assumes]))

    @property
    def open(self) -> tuple[str, ...]:
        """As `verdicts`, of the findings that are not suppressed; empty where none of them is a difference."""
        return _strongest(self.findings)

    @property
    def not_printed(self) -> int:
        """Facts that at least one text does not hold: they qualify the verdict and never decide it."""
        return sum(finding.not_printed for finding in self.findings)

    @property
    def variants(self) -> tuple[str, ...]:
        """The notes that say what papers and libraries call findings: "known as ResNet v1.5 (candidate), ..."."""
        return tuple([note for note in self.notes if note.startswith(KNOWN_AS)])

    @property
    def settled(self) -> int:
        """Differences of unknown effect that are equivalent because a run has measured it."""
        return sum(bool(each.measured) and each.effect is Effect.EQUIVALENT for each in self.findings)

    @property
    def counts(self) -> dict[str, int]:
        """Differences by effect, one for each of the `decisions`: every effect is a key, "unknown" the last."""
        order = [effect for effect in Effect if effect is not Effect.UNKNOWN] + [Effect.UNKNOWN]
        found = [finding.effect for finding in self.decisions if finding.is_difference]
        return {effect.word: found.count(effect) for effect in order}

    def _repr_html_(self) -> str:
        """The page of `--format html` in small, for a notebook."""
        from archdiff.model import notebook

        return notebook.html(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """The report of the terminal, where IPython shows text."""
        from archdiff.model import notebook

        printer.text(repr(self) if cycle else notebook.plain(self))

    def to_dict(self) -> dict[str, Any]:
        """The outcome as plain values: dicts, lists, texts, numbers, booleans and None.

        Returns:
            What `archdiff compare --format json` prints, schema `archdiff/compare/2`; keys are only ever added.
        """
        from archdiff.model import as_dict

        return as_dict.of_outcome(self)


def _strongest(findings: Iterable[Finding]) -> tuple[str, ...]:
    found = strongest(finding.effect for finding in findings if finding.is_difference)
    return tuple(effect.word for effect in found)
