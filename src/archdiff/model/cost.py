"""What a layer or a network costs, worked out when it is first wanted. Must not know layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Final, NamedTuple


class Cost(NamedTuple):
    """What a layer or a network costs.

    Attributes:
        parameters: Trainable numbers; None where the text does not hold it.
        nonzero_parameters: The same without those that a mask keeps at zero.
        macs: Multiply-accumulates for one sample.
        at_least: For a network of which a part is unknown: the parameters that are known; what may be one weight counts
            once. Else None.
    """

    parameters: int | None
    nonzero_parameters: int | None
    macs: int | None
    at_least: int | None = None


FREE: Final = Cost(0, 0, 0)


@dataclass(frozen=True, slots=True)
class KnownCost:
    """A cost that is known already, in the place of a function that would work it out."""

    cost: Cost

    def __call__(self) -> Cost:
        """The cost."""
        return self.cost


class WithCost:
    """Has a cost, worked out when it is first wanted: most reports never want it. A pickle holds the result."""

    __slots__ = ()
    cost: Callable[[], Cost]

    def __reduce__(self) -> tuple[Any, ...]:
        return self._pickled(cost=KnownCost(self.cost()))

    def _pickled(self, **known: Any) -> tuple[Any, ...]:
        """What a pickle holds: all fields, with these in the place of what would work them out."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}  # type: ignore[arg-type]
        return partial(type(self), **{**values, **known}), ()

    @property
    def parameters(self) -> int | None:
        """Trainable numbers; None where the text does not hold them."""
        return self.cost().parameters

    @property
    def nonzero_parameters(self) -> int | None:
        """Trainable numbers without those that a mask keeps at zero; None where the text does not hold them."""
        return self.cost().nonzero_parameters

    @property
    def macs(self) -> int | None:
        """Multiply-accumulates for one sample; None where the text does not hold them."""
        return self.cost().macs

    @property
    def parameters_at_least(self) -> int | None:
        """Parameters that are known, where layers of an unknown class may hold more; None where there are none."""
        return self.cost().at_least
