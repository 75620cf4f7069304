"""The size of the input, solved from what the text fixes: the inputs of a Linear behind a Flatten, a printed n.

Knows one chain of leaves at a time, except for `choose`: both sides of a comparison take the same input.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import NamedTuple

from archdiff.infer.leaf import Leaf, step
from archdiff.semantics.kinds import Misfit, NotKnown, Shape, Trait, counts_channels

LARGEST = 1 << 14  # the largest input size tried, a side
LOOKED_AT = 2_000  # leaves: what fixes the input stands behind the last convolution of networks far smaller than that
MOST_TRIED = 64  # sizes looked at one by one for the one without a remainder


class Fit(NamedTuple):
    """Input sizes that run through: (channels, *[side] * dims) for every side from `low` to `high`."""

    channels: int
    dims: int
    low: int
    high: int

    def shape(self, side: int) -> Shape:
        """The input whose every side is so long, without the batch."""
        return (self.channels, *(side,) * self.dims)


def solve(chain: Sequence[Leaf]) -> Fit | None:
    """All input sizes that run through, for square (cubic) inputs; None where the text does not say the channels.

    Every size behind a layer grows with the size before it, so the sizes that fit are one interval.
    """
    chain = chain[:LOOKED_AT]
    template = _template(chain)
    if template is None:
        return None
    channels, dims = template
    if dims == 0:
        return Fit(channels, 0, 1, 1)

    def direction(side: int) -> int:
        return _direction(chain, (channels, *(side,) * dims))

    some = _bisect(1, LARGEST, direction)
    if some is None:
        return None
    low = _edge(1, some, lambda side: direction(side) == 0)
    high = LARGEST - _edge(0, LARGEST - some, lambda back: direction(LARGEST - back) == 0)
    return Fit(channels, dims, low, high)


#: what a layer asks of its input whatever the size of that is
_CHANNELS = frozenset({"in_channels", "num_features", "num_channels", "num_parameters", "channels"})
#: what a layer asks of the last dimension, however many there are
_FEATURES = frozenset({"in_features", "normalized_shape"})
WIDTHS = _CHANNELS | _FEATURES
_SIZES = (64, 256, 1024)
_MOST_ROWS = 64
_MORE_DIMENSIONS: tuple[Shape, ...] = ((), (61,), (61, 67))


def misfit_at_any_size(chain: Sequence[Leaf]) -> tuple[Shape, str] | None:
    """A layer that cannot take what the layer before gives, whatever the size of the input is.

    Args:
        chain: Leaves in the order in which they run.

    Returns:
        An input without the batch that shows it, and the path of the layer, which takes another number of channels (or
        of features, in any number of dimensions); None where there is no such layer.
    """
    template = _template(chain)
    if template is None or _is_flattened(chain):
        return None
    width, dims = template
    shapes = [(width, *(side,) * dims) for side in _SIZES] if dims else [(*more, width) for more in _MORE_DIMENSIONS]
    fields = _CHANNELS if dims else _FEATURES
    places = {_first_misfit(chain, shape, fields) for shape in shapes}
    path, _ = next(iter(places)) or ("", "")
    if len(places) > 1 or not path or (not dims and _fits_some_rows(chain, width, fields)):
        return None
    return shapes[0], path


def misfit_behind(chain: Sequence[Leaf], width: int, dims: int) -> tuple[int, Misfit] | None:
    """What cannot be taken behind a layer of this width, whatever the other sizes are.

    Args:
        chain: The leaves behind it.
        width: Channels, where the layer has dimensions of places, else features.
        dims: How many dimensions of places.

    Returns:
        The index of the leaf and what it cannot take; None where some size runs through, or it is not known.
    """
    shapes = [(width, *(side,) * dims) for side in _SIZES] if dims else [(*more, width) for more in _MORE_DIMENSIONS]
    found = [_refused(chain, shape) for shape in shapes]
    places = [each for each in found if each]
    if len(places) < len(shapes):
        return None
    at, wrong = places[0]
    is_same = all((other, each.field, each.gets) == (at, wrong.field, wrong.gets) for other, each in places)
    several = isinstance(wrong.wants, tuple) and len(wrong.wants) > 1
    return places[0] if is_same and not several and wrong.field in (WIDTHS if dims else _FEATURES) else None


def _refused(chain: Sequence[Leaf], shape: Shape) -> tuple[int, Misfit] | None:
    """The first leaf that cannot take what comes, and why; None where all can, as far as the text tells."""
    for at, leaf in enumerate(chain):
        try:
            shape = step(leaf, shape)
        except NotKnown:
            return None
        except Misfit as misfit:
            return at, misfit
    return None


def _fits_some_rows(chain: Sequence[Leaf], width: int, fields: Container[str]) -> bool:
    """Whether some number of rows runs through, where a Flatten makes more features of more rows."""
    if not any(leaf.kind is not None and leaf.kind.name == "flatten" for leaf in chain[:LOOKED_AT]):
        return False
    return any(_first_misfit(chain, (rows, width), fields) is None for rows in range(2, _MOST_ROWS))


def _is_flattened(chain: Sequence[Leaf]) -> bool:
    """Whether places come in that a Flatten makes features of before a layer tells a width: it may be of any size."""
    for leaf in chain:
        if leaf.kind is None or any(isinstance(leaf.settings.known(name), int) for name in WIDTHS):
            return False
        if leaf.kind.name == "flatten":
            return True
    return False


def _first_misfit(chain: Sequence[Leaf], x: Shape, fields: Container[str]) -> tuple[str, str] | None:
    """The leaf that cannot take what comes, and the setting of these that says so."""
    for leaf in chain[:LOOKED_AT]:
        try:
            x = step(leaf, x)
        except NotKnown:
            return None
        except Misfit as misfit:
            several = isinstance(misfit.wants, tuple) and len(misfit.wants) > 1  # sizes of places, which may be any
            return (leaf.path, misfit.field) if misfit.field in fields and not several else None
    return None


def _template(chain: Sequence[Leaf]) -> tuple[int, int] | None:
    """(channels, spatial dimensions) of the input; (features, 0) for a flat one."""
    dims: int | None = None
    for leaf in chain:
        if leaf.kind is None:
            return None
        for name in ("in_channels", "in_features", "num_features", "channels"):
            value = leaf.settings.known(name)
            if isinstance(value, int) and counts_channels(leaf.settings):
                return value, (leaf.kind.dims or 0) if dims is None else dims
        if leaf.kind.name == "k_winners" and isinstance(n := leaf.settings.known("n"), int) and n > 0:
            return n, 0
        if not (leaf.kind.dims or leaf.has(Trait.FUNCTIONAL)):
            return None
        if leaf.kind.name in _OTHER_CHANNELS or (leaf.has(Trait.RESHAPES) and leaf.kind.name not in _KEEPS_CHANNELS):
            return None  # other channels than those that come in
        dims = leaf.kind.dims if dims is None and not leaf.kind.name.startswith("constant_pad") else dims
        if leaf.kind.name == "flatten":
            dims = 0 if dims is None else dims
    return None


_OTHER_CHANNELS = frozenset({"fold", "glu", "unfold"})
#: of what moves numbers, those behind which the width of the input is still known
_KEEPS_CHANNELS = frozenset({"channel_shuffle", "flatten"})


def _direction(chain: Sequence[Leaf], x: Shape) -> int:
    """0 where the input runs through as far as the text can tell, -1 where it is too small, 1 where too large."""
    for leaf in chain:
        try:
            x = step(leaf, x)
        except NotKnown:
            return 0
        except Misfit as misfit:
            if misfit.field == "kernel_size" or not isinstance(misfit.gets, int) or not isinstance(misfit.wants, int):
                return -1
            return -1 if misfit.gets < misfit.wants else 1
    return 0


def _bisect(low: int, high: int, direction: Callable[[int], int]) -> int | None:
    while low <= high:
        middle = (low + high) // 2
        match direction(middle):
            case 0:
                return middle
            case -1:
                low = middle + 1
            case _:
                high = middle - 1
    return None


def _edge(low: int, high: int, fits: Callable[[int], bool]) -> int:
    """The smallest number from low to high that fits, where high does and all behind the first one do."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle + 1, high)
    return high


def fitting_shapes(fit: Fit | None) -> tuple[Shape, ...]:
    """The shapes that fit, where they are few enough to be listed."""
    if fit is None or fit.high - fit.low >= MOST_TRIED:
        return ()
    return tuple(fit.shape(side) for side in range(fit.low, fit.high + 1))


def choose(chains: Sequence[Sequence[Leaf]], fits: Sequence[Fit | None]) -> list[Shape | None]:
    """One input for all that can share one: the size with the least remainders; else each its own.

    Args:
        chains: Leaves of each network in the order in which they run.
        fits: The sizes that run through each.

    Returns:
        An input shape without the batch for each; None where nothing tells it, or where too many sizes fit.
    """
    known = [fit for fit in fits if fit]
    if not known:
        return [None] * len(fits)
    same = all((fit.channels, fit.dims) == (known[0].channels, known[0].dims) for fit in known)
    low, high = max(fit.low for fit in known), min(fit.high for fit in known)
    if same and low <= high and len(known) == len(fits):
        side = _neatest(chains, known[0]._replace(low=low, high=high))
        return [known[0].shape(side) if side else None] * len(fits)
    return [
        fit.shape(side) if fit and (side := _neatest([chain], fit)) else None
        for chain, fit in zip(chains, fits, strict=True)
    ]


def _neatest(chains: Sequence[Sequence[Leaf]], fit: Fit) -> int | None:
    """The smallest size for which the fewest windows are cut off; None where there are too many sizes to choose."""
    if fit.high - fit.low >= MOST_TRIED:
        return None
    return min(
        range(fit.low, fit.high + 1), key=lambda side: sum(_remainders(chain, fit.shape(side)) for chain in chains)
    )


def _remainders(chain: Sequence[Leaf], x: Shape) -> int:
    """How many layers leave a rest of their input unused, because their stride does not come out even."""
    count = 0
    for leaf in chain:
        count += _leaves_rest(leaf, x)
        try:
            x = step(leaf, x)
        except (NotKnown, Misfit):
            break
    return count


def _leaves_rest(leaf: Leaf, x: Shape) -> bool:
    kind, settings = leaf.kind, leaf.settings
    if kind is None or not kind.dims or kind.field("kernel_size") is None or kind.field("output_padding") is not None:
        return False
    try:
        kernel, stride = settings.ints("kernel_size", kind.dims), settings.ints("stride", kind.dims)
        padding = settings.ints("padding", kind.dims) if kind.field("padding") else (0,) * kind.dims
        dilation = settings.ints("dilation", kind.dims) if kind.field("dilation") else (1,) * kind.dims
    except NotKnown:
        return False
    sizes = zip(x[1:], padding, dilation, kernel, stride, strict=False)
    return any((size + 2 * p - d * (k - 1) - 1) % s for size, p, d, k, s in sizes)
