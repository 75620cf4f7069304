"""What notes the operations of one forward, as torch's operators are called.

Must not call modules, and compares nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from types import FrameType
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import (
    DataDependentOutputException,
    DynamicOutputShapeException,
    FakeTensor,
    FakeTensorMode,
    unset_fake_temporarily,
)
from torch.autograd.function import BackwardCFunction
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes
from torch.utils._pytree import tree_map

from archdiff.execute.live.calls import ModuleCalls
from archdiff.execute.live.frames import function_frames, place
from archdiff.execute.live.operators import OF_SHAPES, RANDOM, named, operator, picks
from archdiff.execute.live.tensors import Held, compact, dtype_name, numbers, split, storage, tensors
from archdiff.model.trace import INPUT, OPAQUE, PARAMETER, TENSOR, TRAINED, Argument, Operation, Ref

MOST: Final = 200_000  # operations of one trace
LONGEST: Final = 60.0  # seconds of one trace
MEMORY: Final = 2 << 30  # bytes of numbers that are kept

_LARGEST: Final = 1 << 24  # numbers of a table that is worked out
_LITERAL: Final = "lift_fresh"  # called on what code spells out: torch.tensor(2.0), the number of x[0] = 2.0
_CPU: Final = torch.device("cpu")


class Stopped(BaseException):
    """A bound is reached; no Exception, so that no forward goes on behind it."""


class Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes every operator that runs outside of what is left closed."""

    def __init__(self, root: nn.Module, held: Held, fake: FakeTensorMode | None, training: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.training = training
        self._states: dict[str, Tensor] = {}  # weights and buffers that were written into, by name
        self._cuts: dict[int, list[Tensor]] = {}  # operations through which no gradient seems to run
        self.operations: list[Operation] = []
        #: outputs of functions that bring their own gradient, by identity, with the module that called them
        self.of_functions: dict[int, tuple[Tensor, str]] = {}
        self._function = function_frames()
        self._functions: dict[FrameType, list[int]] = {}  # what their forwards did
        self._left: list[Ref] = []  # operations that nothing takes
        self._owners: dict[int, tuple[str, str]] = {}  # of views of plain tensors, by their memory
        self.remembers: set[tuple[str, str]] = set()  # plain tensors and tables that were written into: path, name
        self.writes: set[int] = set()  # numbers of inputs that were written into
        self._inputs: dict[int, int] = {}  # by memory
        self._usual_seed = torch.default_generator.initial_seed()
        self.closed = 0  # functions around here that are one operation
        self._fake = fake
        self._held = held
        self._ends = time.monotonic() + LONGEST
        self._memory = 0
        self._refs: dict[int, Ref] = {}
        self._kept: list[Any] = []  # so that no identity is used twice
        self._changed: dict[int, tuple[torch.UntypedStorage, torch.UntypedStorage]] = {}  # by memory, before
        self._made: set[int] = set()  # memory of what operations gave
        self.modules = ModuleCalls(root, self)
        self._aliases: dict[int, list[Tensor]] = {}  # by storage
        #: by identity, what holds no weight: buffers of somebody's that are no state, and what is computed of these
        self._values: dict[int, Tensor] = dict(held.tables)
        self._tables: dict[int, list[Tensor]] = {}  # of these, by storage

    @property
    def path(self) -> str:
        """Of the module whose forward runs."""
        return self.modules.path

    # what torch calls

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        self.check()
        known = operator(func)
        given = {**dict(zip(known.arguments, args, strict=False)), **kwargs}
        changed = [given[name] for name in known.changed_by(given) if given.get(name) is not None]
        self._keep(changed)
        if self.closed or func.namespace == "prim":
            return func(*args, **kwargs)
        if self._is_constant(known.name, (*args, *kwargs.values())):
            done, output = self._constant(func, args, kwargs)
            if done:
                return output
        else:
            output = None
        if changed:
            self._meet(changed)
        name = named(known.name, given)
        left = [each for each in given if not known.is_left_out(each, given) and (name != "alias" or each == "self")]
        arguments = tuple((each, self._argument(given[each])) for each in left) + self.seed(known.name, given)
        if output is None:
            output = self._run(func, args, kwargs)
        if known.views:
            self._owners.update((storage(each), owner) for owner in self._owners_of(given) for each in tensors(output))
        if known.reads or (known.name == "index" and picks(given)):
            self.reads(*tensors(list(given.values())))
        self.note(name.removesuffix("_") if changed and not name.endswith("__") else name, arguments, output, changed)
        return output

    def _owner(self, tensor: Tensor) -> tuple[str, str] | None:
        """Which module holds a plain tensor, and under which name."""
        number = storage(tensor)
        return self._held.beside.get(number) or self._owners.get(number)

    def _owners_of(self, given: Mapping[str, Any]) -> list[tuple[str, str]]:
        return [owner for each in tensors(list(given.values())) if (owner := self._owner(each))]

    def _run(self, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        if self._fake is None or func is not torch.ops.aten._grouped_mm.default or args[0].dtype is torch.bfloat16:
            return func(*args, **kwargs)
        halves = [each.to(torch.bfloat16) if each.is_floating_point() else each for each in tensors(args)]
        return func(*halves, **kwargs).to(args[0].dtype)  # without numbers, torch knows it in half precision alone

    def check(self) -> None:
        """Ends the trace at a bound.

        Raises:
            Stopped: One is reached.
        """
        if time.monotonic() > self._ends:
            raise Stopped(f"takes more than {LONGEST:.0f} s")
        if len(self.operations) >= MOST:
            raise Stopped(f"more than {MOST:,} operations")

    def seed(self, name: str, given: Mapping[str, Any]) -> tuple[tuple[str, Argument], ...]:
        """From which seed a forward draws numbers, where it says so itself."""
        seed = torch.default_generator.initial_seed()
        if name.removesuffix("_") not in RANDOM or given.get("generator") is not None or seed == self._usual_seed:
            return ()
        return (("seed", seed),)

    def _is_constant(self, name: str, values: Iterable[Any]) -> bool:
        """Whether it hangs on no input and on no weight."""
        if name in OF_SHAPES:
            return True
        given = tensors(list(values))
        if name == _LITERAL and len(given) == 1 and storage(given[0]) not in self._held.memory:
            self._kept.append(given[0])
            self._values[id(given[0])] = given[0]
        return name.removesuffix("_") not in RANDOM and all(id(each) in self._values for each in given)

    def _constant(self, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[bool, Any]:
        """Runs it on numbers, beside what stands for these in the forward; it is noted where it is taken.

        Returns:
            Whether that was done, and what the forward gets; where it was not, that may be nothing yet.
        """
        fake = self._fake
        if fake is None:
            output = _cleared(func, func(*args, **kwargs))
            return self._know(output, output), output
        output = None
        try:
            output = func(*args, **kwargs)
            if any(each.numel() > _LARGEST for each in tensors(output)) or self._memory > MEMORY:
                return False, output
        except (DataDependentOutputException, DynamicOutputShapeException):  # of numbers that are known
            pass
        try:
            with unset_fake_temporarily():
                values = _cleared(func, func(*self._real(args), **self._real(dict(kwargs))))
        except (RuntimeError, NotImplementedError):  # not on this device
            return False, output
        if output is None:
            output = tree_map(lambda each: fake.from_tensor(each) if isinstance(each, Tensor) else each, values)
        if operator(func).changes and isinstance(output, Tensor) and (held := self._held.name(output)):
            self._states[held] = output
            self.remembers.add(split(held))
        return self._know(output, values), output

    def _real(self, value: Any) -> Any:
        """What was called with numbers in the place of what stands for them."""
        return tree_map(self._numbered, value)

    def _numbered(self, value: Any) -> Any:
        if isinstance(value, torch.device):
            return _CPU
        if not isinstance(value, Tensor):
            return value
        known = self._values.get(id(value))  # only a shape is asked for where it is not known
        return torch.empty(value.shape, dtype=value.dtype) if known is None else known

    def _know(self, output: Any, values: Any) -> bool:
        made, known = tensors(output), tensors(values)
        for each, value in zip(made, known, strict=True):
            self._values[id(each)] = value
            self._kept.append(each)
            if storage(value) not in self._held.memory:
                self._made.add(storage(value))
            for other in (each, *self._aliases.get(storage(each), ())):
                if id(other) in self._values:
                    self._refs.pop(id(other), None)  # it was written into
            self._tables.setdefault(storage(each), []).append(each)
            self._memory += value.numel() * value.element_size()
        return True

    def known(self, tensor: Tensor) -> Tensor | None:
        """Its numbers, where these hang on no input and on no weight."""
        return self._values.get(id(tensor))

    def note(self, name: str, arguments: tuple[tuple[str, Argument], ...], output: Any, changed: Sequence[Any]) -> None:
        """Adds one operation; what it writes into becomes its output, in all that shares the memory."""
        outputs = output if isinstance(output, list | tuple) else [output]
        made = [each if isinstance(each, Tensor) else None for each in outputs]
        if not any(each is not None for each in made) and not changed:
            return
        number = len(self.operations)
        written = [each for value in changed for each in tensors(value)]
        shapes = tuple(tuple(each.shape) if each is not None else () for each in made)
        dtype = next((dtype_name(each) for each in (*made, *written) if each is not None), "")
        cut = self.training and (name == "detach" or not torch.is_grad_enabled())
        self.operations.append(Operation(name, arguments, shapes, self.path, place(), dtype, cut))
        if cut:
            self._cuts[number] = [each for each in (*made, *written) if each is not None]
            if (function := self._function()) is not None:
                self._functions.setdefault(function, []).append(number)
        for index, each in enumerate(made):
            if each is not None:
                self._values.pop(id(each), None)
                if storage(each) not in self._aliases and storage(each) not in self._held.memory:
                    self._made.add(storage(each))
                self._remember(each, Ref(number, index))
        for each in written:
            value = self._values.pop(id(each), None)
            if owner := self._owner(each) or (self._owner(value) if value is not None else None):
                self.remembers.add(owner)
                self._states[".".join(owner)] = each
            self._written(each, Ref(number))
            if storage(each) in self._inputs:
                self.writes.add(self._inputs[storage(each)])
            if held := self._held.name(each):
                self._states[held] = each

    def _meet(self, changed: Sequence[Any]) -> None:
        """Notes tables that share the memory of what is written into: they are none behind it."""
        for each in tensors(list(changed)):
            for table in self._tables.pop(storage(each), ()):
                if id(table) in self._values:
                    self.ref(table)

    def _written(self, tensor: Tensor, ref: Ref) -> None:
        """In place: whoever shares the memory has other numbers too."""
        for other in self._aliases.get(storage(tensor), ()):
            self._values.pop(id(other), None)
            if other is not tensor and id(other) in self._refs and self._refs[id(other)] != ref:
                number = len(self.operations)
                arguments = (
                    ("self", self._refs[id(other)]),
                    ("written", ref),
                    ("places", (_in_memory(other), _in_memory(tensor))),
                )
                shapes = (tuple(other.shape),)
                self.operations.append(
                    Operation("written_through", arguments, shapes, self.path, place(), dtype_name(other))
                )
                self._refs[id(other)] = Ref(number)
        self._remember(tensor, ref)

    def _remember(self, tensor: Tensor, ref: Ref) -> None:
        if id(tensor) not in self._refs:
            self._kept.append(tensor)
            sharing = self._aliases.setdefault(storage(tensor), [])
            if self._fake is None and not sharing:
                self._memory += tensor.numel() * tensor.element_size()
                if self._memory > MEMORY:
                    raise Stopped(f"needs more than {MEMORY >> 30} GB to run")
            sharing.append(tensor)
        self._refs[id(tensor)] = ref

    # what is written into, and what is read

    def _keep(self, written: Iterable[Any]) -> None:
        """The memory of what was there before, as it was."""
        for each in tensors(list(written)):
            for tensor in (each, self._values.get(id(each))):
                if tensor is None or isinstance(tensor, FakeTensor) or tensor.is_meta:
                    continue
                number = storage(tensor)
                if number and number not in self._changed and number not in self._made:
                    with _disable_current_modes(), torch._C.DisableTorchFunction():
                        memory = tensor.untyped_storage()
                        self._changed[number] = memory, memory.clone()  # type: ignore[no-untyped-call]

    def keep_gradients(self) -> None:
        """What looked as if it had none: the forward of a function that brings its own gradient runs so."""
        for places in (*self._functions.values(), *([number] for number in self._cuts)):
            made = (each for number in places for each in self._cuts[number])
            if any(map(_brings_its_gradient, made)):
                for number in places:
                    self.operations[number] = self.operations[number]._replace(cuts=False)
        self._functions.clear()

    def states(self) -> tuple[Ref, ...]:
        """What weights and buffers that were written into hold now."""
        written = (self._held.whole(name, tensor) for name, tensor in self._states.items())
        return (*(self.ref(tensor) for tensor in written), *self._left)

    def leave_behind(self, name: str, arguments: tuple[tuple[str, Argument], ...]) -> None:
        """Adds an operation that nothing takes and that counts."""
        self._left.append(Ref(len(self.operations)))
        self.operations.append(Operation(name, arguments, ((),), self.path, place(), "float32"))

    def train(self, tensor: Tensor, trained: bool) -> None:
        """A weight that a forward trains or keeps as it is from now on."""
        if self.training and (held := self._held.name(tensor)) and tensor.requires_grad is not trained:
            arguments = ("self", self.ref(tensor)), ("trained", trained)
            self._states[held] = tensor
            self.note(TRAINED, arguments, tensor, ())

    def restore(self) -> None:
        """Gives the memory of weights, buffers and other tensors back what it held."""
        with _disable_current_modes(), torch._C.DisableTorchFunction():
            for memory, before in self._changed.values():
                memory.copy_(before)

    def reads(self, *given: Tensor) -> None:
        """What runs hangs on numbers: the forward of the module here may do something else with others.

        Args:
            given: The tensors that hold them; none where these are numbers of Python.
        """
        arguments = (("reads", tuple(self.ref(each) for each in given)),) if given else ()
        self._keep(given)
        self.operations.append(Operation(OPAQUE, arguments, (), self.path, place(), ""))

    # what operations are called with

    def ref(self, tensor: Tensor) -> Ref:
        """The operation that gave a tensor; a new one for a weight, or for a tensor that no operation gave."""
        if self.training and tensor.requires_grad and _brings_its_gradient(tensor):
            self.of_functions.setdefault(id(tensor), (tensor, self.path))
        known = self._refs.get(id(tensor))
        if known is not None:
            return known
        value = self._values.get(id(tensor))
        if value is None and (alias := self._alias(tensor)) is not None:
            self._remember(tensor, self._refs[id(alias)])
            return self._refs[id(tensor)]
        name = "" if value is not None else self._held.name(tensor)
        shape, dtype = tuple(tensor.shape), dtype_name(tensor)
        if name:
            operation = Operation(PARAMETER, (("name", name),), (shape,), self.path, "", dtype)
        else:
            table = compact(tensor if value is None else value)
            holds = numbers(table)
            sizes = (("sizes", tuple(table.shape)),) if table.shape != tensor.shape and holds else ()
            operation = Operation(TENSOR, (("holds", holds), *sizes), (shape,), self.path, place(), dtype)
        self.operations.append(operation)
        self._remember(tensor, Ref(len(self.operations) - 1))
        return self._refs[id(tensor)]

    def _alias(self, tensor: Tensor) -> Tensor | None:
        """What lies in the same place and is known: `weight.data`, which is made past torch's operators."""
        lies = None
        for other in self._aliases.get(storage(tensor), ()) if storage(tensor) else ():
            if id(other) in self._refs and other.dtype is tensor.dtype:
                lies = lies or _in_memory(tensor)
                if _in_memory(other) == lies:
                    return other
        return None

    def put(self, tensor: Tensor, new: Tensor) -> None:
        """A tensor that holds another one from now on: `weight.data = new`, of which gradients know nothing."""
        ref = self.ref(new)
        if self.training:
            arguments = ("self", self.ref(tensor)), ("data", ref)
            ref = Ref(len(self.operations))
            shapes = (tuple(new.shape),)
            self.operations.append(Operation("set_data", arguments, shapes, self.path, place(), dtype_name(new)))
        if held := self._held.name(tensor):
            self._states[held] = tensor
        self._values.pop(id(tensor), None)
        self._kept.append(tensor)
        self._aliases.setdefault(storage(new), []).append(tensor)  # what is written there changes it, too
        self._refs[id(tensor)] = ref

    def add_input(self, number: int, tensor: Tensor) -> None:
        """What goes into the network."""
        shape = tuple(tensor.shape)
        self._inputs.setdefault(storage(tensor), number)
        self.operations.append(Operation(INPUT, (("number", number),), (shape,), "", "", dtype_name(tensor)))
        self._remember(tensor, Ref(len(self.operations) - 1))

    def _argument(self, value: Any) -> Argument:
        match value:
            case Tensor():
                return self.ref(value)
            case list() | tuple():
                return tuple(self._argument(each) for each in value)
            case bool() | int() | float() | str() | None:
                return value
            case torch.Generator():
                return value.initial_seed()
        return str(value)


def _brings_its_gradient(tensor: Tensor) -> bool:
    """Whether a `torch.autograd.Function` gave it."""
    try:
        return isinstance(tensor.grad_fn, BackwardCFunction)
    except RuntimeError:  # of a view that torch refuses to train
        return False


def _cleared(func: Any, made: Any) -> Any:
    """What an operator gave, with zeros in memory that would hold anything."""
    return made.zero_() if "empty" in operator(func).name and isinstance(made, Tensor) else made


def _in_memory(tensor: Tensor) -> Argument:
    """Where a tensor lies in its memory: offset, strides, sizes."""
    return int(tensor.storage_offset()), tuple(map(int, tensor.stride())), tuple(map(int, tensor.shape))
