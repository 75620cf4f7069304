"""Spellings of one computation, which are one node, and others that look alike, which are not."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, TypeAlias

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from archdiff.semantics.operations import Graph
from graph_values import Runs, traced

Function: TypeAlias = "Callable[..., object]"

SHAPES: Final = {
    "x": (2, 6, 8, 8),
    "y": (2, 6, 8, 8),  # maps
    "t": (2, 16, 24),
    "u": (2, 16, 24),
    "c": (2, 4, 24),  # tokens
    "w": (24, 24),
    "v": (24, 24),
    "wide": (72, 24),
    "g": (24,),
    "b": (24,),
    "bias3": (72,),
    "patch": (16, 6, 4, 4),
    "q": (2, 3, 16, 8),
    "k": (2, 3, 16, 8),
    "s": (2, 3, 16, 8),  # heads
    "kernel": (4, 6, 3, 3),
    "depth": (6, 1, 3, 3),
    "gamma": (6,),
    "beta": (6,),
    "table": (10, 24),
}


def _heads(t: Tensor) -> Tensor:
    return t.view(2, 16, 3, 8).transpose(1, 2)


def _causal() -> Tensor:
    return torch.full((16, 16), -math.inf).triu(1)


def _soft(x: Tensor) -> Tensor:
    return torch.softmax(x, -1)


def _half_by_chunk(t: Tensor) -> Tensor:
    a, b = t.chunk(2, -1)
    return torch.cat((-b, a), -1)


def _half_by_slices(t: Tensor) -> Tensor:
    return torch.cat((-t[..., 12:], t[..., :12]), dim=2)


def _half_by_stack(t: Tensor) -> Tensor:
    a, b = t.view(2, 16, 2, 12).unbind(2)
    return torch.stack((b * -1, a), 2).flatten(2)


def _norm(t: Tensor, g: Tensor, b: Tensor, eps: float = 1e-5) -> Tensor:
    mean = t.mean(-1, keepdim=True)
    return (t - mean) / torch.sqrt((t - mean).pow(2).mean(-1, keepdim=True) + eps) * g + b


def _windows(x: Tensor) -> Tensor:
    return x.view(2, 6, 2, 4, 2, 4).permute(0, 2, 4, 3, 5, 1).reshape(-1, 16, 6)


def _windows_in_steps(x: Tensor) -> Tensor:
    rows = x.permute(0, 2, 3, 1).unflatten(1, (2, 4)).unflatten(3, (2, 4))
    return rows.transpose(2, 3).contiguous().view(8, 4, 4, 6).flatten(1, 2)


def _written(x: Tensor) -> Tensor:
    table = x.new_zeros(8, 8)
    table[1:, :2] = 3.0
    table[0] = torch.tensor([2.0])
    return x + table


def _written_otherwise(x: Tensor) -> Tensor:
    table = torch.zeros(64, dtype=torch.float32)
    table[:8].add_(2)
    table.view(8, 8)[1:].narrow(1, 0, 2).fill_(3)
    return table.view(8, 8) + x


def _qkv(t: Tensor, wide: Tensor) -> list[Tensor]:
    return [_heads(each) for each in functional.linear(t, wide).chunk(3, -1)]


def _sdpa(q: Tensor, k: Tensor, s: Tensor) -> Tensor:
    return functional.scaled_dot_product_attention(q, k, s)


def _attention(q: Tensor, k: Tensor, s: Tensor) -> Tensor:
    return _soft(q @ k.transpose(-2, -1) / math.sqrt(8)) @ s


_ACTIVATIONS: Final[dict[str, tuple[nn.Module, Function]]] = {
    "ReLU": (nn.ReLU(), torch.relu),
    "ReLU in place": (nn.ReLU(True), lambda x: x.clamp(min=0)),
    "ReLU6": (nn.ReLU6(), functional.relu6),
    "ELU": (nn.ELU(0.7), lambda x: functional.elu(x, 0.7)),
    "SELU": (nn.SELU(), torch.selu),
    "CELU": (nn.CELU(0.5), lambda x: functional.celu(x, 0.5)),
    "GELU": (nn.GELU(), lambda x: 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))),
    "GELU tanh": (
        nn.GELU("tanh"),
        lambda x: 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    ),
    "SiLU": (nn.SiLU(), lambda x: x * torch.sigmoid(x)),
    "Mish": (nn.Mish(), lambda x: x * functional.softplus(x).tanh()),
    "Hardtanh": (nn.Hardtanh(-2, 1), lambda x: x.clamp(-2, 1)),
    "Hardsigmoid": (nn.Hardsigmoid(), lambda x: functional.relu6(x + 3) / 6),
    "Hardswish": (nn.Hardswish(), lambda x: x * functional.relu6(x + 3.0) * (1 / 6)),
    "LeakyReLU": (nn.LeakyReLU(0.2), lambda x: functional.leaky_relu(x, 0.2)),
    "LogSigmoid": (nn.LogSigmoid(), functional.logsigmoid),
    "Sigmoid": (nn.Sigmoid(), lambda x: x.sigmoid()),
    "Softplus": (nn.Softplus(), functional.softplus),
    "Softplus beta": (nn.Softplus(2), lambda x: functional.softplus(x, 2)),
    "Softshrink": (nn.Softshrink(), functional.softshrink),
    "Hardshrink": (nn.Hardshrink(), functional.hardshrink),
    "Softsign": (nn.Softsign(), lambda x: x / (1 + x.abs())),
    "Tanh": (nn.Tanh(), torch.tanh),
    "Tanhshrink": (nn.Tanhshrink(), lambda x: x - torch.tanh(x)),
    "Threshold": (nn.Threshold(0, 0), torch.relu),
    "GLU": (nn.GLU(1), lambda x: x[:, :3] * x[:, 3:].sigmoid()),
    "Softmax": (nn.Softmax(1), lambda x: x.softmax(-3)),
    "Softmin": (nn.Softmin(1), lambda x: (-x).softmax(1)),
    "LogSoftmax": (nn.LogSoftmax(1), lambda x: functional.log_softmax(x, 1)),
    "Softmax2d": (nn.Softmax2d(), lambda x: x.softmax(1)),
    "Dropout": (nn.Dropout(), lambda x: x),
    "Identity": (nn.Identity(), lambda x: x.detach().clone()),
    "Flatten": (nn.Flatten(), lambda x: x.reshape(2, -1)),
    "Unflatten": (nn.Unflatten(1, (2, 3)), lambda x: x.view(2, 2, 3, 8, 8)),
    "ChannelShuffle": (nn.ChannelShuffle(2), lambda x: x.view(2, 2, 3, 8, 8).transpose(1, 2).flatten(1, 2)),
    "PixelUnshuffle": (
        nn.PixelUnshuffle(2),
        lambda x: x.view(2, 6, 4, 2, 4, 2).permute(0, 1, 3, 5, 2, 4).reshape(2, 24, 4, 4),
    ),
    "AdaptiveAvgPool2d": (nn.AdaptiveAvgPool2d(1), lambda x: x.mean((-2, -1), keepdim=True)),
    "AvgPool2d": (nn.AvgPool2d(8), lambda x: x.flatten(2).sum(2)[:, :, None, None] / 64),
    "LayerNorm": (nn.LayerNorm(8, elementwise_affine=False), lambda x: functional.layer_norm(x, (8,))),
    "ZeroPad2d": (nn.ZeroPad2d(1), lambda x: functional.pad(x, (1, 1, 1, 1))),
}

#: what a zero beside it is no larger than
NEVER_BELOW_0: Final[dict[str, Callable[[Tensor], Tensor]]] = {
    "relu": torch.relu,
    "relu6": functional.relu6,
    "sigmoid": torch.sigmoid,
    "hardsigmoid": functional.hardsigmoid,
    "sum of two": lambda x: x.relu() + x.sigmoid() * 2,
    "two put together": lambda x: torch.cat([x.relu(), x.exp()], 1),
}
#: what may be below a zero beside it
BELOW_0: Final[dict[str, Callable[[Tensor], Tensor]]] = {
    "a convolution": lambda x: functional.conv2d(x, x[:, :, :1, :1], padding=0),
    "hardswish": functional.hardswish,
    "leaky_relu": functional.leaky_relu,
    "gelu": functional.gelu,
    "relu less 1": lambda x: x.relu() - 1,
    "tanh": torch.tanh,
}


def _pools(function: Callable[[Tensor], Tensor]) -> tuple[Function, ...]:
    """A pool with padding, and one behind a padding with zeros."""
    return (
        lambda x: functional.max_pool2d(function(x), 3, 2, 1),
        lambda x: functional.max_pool2d(functional.pad(function(x), (1, 1, 1, 1)), 3, 2),
    )


#: arguments by the names of SHAPES, and spellings that are one
SAME: Final[dict[str, tuple[Function, ...]]] = {
    "residual": (
        lambda x: x + x.tanh(),
        lambda x: x.tanh() + x,
        lambda x: torch.add(x, x.tanh()),
        lambda x: x.tanh().add_(x),
        lambda x: x.sub(x.tanh(), alpha=-1),
        lambda x: x.clone().add(x.tanh()),
    ),
    "three terms": (lambda x, y: x + y + x.tanh(), lambda x, y: x + (x.tanh() + y), lambda x, y: y - (-x - x.tanh())),
    "term by number": (lambda x, y: x + 2 * y, lambda x, y: torch.add(x, y, alpha=2), lambda x, y: y + x + y),
    "number by sum": (lambda x, y: (x + y) * 0.5, lambda x, y: x / 2 + y / 2, lambda x, y: 0.5 * x + y.mul(0.5)),
    "normalize": (lambda x: (x - 0.5) / 0.25, lambda x: x * 4 - 2, lambda x: x.sub(0.5).mul(4)),
    "square": (lambda x: x**2, lambda x: x * x, torch.square, lambda x: x.pow(2.0)),
    "cube": (lambda x: x**3, lambda x: x * x * x, lambda x: x.square() * x),
    "root": (lambda x: x.exp().sqrt(), lambda x: x.exp() ** 0.5, lambda x: 1 / x.exp().rsqrt()),
    "size": (lambda x: x.abs(), lambda x: (x * x).sqrt(), lambda x: (x**2) ** 0.5),
    "quotient": (lambda x, y: x / y, lambda x, y: x * y.reciprocal(), lambda x, y: x * y**-1),
    "flatten": (
        lambda x: x.flatten(1),
        lambda x: x.view(2, -1),
        lambda x: x.reshape(2, 384),
        lambda x: torch.flatten(x, 1, -1),
        lambda x: x.contiguous().view(x.size(0), -1),
        lambda x: x.flatten(2).flatten(1),
    ),
    "tokens of a map": (
        lambda x: x.flatten(2).transpose(1, 2),
        lambda x: x.permute(0, 2, 3, 1).reshape(2, 64, 6),
        lambda x: torch.einsum("bchw->bhwc", x).flatten(1, 2),
    ),
    "mean over the map": (
        lambda x: x.mean((2, 3)),
        lambda x: x.mean([-1, -2]),
        lambda x: functional.adaptive_avg_pool2d(x, 1).flatten(1),
        lambda x: functional.avg_pool2d(x, 8)[:, :, 0, 0],
        lambda x: functional.avg_pool2d(x, 8, 1).flatten(1),
        lambda x: x.flatten(2).mean(-1),
        lambda x: x.flatten(2).transpose(1, 2).mean(1),
        lambda x: x.permute(0, 2, 3, 1).mean(dim=(1, 2)),
        lambda x: x.sum((2, 3)) / 64,
        lambda x: x.transpose(2, 3).flatten(2).mean(2),
    ),
    "largest over the map": (lambda x: x.amax((2, 3)), lambda x: x.flatten(2).amax(-1)),
    "norm of channels": (
        lambda x: functional.layer_norm(x.permute(0, 2, 3, 1), (6,)).permute(0, 3, 1, 2),
        lambda x: (x - x.mean(1, keepdim=True)) / (x.var(1, keepdim=True, unbiased=False) + 1e-5).sqrt(),
        lambda x: (x - x.mean(1, True)) * torch.rsqrt((x - x.mean(1, True)).pow(2).mean(1, True) + 1e-5),
    ),
    "layer norm": (
        lambda t, g, b: functional.layer_norm(t, (24,), g, b),
        _norm,
        lambda t, g, b: b + g * ((t - t.mean(-1, True)) * (t.var(-1, unbiased=False, keepdim=True) + 1e-5).rsqrt()),
        lambda t, g, b: functional.layer_norm(t, (24,)) * g + b,
    ),
    "RMSNorm": (
        lambda t, g: functional.rms_norm(t, (24,), g, 1e-6),
        lambda t, g: g * (t * torch.rsqrt(t.pow(2).mean(-1, keepdim=True) + 1e-6)),
        lambda t, g: t / torch.sqrt((t * t).mean(-1, keepdim=True) + 1e-6) * g,
        lambda t, g: t * (t.square().sum(-1, keepdim=True) / 24 + 1e-6) ** -0.5 * g,
    ),
    "product of matrices": (
        lambda q, k: q @ k.transpose(-2, -1),
        lambda q, k: torch.matmul(q, k.mT),
        lambda q, k: torch.einsum("bhid,bhjd->bhij", q, k),
        lambda q, k: torch.bmm(q.flatten(0, 1), k.flatten(0, 1).transpose(1, 2)).view(2, 3, 16, 16),
        lambda q, k: (k @ q.mT).transpose(2, 3),
    ),
    "linear": (
        lambda t, w: functional.linear(t, w, None),
        lambda t, w: t @ w.T,
        lambda t, w: torch.einsum("btd,ed->bte", t, w),
        lambda t, w: torch.mm(t.view(-1, 24), w.t()).view(2, 16, 24),
        lambda t, w: (w @ t.mT).mT,
        lambda t, w: torch.stack([each @ w.T for each in t]),
    ),
    "linear with bias": (
        lambda t, w, b: functional.linear(t, w, bias=b),
        lambda t, w, b: t @ w.T + b,
        lambda t, w, b: torch.addmm(b, t.view(32, 24), w.t()).view(2, 16, 24),
    ),
    "linear of one token": (
        lambda t, w: functional.linear(t, w)[:, 0],
        lambda t, w: functional.linear(t[:, 0], w),
        lambda t, w: (t @ w.T).select(1, 0),
    ),
    "fused qkv": (
        lambda t, wide: tuple(functional.linear(t, wide).chunk(3, -1)),
        lambda t, wide: tuple(functional.linear(t, wide).split(24, 2)),
        lambda t, wide: tuple((t @ wide.T)[..., 24 * i : 24 * i + 24] for i in range(3)),
        lambda t, wide: tuple(functional.linear(t, wide).reshape(2, 16, 3, 24).unbind(2)),
        lambda t, wide: tuple(functional.linear(t, wide).view(2, 16, 3, 24).permute(2, 0, 1, 3)[i] for i in range(3)),
    ),
    "heads": (
        _heads,
        lambda t: t.reshape(2, 16, 3, 8).permute(0, 2, 1, 3),
        lambda t: torch.stack(t.split(8, -1), 1),
        lambda t: t.unflatten(-1, (3, 8)).transpose(-2, -3),
    ),
    "attention": (
        _sdpa,
        _attention,
        lambda q, k, s: _soft((q * 8**-0.5) @ k.mT) @ s,
        lambda q, k, s: _soft(q @ (k.mT / math.sqrt(8))) @ s,
        lambda q, k, s: torch.einsum(
            "bhij,bhjd->bhid", torch.einsum("bhid,bhjd->bhij", q, k).mul(8**-0.5).softmax(-1), s
        ),
        lambda q, k, s: (q * 8**-0.25 @ (k * 8**-0.25).mT).softmax(3) @ s,
    ),
    "causal attention": (
        lambda q, k, s: functional.scaled_dot_product_attention(q, k, s, is_causal=True),
        lambda q, k, s: functional.scaled_dot_product_attention(
            q, k, s, attn_mask=torch.ones(16, 16, dtype=torch.bool).tril()
        ),
        lambda q, k, s: _soft((q @ k.mT / 8**0.5).masked_fill(torch.ones(16, 16).tril() == 0, -math.inf)) @ s,
        lambda q, k, s: _soft((q @ k.mT / 8**0.5).masked_fill(torch.ones(16, 16).triu(1).bool(), -math.inf)) @ s,
        lambda q, k, s: _soft((q @ k.mT / 8**0.5).masked_fill(~torch.ones(16, 16).tril().bool(), -math.inf)) @ s,
    ),
    "causal attention by adding": (
        lambda q, k, s: functional.scaled_dot_product_attention(q, k, s, attn_mask=_causal()),
        lambda q, k, s: _soft(q @ k.mT * 8**-0.5 + _causal()) @ s,
        lambda q, k, s: (
            _soft(torch.zeros(16, 16).masked_fill(torch.ones(16, 16).triu(1) > 0, -math.inf) + q @ k.mT / math.sqrt(8))
            @ s
        ),
    ),
    "mask that comes in": (
        lambda q, k: q.masked_fill(k > 0, -1.0),
        lambda q, k: torch.where(k > 0, -1.0, q),
        lambda q, k: torch.where(~(k > 0), q, torch.tensor(-1.0)),
        lambda q, k: q.masked_fill(torch.lt(torch.zeros(()), k), -1.0),
    ),
    "groups of heads": (
        lambda q, k: q @ k[:, :1].expand(2, 3, 16, 8).mT,
        lambda q, k: q @ k[:, :1].repeat_interleave(3, 1).mT,
        lambda q, k: q @ k[:, :1, None].expand(2, 1, 3, 16, 8).reshape(2, 3, 16, 8).mT,
        lambda q, k: q @ k[:, :1].mT,
    ),
    "fused attention": (
        lambda t, wide: _sdpa(*_qkv(t, wide)).transpose(1, 2).reshape(2, 16, 24),
        lambda t, wide: (
            _attention(*functional.linear(t, wide).view(2, 16, 3, 3, 8).permute(2, 0, 3, 1, 4))
            .transpose(1, 2)
            .flatten(2)
        ),
    ),
    "rotate half": (_half_by_chunk, _half_by_slices, _half_by_stack),
    "rotary": (
        lambda t, u: t * u.cos() + _half_by_chunk(t) * u.sin(),
        lambda t, u: _half_by_slices(t) * torch.sin(u) + torch.cos(u) * t,
    ),
    "SwiGLU": (
        lambda t, wide: functional.silu(functional.linear(t, wide)[..., :36]) * functional.linear(t, wide)[..., 36:],
        lambda t, wide: (h := (t @ wide.T).chunk(2, -1), h[1] * (h[0] * h[0].sigmoid()))[1],
    ),
    "two linears or one": (
        lambda t, w, v: torch.cat([t @ w.T, t @ v.T], -1).chunk(2, -1)[1] + 0 * w[0],
        lambda t, w, v: t @ v.T + w[0] * 0,
    ),
    "GLU": (lambda t: functional.glu(t, -1), lambda t: t[..., :12] * torch.sigmoid(t[..., 12:])),
    "windows": (_windows, _windows_in_steps),
    "channel shuffle": (
        lambda x: x.view(2, 2, 3, 8, 8).transpose(1, 2).reshape(2, 6, 8, 8),
        lambda x: torch.stack(x.chunk(2, 1), 2).flatten(1, 2),
        lambda x: functional.channel_shuffle(x, 2),
    ),
    "focus": (
        lambda x: torch.stack([x[..., ::2, ::2], x[..., ::2, 1::2]], 1).flatten(1, 2),
        lambda x: torch.cat([x[:, :, 0::2, 0::2], x[:, :, 0::2, 1::2]], 1),
    ),
    "parts together": (
        lambda x: torch.cat(x.chunk(3, 1), 1) + 1,
        lambda x: x + 1,
        lambda x: torch.cat([each + 1 for each in x.split(2, 1)], 1),
        lambda x: torch.stack(x.unbind(0)) + 1,
    ),
    "roll": (lambda x: x.roll((-2, 3), (2, 3)), lambda x: x.roll(6, 2).roll(-5, -1), lambda x: x.roll((3, -2), (3, 2))),
    "flip": (lambda x: x.flip(-1, -2), lambda x: x.flip((2, 3)), lambda x: x.flip(3).flip(2)),
    "drop of nothing": (lambda x: functional.dropout(x, 0.5, training=False), lambda x: x, lambda x: x.to(x.dtype)),
    "view behind or before": (
        lambda x, y: (x + y.relu()).flatten(1) * 2,
        lambda x, y: 2 * x.flatten(1) + y.flatten(1).clamp(min=0) * 2,
    ),
    "sum taken twice": (
        lambda x, y: (h := (x + y).flatten(1), h.tanh() + (h + 1))[1],
        lambda x, y: (h := x + y, h.flatten(1).tanh() + (h.flatten(1) + 1))[1],
        lambda x, y: (h := x + y, h.sum(), h.tanh().flatten(1) + (h + 1).flatten(1))[2],
    ),
    "in place on a part": (
        lambda x: (y := x * 2, y[:, 0].add_(1), y)[2],
        lambda x: (y := x * 2, y.select(1, 0).add_(1), y)[2],
    ),
    "padding": (
        lambda x, kernel: functional.conv2d(x, kernel, padding=1),
        lambda x, kernel: functional.conv2d(functional.pad(x, (1, 1, 1, 1)), kernel),
        lambda x, kernel: functional.conv2d(functional.pad(x, (1, 1, 0, 0)), kernel, padding=(1, 0)),
        lambda x, kernel: functional.conv2d(functional.pad(functional.pad(x, (0, 0, 1, 1)), (1, 1)), kernel),
        lambda x, kernel: functional.conv2d(x, kernel, padding="same"),
    ),
    "padding on one side": (
        lambda x, kernel: functional.conv2d(x, kernel[..., :2], padding="same"),
        lambda x, kernel: functional.conv2d(functional.pad(x, (0, 1, 1, 1)), kernel[..., :2]),
    ),
    "padding of each channel": (
        lambda x, depth: functional.conv2d(x, depth, groups=6, padding=1),
        lambda x, depth: functional.conv2d(functional.pad(x, (1, 1, 1, 1)), depth, groups=6),
    ),
    "padded mean": (
        lambda x: functional.avg_pool2d(x, 3, 2, 1),
        lambda x: functional.avg_pool2d(functional.pad(x, (1, 1, 1, 1)), 3, 2),
    ),
    "padded maximum": (
        lambda x: functional.max_pool2d(x, 3, 2, 1),
        lambda x: functional.max_pool2d(functional.pad(x, (1, 1, 1, 1), value=-math.inf), 3, 2),
    ),
    "taken away": (lambda x: functional.pad(x, (-1, -1)), lambda x: x[..., 1:-1]),
    "bias": (
        lambda x, kernel, gamma: functional.conv2d(x, kernel, gamma[:4]),
        lambda x, kernel, gamma: functional.conv2d(x, kernel) + gamma[:4].view(1, -1, 1, 1),
    ),
    "pointwise convolution": (
        lambda x, kernel: functional.conv2d(x, kernel[..., :1, :1]),
        lambda x, kernel: torch.einsum("bchw,oc->bohw", x, kernel[..., 0, 0]),
        lambda x, kernel: functional.linear(x.permute(0, 2, 3, 1), kernel[..., 0, 0]).permute(0, 3, 1, 2),
    ),
    "pointwise with steps": (
        lambda x, kernel: functional.conv2d(x, kernel[..., :1, :1], stride=2),
        lambda x, kernel: functional.conv2d(x[..., ::2, ::2], kernel[..., :1, :1]),
    ),
    "patches": (
        lambda x, patch: functional.conv2d(x, patch, stride=4).flatten(2).mT,
        lambda x, patch: x.view(2, 6, 2, 4, 2, 4).permute(0, 2, 4, 1, 3, 5).reshape(2, 4, 96) @ patch.view(16, 96).T,
    ),
    "pool of windows": (
        lambda x: functional.avg_pool2d(x, 2),
        lambda x: functional.adaptive_avg_pool2d(x, 4),
        lambda x: functional.interpolate(x, size=(4, 4), mode="area"),
        lambda x: x.view(2, 6, 4, 2, 4, 2).mean((3, 5)),
        lambda x: functional.avg_pool2d(x, 2, 2),
    ),
    "adaptive maximum": (lambda x: functional.adaptive_max_pool2d(x, 4), lambda x: functional.max_pool2d(x, 2)),
    "by factor or size": (
        lambda x: functional.interpolate(x, scale_factor=2),
        lambda x: functional.interpolate(x, size=(16, 16)),
        lambda x: x.repeat_interleave(2, 2).repeat_interleave(2, 3),
    ),
    "between numbers": (
        lambda x: functional.interpolate(x, scale_factor=2, mode="bilinear"),
        lambda x: functional.interpolate(x, size=16, mode="bilinear"),
    ),
    "each second": (lambda x: functional.interpolate(x, scale_factor=0.5), lambda x: x[..., ::2, ::2]),
    "causal by a choice or by adding": (
        lambda q, k, s: functional.scaled_dot_product_attention(q, k, s, is_causal=True),
        lambda q, k, s: functional.scaled_dot_product_attention(q, k, s, attn_mask=_causal().double()),
        lambda q, k, s: _soft(q @ k.mT / 8**0.5 + _causal()) @ s,
        lambda q, k, s: (
            _soft((q @ k.mT / 8**0.5).masked_fill(torch.arange(16)[:, None] < torch.arange(16), -math.inf)) @ s
        ),
    ),
    "causal by what is far below": (
        lambda q, k, s: functional.scaled_dot_product_attention(q, k, s, is_causal=True),
        lambda q, k, s: _soft(q @ k.mT / 8**0.5 + torch.full((16, 16), -1e9).triu(1)) @ s,
        lambda q, k, s: _soft((q @ k.mT / 8**0.5).masked_fill(torch.ones(16, 16).triu(1) > 0, -1e30)) @ s,
        lambda q, k, s: _soft(q @ k.mT / 8**0.5 + torch.full((16, 16), -1e38).triu(1).expand(2, 3, 16, 16)) @ s,
    ),
    "slopes": (
        lambda x: functional.leaky_relu(x, 0.2),
        lambda x: torch.where(x > 0, x, 0.2 * x),
        lambda x: torch.where(x <= 0, x * 0.2, x),
        lambda x: torch.where(~(x > 0), x / 5, x),
        lambda x: torch.where(-2 * x < 0, x, x / 5),
    ),
    "softmax": (
        lambda t: t.softmax(-1),
        lambda t: t.exp() / t.exp().sum(-1, keepdim=True),
        lambda t: (e := (t - t.max(-1, keepdim=True)[0]).exp(), e / e.sum(-1, keepdim=True))[1],
        lambda t: (e := (t - t.amax(-1, keepdim=True)).exp(), e / e.sum(2, keepdim=True))[1],
        lambda t: t.log_softmax(-1).exp(),
        lambda t: (t + 3).softmax(2),
    ),
    "repeated": (
        lambda k: k[:, :1].expand(2, 3, 16, 8),
        lambda k: k[:, :1].repeat(1, 3, 1, 1),
        lambda k: torch.cat([k[:, :1]] * 3, 1),
        lambda k: k[:, :1].tile(1, 3, 1, 1),
        lambda k: k[:, [0, 0, 0]],
        lambda k: k.index_select(1, torch.tensor([0, 0, 0])),
    ),
    "repeated as a whole": (
        lambda t: t.repeat(1, 3, 1),
        lambda t: t[:, None].expand(2, 3, 16, 24).reshape(2, 48, 24),
        lambda t: torch.cat([t, t, t], 1),
    ),
    "rolled": (
        lambda x: x.roll(2, 3),
        lambda x: torch.cat([x[..., -2:], x[..., :-2]], 3),
        lambda x: x.roll(-6, 3),
        lambda x: x[..., [6, 7, 0, 1, 2, 3, 4, 5]],
    ),
    "put together in steps": (
        lambda x, y: torch.cat([x, y, x + y], 1),
        lambda x, y: torch.cat([x, torch.cat([y, x + y], 1)], 1),
        lambda x, y: torch.cat([torch.cat([x, y], 1), x + y], -3),
    ),
    "part of what was put together in steps": (
        lambda x, y: torch.cat([y, x + y], 1).tanh(),
        lambda x, y: torch.cat([x, torch.cat([y, x + y], 1)], 1)[:, 6:].tanh(),
        lambda x, y: torch.cat([x, y, x + y, x], 1)[:, 6:-6].tanh(),
    ),
    "put together again": (lambda x: torch.cat([x[:, :1], x[:, 1:4], x[:, 4:]], 1), lambda x: x),
    "places": (
        lambda t: t[:, 0],
        lambda t: t.index_select(1, torch.tensor([0]))[:, 0],
        lambda t: t[:, [0]].squeeze(1),
        lambda t: t.narrow(1, 0, 1).squeeze(1),
        lambda t: t.gather(1, torch.zeros(2, 1, 24, dtype=torch.long))[:, 0],
    ),
    "each second place": (lambda t: t[:, ::2], lambda t: t[:, torch.arange(0, 16, 2)]),
    "rows of a table": (
        lambda table: functional.embedding(torch.tensor([[1, 2], [3, 4]]), table),
        lambda table: table[torch.tensor([[1, 2], [3, 4]])],
        lambda table: table.index_select(0, torch.tensor([1, 2, 3, 4])).view(2, 2, 24),
        lambda table: table[1:5].view(2, 2, 24),
    ),
    "rows by what comes in": (
        lambda table, t: functional.embedding(t[..., 0].argmax(-1), table),
        lambda table, t: table[t[..., 0].argmax(-1)],
        lambda table, t: table.index_select(0, t[..., 0].argmax(-1)),
    ),
    "straight through": (
        lambda t: t + (t.round() - t).detach(),
        lambda t: (t.round() - t).detach() + t,
        lambda t: t - t.detach() + t.round().detach(),
    ),
    "between two": (
        lambda t, u: torch.lerp(t, u, 0.3),
        lambda t, u: t + 0.3 * (u - t),
        lambda t, u: t * 0.7 + 0.3 * u,
    ),
    "between two by a third": (lambda t, u, b: t.lerp(u, b), lambda t, u, b: t + b * (u - t)),
    "one group": (
        lambda x, gamma, beta: functional.group_norm(x, 1, gamma, beta),
        lambda x, gamma, beta: functional.layer_norm(x, (6, 8, 8)) * gamma[:, None, None] + beta[:, None, None],
        lambda x, gamma, beta: (
            (x - x.mean((1, 2, 3), True))
            / (x.var((1, 2, 3), keepdim=True, unbiased=False) + 1e-5).sqrt()
            * gamma.view(1, 6, 1, 1)
            + beta.view(1, -1, 1, 1)
        ),
    ),
    "two groups": (
        lambda x, gamma: functional.group_norm(x, 2, gamma),
        lambda x, gamma: functional.layer_norm(x.view(2, 2, 3, 8, 8), (3, 8, 8)).view_as(x) * gamma[:, None, None],
    ),
    "spread": (lambda t: t.std(-1), lambda t: t.var(-1).sqrt(), lambda t: torch.var_mean(t, -1)[0] ** 0.5),
    "mean of means": (lambda x: x.mean((2, 3)), lambda x: x.mean(3).mean(2), lambda x: x.sum(2).sum(2) / 64),
    "sum of a stack": (
        lambda t, u: t + u,
        lambda t, u: torch.stack([t, u]).sum(0),
        lambda t, u: torch.cat([t[None], u[None]]).sum(0),
        lambda t, u: torch.stack([t, u], -1).sum(-1),
    ),
    "sum of a stack of what was put together": (
        lambda t, u: torch.cat([t, u], 1) + torch.cat([u, t], 1),
        lambda t, u: torch.stack([torch.cat([t, u], 1), torch.cat([u, t], 1)], 1).sum(1),
    ),
    "clamped twice": (lambda x: x.clamp(0, 6), lambda x: x.relu().clamp(max=6), lambda x: x.clamp(max=6).relu()),
    "part of a linear": (
        lambda t, wide: functional.linear(t, wide)[..., 24:48],
        lambda t, wide: functional.linear(t, wide[24:48]),
        lambda t, wide: t @ wide.chunk(3)[1].T,
    ),
    "numbers written into a table": (_written, _written_otherwise),
    **{f"zeros around {name}": _pools(function) for name, function in NEVER_BELOW_0.items()},
}

#: equal in what they give, and not in the gradients of equal numbers or of 0
SAME_IN_EVAL: Final[dict[str, tuple[Function, ...]]] = {
    "slope at 0": (
        lambda x: functional.leaky_relu(x, 0.2),
        lambda x: torch.where(x >= 0, x, 0.2 * x),
        lambda x: torch.maximum(x, 0.2 * x),
    ),
    "the larger of two": (lambda x: x.clamp(min=0.5), lambda x: torch.maximum(x, torch.tensor(0.5).double())),
    "size": (lambda x: x.abs(), lambda x: torch.where(x > 0, x, -x), lambda x: torch.maximum(x, -x)),
    "largest": (lambda t: t.amax(-1), lambda t: t.max(-1)[0], lambda t: functional.max_pool1d(t, 24)[..., 0]),
    "largest of a map": (lambda x: functional.adaptive_max_pool2d(x, 1).flatten(1), lambda x: x.amax((2, 3))),
    "length": (lambda t: t.norm(dim=-1), lambda t: (t * t).sum(-1).sqrt()),
    "zeros around sizes": _pools(torch.abs),
    "a row without gradients": (
        lambda table, t: functional.embedding(t[..., 0].argmax(-1), table, padding_idx=1),
        lambda table, t: table[t[..., 0].argmax(-1)],
    ),
    "written as a constant": (lambda t: t + t.round(), lambda t: t + t.round().detach()),
}
#: the first against each other
OTHER: Final[dict[str, tuple[Function, ...]]] = {
    "operands": (lambda x, y: x - y, lambda x, y: y - x, lambda x, y: x + y, lambda x, y: x - y - x),
    "quotient": (lambda x, y: x / y, lambda x, y: y / x, lambda x, y: x / y / y, lambda x, y: x * y),
    "constant": (lambda x: x + 1e-6, lambda x: x + 1e-5, lambda x: x, lambda x: x + 1.0000011e-6, lambda x: x - 1e-6),
    "large constant": (lambda x: x + 16777216, lambda x: x + 16777217),
    "scale": (lambda x: x * 0.125, lambda x: x * 0.1250001, lambda x: x * -0.125, lambda x: x / 0.125),
    "scale of terms": (lambda x, y: x + 2 * y, lambda x, y: 2 * x + y, lambda x, y: 2 * (x + y)),
    "power": (lambda x: x**3, lambda x: x * x, lambda x: x, lambda x: x.abs() ** 3, lambda x: x**-3),
    "root of square": (lambda x: (x**2) ** 0.5, lambda x: x, lambda x: x.sqrt() ** 2, lambda x: x.relu()),
    "square of root": (lambda x: x.sqrt() * x.sqrt(), lambda x: x, lambda x: x.abs()),
    "one where it is 0": (lambda x: x.relu() / x.relu(), torch.ones_like),
    "nothing where it is none": (lambda x: x.log() - x.log(), torch.zeros_like),
    "activation": (
        *(functional.relu, functional.relu6, functional.silu, functional.gelu, functional.elu, functional.selu),
        *(functional.celu, functional.mish, functional.hardswish, functional.tanh, functional.sigmoid),
        *(functional.softplus, functional.leaky_relu, lambda x: functional.gelu(x, approximate="tanh")),
        *(lambda x: functional.elu(x, 0.9), lambda x: functional.leaky_relu(x, 0.02), functional.hardtanh),
        *(lambda x: x.clamp(min=0.1), lambda x: x.clamp(max=0), lambda x: functional.softplus(x, 2)),
        *(lambda x: functional.threshold(x, 0.1, 0.0), functional.hardsigmoid, functional.logsigmoid, lambda x: x),
    ),
    "elu by place of its constant": (
        lambda x: torch.ops.aten.elu(x, 2.0),
        lambda x: torch.ops.aten.elu(x, 1, 2.0),
        lambda x: torch.ops.aten.elu(x, 1, 1, 2.0),
    ),
    "missing term": (
        lambda x, y: x + y + x.tanh(),
        lambda x, y: x + y,
        lambda x, y: x + y + y.tanh(),
        lambda x, y: 2 * x + y,
    ),
    "where it is added": (lambda x, y: (x + y).tanh(), lambda x, y: x + y.tanh(), lambda x, y: x.tanh() + y.tanh()),
    "dimension of softmax": (
        lambda q: q.softmax(-1),
        lambda q: q.softmax(-2),
        lambda q: q.flatten(2).softmax(-1).view_as(q),
    ),
    "dimension of mean": (lambda x: x.mean((2, 3)), lambda x: x.mean((1, 2)), lambda x: x.mean((2, 3)) * 2),
    "of a square map": (lambda x: x.mean(2), lambda x: x.mean(3), lambda x: x.amax(2), lambda x: x.sum(2)),
    "half": (
        lambda t: t[..., :12],
        lambda t: t[..., 12:],
        lambda t: t[..., ::2],
        lambda t: t[..., 1::2],
        lambda t: t.view(2, 16, 2, 12).transpose(2, 3).flatten(2)[..., :12],
    ),
    "parts of parts": (
        lambda x, y: torch.cat([x, torch.cat([y, x + y], 1)], 1),
        lambda x, y: torch.cat([x, torch.cat([x + y, y], 1)], 1),
        lambda x, y: torch.cat([x, torch.cat([y, x + y], 2)[:, :, ::2], y], 1),
    ),
    "windows with steps": (lambda x: functional.avg_pool2d(x, (8, 7), 1), lambda x: functional.avg_pool2d(x, (8, 7))),
    "order of parts": (
        lambda t: torch.cat(t.chunk(2, -1)[::-1], -1),
        lambda t: t,
        lambda t: t.flip(-1),
        lambda t: t.roll(1, -1),
    ),
    "sign of half": (
        _half_by_chunk,
        lambda t: torch.cat((t[..., 12:], -t[..., :12]), -1),
        lambda t: torch.cat((-t[..., :12], t[..., 12:]), -1),
        lambda t: torch.stack((-t[..., 1::2], t[..., ::2]), -1).flatten(-2),
    ),
    "gate": (
        lambda t: functional.glu(t, 1 + 1),
        lambda t: t[..., 12:] * t[..., :12].sigmoid(),
        lambda t: t[..., :12] * t[..., 12:],
    ),
    "matrix": (lambda t, w: t @ w, lambda t, w: t @ w.T, lambda t, w: (t @ w).transpose(0, 1).reshape(2, 16, 24)),
    "order of matrices": (lambda w, v: w @ v, lambda w, v: v @ w, lambda w, v: w @ v.T, lambda w, v: (w @ v).T),
    "heads": (
        _heads,
        lambda t: t.view(2, 3, 16, 8),
        lambda t: t.view(2, 16, 8, 3).permute(0, 3, 1, 2),
        lambda t: t.view(2, 16, 3, 8).transpose(1, 2).flip(1),
    ),
    "parts of qkv": (
        lambda t, wide: functional.linear(t, wide).view(2, 16, 3, 24)[:, :, 0],
        lambda t, wide: functional.linear(t, wide).view(2, 16, 24, 3)[..., 0],
        lambda t, wide: functional.linear(t, wide).view(2, 16, 3, 24)[:, :, 1],
    ),
    "attention": (
        _attention,
        lambda q, k, s: _attention(k, q, s),
        lambda q, k, s: _attention(q, s, k),
        lambda q, k, s: _soft(q @ k.mT / 8) @ s,
        lambda q, k, s: _soft(q @ k.mT) @ s,
        lambda q, k, s: (q @ k.mT / 8**0.5).softmax(-2) @ s,
        lambda q, k, s: (q @ k.mT / 8**0.5).sigmoid() @ s,
        lambda q, k, s: functional.scaled_dot_product_attention(q, k, s, is_causal=True),
        lambda q, k, s: functional.scaled_dot_product_attention(q, k, s, scale=8**-0.51),
        lambda q, k, s: _attention(q, k, s) + s,
        lambda q, k, s: _attention(*(each.transpose(1, 2).reshape(2, 3, 16, 8) for each in (q, k, s))),
    ),
    "mask": (
        lambda q, k: _soft(q @ k.mT + torch.full((16, 16), -math.inf).triu(1)),
        lambda q, k: _soft(q @ k.mT + torch.full((16, 16), -math.inf).triu(2)),
        lambda q, k: _soft(q @ k.mT + torch.full((16, 16), -math.inf).tril(-1)),
        lambda q, k: _soft(q @ k.mT + torch.full((16, 16), -1.0).triu(1)),
        lambda q, k: _soft(q @ k.mT),
    ),
    "filled": (
        lambda q, k: q.masked_fill(k > 0, -1.0),
        lambda q, k: q.masked_fill(k > 0, 1.0),
        lambda q, k: q.masked_fill(k >= 0, -1.0),
        lambda q, k: q.masked_fill(k < 0, -1.0),
        lambda q, k: k.masked_fill(q > 0, -1.0),
        lambda q, k: q.masked_fill(~(k > 0), -1.0),
    ),
    "norm": (
        lambda t, g, b: functional.layer_norm(t, (24,), g, b),
        lambda t, g, b: functional.layer_norm(t, (24,), b, g),
        lambda t, g, b: functional.layer_norm(t, (24,), g, b, 1e-6),
        lambda t, g, b: functional.layer_norm(t, (16, 24)) * g + b,
        lambda t, g, b: functional.rms_norm(t, (24,), g, 1e-5) + b,
        lambda t, g, b: (t - t.mean(-1, True)) / (t.var(-1, keepdim=True) + 1e-5).sqrt() * g + b,
        lambda t, g, b: (t - t.mean(-1, True)) / (t.var(-1, keepdim=True, unbiased=False).sqrt() + 1e-5) * g + b,
        lambda t, g, b: functional.layer_norm(t, (24,)) * (1 + g) + b,
    ),
    "RMSNorm": (
        lambda t, g: functional.rms_norm(t, (24,), g, 1e-6),
        lambda t, g: functional.rms_norm(t, (24,), g, 1e-5),
        lambda t, g: functional.rms_norm(t, (24,), 1 + g, 1e-6),
        lambda t, g: t / ((t * t).mean(-1, keepdim=True).sqrt() + 1e-6) * g,
        lambda t, g: t / ((t * t).sum(-1, keepdim=True) + 1e-6).sqrt() * g,
    ),
    "groups": (
        lambda x: functional.group_norm(x, 2),
        lambda x: functional.group_norm(x, 3),
        lambda x: functional.group_norm(x, 2, eps=1e-6),
    ),
    "roll": (
        lambda x: x.roll(1, 2),
        lambda x: x.roll(2, 2),
        lambda x: x.roll(1, 3),
        lambda x: x.roll(-1, 2),
        lambda x: x,
    ),
    "flip": (lambda x: x.flip(2), lambda x: x.flip(3), lambda x: x.flip(2, 3)),
    "windows": (
        _windows,
        lambda x: x.view(2, 6, 4, 2, 4, 2).permute(0, 3, 5, 2, 4, 1).reshape(-1, 16, 6),
        lambda x: _windows(x.transpose(2, 3)),
        lambda x: _windows(x.roll((-2, -2), (2, 3))),
    ),
    "shuffle": (lambda x: functional.channel_shuffle(x, 2), lambda x: functional.channel_shuffle(x, 3), lambda x: x),
    "convolution": (
        lambda x, patch: functional.conv2d(x, patch, stride=4),
        lambda x, patch: functional.conv2d(x, patch, stride=2)[..., :2, :2],
        lambda x, patch: functional.conv2d(x.transpose(2, 3), patch, stride=4),
        lambda x, patch: functional.conv2d(x, patch.flip(-1), stride=4),
        lambda x, patch: functional.conv2d(x, patch, stride=4, padding=1)[..., :2, :2],
    ),
    "pool": (
        lambda x: functional.avg_pool2d(x, 2),
        lambda x: functional.max_pool2d(x, 2),
        lambda x: functional.avg_pool2d(x, 3, 2, 1),
        lambda x: functional.avg_pool2d(x, 3, 2, 1, count_include_pad=False),
        lambda x: x[..., ::2, ::2],
    ),
    "resized": (
        lambda x: functional.interpolate(x, scale_factor=2, mode="bilinear"),
        lambda x: functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True),
        lambda x: functional.interpolate(x, scale_factor=2),
        lambda x: x.repeat(1, 1, 2, 2),
    ),
    "padded": (
        lambda x: functional.pad(x, (1, 0)),
        lambda x: functional.pad(x, (0, 1)),
        lambda x: functional.pad(x, (1, 0), value=1.0),
    ),
    "padding": (
        lambda x, kernel: functional.conv2d(x, kernel, padding=1),
        lambda x, kernel: functional.conv2d(functional.pad(x, (1, 1, 1, 1), value=1.0), kernel),
        lambda x, kernel: functional.conv2d(functional.pad(x, (2, 0, 1, 1)), kernel),
        lambda x, kernel: functional.conv2d(functional.pad(x, (1, 1, 1, 1), mode="reflect"), kernel),
        lambda x, kernel: functional.conv2d(functional.pad(x, (1, 1, 1, 1), mode="replicate"), kernel),
        lambda x, kernel: functional.pad(functional.conv2d(x, kernel), (1, 1, 1, 1)),
    ),
    "padded pools": (
        lambda x: functional.avg_pool2d(x, 3, 2, 1),
        lambda x: functional.avg_pool2d(x, 3, 2, 1, count_include_pad=False),
        lambda x: functional.avg_pool2d(functional.pad(x, (1, 1, 1, 1), value=1.0), 3, 2),
        lambda x: functional.max_pool2d(functional.pad(x, (1, 1, 1, 1)), 3, 2),
        lambda x: functional.max_pool2d(x, 3, 2, 1),
    ),
    **{f"zeros around {name}": _pools(function) for name, function in BELOW_0.items()},
    "twice padded": (
        lambda x: functional.pad(functional.pad(x, (1, 1)), (1, 1), value=1.0),
        lambda x: functional.pad(x, (2, 2)),
        lambda x: functional.pad(x, (2, 2), value=1.0),
    ),
    "windows of pools": (
        lambda x: functional.avg_pool2d(x, 2),
        lambda x: functional.avg_pool2d(x, 2, 1)[..., :4, :4],
        lambda x: functional.adaptive_avg_pool2d(x, 3)[..., :1],
        lambda x: x.view(2, 6, 2, 4, 2, 4).mean((2, 4)),
    ),
    "modes of resizing": (
        lambda x: functional.interpolate(x, scale_factor=2, mode="bilinear"),
        lambda x: functional.interpolate(x, scale_factor=2, mode="bicubic"),
        lambda x: functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True),
        lambda x: functional.interpolate(x, scale_factor=2.05, mode="bilinear"),
        lambda x: functional.interpolate(x, scale_factor=2, mode="nearest-exact"),
    ),
    "slopes": (
        lambda x: functional.leaky_relu(x, 0.2),
        lambda x: torch.where(x > 0, 0.2 * x, x),
        lambda x: torch.where(x > 0, x, -0.2 * x),
        lambda x: torch.where(x > 0.1, x, 0.2 * x),
        lambda x: torch.where(x > 0, x, 0.2),
        lambda x: torch.where(-x > 0, x, 0.2 * x.sigmoid()),
        lambda x: torch.minimum(x, 0.3 * x),
    ),
    "no number is on no side": (lambda x: x.log().relu(), lambda x: torch.where(x.log() > 0, x.log(), 0.0)),
    "quotients of exponentials": (
        lambda t: t.softmax(-1),
        lambda t: t.exp() / t.exp().sum(1, keepdim=True),
        lambda t: t.exp() / (1 + t.exp().sum(-1, keepdim=True)),
        lambda t: t.exp() / t.exp().mean(-1, keepdim=True),
        lambda t: (t - t.amax(1, keepdim=True)).softmax(-1),
        lambda t: (2 * t).softmax(-1),
        lambda t: (t + t[:, :, :1]).softmax(-1),
    ),
    "masks": (
        lambda q, k: _soft(q @ k.mT + _causal()),
        lambda q, k: _soft(q @ k.mT + torch.full((16, 16), -1e4).triu(1)),
        lambda q, k: _soft((q @ k.mT).masked_fill(torch.ones(16, 16).tril(-1) == 0, -math.inf)),
        lambda q, k: _soft((q @ k.mT).masked_fill(torch.ones(16, 16).tril() == 1, -math.inf)),
        lambda q, k: _soft(q @ k.mT - _causal()),
    ),
    "scores that are large": (
        lambda q, k: _soft(q @ k.mT * 1e12 + _causal()),
        lambda q, k: _soft(q @ k.mT * 1e12 + torch.full((16, 16), -1e9).triu(1)),
    ),
    "rows that a mask leaves empty": (
        lambda q, k: _soft((q @ k.mT).masked_fill(torch.ones(16, 16).triu() > 0, -math.inf)),
        lambda q, k: _soft((q @ k.mT).masked_fill(torch.ones(16, 16).triu() > 0, -1e9)),
    ),
    "a mask of columns": (
        lambda q, k: torch.softmax((q @ k.mT).masked_fill(torch.ones(16, 16).tril(-1) > 0, -1e9), -2),
        lambda q, k: torch.softmax((q @ k.mT).masked_fill(torch.ones(16, 16).triu(1) > 0, -1e9), -2),
    ),
    "no number stays none": (
        lambda q: _soft(q.log() + torch.zeros(8).masked_fill(torch.arange(8) > 3, -math.inf)),
        lambda q: _soft(q.log().masked_fill(torch.arange(8) > 3, -math.inf)),
    ),
    "order of slices": (
        lambda x: torch.cat([x[..., -2:], x[..., :-2]], 3),
        lambda x: torch.cat([x[..., -2:], x[..., 1:-1]], 3),
        lambda x: torch.cat([x[..., :2], x[..., 3:], x[..., 2:3]], 3),
        lambda x: x.roll(-2, 3),
        lambda x: x[..., [6, 7, 0, 1, 2, 3, 5, 4]],
    ),
    "places": (
        lambda t: t[:, [0, 2]],
        lambda t: t[:, [2, 0]],
        lambda t: t[:, :2],
        lambda t: t[:, [0, 0]],
        lambda t: t.index_select(1, torch.tensor([0, 3])),
    ),
    "rows by what comes in": (
        lambda table, t: table[t[..., 0].argmax(-1)],
        lambda table, t: table[t[..., 0].argmin(-1)],
        lambda table, t: table.roll(1, 0)[t[..., 0].argmax(-1)],
    ),
    "how many groups": (
        lambda x: functional.group_norm(x, 1),
        lambda x: functional.group_norm(x, 2),
        lambda x: functional.layer_norm(x, (8, 8)),
        lambda x: functional.group_norm(x, 1, eps=1e-3),
        lambda x: functional.layer_norm(x.permute(0, 2, 3, 1), (6,)).permute(0, 3, 1, 2),
    ),
    "between two": (
        lambda t, u: torch.lerp(t, u, 0.3),
        lambda t, u: torch.lerp(u, t, 0.3),
        lambda t, u: torch.lerp(t, u, t),
    ),
    "sums of stacks": (
        lambda t, u: torch.stack([t, u]).sum(0),
        lambda t, u: torch.stack([t, u], 1).sum(2),
        lambda t, u: torch.cat([t, u]).sum(0),
        lambda t, u: torch.stack([t, t]).sum(0) + 0 * u[:, :1],
    ),
    "sums of sums": (
        lambda x: x.sum(3).sum(2),
        lambda x: x.sum(3).mean(2),
        lambda x: x.sum(3).sum(1),
        lambda x: (x.sum(3) ** 2).sum(2),
    ),
    "bounds": (lambda x: x.clamp(0, 6), lambda x: x.clamp(0, 3).clamp(2, 6), lambda x: x.clamp(4, 5).clamp(0, 3)),
    "parts of a linear": (
        lambda t, wide: functional.linear(t, wide[:24]),
        lambda t, wide: functional.linear(t, wide[24:48]),
        lambda t, wide: functional.linear(t, wide[::3]),
    ),
    "written into": (
        lambda x: (y := x * 2, y[:, 0].fill_(5), y)[2],
        lambda x: (y := x * 2, y[:, 1].fill_(5), y)[2],
        lambda x: (y := x * 2, y[:, 0].fill_(4), y)[2],
        lambda x: (y := x * 2, y[:, :, 0].fill_(5), y)[2],
        lambda x: (y := x * 2, y[:, 0].clone().fill_(5), y)[2],
    ),
    "read before or behind": (
        lambda x: (y := x * 2, z := y[:, 0] + 1, y.add_(1), y[:, 1] + z)[3],
        lambda x: (y := x * 2, y.add_(1), z := y[:, 0] + 1, y[:, 1] + z)[3],
    ),
    "type": (
        lambda x: x.int().double(),
        lambda x: x.bool().double(),
        lambda x: x,
        lambda x: x.to(torch.uint8).double(),
    ),
    "sum of masks": (
        lambda x, y: ((x > 0) + (y > 0)).double(),
        lambda x, y: (x > 0).double() + (y > 0).double(),
        lambda x, y: ((x > 0) * (y > 0)).double(),
    ),
    "places or mask": (
        lambda g: g[torch.ones(24, dtype=torch.long)],
        lambda g: g[torch.ones(24, dtype=torch.bool)],
    ),
    "rounded quotient": (
        lambda x: x // 2,
        lambda x: x / 2,
        lambda x: torch.div(x, 2, rounding_mode="trunc"),
        lambda x: x % 2,
    ),
    "running": (
        lambda t: t.cumsum(1),
        lambda t: t.cumsum(2),
        lambda t: t.cumsum(1) * 2,
        lambda t: t.flip(1).cumsum(1).flip(1),
    ),
    "outer order": (
        lambda t, u: torch.einsum("bid,bjd->bij", t, u),
        lambda t, u: torch.einsum("bid,bjd->bji", t, u),
        lambda t, u: torch.einsum("bid,bjd->bij", t + u, t),
    ),
    "repeated": (lambda k: k[:, :1].repeat(1, 3, 1, 1), lambda k: k[:, 1:2].repeat(1, 3, 1, 1), lambda k: k),
    "interleaved": (lambda q: q.repeat_interleave(2, 1), lambda q: q.repeat(1, 2, 1, 1)),
}


@pytest.mark.parametrize("name", _ACTIVATIONS)
def test_a_module_is_its_function(name: str) -> None:
    module, function = _ACTIVATIONS[name]
    graph = Graph()
    assert _outputs(graph, module.eval(), ("x",)) == _outputs(graph, Runs(function), ("x",))


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", SAME)
def test_one_computation_is_one_node(name: str, training: bool) -> None:
    graph = Graph()
    first, *others = (_of(graph, each, training) for each in SAME[name])
    assert [each == first for each in others] == [True] * len(others)


@pytest.mark.parametrize("name", SAME_IN_EVAL)
def test_other_gradients_are_other_nodes_in_training(name: str) -> None:
    graph = Graph()
    assert len({_of(graph, each) for each in SAME_IN_EVAL[name]}) == 1
    graph = Graph()
    trained = [_of(graph, each, training=True) for each in SAME_IN_EVAL[name]]
    assert trained[0] not in trained[1:]


@pytest.mark.parametrize("name", NEVER_BELOW_0)
def test_no_gradient_passes_where_a_zero_beside_it_is_as_large(name: str) -> None:
    x = torch.randn(SHAPES["x"], generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    x[:, 0] = -x[:, 0].abs()  # whole windows of zeros
    x.requires_grad_()
    gradients: list[Tensor] = []
    for function in _pools(NEVER_BELOW_0[name]):
        y = function(x)
        assert isinstance(y, Tensor)
        weights = torch.arange(1, 1 + y.numel(), dtype=torch.float64).view_as(y)
        gradients += torch.autograd.grad((y * weights).sum(), x)
    first, second = gradients
    assert torch.equal(first, second)


@pytest.mark.parametrize("name", OTHER)
def test_another_computation_is_another_node(name: str) -> None:
    graph = Graph()
    found = [_of(graph, each) for each in OTHER[name]]
    assert len(set(found)) == len(found)


def _of(graph: Graph, function: Function, training: bool = False) -> tuple[int, ...]:
    return _outputs(graph, Runs(function), _NAMES[function] if function in _NAMES else _names(function), training)


_NAMES: Final[dict[Function, tuple[str, ...]]] = {
    torch.square: ("x",),
}


def _names(function: Function) -> tuple[str, ...]:
    """Of its arguments; a function of torch takes a map."""
    code = getattr(function, "__code__", None)
    found = code.co_varnames[: code.co_argcount] if code is not None else ()
    names = tuple(each for each in found if each in SHAPES)
    return names if names and not getattr(function, "__module__", "").startswith("torch") else ("x",)


def _outputs(graph: Graph, module: nn.Module, names: tuple[str, ...], training: bool = False) -> tuple[int, ...]:
    given = [torch.zeros(SHAPES[name], dtype=torch.float64) for name in names]
    return traced(module, given, graph, training).normal.outputs
