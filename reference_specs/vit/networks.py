"""An Image is Worth 16x16 Words, Table 1, section 3.1 and appendix B.1, as modules.

Names are those of timm, which most ports share. Where the paper is silent the network has what the authors' code has
(google-research/vision_transformer): eps 1e-6 of the layer norms, GELU by its tanh approximation, no dropout of
attention weights.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

RECIPE = """\
Adam (
Parameter Group 0
    betas: (0.9, 0.999)
    lr: 0.003
    weight_decay: 0.3
)
"""

DROPOUT = 0.1
"""Table 3, ImageNet; behind every dense layer but qkv and the head, and behind the positions (appendix B.1)."""

LayerNorm = partial(nn.LayerNorm, eps=1e-6)


class PatchEmbed(nn.Module):
    """Equation 1: patches, each mapped to a vector."""

    def __init__(self, width: int, patch: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, patch, patch)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj(x).flatten(2).transpose(1, 2)


class Attention(nn.Module):
    """Multi-head self-attention: appendix A."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.num_heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.proj_drop = nn.Dropout(DROPOUT)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).unflatten(2, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        x = scaled_dot_product_attention(q, k, v)
        return self.proj_drop(self.proj(x.transpose(1, 2).flatten(2)))


class Mlp(nn.Module):
    """Two layers with a GELU between: section 3.1."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.act = nn.GELU(approximate="tanh")
        self.drop1 = nn.Dropout(DROPOUT)
        self.fc2 = nn.Linear(hidden, width)
        self.drop2 = nn.Dropout(DROPOUT)

    def forward(self, x: Tensor) -> Tensor:
        return self.drop2(self.fc2(self.drop1(self.act(self.fc1(x)))))


class Block(nn.Module):
    """Equations 2 and 3: a norm before each of attention and MLP, a residual connection around both."""

    def __init__(self, width: int, hidden: int, heads: int) -> None:
        super().__init__()
        self.norm1 = LayerNorm(width)
        self.attn = Attention(width, heads)
        self.norm2 = LayerNorm(width)
        self.mlp = Mlp(width, hidden)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class VisionTransformer(nn.Module):
    """Figure 1: a class token before the patches, learned positions, and a linear head on the normed token."""

    def __init__(self, layers: int, width: int, hidden: int, heads: int, patch: int, image: int = 224) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.randn(1, (image // patch) ** 2 + 1, width) * 0.02)
        self.patch_embed = PatchEmbed(width, patch)
        self.pos_drop = nn.Dropout(DROPOUT)
        self.blocks = nn.Sequential(*(Block(width, hidden, heads) for _ in range(layers)))
        self.norm = LayerNorm(width)
        self.head = nn.Linear(width, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch_embed(x)
        x = torch.cat((self.cls_token.expand(len(x), -1, -1), x), dim=1)
        x = self.blocks(self.pos_drop(x + self.pos_embed))
        return self.head(self.norm(x)[:, 0])


NETWORKS = {
    "b_16": partial(VisionTransformer, layers=12, width=768, hidden=3072, heads=12, patch=16),
}
