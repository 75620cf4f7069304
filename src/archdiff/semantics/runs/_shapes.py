"""Shapes of which some sizes are not known: what comes out of a layer, and what layers require of what comes in.

A size that comes out is known where it is the same for whatever size is not known. Must not guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from archdiff.model.effects import Effect
from archdiff.semantics.kinds import (
    Kind,
    Misfit,
    NotKnown,
    Partial,
    Settings,
    Shape,
    Trait,
    counts_channels,
    same_shape,
)

#: stand for a size that is not known; both are divided by all small numbers
_TRIED: Final = (840, 1680)
#: give another number of dimensions than they take
_OTHER_RANK: Final = ("unfold", "fold", "select_adaptive_pool_2d")
#: take more dimensions than they ask for
_ANY_RANK: Final = ("constant_pad_1d", "constant_pad_2d", "constant_pad_3d", "pixel_shuffle", "pixel_unshuffle")
_CHANNELS: Final = ("in_channels", "num_features", "num_channels")


def whole(partial: Partial | None) -> Shape | None:
    """The shape where all of it is known."""
    sizes = tuple([size for size in partial if size is not None]) if partial is not None else None
    return sizes if partial is not None and sizes is not None and len(sizes) == len(partial) else None


def completed(kind: Kind, settings: Settings, x: Partial | None) -> Partial | None:
    """What comes in, with the sizes that a layer requires."""
    if x is None:
        return None
    if x and x[0] is None and (kind.name in ("batch_norm_1d", "group_norm") or kind.dims == len(x) - 1):
        x = (_channels(settings, *_CHANNELS), *x[1:])
    last = _last(kind, settings)
    if last and len(last) <= len(x):
        x = (*x[: len(x) - len(last)], *last)
    return x


def _number(settings: Settings, *names: str) -> int | None:
    return next((size for name in names if isinstance(size := settings.known(name), int)), None)


def _channels(settings: Settings, *names: str) -> int | None:
    """As there; None of a norm that takes any number of channels."""
    return _number(settings, *names) if counts_channels(settings) else None


def _last(kind: Kind, settings: Settings) -> Shape:
    """The last sizes that a layer requires, however many there are before them."""
    features = settings.known("in_features") if kind.field("in_features") else None
    if isinstance(features, int):
        return (features,)
    sizes = settings.known("normalized_shape") if kind.name in ("layer_norm", "rms_norm") else ()
    return tuple([size for size in sizes if isinstance(size, int)]) if isinstance(sizes, tuple) else ()


def behind(kind: Kind, settings: Settings, x: Partial | None) -> Partial | None:
    """The shape that comes out, as far as it is known."""
    if kind.name == "constant":
        sizes = settings.printed["sizes"]
        return tuple([size if isinstance(size, int) else None for size in sizes]) if isinstance(sizes, tuple) else None
    if x is None:
        return _of_any(kind, settings)
    if kind.shape is None:
        return None
    if kind.name == "linear" and whole(x) is None:
        return (*x[:-1], _number(settings, "out_features"))
    if kind.name == "unflatten" and whole(x) is None:
        return _unflattened(settings, x)
    found = []
    for tried in _TRIED if None in x else _TRIED[:1]:
        try:
            found.append(kind.shape(settings, tuple([tried if size is None else size for size in x])))
        except (Misfit, NotKnown):
            return _of_any(kind, settings) if None in x else None
    if len({len(shape) for shape in found}) > 1:
        return None
    return tuple([sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*found, strict=True)])


def _unflattened(settings: Settings, x: Partial) -> Partial | None:
    dim, sizes = settings.known("dim"), settings.known("unflattened_size")
    rank = len(x) + 1
    if not isinstance(dim, int) or not isinstance(sizes, tuple) or not -rank <= dim < rank or dim % rank == 0:
        return None
    new = tuple([size if isinstance(size, int) and size > 0 else None for size in sizes])
    place = dim % rank - 1
    return (*x[:place], *new, *x[place + 1 :])


def _of_any(kind: Kind, settings: Settings) -> Partial | None:
    """What comes out whatever comes in."""
    if kind.name == "flatten" and (settings.known("start_dim"), settings.known("end_dim")) == (1, -1):
        return (None,)
    if kind.name == "embedding_bag":
        return (_number(settings, "embedding_dim"),)
    if kind.name.startswith("adaptive"):
        sizes = settings.known("output_size")
        known = [size if isinstance(size, int) else None for size in sizes] if isinstance(sizes, tuple) else []
        return (None, *known) if known else None
    if kind.function is not None or kind.has(Trait.DROPS, settings) or kind.shape is same_shape:
        return None
    if not kind.dims or kind.name in (*_OTHER_RANK, *_ANY_RANK):
        return None
    return (_channels(settings, "out_channels", "num_features"), *[None] * kind.dims)


def last_behind(kind: Kind, settings: Settings) -> int | None:
    """The last size that comes out, whatever comes in and however many dimensions it has."""
    name = {"linear": "out_features", "embedding": "embedding_dim"}.get(kind.name)
    return _number(settings, name) if name else None


def required_input(layers: Iterable[tuple[Kind, Settings]]) -> Partial | None:
    """What has to come into the first of some layers that run one behind the other, as far as their settings say.

    Looked at is what keeps the shape, or at least the channels and the number of dimensions.
    """
    found: Partial | None = None
    same = True  # what comes into the layer is what came into the first
    for kind, settings in layers:
        if kind.name == "embedding_bag":
            return (None,) if found is None and same else found
        if found is None and kind.dims and kind.name not in (*_OTHER_RANK, *_ANY_RANK):
            found = (None,) * (kind.dims + 1)
        if found is not None:
            own = completed(kind, settings, found)
            found = own if same or own is None else (own[0], *found[1:])
        if found is not None and found[0] is not None and (not same or None not in found):
            return found
        if keeps_shape(kind, settings):
            continue
        same = False
        if not keeps_channels(kind):
            return found
        if found is None and kind.name not in _ANY_RANK:
            return None
    return found


def keeps_shape(kind: Kind, settings: Settings) -> bool:
    """Whether the shape that comes out is the one that comes in."""
    if kind.has(Trait.NORMALIZES, settings) or kind.has(Trait.CHANNEL_SCALE, settings):
        return True
    return kind.shape is same_shape or kind.function is not None or kind.name in _KEEP_SHAPE


_KEEP_SHAPE: Final = ("softmax", "log_softmax", "softmin", "softmax_2d", "channel_shuffle", "dropout_1d")


def keeps_channels(kind: Kind) -> bool:
    """Whether it changes nothing of a shape but the sizes behind the channels."""
    windows = kind.name.startswith(("max_pool", "avg_pool", "lp_pool", "adaptive"))
    pads = kind.name.startswith(("reflection_pad", "replication_pad", "circular_pad", "constant_pad"))
    return windows or pads or kind.name == "upsample"


def sizing(kind: Kind, settings: Settings) -> tuple[str, ...]:
    """All settings of a layer that decide the shape that it gives."""
    if kind.name.startswith("adaptive"):
        return "adaptive", str(settings.known("output_size"))
    names = [field.name for field in kind.fields if field.effect >= Effect.FUNCTION and field.name not in _SIZE_NOTHING]
    return kind.name, *(f"{name}={settings.known(name)}" for name in names)


_SIZE_NOTHING: Final = ("bias", "groups", "in_channels", "in_features", "mode", "padding_mode", "value")
