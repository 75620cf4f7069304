"""Layers of other libraries that no class of torch resembles: layer scale, response norms, rotary embeddings.

They print nothing of what they hold, so little more than their shapes is known.
"""

from __future__ import annotations

from archdiff.model.network import UNKNOWN
from archdiff.semantics.kinds import Field, Kind, not_printed

#: a number for each channel that comes in
_AS_WIDE_AS_THE_INPUT = not_printed("channels")

KINDS = (
    Kind(  # x * gamma, a factor for each channel
        name="layer_scale",
        classes={"LayerScale": {}, "*LayerScale": {}},
        parameters=_AS_WIDE_AS_THE_INPUT,
        state=None,  # `gamma` in timm, `lambda1` in transformers
    ),
    Kind(  # the same, where channels are the first dimension
        name="layer_scale_2d",
        classes={"LayerScale2d": {}},
        parameters=_AS_WIDE_AS_THE_INPUT,
        state=None,  # `gamma` in timm, `lambda1` in transformers
    ),
    Kind(  # Woo et al. 2023, "ConvNeXt V2"
        name="global_response_norm",
        classes={"GlobalResponseNorm": {}, "GRN": {}, "*GRN": {}},
        parameters=_AS_WIDE_AS_THE_INPUT,
        state=None,
    ),
    Kind(  # angles for the queries and keys of all layers; base and scaling come from the configuration
        name="rotary_embedding",
        classes={"*RotaryEmbedding": {}},
        fields=(Field("rope_base", UNKNOWN),),
        shape=None,
    ),
)
