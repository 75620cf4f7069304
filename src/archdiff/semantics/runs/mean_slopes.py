"""RReLU draws its slope while training; in inference it is LeakyReLU with the mean of both bounds."""

from __future__ import annotations

from archdiff.semantics.kinds import NotKnown, by_name
from archdiff.semantics.runs import Op, Rewritten, RunRule, operation, stepwise


def _rewrite(op: Op) -> Rewritten | None:
    if op.kind.name != "rrelu":
        return None
    try:
        slope = (op.settings.number("lower") + op.settings.number("upper")) / 2
    except NotKnown:
        return None
    return Rewritten((operation(by_name()["leaky_relu"], {"negative_slope": slope}, op.input),))


RULE = RunRule(
    name="mean_slopes",
    because="RReLU takes the mean slope in inference",
    rewrite=stepwise((1, _rewrite)),
    in_inference=True,
)
