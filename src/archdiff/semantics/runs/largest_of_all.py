"""A pool over all that comes in takes no notice of copies: a max pool of any, a mean of those of one number."""

from __future__ import annotations

from archdiff.semantics.kinds import Trait
from archdiff.semantics.runs import Op, Rewritten, RunRule, stepwise


def _rewrite(before: Op, pool: Op) -> Rewritten | None:
    is_copied = _takes_all(pool) and (_copies_one(before) or _copies_all(pool, before))
    return Rewritten((pool,)) if is_copied else None


def _takes_all(op: Op) -> bool:
    sizes = op.settings.known("output_size")
    return op.kind.name.startswith("adaptive") and isinstance(sizes, tuple) and set(sizes) == {1}


def _copies_one(op: Op) -> bool:
    """Whether one number of a channel comes in, and copies of it come out."""
    return op.input is not None and len(op.input) > 1 and set(op.input[1:]) == {1} and op.has(Trait.COPIES)


def _copies_all(pool: Op, op: Op) -> bool:
    """Whether every number that comes in is among those that come out, along with copies of them."""
    if not pool.has(Trait.PICKS_MAX):
        return False
    if op.kind.name.startswith(("reflection_pad", "replication_pad", "circular_pad")):
        return min(op.settings.ints("padding", 2 * op.kind.spatial)) >= 0
    if op.kind.name != "upsample" or not op.has(Trait.COPIES):
        return False
    factors = op.settings.known("scale_factor")
    parts = factors if isinstance(factors, tuple) else (factors,)
    if all(isinstance(part, (int, float)) and part >= 1 for part in parts):
        return True
    x, y = op.input_shape, op.output_shape
    return x is not None and y is not None and all(a <= b for a, b in zip(x, y, strict=False))


RULE = RunRule(
    name="largest_of_all",
    because="copies change nothing of the largest number, nor of the mean of one",
    rewrite=stepwise((2, _rewrite)),
)
