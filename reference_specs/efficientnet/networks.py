"""EfficientNet, Table 1 (as of revision 5) and section 5.2, as modules.

Names are those of torchvision. What the paper does not say is that of the authors' code (tensorflow/tpu,
models/official/efficientnet): eps of batch normalization, width of the squeeze, depth of the stochastic depth.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

RECIPE = """\
RMSprop (
Parameter Group 0
    alpha: 0.9
    lr: 0.256
    momentum: 0.9
    weight_decay: 1e-05
)
"""

# Table 1, stages 2 to 8: expansion, kernel, stride, channels, layers. Strides follow from its column of resolutions.
B0 = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
DROP = 0.2  # section 5.2: survival probability 0.8


class Conv2dNormActivation(nn.Sequential):
    """A convolution, batch normalization (TensorFlow's momentum 0.99 is torch's 0.01) and the swish of section 5.2."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, activation: bool = True
    ) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(outputs, eps=0.001, momentum=0.01),
            *([nn.SiLU(inplace=True)] if activation else []),
        )


class SqueezeExcitation(nn.Module):
    """Scales channels by what two layers make of their means: section 4."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(output_size=1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, channels, 1)
        self.activation = nn.SiLU(inplace=True)
        self.scale_activation = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        return self.scale_activation(self.fc2(self.activation(self.fc1(self.avgpool(x))))) * x


class StochasticDepth(nn.Module):
    """Drops whole samples of a branch in training, and scales the others up: section 5.2."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p, self.mode = p, "row"

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self.p:
            return x
        kept = torch.empty((len(x), 1, 1, 1), dtype=x.dtype, device=x.device).bernoulli_(1 - self.p)
        return x * kept / (1 - self.p)

    def extra_repr(self) -> str:
        return f"p={self.p}, mode={self.mode}"


class MBConv(nn.Module):
    """Mobile inverted bottleneck with squeeze and excitation; the squeeze is a fourth of the block's own input."""

    def __init__(self, inputs: int, expansion: int, kernel: int, stride: int, outputs: int, drop: float) -> None:
        super().__init__()
        wide = inputs * expansion
        self.block = nn.Sequential(
            *([Conv2dNormActivation(inputs, wide, 1)] if expansion > 1 else []),
            Conv2dNormActivation(wide, wide, kernel, stride, groups=wide),
            SqueezeExcitation(wide, inputs // 4),
            Conv2dNormActivation(wide, outputs, 1, activation=False),
        )
        self.stochastic_depth = StochasticDepth(drop)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        return self.stochastic_depth(self.block(x)) + x if self.shortcut else self.block(x)


class EfficientNet(nn.Module):
    """Table 1: `features.0` is its stage 1, and so on; behind stage 9 dropout and a 1000-way layer."""

    def __init__(self) -> None:
        super().__init__()
        stages: list[nn.Module] = [Conv2dNormActivation(3, 32, 3, 2)]
        inputs, block, total = 32, 0, sum(row[-1] for row in B0)
        for expansion, kernel, stride, outputs, layers in B0:
            stage = nn.Sequential()
            for number in range(layers):
                drop = DROP * block / total
                stage.append(MBConv(inputs, expansion, kernel, 1 if number else stride, outputs, drop))
                inputs, block = outputs, block + 1
            stages.append(stage)
        self.features = nn.Sequential(*stages, Conv2dNormActivation(inputs, 1280, 1))
        self.avgpool = nn.AdaptiveAvgPool2d(output_size=1)
        self.classifier = nn.Sequential(nn.Dropout(0.2, inplace=True), nn.Linear(1280, 1000))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


NETWORKS = {"b0": EfficientNet}
