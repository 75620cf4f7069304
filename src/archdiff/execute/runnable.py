"""One network that can be run: what its print tells, and the module. Must not run it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from torch import nn

from archdiff.execute.live.global_state import Changes
from archdiff.infer import Sized
from archdiff.infer.leaf import Leaf

#: the pairs of a comparison: paths of layers in the candidate and the reference, None where one has no such layer
LayerPairs: TypeAlias = Sequence[tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True)
class Runnable:
    """What the print of a network tells, and the module that runs; `modules` has its leaves by the paths of reports."""

    name: str  # "candidate" | "reference"
    sized: Sized
    module: nn.Module
    modules: Mapping[str, nn.Module]
    leaves: Mapping[str, Leaf]
    assumed: tuple[tuple[str, str], ...] = ()  # ("LogSoftmax dim=", what was taken for granted)
    changes: Changes | None = None  # of a live module: what its forward changes that is not its own

    @classmethod
    def of(
        cls,
        name: str,
        sized: Sized,
        module: nn.Module,
        by_path: Mapping[str, nn.Module],
        assumed: tuple[tuple[str, str], ...] = (),
        changes: Changes | None = None,
    ) -> Runnable:
        """A network whose leaves are found by their paths.

        Args:
            name: "candidate" or "reference".
            sized: what its text tells.
            module: that runs.
            by_path: modules by the paths of reports.
            assumed: what was taken for granted when it was built.
            changes: gets what the forward of a live module changes outside of it.
        """
        leaves = {leaf.path: leaf for leaf in sized.leaves}
        modules = {path: by_path[path] for path in leaves if path in by_path}
        return cls(name, sized, module, modules, leaves, assumed, changes)
