"""Weights that several layers share: what a live module holds of that, and what a print leaves open.

An embedding and the head behind it often are one weight, and so are the embeddings of an encoder and a decoder. No
print shows it, so what a print counts may be counted twice. Must not count anything else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod
from typing import Final, NamedTuple

from archdiff.infer.flow import SizedOccurrence
from archdiff.infer.leaf import Leaf
from archdiff.infer.repeats import Weights
from archdiff.model.facts import SHARED, TENSORS, HeldTensor
from archdiff.model.lazyseq import Runs
from archdiff.model.memo import Memo
from archdiff.model.network import Network, join
from archdiff.semantics.kinds import NotKnown, StateTensor
from archdiff.semantics.live_settings import is_live

#: the last names of tables with a vector for each token, and for each position
OF_TOKENS: Final = frozenset(
    {
        "embed_tokens",
        "wte",
        "word_embeddings",
        "word_embedding",
        "tok_embeddings",
        "tok_embedding",
        "tok_emb",
        "token_embeddings",
        "token_embedding",
        "token_emb",
        "embeddings",
        "shared",
        "embed_in",
    }
)
OF_POSITIONS: Final = frozenset(
    {"position_embeddings", "position_embedding", "embed_positions", "wpe", "pos_embed", "pos_emb"}
)


class Tied(NamedTuple):
    """Layers that may share one weight.

    Attributes:
        parameters: How many numbers a print counts again for it.
        what: Which layers: "embedding and head".
    """

    parameters: int
    what: str


class _Matrix(NamedTuple):
    """Of a table of vectors, or of a layer that scores each token."""

    rows: int
    width: int
    is_table: bool
    is_of_tokens: bool


def tied(network: Network, leaves: Runs[Leaf]) -> Tied | None:
    """What may be one weight: tables of tokens, and the heads of the same size.

    Args:
        network: The network.
        leaves: All that computes something.

    Returns:
        The sizes that count most; None where no two layers are of one size, and of a live module, which tells.
    """
    if network.is_table or is_live(network):
        return None
    weights = Weights(network)
    of_block = Memo(lambda block: tuple(map(_matrix, block.leaves)))
    found: Counter[_Matrix | None] = Counter()
    for run in leaves.runs:
        if isinstance(run, SizedOccurrence) and not weights:
            found.update(of_block(run.block))
        else:
            for leaf in run:
                found[_matrix(leaf)] += weights.of(leaf.path)
    sizes = {(each.rows, each.width) for each in found if each and each.is_table}
    return max((each for size in sizes if (each := _of_size(*size, found))), default=None)


def _of_size(rows: int, width: int, found: Mapping[_Matrix | None, int]) -> Tied | None:
    """More heads than that are no heads, but layers of repeated blocks; two tables count where both are of tokens."""
    tables, others = (found.get(_Matrix(rows, width, True, of_tokens), 0) for of_tokens in (True, False))
    heads = found.get(_Matrix(rows, width, False, False), 0)
    if heads > tables + others + 1:
        heads = 0
    tables = tables or min(others, 1)
    if not tables or tables + heads < 2:
        return None
    words = ["embeddings" if tables > 1 else "embedding", *(["head" if heads == 1 else "heads"] if heads else [])]
    return Tied((tables + heads - 1) * rows * width, " and ".join(words))


def _matrix(leaf: Leaf) -> _Matrix | None:
    name = leaf.kind.name if leaf.kind else ""
    settings = ("num_embeddings", "embedding_dim") if name == "embedding" else ("out_features", "in_features")
    last = leaf.path.rpartition(".")[2]
    if name not in ("embedding", "linear") or last in OF_POSITIONS:
        return None
    rows, width = map(leaf.settings.known, settings)
    if not isinstance(rows, int) or not isinstance(width, int):
        return None
    return _Matrix(rows, width, name == "embedding", name == "embedding" and last in OF_TOKENS)


def held_parameters(network: Network) -> int | None:
    """How many numbers the parameters of a live module hold, each weight once; None of what is no live module."""
    again = {str(name) for names in network.rows(SHARED) if isinstance(names, tuple) for name in names[1:]}
    held = [
        prod(tensor.shape)
        for fact in network.facts
        if fact.name == TENSORS and isinstance(fact.value, tuple)
        for tensor in fact.value
        if isinstance(tensor, HeldTensor) and tensor.role == "parameter"
        if join(fact.path, tensor.name) not in again
    ]
    return sum(held) if held else None


def counted_again(network: Network, leaves: Iterable[Leaf]) -> int:
    """How many numbers of a live module stand under more than one name, as far as its layers tell their sizes.

    Args:
        network: The network.
        leaves: All that computes something.
    """
    again = [name for names in network.rows(SHARED) if isinstance(names, tuple) for name in names[1:]]
    if not again:
        return 0
    sizes = {name: size for leaf in leaves for name, size in _tensors(leaf)}
    return sum(sizes.get(str(name), 0) for name in again)


def _tensors(leaf: Leaf) -> Iterator[tuple[str, int]]:
    """What a layer keeps that is trained, with how many numbers that is."""
    tensors: Sequence[StateTensor] = ()
    if leaf.kind and leaf.kind.state:
        try:
            tensors = list(leaf.kind.state(leaf.settings))
        except NotKnown:
            return
    for tensor in tensors:
        if tensor.shape is not None and not tensor.buffer:
            yield f"{leaf.path}.{tensor.name}", prod(tensor.shape)
