"""A dropout does nothing in inference."""

from __future__ import annotations

from archdiff.semantics.kinds import Trait
from archdiff.semantics.runs import Rewritten, Rule, Run


def _rewrite(run: Run) -> Rewritten | None:
    kept = tuple([op for op in run if not op.has(Trait.DROPS)])
    return Rewritten(kept) if len(kept) < len(run) else None


RULE = Rule(name="drops", because="dropout does nothing in inference", rewrite=_rewrite, in_inference=True)
