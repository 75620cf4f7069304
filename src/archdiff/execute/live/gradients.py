"""What a forward does to gradients beside its operations: hooks on tensors, functions that bring their own.

Each runs once on a gradient that stands for any, so that what it makes of it is compared as operations are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from typing import Any

import torch
from torch import Tensor

from archdiff.execute.live.code import of_function
from archdiff.execute.live.exceptions import is_interrupt
from archdiff.execute.live.recorder import Recorder
from archdiff.model.trace import GRADIENT, GRADIENT_HOOK, OWN_GRADIENT


class Gradients:
    """Notes gradients in training.

    Args:
        recorder: That notes operations.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def hook(self, tensor: Tensor, hook: Callable[[Tensor], Any]) -> None:
        """A hook on a tensor, `x.register_hook(lambda gradient: gradient * 0.1)`; one that gives nothing only looks."""
        if self._recorder.training:
            self._note(GRADIENT_HOOK, [tensor], partial(_called, hook), hook, self._recorder.path)

    def behind(self, weight: Tensor, hook: Callable[[Tensor], Any]) -> None:
        """A hook that runs when the gradient of a weight is added up, and changes what it likes: its code counts."""
        if self._recorder.training:
            arguments = ("self", (self._recorder.ref(weight),)), ("code", _digest(hook))
            self._recorder.leave_behind(GRADIENT_HOOK, arguments)

    def of_functions(self) -> None:
        """Those that `torch.autograd.Function`s of somebody bring with them."""
        for function, path, made in [*self._own()]:
            self._note(OWN_GRADIENT, made, partial(_applied, function), function._forward_cls.backward, path)

    def _own(self) -> Iterator[tuple[Any, str, list[Tensor]]]:
        found: dict[int, tuple[Any, str, list[Tensor]]] = {}
        for tensor, path in self._recorder.of_functions.values():
            function: Any = tensor.grad_fn
            found.setdefault(id(function), (function, path, []))[2].append(tensor)
        for function, path, made in found.values():
            if not function._forward_cls.__module__.startswith("torch."):
                made.sort(key=lambda each: each.output_nr)
                yield function, path, made

    def _note(self, name: str, made: list[Tensor], run: Callable[[list[Tensor]], Any], code: Any, path: str) -> None:
        """What `run` makes of the gradients of some tensors; the code that does where it cannot be run so."""
        recorder = self._recorder
        about = tuple(map(recorder.ref, made))
        given = []
        with torch.no_grad(), recorder.modules.inside(path):
            for number, each in enumerate(made):
                given.append(torch.ones_like(each))
                recorder.note(GRADIENT, (("self", about[number]),), given[number], ())
            try:
                result = run(given)
            except Exception as error:
                if is_interrupt(error):
                    raise
                result, what = None, _digest(code)
            else:
                what = ""
                if result is None:
                    return
            gives = tuple(recorder.ref(each) if isinstance(each, Tensor) else None for each in _several(result))
            recorder.leave_behind(name, (("self", about), ("gives", gives), ("code", what)))


def _digest(function: Any) -> str:
    return sha256(of_function(function).encode()).hexdigest()[:16]


def _applied(function: Any, given: list[Tensor]) -> Any:
    return function.apply(*given)


def _called(hook: Callable[[Tensor], Any], given: list[Tensor]) -> Any:
    return hook(*given)


def _several(result: Any) -> tuple[Any, ...]:
    return result if isinstance(result, tuple) else (result,)
