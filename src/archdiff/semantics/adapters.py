"""The adapters that PEFT puts around a layer, read from the parts that it prints.

    (q_proj): lora.Linear(
      (base_layer): Linear(in_features=64, out_features=64, bias=False)
      (lora_A): ModuleDict(
        (default): Linear(in_features=64, out_features=8, bias=False)
      )
      (lora_B): ModuleDict(...)
    )

Everything printed is kept: as method, rank, dropout and bias where the sizes are those that follow from the layer and
the rank, else word for word as `parts`. Knows one layer at a time. Must not decide what a difference is worth.
Sources: Hu et al. 2021 (LoRA), Liu et al. 2024 (DoRA), Zhang et al. 2023 (AdaLoRA), Hyeon-Woo et al. 2022 (LoHa),
Kopiczko et al. 2024 (VeRA), Liu et al. 2022 (IA3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from math import prod
from typing import Final, NamedTuple

from archdiff.model.network import UNKNOWN, Layer, Setting, Value
from archdiff.semantics import kinds

BASE: Final = "base_layer"
#: a size in terms of the layer: "outputs", "inputs", "rank", or a number
_Sizes = tuple[str | int, ...]


class _Method(NamedTuple):
    """How one method prints its adapter."""

    name: str
    sign: str  # a part that only this method has
    sizes: Mapping[str, _Sizes] = {}  # of parts, where they follow from the layer and the rank


_METHODS: Final = (
    _Method(
        "AdaLoRA",
        "lora_E",
        {"lora_A": ("rank", "inputs"), "lora_B": ("outputs", "rank"), "lora_E": ("rank", 1), "ranknum": (1,)},
    ),
    _Method("LoRA", "lora_A", {"lora_A": ("rank", "inputs"), "lora_B": ("outputs", "rank")}),
    _Method(
        "LoRA",
        "lora_embedding_A",
        {"lora_embedding_A": ("rank", "inputs"), "lora_embedding_B": ("outputs", "rank")},
    ),
    _Method(
        "LoHa",
        "hada_w1_a",
        {
            "hada_w1_a": ("outputs", "rank"),
            "hada_w1_b": ("rank", "inputs"),
            "hada_w2_a": ("outputs", "rank"),
            "hada_w2_b": ("rank", "inputs"),
        },
    ),
    _Method("LoKr", "lokr_w1"),
    _Method("LoKr", "lokr_w1_a"),
    _Method(
        "VeRA",
        "vera_lambda_b",
        {
            "vera_lambda_b": ("outputs",),
            "vera_lambda_d": ("rank",),
            "vera_A": ("rank", "inputs"),
            "vera_B": ("outputs", "rank"),
        },
    ),
    _Method("HRA", "hra_u", {"hra_u": ("inputs", "rank")}),
    _Method("IA3", "ia3_l", {"ia3_l": ("outputs", 1)}),
    _Method("OFT", "oft_R"),
    _Method("BOFT", "boft_R"),
    _Method("FourierFT", "fourierft_spectrum"),
    _Method("VB-LoRA", "vblora_logits_A"),
)
#: the magnitude vector that makes DoRA of LoRA
_MAGNITUDE: Final = "lora_magnitude_vector"
_FAMILY: Final = frozenset({"LoRA", "DoRA", "AdaLoRA"})
#: what scales an adapter and is not printed, as the attribute of the layer that holds it
_SCALED_BY: Final = {"LoRA": "lora_alpha", "DoRA": "lora_alpha", "AdaLoRA": "lora_alpha", "LoHa": "scaling"} | {
    "LoKr": "scaling"
}


#: parts that the adapters of all layers share; VeRA and VB-LoRA print them once more beside the network
SHARED: Final = frozenset({"vera_A", "vera_B", "vblora_vector_bank"})
#: parts of an adapter that older PEFT printed into the layer itself
_INTO: Final = "lora_"
#: LN tuning trains a copy of the layer, which is no adapter beside it
_COPIES: Final = "ln_tuning_layers"


class Adapter(NamedTuple):
    """One adapter of one layer."""

    name: str  # "" where older PEFT printed none
    method: str
    rank: Value = UNKNOWN
    dropout: Value = 0.0
    bias: bool = False
    parts: tuple[str, ...] = ()  # what is printed and does not follow from the layer and the rank
    numbers: Value = 0  # trainable ones; UNKNOWN where they are not printed
    data_type: str = ""  # of its parameters, where it is printed


def unwrapped(layer: Layer) -> tuple[Layer, tuple[Adapter, ...]] | None:
    """The layer that PEFT wrapped, and its adapters in printed order.

    Args:
        layer: with children in normal form.

    Returns:
        None where it is no wrapper of PEFT, or prints what is not understood.
    """
    first = layer.children[0].name if layer.children else ""
    inside = first == BASE
    if not (inside or first.startswith(_INTO)) or any(child.name == _COPIES for child in layer.children):
        return None
    base = layer.children[0] if inside else layer._replace(children=())
    parts = layer.children[1:] if inside else layer.children
    kind = kinds.by_name().get(base.kind)
    if kind is None or kind.traits & kinds.CONTAINERS or not parts or not (inside or _printed_into(parts)):
        return None
    if inside and layer.settings and not set(layer.settings) <= set(base.settings):
        return None  # some wrappers print the settings of what they wrap once more, and no others
    if any(setting.name == "adapter" for setting in base.settings):
        return None  # an adapter around an adapter
    entries = _by_adapter(parts)
    if not entries:
        return None
    found = [_adapter(layer, base, name, printed) for name, printed in entries.items()]
    adapters = tuple(adapter for adapter in found if adapter is not None)
    return (base, adapters) if len(adapters) == len(found) else None


def settings(adapters: tuple[Adapter, ...]) -> Iterator[Setting]:
    """The settings of a layer with these adapters: one value for one adapter, `8 and 4` for two."""
    yield Setting("adapter", _methods(adapters), "")
    prefix = "lora" if all(adapter.method in _FAMILY for adapter in adapters) else "adapter"
    if any(adapter.rank is not UNKNOWN for adapter in adapters):
        yield _each(f"{prefix}_rank", [adapter.rank for adapter in adapters])
    yield _each(f"{prefix}_dropout", [adapter.dropout for adapter in adapters])
    if prefix == "lora":
        yield _each("lora_bias", [adapter.bias for adapter in adapters])
    if any(adapter.data_type not in ("", "FloatTensor") for adapter in adapters):
        yield _each(f"{prefix}_dtype", [adapter.data_type for adapter in adapters])
    if any(adapter.parts for adapter in adapters):
        yield _each(f"{prefix}_parts", ["; ".join(adapter.parts) for adapter in adapters])
    for name in dict.fromkeys(_SCALED_BY[each.method] for each in adapters if each.method in _SCALED_BY):
        yield Setting(name, UNKNOWN)
    if any(adapter.name for adapter in adapters):
        yield _each("adapter_name", [adapter.name for adapter in adapters])
    if len(adapters) > 1:
        yield Setting("active_adapter", UNKNOWN)
    numbers = [adapter.numbers for adapter in adapters]
    yield Setting("adapter_parameters", _sum(numbers))


def _sum(numbers: list[Value]) -> Value:
    """UNKNOWN where one of them is."""
    known = [number for number in numbers if isinstance(number, int)]
    return sum(known) if len(known) == len(numbers) else UNKNOWN


def _each(name: str, values: list[Value]) -> Setting:
    value = values[0] if len(values) == 1 else " and ".join(map(str, values))
    return Setting(name, value, f"{name} {value}")


def _methods(adapters: tuple[Adapter, ...]) -> str:
    """`LoRA`, `2 x LoRA`, `DoRA and LoRA`."""
    counts = Counter(adapter.method for adapter in adapters)
    return " and ".join(method if count == 1 else f"{count} x {method}" for method, count in counts.items())


def _printed_into(parts: tuple[Layer, ...]) -> bool:
    """Whether older PEFT printed an adapter into the layer itself."""
    names = {part.name for part in parts}
    return {"lora_A", "lora_B"} <= names and all(name.startswith(_INTO) for name in names)


#: hold a part of each adapter under its name
_HOLDERS: Final = frozenset({"ModuleDict", "ParameterDict", "BufferDict"})


def _by_adapter(parts: tuple[Layer, ...]) -> dict[str, dict[str, Layer]]:
    """Adapter -> name of the part -> what is printed there; nothing where it is no part of an adapter."""
    found: dict[str, dict[str, Layer]] = {}
    for part in parts:
        holds = kinds.bare(part.class_name) in _HOLDERS
        if not holds and part.children:
            return {}
        for name, inner in [(child.name, child) for child in part.children] if holds else [("", part)]:
            if inner.children or inner.repeat > 1:
                return {}
            found.setdefault(name, {})[part.name] = inner
    return found


def _adapter(layer: Layer, base: Layer, name: str, printed: Mapping[str, Layer]) -> Adapter | None:
    method = next((method for method in _METHODS if method.sign in printed), None)
    if method is None:
        library, dot, _ = layer.class_name.rpartition(".")
        if not dot:
            return None
        method = _Method(library.rpartition(".")[2], "")
    known: dict[str, Value] = dict(zip(("outputs", "inputs"), _rows_and_inputs(base), strict=True))
    known["rank"] = _rank_of_convolutions(base, printed)
    convolved = known["rank"] is not UNKNOWN
    dropout: Value = 0.0
    bias, parts = False, []
    for part, inner in printed.items():
        drops = _dropout(inner) if part.endswith("_dropout") else UNKNOWN
        if drops is not UNKNOWN:
            dropout = drops
        elif part == "lora_A" and _has_bias(inner):
            parts.append(f"{part} {_in_words(inner)}")
        elif part == _MAGNITUDE or (convolved and part in ("lora_A", "lora_B")):
            continue
        elif _prints_size_alone(inner) and _fits(method.sizes.get(part), _size(inner), known):
            bias = bias or _has_bias(inner)
        else:
            parts.append(f"{part} {_in_words(inner)}")
    magnitude = _MAGNITUDE in printed
    numbers = [_numbers(inner, base, part) for part, inner in printed.items()]
    return Adapter(
        name,
        "DoRA" if magnitude and method.name == "LoRA" else method.name,
        known["rank"],
        dropout,
        bias,
        tuple(parts),
        _sum(numbers),
        _data_types(printed.values()),
    )


def _rows_and_inputs(base: Layer) -> tuple[Value, Value]:
    """Rows and columns of the weight that is adapted."""
    known = kinds.settings_of(base).known
    if base.kind == "embedding":
        return known("embedding_dim"), known("num_embeddings")
    return known("out_features"), known("in_features")


def _size(part: Layer) -> tuple[Value, ...]:
    """The size of the tensor that a part holds: of a Linear that of its weight; () where it is not printed."""
    if part.kind == "linear":
        known = kinds.settings_of(part).known
        return known("out_features"), known("in_features")
    size = next((setting.value for setting in part.settings if setting.name == "size"), ())
    return size if isinstance(size, tuple) else (size,)


def _fits(expected: _Sizes | None, size: tuple[Value, ...], known: dict[str, Value]) -> bool:
    """Whether a size is as it follows from what is known; what is not known yet is known from here on."""
    if expected is None or len(expected) != len(size):
        return False
    found = dict(known)
    for name, value in zip(expected, size, strict=True):
        if isinstance(name, str) and found[name] is UNKNOWN:
            found[name] = value
        if value != (found[name] if isinstance(name, str) else name):
            return False
    known.update(found)
    return True


def _prints_size_alone(part: Layer) -> bool:
    """Whether nothing is printed of it but its size, a bias, and the data type, which the whole adapter has."""
    return {setting.name for setting in part.settings} <= {"in_features", "out_features", "bias", "size", "dtype"}


def _data_types(parts: Iterable[Layer]) -> str:
    """`FloatTensor`: what is printed of the data types of parameters."""
    printed = [str(setting.value) for part in parts for setting in part.settings if setting.name == "dtype"]
    return " and ".join(dict.fromkeys(text.removeprefix("torch.").removeprefix("cuda.") for text in printed))


def _has_bias(part: Layer) -> bool:
    return part.kind == "linear" and kinds.settings_of(part).known("bias") is True


def _dropout(part: Layer) -> Value:
    """The share that a dropout drops, 0 for an Identity; UNKNOWN where it is neither."""
    if part.kind == "identity":
        return 0.0
    return kinds.settings_of(part).known("p") if part.kind == "dropout" else UNKNOWN


def _rank_of_convolutions(base: Layer, parts: Mapping[str, Layer]) -> Value:
    """The channels between the two convolutions of LoRA.

    UNKNOWN unless the first is the layer's own with so many outputs, and the second a 1x1.
    """
    down, up = parts.get("lora_A"), parts.get("lora_B")
    if down is None or up is None or not base.kind == down.kind == up.kind or not base.kind.startswith("conv"):
        return UNKNOWN
    own, first, second = (kinds.settings_of(layer) for layer in (base, down, up))
    rank, outputs = first.known("out_channels"), own.known("out_channels")
    ones = (1,) * own.kind.spatial
    wanted = (
        (first, {**own.printed, "out_channels": rank, "bias": False}),
        (second, {"in_channels": rank, "out_channels": outputs, "kernel_size": ones, "bias": False}),
    )
    for settings, printed in wanted:
        names = {*settings.printed, *(field.name for field in own.kind.fields)}
        if any(settings.known(name) != kinds.Settings(own.kind, printed).known(name) for name in names):
            return UNKNOWN
    return rank


def _in_words(part: Layer) -> str:
    size = _size(part)
    if part.kind != "linear" and size:
        return "x".join(map(str, size))
    return f"{part.class_name}({', '.join(setting.as_printed for setting in part.settings)})"


def _numbers(part: Layer, base: Layer, name: str) -> Value:
    """How many trainable numbers a part holds."""
    if name == _MAGNITUDE:
        return _rows_and_inputs(base)[0]
    if part.class_name == "Buffer" or part.kind in ("identity", "dropout"):
        return 0
    size = [each for each in _size(part) if isinstance(each, int)]
    if part.kind == "linear" and len(size) == 2:  # where no bias is printed, LoRA has none
        return prod(size) + (size[0] if _has_bias(part) else 0)
    kind = kinds.by_name().get(part.kind)
    if kind is None or not kind.has_parameters or name in SHARED:
        return UNKNOWN
    try:
        return kind.parameters(kinds.settings_of(part))
    except kinds.NotKnown:
        return UNKNOWN
