"""A max pool over all that comes in takes no notice of copies: of a padding by what is there, or of upsampling."""

from __future__ import annotations

from archdiff.semantics.kinds import Trait
from archdiff.semantics.runs import Op, Rewritten, Rule, Run


def _rewrite(run: Run) -> Rewritten | None:
    for at in range(1, len(run)):
        if _takes_all(run[at]) and _copies_all(run[at - 1]):
            return Rewritten((*run[: at - 1], *run[at:]))
    return None


def _takes_all(op: Op) -> bool:
    sizes = op.settings.known("output_size")
    return op.kind.name.startswith("adaptive_max_pool") and isinstance(sizes, tuple) and set(sizes) == {1}


def _copies_all(op: Op) -> bool:
    """Whether every number that comes in is among those that come out, along with copies of them."""
    if op.kind.name.startswith(("reflection_pad", "replication_pad", "circular_pad")):
        return min(op.settings.ints("padding", 2 * (op.kind.dims or 0))) >= 0
    if op.kind.name != "upsample" or not op.has(Trait.COPIES):
        return False
    factors = op.settings.known("scale_factor")
    parts = factors if isinstance(factors, tuple) else (factors,)
    if all(isinstance(part, (int, float)) and part >= 1 for part in parts):
        return True
    x, y = op.input_shape, op.output_shape
    return x is not None and y is not None and all(a <= b for a, b in zip(x, y, strict=False))


RULE = Rule(
    name="largest_of_all",
    because="copies change nothing of the largest number",
    rewrite=_rewrite,
)
