"""Layers of timm, torchvision, transformers and detectron2 that torch has no class for, from their published formulas.

`source` copies the classes that a program needs into it, so they need nothing but torch. Their names are not those of
the libraries: a printed class is derived from them under its own. Must not be imported where torch is not loaded.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class ChannelsLayerNorm(nn.LayerNorm):
    """Over the channels of each position: (batch, channels, height, width)."""

    def forward(self, x: Any) -> Any:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class SamePadConv2d(nn.Conv2d):
    """Pads as TensorFlow does: as little as gives every stride one output, and what is odd behind."""

    def forward(self, x: Any) -> Any:
        pads: list[int] = []
        for size, k, s, d in zip(x.shape[-2:], self.kernel_size, self.stride, self.dilation, strict=True):
            total = max((-(-size // s) - 1) * s + (k - 1) * d + 1 - size, 0)
            pads = [total // 2, total - total // 2, *pads]
        return super().forward(nn.functional.pad(x, pads))


class ScaledConv2d(nn.Conv2d):
    """Has a factor for each output channel beside its weights."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gain = nn.Parameter(torch.ones_like(self.weight[:, :1, :1, :1]))


class FrozenNorm2d(nn.Module):
    """A batch norm whose weights and statistics are buffers."""

    def __init__(self, num_features: int, eps: float) -> None:
        super().__init__()
        self.eps = eps
        for name, value in (("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0)):
            self.register_buffer(name, torch.full((num_features,), value))

    def forward(self, x: Any) -> Any:
        buffers = (self.running_mean, self.running_var, self.weight, self.bias)
        return nn.functional.batch_norm(x, *buffers, training=False, eps=self.eps)  # type: ignore[arg-type]


class TransposedLinear(nn.Module):
    """A Linear whose weight lies the other way round: (in_features, out_features)."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(in_features, out_features).normal_(std=0.02))
        self.bias = nn.Parameter(torch.zeros(out_features)) if bias else None

    def forward(self, x: Any) -> Any:
        return nn.functional.linear(x, self.weight.t(), self.bias)


class SigmoidGELU(nn.Module):
    """x * sigmoid(1.702 * x)"""

    def forward(self, x: Any) -> Any:
        return x * torch.sigmoid(1.702 * x)


class DropSamples(nn.Module):
    """While training, zeroes what comes in for some samples of the batch (mode "batch": for all or none of them)."""

    def __init__(self, p: float, mode: str = "row", scale_by_keep: bool = True) -> None:
        super().__init__()
        self.p, self.mode, self.scale_by_keep = p, mode, scale_by_keep

    def forward(self, x: Any) -> Any:
        if not self.training or not self.p:
            return x
        keep = 1.0 - self.p
        rows = x.shape[0] if self.mode == "row" else 1
        kept = torch.empty((rows, *[1] * (x.dim() - 1)), dtype=x.dtype, device=x.device).bernoulli_(keep)
        return x * (kept / keep if self.scale_by_keep and keep else kept)
