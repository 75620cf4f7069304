"""U-Net: Convolutional Networks for Biomedical Image Segmentation, Figure 1 and section 2, as modules.

Names are those of Pytorch-UNet, which most ports share. Where the paper is silent `unet` has what the authors' release
has (phseg_v5-train.prototxt): two dropouts of 0.5, and a skip that is taken behind one. `phseg_v5` is that release,
which departs from the paper in its up-convolutions.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

RECIPE = """\
SGD (
Parameter Group 0
    momentum: 0.99
)
"""


class DoubleConv(nn.Module):
    """Two unpadded 3x3 convolutions, each followed by a ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.double_conv = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.double_conv(x)


class Down(nn.Module):
    """A step of the contracting path: half the size, twice the channels."""

    def __init__(self, inputs: int, *dropout: nn.Module) -> None:
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), DoubleConv(inputs, 2 * inputs), *dropout)

    def forward(self, x: Tensor) -> Tensor:
        return self.maxpool_conv(x)


class Up(nn.Module):
    """A step of the expansive path: an up-convolution, the cropped skip beside it, and two convolutions.

    Args:
        inputs: Twice the channels of the skip.
        release: A ReLU behind the up-convolution, which halves the channels to no less than 128.
    """

    def __init__(self, inputs: int, release: bool) -> None:
        super().__init__()
        up = max(inputs // 2, 128) if release else inputs // 2
        self.up: nn.Module = nn.ConvTranspose2d(inputs, up, 2, 2)
        if release:
            self.up = nn.Sequential(self.up, nn.ReLU(inplace=True))
        self.conv = DoubleConv(inputs // 2 + up, inputs // 2)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self.up(x)
        top, left = ((skip.shape[side] - x.shape[side]) // 2 for side in (2, 3))
        cropped = skip[:, :, top : top + x.shape[2], left : left + x.shape[3]]
        return self.conv(torch.cat((cropped, x), dim=1))


class OutConv(nn.Module):
    """A 1x1 convolution from 64 features to the classes."""

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class UNet(nn.Module):
    """Figure 1: 64 to 1024 channels and back, of one input channel two classes."""

    def __init__(self, release: bool = False) -> None:
        super().__init__()
        self.inc = DoubleConv(1, 64)
        self.down1 = Down(64)
        self.down2 = Down(128)
        self.down3 = Down(256, nn.Dropout(0.5))
        self.down4 = Down(512, nn.Dropout(0.5))
        self.up1 = Up(1024, release)
        self.up2 = Up(512, release)
        self.up3 = Up(256, release)
        self.up4 = Up(128, release)
        self.outc = OutConv(64, 2)

    def forward(self, x: Tensor) -> Tensor:
        x1 = self.inc(x)
        x2 = self.down1(x1)
        x3 = self.down2(x2)
        x4 = self.down3(x3)
        x = self.up1(self.down4(x4), x4)
        return self.outc(self.up4(self.up3(self.up2(x, x3), x2), x1))


NETWORKS = {"unet": UNet, "phseg_v5": partial(UNet, release=True)}
