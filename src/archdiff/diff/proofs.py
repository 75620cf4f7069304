"""Whether both sides of a window compute the same, and by which rules: `semantics.runs` brings both into one form."""

from __future__ import annotations

from itertools import islice
from typing import Final, NamedTuple, TypeAlias

from archdiff.diff.network_index import NetworkIndex
from archdiff.diff.windows import Networks, Window
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.message import Message, message
from archdiff.semantics import runs
from archdiff.semantics.kinds import Partial
from archdiff.semantics.pointwise import Domain
from archdiff.semantics.runs import Op, Ops, Twin
from archdiff.semantics.same_function import ANY_SLOPE, domain_behind, same

MOST_TRIED: Final = 3_000  # layers of windows that no other one equals: about a second
_CONTEXT = 12  # layers before a window that decide which numbers come in

#: what comes into a window, of both sides
_Shapes: TypeAlias = tuple[Partial | None, Partial | None]


class Proof(NamedTuple):
    """That both sides compute the same, from which rules this follows, and what it needs beside the text."""

    effect: Effect
    used: tuple[str, ...]  # names of rules
    needs: tuple[Message, ...] = ()


class Prover:
    """Proves windows of two networks: of equal ones the first, and no more than MOST_TRIED layers of them.

    Attributes:
        networks: Both networks.
        left: Layers of windows that may still be tried.
    """

    def __init__(self, networks: Networks) -> None:
        self.networks = networks
        self.left = MOST_TRIED
        self._known: dict[_Form, Proof | None] = {}
        self._inputs: dict[_Form, _Input] = {}

    def prove(self, window: Window) -> Proof | None:
        """Tries to show that both sides compute the same: from what is certain first, then from more.

        Returns:
            The proof with the weakest needs; None where none was found.
        """
        both = _ops(window)
        if any(map(_prints_more, [op for run in both for op in run])):
            return None
        before = self._before(window)
        form = _form_of(window, both, before)
        if form not in self._known:
            self.left -= len(both[0]) + len(both[1])
            self._known[form] = _proof(window, both, before, self.networks)
        return self._known[form]

    def _before(self, window: Window) -> tuple[_Shapes, _Domains]:
        """What the layers before a window show of the shape and of the numbers that come in, on both sides."""
        both = zip(self.networks[:2], window.leaves, strict=True)
        found = [_input(side, leaves[0], self._inputs) for side, leaves in both if leaves]
        first, last = found[0], found[-1]
        shapes = runs.merged(first.shape, last.shape), runs.merged(last.shape, first.shape)
        return shapes, (first.training.hull(last.training), first.inference.hull(last.inference))


class _Input(NamedTuple):
    """What is known of what comes into a layer: its shape, and which numbers in training and in inference."""

    shape: Partial | None
    training: Domain
    inference: Domain


#: what decides of a window whether both sides compute the same
_Form: TypeAlias = tuple[object, ...]


def _form_of(window: Window, both: tuple[Ops, Ops], before: tuple[_Shapes, _Domains]) -> _Form:
    """The form of a window; equal prints share their settings."""
    operations = [tuple([(op.kind.name, op.settings, op.layer) for op in run]) for run in both]
    return (*operations, *before, *(leaves[0].input_shape if leaves else () for leaves in window.leaves))


def _proof(window: Window, both: tuple[Ops, Ops], before: tuple[_Shapes, _Domains], networks: Networks) -> Proof | None:
    shapes, domains = before
    firsts = [leaves[0].input_shape for leaves in window.leaves if leaves]
    if networks.certain_shapes and None not in firsts:
        shapes = (firsts[0], firsts[-1])
    solved = [each for each in firsts if each is not None] if not networks.certain_shapes else []
    for granted in (False, True):
        if proof := _in_both_modes(both, shapes, domains, granted):
            return proof
        at_solved = (firsts[0] or solved[0], firsts[-1] or solved[0]) if solved else None
        if at_solved and (proof := _in_both_modes(both, at_solved, domains, granted)):
            either = networks.candidate.sized.input_shape or networks.reference.sized.input_shape
            return Proof(Effect.UNKNOWN, proof.used, (message("input-is", shape=either),))
    return None


def _prints_more(op: Op) -> bool:
    """Whether it prints what its kind does not know, or cut what it printed."""
    return any(op.kind.field(name) is None for name in op.settings.printed)


def _in_both_modes(both: tuple[Ops, Ops], shapes: _Shapes, domains: _Domains, granted: bool) -> Proof | None:
    """Equal in training and in inference; in one of them alone it is the other that differs."""
    both = runs.linked(both[0], shapes[0]), runs.linked(both[1], shapes[1])  # once for all that is tried
    modes = ((True, Effect.INFERENCE), (False, Effect.TRAINING))
    found = [
        (_by_form(both, shapes, domain, training, granted), left)
        for (training, left), domain in zip(modes, domains, strict=True)
    ]
    match found:
        case [(Proof() as first, _), (Proof() as second, _)]:
            return max(first, second, key=lambda proof: proof.effect)
        case [(Proof() as proof, left), (None, _)] | [(None, _), (Proof() as proof, left)]:
            return proof._replace(effect=max(proof.effect, left))
    return None


def _by_form(both: tuple[Ops, Ops], shapes: _Shapes, domain: Domain, training: bool, granted: bool) -> Proof | None:
    forms = [runs.reduced(run, x, training, granted) for run, x in zip(both, shapes, strict=True)]
    ends = [runs.shape_behind(run, x) for run, x in zip(both, shapes, strict=True)]
    if None not in ends and ends[0] != ends[1]:
        return None
    slopes = _slopes(forms[0].ops, forms[1].ops, domain, training, granted)
    if slopes is None:
        return None
    used = (forms[0].used - forms[1].used) + (forms[1].used - forms[0].used)
    needs = tuple(dict.fromkeys(need for form in forms for need in form.needs))
    if forms[0].needs and forms[1].needs:  # that two pools both do nothing would make any two one
        return None
    needs = (message(_SLOPES[slopes]),) if slopes in _SLOPES and not needs else needs
    used = used or forms[0].used  # the same on both sides
    return Proof(Effect.UNKNOWN if needs else Effect.EQUIVALENT, tuple(used), needs)


#: between which learned slopes may have to lie, with the message that says so
_SLOPES: Final = {(0.0, 2.0): "slopes-rise", (-1.0, 1.0): "slopes-shrink", (0.0, 1.0): "slopes-rise-and-shrink"}


def _slopes(ours: Ops, theirs: Ops, domain: Domain, training: bool, granted: bool) -> tuple[float, float] | None:
    """Between which bounds all learned slopes have to lie for two forms to be one function; None where that is none."""
    learns = granted and any(op.kind.name == "prelu" for run in (ours, theirs) for op in run)
    bounds = (ANY_SLOPE, *(_SLOPES if learns else ()))
    return next((each for each in bounds if same(ours, theirs, domain, training, each)), None)


def _ops(window: Window) -> tuple[Ops, Ops]:
    both = []
    for side, leaves in enumerate(window.leaves):
        alike = [pair for pair in window.pairs if pair.candidate.layer.kind == pair.reference.layer.kind]
        layer_of = {
            pair[side].path: Twin(at, pair.candidate.key == pair.reference.key) for at, pair in enumerate(alike)
        }
        kinds = [(leaf, leaf.kind) for leaf in leaves if leaf.kind is not None]
        both.append(tuple([Op(kind, leaf.settings, layer=layer_of.get(leaf.path)) for leaf, kind in kinds]))
    return both[0], both[1]


#: which numbers may come in, in training and in inference
_Domains: TypeAlias = tuple[Domain, Domain]


def _input(side: NetworkIndex, leaf: Leaf, known: dict[_Form, _Input]) -> _Input:
    """What the layers before one, and those behind it, show of what comes into it; equal ones are looked at once."""
    before = _ops_beside(side, leaf, behind=False)[::-1]
    ahead = [Op(leaf.kind, leaf.settings), *_ops_beside(side, leaf, behind=True)[: _CONTEXT - 1]] if leaf.kind else []
    form = tuple([op.settings for op in before]), tuple([op.settings for op in ahead])
    if form not in known:
        run = runs.linked(before, None)
        training, inference = (domain_behind(run, Domain(), mode) for mode in (True, False))
        known[form] = _Input(runs.before(run, ahead), training, inference)
    return known[form]


def _ops_beside(side: NetworkIndex, leaf: Leaf, behind: bool) -> list[Op]:
    """What runs right behind a leaf or right before it, the nearest first."""
    beside = islice(side.neighbours(leaf, behind), _CONTEXT)
    return [Op(each.kind, each.settings) for each in beside if each.kind]
