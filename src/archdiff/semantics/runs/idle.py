"""A layer that gives back its input for what comes in here: a pool of one number, padding by nothing, AdaptiveAvgPool2d
on its own size."""

from __future__ import annotations

from archdiff.model.message import Message, message
from archdiff.semantics.kinds import Misfit, NotKnown, Trait
from archdiff.semantics.runs import Op, Rewritten, Rule, Run, Twin


def _rewrite(run: Run) -> Rewritten | None:
    open_: Rewritten | None = None
    for at, op in enumerate(run):
        is_idle, needs = _is_idle(op)
        if is_idle:
            found = Rewritten((*run[:at], *run[at + 1 :]), needs)
            if needs is None:
                return found
            open_ = open_ or found
    return open_


def _is_idle(op: Op) -> tuple[bool, Message | None]:
    """Whether it does nothing, and what would have to hold where that is not known.

    Of a layer that both networks have nothing is taken for granted.
    """
    if op.has(Trait.IDENTITY):
        return True, None
    if op.kind.idle is None:
        return False, None
    try:
        return op.kind.idle(op.settings, op.input), None
    except Misfit:
        return False, None
    except NotKnown:
        if op.input is not None and op.output is not None and len(op.input) != len(op.output):
            return False, None
        name = op.kind.constructor.rpartition(".")[2] or op.kind.name
        may_differ = not (isinstance(op.layer, Twin) and op.layer.alike)
        return may_differ, message("does-nothing-here", name=name)


RULE = Rule(name="idle", because="a layer that gives back its input here does nothing", rewrite=_rewrite)
