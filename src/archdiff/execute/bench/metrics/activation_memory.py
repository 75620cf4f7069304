"""Largest number of bytes of tensors alive at once that one call allocates, without parameters, buffers and the input.

Counted where torch dispatches operations: every new storage that comes out of one counts until it is freed. Exact and
the same on every machine; what a kernel takes and gives back inside one operation is not in it. For a convolution, a
batch norm and pooling in eval mode it is input plus output of the batch norm: 25,690,112 bytes for 64 samples of
64x28x28 float32.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from archdiff.execute.bench.metrics import Metric, Subject


def _measure(subject: Subject) -> float:
    with torch.inference_mode(False):  # under which composite operations would come whole, their insides unseen
        return peak(subject.step)


def peak(call: Any) -> int:
    """Bytes that a call allocates at most at once; what it returns counts while it is held."""
    call()  # what is made once, such as the state of an optimizer, stays
    mode = _Accounting()
    with mode:
        out = call()
    del out
    return mode.peak


class _Accounting(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.live: dict[int, weakref.ref[Any]] = {}
        self.now = self.peak = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if torch.is_inference_mode_enabled():
            with self:
                whole = func.decompose(*args, **kwargs)
            if whole is not NotImplemented:
                return whole
        before = {_key(each) for each in _tensors((args, kwargs))}
        out = func(*args, **kwargs)
        for each in _tensors(out):
            if _key(each) not in before:
                self._count(each)
        return out

    def _count(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        if key in self.live:
            return
        self.live[key] = weakref.ref(storage, lambda _: self._free(key, size))
        self.now += size
        self.peak = max(self.peak, self.now)

    def _free(self, key: int, size: int) -> None:
        if self.live.pop(key, None) is not None:
            self.now -= size


def _key(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _tensors(values: Any) -> Iterable[Tensor]:
    return (each for each in tree_leaves(values) if isinstance(each, Tensor) and each.layout is torch.strided)


METRIC = Metric("B", "lower", _measure, order=10)
