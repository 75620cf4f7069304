"""Two sized networks to pairs and findings.

`align` says which layer stands for which, `settings` and `k_winners` what differs in a pair, `order` what a swap or a
missing layer changes, `causes` what follows from what, `once` tells once what holds of many places, `recipe` compares
how both are trained. This page puts it together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archdiff.diff import once, recipe, tabled
from archdiff.diff.align import Added, Moved, Pair, Removed, Step, Swap, nodes, steps_between
from archdiff.diff.causes import Draft, findings
from archdiff.effects import Effect
from archdiff.network import Layer, walk
from archdiff.outcome import Finding, Place
from archdiff.rules import runs_in_printed_order
from archdiff.shapes import Sized, beyond_the_print, impossible


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `compare` finds: paths of aligned leaves, findings gravest first, and what both sides should know."""

    pairs: tuple[tuple[str | None, str | None], ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


def compare(candidate: Sized, reference: Sized) -> Comparison:
    """Everything that differs between two networks that were sized together."""
    ours, theirs = nodes(candidate.normal.root, reference.normal.root)
    steps = steps_between(ours, theirs)
    pairs = [pair for step in steps for pair in _leaf_pairs(step)]
    mine = {leaf.path: leaf for leaf in candidate.leaves}
    other = {leaf.path: leaf for leaf in reference.leaves}
    both = [(mine[a], other[b]) for a, b in pairs if a in mine and b in other]
    printed = both
    if candidate.is_table or reference.is_table:
        printed = [(a, b) for a, b in both if not tabled.either(a, b)]
    copied = once.copies(ours), once.copies(theirs)
    drafts = [
        *findings(steps, candidate, reference, copied),
        *_inputs(candidate, reference),
        *_misfits(candidate, reference),
    ]
    found = [draft.frozen() for draft in once.grouped(once.strides_exchanged(drafts))]
    found += [*tabled.untold(candidate, reference, both), *once.derived(printed), *once.unprinted(printed)]
    found += [*once.rewritten(candidate, reference), *once.renamed(printed), *once.spelled(printed)]
    recipes, notes = recipe.compare(candidate.network, reference.network)
    found = sorted([*found, *recipes], key=lambda finding: -finding.effect)
    return Comparison(
        tuple(pairs),
        tuple(found),
        (*notes, *_assumptions(candidate, reference), *once.taken_as_usual(printed)),
    )


def _leaf_pairs(step: Step) -> Iterator[tuple[str | None, str | None]]:
    match step:
        case Pair(a, b):
            yield a.path, b.path
        case Swap(inner=inner) | Moved(inner=inner):
            for each in inner:
                yield from _leaf_pairs(each)
        case Added(node):
            yield from ((leaf.path, None) for leaf in node.leaves())
        case Removed(node):
            yield from ((None, leaf.path) for leaf in node.leaves())


def _inputs(candidate: Sized, reference: Sized) -> Iterator[Draft]:
    """Two inputs that cannot be one."""
    ours, theirs = candidate.input_shape, reference.input_shape
    if ours is not None and theirs is not None and ours != theirs and ours[0] == theirs[0]:
        told = f"no input size fits both: {'x'.join(map(str, ours))} and {'x'.join(map(str, theirs))}"
        yield Draft("AD201", Effect.FUNCTION, told, "shape", _root(candidate), _root(reference))


def _misfits(candidate: Sized, reference: Sized) -> Iterator[Draft]:
    """A layer that cannot take what the one before gives, where nothing unprinted can stand between them."""
    sides = (candidate, reference)
    wrong = [{seen.because for seen in side.contradictions if seen.certain} for side in sides]
    for side, other, name in zip(sides, reversed(wrong), ("candidate", "reference"), strict=True):
        for seen in side.contradictions:
            if seen.certain and seen.because not in other:
                place = Place(seen.path, seen.line)
                told = f"the {name} cannot run: {seen.because}"
                here, there = (place, None) if side is candidate else (None, place)
                yield Draft("AD202", Effect.FUNCTION, told, "shape", here, there)


def _root(side: Sized) -> Place:
    return Place("", side.network.root.span.line, side.input_shape, side.network.root.class_name)


def _assumptions(candidate: Sized, reference: Sized) -> Iterator[str]:
    """Classes whose forward no print holds, and what shows that they do more than they print."""
    classes = dict.fromkeys(name for side in (reference, candidate) for name in _unknown_containers(side.normal.root))
    if classes:
        yield f"taken to run in printed order (no print holds a forward): {', '.join(classes)}"
    both = [set(impossible(side.contradictions)) for side in (candidate, reference)]
    yield from (f"as printed, each of the two {why}" for why in sorted(both[0] & both[1]))
    yield from beyond_the_print([seen for side in (reference, candidate) for seen in side.contradictions])


def _unknown_containers(root: Layer) -> Iterable[str]:
    return (
        layer.class_name
        for _, layer in walk(root)
        if layer.children and layer.class_name and not layer.kind and runs_in_printed_order(layer)
    )
