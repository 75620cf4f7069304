"""A dropout does nothing in inference."""

from __future__ import annotations

from archdiff.semantics.kinds import Trait
from archdiff.semantics.runs import Op, Ops, Rewritten, RunRule


def _rewrite(ops: Ops) -> Rewritten | None:
    kept = tuple([op for op in ops if not _does_nothing(op)])
    return Rewritten(kept) if len(kept) < len(ops) else None


def _does_nothing(op: Op) -> bool:
    """Whether it drops while training and does nothing else; what a setting does that no kind knows is open."""
    return op.has(Trait.DROPS) and all(op.kind.field(name) is not None for name in op.settings.printed)


RULE = RunRule(name="drops", because="dropout does nothing in inference", rewrite=_rewrite, in_inference=True)
