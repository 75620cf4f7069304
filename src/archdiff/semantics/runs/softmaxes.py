"""Softmaxes along one dimension, of which the first may do nothing.

Softmax2d is Softmax over the channels. A LogSoftmax does nothing before another one, a Softmax, a Softmin or a
LayerNorm. The logarithm of the sum of probabilities is 0, so log-probabilities stay as they are.

Dimensions that are counted from the end are the same as those from the front where their number is known.
"""

from __future__ import annotations

from typing import Final

from archdiff.model.network import UNKNOWN
from archdiff.semantics.kinds import Trait, by_name
from archdiff.semantics.runs import Op, Rewritten, RunRule, operation, stepwise

_ALONG: Final = ("softmax", "log_softmax", "softmin")


def _pair(first: Op, op: Op) -> Rewritten | None:
    """A LogSoftmax, and what takes away what it adds to all numbers."""
    repeats = _repeats(first, op) and first.settings.known("dim") is not UNKNOWN
    return Rewritten((op,)) if repeats or _is_normalized_behind(first, op) else None


def _around(first: Op, between: Op, op: Op) -> Rewritten | None:
    repeats = _repeats(first, op) and first.settings.known("dim") == 1
    return Rewritten((between, op)) if repeats and _mixes_places(between) else None


def _repeats(first: Op, op: Op) -> bool:
    """Whether a LogSoftmax and another softmax work along one dimension."""
    both = first.kind.name == "log_softmax" and op.kind.name in _ALONG
    return both and first.settings.known("dim") == op.settings.known("dim")


def _is_normalized_behind(op: Op, norm: Op) -> bool:
    """Whether a LogSoftmax takes one number away from all those of which a LayerNorm takes the mean away."""
    dim, sizes = op.settings.known("dim"), norm.settings.known("normalized_shape")
    is_last = dim == -1 or (op.input is not None and dim == len(op.input))
    one = norm.kind.name == "layer_norm" and isinstance(sizes, tuple) and len(sizes) == 1
    return op.kind.name == "log_softmax" and is_last and one


def _mixes_places(op: Op) -> bool:
    """Whether it gives means or copies of places, so that what all channels of a place have in common stays so."""
    return op.kind.name != "unfold" and (op.has(Trait.AVERAGES) or op.has(Trait.COPIES))


def _named(op: Op) -> Rewritten | None:
    """The same with its dimension counted from the front; None where it is already, or where that is not known."""
    if op.kind.name == "softmax_2d":
        return Rewritten((operation(by_name()["softmax"], {"dim": -3}, op.input),))
    dim = op.settings.known("dim") if op.kind.name in _ALONG else None
    if not isinstance(dim, int) or dim >= 0 or op.input is None:
        return None
    rank = len(op.input) + 1
    return Rewritten((operation(op.kind, {"dim": dim % rank}, op.input),)) if dim >= -rank else None


RULE = RunRule(
    name="softmaxes",
    because="both compete along the same dimension",
    rewrite=stepwise((1, _named), (2, _pair), (3, _around)),
)
