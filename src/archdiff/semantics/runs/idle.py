"""A layer that gives back its input for what comes in here.

So do a pool of one number, padding by nothing, and AdaptiveAvgPool2d on its own size.
"""

from __future__ import annotations

from archdiff.model.message import message
from archdiff.semantics.kinds import Misfit, NotKnown, Trait
from archdiff.semantics.runs import Op, Rewritten, RunRule, Twin, stepwise


def _rewrite(op: Op) -> Rewritten | None:
    """Nothing in its place, and what would have to hold where it is not known whether it does nothing.

    Of a layer that both networks have nothing is taken for granted.
    """
    if op.has(Trait.IDENTITY):
        return Rewritten(())
    if op.kind.idle is None:
        return None
    try:
        return Rewritten(()) if op.kind.idle(op.settings, op.input) else None
    except Misfit:
        return None
    except NotKnown:
        changes_rank = op.input is not None and op.output is not None and len(op.input) != len(op.output)
        if changes_rank or (isinstance(op.layer, Twin) and op.layer.alike):
            return None
        name = op.kind.constructor.rpartition(".")[2] or op.kind.name
        return Rewritten((), message("does-nothing-here", name=name))


RULE = RunRule(
    name="idle", because="a layer that gives back its input here does nothing", rewrite=stepwise((1, _rewrite))
)
