"""Projections that one library keeps apart and another in one matrix: queries, keys and values; gate and up.

A `ProjectionGroup` is what one container holds of them. Their names say what they are: their sizes rarely do. How a
custom class packs several into one matrix no name says: a `Packing` does. Without one, they are taken to stand one
below the other in the usual order, and `assumed_packings` says so; in `query_key_value` they stand head by head in some
libraries, so that matrix goes into one of the same name alone. Must not know what stands for what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from archdiff.execute.keys.keymap import MappedTensor, NetworkKeys, Packing, Packings, StoredTensor, TensorPart
from archdiff.model.wording import joined
from archdiff.semantics import attention

#: the usual order in one matrix
_FAMILIES: Final = (("query", "key", "value"), ("gate", "up"))
#: in these each head may have its query, key and value together
BY_HEAD: Final = frozenset({"query_key_value"})
#: MultiheadAttention keeps its own under these names
_OF_ATTENTION: Final = {
    "in_proj_weight": (("query", "key", "value"), "weight"),
    "in_proj_bias": (("query", "key", "value"), "bias"),
    "q_proj_weight": (("query",), "weight"),  # these three where keys or values have a width of their own
    "k_proj_weight": (("key",), "weight"),
    "v_proj_weight": (("value",), "weight"),
}


class Member(NamedTuple):
    """A tensor of a group: which projections it holds, in which order in each of how many groups."""

    parts: tuple[str, ...]
    stored: StoredTensor
    groups: int | None = 1  # None where it is not known
    packer: str = ""  # the name under which a custom class packs several


class ProjectionGroup(NamedTuple):
    """All projections of one family in one container."""

    container: str
    family: tuple[str, ...]  # its projections
    members: Mapping[str, tuple[Member, ...]]  # by what they are: "weight", "bias"

    @property
    def stored(self) -> Iterator[StoredTensor]:
        """Its tensors."""
        return (member.stored for members in self.members.values() for member in members)


def groups(network: NetworkKeys) -> list[ProjectionGroup]:
    """Every whole group, in the order of the state_dict; containers that run one layer behind the other hold none."""
    found: dict[tuple[str, tuple[str, ...]], dict[str, list[Member]]] = {}
    for stored in network.stored:
        container, member, role = _place(stored, network.packings)
        if member is not None and (container not in network.chains or stored.name in _OF_ATTENTION):
            family = next(each for each in _FAMILIES if member.parts[0] in each)
            found.setdefault((container, family), {}).setdefault(role, []).append(member)
    made = (
        ProjectionGroup(container, family, {role: _in_order(members, family) for role, members in roles.items()})
        for (container, family), roles in found.items()
    )
    return [group for group in made if _is_whole(group)]


def _place(stored: StoredTensor, packings: Packings) -> tuple[str, Member | None, str]:
    """(container, what it holds, role); None where it is no projection."""
    if stored.name in _OF_ATTENTION:
        parts, role = _OF_ATTENTION[stored.name]
        return stored.layer, Member(parts, stored), role
    container, _, name = stored.layer.rpartition(".")
    if parts := attention.fused(name):
        usual = Packing(parts) if name not in BY_HEAD or name in packings else None
        order, count = packings.get(name, usual) or (parts, None)
        return container, Member(order, stored, count, name), stored.name
    alone = attention.part(name)
    return container, Member((alone,), stored) if alone else None, stored.name


def _in_order(members: Sequence[Member], family: tuple[str, ...]) -> tuple[Member, ...]:
    return tuple(sorted(members, key=lambda member: family.index(member.parts[0])))


def _is_whole(group: ProjectionGroup) -> bool:
    """Whether its weights are each projection of the family, and each once."""
    held = [part for member in group.members.get("weight", ()) for part in member.parts]
    return sorted(held) == sorted(group.family)


def map_group(candidate: ProjectionGroup, reference: ProjectionGroup) -> list[MappedTensor | str]:
    """How each tensor of the reference's group is made of the candidate's; the reason where it cannot be."""
    found: list[MappedTensor | str] = []
    of_weights = _rows(candidate.members["weight"], reference.members["weight"])
    for role, members in reference.members.items():
        sources = candidate.members.get(role, ())
        rows = of_weights or _rows(sources, members)
        found += [_one(member, sources, rows) for member in members]
    return found


def _one(member: Member, sources: Sequence[Member], rows: Mapping[str, int]) -> MappedTensor | str:
    stored = member.stored
    parts = _parts(member, sources, rows)
    if isinstance(parts, str):
        return parts
    if len(parts) == 1 and parts[0].rows is None:
        return MappedTensor(
            stored.key, (TensorPart(parts[0].key),), parts[0].transposed != stored.columns, found_by="name"
        )
    return MappedTensor(stored.key, parts, stored.columns, found_by="name")


def _parts(member: Member, sources: Sequence[Member], rows: Mapping[str, int]) -> tuple[TensorPart, ...] | str:
    """What is taken of which tensor, in order; the reason where that is not known."""
    lacking = next((part for part in member.parts if not any(part in source.parts for source in sources)), None)
    if lacking is not None:
        return f"no {member.stored.name} for the {lacking} projection"
    needed = [source for source in sources if set(source.parts) & set(member.parts)]
    if any(not _wide_enough(member.stored, source.stored) for source in needed):
        return f"{needed[0].stored.key} has other inputs"
    if len(needed) == 1 and (needed[0].parts, needed[0].groups) == (member.parts, member.groups):
        parts: tuple[TensorPart, ...] | str = (TensorPart(needed[0].stored.key, needed[0].stored.columns),)
    elif unknown := next((each for each in (*needed, member) if each.groups is None), None):
        parts = f"{unknown.packer} may hold its projections head by head: --packed says how"
    elif member.groups == 1 and all(source.groups == 1 for source in needed):
        parts = _below_each_other(member, sources, rows)
    else:
        parts = _by_group(member, needed, rows)
    if isinstance(parts, str):
        return parts
    return _joined(parts) if _adds_up(member.stored, sources, parts) else f"the sizes of {parts[0].key} do not add up"


def _below_each_other(
    member: Member, sources: Sequence[Member], rows: Mapping[str, int]
) -> tuple[TensorPart, ...] | str:
    """Whole tensors where they stand so in both, so that no size has to be known; else their rows."""
    parts: list[TensorPart] = []
    left = list(member.parts)
    while left:
        source = next(each for each in sources if left[0] in each.parts)
        whole = tuple(left[: len(source.parts)]) == source.parts
        if not whole and (refusal := _refusal(source, rows)):
            return refusal
        taken = source.parts if whole else (left[0],)
        parts.append(
            TensorPart(source.stored.key, source.stored.columns, None if whole else _span(source, left[0], rows))
        )
        left = left[len(taken) :]
    return tuple(parts)


def _by_group(member: Member, sources: Sequence[Member], rows: Mapping[str, int]) -> tuple[TensorPart, ...] | str:
    """Group by group: the rows of each projection that are in it, wherever the other side has them."""
    for each in (member, *sources):
        if refusal := _refusal(each, rows):
            return refusal
        if any(rows[part] % (each.groups or 1) for part in each.parts):
            return f"{each.packer}: {each.groups} groups do not divide its rows"
    parts: list[TensorPart] = []
    for group in range(member.groups or 1):
        for part in member.parts:
            size = rows[part] // (member.groups or 1)
            source = next(each for each in sources if part in each.parts)
            parts += _rows_of(source, part, (group * size, (group + 1) * size), rows)
    return tuple(parts)


def _rows_of(source: Member, part: str, span: tuple[int, int], rows: Mapping[str, int]) -> Iterator[TensorPart]:
    """Where rows of a projection are in a matrix that holds it: in one stretch, or one of each group."""
    count = source.groups or 1
    size, height = rows[part] // count, sum(rows[each] for each in source.parts) // count
    before = sum(rows[each] // count for each in source.parts[: source.parts.index(part)])
    for group in range(count):
        start, stop = max(span[0], group * size), min(span[1], (group + 1) * size)
        if start < stop:
            shift = group * height + before - group * size
            yield TensorPart(source.stored.key, source.stored.columns, (start + shift, stop + shift))


def _refusal(source: Member, rows: Mapping[str, int]) -> str:
    """Why no rows can be taken of a tensor; "" where they can."""
    total = sum(rows.get(part, 0) for part in source.parts)
    if not all(part in rows for part in source.parts) or (source.stored.rows or (total,))[0] != total:
        return f"which rows of {source.stored.key} are which projection is not known"
    return ""


def _span(source: Member, part: str, rows: Mapping[str, int]) -> tuple[int, int]:
    start = sum(rows[each] for each in source.parts[: source.parts.index(part)])
    return start, start + rows[part]


def _joined(parts: Iterable[TensorPart]) -> tuple[TensorPart, ...]:
    """Neighbouring rows of one tensor are taken at once."""
    found: list[TensorPart] = []
    for part in parts:
        last = found[-1] if found else None
        if last and part.rows and last.rows and (last.key, last.rows[1]) == (part.key, part.rows[0]):
            found[-1] = last._replace(rows=(last.rows[0], part.rows[1]))
        else:
            found.append(part)
    return tuple(found)


def _wide_enough(target: StoredTensor, source: StoredTensor) -> bool:
    """Whether both take as many inputs."""
    return target.rows is None or source.rows is None or target.rows[1:] == source.rows[1:]


def _adds_up(target: StoredTensor, sources: Sequence[Member], parts: Iterable[TensorPart]) -> bool:
    """Whether the parts have as many rows as what is made of them, where all are known."""
    sizes = {each.stored.key: each.stored.rows for each in sources}
    total = 0
    for part in parts:
        shape = sizes[part.key]
        if shape is None or target.rows is None:
            return True
        total += part.rows[1] - part.rows[0] if part.rows else shape[0]
    return target.rows is None or total == target.rows[0]


def _rows(*groups: Sequence[Member]) -> dict[str, int]:
    """How many rows each projection has: what stands alone tells its own, and one that is left over the rest.

    Keys that stand with values everywhere have as many rows as these; where all stand in one matrix with three times as
    many outputs as inputs, each has a third.
    """
    found: dict[str, int] = {}
    members = [member for group in groups for member in group]
    for _ in members:
        for member in members:
            unknown = [part for part in member.parts if part not in found]
            if len(unknown) == 1 and member.stored.rows:
                found[unknown[0]] = member.stored.rows[0] - sum(found.get(part, 0) for part in member.parts)
    for member in members:
        left = (member.stored.rows or (0,))[0] - sum(found.get(part, 0) for part in member.parts)
        if {part for part in member.parts if part not in found} == {"key", "value"} and left > 0 == left % 2:
            found |= {"key": left // 2, "value": left // 2}
    return found or next((each for each in map(_thirds, members) if each), {})


def usual_order(parts: Iterable[str]) -> tuple[str, ...]:
    """Projections in the usual order."""
    held = set(parts)
    return next(tuple(part for part in family if part in held) for family in _FAMILIES if held <= set(family))


def _thirds(member: Member) -> dict[str, int]:
    shape = member.stored.rows
    inputs = shape[1] if shape is not None and len(shape) > 1 else 0
    square = shape is not None and len(member.parts) == 3 and shape[0] == 3 * inputs
    return dict.fromkeys(member.parts, inputs) if square else {}


def assumed_packings(
    pairs: Iterable[tuple[ProjectionGroup, ProjectionGroup]], candidate: NetworkKeys, reference: NetworkKeys
) -> Iterator[str]:
    """What is taken for granted of how a custom class packs, one line for each name.

    Of two under one name in one class nothing: they are taken to be one, as everywhere.
    """
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for group, other in pairs:
        both_orders = [
            {each.packer: each.parts for each in held.members["weight"] if each.packer and each.groups == 1}
            for held in (group, other)
        ]
        one_class = candidate.classes.get(group.container) == reference.classes.get(other.container)
        if both_orders[0] != both_orders[1] or not one_class:
            for side, orders, network in zip(
                ("candidate", "reference"), both_orders, (candidate, reference), strict=True
            ):
                found |= {(side, name): parts for name, parts in orders.items() if name not in network.packings}
    for (side, name), parts in found.items():
        yield f"{name} of the {side} holds {joined(parts)} one below the other, in this order (else --packed)"
