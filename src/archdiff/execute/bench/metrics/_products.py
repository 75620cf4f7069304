"""Multiplications of a forward, counted where torch dispatches them, with the densities of both operands.

What an operation multiplies is what its operands are when it runs: the density of an input is taken behind pooling,
padding and whatever else stands before the layer that consumes it. An operand that is a parameter, or a view of one, is
a weight. Formulas are those of `torch.utils.flop_counter`, with which the dense count agrees; a multiply-accumulate
(MAC) is two of its FLOPs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from archdiff.execute.bench.metrics import Subject

_aten = torch.ops.aten

#: which arguments are multiplied
_OPERANDS: Final[Mapping[Any, tuple[int, int]]] = {
    _aten.mm: (0, 1),
    _aten.addmm: (1, 2),
    _aten.bmm: (0, 1),
    _aten.baddbmm: (1, 2),
    _aten.convolution: (0, 1),
    _aten._convolution: (0, 1),
}


class Product(NamedTuple):
    """One operation that multiplies: its dense MACs, and the shares of non-zeros of what it multiplies."""

    macs: int
    weights: float = 1.0
    activations: float = 1.0


def products(subject: Subject) -> tuple[Product, ...]:
    """Of one forward in eval mode; counted once for a subject."""
    if "products" not in subject.kept:
        subject.kept["products"] = tuple(counted(subject.module, subject.inputs))
    found: tuple[Product, ...] = subject.kept["products"]
    return found


def macs(subject: Subject, share: Callable[[Product], float] = lambda _: 1) -> float:
    """Of a sample: dense MACs of each operation times a share of them."""
    return sum(each.macs * share(each) for each in products(subject)) / subject.batch


def counted(module: nn.Module, inputs: Any) -> list[Product]:
    """The products of one forward."""
    mode = _ProductCounter({_storage(weight) for weight in module.parameters()})
    math = torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH)
    with torch.no_grad(), eval_mode(module), _without_onednn(), math, mode:
        module(inputs)
    return mode.found


@contextmanager
def _without_onednn() -> Iterator[None]:
    """With it, an LSTM or GRU on the CPU is one operation whose products are not seen."""
    before, *_ = torch.backends.mkldnn.set_flags(False)  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        torch.backends.mkldnn.set_flags(before)  # type: ignore[no-untyped-call]


class _ProductCounter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self, weights: set[int]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.weights = weights
        self.found: list[Product] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        packet = func._overloadpacket
        if packet not in flop_registry:
            with self:
                whole = func.decompose(*args, **kwargs)
            if whole is not NotImplemented:
                return whole
        out = func(*args, **kwargs)
        if packet in flop_registry:
            self.found.append(self._product(packet, args, kwargs, out))
        return out

    def _product(self, packet: Any, args: Any, kwargs: Any, out: Any) -> Product:
        macs = flop_registry[packet](*args, **kwargs, out_val=out) // 2
        weights = activations = 1.0
        for place in _OPERANDS.get(packet, ()):
            if _storage(args[place]) in self.weights:
                weights *= density(args[place])
            else:
                activations *= density(args[place])
        return Product(macs, weights, activations)


def density(tensor: Tensor) -> float:
    """Share of non-zeros."""
    return float(torch.count_nonzero(tensor)) / tensor.numel() if tensor.numel() else 0.0


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


@contextmanager
def eval_mode(module: nn.Module) -> Iterator[None]:
    """Each part goes back to the mode that it was in."""
    training = [part for part in module.modules() if part.training]
    module.eval()
    try:
        yield
    finally:
        for part in training:
            part.training = True
