"""What runs in training alone, or in eval mode alone, changes that mode, whatever else differs in the same forward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import archdiff
from archdiff.model.effects import Effect

PICTURE = (3, 16, 16)
FUNCTION, INFERENCE, TRAINING, EQUIVALENT = Effect.FUNCTION, Effect.INFERENCE, Effect.TRAINING, Effect.EQUIVALENT

Told: TypeAlias = "list[tuple[str, str, Effect]]"


#: when a head runs: in eval mode, and in training
HEADS = {"always": (False, True), "in eval mode": (False,), "in training": (True,), "never": ()}


def as_it_is(x: Tensor, _: bool) -> Tensor:
    return x


def convolutions(
    *between: tuple[str, nn.Module],
    padding: Literal["zeros", "reflect"] = "zeros",
    head: str = "",
    last: Callable[[Tensor, bool], Tensor] = as_it_is,
) -> nn.Module:
    """Layers between two convolutions; a head that takes what the first of these gives; a function at the end."""

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(3, 8, 1)
            for name, layer in between:
                self.add_module(name, layer)
            self.conv2 = nn.Conv2d(8, 4, 3, padding=1, padding_mode=padding)
            if head:
                self.aux = nn.Sequential(nn.Conv2d(8, 4, 1), nn.ReLU())

        def forward(self, x: Tensor) -> Any:
            first = x = self.conv1(x)
            for name, _ in between:
                x = getattr(self, name)(x)
            x = last(self.conv2(x), self.training)
            return (x, self.aux(first)) if self.training in HEADS.get(head, ()) else x

    return Net()


def told(ours: nn.Module, theirs: nn.Module) -> Told:
    """Rule, path and effect of what each finding is about."""
    found = archdiff.compare(ours, theirs, input_shape=PICTURE).findings
    places = ((each, each.reference or each.candidate) for each in found)
    return [(each.rule, place.path if place else "", each.effect) for each, place in places]


NORM, DROP, POOL = ("norm", nn.LocalResponseNorm(5)), ("drop", nn.Dropout(0.4)), ("pool", nn.MaxPool2d(2))
LOST_NORM, LOST_DROP = ("AD103", "norm", FUNCTION), ("AD103", "drop", TRAINING)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        pytest.param((NORM, DROP), (NORM, DROP), [], id="itself"),
        pytest.param((NORM, ("drop", nn.Dropout(0))), (NORM,), [("AD104", "drop", EQUIVALENT)], id="drops nothing"),
        pytest.param((NORM,), (NORM, DROP), [LOST_DROP], id="dropout"),
        pytest.param((), (DROP, NORM), [LOST_NORM, LOST_DROP], id="before a norm"),
        pytest.param((), (NORM, DROP), [LOST_NORM, LOST_DROP], id="behind a norm"),
        pytest.param(
            (POOL,),
            (NORM, POOL, ("norm2", nn.LocalResponseNorm(5))),
            [LOST_NORM, ("AD103", "norm2", FUNCTION)],
            id="a pool between what is missing",
        ),
        pytest.param((POOL,), (NORM, POOL), [LOST_NORM], id="a pool behind what is missing"),
    ],
)
def test_layers_that_are_missing(
    ours: tuple[tuple[str, nn.Module], ...], theirs: tuple[tuple[str, nn.Module], ...], expected: Told
) -> None:
    assert told(convolutions(*ours), convolutions(*theirs)) == expected


def dropped(x: Tensor, training: bool) -> Tensor:
    return functional.dropout(x.relu(), 0.4, training)


def undropped(x: Tensor, _: bool) -> Tensor:
    return x.relu()


def bounded(x: Tensor, _: bool) -> Tensor:
    return torch.tanh(x)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        pytest.param(dropped, dropped, [], id="itself"),
        pytest.param(undropped, dropped, ["leaves out nothing at random in training, not 0.4"], id="dropout"),
        pytest.param(
            bounded,
            dropped,
            ["tanh(conv2), not relu(conv2)", "dropout(relu(conv2)) is missing"],
            id="dropout behind another function",
        ),
    ],
)
def test_functions_that_are_missing(
    ours: Callable[[Tensor, bool], Tensor], theirs: Callable[[Tensor, bool], Tensor], expected: list[str]
) -> None:
    found = archdiff.compare(convolutions(last=ours), convolutions(last=theirs), input_shape=PICTURE).findings
    assert [each.message.partition(": ")[2] for each in found if each.rule == "AD110"] == expected


@pytest.mark.parametrize(
    ("head", "effect"),
    [("always", FUNCTION), ("in eval mode", INFERENCE), ("in training", TRAINING), ("never", EQUIVALENT)],
)
@pytest.mark.parametrize("beside", ["nothing", "a setting", "a function"])
def test_a_head_of_one_side(head: str, effect: Effect, beside: str) -> None:
    every: dict[str, dict[str, Any]] = {"a setting": {"padding": "reflect"}, "a function": {"last": bounded}}
    options = every.get(beside, {})
    with_head, without = convolutions(head=head, **options), convolutions()
    for rule, pair in (("AD104", (with_head, without)), ("AD103", (without, with_head))):
        assert [each for each in told(*pair) if each[1] == "aux"] == [(rule, "aux", effect)]


def test_what_is_said_of_it() -> None:
    found = archdiff.compare(convolutions(head="in training", last=bounded), convolutions(), input_shape=PICTURE)
    assert [(each.effect, each.message) for each in found.findings] == [
        (FUNCTION, "forward of Net: tanh(conv2) is only in the candidate"),
        (TRAINING, "only in the candidate: Sequential (2 layers): it runs in training alone, as traced"),
    ]
