"""Two sized networks to pairs and findings.

`align` says which layer stands for which; of its steps `settings` and `k_winners` judge what differs in a pair,
`missing` a layer of one side, `reordered` another order, `containers` another class around layers, all three by what
`order` derives from the layers. `causes` says what follows from what, `once` tells once what holds of many places,
`spelling` what comes to the same, `unprinted` what no print holds; `recipe` compares how both are trained. This page
puts it together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, zip_longest
from typing import NamedTuple, assert_never

from archdiff.diff import adapters, code, gradients, once, recipe, shared, spelling, tabled, unprinted
from archdiff.diff.accounts import unaccounted, untold
from archdiff.diff.align import Alignment, aligned_trees
from archdiff.diff.causes import findings
from archdiff.diff.draft import Draft
from archdiff.diff.nodes import (
    Added,
    Alike,
    Held,
    Moved,
    Opened,
    Pair,
    Removed,
    Reordered,
    Step,
    Swap,
    nodes,
)
from archdiff.diff.sides import Both, Side
from archdiff.infer import Sized, beyond_the_print, impossible
from archdiff.infer.leaf import Leaf
from archdiff.infer.repeats import Weights
from archdiff.model.effects import Effect
from archdiff.model.facts import FORWARD
from archdiff.model.lazyseq import Runs
from archdiff.model.memo import Same
from archdiff.model.message import message
from archdiff.model.network import UNKNOWN, Layer, Network
from archdiff.model.outcome import BlockPairs, Finding, Place, gravest_first
from archdiff.semantics.containers import Forward, forward
from archdiff.semantics.kinds import IN_PLACE


class Comparison(NamedTuple):
    """What `compare` finds: paths of aligned leaves, findings gravest first, and what both sides should know."""

    pairs: Runs[tuple[str | None, str | None]]  # blocks that are alike are runs of their own: `BlockPairs`
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


def compare(candidate: Sized, reference: Sized) -> Comparison:
    """Everything that differs between two networks that were sized together."""
    ours, theirs = Side(candidate), Side(reference)
    aligned = steps_of(candidate, reference)
    steps = list(_closed(aligned.steps, ours, theirs))
    both = list(_both(steps, ours, theirs))
    opened = [(a, b) for a, b in both if isinstance(a, Leaf) and isinstance(b, Leaf)]
    tables = [(a, b) for a, b in opened if tabled.either(a, b)] if candidate.is_table or reference.is_table else []
    if tables:
        opened = [(a, b) for a, b in opened if not tabled.either(a, b)]
        both = list(opened)
    own, left_out = findings(steps, ours, theirs)
    in_place = any(draft.setting == IN_PLACE and draft.effect >= Effect.TRAINING for draft in own)
    drafts = [
        *once.blocks_whole(own, ours, theirs),
        *unaccounted(steps, aligned.candidate, aligned.reference),
        *(() if in_place else gradients.lost(steps, ours, theirs)),
        *_cut(candidate, reference),
        *tabled.closed(candidate, reference),
        *tabled.repeated(candidate, reference),
        *_forwards(candidate, reference),
        *_inputs(candidate, reference),
        *_misfits(candidate, reference),
    ]
    if all(draft.effect < Effect.TRAINING for draft in drafts):
        drafts += [*tabled.totals(candidate, reference), *tabled.shapes(candidate, reference)]
    found = [draft.frozen() for draft in once.grouped(once.strides_exchanged(drafts))]
    pairs = _pairs(steps, ours)
    facts = unprinted.facts(both)
    found += [
        *tabled.untold(candidate, reference, tables),
        *spelling.derived(opened, ours, theirs),
        *spelling.other_classes(opened),
        *adapters.renamed(opened, both),
        *unprinted.findings(facts, candidate, reference),
        *unprinted.of_classes(candidate, reference),
        *unprinted.shared_weights(candidate, reference),
        *shared.findings(candidate, reference, pairs),
        *spelling.rewritten(steps, candidate, reference),
        *spelling.renamed([*both, *filter(tabled.both_named, tables)], _counts_on(steps), ours, theirs),
        *spelling.spelled(opened, ours, theirs),
    ]
    if not tables and not any(map(_tells_a_difference, found)):
        found += [draft.frozen() for draft in untold(candidate.network.root, reference.network.root)]
    recipes, notes = recipe.compare(candidate.network, reference.network)
    weights = Weights(candidate.network), Weights(reference.network)
    if any(weights):
        found = [_counted(finding, *weights) for finding in found]
        notes = [*notes, *dict.fromkeys(each.note() for each in weights if each)]
    return Comparison(
        pairs,
        gravest_first([*found, *recipes]),
        (
            *(*notes, *_assumptions(candidate, reference), *unprinted.taken_as_usual(facts, candidate)),
            *unprinted.taken_of_one_side(found, ours, theirs),
            *(
                [f"whether both compute the same was not tried everywhere: places left out: {left_out:,}"]
                if left_out
                else []
            ),
        ),
    )


def _not_tried(left_out: int) -> Iterator[str]:
    """That a bound of the work was reached, with how many places were left out."""
    if left_out:
        yield f"whether both compute the same was not tried everywhere: places left out: {left_out:,}"


def _counted(finding: Finding, ours: Weights, theirs: Weights) -> Finding:
    """The finding with all the places that its own stand for, and so are its consequences."""
    if finding.rule == "AD202":  # the first of them that shows it
        return finding
    places = finding.all_places
    counts = [ours.of(a.path) if a else theirs.of(b.path) if b else 1 for a, b in places]
    more = sum(counts) - len(counts)
    follow = tuple([_counted(each, ours, theirs) for each in finding.consequences])
    return replace(finding, count=finding.count + more, consequences=follow)


def _tells_a_difference(finding: Finding) -> bool:
    """Whether it is a difference, or a fact that one side prints."""
    values = [place.value for place in (finding.candidate, finding.reference) if place]
    return finding.is_difference or any(value is not UNKNOWN for value in values)


def _counts_on(steps: Iterable[Step]) -> bool:
    """Whether numbers in names may only count past layers of one side, or of another place."""
    return any(isinstance(step, Added | Removed | Swap | Moved) for step in steps)


def steps_of(candidate: Sized, reference: Sized) -> Alignment:
    """What stands for what."""
    cut = not (candidate.network.complete and reference.network.complete)
    return aligned_trees(*nodes(candidate.normal.root, reference.normal.root, cut))


def _closed(steps: Iterable[Step], ours: Side, theirs: Side) -> Iterator[Step]:
    """Blocks that are alike stay closed where the same comes in, so that all that follows is the same too."""
    for step in steps:
        if isinstance(step, Alike):
            a, b = ours.blocks.get(step.candidate.path), theirs.blocks.get(step.reference.path)
            if a is None or b is None or a.block is not b.block:
                yield from step.opened()
                continue
        yield step


def _both(steps: Iterable[Step], ours: Side, theirs: Side) -> Iterator[Both]:
    """What stands on both sides, in the order of the steps."""
    for step in steps:
        if isinstance(step, Alike):
            yield ours.blocks[step.candidate.path], theirs.blocks[step.reference.path]
            continue
        for pair in _pairs_in(step):
            a, b = ours.leaf(pair.candidate.path), theirs.leaf(pair.reference.path)
            if a is not None and b is not None:
                yield a, b


def _pairs_in(step: Step) -> Iterator[Pair]:
    match step:
        case Pair():
            yield step
        case Swap(inner=inner) | Moved(inner=inner):
            for each in inner:
                yield from _pairs_in(each)


def _pairs(steps: Iterable[Step], ours: Side) -> Runs[tuple[str | None, str | None]]:
    runs: list[Sequence[tuple[str | None, str | None]]] = []
    for is_closed, group in groupby(steps, key=lambda step: isinstance(step, Alike)):
        if is_closed:
            runs += [
                BlockPairs(
                    step.candidate.path, step.reference.path, ours.blocks[step.candidate.path].block.bare.form.paths
                )
                for step in group
                if isinstance(step, Alike)
            ]
        else:
            runs.append(tuple(pair for step in group for pair in _paths(step)))
    return Runs(runs)


def _paths(step: Step) -> Iterator[tuple[str | None, str | None]]:
    match step:
        case Pair(a, b):
            yield a.path, b.path
        case Alike():
            yield from ((pair.candidate.path, pair.reference.path) for pair in step.pairs())
        case Swap(inner=inner) | Moved(inner=inner):
            for each in inner:
                yield from _paths(each)
        case Added(node):
            yield from ((leaf.path, None) for leaf in node.leaves())
        case Removed(node):
            yield from ((None, leaf.path) for leaf in node.leaves())
        case Held() | Reordered() | Opened():
            pass  # containers are no pairs of layers
        case _:
            assert_never(step)


def _inputs(candidate: Sized, reference: Sized) -> Iterator[Draft]:
    """Two inputs that cannot be one."""
    ours, theirs = candidate.input_shape, reference.input_shape
    if ours is None or theirs is None or len(ours) != len(theirs):  # how many dimensions come in is a guess
        return
    if ours != theirs and ours[0] == theirs[0]:
        what = message("no-input-fits", ours=ours, theirs=theirs)
        yield Draft("AD201", Effect.FUNCTION, what, "shape", _root(candidate), _root(reference))


def _cut(candidate: Sized, reference: Sized) -> Iterator[Draft]:
    """A print that is not whole: what is missing is not known, so nothing is identical to it."""
    sides = [name for name, side in (("candidate", candidate), ("reference", reference)) if not side.network.complete]
    if sides:
        what = message("print-ends", side=" and ".join(sides))
        places = _root(candidate), _root(reference)
        yield Draft("AD103", Effect.UNKNOWN, what, "structure", *places, hint=code.WHOLE_PRINT)


def _forwards(candidate: Sized, reference: Sized) -> Iterator[Draft]:
    """Two printed forwards that are other code. Text is never evaluated, so the first line that differs is shown."""
    sides = candidate.network, reference.network
    ours, theirs = ([*_code(side)] for side in sides)
    if not ours or not theirs:
        return
    for a, b in zip_longest(ours, theirs, fillvalue=(0, "its end")):
        if a[1] != b[1]:
            what = message("other-code", ours=a[1].strip(), theirs=b[1].strip())
            places = [Place("", side[0] or own.last_line) for side, own in zip((a, b), sides, strict=True)]
            yield Draft("AD108", Effect.UNKNOWN, what, "structure", places[0], places[1])
            return


def _code(network: Network) -> Iterator[tuple[int, str]]:
    """The lines of a printed forward with their numbers."""
    forward = network.fact(FORWARD)
    for line in forward.value if forward and isinstance(forward.value, tuple) else ():
        match line:
            case (int(number), str(text)) if said := _said(text):
                yield number, said


def _said(text: str) -> str:
    """A line of code without what frees its values (`;  add = None`) and what is no code."""
    said, _, _ = text.partition(";  ")
    return "" if said.lstrip().startswith("#") else said.rstrip()


def _misfits(candidate: Sized, reference: Sized) -> Iterator[Draft]:
    """A layer that cannot take what the one before gives, where nothing unprinted can stand between them."""
    sides = (candidate, reference)
    wrong = [{seen.because for seen in side.contradictions if seen.certain} for side in sides]
    for side, other, name in zip(sides, reversed(wrong), ("candidate", "reference"), strict=True):
        for seen in side.contradictions:
            if seen.certain and seen.because not in other:
                place = Place(seen.path, seen.line)
                what = message("cannot-run", side=name, why=seen.because)
                here, there = (place, None) if side is candidate else (None, place)
                yield Draft("AD202", Effect.FUNCTION, what, "shape", here, there)


def _root(side: Sized) -> Place:
    return Place("", side.network.root.span.line, side.input_shape, side.network.root.class_name)


def _assumptions(candidate: Sized, reference: Sized) -> Iterator[str]:
    """Classes whose forward no print holds, and what shows that they do more than they print."""
    classes = dict.fromkeys(_unknown_containers([side.normal.root for side in (reference, candidate)]))
    if classes:
        yield f"taken to run in printed order (no print holds a forward): {', '.join(classes)}"
    both = [set(impossible(side.contradictions)) for side in (candidate, reference)]
    yield from (f"as printed, each of the two {why}" for why in sorted(both[0] & both[1]))
    yield from beyond_the_print([seen for side in (reference, candidate) for seen in side.contradictions])


def _unknown_containers(roots: Iterable[Layer]) -> Iterator[str]:
    """In printed order; of blocks that share their children the first one tells all."""
    seen: set[Same] = set()
    told: set[str] = set()
    stack = [root for root in roots if root.children][::-1]
    while stack:
        layer = stack.pop()
        if layer.class_name and layer.class_name not in told and forward(layer) is Forward.SOMEBODY:
            told.add(layer.class_name)
            yield layer.class_name
        if (children := Same(layer.children)) not in seen:
            seen.add(children)
            stack += [child for child in reversed(layer.children) if child.children]
