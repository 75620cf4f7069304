"""Tables of what the constructors of some classes need that their prints and kinds do not say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from archdiff.model.network import Value

#: the module with the layers of other libraries that torch has no class for
LIBRARY: Final = "archdiff.execute.library"

SEQUENTIAL: Final = "torch.nn.Sequential"
#: classes of archdiff.execute.building.stand_ins: have their children and no forward
HOLDS: Final = "Holds"
LIST_HOLDS: Final = "ListHolds"
#: run their children in printed order; the second folds equal ones when printed
IN_ORDER: Final = "InOrder"
LIST_IN_ORDER: Final = "ListInOrder"
DICT_IN_ORDER: Final = "DictInOrder"

#: how a class is derived under its printed name: prints its settings; has no forward that a print holds; runs its
#: children behind it, printed as such or as settings, or before it
PRINTED: Final = "AsPrinted"
NO_FORWARD: Final = "NoForward"
LEADS: Final = "Leads"
ONE_LINE: Final = "OneLine"
FOLLOWS: Final = "Follows"

HOLDERS: Final = {"Sequential": SEQUENTIAL, "ModuleList": LIST_IN_ORDER, "ModuleDict": DICT_IN_ORDER}
#: the same where nothing is known of what runs their children
ONLY_HOLDERS: Final = {"ModuleList": "torch.nn.ModuleList", "ModuleDict": "torch.nn.ModuleDict"}
PARAMETERS: Final = {"ParameterList": "torch.nn.ParameterList", "ParameterDict": "torch.nn.ParameterDict"}

#: data types as parameters print them, with the names that torch has for them today
_OLD: Final = {"Double": "float64", "Float": "float32", "Half": "float16", "BFloat16": "bfloat16", "Long": "int64"}
DTYPES: Final = {
    **{f"torch.{name}": name for name in _OLD.values()},
    **{f"torch.{place}{old}Tensor": name for place in ("", "cuda.") for old, name in _OLD.items()},
}

#: classes of torch.nn that share their kind with another one
OWN: Final = {
    *(f"Lazy{name}{dims}d" for name in ("Conv", "ConvTranspose", "BatchNorm", "InstanceNorm") for dims in (1, 2, 3)),
    *(f"ZeroPad{dims}d" for dims in (1, 2, 3)),
    *("LazyLinear", "SyncBatchNorm", "NLLLoss2d", "UpsamplingNearest2d", "UpsamplingBilinear2d"),
}
ELSEWHERE: Final = {
    "DSLinear": "archdiff.nn.DSLinear",
    "DSConv2d": "archdiff.nn.DSConv2d",
    "NonDynamicallyQuantizableLinear": "torch.nn.modules.linear.NonDynamicallyQuantizableLinear",
    "Conv1D": f"{LIBRARY}.TransposedLinear",
}

#: implied by a class of another library, taken by no constructor of torch
BEYOND: Final = {"frozen", "standardized", "synchronised", "weight_density", "weights"}
#: settings that a class prints and sets itself
FIXED: Final = {"UpsamplingNearest2d": ("mode",), "UpsamplingBilinear2d": ("mode",)}
#: what a constructor cannot do without and a class prints only where it is not so
ALSO: Final[Mapping[str, Mapping[str, Value]]] = {"RNNCellBase": {"bias": True}}
#: where old prints hold nothing and torch would still choose by the number of dimensions, with a warning
USUAL: Final = {"softmax": "dim", "log_softmax": "dim", "softmin": "dim"}
#: constructors that begin with something that is never printed, so that a position says nothing
BY_NAME: Final = ("RNNBase", "Lazy")
#: a part that is printed unless it is a function
HOLD_FUNCTIONS: Final = {"triplet_margin_with_distance_loss": "distance_function"}
#: as LayerNorm printed its shape before torch 1.2
SIZE: Final = re.compile(r"torch\.Size\(\[(\d{1,18}(?:, ?\d{1,18})*)\]\)", re.ASCII)
#: kinds of layers that take several inputs, of which a print connects none
SEVERAL_INPUTS: Final = {
    *("multihead_attention", "transformer_decoder_layer", "transformer_decoder", "transformer"),
    *("bilinear", "cosine_similarity", "pairwise_distance"),
}
#: loops that a number in the text could make endless
MOST: Final = {"num_layers": 10_000}
