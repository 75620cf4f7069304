"""What a layer costs: asked for when it is first wanted, and a plain value behind a pickle."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass

from archdiff.model.cost import FREE, Cost, KnownCost, WithCost


@dataclass(frozen=True)
class Costly(WithCost):
    name: str
    cost: Callable[[], Cost]


def test_each_number_by_its_name() -> None:
    costly = Costly("a", KnownCost(Cost(8, 4, 2, 1)))
    assert (costly.parameters, costly.nonzero_parameters, costly.macs, costly.parameters_at_least) == (8, 4, 2, 1)
    assert FREE == (0, 0, 0, None)


def test_nothing_is_worked_out_before_it_is_wanted() -> None:
    asked: list[str] = []

    def cost() -> Cost:
        asked.append("cost")
        return Cost(8, None, 2)

    costly = Costly("a", cost)
    assert asked == []
    assert (costly.nonzero_parameters, asked) == (None, ["cost"])


def test_a_pickle_holds_the_result() -> None:
    costly = Costly("a", lambda: Cost(8, 4, 2))  # which no pickle can hold
    assert pickle.loads(pickle.dumps(costly)) == Costly("a", KnownCost(Cost(8, 4, 2)))
