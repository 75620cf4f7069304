"""A key map of two networks by the names of their factories, in these test modules."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import torch
from torch import nn

from archdiff import commands
from archdiff.execute.keys import apply
from archdiff.execute.keys.transfer import KeyOptions, KeyTransfer

_MODULE = "execute.keys.packed_networks"


def asked(candidate: str, reference: str, shape: tuple[int, ...] | None = None, **more: Any) -> KeyTransfer:
    ours, theirs = (f"{_MODULE}:{each}" if each.isidentifier() else each for each in (candidate, reference))
    return commands.keys(commands.Request(ours, theirs, shape), KeyOptions(**more))


def made(name: str) -> nn.Module:
    module: nn.Module = getattr(import_module(_MODULE), name)()
    return module


def ported(answer: KeyTransfer, candidate: nn.Module, reference: nn.Module, x: torch.Tensor) -> float:
    """By how much outputs part once the candidate's weights are loaded along the map, strictly."""
    state = apply.convert(answer.key_map, candidate.state_dict(), reference.state_dict())
    reference.load_state_dict(state, strict=True)
    with torch.no_grad():
        return float((candidate.eval()(x) - reference.eval()(x)).abs().max())
