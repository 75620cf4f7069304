"""Public Transformers that depart from the paper, written from their definitions."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

TOKENS, WIDTH, HIDDEN, HEADS, LAYERS, DROPOUT = 37000, 512, 2048, 8, 6, 0.1


class LayerNorm(nn.Module):
    """Divides by the unbiased deviation, to which eps is added; prints nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.a_2 = nn.Parameter(torch.ones(WIDTH))
        self.b_2 = nn.Parameter(torch.zeros(WIDTH))
        self.eps = 1e-6

    def forward(self, x: Tensor) -> Tensor:
        return self.a_2 * (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + self.eps) + self.b_2


class SublayerConnection(nn.Module):
    """Norm, sub-layer, dropout, and what came in is added."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = LayerNorm()
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, x: Tensor, sublayer: Callable[[Tensor], Tensor]) -> Tensor:
        return x + self.dropout(sublayer(self.norm(x)))


class MultiHeadedAttention(nn.Module):
    """Four linear layers with biases; dropout of the attention weights."""

    def __init__(self) -> None:
        super().__init__()
        self.linears = _clones(nn.Linear(WIDTH, WIDTH), 4)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, query: Tensor, memory: Tensor, mask: Tensor | None = None) -> Tensor:
        inputs = zip(self.linears, (query, memory, memory), strict=False)
        q, k, v = (linear(x).unflatten(2, (HEADS, -1)).transpose(1, 2) for linear, x in inputs)
        scores = q @ k.transpose(-2, -1) / math.sqrt(WIDTH // HEADS)
        if mask is not None:
            scores = scores.masked_fill(mask, -1e9)
        return self.linears[3]((self.dropout(scores.softmax(-1)) @ v).transpose(1, 2).flatten(2))


class PositionwiseFeedForward(nn.Module):
    """Dropout behind the ReLU, which is a function."""

    def __init__(self) -> None:
        super().__init__()
        self.w_1 = nn.Linear(WIDTH, HIDDEN)
        self.w_2 = nn.Linear(HIDDEN, WIDTH)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, x: Tensor) -> Tensor:
        return self.w_2(self.dropout(self.w_1(x).relu()))


class EncoderLayer(nn.Module):
    """Self-attention and feed-forward."""

    def __init__(self) -> None:
        super().__init__()
        self.self_attn = MultiHeadedAttention()
        self.feed_forward = PositionwiseFeedForward()
        self.sublayer = _clones(SublayerConnection(), 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.sublayer[0](x, lambda x: self.self_attn(x, x))
        return self.sublayer[1](x, self.feed_forward)


class DecoderLayer(nn.Module):
    """Self-attention, attention to the encoder, and feed-forward."""

    def __init__(self) -> None:
        super().__init__()
        self.self_attn = MultiHeadedAttention()
        self.src_attn = MultiHeadedAttention()
        self.feed_forward = PositionwiseFeedForward()
        self.sublayer = _clones(SublayerConnection(), 3)

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor) -> Tensor:
        x = self.sublayer[0](x, lambda x: self.self_attn(x, x, mask))
        x = self.sublayer[1](x, lambda x: self.src_attn(x, memory))
        return self.sublayer[2](x, self.feed_forward)


class Encoder(nn.Module):
    """A norm behind all layers."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layers = _clones(layer, LAYERS)
        self.norm = LayerNorm()

    def forward(self, x: Tensor, *others: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x, *others)
        return self.norm(x)


class Decoder(Encoder):
    """The same for the decoder."""


class Embeddings(nn.Module):
    """Of its own for each language."""

    def __init__(self) -> None:
        super().__init__()
        self.lut = nn.Embedding(TOKENS, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return self.lut(x) * math.sqrt(WIDTH)


class PositionalEncoding(nn.Module):
    """As in the paper."""

    pe: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.dropout = nn.Dropout(DROPOUT)
        angles = torch.arange(5000)[:, None] * torch.exp(torch.arange(0, WIDTH, 2) * -(math.log(10000) / WIDTH))
        self.register_buffer("pe", torch.stack((angles.sin(), angles.cos()), -1).flatten(1)[None])

    def forward(self, x: Tensor) -> Tensor:
        return self.dropout(x + self.pe[:, : x.shape[1]])


class Generator(nn.Module):
    """Of a weight of its own, with a bias, and the logarithm of the softmax."""

    def __init__(self) -> None:
        super().__init__()
        self.proj = nn.Linear(WIDTH, TOKENS)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj(x).log_softmax(-1)


class EncoderDecoder(nn.Module):
    """What `make_model(37000, 37000)` of harvardnlp/annotated-transformer makes, with the generator in its forward."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder(EncoderLayer())
        self.decoder = Decoder(DecoderLayer())
        self.src_embed = nn.Sequential(Embeddings(), PositionalEncoding())
        self.tgt_embed = nn.Sequential(Embeddings(), PositionalEncoding())
        self.generator = Generator()

    def forward(self, src: Tensor, tgt: Tensor) -> Tensor:
        later = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool, device=tgt.device).triu(1)
        return self.generator(self.decoder(self.tgt_embed(tgt), self.encoder(self.src_embed(src)), later))


def annotated_transformer() -> nn.Module:
    """harvardnlp/annotated-transformer."""
    return EncoderDecoder()


def marian() -> nn.Module:
    """Marian of transformers at the sizes of the base network, with ReLU and scaled embeddings."""
    from transformers import MarianConfig, MarianMTModel

    sides = {
        f"{side}_{name}": value
        for side in ("encoder", "decoder")
        for name, value in (("layers", LAYERS), ("attention_heads", HEADS), ("ffn_dim", HIDDEN))
    }
    tokens = {"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0}
    return MarianMTModel(
        MarianConfig(
            vocab_size=TOKENS,
            d_model=WIDTH,
            activation_function="relu",
            scale_embedding=True,
            max_position_embeddings=512,
            **sides,
            **tokens,
        )
    )


def _clones(module: nn.Module, number: int) -> nn.ModuleList:
    return nn.ModuleList(copy.deepcopy(module) for _ in range(number))
