"""Which attributes a forward assigns, by the code of a class that never runs."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from archdiff.execute.live.assignments import assigned_by_forward


class Base(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.made = 1

    def forward(self, x: Tensor) -> Tensor:
        raise AssertionError("it must not run")

    def reset(self, number: int) -> None:
        self.set_by_somebody = number


class Assigns(Base):
    def forward(self, x: Tensor) -> Tensor:
        self.plain = x
        self.other.inner = x  # type: ignore[method-assign]
        return x


class Counts(Base):
    calls: int

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return x


class CallsAnother(Base):
    def forward(self, x: Tensor) -> Tensor:
        return self.step(x)

    def step(self, x: Tensor) -> Tensor:
        self.stepped, self.twice = x, x
        return x


class Inherits(Assigns):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)


class Decorated(Base):
    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        self.quiet = x
        return x


class Inside(Base):
    def forward(self, x: Tensor) -> Tensor:
        def keep(y: Tensor) -> Tensor:
            self.kept = y
            return y

        return keep(x)


class OtherName(Base):
    def forward(me, x: Tensor) -> Tensor:  # noqa: N805  (the name is free)
        me.named = x
        return x


class Property(Base):
    @property
    def value(self) -> int:
        self.cached = 1
        return self.cached

    def forward(self, x: Tensor) -> Tensor:
        return x * self.value


class OnAnother(Base):
    def forward(self, x: Any) -> Tensor:
        x.own = 1
        return x.tensor


@pytest.mark.parametrize(
    ("cls", "expected"),
    [
        (Base, set()),
        (OnAnother, set()),
        (nn.Linear, set()),
        (Assigns, {"plain"}),
        (Counts, {"calls"}),
        (CallsAnother, {"stepped", "twice"}),
        (Inherits, {"plain"}),
        (Decorated, {"quiet"}),
        (Inside, {"kept"}),
        (OtherName, {"named"}),
        (Property, {"cached"}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_what_a_forward_assigns(cls: type, expected: set[str]) -> None:
    assert assigned_by_forward(cls) == expected
