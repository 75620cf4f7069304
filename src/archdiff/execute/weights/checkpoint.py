"""Files of tensors, as `--candidate-weights` and `keys --apply` read them: plain numbers by their keys, or one error.

Only tensors are read: a pickle that wants to run code is refused, and so is what no number can be taken from (a meta
device, a sparse or quantized tensor) or what unfolds to more than there is memory. Must not know a network.
"""

from __future__ import annotations

import json
import os
import pickle
import warnings
import zipfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn.parameter import is_lazy

from archdiff.execute.devices import memory
from archdiff.execute.live import exceptions
from archdiff.model.errors import UsageError

#: where training scripts keep the tensors beside the epoch and the optimizer
_INSIDE: Final = ("state_dict", "model_state_dict", "model", "network", "net", "params_ema", "params")
_INDEX: Final = ".index.json"
_SAFE: Final = "save its tensors alone: torch.save(model.state_dict(), file)"


def read(file: str) -> dict[str, Tensor]:
    """The tensors of a file, or of all that an index names, by their keys.

    Raises:
        UsageError: no such file, a part of it that is missing or broken, no tensors in it, or one without numbers.
    """
    found: dict[str, Tensor] = {}
    for part in files(file)[1:] if file.endswith(_INDEX) else [file]:
        held = _read(part)
        if twice := next((key for key in held if key in found), ""):
            raise UsageError(f"{twice} is in two of the files that it names", source=file)
        found |= held
    memory.check_tensors(found, file)
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
        raise UsageError("is not an index of checkpoints: it has no weight_map", source=file)
    if outside := next((name for name in named if os.path.basename(name) != name), None):
        raise UsageError(f"names a file outside of its folder: {outside}", source=file)
    return [file, *(str(Path(file).parent / name) for name in named)]


def _read(file: str) -> dict[str, Tensor]:
    _check_file(file)
    held = _within(_safetensors(file) if file.endswith(".safetensors") else _pickled(file), file)
    if not isinstance(held, Mapping):
        raise UsageError(f"holds a {type(held).__name__}, not tensors by name", source=file, way_out=_SAFE)
    found = {str(key): value for key, value in held.items() if isinstance(value, Tensor)}
    if not found:
        raise UsageError("holds no tensors by name", source=file, way_out=_SAFE)
    for key, value in found.items():
        _check_numbers(key, value, file)
    return found


def _check_file(file: str) -> None:
    """Whether there is one, and what it holds packed fits into memory."""
    if not Path(file).is_file():
        why = "is a folder, not a file" if Path(file).is_dir() else "no such file"
        way_out = "a checkpoint: safetensors, the index of several, or torch.save of a state_dict"
        raise UsageError(why, source=file, way_out=way_out)
    try:
        with zipfile.ZipFile(file) as packed:
            size = sum(each.file_size for each in packed.infolist())
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return  # another format, or a broken file, which torch says in its words
    free = memory.available_bytes(torch.device("cpu"))
    if free is not None and size > free:
        raise UsageError(f"holds {size:,} bytes when it is unpacked: more than there is memory", source=file)


def _within(held: Any, file: str) -> Any:
    """What stands beside the epoch and the optimizer; a tensor of such a name is one of the network."""
    opened: set[int] = set()
    while isinstance(held, Mapping):
        if id(held) in opened:
            raise UsageError("is a dictionary that contains itself", source=file, way_out=_SAFE)
        opened.add(id(held))
        found = [held[name] for name in _INSIDE if name in held and not isinstance(held[name], Tensor)]
        if not found:
            break
        held = found[0]
    return held


def _check_numbers(key: str, value: Tensor, file: str) -> None:
    """Whether a tensor holds a number in each of its places."""
    if is_lazy(value) or value.is_meta:
        why, way_out = "has no numbers: it was saved from the meta device", "load the weights before you save them"
    elif value.is_quantized:
        why, way_out = "is quantized", f"save it as numbers: {key}.dequantize()"
    elif value.is_nested or value.layout is not torch.strided:
        why, way_out = f"is not a dense tensor ({value.layout})".replace("torch.", ""), f"save {key}.to_dense()"
    else:
        return
    raise UsageError(f"{key} {why}", source=file, way_out=way_out)


def safetensors(file: str, otherwise: str) -> Any:
    """The package that reads and writes such files, which is not among the requirements.

    Args:
        file: what it is needed for.
        otherwise: what can be done without it.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return import_module("safetensors.torch")
    except ImportError:
        way_out = f"pip install safetensors; or {otherwise}"
        raise UsageError("safetensors is not installed", source=file, way_out=way_out) from None


def _safetensors(file: str) -> Any:
    load_file = safetensors(file, _SAFE).load_file
    try:
        return load_file(file)
    except Exception as error:  # it raises classes of its own, which older versions do not export
        raise UsageError(f"cannot be read as safetensors: {exceptions.reason(error)}", source=file) from None


def _pickled(file: str) -> Any:
    try:
        # torch warns of kinds of tensors that it may change, and that are refused here
        with warnings.catch_warnings(action="ignore"):
            return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if "GLOBAL" in str(error) or "Unsupported class" in str(error):
            message = "would run code when it is loaded, which is refused"
            raise UsageError(message, source=file, way_out=_SAFE) from None
        raise UsageError("is not a checkpoint of torch", source=file, way_out=_SAFE) from None
    except MemoryError:
        raise
    except Exception as error:  # text that is read as a pickle raises IndexError, AttributeError, struct.error ...
        raise UsageError(
            f"is not a checkpoint of torch: {exceptions.reason(error)}", source=file, way_out=_SAFE
        ) from None
