"""What a whole network costs, and how far that is a fact.

A print shows the layers that are modules, and no parameter that a class holds by itself (`cls_token`, `gamma`): where a
class of somebody stands, its parameters are at least those of the printed layers. What may be one weight, or is one
in a live module, counts once. A live module tells all of its parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from archdiff.infer import Sized, SizedOccurrence
from archdiff.infer.leaf import Leaf
from archdiff.infer.repeats import Weights
from archdiff.infer.ties import counted_again, held_parameters, tied
from archdiff.model.cost import FREE, Cost
from archdiff.model.memo import Memo
from archdiff.model.network import blocks
from archdiff.semantics.containers import is_of_somebody


class SharedCosts:
    """What layers cost, worked out once for those of equal settings and shapes, from which alone it follows."""

    def __init__(self) -> None:
        self._known: dict[object, Callable[[], Cost]] = {}

    def of(self, leaf: Leaf) -> Callable[[], Cost]:
        """Works out what a layer costs, when it is first wanted."""
        key = leaf.settings, leaf.input_shape, leaf.output_shape
        return self._known.get(key) or self._known.setdefault(key, cache(leaf.cost))


def total(sized: Sized, costs: SharedCosts | None = None) -> Cost:
    """The sum of all layers.

    Args:
        sized: A network.
        costs: What layers cost that is shared with other networks.

    Returns:
        Each None where a part is not known; `at_least` where the parameters may be more.
    """
    costs = costs or SharedCosts()
    exact, least = FREE, 0
    weights = Weights(sized.network)
    of_block = Memo(lambda block: _sum(block.leaves, weights, costs))
    for run in sized.leaves.runs:
        if not isinstance(run, SizedOccurrence):
            cost, known = _sum(run, weights, costs)
        elif weights:
            cost, known = _sum(tuple(run), weights, costs)
        else:
            cost, known = of_block(run.block)
        exact, least = _plus(exact, cost), least + known
    if sized.macs is not None:
        exact = exact._replace(macs=sized.macs.total)
    if (held := held_parameters(sized.network)) is not None:
        return _holding(exact, held)
    if again := counted_again(sized.network, sized.leaves):
        exact, least = _less(exact, again), least - again
    if sized.network.is_table or (exact.parameters is not None and not _holds_somebody(sized)):
        return exact
    may_be_one = tied(sized.network, sized.leaves)
    return exact._replace(at_least=least - (may_be_one.parameters if may_be_one else 0))


def _holding(cost: Cost, held: int) -> Cost:
    """With the parameters that a live module holds; how many are not zero is known where none of the layers is sparse."""
    is_dense = cost.parameters is not None and cost.nonzero_parameters == cost.parameters
    return cost._replace(parameters=held, nonzero_parameters=held if is_dense else None)


def _less(cost: Cost, again: int) -> Cost:
    """Without numbers that are counted again; how many of these are not zero is not known where some are."""
    total, nonzero = cost.parameters, cost.nonzero_parameters
    if total is None:
        return cost
    left = total - again
    return cost._replace(parameters=left, nonzero_parameters=left if nonzero == total else None)


def _sum(leaves: Sequence[Leaf], weights: Weights, costs: SharedCosts) -> tuple[Cost, int]:
    """And the parameters of those leaves that tell them."""
    found, known = FREE, 0
    for leaf in leaves:
        cost = costs.of(leaf)()
        if (times := weights.of(leaf.path)) > 1:
            cost = Cost(*(None if number is None else times * number for number in cost[:3]))
        found, known = _plus(found, cost), known + (cost.parameters or 0)
    return found, known


def _plus(first: Cost, second: Cost) -> Cost:
    columns = zip(first[:3], second[:3], strict=True)
    return Cost(*(None if a is None or b is None else a + b for a, b in columns))


def _holds_somebody(sized: Sized) -> bool:
    root = sized.normal.root
    return is_of_somebody(root) or any(is_of_somebody(child) for children in blocks(root) for child in children)
