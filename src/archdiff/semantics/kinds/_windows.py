"""Arithmetic of sliding windows and of sizes, shared by convolutions, pools and what undoes them. Knows no kinds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import Field, Misfit, NotKnown, Settings, Shape

#: of a max pool; decides nothing but where a max unpool takes them, or where nothing runs behind: no other layer takes
#: two outputs
INDICES: Final = Field("return_indices", UNKNOWN, likely=False, varies=True, only_with="MaxUnpool")


def window_fields(dims: int, *, padded: bool = True) -> tuple[Field, ...]:
    """`kernel_size`, `stride` (that of the kernel where none is printed) and `padding` of so many sides."""
    padding = (Field("padding", 0, spread=dims),) if padded else ()
    stride = Field("stride", _kernel, spread=dims, means_default=(None,))
    return (Field("kernel_size", spread=dims), stride, *padding)


def _kernel(settings: Settings) -> Value:
    return settings.known("kernel_size")


def positions(size: int, kernel: int, stride: int, padding: int = 0, dilation: int = 1, ceil: bool = False) -> int:
    """How many windows fit on one side.

    Source: torch.nn.Conv2d and torch.nn.MaxPool2d, section "Shape".

    Args:
        size: of the input, in numbers on this side, as are the others.
        kernel: of a window.
        stride: from one window to the next.
        padding: on each of the two ends.
        dilation: from one number of a window to the next.
        ceil: a last window may hang over the end, but it must start inside the input or the padding in front of it.

    Returns:
        0 or less where not even one fits, 0 where torch would divide by zero.
    """
    if stride < 1:
        return 0
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    count = (-(-room // stride) if ceil else room // stride) + 1
    return count - 1 if ceil and (count - 1) * stride >= size + padding else count


def spatial(field: str, wants: int | Shape, x: Shape, dims: int) -> Shape:
    """The last `dims` sizes of a shape, with or without channels before them.

    Raises:
        Misfit: of `field`, which wants `wants`: the shape has another number of dimensions.
    """
    if len(x) not in (dims, dims + 1):
        raise Misfit(field, wants, x)
    return x[len(x) - dims :]


def requests_own_size(name: str, wanted: Sequence[Value], sizes: Sequence[int | None]) -> bool:
    """Whether the sizes that a setting requests are those that come in.

    Args:
        name: of the setting.
        wanted: what it requests on each side; None for whatever comes in.
        sizes: what comes in there; None where that is not known.

    Raises:
        NotKnown: that depends on a size that is not known.
    """
    pairs = [(want, size) for want, size in zip(wanted, sizes, strict=True) if want is not None]
    if any(size not in (None, want) for want, size in pairs):
        return False
    if any(size is None for _, size in pairs):
        raise NotKnown(name)
    return True
