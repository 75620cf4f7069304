"""Random inputs of two networks: real numbers, or indices that both have."""

from __future__ import annotations

import pytest
import torch

from archdiff.execute.running.inputs import random_input, vocabulary
from execute.sides import sequential, sized

LINEAR = "Linear(in_features=4, out_features=4, bias=True)"


def embedding(rows: int) -> str:
    return f"Embedding({rows}, 4)"


@pytest.mark.parametrize(
    ("first", "rows"),
    [(LINEAR, 0), ("Dropout(p=0.5, inplace=False)", 0), (embedding(10), 10), ("EmbeddingBag(7, 4, mode='mean')", 7)],
    ids=["linear", "dropout", "embedding", "bag"],
)
def test_vocabulary(first: str, rows: int) -> None:
    assert vocabulary(sized(sequential([first]))[0]) == rows


@pytest.mark.parametrize(
    ("layers", "dtype", "least", "most"),
    [
        ((LINEAR, LINEAR), torch.float64, -10, 10),
        ((embedding(10), embedding(4)), torch.long, 0, 3),
        ((embedding(3), LINEAR), torch.long, 0, 2),
    ],
    ids=["real numbers", "indices of both", "indices of one"],
)
def test_an_input(layers: tuple[str, str], dtype: torch.dtype, least: int, most: int) -> None:
    networks = sized(*(sequential([layer]) for layer in layers), shape=(4,))
    x = random_input(networks, (50, 4), torch.Generator().manual_seed(0))
    assert (x.dtype, tuple(x.shape)) == (dtype, (50, 4))
    assert (least <= x).all()
    assert (x <= most).all()
    assert torch.equal(x, random_input(networks, (50, 4), torch.Generator().manual_seed(0)))


def test_numbers_are_drawn_in_the_type_that_is_given() -> None:
    networks = sized(sequential([LINEAR]), shape=(4,))
    assert random_input(networks, (2, 4), torch.Generator(), torch.float32).dtype == torch.float32
