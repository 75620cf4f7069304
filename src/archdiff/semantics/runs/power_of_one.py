"""A power-average pool of one number with power 1 gives back what comes in.

Where the number is 0, torch gives no gradient, as for a Softshrink by 0.
"""

from __future__ import annotations

from archdiff.semantics.runs import Op, Rewritten, RunRule, stepwise


def _rewrite(op: Op) -> Rewritten | None:
    return Rewritten(()) if gives_powers_of_one(op) and op.settings.known("norm_type") == 1 else None


def gives_powers_of_one(op: Op) -> bool:
    """Whether it gives the root of a power of each number: of an even power the number without its sign."""
    if not op.kind.name.startswith("lp_pool"):
        return False
    power, sizes = op.settings.known("norm_type"), ("kernel_size", "stride")
    whole = isinstance(power, (int, float)) and power >= 1
    return whole and all(set(op.settings.ints(name)) == {1} for name in sizes)


RULE = RunRule(
    name="power_of_one",
    because="a power-average pool of one number gives it back",
    rewrite=stepwise((1, _rewrite)),
)
