"""What a layer without weights calls, as an operator of torch with its arguments: a forward may call it by itself.

Must not know where a layer stands. What is left out here is not known, and nothing follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import prod
from typing import Final, TypeAlias

from archdiff.model.network import Value
from archdiff.semantics.kinds import NotKnown, Settings, Shape

#: the name of an operator, and what it is called with beside a tensor
Call: TypeAlias = tuple[str, tuple[tuple[str, Value], ...]]


def call(kind: str, settings: Settings, shapes: tuple[Shape, Shape]) -> Call | None:
    """What a layer calls in eval mode.

    Args:
        kind: The name of its kind.
        settings: Its settings.
        shapes: Of what comes in and of what comes out, with the batch.

    Returns:
        The call as a trace has it; None where the kind is not among those below, or a setting is not known.
    """
    make = _CALLS.get(kind)
    try:
        return make(settings, *shapes) if make else None
    except NotKnown:
        return None


def drop(kind: str, settings: Settings) -> Call | None:
    """What a dropout calls in training; None where it is none that is known."""
    p = settings.known("p")
    name = _DROPS.get(kind)
    return (name, (("p", p),)) if name and isinstance(p, float | int) else None


def may_be(names: Collection[str], kind: str) -> bool:
    """Whether a layer of a kind could be written out with these operators, as far as is known.

    Args:
        names: Of all that are called.
        kind: The name of its kind.
    """
    if kind in _REORDERS and not _MOVES.isdisjoint(names):
        return True
    families = {_FAMILIES.get(name) for name in names if name not in _MOVES}
    own = _family(kind)
    return None in families or (own in families and own != _ACTIVATIONS)  # none is written out with others alone


def _plain(name: str, *of: str) -> Callable[[Settings, Shape, Shape], Call]:
    """An operator that takes these settings under their names."""
    return lambda settings, _x, _y: (name, tuple((each, settings[each]) for each in of))


def _gelu(settings: Settings, _x: Shape, _y: Shape) -> Call:
    approximate = settings["approximate"]
    return "gelu", () if approximate == "none" else (("approximate", approximate),)


def _leaky_relu(settings: Settings, _x: Shape, _y: Shape) -> Call:
    slope = settings["negative_slope"]
    return "leaky_relu", () if slope == 0.01 else (("negative_slope", slope),)


def _selu(_settings: Settings, _x: Shape, _y: Shape) -> Call:
    return "elu", (("alpha", 1.6732632423543772), ("scale", 1.0507009873554805))


def _celu(settings: Settings, _x: Shape, _y: Shape) -> Call:
    alpha = settings["alpha"]
    return "celu", () if alpha == 1 else (("alpha", alpha),)


def _relu6(_settings: Settings, _x: Shape, _y: Shape) -> Call:
    return "hardtanh", (("min_val", 0.0), ("max_val", 6.0))


def _softmax(name: str) -> Callable[[Settings, Shape, Shape], Call]:
    def made(settings: Settings, _x: Shape, _y: Shape) -> Call:
        if not isinstance(settings.known("dim"), int):
            raise NotKnown("dim")
        return name, (("dim", settings.int("dim")), ("half_to_float", False))

    return made


def _max_pool(settings: Settings, _x: Shape, _y: Shape) -> Call:
    return "max_pool2d_with_indices", (*_windows(settings), *_unless(settings, 2, "dilation", 1), *_ceil(settings))


def _avg_pool(settings: Settings, _x: Shape, _y: Shape) -> Call:
    more: list[tuple[str, Value]] = []
    if any(settings.ints("padding", 2)):  # else it does not matter, and older versions of torch do not print it
        with_padding = settings.known("count_include_pad")
        if not isinstance(with_padding, bool):
            raise NotKnown("count_include_pad")
        more += [] if with_padding else [("count_include_pad", False)]
    if settings["divisor_override"] is not None:
        more.append(("divisor_override", settings["divisor_override"]))
    return "avg_pool2d", (*_windows(settings), *_ceil(settings), *more)


def _windows(settings: Settings) -> tuple[tuple[str, Value], ...]:
    kernel, stride = settings.ints("kernel_size", 2), settings.ints("stride", 2)
    apart: tuple[tuple[str, Value], ...] = () if stride == kernel else (("stride", stride),)
    return (("kernel_size", kernel), *apart, *_unless(settings, 2, "padding", 0))


def _unless(settings: Settings, count: int, name: str, usual: int) -> tuple[tuple[str, Value], ...]:
    values = settings.ints(name, count)
    return () if set(values) == {usual} else ((name, values),)


def _ceil(settings: Settings) -> tuple[tuple[str, Value], ...]:
    return (("ceil_mode", True),) if settings["ceil_mode"] is True else ()


def _mean(_settings: Settings, _x: Shape, y: Shape) -> Call:
    places = y[2:]
    if prod(places) == 1:
        return "mean", (("dim", (-1, -2)[: len(places)]), ("keepdim", True))
    if len(places) != 2:
        raise NotKnown("output_size")
    return "_adaptive_avg_pool2d", (("output_size", places),)


def _adaptive_max(_settings: Settings, _x: Shape, y: Shape) -> Call:
    return "adaptive_max_pool2d", (("output_size", y[2:]),)


def _view(_settings: Settings, _x: Shape, y: Shape) -> Call:
    return "view", (("size", y),)


def _constant_pad(settings: Settings, _x: Shape, _y: Shape) -> Call:
    return "constant_pad_nd", (("pad", settings.all_ints("padding")), ("value", float(settings.number("value"))))


_CALLS: Final[dict[str, Callable[[Settings, Shape, Shape], Call]]] = {
    **{name: _plain(name) for name in ("relu", "silu", "mish", "sigmoid", "tanh", "hardsigmoid", "hardswish")},
    "relu6": _relu6,
    "hardtanh": _plain("hardtanh", "min_val", "max_val"),
    "leaky_relu": _leaky_relu,
    "elu": _plain("elu", "alpha"),
    "celu": _celu,
    "selu": _selu,
    "gelu": _gelu,
    "softplus": _plain("softplus", "beta", "threshold"),
    "softmax": _softmax("_softmax"),
    "log_softmax": _softmax("_log_softmax"),
    "max_pool_2d": _max_pool,
    "avg_pool_2d": _avg_pool,
    "adaptive_avg_pool_1d": _mean,
    "adaptive_avg_pool_2d": _mean,
    "adaptive_max_pool_2d": _adaptive_max,
    "flatten": _view,
    "unflatten": _view,
    "pixel_shuffle": _plain("pixel_shuffle", "upscale_factor"),
    "constant_pad_2d": _constant_pad,
}
_DROPS: Final = {"dropout": "dropout", "dropout_1d": "dropout1d", "dropout_2d": "dropout2d", "dropout_3d": "dropout3d"}
_REORDERS: Final = ("flatten", "unflatten", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle")
#: where numbers stand, and whatever adds or joins them; no activation, dropout or pool is written out with these alone
_MOVES: Final = frozenset({"add", "cat", "stack", "clone", "detach", "_to_copy", "contiguous"}) | {
    *("view", "_unsafe_view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "permute", "transpose", "t"),
    *("expand", "select", "slice", "split", "split_with_sizes", "chunk", "unbind", "alias", "as_strided"),
}
_ACTIVATIONS: Final = "an activation"
_POOLS: Final = "a pool"
#: what an operator is; what is written out with one of a family is of the same family
_FAMILIES: Final = {
    **dict.fromkeys(
        ("relu", "gelu", "silu", "mish", "hardswish", "hardtanh", "leaky_relu", "elu", "celu", "softplus", "sigmoid"),
        _ACTIVATIONS,
    ),
    **dict.fromkeys(("tanh", "hardsigmoid", "log_sigmoid_forward"), _ACTIVATIONS),
    **dict.fromkeys(
        ("max_pool2d_with_indices", "avg_pool2d", "_adaptive_avg_pool2d", "adaptive_max_pool2d", "mean"), _POOLS
    ),
    "_softmax": "a softmax",
    "_log_softmax": "a softmax",
    **dict.fromkeys(_DROPS.values(), "a dropout"),
    "native_dropout": "a dropout",
    **dict.fromkeys(("mm", "bmm", "addmm", "matmul", "convolution", "embedding"), "a product"),
}


def _family(kind: str) -> str:
    if "pool" in kind:
        return _POOLS
    if "softm" in kind:
        return "a softmax"
    return "a dropout" if "drop" in kind else _ACTIVATIONS
