"""Classes of torch.nn that print their parts: which arguments follow from the parts.

One function a kind, from the printed layer to the arguments it tells; None where the parts are others than torch's, so
that it is another class of that name. What no part tells (heads, where the norm stands) is not guessed here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from archdiff.model.network import Layer, Value
from archdiff.semantics import kinds
from archdiff.semantics.kinds import NotKnown, Settings


@dataclass(frozen=True, slots=True)
class PrintedPart:
    """An argument that is a printed child, or a child of one."""

    path: str  # below the layer that takes it: "layers.0"
    layer: Layer


Argument: TypeAlias = "Value | PrintedPart"
Arguments: TypeAlias = dict[str, Argument]


def arguments(kind: str, layer: Layer) -> Arguments | None:
    """What the printed parts tell of the constructor's arguments."""
    children = {child.name: child for child in layer.children}
    try:
        return _TABLE[kind](children) if kind in _TABLE and len(children) == len(layer.children) else None
    except NotKnown:
        return None


def settings_of(layer: Layer) -> Settings:
    """The settings of a printed layer by name; NotKnown where its class is none of torch's."""
    kind = kinds.find(layer.class_name)
    if kind is None:
        raise NotKnown(layer.class_name)
    return kinds.settings_of(kinds.resolved(layer, kind))


def _attention(children: Mapping[str, Layer]) -> Arguments | None:
    if children.keys() != {"out_proj"}:
        return None
    out = settings_of(children["out_proj"])
    return {"embed_dim": out.int("out_features"), "bias": out["bias"]}


_FEED_FORWARD = ("linear1", "dropout", "linear2")
_ENCODER = ("self_attn", *_FEED_FORWARD, "norm1", "norm2", "dropout1", "dropout2")
_NUMBERED = tuple(f"{name}{number}" for name in ("norm", "dropout") for number in (1, 2, 3))
_DECODER = ("self_attn", "multihead_attn", *_FEED_FORWARD, *_NUMBERED)


def _block(names: tuple[str, ...], children: Mapping[str, Layer]) -> Arguments | None:
    """An activation is a child only where it was given as a module."""
    if tuple(name for name in children if name != "activation") != names:
        return None
    if children["self_attn"].class_name != "MultiheadAttention":
        return None
    first = settings_of(children["linear1"])
    found: Arguments = {
        "d_model": first.int("in_features"),
        "dim_feedforward": first.int("out_features"),
        "dropout": settings_of(children["dropout"])["p"],
        "layer_norm_eps": settings_of(children["norm1"])["eps"],
        "bias": first["bias"],
    }
    if "activation" in children:
        found["activation"] = PrintedPart("activation", children["activation"])
    return found


def _stack(argument: str, class_name: str, children: Mapping[str, Layer]) -> Arguments | None:
    """Copies of one layer, so that all are equal."""
    layers = children["layers"].children if "layers" in children else ()
    first = layers[0] if layers else None
    if first is None or first.class_name != class_name or not children.keys() <= {"layers", "norm"}:
        return None
    if any((layer.settings, layer.children) != (first.settings, first.children) for layer in layers):
        return None
    count = sum(layer.repeat for layer in layers)
    found: Arguments = {argument: PrintedPart(f"layers.{first.name}", first), "num_layers": count}
    return found | ({"norm": PrintedPart("norm", children["norm"])} if "norm" in children else {})


def _transformer(children: Mapping[str, Layer]) -> Arguments | None:
    if children.keys() != {"encoder", "decoder"}:
        return None
    encoder = {child.name: child for child in children["encoder"].children}
    inside = _stack("layer", "TransformerEncoderLayer", encoder)
    layer = inside["layer"] if inside else None
    block = arguments("transformer_encoder_layer", layer.layer) if isinstance(layer, PrintedPart) else None
    if block is None:
        return None
    return {
        "d_model": block["d_model"],
        "custom_encoder": PrintedPart("encoder", children["encoder"]),
        "custom_decoder": PrintedPart("decoder", children["decoder"]),
    }


def _adaptive_softmax(children: Mapping[str, Layer]) -> Arguments | None:
    """The head has a unit for every frequent class and one for every cluster; each tail narrows its input first."""
    if children.keys() != {"head", "tail"} or any(child.repeat != 1 for child in children["tail"].children):
        return None
    head = settings_of(children["head"])
    inputs, tails = head.int("in_features"), children["tail"].children
    if any(len(tail.children) != 2 for tail in tails):
        return None
    cutoffs = [head.int("out_features") - len(tails)]
    for tail in tails:
        cutoffs.append(cutoffs[-1] + settings_of(tail.children[1]).int("out_features"))
    widths = [settings_of(tail.children[0]).int("out_features") for tail in tails]
    found: Arguments = {"in_features": inputs, "n_classes": cutoffs[-1], "cutoffs": tuple(cutoffs[:-1])}
    narrows = _narrows_by(inputs, widths)
    return {**found, "div_value": narrows, "head_bias": head["bias"]} if narrows else None


def _narrows_by(inputs: int, widths: list[int]) -> float | None:
    """A `div_value` with int(inputs // div_value ** (i + 1)) == widths[i]; several do, and make the same module."""
    if not all(0 < width <= inputs for width in widths):
        return None
    most = min((inputs / width) ** (1 / (place + 1)) for place, width in enumerate(widths)) if widths else 4.0
    fits = (4.0, 2.0, round(most), most, most * (1 - 1e-9))  # torch's own default before all
    return next(
        (
            float(value)
            for value in fits
            if value and [int(inputs // value ** (place + 1)) for place in range(len(widths))] == widths
        ),
        None,
    )


def _only_child(argument: str, children: Mapping[str, Layer]) -> Arguments | None:
    """It is this argument, whatever its name."""
    return {argument: PrintedPart(*next(iter(children.items())))} if len(children) == 1 else None


_TABLE: Mapping[str, Callable[[Mapping[str, Layer]], Arguments | None]] = {
    "multihead_attention": _attention,
    "transformer_encoder_layer": partial(_block, _ENCODER),
    "transformer_decoder_layer": partial(_block, _DECODER),
    "transformer_encoder": partial(_stack, "encoder_layer", "TransformerEncoderLayer"),
    "transformer_decoder": partial(_stack, "decoder_layer", "TransformerDecoderLayer"),
    "transformer": _transformer,
    "adaptive_log_softmax_with_loss": _adaptive_softmax,
    "triplet_margin_with_distance_loss": partial(_only_child, "distance_function"),
    "linear_cross_entropy_loss": lambda children: {} if children.keys() == {"linear"} else None,
    "sparse_weights": partial(_only_child, "module"),
    "sparse_weights_2d": partial(_only_child, "module"),
}
