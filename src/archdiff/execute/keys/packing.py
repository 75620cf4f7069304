"""How custom classes may pack queries, keys and values in one matrix: what a user gives, and what is worth trying.

No print and no shape shows it, outputs do. Knows no torch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice, permutations, product
from typing import Final, NamedTuple

from archdiff.execute.keys import projections
from archdiff.execute.keys.keymap import NetworkKeys, Packing, Packings
from archdiff.model.errors import UsageError
from archdiff.model.wording import joined
from archdiff.semantics import attention

_TRIALS: Final = 120  # of all variants: each maps every key and runs the reference once
_HEADS: Final = 128  # more of them are rare


class _Packer(NamedTuple):
    """A name under which a network packs projections."""

    of_candidate: bool
    name: str
    parts: tuple[str, ...]
    rows: int  # of the matrix; 0 where it is not known


def read_packings(texts: Iterable[str]) -> dict[str, Packing]:
    """`qkv=k,q,v` or, head by head, `query_key_value=q,k,v:12`.

    Raises:
        UsageError: it does not read so.
    """
    return dict(map(_packing, texts))


def _packing(text: str) -> tuple[str, Packing]:
    name, equals, rest = text.partition("=")
    listed, colon, count = rest.partition(":")
    order = tuple(attention.part(word.strip()) for word in listed.split(","))
    parts = attention.fused(name.strip())
    whole = any(set(order) == set(family) for family in ([parts] if parts else attention.FUSED))
    counted = count.isdecimal() and 0 < int(count) <= 1 << 16 if colon else True
    if not (name and equals and whole and len(set(order)) == len(order) and counted):
        way_out = "qkv=k,q,v for all keys, then all queries, then all values; qkv=q,k,v:12 for 12 heads, one by one"
        raise UsageError(f"--packed {text}: is not of the form NAME=ORDER", way_out=way_out)
    return name.strip(), Packing(order, int(count) if colon else 1)


def check(packings: Packings, networks: Sequence[NetworkKeys]) -> None:
    """Whether each is of a layer that one of them has.

    Raises:
        UsageError: one is of none.
    """
    names = {name for side in networks for name in _of(replace(side, packings={}), True)}
    for name in packings:
        if name not in names:
            none = "neither network packs projections in one matrix"
            way_out = f"one of {', '.join(sorted(names))}" if names else none
            raise UsageError(f"--packed {name}: no layer packs projections under this name", way_out=way_out)


def layers(side: NetworkKeys) -> set[str]:
    """Paths of the layers that hold projections."""
    return {stored.layer for group in projections.groups(side) for stored in group.stored}


def containers(side: NetworkKeys) -> set[str]:
    """Paths of what holds projections."""
    return {group.container for group in projections.groups(side)}


def variants(networks: Sequence[NetworkKeys], heads: Sequence[Collection[int]]) -> Iterator[tuple[Packings, Packings]]:
    """Other packings of the candidate and of the reference, the likely ones first, as many as are worth trying.

    Args:
        networks: both networks; how one packs that has a packing already is not varied.
        heads: numbers that the modules around the projections hold, among which may be that of the heads.
    """
    found = list(_packers(networks))
    single = chain.from_iterable(([(each, packing)] for packing in _packings(each, heads)) for each in found)
    all_at_once = product(*(_likely(each, heads) for each in found)) if len(found) > 1 else ()
    several = ([*zip(found, chosen, strict=True)] for chosen in all_at_once)
    for changes in islice(chain(single, several), _TRIALS):
        made: tuple[dict[str, Packing], dict[str, Packing]] = ({}, {})
        for packer, packing in changes:
            made[not packer.of_candidate][packer.name] = packing
        yield made


def sentence(of_candidate: bool, name: str, packing: Packing) -> str:
    """What a packing says, in words."""
    how = "one below the other" if packing.groups == 1 else f"head by head, {packing.groups} of them"
    return f"{name} of the {'candidate' if of_candidate else 'reference'} holds {joined(packing.order)}, {how}"


def _packers(networks: Sequence[NetworkKeys]) -> Iterator[_Packer]:
    """Of two under one name that pack the same, one is varied: how they stand to each other counts."""
    candidate, reference = (_of(side, side is networks[0]) for side in networks)
    yield from reference.values()
    for name, packer in candidate.items():
        if name not in reference or reference[name].parts != packer.parts:
            yield packer


def _of(side: NetworkKeys, of_candidate: bool) -> dict[str, _Packer]:
    found: dict[str, _Packer] = {}
    for group in projections.groups(side):
        for member in group.members["weight"]:
            if member.packer and member.packer not in side.packings:
                rows = member.stored.rows[0] if member.stored.rows else 0
                found.setdefault(member.packer, _Packer(of_candidate, member.packer, member.parts, rows))
    return found


def _packings(packer: _Packer, heads: Sequence[Collection[int]]) -> Iterator[Packing]:
    """All but the usual one: other orders, then head by head, then both; numbers of heads that were seen first."""
    usual = projections.usual_order(packer.parts)
    orders = [order for order in permutations(usual) if order != usual]
    divisors = [number for number in range(2, min(packer.rows, _HEADS) + 1) if packer.rows % number == 0]
    likely = [number for number in divisors if any(number in held for held in heads)]
    if packer.name in projections.BY_HEAD:
        yield Packing(usual)
    yield from (Packing(usual, number) for number in likely)
    yield from (Packing(order) for order in orders)
    yield from (Packing(usual, number) for number in divisors if number not in likely)
    yield from (Packing(order, number) for number in likely for order in orders)


def _likely(packer: _Packer, heads: Sequence[Collection[int]]) -> list[Packing]:
    return [Packing(projections.usual_order(packer.parts)), *islice(_packings(packer, heads), 9)]
