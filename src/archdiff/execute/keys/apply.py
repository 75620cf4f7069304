"""A key map carried out: the tensors of a checkpoint under other keys, from one file into another.

The file is read as tensors alone, and written whole or not at all. What a map cannot tell (a key of the file that it
does not know, a tensor of another shape) is an error or a remark, never a guess.
"""

from __future__ import annotations

import os
from collections.abc import Container, Mapping
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple

import torch
from torch import Tensor

from archdiff.execute import weights
from archdiff.execute.keys.keymap import KeyMap, Left, Mapped, Part, size
from archdiff.model.errors import UsageError

_WRAPPER: Final = "module."  # of DataParallel, which training scripts save with the keys
_SAFETENSORS: Final = ".safetensors"
_LISTED: Final = 4
#: part of the keys of a LoRA adapter
ADAPTER: Final = "lora_"


class Written(NamedTuple):
    """What became of a file."""

    tensors: int | None  # None where nothing was written
    unknown: tuple[Left, ...]  # keys of the file that the map does not know


def opened(source: str, keys: Container[str]) -> dict[str, Tensor]:
    """The tensors of a checkpoint, with or without the prefix of DataParallel, as more of these keys have it.

    Raises:
        UsageError: no such file, no tensors in it, or those of a LoRA adapter, which these keys have none of.
    """
    held = weights.read(source)
    added = {_WRAPPER + key: value for key, value in held.items()}
    taken = {key.removeprefix(_WRAPPER): value for key, value in held.items()}
    found = max((held, added, taken), key=lambda form: sum(key in keys for key in form))
    adapter = next((key for key in found if ADAPTER in key and key not in keys), "")
    if adapter:
        way_out = "merge it first: model = model.merge_and_unload(), and save that"
        raise UsageError(f"holds a LoRA adapter ({adapter})", source=source, way_out=way_out)
    return found


def write(
    key_map: KeyMap, held: dict[str, Tensor], files: tuple[str, str], own: Mapping[str, Tensor], partial: bool
) -> Written:
    """A checkpoint of the candidate as one of the reference.

    Args:
        key_map: a map of both networks.
        held: the tensors of the first file, as `opened` gives them.
        files: where they are from, and the file to write; safetensors where its name ends so, else torch's.
        own: the reference's own state_dict, for keys that are kept; empty where it is only printed.
        partial: write what there is, too, where the map is not complete.

    Raises:
        UsageError: the file is no checkpoint of the candidate, or cannot be written.
    """
    source, target = files
    if os.path.realpath(source) == os.path.realpath(target):
        raise UsageError(f"--apply {source} {target}: one file", way_out="another name for the second one")
    held = _whole(key_map, held, source)
    keys = {stored.key for stored in key_map.candidate.stored}
    unknown = tuple(Left(key, "not a key of the candidate") for key in held if key not in keys)
    if not partial and (not key_map.complete or unknown):
        return Written(None, unknown)
    made = converted(key_map, held, own, source)
    _save(made, target)
    return Written(len(made), unknown)


def converted(
    key_map: KeyMap, tensors: Mapping[str, Tensor], own: Mapping[str, Tensor], source: str = ""
) -> dict[str, Tensor]:
    """The candidate's tensors under the reference's keys, in the order of its state_dict.

    Raises:
        UsageError: a tensor is missing or of another shape, or a key that is kept is not in `own`.
    """
    made = {mapped.key: _made(mapped, tensors, source) for mapped in key_map.mapped}
    for kept in key_map.kept:
        if kept.key not in own:
            raise UsageError(f"{kept.key} comes from the reference itself", way_out="name it as package.module:factory")
        made[kept.key] = own[kept.key].detach().clone()
    for stored in key_map.reference.stored:
        value = made.get(stored.key)
        if value is not None and stored.shape is not None and tuple(value.shape) != stored.shape:
            why = f"{stored.key} would be {size(tuple(value.shape))}, and the reference holds {size(stored.shape)}"
            raise UsageError(why, source=source, way_out="a checkpoint of the candidate as it was compared")
    return {stored.key: made[stored.key] for stored in key_map.reference.stored if stored.key in made}


def _whole(key_map: KeyMap, held: dict[str, Tensor], source: str) -> dict[str, Tensor]:
    """With everything that the map takes; a file may hold a tensor that has two keys under one of them."""
    ties = {stored.key: stored.tied for stored in key_map.candidate.stored if stored.tied}
    by_tie = {tie: held[key] for key, tie in ties.items() if key in held}
    found = held | {key: by_tie[tie] for key, tie in ties.items() if key not in held and tie in by_tie}
    wanted = dict.fromkeys(part.key for mapped in key_map.mapped for part in mapped.parts)
    lacking = [key for key in wanted if key not in found]
    if lacking:
        shown = ", ".join(lacking[:_LISTED]) + (f" and {len(lacking) - _LISTED} more" if lacking[_LISTED:] else "")
        way_out = f"a checkpoint of the candidate; this file begins with {next(iter(held))}"
        raise UsageError(f"lacks {shown}", source=source, way_out=way_out)
    return found


def _made(mapped: Mapped, tensors: Mapping[str, Tensor], source: str) -> Tensor:
    parts = [_taken(part, tensors[part.key], source) for part in mapped.parts]
    try:
        made = torch.cat(parts) if len(parts) > 1 else parts[0]
    except RuntimeError:
        shapes = " and ".join(size(tuple(part.shape)) for part in parts)
        raise UsageError(f"{mapped.key} cannot be made of {shapes}", source=source) from None
    if mapped.transposed:
        made = made.transpose(0, 1)
    if mapped.shape is not None and made.numel() == torch.Size(mapped.shape).numel():
        made = made.reshape(mapped.shape)
    return made.clone(memory_format=torch.contiguous_format)


def _taken(part: Part, value: Tensor, source: str) -> Tensor:
    taken = value.transpose(0, 1) if part.transposed and value.dim() > 1 else value
    if part.rows is None:
        return taken
    start, stop = part.rows
    if not taken.dim() or taken.shape[0] < stop:
        raise UsageError(f"{part.key} has no rows {start} to {stop}: {size(tuple(value.shape))}", source=source)
    return taken[start:stop]


def _save(tensors: dict[str, Tensor], target: str) -> None:
    """Into a file beside it first, so that a full disk leaves what was there."""
    beside = f"{target}.part"
    try:
        if target.endswith(_SAFETENSORS):
            _save_file(tensors, beside, target)
        else:
            torch.save(tensors, beside)
        os.replace(beside, target)
    except (OSError, RuntimeError) as error:
        Path(beside).unlink(missing_ok=True)
        reason = getattr(error, "strerror", None) or str(error).strip().partition("\n")[0]
        raise UsageError(f"cannot be written: {reason}", source=target) from None


def _save_file(tensors: dict[str, Tensor], file: str, target: str) -> None:
    try:
        save_file = import_module("safetensors.torch").save_file  # not among the requirements
    except ImportError:
        way_out = "pip install safetensors; or a name that does not end in .safetensors, for a file of torch"
        raise UsageError("safetensors is not installed", source=target, way_out=way_out) from None
    save_file(tensors, file, metadata={"format": "pt"})
