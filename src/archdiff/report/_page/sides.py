"""One network of a page: what is known of it, and its layers as columns. Must not know the other network."""

from __future__ import annotations

from typing import Any

from archdiff.model import places
from archdiff.model.outcome import LayerInfo, NetworkInfo
from archdiff.model.wording import size
from archdiff.report._page.packed import Interned, deltas, finite, shown, shown_path

#: parameters, those that are not zero, MACs, three densities, n, k, k in inference; None is not known
_Detail = tuple[float | None, ...]


def of_network(network: NetworkInfo, layers: list[LayerInfo]) -> dict[str, Any]:
    """One network as plain values.

    Args:
        network: What is known of it.
        layers: Its layers, each made once.

    Returns:
        SIDE of the page: its head, and a column for each property of its layers.
    """
    live = places.is_live(network.source)
    least = network.parameters_at_least
    return {
        "label": shown(network.label or network.class_name),
        "class": shown(network.class_name),
        "source": shown(network.source),
        "lines": "" if live else _span(network),
        "live": live,
        "input": "" if network.input_shape is None else size(network.input_shape),
        "parameters": network.parameters if least is None else least,
        "at_least": least is not None,
        "macs": network.macs,
        "length": len(layers),
        **_columns(layers, live),
        "skips": [],
    }


def _span(network: NetworkInfo) -> str:
    if places.cell_of(network.first_line):
        return places.span(network.first_line, network.last_line)
    return f"{network.first_line}-{network.last_line}"


def _columns(layers: list[LayerInfo], live: bool) -> dict[str, Any]:
    holders, names = Interned[str](), Interned[str]()
    texts, shapes, details = Interned[str](), Interned[tuple[int, ...] | None](), Interned[_Detail]()
    split = [layer.path.rpartition(".") for layer in layers]
    columns = {
        "holder": deltas([holders.place(holder) for holder, _, _ in split]),
        "name": [names.place(name) for _, _, name in split],
        "line": [] if live else _lines(layers),
        "text": [texts.place(layer.printed) for layer in layers],
        "shape": [shapes.place(layer.output_shape) for layer in layers],
        "detail": [details.place(_detail(layer)) for layer in layers],
    }
    return {
        **columns,
        "holders": list(map(shown_path, holders.values)),
        "names": list(map(shown_path, names.values)),
        "texts": list(map(shown, texts.values)),
        "shapes": ["" if shape is None else size(shape) for shape in shapes.values],
        "details": [list(map(finite, detail)) for detail in details.values],
    }


def _lines(layers: list[LayerInfo]) -> list[int] | list[str]:
    """As differences in a file; as they are called in a notebook."""
    if any(places.cell_of(layer.line) for layer in layers):
        return [places.short(layer.line) for layer in layers]
    return deltas([layer.line for layer in layers])


def _detail(layer: LayerInfo) -> _Detail:
    cost = layer.cost()
    return (
        cost.parameters,
        cost.nonzero_parameters,
        cost.macs,
        layer.weight_density,
        layer.density,
        layer.density_inference,
        layer.n,
        layer.k,
        layer.k_inference,
    )
