"""Two sized networks to pairs and findings.

`align` says which layer corresponds to which. Of its steps, `settings` and `k_winners` compare the layers of a pair,
`missing` says what a layer of one side changes, `reordered` what another order changes, `containers` what another class
around layers changes; all three use what `layer_effects` derives from the kinds. `causes` orders findings by what
follows from what, `grouping` makes one finding of the same one in many places, `notation` finds what is printed
differently and means the same, `unprinted` what no print holds, and `recipe` compares how both are trained. This module
puts it together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, zip_longest
from typing import NamedTuple, assert_never

from archdiff.diff import (
    adapters,
    beside_layers,
    decisions,
    forward_limits,
    forward_pairs,
    forwards,
    gradients,
    grouping,
    hints,
    live,
    moved_strides,
    notation,
    recipe,
    renamed,
    reordered,
    shared_weights,
    summary_tables,
    traced,
    unprinted,
    unprinted_classes,
)
from archdiff.diff.align import Alignment, aligned_trees
from archdiff.diff.beside_forward import BesidePrint, traces_of
from archdiff.diff.causes import findings
from archdiff.diff.coverage import printed_otherwise, uncovered
from archdiff.diff.draft import Draft, on_side, root_place
from archdiff.diff.live_modules import LiveNetwork
from archdiff.diff.network_index import Counterparts, NetworkIndex
from archdiff.diff.nodes import nodes
from archdiff.diff.run_order import run_order
from archdiff.diff.steps import Added, Alike, ContainerPair, Moved, Opened, Pair, Removed, Reordered, Step, Swap
from archdiff.infer import Sized, beyond_the_print, impossible
from archdiff.infer.leaf import Leaf
from archdiff.infer.repeats import Weights
from archdiff.model.effects import Effect
from archdiff.model.facts import FORWARD
from archdiff.model.finding import Finding, Place, gravest_first
from archdiff.model.lazyseq import Runs
from archdiff.model.message import message
from archdiff.model.network import CHILDREN, UNKNOWN, Layer, Network
from archdiff.model.outcome import BlockPairs
from archdiff.model.wording import NEITHER_RUNS
from archdiff.semantics.containers import Forward, forward
from archdiff.semantics.kinds import IN_PLACE


class Comparison(NamedTuple):
    """What `compare` finds.

    Attributes:
        pairs: Paths of aligned leaves, the candidate's first, None where one side has no such layer; in the order of
            the alignment. Blocks that are alike are runs of their own: `BlockPairs`.
        findings: Gravest first.
        notes: What was taken for granted or left out, a sentence each.
        traced: What both forwards were called with where they do the same in eval mode and in training; else empty.
    """

    pairs: Runs[tuple[str | None, str | None]]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    traced: tuple[str, ...] = ()


def compare(candidate: Sized, reference: Sized) -> Comparison:
    """Everything that differs between two networks.

    Args:
        candidate: One network.
        reference: The other; both were sized together, so that blocks of equal lines are one object.

    Returns:
        Pairs, findings and notes.
    """
    ours, theirs = NetworkIndex(candidate), NetworkIndex(reference)
    aligned = steps_of(candidate, reference)
    steps = list(_closed(aligned.steps, ours, theirs))
    drafts, left_out = _drafts(aligned, steps, ours, theirs)
    held = LiveNetwork(candidate), LiveNetwork(reference)
    drafts = grouping.grouped(moved_strides.joined(live.filled(drafts, *held), ours, theirs))
    beside = live.beside_prints(drafts, steps, *held)  # first, since it adds consequences
    found = [draft.frozen() for draft in drafts]
    is_table = candidate.network.is_table or reference.network.is_table
    both, tables = summary_tables.parted(list(_both(steps, ours, theirs)), is_table)
    pairs, open_settings = _pairs(steps, ours), unprinted.settings(both)
    opened = [(a, b) for a, b in both if isinstance(a, Leaf) and isinstance(b, Leaf)]
    found += [
        *summary_tables.not_in_tables(candidate, reference, tables),
        *notation.derived(opened, ours, theirs),
        *notation.other_classes(opened),
        *adapters.renamed(opened, both),
        *unprinted.findings(open_settings, *held),
        *_of_classes(*held, pairs),
        *notation.rewritten(steps, candidate, reference),
        *renamed.findings([*both, *filter(summary_tables.both_named, tables)], _counts_on(steps), ours, theirs),
        *notation.spelled(opened, ours, theirs),
    ]
    if not tables and not any(map(_names_a_difference, found)):
        found += [draft.frozen() for draft in printed_otherwise(candidate.network.root, reference.network.root)]
    recipes, notes = recipe.compare(candidate.network, reference.network)
    weights = ours.weights, theirs.weights
    if any(weights):
        found = [_counted(finding, *weights) for finding in found]
        notes = [*notes, *dict.fromkeys(each.note() for each in weights if each)]
    found += [draft.frozen() for draft in beside]  # each has a place for every module already
    known = forward_pairs.compared(candidate, reference, aligned.steps)
    if known is not None:
        found = moved_strides.with_shortcuts(traced.with_forwards(found, known, candidate, reference), both)
    beside_print = (
        BesidePrint(ours, theirs, aligned.steps) if forward_limits.is_beside_a_print(candidate, reference) else None
    )
    if beside_print is not None:
        found = beside_print.answered(found)
    found += beside_layers.findings(candidate, reference)
    if not any(finding.rule == "AD110" for finding in found):
        found += forward_limits.unknown_forwards(candidate, reference, known)
    notes += [
        *(() if known is not None else _assumptions(candidate, reference, beside_print)),
        *forward_limits.not_traced(candidate, reference, known),
        *unprinted.taken_as_usual(open_settings, candidate),
    ]
    notes += [*unprinted.taken_of_one_side(found, ours, theirs), *_not_tried(left_out)]
    explained = decisions.explained([*found, *recipes], both, ours, theirs)
    if candidate.network.has_configuration or reference.network.has_configuration:
        from archdiff.diff import beside_configs

        explained = beside_configs.completed(explained, candidate, reference)
    return Comparison(pairs, gravest_first(explained), tuple(notes), known.same if known is not None else ())


def _of_classes(
    candidate: LiveNetwork, reference: LiveNetwork, pairs: Runs[tuple[str | None, str | None]]
) -> Iterator[Finding]:
    """What classes of somebody hold and no print shows, and which names are one weight."""
    both = candidate.sized, reference.sized
    if not any(side.network.is_table for side in both):
        yield from unprinted_classes.of_classes(candidate, reference)
    yield from unprinted.tied_embeddings(*both)
    yield from shared_weights.findings(candidate, reference, pairs)


def compare_configurations(candidate: Sized, reference: Sized) -> Comparison:
    """Everything that differs between two networks of which nothing but configurations is known.

    Args:
        candidate: One network.
        reference: The other.

    Returns:
        Findings and notes; no layers are paired, since none are known.
    """
    from archdiff.diff import configs  # few comparisons are of configurations

    found = configs.findings(candidate, reference)
    return Comparison(Runs([]), gravest_first(found), tuple(configs.notes(candidate, reference)))


def _drafts(
    aligned: Alignment, steps: Sequence[Step], ours: NetworkIndex, theirs: NetworkIndex
) -> tuple[list[Draft], int]:
    """What differs by the alignment and by the two networks as wholes; and how many places were left out."""
    candidate, reference = ours.sized, theirs.sized
    own, left_out = findings(steps, ours, theirs)
    in_place = any(draft.setting == IN_PLACE and draft.effect >= Effect.TRAINING for draft in own)
    drafts = [
        *grouping.blocks_whole(own, ours, theirs),
        *uncovered(steps, aligned.candidate, aligned.reference),
        *(() if in_place else gradients.lost(steps, ours, theirs)),
        *_cut(candidate, reference),
        *summary_tables.closed(candidate, reference),
        *summary_tables.repeated(candidate, reference),
        *_forwards(candidate, reference),
        *_inputs(candidate, reference),
        *_misfits(candidate, reference),
        *(reordered.printed_elsewhere(steps) if traces_of(candidate) and traces_of(reference) else ()),
    ]
    if all(draft.effect < Effect.TRAINING for draft in drafts):
        drafts += [*summary_tables.totals(candidate, reference), *summary_tables.shapes(candidate, reference)]
    return drafts, left_out


def _not_tried(left_out: int) -> Iterator[str]:
    """That a bound of the work was reached; `left_out` counts places."""
    if left_out:
        yield f"whether layers that differ compute the same was not tried everywhere; places left out: {left_out:,}"


def _counted(finding: Finding, ours: Weights, theirs: Weights) -> Finding:
    """The finding, and its consequences, with a count of all layers that the printed ones stand for."""
    if finding.rule == "AD202":  # the first of them that shows it
        return finding
    places = finding.all_places
    counts = [ours.of(a.path) if a else theirs.of(b.path) if b else 1 for a, b in places]
    more = sum(counts) - len(counts)
    follow = tuple([_counted(each, ours, theirs) for each in finding.consequences])
    return replace(finding, count=finding.count + more, consequences=follow)


def _names_a_difference(finding: Finding) -> bool:
    """Whether it is a difference, or a fact that one side prints."""
    values = [place.value for place in (finding.candidate, finding.reference) if place]
    return finding.is_difference or any(value is not UNKNOWN for value in values)


def _counts_on(steps: Iterable[Step]) -> bool:
    """Whether numbers in names may only count past layers of one side, or of another place."""
    return any(isinstance(step, Added | Removed | Swap | Moved) for step in steps)


def steps_of(candidate: Sized, reference: Sized) -> Alignment:
    """The alignment of two networks.

    Args:
        candidate: One network.
        reference: The other; both were sized together.
    """
    cut = not (candidate.network.complete and reference.network.complete)
    traces = traces_of(candidate)[:1], traces_of(reference)[:1]
    ran = [run_order(trace) for side in traces for trace in side] if all(traces) else [{}, {}]
    return aligned_trees(*nodes(candidate.normal.root, reference.normal.root, cut, (ran[0], ran[1])))


def modules_of_both(candidate: Sized, reference: Sized) -> dict[str, str]:
    """Paths of the layers and containers of the candidate with those that they have in the reference.

    Args:
        candidate: One network.
        reference: The other; both were sized together.
    """
    return forwards.paths(steps_of(candidate, reference).steps)


def _closed(steps: Iterable[Step], ours: NetworkIndex, theirs: NetworkIndex) -> Iterator[Step]:
    """Blocks that are alike stay closed where the same comes in, so that all that follows is the same too."""
    for step in steps:
        if isinstance(step, Alike):
            a, b = ours.blocks.get(step.candidate.path), theirs.blocks.get(step.reference.path)
            if a is None or b is None or a.block is not b.block:
                yield from step.opened()
                continue
        yield step


def _both(steps: Iterable[Step], ours: NetworkIndex, theirs: NetworkIndex) -> Iterator[Counterparts]:
    """All pairs of leaves and of closed blocks, in the order of the steps."""
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


def _pairs(steps: Iterable[Step], ours: NetworkIndex) -> Runs[tuple[str | None, str | None]]:
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
        case ContainerPair() | Reordered() | Opened():
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
        places = root_place(candidate, ours), root_place(reference, theirs)
        yield Draft("AD201", Effect.FUNCTION, what, "shape", *places)


def _cut(candidate: Sized, reference: Sized) -> Iterator[Draft]:
    """A print that is not whole: what is missing is not known, so nothing is identical to it."""
    both = ("candidate", candidate), ("reference", reference)
    if cut := [name for name, sized in both if not sized.network.complete]:
        what = message("print-ends", side=" and ".join(cut))
        places = root_place(candidate, candidate.input_shape), root_place(reference, reference.input_shape)
        yield Draft("AD103", Effect.UNKNOWN, what, "structure", *places, hint=hints.WHOLE_PRINT)


def _forwards(candidate: Sized, reference: Sized) -> Iterator[Draft]:
    """Two printed forwards that are other code. Text is never evaluated, so the first line that differs is shown."""
    ours, theirs = [*_code(candidate.network)], [*_code(reference.network)]
    if not ours or not theirs:
        return
    for a, b in zip_longest(ours, theirs, fillvalue=(0, "its end")):
        if a[1] != b[1]:
            what = message("other-code", ours=a[1].strip(), theirs=b[1].strip())
            places = Place("", a[0] or candidate.network.last_line), Place("", b[0] or reference.network.last_line)
            yield Draft("AD108", Effect.UNKNOWN, what, "structure", *places)
            return


def _code(network: Network) -> Iterator[tuple[int, str]]:
    """The lines of a printed forward with their numbers, without what frees values (`;  add = None`) and comments."""
    for line in network.rows(FORWARD):
        match line:
            case (int(number), str(text)):
                code = text.partition(";  ")[0].rstrip()
                if code and not code.lstrip().startswith("#"):
                    yield number, code


def _misfits(candidate: Sized, reference: Sized) -> Iterator[Draft]:
    """A layer that cannot take what the one before gives, where nothing unprinted can stand between them."""
    both = (candidate, reference)
    wrong = [impossible(side.contradictions) for side in both]
    for side, own, other, name in zip(both, wrong, reversed(wrong), ("candidate", "reference"), strict=True):
        for because, each in own.items():
            if because not in other:
                what = message("cannot-run", side=name, why=f"{because}{each.lines(side.network)}")
                places = on_side(Place(each.path, each.line), side is candidate)
                yield Draft("AD202", Effect.FUNCTION, what, "shape", *places)


def _assumptions(candidate: Sized, reference: Sized, traced: BesidePrint | None) -> Iterator[str]:
    """Classes whose forward no print holds, and what shows that they do more than they print."""
    classes = _unknown_containers([side.normal.root for side in (reference, candidate)])
    otherwise = traced.out_of_order() if traced is not None else frozenset()
    if alike := [each for each in classes if each in otherwise]:
        side = "candidate" if traces_of(candidate) else "reference"
        yield f"taken to run as in the {side}, which as traced is not the printed order alone: {', '.join(alike)}"
    if classes := [each for each in classes if each not in otherwise]:
        yield f"taken to run in printed order (no print shows a forward method): {', '.join(classes)}"
    ours, theirs = (impossible(side.contradictions) for side in (candidate, reference))
    for why, each in ours.items():
        if why in theirs:
            lines = dict.fromkeys([each.lines(candidate.network), theirs[why].lines(reference.network)])
            yield f"{NEITHER_RUNS}: {why}{','.join(lines)}"
    prints = [side for side in (reference, candidate) if not traces_of(side)]  # how the others run is known
    yield from beyond_the_print(
        each
        for side in prints
        for each in side.contradictions
        if traced is None or not traced.explains(each, otherwise)
    )


def _unknown_containers(roots: Iterable[Layer]) -> list[str]:
    """Class names in printed order; blocks that share their children are searched once."""
    found: dict[str, None] = {}
    searched: set[int] = set()  # by identity, which holds as long as the roots do
    stack = [root for root in roots if root.children][::-1]
    while stack:
        layer = stack.pop()
        if layer.class_name not in found and forward(layer) is Forward.SOMEBODY:
            found[layer.class_name] = None
        if id(layer.children) not in searched:
            searched.add(id(layer.children))
            stack += filter(CHILDREN, reversed(layer.children))
    return [name for name in found if name]
