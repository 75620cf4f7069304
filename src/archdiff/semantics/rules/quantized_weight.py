"""A layer whose weights are rounded to few bits is that layer, with how they are rounded as settings of its weights.

torchao puts a tensor of its own in the place of the weight of a Linear, and that Linear prints it:

    Linear(in_features=64, out_features=64, weight=AffineQuantizedTensor(shape=torch.Size([64, 64]), block_size=(1, 32),
    device=cpu, _layout=PlainLayout(), tensor_impl_dtype=torch.int8, quant_min=-8, quant_max=7))

torch's own quantized layers print scale, zero point and data type beside the sizes, and hold their packed weights.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.network import NAME, Layer, Setting, Value
from archdiff.semantics import kinds
from archdiff.semantics.rules import Rule, each_child

_KINDS: Final = ("linear", "conv_1d", "conv_2d", "conv_3d", "embedding")
#: keys of a printed tensor, in all versions of torchao -> the setting
_KEYS: Final = {
    "block_size": "weight_block_size",
    "device": "weight_device",
    "_layout": "weight_layout",
    "layout_type": "weight_layout",
    "layout": "weight_layout",
    "tensor_impl_dtype": "weight_dtype",
    "layout_tensor_dtype": "weight_dtype",
    "zero_point_domain": "weight_zero_point",
    "activation": "weight_activation",
}
#: what torch's own quantized layers print -> the setting
_PRINTED: Final = {"dtype": "weight_dtype", "qscheme": "weight_qscheme"} | {
    "scale": "output_scale",
    "zero_point": "output_zero_point",
}
#: one of them is printed by every layer whose weights are rounded
_PRINTS_ONE_OF: Final = frozenset({"weight", "quantized_as"})
_PACKED: Final = "_packed_params"


def _rewrite(layer: Layer) -> Layer | None:
    return _with_quantized(layer) or (None if layer.name else _quantized(layer))


@each_child
def _with_quantized(child: Layer) -> tuple[Layer] | None:
    found = _quantized(child)
    return (found,) if found else None


def _quantized(layer: Layer) -> Layer | None:
    """The layer with the settings of its weights; None where it prints none, or has them already."""
    if layer.kind not in _KINDS or _PRINTS_ONE_OF.isdisjoint(map(NAME, layer.settings)):  # as of nearly all
        return None
    printed = {setting.name: setting for setting in layer.settings}
    if "weight" in printed:
        rounded = _of_tensor(layer, printed["weight"].value)
        if rounded is None:
            return None
        kept = tuple(setting for setting in layer.settings if setting.name != "weight")
        return layer._replace(settings=(*kept, *rounded))
    if "quantized_as" not in printed or "torch" not in str(printed["quantized_as"].value):
        return None
    settings = tuple(map(_renamed, layer.settings))
    children = tuple(child for child in layer.children if child.name != _PACKED or child.children)
    if settings == layer.settings and children == layer.children:
        return None
    if printed.get("dtype", printed["quantized_as"]).value == "torch.float16":
        settings = tuple(each._replace(value="16 bits") if each.name == "weights" else each for each in settings)
    return layer._replace(settings=settings, children=children)


def _renamed(setting: Setting) -> Setting:
    return setting._replace(name=_PRINTED[setting.name]) if setting.name in _PRINTED else setting


def _of_tensor(layer: Layer, weight: Value) -> list[Setting] | None:
    """How the printed tensor rounds; None where it is none of torchao."""
    tensor, values = _parts(str(weight))
    more: dict[str, str] = {}
    while "weight" in values:  # around the tensor is what else is rounded: LinearActivationQuantizedTensor
        inner, deeper = _parts(values.pop("weight"))
        more |= values
        tensor, values = inner, deeper
    values = more | values
    if not tensor.endswith("Tensor"):
        return None
    low, high = (values.pop(name, "None") for name in ("quant_min", "quant_max"))
    dtype = next((values[key] for key in ("tensor_impl_dtype", "layout_tensor_dtype") if key in values), "")
    found = [Setting("weights", _bits(low, high, tensor, dtype), ""), Setting("quantized_as", tensor, "")]
    if (low, high) != ("None", "None"):
        found.append(Setting("weight_range", f"{low} to {high}", f"quant_min={low}, quant_max={high}"))
    found += _settings(layer, values)
    return found


def _settings(layer: Layer, values: Mapping[str, str]) -> Iterator[Setting]:
    known = kinds.settings_of(layer).known
    rows, inputs = known("out_features"), known("in_features")
    blocks = {f"(1, {inputs})": "row", f"({rows}, {inputs})": "tensor"}
    left: list[str] = []
    for key, text in values.items():
        if key == "shape" and text in (f"torch.Size([{rows}, {inputs}])", f"({rows}, {inputs})"):
            continue
        if key not in _KEYS:
            left.append(f"{key}={text}")
            continue
        value: Value = blocks.get(text, text) if key == "block_size" else text
        yield Setting(_KEYS[key], value, f"{key}={text}")
    if left:
        yield Setting("weight_more", ", ".join(left), ", ".join(left))


_NUMBER: Final = re.compile(r"(?:int|float|nf)(\d+)", re.IGNORECASE)


def _bits(low: str, high: str, tensor: str, dtype: str) -> str:
    """`4 bits`: from the range, else from the name of the tensor or its data type."""
    try:
        return f"{(int(high) - int(low)).bit_length()} bits"
    except ValueError:
        named = _NUMBER.search(tensor) or (_NUMBER.search(dtype) if "32" not in dtype else None)
        return f"{named[1]} bits" if named else "few bits"


def _parts(text: str) -> tuple[str, dict[str, str]]:
    """`Name(key=value, ...)` as its name and its values; nothing in the dict where it is no such text."""
    name, opened, rest = text.partition("(")
    if not opened or not rest.endswith(")"):
        return text, {}
    pieces = (piece.partition("=") for piece in _cut(rest[:-1]))
    return name.strip(), {key.strip(): value.strip() for key, equal, value in pieces if equal}


def _cut(text: str) -> Iterator[str]:
    """The pieces between the outermost commas."""
    depth = begin = 0
    for at, character in enumerate(text):
        depth += (character in "([{<") - (character in ")]}>")
        if character == "," and depth == 0:
            yield text[begin:at]
            begin = at + 1
    yield text[begin:]


RULE = Rule(
    name="quantized_weight",
    effect=Effect.COSMETIC,
    finding="",  # compared as settings of the weights
    because="it is the layer with its weights rounded",
    rewrite=_rewrite,
    concerns=lambda kind, below: kind in _KINDS or not below.isdisjoint(_KINDS),
)
