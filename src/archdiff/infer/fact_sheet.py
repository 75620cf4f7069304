"""A network as a model card tells it: depth, widths, attention, norms, activations, biases, k-winners, cost.

Every row follows from the print; what it does not tell is no row, and never a guess. Worked out only when it is asked
for, in one pass over the layers. Must not compare.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from archdiff.infer.block_facts import Block, blocks, runs, sizes
from archdiff.infer.layer_facts import rows as layer_rows
from archdiff.infer.layer_facts import winner_rows
from archdiff.infer.leaf import Leaf, bare_leaves
from archdiff.infer.repeats import Weights
from archdiff.infer.stages import Stage, form, stages
from archdiff.model.cost import Cost
from archdiff.model.fact_sheet import FactRow, FactSheet
from archdiff.model.network import UNKNOWN, Value
from archdiff.model.wording import listed, rounded
from archdiff.semantics import rules

if TYPE_CHECKING:
    from archdiff.infer import Sized

_MOST: Final = 16  # values of one row
_MOST_PARTS: Final = 6  # parts of a network, such as encoder and decoder

#: stages of each part of a network: one row of stages, an encoder or a decoder
Parts = Mapping[str, Sequence[Stage]]


def fact_sheet(sized: Sized, cost: Callable[[], Cost]) -> FactSheet:
    """What a network's print tells of it.

    Args:
        sized: The network; its own normal form is made anew, since that of a comparison is in the parts of the other.
        cost: What it costs.

    Returns:
        One row a fact, in the order in which a model card has them.
    """
    network = sized.network
    times = Weights(network).of
    leaves = list(bare_leaves(rules.normalize(network).root))
    parts = _parts(stages(network.root, times))
    known = blocks(leaves, [stage for each in parts.values() for stage in each])
    found = [
        *_depth(parts),
        *_widths(parts, known),
        *_attention(parts, known),
        *(() if parts else _chain(leaves)),
        *layer_rows(leaves, times, bool(parts)),
        *winner_rows(list(sized.leaves), times),
        *_cost(cost()),
    ]
    return tuple([FactRow(name, value) for name, value in found if value])


# Blocks


def _parts(found: Sequence[Stage]) -> Parts:
    """Stages by the part of the network that they are of, under the shortest name that tells it from the others."""
    by_form: dict[str, list[Stage]] = {}
    for stage in found:
        by_form.setdefault(form(stage.path), []).append(stage)
    words = {each: [word for word in each.split(".") if word.strip("#")] or [""] for each in by_form}
    return {_shortest(words[each], words.values()): held for each, held in by_form.items()}


def _shortest(words: Sequence[str], others: Iterable[Sequence[str]]) -> str:
    starts = list(others)
    skipped = 0
    while len(words) > skipped + 1 and len({tuple(each[: skipped + 1]) for each in starts}) == 1:
        skipped += 1
    for end in range(skipped + 1, len(words) + 1):
        if sum(list(each[:end]) == list(words[:end]) for each in starts) == 1:
            break
    return ".".join(words[skipped:end]).rstrip("#_.-")


def _depth(parts: Parts) -> Iterator[tuple[str, str]]:
    yield "depth", _told(parts, lambda held: ", ".join(str(stage.depth) for stage in held), always=True)
    classes = dict.fromkeys(name for held in parts.values() for stage in held for name in stage.classes)
    yield "block" if len(classes) == 1 else "blocks", listed(list(classes), _MOST_PARTS)


def _widths(parts: Parts, known: Mapping[str, Block]) -> Iterator[tuple[str, str]]:
    is_image = any(known[stage.blocks[-1]].is_image for held in parts.values() for stage in held if stage.blocks[-1] in known)

    def of(value: Callable[[Block], int | None]) -> Callable[[Sequence[Stage]], str]:
        return lambda held: _by_stage(held, known, value)

    widths = _told(parts, of(lambda block: block.width))
    inner = _told(parts, of(lambda block: block.inner))
    yield "widths" if is_image or "," in widths.replace(",0", "") else "hidden size", widths
    if is_image and inner != widths:
        yield "inner widths", inner
    yield "feed-forward size", _told(parts, of(lambda block: block.feed_forward[0]))
    yield "feed-forward ratio", _told(parts, lambda held: _ratios(held, known))
    yield "experts", _told(parts, of(lambda block: block.experts or None))
    yield "feed-forward size of an expert", _told(parts, of(lambda block: block.feed_forward[1]))


def _attention(parts: Parts, known: Mapping[str, Block]) -> Iterator[tuple[str, str]]:
    def of(value: Callable[[Block], int | None]) -> str:
        return _told(parts, lambda held: _by_stage(held, known, value))

    def attention(of_one: Callable[[int, int, int | None], int | None]) -> Callable[[Block], int | None]:
        return lambda block: of_one(*block.attention) if block.attention else None

    yield "attention width", of(attention(lambda queries, _keys, _head: queries))
    yield "key and value width", of(attention(lambda queries, keys, _head: keys if keys != queries else None))
    yield "heads", of(attention(lambda queries, _keys, head: queries // head if head else None))
    yield "key and value heads", of(attention(lambda _queries, keys, head: keys // head if head else None))
    yield "head size", of(attention(lambda _queries, _keys, head: head))


def _by_stage(held: Sequence[Stage], known: Mapping[str, Block], value: Callable[[Block], int | None]) -> str:
    """A value for each stage; where blocks of one differ, for each run of equal ones; nothing where some are unknown."""
    found: list[int | str] = []
    for stage in held:
        of_blocks = runs(value(known[path]) if path in known else None for path in stage.blocks)
        told = [(count, each) for count, each in of_blocks if each is not None]
        if not told or (len(told) < len(of_blocks) and len({each for _, each in told}) > 1):
            return ""
        found += [told[0][1]] if len({each for _, each in told}) == 1 else [_times(*each) for each in told]
    return _listed(found)


def _ratios(held: Sequence[Stage], known: Mapping[str, Block]) -> str:
    """Feed-forward size by width, each that there is once."""
    of_blocks = [known[path] for stage in held for path in stage.blocks if path in known]
    ratios = dict.fromkeys(
        f"{block.feed_forward[0] / block.width:.3g}" for block in of_blocks if block.width and block.feed_forward[0]
    )
    return listed(list(ratios), 4)


def _told(parts: Parts, text: Callable[[Sequence[Stage]], str], always: bool = False) -> str:
    """A value of all parts; with the names of the parts where they have not the same."""
    found = {name: each for name, held in parts.items() if (each := text(held))}
    if len(found) == 1 and len(parts) == 1 or (not always and len(set(found.values())) == 1):
        return next(iter(found.values()))
    return listed([f"{name} {each}" if name else each for name, each in found.items()], _MOST_PARTS).replace(
        ", ", "; "
    ) if not any("," in each for each in found.values()) else "; ".join(
        f"{name} {each}" if name else each for name, each in list(found.items())[:_MOST_PARTS]
    )


def _times(count: int, value: int) -> str:
    return str(value) if count == 1 else f"{count} x {value}"


def _listed(values: Sequence[int | str]) -> str:
    """The values, one where all are equal, nothing where there are too many."""
    shown = list(map(str, values))
    if len(set(shown)) == 1:
        return shown[0]
    return ", ".join(shown) if len(shown) <= _MOST else ""


# Networks without blocks


def _chain(leaves: Iterable[Leaf]) -> Iterator[tuple[str, str]]:
    """The widths of what has weights, one after the other."""
    given = [each.given for leaf in leaves if (each := sizes(leaf))]
    widths = [_times(count, width) for count, width in runs(given)]
    yield "widths", ", ".join(widths) if 1 < len(given) and len(widths) <= _MOST else ""


# The whole network


def _cost(cost: Cost) -> Iterator[tuple[str, str]]:
    total, nonzero, macs, least = cost
    if least is not None:
        yield "parameters", f"at least {least:,}" if least else ""
    elif total is not None:
        yield "parameters", f"{total:,}" if total else ""
    if nonzero is not None and nonzero != total:
        yield "non-zero parameters", f"{nonzero:,}"
    if macs:
        yield "multiply-accumulates", rounded(macs)
