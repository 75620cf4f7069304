"""Small modules whose prints are equal and which hold other attributes, tensors, hooks or modes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from enum import Enum
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import prune

WIDTH = 8


class Mode(Enum):
    SUM = 1
    MEAN = 2


class Attention(nn.Module):
    """Heads, and what follows from them."""

    def __init__(self, heads: int = 4, width: int = WIDTH, base: float = 10_000.0, **held: Any) -> None:
        super().__init__()
        self.num_heads = heads
        self.head_dim = width // heads
        self.scale = self.head_dim**-0.5
        self.rope_base = base
        self.__dict__.update(held)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)


class Block(nn.Module):
    def __init__(self, number: int, first: int = 0, width: int = WIDTH, **held: Any) -> None:
        super().__init__()
        self.layer_idx = number + first
        self.attention = Attention(width=width, **held)
        self.norm = nn.LayerNorm(width)


class Net(nn.Module):
    """Blocks, whose heads the network hands down."""

    def __init__(self, blocks: int = 3, first: int = 0, width: int = WIDTH, **held: Any) -> None:
        super().__init__()
        self.num_heads = held.get("heads", 4)
        self.width = width
        self.blocks = nn.ModuleList(Block(number, first, width, **held) for number in range(blocks))


class Rotary(nn.Module):
    """Angles that the constructor works out; no checkpoint holds them."""

    def __init__(self, base: float = 10_000.0, places: int = 4) -> None:
        super().__init__()
        self.fc = nn.Linear(WIDTH, WIDTH)
        self.register_buffer("angles", base ** (-torch.arange(places) / places), persistent=False)


class MyRotaryEmbedding(nn.Module):
    def __init__(self, base: float = 10_000.0) -> None:
        super().__init__()
        self.register_buffer("inv_freq", base ** (-torch.arange(4) / 4), persistent=False)


class Adapter(nn.Module):
    """As LoRA adds it to a layer."""

    def __init__(self, alpha: int = 16, rank: int = 4) -> None:
        super().__init__()
        self.lora_alpha = {"default": alpha}
        self.scaling = {"default": alpha / rank}
        self.base_layer = nn.Linear(WIDTH, WIDTH)
        self.lora_A = nn.ModuleDict({"default": nn.Linear(WIDTH, rank, bias=False)})
        self.lora_B = nn.ModuleDict({"default": nn.Linear(rank, WIDTH, bias=False)})


class T5LayerNorm(nn.Module):
    def __init__(self, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(WIDTH))
        self.variance_epsilon = eps


class Scale(nn.Module):
    """Prints nothing, or all that it holds."""

    def __init__(self, factor: float = 2.0, prints: bool = False) -> None:
        super().__init__()
        self.factor = factor
        self._prints = prints

    def extra_repr(self) -> str:
        return f"factor={self.factor}" if self._prints else ""


class Hiding(nn.Module):
    """Prints nothing of what is in it."""

    def __init__(self, width: int = WIDTH, layers: int = 1, act: nn.Module | None = None, **held: Any) -> None:
        super().__init__()
        self.act = act
        self.layers = nn.ModuleList(nn.Linear(WIDTH, width) for _ in range(layers))
        self.inner = Attention(**held)

    def __repr__(self) -> str:
        return "Hiding()"


class Bare(nn.Module):
    """Registers tensors itself."""

    def __init__(self, **shapes: tuple[int, ...]) -> None:
        super().__init__()
        self.fc = nn.Linear(WIDTH, WIDTH)
        for name, shape in shapes.items():
            if name.startswith("buffer"):
                self.register_buffer(name, torch.zeros(shape))
            else:
                self.register_parameter(name, nn.Parameter(torch.zeros(shape)))


class Counting(nn.Module):
    """What it assigns while it runs is no setting."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(WIDTH, WIDTH)
        self.calls = 0
        self.shape: tuple[int, ...] | None = None

    def forward(this, x: Tensor) -> Tensor:  # noqa: N805  (the name of `self` is free)
        this.calls += 1
        return this._kept(this.fc(x))

    def _kept(self, x: Tensor) -> Tensor:
        self.shape = tuple(x.shape)
        return x


def counted(calls: int) -> nn.Module:
    made = Counting()
    for number in range(calls):
        made(torch.zeros(number + 1, WIDTH))
    return made


def attention(**held: Any) -> nn.Module:
    """One attention in a network of three blocks, as `Net` makes it."""
    return Net(**held)


def mlp() -> nn.Sequential:
    return nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH))


def hooked(hook: Callable[..., Any], when: str = "forward") -> nn.Module:
    made = mlp()
    getattr(made[1], f"register_{when}_hook")(hook)
    return made


def doubled(_module: nn.Module, _inputs: Any, output: Tensor) -> Tensor:
    return output * 2


def halved(_module: nn.Module, _inputs: Any, output: Tensor) -> Tensor:
    return output / 2


def pruned(amount: float) -> nn.Module:
    made = mlp()
    prune.random_unstructured(made[0], "weight", amount=amount)
    return made


def normed() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5), nn.Conv2d(4, 4, 3))


def frozen(*places: int) -> nn.Module:
    made = normed()
    for place in places:
        made[place].requires_grad_(False)
    return made


def in_eval(*places: int) -> nn.Module:
    made = normed()
    for place in places:
        made[place].eval()
    return made


def training_inside(*places: int) -> nn.Module:
    made = normed().eval()
    for place in places:
        made[place].train()
    return made


def in_half() -> nn.Module:
    return normed().to(torch.bfloat16)


def tied(head: bool) -> nn.Module:
    made = nn.ModuleDict({"embed": nn.Embedding(50, WIDTH), "head": nn.Linear(WIDTH, 50, bias=False)})
    if head:
        made["head"].weight = made["embed"].weight
    return made


def swish(x: Tensor) -> Tensor:
    return x * x.sigmoid()


def copied_swish() -> Callable[[Tensor], Tensor]:
    """The same function, written down elsewhere."""

    def swish(x: Tensor) -> Tensor:
        return x * x.sigmoid()

    return swish


def slope(number: float) -> Callable[[Tensor], Tensor]:
    def leaky(x: Tensor) -> Tensor:
        return functional.leaky_relu(x, number)

    return leaky


leaky = functools.partial(functional.leaky_relu, negative_slope=0.2)
