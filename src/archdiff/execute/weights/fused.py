"""Weights of projections that one side holds in one matrix and the other apart, from one into the other.

The names of a pair tell which stand for which (`q+kv`); rows are taken to stand in that order, one projection below the
other, which no print shows. Must not decide whether both compute the same.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from archdiff.execute.runnable import Runnable


class _Rows(NamedTuple):
    weight: Tensor
    bias: Tensor | None


def copy_rows(source: Runnable, target: Runnable, source_path: str, target_path: str) -> None:
    """Copies the rows of several projections, where both sides have as many.

    Args:
        source: whose numbers are copied.
        target: whose numbers are set.
        source_path: `attention.q+k+v` for three layers, or the path of one.
        target_path: the same in the target.
    """
    given, taking = _all_rows(source.module, source_path), _all_rows(target.module, target_path)
    if not given or not taking:
        return
    weight = torch.cat([_flat(rows.weight) for rows in given])
    bias = torch.cat([_bias(rows) for rows in given])
    if weight.shape != torch.Size((sum(len(rows.weight) for rows in taking), _flat(taking[0].weight).shape[1])):
        return
    at = 0
    for rows in taking:
        end = at + len(rows.weight)
        rows.weight.copy_(weight[at:end].reshape(rows.weight.shape))
        if rows.bias is not None:
            rows.bias.copy_(bias[at:end])
        at = end


def _all_rows(module: nn.Module, path: str) -> list[_Rows]:
    """Of every layer that a path names, in the order of the path; of a MultiheadAttention its own matrix."""
    holder, _, names = path.rpartition(".")
    inside = dict(module.named_modules())
    found: list[_Rows] = []
    for name in names.split("+"):
        layer = inside.get(f"{holder}.{name}" if holder else name)
        attention = inside.get(holder)
        if layer is None and isinstance(attention, nn.MultiheadAttention) and attention.in_proj_weight is not None:
            found.append(_Rows(attention.in_proj_weight, attention.in_proj_bias))
        elif layer is not None and isinstance(weight := getattr(layer, "weight", None), Tensor):
            transposed = type(layer).__name__ == "Conv1D"  # of transformers: inputs come first
            found.append(_Rows(weight.t() if transposed else weight, getattr(layer, "bias", None)))
    return found


def _flat(weight: Tensor) -> Tensor:
    return weight.reshape(len(weight), -1)


def _bias(rows: _Rows) -> Tensor:
    return rows.weight.new_zeros(len(rows.weight)) if rows.bias is None else rows.bias
