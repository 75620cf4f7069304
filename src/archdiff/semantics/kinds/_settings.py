"""The settings of one layer as its kind sees them, and what their numbers mean for a shape. Must not know any kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from archdiff.model.network import PARAMETERS, UNKNOWN, Value
from archdiff.semantics.kinds._field import REQUIRED

if TYPE_CHECKING:
    from archdiff.semantics.kinds._kind import Kind

_Int: TypeAlias = int  # Settings has a method of that name
#: sizes without the batch: (channels, height, width) of an image
Shape: TypeAlias = tuple[int, ...]
#: a shape of which some sizes are not known
Partial: TypeAlias = tuple[_Int | None, ...]

#: the setting that stands for those that somebody cut: `Conv2d(3, 16, kernel_size=(7, 7), ...)`
CUT: Final = "..."


class Misfit(Exception):  # noqa: N818  (a fact, not an error)
    """The input of a layer does not fit its settings.

    Args:
        field: the setting that it contradicts, or "dimensions".
        wants: the size or the shape that the setting requires.
        gets: the size or the shape that comes in.
    """

    def __init__(self, field: str, wants: int | Shape, gets: int | Shape) -> None:
        super().__init__(field, wants, gets)
        self.field, self.wants, self.gets = field, wants, gets


class NotKnown(KeyError):  # noqa: N818  (a fact, not an error; a KeyError, so that `in` and `get` work)
    """A shape or count needs a setting that the text does not hold; the argument is the name of the setting."""


class Settings(Mapping[str, Value]):
    """A layer's settings as its kind reads them: printed, else the default, else what is likely.

    `settings["padding"]` is for arithmetic and raises NotKnown where nothing is even likely; `known("padding")` is for
    comparison and gives UNKNOWN where the text does not hold it. Equal prints share one, known by its identity.

    Args:
        kind: says which settings there are, and what one is worth that is not printed.
        printed: what stands in the text, under the names of the kind's fields (see `resolve`).
    """

    __slots__ = ("kind", "printed")
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __init__(self, kind: Kind, printed: Mapping[str, Value]) -> None:
        self.kind = kind
        self.printed = printed

    def known(self, name: str) -> Value:
        """The value of a setting by the text: as printed, else the default; UNKNOWN where the text does not hold it."""
        field = self.kind.field(name)
        if name in self.printed:
            value = self.printed[name]
            if field is None or not field.means_default or not _among(value, field.means_default):
                return value
        if field is None or field.default is REQUIRED or CUT in self.printed:
            return UNKNOWN
        if PARAMETERS in self.printed and name != "weight_density":  # a class that thins out weights says so
            return UNKNOWN
        if name == "eps" and not self.printed and self.kind.prints_its_width:  # a class of somebody
            return UNKNOWN
        default = field.default(self) if callable(field.default) else field.default
        return spread(default, field.spread)

    def __getitem__(self, name: str) -> Value:
        value = self.known(name)
        if value is UNKNOWN:
            field = self.kind.field(name)
            value = field.likely if field else UNKNOWN
            if value is UNKNOWN:
                raise NotKnown(name)
            value = spread(value, field.spread if field else 0)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self.printed)

    def __len__(self) -> int:
        return len(self.printed)

    def share(self, name: str) -> float | None:
        """A part of a whole, from 0 to 1; None where the text holds no such number: of `p=-inf` nothing follows."""
        return share_of(self.known(name))

    def number(self, name: str) -> float:
        """A number, which may be infinite.

        Raises:
            NotKnown: the text holds none.
        """
        value = self[name]
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise NotKnown(name)
        return float(value)

    def int(self, name: str) -> int:
        """A whole number.

        Raises:
            NotKnown: the text holds something else.
        """
        value = self[name]
        if not isinstance(value, int) or isinstance(value, bool):
            raise NotKnown(name)
        return value

    def ints(self, name: str, count: _Int | None = None) -> Shape:
        """A tuple of whole numbers; one int stands for all of them.

        Args:
            name: of the setting.
            count: how many there have to be; one for each spatial dimension of the kind where it is left out.

        Raises:
            NotKnown: the text holds something else, or another count of them.
        """
        count = self.kind.spatial if count is None else count
        value = spread(self[name], count)
        parts = value if isinstance(value, tuple) else ()
        numbers = tuple(part for part in parts if isinstance(part, int) and not isinstance(part, bool))
        if not len(numbers) == len(parts) == count:
            raise NotKnown(name)
        return numbers

    def all_ints(self, name: str) -> Shape:
        """As many whole numbers as there are: (8, 8) of `normalized_shape=(8, 8)`, (8,) of 8.

        Raises:
            NotKnown: the text holds something else.
        """
        value = self[name]
        return self.ints(name, len(value) if isinstance(value, tuple) else 1)


def _among(value: Value, values: tuple[Value, ...]) -> bool:
    """Whether it is one of them; 0 is not False."""
    return any(value == other and type(value) is type(other) for other in values)


def spread(value: Value, count: int) -> Value:
    """An int as a tuple of `count` equal ints, as torch reads `kernel_size=3`; any other value, or 0 of them, as is."""
    return (value,) * count if count and isinstance(value, int) and not isinstance(value, bool) else value


def share_of(value: Value) -> float | None:
    """The value as a part of a whole; None where it is no number from 0 to 1."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= 1:
        return None
    return float(value)


def sizes(settings: Settings, *names: str) -> Shape | None:
    """The sizes that these settings hold; None where one is not known."""
    try:
        return tuple([settings.int(name) for name in names])
    except NotKnown:
        return None


def counts_channels(settings: Settings) -> bool:
    """Whether a layer takes as many channels as it prints and no others.

    torch never looks at `num_features` and `num_channels` of a norm that holds neither weights nor statistics:
    `GroupNorm(5, 5, affine=False)` takes 10 channels, two in each group.
    """
    if settings.kind.field("affine") is None:
        return True
    return settings.known("affine") is True or settings.known("track_running_stats") is True


def axis(dim: int, x: Shape, name: str) -> int:
    """Which place of a shape a printed dimension means.

    Args:
        dim: as printed: it counts the batch, and is counted from the end where it is negative.
        x: the shape, without the batch.
        name: of the setting, for the exceptions.

    Raises:
        NotKnown: it is the batch itself.
        Misfit: there is no such dimension.
    """
    rank = len(x) + 1
    if not -rank <= dim < rank:
        raise Misfit(name, dim, x)
    place = dim % rank - 1
    if place < 0:
        raise NotKnown(name)
    return place


def axis_of(value: Value, _settings: Settings, x: Shape | None) -> Value:
    """The `meaning` of a printed dimension: counted from the front, with the batch, where the shape `x` is known."""
    if x is None:
        return value
    rank = len(x) + 1
    return value % rank if isinstance(value, int) and -rank <= value < rank else value
