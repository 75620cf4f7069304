"""Verdicts held against what torch measures: known pairs, and random edits that are the same in every run."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import torch
from torch import nn

from archdiff.model.network import Value

BENCHMARKS = str(Path(__file__).parents[1] / "benchmarks")
if BENCHMARKS not in sys.path:
    sys.path.append(BENCHMARKS)

import law  # noqa: E402
import law_edits  # noqa: E402
from law_networks import Group, Leaf, Net  # noqa: E402

SEEDS = (0, 1, 2, 3)
EDITS = 100  # for each seed; `python benchmarks/law.py` takes thousands


#: a class with its arguments
Like: TypeAlias = tuple[type[nn.Module], tuple[tuple[str, Any], ...]]


def leaf(cls: type[nn.Module], **arguments: object) -> Like:
    return cls, tuple(arguments.items())


RELU, RELU6, LEAKY, HARDTANH = (leaf(each) for each in (nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.Hardtanh))
DROPOUT, ALPHA, TANH, FLATTEN = (leaf(each) for each in (nn.Dropout, nn.AlphaDropout, nn.Tanh, nn.Flatten))
WIDE, NARROW = leaf(nn.Linear, in_features=7, out_features=3), leaf(nn.Linear, in_features=6, out_features=1)
POOL = leaf(nn.MaxPool1d, kernel_size=2)

#: id, reference, candidate, shape without the batch, whether archdiff is told the shape; what differs is measured
PAIRS = [
    ("equal", [WIDE, RELU], [WIDE, RELU], (7,), True),
    ("relu and pool swapped", [RELU, POOL], [POOL, RELU], (3, 8), True),
    ("dropout and relu swapped", [DROPOUT, RELU], [RELU, DROPOUT], (3, 8), True),
    ("channels shuffled", [TANH], [leaf(nn.ChannelShuffle, groups=2), TANH], (4, 5), True),
    ("dim of an unknown rank", [WIDE, leaf(nn.Softmax, dim=1)], [WIDE, leaf(nn.Softmax, dim=-1)], (4, 7), False),
    ("end of an unknown rank", [WIDE, FLATTEN], [WIDE, leaf(nn.Flatten, end_dim=1)], (4, 7), False),
    (
        "bias along another axis than the norm",
        [WIDE, leaf(nn.BatchNorm1d, num_features=4)],
        [leaf(nn.Linear, in_features=7, out_features=3, bias=False), leaf(nn.BatchNorm1d, num_features=4)],
        *((4, 7), True),
    ),
    (
        "swapped with other settings",
        [DROPOUT, leaf(nn.LayerNorm, normalized_shape=(6, 6))],
        [leaf(nn.LayerNorm, normalized_shape=(2, 6, 6)), DROPOUT],
        *((2, 6, 6), True),
    ),
    ("linear moved past two", [RELU6, LEAKY, NARROW], [NARROW, RELU6, LEAKY], (6,), True),
    ("flatten moved past two", [DROPOUT, LEAKY, FLATTEN], [FLATTEN, DROPOUT, LEAKY], (4, 7), True),
    ("pool moved past two", [POOL, HARDTANH, DROPOUT], [HARDTANH, DROPOUT, POOL], (3, 8), True),
    ("one of equal layers removed", [RELU6, RELU, RELU], [RELU, RELU6], (3, 8), True),
]


def network(layers: list[Like], shape: tuple[int, ...]) -> Net:
    """Layers that print the same have the same weights on both sides, the first of them and so on."""
    ids = [zlib.crc32(repr(like).encode()) + layers[:at].count(like) for at, like in enumerate(layers)]
    children = tuple(Leaf(cls, arguments, uid) for (cls, arguments), uid in zip(layers, ids, strict=True))
    return Net(Group(nn.Sequential, children), shape, max(ids) + 1)


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Networks this small run ten times slower in several threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize(
    ("reference", "candidate", "shape", "given"), [row[1:] for row in PAIRS], ids=[row[0] for row in PAIRS]
)
@pytest.mark.usefixtures("one_thread")
def test_a_pair_breaks_no_law(
    reference: list[
        tuple[
            type[nn.Module],
            tuple[tuple[str, Value], ...],
        ]
    ],
    candidate: list[
        tuple[
            type[nn.Module],
            tuple[tuple[str, Value], ...],
        ]
    ],
    shape: tuple[int, ...],
    given: bool,
) -> None:
    edited = law_edits.Edited(network(candidate, shape), "known", "")
    case = law.measure(network(reference, shape), edited, given)
    assert not case.failed, law.described(case)


@pytest.mark.parametrize(
    ("verdict", "measured", "covered"),
    [
        ({"identical"}, "same", True),
        ({"function"}, "same", True),
        ({"cosmetic"}, "training", False),
        ({"inference"}, "training", False),
        ({"training"}, "inference", False),
        ({"training"}, "function", False),
        ({"inference"}, "function", False),
        ({"training", "inference"}, "function", True),
        ({"unknown"}, "function", True),
        ({"function"}, "training", True),
    ],
)
def test_what_a_verdict_covers(verdict: set[str], measured: str, covered: bool) -> None:
    assert law.covers(frozenset(verdict), measured) is covered


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.usefixtures("one_thread")
def test_random_edits(seed: int) -> None:
    """No law is broken; differences of the function are called so, and few equal networks are."""
    cases = list(law.cases(EDITS, seed))
    failed = [case for case in cases if case.laws]
    assert not failed, "\n\n".join(law.described(law.smallest(case)) for case in failed[:3])
    differ = [case for case in cases if case.measured == "function"]
    said = [case for case in differ if case.verdict == {"function"}]
    assert len(said) >= 0.93 * len(differ) > 20  # of the rest an input that is not known decides: unknown
    function = [case for case in cases if case.verdict == {"function"}]
    equal = [case for case in function if case.measured in ("same", "training")]
    assert len(equal) <= 0.05 * len(function) > 0
