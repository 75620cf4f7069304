"""RReLU draws its slope while training; in inference it is LeakyReLU with the mean of both bounds."""

from __future__ import annotations

from archdiff.semantics.kinds import NotKnown, _numbers, by_name
from archdiff.semantics.runs import Rewritten, Rule, Run, operation


def _rewrite(run: Run) -> Rewritten | None:
    for at, op in enumerate(run):
        if op.kind.name == "rrelu":
            try:
                slope = (_numbers.number(op.settings, "lower") + _numbers.number(op.settings, "upper")) / 2
            except NotKnown:
                continue
            leaky = operation(by_name()["leaky_relu"], {"negative_slope": slope}, op.input)
            return Rewritten((*run[:at], leaky, *run[at + 1 :]))
    return None


RULE = Rule(name="mean_slopes", because="RReLU takes the mean slope in inference", rewrite=_rewrite, in_inference=True)
