"""A key map carried out: the tensors of a checkpoint under other keys, from one file into another.

The file is read as tensors alone, and written whole or not at all. What a map cannot tell (a key of the file that it
does not know, a tensor of another shape) is an error or a remark, never a guess.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Container, Mapping
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor

from archdiff.execute.keys import ties
from archdiff.execute.keys.keymap import ADAPTER, KeyMap, Leftover, MappedTensor, TensorPart
from archdiff.execute.live import exceptions
from archdiff.execute.weights import checkpoint
from archdiff.model.errors import UsageError
from archdiff.model.files import replacing
from archdiff.model.wording import listed, size

#: what DataParallel and torch.compile put before each key of the network that they wrap
_WRAPPERS: Final = ("module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module.")
_SAFETENSORS: Final = ".safetensors"
_LISTED: Final = 4
_COUNTS: Final = ".num_batches_tracked"  # files of torch before 0.4.1 lack it, and torch itself then takes 0


class WrittenFile(NamedTuple):
    """What became of a file."""

    tensors: int | None  # None where nothing was written
    unknown: tuple[Leftover, ...]  # keys of the file that the map does not know
    clashes: tuple[Leftover, ...] = ()  # keys of one tensor of the reference for which the file has different ones


def open_checkpoint(source: str, keys: Container[str]) -> dict[str, Tensor]:
    """The tensors of a checkpoint, without what a wrapper puts before each key, or with it, as these keys have it.

    Args:
        source: a file, or the index of several.
        keys: those of the candidate; they need not be all.

    Raises:
        UsageError: no such file, no tensors in it, those of a LoRA adapter, which these keys have none of, or the
            network twice: of a teacher and a student.
    """
    held = _renamed(source, checkpoint.read(source), keys)
    adapter = next((key for key in held if ADAPTER in key and key not in keys), "")
    if adapter:
        why = f"holds a LoRA adapter ({adapter})"
        way_out = "merge it first: model = model.merge_and_unload(); or name the adapted model as the candidate"
        raise UsageError(why, source=source, way_out=way_out)
    return held


def _renamed(source: str, held: dict[str, Tensor], keys: Container[str]) -> dict[str, Tensor]:
    """With the beginning of each key exchanged that makes most of them keys of the candidate."""
    as_it_is = sum(key in keys for key in held)
    starts = ((key[: dot.end()], key[dot.end() :]) for key in held for dot in re.finditer(r"\.", key))
    found = Counter(start for start, rest in starts if rest in keys)
    most = [start for start, count in found.items() if count == max(found.values())]
    if most and found[most[0]] > as_it_is:
        if len(most) > 1:
            way_out = "a checkpoint with one of them alone"
            raise UsageError(f"holds the network as {' and as '.join(most[:_LISTED])}", source=source, way_out=way_out)
        start = most[0]
        return {key[len(start) :] if key[len(start) :] in keys else key: value for key, value in held.items()}
    for wrapper in _WRAPPERS:
        added = {wrapper + key: value for key, value in held.items()}
        if sum(key in keys for key in added) > as_it_is:
            return added
    return held


def write(
    key_map: KeyMap, held: dict[str, Tensor], files: tuple[str, str], own: Mapping[str, Tensor], partial: bool
) -> WrittenFile:
    """A checkpoint of the candidate as one of the reference.

    Args:
        key_map: a map of both networks.
        held: the tensors of the first file, as `open_checkpoint` gives them.
        files: where they are from, and the file to write; safetensors where its name ends so, else torch's.
        own: the reference's own state_dict, for keys that are kept; empty where it is only printed.
        partial: write what there is, too, where the map is not complete.

    Raises:
        UsageError: the file is no checkpoint of the candidate, or cannot be written.
    """
    source, target = files
    check_target(source, target)
    held = _whole(key_map, held, source)
    keys = {stored.key for stored in key_map.candidate.stored}
    unknown = tuple(Leftover(key, "not a key of the candidate") for key in held if key not in keys)
    if not partial and (key_map.missing or key_map.unused or unknown):
        return WrittenFile(None, unknown, key_map.clashes)
    made = convert(key_map, held, own, source)
    tied = [(left, ties.both_of(key_map, left)) for left in key_map.clashes]
    clashes = tuple([left for left, (first, other) in tied if not torch.equal(made[first.key], made[other.key])])
    if clashes and not partial:
        return WrittenFile(None, unknown, clashes)
    _save(made, target)
    return WrittenFile(len(made), unknown, clashes)


def check_target(source: str, target: str) -> None:
    """Whether a file can be written without losing what is read.

    Raises:
        UsageError: it is one of the files that are read, or its name is that of an index.
    """
    read = filter(os.path.exists, checkpoint.files(source))
    if os.path.exists(target) and any(os.path.samefile(each, target) for each in read):
        raise UsageError(f"--apply {source} {target}: one file", way_out="another name for the second one")
    if os.path.isdir(target):
        raise UsageError("cannot be written: is a folder", source=target)
    if not os.path.isdir(os.path.dirname(target) or "."):
        raise UsageError("cannot be written: no such folder", source=target)
    if target.endswith(".json"):
        way_out = "a name like out.safetensors: all tensors go into one file"
        raise UsageError("cannot be written: is the name of an index, not of tensors", source=target, way_out=way_out)


def convert(
    key_map: KeyMap, tensors: Mapping[str, Tensor], own: Mapping[str, Any], source: str = ""
) -> dict[str, Tensor]:
    """The candidate's tensors under the reference's keys, in the order of its state_dict.

    Raises:
        UsageError: a tensor is missing or of another shape, or a key that is kept is not in `own`.
    """
    made = {mapped.key: _made(mapped, tensors, source) for mapped in key_map.mapped}
    for key in (left.key for left in key_map.kept):
        if key not in own and not key.endswith(_COUNTS):
            raise UsageError(f"{key} has to be taken from the reference", way_out="name it as package.module:factory")
        kept = own.get(key, torch.tensor(0))
        made[key] = kept.detach().clone() if isinstance(kept, Tensor) else kept  # what else a class keeps
    for stored in key_map.reference.stored:
        value = made.get(stored.key)
        if value is not None and stored.shape is not None and tuple(value.shape) != stored.shape:
            sizes = size(tuple(value.shape)), size(stored.shape)
            why = f"{stored.key} would be {sizes[0]}, and the reference holds {sizes[1]}"
            raise UsageError(why, source=source, way_out="a checkpoint of the candidate as it was compared")
    return {stored.key: made[stored.key] for stored in key_map.reference.stored if stored.key in made}


def _whole(key_map: KeyMap, held: dict[str, Tensor], source: str) -> dict[str, Tensor]:
    """With everything that the map takes; a file may hold a tensor that has two keys under one of them."""
    ties = {stored.key: stored.tied for stored in key_map.candidate.stored if stored.tied}
    by_tie = {tie: held[key] for key, tie in ties.items() if key in held}
    found = held | {key: by_tie[tie] for key, tie in ties.items() if key not in held and tie in by_tie}
    wanted = dict.fromkeys(key for mapped in key_map.mapped for part in mapped.parts for key in part.keys)
    found |= {key: torch.tensor(0) for key in wanted if key not in found and key.endswith(_COUNTS)}
    lacking = [key for key in wanted if key not in found]
    if lacking:
        way_out = f"a checkpoint of the candidate; this file begins with {next(iter(held))}"
        raise UsageError(f"lacks {listed(lacking, _LISTED)}", source=source, way_out=way_out)
    return found


def _made(mapped: MappedTensor, tensors: Mapping[str, Tensor], source: str) -> Tensor:
    parts = [_taken(part, tensors, source) for part in mapped.parts]
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


def _taken(part: TensorPart, tensors: Mapping[str, Tensor], source: str) -> Tensor:
    value = _merged(tensors[part.key], part, tensors, source)
    taken = value.transpose(0, 1) if part.transposed and value.dim() > 1 else value
    if part.rows is None:
        return taken
    start, stop = part.rows
    if not taken.dim() or taken.shape[0] < stop:
        raise UsageError(f"{part.key} has no rows {start} to {stop}: {size(tuple(value.shape))}", source=source)
    return taken[start:stop]


def _merged(value: Tensor, part: TensorPart, tensors: Mapping[str, Tensor], source: str) -> Tensor:
    """With what adapters add: of half precision computed in single, as PEFT does."""
    made = value
    for term in part.added:
        wide = torch.promote_types(value.dtype, torch.float32)
        first = tensors[term.first].to(wide)
        added = first
        if term.second:
            added = tensors[term.second].to(wide).flatten(1) @ first.flatten(1)
        if added.numel() != value.numel():
            raise UsageError(f"{term.second or term.first} does not fit {part.key}", source=source)
        made = made.to(wide) + ((added.T if term.transposed else added) * term.scale).reshape(value.shape)
    return made.to(value.dtype)


def _save(tensors: dict[str, Tensor], target: str) -> None:
    """Into a file beside it first, so that a full disk leaves what was there."""
    try:
        with replacing(target) as beside:
            if target.endswith(_SAFETENSORS):
                otherwise = "a name that does not end in .safetensors, for a file of torch"
                checkpoint.safetensors(target, otherwise).save_file(tensors, beside, metadata={"format": "pt"})
            else:
                torch.save(tensors, beside)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or exceptions.reason(error)
        raise UsageError(f"cannot be written: {reason}", source=target) from None
