"""One network of a page: what is known of it, and its layers as columns. Must not know the other network."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final, TypeAlias

from archdiff.model import places
from archdiff.model.outcome import LayerInfo, NetworkInfo, Skip
from archdiff.model.wording import size
from archdiff.report._page.packed import Interned, deltas, finite, shown, shown_path

#: parameters, those that are not zero, MACs, three densities, n, k, k in inference; None is not known
_Detail: TypeAlias = tuple[float | None, ...]
#: what tells layers apart whose names, lines and settings are not looked at
_WHAT: Final = attrgetter(
    "text",
    "class_name",
    "output_shape",
    "cost",
    "weight_density",
    "density",
    "density_inference",
    "n",
    "k",
    "k_inference",
)
_AS_PARAMETERS: Final = -1  # in the place of the parameters that are not zero, which are all of most layers


class Tables:
    """What layers of both networks share: names, and what a layer prints and costs, each once."""

    def __init__(self) -> None:
        self.holders, self.names = Interned[str](), Interned[str]()
        self._texts, self._details = Interned[str](), Interned[_Detail]()
        self._shapes = Interned[tuple[int, ...] | None]()
        self._layers = Interned[tuple[int, int, int]]()
        self._found: dict[object, int] = {}

    def place(self, layer: LayerInfo) -> int:
        """The place of a layer among those that are not alike, whatever their paths and lines."""
        key = _WHAT(layer)
        found = self._found.get(key)
        return self._found.setdefault(key, self._place(layer)) if found is None else found

    def _place(self, layer: LayerInfo) -> int:
        text, shape = self._texts.place(layer.printed), self._shapes.place(layer.output_shape)
        return self._layers.place((text, shape, self._details.place(_detail(layer))))

    def values(self) -> dict[str, Any]:
        """LAYERS of the page."""
        columns = list(zip(*self._layers.values, strict=True)) or [(), (), ()]
        return {
            "holders": list(map(shown_path, self.holders.values)),
            "names": list(map(shown_path, self.names.values)),
            "texts": list(map(shown, self._texts.values)),
            "shapes": ["" if shape is None else size(shape) for shape in self._shapes.values],
            "details": [list(map(finite, detail)) for detail in self._details.values],
            **{name: deltas(column) for name, column in zip(("text", "shape", "detail"), columns, strict=True)},
        }


def of_network(
    network: NetworkInfo, layers: Sequence[LayerInfo], alike: Sequence[int], tables: Tables
) -> dict[str, Any]:
    """One network as plain values.

    Args:
        network: What is known of it.
        layers: Its layers, each made once.
        alike: The place of each of them in the tables.
        tables: What both sides share; the names of this one are entered in them.

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
        "parameters": least or network.parameters,
        "at_least": bool(least),
        "macs": network.macs,
        "length": len(layers),
        **_columns(layers, live, tables),
        "layer": deltas(alike),
        "skips": None if network.skips is None else _skips(network.skips, layers),
    }


def _skips(skips: Sequence[Skip], layers: Sequence[LayerInfo]) -> list[list[Any]]:
    """From which layer to which; -1 stands for the input of the network, and for its output."""
    places_of = {layer.path: number for number, layer in enumerate(layers)} | {"": -1}
    return [
        [places_of[each.source], places_of[each.target], each.operation]
        for each in skips
        if each.source in places_of and each.target in places_of
    ]


def _span(network: NetworkInfo) -> str:
    if places.cell_of(network.first_line):
        return places.span(network.first_line, network.last_line)
    return f"{network.first_line}-{network.last_line}"


def _columns(layers: Sequence[LayerInfo], live: bool, tables: Tables) -> dict[str, Any]:
    split = [layer.path.rpartition(".") for layer in layers]
    return {
        "holder": deltas([tables.holders.place(holder) for holder, _, _ in split]),
        "name": deltas([tables.names.place(name) for _, _, name in split]),
        "line": [] if live else _lines(layers),
    }


def _lines(layers: Sequence[LayerInfo]) -> list[int] | list[str]:
    """As differences in a file; as they are called in a notebook."""
    if any(places.cell_of(layer.line) for layer in layers):
        return [places.short(layer.line) for layer in layers]
    return deltas([layer.line for layer in layers])


def _detail(layer: LayerInfo) -> _Detail:
    cost = layer.cost()
    return (
        cost.parameters,
        cost.nonzero_parameters if cost.nonzero_parameters != cost.parameters else _AS_PARAMETERS,
        cost.macs,
        layer.weight_density,
        layer.density,
        layer.density_inference,
        layer.n,
        layer.k,
        layer.k_inference,
    )
