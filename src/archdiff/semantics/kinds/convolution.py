"""Convolutions, plain and transposed, in one to three dimensions.

Shapes are (channels, *spatial). Lazy ones take any number of channels. Formulas: torch.nn.Conv2d and
torch.nn.ConvTranspose2d, section "Shape". timm's Conv2dSame pads as TensorFlow does (as little as gives every stride
one output, and what is odd behind), as do two classes of efficientnet_pytorch; others bring the weights of each output
to mean 0 and variance 1 first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from math import prod

from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import Field, Kind, Misfit, NotKnown, Settings, Shape, StateTensor, Trait, sizes
from archdiff.semantics.kinds._field import DENSITY, WEIGHTS
from archdiff.semantics.kinds._windows import positions

_INPUT = Field("in_channels", aspect="input")
_WIDTH = Field("out_channels", aspect="width")
_BIAS = Field("bias", True, shift=True)
_SAME: Mapping[str, Value] = {"padding": "same"}
_STANDARDIZED: Mapping[str, Value] = {"standardized": True}
_SCALED: Mapping[str, Value] = {"standardized": "and scaled"}
_STATICALLY: Mapping[str, Value] = {"weights": "8 bits", "quantized_as": "torch, statically"}


def _channels(settings: Settings, x: Shape) -> int:
    lazy = settings.known("in_channels") is UNKNOWN and bool(x)
    channels = x[0] if lazy else settings.int("in_channels")
    if len(x) != settings.kind.spatial + 1:
        raise Misfit("in_channels", channels, x)
    if x[0] != channels:
        raise Misfit("in_channels", channels, x[0])
    if lazy and x[0] % max(settings.int("groups"), 1):
        raise Misfit("groups", settings.int("groups"), x[0])
    return settings.int("out_channels")


def _convolved(settings: Settings, x: Shape) -> Shape:
    channels = _channels(settings, x)
    kernel, stride, dilation = (settings.ints(name) for name in ("kernel_size", "stride", "dilation"))
    if settings["padding"] == "same":  # torch refuses it with strides, timm does not
        around = tuple((d * (k - 1) + 1) // 2 for d, k in zip(dilation, kernel, strict=True))
        _check_fill(settings, around, x[1:])
        if min(stride) < 1:
            raise Misfit("stride", stride, x[1:])
        return (channels, *(-(-size // s) for size, s in zip(x[1:], stride, strict=True)))
    padding = (0,) * len(kernel) if settings["padding"] == "valid" else settings.ints("padding")
    _check_fill(settings, padding, x[1:])
    out = tuple(
        positions(size, k, s, p, d) for size, k, s, p, d in zip(x[1:], kernel, stride, padding, dilation, strict=True)
    )
    if min(out) < 1:
        raise Misfit("kernel_size", kernel, x[1:])
    return (channels, *out)


def _check_fill(settings: Settings, padding: Shape, sizes: Shape) -> None:
    """Padding made of the input itself cannot be wider than it: reflect leaves out the edge, circular does not."""
    spare = {"reflect": 1, "circular": 0}.get(str(settings["padding_mode"]))
    if spare is not None and any(pad > size - spare for pad, size in zip(padding, sizes, strict=True)):
        raise Misfit("padding", padding, sizes)


def _transposed(settings: Settings, x: Shape) -> Shape:
    channels = _channels(settings, x)
    names = ("kernel_size", "stride", "padding", "dilation", "output_padding")
    parts = [settings.ints(name) for name in names]
    kernel, stride, _, dilation, more = parts
    if any(extra >= max(s, d) for extra, s, d in zip(more, stride, dilation, strict=True)):  # torch refuses it
        raise Misfit("output_padding", more, stride)
    out = tuple(
        (size - 1) * s - 2 * p + d * (k - 1) + extra + 1 for size, k, s, p, d, extra in zip(x[1:], *parts, strict=True)
    )
    if min(out) < 1:
        raise Misfit("kernel_size", kernel, x[1:])
    return (channels, *out)


def _weight_rows(settings: Settings) -> tuple[int, int]:
    groups = settings.int("groups")
    if groups < 1:
        raise NotKnown("groups")
    return settings.int("out_channels"), settings.int("in_channels") // groups * prod(settings.ints("kernel_size"))


def _parameters(settings: Settings) -> int:
    rows, inputs = _weight_rows(settings)
    gains = rows if settings.known("standardized") == "and scaled" else 0
    return rows * inputs + (rows if settings["bias"] else 0) + gains


def _weight(settings: Settings, transposed: bool) -> Shape | None:
    """Groups share out the inputs of a convolution, and the outputs of a transposed one."""
    try:
        groups = max(settings.int("groups"), 1)
        rows, columns = settings.int("out_channels"), settings.int("in_channels")
        shared = (rows // groups, columns) if transposed else (rows, columns // groups)
        return *shared, *settings.ints("kernel_size")
    except NotKnown:
        return None


def _state(settings: Settings, *, transposed: bool = False) -> Iterator[StateTensor]:
    yield StateTensor("weight", _weight(settings, transposed))
    if settings["bias"]:
        yield StateTensor("bias", sizes(settings, "out_channels"))
    if settings.known("standardized") == "and scaled":
        yield StateTensor("gain", None)


def _macs(settings: Settings, _x: Shape, y: Shape) -> int:
    return prod((*_weight_rows(settings), *y[1:]))


def _transposed_macs(settings: Settings, x: Shape, _y: Shape) -> int:
    return prod((*_weight_rows(settings), *x[1:]))


def _in_numbers(value: Value, settings: Settings, _x: Shape | None) -> Value:
    """The `meaning` of "valid" and "same"; what is left over of an odd sum torch puts behind: no number says that.

    With a stride the sum depends on the size of the input.
    """
    sums = [d * (k - 1) for d, k in zip(_sizes(settings, "dilation"), _sizes(settings, "kernel_size"), strict=False)]
    if value == "valid":
        return (0,) * len(sums)
    even = not any(total % 2 for total in sums) and all(size == 1 for size in _sizes(settings, "stride"))
    return tuple(total // 2 for total in sums) if value == "same" and even else value


def _sizes(settings: Settings, name: str) -> tuple[int, ...]:
    value = settings.known(name)
    return tuple(size for size in value if isinstance(size, int)) if isinstance(value, tuple) else ()


def _not_padded(settings: Settings) -> str:
    numbers = _in_numbers(settings.known("padding"), settings, None)
    return "nothing is padded" if isinstance(numbers, tuple) and not any(numbers) else ""


def _no_holes(settings: Settings) -> str:
    kernel = _sizes(settings, "kernel_size")
    return "a kernel of one number has no holes" if kernel and set(kernel) == {1} else ""


def _conv(dims: int) -> Kind:
    classes: dict[str, Mapping[str, Value]] = {
        f"Conv{dims}d": {},
        f"LazyConv{dims}d": {},
        f"QuantizedConv{dims}d": _STATICALLY,
    }
    if dims == 2:
        classes |= {
            "DSConv2d": {"weight_density": UNKNOWN},  # its mask is held outside the module
            **dict.fromkeys(("Conv2dSame", "Conv2dStaticSamePadding", "Conv2dDynamicSamePadding"), _SAME),
            **dict.fromkeys(("StdConv2d", "WeightStandardizedConv2d"), _STANDARDIZED),
            "StdConv2dSame": {**_STANDARDIZED, **_SAME},
            "ScaledStdConv2d": _SCALED,
            "ScaledStdConv2dSame": {**_SCALED, **_SAME},
        }
    if dims == 3:
        classes["Conv3DSimple"] = {}  # of the video networks of torchvision
    return Kind(
        name=f"conv_{dims}d",
        classes=classes,
        positional=("in_channels", "out_channels"),
        fields=(
            _INPUT,
            _WIDTH,
            Field("kernel_size", spread=dims),
            Field("stride", 1, spread=dims),
            Field("padding", 0, spread=dims, meaning=_in_numbers),
            Field("dilation", 1, spread=dims, idle=_no_holes),
            Field("groups", 1),
            _BIAS,
            Field("padding_mode", "zeros", idle=_not_padded),
            Field("standardized", False),
            WEIGHTS,
            DENSITY,
        ),
        shape=_convolved,
        parameters=_parameters,
        macs=_macs,
        weight_rows=_weight_rows,
        traits=frozenset({Trait.AFFINE_MAP}),
        dims=dims,
        constructor=f"torch.nn.Conv{dims}d",
        state=_state,
    )


def _conv_transpose(dims: int) -> Kind:
    return Kind(
        name=f"conv_transpose_{dims}d",
        classes={f"ConvTranspose{dims}d": {}, f"LazyConvTranspose{dims}d": {}},
        positional=("in_channels", "out_channels"),
        fields=(
            _INPUT,
            _WIDTH,
            Field("kernel_size", spread=dims),
            Field("stride", 1, spread=dims),
            Field("padding", 0, spread=dims),
            Field("output_padding", 0, spread=dims),
            Field("dilation", 1, spread=dims, idle=_no_holes),
            Field("groups", 1),
            _BIAS,
            DENSITY,
        ),
        shape=_transposed,
        parameters=_parameters,
        macs=_transposed_macs,
        weight_rows=_weight_rows,
        traits=frozenset({Trait.AFFINE_MAP}),
        dims=dims,
        constructor=f"torch.nn.ConvTranspose{dims}d",
        state=partial(_state, transposed=True),
        columns=frozenset({f"ConvTranspose{dims}d", f"LazyConvTranspose{dims}d"}),
    )


KINDS = tuple(make(dims) for dims in (1, 2, 3) for make in (_conv, _conv_transpose))
