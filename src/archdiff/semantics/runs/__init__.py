"""Runs: layers that run one behind the other, brought into the form that all runs with the same computation share.

One file a rule, each exporting `RULE`. `rules` rewrites what is printed, from the text alone and before anything is
compared; a rule here rewrites a few operations where two networks were found to differ, and may ask for the shape that
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

MOST_REWRITES: Final = 200  # of one run; runs are short, and every rule takes something away or moves it forward


#: stands for the layer of an operation that a rule made
PART: Final = "part"


class Op(NamedTuple):
    """One layer of a run, or a part of one."""

    kind: Kind
    settings: Settings
    input: Partial | None = None  # None: not even the number of dimensions is known
    output: Partial | None = None
    layer: object = None  # equal for layers of two networks that stand for each other

    @property
    def input_shape(self) -> Shape | None:
        return _shapes.whole(self.input)

    @property
    def output_shape(self) -> Shape | None:
        return _shapes.whole(self.output)

    def has(self, trait: Trait) -> bool:
        return self.kind.has(trait, self.settings)


class Twin(NamedTuple):
    """A layer that has its counterpart in the other network, of the same kind."""

    number: int
    alike: bool  # in all settings


Ops: TypeAlias = tuple[Op, ...]


class Rewritten(NamedTuple):
    """What became of a run, shapes apart, and what this takes for granted; None: nothing."""

    run: Ops
    needs: Message | None = None


class RunRule(NamedTuple):
    """When two runs are one.

    `rewrite` takes a run and gives what becomes of it, or None where the rule finds nothing. `in_inference`: of what
    happens while training it knows nothing.
    """

    name: str
    because: str
    rewrite: Callable[[Ops], Rewritten | None]
    in_inference: bool = False


class Reduced(NamedTuple):
    """A run in the common form, how often each rule was used, and what was taken for granted."""

    run: Ops
    used: Counter[str]
    needs: tuple[Message, ...]


def stepwise(*steps: tuple[int, Callable[..., Rewritten | None]]) -> Callable[[Ops], Rewritten | None]:
    """The `rewrite` of a rule that looks at one operation, or at some neighbours, at a time.

    Args:
        steps: (how many neighbours, a function of as many operations). It gives what takes their place alone, or None
            where they stay. At each operation all are tried in this order, with the neighbours before it.

    Returns:
        A function of a run: its first rewrite that takes nothing for granted, else the first that does.
    """

    def rewrite(run: Ops) -> Rewritten | None:
        conditional: Rewritten | None = None
        for end in range(1, len(run) + 1):
            for count, step in steps:
                start = end - count
                found = step(*run[start:end]) if start >= 0 else None
                if found is None:
                    continue
                whole = Rewritten((*run[:start], *found.run, *run[end:]), found.needs)
                if found.needs is None:
                    return whole
                conditional = conditional or whole
        return conditional

    return rewrite


@cache
def table() -> dict[str, RunRule]:
    """RunRule name -> rule, in the alphabetical order of the files."""
    return plugins.by_name(__name__, "RULE", RunRule)


def reduced(run: Ops, x: Partial | None, training: bool, granted: bool) -> Reduced:
    """The common form of a run.

    Args:
        run: operations in the order in which they run.
        x: the shape that comes into the first of them, as far as it is known.
        training: the form holds while training, too; otherwise in inference.
        granted: conditions that the print does not tell are taken to hold, and listed.
    """
    used: Counter[str] = Counter()
    needs: dict[Message, None] = {}
    if not training:  # statistics are kept while training
        run = tuple([op._replace(layer=None) if op.has(Trait.CHANNEL_SCALE) else op for op in run])
    run = linked(run, x)
    for _ in range(MOST_REWRITES):
        step = _first(run, training, granted)
        if step is None:
            break
        rule, (run, need) = step
        run = linked(run, x)
        used[rule.name] += 1
        if need is not None:
            needs[need] = None
    return Reduced(run, used, tuple(needs))


def _first(run: Ops, training: bool, granted: bool) -> tuple[RunRule, Rewritten] | None:
    for rule in table().values():
        if not (rule.in_inference and training):
            try:
                found = rule.rewrite(run)
            except (Misfit, NotKnown):  # a setting that is not told, or no such number
                continue
            if found is not None and (granted or found.needs is None):
                return rule, found
    return None


def operation(kind: Kind, printed: Mapping[str, Value], x: Partial | None, layer: object = None) -> Op:
    """An operation with the shapes that follow from what comes in, as far as that is known."""
    settings = Settings(kind, dict(printed))
    x = _shapes.filled(kind, settings, x)
    return Op(kind, settings, x, _shapes.behind(kind, settings, x), layer)


def linked(run: Iterable[Op], x: Partial | None) -> Ops:
    """The same operations, each with the shapes that come out of the one before it."""
    found: list[Op] = []
    for op in run:
        known = op.output is not None and op.input == _shapes.filled(op.kind, op.settings, x)
        found.append(op if known else operation(op.kind, op.settings.printed, x, op.layer))
        x = found[-1].output
    return tuple(found)


def shape_behind(run: Ops, x: Partial | None) -> Shape | None:
    """The shape that comes out of a run; None where not all of it is known."""
    return linked(run, x)[-1].output_shape if run else _shapes.whole(x)


def required_input(run: Iterable[Op]) -> Partial | None:
    """What comes into the first of some operations that run one behind the other, as far as they ask for it."""
    return _shapes.required_input((op.kind, op.settings) for op in run)


def before(context: Ops, ahead: Iterable[Op]) -> Partial | None:
    """What is known of a shape from the operations that give it, and from those that take it."""
    if not context:
        return required_input(ahead)
    last = context[-1]
    found = merged(last.output, required_input(ahead))
    size = _shapes.last_behind(last.kind, last.settings)
    return (*found[:-1], size) if found and size is not None and found[-1] is None else found


def merged(first: Partial | None, second: Partial | None) -> Partial | None:
    """What is known of a shape that two sources tell of; the first where they contradict each other."""
    if first is None or second is None:
        return second if first is None else first
    if len(first) != len(second):
        return first
    return tuple([other if size is None else size for size, other in zip(first, second, strict=True)])


def sizes_behind(run: Ops) -> object:
    """What decides the shape behind a run: equal where two runs give one shape. The shape where it is known, else what
    changes it on the way."""
    if run and run[0].input_shape is not None and run[-1].output_shape is not None:
        return run[-1].output_shape
    found: list[object] = []
    places: list[int] = []  # where in it what changes places alone is
    for op in run:
        if op.kind.name == "constant":
            found, places = [op.settings.known("shape")], []
        elif not _shapes.keeps_shape(op.kind, op.settings) and not _is_idle(op):
            if op.kind.name.startswith("adaptive"):  # whatever the places before it
                found = [each for at, each in enumerate(found) if at not in places]
                places = []
            if _shapes.keeps_channels(op.kind, op.settings):
                places.append(len(found))
            found.append(_shapes.sizing(op.kind, op.settings))
    return tuple(found)


def _is_idle(op: Op) -> bool:
    try:
        return op.kind.idle is not None and op.kind.idle(op.settings, op.input)
    except (Misfit, NotKnown):
        return False
