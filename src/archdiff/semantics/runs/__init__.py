"""Layers that run one behind the other, brought into the form that all with the same computation share.

One file a rule, each exporting `RULE`. `rules` rewrites what is printed, from the text alone and before anything is
compared; a rule here rewrites a few operations where two networks were found to differ, and may need the shape that
comes in. A condition that cannot be evaluated is no reason to rewrite: the rule then says what would have to hold.
Knows one network at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Final, NamedTuple, TypeAlias

from archdiff.model import plugins
from archdiff.model.message import Message
from archdiff.model.network import Value
from archdiff.semantics.kinds import Kind, Misfit, NotKnown, Partial, Settings, Shape, Trait
from archdiff.semantics.runs import _shapes

MOST_REWRITES: Final = 200  # of one sequence; they are short, and rules take something away or move it forward


#: stands for the layer of an operation that a rule made
PART: Final = "part"


class Op(NamedTuple):
    """One layer of a sequence, or a part of one."""

    kind: Kind
    settings: Settings
    input: Partial | None = None  # None: not even the number of dimensions is known
    output: Partial | None = None
    layer: object = None  # equal for layers of two networks that stand for each other

    @property
    def input_shape(self) -> Shape | None:
        """The shape that comes in; None unless all of it is known."""
        return _shapes.whole(self.input)

    @property
    def output_shape(self) -> Shape | None:
        """The shape that comes out; None unless all of it is known."""
        return _shapes.whole(self.output)

    def has(self, trait: Trait) -> bool:
        """Whether it has a trait with these settings."""
        return self.kind.has(trait, self.settings)


class Twin(NamedTuple):
    """A layer that has its counterpart in the other network, of the same kind."""

    number: int
    alike: bool  # in all settings


#: operations in the order in which they run
Ops: TypeAlias = tuple[Op, ...]


class Rewritten(NamedTuple):
    """What became of operations, shapes apart, and what this takes for granted; None: nothing."""

    ops: Ops
    needs: Message | None = None


class RunRule(NamedTuple):
    """When two sequences of operations compute the same."""

    name: str
    because: str  # for a message: "dropout does nothing in inference"
    #: a sequence -> what becomes of it; None where the rule finds nothing. It may raise Misfit and NotKnown.
    rewrite: Callable[[Ops], Rewritten | None]
    in_inference: bool = False  # it does not hold while training


class Reduced(NamedTuple):
    """Operations in the common form, how often each rule was used, and what was taken for granted."""

    ops: Ops
    used: Counter[str]
    needs: tuple[Message, ...]


def stepwise(*steps: tuple[int, Callable[..., Rewritten | None]]) -> Callable[[Ops], Rewritten | None]:
    """The `rewrite` of a rule that looks at one operation, or at some neighbours, at a time.

    Args:
        steps: (how many neighbours, a function of as many operations). It gives what takes their place alone, or None
            where they stay. At each operation all are tried in this order, with the neighbours before it.

    Returns:
        A function of a sequence: its first rewrite that takes nothing for granted, else the first that does.
    """

    def rewrite(ops: Ops) -> Rewritten | None:
        conditional: Rewritten | None = None
        for end in range(1, len(ops) + 1):
            for count, step in steps:
                start = end - count
                found = step(*ops[start:end]) if start >= 0 else None
                if found is None:
                    continue
                whole = Rewritten((*ops[:start], *found.ops, *ops[end:]), found.needs)
                if found.needs is None:
                    return whole
                conditional = conditional or whole
        return conditional

    return rewrite


@cache
def table() -> dict[str, RunRule]:
    """RunRule name -> rule, in the alphabetical order of the files."""
    return plugins.by_name(__name__, "RULE", RunRule)


def reduced(ops: Ops, x: Partial | None, training: bool, granted: bool) -> Reduced:
    """The common form of a sequence of operations.

    Args:
        ops: in the order in which they run.
        x: the shape that comes into the first of them, as far as it is known.
        training: the form holds while training, too; otherwise in inference.
        granted: conditions that no print shows are taken to hold, and listed.
    """
    used: Counter[str] = Counter()
    needs: dict[Message, None] = {}
    if not training:  # statistics are kept while training
        ops = tuple([op._replace(layer=None) if op.has(Trait.CHANNEL_SCALE) else op for op in ops])
    ops = linked(ops, x)
    for _ in range(MOST_REWRITES):
        step = _first(ops, training, granted)
        if step is None:
            break
        rule, (ops, need) = step
        ops = linked(ops, x)
        used[rule.name] += 1
        if need is not None:
            needs[need] = None
    return Reduced(ops, used, tuple(needs))


def _first(ops: Ops, training: bool, granted: bool) -> tuple[RunRule, Rewritten] | None:
    for rule in table().values():
        if not (rule.in_inference and training):
            try:
                found = rule.rewrite(ops)
            except (Misfit, NotKnown):  # a setting that is not printed, or no such number
                continue
            if found is not None and (granted or found.needs is None):
                return rule, found
    return None


def operation(kind: Kind, printed: Mapping[str, Value], x: Partial | None, layer: object = None) -> Op:
    """An operation with the shapes that follow from what comes in.

    Args:
        kind: of the layer.
        printed: its settings.
        x: the shape that comes in, as far as it is known.
        layer: what stands for the layer that it is of, or is part of, in both networks; PART for one that a rule made.
    """
    settings = Settings(kind, dict(printed))
    x = _shapes.completed(kind, settings, x)
    return Op(kind, settings, x, _shapes.behind(kind, settings, x), layer)


def linked(ops: Iterable[Op], x: Partial | None) -> Ops:
    """The same operations, each with the shapes that come out of the one before it."""
    found: list[Op] = []
    for op in ops:
        known = op.output is not None and op.input == _shapes.completed(op.kind, op.settings, x)
        found.append(op if known else operation(op.kind, op.settings.printed, x, op.layer))
        x = found[-1].output
    return tuple(found)


def shape_behind(ops: Ops, x: Partial | None) -> Shape | None:
    """The shape that comes out of operations into which `x` comes; None where not all of it is known."""
    return linked(ops, x)[-1].output_shape if ops else _shapes.whole(x)


def before(context: Ops, ahead: Iterable[Op]) -> Partial | None:
    """What is known of a shape in the middle of operations.

    Args:
        context: the operations that give it, with their shapes.
        ahead: those that take it, of which the settings alone count.
    """
    required = _shapes.required_input((op.kind, op.settings) for op in ahead)
    if not context:
        return required
    last = context[-1]
    found = merged(last.output, required)
    size = _shapes.last_behind(last.kind, last.settings)
    return (*found[:-1], size) if found and size is not None and found[-1] is None else found


def merged(first: Partial | None, second: Partial | None) -> Partial | None:
    """What is known of a shape from two sources; the first of them where they contradict each other."""
    if first is None or second is None:
        return second if first is None else first
    if len(first) != len(second):
        return first
    return tuple([other if size is None else size for size, other in zip(first, second, strict=True)])


def sizes_behind(ops: Ops) -> object:
    """What decides the shape that comes out of operations: equal where two sequences give one shape.

    The shape where it is known, else what changes it on the way.
    """
    if ops and ops[0].input_shape is not None and ops[-1].output_shape is not None:
        return ops[-1].output_shape
    found: list[object] = []
    places: list[int] = []  # where in it what changes places alone is
    for op in ops:
        if op.kind.name == "constant":
            found, places = [op.settings.known("shape")], []
        elif not _shapes.keeps_shape(op.kind, op.settings) and not _is_idle(op):
            if op.kind.name.startswith("adaptive"):  # whatever the places before it
                found = [each for at, each in enumerate(found) if at not in places]
                places = []
            if _shapes.keeps_channels(op.kind):
                places.append(len(found))
            found.append(_shapes.sizing(op.kind, op.settings))
    return tuple(found)


def _is_idle(op: Op) -> bool:
    try:
        return op.kind.idle is not None and op.kind.idle(op.settings, op.input)
    except (Misfit, NotKnown):
        return False
