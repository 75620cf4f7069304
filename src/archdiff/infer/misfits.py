"""Layers that cannot run wherever they stand: neighbours in a Sequential of two widths, groups that do not divide.

Layers that follow each other, with nothing but what runs in order around them, are looked at alone, so that a
Sequential in a block shows it although the forward of the block is not printed. Must not look across a class of
somebody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

from archdiff.infer.chain import NO_CONTAINER, Block, BlockOccurrence, Chain, Container, common
from archdiff.infer.flow import Contradiction, contradiction
from archdiff.infer.input_size import WIDTHS, misfit_behind
from archdiff.infer.leaf import Leaf, width_of
from archdiff.model.memo import Memo
from archdiff.model.network import join, unnumbered
from archdiff.semantics.kinds import Settings, by_name, counts_channels

#: settings, each with those that are multiples of it
_DIVIDE: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("groups", ("in_channels", "out_channels")),
    ("num_groups", ("num_channels",)),
    ("num_heads", ("embed_dim",)),
)


@cache
def _with_groups() -> frozenset[str]:
    """The kinds that have such a setting."""
    return frozenset(name for name, kind in by_name().items() if any(kind.field(each) for each, _ in _DIVIDE))


class _Facts(NamedTuple):
    """What the settings of a layer say without its input."""

    takes: int | None
    gives: int | None
    uneven: str  # why torch does not make it; "" where it does


def misfits(chain: Chain, whole: bool = True) -> tuple[Contradiction, ...]:
    """What cannot run for certain, in printed order; of places that are alike but for their numbers the first.

    Args:
        chain: The leaves of one network.
        whole: Whether nothing was cut out of its print; else only what one layer says alone is certain.
    """
    if not whole:  # nothing is known to run in order
        chain = chain._replace(containers={}, parts=tuple(chain.leaves))
    facts = Memo(_facts)
    ordered = Memo(lambda form: {each.in_order for each in form.containers.values()})  # of many blocks one form
    in_a_row = any(each.in_order for each in chain.containers.values())

    def is_wrong(block: Block) -> bool:
        if True not in ordered(block.form) and block.form.kinds.isdisjoint(_with_groups()):
            return False
        return any(True for _ in _wrong(block.leaves, block.form.containers, facts))

    looked_at = Memo(lambda block: None if False not in ordered(block.form) else is_wrong(block))
    found: dict[tuple[str, str], Contradiction] = {}
    containers = dict(chain.containers)
    loose: list[Leaf] = []

    def close() -> None:
        """Looks at what stands in no block, up to here."""
        suspects = loose if in_a_row else [leaf for leaf in loose if leaf.layer.kind in _with_groups()]
        _add(found, _wrong(suspects, containers, facts))
        loose.clear()

    for part in chain.parts:
        if not isinstance(part, BlockOccurrence):
            loose.append(part)
            continue
        wrong = looked_at(part.block)
        if wrong is None:  # it runs in order as a whole, so what stands beside it is its neighbour
            containers |= _placed(part)
            loose += part
            in_a_row = True
            continue
        if loose:
            close()
        if wrong:
            _add(found, _wrong(part, _placed(part), facts))
    close()
    return tuple(found.values())


def _add(found: dict[tuple[str, str], Contradiction], more: Iterable[tuple[str, Contradiction]]) -> None:
    for alike, each in more:
        found.setdefault((unnumbered(each.path), alike), each)


def _placed(part: BlockOccurrence) -> dict[str, Container]:
    return {join(part.path, path): each for path, each in part.block.form.containers.items()}


def _wrong(
    leaves: Iterable[Leaf], containers: Mapping[str, Container], facts: Memo[_Facts]
) -> Iterator[tuple[str, Contradiction]]:
    """What cannot run, each with what is alike in other places of a block."""
    tops: dict[str, str | None] = {}  # by holder, the outermost container of those that run in order around it
    last: str | None = None
    run: list[Leaf] = []
    grouped = _with_groups()
    for leaf in leaves:
        holder = leaf.path.rpartition(".")[0]
        if leaf.layer.kind in grouped and (why := facts(leaf.settings).uneven):
            name = containers.get(holder, NO_CONTAINER).class_name
            yield why, Contradiction(leaf.path, leaf.line, holder, name, True, f"{leaf.title} has {why}")
        if holder not in tops:
            tops[holder] = _outermost(holder, containers)
        top = tops[holder]
        if top != last:
            if len(run) > 1:
                yield from _in_a_row(run, containers, facts)
            last, run = top, []
        if top is not None:
            run.append(leaf)
    if len(run) > 1:
        yield from _in_a_row(run, containers, facts)


def _outermost(holder: str, containers: Mapping[str, Container]) -> str | None:
    if not containers.get(holder, NO_CONTAINER).in_order:
        return None
    while holder:
        around = holder.rpartition(".")[0]
        if not containers.get(around, NO_CONTAINER).in_order:
            break
        holder = around
    return holder


def _in_a_row(
    run: Sequence[Leaf], containers: Mapping[str, Container], facts: Memo[_Facts]
) -> Iterator[tuple[str, Contradiction]]:
    """The first layer that cannot take what the last one that says a width gives, whatever stands between them."""
    giver: int | None = None
    for at, leaf in enumerate(run):
        if leaf.kind is None or leaf.kind.shape is None:
            giver = None
            continue
        takes, gives, _ = facts(leaf.settings)
        given = facts(run[giver].settings).gives if giver is not None else None
        if giver is not None and given is not None and takes not in (None, given):
            between = run[giver + 1 : at + 1]
            if (found := misfit_behind(between, given, _dims(run[giver]))) and found[0] == len(between) - 1:
                before, misfit = run[at - 1], found[1]
                around = common(before.path, leaf.path)
                name = containers.get(around, NO_CONTAINER).class_name
                yield (
                    f"{misfit.field} {misfit.wants} {misfit.gets}",
                    contradiction(before, leaf, around, name, True, misfit),
                )
                return
        giver = at if gives is not None else giver


def _dims(leaf: Leaf) -> int:
    return (leaf.kind.dims or 0) if leaf.kind else 0


def _facts(settings: Settings) -> _Facts:
    names = {field.name for field in settings.kind.fields}
    counts = counts_channels(settings)
    takes = next((_number(settings, name) for name in WIDTHS & names), None) if counts else None
    width = next((field.name for field in settings.kind.fields if field.aspect == "width"), None)
    gives = _number(settings, width) if width else takes
    for divisor, multiples in _DIVIDE:
        parts = _number(settings, divisor) if divisor in names else None
        for name in multiples:
            whole = _number(settings, name) if parts and name in names else None
            if parts and whole and whole % parts:
                return _Facts(takes, gives, f"{name} {whole}, which is no multiple of {divisor} {parts}")
    return _Facts(takes, gives, "")


def _number(settings: Settings, name: str) -> int | None:
    value = width_of(settings.known(name))
    return value if type(value) is int else None
