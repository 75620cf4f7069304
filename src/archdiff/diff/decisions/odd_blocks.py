"""What a block that only one network has is unlike its neighbours in: a depth decision alone would hide it.

Of two blocks that are otherwise alike the one that differs is taken for the one too many. Must not decide which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from archdiff.diff.messages import amount
from archdiff.diff.network_index import NetworkIndex
from archdiff.model.finding import Finding
from archdiff.model.message import Message, message
from archdiff.model.network import UNKNOWN, Value, join, names, walk

_NEIGHBOURS: Final = 4  # on each side
_CLASS: Final = ""  # in the place of a setting's name

#: by path in the block and setting
_Form: TypeAlias = Mapping[tuple[str, str], Value]


def told(parts: Iterable[Finding], ours: NetworkIndex, theirs: NetworkIndex) -> Message | None:
    """The words for blocks unlike their neighbours; None where there is none.

    Args:
        parts: Findings about blocks of which one network has more.
        ours: The candidate.
        theirs: The reference.
    """
    found: list[Message] = []
    for finding in parts:
        for candidate, reference in finding.all_places if finding.rule in ("AD103", "AD104") else ():
            place, network = (reference, theirs) if reference else (candidate, ours)
            found += _odd(place.path, network) if place else ()
    return message("but-odd", what=found[0], more=len(found) - 1 or None) if found else None


def _odd(path: str, network: NetworkIndex) -> Iterator[Message]:
    """What all neighbours of a block have in common and it has not."""
    others = [_form(each, network) for each in _neighbours(path, network)]
    own = _form(path, network)
    alone: set[str] = set()  # layers of which there is more to say than a setting
    for inner, setting in dict.fromkeys([*own, *(key for each in others for key in each)]) if others else ():
        here, there = own.get((inner, setting)), [each.get((inner, setting)) for each in others]
        if inner in alone or here == there[0] or any(value != there[0] for value in there):
            continue
        where = join(path, inner)
        if setting != _CLASS:
            yield message("odd-setting", path=where, name=setting, ours=amount(here), theirs=amount(there[0]))
            continue
        alone.add(inner)
        if here is None:
            yield message("odd-without", path=path, what=inner)
        elif there[0] is None:
            yield message("odd-with", path=path, what=inner)
        else:
            yield message("odd-class", path=where, ours=here, theirs=there[0])


def _neighbours(path: str, network: NetworkIndex) -> list[str]:
    """The nearest blocks of its list, two at least; if there are more, without the first, which may stride."""
    holder, _, name = path.rpartition(".")
    printed = network.sized.normal.printed(holder)
    lines = [names(child) for child in printed.children if child.children] if printed else []
    at = next((at for at, each in enumerate(lines) if name in each), 0)
    first = 0 if lines and len(lines[0]) > 1 else 1
    near = lines[max(first, at - _NEIGHBOURS) : at] + lines[at + 1 : at + 1 + _NEIGHBOURS]
    near = near if len(near) > 1 else [*lines[:at], *lines[at + 1 :]]
    return [join(holder, each[-1]) for each in near] if at and len(near) > 1 else []


def _form(path: str, network: NetworkIndex) -> _Form:
    """The class of each layer in a block, and what it prints."""
    printed = network.sized.normal.printed(path)
    found: dict[tuple[str, str], Value] = {}
    for inner, _ in walk(printed) if printed else ():
        below = inner.partition(".")[2]
        if leaf := network.leaf(join(path, below) if below else path):
            found[below, _CLASS] = leaf.layer.class_name
            settings = leaf.settings
            named = [field.name for field in leaf.kind.fields] if leaf.kind else list(settings.printed)
            known = {name: settings.known(name) if leaf.kind else settings.printed[name] for name in named}
            found |= {(below, name): value for name, value in known.items() if value is not UNKNOWN}
    return found
