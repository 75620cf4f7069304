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
        return _whole(self.input)

    @property
    def output_shape(self) -> Shape | None:
        return _whole(self.output)

    def has(self, trait: Trait) -> bool:
        return self.kind.has(trait, self.settings)


def _whole(partial: Partial | None) -> Shape | None:
    sizes = tuple([size for size in partial if size is not None]) if partial is not None else None
    return sizes if partial is not None and sizes is not None and len(sizes) == len(partial) else None


Run: TypeAlias = tuple[Op, ...]


class Rewritten(NamedTuple):
    """What became of a run, shapes apart, and what this takes for granted; None: nothing."""

    run: Run
    needs: Message | None = None


class Rule(NamedTuple):
    """When two runs are one.

    `rewrite` takes a run and gives what becomes of it, or None where the rule finds nothing. `in_inference`: of what
    happens while training it knows nothing.
    """

    name: str
    because: str
    rewrite: Callable[[Run], Rewritten | None]
    in_inference: bool = False


class Reduced(NamedTuple):
    """A run in the common form, how often each rule was used, and what was taken for granted."""

    run: Run
    used: Counter[str]
    needs: tuple[Message, ...]


@cache
def table() -> dict[str, Rule]:
    """Rule name -> rule, in the alphabetical order of the files."""
    return {rule.name: rule for rule in plugins.load(__name__, "RULE").values()}


def reduced(run: Run, x: Partial | None, training: bool, granted: bool) -> Reduced:
    """The common form of a run.

    Args:
        run: operations in the order in which they run.
        x: the shape that comes into the first of them, as far as it is known.
        training: the form holds while training, too; otherwise in inference.
        granted: conditions that the print does not tell are taken to hold, and listed.
    """
    used: Counter[str] = Counter()
    needs: dict[Message, None] = {}
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


def _first(run: Run, training: bool, granted: bool) -> tuple[Rule, Rewritten] | None:
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
    x = _filled(settings, x)
    return Op(kind, settings, x, _behind(kind, settings, x), layer)


def linked(run: Iterable[Op], x: Partial | None) -> Run:
    """The same operations, each with the shapes that come out of the one before it."""
    found: list[Op] = []
    for op in run:
        found.append(operation(op.kind, op.settings.printed, x, op.layer))
        x = found[-1].output
    return tuple(found)


def shape_behind(run: Run, x: Partial | None) -> Shape | None:
    """The shape that comes out of a run; None where not all of it is known."""
    return linked(run, x)[-1].output_shape if run else _whole(x)


#: settings that say how many channels come in, the first size of a shape, or how many features, the last one
_CHANNELS: Final = ("in_channels", "num_features", "num_channels")
_FEATURES: Final = "in_features"


def _filled(settings: Settings, x: Partial | None) -> Partial | None:
    """What comes in, with the size that an operation asks for."""
    if not x:
        return x
    channels = next((size for name in _CHANNELS if isinstance(size := settings.known(name), int)), None)
    features = settings.known(_FEATURES)
    if channels is not None and x[0] is None:
        return (channels, *x[1:])
    return (*x[:-1], features) if isinstance(features, int) and x[-1] is None else x


def _behind(kind: Kind, settings: Settings, x: Partial | None) -> Partial | None:
    whole = _whole(x)
    if whole is not None:
        try:
            return kind.shape(settings, whole) if kind.shape else None
        except (Misfit, NotKnown):
            return None
    if kind.name == "flatten" and (settings.known("start_dim"), settings.known("end_dim")) == (1, -1):
        return (None,)
    if kind.name == "linear":
        return (*x[:-1], _size(settings, "out_features")) if x else None
    if kind.name.startswith("adaptive"):
        sizes = settings.known("output_size")
        numbers = tuple(size for size in sizes if isinstance(size, int)) if isinstance(sizes, tuple) else ()
        return (x[0] if x else None, *numbers) if numbers and numbers == sizes else None
    keeps = kind.function is not None or kind.has(Trait.DROPS, settings) or kind.has(Trait.IDENTITY, settings)
    if keeps or kind.has(Trait.CHANNEL_SCALE, settings):
        return x
    if not kind.dims or kind.name in _OTHER_RANK:
        return None
    return (_size(settings, "out_channels"), *[None] * kind.dims)


#: give another number of dimensions than they take
_OTHER_RANK: Final = ("unfold", "fold", "select_adaptive_pool_2d")


def _size(settings: Settings, name: str) -> int | None:
    value = settings.known(name)
    return value if isinstance(value, int) else None
