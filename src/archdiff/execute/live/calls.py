"""Which module runs while a forward is traced, and all calls of modules. Must not know operators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NamedTuple, Protocol

from torch import Tensor, nn
from torch.nn.modules import module as hooks

from archdiff.execute.live.global_state import drawn
from archdiff.execute.live.tensors import tensors
from archdiff.model.trace import ModuleCall, Operation, Ref

_NOBODY: Final = nn.Identity()


class _Notes(Protocol):
    """What notes operations, as far as calls need it."""

    closed: int
    operations: list[Operation]

    def check(self) -> None: ...

    def reads(self, *given: Tensor) -> None: ...

    def ref(self, tensor: Tensor) -> Ref: ...


class _Open(NamedTuple):
    """A module whose forward runs."""

    module: nn.Module
    path: str
    inputs: tuple[Ref, ...]
    first: int


class ModuleCalls:
    """The calls of the modules in a network.

    Args:
        root: The network.
        recorder: That notes operations.
    """

    def __init__(self, root: nn.Module, recorder: _Notes) -> None:
        self.found: list[ModuleCall] = []
        self._recorder = recorder
        self._drawn = drawn()
        self._paths: dict[int, list[str]] = {}
        for path, module in root.named_modules(remove_duplicate=False):
            self._paths.setdefault(id(module), []).append(path)
        self._open: list[_Open] = []

    @property
    def path(self) -> str:
        """Of the module whose forward runs."""
        return self._open[-1].path if self._open else ""

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Knows which module runs, from hooks that hold for all modules."""
        before = hooks.register_module_forward_pre_hook(self._enter)
        behind = hooks.register_module_forward_hook(self._leave, with_kwargs=True, always_call=True)
        try:
            yield
        finally:
            before.remove()
            behind.remove()

    @contextmanager
    def inside(self, path: str) -> Iterator[None]:
        """What runs meanwhile belongs to a module."""
        self._open.append(_Open(_NOBODY, path, (), len(self._recorder.operations)))
        try:
            yield
        finally:
            self._open.pop()

    def _enter(self, module: nn.Module, arguments: tuple[Any, ...]) -> None:
        recorder = self._recorder
        recorder.check()
        if not recorder.closed:
            self._draws()
            path = self._path(module)
            given = tuple(recorder.ref(each) for each in tensors(arguments))
            self._open.append(_Open(module, path, given, len(recorder.operations)))

    def _leave(self, module: nn.Module, _: Any, named: Mapping[str, Any], output: Any) -> None:
        recorder = self._recorder
        self._draws()
        while not recorder.closed and any(each.module is module for each in self._open):
            opened = self._open.pop()
            if opened.module is module:
                given = (*opened.inputs, *(recorder.ref(each) for each in tensors(dict(named))))
                made = tuple(recorder.ref(each) for each in tensors(output))
                end = len(recorder.operations)
                name, mode = type(module).__name__, module.training
                call = ModuleCall(opened.path, name, given, made, opened.first, end, _is_of_torch(module), mode)
                self.found.append(call)
                return

    def _draws(self) -> None:
        """Whether the forward that runs has drawn numbers which are not torch's: with others it may run otherwise."""
        now = drawn()
        if now != self._drawn:
            self._drawn = now
            self._recorder.reads()

    def _path(self, module: nn.Module) -> str:
        """Of the module; of one that stands in several places, the one below what runs."""
        paths = self._paths.get(id(module), [""])
        inside = f"{self.path}."
        return next((each for each in paths if not self.path or each.startswith(inside)), paths[0])


def _is_of_torch(module: nn.Module) -> bool:
    """Whether its settings say what it does: a layer of torch as it is, with weights of its own."""
    held = object.__getattribute__(module, "__dict__")  # what is looked at here, no forward reads
    as_it_is = "forward" not in held and "parametrizations" not in module._modules
    return as_it_is and type(module).__module__.startswith("torch.nn.")
