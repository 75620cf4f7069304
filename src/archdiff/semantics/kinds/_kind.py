"""What declares a kind of layer: its names, its settings, and plain functions for its shape, its cost and its state.

Must not know which kinds there are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from math import prod
from typing import Final, NamedTuple, TypeAlias

from archdiff.model.network import Value
from archdiff.semantics.kinds._added import ADDED
from archdiff.semantics.kinds._field import REQUIRED, Field
from archdiff.semantics.kinds._settings import Misfit, NotKnown, Partial, Settings, Shape, sizes


class Trait(Enum):
    """Properties from which it follows when two orders compute the same, and what a missing layer changes."""

    SEQUENTIAL = "runs its children one after the other and nothing else"
    LISTS = "only holds its children; somebody else's forward calls them"
    LEADS = "computes something, and then runs the children that it prints one after the other"
    REPARAMETRIZES = "makes the same weights of other trainable numbers"
    WRAPS = "computes what its only child computes"
    IDENTITY = "gives back its input in training and in inference"
    DROPS = "gives back its input in inference, and random parts of it in training"
    ELEMENTWISE = "a deterministic function of each number alone"
    MONOTONE = "elementwise and never decreasing"
    RISES = "elementwise, always increasing, and 0 for 0"
    HOMOGENEOUS = "gives c times its output for c times its input, for every c >= 0 and each number alone"
    AVERAGES = "each output is the mean of some inputs of one channel"
    SHRINKS = "each output lies between zero and some of the inputs"
    RESHAPES = "moves numbers to other places and changes none"
    COPIES = "each output is one of the inputs, whatever these are"
    PICKS_MAX = "each output is the largest of some inputs of one channel"
    UNPOOLS = "takes the places from which a max pool took its outputs"
    CHANNEL_SCALE = "multiplies each channel by a factor and adds a term; positive factors where affine=False"
    REMOVES_MEAN = "takes away the mean of each channel over the batch, so that a bias before it has no effect"
    AFFINE_MAP = "weights times input plus bias; two in a row would be one"
    FUNCTIONAL = "has no parameters: a forward can call it as a function, and then it is not printed"
    NORMALIZES = "subtracts and divides by statistics of its input, or by kept ones"
    KEEPS_ARGMAX = "changes the outputs but never which one is the largest"
    LOSS = "compares outputs with targets: part of training, of no forward"
    METRIC = "measures outputs: part of no forward, and nothing is trained on it"
    PICKS_WINNERS = "passes its k strongest inputs and zeroes the rest"

    __hash__ = object.__hash__  # Enum hashes the name, in Python; a large network needs half a million


#: hold other layers and compute nothing beside them
CONTAINERS: Final = frozenset({Trait.SEQUENTIAL, Trait.LISTS, Trait.WRAPS})

#: traits that only some prints have: whether, from the settings; from what is `known`, so that it never raises
TraitsIf: TypeAlias = Mapping[Trait, Callable[[Settings], bool]]
#: a number in, a number out: what an activation applies to each number
ScalarFunction: TypeAlias = Callable[[float], float]


class StateTensor(NamedTuple):
    """A tensor that a layer keeps in its state_dict."""

    name: str
    shape: Shape | None  # with outputs first; None where the text does not hold it
    buffer: bool = False  # not trained
    counts: bool = False  # holds whole numbers


#: the tensors of a layer in the order of its state_dict, from the settings; raises NotKnown where these are not enough
State: TypeAlias = Callable[[Settings], Iterator[StateTensor]]


def matrix(*names: str) -> State:
    """The `state` of a layer with one weight, and a bias of its first size unless the setting `bias` is False.

    Args:
        names: the settings that hold the sizes of the weight, outputs first: "out_features", "in_features".
    """

    def state(settings: Settings) -> Iterator[StateTensor]:
        yield StateTensor("weight", sizes(settings, *names))
        if settings.kind.field("bias") is not None and settings["bias"]:
            yield StateTensor("bias", sizes(settings, names[0]))

    return state


def _no_state(_settings: Settings) -> Iterator[StateTensor]:
    return iter(())


def _of_state(settings: Settings) -> int:
    """The numbers in all tensors of a state_dict that are trained; 0 where no print holds what these are."""
    state = settings.kind.state
    trained = [tensor for tensor in state(settings) if not tensor.buffer] if state else []
    if any(tensor.shape is None for tensor in trained):
        raise NotKnown("state")
    return sum(prod(tensor.shape or ()) for tensor in trained)


def not_printed(what: str) -> Callable[[Settings], int]:
    """The `parameters` of a kind of which no print holds their number.

    Args:
        what: the setting that would decide it.
    """

    def parameters(_settings: Settings) -> int:
        raise NotKnown(what)

    return parameters


def _no_cost(_settings: Settings, _x: Shape, _y: Shape) -> int:
    return 0


def same_shape(_settings: Settings, x: Shape) -> Shape:
    """The `shape` of a layer that gives as many numbers as it takes, however many dimensions there are."""
    return x


def of_rank(*ranks: int) -> Callable[[Settings, Shape], Shape]:
    """The `shape` of a layer that keeps it, and takes so many dimensions (without the batch) and no others."""

    def shape(_settings: Settings, x: Shape) -> Shape:
        if len(x) not in ranks:
            raise Misfit("dimensions", max(ranks), x)
        return x

    return shape


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind of layer; a table row, so it equals itself alone."""

    name: str  # "conv_2d"
    #: class names as printed -> settings that the class alone implies:
    #: {"Linear": {}, "DSLinear": {"weight_density": UNKNOWN}}; "*RMSNorm" stands for every class that ends so,
    #: "*Dropout*" for every one that is named so
    classes: Mapping[str, Mapping[str, Value]]
    #: names of what is printed by position: `Conv2d(1, 64, ...)` -> ("in_channels", "out_channels")
    positional: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    #: (settings, input shape) -> output shape; raises Misfit, NotKnown
    shape: Callable[[Settings, Shape], Shape] | None = same_shape
    #: trainable numbers of a dense layer; those of its `state` unless it says otherwise
    parameters: Callable[[Settings], int] = _of_state
    #: multiply-accumulates a sample of a dense layer, from input and output shape
    macs: Callable[[Settings, Shape, Shape], int] = _no_cost
    #: (rows, inputs a row) of the weight matrix that a mask of `weight_density` thins out
    weight_rows: Callable[[Settings], tuple[int, int]] | None = None
    traits: frozenset[Trait] = frozenset()
    traits_if: TraitsIf = dataclasses.field(default_factory=dict)
    #: number of spatial dimensions, for solving the input size: 2 for Conv2d; None where any will do
    dims: int | None = None
    #: what a class computes for a later build: "torch.nn.Conv2d"
    constructor: str = ""
    #: added to the message where such a layer is missing or extra
    remark: str = ""
    #: what it keeps in a state_dict; None where no print holds that
    state: State | None = _no_state
    #: classes that keep their weight as (inputs, outputs, ...); `state` has outputs first
    columns: frozenset[str] = frozenset()
    #: names of the children that it prints, where it prints any and no settings of its own
    parts: frozenset[str] = frozenset()
    #: (settings, a number from -1 to 1 for what is learned or drawn) -> the function that it applies to each number;
    #: raises NotKnown. A drawn slope is its mean in inference.
    function: Callable[[Settings, float], ScalarFunction] | None = None
    #: (settings, input shape as far as known) -> whether it gives back its input; raises NotKnown with what decides it
    idle: Callable[[Settings, Partial | None], bool] | None = None

    def field(self, name: str) -> Field | None:
        """What is known of a setting, one that a rule adds included; None where the kind has none of this name."""
        return _fields(self).get(name)

    @property
    def has_parameters(self) -> bool:
        """Whether a layer of it can hold trainable numbers."""
        return self.parameters is not _of_state or self.state not in (None, _no_state)

    @property
    def prints_its_width(self) -> bool:
        """Whether it is a norm that prints over how many numbers: one of this name that prints nothing is another."""
        return Trait.NORMALIZES in self.traits and any(field.default is REQUIRED for field in self.fields)

    @property
    def spatial(self) -> int:
        """How many spatial dimensions there are; 0 where any number will do."""
        return self.dims or 0

    def has(self, trait: Trait, settings: Settings) -> bool:
        """Whether a layer with these settings has a trait."""
        return trait in self.traits or (trait in self.traits_if and self.traits_if[trait](settings))

    def traits_of(self, settings: Settings) -> frozenset[Trait]:
        """All traits of a layer with these settings."""
        if not self.traits_if:
            return self.traits
        return self.traits.union([trait for trait, holds in self.traits_if.items() if holds(settings)])


@cache
def _fields(kind: Kind) -> dict[str, Field]:
    return {**ADDED, **{field.name: field for field in kind.fields}}


def added_to(*layers: Settings) -> tuple[Field, ...]:
    """The settings that a rule added to at least one of these layers, such as those of an adapter."""
    if all(ADDED.keys().isdisjoint(layer.printed) for layer in layers):
        return ()
    return tuple(field for name, field in ADDED.items() if any(name in layer.printed for layer in layers))
