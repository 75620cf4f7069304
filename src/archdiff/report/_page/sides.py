"""One network of a page: what is known of it, and its layers as columns. Must not know the other network."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeAlias

from archdiff.model import places
from archdiff.model.lazyseq import Runs
from archdiff.model.memo import Memo
from archdiff.model.outcome import BlockLayers, LayerInfo, NetworkInfo, Outcome
from archdiff.model.wording import size
from archdiff.report._page.packed import Interned, deltas, finite, shown, shown_path

#: parameters, those that are not zero, MACs, three densities, n, k, k in inference; None is not known
_Detail: TypeAlias = tuple[float | None, ...]
#: parameters, n and k of a layer
Sizes: TypeAlias = tuple[float | None, float | None, float | None]
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


class SideLayers(NamedTuple):
    """The layers of one network as columns.

    Attributes:
        paths: As of `LayerInfo`.
        lines: The same.
        alike: The place of each among those that are not alike.
    """

    paths: list[str]
    lines: list[int]
    alike: list[int]


class Tables:
    """What layers of both networks share: names, and what a layer prints and costs, each once."""

    def __init__(self) -> None:
        self.holders, self.names = Interned[str](), Interned[str]()
        self._texts, self._details = Interned[str](), Interned[_Detail]()
        self._shapes = Interned[tuple[int, ...] | None]()
        self._layers = Interned[tuple[int, int, int]]()
        self._found: dict[object, int] = {}
        self._printed: list[str] = []  # by the place of the layer, and so are those below
        self._sizes: list[Sizes] = []
        self._shaped: list[bool] = []
        self._blocks = Memo(self._of_block)

    def enter(self, network: NetworkInfo) -> SideLayers:
        """The layers of a network, of a block that stands in several places each looked at once."""
        found = SideLayers([], [], [])
        for run in network.layers.runs if isinstance(network.layers, Runs) else [network.layers]:
            if isinstance(run, BlockLayers):
                alike, lines = self._blocks(run.block())
                found.paths.extend(run.paths())
                found.lines.extend([line + run.shift for line in lines])
                found.alike.extend(alike)
                continue
            found.paths.extend([layer.path for layer in run])
            found.lines.extend([layer.line for layer in run])
            found.alike.extend(map(self._alike, run))
        return found

    def text(self, alike: int) -> str:
        """What prints a layer, by its place among those that are not alike."""
        return self._printed[alike]

    def sizes(self, alike: int) -> Sizes:
        """Parameters, n and k of a layer, by the same place; None is not known."""
        return self._sizes[alike]

    def has_shape(self, alike: int) -> bool:
        """Whether the output shape of a layer is known, by the same place."""
        return self._shaped[alike]

    def _of_block(self, block: Sequence[LayerInfo]) -> tuple[list[int], list[int]]:
        return list(map(self._alike, block)), [layer.line for layer in block]

    def _alike(self, layer: LayerInfo) -> int:
        key = _WHAT(layer)
        found = self._found.get(key)
        return self._found.setdefault(key, self._place(layer)) if found is None else found

    def _place(self, layer: LayerInfo) -> int:
        text, shape, detail = layer.printed, layer.output_shape, _detail(layer)
        place = self._layers.place((self._texts.place(text), self._shapes.place(shape), self._details.place(detail)))
        if place == len(self._printed):
            self._printed.append(text)
            self._sizes.append((detail[0], layer.n, layer.k))
            self._shaped.append(shape is not None)
        return place

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


def of_both(outcome: Outcome, tables: Tables) -> tuple[SideLayers, SideLayers]:
    """The layers of both sides: none of two configurations, whose fields are compared and not their layers.

    Args:
        outcome: Of one comparison.
        tables: In which the layers are entered.
    """
    if is_of_configurations(outcome):
        return SideLayers([], [], []), SideLayers([], [], [])
    return tables.enter(outcome.candidate), tables.enter(outcome.reference)


def is_of_configurations(outcome: Outcome) -> bool:
    """Whether two config.json were compared: of each the network alone is known, and it stands for no other."""
    both = outcome.candidate.layers, outcome.reference.layers
    return all(len(layers) == 1 and not layers[0].path for layers in both) and not outcome.pairs


def of_network(network: NetworkInfo, layers: SideLayers, tables: Tables) -> dict[str, Any]:
    """One network as plain values.

    Args:
        network: What is known of it.
        layers: Its layers, which were entered in the tables.
        tables: What both sides share; the names of this one are entered in them.

    Returns:
        SIDE of the page without its skips: its head, and a column for each property of its layers.
    """
    return {
        "label": shown(network.label or network.class_name),
        "length": len(layers.paths),
        **_columns(layers, places.is_live(network.source), tables),
    }


def _columns(layers: SideLayers, live: bool, tables: Tables) -> dict[str, Any]:
    split = [path.rpartition(".") for path in layers.paths]
    return {
        "holder": deltas([tables.holders.place(holder) for holder, _, _ in split]),
        "name": deltas([tables.names.place(name) for _, _, name in split]),
        "line": [] if live else _lines(layers.lines),
        "layer": deltas(layers.alike),
    }


def _lines(lines: Sequence[int]) -> list[int] | list[str]:
    """As differences in a file; as they are called in a notebook."""
    if any(map(places.cell_of, lines)):
        return list(map(places.short, lines))
    return deltas(lines)


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
