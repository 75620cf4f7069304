"""Attention in every form of its projections: addresses `execute.projection_networks:apart`."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

WIDTH = 8
HEADS = 2


class Attention(nn.Module):
    """Of one input; `form` says what is held in one matrix."""

    def __init__(self, form: str) -> None:
        super().__init__()
        for name in form.split():
            setattr(self, name, nn.Linear(WIDTH, len(name) * WIDTH))
        self.form = form
        self.out = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(attended(*torch.cat([getattr(self, name)(x) for name in self.form.split()], -1).chunk(3, -1)))


class ByHead(nn.Module):
    """The same print as `Attention("qkv")`, with rows that stand head by head."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        parts = self.qkv(x).unflatten(-1, (HEADS, 3, -1)).unbind(-2)
        return self.out(attended(*(part.flatten(-2) for part in parts)))


class Held(nn.MultiheadAttention):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x, x, x)[0]


ByHead.__name__ = "Attention"
Held.__name__ = "MultiheadAttention"


def attended(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    heads = [part.unflatten(-1, (HEADS, -1)).transpose(-2, -3) for part in (query, key, value)]
    return scaled_dot_product_attention(*heads).transpose(-2, -3).flatten(-2)


def in_order(*attentions: nn.Module) -> nn.Module:
    return nn.Sequential(*attentions)


def apart() -> nn.Module:
    return in_order(Attention("q k v"), Attention("q k v"))


def first_fused() -> nn.Module:
    return in_order(Attention("qkv"), Attention("q k v"))


def paired_and_fused() -> nn.Module:
    return in_order(Attention("q kv"), Attention("qkv"))


def other_pairs() -> nn.Module:
    return in_order(Attention("qk v"), Attention("q kv"))


def by_head() -> nn.Module:
    return in_order(ByHead(), Attention("q k v"))


def held() -> nn.Module:
    return in_order(Held(WIDTH, HEADS, batch_first=True), Attention("q k v"))
