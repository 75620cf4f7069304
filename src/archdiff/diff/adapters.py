"""Names of adapters, which are part of the checkpoint keys: compared over the whole network, not layer by layer.

`default` for `other` everywhere is another spelling. Where the names do not map one to one, other adapters are active
together, and what runs then no print holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from archdiff.diff import messages
from archdiff.diff.draft import of_places, place
from archdiff.diff.network_index import Counterparts, leaf_pairs
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.model.message import because, message
from archdiff.model.network import UNKNOWN

#: settings that hold such names: of adapters, and of the copies that are trained with them
_NAMES: Final = ("adapter_name", "copy_name")
_AND: Final = " and "  # between those of several adapters


def renamed(opened: Iterable[tuple[Leaf, Leaf]], both: Iterable[Counterparts]) -> Iterator[Finding]:
    """One finding for all adapters that have other names: cosmetic where the names map one to one.

    Args:
        opened: Pairs of layers in which something may differ.
        both: All pairs, with the blocks that are alike.
    """
    apart = [(a, b, ours, theirs) for a, b in opened for ours, theirs in _names(a, b) if ours != theirs]
    if not apart:
        return
    pairs = [names for each in both for a, b in leaf_pairs(each) for names in _names(a, b)]
    found = {one for names in pairs for one in zip(*(each.split(_AND) for each in names), strict=True)}
    one_to_one = len({ours for ours, _ in found}) == len(found) == len({theirs for _, theirs in found})
    why = "key-of-a-checkpoint" if one_to_one else "adapters-apart"
    yield of_places(
        "AD302" if one_to_one else "AD301",
        Effect.COSMETIC if one_to_one else Effect.UNKNOWN,
        because(messages.setting("adapter_name", *apart[0][2:]), message(why)),
        "name" if one_to_one else "setting",
        [(place(a, ours), place(b, theirs)) for a, b, ours, theirs in apart],
        "adapter_name",
    )


def _names(a: Leaf, b: Leaf) -> Iterator[tuple[str, str]]:
    """Adapter names on both sides, where both have as many adapters."""
    for name in _NAMES:
        ours, theirs = a.settings.printed.get(name, UNKNOWN), b.settings.printed.get(name, UNKNOWN)
        if isinstance(ours, str) and isinstance(theirs, str) and ours.count(_AND) == theirs.count(_AND):
            yield ours, theirs
