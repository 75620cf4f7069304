"""Public U-Nets that depart from the paper, written from their definitions."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import pad


class DoubleConv(nn.Module):
    """Two padded 3x3 convolutions, each with a batch norm and a ReLU."""

    def __init__(self, inputs: int, outputs: int, between: int | None = None) -> None:
        super().__init__()
        between = between or outputs
        self.double_conv = nn.Sequential(
            nn.Conv2d(inputs, between, 3, padding=1),
            nn.BatchNorm2d(between),
            nn.ReLU(inplace=True),
            nn.Conv2d(between, outputs, 3, padding=1),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.double_conv(x)


class Down(nn.Module):
    """Pooling and convolutions."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), DoubleConv(inputs, outputs))

    def forward(self, x: Tensor) -> Tensor:
        return self.maxpool_conv(x)


class Up(nn.Module):
    """Up-sampling is padded to the size of the skip, which is not cropped."""

    def __init__(self, inputs: int, outputs: int, bilinear: bool) -> None:
        super().__init__()
        if bilinear:
            self.up: nn.Module = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
            self.conv = DoubleConv(inputs, outputs, inputs // 2)
        else:
            self.up = nn.ConvTranspose2d(inputs, inputs // 2, 2, 2)
            self.conv = DoubleConv(inputs, outputs)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self.up(x)
        rows, columns = (skip.shape[side] - x.shape[side] for side in (2, 3))
        x = pad(x, [columns // 2, columns - columns // 2, rows // 2, rows - rows // 2])
        return self.conv(torch.cat((skip, x), dim=1))


class OutConv(nn.Module):
    """To the classes."""

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class UNet(nn.Module):
    """milesial/Pytorch-UNet of one channel and two classes; bilinear, its deep layers have half the channels."""

    def __init__(self, bilinear: bool) -> None:
        super().__init__()
        half = 2 if bilinear else 1
        self.inc = DoubleConv(1, 64)
        self.down1 = Down(64, 128)
        self.down2 = Down(128, 256)
        self.down3 = Down(256, 512)
        self.down4 = Down(512, 1024 // half)
        self.up1 = Up(1024, 512 // half, bilinear)
        self.up2 = Up(512, 256 // half, bilinear)
        self.up3 = Up(256, 128 // half, bilinear)
        self.up4 = Up(128, 64, bilinear)
        self.outc = OutConv(64, 2)

    def forward(self, x: Tensor) -> Tensor:
        skips = [self.inc(x)]
        for down in (self.down1, self.down2, self.down3, self.down4):
            skips.append(down(skips[-1]))
        x = skips.pop()
        for up in (self.up1, self.up2, self.up3, self.up4):
            x = up(x, skips.pop())
        return self.outc(x)


def pytorch_unet() -> nn.Module:
    """milesial/Pytorch-UNet with up-convolutions."""
    return UNet(bilinear=False)


def pytorch_unet_bilinear() -> nn.Module:
    """milesial/Pytorch-UNet by its defaults."""
    return UNet(bilinear=True)
