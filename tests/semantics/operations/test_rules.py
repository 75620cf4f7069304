"""Each rule of semantics/operations, held against torch: what its nodes compute is what the module gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from archdiff.semantics.operations import Graph
from graph_values import Runs, mismatches, traced

Function: TypeAlias = "Callable[..., object]"


def _map() -> Tensor:
    return torch.randn(2, 6, 4, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def _other() -> Tensor:
    return torch.randn(2, 6, 4, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def _whole() -> Tensor:
    return torch.randint(-9, 9, (2, 6), generator=torch.Generator().manual_seed(2))


def _bytes() -> Tensor:
    return torch.randint(0, 255, (2, 6), generator=torch.Generator().manual_seed(3)).to(torch.uint8)


#: of one map (2, 6, 4, 8)
OF_MAP: Final[dict[str, Function]] = {
    # activations
    **{
        f"{name}": getattr(functional, name)
        for name in (
            *("relu", "relu6", "hardtanh", "silu", "gelu", "hardsigmoid", "hardswish", "mish", "softplus", "sigmoid"),
            *("tanh", "elu", "selu", "celu", "leaky_relu", "logsigmoid", "softsign", "tanhshrink", "hardshrink"),
            *("softshrink", "glu"),
        )
    },
    "gelu tanh": lambda x: functional.gelu(x, approximate="tanh"),
    "elu 2": lambda x: functional.elu(x, 2.0),
    "leaky_relu 0.2": lambda x: functional.leaky_relu(x, 0.2),
    "hardtanh 0 3": lambda x: functional.hardtanh(x, 0.0, 3.0),
    "threshold": lambda x: functional.threshold(x, 0.3, 7.0),
    "threshold 0": lambda x: functional.threshold(x, 0.0, 0.0),
    "softplus beta": lambda x: functional.softplus(x, 2.0, 3.0),
    "glu dim 1": lambda x: functional.glu(x, 1),
    "glu dim 3": lambda x: functional.glu(x, 3),
    "clamp": lambda x: x.clamp(-0.5, 0.5),
    "clamp min": lambda x: x.clamp(min=0.1),
    "clamp max": lambda x: x.clamp(max=0.1),
    "clamp max below min": lambda x: x.clamp(0.5, -0.5),
    "clamp by tensors": lambda x: x.clamp(x * 0.5, x.abs() + 0.1),
    "clamp_min": lambda x: x.clamp_min(0.2),
    "exp log abs": lambda x: (x.abs() + 1).log() + x.exp(),
    "sin cos erf": lambda x: x.sin() * x.cos() + x.erf(),
    # sums
    "add": lambda x: x + x * 2 + 1,
    "add alpha": lambda x: torch.add(x, x.relu(), alpha=-3),
    "sub alpha": lambda x: torch.sub(x, x.relu(), alpha=2),
    "rsub": lambda x: 3 - x,
    "rsub alpha": lambda x: torch.rsub(x, 3, alpha=2),
    "add in place": lambda x: x.clone().add_(x.relu(), alpha=2).sub_(1),
    "add of views": lambda x: x.transpose(2, 3) + x.relu().transpose(2, 3),
    "bias": lambda x: x + x[:, :1] + x[0, 0, 0] + x[:1],
    "nothing is left": lambda x: x - x,
    "twice": lambda x: (y := x.relu() + x, y + y.sigmoid() + y)[1],
    "sum of scaled sums": lambda x: ((x.sigmoid() * 2 + x * 4) * 3 + x.tanh() * 0.5) / 7,
    "neg": lambda x: -(x + 1),
    "addcmul": lambda x: torch.addcmul(x, x.relu(), x.sigmoid(), value=0.3),
    "addcdiv": lambda x: torch.addcdiv(x, x, x.exp(), value=-2),
    "lerp": lambda x: torch.lerp(x, x.relu(), 0.3),
    # products
    "mul": lambda x: x * x.relu() * 2 * x,
    "div": lambda x: x / (x.exp() * 3),
    "div by number": lambda x: x / 7,
    "number by x": lambda x: 7 / x,
    "div floor": lambda x: torch.div(x, 0.3, rounding_mode="floor"),
    "div trunc": lambda x: torch.div(x, 0.3, rounding_mode="trunc"),
    "floor_divide": lambda x: x // 0.3,
    "remainder": lambda x: x % 0.3,
    "div by 0": lambda x: x / 0,
    "x / x where it is 0": lambda x: x.relu() / x.relu(),
    "pow 2": lambda x: x.pow(2),
    "pow 3": lambda x: x**3,
    "pow 0": lambda x: x**0,
    "pow -1": lambda x: x**-1,
    "pow 0.3": lambda x: x**0.3,
    "root of square": lambda x: (x**2) ** 0.5,
    "root of product": lambda x: (x * x * x.relu() ** 4) ** 0.5,
    "root of cube": lambda x: (x**3) ** (1 / 3),
    "square of root": lambda x: x.sqrt() ** 2,
    "root by root": lambda x: x.sqrt() * x.sqrt(),
    "root by root by x": lambda x: x.sqrt() * x.sqrt() * x,
    "root by rsqrt": lambda x: x.sqrt() * x.rsqrt(),
    "fourth root": lambda x: x.sqrt().sqrt(),
    "fourth power of root of square": lambda x: ((x**2) ** 0.5) ** 4,
    "1.5 of square": lambda x: (x**2) ** 1.5,
    "root of negative scale": lambda x: (x * -2) ** 0.5,
    "root of scale": lambda x: (x * 4) ** 0.5,
    "rsqrt of mean square": lambda x: x * (x.pow(2).mean(-1, keepdim=True) + 1e-6).rsqrt(),
    "reciprocal of square": lambda x: (x**-2) ** 0.5,
    "square": lambda x: torch.square(x) + torch.reciprocal(x),
    "2 to the x": lambda x: 2**x,
    "x to the x": lambda x: x.abs() ** x,
    "too large": lambda x: (x * 1e-200) ** -2.0,
    "product of sums": lambda x: (x * 2 + 4) * (x * 3 - 6) / (x.exp() * 5 + 10),
    # constants
    "large numbers": lambda x: (x + 16777217) - 16777216,
    "digits are kept": lambda x: (x * 0.123456789 + 12345678.25) - 12345677,
    "minus infinity": lambda x: x + torch.full((4, 8), -torch.inf).triu(1),
    "mask of -1e9": lambda x: x + torch.full((4, 8), -1e9).triu(1),
    "least float": lambda x: x.masked_fill(x > 0, torch.finfo(torch.float32).min),
    "nan": lambda x: torch.where(x > 0, x, torch.nan),
    "eye": lambda x: x[..., :4] + torch.eye(4),
    "arange": lambda x: x + torch.arange(8) * 2 - torch.arange(4).view(4, 1),
    "zeros_like": lambda x: torch.zeros_like(x) + torch.full_like(x, 2.5) * torch.ones_like(x),
    "new_full": lambda x: x + x.new_full((8,), 3.5),
    # choices
    "where": lambda x: torch.where(x > 0.1, x, x * 2),
    "where number": lambda x: torch.where(x < 0.1, 0.5, x),
    "masked_fill": lambda x: x.masked_fill(x.abs() >= 0.5, 3.0),
    "masked_fill not": lambda x: x.masked_fill(~(x.abs() >= 0.5), 3.0),
    "maximum": lambda x: torch.maximum(x, x.flip(0)) - torch.minimum(x.roll(1, 3), x),
    "maximum of views": lambda x: torch.maximum(x, x.roll(1, 3)).transpose(1, 2)[:, :, ::2],
    "equal": lambda x: (x == x.relu()).double() + (x != 0).double(),
    "and or": lambda x: ((x > 0) & (x < 1) | (x < -1)).double(),
    "logical not": lambda x: torch.logical_not(x > 0).double() + torch.logical_not(x).double(),
    "sum of masks": lambda x: ((x > 0) + (x > -1)).double() + (x > 0).sum((2, 3), keepdim=True),
    "product of masks": lambda x: ((x > 0) * (x < 1)).double() * 2,
    "mask by number": lambda x: (x > 0) * 2 - 1,
    # views
    "flatten": lambda x: x.flatten(1),
    "permute": lambda x: x.permute(0, 2, 3, 1).reshape(2, -1),
    "permute negative": lambda x: x.permute(0, -1, 1, -2),
    "transposes": lambda x: x.transpose(-1, -2).transpose(0, 1).contiguous().view(6, -1),
    "slices": lambda x: x[:, 1:5:2, ..., -3:],
    "slices of reshape": lambda x: x.reshape(2, 3, 2, 32)[:, :, 1].reshape(2, 3, 4, 8)[..., 1::3],
    "select": lambda x: x[:, -1, 2],
    "expand": lambda x: x[:, :1].expand(-1, 6, 4, 8) + x.mean(0).expand(2, -1, -1, -1),
    "expand then view": lambda x: x[:, :, None].expand(-1, -1, 3, -1, -1).reshape(2, 18, 4, 8)[:, 2::3],
    "repeat_interleave": lambda x: x.repeat_interleave(2, 1),
    "repeat": lambda x: x.repeat(1, 2, 1, 1),
    "squeeze": lambda x: x[:, :1].squeeze(1).unsqueeze(-1),
    "squeeze all": lambda x: x[:1, :, :1].squeeze(),
    "chunk": lambda x: x.chunk(3, 1)[1] * x.chunk(4, -1)[2].mean(),
    "split": lambda x: x.split([1, 2, 3], 1)[2] + x.split(4, 1)[1].sum(),
    "unbind": lambda x: x.unbind(1)[3] + x.unbind(-1)[0].sum(),
    "cat of parts": lambda x: torch.cat(x.chunk(3, 1), 1),
    "cat of swapped parts": lambda x: torch.cat(x.chunk(2, 1)[::-1], 1),
    "cat of others": lambda x: torch.cat([x, x.relu(), x], 2),
    "cat of overlapping parts": lambda x: torch.cat([x[:, :3], x[:, 2:5]], 1),
    "cat of one twice": lambda x: torch.cat([x[:, :2], x[:, :2]], 1),
    "cat of functions of parts": lambda x: torch.cat([(a * a.sigmoid() + a).tanh() for a in x.chunk(3, 1)], 1),
    "cat of sums of parts": lambda x: torch.cat([x[:, i] + x[:, i + 2] for i in (3, 2, 1, 0)], 1),
    "cat with nothing": lambda x: torch.cat([x, x[:, :0]], 1),
    "cat of numbers": lambda x: torch.cat([x > 0, x], 1),
    "stack": lambda x: torch.stack([x[:, 0], x[:, 1]], -1).flatten(-2),
    "stack of all": lambda x: torch.stack(x.unbind(1), 1),
    "flip": lambda x: x.flip(-1, 1),
    "roll": lambda x: x.roll((1, -2), (2, 3)).roll(-1, 2),
    "roll flat": lambda x: x.roll(5),
    "rotate half": lambda x: torch.cat([-x[..., 4:], x[..., :4]], -1),
    "pixel shuffle": lambda x: functional.pixel_shuffle(x[:, :4], 2),
    "pixel unshuffle": lambda x: functional.pixel_unshuffle(x, 2),
    "channel shuffle": lambda x: x.view(2, 3, 2, 4, 8).transpose(1, 2).reshape(2, 6, 4, 8),
    "windows": lambda x: x.view(2, 6, 2, 2, 4, 2).permute(0, 2, 4, 1, 3, 5).reshape(-1, 6, 2, 2),
    "view as another type": lambda x: x.view(torch.int64).abs().remainder(7).double(),
    "unfold": lambda x: functional.unfold(x, 2),
    "movedim": lambda x: x.movedim(1, -1).swapaxes(1, 2),
    "diagonal": lambda x: x[..., :4].diagonal(dim1=2, dim2=3),
    "nothing at all": lambda x: torch.cat([x[:, :0].sum(1), x.mean(1)], 1),
    "pad": lambda x: functional.pad(x, (1, 2), value=3.0) + functional.pad(x, (0, 3)),
    "pads of scaled maps": lambda x: functional.pad(functional.pad(x * 3, (1, 0)), (2, 1, 0, 1)) * 0.5,
    "pads of two values": lambda x: functional.pad(functional.pad(x, (1, 1)), (1, 1), value=1.0),
    "pad and slice": lambda x: functional.pad(x, (-1, 2, 1, -2)),
    "pad of truth": lambda x: functional.pad(x > 0, (1, 1), value=True).double(),
    "no pad": lambda x: functional.pad(x, (0, 0, 0, 0)),
    "to float and back": lambda x: x.float().double() + x.int().double() + x.bool().double(),
    "0 dimensions": lambda x: x.sum().softmax(0) + x.mean().view(1, 1).squeeze() * x[0, 0, 0, 0].sum(),
    # reductions
    "mean": lambda x: x.mean((2, 3)),
    "mean keepdim": lambda x: x - x.mean((-1, 1), keepdim=True),
    "mean of all": lambda x: x.mean(),
    "mean in another type": lambda x: x.mean(-1, dtype=torch.float64),
    "sum": lambda x: (x * 3).sum(1),
    "sum of all": lambda x: x.sum(),
    "sum of view": lambda x: x.transpose(1, 3).flatten(2).sum(1),
    "sum of expanded": lambda x: x[:, :1].expand(2, 6, 4, 8).sum(1),
    "amax": lambda x: x.amax((1, 3)) - x.amin(-1).amin(1),
    "max": lambda x: x.max(1)[0] + x.min(1)[1] + x.max(),
    "argmax": lambda x: x.argmax(1),
    "topk": lambda x: x.topk(2, 1)[0] * x.topk(2, 1)[1],
    "sort": lambda x: x.sort(-1)[0] + x.argsort(2),
    "norm": lambda x: functional.normalize(x, dim=1) + x.norm(dim=2, keepdim=True),
    "std": lambda x: (x - x.mean(1, keepdim=True)) / x.std(1, keepdim=True),
    "var": lambda x: x.var((2, 3), unbiased=False) + x.var((2, 3)),
    "var of all": lambda x: x.var(),
    "softmax": lambda x: x.softmax(1) + x.softmax(-1) + x.transpose(1, 2).softmax(-1).transpose(1, 2),
    "softmax by hand": lambda x: x.exp() / x.exp().sum(-1, keepdim=True),
    "log softmax": lambda x: x.log_softmax(2),
    "cumsum": lambda x: x.cumsum(1) + x.transpose(1, 3).cumsum(1).transpose(1, 3),
    "cumprod": lambda x: x.cumprod(1),
    "prod": lambda x: x.prod(1),
    "logsumexp": lambda x: x.logsumexp((1, 2)),
    "any all": lambda x: (x > 2).any(1).double() + (x > -2).all(1).double(),
    "avg_pool2d": lambda x: functional.avg_pool2d(x, 2),
    "avg_pool2d of all": lambda x: functional.avg_pool2d(x, (4, 8)),
    "avg_pool2d padded": lambda x: functional.avg_pool2d(x, (6, 8), padding=(1, 0)),
    "avg_pool2d divisor": lambda x: functional.avg_pool2d(x, (4, 8), divisor_override=3),
    "avg_pool2d no batch": lambda x: functional.avg_pool2d(x[0], (4, 8)),
    "avg_pool1d of all": lambda x: functional.avg_pool1d(x.flatten(2), 32),
    "avg_pool3d of all": lambda x: functional.avg_pool3d(x[None], (6, 4, 8)),
    "avg_pool2d of padded": lambda x: functional.avg_pool2d(functional.pad(x, (1, 1, 1, 1)), 3, 2),
    "avg_pool2d of odd padded": lambda x: functional.avg_pool2d(functional.pad(x, (1, 2, 1, 0)), 3, 2),
    "avg_pool2d counts no zeros": lambda x: functional.avg_pool2d(x, 3, 2, 1, count_include_pad=False),
    "avg_pool2d over the end": lambda x: functional.avg_pool2d(x, 3, ceil_mode=True),
    "avg_pool2d leaves out": lambda x: functional.avg_pool2d(x, 3),
    "avg_pool2d with steps": lambda x: functional.avg_pool2d(x, 1, 2),
    "max_pool2d of padded": lambda x: functional.max_pool2d(functional.pad(x, (1, 1, 1, 1), value=-torch.inf), 3, 2),
    "max_pool2d of padded zeros": lambda x: functional.max_pool2d(functional.pad(x, (1, 1, 1, 1)), 3, 2),
    "max_pool2d of padded above 0": lambda x: functional.max_pool2d(functional.pad(x.exp(), (1, 1, 1, 1)), 3, 2),
    "max_pool2d of padded relu": lambda x: functional.max_pool2d(functional.pad(x.relu(), (1, 1, 1, 1)), 3, 2),
    "max_pool2d places": lambda x: functional.max_pool2d(x, 2, return_indices=True)[1],
    "max_pool2d over the end": lambda x: functional.max_pool2d(x, 3, ceil_mode=True),
    "adaptive pools": lambda x: functional.adaptive_avg_pool2d(x, (2, 4)) + functional.adaptive_max_pool2d(x, (2, 4)),
    "adaptive pools of odd sizes": lambda x: (
        functional.adaptive_avg_pool2d(x, 3) + functional.adaptive_max_pool2d(x, 3)
    ),
    "max_pool2d": lambda x: functional.max_pool2d(x, 2),
    "max_pool2d of all": lambda x: functional.max_pool2d(x, (4, 8)),
    "adaptive_avg_pool2d": lambda x: functional.adaptive_avg_pool2d(x, 1),
    "adaptive_avg_pool2d 2": lambda x: functional.adaptive_avg_pool2d(x, 2),
    "adaptive_avg_pool1d": lambda x: functional.adaptive_avg_pool1d(x.flatten(2), 1),
    "adaptive_avg_pool3d": lambda x: functional.adaptive_avg_pool3d(x[None], 1),
    "adaptive_max_pool2d": lambda x: functional.adaptive_max_pool2d(x, 1),
    "lp_pool2d": lambda x: functional.lp_pool2d(x, 2, 2),
    "interpolate": lambda x: functional.interpolate(x, scale_factor=2) + functional.interpolate(x, (8, 16)),
    "interpolate bilinear": lambda x: functional.interpolate(x, (5, 5), mode="bilinear", align_corners=True),
    "interpolate by 3": lambda x: functional.interpolate(x, scale_factor=3),
    "interpolate by 4 and less": lambda x: functional.interpolate(x, scale_factor=(4, 0.5)),
    "interpolate by parts": lambda x: functional.interpolate(x, scale_factor=1.3, mode="bilinear"),
    "interpolate exact": lambda x: functional.interpolate(x, (3, 4), mode="nearest-exact"),
    "conv2d": lambda x: functional.conv2d(x, x[:, :, :3, :3], x[0, :2, 0, 0], padding=1),
    "conv2d of padded": lambda x: functional.conv2d(
        functional.pad(x * 2, (1, 2, 1, 0)), x[:, :, :3, :3], padding=(0, 1)
    ),
    "conv2d of patches": lambda x: functional.conv2d(x, x[:, :, :2, :3], stride=(2, 3)),
    "conv2d of one place": lambda x: functional.conv2d(x, x[:, :, :1, :1], x[0, :2, 0, 0], stride=(1, 2)),
    "conv2d of groups": lambda x: functional.conv2d(x, x[0, :, None, :2, :2], stride=2, groups=6),
    "conv2d with gaps": lambda x: functional.conv2d(x, x[:, :, :2, :2], stride=2, dilation=2),
    "conv1d": lambda x: functional.conv1d(x[0], x[0, :4].mT[:, :, :1].reshape(8, 4, 1)),
    "conv_transpose2d": lambda x: functional.conv_transpose2d(functional.pad(x, (1, 1)), x[0, :, None], padding=1),
    "layer_norm": lambda x: functional.layer_norm(x, (8,)),
    "lengths": lambda x: x.norm(dim=(1, 2)) + x.norm() + x.norm(1, dim=(1, 2)) + x.norm(torch.inf, dim=(1, 2)),
    "var_mean": lambda x: torch.var_mean(x, 1)[0] + torch.var_mean(x, (1,), correction=0)[1] + x.std(1),
    "sum of sums": lambda x: (
        x.sum(1).mean(2) + (x.mean(3) * 2 + 1).sum(1) + x.transpose(1, 2).sum(3)[:, ::2].sum(1, True)[..., :1, None]
    ),
    "sum of stacks": lambda x: (
        torch.stack([x, x.relu(), x * 2], 1).sum(1) + torch.stack(x.unbind(1), 1)[:, :1].sum(1, True)
    ),
    "softmax by hand over another": lambda x: x.exp() / x.exp().sum(2, keepdim=True) + x.exp() / x.exp().sum(),
    "softmax of shifted": lambda x: (x - x.amax(1, True) + 2).softmax(1) + (x - x.amax(1, True)).softmax(2),
    "softmax of masked": lambda x: (x @ x.mT + torch.full((4, 4), -torch.inf).triu(1)).softmax(-1),
    "softmax of two masks": lambda x: (
        x + (m := torch.full((8,), -torch.inf).where(torch.arange(8) > 4, 0.0)) + m
    ).softmax(-1),
    "exp of log_softmax": lambda x: x.log_softmax(1).flatten(1).exp() + x.log_softmax(1)[:, 2:].exp().sum(),
    "slopes": lambda x: torch.where(x > 0, x, x * -2) + torch.where(-3 * x >= 0, 2 * x, -x) + torch.where(x < 0, 0, x),
    "bounds": lambda x: (
        x.clamp(0.2, 3).clamp(-1, 0.5) + x.clamp(1, 2).clamp(-1, 0) + torch.minimum(x, torch.tensor(0.3))
    ),
    "tables of two numbers": lambda x: (
        x * torch.tensor([0.5, 2.0] * 4) + torch.eye(8)[:4] + (torch.eye(80)[:4, 4:12] > 0)
    ),
    "layer_norm 2": lambda x: functional.layer_norm(x, (4, 8), x[0, 0], x[1, 1], 1e-3),
    "rms_norm": lambda x: functional.rms_norm(x, (8,), x[0, 0, 0], 1e-3),
    "rms_norm no eps": lambda x: functional.rms_norm(x, (8,)),
    "group_norm with weights": lambda x: functional.group_norm(x, 2, x[0, :, 0, 0], x[1, :, 0, 0], 1e-3),
    "group_norm of rows": lambda x: functional.group_norm(x[:, :, 0, 0], 3),
    "group_norm": lambda x: functional.group_norm(x, 3),
    "instance_norm": functional.instance_norm,
    "batch_norm": lambda x: functional.batch_norm(x, x[0, :, 0, 0], x[0, :, 0, 0].exp()),
    "local_response_norm": lambda x: functional.local_response_norm(x, 3),
    "cosine_similarity": lambda x: functional.cosine_similarity(x, x.roll(1, 1), 1),
    # products of matrices
    "matmul": lambda x: x @ x.transpose(-1, -2),
    "matmul scaled": lambda x: (x * 3) @ (x.transpose(-1, -2) * 0.5),
    "matmul vector": lambda x: x @ x[0, 0, 0],
    "vector matmul": lambda x: x[0, 0, 0] @ x[0, 1].T,
    "dot": lambda x: x[0, 0, 0] @ x[0, 0, 1],
    "outer": lambda x: torch.outer(x[0, 0, 0], x[0, 1, 1]),
    "bmm": lambda x: torch.bmm(x[0], x[1].mT),
    "mm": lambda x: torch.mm(x[0, 0], x[0, 1].t()),
    "matmul broadcast": lambda x: x @ x[0, 0].T,
    "matmul of transposed": lambda x: x.transpose(1, 2) @ x.transpose(1, 2).mT,
    "matmul of slices": lambda x: x[:, ::2, :, 1:5] @ x[:, 1::2, :, 2:6].mT,
    "matmul of sums": lambda x: (x * 2 + 3) @ (x * 4 + 1).mT,
    "linear of one place": lambda x: functional.linear(x[:, 0], x[0, 0]),
    "linear of each second": lambda x: functional.linear(x[:, ::2], x[0, 0], x[0, 0, :, 0]),
    "linear of permuted": lambda x: functional.linear(x.permute(2, 0, 1, 3), x[0, 0]),
    "linear of windows": lambda x: functional.linear(x.view(2, 6, 2, 2, 8).transpose(1, 3).reshape(-1, 8), x[0, 0]),
    "linear of channels last": lambda x: functional.linear(x.permute(0, 2, 3, 1), x[0, :3, :2].reshape(-1, 6)),
    "linear of vector": lambda x: functional.linear(x[0, 0, 0], x[0, 0], x[0, 0, :, 1]),
    "linear of expanded": lambda x: functional.linear(x[:, :1].expand(-1, 3, -1, -1), x[0, 0]),
    "addmm": lambda x: torch.addmm(x[0, 0, :, :4], x[0, 0], x[0, 1].T, beta=0.5, alpha=3),
    "addmm beta 0": lambda x: torch.addmm(x[0, 0, :, :4] / 0, x[0, 0], x[0, 1].T, beta=0),
    "baddbmm": lambda x: torch.baddbmm(x[0, ..., :4], x[0], x[1].mT, beta=2, alpha=0.25),
    "einsum": lambda x: torch.einsum("bchw,bcxw->bhxc", x, x.relu()),
    "einsum sum": lambda x: torch.einsum("bchw,bcxy->bc", x, x.relu()),
    "einsum three": lambda x: torch.einsum("bchw,bc,hw->bch", x, x[:, :, 0, 0], x[0, 0]),
    "attention": lambda x: functional.scaled_dot_product_attention(x, x.relu(), x.tanh()),
    "attention causal": lambda x: functional.scaled_dot_product_attention(x, x, x, is_causal=True),
    "attention mask": lambda x: functional.scaled_dot_product_attention(x, x, x, attn_mask=x[0, 0, :, :4]),
    "attention bool": lambda x: functional.scaled_dot_product_attention(x, x, x, attn_mask=x[0, 0, :, :4] > -1),
    "attention groups": lambda x: functional.scaled_dot_product_attention(
        x, x[:, :2], x[:, 2:4], enable_gqa=True, scale=0.3
    ),
    "matmul of nothing": lambda x: x[:, :, :0] @ x.mT + (x[..., :0] @ x[..., :0].mT).sum(),
    # in place
    "relu in place": lambda x: (y := x * 2, functional.relu(y, inplace=True), y)[-1],
    "in place on select": lambda x: (y := x * 2, y[:, 0].fill_(3), y)[-1],
    "in place on another": lambda x: (y := x * 2, y[:, 1].fill_(3), y)[-1],
    "in place on slices": lambda x: (y := x * 2, y[:, ::2, 1:].add_(1), y[..., 3].mul_(2), y)[-1],
    "in place on base": lambda x: (y := x * 2, z := y[:, 1], y.mul_(3), z + y[:, 0])[-1],
    "in place on neighbour": lambda x: (y := x * 2, a := y[:, :3], b := y[:, 2:], a.mul_(3), b)[-1],
    "in place on transposed": lambda x: (y := x * 2, z := y.transpose(1, 3), z[:, 2].zero_(), y + 1)[-1],
    "in place on view": lambda x: (y := x * 2, y.view(2, -1)[:, 5:9].fill_(1), y.flatten(1))[-1],
    "copy into part": lambda x: (y := x * 2, y[:, 2:4].copy_(x[:, :1]), y)[-1],
    "copy into another type": lambda x: (y := x[:, :2].int(), y.copy_(x[:, 2:4] * 3), y.double())[-1],
    "set item": lambda x: (y := x * 2, y.__setitem__((slice(None), 3), x[:, 0]), y)[-1],
    "set by mask": lambda x: (y := x * 2, y.__setitem__(x > 0, 0.5), y)[-1],
    "in place on chunk": lambda x: (y := x * 2, a := y.chunk(2, 1), a[1].sigmoid_(), a[0] * y[:, 3:])[-1],
    "in place twice": lambda x: (y := x * 2, y[0].add_(1), y[1].sub_(1), y[0].mul_(2), y)[-1],
    "write in expanded clone": lambda x: (y := x[:, :1].expand(2, 6, 4, 8).clone(), y[:, 1].fill_(2), y)[-1],
    "index_put": lambda x: torch.index_put(x, (torch.tensor([0, 1]), torch.tensor([3, 2])), x[0, :2] * 2),
    # by places
    "index": lambda x: x[:, [2, 0, 1]] + x[:, torch.tensor([1, 1, 3])],
    "slices behind each other": lambda x: (
        torch.cat([x[:, 2:3], x[:, 3:], x[:, :2]], 1) + torch.cat([x[:, :1], x[:, 1:]], 1)
    ),
    "slices of functions": lambda x: (
        torch.cat([x.tanh()[:, 4:], x.tanh()[:, :4]], 1) + torch.cat([x[:, 1:], x[:, :1]], 1)
    ),
    "again and again": lambda x: (
        torch.cat([x, x, x], 2).repeat(2, 1, 1, 3)[:2, ..., ::5] + x.repeat(1, 1, 3, 1)[..., :1]
    ),
    "windows of slices": lambda x: torch.cat([x.tanh()[..., i::2, j::2] for j in (0, 1) for i in (0, 1)], 1),
    "places in several dimensions": lambda x: x[:, torch.tensor([[1, -1], [0, 2]])] + x[torch.tensor([0, 1]), 0].sum(),
    "places that come in": lambda x: x[:, x[0, :, 0, 0].argsort()] + x.index_select(1, x[0, :, 0, 0].argsort()),
    "one place": lambda x: x.gather(1, torch.full((2, 3, 2, 8), 4)),
    "index_select": lambda x: x.index_select(1, torch.tensor([5, 0])),
    "gather": lambda x: x.gather(1, x.argsort(1)),
    "take_along_dim": lambda x: torch.take_along_dim(x, x.argmax(1, keepdim=True), 1),
    "scatter": lambda x: torch.zeros_like(x).scatter(1, x.argsort(1), x),
    "embedding": lambda x: functional.embedding(x.argmax(1), x[0, :, 0]),
    "one hot": lambda x: functional.one_hot(x.argmax(1), 6).double() @ x[0, :, 0],
    "complex": lambda x: torch.view_as_real(
        torch.view_as_complex(x.view(2, 6, 4, 4, 2)) * torch.polar(x[..., :4].abs(), x[..., 4:])
    ),
    "fft": lambda x: torch.fft.rfft2(x).abs() ** 2,
    "size of complex": lambda x: (torch.view_as_complex(x.view(2, 6, 4, 4, 2)) ** 2).abs() ** 0.5,
    # outputs
    "two outputs": lambda x: (x + 1, x.relu()),
    "one output twice": lambda x: {"a": x + 1, "b": [x.sum(), x[0]]},
}
#: of whole numbers (2, 6) between -9 and 8
OF_WHOLE: Final[dict[str, Function]] = {
    "add": lambda i: i + i * 2 + 1,
    "by numbers": lambda i: (i + 0.5) * 2 - i / 3,
    "floor division": lambda i: i // 2 + i % 3 + torch.div(i, 3, rounding_mode="trunc"),
    "division": lambda i: i / 4,
    "bits": lambda i: ~i + (i & 3) + (i | 4) + (i ^ 5) + (i << 1) + (i >> 1),
    "not": lambda i: torch.logical_not(i).long() + (~(i > 0)).long(),
    "power": lambda i: i**3 - i.square(),
    "root": lambda i: (i**2) ** 0.5,
    "mean": lambda i: i.double().mean(1) + i.sum(1),
    "large": lambda i: (i + 2**40 + 1) - 2**40,
    "narrow": lambda i: (i.to(torch.int8) * 100 + i.to(torch.uint8)).double() / 2,
    "clamp": lambda i: i.clamp(min=0) + i.clamp(0.5),
    "as places": lambda i: (i.clamp(0, 1) == 1).long()[i.abs()[0, :2] % 2],
    "ones as places": lambda i: i.double()[torch.ones_like(i)[:, :2]],
    "ones as mask": lambda i: i.double()[:, :2][torch.ones_like(i)[:, :2].bool()],
    "cumsum of mask": lambda i: (i != 0).cumsum(1) * (i != 0),
    "one by one": lambda i: (i.unsqueeze(1) - i.unsqueeze(2)).clamp(-3, 3) + 3,
    "embedding": lambda i: functional.embedding(i.abs() % 4, torch.eye(4)),
    "fill": lambda i: (j := i.clone(), j.fill_(2), i + j)[-1] + i.new_full((6,), 3),
    "where": lambda i: torch.where(i > 0, i, -1),
}
#: of bytes (2, 6)
OF_BYTES: Final[dict[str, Function]] = {
    "wraps": lambda u: (u + 200 + 100).double() / 2,
    "wraps down": lambda u: (u - 200).double() * 2 + (-u).double(),
    "product wraps": lambda u: (u * u * 3).double(),
    "normalized": lambda u: (u / 255 - 0.5) / 0.25,
    "as float": lambda u: u.double() / 255 + u.float() * 2,
    "sum": lambda u: u.sum(1) + u.long().sum(1),
    "square": lambda u: (u**2).double() + u.square().double(),
    "bits": lambda u: (~u).double(),
    "to sign": lambda u: u.to(torch.int8).double(),
    "cumsum": lambda u: u.cumsum(1) + u.cumsum(1, dtype=torch.uint8),
}
#: of two maps
OF_TWO: Final[dict[str, Function]] = {
    "sub": lambda x, y: x - y,
    "sub swapped": lambda x, y: y - x,
    "div swapped": lambda x, y: y / x,
    "matmul": lambda x, y: x @ y.mT - y @ x.mT,
    "cross": lambda x, y: torch.einsum("bchw,bdhw->bcd", x, y).softmax(-1) @ y.flatten(2),
    "lerp": lambda x, y: torch.lerp(x, y, y.sigmoid()),
    "atan2": lambda x, y: torch.atan2(x, y) + torch.fmod(x, y),
    "bilinear": lambda x, y: torch.einsum("bchw,bchx->bcwx", x, y),
    "cat of both": lambda x, y: torch.cat([x[:, :3], y[:, 3:]], 1),
    "cdist": lambda x, y: torch.cdist(x[0], y[0]),
    "greater": lambda x, y: (x > y).double() - (x <= y).double() + (y >= x).double(),
}


@pytest.fixture(autouse=True)
def _in_double() -> Iterator[None]:
    """What is made of whole numbers is as exact as the maps."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", OF_MAP)
def test_of_a_map(name: str) -> None:
    _agrees(OF_MAP[name], _map())


@pytest.mark.parametrize("name", OF_WHOLE)
def test_of_whole_numbers(name: str) -> None:
    _agrees(OF_WHOLE[name], _whole())


@pytest.mark.parametrize("name", OF_BYTES)
def test_of_bytes(name: str) -> None:
    _agrees(OF_BYTES[name], _bytes())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", OF_TWO)
def test_of_two_maps(name: str) -> None:
    _agrees(OF_TWO[name], _map(), _other())


def _agrees(function: Function, *given: Tensor) -> None:
    graph = Graph()
    assert mismatches(graph, traced(Runs(function), given, graph)) == []
