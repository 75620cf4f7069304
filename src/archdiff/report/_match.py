"""A ranking of references as lines, the nearest first. Must not rank."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from archdiff.model.effects import GRAVEST_FIRST, Effect
from archdiff.model.inert import printable
from archdiff.report import View

if TYPE_CHECKING:
    from archdiff.model.ranking import Match, Ranking

_REFERENCE: Final = "reference"  # the title of its column
_MOST_TIED: Final = 10  # references of a tie that are named


def lines(ranking: Ranking, view: View) -> Iterator[str]:
    """What is nearest, in a sentence; then every reference with its distance and what it is made of."""
    shown = view.first(ranking.matches)
    yield _headline(ranking)
    yield ""
    names = [printable(match.address) for match in shown]
    width = max(map(len, [_REFERENCE, *names]))
    yield f"distance  {_REFERENCE:<{width}}  differences"
    for match, name in zip(shown, names, strict=True):
        yield f"{match.distance:8.1f}  {name:<{width}}  {_counts(match)}"
    more = len(ranking.matches) - len(shown) + ranking.farther
    if more:
        yield f"          and {more:,} more"
    if ranking.untried:
        yield f"          {ranking.untried:,} look farther by their layers: not compared (--all compares every one)"


def _headline(ranking: Ranking) -> str:
    best = [printable(match.address) for match in ranking.nearest]
    of = " of those that were compared" if ranking.untried else ""
    if not best:
        return f"nothing is near{of}; nearest of them: {printable(ranking.matches[0].address)}"
    if len(best) > _MOST_TIED:
        return f"a tie, {len(best):,} are equally near{of}: {', '.join(best[:_MOST_TIED])} ..."
    if len(best) > 1:
        return f"a tie, equally near{of}: {', '.join(best)}"
    return f"nearest{of}: {best[0]}" if ranking.nearest[0].distance else f"the same as {best[0]}"


def _counts(match: Match) -> str:
    graver = [effect.word for effect in GRAVEST_FIRST if effect > Effect.STATE]  # the others weigh nothing
    parts = [f"{count} {word}" for word in graver if (count := match.counts[word])]
    parts += [f"{match.not_printed} not printed"] if match.not_printed else []
    return ", ".join(parts) or "none that matters"
