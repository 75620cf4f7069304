"""A network as a model card tells it: depth, widths, attention, norms, activations, biases, k-winners, cost.

Every row follows from the print; what it does not tell is no row, and never a guess. Worked out only when it is asked
for, in one pass over the layers. Must not compare.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from archdiff.infer.block_facts import Attention, BlockFacts, blocks, given, in_block, runs
from archdiff.infer.layer_facts import Row, layer_rows, outputs, stem, winner_rows
from archdiff.infer.leaf import Leaf, bare_leaves
from archdiff.infer.repeats import Weights
from archdiff.infer.stages import Stage, form, stages
from archdiff.infer.ties import Tied, tied
from archdiff.infer.traced_rows import functions, traced_rows
from archdiff.infer.traced_shapes import evaluation, traces
from archdiff.model.cost import Cost
from archdiff.model.fact_sheet import FactRow, FactSheet
from archdiff.model.facts import ATTRIBUTES
from archdiff.model.network import Network
from archdiff.model.wording import listed, rounded
from archdiff.semantics import live_settings, rules
from archdiff.semantics.kinds import Trait

if TYPE_CHECKING:
    from archdiff.infer import Sized

_MOST: Final = 16  # values of one row
_FEW: Final = 4  # values that are counted where they change more often than this
_MOST_PARTS: Final = 6  # parts of a network, such as encoder and decoder

_ATTENTION: Final = "MultiheadAttention"  # multiplies by its projections without calling a layer
_HEADS: Final = ("num_heads", "nhead")

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
    leaves = list(bare_leaves(rules.normalize(live_settings.with_own_settings(network)).root))
    found = stages(network.root, times)
    parts, known = _parts(found), blocks(leaves, found)
    first = next((at for at, leaf in enumerate(leaves) if in_block(leaf.path, known)), len(leaves))
    behind = next((at for at, leaf in enumerate(reversed(leaves)) if in_block(leaf.path, known)), 0)
    rows = [
        *_depth(parts),
        *_widths(parts, known),
        *_attention(parts, known),
        *_printed_heads(network, leaves),
        *(() if parts else _chain(leaves)),
        *(stem(leaves[:first]) if parts else ()),
        *layer_rows(leaves, times),
        *_traced(sized, leaves),
        *outputs(leaves[len(leaves) - behind :] if parts else leaves, bool(parts)),
        *winner_rows(list(sized.leaves), times),
        *_cost(cost(), tied(network, sized.leaves)),
    ]
    sheet: dict[str, str] = {}
    for name, value in rows:
        if value and not (name == "embedding size" and value == sheet.get("hidden size")):
            sheet.setdefault(name, value)
    return tuple([FactRow(*row) for row in sheet.items()])


# Blocks


def _parts(found: Sequence[Stage]) -> Parts:
    """Stages by the part of the network that they are of, under the shortest name that tells it from the others."""
    by_form: dict[str, list[Stage]] = {}
    for stage in found:
        by_form.setdefault(form(stage.path), []).append(stage)
    words = {each: [word for word in each.split(".") if word.strip("#")] or [""] for each in by_form}
    shared = takewhile(lambda same: len(set(same)) == 1, zip(*(each[:-1] for each in words.values()), strict=False))
    skipped = len(list(shared))
    named = {each: [word.replace("#", "").strip("_.-") for word in words[each][skipped:]] for each in by_form}
    parts: dict[str, list[Stage]] = {}
    for each, held in by_form.items():
        parts.setdefault(_shortest(named[each], named.values()), []).extend(held)
    return parts


def _shortest(words: Sequence[str], others: Collection[Sequence[str]]) -> str:
    """As many words as tell a part from the others; all where some share all."""
    for end in range(1, len(words)):
        if sum(other[:end] == words[:end] for other in others) == 1:
            return ".".join(words[:end])
    return ".".join(words)


def _depth(parts: Parts) -> Iterator[Row]:
    yield "depth", _told(parts, lambda held: ", ".join(str(stage.depth) for stage in held), apart=True)
    classes = dict.fromkeys(name for held in parts.values() for stage in held for name in stage.classes)
    yield "block" if len(classes) == 1 else "blocks", listed(list(classes), _MOST_PARTS)


def _widths(parts: Parts, known: Mapping[str, BlockFacts]) -> Iterator[Row]:
    held = [stage for each in parts.values() for stage in each]
    is_image = any(known[stage.blocks[-1]].is_image for stage in held if stage.blocks[-1] in known)
    is_whole = all(known[path].width is not None for stage in held for path in stage.blocks if path in known)
    widths = _told(parts, _of(known, lambda block: block.width)) if is_whole else ""
    feed_forward = _told(parts, _of_even(known, lambda block: block.feed_forward[0]))
    yield "widths" if is_image or ", " in widths else "hidden size", widths
    if is_image:
        inner = _told(parts, lambda held: _inner(held, known))
        yield "inner widths", inner if inner not in (widths, feed_forward) else ""
    yield "feed-forward size", feed_forward
    yield "feed-forward ratio", _told(parts, lambda held: _ratios(held, known))
    yield "shared expert size", _told(parts, _of(known, lambda block: block.feed_forward[2]))
    yield "experts", _told(parts, _of(known, lambda block: block.experts or None))
    yield "expert size", _told(parts, _of(known, lambda block: block.feed_forward[1]))


def _inner(held: Sequence[Stage], known: Mapping[str, BlockFacts]) -> str:
    """Of all blocks of a part, or of none."""
    is_whole = all(known[path].inner for stage in held for path in stage.blocks if path in known)
    return _by_stage(held, known, lambda block: block.inner) if is_whole else ""


def _attention(parts: Parts, known: Mapping[str, BlockFacts]) -> Iterator[Row]:
    """Heads only where a norm shows how wide one is."""

    def of(value: Callable[[Attention], int | None]) -> str:
        return _told(parts, _of(known, lambda block: value(block.attention) if block.attention else None))

    yield "attention width", of(lambda each: each.queries)
    yield "key and value width", of(lambda each: each.keys)
    yield "heads", of(lambda each: each.queries // each.head if each.head else None)
    yield "key and value heads", of(lambda each: each.keys // each.head if each.head else None)
    yield "head size", of(lambda each: each.head)


def _printed_heads(network: Network, leaves: Iterable[Leaf]) -> Iterator[Row]:
    """Where a layer prints them, or a live module holds them."""
    held = [fact.value for fact in network.facts if fact.name == ATTRIBUTES and isinstance(fact.value, tuple)]
    found = [fact.value for fact in network.facts if fact.name in _HEADS]
    found += [each[1] for rows in held for each in rows if isinstance(each, tuple) and each[0] in _HEADS]
    found += [value for leaf in leaves for name, value in leaf.settings.printed.items() if name in _HEADS]
    yield "heads", listed([str(heads) for heads in dict.fromkeys(found) if isinstance(heads, int)], _MOST_PARTS)


def _of(known: Mapping[str, BlockFacts], value: Callable[[BlockFacts], int | None]) -> Callable[[Sequence[Stage]], str]:
    return lambda held: _by_stage(held, known, value)


def _of_even(
    known: Mapping[str, BlockFacts], value: Callable[[BlockFacts], int | None]
) -> Callable[[Sequence[Stage]], str]:
    """Nothing of a part where the widths of some blocks alone are known: those that are may be a coincidence."""

    def told(held: Sequence[Stage]) -> str:
        widths = {known[path].width is None for stage in held for path in stage.blocks if path in known}
        return _by_stage(held, known, value) if len(widths) == 1 else ""

    return told


def _by_stage(held: Sequence[Stage], known: Mapping[str, BlockFacts], value: Callable[[BlockFacts], int | None]) -> str:
    """A value a stage; where its blocks differ, one a run of equal ones, or how many have which of a few."""
    found: list[str] = []
    for stage in held:
        of_blocks = [value(known[path]) if path in known else None for path in stage.blocks]
        counts = Counter(each for each in of_blocks if each is not None)
        in_a_row = runs(of_blocks)
        if not counts:
            return ""
        if counts.total() < len(of_blocks):
            found += [f"{each} ({count:,} of {len(of_blocks):,})" for each, count in counts.most_common()]
        elif len(counts) <= _FEW < len(in_a_row):
            found += [f"{each} ({count:,})" for each, count in counts.most_common()]
        else:
            found += [str(in_a_row[0][1])] if len(counts) == 1 else [_times(*each) for each in in_a_row]
    return _listed(found)


def _ratios(held: Sequence[Stage], known: Mapping[str, BlockFacts]) -> str:
    """Feed-forward size by width, each that there is once."""
    of_blocks = [known[path] for stage in held for path in stage.blocks if path in known]
    if any(block.width is None for block in of_blocks):
        return ""
    ratios = dict.fromkeys(
        f"{block.feed_forward[0] / block.width:.3g}" for block in of_blocks if block.width and block.feed_forward[0]
    )
    return listed(list(ratios), 4)


def _told(parts: Parts, text: Callable[[Sequence[Stage]], str], apart: bool = False) -> str:
    """A value of all parts, each with the name of its part; without, unless `apart`, where several have the same."""
    found = {name: each for name, held in parts.items() if (each := text(held))}
    is_one = not apart and len(found) > 1 and len(set(found.values())) == 1
    if not found or len(parts) == 1 or is_one:
        return next(iter(found.values()), "")
    told = [f"{name} {each}".lstrip() for name, each in found.items()]
    more = [f"{len(told) - _MOST_PARTS:,} more"] if len(told) > _MOST_PARTS else []
    return "; ".join([*told[:_MOST_PARTS], *more])


def _times(count: int, value: int | None) -> str:
    return str(value) if count == 1 else f"{count} x {value}"


def _listed(shown: Sequence[str]) -> str:
    """The values, one where all are equal, nothing where there are too many."""
    if len(set(shown)) == 1:
        return shown[0]
    return ", ".join(shown) if len(shown) <= _MOST else ""


def _traced(sized: Sized, leaves: Iterable[Leaf]) -> Iterator[Row]:
    """What the forward of a live module tells, or of a text that holds it."""
    if trace := evaluation(sized):
        weighted = {leaf.path for leaf in leaves if leaf.has(Trait.AFFINE_MAP) and not leaf.has(Trait.NORMALIZES)}
        attentions = {call.path for call in trace.calls if call.of_torch and call.class_name == _ATTENTION}
        norms = {leaf.path for leaf in leaves if leaf.has(Trait.NORMALIZES)}
        yield from traced_rows(trace, weighted, attentions, norms)
        yield "called as functions", functions(traces(sized), {leaf.path for leaf in leaves})


# Networks without blocks


def _chain(leaves: Iterable[Leaf]) -> Iterator[Row]:
    """The widths of what has weights, one after the other."""
    known = [width for leaf in leaves if (width := given(leaf)) is not None]
    widths = [_times(count, width) for count, width in runs(known)]
    yield "widths", ", ".join(widths) if len(known) > 1 and len(widths) <= _MOST else ""


# The whole network


def _cost(cost: Cost, may_be_one: Tied | None) -> Iterator[Row]:
    """The parameters both with and without what no print tells: whether an embedding and the head are one weight."""
    total, nonzero, macs, least = cost
    again = may_be_one.parameters if may_be_one else 0
    counted = total if least is None else least + again
    if counted:
        told = f"{'' if least is None else 'at least '}{counted:,}"
        told += f", or {counted - again:,} if {may_be_one.what} are tied" if may_be_one else ""
        yield "parameters", told + (f", of which non-zero {nonzero:,}" if nonzero not in (None, total) else "")
    yield "multiply-accumulates", rounded(macs) if macs else ""
