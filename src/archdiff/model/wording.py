"""Shapes, numbers and lists as every sentence and table writes them. Must not know what is said of them."""

from __future__ import annotations

from collections.abc import Sequence


def size(shape: Sequence[int] | None) -> str:
    """`1x32x32`; `scalar` without dimensions, `?` where the shape is not known."""
    return "?" if shape is None else "x".join(map(str, shape)) or "scalar"


def number(count: int | None) -> str:
    """`1,717,140`; `?` where it is not known."""
    return "?" if count is None else f"{count:,}"


def rounded(count: int | None) -> str:
    """To three digits, which are enough for a cost: `1.25M`; `?` where it is not known."""
    if count is None:
        return "?"
    for unit, suffix in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= 0.9995 * unit:
            return f"{count / unit:.3g}{suffix}"
    return str(count)


def percent(share: float) -> str:
    """`9.57 %` of a share of 1."""
    return f"{100 * share:.3g} %"


def plural(count: int, noun: str) -> str:
    """`1 layer`, `37,500 layers`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def listed(names: Sequence[str], most: int) -> str:
    """`conv1, conv2 and 3 more`."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
