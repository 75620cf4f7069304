"""Layers that move numbers to other places and change none: Flatten, Unflatten, shuffles; and Identity.

Printed dimensions count the batch, shapes here do not. What reaches into the batch has no shape without it: NotKnown.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from archdiff.semantics.kinds import Field, Kind, Misfit, NotKnown, Partial, Settings, Shape, Trait, axis, axis_of

_RESHAPES = frozenset({Trait.RESHAPES, Trait.FUNCTIONAL})


def _flattened(settings: Settings, x: Shape) -> Shape:
    first, last = (axis(settings.int(name), x, name) for name in ("start_dim", "end_dim"))
    if first > last:
        raise Misfit("end_dim", settings.int("start_dim"), settings.int("end_dim"))
    return (*x[:first], prod(x[first : last + 1]), *x[last + 1 :])


def _unflattened(settings: Settings, x: Shape) -> Shape:
    """One size may be -1: whatever the others leave."""
    place = axis(settings.int("dim"), x, "dim")
    sizes = settings.all_ints("unflattened_size")
    rest = prod(size for size in sizes if size != -1)
    if -1 in sizes:
        if sizes.count(-1) > 1 or rest < 1 or x[place] % rest:
            raise Misfit("unflattened_size", sizes, x[place])
        sizes = tuple(x[place] // rest if size == -1 else size for size in sizes)
    elif rest != x[place]:
        raise Misfit("unflattened_size", sizes, x[place])
    return (*x[:place], *sizes, *x[place + 1 :])


def _image(x: Shape) -> tuple[Shape, int, int, int]:
    if len(x) < 3:
        raise Misfit("dimensions", 3, x)
    return x[:-3], x[-3], x[-2], x[-1]


def _shuffled(settings: Settings, x: Shape) -> Shape:
    """(C * r^2, H, W) -> (C, H * r, W * r)."""
    r = settings.int("upscale_factor")
    before, channels, height, width = _image(x)
    if r < 1 or channels % r**2:
        raise Misfit("upscale_factor", r, channels)
    return (*before, channels // r**2, height * r, width * r)


def _unshuffled(settings: Settings, x: Shape) -> Shape:
    """(C, H * r, W * r) -> (C * r^2, H, W)."""
    r = settings.int("downscale_factor")
    before, channels, height, width = _image(x)
    if r < 1 or height % r or width % r:
        raise Misfit("downscale_factor", r, (height, width))
    return (*before, channels * r**2, height // r, width // r)


def _channels_shuffled(settings: Settings, x: Shape) -> Shape:
    groups = settings.int("groups")
    if len(x) < 2:
        raise Misfit("dimensions", 2, x)
    if groups < 1 or x[0] % groups:
        raise Misfit("groups", groups, x[0])
    return x


def _idle_flatten(settings: Settings, x: Partial | None) -> bool:
    """From one dimension to itself."""
    first, last = settings.int("start_dim"), settings.int("end_dim")
    if x is None:
        if first == last:
            return True
        raise NotKnown("start_dim")
    return axis(first, (1,) * len(x), "start_dim") == axis(last, (1,) * len(x), "end_dim")


def _idle_unflatten(settings: Settings, _x: Partial | None) -> bool:
    """Into one size: what it was."""
    sizes = settings["unflattened_size"]
    return isinstance(sizes, tuple) and len(sizes) == 1


def _by_one(name: str) -> Callable[[Settings, Partial | None], bool]:
    return lambda settings, _x: settings.int(name) == 1


def _groups_of_one(settings: Settings, x: Partial | None) -> bool:
    """One group, or as many as there are channels."""
    groups = settings.int("groups")
    channels = x[0] if x else None
    if channels is None and groups != 1:
        raise NotKnown("groups")
    return groups in (1, channels)


KINDS = (
    Kind(
        name="flatten",
        classes={"Flatten": {}},
        positional=("start_dim", "end_dim"),
        fields=(Field("start_dim", 1, meaning=axis_of), Field("end_dim", -1, meaning=axis_of)),
        shape=_flattened,
        traits=_RESHAPES,
        idle=_idle_flatten,
        constructor="torch.nn.Flatten",
    ),
    Kind(
        name="unflatten",
        classes={"Unflatten": {}},
        positional=("dim", "unflattened_size"),
        fields=(Field("dim", meaning=axis_of), Field("unflattened_size", spread=1)),
        shape=_unflattened,
        traits=_RESHAPES,
        idle=_idle_unflatten,
        constructor="torch.nn.Unflatten",
    ),
    Kind(
        name="pixel_shuffle",
        classes={"PixelShuffle": {}},
        positional=("upscale_factor",),
        fields=(Field("upscale_factor"),),
        shape=_shuffled,
        traits=_RESHAPES,
        dims=2,
        idle=_by_one("upscale_factor"),
        constructor="torch.nn.PixelShuffle",
    ),
    Kind(
        name="pixel_unshuffle",
        classes={"PixelUnshuffle": {}},
        positional=("downscale_factor",),
        fields=(Field("downscale_factor"),),
        shape=_unshuffled,
        traits=_RESHAPES,
        dims=2,
        idle=_by_one("downscale_factor"),
        constructor="torch.nn.PixelUnshuffle",
    ),
    Kind(
        name="channel_shuffle",
        classes={"ChannelShuffle": {}},
        positional=("groups",),
        fields=(Field("groups"),),
        shape=_channels_shuffled,
        traits=_RESHAPES,
        idle=_groups_of_one,
        constructor="torch.nn.ChannelShuffle",
    ),
    Kind(
        name="identity",
        classes={"Identity": {}},
        traits=frozenset({Trait.IDENTITY, Trait.ELEMENTWISE, Trait.MONOTONE, Trait.FUNCTIONAL}),
        constructor="torch.nn.Identity",
    ),
)
