"""Names of adapters, which are part of the keys of a checkpoint: compared over the whole network, not layer by layer.

`default` for `other` everywhere is another spelling. Where the names do not map one to one, other adapters are active
together, and what runs then no print holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from archdiff.diff import messages
from archdiff.diff.draft import Draft
from archdiff.diff.network_index import Counterparts, leaf_pairs, place_of
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.message import message
from archdiff.model.network import UNKNOWN
from archdiff.model.outcome import Finding

#: settings that hold such names: of adapters, and of the copies that are trained with them
_NAMES: Final = ("adapter_name", "copy_name")
_AND: Final = " and "  # between those of several adapters


def renamed(opened: Iterable[tuple[Leaf, Leaf]], both: Iterable[Counterparts]) -> Iterator[Finding]:
    """One finding for all adapters that have other names: cosmetic where one name stands for one name.

    Args:
        opened: the pairs in which something may differ.
        both: all pairs, with the blocks that are alike.
    """
    apart = [(a, b, ours, theirs) for a, b in opened for ours, theirs in _names(a, b) if ours != theirs]
    if not apart:
        return
    pairs = [names for each in both for a, b in leaf_pairs(each) for names in _names(a, b)]
    found = {one for names in pairs for one in zip(*(each.split(_AND) for each in names), strict=True)}
    one_to_one = len({ours for ours, _ in found}) == len(found) == len({theirs for _, theirs in found})
    a, b, ours, theirs = apart[0]
    what = messages.setting("adapter_name", ours, theirs)
    yield Draft(
        "AD302" if one_to_one else "AD301",
        Effect.COSMETIC if one_to_one else Effect.UNKNOWN,
        message("because", what=what, why=message("key-of-a-checkpoint" if one_to_one else "adapters-apart")),
        "name" if one_to_one else "setting",
        place_of(a, ours),
        place_of(b, theirs),
        "adapter_name",
        count=len(apart),
        places=tuple((place_of(x, ours), place_of(y, theirs)) for x, y, ours, theirs in apart),
    ).frozen()


def _names(a: Leaf, b: Leaf) -> Iterator[tuple[str, str]]:
    """The names on both sides, where both have as many adapters."""
    for name in _NAMES:
        ours, theirs = a.settings.printed.get(name, UNKNOWN), b.settings.printed.get(name, UNKNOWN)
        if isinstance(ours, str) and isinstance(theirs, str) and ours.count(_AND) == theirs.count(_AND):
            yield ours, theirs
