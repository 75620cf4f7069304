"""Arithmetic of sliding windows, shared by convolutions and pools. Knows no kinds and no settings."""

from __future__ import annotations

from archdiff.semantics.kinds import Misfit, Shape


def positions(size: int, kernel: int, stride: int, padding: int = 0, dilation: int = 1, ceil: bool = False) -> int:
    """How many windows fit on one side; 0 or less where not even one does, 0 where torch would divide by zero.

    Source: torch.nn.Conv2d and torch.nn.MaxPool2d, section "Shape". With ceil_mode a last window may hang over the end,
    but it must start inside the input or the padding in front of it.
    """
    if stride < 1:
        return 0
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    count = (-(-room // stride) if ceil else room // stride) + 1
    return count - 1 if ceil and (count - 1) * stride >= size + padding else count


def spatial(field: str, wants: int | Shape, x: Shape, dims: int) -> Shape:
    """The last `dims` sizes of a shape, with or without channels before them; else a misfit of `field`."""
    if len(x) not in (dims, dims + 1):
        raise Misfit(field, wants, x)
    return x[len(x) - dims :]
