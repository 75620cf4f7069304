"""Whether layers of two kinds could compute the same, where a text does not hold all of their settings.

A row of a summary table says AvgPool2d or LeakyReLU and not with which window or slope.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.network import PARAMETERS, UNKNOWN
from archdiff.semantics.kinds import NotKnown, Settings, Trait

_TRIED: Final = (-1.0, 0.0, 1.0, 6.0)  # what an open number may be, beside its default
_MOST_OPEN: Final = 2  # numbers of one function
_AT: Final = (-30.0, -7.3, -1.7, -1.0, -0.6, -0.1, 0.0, 0.2, 0.9, 1.0, 2.3, 5.9, 6.1, 19.0, 40.0)
_POOLS: Final = (Trait.AVERAGES, Trait.PICKS_MAX)


def may_be_one(a: Settings, b: Settings) -> bool:
    """Whether settings that a text does not hold could make one function of two layers.

    Args:
        a: Those of a layer of the one kind.
        b: Those of a layer of the other.
    """
    if _may_be_softmax_2d(a, b) or _may_be_softmax_2d(b, a):
        return True
    if not (_open(a) or _open(b)):
        return False
    if _learns(a) or _learns(b) or a.kind.dims != b.kind.dims:  # what is learned is no setting
        return False
    if any(_may_have(a, trait) and _may_have(b, trait) for trait in _POOLS):
        return True
    return not set(_values(a)).isdisjoint(_values(b))


def _may_be_softmax_2d(along: Settings, over_channels: Settings) -> bool:
    """Whether a softmax may work over the channels of maps: its dim is open, or the other one is a row of a table.

    Such a row says that maps come in, of which dim 1 is that of the channels. A print does not say how many dimensions
    come into a Softmax.
    """
    if (along.kind.name, over_channels.kind.name) != ("softmax", "softmax_2d"):
        return False
    dim = along.known("dim")
    return dim is UNKNOWN or (PARAMETERS in over_channels.printed and dim in (1, -3))


def _learns(of: Settings) -> bool:
    try:
        return of.kind.state is None or any(True for _ in of.kind.state(of))
    except NotKnown:
        return True


def _may_have(of: Settings, trait: Trait) -> bool:
    return of.kind.has(trait, of) or (trait in of.kind.traits_if and bool(_open(of)))


def _open(of: Settings) -> list[str]:
    """The settings that decide what is computed and are not known, those apart that no print holds."""
    fields = (each for each in of.kind.fields if each.effect is Effect.FUNCTION and each.likely is UNKNOWN)
    return [field.name for field in fields if of.known(field.name) is UNKNOWN]


def _values(of: Settings) -> Iterator[tuple[float, ...]]:
    """What comes out for some numbers, with each of the values that open settings may have."""
    names = _open(of)
    if of.kind.function is None or len(names) > _MOST_OPEN:
        return
    defaults = Settings(of.kind, {})
    for values in product(*((*_TRIED, defaults.known(name)) for name in names)):
        settings = Settings(of.kind, {**of.printed, **dict(zip(names, values, strict=True))})
        try:
            function = of.kind.function(settings, 0.0)
            yield tuple([round(function(x), 9) for x in _AT])
        except (NotKnown, ArithmeticError):
            continue
