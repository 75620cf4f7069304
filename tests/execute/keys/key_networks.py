"""Networks of two authors that compute the same under other keys: addresses `execute.keys.key_networks:VitA`."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from archdiff.nn import SparseWeights

WIDTH = 12


class Conv1D(nn.Module):
    """As transformers has it: the weight is kept as (inputs, outputs)."""

    def __init__(self, nf: int, nx: int) -> None:
        super().__init__()
        self.nf, self.nx = nf, nx
        self.weight = nn.Parameter(torch.randn(nx, nf))
        self.bias = nn.Parameter(torch.zeros(nf))

    def extra_repr(self) -> str:
        return f"nf={self.nf}, nx={self.nx}"

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight + self.bias


def attended(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | float = 0.0) -> Tensor:
    """Two heads; (batch, words, width) each."""
    q, k, v = (each.unflatten(-1, (2, -1)).transpose(1, 2) for each in (q, k, v))
    weights = (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5 + bias).softmax(-1)
    return (weights @ v).transpose(1, 2).flatten(2)


# Vision transformers: qkv against MultiheadAttention, bare parameters under other names


class AttentionA(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj(attended(*self.qkv(x).chunk(3, -1)))


class BlockA(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH)
        self.attn = AttentionA()
        self.norm2 = nn.LayerNorm(WIDTH)
        self.fc1, self.act, self.fc2 = nn.Linear(WIDTH, 20), nn.GELU(), nn.Linear(20, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.fc2(self.act(self.fc1(self.norm2(x))))


class VitA(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.randn(1, 1, WIDTH))
        self.pos_embed = nn.Parameter(torch.randn(1, 17, WIDTH))
        self.patch_embed = nn.Conv2d(3, WIDTH, 4, 4)
        self.blocks = nn.Sequential(BlockA(), BlockA(), BlockA())
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch_embed(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1) + self.pos_embed
        return self.head(self.norm(self.blocks(x))[:, 0])


class BlockB(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(WIDTH)
        self.self_attention = nn.MultiheadAttention(WIDTH, 2, batch_first=True)
        self.ln_2 = nn.LayerNorm(WIDTH)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 20), nn.GELU(), nn.Dropout(0.1), nn.Linear(20, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        y = self.ln_1(x)
        x = x + self.self_attention(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.ln_2(x))


class EncoderB(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.pos_embedding = nn.Parameter(torch.randn(1, 17, WIDTH))
        self.layers = nn.Sequential(BlockB(), BlockB(), BlockB())
        self.ln = nn.LayerNorm(WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return self.ln(self.layers(x + self.pos_embedding))


class VitB(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv_proj = nn.Conv2d(3, WIDTH, 4, 4)
        self.encoder = EncoderB()
        self.heads = nn.Linear(WIDTH, 5)
        self.class_token = nn.Parameter(torch.randn(1, 1, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv_proj(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.class_token.expand(len(x), -1, -1), x], 1)
        return self.heads(self.encoder(x)[:, 0])


class AttentionC(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj, self.o_proj = (nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        return self.o_proj(attended(self.q_proj(x), self.k_proj(x), self.v_proj(x)))


class BlockC(BlockA):
    """Its attention comes first, as in transformers, so that both norms stand side by side."""

    def __init__(self) -> None:
        nn.Module.__init__(self)
        self.attention = AttentionC()
        self.layernorm_before, self.layernorm_after = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.fc1, self.act, self.fc2 = nn.Linear(WIDTH, 20), nn.GELU(), nn.Linear(20, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.layernorm_before(x))
        return x + self.fc2(self.act(self.fc1(self.layernorm_after(x))))


class VitC(VitA):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.Sequential(BlockC(), BlockC(), BlockC())


# ConvNeXt: a factor for each channel as (width) and as (width, 1, 1)


class NextA(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.randn(width))
        self.conv_dw = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.norm = nn.LayerNorm(width)
        self.fc1, self.act, self.fc2 = nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.conv_dw(x).permute(0, 2, 3, 1))
        return x + self.fc2(self.act(self.fc1(y))).permute(0, 3, 1, 2) * self.gamma.reshape(1, -1, 1, 1)


class NextB(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer_scale = nn.Parameter(torch.randn(width, 1, 1))
        layers = (nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.block = nn.Sequential(nn.Conv2d(width, width, 3, padding=1, groups=width), *layers)

    def forward(self, x: Tensor) -> Tensor:
        y = self.block[1:](self.block[0](x).permute(0, 2, 3, 1))
        return x + y.permute(0, 3, 1, 2) * self.layer_scale


def next_a() -> nn.Module:
    stages = [nn.Sequential(NextA(6), NextA(6)), nn.Conv2d(6, 8, 2, 2), nn.Sequential(NextA(8), NextA(8))]
    return nn.Sequential(nn.Conv2d(3, 6, 4, 4), *stages)


def next_b() -> nn.Module:
    stages = [nn.Sequential(NextB(6), NextB(6)), nn.Conv2d(6, 8, 2, 2), nn.Sequential(NextB(8), NextB(8))]
    return nn.Sequential(nn.Conv2d(3, 6, 4, 4), *stages)


# Swin: a bias table that is indexed by a buffer, kept in one state_dict only; a norm before or behind its reduction


class WindowA(nn.Module):
    persistent, reduction_first = False, True

    def __init__(self) -> None:
        super().__init__()
        self.relative_position_bias_table = nn.Parameter(torch.randn(7, 2))
        index = torch.arange(4)[:, None] - torch.arange(4)[None, :] + 3
        index = index if not self.persistent else index.flatten()
        self.register_buffer("relative_position_index", index, persistent=self.persistent)
        self.qkv, self.proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        if self.reduction_first:
            self.reduction, self.norm = nn.Linear(WIDTH, WIDTH // 2), nn.LayerNorm(WIDTH)
        else:
            self.norm, self.reduction = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, WIDTH // 2)

    def forward(self, x: Tensor) -> Tensor:
        bias = self.relative_position_bias_table[self.relative_position_index.flatten()].view(4, 4, 2).permute(2, 0, 1)
        q, k, v = self.qkv(x).chunk(3, -1)
        return self.reduction(self.norm(self.proj(attended(q, k, v, bias))))


class WindowB(WindowA):
    persistent, reduction_first = True, False


# Bottlenecks: a shortcut behind the layers or before them


def normed(inputs: int, outputs: int, kernel: int, activation: nn.Module) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), activation)


class BottleneckA(nn.Module):
    def __init__(self, inputs: int, shortcut: bool) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, 4, 1, bias=False), nn.BatchNorm2d(4)
        self.conv2, self.bn2 = nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
        self.conv3, self.bn3 = nn.Conv2d(4, 8, 1, bias=False), nn.BatchNorm2d(8)
        self.relu = nn.ReLU()
        if shortcut:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, 8, 1, bias=False), nn.BatchNorm2d(8))

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))))
        other = self.downsample(x) if hasattr(self, "downsample") else x
        return self.relu(self.bn3(self.conv3(y)) + other)


class BottleneckB(nn.Module):
    def __init__(self, inputs: int, shortcut: bool) -> None:
        super().__init__()
        self.shortcut = normed(inputs, 8, 1, nn.Identity()) if shortcut else nn.Identity()
        layers = (normed(inputs, 4, 1, nn.ReLU()), normed(4, 4, 3, nn.ReLU()), normed(4, 8, 1, nn.Identity()))
        self.layer = nn.Sequential(*layers)
        self.activation = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(self.layer(x) + self.shortcut(x))


def bottlenecks_a() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(*(BottleneckA(8 if n else 4, not n) for n in range(3))))


def bottlenecks_b() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(*(BottleneckB(8 if n else 4, not n) for n in range(3))))


# Words: Conv1D against Linear; gate and up in one; a head that is the table of words


class WordsA(nn.Module):
    def __init__(self, linear: type[nn.Module] = Conv1D) -> None:
        super().__init__()
        self.wte = nn.Embedding(11, WIDTH)
        if linear is Conv1D:
            self.c_attn, self.c_proj = Conv1D(3 * WIDTH, WIDTH), Conv1D(WIDTH, WIDTH)
        else:
            self.c_attn, self.c_proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.lm_head = nn.Linear(WIDTH, 11, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.lm_head(self.c_proj(attended(*self.c_attn(self.wte(x)).chunk(3, -1))))


def words_a() -> nn.Module:
    return WordsA()


def words_b() -> nn.Module:
    return WordsA(nn.Linear)


class GatedA(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gate_proj, self.up_proj = nn.Linear(6, 9, bias=False), nn.Linear(6, 9, bias=False)
        self.down_proj = nn.Linear(9, 6, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(functional.silu(self.gate_proj(x)) * self.up_proj(x))


class GatedB(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gate_up_proj, self.down_proj = nn.Linear(6, 18, bias=False), nn.Linear(9, 6, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        gate, up = self.gate_up_proj(x).chunk(2, -1)
        return self.down_proj(functional.silu(gate) * up)


# A kernel that covers its map, and one of size 1, against Linear


def flat_a() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 7, 4), nn.ReLU(), nn.Conv2d(7, 5, 1), nn.Flatten())


def flat_b() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(64, 7), nn.ReLU(), nn.Linear(7, 5))


class PatchesA(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed, self.norm = nn.Conv2d(3, 5, 4, 4), nn.LayerNorm(5)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.embed(x).flatten(2).transpose(1, 2))


class PatchesB(nn.Module):
    """Cuts patches itself, channels last."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.norm = nn.Linear(48, 5), nn.LayerNorm(5)

    def forward(self, x: Tensor) -> Tensor:
        patches = x.unfold(2, 4, 4).unfold(3, 4, 4).permute(0, 2, 3, 4, 5, 1)
        return self.norm(self.embed(patches.flatten(3).flatten(1, 2)))


# Wrapped, with a head of another size, with two parameters that could be either of two


def parallel() -> nn.Module:
    return nn.DataParallel(GatedA())


def masked() -> nn.Module:
    layers = SparseWeights(nn.Linear(6, 6), sparsity=0.5), nn.ReLU(), SparseWeights(nn.Linear(6, 6), sparsity=0.5)
    return nn.Sequential(*layers)


def unmasked() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 6))


def other_head() -> nn.Module:
    made = VitA()
    made.head = nn.Linear(WIDTH, 3)
    return made


class TwoScalesA(nn.Module):
    names = "gamma", "delta"

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)
        for name in self.names:
            setattr(self, name, nn.Parameter(torch.randn(4)))

    def forward(self, x: Tensor) -> Tensor:
        first, second = (getattr(self, name) for name in self.names)
        return self.fc(x * first) * second


class TwoScalesB(TwoScalesA):
    names = "scale_in", "scale_out"


class TwoScalesC(TwoScalesA):
    """The other way round."""

    names = "scale_out", "scale_in"

    def __init__(self) -> None:
        nn.Module.__init__(self)
        self.fc = nn.Linear(4, 4)
        self.scale_in, self.scale_out = nn.Parameter(torch.randn(4)), nn.Parameter(torch.randn(4))


# Three batch norms of one size, the shortcut's before the layers or behind them


class BasicA(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(4, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
        self.conv2, self.bn2 = nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
        self.downsample = nn.Sequential(nn.Conv2d(4, 8, 1, bias=False), nn.BatchNorm2d(8))

    def forward(self, x: Tensor) -> Tensor:
        return (self.bn2(self.conv2(self.bn1(self.conv1(x)).relu())) + self.downsample(x)).relu()


class BasicB(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.shortcut = normed(4, 8, 1, nn.Identity())
        self.layer = nn.Sequential(normed(4, 8, 3, nn.ReLU()), normed(8, 8, 3, nn.Identity()))
        self.activation = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(self.layer(x) + self.shortcut(x))


def basic_a() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(BasicA(), nn.Conv2d(8, 4, 1), BasicA()))


def basic_b() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(BasicB(), nn.Conv2d(8, 4, 1), BasicB()))


class BlockD(BlockC):
    """Both norms side by side, as in CLIP of transformers, under numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.layer_norm1, self.layer_norm2 = self.layernorm_before, self.layernorm_after
        del self.layernorm_before, self.layernorm_after

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.layer_norm1(x))
        return x + self.fc2(self.act(self.fc1(self.layer_norm2(x))))


class VitD(VitA):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.Sequential(BlockD(), BlockD(), BlockD())
