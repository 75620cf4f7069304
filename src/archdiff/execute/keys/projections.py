"""Projections that one library keeps apart and another in one matrix: queries, keys and values; gate and up.

A `Group` is what one container holds of them. Their names say what they are: their sizes rarely do. Only layouts that
put one projection below the other are taken apart; in `query_key_value` they stand head by head in some libraries, so
that matrix goes into one of the same name alone. Must not know what stands for what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from archdiff.execute.keys.keymap import Mapped, Part, Stored
from archdiff.semantics import attention

#: the order in one matrix; a family is known by its first
_FAMILIES: Final = (("query", "key", "value"), ("gate", "up"))
FAMILIES: Final = tuple(family[0] for family in _FAMILIES)
#: in these each head has its query, key and value together
_BY_HEAD: Final = frozenset({"query_key_value"})
#: MultiheadAttention keeps its own under these names
_OF_ATTENTION: Final = {"in_proj_weight": "weight", "in_proj_bias": "bias"}


class Member(NamedTuple):
    """A tensor of a group: which projections it holds, one below the other."""

    parts: tuple[str, ...]
    stored: Stored
    by_head: bool = False


class Group(NamedTuple):
    """All projections of one family in one container."""

    container: str
    family: str  # the first projection of it
    members: Mapping[str, tuple[Member, ...]]  # by what they are: "weight", "bias"

    @property
    def stored(self) -> Iterator[Stored]:
        return (member.stored for members in self.members.values() for member in members)


def groups(tensors: Iterable[Stored]) -> list[Group]:
    """Every whole group, in the order of the state_dict."""
    found: dict[tuple[str, str], dict[str, list[Member]]] = {}
    for stored in tensors:
        container, parts, role, by_head = _place(stored)
        if parts:
            family = next(each[0] for each in _FAMILIES if parts[0] in each)
            member = Member(parts, stored, by_head)
            found.setdefault((container, family), {}).setdefault(role, []).append(member)
    made = (
        Group(container, family, {role: _in_order(family, members) for role, members in roles.items()})
        for (container, family), roles in found.items()
    )
    return [group for group in made if _is_whole(group)]


def _place(stored: Stored) -> tuple[str, tuple[str, ...], str, bool]:
    """(container, projections, role, whether head by head); no projections where it is none."""
    if stored.name in _OF_ATTENTION:
        return stored.layer, _FAMILIES[0], _OF_ATTENTION[stored.name], False
    container, _, name = stored.layer.rpartition(".")
    alone = attention.part(name)
    parts = attention.fused(name) or ((alone,) if alone else ())
    return container, parts, stored.name, name in _BY_HEAD


def _in_order(family: str, members: Sequence[Member]) -> tuple[Member, ...]:
    order = _family(family)
    return tuple(sorted(members, key=lambda member: order.index(member.parts[0])))


def _family(first: str) -> tuple[str, ...]:
    return next(each for each in _FAMILIES if each[0] == first)


def _is_whole(group: Group) -> bool:
    """Whether its weights are each projection of the family, and each once."""
    held = tuple([part for member in group.members.get("weight", ()) for part in member.parts])
    return held == _family(group.family)


def made(ours: Group, theirs: Group) -> list[Mapped | str]:
    """How each tensor of the reference's group is made of the candidate's; the reason where it cannot be."""
    found: list[Mapped | str] = []
    for role, members in theirs.members.items():
        sources = ours.members.get(role, ())
        rows = _rows(sources, members)
        found += [_one(member, sources, rows) for member in members]
    return found


def _one(member: Member, sources: Sequence[Member], rows: Mapping[str, int]) -> Mapped | str:
    stored = member.stored
    parts = _parts(member, sources, rows)
    if isinstance(parts, str):
        return parts
    if len(parts) == 1 and parts[0].rows is None:
        return Mapped(stored.key, (Part(parts[0].key),), parts[0].transposed != stored.columns, found_by="name")
    return Mapped(stored.key, parts, stored.columns, found_by="name")


def _parts(member: Member, sources: Sequence[Member], rows: Mapping[str, int]) -> tuple[Part, ...] | str:
    """What is taken of which tensor, in order; the reason where that is not known."""
    parts: list[Part] = []
    left = list(member.parts)
    while left:
        source = next((each for each in sources if left[0] in each.parts), None)
        if source is None:
            return f"no {member.stored.name} for the {left[0]} projection"
        whole = tuple(left[: len(source.parts)]) == source.parts
        if refusal := _refusal(member, source, whole, rows):
            return refusal
        taken = source.parts if whole else (left[0],)
        parts.append(Part(source.stored.key, source.stored.columns, None if whole else _span(source, left[0], rows)))
        left = left[len(taken) :]
    return _joined(parts) if _adds_up(member.stored, sources, parts) else f"the sizes of {parts[0].key} do not add up"


def _refusal(member: Member, source: Member, whole: bool, rows: Mapping[str, int]) -> str:
    """Why nothing can be taken of a tensor; "" where it can."""
    if source.by_head != member.by_head or (source.by_head and not whole):
        return f"{(source if source.by_head else member).stored.layer} may hold its projections head by head"
    if not _wide_enough(member.stored, source.stored):
        return f"{source.stored.key} has other inputs"
    total = sum(rows.get(part, 0) for part in source.parts)
    if not whole and (not all(part in rows for part in source.parts) or (source.stored.rows or (total,))[0] != total):
        return f"which rows of {source.stored.key} are which projection is not known"
    return ""


def _span(source: Member, part: str, rows: Mapping[str, int]) -> tuple[int, int]:
    start = sum(rows[each] for each in source.parts[: source.parts.index(part)])
    return start, start + rows[part]


def _joined(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Neighbouring rows of one tensor are taken at once."""
    found: list[Part] = []
    for part in parts:
        last = found[-1] if found else None
        if last and part.rows and last.rows and (last.key, last.rows[1]) == (part.key, part.rows[0]):
            found[-1] = last._replace(rows=(last.rows[0], part.rows[1]))
        else:
            found.append(part)
    return tuple(found)


def _wide_enough(target: Stored, source: Stored) -> bool:
    """Whether both take as many inputs."""
    return target.rows is None or source.rows is None or target.rows[1:] == source.rows[1:]


def _adds_up(target: Stored, sources: Sequence[Member], parts: Iterable[Part]) -> bool:
    """Whether the parts have as many rows as what is made of them, where all are known."""
    sizes = {each.stored.key: each.stored.rows for each in sources}
    total = 0
    for part in parts:
        shape = sizes[part.key]
        if shape is None or target.rows is None:
            return True
        total += part.rows[1] - part.rows[0] if part.rows else shape[0]
    return target.rows is None or total == target.rows[0]


def _rows(*sides: Sequence[Member]) -> dict[str, int]:
    """How many rows each projection has: what stands alone tells its own, and one that is left over the rest."""
    found: dict[str, int] = {}
    members = [member for side in sides for member in side]
    for _ in members:
        for member in members:
            unknown = [part for part in member.parts if part not in found]
            if len(unknown) == 1 and member.stored.rows:
                found[unknown[0]] = member.stored.rows[0] - sum(found.get(part, 0) for part in member.parts)
    return found
