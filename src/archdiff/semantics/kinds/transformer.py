"""Transformers as torch.nn builds them out of encoder and decoder layers, which print their own parts.

All that the arguments of these classes decide stands in the printed layers, or is unknown there (attention.py).
"""

from __future__ import annotations

from archdiff.semantics.kinds import Kind, Trait

KINDS = (
    Kind(
        name="transformer_encoder",
        classes={"TransformerEncoder": {}},
        traits=frozenset({Trait.SEQUENTIAL}),  # the layers, then the norm where there is one
        constructor="torch.nn.TransformerEncoder",
        parts=frozenset({"layers", "norm"}),
    ),
    Kind(
        name="transformer_decoder",
        classes={"TransformerDecoder": {}},
        shape=None,  # of two inputs: each layer takes what the encoder gave, too
        constructor="torch.nn.TransformerDecoder",
        parts=frozenset({"layers", "norm"}),
    ),
    Kind(
        name="transformer",
        classes={"Transformer": {}},
        shape=None,  # of two inputs
        constructor="torch.nn.Transformer",
        parts=frozenset({"encoder", "decoder"}),
    ),
)
