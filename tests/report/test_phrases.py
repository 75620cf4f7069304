# ruff: noqa: E501  (tables: a case a line)
"""A difference in few words: k beside an order, densities as people name them, where it is."""

from __future__ import annotations

import pytest

from answers import compared, holding
from archdiff.report import _phrases

CONV = "Conv2d(1, 8, kernel_size=(5, 5), stride=(1, 1))"
BETWEEN = "Conv2d(8, 8, kernel_size=(5, 5), stride=(1, 1))"
POOL = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
MEAN = "AvgPool2d(kernel_size=2, stride=2, padding=0)"
NORM = "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"
WINNERS = "KWinners2d(channels=8, n=0, percent_on={}, boost_strength=1.5, boost_strength_factor=0.9, k_inference_factor=1.5, duty_cycle_period=1000)"
ON = WINNERS.format(0.1)
UNITS = "KWinners(n={}, percent_on={}, boost_strength=1.5, boost_strength_factor=0.9, k_inference_factor=1.5, duty_cycle_period=1000)"
LINEAR = "Linear(in_features=100, out_features=1000, bias=True)"


def sparse(density: float, linear: str = LINEAR) -> str:
    return holding("SparseWeights", settings=f"weight_sparsity={density}", module=linear)


def sequential(*layers: str, **named: str) -> str:
    return holding("Sequential", *layers, **named)


def blocks(*layers: str, times: int = 2) -> str:
    """A convolution and these layers, again and again."""
    return sequential(*((CONV, *layers) + (BETWEEN, *layers) * (times - 1)))


def dropouts(*rates: float) -> str:
    return sequential(
        *(each for rate in rates for each in (f"Dropout(p={rate}, inplace=False)", LINEAR.replace("=100,", "=1000,")))
    )


def block_classes(*layers: str) -> str:
    return sequential(*(holding("Sequential", BETWEEN, *layers) for _ in range(3)))


def listed(times: int) -> str:
    block = holding("Block", norm=NORM, conv=BETWEEN)
    return holding("Net", layers=holding("ModuleList", *[block] * times))


@pytest.mark.parametrize(
    ("candidate", "reference", "told"),
    [
        # no short form
        pytest.param(sequential(CONV), sequential(CONV.replace("(5, 5)", "(3, 3)")), ["kernel_size 5x5, not 3x3 (0)"], id="sizes as in the list"),
        pytest.param(sequential(CONV, "ReLU()"), sequential(CONV, "Tanh()"), ["ReLU, not Tanh (1)"], id="another class"),
        # order
        pytest.param(blocks(ON, POOL, times=1), blocks(POOL, ON, times=1), ["k-winners before pooling (1: k 2880, not 720)"], id="k-winners and one pool"),
        pytest.param(blocks(POOL, ON, times=1), blocks(ON, POOL, times=1), ["pooling before k-winners (1: k 720, not 2880)"], id="the other way round"),
        pytest.param(blocks(ON, MEAN, times=1), blocks(MEAN, ON, times=1), ["k-winners before pooling (1: k 2880, not 720)"], id="another pool"),
        pytest.param(blocks(ON, POOL), blocks(POOL, ON), ["k-winners before pooling in both blocks (k 2880, not 720)"], id="both"),
        pytest.param(blocks(ON, POOL, times=3), blocks(POOL, ON, times=3), ["k-winners before pooling in all 3 blocks (k 2880, not 720)"], id="all"),
        pytest.param(sequential(CONV, ON, POOL, BETWEEN, ON, POOL, BETWEEN, ON), sequential(CONV, POOL, ON, BETWEEN, POOL, ON, BETWEEN, ON),
                     ["k-winners before pooling in 2 blocks (k 2880, not 720)"], id="not all"),
        pytest.param(block_classes("ReLU()", NORM), block_classes(NORM, "ReLU()"), ["ReLU before BatchNorm2d in all 3 blocks"], id="other layers, nothing derived"),
        pytest.param(sequential(CONV, MEAN, "ReLU()"), sequential(CONV, "ReLU()", MEAN), ["AvgPool2d before ReLU (1)"], id="a pool before another layer"),
        pytest.param(sequential(holding("Sequential", BETWEEN, "ReLU()", NORM, BETWEEN, "ReLU()", NORM)), sequential(holding("Sequential", BETWEEN, NORM, "ReLU()", BETWEEN, NORM, "ReLU()")),
                     ["ReLU before BatchNorm2d in both places"], id="two in one block"),
        # percent_on
        pytest.param(blocks(WINNERS.format(0.1), times=1), blocks(WINNERS.format(0.2), times=1), ["percent_on 0.1, not 0.2 (1: k 2880, not 5760)"], id="k"),
        pytest.param(blocks(WINNERS.format(0.095), times=1), blocks(WINNERS.format(0.0956632653061), times=1), ["percent_on 0.095, not 0.0957 (1: k 2736, not 2755)"], id="three digits"),
        pytest.param(blocks(WINNERS.format(0.2), times=1), blocks(WINNERS.format(0.19996), times=1), ["percent_on 0.2, not 0.19996 (1: k 5760, not 5759)"], id="more digits"),
        pytest.param(dropouts(0.1234567, 0.1234567, 0.2), dropouts(0.2, 0.2, 0.2), ["p 0.1234567, not 0.2, but 4 keeps 0.2 (*, 2 places)"], id="long, with what keeps the other"),
        pytest.param(dropouts(0.1234567, 0.1234567), dropouts(0.2, 0.2), ["p 0.123, not 0.2 (*, 2 places)"], id="long, in two places"),
        pytest.param(sequential(LINEAR, UNITS.format(1000, 0.1)), sequential(LINEAR.replace("1000", "1500"), UNITS.format(1500, 0.0666666666667)),
                     ["out_features 1000, not 1500 (0)", "percent_on 0.1, not 0.0667 (1: k 100 of 1000, not of 1500)"], id="as many of other units"),
        # weights
        pytest.param(sequential(fc=LINEAR), sequential(fc=sparse(0.4)), ["dense fc, not 40 % non-zero"], id="dense"),
        pytest.param(sequential(fc=sparse(0.4)), sequential(fc=LINEAR), ["40 % non-zero fc, not dense"], id="sparse"),
        pytest.param(sequential(fc=sparse(0.4)), sequential(fc=sparse(0.1)), ["fc 40 % non-zero, not 10 %"], id="both sparse"),
        pytest.param(sequential(LINEAR), sequential(sparse(0.4)), ["dense weights, not 40 % non-zero (0)"], id="a path that is no name"),
        pytest.param(sequential(sparse(0.4)), sequential(sparse(0.1)), ["weights 40 % non-zero, not 10 % (0)"], id="both sparse, no name"),
        # layers of one side
        pytest.param(sequential(LINEAR), sequential(LINEAR, "LogSoftmax(dim=1)"), ["no LogSoftmax (1)"], id="missing"),
        pytest.param(sequential(LINEAR, "LogSoftmax(dim=1)"), sequential(LINEAR), ["extra LogSoftmax (1)"], id="extra"),
        pytest.param(block_classes("ReLU()"), block_classes(NORM, "ReLU()"), ["no BatchNorm2d (*.1, 3 places)"], id="missing everywhere"),
        # blocks of a list
        pytest.param(listed(3), listed(2), ["3 Block blocks, not 2, in layers"], id="copies"),
    ],
)  # fmt: skip
def test_phrase(candidate: str, reference: str, told: list[str]) -> None:
    outcome = compared(
        candidate,
        reference,
        (100,) if candidate.startswith("Sequential(\n  (0): Linear") else (1, 64, 64) if CONV in candidate else None,
    )
    graver = [each for each in outcome.decisions if each.is_difference and each.effect.word != "cosmetic"]
    assert [_phrases.phrase(each, outcome) for each in graver] == told


def test_fewer_where_some_stay() -> None:
    layers = ["ReLU()", NORM, BETWEEN]
    outcome = compared(sequential(CONV, *layers), sequential(CONV, *layers, *layers, *layers))
    assert [_phrases.phrase(each, outcome) for each in outcome.decisions] == [
        "fewer ReLU, BatchNorm2d and Conv2d (*, 6 places)"
    ]
