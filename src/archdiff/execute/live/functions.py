"""Functions of torch that are one operation in a trace, or are run by their definition.

Below them, a device makes of them what it likes. Must not know modules.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from typing import Any, Final

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensor, unset_fake_temporarily
from torch.nn import functional
from torch.overrides import TorchFunctionMode
from torch.utils.checkpoint import CheckpointFunction

from archdiff.execute.live.gradients import Gradients
from archdiff.execute.live.recorder import Recorder

_DROPS: Final = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")
_SET_TRAINED: Final = Tensor.requires_grad.__set__  # type: ignore[attr-defined]
_SET_DATA: Final = Tensor.data.__set__  # type: ignore[attr-defined]
_ATTENTION: Final = "scaled_dot_product_attention"
#: that read numbers past torch's operators
_READS: Final = frozenset({Tensor.tolist, Tensor.numpy, Tensor.__array__})


class Functions(TorchFunctionMode):
    """Functions that are one operation, or are run by their definition: below, they are what a device makes of them."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder
        self.gradients = Gradients(recorder)
        self._own = {name: getattr(functional, name) for name in (*_DROPS, _ATTENTION)}

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        return self.run(func, args, kwargs or {})

    def run(self, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """One of these functions, or any other."""
        if self._recorder.closed:
            return func(*args, **kwargs)
        if func is self._own[_ATTENTION]:
            return _attention(*args, **kwargs)
        if func in _READS:
            return self._reads(func, args, kwargs)
        if func == _SET_DATA:
            self._recorder.put(args[0], args[1])
        elif func is Tensor.register_hook:
            self.gradients.hook(*args, **kwargs)
        elif func == Tensor.requires_grad_ or func == _SET_TRAINED:
            self._recorder.train(args[0], bool([*args[1:], *kwargs.values(), True][0]))
        name = getattr(func, "__name__", "")
        if name in self._own and func is self._own[name]:
            return self._drops(func, name, args, kwargs)
        return func(*args, **kwargs)

    def behind(self) -> None:
        """What is known of functions only when all have run."""
        self.gradients.of_functions()

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Where other functions of torch call them, which this mode does not see.

        A checkpoint computes what it is given, and again for the gradient, which is the same.
        """
        CheckpointFunction.apply = _computed  # type: ignore[method-assign]
        #  # computed again for the gradient, which is the same
        for name, func in self._own.items():
            setattr(functional, name, partial(self._called, func))
        try:
            yield
        finally:
            for name, func in self._own.items():
                setattr(functional, name, func)
            del CheckpointFunction.apply

    def _called(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        return self.run(func, args, kwargs)

    def _reads(self, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        known = self._recorder.known(args[0])
        if known is not None:
            with unset_fake_temporarily():
                return func(known, *args[1:], **kwargs)
        if isinstance(args[0], FakeTensor):
            raise DataDependentOutputException(func)
        self._recorder.reads(args[0])
        return func(*args, **kwargs)

    def _drops(self, func: Callable[..., Any], name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        given = _signature(func).bind(*args, **kwargs)
        given.apply_defaults()
        x, p, training = given.arguments["input"], given.arguments["p"], given.arguments["training"]
        if not training or not p:
            return x
        recorder = self._recorder
        arguments = ("self", recorder.ref(x)), ("p", p), *recorder.seed("bernoulli", {})
        recorder.closed += 1
        try:
            output = func(*args, **kwargs)
        finally:
            recorder.closed -= 1
        recorder.note(name, arguments, output, [x] if given.arguments["inplace"] else ())
        return output


def _computed(run: Callable[..., Any], _: Any, *args: Any) -> Any:
    return run(*args)


@cache
def _signature(func: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(func)


def _attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """By the definition in the documentation of `torch.nn.functional.scaled_dot_product_attention`."""
    if enable_gqa:
        key = key.repeat_interleave(query.size(-3) // key.size(-3), -3)
        value = value.repeat_interleave(query.size(-3) // value.size(-3), -3)
    weight = query @ key.transpose(-2, -1) * (query.size(-1) ** -0.5 if scale is None else scale)
    if is_causal:
        mask = torch.ones(query.size(-2), key.size(-2), dtype=torch.bool, device=query.device).tril()
        weight = weight.masked_fill(mask.logical_not(), float("-inf"))
    if attn_mask is not None:
        weight = (
            weight.masked_fill(attn_mask.logical_not(), float("-inf"))
            if attn_mask.dtype is torch.bool
            else weight + attn_mask
        )
    weight = torch.softmax(weight, dim=-1)
    return functional.dropout(weight, dropout_p, training=dropout_p > 0) @ value
