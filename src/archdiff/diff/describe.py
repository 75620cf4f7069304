"""A sized network as the plain values that reports and JSON use. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import NamedTuple

from archdiff.infer import Placed, Sized, beyond_the_print, impossible
from archdiff.infer.cost import total
from archdiff.infer.leaf import Leaf
from archdiff.infer.repeats import Weights
from archdiff.model import facts, network
from archdiff.model.lazyseq import Runs
from archdiff.model.network import Value, join
from archdiff.model.outcome import BlockLayers, LayerFacts, NetworkFacts
from archdiff.semantics.kinds import Trait

FROM_A_TABLE = "a summary table: shapes and parameter counts are its own, settings are not told"


def of_networks(sized: Sequence[Sized]) -> tuple[NetworkFacts, ...]:
    """Everything that is known of each."""
    made = _Made({}, {}, {})
    return tuple(_of_network(each, made) for each in sized)


def _of_network(sized: Sized, made: _Made) -> NetworkFacts:
    printed, weights = sized.network, Weights(sized.network)
    layers = printed.fact(facts.LAYERS)
    return NetworkFacts(
        source=printed.source,
        label=printed.label,
        class_name=printed.root.class_name,
        children=(
            layers.value if layers and isinstance(layers.value, int) else network.count(printed.root, made.counts)
        )
        - 1,
        first_line=printed.first_line,
        last_line=printed.last_line,
        complete=printed.complete,
        input_shape=sized.input_shape,
        input_shape_from=sized.input_shape_from,
        other_input_shapes=sized.other_input_shapes,
        count=cache(partial(total, sized)),
        recipe=printed.recipe,
        layers=Runs([made.layers(run) for run in sized.leaves.runs]),
        notes=(
            *((FROM_A_TABLE,) if sized.is_table else ()),
            *((weights.note(),) if weights else ()),
            *changes(printed),
            *impossible(sized.contradictions),
            *beyond_the_print(sized.contradictions),
        ),
        left_out=sum(weights.of(leaf.path) - 1 for leaf in sized.leaves) if weights else 0,
    )


def changes(of: network.Network) -> tuple[str, ...]:
    """What making a live module changed that is not its own, and was taken back."""
    fact = facts.find(of.facts, facts.CHANGES)
    return tuple(map(str, fact.value)) if fact is not None and isinstance(fact.value, tuple) else ()


class _Made(NamedTuple):
    """What was made of equal prints, which share it, by identities that hold while the networks live."""

    counts: dict[int, int]
    settings: dict[int, Mapping[str, Value]]
    blocks: dict[int, tuple[LayerFacts, ...]]

    def layers(self, run: Sequence[Leaf]) -> Sequence[LayerFacts]:
        if isinstance(run, Placed):
            return BlockLayers(run.path, len(run), partial(self._placed, run))
        return tuple(_of_leaf(leaf, self.settings) for leaf in run)

    def _placed(self, run: Placed) -> Iterator[LayerFacts]:
        inside = self.blocks.get(id(run.block))
        if inside is None:
            inside = self.blocks[id(run.block)] = tuple(_of_leaf(leaf, self.settings) for leaf in run.block.leaves)
        return (replace(each, path=join(run.path, each.path), line=each.line + run.shift) for each in inside)


def _of_leaf(leaf: Leaf, settings: dict[int, Mapping[str, Value]]) -> LayerFacts:
    """Everything that is known of one leaf; settings as printed, in normal form."""
    weighted = leaf.kind is not None and leaf.kind.weight_rows is not None
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
        weight_density=leaf.settings.share("weight_density") if weighted else None,
        density=leaf.density,
        density_inference=leaf.density_inference,
        count=leaf.cost,
    )
