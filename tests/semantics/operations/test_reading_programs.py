"""Random forwards: what their normal form computes is what they compute, alone and on one graph with others."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from archdiff.semantics.operations import Graph
from graph_values import mismatches, traced

Step: TypeAlias = "tuple[str, int, int, int]"
_MOST: Final = 4096  # numbers of a value


def _factor(size: int, choice: int) -> int:
    found = [each for each in range(1, size + 1) if size % each == 0]
    return found[choice % len(found)]


def _reshaped(x: Tensor, a: int, b: int) -> Tensor:
    first = _factor(x.numel(), a)
    second = _factor(x.numel() // first, b)
    return x.reshape(first, second, -1)


def _sliced(x: Tensor, a: int, b: int) -> Tensor:
    dim = a % x.ndim
    size = x.shape[dim]
    start = b % size
    return x[(slice(None),) * dim + (slice(start, start + 1 + (a // 4) % (size - start + 1), 1 + (b // 8) % 3),)]


def _unfolded(x: Tensor, a: int, b: int) -> Tensor:
    dim = a % x.ndim
    first = _factor(x.shape[dim], b)
    return x.unflatten(dim, (first, x.shape[dim] // first))


def _flattened(x: Tensor, a: int, b: int) -> Tensor:
    first, last = sorted((a % x.ndim, b % x.ndim))
    return x.flatten(first, last)


def _joined(x: Tensor, a: int, b: int) -> Tensor:
    dim = a % x.ndim
    parts = list(x.tensor_split(1 + b % 3, dim))
    if b % 2:
        parts.reverse()
    return torch.cat([(each * 2 + 1).tanh() if b % 5 == 0 else each for each in parts], dim)


def _changed(x: Tensor, a: int, b: int, change: Callable[[Tensor], object]) -> Tensor:
    """Written through a view, and read from the whole or from another view."""
    y = x * 1.5 if b % 2 else x.clone()
    other = y.transpose(0, -1) if a % 3 == 0 else y.flatten()
    dim = a % y.ndim
    change(y.narrow(dim, b % y.shape[dim], 1))
    return other if b % 4 == 0 else y + 1


def _as_map(x: Tensor, b: int) -> Tensor:
    """With one map for each channel."""
    width = _factor(x.numel(), b)
    return x.reshape(1, 1, x.numel() // width, width)


def _turned(x: Tensor, a: int, b: int) -> Tensor:
    """Slices behind each other, perhaps the last ones first, perhaps one of them left out."""
    dim = a % x.ndim
    cut = b % x.shape[dim]
    parts = [x.narrow(dim, 0, cut), x.narrow(dim, cut, x.shape[dim] - cut)]
    return torch.cat(parts[:: 1 if a % 2 else -1] + parts[: b % 3], dim)


def _picked(x: Tensor, a: int, b: int) -> Tensor:
    """Places of a dimension by numbers that are known."""
    dim = a % x.ndim
    places = torch.arange(b % 4, b % 4 + 1 + a % 5) * (1 + b % 3) % x.shape[dim]
    return x.index_select(dim, places) if a % 2 else x.movedim(dim, 0)[places.roll(b)]


def _again(x: Tensor, a: int, b: int) -> Tensor:
    return x.repeat(*[1 + (a + dim) % 2 for dim in range(x.ndim)]) if b % 2 else torch.cat([x, x], a % x.ndim)


def _larger(x: Tensor, a: int, b: int) -> Tensor:
    return torch.maximum(x * (a - 6), x * (b - 5)) if a % 2 else torch.minimum(x, torch.tensor(b / 8))


def _spread(x: Tensor, a: int, b: int) -> Tensor:
    dim = a % x.ndim
    return x.std(dim, unbiased=False) if b % 2 else torch.var_mean(x, dim, correction=0, keepdim=True)[b % 4 // 2]


def _softmax(x: Tensor, a: int, b: int) -> Tensor:
    """Written out; over another dimension it is none."""
    dim = a % x.ndim
    exponentials = (x - (x.amax(dim, True) if b % 2 else x.max(dim, True)[0])).exp()
    return exponentials / exponentials.sum(dim if b % 4 else b % x.ndim, keepdim=True)


def _mask(size: int, b: int) -> Tensor:
    return torch.zeros(size).masked_fill(torch.arange(size) > b % size, -math.inf)


def _group_norm(x: Tensor, a: int, b: int) -> Tensor:
    y = _as_map(x, b).transpose(1, 3)
    if x.numel() == 1:
        return x
    return functional.group_norm(y, _factor(y.shape[1], a), torch.linspace(1, 2, y.shape[1]), torch.ones(y.shape[1]))


def _padded(x: Tensor, a: int, b: int) -> Tensor:
    value = (0.0, -math.inf, 0.5)[a % 3] if b % 2 else 0.0
    padded = functional.pad(_as_map(x, b), (a % 3, b % 3, 1, b % 2), value=value)
    if b % 3 == 0:
        return functional.pad(padded, (1, 1), value=value).clamp(-9, 9)
    return (functional.max_pool2d if value else functional.avg_pool2d)(padded, 2 + a % 2, 1 + b % 2).clamp(-9, 9)


def _pooled(x: Tensor, a: int, b: int) -> Tensor:
    y = _as_map(x, b)
    height, width = y.shape[-2:]
    size = min(height, 1 + a % 3), min(width, 1 + b % 3)
    if a % 4 == 0:
        return functional.adaptive_avg_pool2d(y, (_factor(height, a), _factor(width, b)))
    if a % 4 == 1:
        return functional.adaptive_max_pool2d(y, (_factor(height, b), 1))
    return (functional.max_pool2d if a % 4 == 2 else functional.avg_pool2d)(y, size, ceil_mode=b % 4 == 0)


def _convolved(x: Tensor, a: int, b: int) -> Tensor:
    y = _as_map(x, b)
    kernel = torch.linspace(-1, 1, 2 * min(y.shape[-2], 1 + a % 2) * min(y.shape[-1], 1 + b % 3)).view(
        2, 1, min(y.shape[-2], 1 + a % 2), -1
    )
    y = functional.pad(y, (a % 2, b % 2, 0, 0))
    return functional.conv2d(y * 2, kernel, torch.ones(2) if a % 3 else None, 1 + a % 3, a // 4 % 2)


def _resized(x: Tensor, a: int, b: int) -> Tensor:
    mode = ("nearest", "bilinear", "nearest", "nearest-exact")[a % 4]
    return functional.interpolate(_as_map(x, b), scale_factor=(1 + a % 3, 1 + b % 4), mode=mode)


#: of one value
ALONE: Final[dict[str, Callable[[Tensor, int, int], Tensor]]] = {
    "reshape": _reshaped,
    "slice": _sliced,
    "unflatten": _unfolded,
    "flatten": _flattened,
    "transpose": lambda x, a, b: x.transpose(a % x.ndim, b % x.ndim),
    "movedim": lambda x, a, b: x.movedim(a % x.ndim, b % x.ndim),
    "select": lambda x, a, b: x.select(a % x.ndim, b % x.shape[a % x.ndim]) if x.ndim > 1 else x,
    "unsqueeze": lambda x, a, _: x.unsqueeze(a % (x.ndim + 1)),
    "squeeze": lambda x, _, __: x.squeeze() if x.squeeze().ndim else x,
    "expand": lambda x, a, b: (
        x.select(a % x.ndim, 0).unsqueeze(a % x.ndim).expand_as(x) if b % 2 else x.expand(2, *x.shape)
    ),
    "chunk": lambda x, a, b: x.chunk(2, a % x.ndim)[-1] if b % 2 else x.split(2, a % x.ndim)[0],
    "unbind": lambda x, a, b: torch.stack(x.unbind(a % x.ndim), b % x.ndim),
    "cat of parts": _joined,
    "flip": lambda x, a, b: x.flip(a % x.ndim, -1) if (a + 1) % x.ndim else x.flip(b % x.ndim),
    "roll": lambda x, a, b: x.roll(b - 8, a % x.ndim),
    "repeat": lambda x, a, _: x.repeat_interleave(2, a % x.ndim),
    "scale": lambda x, a, b: x * (a - 8) + b if a % 2 else b / 8 - x / (a + 1),
    "whole power": lambda x, a, _: (x + 0.37) ** (a % 5 - 2),
    "root": lambda x, a, b: ((x + 0.37) ** 2) ** (0.5 + a % 3 / 2) if b % 2 else (x + 0.37).abs() ** 0.5,
    "root of any": lambda x, a, _: (x + 0.37).sqrt() ** (1 + a % 4),
    "rsqrt": lambda x, _, __: x * (x.pow(2).mean(-1, keepdim=True) + 1e-3).rsqrt(),
    "relu": lambda x, a, _: (functional.relu, functional.silu, functional.gelu, torch.sigmoid, torch.tanh)[a % 5](x),
    "clamp": lambda x, a, b: x.clamp(min=(a - 8) / 8, max=None if b % 2 else 1.0),
    "exp": lambda x, _, __: x.clamp(max=3).exp(),
    "sum": lambda x, a, b: x.sum(a % x.ndim, keepdim=bool(b % 2)) if x.ndim > 1 else x,
    "mean": lambda x, a, b: x.mean((a % x.ndim, b % x.ndim) if (a - b) % x.ndim else a % x.ndim, keepdim=True),
    "amax": lambda x, a, _: x.amax(a % x.ndim, keepdim=True) - x.amin(a % x.ndim, keepdim=True),
    "softmax": lambda x, a, _: x.softmax(a % x.ndim),
    "cumsum": lambda x, a, _: x.cumsum(a % x.ndim),
    "var": lambda x, a, _: x.var(a % x.ndim, unbiased=False, keepdim=True),
    "layer_norm": lambda x, a, _: functional.layer_norm(x, x.shape[-1 - a % x.ndim :]),
    "turned": _turned,
    "picked": _picked,
    "padded": _padded,
    "pooled": _pooled,
    "convolved": _convolved,
    "resized": _resized,
    "again": _again,
    "slopes": lambda x, a, b: torch.where((x > 0) if a % 2 else (x <= 0), x * (a - 6), (b - 5) * x),
    "larger": _larger,
    "leaky": lambda x, a, _: functional.leaky_relu(x, (a - 5) / 4),
    "softmax by hand": _softmax,
    "softmax of masked": lambda x, a, b: (x + _mask(x.shape[-1], b)).softmax(-1 if a % 4 else 0),
    "group_norm": _group_norm,
    "spread": _spread,
    "length": lambda x, a, _: x.norm(dim=a % x.ndim, keepdim=True) + functional.normalize(x.abs() + 1, dim=a % x.ndim),
    "sum of sums": lambda x, a, b: x.sum(a % x.ndim, keepdim=True).mean(b % x.ndim, keepdim=True) * 3,
    "fill": lambda x, a, b: _changed(x, a, b, lambda y: y.fill_(a)),
    "add into": lambda x, a, b: _changed(x, a, b, lambda y: y.add_(1).mul_(a)),
    "copy into": lambda x, a, b: _changed(x, a, b, lambda y: y.copy_(y.sigmoid())),
    "masked": lambda x, a, _: x.masked_fill(x > 0.1234 * a, -1.0) if a % 2 else torch.where(~(x < 0.4321), x, x * a),
    "to whole": lambda x, a, b: (x * 4.321).clamp(-50, 50).long().double() if b % 2 else (x > 0.1234 * a) * 2.0,
}
#: of two of one shape
OF_TWO: Final[dict[str, Callable[[Tensor, Tensor, int], Tensor]]] = {
    "add": lambda x, y, a: x + y * (a - 8),
    "sub": lambda x, y, _: y - x,
    "mul": lambda x, y, a: x * y if a % 2 else x * y * y,
    "div": lambda x, y, _: x / (y.abs() + 0.5),
    "maximum": lambda x, y, _: torch.maximum(x, y),
    "where": lambda x, y, a: torch.where(x > y, x, y) if a % 2 else torch.where(x > 0.3210, y, x),
    "cat": lambda x, y, a: torch.cat([x, y], a % x.ndim),
    "stack": lambda x, y, a: torch.stack([x, y], a % (x.ndim + 1)),
    "lerp": lambda x, y, a: torch.lerp(x, y, 0.25) if a % 2 else torch.lerp(x, y, x),
    "sum of stacked": lambda x, y, a: torch.stack([x, y, x][: 2 + a % 2], a % (x.ndim + 1)).sum(a % (x.ndim + 1)),
}
#: of two matrices or batches of these, made of whatever there is
OF_MATRICES: Final[dict[str, Callable[[Tensor, Tensor], Tensor]]] = {
    "matmul": lambda x, y: x @ y.mT,
    "einsum": lambda x, y: torch.einsum("...ik,...jk->...ji", x, y),
    "attention": lambda x, y: functional.scaled_dot_product_attention(x, y, y),
    "linear": lambda x, y: functional.linear(x, y.reshape(-1, y.shape[-1])[:3]),
    "linear of first": lambda x, y: functional.linear(x.select(0, 0), y.reshape(-1, y.shape[-1])[:2]),
}
NAMES: Final = (*ALONE, *OF_TWO, *OF_MATRICES)


class Program(nn.Module):
    """Steps, each of which takes values that there are and adds one."""

    def __init__(self, steps: Sequence[Step]) -> None:
        super().__init__()
        self.steps = steps
        self.weight = nn.Parameter(torch.linspace(-1, 1, 12).view(3, 4))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        values = [x, self.weight]
        for name, which, a, b in self.steps:
            taken = values[-1 - which % min(3, len(values))]
            made = self._made(name, taken, values, a, b)
            if 0 < made.numel() <= _MOST and made.ndim:
                values.append(made)
        return tuple(dict.fromkeys(values[-3:]))

    @staticmethod
    def _made(name: str, x: Tensor, values: Sequence[Tensor], a: int, b: int) -> Tensor:
        if name in ALONE:
            return ALONE[name](x, a, b)
        alike = [each for each in values if each.shape == x.shape]
        if name in OF_TWO:
            return OF_TWO[name](x, alike[b % len(alike)], a)
        y = alike[b % len(alike)]
        if x.ndim < 2:
            x, y = x.unsqueeze(0), y.unsqueeze(0)
        return OF_MATRICES[name](x, y)


_CHOICE: Final = st.integers(0, 15)
STEPS: Final = st.lists(st.tuples(st.sampled_from(NAMES), _CHOICE, _CHOICE, _CHOICE), min_size=1, max_size=12)


def _input() -> Tensor:
    return torch.linspace(-2, 2, 48, dtype=torch.float64).roll(5).view(2, 6, 4)[:, [3, 0, 5, 1, 4, 2]] + 0.01


@pytest.fixture(autouse=True)
def _in_double() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def _wrong(programs: Sequence[Sequence[Step]]) -> list[str]:
    """What a graph says otherwise than the programs whose nodes it holds."""
    graph = Graph()
    found = []
    for steps in programs:
        one = traced(Program(steps), [_input()], graph)
        found += [each for each in mismatches(graph, one, close=1e-7) if not math.isnan(_size(each))]
    return found


def _size(words: str) -> float:
    return float(words.rpartition(" ")[2])


@settings(max_examples=150, derandomize=True)
@given(STEPS)
def test_a_forward_is_what_it_computes(steps: list[Step]) -> None:
    assert _wrong([steps]) == []


@settings(max_examples=50, derandomize=True)
@given(STEPS, st.lists(st.tuples(st.integers(0, 11), st.sampled_from(NAMES), _CHOICE, _CHOICE), max_size=2))
def test_two_on_one_graph(steps: list[Step], edits: list[tuple[int, str, int, int]]) -> None:
    """The other with a few steps changed: what both have is one node, and is right for both."""
    other = list(steps)
    for place, name, a, b in edits:
        other[place % len(other)] = (name, other[place % len(other)][1], a, b)
    assert _wrong([steps, other]) == []
