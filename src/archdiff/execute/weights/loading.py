"""Checkpoints: tensors of a file into a network, keys under other names along the pairs of a comparison.

What does not fit is a finding; `checkpoint` reads the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from archdiff.execute.live import exceptions
from archdiff.execute.runnable import Runnable
from archdiff.execute.weights import checkpoint
from archdiff.execute.weights.copying import named_numbers
from archdiff.model.effects import Effect
from archdiff.model.errors import UsageError
from archdiff.model.finding import Finding, Place
from archdiff.model.network import ancestors, join
from archdiff.model.wording import listed, size

#: run-time state, which a network can do without
_STATE: Final = ("num_batches_tracked", "duty_cycle", "boost_strength", "dutyCycle", "boostStrength")
_WRAPPER: Final = "module."  # DataParallel, SparseWeights
_LISTED: Final = 4  # keys that a finding names


def load_checkpoint(file: str, side: Runnable, names: Mapping[str, str]) -> list[Finding]:
    """Loads a checkpoint into a network.

    Args:
        file: with its tensors, under the keys of this network or of the other one.
        side: the network.
        names: path of a layer in it -> path of its counterpart in the other network.

    Returns:
        A finding for everything that did not fit, or had another name.

    Raises:
        UsageError: the file cannot be read, or no tensor of it fits.
    """
    loading = _Loading(file, side)
    # where a key may begin -> path of the layer here; names of this network stand above those of the other
    places = {partner: path for path, partner in names.items()} | {path: path for path in side.modules}
    own = dict(named_numbers(side.module))
    for key, value in checkpoint.read(file).items():
        path, rest = _layer_of(key, places)
        if path is not None:
            loading.parts.setdefault(path, {})[rest] = key, value
        elif key in own and own[key].shape == value.shape:
            _check_type(key, value, own[key], file)
            with torch.no_grad():
                own[key].copy_(value)
        else:
            loading.unexpected.setdefault("", []).append(key)
    if not loading.parts:
        first = next(iter(side.module.state_dict()), "nothing")
        raise UsageError("no tensor of this file fits", source=file, way_out=f"this network holds {first}, ...")
    for path, module in side.modules.items():
        loading.fill(path, module)
    return list(loading.findings())


# Keys


def _layer_of(key: str, places: Mapping[str, str]) -> tuple[str | None, str]:
    """(path of the layer, name of the tensor in it): the longest beginning counts."""
    for start in (key, key.removeprefix(_WRAPPER)):
        for path in ancestors(start.rpartition(".")[0]):
            if path in places:
                return places[path], start.removeprefix(f"{path}.")
    return None, key


@dataclass(slots=True)
class _Loading:
    """One file into one network, and what did not fit; by path of the layer."""

    file: str
    side: Runnable
    parts: dict[str, dict[str, tuple[str, Tensor]]] = field(default_factory=dict)  # path -> name -> key, tensor
    missing: dict[str, list[str]] = field(default_factory=dict)
    unexpected: dict[str, list[str]] = field(default_factory=dict)
    misshapen: dict[str, list[str]] = field(default_factory=dict)
    renamed: list[tuple[str, str]] = field(default_factory=list)  # key in the file, key in the network

    def fill(self, path: str, module: nn.Module) -> None:
        own = module.state_dict()
        wanted: dict[str, Tensor] = {}
        for name, (key, value) in self.parts.get(path, {}).items():
            here = _here(name, own)
            if here in own and own[here].shape != value.shape and own[here].numel() != value.numel():
                message = f"{key} is {size(value.shape)} in the file, {size(own[here].shape)} in the network"
                self.misshapen.setdefault(path, []).append(message)
                continue
            if here in own:
                _check_type(key, value, own[here], self.file)
            wanted[here] = value
            if here in own and not key.endswith(join(path, name)):
                self.renamed.append((key, join(path, here)))
        lost = {message.partition(" ")[0].rpartition(".")[2] for message in self.misshapen.get(path, [])}
        try:
            missing, unexpected = module.load_state_dict(wanted, strict=False)
        except Exception as error:  # a custom class may load in its own way
            message = exceptions.reason(error).replace("\t", " ")
            raise UsageError(f"cannot be loaded into {path or 'the network'}: {message}", source=self.file) from None
        missing = [name for name in missing if name.rpartition(".")[2] not in lost]
        if missing:
            self.missing[path] = missing
        if unexpected:
            self.unexpected[path] = list(unexpected)

    def findings(self) -> Iterator[Finding]:
        for path, messages in self.misshapen.items():
            yield self._finding(path, "; ".join(messages), Effect.FUNCTION)
        for what, found in (("lacks", self.missing), ("holds", self.unexpected)):
            for path, names in found.items():
                grave = [name for name in names if not name.endswith(_STATE)]
                effect = Effect.FUNCTION if grave else Effect.STATE
                keys = listed([join(path, name) for name in grave or names], _LISTED)
                more = ", which the network does not have" if what == "holds" else ""
                yield self._finding(path, f"{what} {keys}{more}", effect)
        if self.renamed:
            shown = listed([f"{key} for {here}" for key, here in self.renamed], _LISTED)
            yield self._finding("", f"other names, matched through the comparison: {shown}", Effect.COSMETIC)

    def _finding(self, path: str, message: str, effect: Effect) -> Finding:
        leaf = self.side.leaves.get(path)
        line = leaf.line if leaf else self.side.sized.network.root.span.line
        place = Place(path, line, None, leaf.layer.class_name if leaf else "")
        return Finding("AD904", effect, f"{Path(self.file).name}: {message}", "checkpoint", *self.side.alone(place))


def _check_type(key: str, value: Tensor, own: Tensor, file: str) -> None:
    """A copy would make whole numbers of a quantized weight to weights, and drop the imaginary part of others."""
    if (value.is_complex() and not own.is_complex()) or (own.is_floating_point() and not value.is_floating_point()):
        dtype, file_dtype = (str(each.dtype).removeprefix("torch.") for each in (own, value))
        raise UsageError(
            f"{key} is {file_dtype} in the file, {dtype} in the network", source=file, way_out=_OF_ONE_TYPE
        )


_OF_ONE_TYPE: Final = "save the weights as floating point numbers, dequantized where they are not"


def _here(name: str, own: Mapping[str, Tensor]) -> str:
    """With or without the wrapper that one of the two has around the layer."""
    for other in (name, _WRAPPER + name, name.removeprefix(_WRAPPER)):
        if other in own:
            return other
    return name
