"""Tensors of the reference that have several keys, where the candidate has a tensor for each of them.

Such a map is right for a checkpoint in which those are equal, and for no other. Knows no torch.
"""

from __future__ import annotations

from archdiff.execute.keys.keymap import KeyMap, Leftover, MappedTensor


def clashes(key_map: KeyMap) -> tuple[Leftover, ...]:
    """Keys of one tensor that would be made of another one than the first of them, and of which."""
    ties = {stored.key: stored.tied for stored in key_map.reference.stored if stored.tied}
    sources = {stored.key: stored.tied or stored.key for stored in key_map.candidate.stored}
    first: dict[str, MappedTensor] = {}
    found = []
    for mapped in key_map.mapped:
        tie = ties.get(mapped.key)
        if tie is None:
            continue
        other = first.setdefault(tie, mapped)
        if _made_of(mapped, sources) != _made_of(other, sources):
            names = " and ".join(" + ".join(part.key for part in each.parts) for each in (other, mapped))
            why = f"one tensor with {other.key}, and would be made of {names}, which may differ"
            found.append(Leftover(mapped.key, why))
    return tuple(found)


def equal_sources(key_map: KeyMap) -> list[tuple[str, str]]:
    """Pairs of the candidate's keys that have to hold equal tensors for such a map to be right."""
    found = []
    for left in key_map.clashes:
        first, other = both_of(key_map, left)
        if len(first.parts) == len(other.parts):
            found += [(a.key, b.key) for a, b in zip(first.parts, other.parts, strict=True)]
    return found


def both_of(key_map: KeyMap, clash: Leftover) -> tuple[MappedTensor, MappedTensor]:
    """How the tensor of a key that clashes is made under its first key, and under this one."""
    ties = {stored.key: stored.tied for stored in key_map.reference.stored}
    first = next(each for each in key_map.mapped if ties[each.key] == ties[clash.key])
    return first, next(each for each in key_map.mapped if each.key == clash.key)


def _made_of(mapped: MappedTensor, sources: dict[str, str]) -> MappedTensor:
    """What it is made of, whatever it is called."""
    parts = tuple([part._replace(key=sources.get(part.key, part.key)) for part in mapped.parts])
    return mapped._replace(key="", parts=parts, found_by="")
