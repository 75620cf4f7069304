"""What traced forwards say of two networks: findings of their own, and answers to what no print could tell.

Where both forwards are known, an effect is unknown no more: what differs in the trees either shows in what runs, or it
does not. Must not read traces: `forwards` tells in what they differ.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from dataclasses import replace
from typing import Final

from archdiff.diff import messages
from archdiff.diff.draft import of_places, root_place
from archdiff.diff.forward_draws import AT_RANDOM
from archdiff.diff.forward_findings import findings
from archdiff.diff.forward_nodes import COMES_IN, THE_INPUT
from archdiff.diff.forward_pairs import Forwards
from archdiff.diff.forward_sides import FOLLOWS, ForwardDifference, is_inside
from archdiff.diff.live_state import HOOK
from archdiff.diff.shared_weights import ONE_WEIGHT
from archdiff.infer import Sized
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.model.message import Message, because, message
from archdiff.semantics.unprinted import TIED

#: findings about which layers there are and in which order: what runs decides what they change
_STRUCTURE: Final = ("AD101", "AD102", "AD103", "AD104", "AD105", "AD106", "AD108")
_OF_LAYERS: Final = ("AD103", "AD104", "AD105")
#: findings about modules with all that is in them
_OF_MODULES: Final = (*_OF_LAYERS, "AD106")
#: codes of what one side alone does: which side that is
_ALONE: Final = {"traced-extra": 0, "traced-missing": 1}
_ORDER: Final = ("AD101", "AD102")
_CONTAINER: Final = "AD108"
#: findings about how the same layers are printed
_ARRANGED: Final = (*_ORDER, _CONTAINER)
_WEIGHTS: Final = (TIED, ONE_WEIGHT)
_IN_PLACE: Final = "inplace"
#: settings of what the forward around a layer may do in its place, whatever comes in
_ELSEWHERE: Final = ("padding", "padding_mode", "batch_first", "norm_first", "activation")
_MODES: Final = {Effect.TRAINING: "in training", Effect.INFERENCE: "in eval mode"}
_DIMENSION: Final = "dim"  # of torch's own layers: two that do the same are one for inputs of this rank


def with_forwards(found: Sequence[Finding], known: Forwards, candidate: Sized, reference: Sized) -> list[Finding]:
    """Findings of two trees with what their forwards say.

    Args:
        found: What was found in the trees.
        known: What `compared` gives.
        candidate: One network.
        reference: The other.

    Returns:
        Those of unknown effect with their effect, as far as it is known now, and one for each forward that does
        something else.
    """
    told: set[ForwardDifference] = set()
    placement = known.norms.without(found) if known.norms is not None and not known.same_in_eval else None
    of_norms = placement.follow if placement is not None else frozenset()
    told.update(of_norms)
    of_placement = [each for each in found if _says_where_norms_stand(each, known, of_norms)]
    found = [each for each in found if each not in of_placement]
    settled = [each for finding in found if (each := _settled(finding, known, told, of_norms)) is not None]
    own: list[Finding] = []
    for effect in dict.fromkeys(effect for effect, _ in known.differences):
        left = [each for other, each in known.differences if other is effect and each not in told]
        if any(each.is_difference and each.effect >= effect for each in settled):
            left = [each for each in left if each.what.code not in FOLLOWS]
        own += findings(left, effect, candidate, reference)
    if placement is not None:
        ordered = [(effect, each) for effect, each in known.differences if each in of_norms]
        follow = [
            *(_because(each, Effect.FUNCTION, None) for each in of_placement),
            *(
                inner
                for effect in dict.fromkeys(effect for effect, _ in ordered)
                for inner in findings(
                    [each for other, each in ordered if other is effect], effect, candidate, reference
                )
            ),
        ]
        settled.insert(0, placement.finding(follow, candidate, reference))
    is_told = any(each.setting == _IN_PLACE for each in found)
    seen = [(what, effect) for what, effect in known.seen if not (is_told and what.code == "because")]
    at = [(root_place(candidate), root_place(reference))]
    own += (of_places("AD110", effect, what, "forward", at) for what, effect in seen)
    return [*settled, *own]


def _settled(
    finding: Finding, known: Forwards, told: set[ForwardDifference], of_norms: Collection[ForwardDifference]
) -> Finding | None:
    """A finding with what is known of its effect; None for a question that is answered."""
    if finding.not_printed:
        return None if known.in_training and finding.setting not in _WEIGHTS else finding
    about = {each: effect for effect, each in known.differences if _is_about(finding, each)}
    is_seen = known.in_training or _is_seen(finding, known)
    effects = {*about.values(), *(effect for effect, each in known.beside if is_seen and _is_about(finding, each))}
    if (
        finding.rule in _ARRANGED
        and finding.effect is Effect.UNKNOWN
        and about
        and all(each in of_norms for each in about)
    ):
        return _because(finding, Effect.COSMETIC, message("traced-told"))
    if finding.rule == _CONTAINER and about and (finding.effect is Effect.UNKNOWN or finding.assumes):
        return _because(finding, Effect.COSMETIC, message("traced-told"))
    if _is_of_names(finding) and len({*about, *_of_the_same_order(finding, about, known)}) == 1:
        # of layers that changed places, at least two take something else
        return _because(finding, Effect.INIT, None)
    if finding.rule.startswith(_STRUCTURE) and finding.effect is Effect.UNKNOWN:
        told.update(about)
        if effects:
            told.update(_of_the_same_order(finding, about, known))
            return _because(finding, _strongest(effects), message("traced-differs"))
        return _because(finding, Effect.EQUIVALENT, message("traced-same")) if is_seen else finding
    if finding.rule.startswith(_OF_LAYERS) and known.same and not finding.consequences:
        return _because(finding, Effect.EQUIVALENT, message("traced-same"))
    if finding.rule.startswith(_OF_LAYERS) and known.same_in_eval and finding.effect > Effect.TRAINING:
        told.update(about)
        return _because(finding, Effect.TRAINING, message("traced-differs"))
    if finding.rule.startswith(_OF_MODULES) and finding.effect > Effect.TRAINING and not finding.consequences:
        finding = _by_mode(finding, known)
    if finding.rule.startswith(_STRUCTURE) and finding.effect >= Effect.TRAINING:
        covered = {*about, *_of_the_same_order(finding, about, known)}
        told.update(each for effect, each in known.differences if each in covered and _covers(finding.effect, effect))
    elif finding.setting and finding.is_difference:
        if _is_of_another_class(finding, known):
            return None
        return _of_setting(finding, known, told)
    elif finding.assumes and known.in_training:
        return _because(finding, finding.effect, message("traced-same") if finding.rule == _CONTAINER else None)
    return finding


def _is_seen(finding: Finding, known: Forwards) -> bool:
    """Whether traces tell of a forward around layers, or of a layer without weights, although not all is compared."""
    if finding.rule == _CONTAINER:
        return known.is_seen(finding)
    return known.is_weightless(finding) and known.is_seen(finding, whole=True)


def _is_of_names(finding: Finding) -> bool:
    """Whether it is about the order in which a forward declares what it calls by name."""
    return finding.rule in _ORDER and _plain(finding).code == "declared"


def _strongest(effects: Set[Effect]) -> Effect:
    """Of several; what differs in training and in inference differs always."""
    return Effect.FUNCTION if effects == {Effect.TRAINING, Effect.INFERENCE} else max(effects)


def _by_mode(finding: Finding, known: Forwards) -> Finding:
    """A finding about modules of one side, with the effect of the modes in which they run at all."""
    effect = known.runs_in(finding)
    if effect is None or effect >= finding.effect:
        return finding
    if effect is Effect.EQUIVALENT:
        sides = ["candidate" if places[0] is not None else "reference" for places in finding.all_places]
        return _because(finding, effect, message("traced-runs-not", side=sides[0]))
    return _because(finding, effect, message("traced-runs-then", mode=_MODES[effect]))


def _of_the_same_order(
    finding: Finding, about: Iterable[ForwardDifference], known: Forwards
) -> Iterator[ForwardDifference]:
    """Of layers that changed places, what the others take in the same forward: one value, and no shortcut."""
    containers = {each.containers for each in about if _takes_one(each)}
    if finding.rule.startswith(_ORDER):
        yield from (each for _, each in known.differences if _takes_one(each) and each.containers in containers)


def _takes_one(difference: ForwardDifference) -> bool:
    what = difference.what
    return what.code == "traced-takes" and all(
        " " not in str(what[side]) or what[side] in (COMES_IN, THE_INPUT) for side in ("ours", "theirs")
    )


def _of_setting(finding: Finding, known: Forwards, told: set[ForwardDifference]) -> Finding:
    """A finding about a setting, with what forwards do otherwise that hold it: a norm that comes first, a hook."""
    is_hook = bool(finding.setting and finding.setting.endswith(HOOK))
    about = {
        each: effect
        for effect, each in known.differences
        if _holds(finding, each, is_hook) and not _is_of_what_comes_in(finding, each)
    }
    if finding.effect is Effect.UNKNOWN:
        is_unread = known.in_training and not is_hook and known.is_unread(finding)
        if is_unread:  # what only follows from something else is not about it
            about = {each: effect for each, effect in about.items() if each.what.code not in FOLLOWS}
        told.update(about)
        if about:
            return _because(finding, max(about.values()), next(iter(about)).what)
        if known.same and (_is_of_tensor(finding) or _runs(finding, is_hook)):
            return _because(finding, Effect.EQUIVALENT, message("traced-same"))
        if known.same and finding.setting == _IN_PLACE:
            return _because(finding, Effect.COSMETIC, message("traced-same"))
        if known.same and _is_refuted(finding, known):
            return _because(finding, Effect.EQUIVALENT, message("traced-same"))
        if is_unread:
            return _because(finding, Effect.EQUIVALENT, message("traced-unread"))
        if known.in_training and _is_of_rank(finding) and known.is_of_torch(finding):
            return _because(finding, Effect.EQUIVALENT, message("traced-same"))
    elif known.same and _is_refuted(finding, known):
        return _because(finding, Effect.EQUIVALENT, message("traced-same"))
    elif finding.effect >= Effect.TRAINING and known.is_of_torch(finding):
        told.update(each for each, effect in about.items() if _covers(finding.effect, effect))
    return finding


def _says_where_norms_stand(finding: Finding, known: Forwards, of_norms: Collection[ForwardDifference]) -> bool:
    """Whether it is about an attribute of a module in which nothing but the placement of norms differs."""
    is_open = finding.effect is Effect.UNKNOWN and finding.setting and not finding.not_printed
    if not (is_open and of_norms) or finding.rule.startswith(_STRUCTURE):
        return False
    about = [each for _, each in known.differences if _holds(finding, each, is_hook=False)]
    return bool(about) and all(each in of_norms for each in about)


def _is_of_another_class(finding: Finding, known: Forwards) -> bool:
    """Whether it is what torch's own layer does by its setting, and the class of somebody has no such setting.

    What both do is known.
    """
    is_open = finding.effect is Effect.UNKNOWN and finding.setting in _ELSEWHERE
    return is_open and known.is_seen(finding) and not known.is_of_torch(finding)


def _is_refuted(finding: Finding, known: Forwards) -> bool:
    """Whether what runs shows that a setting changes nothing: a rate, or what the other forward does itself.

    Other settings may change something where the input has another size.
    """
    is_open = known.is_proved or known.is_weightless(finding)
    return is_open and (finding.setting in _ELSEWHERE or finding.effect is Effect.TRAINING)


def _runs(finding: Finding, is_hook: bool) -> bool:
    """Whether it is about a hook that runs in a forward, where a trace sees it."""
    return is_hook and (finding.setting or "").startswith("forward")


def _is_of_tensor(finding: Finding) -> bool:
    """Whether it is about a parameter or a buffer that one side alone holds."""
    return finding.what is not None and finding.what.code == "tensor-only-in"


def _is_of_rank(finding: Finding) -> bool:
    """Whether it only hangs on how many dimensions come in, which the forward decides."""
    what = finding.what
    return finding.setting == _DIMENSION or (what is not None and what.code in ("same-of-rank", "rows-of-features"))


def _holds(finding: Finding, difference: ForwardDifference, is_hook: bool) -> bool:
    """Whether the forward that does something else is of the module that holds a setting; a hook runs outside of it."""
    for places in finding.all_places:
        holders = difference.layers if difference.what.code == AT_RANDOM else difference.containers
        for place, layer, container in zip(places, difference.layers, holders, strict=True):
            if place is not None and (place.path in (layer, container) if place.path else not container):
                return True
            if place is not None and is_hook and container == place.path.rpartition(".")[0]:
                return True
    return False


def _is_of_what_comes_in(finding: Finding, difference: ForwardDifference) -> bool:
    """Whether it is that a layer takes something else, which no setting of the layer makes."""
    if difference.what.code != "traced-takes" or finding.setting in _ELSEWHERE:
        return False
    return any(place is not None and place.path in difference.layers for each in finding.all_places for place in each)


def _because(finding: Finding, effect: Effect, why: Message | None) -> Finding:
    """The finding with another reason, or with none."""
    what = because(_plain(finding), why)
    text, assumed, title = messages.text(what), messages.assumed(what), messages.title(what)
    return replace(finding, effect=effect, what=what, message=text, assumes=assumed, title=title, hint="")


def _covers(told: Effect, effect: Effect) -> bool:
    """Whether what is told with one effect says enough of what has another one."""
    return effect is told or told >= Effect.UNKNOWN


def _plain(finding: Finding) -> Message:
    """What a finding says, without a reason."""
    what = finding.what
    while what is not None and what.code == "because" and isinstance(inner := what["what"], Message):
        what = inner
    assert what is not None, "a finding says something"
    return what


def _is_about(finding: Finding, difference: ForwardDifference) -> bool:
    """Whether it is about a layer of which a forward does something else; of a container, about its forward.

    Of a module that one side alone has, all that runs in it is.
    """
    alone = _ALONE.get(difference.what.code) if finding.rule.startswith(_OF_MODULES) else None
    for places in finding.all_places:
        for number, place in enumerate(places):
            layer, container = difference.layers[number], difference.containers[number]
            if place is None:
                continue
            if place.path and layer and is_inside(layer, place.path):
                return True
            if finding.rule == _CONTAINER and container == place.path:
                return True
            if place.path and number == alone and is_inside(container, place.path):
                return True
    return False
