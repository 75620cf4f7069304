"""A Sequential inside a container that runs its children in order is no layer of its own."""

from __future__ import annotations

from collections.abc import Sequence

from archdiff.model.effects import Effect
from archdiff.model.network import Layer
from archdiff.semantics.containers import runs_in_order
from archdiff.semantics.kinds import Trait, has, may_have
from archdiff.semantics.rules import Rule, each_child, pulled_up


def _rewrite(layer: Layer) -> Layer | None:
    return _without_sequentials(layer) if runs_in_order(layer) else None


@each_child
def _without_sequentials(child: Layer) -> Sequence[Layer] | None:
    if child.settings or not has(child, Trait.SEQUENTIAL):
        return None
    return [pulled_up(child, inner) for inner in child.children]


RULE = Rule(
    name="sequential_nesting",
    effect=Effect.COSMETIC,
    finding="",
    because="a Sequential runs its children one after the other, wherever it stands",
    rewrite=_rewrite,
    concerns=lambda _kind, below: any(may_have(each, Trait.SEQUENTIAL) for each in below),
)
