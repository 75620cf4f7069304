"""Maps of the last dimension: Linear, and Bilinear of two inputs.

Quantized ones (bitsandbytes, torch.ao, GPTQ, AWQ) compute with the same numbers rounded to few bits. Conv1D is a Linear
whose weights lie the other way round (transformers); older ones print nothing.
A SparseWeights around a Linear is merged into it by a rule; DSLinear holds its mask outside the module, so its density
is not in the print. Formulas: torch.nn.Linear and torch.nn.Bilinear.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod

from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import Field, Kind, Misfit, NotKnown, Settings, Shape, StateTensor, Trait, matrix
from archdiff.semantics.kinds._field import DENSITY, WEIGHTS

#: torch printed no bias before 0.4.1, whatever it was
_BIAS = Field("bias", UNKNOWN, likely=True, shift=True)
_INPUT = Field("in_features", aspect="input", also=("nx",))
_OUTPUT = Field("out_features", aspect="width", also=("nf",))
_AWQ: Mapping[str, Value] = {"weights": "few bits", "quantized_as": "AWQ"}
_NOT_PRINTED: Mapping[str, Value] = {"in_features": UNKNOWN, "out_features": UNKNOWN}


def _shape(settings: Settings, x: Shape) -> Shape:
    features = x[-1] if settings.known("in_features") is UNKNOWN and x else settings.int("in_features")
    if not x or x[-1] != features:
        raise Misfit("in_features", features, x[-1] if x else x)
    return (*x[:-1], settings.int("out_features"))


def _weight_rows(settings: Settings) -> tuple[int, int]:
    return settings.int("out_features"), settings.int("in_features")


def _parameters(settings: Settings) -> int:
    rows, inputs = _weight_rows(settings)
    return rows * inputs + (rows if settings["bias"] else 0)


def _macs(settings: Settings, x: Shape, _y: Shape) -> int:
    return prod((*_weight_rows(settings), *x[:-1]))


def _state(settings: Settings) -> Iterator[StateTensor]:
    """Of few bits, each library packs it in its own way."""
    if settings.known("weights") != "full precision" or "weight" in settings:  # torchao prints the tensor
        raise NotKnown("weights")
    yield from matrix("out_features", "in_features")(settings)


KINDS = (
    Kind(
        name="linear",
        classes={
            "Linear": {},
            "LazyLinear": {},
            "NonDynamicallyQuantizableLinear": {},  # the out_proj of MultiheadAttention
            "_LinearWithBias": {},  # the same in torch 1.6 to 1.8
            "FalconLinear": {},
            "DSLinear": {"weight_density": UNKNOWN},
            "Conv1D": {"bias": True, **_NOT_PRINTED},
            "Linear4bit": {"weights": "4 bits", "quantized_as": "bitsandbytes"},
            "Linear8bitLt": {"weights": "8 bits", "quantized_as": "bitsandbytes"},
            "DynamicQuantizedLinear": {"weights": "8 bits", "quantized_as": "torch, dynamically"},
            "QuantizedLinear": {"weights": "8 bits", "quantized_as": "torch, statically", **_NOT_PRINTED},
            "QuantLinear": {"weights": "few bits", "quantized_as": "GPTQ", **_NOT_PRINTED},
            "WQLinear_GEMM": _AWQ,
            "WQLinear_GEMV": _AWQ,
        },
        positional=("in_features", "out_features", "bias"),
        fields=(_INPUT, _OUTPUT, _BIAS, WEIGHTS, DENSITY),
        shape=_shape,
        parameters=_parameters,
        macs=_macs,
        weight_rows=_weight_rows,
        traits=frozenset({Trait.AFFINE_MAP}),
        constructor="torch.nn.Linear",
        state=_state,
        columns=frozenset({"Conv1D"}),
    ),
    Kind(
        name="bilinear",
        classes={"Bilinear": {}},
        positional=("in1_features", "in2_features", "out_features", "bias"),
        fields=(
            Field("in1_features", aspect="input"),
            Field("in2_features", aspect="input"),
            Field("out_features", aspect="width"),
            _BIAS,
        ),
        shape=None,  # of two inputs
        constructor="torch.nn.Bilinear",
        state=matrix("out_features", "in1_features", "in2_features"),
    ),
)
