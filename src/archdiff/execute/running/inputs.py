"""Random inputs that two networks can take. Must not run them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from archdiff.infer import Sized
from archdiff.semantics.kinds import NotKnown


def random_input(
    networks: Sequence[Sized], shape: tuple[int, ...], generator: torch.Generator, dtype: torch.dtype = torch.float64
) -> Tensor:
    """Normal numbers, or indices that every network whose first layer looks them up has in its table.

    Args:
        networks: those that take the input.
        shape: (batch, ...).
        generator: on the CPU, so that a seed means the same on every device.
        dtype: in which normal numbers are drawn.

    Returns:
        A tensor of this shape on the CPU: of `dtype`, or of whole numbers.
    """
    if rows := [count for count in map(vocabulary, networks) if count]:
        return torch.randint(min(rows), shape, generator=generator)
    return torch.randn(shape, generator=generator, dtype=dtype)


def vocabulary(sized: Sized) -> int:
    """Rows of the table in which the first layer looks up indices; 0 where it takes real numbers."""
    first = sized.leaves[0] if sized.leaves else None
    if first is None or first.layer.kind not in ("embedding", "embedding_bag"):
        return 0
    try:
        rows: int = first.settings.int("num_embeddings")
    except NotKnown:
        return 0
    return rows
