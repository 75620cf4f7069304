"""DSLinear and DSConv2d: Linear and Conv2d whose weights are masked from outside, so that no print holds their density.

A mask is optional; its zeros are applied as those of SparseWeights are, and checkpoints hold `weight` and `bias` only.
"""

from __future__ import annotations

from typing import Literal, Self, TypeAlias

import torch
from torch import Tensor, nn

from archdiff.nn.sparse_weights import rezero

_Size: TypeAlias = int | tuple[int, int]


class _Masked(nn.Module):
    """What is common to layers with a mask; stands before the class of torch."""

    weight: Tensor
    mask: Tensor | None

    def set_mask(self, mask: Tensor | None) -> None:
        """Sets the mask and applies it.

        Args:
            mask: True or 1 where a weight is kept, of any shape that broadcasts to that of the weight; None keeps all.
        """
        if mask is not None:
            mask = mask.to(self.weight.device, torch.bool).broadcast_to(self.weight.shape)
        self.register_buffer("mask", mask, persistent=False)
        self.rezero_weights()

    def rezero_weights(self) -> None:
        """Sets the weights to zero that the mask leaves out."""
        if self.mask is not None:
            rezero(self.weight, ~self.mask)

    def forward(self, x: Tensor) -> Tensor:
        """What the class of torch computes of x, with the mask applied."""
        if self.training:
            self.rezero_weights()
        out: Tensor = super().forward(x)
        return out

    def train(self, mode: bool = True) -> Self:
        """Changes the mode, with the mask applied."""
        super().train(mode)
        self.rezero_weights()
        return self


class DSLinear(_Masked, nn.Linear):
    """Linear with an optional mask: (..., in_features) -> (..., out_features); prints as Linear does.

    Args:
        in_features: as of Linear.
        out_features: as of Linear.
        bias: as of Linear.
        mask: True or 1 where a weight is kept, of any shape that broadcasts to (out_features, in_features).
        device: where its weights are.
        dtype: of its weights.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        mask: Tensor | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(in_features, out_features, bias, device=device, dtype=dtype)
        self.set_mask(mask)


class DSConv2d(_Masked, nn.Conv2d):
    """Conv2d with an optional mask: (batch, channels, height, width) as Conv2d; prints as Conv2d does.

    Arguments are those of Conv2d, and `mask`: True or 1 where a weight is kept, of any shape that broadcasts to
    (out_channels, in_channels / groups, kernel height, kernel width).
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: _Size,
        stride: _Size = 1,
        padding: str | _Size = 0,
        dilation: _Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros",
        *,
        mask: Tensor | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            bias,
            padding_mode,
            device=device,
            dtype=dtype,
        )
        self.set_mask(mask)
