"""Pools with windows and adaptive pools, in one to three dimensions.

torch never prints ceil_mode and count_include_pad of an average pool, nor return_indices of a max pool; those are
unknown and never claimed. Formulas: torch.nn.MaxPool2d and the others, section "Shape".
"""

from __future__ import annotations

from collections.abc import Callable

from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import Field, Kind, Misfit, NotKnown, Partial, Settings, Shape, Trait
from archdiff.semantics.kinds._windows import positions, spatial

_FUNCTIONAL = frozenset({Trait.FUNCTIONAL})
_MEAN = _FUNCTIONAL | {Trait.AVERAGES}
_MAX = frozenset({Trait.FUNCTIONAL, Trait.PICKS_MAX})
_CEIL = Field("ceil_mode", UNKNOWN, likely=False, aspect="rounding")
_INDICES = Field("return_indices", UNKNOWN, likely=False, only_with="MaxUnpool")


def _kernel(settings: Settings) -> Value:
    return settings.known("kernel_size")


def _sides(dims: int, *, padded: bool) -> tuple[Field, ...]:
    padding = (Field("padding", 0, spread=dims),) if padded else ()
    stride = Field("stride", _kernel, spread=dims, unsaid=(None,))
    return (Field("kernel_size", spread=dims), stride, *padding)


def _pooled(dims: int, *, whole: bool = False) -> Callable[[Settings, Shape], Shape]:
    """`whole`: one window must fit without any padding; torch asks that of averages in three dimensions alone."""

    def shape(settings: Settings, x: Shape) -> Shape:
        kernel = settings.ints("kernel_size", dims)
        sizes = spatial("kernel_size", kernel, x, dims)
        stride = settings.ints("stride", dims)
        padding, dilation = (
            settings.ints(name, dims) if settings.kind.field(name) else (missing,) * dims
            for name, missing in (("padding", 0), ("dilation", 1))
        )
        if any(pad > k // 2 for pad, k in zip(padding, kernel, strict=True)):  # torch refuses more than half
            raise Misfit("padding", padding, kernel)
        ceil = bool(settings["ceil_mode"])
        out = tuple(
            positions(size, k, s, p, d, ceil)
            for size, k, s, p, d in zip(sizes, kernel, stride, padding, dilation, strict=True)
        )
        smaller = any(size < k for size, k in zip(sizes, kernel, strict=True))
        if min(out) < 1 or (whole and smaller):
            raise Misfit("kernel_size", kernel, sizes)
        return (*x[: len(x) - dims], *out)

    return shape


def _padding_counts(settings: Settings) -> Value:
    """count_include_pad decides nothing where there is no padding."""
    padding = settings.known("padding")
    return True if isinstance(padding, tuple) and not any(padding) else UNKNOWN


def _adapted(dims: int) -> Callable[[Settings, Shape], Shape]:
    def shape(settings: Settings, x: Shape) -> Shape:
        wanted = settings["output_size"]
        if not isinstance(wanted, tuple) or len(wanted) != dims:
            raise NotKnown("output_size")
        sizes = spatial("output_size", tuple(part for part in wanted if isinstance(part, int)), x, dims)
        out = tuple(size if part is None else part for part, size in zip(wanted, sizes, strict=True))
        numbers = tuple(part for part in out if isinstance(part, int) and not isinstance(part, bool))
        if len(numbers) != dims:
            raise NotKnown("output_size")
        return (*x[: len(x) - dims], *numbers)

    return shape


def _one_by_one(dims: int) -> Callable[[Settings, Partial | None], bool]:
    """Windows of one number, all of which are taken."""

    def idle(settings: Settings, x: Partial | None) -> bool:
        padding = settings.ints("padding", dims) if settings.kind.field("padding") else (0,) * dims
        if any(padding) or set(settings.ints("kernel_size", dims)) != {1} or not _as_usual(settings):
            return False
        if set(settings.ints("stride", dims)) == {1}:
            return True
        return x is not None and len(x) > dims and set(x[-dims:]) == {1}

    return idle


def _takes_some(settings: Settings) -> bool:
    """Windows of one number, of which some may be left out."""
    kernel, padding = settings.known("kernel_size"), settings.known("padding")
    of_one = isinstance(kernel, tuple) and isinstance(padding, tuple) and set(kernel) == {1} and not any(padding)
    return of_one and _as_usual(settings)


def _as_usual(settings: Settings) -> bool:
    """Unless a live module tells otherwise: no other divisor than the number of inputs, and no places beside them."""
    return settings.known("divisor_override") in (None, UNKNOWN) and settings.known("return_indices") is not True


def _of_one(dims: int) -> Callable[[Settings, Partial | None], bool]:
    """As there, or one window around the one number that comes in; what a max pool pads with is never the largest."""
    one_by_one = _one_by_one(dims)

    def idle(settings: Settings, x: Partial | None) -> bool:
        if one_by_one(settings, x):
            return True
        if x is None or len(x) != dims + 1 or set(x[1:]) != {1} or not _as_usual(settings):
            return False
        padding, dilation = settings.ints("padding", dims), settings.ints("dilation", dims)
        if any(pad % step for pad, step in zip(padding, dilation, strict=True)):  # it steps over the number
            return False
        return set(_pooled(dims)(settings, (1,) * (dims + 1))) == {1}

    return idle


def _to_own_size(dims: int) -> Callable[[Settings, Partial | None], bool]:
    def idle(settings: Settings, x: Partial | None) -> bool:
        wanted = settings["output_size"]
        if not isinstance(wanted, tuple) or len(wanted) != dims or (x is not None and len(x) < dims):
            raise NotKnown("output_size")
        sizes = (None,) * dims if x is None else x[-dims:]
        pairs = [(want, size) for want, size in zip(wanted, sizes, strict=True) if want is not None]
        if any(size not in (None, want) for want, size in pairs):
            return False
        if any(size is None for _, size in pairs):
            raise NotKnown("output_size")
        return True

    return idle


def _max_pool(dims: int) -> Kind:
    return Kind(
        name=f"max_pool_{dims}d",
        classes={f"MaxPool{dims}d": {}},
        positional=("kernel_size", "stride", "padding"),
        fields=(*_sides(dims, padded=True), Field("dilation", 1, spread=dims), _CEIL, _INDICES),
        shape=_pooled(dims),
        traits=_MAX,
        traits_if={Trait.COPIES: _takes_some},
        dims=dims,
        idle=_of_one(dims),
        constructor=f"torch.nn.MaxPool{dims}d",
    )


def _averages(settings: Settings) -> bool:
    """Zeros of a padding are no inputs."""
    return settings.known("padding") in (0, (0,), (0, 0), (0, 0, 0)) and _as_usual(settings)


def _avg_pool(dims: int) -> Kind:
    divisor = (Field("divisor_override", UNKNOWN, likely=None),) if dims > 1 else ()
    counts = Field("count_include_pad", _padding_counts, likely=True, varies=True)
    return Kind(
        name=f"avg_pool_{dims}d",
        classes={f"AvgPool{dims}d": {}},
        positional=("kernel_size", "stride", "padding"),
        fields=(*_sides(dims, padded=True), _CEIL, counts, *divisor),
        shape=_pooled(dims, whole=dims == 3),
        traits=_FUNCTIONAL,
        traits_if={Trait.AVERAGES: _averages, Trait.SHRINKS: _as_usual, Trait.COPIES: _takes_some},
        dims=dims,
        idle=_one_by_one(dims),
        constructor=f"torch.nn.AvgPool{dims}d",
    )


def _lp_pool(dims: int) -> Kind:
    return Kind(
        name=f"lp_pool_{dims}d",
        classes={f"LPPool{dims}d": {}},
        positional=("norm_type", "kernel_size", "stride"),
        fields=(Field("norm_type"), *_sides(dims, padded=False), _CEIL),
        shape=_pooled(dims, whole=dims == 3),
        traits=_FUNCTIONAL,
        dims=dims,
        constructor=f"torch.nn.LPPool{dims}d",
    )


def _adaptive_pool(dims: int, word: str) -> Kind:
    indices = (_INDICES,) if word == "Max" else ()
    return Kind(
        name=f"adaptive_{word.lower()}_pool_{dims}d",
        classes={f"Adaptive{word}Pool{dims}d": {}},
        positional=("output_size",),
        fields=(Field("output_size", spread=dims, meaning=_own_size), *indices),
        shape=_adapted(dims),
        traits=_MAX if word == "Max" else _MEAN,
        dims=dims,
        idle=_to_own_size(dims),
        constructor=f"torch.nn.Adaptive{word}Pool{dims}d",
    )


def _own_size(value: Value, settings: Settings, x: Shape | None) -> Value:
    """None in an output size is the size that comes in."""
    if x is None or not isinstance(value, tuple) or len(value) > len(x):
        return value
    return tuple(size if part is None else part for part, size in zip(value, x[len(x) - len(value) :], strict=True))


def _pools(dims: int) -> tuple[Kind, ...]:
    return (
        _max_pool(dims),
        _avg_pool(dims),
        _lp_pool(dims),
        _adaptive_pool(dims, "Avg"),
        _adaptive_pool(dims, "Max"),
    )


def _selected(settings: Settings, x: Shape) -> Shape:
    """One number a channel, two for "catavgmax"; those whose name begins with "fast" may flatten by themselves."""
    if len(x) != 3:
        raise Misfit("dimensions", 3, x)
    pool = str(settings["pool_type"])
    if pool.startswith("fast") or not pool:
        raise NotKnown("pool_type")
    channels = x[0] * (2 if pool.startswith("cat") else 1)
    return (channels,) if str(settings["flatten"]).startswith("Flatten") else (channels, 1, 1)


_SELECTED = Kind(  # timm's
    name="select_adaptive_pool_2d",
    classes={"SelectAdaptivePool2d": {}},
    fields=(Field("pool_type"), Field("flatten")),
    shape=_selected,
    dims=2,
)

KINDS = (*(kind for dims in (1, 2, 3) for kind in _pools(dims)), _SELECTED)
