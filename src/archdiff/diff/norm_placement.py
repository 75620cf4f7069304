"""Where two traced networks have their norms: before what a residual connection goes round, or behind its sum.

That is one decision, whatever differs in the forwards by it. Must not read forwards: `traced_rows` tells where norms
stand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from archdiff.diff.draft import of_places
from archdiff.diff.forward_findings import lines, place_at
from archdiff.diff.forward_sides import ForwardDifference, is_inside, parameter_name
from archdiff.infer import Sized
from archdiff.infer.traced_rows import LAST, POST, norm_placements
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.model.message import message
from archdiff.model.trace import PARAMETER, TENSOR, Argument, ForwardTrace, ModuleCall, Ref
from archdiff.semantics.kinds import Trait

#: the setting of torch's own layers that says it
NORM_FIRST: Final = "norm_first"


class NormPlacement(NamedTuple):
    """Norms that stand elsewhere.

    Attributes:
        candidate: Where they stand in the candidate: `pre` or `post`.
        reference: Where they stand in the reference.
        pairs: Paths of norms that correspond to each other, the candidate's first.
        follow: What the forwards do otherwise because of it.
    """

    candidate: str
    reference: str
    pairs: tuple[tuple[str, str], ...]
    follow: frozenset[ForwardDifference] = frozenset()

    @property
    def norms(self) -> tuple[frozenset[str], frozenset[str]]:
        """Paths of the norms of both sides."""
        return frozenset(each for each, _ in self.pairs), frozenset(each for _, each in self.pairs)

    def is_around(self, difference: ForwardDifference) -> bool:
        """Whether a forward that does something otherwise is that of a norm, or of a module that holds one.

        Args:
            difference: What two forwards do otherwise.
        """
        return any(
            is_inside(each, container)
            for container, norms in zip(difference.containers, self.norms, strict=True)
            for each in norms
        )

    def without(self, findings: Iterable[Finding]) -> NormPlacement | None:
        """What is left beside layers of torch whose setting says it; None where nothing is.

        Args:
            findings: Of one comparison.
        """
        told = {
            places[0].path
            for each in findings
            if each.setting == NORM_FIRST and each.candidate and each.reference
            if not {each.candidate.value, each.reference.value} - {True, False}
            for places in each.all_places
            if places[0]
        }
        left = tuple(pair for pair in self.pairs if pair[0].rpartition(".")[0] not in told)
        return self._replace(pairs=left) if left else None

    def finding(self, consequences: Iterable[Finding], candidate: Sized, reference: Sized) -> Finding:
        """The decision with what follows from it.

        Args:
            consequences: Findings about the forwards that follow.
            candidate: One network.
            reference: The other.
        """
        ours, theirs = lines(candidate), lines(reference)
        places = [(place_at(ours, a), place_at(theirs, b)) for a, b in self.pairs]
        what = message("norm-placement", ours=self.candidate, theirs=self.reference)
        made = of_places("AD110", Effect.FUNCTION, what, "forward", places)
        return replace(made, consequences=tuple(consequences))


def norm_placement(
    both: tuple[Sized, Sized], traces: tuple[ForwardTrace, ForwardTrace], there: Mapping[str, str]
) -> NormPlacement | None:
    """Which norms stand elsewhere; None where none do, or where one network has norms in both places.

    Args:
        both: The networks.
        traces: Of them, in eval mode.
        there: Paths in the reference of the candidate's layers.
    """
    ours, theirs = (
        dict(norm_placements(trace, {leaf.path for leaf in side.leaves if leaf.has(Trait.NORMALIZES)}))
        for side, trace in zip(both, traces, strict=True)
    )
    a, b = ({*found.values()} - {LAST} or {POST} for found in (ours, theirs))
    if len(a) != 1 or len(b) != 1 or a == b:
        return None
    placements = a.pop(), b.pop()
    both_last = [path for path in ours if ours[path] == theirs.get(there.get(path, "")) == LAST]
    pairs = [(path, there[path]) for path in ours if there.get(path) in theirs and path not in both_last]
    met = {each for _, each in pairs}
    alone = (
        [path for path, where in ours.items() if there.get(path) not in theirs and where != LAST],
        [path for path, where in theirs.items() if path not in met and where != LAST],
    )
    pairs += zip(*alone, strict=False)
    return NormPlacement(*placements, tuple(pairs)) if pairs else None


def without_norms(trace: ForwardTrace, paths: Collection[str]) -> ForwardTrace:
    """A forward in which norms give what they take.

    Args:
        trace: Of it.
        paths: Of the norms.
    """
    given: dict[Ref, Ref] = {}
    inside: set[int] = set()
    for call in trace.calls:
        if call.path in paths and call.inputs and call.outputs:
            given[call.outputs[0]] = call.inputs[0]
            inside.update(range(call.first, call.end))

    def source(ref: Ref) -> Ref:
        while ref in given:
            ref = given[ref]
        return ref

    def taken(argument: Argument) -> Argument:
        if isinstance(argument, Ref):
            return source(argument)
        return tuple([taken(each) for each in argument]) if isinstance(argument, tuple) else argument

    operations = [
        each
        if number in inside
        else each._replace(arguments=tuple([(name, taken(held)) for name, held in each.arguments]))
        for number, each in enumerate(trace.operations)
    ]
    calls = [
        call._replace(inputs=tuple(map(source, call.inputs)), outputs=tuple(map(source, call.outputs)))
        for call in trace.calls
        if call.path not in paths
    ]
    return trace._replace(operations=tuple(operations), calls=tuple(calls), outputs=tuple(map(source, trace.outputs)))


def differing(pairs: Iterable[tuple[str, str]], both: tuple[ForwardTrace, ForwardTrace]) -> Iterator[tuple[str, str]]:
    """Of norms that correspond to each other those whose own forwards are not the same, operation by operation.

    Args:
        pairs: Their paths, the candidate's first.
        both: The traces.
    """
    ours, theirs = ({call.path: call for call in reversed(trace.calls)} for trace in both)
    for path, other in pairs:
        if _inside(both[0], ours[path]) != _inside(both[1], theirs[other]):
            yield path, other


def _inside(trace: ForwardTrace, call: ModuleCall) -> list[object]:
    """What runs in a module, wherever it stands."""

    def named(argument: Argument) -> object:
        if isinstance(argument, Ref):
            made = trace.operations[argument.operation]
            if made.name == PARAMETER:
                return parameter_name(made).removeprefix(call.path)
            is_inside = call.first <= argument.operation < call.end
            return argument.operation - call.end if is_inside else argument in call.inputs
        return tuple([named(each) for each in argument]) if isinstance(argument, tuple) else argument

    inside = trace.operations[call.first : call.end]
    return [
        (each.name, [(name, named(held)) for name, held in each.arguments])
        for each in inside
        if each.name not in (PARAMETER, TENSOR)
    ]
