"""Shapes, numbers and lists as every sentence and table writes them. Must not know what is said of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final


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


def density(training: float | None, inference: float | None) -> str:
    """`9.57 % (14.3 % in eval)`: shares of 1 that are not zero, of which that in eval is named where it is another."""
    more = f" ({percent(inference)} in eval)" if inference is not None and inference != training else ""
    return f"{percent(training or 0)}{more}"


def plural(count: int, noun: str) -> str:
    """`1 layer`, `37,500 layers`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


#: begins a note on two networks that cannot run for the same reason: no finding, since nothing differs
NEITHER_RUNS: Final = "as printed, each of the two cannot run"


def listed(names: Sequence[str], most: int) -> str:
    """`conv1, conv2 and 3 more`."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def joined(names: Iterable[str]) -> str:
    """`query, key and value`; of one its name."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """The name that a word may have meant, for `did you mean conv1?`.

    Args:
        word: what somebody wrote; case does not count, nor whether words are joined by `-` or by `_`.
        known: all names that there are.
        likeness: from 0, of anything, to 1, of the word itself.

    Returns:
        The likest of those that are likely enough; "" where there is none.
    """
    from difflib import get_close_matches  # only for an error

    by_likeness = {_plain(name): name for name in reversed(list(known))}
    near = get_close_matches(_plain(word), by_likeness, 1, likeness)
    return by_likeness[near[0]] if near else ""


def _plain(name: str) -> str:
    return name.strip().casefold().replace("_", "-")


def did_you_mean(word: str, known: Collection[str], likeness: float = 0.6, shown: str = "{}") -> str:
    """A way out for a name that there is not: the nearest one that there is, else all of them.

    Args:
        word: what somebody wrote.
        known: all names that there are.
        likeness: as of `nearest`.
        shown: how the nearest one is written: `ref:{}`.
    """
    near = nearest(word, known, likeness)
    return f"did you mean {shown.format(near)}?" if near else f"one of {', '.join(known)}"
