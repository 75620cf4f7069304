"""Classes that print as other classes do: what torch has no class for, and what has another name there.

`source` copies everything below the imports into the programs that it writes, so they need nothing but torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from torch import nn


class AsPrinted(nn.Module):
    """Prints the settings that it was printed with."""

    printed = ""

    def extra_repr(self) -> str:
        return self.printed


def as_printed(module: Any, settings: str) -> Any:
    module.printed = settings
    return module


class NoForward(AsPrinted):
    """Stands for a class whose forward no print holds: has what is printed of it, and does not run."""

    def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"no print holds the forward of {self._get_name()}")


class Leads(AsPrinted):
    """Computes what its class of torch does, and then runs the children that it prints."""

    def __call__(self, x: Any) -> Any:
        x = super().__call__(x)  # hooks see the layer alone
        for child in self._modules.values():
            x = x if child is None else child(x)
        return x


class Follows(AsPrinted):
    """Runs the children that it prints, and then computes what its class of torch does."""

    def __call__(self, x: Any) -> Any:
        for child in self._modules.values():
            x = x if child is None else child(x)
        return super().__call__(x)


class OneLine(Leads):
    """Prints the children that it runs as settings."""

    def __repr__(self: Any) -> str:
        return f"{self._get_name()}({self.printed})"


def leading(module: Any, settings: str, children: Mapping[str, nn.Module]) -> Any:
    module.printed = settings
    module._modules.update(children)
    return module


class Holds(AsPrinted):
    """Has children."""

    def __init__(
        self, children: Mapping[str, nn.Module | None] | Iterable[nn.Module | None] = (), printed: str = ""
    ) -> None:
        super().__init__()
        if not isinstance(children, Mapping):
            children = {str(number): child for number, child in enumerate(children)}
        self._modules.update(children)  # a name may be that of a method
        if printed:
            self.printed = printed


class ListHolds(Holds, nn.ModuleList):
    """Prints equal neighbours once."""


class InOrder(Holds):
    """Runs its children in printed order, but for those `beside`."""

    def __init__(
        self,
        children: Mapping[str, nn.Module | None] | Iterable[nn.Module | None] = (),
        beside: Iterable[str] = (),
        printed: str = "",
    ) -> None:
        super().__init__(children, printed)
        self.beside = frozenset(beside)

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
