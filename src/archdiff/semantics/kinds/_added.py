"""Settings that a rule adds to a layer of any kind: adapters, trained copies, weights of few bits.

Here and not in the rows of the kinds, since any layer with weights can have an adapter or be quantized. What follows
from another difference names it, so that a layer with an adapter against one without is one difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds._field import DROP_OR_KEEP, Field

if TYPE_CHECKING:
    from archdiff.semantics.kinds._settings import Settings, Shape

#: ways to pack the same numbers
_DENSE: Final = frozenset(
    {
        *("PlainLayout", "TensorCoreTiledLayout", "Int4CPULayout", "Int4XPULayout", "UintxLayout", "QDQLayout"),
        *("MarlinQQQLayout", "CutlassInt4PackedLayout", "PackedLinearInt8DynamicActivationIntxWeightLayout"),
    }
)


def _layout(value: Value, _settings: Settings, _x: Shape | None) -> Value:
    """The `meaning` of a layout: sparse ones drop weights, the others only pack them."""
    name = str(value).partition("(")[0].removesuffix("Type")
    return "dense" if name in _DENSE else value


_UNTRAINED: Final = "equal as long as the adapter was not trained"


def _of_adapter(prefix: str) -> tuple[Field, ...]:
    """What is printed of adapters: a value for one, a tuple of values for several."""
    return (
        Field(f"{prefix}_rank", "irregular", follows="adapter", remark=_UNTRAINED),
        Field(f"{prefix}_dropout", UNKNOWN, Effect.TRAINING, follows="adapter", complement=DROP_OR_KEEP),
        Field(f"{prefix}_dtype", "FloatTensor", follows="adapter", remark="how precise its numbers are"),
        Field(f"{prefix}_parts", "as usual", follows="adapter", remark=_UNTRAINED),
    )


_FIELDS: Final = (
    Field("adapter", "none", remark=_UNTRAINED),
    *_of_adapter("lora"),
    *_of_adapter("adapter"),
    Field("lora_bias", UNKNOWN, follows="adapter", remark=_UNTRAINED),
    Field("adapter_class", "that of its layer", follows="adapter"),
    Field("lora_alpha", 0, follows="adapter"),
    Field("scaling", 0, follows="adapter"),
    Field("active_adapter", "", follows="adapter"),
    Field("adapter_parameters", 0, joint=True, follows="adapter"),  # those beside the layer's own; they follow from it
    Field(
        "trained_copies",
        0,
        Effect.TRAINING,
        remark="the copy under modules_to_save runs and is trained, the original is kept beside it",
    ),
    Field("kept_parameters", 0, joint=True, follows="trained_copies"),  # of the original and further copies
    Field("adapter_name", UNKNOWN, Effect.COSMETIC, joint=True, follows="adapter"),
    Field("copy_name", UNKNOWN, Effect.COSMETIC, joint=True, follows="trained_copies"),
)

#: how weights are rounded, where both sides round them to as many bits by the same means
_QUANTIZED: Final = (
    Field("quantized_as", "by its class", follows="weights"),
    *(
        Field(name, "as usual", follows="quantized_as")
        for name in (
            *("weight_block_size", "weight_range", "weight_zero_point", "weight_qscheme", "weight_activation"),
            *("weight_more", "output_scale", "output_zero_point"),
        )
    ),
    Field("weight_layout", "PlainLayout()", follows="quantized_as", meaning=_layout),
    Field("weight_dtype", "as usual", Effect.EQUIVALENT, follows="quantized_as", remark="how they are stored"),
    Field("weight_device", "", Effect.COSMETIC, follows="quantized_as"),
)

ADDED: Final = {field.name: field for field in (*_FIELDS, *_QUANTIZED)}
