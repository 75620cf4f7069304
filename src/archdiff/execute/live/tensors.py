"""The tensors of a live module while its forward is traced: what stands for each, and what it is called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from ctypes import string_at
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.utils._python_dispatch import _disable_current_modes

from archdiff.model.network import Value

_MANY: Final = 64  # numbers of a tensor that is noted with what it holds


class Held:
    """Weights and buffers of a module, and those that stand for them.

    Attributes:
        tables: Numbers of buffers that are no state, by the identity of what stands for them.
        memory: Storages of all tensors that modules hold.
    """

    def __init__(self, root: nn.Module) -> None:
        self.tables: dict[int, Tensor] = {}
        self._root = root
        self._names: dict[int, str] = {}
        self._by_storage: dict[int, str] = {}
        for name, each in (*root.named_parameters(), *root.named_buffers()):
            self._call(each, name)
        #: what is no weight and no buffer, by its memory: path of the module and name
        self.beside = {
            storage(each): (path, name)
            for path, module in root.named_modules()
            for name, value in vars(module).items()
            if not isinstance(value, nn.Module)
            for each in tensors(value)
            if storage(each) not in self._by_storage
        }
        self.memory = {*self._by_storage, *self.beside}
        for each in _tables(root):
            self.tables[id(each)] = each.cpu()

    def _call(self, tensor: Tensor, name: str) -> None:
        self._names[id(tensor)] = name
        if number := storage(tensor):
            self._by_storage.setdefault(number, name)

    def name(self, tensor: Tensor) -> str:
        """Of a weight or a buffer, or of what shares its memory; "" of others."""
        return self._names.get(id(tensor)) or self._by_storage.get(storage(tensor), "")

    def whole(self, name: str, part: Tensor) -> Tensor:
        """The weight or buffer of a name, of which a part was written into; the part where it is held no more."""
        path, last = split(name)
        try:
            module = self._root.get_submodule(path)
        except AttributeError:
            return part
        held = module._parameters.get(last, module._buffers.get(last))
        return part if held is None else held

    def replace(self, fake: FakeTensorMode) -> None:
        """Modules hold tensors without numbers now: for those on the meta device, as if they were on the CPU.

        `as_before` gives them back what they held.
        """
        made: dict[int, Tensor] = {}
        replaced: list[tuple[dict[str, Any], str, Any]] = []
        for module in self._root.modules():
            for holder in (module._parameters, module._buffers, module.__dict__):
                if isinstance(holder, dict):
                    replaced += [(holder, *each) for each in self._stand_ins(holder, fake, made)]
        for holder, name, new in replaced:
            for old, stand_in in zip(tensors(holder[name]), tensors(new), strict=True):
                self._stands_for(old, stand_in)
            holder[name] = new

    def _stand_ins(
        self, holder: dict[str, Any], fake: FakeTensorMode, made: dict[int, Tensor]
    ) -> Iterator[tuple[str, Any]]:
        """Names of what a module holds, and what stands for it: for its own, and for all on the meta device."""
        for name, value in holder.items():
            held = value if isinstance(value, list) else [value]
            if held and all(isinstance(each, Tensor) and (id(each) in self._names or each.is_meta) for each in held):
                with suppress(Exception):  # of a class that has no stand-in
                    new = [_stand_in(each, fake, made) for each in held]
                    yield name, new if isinstance(value, list) else new[0]

    def _stands_for(self, old: Tensor, new: Tensor) -> None:
        if name := self.name(old):
            self._call(new, name)
        if id(old) in self.tables:
            self.tables[id(new)] = self.tables[id(old)]


def _stand_in(tensor: Tensor, fake: FakeTensorMode, made: dict[int, Tensor]) -> Tensor:
    if id(tensor) not in made:
        if tensor.is_meta:
            with torch.no_grad():
                meta = tensor.detach()
            found: Tensor = fake.fake_tensor_converter.from_meta_and_device(fake, meta, torch.device("cpu"))
            if isinstance(tensor, nn.Parameter):
                found = nn.Parameter(found, requires_grad=tensor.requires_grad)
        else:
            found = fake.from_tensor(tensor)
        made[id(tensor)] = found
    return made[id(tensor)]


def _tables(root: nn.Module) -> Iterator[Tensor]:
    """Buffers that are tables and no state: whole numbers, and what no checkpoint holds.

    Those of torch are state, in what is made of its classes too.
    """
    for module in root.modules():
        made_of = [each for each in type(module).__mro__ if each is not nn.Module]
        if not any(each.__module__.startswith("torch.nn.") for each in made_of):
            for name, buffer in module._buffers.items():
                is_table = buffer is not None and not buffer.is_floating_point()
                if (
                    buffer is not None
                    and (is_table or name in module._non_persistent_buffers_set)
                    and not buffer.is_meta
                ):
                    yield buffer


def tensors(value: Any) -> list[Tensor]:
    """All tensors in what a module gives or takes, in order: (output, (hidden, cell)), {"logits": ...}, a dataclass."""
    return [each for each in all_elements(value) if isinstance(each, Tensor)]


def all_elements(value: Any) -> Iterator[Any]:
    """A value and all that is in it, in order; a list that holds itself is opened once."""
    waiting, opened = [value], set[int]()
    while waiting:
        current = waiting.pop()
        yield current
        if not isinstance(current, Tensor) and id(current) not in opened:
            opened.add(id(current))
            waiting += reversed(_elements(current))


def _elements(value: Any) -> Sequence[Any]:
    """What a collection holds; nothing where it is none."""
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, tuple | list):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        held = getattr(value, "__dict__", None)  # without properties of somebody, which may raise
        return [getattr(value, each.name) if held is None else held.get(each.name) for each in fields(value)]
    return ()


def split(name: str) -> tuple[str, str]:
    """The path of the module that holds a weight or a buffer, and its name there."""
    path, _, last = name.rpartition(".")
    return path, last


def storage(tensor: Tensor) -> int:
    """Which memory it has; 0 where it has none."""
    try:
        return int(tensor.untyped_storage()._cdata)
    except (RuntimeError, NotImplementedError, ValueError):  # of a subclass that holds others, of one that is not made
        return 0


def compact(tensor: Tensor) -> Tensor:
    """A table without what is repeated along a dimension, which has size 1 then."""
    if isinstance(tensor, FakeTensor) or tensor.is_meta:
        return tensor
    with _disable_current_modes(), torch._C.DisableTorchFunction():
        tensor = tensor.detach()
        for dim, size in enumerate(tensor.shape):
            first = tensor.narrow(dim, 0, min(size, 1))
            if size > 1 and bool((tensor == first).all()):
                tensor = first
    return tensor


def numbers(tensor: Tensor) -> Value:
    """What a tensor holds: one number where all are the same, a digest where there are many, nothing of a fake one.

    Of two numbers these, the first one first, a digest of where that is, and of the rows: their width, whether each
    holds the first, and whether each holds the other.
    """
    if isinstance(tensor, FakeTensor) or tensor.is_meta:
        return ""
    with _disable_current_modes(), torch._C.DisableTorchFunction():
        flat = tensor.detach().flatten()
        if flat.numel() > 1 and bool((flat == flat[0]).all()):
            flat = flat[:1]
        if flat.numel() <= _MANY:
            return tuple(each for each in flat.tolist() if isinstance(each, bool | int | float))
        if flat.dtype is torch.bool or flat.is_floating_point():
            first, mask = flat[0], flat == flat[0]
            other = flat[~mask][0]
            if bool((mask | (flat == other)).all()):
                rows = mask.view(-1, tensor.shape[-1])
                in_rows = bool(rows.any(-1).all()), bool((~rows).any(-1).all())
                return "two", first.item(), other.item(), _digest(mask), (tensor.shape[-1], *in_rows)
        if flat.is_floating_point():
            flat = flat.float()
        elif flat.dtype is torch.int32:
            flat = flat.long()
        return _digest(flat)


def _digest(flat: Tensor) -> str:
    flat = flat.cpu().contiguous()
    return sha256(string_at(flat.data_ptr(), flat.numel() * flat.element_size())).hexdigest()[:16]


def dtype_name(tensor: Tensor) -> str:
    """`float32`."""
    return str(tensor.dtype).removeprefix("torch.")
