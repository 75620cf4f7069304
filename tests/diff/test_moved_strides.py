# ruff: noqa: E501  (tables: a case a line)
"""A stride that stands on another layer is one finding, told first; two that changed each for itself are two."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from torch import Tensor, nn

import archdiff
from answers import Case, compared, findings_test, holding, lines
from archdiff.report._headline import sentence


def conv(stride: int = 1, kernel: int = 3, bias: bool = True) -> str:
    shown = "" if bias else ", bias=False"
    return f"Conv2d(8, 8, kernel_size=({kernel}, {kernel}), stride=({stride}, {stride}), padding=({kernel // 2}, {kernel // 2}){shown})"


def ordered(*layers: str) -> str:
    return holding("Sequential", *layers)


def net(**children: str) -> str:
    return holding("Net", **children)


def stack(*blocks: str) -> str:
    return net(layers=holding("ModuleList", *blocks))


def block(*layers: str, name: str = "Block") -> str:
    return holding(name, **{f"l{at}": layer for at, layer in enumerate(layers)})


def strides(*each: int) -> str:
    """Blocks that run one behind the other, of one convolution each."""
    return ordered(*(ordered(conv(stride), "ReLU()") for stride in each))


SHAPE = (8, 32, 32)

#: id, candidate, reference, input shape, every finding
CASES: list[Case] = [
    # left alone
    ("one-stride", net(x=block(conv(2, 1), conv())), net(x=block(conv(1, 1), conv())), None,
     ["AD301 function x.l0|x.l0: stride 2x2, not 1x1"]),
    ("two-equal-strides", net(x=block(conv(2, 1), conv(2))), net(x=block(conv(1, 1), conv())), None,
     ["AD301 function x.l0|x.l0: stride 2x2, not 1x1 x2"]),
    ("and-another-kernel", net(x=block(conv(2, 1), conv(), name="Bottleneck")),
     net(x=block(conv(), conv(2), name="Bottleneck")), None,
     ["AD301 function x.l0|x.l0: kernel_size 1x1, not 3x3",
      "AD301 function x.l0|x.l0: stride 2x2, not 1x1",
      "AD301 function x.l0|x.l0: padding 0x0, not 1x1",
      "AD301 function x.l1|x.l1: stride 1x1, not 2x2"]),
    ("of-an-unknown-size", net(first=conv(1, 1, False), x=block(conv(2, 1), conv())), net(first=conv(1, 1), x=block(conv(1, 1), conv())), None,
     ["AD301 function first|first: bias False, not True", "AD301 function x.l0|x.l0: stride 2x2, not 1x1"]),
    ("of-a-known-size", ordered(conv(1, 1, False), conv(2)), ordered(conv(1, 1), conv()), SHAPE,
     ["AD301 function 1|1: stride 2x2, not 1x1", "AD301 function 0|0: bias False, not True"]),
    ("of-other-sizes", strides(4, 1), strides(1, 2), SHAPE,
     ["AD301 function 0.0|0.0: stride 4x4, not 1x1", "AD301 function 1.0|1.0: stride 1x1, not 2x2"]),
    ("of-branches", net(x=holding("Block", a=ordered(conv(2), conv(1, 1)), b=ordered(conv(1), conv(1, 1)))),
     net(x=holding("Block", a=ordered(conv(1), conv(1, 1)), b=ordered(conv(2), conv(1, 1)))), None,
     ["AD301 function x.a.0|x.a.0: stride 2x2, not 1x1", "AD301 function x.b.0|x.b.0: stride 1x1, not 2x2"]),
    ("blocks-that-changed-places", stack(block(conv(2, 1)), block(conv(1, 1))), stack(block(conv(1, 1)), block(conv(2, 1))), None,
     ["AD101 unknown layers.0|layers.1: Block 0 runs before Block 1, not after it: function if Net runs in printed order, which no print shows [import inspect; print(inspect.getsource(type(model).forward))]"]),
    # in one block
    ("in-a-block", net(x=block(conv(2, 1), conv(), name="Bottleneck")), net(x=block(conv(1, 1), conv(2), name="Bottleneck")), None,
     ["AD301 function x.l0|x.l0: stride 2x2 on x.l0, not on x.l1 [...]"]),
    ("in-two-blocks", stack(block(conv(2, 1), conv()), block(conv(2, 1), conv())),
     stack(block(conv(1, 1), conv(2)), block(conv(1, 1), conv(2))), None,
     ["AD301 function layers.0.l0|layers.0.l0: stride 2x2 on layers.0.l0, not on layers.0.l1 x2 [...]"]),
    ("beside-another-bias", net(first=conv(1, 1, False), x=block(conv(2, 3, False), conv(1, 3, False))),
     net(first=conv(1, 1), x=block(conv(), conv(2))), None,
     ["AD301 function x.l0|x.l0: stride 2x2 on x.l0, not on x.l1", "AD301 function first|first: bias False, not True x3"]),
    # in blocks that run one behind the other
    ("to-the-next-block", strides(1, 2, 1), strides(2, 1, 1), SHAPE,
     ["AD301 function 0.0|0.0: stride 2x2 on 1.0, not on 0.0"]),
    ("to-a-block-behind-the-next", strides(1, 1, 2), strides(2, 1, 1), SHAPE,
     ["AD301 function 0.0|0.0: stride 2x2 on 2.0, not on 0.0"]),
    ("of-unknown-sizes", net(layer1=block(conv(1, 1)), layer2=block(conv(2, 1))),
     net(layer1=block(conv(2, 1)), layer2=block(conv(1, 1))), None,
     ["AD301 function layer1.l0|layer1.l0: stride 2x2 on layer2.l0, not on layer1.l0"]),
    ("and-one-more", strides(1, 2, 2), strides(2, 1, 1), SHAPE,
     ["AD301 function 0.0|0.0: stride 2x2 on 1.0, not on 0.0", "AD301 function 2.0|2.0: stride 2x2, not 1x1"]),
    ("two-of-them", strides(1, 1, 2, 2), strides(2, 2, 1, 1), SHAPE,
     ["AD301 function 0.0|0.0: stride 2x2 on 3.0, not on 0.0", "AD301 function 1.0|1.0: stride 2x2 on 2.0, not on 1.0"]),
]  # fmt: skip


test_findings = findings_test(CASES)


# What follows


class Residual(nn.Module):
    """What comes in is added where a block does not stride."""

    def __init__(self, stride: int, kernel: int, adds: bool = True) -> None:
        super().__init__()
        self.conv = nn.Conv2d(8, 8, kernel, stride, padding=kernel // 2)
        self.bn = nn.BatchNorm2d(8)
        self.adds = adds and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.bn(self.conv(x))
        return x + y if self.adds else y


class Beside(nn.Module):
    """A shortcut that has a convolution of its own."""

    def __init__(self, stride: int, kernel: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(8, 8, kernel, stride, padding=kernel // 2)
        self.down = nn.Conv2d(8, 8, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x) + self.down(x)
        return y.relu()


def live(*strides: int, kind: Callable[[int, int], nn.Module] = Residual) -> nn.Module:
    """Blocks of one kernel each, so that none of them is another one."""
    return nn.Sequential(*(kind(stride, 3 + 2 * place) for place, stride in enumerate(strides)))


def plain(stride: int, kernel: int) -> nn.Module:
    return Residual(stride, kernel, adds=False)


LACKS = "adds False, not True (live attribute): what comes in + bn is missing, a skip connection"
HAS = "adds True, not False (live attribute): what comes in + bn is only in the candidate, a skip connection"
STRIDE = "AD301 function 0.conv|0.conv: stride 2x2"


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        pytest.param(
            live(1, 2, kind=plain),
            live(1, 2),
            [f"AD301 function 0|0: {LACKS}"],
            id="left alone: it is missing where nothing strides",
        ),
        pytest.param(
            live(2, 1, 1, kind=plain),
            live(1, 2, 1),
            [f"{STRIDE} on 0.conv, not on 1.conv", f"AD301 function 0|0: {LACKS} x2"],
            id="left alone: it is missing in another block, too",
        ),
        pytest.param(live(2, 1), live(2, 1), [], id="left alone: equal"),
        pytest.param(
            live(2, 1),
            live(1, 1),
            [f"{STRIDE}, not 1x1", f"-> AD301 function 0|0: {LACKS}"],
            id="follows from a stride",
        ),
        pytest.param(
            live(2, 1, 1),
            live(1, 2, 1),
            [f"{STRIDE} on 0.conv, not on 1.conv", f"-> AD301 function 0|0: {LACKS}", f"-> AD301 function 1|1: {HAS}"],
            id="follows from a stride that moved",
        ),
    ],
)
def test_shortcuts_follow_from_strides(ours: nn.Module, theirs: nn.Module, expected: list[str]) -> None:
    assert lines(archdiff.compare(ours, theirs, input_shape=(8, 16, 16)).findings) == expected


def test_a_branch_beside_it_follows(tmp_path: Path) -> None:
    """It takes and gives maps of equal sizes, which snapshots hold."""
    files = tmp_path / "ours.txt", tmp_path / "theirs.txt"
    for file, each in zip(files, ((2, 1), (1, 2)), strict=True):
        file.write_text(archdiff.snapshot(live(*each, kind=Beside), input_shape=SHAPE), encoding="utf-8")
    assert lines(archdiff.compare(*map(str, files)).findings) == [
        f"{STRIDE} on 0.conv, not on 1.conv",
        "-> AD301 function 0.down|0.down: stride 2x2 on 0.down, not on 1.down",
    ]


@pytest.mark.parametrize(
    ("candidate", "reference", "first"),
    [
        pytest.param(strides(1, 2), strides(2, 1), "stride 2x2 on 1.0, not on 0.0", id="alone"),
        pytest.param(
            ordered(conv(1, 1), *[conv(1, bias=False)] * 3, conv(2, bias=False)),
            ordered(conv(1, 1), conv(2), *[conv()] * 3),
            "stride 2x2 on 4, not on 1; bias False, not True, but 0 keeps True (*, 4 places)",
            id="before what stands in more places",
        ),
    ],
)
def test_it_is_told_first(candidate: str, reference: str, first: str) -> None:
    outcome = compared(candidate, reference, SHAPE)
    assert sentence(outcome, lambda text: len(text) < 100) == first
