"""MobileNetV2: Inverted Residuals and Linear Bottlenecks, Tables 1 and 2 and section 6.1, as modules.

Names are those of torchvision, which most ports and checkpoints share. What the paper leaves open (batch norm, dropout)
is as in the authors' code: tensorflow/models, research/slim/nets/mobilenet/mobilenet.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

RECIPE = """\
RMSprop (
Parameter Group 0
    alpha: 0.9
    lr: 0.045
    momentum: 0.9
    weight_decay: 4e-05
)
ExponentialLR
    gamma 0.98
"""

# t, c, n, s of Table 2: expansion, outputs, blocks, stride of the first of them.
BOTTLENECKS = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def _norm(channels: int) -> nn.BatchNorm2d:
    """Decay 0.997 and epsilon 0.001: `training_scope` of the authors' code and the default of its batch norm."""
    return nn.BatchNorm2d(channels, eps=0.001, momentum=0.003)


class Conv2dNormActivation(nn.Sequential):
    """A convolution that keeps the size at stride 1, batch norm and ReLU6."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
            _norm(outputs),
            nn.ReLU6(inplace=True),
        )


class InvertedResidual(nn.Module):
    """Table 1: 1x1 that expands (not for t = 1), 3x3 depthwise, linear 1x1; the input is added where its shape fits."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        width = expansion * inputs
        expand = [Conv2dNormActivation(inputs, width, 1)] if expansion > 1 else []
        self.conv = nn.Sequential(
            *expand,
            Conv2dNormActivation(width, width, 3, stride, groups=width),
            nn.Conv2d(width, outputs, 1, bias=False),
            _norm(outputs),
        )
        self.use_res_connect = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


class MobileNetV2(nn.Module):
    """The rows of Table 2, global average pooling and k = 1000 classes.

    Args:
        bottlenecks: t, c, n and s of each row of bottlenecks.
    """

    def __init__(self, bottlenecks: Sequence[tuple[int, int, int, int]] = BOTTLENECKS) -> None:
        super().__init__()
        layers: list[nn.Module] = [Conv2dNormActivation(3, 32, 3, 2)]
        inputs = 32
        for expansion, outputs, repeats, stride in bottlenecks:
            for number in range(repeats):
                layers.append(InvertedResidual(inputs, outputs, 1 if number else stride, expansion))
                inputs = outputs
        self.features = nn.Sequential(*layers, Conv2dNormActivation(inputs, 1280, 1))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 1000))

    def forward(self, x: Tensor) -> Tensor:
        x = functional.adaptive_avg_pool2d(self.features(x), (1, 1))
        return self.classifier(x.flatten(1))


NETWORKS = {"mobilenet_v2": MobileNetV2}
