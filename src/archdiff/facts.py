"""A sized network as the plain values that reports and JSON use. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archdiff import network
from archdiff.kinds import Trait
from archdiff.network import UNKNOWN, Value
from archdiff.outcome import LayerFacts, NetworkFacts
from archdiff.shapes import Sized, beyond_the_print, impossible
from archdiff.shapes.leaf import Leaf

FROM_A_TABLE = "a summary table: shapes and parameter counts are its own, settings are not told"


def of_network(sized: Sized) -> NetworkFacts:
    """Everything that is known of one side."""
    printed = sized.network
    settings: dict[int, Mapping[str, Value]] = {}  # equal prints share them
    layers = tuple(_of_leaf(leaf, settings) for leaf in sized.leaves)
    return NetworkFacts(
        source=printed.source,
        label=printed.label,
        class_name=printed.root.class_name,
        children=network.count(printed.root) - 1,
        first_line=printed.first_line,
        last_line=printed.last_line,
        complete=printed.complete,
        input_shape=sized.input_shape,
        input_shape_from=sized.input_shape_from,
        other_input_shapes=sized.other_input_shapes,
        parameters=_total(layer.parameters for layer in layers),
        nonzero_parameters=_total(layer.nonzero_parameters for layer in layers),
        macs=_total(layer.macs for layer in layers),
        recipe=printed.recipe,
        layers=layers,
        notes=(
            *((FROM_A_TABLE,) if sized.is_table else ()),
            *impossible(sized.contradictions),
            *beyond_the_print(sized.contradictions),
        ),
    )


def _of_leaf(leaf: Leaf, settings: dict[int, Mapping[str, Value]]) -> LayerFacts:
    """Everything that is known of one leaf; settings as printed, in normal form."""
    weighted = leaf.kind is not None and leaf.kind.weight_rows is not None
    density = leaf.settings.known("weight_density") if weighted else UNKNOWN
    picks = leaf.has(Trait.PICKS_WINNERS)
    won = leaf.winners
    printed = settings.get(id(leaf.layer.settings))
    if printed is None:
        named = enumerate(leaf.layer.settings)
        printed = settings[id(leaf.layer.settings)] = {
            setting.name or str(index): setting.value for index, setting in named
        }
    return LayerFacts(
        path=leaf.path,
        line=leaf.line,
        kind=leaf.layer.kind,
        class_name=leaf.layer.class_name,
        settings=printed,
        input_shape=leaf.input_shape,
        output_shape=leaf.output_shape,
        picks_winners=picks,
        n=won.n if won else None,
        k=won.k if won else None,
        k_inference=won.k_inference if won else None,
        has_weights=weighted,
        weight_density=float(density) if isinstance(density, (int, float)) else None,
        density=leaf.density,
        density_inference=leaf.density_inference,
        parameters=leaf.parameters,
        nonzero_parameters=leaf.nonzero_parameters,
        macs=leaf.macs,
    )


def _total(counts: Iterable[int | None]) -> int | None:
    """The sum, None where one is not known."""
    known = list(counts)
    return None if None in known else sum(count for count in known if count is not None)
