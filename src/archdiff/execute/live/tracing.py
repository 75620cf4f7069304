"""A live module to a trace: its forward runs on tensors without numbers, and every operation is noted.

What torch's operators are given is noted below all spellings: `x + y`, `torch.add`, `x.add_` are one operation here.
What `dropout` does is one operation; all else is noted by what it calls. Where a forward needs numbers (`if x.sum() > 0`), it runs once on numbers, and the module that needs them is left closed.
Must not compare, and leaves the module as it was.
"""

from __future__ import annotations

import inspect
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from hashlib import sha256
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode, unset_fake_temporarily
from torch.nn import functional
from torch.nn.modules import module as hooks
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

import archdiff
from archdiff.model.network import Value
from archdiff.model.trace import INPUT, OPAQUE, PARAMETER, TENSOR, Argument, Call, Operation, Ref, Trace

MOST: Final = 200_000  # operations of one trace

_TORCH: Final = os.path.dirname(os.path.abspath(torch.__file__)) + os.sep
_OURS: Final = os.path.dirname(os.path.abspath(archdiff.__file__)) + os.sep
_DROPS: Final = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")
_ATTENTION: Final = "scaled_dot_product_attention"
#: operators that read numbers, of which the forward may make a decision
_READS: Final = ("_local_scalar_dense", "nonzero", "is_nonzero", "unique_consecutive", "_unique2", "masked_select")
#: operators that draw numbers
_RANDOM: Final = frozenset(
    {
        "rand",
        "rand_like",
        "randn",
        "randn_like",
        "randint",
        "randint_like",
        "randperm",
        "bernoulli",
        "uniform",
        "normal",
    }
)
#: operators that take the shape of a tensor, and none of its numbers
_OF_SHAPES: Final = frozenset(
    {"zeros_like", "ones_like", "full_like", "empty_like", "new_zeros", "new_ones", "new_full", "new_empty"}
)
_LARGEST: Final = 1 << 24  # numbers of what is filled for its shape
_MANY: Final = 64  # numbers of a tensor that is noted with what it holds


class Inputs(NamedTuple):
    """What a forward is called with.

    Attributes:
        tensors: By position or by the name of the argument: name, dtype, shape with the batch.
        named: Whether they are passed by name.
    """

    tensors: tuple[tuple[str, str, tuple[int, ...]], ...]
    named: bool = False

    def words(self) -> tuple[str, ...]:
        """`x:float32[2,3,224,224]` for each."""
        return tuple(f"{name}:{dtype}[{','.join(map(str, shape))}]" for name, dtype, shape in self.tensors)


class NotTraced(Exception):
    """A forward that cannot be traced with these inputs; its text says why."""


def trace(module: nn.Module, inputs: Inputs, training: bool) -> Trace:
    """What its forward does.

    Args:
        module: Which is called; afterwards it is as before.
        inputs: What it is called with.
        training: The mode.

    Raises:
        NotTraced: Its forward fails with such inputs, or takes too many operations.
    """
    try:
        return _traced(module, inputs, training, fake=True)
    except NotTraced as error:
        if not _needs_numbers(error.__cause__):
            raise
        return _traced(module, inputs, training, fake=False)


def _needs_numbers(error: BaseException | None) -> bool:
    name = type(error).__name__
    return name in ("DataDependentOutputException", "DynamicOutputShapeException", "GuardOnDataDependentSymNode") or (
        isinstance(error, RuntimeError | NotImplementedError)
        and any(words in str(error) for words in ("meta tensor", "Meta tensor", "data-dependent", "fake"))
    )


def _traced(module: nn.Module, inputs: Inputs, training: bool, fake: bool) -> Trace:
    mode = FakeTensorMode(allow_non_fake_inputs=True) if fake else None
    recorder = _Recorder(module, mode, training)
    with ExitStack() as stack:
        stack.enter_context(_as_before(module))
        stack.enter_context(warnings.catch_warnings(action="ignore"))
        stack.enter_context(torch.random.fork_rng([]))
        stack.enter_context(torch.set_grad_enabled(training))
        stack.enter_context(_plain_transformers())
        module.train(training)
        if mode is not None:
            stack.enter_context(mode)
        arguments = _arguments(module, inputs)
        stack.enter_context(recorder)
        functions = stack.enter_context(_Functions(recorder))
        stack.enter_context(functions.in_place())
        stack.enter_context(recorder.watching())
        for name, each in arguments.items():
            recorder.add_input(name, each)
        try:
            output = module(**arguments) if inputs.named else module(*arguments.values())
        except BaseException as error:  # a user's forward raises whatever it likes
            if isinstance(error, KeyboardInterrupt):
                raise
            raise NotTraced(_words(error)) from error
        finally:
            recorder.restore()
    recorder.keep_gradients()
    outputs = tuple(dict.fromkeys(recorder.ref(each) for each in _tensors(output)))
    return Trace(
        tuple(recorder.operations),
        tuple(recorder.calls),
        outputs,
        inputs.words(),
        "traced" if fake else "run once",
        recorder.states(),
    )


def _words(error: BaseException) -> str:
    first = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


@contextmanager
def _as_before(module: nn.Module) -> Iterator[None]:
    modes = [(each, each.training) for each in module.modules()]
    try:
        yield
    finally:
        for each, mode in modes:
            each.training = mode


@contextmanager
def _plain_transformers() -> Iterator[None]:
    """Without the fused kernel that torch's encoder takes in eval mode alone."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def _arguments(module: nn.Module, inputs: Inputs) -> dict[str, Tensor]:
    """Tensors where the module is: zeros, and numbers between -1 and 1 where they may be looked at."""
    held = next((each for each in module.parameters()), None)
    device = held.device if held is not None else torch.device("cpu")
    made: dict[str, Tensor] = {}
    for name, dtype, shape in inputs.tensors:
        kind = getattr(torch, dtype)
        if kind.is_floating_point and held is not None and held.is_floating_point():
            kind = held.dtype
        made[name] = (
            torch.empty(shape, dtype=kind, device=device).uniform_(-1, 1)
            if kind.is_floating_point
            else torch.ones(shape, dtype=kind, device=device)
        )
    return made


def _tensors(value: object) -> list[Tensor]:
    from archdiff.execute.running.trace import tensors

    return tensors(value)


# The recorder


class _Recorder(TorchDispatchMode):
    """Notes every operator that runs outside of what is left closed."""

    def __init__(self, root: nn.Module, fake: FakeTensorMode | None, training: bool) -> None:
        super().__init__()
        self._training = training
        self.operations: list[Operation] = []
        self.calls: list[Call] = []
        self._cuts: dict[int, list[Tensor]] = {}  # operations through which no gradient seems to run
        self.closed = 0  # modules or functions around here that are one operation
        self._root = root
        self._refs: dict[int, Ref] = {}
        self._kept: list[Any] = []  # so that no identity is used twice
        self._changed: list[tuple[Tensor, Tensor]] = []
        self._paths = _paths(root)
        self._open: list[tuple[nn.Module, str, list[Tensor], int]] = []
        self._held = {id(each): name for name, each in _named_tensors(root)}
        self._by_storage = {_storage(each): name for name, each in _named_tensors(root) if _storage(each)}
        self._aliases: dict[int, list[Tensor]] = {}  # by storage
        self._fake = fake
        #: by identity, what holds no weight: buffers of somebody's that are no state, and what is computed of these
        self._values: dict[int, Tensor] = {id(each): each for each in _constants(root)}

    # what torch calls

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        schema = func._schema
        self._keep_changed(schema, args)
        if self.closed or func.namespace == "prim":
            return func(*args, **kwargs)
        name = schema.name.partition("::")[2]
        if self._is_constant(name, (*args, *kwargs.values())):
            return self._constant(func, args, kwargs)
        names = [each.name for each in schema.arguments]
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        arguments = tuple((key, self._argument(value)) for key, value in given.items())
        output = func(*args, **kwargs)
        if name in _READS:
            self._opaque()
        changed = [given[each.name] for each in schema.arguments if _writes(each) and each.name in given]
        self.note(name.removesuffix("_") if changed and not name.endswith("__") else name, arguments, output, changed)
        return output

    def _is_constant(self, name: str, values: Iterable[Any]) -> bool:
        """Whether it hangs on no input and on no weight."""
        given = _tensors(list(values))
        if name in _OF_SHAPES:
            return all(each.numel() <= _LARGEST for each in given)
        return name.removesuffix("_") not in _RANDOM and all(id(each) in self._values for each in given)

    def _constant(self, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Runs it on numbers, beside what stands for these in the forward; it is noted where it is taken."""
        if self._fake is None:
            output = func(*args, **kwargs)
            self._know(output, output)
            return output
        with unset_fake_temporarily():
            values = func(*self._real(args), **self._real(dict(kwargs)))
        if not isinstance(values, Tensor | list | tuple):
            return values
        if any(_writes(each) for each in func._schema.arguments):
            output = func(*args, **kwargs)
        else:
            output = tree_map(lambda each: self._fake.from_tensor(each) if isinstance(each, Tensor) else each, values)
        self._know(output, values)
        return output

    def _real(self, value: Any) -> Any:
        """What was called with numbers in the place of what stands for them."""
        return tree_map(self._numbered, value)

    def _numbered(self, value: Any) -> Any:
        return self._number(value) if isinstance(value, Tensor) else value

    def _number(self, tensor: Tensor) -> Tensor:
        """The numbers of a tensor; any where only its shape is asked for."""
        known = self._values.get(id(tensor))
        return torch.empty(tensor.shape, dtype=tensor.dtype) if known is None else known

    def _know(self, output: Any, values: Any) -> None:
        for each, value in zip(_tensors(output), _tensors(values), strict=True):
            self._values[id(each)] = value
            self._kept.append(each)
            self._refs.pop(id(each), None)  # it was written into

    def note(self, name: str, arguments: tuple[tuple[str, Argument], ...], output: Any, changed: Sequence[Any]) -> None:
        """Adds one operation; what it writes into becomes its output, in all that shares the memory."""
        outputs = [each for each in (output if isinstance(output, list | tuple) else [output])]
        made = [each if isinstance(each, Tensor) else None for each in outputs]
        if not any(each is not None for each in made) and not changed:
            return
        if len(self.operations) >= MOST:
            raise NotTraced(f"more than {MOST:,} operations")
        number = len(self.operations)
        written = [each for value in changed for each in _tensors(value)]
        shapes = tuple(tuple(each.shape) if each is not None else () for each in made)
        path = self._open[-1][1] if self._open else ""
        dtype = next((_dtype(each) for each in (*made, *written) if each is not None), "")
        cut = self._training and (name == "detach" or not torch.is_grad_enabled())
        self.operations.append(Operation(name, arguments, shapes, path, _place(), dtype, cut))
        if cut:
            self._cuts[number] = [each for each in (*made, *written) if each is not None]
        for index, each in enumerate(made):
            if each is not None:
                self._remember(each, Ref(number, index))
        for each in written:
            self._values.pop(id(each), None)
            self._written(each, Ref(number))

    def _written(self, tensor: Tensor, ref: Ref) -> None:
        """In place: whoever shares the memory has other numbers too."""
        for other in self._aliases.get(_storage(tensor), ()):
            if other is not tensor and id(other) in self._refs and self._refs[id(other)] != ref:
                number = len(self.operations)
                arguments = (("self", self._refs[id(other)]), ("written", ref))
                self.operations.append(
                    Operation("written_through", arguments, (tuple(other.shape),), self.path, _place(), _dtype(other))
                )
                self._refs[id(other)] = Ref(number)
        self._remember(tensor, ref)

    @property
    def path(self) -> str:
        """Of the module whose forward runs."""
        return self._open[-1][1] if self._open else ""

    def _remember(self, tensor: Tensor, ref: Ref) -> None:
        if id(tensor) not in self._refs:
            self._kept.append(tensor)
            self._aliases.setdefault(_storage(tensor), []).append(tensor)
        self._refs[id(tensor)] = ref

    def _keep_changed(self, schema: Any, args: tuple[Any, ...]) -> None:
        """Weights and buffers that are written into, as they were."""
        if schema.is_mutable or schema.name == "aten::native_batch_norm":
            for each, value in zip(schema.arguments, args, strict=False):
                if _writes(each) and isinstance(value, Tensor) and id(value) in self._held:
                    if all(old is not value for old, _ in self._changed):
                        self._changed.append((value, value.detach().clone()))

    def keep_gradients(self) -> None:
        """What looked as if it had none: the forward of a function that brings its own gradient runs so."""
        for number, made in self._cuts.items():
            if any(each.requires_grad for each in made):
                self.operations[number] = self.operations[number]._replace(cuts=False)

    def states(self) -> tuple[Ref, ...]:
        """What weights and buffers that were written into hold now."""
        return tuple(self._refs[id(tensor)] for tensor, _ in self._changed if id(tensor) in self._refs)

    def restore(self) -> None:
        """Gives weights and buffers back what they held."""
        for tensor, before in self._changed:
            with torch.no_grad():
                tensor.copy_(before)

    # what operations are called with

    def ref(self, tensor: Tensor) -> Ref:
        """The operation that gave a tensor; a new one for a weight, or for a tensor that no operation gave."""
        known = self._refs.get(id(tensor))
        if known is not None:
            return known
        value = self._values.get(id(tensor))
        name = "" if value is not None else self._held.get(id(tensor)) or self._by_storage.get(_storage(tensor), "")
        shape, dtype = tuple(tensor.shape), _dtype(tensor)
        if name:
            cut = self._training and id(tensor) not in self._held  # its `data`
            operation = Operation(PARAMETER, (("name", name),), (shape,), self.path, "", dtype, cut)
        else:
            operation = Operation(
                TENSOR, (("holds", _numbers(tensor if value is None else value)),), (shape,), self.path, _place(), dtype
            )
        self.operations.append(operation)
        self._remember(tensor, Ref(len(self.operations) - 1))
        return self._refs[id(tensor)]

    def add_input(self, name: str, tensor: Tensor) -> None:
        """What goes into the network."""
        number = len([each for each in self.operations if each.name == INPUT])
        operation = Operation(INPUT, (("number", number),), (tuple(tensor.shape),), "", "", _dtype(tensor))
        self.operations.append(operation)
        self._remember(tensor, Ref(len(self.operations) - 1))

    def _argument(self, value: Any) -> Argument:
        match value:
            case Tensor():
                return self.ref(value)
            case list() | tuple():
                return tuple(self._argument(each) for each in value)
            case bool() | int() | float() | str() | None:
                return value
        return str(value)

    # modules

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Knows which module runs, from hooks that hold for all modules."""
        before = hooks.register_module_forward_pre_hook(self._enter)
        behind = hooks.register_module_forward_hook(self._leave, always_call=True)
        try:
            yield
        finally:
            before.remove()
            behind.remove()

    def _enter(self, module: nn.Module, arguments: tuple[Any, ...]) -> None:
        if not self.closed:
            path = self._path(module)
            self._open.append((module, path, _tensors(arguments), len(self.operations)))

    def _leave(self, module: nn.Module, arguments: Any, output: Any) -> None:
        if self.closed or not self._open or self._open[-1][0] is not module:
            return
        _, path, given, first = self._open[-1]
        self._open.pop()
        self.calls.append(
            Call(
                path,
                type(module).__name__,
                tuple(self.ref(each) for each in given),
                tuple(self.ref(each) for each in _tensors(output)),
                first,
                len(self.operations),
            )
        )

    def _path(self, module: nn.Module) -> str:
        """Of the module; of one that stands in several places, the one below what runs."""
        paths = self._paths.get(id(module), [""])
        return next((each for each in paths if each.startswith(self.path)), paths[0])

    def _opaque(self) -> None:
        """What runs hangs on numbers."""
        self.operations.append(Operation(OPAQUE, (), (), self.path, _place(), ""))


class _Functions(TorchFunctionMode):
    """Functions that are one operation, or are run by their definition: below, they are what a device makes of them."""

    def __init__(self, recorder: _Recorder) -> None:
        super().__init__()
        self._recorder = recorder
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
        name = getattr(func, "__name__", "")
        if func is self._own.get(name):
            return self._drops(func, name, args, kwargs)
        return func(*args, **kwargs)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Where other functions of torch call them, which this mode does not see."""
        for name, func in self._own.items():
            setattr(functional, name, partial(self._called, func))
        try:
            yield
        finally:
            for name, func in self._own.items():
                setattr(functional, name, func)

    def _called(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        return self.run(func, args, kwargs)

    def _drops(self, func: Callable[..., Any], name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        given = inspect.signature(func).bind(*args, **kwargs)
        given.apply_defaults()
        x, p, training = given.arguments["input"], given.arguments["p"], given.arguments["training"]
        if not training or not p:
            return x
        recorder = self._recorder
        arguments = ("self", recorder.ref(x)), ("p", p)
        recorder.closed += 1
        try:
            output = func(*args, **kwargs)
        finally:
            recorder.closed -= 1
        recorder.note(name, arguments, output, [x] if given.arguments["inplace"] else ())
        return output


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


# What is read of modules and tensors


def _paths(root: nn.Module) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for path, module in root.named_modules(remove_duplicate=False):
        found.setdefault(id(module), []).append(path)
    return found


def _named_tensors(root: nn.Module) -> Iterator[tuple[str, Tensor]]:
    yield from root.named_parameters(remove_duplicate=True)
    yield from root.named_buffers(remove_duplicate=True)


def _storage(tensor: Tensor) -> int:
    """Which memory it has; 0 where it has none."""
    try:
        return int(tensor.untyped_storage()._cdata)
    except (RuntimeError, NotImplementedError):  # of a subclass that holds others
        return 0


def _constants(root: nn.Module) -> Iterator[Tensor]:
    """Buffers that are tables and no state: whole numbers, and what no checkpoint holds; those of torch are state."""
    for module in root.modules():
        if not type(module).__module__.startswith("torch.nn."):
            for name, buffer in module._buffers.items():
                is_table = buffer is not None and not buffer.is_floating_point()
                if (
                    buffer is not None
                    and (is_table or name in module._non_persistent_buffers_set)
                    and not buffer.is_meta
                ):
                    yield buffer


def _numbers(tensor: Tensor) -> Value:
    """What a tensor holds: one number where all are the same, a digest where there are many, nothing of a fake one."""
    if isinstance(tensor, FakeTensor) or tensor.is_meta:
        return ""
    with unset_fake_temporarily():
        flat = tensor.detach().flatten()
        if flat.numel() > 1 and bool((flat == flat[0]).all()):
            flat = flat[:1]
        if flat.numel() <= _MANY:
            return tuple(each for each in flat.tolist() if isinstance(each, bool | int | float))
        if flat.is_floating_point():
            flat = flat.float()
        return sha256(bytes(flat.contiguous().view(torch.uint8).untyped_storage())).hexdigest()[:16]


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _writes(argument: Any) -> bool:
    return argument.alias_info is not None and argument.alias_info.is_write


def _place() -> str:
    """File and line of the code that called an operation: the innermost that is neither torch's nor ours."""
    frame = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith((_TORCH, _OURS, "<")):
            return f"{file}:{frame.f_lineno}"
        frame = frame.f_back  # type: ignore[assignment]
    return ""
