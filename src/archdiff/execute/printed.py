"""Classes that print as somebody else's do: what torch has no class for, and what has another name there.

`source` copies everything below the imports into the programs that it writes, so they need nothing but torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from torch import nn


class Printed(nn.Module):
    """Prints the settings that it was printed with."""

    printed = ""

    def extra_repr(self) -> str:
        return self.printed


def as_printed(module: Any, settings: str) -> Any:
    module.printed = settings
    return module


class InOrder(Printed):
    """Stands for a class whose forward no print holds: runs its children in printed order, but for those `beside`."""

    beside: frozenset[str] = frozenset()

    def __init__(
        self,
        children: Mapping[str, nn.Module | None] | Iterable[nn.Module | None] = (),
        beside: Iterable[str] = (),
        printed: str = "",
    ) -> None:
        super().__init__()
        if not isinstance(children, Mapping):
            children = {str(number): child for number, child in enumerate(children)}
        self._modules.update(children)  # a name may be that of a method
        if beside:
            self.beside = frozenset(beside)
        if printed:
            self.printed = printed

    def forward(self, x: Any) -> Any:
        for name, child in self._modules.items():
            if child is not None and name not in self.beside:
                x = child(x)
                x = x[0] if isinstance(x, tuple) else x  # a recurrent layer gives its last state, too
        return x


class ListInOrder(InOrder, nn.ModuleList):
    """Prints equal neighbours once."""


class DictInOrder(InOrder, nn.ModuleDict):
    """Has its children by name."""
