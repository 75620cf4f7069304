"""Pools with windows and adaptive pools, in one to three dimensions.

torch never prints ceil_mode and count_include_pad of an average pool, nor return_indices of a max pool; those are
unknown and never claimed. Formulas: torch.nn.MaxPool2d and the others, section "Shape".
"""

from __future__ import annotations

from functools import partial

from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import Field, Kind, Misfit, NotKnown, Partial, Settings, Shape, Trait, of_rank
from archdiff.semantics.kinds._windows import INDICES, positions, requests_own_size, spatial, window_fields

_FUNCTIONAL = frozenset({Trait.FUNCTIONAL})
_MEAN = _FUNCTIONAL | {Trait.AVERAGES}
_MAX = frozenset({Trait.FUNCTIONAL, Trait.PICKS_MAX})
_CEIL = Field("ceil_mode", UNKNOWN, likely=False, aspect="rounding")


def _pooled(settings: Settings, x: Shape, *, whole: bool = False) -> Shape:
    """`whole`: one window must fit without any padding; torch requires that of averages in three dimensions alone."""
    kernel, dims = settings.ints("kernel_size"), settings.kind.spatial
    sizes = spatial("kernel_size", kernel, x, dims)
    stride, padding, dilation = settings.ints("stride"), _or(settings, "padding", 0), _or(settings, "dilation", 1)
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


def _or(settings: Settings, name: str, missing: int) -> Shape:
    """A setting that not every pool has."""
    return settings.ints(name) if settings.kind.field(name) else (missing,) * settings.kind.spatial


def _padding_counts(settings: Settings) -> Value:
    """count_include_pad decides nothing where there is no padding."""
    padding = settings.known("padding")
    return True if isinstance(padding, tuple) and not any(padding) else UNKNOWN


def _wanted(settings: Settings) -> tuple[Value, ...]:
    """The output size of an adaptive pool, None for a side that stays as it is."""
    wanted = settings["output_size"]
    if not isinstance(wanted, tuple) or len(wanted) != settings.kind.spatial:
        raise NotKnown("output_size")
    return wanted


def _adapted(settings: Settings, x: Shape) -> Shape:
    wanted, dims = _wanted(settings), settings.kind.spatial
    sizes = spatial("output_size", tuple(part for part in wanted if isinstance(part, int)), x, dims)
    out = tuple(size if part is None else part for part, size in zip(wanted, sizes, strict=True))
    numbers = tuple(part for part in out if isinstance(part, int) and not isinstance(part, bool))
    if len(numbers) != dims:
        raise NotKnown("output_size")
    return (*x[: len(x) - dims], *numbers)


def _one_by_one(settings: Settings, x: Partial | None) -> bool:
    """Windows of one number, all of which are taken."""
    if any(_or(settings, "padding", 0)) or set(settings.ints("kernel_size")) != {1} or not _as_usual(settings):
        return False
    if set(settings.ints("stride")) == {1}:
        return True
    dims = settings.kind.spatial
    return x is not None and len(x) > dims and set(x[-dims:]) == {1}


def _takes_some(settings: Settings) -> bool:
    """Windows of one number, of which some may be left out."""
    kernel, padding = settings.known("kernel_size"), settings.known("padding")
    of_one = isinstance(kernel, tuple) and isinstance(padding, tuple) and set(kernel) == {1} and not any(padding)
    return of_one and _as_usual(settings)


def _as_usual(settings: Settings) -> bool:
    """Whether no live module holds another divisor than the number of inputs, or gives places beside them."""
    return settings.known("divisor_override") in (None, UNKNOWN) and settings.known("return_indices") is not True


def _of_one(settings: Settings, x: Partial | None) -> bool:
    """As there, or one window around the one number that comes in; what a max pool pads with is never the largest."""
    if _one_by_one(settings, x):
        return True
    rank = settings.kind.spatial + 1
    if x is None or len(x) != rank or set(x[1:]) != {1} or not _as_usual(settings):
        return False
    padding, dilation = settings.ints("padding"), settings.ints("dilation")
    if any(pad % step for pad, step in zip(padding, dilation, strict=True)):  # it steps over the number
        return False
    return set(_pooled(settings, (1,) * rank)) == {1}


def _to_own_size(settings: Settings, x: Partial | None) -> bool:
    wanted, dims = _wanted(settings), settings.kind.spatial
    if x is not None and len(x) < dims:
        raise NotKnown("output_size")
    return requests_own_size("output_size", wanted, (None,) * dims if x is None else x[-dims:])


def _max_pool(dims: int) -> Kind:
    return Kind(
        name=f"max_pool_{dims}d",
        classes={f"MaxPool{dims}d": {}},
        positional=("kernel_size", "stride", "padding"),
        fields=(*window_fields(dims), Field("dilation", 1, spread=dims), _CEIL, INDICES),
        shape=_pooled,
        traits=_MAX,
        traits_if={Trait.COPIES: _takes_some},
        dims=dims,
        idle=_of_one,
        constructor=f"torch.nn.MaxPool{dims}d",
    )


def _averages(settings: Settings) -> bool:
    """Zeros of a padding are no inputs."""
    return settings.known("padding") in (0, (0,), (0, 0), (0, 0, 0)) and _as_usual(settings)


def _avg_pool(dims: int) -> Kind:
    divisor = (Field("divisor_override", UNKNOWN, likely=None, varies=True),) if dims > 1 else ()
    counts = Field("count_include_pad", _padding_counts, likely=True, varies=True)
    return Kind(
        name=f"avg_pool_{dims}d",
        classes={f"AvgPool{dims}d": {}},
        positional=("kernel_size", "stride", "padding"),
        fields=(*window_fields(dims), _CEIL, counts, *divisor),
        shape=partial(_pooled, whole=dims == 3),
        traits=_FUNCTIONAL,
        traits_if={Trait.AVERAGES: _averages, Trait.SHRINKS: _as_usual, Trait.COPIES: _takes_some},
        dims=dims,
        idle=_one_by_one,
        constructor=f"torch.nn.AvgPool{dims}d",
    )


def _lp_pool(dims: int) -> Kind:
    return Kind(
        name=f"lp_pool_{dims}d",
        classes={f"LPPool{dims}d": {}},
        positional=("norm_type", "kernel_size", "stride"),
        fields=(Field("norm_type"), *window_fields(dims, padded=False), _CEIL),
        shape=partial(_pooled, whole=dims == 3),
        traits=_FUNCTIONAL,
        dims=dims,
        constructor=f"torch.nn.LPPool{dims}d",
    )


def _adaptive_pool(dims: int, word: str) -> Kind:
    indices = (INDICES,) if word == "Max" else ()
    return Kind(
        name=f"adaptive_{word.lower()}_pool_{dims}d",
        classes={f"Adaptive{word}Pool{dims}d": {}},
        positional=("output_size",),
        fields=(Field("output_size", spread=dims, meaning=_own_size), *indices),
        shape=_adapted,
        traits=_MAX if word == "Max" else _MEAN,
        dims=dims,
        idle=_to_own_size,
        constructor=f"torch.nn.Adaptive{word}Pool{dims}d",
    )


def _own_size(value: Value, _settings: Settings, x: Shape | None) -> Value:
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
    of_rank(3)(settings, x)
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
