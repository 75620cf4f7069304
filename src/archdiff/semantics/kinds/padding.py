"""Padding by itself: a constant, the mirrored or repeated edge, or the other end of the input.

The printed tuple begins with the last dimension: (left, right, top, bottom, front, back). Negative numbers cut off.
"""

from __future__ import annotations

from functools import partial

from archdiff.model.network import Value
from archdiff.semantics.kinds import Field, Kind, Misfit, Settings, Shape, Trait
from archdiff.semantics.kinds._windows import spatial


def _padded(settings: Settings, x: Shape, *, spare: int | None, anything: bool) -> Shape:
    """Each size with what is added before and behind.

    Args:
        settings: of the layer.
        x: the shape that comes in.
        spare: how much of the input must stay beside what is copied; None where nothing is copied from far away.
        anything: more dimensions than channels and spatial ones pass too.
    """
    dims = settings.kind.spatial
    padding = settings.ints("padding", 2 * dims)
    sizes = spatial("padding", padding, x[-dims:] if anything else x, dims)
    ends = tuple((padding[2 * place], padding[2 * place + 1]) for place in reversed(range(dims)))
    pairs = tuple(zip(ends, sizes, strict=True))
    out = tuple(before + size + behind for (before, behind), size in pairs)
    too_wide = spare is not None and any(max(end) > size - spare for end, size in pairs)
    # torch cuts first and then pads
    if too_wide or any(min(before, 0) + size + min(behind, 0) < 0 for (before, behind), size in pairs) or min(out) < 1:
        raise Misfit("padding", padding, sizes)
    return (*x[: len(x) - dims], *out)


def _pad(dims: int, word: str, spare: int | None) -> Kind:
    classes: dict[str, dict[str, Value]] = {f"{word}Pad{dims}d": {}}
    value: tuple[Field, ...] = ()
    if word == "Constant":
        classes[f"ZeroPad{dims}d"] = {"value": 0.0}
        value = (Field("value"),)
    return Kind(
        name=f"{word.lower()}_pad_{dims}d",
        classes=classes,
        positional=("padding", *(field.name for field in value)),
        fields=(Field("padding", spread=2 * dims), *value),
        shape=partial(_padded, spare=spare, anything=word == "Constant"),
        traits=frozenset({Trait.FUNCTIONAL} if word == "Constant" else {Trait.FUNCTIONAL, Trait.COPIES}),
        idle=lambda settings, _x: not any(settings.ints("padding", 2 * dims)),
        dims=dims,
        constructor=f"torch.nn.{word}Pad{dims}d",
    )


KINDS = tuple(
    _pad(dims, word, spare)
    for dims in (1, 2, 3)
    for word, spare in (("Constant", None), ("Reflection", 1), ("Replication", None), ("Circular", 0))
)
