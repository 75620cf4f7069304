"""Live modules of which the prints are equal: what their forwards do differs, or is spelled in another way."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTH, HEADS, WORDS = 8, 2, 5


class Residual(nn.Module):
    """Two convolutions and what its subclasses do with them."""

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.bn1(self.conv1(x)))
        return self.after(self.bn2(self.conv2(y)), x)

    def after(self, y: Tensor, x: Tensor) -> Tensor:
        return functional.relu(y + x)


class Attention(nn.Module):
    """Heads in plain code."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.proj = nn.Linear(WIDTH, WIDTH)

    def heads(self, x: Tensor) -> tuple[Tensor, ...]:
        batch, words, _ = x.shape
        return self.qkv(x).reshape(batch, words, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4).unbind(0)

    def weights(self, q: Tensor, k: Tensor) -> Tensor:
        return torch.softmax(q @ k.transpose(-2, -1) * (WIDTH // HEADS) ** -0.5, dim=-1)

    def attended(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return self.weights(q, k) @ v

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.heads(x)
        return self.proj(self.attended(q, k, v).transpose(1, 2).reshape(x.shape))


class Block(nn.Module):
    """A block of a transformer, the norms before."""

    def __init__(self, attention: type[nn.Module] = Attention) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH)
        self.attn = attention()
        self.norm2 = nn.LayerNorm(WIDTH)
        self.fc1 = nn.Linear(WIDTH, 2 * WIDTH)
        self.fc2 = nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))

    def mlp(self, x: Tensor) -> Tensor:
        return self.fc2(self.activation(self.fc1(x)))

    def activation(self, x: Tensor) -> Tensor:
        return functional.gelu(x)


def named(name: str, cls: type[nn.Module]) -> type[nn.Module]:
    """The class under the name of another one, so that prints are equal."""
    return type(name, (cls,), {})


def pictures(block: type[nn.Module], cls: type[nn.Module] | None = None) -> nn.Module:
    """Two blocks between convolution and classifier."""
    made = [named("Block", block)() for _ in range(2)]
    return named("Pictures", cls or Pictures)(made)


def words(block: type[nn.Module], attention: type[nn.Module] = Attention) -> nn.Module:
    """Two blocks between embedding and classifier."""
    return Words([named("Block", block)(named("Attention", attention)) for _ in range(2)])


class Pictures(nn.Module):
    def __init__(self, blocks: list[nn.Module]) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, WIDTH, 3, padding=1)
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(WIDTH, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.pooled(self.blocks(self.stem(x))))

    def pooled(self, x: Tensor) -> Tensor:
        return torch.flatten(functional.adaptive_avg_pool2d(x, 1), 1)


class Words(nn.Module):
    def __init__(self, blocks: list[nn.Module]) -> None:
        super().__init__()
        self.embed = nn.Embedding(20, WIDTH)
        self.blocks = nn.ModuleList(blocks)
        self.head = nn.Linear(WIDTH, 20)

    def forward(self, words: Tensor) -> Tensor:
        x = self.embed(words)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


# Other forwards


class WithoutShortcut(Residual):
    def after(self, y: Tensor, x: Tensor) -> Tensor:
        return functional.relu(y)


class WithoutLastRelu(Residual):
    def after(self, y: Tensor, x: Tensor) -> Tensor:
        return y + x


class WithTanh(Residual):
    def after(self, y: Tensor, x: Tensor) -> Tensor:
        return torch.tanh(y + x)


class HalfShortcut(Residual):
    def after(self, y: Tensor, x: Tensor) -> Tensor:
        return functional.relu(y + 0.5 * x)


class PostNorm(Block):
    def forward(self, x: Tensor) -> Tensor:
        x = self.norm1(x + self.attn(x))
        return self.norm2(x + self.mlp(x))


class Parallel(Block):
    def forward(self, x: Tensor) -> Tensor:
        return x + self.attn(self.norm1(x)) + self.mlp(self.norm2(x))


class ReusedNorm(Block):
    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm1(x))


class TanhGelu(Block):
    def activation(self, x: Tensor) -> Tensor:
        return functional.gelu(x, approximate="tanh")


class Causal(Attention):
    def weights(self, q: Tensor, k: Tensor) -> Tensor:
        mask = torch.ones(q.shape[-2], q.shape[-2], dtype=torch.bool).tril().logical_not()
        scores = q @ k.transpose(-2, -1) * (WIDTH // HEADS) ** -0.5
        return torch.softmax(scores.masked_fill(mask, float("-inf")), dim=-1)


class Unscaled(Attention):
    def weights(self, q: Tensor, k: Tensor) -> Tensor:
        return torch.softmax(q @ k.transpose(-2, -1), dim=-1)


class FourHeads(Attention):
    def heads(self, x: Tensor) -> tuple[Tensor, ...]:
        batch, words, _ = x.shape
        return self.qkv(x).reshape(batch, words, 3, 4, WIDTH // 4).permute(2, 0, 3, 1, 4).unbind(0)


# Other words for one forward


class InPlace(Residual):
    def after(self, y: Tensor, x: Tensor) -> Tensor:
        y += x
        return y.relu_()


class Exchanged(Residual):
    def after(self, y: Tensor, x: Tensor) -> Tensor:
        return torch.add(x, y).clamp(min=0)


class MeanPooled(Pictures):
    def pooled(self, x: Tensor) -> Tensor:
        return x.mean(dim=(2, 3))


class Viewed(Pictures):
    def pooled(self, x: Tensor) -> Tensor:
        return functional.avg_pool2d(x, x.shape[-2:]).view(x.size(0), -1)


class Einsum(Attention):
    def attended(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        scores = torch.einsum("bhid,bhjd->bhij", q * (WIDTH // HEADS) ** -0.5, k)
        return torch.einsum("bhij,bhjd->bhid", scores.softmax(dim=3), v)


class Fused(Attention):
    def attended(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return functional.scaled_dot_product_attention(q, k, v)


class Chunked(Attention):
    def heads(self, x: Tensor) -> tuple[Tensor, ...]:
        return tuple(torch.stack(each.chunk(HEADS, dim=-1), dim=1) for each in self.qkv(x).chunk(3, dim=-1))


class HelperMethods(Block):
    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x))

    def first(self, x: Tensor) -> Tensor:
        return self.attn(self.norm1(x)) + x

    def second(self, x: Tensor) -> Tensor:
        y = self.mlp(self.norm2(x))
        return torch.add(y, x)


class GeluByHand(Block):
    def activation(self, x: Tensor) -> Tensor:
        return 0.5 * x * (1.0 + torch.erf(x / 2**0.5))


class Flattened(Block):
    def mlp(self, x: Tensor) -> Tensor:
        rows = x.reshape(-1, x.shape[-1])
        return self.fc2(functional.gelu(self.fc1(rows))).unflatten(0, x.shape[:-1])
