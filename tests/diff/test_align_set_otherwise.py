"""Networks in which every layer is set otherwise: blocks correspond as they do where nothing is, by their widths."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import pytest

from answers import compared, holding


class Settings(NamedTuple):
    padding: int = 1
    momentum: float = 0.1


SAME = Settings()
PADDED = Settings(padding=0)
AVERAGED = Settings(momentum=0.9)
BOTH = Settings(padding=0, momentum=0.9)


def layers(taken: int, given: int, kernel: int, groups: int, stride: int, settings: Settings) -> tuple[str, str]:
    """A convolution with its norm."""
    sizes = f"kernel_size=({kernel}, {kernel}), stride=({stride}, {stride})"
    pad = f", padding=({settings.padding}, {settings.padding})" if kernel > 1 and settings.padding else ""
    shared = f", groups={groups}" if groups > 1 else ""
    return (
        f"Conv2d({taken}, {given}, {sizes}{pad}{shared}, bias=False)",
        f"BatchNorm2d({given}, eps=1e-05, momentum={settings.momentum}, affine=True, track_running_stats=True)",
    )


def chain(*sizes: int, settings: Settings, name: str = "ConvNorm", act: bool = True) -> str:
    """Such layers as a block of their own."""
    taken, given, kernel, groups, stride = sizes
    return holding(name, *layers(taken, given, kernel, groups, stride, settings), *["ReLU6()"] * act)


# Blocks one behind the other


def listed(*widths: int, settings: Settings = SAME, name: str = "Block") -> str:
    """A list of blocks, each of which takes one of these widths and gives the next."""
    blocks = (
        holding(name, *layers(a, a, 3, 1, 1, settings), *layers(a, b, 1, 1, 1, settings)) for a, b in pairwise(widths)
    )
    return holding("Net", layers=holding("Sequential", *blocks), fc="Linear(in_features=64, out_features=4, bias=True)")


REFERENCE = (8, 16, 16, 32, 32, 64)


@pytest.mark.parametrize("name", ["Block", "Residual"])
@pytest.mark.parametrize("settings", [PADDED, AVERAGED, BOTH], ids=["padding", "momentum", "both"])
@pytest.mark.parametrize(
    "widths",
    [
        pytest.param(REFERENCE, id="equal"),
        pytest.param((16, 16, 32, 32, 64), id="without the first"),
        pytest.param((8, 16, 16, 32, 64), id="without one"),
        pytest.param((8, 16, 32, 64, 64), id="without one, and one that is wider"),
    ],
)
def test_blocks_of_a_list(widths: tuple[int, ...], settings: Settings, name: str) -> None:
    expected = compared(listed(*widths), listed(*REFERENCE)).pairs
    assert [*compared(listed(*widths, settings=settings, name=name), listed(*REFERENCE)).pairs] == [*expected]


# Blocks that two libraries cut otherwise: the first one in a stem, the others in a list; or all in one list

ROWS = ((8, 2), (8, 1), (12, 2), (12, 1), (12, 1))


def with_a_stem(settings: Settings = SAME) -> str:
    stem = holding(
        "Stem",
        first=chain(3, 8, 3, 1, 2, settings=settings, name="ConvLayer"),
        second=chain(8, 8, 3, 8, 1, settings=settings, name="ConvLayer"),
        third=chain(8, 4, 1, 1, 1, settings=settings, name="ConvLayer", act=False),
    )
    blocks, width = [], 4
    for given, stride in ROWS:
        wide = 4 * width
        blocks.append(
            holding(
                "Inverted",
                expand=chain(width, wide, 1, 1, 1, settings=settings, name="ConvLayer"),
                depthwise=chain(wide, wide, 3, wide, stride, settings=settings, name="ConvLayer"),
                reduce=chain(wide, given, 1, 1, 1, settings=settings, name="ConvLayer", act=False),
            )
        )
        width = given
    top = chain(12, 16, 1, 1, 1, settings=settings, name="ConvLayer")
    fc = "Linear(in_features=16, out_features=4, bias=True)"
    return holding("Mobile", stem=stem, layer=holding("ModuleList", *blocks), top=top, fc=fc)


def in_one_list() -> str:
    first = holding("Sequential", chain(8, 8, 3, 8, 1, settings=SAME), *layers(8, 4, 1, 1, 1, SAME))
    blocks, width = [chain(3, 8, 3, 1, 2, settings=SAME), holding("Residual", conv=first)], 4
    for given, stride in ROWS:
        wide = 4 * width
        inner = holding(
            "Sequential",
            chain(width, wide, 1, 1, 1, settings=SAME),
            chain(wide, wide, 3, wide, stride, settings=SAME),
            *layers(wide, given, 1, 1, 1, SAME),
        )
        blocks.append(holding("Residual", conv=inner))
        width = given
    head = holding("Sequential", "Dropout(p=0.2, inplace=False)", "Linear(in_features=16, out_features=4, bias=True)")
    return holding("Net", features=holding("Sequential", *blocks, chain(12, 16, 1, 1, 1, settings=SAME)), head=head)


@pytest.mark.parametrize("settings", [PADDED, AVERAGED, BOTH], ids=["padding", "momentum", "both"])
def test_blocks_that_are_cut_otherwise(settings: Settings) -> None:
    expected = [*compared(with_a_stem(), in_one_list()).pairs]
    assert ("layer.0.depthwise.0", "features.2.conv.1.0") in expected
    assert [*compared(with_a_stem(settings), in_one_list()).pairs] == expected
