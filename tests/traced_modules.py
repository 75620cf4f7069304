"""Modules whose forwards are traced, each with something that a trace has to get over."""

from __future__ import annotations

import functools
import random
import warnings
from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from archdiff.execute.live.tracing import Inputs

ROW: Final = Inputs((("x", "float32", (2, 4)),))


class Of(nn.Module):
    """One layer and a forward."""

    def __init__(self, run: Callable[[Any, Tensor], Any], **attributes: Any) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.run = run
        for name, value in attributes.items():
            setattr(self, name, value)

    def forward(self, x: Tensor) -> Any:
        return self.run(self, x)


class Buffered(Of):
    """One with a table, a state and a tensor beside them."""

    def __init__(self, run: Callable[[Any, Tensor], Any]) -> None:
        super().__init__(run)
        self.register_buffer("table", torch.arange(4), persistent=False)
        self.register_buffer("state", torch.full((4,), 0.5))
        self.beside = torch.full((4,), 0.25)


@functools.lru_cache
def positions(length: int) -> Tensor:
    return torch.arange(length).float()


def remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """A cache inside of a decorator."""
    held = functools.lru_cache(function)

    def run(*given: Any) -> Any:
        return held(*given)

    return run


class Placed(nn.Module):
    @staticmethod
    @remembered
    def places(length: int) -> Tensor:
        return torch.arange(length).float()

    def forward(self, x: Tensor) -> Any:
        return x + self.places(4)


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(_: Any, x: Tensor) -> Tensor:
        return x * 2

    @staticmethod
    def backward(_: Any, *gradients: Any) -> Any:
        return gradients[0] * 2


def plus_one(x: Tensor) -> Tensor:
    return torch.relu(x + 1)


def scripted(made: Any) -> Any:
    with warnings.catch_warnings(action="ignore"):  # that it is deprecated
        return torch.jit.script(made)


class Doubling(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if x.dim() == 2:
            x = x * 2
        return x


def counts(module: Any, x: Tensor) -> Tensor:
    module.seen += 1
    module.cache["last"] = x
    module.past.append(x)
    return x + int(module.seen)


def caches(module: Any, x: Tensor) -> Tensor:
    module.register_buffer("made", x * 2)
    module.layer.weight.requires_grad_(False)
    module.eval()
    y: Tensor = module.made
    return y


def writes(module: Any, x: Tensor) -> Tensor:
    module.state.mul_(0.5).add_(x.mean(0))
    module.table += 1
    with torch.no_grad():
        module.layer.weight.clamp_(max=0.1)
    y: Tensor = module.layer(x) + module.state
    return y


def writes_and_decides(module: Any, x: Tensor) -> Tensor:
    module.beside.add_(1)
    return writes(module, x) if x.sum() < 1e9 else x


def decides(_: Any, x: Tensor) -> Tensor:
    return x * 2 if x.sum() < 1e9 else x


def fails(module: Any, x: Tensor) -> Tensor:
    counts(module, x)
    module.new = x
    raise ValueError("no such size")


def in_place_on_the_input(_: Any, x: Tensor) -> Tensor:
    y = x[:, :2]
    x.add_(1)
    return y


def many(module: Any, x: Tensor) -> dict[str, Any]:
    return {"logits": module.layer(x), "more": (x * 2, None, 3)}


def drawn(_: Any, x: Tensor) -> Tensor:
    return x * random.random() + torch.rand(1)


def tied() -> nn.Module:
    module = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    module[1].weight = module[0].weight
    return module


def hooked() -> nn.Module:
    module = nn.Sequential(nn.Linear(4, 4))
    module[0].register_forward_hook(lambda *given: given[2] * 2)
    return module


def twice() -> nn.Module:
    relu = nn.ReLU()
    return nn.Sequential(relu, nn.Linear(4, 4), nn.Sequential(relu))


def compiled() -> nn.Module:
    with warnings.catch_warnings(action="ignore"):  # of what torch imports
        return torch.compile(nn.Linear(4, 4))  # type: ignore[return-value]


def dynamically_quantized() -> nn.Module:
    with warnings.catch_warnings(action="ignore"):  # that it is deprecated
        return torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(4, 4)), {nn.Linear}, torch.qint8)  # type: ignore[no-untyped-call, no-any-return]


#: name -> module, names of operations in eval mode without inputs and weights, and the way
MODULES: Final[dict[str, tuple[Callable[[], nn.Module], str, str]]] = {
    "layers": (
        lambda: nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout()),
        "t addmm native_batch_norm",
        "traced",
    ),
    "on the meta device": (lambda: nn.Sequential(nn.Linear(4, 4), nn.ReLU()).to("meta"), "t addmm relu", "traced"),
    "half precision": (lambda: nn.Linear(4, 4).half(), "t addmm", "traced"),
    "recurrent": (lambda: nn.GRU(4, 3), "", "traced"),
    "attributes, caches": (lambda: Of(counts, seen=0, cache={}, past=[]), "add", "traced"),
    "buffers made in the forward": (lambda: Of(caches), "mul", "traced"),
    "state in place": (lambda: Buffered(writes), "mul mean add clamp t addmm add tensor", "traced"),
    "a decision": (lambda: Of(decides), "sum lt opaque mul", "run once"),
    "a list of numbers": (lambda: Of(lambda _, x: x * x.tolist()[0][0]), "opaque mul", "run once"),
    "as many as are positive": (lambda: Of(lambda _, x: x[x > 0]), "gt opaque index", "run once"),
    "numbers of a table": (lambda: Buffered(lambda own, x: x * own.table.tolist()[2]), "mul", "traced"),
    "state in place, and a decision": (lambda: Buffered(writes_and_decides), "", "run once"),
    "the input in place": (lambda: Of(in_place_on_the_input), "slice add written_through", "traced"),
    "a dict": (lambda: Of(many), "t addmm mul", "traced"),
    "random": (lambda: Of(drawn), "mul rand detach add opaque", "traced"),
    "a cached function": (lambda: Of(lambda _, x: x + positions(4)), "tensor add", "traced"),
    "a cached method": (Placed, "tensor add", "traced"),
    "a function of autograd": (lambda: Of(lambda _, x: Doubled.apply(x)), "mul", "traced"),  # type: ignore[no-untyped-call]
    "checkpoint": (lambda: Of(lambda own, x: checkpoint(own.layer, x, use_reentrant=False)), "t addmm", "traced"),
    "checkpoint of old": (lambda: Of(lambda own, x: checkpoint(own.layer, x, use_reentrant=True)), "t addmm", "traced"),
    "vmap": (lambda: Of(lambda _, x: torch.vmap(lambda row: row * 2)(x)), "mul", "traced"),
    "a scripted function": (
        lambda: Of(lambda own, x: own.function(x), function=scripted(plus_one)),
        "add relu",
        "traced",
    ),
    "a scripted module": (lambda: scripted(Doubling()), "mul", "traced"),
    "DataParallel": (lambda: nn.DataParallel(nn.Linear(4, 4)), "t addmm", "traced"),
    "compiled": (compiled, "t addmm", "traced"),
    "a lazy layer": (lambda: nn.Sequential(nn.LazyLinear(3)), "t addmm", "traced"),
    "tied weights": (tied, "t addmm t addmm", "traced"),
    "a hook": (hooked, "t addmm mul", "traced"),
    "a module in two places": (twice, "relu t addmm relu", "traced"),
    "quantized": (dynamically_quantized, "", "traced"),
    "attention": (lambda: Of(lambda _, x: functional.scaled_dot_product_attention(x, x, x)), "", "traced"),
}
