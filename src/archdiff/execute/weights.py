"""Checkpoints: tensors of a file into a network, keys under other names along the pairs of a comparison.

Only tensors are read: a pickle that wants to run code is refused. What does not fit is a finding.
"""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from archdiff.execute.trace import Subject
from archdiff.execute.tree import Tree
from archdiff.model.effects import Effect
from archdiff.model.errors import UsageError
from archdiff.model.network import join
from archdiff.model.outcome import Finding, Place

#: where training scripts keep the tensors beside the epoch and the optimizer
_INSIDE: Final = ("state_dict", "model_state_dict", "model", "network", "net", "params_ema", "params")
_INDEX: Final = ".index.json"
#: run-time state, which a network can do without
_STATE: Final = ("num_batches_tracked", "duty_cycle", "boost_strength", "dutyCycle", "boostStrength")
_WRAPPER: Final = "module."  # DataParallel, SparseWeights
_LISTED: Final = 4  # keys that a finding names
_SAFE: Final = "save its tensors alone: torch.save(model.state_dict(), file)"


def load(file: str, side: Subject, names: Mapping[str, str], other: Subject) -> list[Finding]:
    """Fills the network; `names`: path of a layer here -> path of what stands for it on the other side."""
    loading = _Loading(file, side)
    places = _places(side, names, other)
    own = dict(_numbers(side.module))
    for key, value in read(file).items():
        path, rest = _layer_of(key, places)
        if path is not None:
            loading.parts.setdefault(path, {})[rest] = key, value
        elif key in own and own[key].shape == value.shape:
            with torch.no_grad():
                own[key].copy_(value)
        else:
            loading.unexpected.setdefault("", []).append(key)
    if not loading.parts:
        first = next(iter(side.module.state_dict()), "nothing")
        raise UsageError("no tensor of this file fits", source=file, way_out=f"this network holds {first}, ...")
    for path, module in side.modules.items():
        loading.fill(path, module, places)
    return list(loading.findings())


def _numbers(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    yield from module.named_parameters()
    yield from module.named_buffers()


def read(file: str) -> dict[str, Tensor]:
    """The tensors of a file, or of all that an index names, by their keys.

    Raises:
        UsageError: no such file, a part of it that is missing or broken, no tensors in it.
    """
    found: dict[str, Tensor] = {}
    for part in files(file)[1:] if file.endswith(_INDEX) else [file]:
        held = _read(part)
        if twice := next((key for key in held if key in found), ""):
            raise UsageError(f"{twice} is in two of the files that it names", source=file)
        found |= held
    return found


def files(file: str) -> list[str]:
    """The file, and behind an index, `model.safetensors.index.json`, those that it names."""
    if not file.endswith(_INDEX) or not Path(file).is_file():
        return [file]
    try:
        named = list(dict.fromkeys(json.loads(Path(file).read_text(encoding="utf-8"))["weight_map"].values()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        named = []
    if not named or not all(isinstance(name, str) for name in named):
        raise UsageError("is no index of checkpoints: it has no weight_map", source=file)
    if outside := next((name for name in named if os.path.basename(name) != name), None):
        raise UsageError(f"names a file outside of its folder: {outside}", source=file)
    return [file, *(str(Path(file).parent / name) for name in named)]


def _read(file: str) -> dict[str, Tensor]:
    if not Path(file).is_file():
        why = "is a folder, not a file" if Path(file).is_dir() else "no such file"
        way_out = "a checkpoint: safetensors, the index of several, or torch.save of a state_dict"
        raise UsageError(why, source=file, way_out=way_out)
    held = _safetensors(file) if file.endswith(".safetensors") else _pickled(file)
    while isinstance(held, Mapping) and (inside := _inside(held)) is not None:
        held = inside
    if not isinstance(held, Mapping):
        raise UsageError(f"holds a {type(held).__name__}, not tensors by name", source=file, way_out=_SAFE)
    found = {str(key): value for key, value in held.items() if isinstance(value, Tensor)}
    if not found:
        raise UsageError("holds no tensors by name", source=file, way_out=_SAFE)
    return found


def _inside(held: Mapping[Any, Any]) -> Any:
    """What stands beside the epoch and the optimizer; a tensor of such a name is one of the network."""
    found = [held[name] for name in _INSIDE if name in held and not isinstance(held[name], Tensor)]
    return found[0] if found else None


def _safetensors(file: str) -> Any:
    try:
        load_file = import_module("safetensors.torch").load_file  # not among the requirements
    except ImportError:
        way_out = f"pip install safetensors; or {_SAFE}"
        raise UsageError("safetensors is not installed", source=file, way_out=way_out) from None
    try:
        return load_file(file)
    except Exception as error:  # it raises classes of its own, which older versions do not export
        raise UsageError(f"cannot be read as safetensors: {_first_line(error)}", source=file) from None


def _pickled(file: str) -> Any:
    try:
        return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if "GLOBAL" in str(error) or "Unsupported class" in str(error):
            told = "wants to run code when it is read, and is refused"
            raise UsageError(told, source=file, way_out=_SAFE) from None
        raise UsageError("is no checkpoint of torch", source=file, way_out=_SAFE) from None
    except MemoryError:
        raise
    except Exception as error:  # text that is read as a pickle raises IndexError, AttributeError, struct.error ...
        raise UsageError(f"is no checkpoint of torch: {_first_line(error)}", source=file, way_out=_SAFE) from None


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


# Keys


def _places(side: Subject, names: Mapping[str, str], other: Subject) -> dict[str, str]:
    """Where a key may begin -> path of the layer here. Names of this network stand above those of the other."""
    own, theirs = Tree(side.sized.network.root).raw, Tree(other.sized.network.root).raw
    found: dict[str, str] = {}
    for path, partner in names.items():
        found |= {theirs.get(partner, partner): path, partner: path}
    for path in side.modules:
        found |= {own.get(path, path): path, path: path}
    return found


def _layer_of(key: str, places: Mapping[str, str]) -> tuple[str | None, str]:
    """(path of the layer, name of the tensor in it): the longest beginning counts."""
    for start in (key, key.removeprefix(_WRAPPER)):
        at = len(start)
        while (at := start.rfind(".", 0, at)) >= 0:
            if start[:at] in places:
                return places[start[:at]], start[at + 1 :]
        if "" in places:
            return places[""], start
    return None, key


@dataclass(slots=True)
class _Loading:
    """One file into one network, and what did not fit; by path of the layer."""

    file: str
    side: Subject
    parts: dict[str, dict[str, tuple[str, Tensor]]] = field(default_factory=dict)  # path -> name -> key, tensor
    missing: dict[str, list[str]] = field(default_factory=dict)
    unexpected: dict[str, list[str]] = field(default_factory=dict)
    misshapen: dict[str, list[str]] = field(default_factory=dict)
    renamed: list[tuple[str, str]] = field(default_factory=list)  # key in the file, key in the network

    def fill(self, path: str, module: nn.Module, places: Mapping[str, str]) -> None:
        own = module.state_dict()
        wanted: dict[str, Tensor] = {}
        for name, (key, value) in self.parts.get(path, {}).items():
            here = _here(name, own)
            if here in own and own[here].shape != value.shape and own[here].numel() != value.numel():
                told = f"{key} is {_size(value)} in the file, {_size(own[here])} in the network"
                self.misshapen.setdefault(path, []).append(told)
                continue
            wanted[here] = value
            if here in own and not key.endswith(join(path, name)):
                self.renamed.append((key, join(path, here)))
        lost = {told.partition(" ")[0].rpartition(".")[2] for told in self.misshapen.get(path, [])}
        missing, unexpected = module.load_state_dict(wanted, strict=False)
        missing = [name for name in missing if name.rpartition(".")[2] not in lost]
        if missing:
            self.missing[path] = missing
        if unexpected:
            self.unexpected[path] = list(unexpected)

    def findings(self) -> Iterator[Finding]:
        for path, told in self.misshapen.items():
            yield self._finding(path, "; ".join(told), Effect.FUNCTION)
        for what, found in (("lacks", self.missing), ("holds", self.unexpected)):
            for path, names in found.items():
                grave = [name for name in names if not name.endswith(_STATE)]
                effect = Effect.FUNCTION if grave else Effect.STATE
                keys = _listed([join(path, name) for name in grave or names])
                more = ", which the network does not have" if what == "holds" else ""
                yield self._finding(path, f"{what} {keys}{more}", effect)
        if self.renamed:
            shown = _listed([f"{key} for {here}" for key, here in self.renamed])
            yield self._finding("", f"other names, matched along the pairs: {shown}", Effect.COSMETIC)

    def _finding(self, path: str, told: str, effect: Effect) -> Finding:
        leaf = self.side.leaves.get(path)
        line = leaf.line if leaf else self.side.sized.network.root.span.line
        place = Place(path, line, None, leaf.layer.class_name if leaf else "")
        ours, theirs = (place, None) if self.side.name == "candidate" else (None, place)
        return Finding("AD904", effect, f"{Path(self.file).name}: {told}", "checkpoint", ours, theirs)


def _here(name: str, own: Mapping[str, Tensor]) -> str:
    """With or without the wrapper that one of the two has around the layer."""
    for other in (name, _WRAPPER + name, name.removeprefix(_WRAPPER)):
        if other in own:
            return other
    return name


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_LISTED]) + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")


def _size(x: Tensor) -> str:
    return "x".join(map(str, x.shape)) or "scalar"
