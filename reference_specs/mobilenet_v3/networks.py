"""Searching for MobileNetV3, Tables 1 and 2 and sections 5 and 6.1, as modules.

Names are those of torchvision, which most ports and checkpoints share. What the paper leaves open (epsilon, widths of
squeeze-and-excite, its place behind the activation) is as in the authors' code: tensorflow/models,
research/slim/nets/mobilenet, mobilenet_v3.py and conv_blocks.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from torch import Tensor, nn

RECIPE = """\
RMSprop (
Parameter Group 0
    lr: 0.1
    momentum: 0.9
    weight_decay: 1e-05
)
"""

# Kernel, exp size, #out, SE, NL and s: a row of Table 1 or 2.
Row = tuple[int, int, int, bool, str, int]

# The bottlenecks of Table 1.
LARGE: tuple[Row, ...] = (
    (3, 16, 16, False, "RE", 1),
    (3, 64, 24, False, "RE", 2),
    (3, 72, 24, False, "RE", 1),
    (5, 72, 40, True, "RE", 2),
    (5, 120, 40, True, "RE", 1),
    (5, 120, 40, True, "RE", 1),
    (3, 240, 80, False, "HS", 2),
    (3, 200, 80, False, "HS", 1),
    (3, 184, 80, False, "HS", 1),
    (3, 184, 80, False, "HS", 1),
    (3, 480, 112, True, "HS", 1),
    (3, 672, 112, True, "HS", 1),
    (5, 672, 160, True, "HS", 2),
    (5, 960, 160, True, "HS", 1),
    (5, 960, 160, True, "HS", 1),
)

# The bottlenecks of Table 2.
SMALL: tuple[Row, ...] = (
    (3, 16, 16, True, "RE", 2),
    (3, 72, 24, False, "RE", 2),
    (3, 88, 24, False, "RE", 1),
    (5, 96, 40, True, "HS", 2),
    (5, 240, 40, True, "HS", 1),
    (5, 240, 40, True, "HS", 1),
    (5, 120, 48, True, "HS", 1),
    (5, 144, 48, True, "HS", 1),
    (5, 288, 96, True, "HS", 2),
    (5, 576, 96, True, "HS", 1),
    (5, 576, 96, True, "HS", 1),
)

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "RE": partial(nn.ReLU, inplace=True),
    "HS": partial(nn.Hardswish, inplace=True),
}


class Conv2dNormActivation(nn.Sequential):
    """A convolution that keeps the size at stride 1, batch norm (average decay 0.99: section 6.1) and activation."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, activation: str = ""
    ) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(outputs, eps=0.001, momentum=0.01),
            *([ACTIVATIONS[activation]()] if activation else []),
        )


class SqueezeExcitation(nn.Module):
    """A factor for each channel of the expansion, from the means of all; 1/4 of them inside (section 5.3)."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, channels, 1)
        self.activation = nn.ReLU()
        self.scale_activation = nn.Hardsigmoid()

    def forward(self, x: Tensor) -> Tensor:
        scale = self.activation(self.fc1(self.avgpool(x)))
        return self.scale_activation(self.fc2(scale)) * x


class InvertedResidual(nn.Module):
    """bneck: 1x1 that expands (unless it would not), depthwise, squeeze-and-excite, linear 1x1 (Figure 4)."""

    def __init__(self, inputs: int, row: Row) -> None:
        super().__init__()
        kernel, width, outputs, squeeze, activation, stride = row
        layers: list[nn.Module] = []
        if width != inputs:
            layers.append(Conv2dNormActivation(inputs, width, 1, activation=activation))
        layers.append(Conv2dNormActivation(width, width, kernel, stride, width, activation))
        if squeeze:
            layers.append(SqueezeExcitation(width, divisible(width / 4)))
        self.block = nn.Sequential(*layers, Conv2dNormActivation(width, outputs, 1))
        self.use_res_connect = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        return x + self.block(x) if self.use_res_connect else self.block(x)


class MobileNetV3(nn.Module):
    """conv2d, the rows of a table, conv2d of the last expansion, pooling, and two layers without batch norm.

    Args:
        rows: The bottlenecks.
        head: Outputs of the layer before the last.
    """

    def __init__(self, rows: Sequence[Row], head: int) -> None:
        super().__init__()
        inputs = (16, *(row[2] for row in rows))
        last = rows[-1][1]
        self.features = nn.Sequential(
            Conv2dNormActivation(3, 16, 3, 2, activation="HS"),
            *map(InvertedResidual, inputs, rows),
            Conv2dNormActivation(inputs[-1], last, 1, activation="HS"),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            nn.Linear(last, head), nn.Hardswish(inplace=True), nn.Dropout(0.2, inplace=True), nn.Linear(head, 1000)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


def divisible(width: float) -> int:
    """The multiple of 8 next to a width that is less than 10 % below it: `_make_divisible` of the authors' code."""
    near = max(8, int(width + 4) // 8 * 8)
    return near + 8 if near < 0.9 * width else near


NETWORKS = {"large": partial(MobileNetV3, LARGE, 1280), "small": partial(MobileNetV3, SMALL, 1024)}
