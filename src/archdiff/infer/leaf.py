"""One leaf of the normal form with all that its own text and its input tell: shape, winners, densities, cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import prod
from typing import Final, NamedTuple, TypeAlias

from archdiff.model.cost import Cost
from archdiff.model.errors import ShapeError
from archdiff.model.facts import shape
from archdiff.model.memo import Memo
from archdiff.model.network import UNKNOWN, Layer, Setting, Value, is_tabled, join, walk_lines
from archdiff.semantics import kinds
from archdiff.semantics.kinds import Kind, Misfit, NotKnown, Settings, Shape, Trait
from archdiff.semantics.kinds.k_winners import Winners, winners
from archdiff.semantics.rules import is_layer

#: share of non-zero numbers in training and in inference; None where it depends on the data
Densities: TypeAlias = tuple[float | None, float | None]

DENSE: Densities = (1.0, 1.0)


class Leaf(NamedTuple):
    """One leaf with all that the text tells of it; None where it does not. Shapes without the batch.

    A tuple and no dataclass, because a large network has 100,000 of them and a frozen dataclass takes several times as
    long to make. Equal prints share their `settings` and `traits`.
    """

    path: str
    layer: Layer
    line: int
    kind: Kind | None
    settings: Settings
    traits: frozenset[Trait]
    input_shape: Shape | None = None
    output_shape: Shape | None = None
    winners: Winners | None = None
    density: float | None = None  # share of non-zero outputs while training; after pooling for evenly spread winners
    density_inference: float | None = None

    @property
    def title(self) -> str:
        """What messages call it: its path, or the class where it is the whole network."""
        return self.path or self.layer.class_name

    def has(self, trait: Trait) -> bool:
        """Whether its kind is known to do so with these settings."""
        return trait in self.traits

    def placed(self, path: str, lines: int) -> Leaf:
        """The leaf of a block in one of its places: under the path of the block, so many lines further down."""
        return Leaf(join(path, self.path), self.layer, self.line + lines, *self[3:])

    def cost(self) -> Cost:
        """What it costs, as far as the text tells it; counted anew with each call."""
        return _cost(self)


_NO_KIND: Final = Kind("", {})

#: kind, settings and traits of a layer; None for a container
_Meaning: TypeAlias = "tuple[Kind | None, Settings, frozenset[Trait]] | None"


def meanings() -> Memo[_Meaning]:
    """What printed settings mean for a layer of a kind ("" for none): one for all leaves that are made together."""
    return Memo(_meaning)


def bare_leaf(path: str, layer: Layer, line: int, meaning: Memo[_Meaning]) -> Leaf | None:
    """A layer that computes something, with kind and settings; None for a container."""
    if layer.children and not is_layer(layer):
        return None
    try:
        found = meaning(layer.settings, layer.kind)
    except _TooFewError as few:
        raise _too_few(layer, *few.args) from None
    return Leaf(path, layer, line, *found) if found else None


def bare_leaves(root: Layer) -> Iterator[Leaf]:
    """All that computes something, in printed order; a layer comes before its children."""
    meaning = meanings()
    found = (bare_leaf(path, layer, line, meaning) for path, layer, line in walk_lines(root))
    return (leaf for leaf in found if leaf)


class _TooFewError(Exception):
    """Settings hold a negative number of something."""


def _meaning(printed: tuple[Setting, ...], kind_name: str) -> _Meaning:
    kind = kinds.by_name().get(kind_name)
    if kind is None:
        return None, Settings(_NO_KIND, {setting.name or "": setting.value for setting in printed}), frozenset()
    settings = Settings(kind, {setting.name: setting.value for setting in printed if setting.name})
    for name, value in settings.printed.items():
        if value.__class__ is int and value < 0 and (field := kind.field(name)) and field.aspect in ("input", "width"):
            raise _TooFewError(name, value)
    traits = kind.traits_of(settings)
    return None if traits & _CONTAINERS else (kind, settings, traits)


def _too_few(layer: Layer, name: str, value: int) -> ShapeError:
    _, line, column, length = layer.span
    printed = layer.layout.strip() if isinstance(layer.layout, str) else ""
    return ShapeError(
        f"{name}={value}: no layer has so few",
        source=layer.span.source,
        line=line,
        column=column,
        length=length,
        line_text=" " * (column - 1) + printed if printed else "",
        way_out="torch never prints this; correct the number",
    )


_CONTAINERS = frozenset({Trait.SEQUENTIAL, Trait.LISTS})


def step(leaf: Leaf, x: Shape) -> Shape:
    """The shape that comes out of a layer. A printed n of k-winners fixes how many numbers come in.

    Args:
        leaf: The layer.
        x: The shape of its input, without the batch.

    Raises:
        Misfit: It cannot take such an input.
        NotKnown: Its print does not tell.
    """
    if leaf.kind is None or leaf.kind.shape is None:
        raise NotKnown(leaf.layer.class_name)
    n = leaf.settings.known("n") if leaf.has(Trait.PICKS_WINNERS) else 0
    if isinstance(n, int) and n not in (0, prod(x)):
        raise Misfit("n", n, prod(x))
    return leaf.kind.shape(leaf.settings, x)


def fits(leaf: Leaf, x: Shape) -> bool:
    """Whether a layer takes an input of some shape for certain; as `step` beside that."""
    try:
        return bool(x and step(leaf, x))
    except (Misfit, NotKnown):
        return False


def possible_steps(leaf: Leaf, x: Shape) -> frozenset[Shape]:
    """The shapes that may come out of a layer: one for each value of the switches that its print does not hold.

    Unlike `step` it takes nothing for likely.

    Args:
        leaf: The layer.
        x: The shape of its input, without the batch.

    Raises:
        Misfit: It cannot take such an input, whatever its switches are.
        NotKnown: Its print does not tell.
    """
    fields = [each for each in leaf.kind.fields if leaf.settings.known(each.name) is UNKNOWN] if leaf.kind else []
    switches = [each.name for each in fields if isinstance(each.likely, bool)]
    found: set[Shape] = set()
    misfit: Misfit | None = None
    for values in product((False, True), repeat=len(switches)):
        printed = {**leaf.settings.printed, **dict(zip(switches, values, strict=True))}
        try:
            found.add(step(leaf._replace(settings=_Certain(leaf.settings.kind, printed)), x))
        except Misfit as wrong:
            misfit = wrong
    if misfit and not found:
        raise misfit
    return frozenset(found)


class _Certain(Settings):
    """Settings of which arithmetic takes no likely value for a known one."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Value:
        if self.known(name) is UNKNOWN:
            raise NotKnown(name)
        return super().__getitem__(name)


def width_of(value: Value) -> Value:
    """The width that a setting says: 64, or (64,) of a norm."""
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


def features_out(leaf: Leaf) -> int | None:
    """How many features come out of a layer whose settings say how many go in: those of both directions of an LSTM."""
    wants = next((field.name for field in leaf.kind.fields if field.aspect == "input"), None) if leaf.kind else None
    width = width_of(leaf.settings.known(wants)) if wants else None
    try:
        return step(leaf, (1, width))[-1] if isinstance(width, int) else None
    except (Misfit, NotKnown):
        return None


def sized_leaf(leaf: Leaf, x: Shape | None, y: Shape | None, dense: Densities) -> Leaf:
    """The leaf with its shapes and everything that follows from them."""
    return Leaf(*leaf[:6], x, y, _winners(leaf, x), *dense)


def _cost(leaf: Leaf) -> Cost:
    kind, settings = leaf.kind, leaf.settings
    total = nonzero = macs = None
    if kind:
        total = nonzero = _known(lambda: kind.parameters(settings))
        if kind.weight_rows is not None and total is not None:
            dense_total = total
            nonzero = _known(lambda: _nonzero(kind, settings, dense_total))
        if leaf.input_shape is not None and leaf.output_shape is not None:
            shape_in, shape_out = leaf.input_shape, leaf.output_shape
            macs = _known(lambda: kind.macs(settings, shape_in, shape_out) + _adapter_macs(kind, settings, shape_in))
        total, nonzero = (None if n is None else _with_added(settings, n) for n in (total, nonzero))
    if is_tabled(leaf.layer) and isinstance(count := leaf.layer.settings[0].value, int):
        dense_kind = kind is None or kind.weight_rows is None or settings.known("weight_density") == 1
        total, nonzero = count, count if dense_kind else None
    return Cost(total, nonzero, macs)


def _with_added(settings: Settings, count: int) -> int | None:
    """A count with what an adapter adds, and what is kept beside a trained copy; None where that is not printed."""
    added = [settings.known(name) for name in ("adapter_parameters", "kept_parameters")]
    numbers = [number for number in added if isinstance(number, int)]
    return count + sum(numbers) if len(numbers) == len(added) else None


def _adapter_macs(kind: Kind, settings: Settings, x: Shape) -> int:
    """Of one LoRA adapter beside a Linear, whose two maps run one after the other; NotKnown of any other."""
    if "adapter" not in settings.printed:
        return 0
    rank = settings.known("lora_rank")
    if kind.weight_rows is None or len(x) < 1 or not isinstance(rank, int) or kind.dims is not None:
        raise NotKnown("adapter")
    return rank * sum(kind.weight_rows(settings)) * prod(x[:-1])


def parameters(leaf: Leaf) -> int:
    """The trainable numbers of a dense layer.

    Raises:
        NotKnown: Its text does not tell.
    """
    total = leaf.cost().parameters
    if total is None:
        raise NotKnown(leaf.layer.class_name)
    return total


def printed_shapes(layer: Layer) -> tuple[Shape | None, Shape | None]:
    """Input and output of a row of a summary table, as far as it tells them."""
    if not is_tabled(layer):
        return None, None
    cells = {setting.name: setting.value for setting in layer.settings}
    return shape(cells.get("input_shape")), shape(cells.get("output_shape"))


def _known(count: Callable[[], int]) -> int | None:
    try:
        return count()
    except (NotKnown, TypeError, ValueError, ZeroDivisionError):
        return None  # a setting that is missing or of another type than the formula needs


def _nonzero(kind: Kind, settings: Settings, total: int) -> int:
    density = settings.share("weight_density")
    if density is None:
        raise NotKnown("weight_density")
    assert kind.weight_rows is not None
    rows, inputs = kind.weight_rows(settings)
    return total - rows * (inputs - round(density * inputs))


def _winners(leaf: Leaf, x: Shape | None) -> Winners | None:
    """n, k and k_inference; n from the shape that comes in, else as printed."""
    if not leaf.has(Trait.PICKS_WINNERS):
        return None
    printed = leaf.settings.known("n")
    n = prod(x) if x is not None else printed if isinstance(printed, int) and printed > 0 else None
    try:
        return winners(leaf.settings, n)
    except NotKnown:
        return None


def densities(leaf: Leaf, x: Shape | None, y: Shape | None, before: Densities) -> Densities:
    """Share of non-zero outputs in training and in inference.

    After k-winners it is k/n. The largest of w inputs is zero only where none is positive, so for winners spread evenly
    over the map 1 - (1 - d)^w outputs are non-zero: with two in a hundred of a 2x2 window, about eight in a hundred.

    Args:
        leaf: The layer.
        x: The shape of its input, without the batch; None where it is not known.
        y: The shape of its output.
        before: The densities of its input, shares of 1.

    Returns:
        Shares of 1; None where they depend on the data.
    """
    if not leaf.traits & _DECIDE_DENSITY:
        return None, None
    won = _winners(leaf, x)
    if won and won.n:
        return tuple(None if k is None else min(1.0, k / won.n) for k in (won.k, won.k_inference))  # type: ignore[return-value]
    if leaf.has(Trait.PICKS_MAX):
        window = prod(x[1:]) / prod(y[1:]) if x and y and "output_size" in leaf.settings else _window(leaf)
        return tuple(None if d is None or not window or window < 1 else 1 - (1 - d) ** window for d in before)  # type: ignore[return-value]
    if leaf.has(Trait.RESHAPES) or leaf.has(Trait.IDENTITY):
        return before
    # the alpha ones put another number there, and what one of another library drops is not known
    if leaf.has(Trait.DROPS) and "alpha" not in leaf.layer.kind and leaf.layer.kind != "other_dropout":
        p = leaf.settings.share("p")
        return (before[0] * (1 - p) if before[0] is not None and p is not None else None, before[1])
    if leaf.has(Trait.AFFINE_MAP) or leaf.has(Trait.CHANNEL_SCALE):
        return 1.0, 1.0
    return None, None


_THINS_OR_KEEPS = frozenset({Trait.PICKS_WINNERS, Trait.PICKS_MAX, Trait.RESHAPES, Trait.IDENTITY, Trait.DROPS})
_DECIDE_DENSITY = _THINS_OR_KEEPS | {Trait.AFFINE_MAP, Trait.CHANNEL_SCALE}


def density_begins(leaves: Sequence[Leaf]) -> int:
    """The index of the last one whose densities are the same whatever comes in; 0 where there is none."""
    return next((at for at in range(len(leaves) - 1, 0, -1) if not leaves[at].traits & _THINS_OR_KEEPS), 0)


def _window(leaf: Leaf) -> int | None:
    try:
        dims = leaf.kind.dims if leaf.kind and leaf.kind.dims else 1
        return prod(leaf.settings.ints("kernel_size", dims))
    except NotKnown:
        return None
