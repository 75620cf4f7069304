"""Which names hold one weight: a layer that stands in two places, a head that is tied to its embedding.

No print shows it; live modules do. What two prints leave open is found by `unprinted`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from archdiff.diff import hints
from archdiff.diff.draft import Draft
from archdiff.diff.live_modules import LiveNetwork
from archdiff.infer import Sized
from archdiff.model.effects import Effect
from archdiff.model.facts import SHARED
from archdiff.model.finding import Finding
from archdiff.model.message import message
from archdiff.model.network import UNKNOWN
from archdiff.semantics.live_settings import is_live

#: names of one weight, under the paths of the reference
_Group: TypeAlias = frozenset[str]

ONE_WEIGHT: Final = "shared"


def findings(
    candidate: LiveNetwork, reference: LiveNetwork, pairs: Iterable[tuple[str | None, str | None]]
) -> Iterator[Finding]:
    """One weight that only one of two live modules holds under these names; of one live module, that it does.

    Args:
        candidate: One network.
        reference: The other.
        pairs: Paths of the layers that correspond to each other.
    """
    own = [_groups(side.sized) for side in (candidate, reference)]
    if not any(own):
        return
    there = dict(pair for pair in pairs if None not in pair)
    if not (candidate.is_live and reference.is_live):
        side, groups = ("candidate", own[0]) if candidate.is_live else ("reference", own[1])
        yield _drafted(side, groups[0], len(groups), Effect.UNKNOWN, candidate, reference, there)
        return
    ours = _under(own[0], there)
    theirs = _under(own[1], {path: path for path in there.values()})
    for side, mine, others in (("candidate", ours, theirs), ("reference", theirs, ours)):
        alone = [names for names, group in mine.items() if group not in others.values()]
        if alone:
            yield _drafted(side, alone[0], len(alone), Effect.FUNCTION, candidate, reference, there)
            return


def are_known(candidate: Sized, reference: Sized) -> bool:
    """Whether both networks are live, or one that is shares weights, which is then a finding."""
    both = (candidate, reference)
    return all(is_live(each.network) for each in both) or any(map(_groups, both))


def _groups(side: Sized) -> list[tuple[str, ...]]:
    """The names of each weight that has several; of the weights of one layer, the first."""
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for names in side.network.rows(SHARED):
        if isinstance(names, tuple):
            words = tuple(map(str, names))
            found.setdefault(tuple(word.rpartition(".")[0] for word in words), words)
    return [*found.values()]


def _under(groups: Sequence[tuple[str, ...]], there: dict[str | None, str | None]) -> dict[tuple[str, ...], _Group]:
    """Groups by the paths of the reference, as far as the layers that hold them are paired."""
    found = {}
    for names in groups:
        translated = frozenset(filter(None, (_translated(name, there) for name in names)))
        if len(translated) > 1:
            found[names] = translated
    return found


def _translated(name: str, there: dict[str | None, str | None]) -> str:
    path, rest = name, ""
    while path and path not in there:
        path, _, last = path.rpartition(".")
        rest = f".{last}{rest}"
    return f"{there[path]}{rest}" if path in there else ""


def _drafted(
    side: str,
    names: Sequence[str],
    count: int,
    effect: Effect,
    candidate: LiveNetwork,
    reference: LiveNetwork,
    there: Mapping[str | None, str | None],
) -> Finding:
    """A finding at the layer that takes its weight from another one: the last that has it."""
    known = effect is not Effect.UNKNOWN
    what = message("one-weight-only" if known else "one-weight-here", side=side, names=", ".join(names))
    own = names[-1].rpartition(".")[0]
    back = {theirs: ours for ours, theirs in there.items()}
    paths = (own, there.get(own)) if side == "candidate" else (back.get(own), own)
    both = [
        of.place(path or "", ", ".join(names) if name == side else "" if known else UNKNOWN)
        for name, of, path in zip(("candidate", "reference"), (candidate, reference), paths, strict=True)
    ]
    hint = "" if known else hints.SHARED_WEIGHTS
    rule = "AD301" if known else "AD701"
    return Draft(rule, effect, what, "setting", both[0], both[1], ONE_WEIGHT, hint, count).frozen()
