"""What a layer is, as data: a `Kind` says what a class means, a `Field` what one of its settings is worth.

One file a family, each exporting `KINDS`, a tuple of `Kind`; a new class is a row there and nothing else. Rules for
shape and cost are plain functions of a `Settings` view; whatever was printed, they raise Misfit or NotKnown and nothing
else. Shapes never include the batch. Must not import torch.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Final, NamedTuple, TypeAlias

from archdiff.model import plugins
from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN, Layer, Setting, Value
from archdiff.semantics.kinds._added import ADDED as ADDED
from archdiff.semantics.kinds._field import REQUIRED as REQUIRED
from archdiff.semantics.kinds._field import ROUNDING as ROUNDING
from archdiff.semantics.kinds._field import Field as Field

_Int: TypeAlias = int  # Settings has a method of that name
Shape: TypeAlias = tuple[int, ...]
#: a shape of which some sizes are not known
Partial: TypeAlias = tuple[_Int | None, ...]


#: entry points of installed packages that are tuples of `Kind`
GROUP: Final = "archdiff.kinds"

#: the setting that stands for those that somebody cut: `Conv2d(3, 16, kernel_size=(7, 7), ...)`
CUT: Final = "..."


#: the setting of a layer that overwrites what comes in
IN_PLACE: Final = "inplace"


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

    __hash__ = object.__hash__  # Enum hashes the name, in Python; a large network asks half a million times


class Misfit(Exception):  # noqa: N818  (a fact, not an error)
    """The input does not fit: `field` asks for `wants`, the layer before gives `gets`."""

    def __init__(self, field: str, wants: int | Shape, gets: int | Shape) -> None:
        super().__init__(field, wants, gets)
        self.field, self.wants, self.gets = field, wants, gets


class NotKnown(KeyError):  # noqa: N818  (a fact, not an error; a KeyError, so that `in` and `get` work)
    """A shape or count needs a setting that the text does not hold."""


class Settings(Mapping[str, Value]):
    """A layer's settings seen through its kind: printed, else the default, else what is likely.

    `settings["padding"]` is for arithmetic and raises NotKnown where nothing is even likely; `known("padding")` is for
    comparison and gives UNKNOWN where the text does not hold it. Equal prints share one, known by its identity.
    """

    __slots__ = ("kind", "printed")
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __init__(self, kind: Kind, printed: Mapping[str, Value]) -> None:
        self.kind = kind
        self.printed = printed

    def known(self, name: str) -> Value:
        field = self.kind.field(name)
        if name in self.printed:
            value = self.printed[name]
            if field is None or not field.unsaid or not _among(value, field.unsaid):
                return value
        if field is None or field.default is REQUIRED or CUT in self.printed:
            return UNKNOWN
        default = field.default(self) if callable(field.default) else field.default
        return _spread(default, field.spread)

    def __getitem__(self, name: str) -> Value:
        value = self.known(name)
        if value is UNKNOWN:
            field = self.kind.field(name)
            value = field.likely if field else UNKNOWN
            if value is UNKNOWN:
                raise NotKnown(name)
            value = _spread(value, field.spread if field else 0)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self.printed)

    def __len__(self) -> int:
        return len(self.printed)

    def share(self, name: str) -> float | None:
        """A part of a whole, from 0 to 1; None where the text holds no such number: of `p=-inf` nothing follows."""
        return share_of(self.known(name))

    def int(self, name: str) -> int:
        """A whole number; NotKnown where the text holds something else."""
        value = self[name]
        if not isinstance(value, int) or isinstance(value, bool):
            raise NotKnown(name)
        return value

    def ints(self, name: str, count: _Int) -> Shape:
        """`count` whole numbers; one int stands for all of them."""
        value = _spread(self[name], count)
        parts = value if isinstance(value, tuple) else ()
        numbers = tuple(part for part in parts if isinstance(part, int) and not isinstance(part, bool))
        if not len(numbers) == len(parts) == count:
            raise NotKnown(name)
        return numbers


def share_of(value: Value) -> float | None:
    """The value as a part of a whole; None where it is no number from 0 to 1."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= 1:
        return None
    return float(value)


class Held(NamedTuple):
    """A tensor that a layer keeps in its state_dict."""

    name: str
    shape: Shape | None  # None where the text does not hold it
    buffer: bool = False
    counts: bool = False  # holds whole numbers


#: the tensors of a layer in the order of its state_dict, from the settings; raises NotKnown where nothing tells them
State: TypeAlias = Callable[[Settings], Iterator[Held]]


def sizes(settings: Settings, *names: str) -> Shape | None:
    """The sizes that these settings hold; None where one is not known."""
    try:
        return tuple([settings.int(name) for name in names])
    except NotKnown:
        return None


def matrix(rows: str, columns: str = "") -> State:
    """A weight of (rows, columns) and, unless `bias` is False, a bias of (rows); a vector without columns."""

    def state(settings: Settings) -> Iterator[Held]:
        yield Held("weight", sizes(settings, rows, *([columns] if columns else [])))
        if settings.kind.field("bias") is not None and settings["bias"]:
            yield Held("bias", sizes(settings, rows))

    return state


def _no_state(settings: Settings) -> Iterator[Held]:
    return iter(())


def _no_cost(settings: Settings, x: Shape, y: Shape) -> int:
    return 0


def _no_parameters(settings: Settings) -> int:
    return 0


def same_shape(settings: Settings, x: Shape) -> Shape:
    return x


def axis(dim: int, x: Shape, name: str) -> int:
    """Which place of `x` a printed dimension means: printed ones count the batch, and negative ones from the end.

    NotKnown where it is the batch itself; Misfit of the setting `name` where there is no such dimension.
    """
    rank = len(x) + 1
    if not -rank <= dim < rank:
        raise Misfit(name, dim, x)
    place = dim % rank - 1
    if place < 0:
        raise NotKnown(name)
    return place


def axis_of(value: Value, settings: Settings, x: Shape | None) -> Value:
    """The `meaning` of a printed dimension: counted from the front, with the batch."""
    if x is None:
        return value
    rank = len(x) + 1
    return value % rank if isinstance(value, int) and -rank <= value < rank else value


#: traits that only some prints have: whether, from the settings; it asks `known` and never fails
TraitsIf: TypeAlias = Mapping[Trait, Callable[[Settings], bool]]


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
    #: trainable numbers of a dense layer
    parameters: Callable[[Settings], int] = _no_parameters
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
    #: said where such a layer is missing or extra
    remark: str = ""
    #: what it keeps in a state_dict; None where no print of it tells
    state: State | None = _no_state
    #: classes that keep their weight as (inputs, outputs, ...); `state` has outputs first
    columns: frozenset[str] = frozenset()
    #: names of the children that it prints, where it prints any and no settings of its own
    parts: frozenset[str] = frozenset()
    #: (settings, a number from -1 to 1 for what is learned or drawn) -> the function that it applies to each number;
    #: raises NotKnown. A drawn slope is its mean in inference.
    function: Callable[[Settings, float], Callable[[float], float]] | None = None
    #: (settings, input shape as far as known) -> whether it gives back its input; raises NotKnown with what decides it
    idle: Callable[[Settings, Partial | None], bool] | None = None

    def field(self, name: str) -> Field | None:
        return _fields(self).get(name)

    @property
    def has_parameters(self) -> bool:
        """Whether a layer of it can hold trainable numbers."""
        return self.parameters is not _no_parameters

    def has(self, trait: Trait, settings: Settings) -> bool:
        return trait in self.traits or (trait in self.traits_if and self.traits_if[trait](settings))

    def traits_of(self, settings: Settings) -> frozenset[Trait]:
        if not self.traits_if:
            return self.traits
        return self.traits.union([trait for trait, holds in self.traits_if.items() if holds(settings)])


@cache
def _fields(kind: Kind) -> dict[str, Field]:
    return {**ADDED, **{field.name: field for field in kind.fields}}


def added_to(*layers: Settings) -> tuple[Field, ...]:
    """The settings that a rule added to at least one of these layers."""
    if all(ADDED.keys().isdisjoint(layer.printed) for layer in layers):
        return ()
    return tuple(field for name, field in ADDED.items() if any(name in layer.printed for layer in layers))


def _among(value: Value, values: tuple[Value, ...]) -> bool:
    """Whether it is one of them; 0 is not False."""
    return any(value == other and type(value) is type(other) for other in values)


def _spread(value: Value, count: int) -> Value:
    return (value,) * count if count and isinstance(value, int) and not isinstance(value, bool) else value


@cache
def table() -> dict[str, Kind]:
    """Class name as printed -> kind: those of the files beside this one, then those of installed packages.

    Raises:
        PluginError: one of them cannot be loaded, or two claim a class or the name of a kind.
    """
    found: dict[str, Kind] = {}
    claimed: dict[str, str] = {}
    for origin, rows in _families():
        for row in rows:
            kind = plugins.checked(row, Kind, origin, "a row of KINDS")
            for claim in (f"the kind {kind.name}", *(f"the class {class_name}" for class_name in kind.classes)):
                if claim in claimed:
                    raise plugins.taken(origin, claim, claimed[claim])
                claimed[claim] = origin
            found |= dict.fromkeys(kind.classes, kind)
    return found


def _families() -> Iterator[tuple[str, tuple[object, ...]]]:
    """The file or the distribution, and the rows that it adds to the table."""
    for family, file in plugins.files(__name__).items():
        yield file, plugins.one(__name__, family, "KINDS", tuple)
    yield from plugins.installed(GROUP, tuple)


@cache
def by_name() -> dict[str, Kind]:
    """Kind name -> kind."""
    return {kind.name: kind for kind in table().values()}


@cache
def find(class_name: str) -> Kind | None:
    """The kind of a printed class; torch's own prefixes do not count, others do: `lora.Linear` is another class."""
    return table().get(_row(class_name))


def of_leaf(class_name: str, settings: tuple[Setting, ...]) -> Kind | None:
    """The kind of a printed class with these settings: what is named a dropout and has weights is none."""
    kind = find(class_name)
    drops = kind is not None and Trait.DROPS in kind.traits and by_ending(class_name)
    return None if drops and any(setting.name in _OF_WEIGHTS for setting in settings) else kind


#: settings that only a layer with weights prints
_OF_WEIGHTS: Final = frozenset(
    {
        *("in_features", "out_features", "in_channels", "out_channels", "input_size", "hidden_size"),
        *("num_embeddings", "embedding_dim", "num_features", "normalized_shape"),
    }
)


def of_layer(layer: Layer) -> Kind | None:
    """The kind of a printed layer with what is in it.

    A class of somebody may carry the name of one of torch, `ReLU((_net): ReLU())`, or end in such a name: where it has
    children, it is of that kind only if the kind holds children, prints just these, or its own settings are there.
    """
    kind = of_leaf(layer.class_name, layer.settings)
    if kind is None or not layer.children:
        return kind
    if kind.parts:
        return kind if all(child.name in kind.parts for child in layer.children) else None
    return kind if kind.traits & CONTAINERS or _prints_own(kind, layer.settings) else None


def _prints_own(kind: Kind, settings: tuple[Setting, ...]) -> bool:
    """Whether one of the settings is of this kind and changes what it computes."""
    also = _rewritten(kind)[0]
    fields = [kind.field(also.get(setting.name, setting.name)) for setting in settings if setting.name]
    by_position = bool(kind.positional) and any(setting.name is None for setting in settings)
    return by_position or any(field is not None and field.effect is not Effect.COSMETIC for field in fields)


#: hold other layers and compute nothing beside them
CONTAINERS: Final = frozenset({Trait.SEQUENTIAL, Trait.LISTS, Trait.WRAPS})


def bare(class_name: str) -> str:
    """Without torch's own prefix; C++ prints `torch::nn::Linear`."""
    return class_name.removeprefix("torch.nn.").removeprefix("torch::nn::")


def by_ending(class_name: str) -> bool:
    """Whether its kind is known by the end of its name alone, so that two such classes may differ in what they do."""
    return _row(class_name).startswith("*")


def keeps_columns(class_name: str) -> bool:
    """Whether a class keeps its weight as (inputs, outputs, ...), as the Conv1D of transformers does."""
    kind = find(class_name)
    return kind is not None and bare(class_name) in kind.columns


@cache
def _row(class_name: str) -> str:
    """The class of the table that it falls under: its own name without torch's prefix, else the longest "*Ending" or
    "*Part*". A dropout is one under the prefix of any library."""
    name = bare(class_name)
    if name in table():
        return name
    library, _, own = name.rpartition(".")
    rows = [row for row in table() if row[0] == "*" and _falls_under(own, row)] if own.isidentifier() else []
    if library:
        rows = [row for row in rows if Trait.DROPS in table()[row].traits]
    return max(rows, key=len, default=name if library or not own.isidentifier() else "")


def _falls_under(name: str, row: str) -> bool:
    """Whether a name ends as the row says; or holds what it says and does not go on as another layer (DropoutLSTM)."""
    if not row.endswith("*"):
        return name.endswith(row[1:])
    before, found, rest = name.partition(row[1:-1])
    return bool(found) and (not rest or find(rest) is None) and not before.endswith(_ALWAYS)


#: Monte Carlo dropout drops in eval mode, too
_ALWAYS: Final = ("MC", "MonteCarlo", "Bayesian")


def resolve(kind: Kind, class_name: str, settings: tuple[Setting, ...]) -> tuple[Setting, ...]:
    """Every setting under its field's name, ints spread over the dimensions, what the class implies added."""
    also, spread, rewritten = _rewritten(kind)
    row = _row(class_name)
    implied = kind.classes[row]
    if rewritten.isdisjoint([setting.name for setting in settings]) and not implied and not row.startswith("Lazy"):
        return settings  # most are what they were printed as
    position = iter(kind.positional)
    named: list[Setting] = []
    cut = False
    for index, setting in enumerate(settings, 1):
        if setting.name is None and setting.value in (CUT, "\u2026"):
            cut = True
            continue
        name, value, text = setting.name or next(position, f"setting {index}"), setting.value, setting.text
        if name in also:
            name, text = also[name], ""
        value = _spread(value, spread[name]) if name in spread else value
        same = name == setting.name and value is setting.value
        named.append(setting if same else Setting(name, value, text))
    if cut:
        named.append(Setting(CUT, UNKNOWN))
    if implied:
        held = {setting.name for setting in named}
        left = [(name, value) for name, value in implied.items() if name not in held]
        named += [Setting(name, _spread(value, spread.get(name, 0))) for name, value in left]
    if row.startswith("Lazy"):
        named = [_told_later(kind, setting) for setting in named]
    return tuple(named)


def resolved(layer: Layer, kind: Kind) -> Layer:
    """A printed layer of this kind, with its settings as `resolve` names them."""
    return layer._replace(kind=kind.name, settings=resolve(kind, layer.class_name, layer.settings))


def _told_later(kind: Kind, setting: Setting) -> Setting:
    """A lazy layer prints 0 for what its first input will tell."""
    field = kind.field(setting.name) if setting.name else None
    waits = field is not None and field.aspect == "input" and setting.value == 0
    return Setting(setting.name, UNKNOWN, setting.text) if waits else setting


@cache
def _rewritten(kind: Kind) -> tuple[dict[str | None, str], dict[str | None, int], frozenset[str | None]]:
    """Other names of fields with the field's own, over how many numbers one is spread, and all such names."""
    also: dict[str | None, str] = {other: field.name for field in kind.fields for other in field.also}
    spread: dict[str | None, int] = {field.name: field.spread for field in kind.fields if field.spread}
    return also, spread, frozenset((None, *also, *spread))


def settings_of(layer: Layer) -> Settings:
    """The settings of a normalized layer whose kind is known."""
    kind = by_name()[layer.kind]
    return Settings(kind, {setting.name: setting.value for setting in layer.settings if setting.name})


def has(layer: Layer, trait: Trait) -> bool:
    """Whether a normalized layer's kind has a trait; an unknown class has none."""
    if not may_have(layer.kind, trait):
        return False
    kind = by_name()[layer.kind]
    return trait in kind.traits or kind.has(trait, settings_of(layer))


@cache
def may_have(kind: str, trait: Trait) -> bool:
    """Whether a layer of this kind can have a trait."""
    found = by_name().get(kind)
    return found is not None and (trait in found.traits or trait in found.traits_if)
