"""Two networks of which at least one is live: what it holds beside its print, among what the prints show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from archdiff.diff import live_attributes, live_state, live_tensors
from archdiff.diff.draft import Draft
from archdiff.diff.live_attributes import live, same
from archdiff.diff.live_modules import LiveNetwork, paired_modules
from archdiff.diff.messages import setting
from archdiff.diff.steps import Step
from archdiff.model.effects import Effect
from archdiff.model.finding import Place
from archdiff.model.network import UNKNOWN, Value


def filled(printed: Iterable[Draft], candidate: LiveNetwork, reference: LiveNetwork) -> Iterator[Draft]:
    """What differs, with what a live module holds in place of what it does not print.

    Args:
        printed: Drafts about the layers of both.
        candidate: One network.
        reference: The other.

    Yields:
        Each draft with the source of its values, those apart of which the print of one side and the attribute of the
        other are one value.
    """
    if not (candidate.is_live or reference.is_live):
        yield from printed
        return
    for draft in printed:
        places = (draft.candidate, candidate), (draft.reference, reference)
        if draft.setting and any(at and (at.path, draft.setting) in side.settings for at, side in places):
            draft.what = live(draft.what)
        elif draft.setting and draft.what.code == "not-printed":
            _fill(draft, [_attribute(at, side, draft.setting) for at, side in places])
            if draft.candidate and draft.reference and same(draft.candidate.value, draft.reference.value):
                continue
        yield draft


def _attribute(at: Place | None, side: LiveNetwork, name: str) -> Value:
    """The value at a place: printed, else what the live module holds under that name."""
    if at is None or at.value is not UNKNOWN:
        return at.value if at else UNKNOWN
    return side.value(at.path, name)


def _fill(draft: Draft, values: Sequence[Value]) -> None:
    """Puts both values into a draft, where they are known now."""
    ours, theirs = values
    if draft.candidate is None or draft.reference is None or draft.setting is None or UNKNOWN in values:
        return
    draft.candidate, draft.reference = draft.candidate._replace(value=ours), draft.reference._replace(value=theirs)
    draft.effect, draft.what, draft.hint = Effect.FUNCTION, live(setting(draft.setting, ours, theirs)), ""


def beside_prints(
    printed: Sequence[Draft], steps: Iterable[Step], candidate: LiveNetwork, reference: LiveNetwork
) -> list[Draft]:
    """What two live modules hold otherwise beside their prints; nothing where one of the two is no live module.

    Args:
        printed: Drafts about what both prints show; what follows from one is added to its consequences.
        steps: The alignment.
        candidate: One network.
        reference: The other.
    """
    if not (candidate.is_live and reference.is_live):
        return []
    pairs = paired_modules(steps, candidate, reference)
    own = live_tensors.drafts(candidate, reference, pairs, printed)
    attributes = live_attributes.drafts(candidate, reference, pairs, [*printed, *own])
    return [*_worked_out(own, attributes), *attributes, *live_state.drafts(candidate, reference, pairs)]


def _worked_out(own: Iterable[Draft], attributes: Iterable[Draft]) -> Iterator[Draft]:
    """Drafts about tensors, those apart whose numbers the constructor works out of an attribute that differs."""
    made_with = {draft.candidate.path: draft for draft in attributes if draft.candidate}
    for draft in own:
        cause = made_with.get(draft.candidate.path) if draft.candidate else None
        if cause is not None and draft.what.code == live_tensors.NUMBERS:
            cause.consequences.append(draft.frozen())
        else:
            yield draft
