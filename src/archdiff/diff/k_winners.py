"""Two k-winner layers in the same place: what decides the winners, compared at equally many units.

`percent_on` matters through k alone, `boost_strength` decays while training, and older prints hold no `break_ties`, so
these settings are compared together and not one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log

from archdiff.diff.messages import as_printed
from archdiff.diff.settings import Difference
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.message import Message, because, message
from archdiff.model.network import UNKNOWN
from archdiff.model.wording import percent
from archdiff.semantics.kinds import NotKnown, Settings
from archdiff.semantics.kinds.k_winners import Winners, winners


def differences(a: Leaf, b: Leaf, ties: bool) -> Iterator[Difference]:
    """The differences in the jointly compared settings; n and k that only follow from the input are not among them.

    Args:
        a: The candidate's layer, with n and k in units.
        b: The reference's layer.
        ties: Equal inputs are the rule, as behind a pool whose windows overlap.
    """
    yield from _share(a, b)
    yield from _in_inference(a, b)
    yield from _by_generation(a, b)
    yield from _boost(a.settings, b.settings)
    yield from _ties(a.settings, b.settings, ties)
    yield from _state(a.settings, b.settings)


def _share(a: Leaf, b: Leaf) -> Iterator[Difference]:
    """Differences of percent_on (or k), compared at the reference's number of units."""
    ours, theirs = a.settings.known("percent_on"), b.settings.known("percent_on")
    if ours == theirs:
        return
    at_same_n, target = _at(a.settings, b.winners), b.winners
    if at_same_n is None or target is None or target.k is None or at_same_n.k is None:
        what = as_printed("percent_on", ours, theirs)
        yield Difference("percent_on", ours, theirs, Effect.FUNCTION, "k-winners", what)
        return
    same = (at_same_n.k, at_same_n.k_inference) == (target.k, target.k_inference)
    if same:
        effect, why = Effect.EQUIVALENT, message("same-k", k=ks(target), n=target.n)
    else:
        effect = Effect.FUNCTION if at_same_n.k != target.k else Effect.INFERENCE
        why = _apart(a.winners, at_same_n, target)
    what = because(as_printed("percent_on", ours, theirs), why)
    yield Difference("percent_on", ours, theirs, effect, "k-winners", what)


def _in_inference(a: Leaf, b: Leaf) -> Iterator[Difference]:
    """A difference of k_inference_factor, compared at the reference's number of units."""
    name = "k_inference_factor"
    ours, theirs = a.settings.known(name), b.settings.known(name)
    if ours == theirs or UNKNOWN in (ours, theirs):
        return
    at_same_n, target = _at(a.settings, b.winners), b.winners
    what, effect = as_printed(name, ours, theirs), Effect.INFERENCE
    if at_same_n and target and at_same_n.k == target.k and target.k_inference is not None:
        if at_same_n.k_inference == target.k_inference:
            effect, why = Effect.EQUIVALENT, message("same-k-in-inference", k=target.k_inference, n=target.n)
        else:
            why = message("win-in-inference", ours=at_same_n.k_inference, n=target.n, theirs=target.k_inference)
        what = because(what, why)
    yield Difference(name, ours, theirs, effect, "k-winners", what)


def _by_generation(a: Leaf, b: Leaf) -> Iterator[Difference]:
    """Equal settings that the two generations of code round otherwise: 147 of 196, times 1.25, is 147 or 146."""
    names = ("percent_on", "k_inference_factor")
    ours, theirs = _at(a.settings, b.winners), b.winners
    if ours is None or theirs is None or any(a.settings.known(name) != b.settings.known(name) for name in names):
        return
    if (ours.k, ours.k_inference) != (theirs.k, theirs.k_inference) and ours.generation != theirs.generation:
        effect = Effect.INFERENCE if ours.k == theirs.k else Effect.FUNCTION
        what = message("rounds-otherwise", ours=ks(ours), theirs=ks(theirs), n=theirs.n)
        yield Difference("k_inference", ours.k_inference, theirs.k_inference, effect, "k-winners", what)


def _apart(own: Winners | None, at_same_n: Winners, target: Winners) -> Message:
    if own is not None and own.n != target.n and own.k == target.k:
        shares = {"share": _share_of(own), "other": _share_of(target)}
        return message("same-k-of-other-n", k=ks(target), ours=own.n, theirs=target.n, **shares)
    code = "other-k" if own is None or own.n == target.n else "other-k-at-same-n"
    return message(code, ours=ks(at_same_n), theirs=ks(target), n=target.n)


def _at(settings: Settings, units: Winners | None) -> Winners | None:
    try:
        return winners(settings, units.n) if units else None
    except NotKnown:
        return None


def ks(won: Winners) -> str:
    """Numbers of winners in training and in inference: `1200/1800`."""
    return f"{won.k}/{won.k_inference}"


def _share_of(won: Winners) -> str:
    return percent(won.k / won.n) if won.k is not None and won.n else "?"


def _boost(a: Settings, b: Settings) -> Iterator[Difference]:
    ours, theirs = a.known("boost_strength"), b.known("boost_strength")
    if ours == theirs or not isinstance(ours, (int, float)) or not isinstance(theirs, (int, float)):
        return
    if abs(ours - theirs) <= 1e-6 * max(abs(ours), abs(theirs)):
        effect, why = Effect.COSMETIC, message("float32")
    elif epochs := _epochs_apart(ours, theirs, a.known("boost_strength_factor"), b.known("boost_strength_factor")):
        later = "candidate" if ours < theirs else "reference"
        effect, why = Effect.STATE, message("epochs-later", side=later, epochs=epochs, value=f"{max(ours, theirs):g}")
    else:
        effect, why = Effect.FUNCTION, message("other-winners")
    what = because(as_printed("boost_strength", f"{ours:g}", f"{theirs:g}"), why)
    yield Difference("boost_strength", ours, theirs, effect, "k-winners", what)


def _epochs_apart(a: float, b: float, factor: object, other_factor: object) -> int:
    """How many epochs of decay separate two boost strengths; 0 where no whole number does."""
    if factor != other_factor or not isinstance(factor, float) or not 0 < factor < 1 or a <= 0 or b <= 0:
        return 0
    epochs = log(min(a, b) / max(a, b)) / log(factor)
    return round(epochs) if abs(epochs - round(epochs)) < 1e-4 else 0


def _ties(a: Settings, b: Settings, likely: bool) -> Iterator[Difference]:
    ours, theirs = a.known("break_ties"), b.known("break_ties")
    if _strict(ours) != _strict(theirs):
        effect = Effect.FUNCTION if likely else Effect.EQUIVALENT
        why = message("ties-likely" if likely else "taken-untied")
        what = because(as_printed("break_ties", ours, theirs), why)
        yield Difference("break_ties", ours, theirs, effect, "k-winners", what)


def _strict(break_ties: object) -> bool:
    """Code that printed no break_ties picked exactly k winners, as break_ties=True does."""
    return break_ties is not False


def _state(a: Settings, b: Settings) -> Iterator[Difference]:
    """The number of units, which is 0 until the first forward of a KWinners2d."""
    ours, theirs = a.known("n"), b.known("n")
    if 0 in (ours, theirs) and ours != theirs:
        yield Difference("n", ours, theirs, Effect.STATE, "k-winners", message("n-until-first-forward"))
