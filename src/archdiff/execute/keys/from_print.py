"""The keys that a print holds: those of layers whose kind is known. Must not import torch.

Bare parameters and buffers of a custom class are in no print, and unknown classes keep their keys to
themselves: those are named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from archdiff.execute.keys.keymap import StoredTensor, transposed
from archdiff.execute.tree import walk_expanded
from archdiff.infer import Sized
from archdiff.model.network import Layer, Network, join
from archdiff.semantics import kinds, rules
from archdiff.semantics.kinds import NotKnown, Shape, Trait


def tensors_of_print(network: Network) -> tuple[tuple[StoredTensor, ...], tuple[str, ...]]:
    """The tensors of a printed network, and the classes of which no print tells any: "LayerScale (12)"."""
    found: list[StoredTensor] = []
    unknown: Counter[str] = Counter()
    for path, layer in walk_expanded(network.root):
        kind = kinds.of_layer(layer)
        if kind is not None and kind.name == "parameter":
            found.append(StoredTensor(path, _size(layer)))
            continue
        try:
            found += _of_layer(path, layer)
        except NotKnown:
            unknown[layer.class_name] += 1
    return tuple(found), tuple(f"{name} ({count})" for name, count in unknown.items())


def columns(network: Network) -> frozenset[str]:
    """Paths of layers that keep their weight as (inputs, outputs)."""
    return frozenset(path for path, layer in walk_expanded(network.root) if kinds.keeps_columns(layer.class_name))


def known_layers(network: Network) -> frozenset[str]:
    """Paths of layers of which it is known what they keep."""
    held = ((path, kinds.of_layer(layer)) for path, layer in walk_expanded(network.root))
    return frozenset(path for path, kind in held if kind is not None and kind.state is not None)


def chains(network: Network) -> frozenset[str]:
    """Paths of containers that run their children one behind the other: no projections of one input are in these."""
    held = ((path, kinds.of_layer(layer)) for path, layer in walk_expanded(network.root))
    return frozenset(path for path, kind in held if kind is not None and Trait.SEQUENTIAL in kind.traits)


def covering(sized: Sized) -> frozenset[str]:
    """Paths of convolutions whose kernel covers the map that comes in, so that they compute one position of all."""
    return frozenset(
        leaf.path
        for leaf in sized.leaves
        if leaf.layer.kind.startswith("conv_") and leaf.kind is not None and leaf.input_shape is not None
        if leaf.settings.known("kernel_size") == leaf.input_shape[1:] and leaf.settings.known("groups") == 1
    )


def _of_layer(path: str, layer: Layer) -> Iterable[StoredTensor]:
    kind = kinds.of_layer(layer)
    if kind is None:
        if not layer.children:
            raise NotKnown(layer.class_name)
        return ()
    if kind.state is None:
        raise NotKnown(layer.class_name)
    settings = kinds.settings_of(_resolved(layer, kind))
    by_columns = kinds.keeps_columns(layer.class_name)
    found = []
    for held in kind.state(settings):
        other_way = by_columns and held.name == "weight"
        shape = transposed(held.shape) if other_way else held.shape
        found.append(StoredTensor(join(path, held.name), shape, held.buffer, held.counts, other_way))
    return found


def _resolved(layer: Layer, kind: kinds.Kind) -> Layer:
    """With named settings; a MultiheadAttention with the width that its output projection has."""
    resolved = kinds.resolved(layer, kind)
    return rules.table()["attention_width"].rewrite(resolved) or resolved


def _size(layer: Layer) -> Shape | None:
    value = next((each.value for each in layer.settings if each.name == "size"), None)
    if isinstance(value, int):
        return (value,)
    sizes = tuple([each for each in value if isinstance(each, int)]) if isinstance(value, tuple) else ()
    return sizes if sizes and sizes == value else None
