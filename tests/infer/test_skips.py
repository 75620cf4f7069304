"""Connections of traced forwards that are not from one layer to the next: which there are, and which there are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from archdiff import api, infer, sources
from archdiff.infer.skips import MOST, skips
from archdiff.infer.traced_shapes import evaluation
from archdiff.model.trace import INPUT, ForwardTrace, ModuleCall, Operation, Ref
from archdiff.semantics import rules
from known import known

Run = Callable[[Any, Tensor], Any]


class Net(nn.Module):
    """Linear layers of four features, one a letter, other modules by name, and a forward over them."""

    def __init__(self, run: Run, names: str = "abcd", **others: nn.Module) -> None:
        super().__init__()
        for name in names:
            self.add_module(name, nn.Linear(4, 4))
        for name, module in others.items():
            self.add_module(name, module)
        self.scale = nn.Parameter(torch.ones(4))
        self.run = run

    def forward(self, x: Tensor) -> Any:
        return self.run(self, x)


class Concat(nn.Module):
    """A layer of two streams."""

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return torch.cat([x, y], -1)


class Keeps(nn.Module):
    """A layer that gives others what it keeps beside its output."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        self.kept[:] = [x * 2]
        return x * 3


class Given(nn.Module):
    """A layer that takes what somebody has put there."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[Tensor] = []

    def forward(self) -> Tensor:
        return self.held[0] * 2


class Growing(nn.Module):
    """Each layer takes the outputs of all before."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(4 * number, 4) for number in range(1, depth + 1))

    def forward(self, x: Tensor) -> Tensor:
        found = [x]
        for layer in self.layers:
            found.append(layer(torch.cat(found, -1)))
        return found[-1]


class Transformer(nn.Module):
    """Blocks of attention and a gated MLP, both over the identity."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        names = ("norm", "q", "k", "v", "out", "norm2", "gate", "up", "down")
        self.blocks = nn.ModuleList(nn.ModuleDict({name: nn.Linear(4, 4) for name in names}) for _ in range(depth))

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            assert isinstance(block, nn.ModuleDict)
            y = block["norm"](x)
            q, k, v = (block[name](y) for name in "qkv")
            x = x + block["out"]((q @ k.mT).softmax(-1) @ v)
            y = block["norm2"](x)
            x = x + block["down"](functional.silu(block["gate"](y)) * block["up"](y))
        return x


def forked(n: Any, x: Tensor) -> Tensor:
    """Two branches of one layer, and a cat."""
    x = n.a(x)
    y: Tensor = n.wide(torch.cat([n.b(x), n.c(x)], -1))
    return y


def u_net(n: Any, x: Tensor) -> Tensor:
    """Two levels down, two up, each with what the level gave on the way down."""
    first = n.a(x)
    second = n.b(functional.max_pool1d(first, 2, padding=1).repeat(1, 2)[:, :4])
    lowest = n.c(second)
    y = n.wide(torch.cat([n.d(lowest), second], -1))
    z: Tensor = n.wide2(torch.cat([n.e(y), first], -1))
    return z


def in_place(n: Any, x: Tensor) -> Tensor:
    """A cat that is spelled as writes into slices."""
    made = torch.zeros(len(x), 8)
    made[:, :4] = n.a(x)
    made[:, 4:] = n.b(x)
    y: Tensor = n.wide(made)
    return y


def chain(n: Any, x: Tensor) -> Tensor:
    """Blocks of two layers over one identity path, in place."""
    x = n.a(x)
    x = x + n.c(n.b(x).relu())
    x += n.e(n.d(x).relu())
    y: Tensor = n.f(x)
    return y


def down(n: Any, x: Tensor) -> Tensor:
    """A block with a layer on the identity path, which runs last."""
    x = n.a(x)
    y: Tensor = n.relu(n.c(n.b(x)) + n.d(x))
    return y


def overwritten(n: Any, x: Tensor) -> Tensor:
    """A layer whose output is no more."""
    y = n.a(x)
    made: Tensor = n.c(y.copy_(n.b(y)))
    return made


def put(n: Any, x: Tensor) -> Tensor:
    """A sum that a layer takes from elsewhere."""
    n.given.held[:] = [(y := n.a(x)) + n.b(y)]
    made: Tensor = n.c(n.given())
    return made


def again(n: Any, x: Tensor) -> Tensor:
    """Two layers over the identity that run four times."""
    for _ in range(4):
        x = x + n.b(n.a(x))
    return x


def found(module: nn.Module, inputs: str = "float32[2,4]") -> list[tuple[str, ...]]:
    [network] = sources.traced([api.read(module)], [[module]], None, inputs)
    [sized] = infer.infer((rules.normalize(network),))
    return [tuple(each) for each in skips(known(evaluation(sized)), [leaf.path for leaf in sized.leaves])]


WIDE = nn.Linear(8, 4)
ATTENTION = nn.MultiheadAttention(4, 2, batch_first=True)

NONE: list[tuple[str, nn.Module]] = [
    ("in order", nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))),
    ("one layer alone", nn.Linear(4, 4)),
    ("no layers", Net(lambda n, x: x + x.relu() * n.scale, "")),
    ("functions between", Net(lambda n, x: n.c(functional.relu(n.b(n.a(x).relu())).flatten(1)))),
    ("one layer by two ways", Net(lambda n, x: n.b((y := n.a(x)) * torch.sigmoid(y)))),
    ("parts of one layer", Net(lambda n, x: n.wide(torch.cat(n.a(x).chunk(2, -1)[::-1] * 2, -1)), wide=WIDE)),
    ("a weight", Net(lambda n, x: n.b(n.a(x) * n.scale + torch.arange(4)))),
    ("a lost skip connection", Net(lambda n, x: n.c(n.b(n.a(x))))),
    ("a layer that gets a stream three times", Net(lambda n, x: n.attention(y := n.a(x), y, y), attention=ATTENTION)),
    ("a layer that makes a weight", nn.Sequential(parametrizations.weight_norm(nn.Linear(4, 4)))),
    ("what is written over", Net(overwritten)),
    ("what nothing takes", Net(lambda n, x: (n.b(y := n.a(x)) + y, n.c(y))[1])),
]
SOME: list[tuple[str, nn.Module, list[tuple[str, str, str]]]] = [
    ("a residual block", Net(lambda n, x: n.d((y := n.a(x)) + n.c(n.b(y).relu()))), [("a", "d", "add")]),
    ("over the other operand", Net(lambda n, x: n.c(n.b(y := n.a(x)).add_(y))), [("a", "c", "add")]),
    ("from the input", Net(lambda n, x: n.b(x + n.a(x))), [("", "b", "add")]),
    ("to the output", Net(lambda n, x: (y := n.a(x)) + n.b(y)), [("a", "", "add")]),
    ("from the input to the output", Net(lambda n, x: (x + n.a(x)).relu()), [("", "", "add")]),
    ("functions behind it", Net(lambda n, x: n.c(functional.relu((y := n.a(x)) + n.b(y)) * 2)), [("a", "c", "add")]),
    ("functions before it", Net(lambda n, x: n.c((y := n.a(x)).relu() + n.b(y).relu())), [("a", "c", "add")]),
    ("around two layers", Net(lambda n, x: n.d((y := n.a(x).relu()) + n.c(n.b(y)))), [("a", "d", "add")]),
    (
        "the first of those that take it",
        Net(lambda n, x: n.d(n.c(z := (y := n.a(x)) + n.b(y))) + z),
        [("a", "c", "add"), ("b", "", "add")],
    ),
    ("two branches", Net(forked, wide=WIDE), [("b", "wide", "cat")]),
    ("a cat of slices", Net(in_place, wide=WIDE), [("a", "wide", "copy")]),
    ("a gate", Net(lambda n, x: n.c((y := n.a(x)) * n.b(y).sigmoid())), [("a", "c", "mul")]),
    (
        "one product of all",
        Net(lambda n, x: n.d(n.b(y := n.a(x)).mul(n.c(y)).add(y))),
        [("a", "d", "add"), ("b", "d", "mul")],
    ),
    ("a chain of adds", Net(chain, "abcdef"), [("a", "d", "add"), ("c", "f", "add")]),
    ("a layer on the identity path", Net(down, relu=nn.ReLU()), [("c", "relu", "add")]),
    ("each takes all", Growing(3), [("", "layers.1", "cat"), ("", "layers.2", "cat"), ("layers.0", "layers.2", "cat")]),
    (
        "down and up",
        Net(u_net, "abcde", wide=WIDE, wide2=nn.Linear(8, 4)),
        [("b", "wide", "cat"), ("a", "wide2", "cat")],
    ),
    ("a layer of two streams", Net(lambda n, x: n.join(y := n.a(x), n.b(y)), join=Concat()), [("a", "join", "cat")]),
    (
        "keys of another layer",
        Net(lambda n, x: n.attention(n.b(y := n.a(x)), y, y), attention=ATTENTION),
        [("a", "attention", "bmm")],
    ),
    ("a module called twice", Net(lambda n, x: n.b((y := n.a(x)) + n.a(y))), [("a", "b", "add")]),
    ("a block called four times", Net(again, "ab"), [("", "a", "add"), ("b", "a", "add"), ("b", "", "add")]),
    (
        "a dropout that does nothing",
        Net(lambda n, x: n.c(n.drop((y := n.a(x)) + n.drop(n.b(y)))), drop=nn.Dropout()),
        [("a", "drop", "add")],
    ),
    (
        "a dropout on the identity path",
        Net(lambda n, x: n.c(n.b(y := n.a(x)) + n.drop(y)), drop=nn.Dropout()),
        [("b", "c", "add")],
    ),
    ("what a layer gets from elsewhere", Net(put, given=Given()), [("a", "given", "add")]),
    (
        "what a layer keeps",
        Net(lambda n, x: n.b(n.a(n.keeps(x)) + n.keeps.kept[0]), keeps=Keeps()),
        [("keeps", "b", "add")],
    ),
    (
        "a layer that makes a weight",
        Net(lambda n, x: n.b((y := n.a(x)) + n.w(y)), w=parametrizations.weight_norm(nn.Linear(4, 4))),
        [("a", "b", "add")],
    ),
    (
        "layers in a layer",
        nn.Sequential(nn.TransformerEncoderLayer(4, 2, 4, batch_first=True), nn.Linear(4, 4)),
        [("", "0.norm1", "add"), ("0.norm1", "0.norm2", "add")],
    ),
    (
        "a layer in a layer that it does not call",
        Net(lambda n, x: n.b((z := (y := n.a(x)) + n.attention(y, y, y)[0]) + n.c(z)), attention=ATTENTION),
        [("a", "c", "add"), ("attention", "b", "add")],
    ),
    (
        "blocks of a transformer",
        Transformer(1),
        [
            ("blocks.0.q", "blocks.0.out", "mm"),
            ("blocks.0.k", "blocks.0.out", "mm"),
            ("", "blocks.0.norm2", "add"),
            ("blocks.0.gate", "blocks.0.down", "mul"),
            ("blocks.0.out", "", "add"),
        ],
    ),
]


@pytest.mark.parametrize("module", [case[1] for case in NONE], ids=[case[0] for case in NONE])
def test_none(module: nn.Module) -> None:
    assert found(module) == []


@pytest.mark.parametrize(("module", "expected"), [case[1:] for case in SOME], ids=[case[0] for case in SOME])
def test_skips(module: nn.Module, expected: list[tuple[str, str, str]]) -> None:
    assert found(module) == expected


def test_a_chain_of_blocks_has_no_pairs() -> None:
    made = found(Transformer(40))
    assert len(made) == 40 * 5
    assert made[-5:-1] == [
        ("blocks.39.q", "blocks.39.out", "mm"),
        ("blocks.39.k", "blocks.39.out", "mm"),
        ("blocks.38.down", "blocks.39.norm2", "add"),
        ("blocks.39.gate", "blocks.39.down", "mul"),
    ]


def test_of_too_many_the_shortest_are_kept() -> None:
    """Of 80 layers that take all before there are 79 over one layer, 78 over two ..., from the input too."""
    made = found(Growing(80))
    numbers = [(int(target.rpartition(".")[2]), int(source.rpartition(".")[2] or -1)) for source, target, _ in made]
    assert len(set(made)) == len(made) == MOST == 2_000
    assert numbers == sorted(numbers)
    whole = next(length for length in range(2, 80) if sum(81 - each for each in range(2, length + 1)) > MOST)
    assert {target - source for target, source in numbers} == {*range(2, whole + 1)}
    assert sum(target - source < whole for target, source in numbers) == sum(81 - each for each in range(2, whole))


def test_a_forward_without_layers_that_ran() -> None:
    x = Operation(INPUT, (("number", 0),), ((2, 4),), "")
    doubled = Operation("mul", (("self", Ref(0)), ("other", 2)), ((2, 4),), "a")
    call = ModuleCall("a", "A", (Ref(0),), (Ref(1),), 1, 2)
    for layers in ((), ("b",), ("a",)):
        assert skips(ForwardTrace((x, doubled), (call,), (Ref(1),), (), "traced"), layers) == ()
