"""A live module to a trace: its forward runs on tensors without numbers, and every operation is noted.

What torch's operators are given is noted below all spellings: `x + y`, `torch.add`, `x.add_` are one operation here.
What `dropout` does is one operation; all else is noted by what it calls. Where a forward needs numbers (`if x.sum() >
0`), it runs once on numbers, and what the modules do that need them hangs on these. Must not compare, and leaves the
module as it was.
"""

from __future__ import annotations

import io
import logging
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from copy import deepcopy
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import (
    DataDependentOutputException,
    DynamicOutputShapeException,
    FakeTensorMode,
    UnsupportedFakeTensorException,
    UnsupportedOperatorException,
)
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter
from torch.utils._pytree import tree_map

from archdiff.execute.live.as_before import as_before
from archdiff.execute.live.exceptions import describe, first_line, is_interrupt
from archdiff.execute.live.functions import Functions
from archdiff.execute.live.outputs import form
from archdiff.execute.live.reads import Reads
from archdiff.execute.live.recorder import Recorder, Stopped
from archdiff.execute.live.tensors import Held, dtype_name, split, tensors
from archdiff.model.network import Value
from archdiff.model.trace import ForwardTrace

_SEED: Final = 7_236_451_908  # of numbers that go in where a forward needs them: none that a forward sets itself
_USUAL: Final = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
#: what torch says where a tensor has no numbers
_WITHOUT: Final = ("meta tensor", "meta kernel", "data-dependent", "faketensor", "fake tensor", "tensor subclasses")
_NEED_NUMBERS: Final = (
    DataDependentOutputException,
    DynamicOutputShapeException,
    UnsupportedFakeTensorException,
    UnsupportedOperatorException,
)


class Inputs(NamedTuple):
    """What a forward is called with.

    Attributes:
        tensors: By position or by the name of the argument: name, dtype, shape with the batch.
        named: Whether they are passed by name.
        plain: Other arguments, by name.
    """

    tensors: tuple[tuple[str, str, tuple[int, ...]], ...]
    named: bool = False
    plain: tuple[tuple[str, Value], ...] = ()

    def words(self) -> tuple[str, ...]:
        """`x:float32[2,3,224,224]` for each."""
        sizes = [f"{name}:{dtype}[{','.join(map(str, shape))}]" for name, dtype, shape in self.tensors]
        return (*sizes, *(f"{name}={value}" for name, value in self.plain))


class Given(NamedTuple):
    """What a forward is called with, as somebody made it."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def words(self) -> tuple[str, ...]:
        """`input0:float32[2,3,224,224]` for each tensor."""
        held = [
            *((f"input{number}", each) for number, each in enumerate(self.args)),
            *self.kwargs.items(),
        ]
        return tuple(
            f"{name}:{dtype_name(each)}[{','.join(map(str, each.shape))}]"
            for name, value in held
            for each in tensors(value)
        )


Called: TypeAlias = Inputs | Given


class NotTracedError(Exception):
    """A forward that cannot be traced with these inputs; its text says why.

    Attributes:
        is_final: Whether no other inputs help.
    """

    is_final = False


def trace(module: nn.Module, inputs: Called, training: bool, times: int = 1) -> ForwardTrace:
    """What its forward does.

    Args:
        module: Which is called; afterwards it is as before.
        inputs: What it is called with.
        training: The mode.
        times: How often it is called, one call behind the other.

    Raises:
        NotTracedError: Its forward fails with such inputs, or takes too many operations.
    """
    held = *module.parameters(), *module.buffers()
    if any(isinstance(each, UninitializedBuffer | UninitializedParameter) for each in held):
        module = _made_whole(module, inputs)
    try:
        return _traced(module, inputs, training, times, fake=True)
    except NotTracedError as error:
        if not _needs_numbers(error.__cause__):
            raise
        if any(each.is_meta for each in held):
            raise NotTracedError(f"hangs on numbers, and is on the meta device ({error})") from error
        return _traced(module, inputs, training, times, fake=False)


def _made_whole(module: nn.Module, inputs: Called) -> nn.Module:
    """A copy with the weights that lazy layers make in a first forward."""
    copy = deepcopy(module)
    with _quiet(), _plain(copy), torch.no_grad():
        args, kwargs = _arguments(copy, inputs, None)
        _output(copy, args, kwargs)
    return copy


def _needs_numbers(error: BaseException | None) -> bool:
    said = first_line(error).lower() if error is not None else ""
    return isinstance(error, _NEED_NUMBERS) or (
        isinstance(error, Exception) and any(words in said for words in _WITHOUT)
    )


def _traced(module: nn.Module, inputs: Called, training: bool, times: int, fake: bool) -> ForwardTrace:
    mode = FakeTensorMode(allow_non_fake_inputs=True) if fake else None
    with ExitStack() as stack:
        is_changed = stack.enter_context(as_before(module))
        stack.enter_context(_quiet())
        stack.enter_context(_plain(module))
        stack.enter_context(torch.set_grad_enabled(training))
        held = Held(module)
        hooks = [*_hooks(module)]
        if mode is not None:
            held.replace(mode)
            stack.enter_context(mode)
        args, kwargs = _arguments(module, inputs, mode)
        recorder = Recorder(module, held, mode, training)
        stack.callback(recorder.restore)
        stack.enter_context(recorder)
        functions = stack.enter_context(Functions(recorder))
        stack.enter_context(functions.in_place())
        stack.enter_context(recorder.modules.watched())
        for number, each in enumerate(tensors([list(args), kwargs])):
            recorder.add_input(number, each)
        for holder, name, hook, is_behind in hooks:
            (functions.gradients.behind if is_behind else functions.gradients.hook)(holder[name], hook)
        before = [*_buffers(module)]
        _call(partial(module.train, training))  # which may merge weights
        reads = Reads(module)
        stack.enter_context(reads.noted())
        given = [_output(module, args, kwargs) for _ in range(times)]
        outputs = tuple(recorder.ref(each) for output in given for each in form(output)[1])
        recorder.keep_gradients()
        functions.behind()
        exchanged = [(old, new) for old, new in zip(before, _buffers(module), strict=False) if new is not old]
        states = (*recorder.states(), *(recorder.ref(new) for _, new in exchanged if new is not None))
        tables = (split(held.name(old)) for old, _ in exchanged if old is not None and id(old) in held.tables)
        kept = {*reads.remembered, *recorder.remembers, *tables}
        remembers = tuple(sorted(kept | ({("", "an object")} if is_changed() else set())))
    way = "traced" if fake else "run once"
    ran, calls, writes = tuple(recorder.operations), tuple(recorder.modules.found), tuple(sorted(recorder.writes))
    read = tuple(sorted(reads.found))
    return ForwardTrace(ran, calls, outputs, inputs.words(), way, read, states, form(given[0])[0], writes, remembers)


def _buffers(module: nn.Module) -> Iterator[Tensor | None]:
    return (buffer for each in module.modules() for buffer in each._buffers.values())


def _hooks(module: nn.Module) -> Iterator[tuple[dict[str, Any], str, Callable[[Tensor], Any], bool]]:
    """Hooks on the gradients of weights: what holds a weight, its name there, the hook, whether it runs behind all."""
    for each in module.modules():
        for name, weight in each._parameters.items():
            for kept, is_behind in (("_backward_hooks", False), ("_post_accumulate_grad_hooks", True)):
                for hook in (getattr(weight, kept, None) or {}).values():
                    yield each._parameters, name, hook, is_behind


def _output(module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    return _call(partial(module, *args, **kwargs))


def _call(run: Callable[[], Any]) -> Any:
    try:
        return run()
    except Stopped as error:
        stopped = NotTracedError(str(error))
        stopped.is_final = True
        raise stopped from error
    except BaseException as error:  # a user's forward raises whatever it likes
        if is_interrupt(error):
            raise
        raise NotTracedError(describe(error)) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Nothing is printed meanwhile: torch logs each operation that fails on tensors without numbers."""
    disabled = logging.root.manager.disable
    noise = io.StringIO()
    with warnings.catch_warnings(action="ignore"), redirect_stdout(noise), redirect_stderr(noise):
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(disabled)


@contextmanager
def _plain(module: nn.Module) -> Iterator[None]:
    """What a forward does without what makes it faster, in one process and from one seed."""
    fast = torch.backends.mha.get_fastpath_enabled()  # a fused kernel, in eval mode alone
    devices = {each.get_device() for each in module.parameters() if each.is_cuda}
    with ExitStack() as stack:
        stack.enter_context(torch.random.fork_rng(sorted(devices)))
        if "torch._dynamo" in sys.modules:  # else nothing is compiled
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        for each in module.modules():
            if isinstance(each, nn.DataParallel):
                each.device_ids = []
            elif isinstance(each, nn.parallel.DistributedDataParallel):
                each.forward = each.module.__call__  # type: ignore[method-assign]
        torch.default_generator.manual_seed(_SEED)
        torch.backends.mha.set_fastpath_enabled(False)
        stack.callback(torch.backends.mha.set_fastpath_enabled, fast)
        yield


def _arguments(
    module: nn.Module, inputs: Called, mode: FakeTensorMode | None
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Tensors where the module is: ones, and numbers between -1 and 1 where they may be looked at."""
    if isinstance(inputs, Given):
        own: Callable[[Any], Any] = Tensor.clone if mode is None else mode.from_tensor
        args, kwargs = tree_map(
            lambda each: own(each) if isinstance(each, Tensor) else each, (tuple(inputs.args), dict(inputs.kwargs))
        )
        return args, kwargs
    held = next((each for each in module.parameters() if each.dtype in _USUAL), None)
    device = next((each.device for each in module.parameters()), torch.device("cpu"))
    made: dict[str, Tensor] = {}
    for name, dtype, shape in inputs.tensors:
        kind = getattr(torch, dtype)
        if kind in _USUAL:
            kind = kind if held is None else held.dtype
            made[name] = torch.empty(shape, dtype=kind, device=device).uniform_(-1, 1)
        else:
            made[name] = torch.ones(shape, dtype=kind, device=device)
    if inputs.named:
        return (), {**made, **dict(inputs.plain)}
    return (*made.values(),), dict(inputs.plain)
