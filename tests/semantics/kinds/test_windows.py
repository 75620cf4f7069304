"""Sliding windows: how many fit, against torch, and which dimensions and sizes a layer with windows asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import pytest
import torch
from torch.nn import functional

from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import Kind, Misfit, NotKnown, Settings, Shape
from archdiff.semantics.kinds._windows import positions, requests_own_size, spatial, window_fields

#: size, kernel, stride, padding, dilation
Window = tuple[int, int, int, int, int]


def windows(*, wide: bool, dilated: bool) -> Iterator[Window]:
    """Windows of all small sizes; with a padding of at most half a kernel unless they may be padded more widely."""
    for size, kernel, stride, dilation in product(range(1, 9), range(1, 5), range(1, 5), (1, 2) if dilated else (1,)):
        for padding in range(3 if wide else kernel // 2 + 1):
            yield size, kernel, stride, padding, dilation


def max_pool(ceil: bool) -> Callable[[Window], torch.Tensor]:
    return lambda w: functional.max_pool1d(torch.zeros(1, 1, w[0]), *w[1:], ceil_mode=ceil)


def avg_pool(ceil: bool) -> Callable[[Window], torch.Tensor]:
    return lambda w: functional.avg_pool1d(torch.zeros(1, 1, w[0]), *w[1:4], ceil_mode=ceil)


def convolution(w: Window) -> torch.Tensor:
    x, kernel = (
        torch.zeros(1, 1, w[0]).double(),
        torch.zeros(1, 1, w[1]).double(),
    )  # single precision takes ms to set up
    return functional.conv1d(x, kernel, None, *w[2:])


def count(layer: Callable[[Window], torch.Tensor], window: Window) -> int | None:
    """How many windows torch takes; None where it refuses."""
    try:
        return layer(window).shape[-1]
    except RuntimeError:
        return None


#: id, what torch computes, rounded up, padded as widely as one likes, with holes
LAYERS: list[tuple[str, Callable[[Window], torch.Tensor], bool, bool, bool]] = [
    ("convolution", convolution, False, True, True),
    ("max-pool", max_pool(ceil=False), False, False, True),
    ("max-pool-rounded-up", max_pool(ceil=True), True, False, True),
    ("avg-pool", avg_pool(ceil=False), False, False, False),
    ("avg-pool-rounded-up", avg_pool(ceil=True), True, False, False),
]


@pytest.mark.parametrize(
    ("layer", "ceil", "wide", "dilated"), [case[1:] for case in LAYERS], ids=[case[0] for case in LAYERS]
)
def test_as_many_as_torch_takes(layer: Callable[[Window], torch.Tensor], ceil: bool, wide: bool, dilated: bool) -> None:
    every = list(windows(wide=wide, dilated=dilated))
    measured = {window: count(layer, window) for window in every}
    found = {window: positions(*window, ceil=ceil) for window in every}
    assert {window: number if number > 0 else None for window, number in found.items()} == measured


#: size, kernel, stride, padding, dilation, how many rounded down, and rounded up
COUNTS = [
    (8, 1, 1, 0, 1, 8, 8),
    (8, 3, 1, 0, 1, 6, 6),
    (8, 3, 1, 1, 1, 8, 8),
    (8, 3, 2, 0, 1, 3, 4),
    (9, 3, 2, 0, 1, 4, 4),
    (8, 3, 1, 0, 2, 4, 4),
    (224, 7, 2, 3, 1, 112, 113),
    (3, 1, 2, 0, 1, 2, 2),
    (4, 1, 3, 0, 1, 2, 2),
    (3, 1, 4, 0, 1, 1, 1),  # a second window would start behind the end
    (3, 2, 3, 1, 1, 2, 2),
    (2, 3, 1, 0, 1, 0, 0),
    (1, 3, 1, 0, 1, -1, -1),
    (8, 3, 0, 0, 1, 0, 0),
    (8, 3, -1, 0, 1, 0, 0),
]


@pytest.mark.parametrize(("size", "kernel", "stride", "padding", "dilation", "down", "up"), COUNTS)
def test_count(size: int, kernel: int, stride: int, padding: int, dilation: int, down: int, up: int) -> None:
    assert positions(size, kernel, stride, padding, dilation) == down
    assert positions(size, kernel, stride, padding, dilation, ceil=True) == up


def test_no_padding_and_no_holes_where_none_are_named() -> None:
    assert positions(8, 3, 2) == positions(8, 3, 2, 0, 1, ceil=False) == 3


def _settings(*, padded: bool, **printed: Value) -> Settings:
    return Settings(Kind(name="pool", classes={}, fields=window_fields(2, padded=padded), dims=2), printed)


#: printed settings, kernel, stride, padding
FIELDS: list[tuple[dict[str, Value], Value, Value, Value]] = [
    ({}, UNKNOWN, UNKNOWN, (0, 0)),
    ({"kernel_size": (3, 2)}, (3, 2), (3, 2), (0, 0)),
    ({"kernel_size": (3, 2), "stride": None}, (3, 2), (3, 2), (0, 0)),
    ({"kernel_size": 3}, 3, (3, 3), (0, 0)),
    ({"kernel_size": (3, 2), "stride": (1, 1), "padding": (1, 0)}, (3, 2), (1, 1), (1, 0)),
]


@pytest.mark.parametrize(("printed", "kernel", "stride", "padding"), FIELDS)
def test_settings_of_windows(printed: dict[str, Value], kernel: Value, stride: Value, padding: Value) -> None:
    padded, bare = _settings(padded=True, **printed), _settings(padded=False, **printed)
    assert [padded.known(name) for name in ("kernel_size", "stride", "padding")] == [kernel, stride, padding]
    assert [bare.known(name) for name in ("kernel_size", "stride")] == [kernel, stride]
    assert bare.kind.field("padding") is None


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_as_many_sides_as_dimensions(dims: int) -> None:
    assert [(field.name, field.spread) for field in window_fields(dims)] == [
        ("kernel_size", dims),
        ("stride", dims),
        ("padding", dims),
    ]


@pytest.mark.parametrize(
    ("x", "dims", "sizes"),
    [((8,), 1, (8,)), ((4, 8), 1, (8,)), ((8, 9), 2, (8, 9)), ((4, 8, 9), 2, (8, 9)), ((4, 7, 8, 9), 3, (7, 8, 9))],
)
def test_spatial(x: Shape, dims: int, sizes: Shape) -> None:
    assert spatial("kernel_size", 3, x, dims) == sizes


@pytest.mark.parametrize(("x", "dims"), [((), 1), ((2, 4, 8), 1), ((8,), 2), ((2, 4, 8, 9), 2), ((8, 9), 3)])
def test_another_number_of_dimensions(x: Shape, dims: int) -> None:
    with pytest.raises(Misfit) as raised:
        spatial("kernel_size", (3,) * dims, x, dims)
    assert (raised.value.field, raised.value.wants, raised.value.gets) == ("kernel_size", (3,) * dims, x)


@pytest.mark.parametrize(
    ("wanted", "sizes", "own"),
    [
        ((4, 4), (8, 8), False),
        ((8, 4), (8, 8), False),
        ((None, 4), (8, 8), False),
        ((4, None), (8, None), False),
        ((4, 8), (8, None), False),
        ((8, 8), (8, 8), True),
        ((None, 8), (4, 8), True),
        ((None, None), (None, None), True),
        ((8, None), (8, None), True),
        ((), (), True),
    ],
)
def test_requests_own_size(wanted: tuple[Value, ...], sizes: tuple[int | None, ...], own: bool) -> None:
    assert requests_own_size("output_size", wanted, sizes) is own


@pytest.mark.parametrize(("wanted", "sizes"), [((8,), (None,)), ((8, 8), (8, None)), ((None, 8), (None, None))])
def test_own_size_is_not_known(wanted: tuple[Value, ...], sizes: tuple[int | None, ...]) -> None:
    with pytest.raises(NotKnown, match="output_size"):
        requests_own_size("output_size", wanted, sizes)
