"""Attention Is All You Need, section 3 and Table 3, as modules.

Names are those of torch's own layers and of its translation tutorial, which most ports share. Norms stand behind the
residual connections, attention has no biases (section 3.2.2) and dropout stands only where section 5.4 has it. Where
the paper is silent the network has what the authors' code has (tensor2tensor, transformer_base_v1): eps 1e-6 of the
norms, no bias before the softmax.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor, nn

RECIPE = """\
Adam (
Parameter Group 0
    betas: (0.9, 0.98)
    eps: 1e-09
)
"""

Layer = TypeVar("Layer", nn.TransformerEncoderLayer, nn.TransformerDecoderLayer)


class TokenEmbedding(nn.Module):
    """Section 3.4: embeddings, multiplied by the root of their width."""

    def __init__(self, tokens: int, width: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.embedding(tokens) * math.sqrt(self.embedding.embedding_dim)


class PositionalEncoding(nn.Module):
    """Section 3.5: sinusoids of geometric wavelengths, added; section 5.4: dropout of the sum."""

    pos_embedding: Tensor

    def __init__(self, width: int, dropout: float, longest: int = 5000) -> None:
        super().__init__()
        angles = torch.arange(longest)[:, None] / 10000 ** (torch.arange(0, width, 2) / width)
        self.register_buffer("pos_embedding", torch.stack((angles.sin(), angles.cos()), -1).flatten(1))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        return self.dropout(x + self.pos_embedding[: x.shape[1]])


class Seq2SeqTransformer(nn.Module):
    """Figure 1: an encoder and a decoder; both embeddings and the layer before the softmax share one weight.

    Args:
        width: d_model.
        hidden: d_ff.
        heads: h.
        dropout: P_drop.
        layers: N.
        tokens: Of the vocabulary that both languages share.
    """

    def __init__(self, width: int, hidden: int, heads: int, dropout: float, layers: int, tokens: int) -> None:
        super().__init__()
        sizes = (width, hidden, heads, dropout)
        self.transformer = nn.Transformer(
            width,
            heads,
            custom_encoder=nn.TransformerEncoder(
                _layer(nn.TransformerEncoderLayer, *sizes), layers, enable_nested_tensor=False
            ),
            custom_decoder=nn.TransformerDecoder(_layer(nn.TransformerDecoderLayer, *sizes), layers),
            batch_first=True,
        )
        self.generator = nn.Linear(width, tokens, bias=False)
        self.src_tok_emb = TokenEmbedding(tokens, width)
        self.tgt_tok_emb = TokenEmbedding(tokens, width)
        self.src_tok_emb.embedding.weight = self.tgt_tok_emb.embedding.weight = self.generator.weight
        self.positional_encoding = PositionalEncoding(width, dropout)

    def forward(self, src: Tensor, tgt: Tensor) -> Tensor:
        earlier = nn.Transformer.generate_square_subsequent_mask(tgt.shape[1], dtype=self.generator.weight.dtype)
        src = self.positional_encoding(self.src_tok_emb(src))
        tgt = self.positional_encoding(self.tgt_tok_emb(tgt))
        return self.generator(self.transformer(src, tgt, tgt_mask=earlier))


def _layer(layer: type[Layer], width: int, hidden: int, heads: int, dropout: float) -> Layer:
    """A layer of section 3.1, with dropout of the outputs of its sub-layers only."""
    made = layer(width, heads, hidden, dropout, layer_norm_eps=1e-6, batch_first=True)
    made.dropout.p = 0.0
    for name, child in made.named_children():
        if isinstance(child, nn.MultiheadAttention):
            setattr(made, name, nn.MultiheadAttention(width, heads, bias=False, batch_first=True))
    return made


NETWORKS = {
    "base": partial(Seq2SeqTransformer, width=512, hidden=2048, heads=8, dropout=0.1, layers=6, tokens=37000),
}
