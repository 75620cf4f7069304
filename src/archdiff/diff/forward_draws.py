"""What two traced forwards leave out at random: dropout, stochastic depth.

Must not compare what else they do: `forwards` knows whether that is the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, TypeAlias

from archdiff.diff.forward_sides import ForwardDifference, TracedSide
from archdiff.model.message import Message, message
from archdiff.model.trace import Operation
from archdiff.semantics.operations import rate

AT_RANDOM: Final = "traced-drops"
_DIGITS: Final = 7  # of a rate: 0.1 by steps of float32 is 0.1
_Drawn: TypeAlias = tuple[str, str, float, tuple[tuple[int, ...], ...], int]


def alone_at_random(ours: TracedSide, theirs: TracedSide) -> tuple[frozenset[int], frozenset[int]]:
    """Operations that leave out at random, and have none in the other network in the same module, alike.

    Args:
        ours: The candidate.
        theirs: The reference.
    """
    here, there = _drawn(ours), _drawn(theirs)
    return (
        frozenset(number for key, number in here.items() if key not in there),
        frozenset(number for key, number in there.items() if key not in here),
    )


def _drawn(side: TracedSide) -> dict[_Drawn, int]:
    """Operations that leave out at random: by module, operator, rate, shape, and which of several these are."""
    found: dict[_Drawn, int] = {}
    met: Counter[tuple[object, ...]] = Counter()
    for number, each in enumerate(side.trace.operations):
        p = rate(each)
        if p is not None:
            kind = side.there(side.container(each.path)), each.name, float(f"{p:.{_DIGITS}g}"), each.shapes
            met[kind] += 1
            found[*kind, met[kind]] = number
    return found


def at_random(
    ours: TracedSide, theirs: TracedSide, alone: tuple[frozenset[int], frozenset[int]]
) -> list[ForwardDifference]:
    """Each of these in the words of all: they have one cause.

    Args:
        ours: The candidate.
        theirs: The reference.
        alone: What `alone_at_random` found.
    """
    back = {there: here for here, there in ours.paths.items()}
    ran = [
        [side.trace.operations[number] for number in sorted(each)]
        for side, each in zip((ours, theirs), alone, strict=True)
    ]
    found = []
    for name in dict.fromkeys(each.name for each in (*ran[0], *ran[1])):  # of single numbers, of whole branches
        a, b = ([each for each in side if each.name == name] for side in ran)
        what = message(AT_RANDOM, ours=_rates(a), theirs=_rates(b))
        found += [_told(what, (each.path, ours.there(each.path)), (each.place, "")) for each in a]
        found += [_told(what, (back.get(each.path, each.path), each.path), ("", each.place)) for each in b]
    return found


def _told(what: Message, layers: tuple[str, str], places: tuple[str, str]) -> ForwardDifference:
    return ForwardDifference(what, ("", ""), layers, places)


def _rates(ran: Iterable[Operation]) -> Message:
    """Least and largest rate, in words."""
    rates = sorted({p for each in ran if (p := rate(each)) is not None})
    if not rates:
        return message("traced-drops-none")
    least, most = (f"{each:.3g}" for each in (rates[0], rates[-1]))
    return message("traced-drops-rates" if most != least else "traced-drops-rate", least=least, most=most)
