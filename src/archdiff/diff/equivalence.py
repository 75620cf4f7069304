"""Layers that differ and compute the same: all findings about such a window become one finding.

Around every grave finding `windows` are looked for; where `proofs` shows that both sides of one compute the same, so do
the networks between its ends.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Final, NamedTuple, TypeAlias

from archdiff.diff import hints
from archdiff.diff.draft import Draft, place
from archdiff.diff.network_index import NetworkIndex
from archdiff.diff.nodes import Node
from archdiff.diff.proofs import Proof, Prover
from archdiff.diff.steps import Added, Alike, ContainerPair, Moved, Opened, Pair, Removed, Step, Swap
from archdiff.diff.windows import (
    SOON,
    Ends,
    Networks,
    Window,
    forgetting,
    is_hopeless,
    is_weighted_pair,
    nearest,
    nodes_of,
    spans,
    window_of,
)
from archdiff.infer.chain import common
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.message import Message, because, message
from archdiff.semantics import runs
from archdiff.semantics.kinds import IN_PLACE

MOST_WINDOWS: Final = 200  # around which it is looked


class EquivalentWindow(NamedTuple):
    """A window whose two sides compute the same, with the one finding about it."""

    steps: tuple[Step, ...]
    pairs: tuple[Pair, ...]
    draft: Draft


def proven(
    steps: Sequence[Step],
    drafts: Iterable[Draft],
    candidate: NetworkIndex,
    reference: NetworkIndex,
    certain_shapes: bool,
) -> tuple[list[Step | EquivalentWindow], int]:
    """Windows whose two sides compute the same, in place of the steps in them.

    Args:
        steps: The alignment.
        drafts: The findings about these steps.
        candidate: One network.
        reference: The other.
        certain_shapes: Shapes follow from an input that is no guess.

    Returns:
        All steps in order, those of such a window as one; and around how many steps none was looked for, since the work
        is bounded.
    """
    prover = Prover(Networks(candidate, reference, certain_shapes))
    grave = _by_path(draft for draft in drafts if draft.effect >= Effect.TRAINING and draft.rule[:3] in _MENDABLE)
    if not grave[0] and not grave[1]:
        return list(steps), 0
    result: list[Step | EquivalentWindow] = []
    done = looked = left_out = 0  # done: steps that are in the result
    ends = _Ends(steps)
    for at in _grave_steps(steps, grave):
        if at < done or (is_hopeless(steps[at]) and not ends.is_forgotten(at)):
            continue
        if looked == MOST_WINDOWS or prover.left <= 0:
            left_out += 1
            continue
        looked += 1
        found = _look_around(steps, at, done, grave, prover, ends)
        if found is not None:
            first, last, inside = found
            result += [*steps[done:first], *inside]
            done = last
    return [*result, *steps[done:]], left_out


def _grave_steps(steps: Sequence[Step], grave: _ByPath) -> list[int]:
    """The places of steps of which something grave was found."""
    ours, theirs = grave
    found = []
    for at, step in enumerate(steps):
        match step:
            case Pair(a, b):
                if a.path in ours or b.path in theirs:
                    found.append(at)
            case Added() | Removed() | Swap() | Moved():
                if next(_drafts_of(step, grave), None) is not None:
                    found.append(at)
    return found


def _look_around(
    steps: Sequence[Step], at: int, done: int, grave: _ByPath, prover: Prover, ends: _Ends
) -> tuple[int, int, list[Step | EquivalentWindow]] | None:
    """The smallest window around a place in which layers compute the same on both sides; None where there is none.

    Returns:
        The first of its steps, the one behind its last, and what replaces them.
    """
    for first, last, whole in spans(steps, at, done):
        group = steps[first:last]
        found = [draft for step in group for draft in _drafts_of(step, grave)]
        proven_steps = _proven(group, found, ends.around(first, last), prover, whole)
        if any(isinstance(step, EquivalentWindow) for step in proven_steps):
            return first, last, proven_steps
    return None


class _Ends:
    """What stands nearest to any stretch of steps, without a walk over all that lies between."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        holds = [isinstance(step, Alike | Pair | Swap | Moved) for step in steps]
        at = [*accumulate((place if holding else -1 for place, holding in enumerate(holds)), max)]
        self._before = [-1, *at]
        places = range(len(steps) - 1, -1, -1)
        back = [*accumulate((place if holds[place] else len(steps) for place in places), min)]
        self._behind = [*back[::-1], len(steps)]
        self._forgetting = forgetting(steps)

    def is_forgotten(self, at: int) -> bool:
        """Whether a step or one soon behind it may be constant, so that weights before it decide nothing."""
        index = bisect_left(self._forgetting, at)
        return index < len(self._forgetting) and self._forgetting[index] < at + SOON

    def around(self, first: int, last: int) -> Ends:
        """The nearest pairs of layers before the step `first`, and behind the one before `last`."""
        before, behind = self._before[first], self._behind[last]
        return nearest(self._steps[max(before, 0) : before + 1], -1), nearest(self._steps[behind : behind + 1], 0)


#: order and structure, shapes, settings, and what matters while training; no winners and no densities
_MENDABLE: Final = ("AD1", "AD2", "AD3", "AD4")

_ByPath: TypeAlias = tuple[dict[str, list[Draft]], dict[str, list[Draft]]]


def _by_path(drafts: Iterable[Draft]) -> _ByPath:
    found: _ByPath = ({}, {})
    for draft in drafts:
        for side, where in enumerate((draft.candidate, draft.reference)):
            if where is not None:
                found[side].setdefault(where.path, []).append(draft)
    return found


def _drafts_of(step: Step, grave: _ByPath) -> Iterator[Draft]:
    for side, nodes in enumerate(_named_of(step)):
        for node in nodes:
            yield from grave[side].get(node.path, ())


def _named_of(step: Step) -> tuple[list[Node], list[Node]]:
    """The nodes of both sides that a finding of a step may name: its layers, and blocks that changed places."""
    ours, theirs, _ = nodes_of(step)
    pairs = (step.first, step.second) if isinstance(step, Swap) else step.pairs if isinstance(step, Moved) else ()
    blocks = [pair for pair in pairs if pair.candidate.layer.children or pair.reference.layer.children]
    return [*ours, *(pair.candidate for pair in blocks)], [*theirs, *(pair.reference for pair in blocks)]


def _proven(
    group: Sequence[Step], found: Sequence[Draft], ends: Ends, prover: Prover, whole: bool
) -> list[Step | EquivalentWindow]:
    """A group as one window, else (unless it is `whole`) in parts between layers with weights whose settings differ."""
    window = window_of(group, ends, prover.networks)
    equal = _equal(window, found, prover) if window else None
    if equal is not None:
        kept = [step for step in group if isinstance(step, ContainerPair | Opened)]
        return [*kept, equal]
    cuts = [at for at, step in enumerate(group) if is_weighted_pair(step)]
    if whole or not cuts or len(group) == 1:
        return list(group)
    result: list[Step | EquivalentWindow] = []
    grave = _by_path(found)
    for start, end in pairwise([-1, *cuts, len(group)]):
        part = group[start + 1 : end]
        own = [draft for step in part for draft in _drafts_of(step, grave)]
        inner = (
            nearest(group[start : start + 1], -1) if start >= 0 else ends[0],
            nearest(group[end : end + 1], 0) if end < len(group) else ends[1],
        )
        result += _proven(part, own, inner, prover, whole=False) if own else part
        result += group[end : end + 1]
    return result


def _equal(window: Window, found: Sequence[Draft], prover: Prover) -> EquivalentWindow | None:
    if not found:  # the findings are about the layer at which the window ends
        return None
    gravest = max(found, key=lambda draft: draft.effect)
    doubtful, assumed = _order_around(window, prover.networks)
    if (doubtful or assumed) and not all(window.apart()):  # it may be a branch
        return None
    proof = prover.prove(window)
    if proof is None:
        return None
    effect, why = proof.effect, _because(proof)
    in_place = [draft for draft in found if draft.setting == IN_PLACE]
    if in_place and effect < in_place[0].effect:
        effect, why = in_place[0].effect, in_place[0].what
    if doubtful:
        why = message("if-in-printed-order", class_name=doubtful, effect=effect.word)
        effect = Effect.UNKNOWN
    if effect >= gravest.effect:
        return None
    taken = message("taken-in-order", class_name=assumed) if assumed and effect < Effect.UNKNOWN else None
    draft = _draft(window, gravest, effect, because(_what(window), why, taken))
    draft.hint = "" if doubtful else _what_decides(proof, window)
    return EquivalentWindow(window.steps, window.pairs, draft)


#: what a condition asks of a layer that prints do not show; every other one is about sizes
_ASKS: Final = {
    "zeros-count": ("avg_pool", "count_include_pad"),
    "slopes-rise": ("prelu", "weight"),
    "slopes-shrink": ("prelu", "weight"),
    "slopes-rise-and-shrink": ("prelu", "weight"),
}


def _what_decides(proof: Proof, window: Window) -> str:
    """How to find out whether the conditions of a proof hold."""
    for need in proof.needs:
        kind, setting = _ASKS.get(need.code, ("", ""))
        for leaf in (*window.leaves[0], *window.leaves[1]):
            if kind and leaf.layer.kind.startswith(kind):
                return hints.value(leaf, setting)
    return "--input-shape decides" if proof.needs else ""


def _draft(window: Window, gravest: Draft, effect: Effect, what: Message) -> Draft:
    ours, theirs = window.apart()
    rule = gravest.rule if ours and theirs else "AD104" if ours else "AD103"
    if ours and theirs and rule in ("AD103", "AD104"):
        rule = "AD101" if Counter(_names(ours)) == Counter(_names(theirs)) else "AD105"
    if rule.startswith("AD3") and effect is Effect.TRAINING:
        rule = "AD401"
    return Draft(
        rule,
        effect,
        what,
        "order" if rule in ("AD101", "AD102") else "structure",
        place(ours[0]) if ours else None,
        place(theirs[0]) if theirs else None,
    )


def _what(window: Window) -> Message:
    ours, theirs = window.apart()
    if ours and theirs:
        return message("computes-the-same", our_names=tuple(_names(ours)), their_names=tuple(_names(theirs)))
    side = "candidate" if ours else "reference"
    return message("only-in", side=side, what=message("layers", names=tuple(_names(ours or theirs))))


def _names(nodes: Sequence[Node]) -> list[str]:
    return [node.layer.class_name for node in nodes]


def _because(proof: Proof) -> Message:
    table = runs.table()
    if proof.needs:
        return message("needs", needs=proof.needs)
    return message("rules", names="; ".join(table[name].because for name in proof.used) or _ONE_FUNCTION)


_ONE_FUNCTION: Final = "the same function of the values that come in here"


def _order_around(window: Window, networks: Networks) -> tuple[str, str]:
    """The class of unknown forward that need not run the layers as printed, and the one that is taken to run so.

    Each "" where there is none.
    """
    doubtful = assumed = ""
    for side, leaves in zip(networks[:2], window.leaves, strict=True):
        for first, second in pairwise(_with_neighbours(side, leaves)):
            taken = side.taken_in_order(first, second)
            if not side.runs_as_neighbours(first, second):
                doubtful = doubtful or taken or "what holds them"
            assumed = assumed or taken
    return doubtful, assumed


def _with_neighbours(side: NetworkIndex, leaves: Sequence[Leaf]) -> list[Leaf]:
    """The leaves, and what stands right before and behind them in the same container.

    What one side lacks may be a branch, elsewhere.
    """
    if not leaves:
        return []
    ends = (side.before(leaves[0]), leaves[0]), (side.behind(leaves[-1]), leaves[-1])
    first, last = (
        [other] if other and common(other.path, leaf.path) == leaf.path.rpartition(".")[0] else []
        for other, leaf in ends
    )
    return [*first, *leaves, *last]
