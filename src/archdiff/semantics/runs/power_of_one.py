"""A power-average pool of one number gives back what comes in, of an even power without its sign.

Where the number is 0, torch gives no gradient; no layer named here has one there.
"""

from __future__ import annotations

from typing import Final

from archdiff.semantics.runs import Op, Rewritten, Rule, Run


def _rewrite(run: Run) -> Rewritten | None:
    for at, op in enumerate(run):
        if _is_of_one(op) and (op.settings.known("norm_type") == 1 or (at and _gives_no_negative(run[at - 1]))):
            return Rewritten((*run[:at], *run[at + 1 :]))
    return None


def _is_of_one(op: Op) -> bool:
    dims = op.kind.dims or 0
    if not op.kind.name.startswith("lp_pool"):
        return False
    power, each = op.settings.known("norm_type"), (op.settings.ints(name, dims) for name in ("kernel_size", "stride"))
    return isinstance(power, (int, float)) and power >= 1 and all(set(sizes) == {1} for sizes in each)


def _gives_no_negative(op: Op) -> bool:
    return op.kind.name in _NOT_NEGATIVE or (op.kind.name == "hardtanh" and op.settings.known("min_val") == 0)


_NOT_NEGATIVE: Final = ("relu", "relu6", "sigmoid", "hardsigmoid", "softplus", "softmax", "softmax_2d", "softmin")

RULE = Rule(
    name="power_of_one",
    because="a power-average pool of one number gives it back",
    rewrite=_rewrite,
)
