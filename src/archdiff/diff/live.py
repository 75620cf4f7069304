"""Two networks of which at least one is live: what it holds beside its print, among what the prints show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archdiff.diff import live_attributes, live_state
from archdiff.diff.draft import Draft
from archdiff.diff.live_modules import LiveNetwork, paired_modules, paired_paths
from archdiff.diff.steps import Step
from archdiff.infer import Sized
from archdiff.semantics.live_settings import is_live


def beside_prints(printed: Sequence[Draft], steps: Iterable[Step], candidate: Sized, reference: Sized) -> list[Draft]:
    """What the prints show, with what live modules hold beside them.

    Args:
        printed: Drafts about what both prints show; what follows from one is added to its consequences.
        steps: The alignment.
        candidate: One network.
        reference: The other.

    Returns:
        All drafts. Only of two live modules is more compared than what is printed.
    """
    if not (is_live(candidate.network) and is_live(reference.network)):
        return [*printed]
    ours, theirs = LiveNetwork(candidate), LiveNetwork(reference)
    pairs = [*paired_modules(ours, theirs, paired_paths(steps))]
    return [
        *printed,
        *live_attributes.drafts(ours, theirs, pairs, printed),
        *live_state.drafts(ours, theirs, pairs, printed),
    ]
