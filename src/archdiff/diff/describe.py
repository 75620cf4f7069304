"""A sized network as the plain values that reports and JSON use. Must not decide anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache, partial
from operator import attrgetter
from typing import TYPE_CHECKING

from archdiff.infer import Sized, SizedOccurrence, beyond_the_print, impossible
from archdiff.infer.cost import SharedCosts, total
from archdiff.infer.flow import SizedBlock
from archdiff.infer.leaf import Leaf
from archdiff.infer.repeats import Weights
from archdiff.infer.skips import skips
from archdiff.infer.traced_shapes import evaluation
from archdiff.model import facts, network
from archdiff.model.lazyseq import Runs
from archdiff.model.memo import Memo
from archdiff.model.network import UNKNOWN, Layer, Setting, Value, join
from archdiff.model.outcome import BlockLayers, LayerInfo, NetworkInfo, Skip
from archdiff.model.wording import rounded
from archdiff.semantics.kinds import Trait

if TYPE_CHECKING:
    from archdiff.model.cost import Cost
    from archdiff.model.fact_sheet import FactSheet

#: all of a layer but its path and its line, with which it begins
_BEHIND_LINE = attrgetter(*[each.name for each in fields(LayerInfo)][2:])
FROM_A_TABLE = "a summary table: shapes and parameter counts are those of the table; settings are not in it"


def of_networks(sized: Sequence[Sized]) -> tuple[NetworkInfo, ...]:
    """Networks as reports use them.

    Args:
        sized: The networks of one comparison, which share blocks.

    Returns:
        Everything that is known of each, in the same order. Shapes are without the batch.
    """
    memos = _Memos()
    counts = network.counts(*(each.network.root for each in sized))
    return tuple([_of_network(each, printed, memos) for each, (printed, _) in zip(sized, counts, strict=True)])


def _sheet(sized: Sized, cost: Callable[[], Cost]) -> FactSheet:
    from archdiff.infer.fact_sheet import fact_sheet  # few ask for it

    return fact_sheet(sized, cost)


def _of_network(sized: Sized, count: int, memos: _Memos) -> NetworkInfo:
    printed, weights = sized.network, Weights(sized.network)
    layers = printed.fact(facts.LAYERS)
    cost = cache(partial(total, sized, memos.costs))
    return NetworkInfo(
        source=printed.source,
        label=printed.label,
        class_name=printed.root.class_name,
        children=(layers.value if layers and isinstance(layers.value, int) else count) - 1,
        first_line=printed.first_line,
        last_line=printed.last_line,
        complete=printed.complete,
        input_shape=sized.input_shape,
        input_shape_from=sized.input_shape_from,
        other_input_shapes=sized.other_input_shapes,
        cost=cost,
        recipe=printed.recipe,
        layers=Runs([_as_ran(memos.layers(run), sized) for run in sized.leaves.runs]),
        notes=(
            *((FROM_A_TABLE,) if sized.network.is_table else ()),
            *((weights.note(),) if weights else ()),
            *source_notes(printed),
            *(f"cannot run: {why}{each.lines(printed)}" for why, each in impossible(sized.contradictions).items()),
            *beyond_the_print(sized.contradictions),
            *_in_functions(sized),
        ),
        left_out=sum(weights.of(leaf.path) - 1 for leaf in sized.leaves) if weights else 0,
        comments=printed.comments,
        sheet=cache(partial(_sheet, sized, cost)),
        skips=_skips(sized),
    )


def _skips(sized: Sized) -> tuple[Skip, ...] | None:
    trace = evaluation(sized)
    return skips(trace, [leaf.path for leaf in sized.leaves]) if trace is not None else None


def _as_ran(layers: Sequence[LayerInfo], sized: Sized) -> Sequence[LayerInfo]:
    """Layers with the multiply-accumulates that they had when their network ran, as far as it was traced."""
    ran = dict(sized.macs.layers) if sized.macs is not None else {}
    if not ran:
        return layers
    return [replace(each, cost=_Ran(each.cost, ran[each.path])) if each.path in ran else each for each in layers]


@dataclass(frozen=True, slots=True)
class _Ran:
    """What a layer costs, with the multiply-accumulates that it had when it ran."""

    cost: Callable[[], Cost]
    macs: int

    def __call__(self) -> Cost:
        """The cost."""
        return self.cost()._replace(macs=self.macs)


def _in_functions(sized: Sized) -> Iterator[str]:
    """How much of what a forward costs stands in no row of its layers."""
    if sized.macs is not None and sized.macs.functions:
        some = f"{rounded(sized.macs.functions)} of the multiply-accumulates"
        yield f"{some} belong to no layer, as traced: products that are called as functions"


def source_notes(of: network.Network) -> tuple[str, ...]:
    """What is to be said of where a network was read from.

    Args:
        of: A network.

    Returns:
        A sentence for each global setting that making a live module changed, and that was restored; one where facts of
        a text no longer fit its print.
    """
    left_out = of.fact(facts.LEFT_OUT)
    why = "left out, since they were written for another print than the one that stands there"
    edited = (f"{of.source}: {left_out.value} are {why}",) if left_out else ()
    return (*map(str, of.rows(facts.CHANGES)), *edited)


class _Memos:
    """What equal prints share: their settings, what they cost, and the layers of a block."""

    def __init__(self) -> None:
        self.settings = Memo(_settings)
        self.costs = SharedCosts()
        self.blocks: Memo[tuple[LayerInfo, ...]] = Memo(self._block)

    def layers(self, run: Sequence[Leaf]) -> Sequence[LayerInfo]:
        if isinstance(run, SizedOccurrence):
            names, block = run.block.bare.form.paths, partial(self.blocks, run.block)
            return BlockLayers(run.path, names, partial(self._placed, run), block, run.shift)
        return tuple(map(self._of_leaf, run))

    def _placed(self, run: SizedOccurrence, number: int) -> LayerInfo:
        inside = self.blocks(run.block)[number]
        return LayerInfo(join(run.path, inside.path), inside.line + run.shift, *_BEHIND_LINE(inside))

    def _block(self, block: SizedBlock) -> tuple[LayerInfo, ...]:
        return tuple(map(self._of_leaf, block.leaves))

    def _of_leaf(self, leaf: Leaf) -> LayerInfo:
        return _of_leaf(leaf, self.settings(leaf.layer.settings), self.costs.of(leaf))


def _settings(printed: tuple[Setting, ...]) -> Mapping[str, Value]:
    """Settings as printed, in normal form."""
    return {setting.name or str(index): setting.value for index, setting in enumerate(printed)}


def _of_leaf(leaf: Leaf, settings: Mapping[str, Value], cost: Callable[[], Cost]) -> LayerInfo:
    """Everything that is known of one leaf."""
    weighted = leaf.kind is not None and leaf.kind.weight_rows is not None
    picks = leaf.has(Trait.PICKS_WINNERS)
    winners = leaf.winners
    return LayerInfo(
        path=leaf.path,
        line=leaf.line,
        kind=leaf.layer.kind,
        class_name=leaf.layer.class_name,
        settings=settings,
        input_shape=leaf.input_shape,
        output_shape=leaf.output_shape,
        picks_winners=picks,
        n=winners.n if winners else None,
        k=winners.k if winners else None,
        k_inference=winners.k_inference if winners else None,
        has_weights=weighted,
        weight_density=leaf.settings.share("weight_density") if weighted else None,
        density=leaf.density,
        density_inference=leaf.density_inference,
        cost=cost,
        text=_text(leaf.layer),
    )


def _text(layer: Layer) -> str:
    """The line that prints it; what takes several lines as one. Behind it what a rule has read from around it."""
    line, settings = layer.layout, layer.settings
    if not isinstance(line, str):
        return f"{layer.class_name}({', '.join(map(_written, settings))})"
    if not settings or (settings[-1].text and settings[-1].text in line):  # what a rule adds stands last
        return line
    added = [each for each in settings if not (each.text and each.text in line) and each.value is not UNKNOWN]
    told = [each.text if "=" in each.text else f"{each.name}={each.value}" for each in added]
    return f"{line} with {', '.join(told)}" if told else line


def _written(setting: Setting) -> str:
    """As printed; with its name where its text says where it was read, and not what it is."""
    is_own = "=" in setting.text or setting.text == str(setting.value) or setting.name is None
    return setting.as_printed if is_own else f"{setting.name}={setting.value}"
