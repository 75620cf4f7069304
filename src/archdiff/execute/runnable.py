"""One network that can be run: what its print tells, and the module, built from it or live. Must not run it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import nn

from archdiff.execute.building.build import Assumption, build
from archdiff.execute.live import importing
from archdiff.execute.live.global_state import Changes
from archdiff.infer import Sized
from archdiff.infer.leaf import Leaf
from archdiff.model.facts import Fact
from archdiff.model.finding import Place
from archdiff.model.network import join

#: the pairs of a comparison: paths of layers in the candidate and the reference, None where one has no such layer
LayerPairs: TypeAlias = Sequence[tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True)
class Runnable:
    """What the print of a network tells, and the module that runs.

    Attributes:
        name: "candidate" or "reference".
        sized: what its text tells.
        module: what runs.
        leaves: by their paths.
        modules: those of the leaves, by the same paths; none for a leaf that is a part of a matrix.
        assumptions: what was taken for granted when it was built from its print.
        changes: of a live module: what its code changes that is not its own.
    """

    name: str
    sized: Sized
    module: nn.Module
    leaves: Mapping[str, Leaf]
    modules: Mapping[str, nn.Module]
    assumptions: tuple[Assumption, ...] = ()
    changes: Changes | None = None

    def alone(self, place: Place) -> tuple[Place | None, Place | None]:
        """The candidate's place and the reference's, in a finding about this network alone."""
        return (place, None) if self.name == "candidate" else (None, place)


def matched(pairs: LayerPairs) -> list[tuple[str, str]]:
    """Those of layers that both networks have."""
    return [(candidate, reference) for candidate, reference in pairs if candidate is not None and reference is not None]


def place_of(leaf: Leaf) -> Place:
    """Where a leaf is printed."""
    return Place(leaf.path, leaf.line, None, leaf.layer.class_name)


def make_runnable(
    name: str,
    sized: Sized,
    address: str,
    supplied: Sequence[Fact],
    seed: int,
    place: torch.device,
    dtype: torch.dtype,
    changes: Changes | None = None,
) -> Runnable:
    """A network with new weights.

    Args:
        name: "candidate" or "reference".
        sized: what its text tells.
        address: of the live module; "" where it is built from its print.
        supplied: what the print does not hold.
        seed: of its weights.
        place: where its weights are.
        dtype: of its weights.
        changes: gets what the code of a live module changes outside of it; one of its own by default.

    Raises:
        BuildError: it cannot be built from its print.
        UsageError: whatever goes wrong in the code of a live module.
    """
    assumptions: tuple[Assumption, ...] = ()
    if address:
        changes = changes or Changes(address)
        module = importing.new_module(address, seed, place, dtype, changes)
    else:
        module, assumptions = build(sized.network, device=place, dtype=dtype, seed=seed, supplied=supplied)
    root = sized.network.root.name
    parts = {join(root, path): part for path, part in module.named_modules(remove_duplicate=False)}
    leaves = {leaf.path: leaf for leaf in sized.leaves}
    modules = {path: parts[path] for path in leaves if path in parts}
    return Runnable(name, sized, module, leaves, modules, assumptions, changes)
