"""The sizes of repeated blocks: what the residual stream carries, the feed-forward layers, the attention.

All follows from what goes in and out of layers with weights; what these do not tell beyond doubt is None. Must not look
at what only a name would tell, except whether a projection is one of attention.
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable, Sequence
from itertools import groupby, pairwise
from typing import Final, NamedTuple, TypeGuard, TypeVar

from archdiff.infer.leaf import Leaf, printed_shapes, width_of
from archdiff.infer.stages import EXPERTS, Stage
from archdiff.model.network import Value, ancestors
from archdiff.semantics import attention
from archdiff.semantics.kinds import Trait

T = TypeVar("T", bound=Hashable)


class Sizes(NamedTuple):
    """What a layer with weights takes and gives, in numbers a sample and place."""

    taken: int
    given: int


class Attention(NamedTuple):
    """Widths of the projections of one attention, and of one head where a norm of it tells that."""

    queries: int
    keys: int
    head: int | None


class BlockFacts(NamedTuple):
    """What is known of one block.

    Attributes:
        width: What it gives to the next block.
        inner: What its first convolution gives to the next, where all of them run one after the other.
        feed_forward: Width inside of its feed-forward layers, of one of its experts, and of what all tokens share
            beside these; each None where it has none.
        attention: Of its first attention.
        experts: How many stand in it.
        is_image: Whether it has convolutions over two or three dimensions.
    """

    width: int | None
    inner: int | None
    feed_forward: tuple[int | None, ...]
    attention: Attention | None
    experts: int
    is_image: bool


def sizes(leaf: Leaf) -> Sizes | None:
    """Of a Linear, a convolution or an attention; None of all others, and where a print does not tell."""
    if leaf.kind is None:
        return None
    if leaf.kind.name == "multihead_attention":
        width = leaf.settings.known("embed_dim")
        return Sizes(width, width) if _is_number(width) else None
    if not leaf.has(Trait.AFFINE_MAP):
        return None
    found = {field.aspect: width_of(leaf.settings.known(field.name)) for field in leaf.kind.fields[1::-1]}
    taken, given = found.get("input"), found.get("width")
    return Sizes(taken, given) if _is_number(taken) and _is_number(given) else None


def given(leaf: Leaf) -> int | None:
    """What a layer with weights gives, from its settings or from the row of a summary table."""
    if each := sizes(leaf):
        return each.given
    shape = printed_shapes(leaf.layer)[1] if leaf.has(Trait.AFFINE_MAP) else None
    return shape[0 if leaf.kind and leaf.kind.dims else -1] if shape else None


def _is_number(value: object) -> TypeGuard[int]:
    return type(value) is int


def blocks(leaves: Sequence[Leaf], stages: Sequence[Stage]) -> dict[str, BlockFacts]:
    """What is known of each block, by its path.

    Args:
        leaves: All of a network, in printed order.
        stages: Its stages.
    """
    paths = {path for stage in stages for path in stage.blocks}
    runs = [(path, list(run)) for path, run in groupby(leaves, lambda leaf: in_block(leaf.path, paths))]
    found: dict[str, BlockFacts] = {}
    alike: dict[object, BlockFacts] = {}
    following: int | None = None
    for path, run in reversed(runs):
        both = [(leaf, each) for leaf in run if (each := sizes(leaf))]
        if path:
            inside = [(leaf.path[len(path) :], leaf.layer.class_name, leaf.settings) for leaf in run]
            key = following, *inside
            found[path] = alike.get(key) or alike.setdefault(key, _block(path, run, both, following))
        following = both[0][1].taken if both else following
    return found


def in_block(path: str, blocks: Container[str]) -> str:
    """The block that a layer stands in; "" where it stands in none."""
    return next((each for each in ancestors(path) if each in blocks), "")


def _block(path: str, run: Sequence[Leaf], both: Sequence[tuple[Leaf, Sizes]], following: int | None) -> BlockFacts:
    maps = [(leaf.path[len(path) + 1 :], each) for leaf, each in both]
    is_image = any(leaf.kind and (leaf.kind.dims or 0) > 1 for leaf, _ in both)
    width = _width([each for _, each in maps], _normed(path, run), following, is_image)
    dense: dict[str, list[tuple[str, Sizes]]] = {"": [], _EXPERT: [], _SHARED: []}
    for (leaf, _), each in zip(both, maps, strict=True):
        if _is_dense(leaf, each[0]):
            dense[_expert_kind(each[0])].append(each)
    return BlockFacts(
        width=width,
        inner=_inner([(leaf, each) for leaf, each in both if leaf.kind and (leaf.kind.dims or 0) > 1], width),
        feed_forward=tuple([_feed_forward(each, width) for each in dense.values()]),
        attention=_attention(path, run, maps),
        experts=len({_expert(name) for name, _ in dense[_EXPERT]}),
        is_image=is_image,
    )


_EXPERT: Final = "expert"
_SHARED: Final = "shared"


def _is_dense(leaf: Leaf, name: str) -> bool:
    """Whether it is a Linear, or a convolution that is one and is named as a feed-forward layer."""
    if leaf.kind is None or leaf.kind.name == "linear":
        return leaf.kind is not None
    kernel = leaf.settings.known("kernel_size")
    is_point = isinstance(kernel, tuple) and set(kernel) == {1} and leaf.settings.known("groups") == 1
    return is_point and "mlp" in name.split(".")


def _expert_kind(name: str) -> str:
    """Whether a layer is of an expert, or of what is shared by all."""
    parts = name.split(".")
    if any(part.startswith(_SHARED) for part in parts):
        return _SHARED
    return _EXPERT if EXPERTS in parts else ""


def _expert(name: str) -> str:
    """`mlp.experts.12` of `mlp.experts.12.up_proj`."""
    parts = name.split(".")
    return ".".join(parts[: parts.index(EXPERTS) + 2])


def _normed(path: str, run: Iterable[Leaf]) -> int | None:
    """What the norms over features outside of attention take, where that is one number."""
    shapes = {
        width_of(leaf.settings.known("normalized_shape"))
        for leaf in run
        if leaf.has(Trait.NORMALIZES) and not _is_of_attention(leaf.path[len(path) + 1 :])
        if leaf.kind and leaf.kind.field("normalized_shape")
    }
    shape = shapes.pop() if len(shapes) == 1 else None
    return shape if _is_number(shape) else None


def _width(maps: Sequence[Sizes], normed: int | None, following: int | None, is_image: bool) -> int | None:
    """What a block gives: what its layers give and its norms take, or its own first layer, or the next one behind it.

    Where no print tells what its layers give (`Conv1D()` of GPT-2), what its norms take. Of layers of which each takes
    what the one before it gives, what the last gives. Of a block that may do either, the one that its last layer gives;
    so does each without convolutions, whose first layer may mix the places of its input (ResMLP).

    None where what comes behind takes more: twice as much of two halves side by side (ShuffleNet), or what went in as
    well (DenseNet).
    """
    given = {each.given for each in maps}
    if not given or normed in given:
        return normed
    width = maps[-1].given
    if not (_is_sequence(maps) or len(given) == 1):
        fitting = {taken for taken in (maps[0].taken, following) if taken in given}
        if len(fitting) > 1 or following not in fitting or not is_image:
            fitting &= {width}
        if len(fitting) != 1:
            return None
        width = fitting.pop()
    is_appended = following == maps[0].taken + width and width < maps[0].taken
    return None if is_appended or following == 2 * width else width


def _is_sequence(maps: Sequence[Sizes]) -> bool:
    """Whether each takes what the one before it gives."""
    return all(before.given == each.taken for before, each in pairwise(maps))


def _inner(convolutions: Sequence[tuple[Leaf, Sizes]], width: int | None) -> int | None:
    """What the first convolution gives, if the others take what comes before them, or the input of the block again.

    A shortcut may stand first. Depthwise ones alone are no way through a block, nor are branches side by side.
    """
    convolutions = _unsqueezed(convolutions)
    maps = [each for _, each in convolutions]
    if all(leaf.settings.known("groups") == each.taken for leaf, each in convolutions):
        return None
    if width is None:
        return maps[0].given if len(maps) > 1 and _is_sequence(maps) else None
    is_point = set(_kernel(convolutions[0][0])) == {1}
    if len(maps) > 2 and is_point and maps[0].given == width and maps[1].taken == maps[0].taken:
        maps = maps[1:]
    first, *rest = maps
    last = first
    for each in rest:
        if each.taken in (last.given, first.given):
            last = each
        elif each.taken != first.taken:
            return None
    return first.given if last is not first and last.given == width else None


def _unsqueezed(convolutions: Sequence[tuple[Leaf, Sizes]]) -> Sequence[tuple[Leaf, Sizes]]:
    """Without two behind the first that are narrow and wide again, to weigh the channels."""
    for at in range(1, len(convolutions) - 1):
        (one, narrow), (other, wide) = convolutions[at : at + 2]
        is_back = narrow.taken == wide.given == convolutions[at - 1][1].given and narrow.given == wide.taken
        if is_back and narrow.given < narrow.taken and set(_kernel(one)) == set(_kernel(other)) == {1}:
            return [*convolutions[:at], *convolutions[at + 2 :]]
    return convolutions


def _kernel(leaf: Leaf) -> tuple[Value, ...]:
    kernel = leaf.settings.known("kernel_size")
    return kernel if isinstance(kernel, tuple) else (kernel,)


# Feed-forward layers


_NAMES: Final = ("mlp", "ffn", "feed", "ff", "expert")


def _feed_forward(maps: Sequence[tuple[str, Sizes]], width: int | None) -> int | None:
    """The size inside: one layer takes the block's width and gives it, or twice for a gate, another one takes it back.

    The narrower of such sizes may be anything, so it counts only in what is named so.
    """
    rest = [(name, each) for name, each in maps if not (_is_of_attention(name) or _is_of_norm(name))]
    made = {each.given for _, each in rest if each.taken == width}
    for name, (taken, given) in rest:
        if width is None or given != width or taken == width or not made & {taken, 2 * taken}:
            continue
        if taken > width or any(part in name.lower() for part in _NAMES):
            return taken
    return None


def _is_of_norm(name: str) -> bool:
    """Whether it gates a norm."""
    return "norm" in name.rpartition(".")[0].lower()


def _is_of_attention(name: str) -> bool:
    *holders, last = name.lower().split(".")
    return attention.part(last) in _OF_INPUT or any("attn" in each or "attention" in each for each in holders)


# Attention


_OF_INPUT: Final = ("query", "key", "value")


def _attention(path: str, run: Sequence[Leaf], maps: Sequence[tuple[str, Sizes]]) -> Attention | None:
    """Of the first layers of a block that are named as queries and keys are, side by side."""
    by_holder: dict[str, dict[str, int]] = {}
    for name, each in maps:
        holder, _, last = name.rpartition(".")
        if part := attention.part(last):
            by_holder.setdefault(holder, {}).setdefault(part, each.given)
    for holder, parts in by_holder.items():
        if "query" in parts and "key" in parts and parts["query"] % parts["key"] == 0:
            return Attention(
                parts["query"], parts["key"], _head(run, f"{path}.{holder}.", parts["query"], parts["key"])
            )
    return None


def _head(run: Iterable[Leaf], holder: str, queries: int, keys: int) -> int | None:
    """The width of a head, where the queries, or the keys, are normed head by head."""
    for leaf in run:
        if leaf.path.startswith(holder) and leaf.has(Trait.NORMALIZES) and "." not in leaf.path[len(holder) :]:
            shape = width_of(leaf.settings.known("normalized_shape"))
            if _is_number(shape) and 0 < shape < keys and not (queries % shape or keys % shape):
                return shape
    return None


# Runs of equal values


def runs(values: Iterable[T]) -> list[tuple[int, T]]:
    """How often each value stands in a row."""
    return [(len(list(run)), value) for value, run in groupby(values)]
