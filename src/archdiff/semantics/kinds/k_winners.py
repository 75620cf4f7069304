"""k-winners: the k strongest inputs pass, the rest is zero. Which k follows from a print is worked out here.

Two generations of code print the same class names and round differently; `winners` knows them by what they print.
Source: Ahmad and Scheinkman, "How Can We Be So Dense?", 2019, and the published formulas of nupic.torch.
"""

from __future__ import annotations

from decimal import Decimal
from math import isfinite, prod
from typing import Final, Literal, NamedTuple

from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN
from archdiff.semantics.kinds import Field, Kind, Misfit, NotKnown, Settings, Shape, Trait, of_rank
from archdiff.semantics.kinds._field import OVERWRITES

#: str() of a float in Python 2 had 12 significant digits, fewer where they end in zeros; typed shares have less
_DIVIDED: Final = range(10, 13)


class Winners(NamedTuple):
    """How many of how many units win; None where the text does not hold it."""

    n: int | None  # the units among which they are picked: all of a sample, or the channels where local
    k: int | None
    k_inference: int | None
    generation: Literal["paper", "nupic"]


def winners(settings: Settings, n: int | None) -> Winners:
    """How many units win, in training and in inference.

    Both generations round half to even, as Python's round() does, and 1500 * .067 = 100.5 is a case; only the inference
    k of nupic.torch's KWinners is cut off.

    Args:
        settings: of a KWinners or KWinners2d.
        n: the units that come in, all of a sample; None where that is not known.

    Raises:
        NotKnown: neither k nor the share of winners is printed.
    """
    by = generation(settings)
    if settings.known("local") is True:
        n = settings.int("channels")
    k = _printed(settings, "k")
    if k is None and n is not None:
        k = round(n * _share(settings, "percent_on"))
    k_inference = _printed(settings, "k_inference")
    if k_inference is None and k is not None:
        k_inference = _in_inference(settings, by, n, k)
    return Winners(n, k, k_inference, by)


def generation(settings: Settings) -> Literal["paper", "nupic"]:
    """Which code printed it: the paper's takes k and prints k/n, nupic.torch prints its percent_on as it was set."""
    if settings.kind.name == "k_winners_2d":
        return "nupic" if "channels" in settings.printed else "paper"
    digits = _digits(settings.known("percent_on"))
    return "paper" if _printed(settings, "k") is not None or digits in _DIVIDED else "nupic"


def _digits(value: object) -> int:
    """Significant digits of a float: 12 of 0.0666666666667, 1 of 0.1."""
    return len(Decimal(repr(value)).normalize().as_tuple().digits) if isinstance(value, float) else 0


def _in_inference(settings: Settings, by: str, n: int | None, k: int) -> int | None:
    factor = _share(settings, "k_inference_factor")
    if by == "paper":
        boosted = round(k * factor)
        return boosted if n is None else min(boosted, n)
    if settings.kind.name == "k_winners":
        return int(k * factor)
    return round(n * _share(settings, "percent_on") * factor) if n is not None else None


def _share(settings: Settings, name: str) -> float:
    value = settings.number(name)
    if not isfinite(value):
        raise NotKnown(name)
    return value


def _printed(settings: Settings, name: str) -> int | None:
    value = settings.known(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _all_units(settings: Settings, x: Shape) -> Shape:
    """A printed n is what came in at the first forward; 0 before it."""
    n = settings.int("n")
    if n and prod(x) != n:
        raise Misfit("n", n, prod(x))
    return x


def _flat(settings: Settings, x: Shape) -> Shape:
    if len(x) != 1:
        raise Misfit("n", settings.int("n"), x)
    return _all_units(settings, x)


def _map(settings: Settings, x: Shape) -> Shape:
    channels = settings.known("channels")
    of_rank(3)(settings, x)
    if isinstance(channels, int) and x[0] != channels:
        raise Misfit("channels", channels, x[0])
    return _all_units(settings, x)


_N = Field("n", 0, aspect="input", joint=True)
_PLACE = (
    Field("channels", UNKNOWN, aspect="input"),  # the paper's code prints none
    Field("local", False, aspect="k-winners", remark="winners of each position, not of the whole map"),
)
_WINNERS = (
    Field("percent_on", UNKNOWN, aspect="k-winners", joint=True),
    Field("k", UNKNOWN, aspect="k-winners", joint=True),
    Field("k_inference", UNKNOWN, Effect.INFERENCE, aspect="k-winners", joint=True),
    Field("k_inference_factor", UNKNOWN, Effect.INFERENCE, aspect="k-winners", likely=1.0, joint=True),
    Field("boost_strength", UNKNOWN, aspect="k-winners", joint=True),
    Field("boost_strength_factor", UNKNOWN, Effect.TRAINING, remark="applied to boost_strength once an epoch"),
    Field("duty_cycle_period", UNKNOWN, Effect.TRAINING),
    Field("break_ties", True, Effect.EQUIVALENT, aspect="k-winners", joint=True),  # code that printed none was strict
    Field("relu", False, aspect="k-winners", remark="negative winners become zero"),
    OVERWRITES,
)

KINDS = (
    Kind(
        name="k_winners",
        classes={"KWinners": {}},
        fields=(_N, *_WINNERS),
        shape=_flat,
        traits=frozenset({Trait.PICKS_WINNERS}),
        state=None,  # the paper's code and nupic.torch give its buffers other names
        constructor="archdiff.nn.KWinners",
    ),
    Kind(
        name="k_winners_2d",
        classes={"KWinners2d": {}},
        fields=(_N, *_PLACE, *_WINNERS),
        shape=_map,
        traits=frozenset({Trait.PICKS_WINNERS}),
        dims=2,
        state=None,  # the paper's code and nupic.torch give its buffers other names
        constructor="archdiff.nn.KWinners2d",
    ),
)
