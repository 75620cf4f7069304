"""Which attributes of modules a forward reads."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from archdiff.execute.live.tracing import NotTracedError, trace
from traced_modules import ROW, Of


class Scaled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale, self.note, self.size, self.function = 2.0, "unused", (1, 2), torch.relu
        self.inner = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.function(self.inner(x)) * self.scale


class Own(Scaled):
    def __getattribute__(self, name: str) -> Any:
        return 3.0 if name == "scale" else super().__getattribute__(name)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale * self.size[0]


@pytest.mark.parametrize(
    ("module", "reads"),
    [
        pytest.param(nn.Linear(4, 4), (), id="layers of torch"),
        pytest.param(Scaled(), (("", "function"), ("", "scale")), id="two of four"),
        pytest.param(nn.Sequential(nn.ReLU(), Scaled()), (("1", "function"), ("1", "scale")), id="inside"),
        pytest.param(
            nn.Sequential(Own(), nn.Sequential(Scaled())),
            (("0", "size"), ("1.0", "function"), ("1.0", "scale")),
            id="a subclass",
        ),
        pytest.param(Of(lambda own, x: x * own.factor, factor=2), (("", "factor"), ("", "run")), id="by name"),
        pytest.param(
            Of(lambda own, x: x * len(own.__dict__), factor=2), (("", "factor"), ("", "run")), id="all together"
        ),
        pytest.param(Of(lambda own, x: x * vars(own)["factor"], factor=2), (("", "factor"), ("", "run")), id="vars"),
    ],
)  # fmt: skip
def test_what_is_read(module: nn.Module, reads: tuple[tuple[str, str], ...]) -> None:
    assert trace(module, ROW, training=False).reads == reads


@pytest.mark.parametrize("kind", [Scaled, Own, Of])
def test_classes_are_as_before(kind: type) -> None:
    before = dict(vars(kind))
    trace(nn.Sequential(Scaled(), Own()), ROW, training=False)
    with pytest.raises(NotTracedError):
        trace(Of(lambda own, _: own.missing), ROW, training=False)
    assert dict(vars(kind)) == before
