"""What is printed differently and means the same: classes, settings, and what a rule rewrote.

One finding each, however often it stands. Must not decide what means the same: kinds and rules do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from typing import Final

from archdiff.diff import hints
from archdiff.diff.draft import Draft
from archdiff.diff.network_index import NetworkIndex, place_of
from archdiff.diff.nodes import Added, Removed, Step
from archdiff.diff.settings import followed, printed_as, same
from archdiff.infer import Sized
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.message import Message, message
from archdiff.model.network import UNKNOWN, unnumbered
from archdiff.model.outcome import Finding, Place
from archdiff.semantics import kinds, rules
from archdiff.semantics.containers import Forward, forward
from archdiff.semantics.kinds import Field, Trait
from archdiff.semantics.rules import Rewrite, Rule

_NOTHING: Final = "nothing printed"

_Pairs = Sequence[tuple[Leaf, Leaf]]


def rewritten(steps: Sequence[Step], candidate: Sized, reference: Sized) -> Iterator[Finding]:
    """Spelling that a rule took away from whole containers: one finding a rule that one side needed more often.

    What a rule made that shows in pairs of layers is told there, as AD105, AD501 and AD601.
    What was rewritten in a block that only one side has is no difference in spelling.
    """
    extra = {step.candidate.path for step in steps if isinstance(step, Added)}
    missing = {step.reference.path for step in steps if isinstance(step, Removed)}
    told = [
        [each for each in side.normal.rewrites if not _stands_in(each.path, lone)]
        for side, lone in ((candidate, extra), (reference, missing))
    ]
    for rule in rules.table().values():
        ours, theirs = ([each for each in side if each.rule == rule.name] for side in told)
        yield from _other_wrappers(ours, theirs)
        if rule.beside:
            yield from _as_the_other(rule, ours, theirs)
            continue
        if not rule.finding or _same_rewrites(ours, theirs):
            continue
        more, side = (ours, "candidate") if len(ours) >= len(theirs) else (theirs, "reference")
        place = Place(more[0].path, more[0].line)
        yield Draft(
            rule=rule.finding,
            effect=rule.effect,
            what=message("rewritten", rule=rule.name, side=side, before=more[0].before, because=rule.because),
            aspect="spelling",
            candidate=place if more is ours else None,
            reference=place if more is theirs else None,
            count=abs(len(ours) - len(theirs)) or 1,
        ).frozen()


def _as_the_other(rule: Rule, ours: Sequence[Rewrite], theirs: Sequence[Rewrite]) -> Iterator[Finding]:
    """What a rule put in the parts in which the other network prints it: one finding for all that rests on the same."""
    found: dict[tuple[object, ...], list[tuple[str, Rewrite]]] = {}
    for side, rewrites in (("candidate", ours), ("reference", theirs)):
        for each in rewrites:
            found.setdefault((side, each.needs, each.taken, each.before), []).append((side, each))
    for group in found.values():
        side, first = group[0]
        places = [each for _, each in group]
        what = message("joined", rule=rule.name, side=side, before=first.before, because=rule.because)
        why = message("one-function-if", needs=first.needs) if first.needs else first.taken
        at = [Place(each.path, each.line) for each in places]
        pairs = [(place, None) if side == "candidate" else (None, place) for place in at]
        yield Draft(
            rule=rule.finding,
            effect=Effect.UNKNOWN if first.needs else rule.effect,
            what=message("because", what=what, why=why) if why else what,
            aspect="spelling",
            candidate=pairs[0][0],
            reference=pairs[0][1],
            hint=hints.forward(first.path) if first.needs else "",
            count=len(places),
            places=tuple(pairs),
        ).frozen()


def _other_wrappers(ours: Sequence[Rewrite], theirs: Sequence[Rewrite]) -> Iterator[Finding]:
    """Another class around layers, which a rule took away on both sides: DataParallel and DistributedDataParallel."""
    found = [{each.wrapper: each for each in side if each.wrapper} for side in (ours, theirs)]
    alone = ([found[at][name] for name in found[at] if name not in found[1 - at]] for at in (0, 1))
    for a, b in zip(*alone, strict=False):
        what = message("two-wrappers", ours=a.wrapper, theirs=b.wrapper)
        places = Place(a.path, a.line), Place(b.path, b.line)
        yield Draft("AD302", Effect.COSMETIC, what, "spelling", *places).frozen()


def _same_rewrites(ours: Sequence[Rewrite], theirs: Sequence[Rewrite]) -> bool:
    """Whether a rule took the same away on both sides."""
    if len(ours) != len(theirs):
        return False
    a, b = (Counter((unnumbered(each.path), each.part) for each in side) for side in (ours, theirs))
    return a == b or {path for path, _ in a} != {path for path, _ in b}


def _stands_in(path: str, blocks: Container[str]) -> bool:
    while path not in blocks:
        if not path:
            return False
        path = path.rpartition(".")[0]
    return True


def derived(both: _Pairs, candidate: NetworkIndex, reference: NetworkIndex) -> Iterator[Finding]:
    """Values that rules worked out of different prints, and that are equal: weight_sparsity=0.4 and sparsity=0.6."""
    for a, b in both:
        if a.settings is b.settings:  # equal prints
            continue
        for field in a.kind.fields if a.kind and a.kind is b.kind else ():
            ours, theirs = printed_as(a, field.name), printed_as(b, field.name)
            value = a.settings.known(field.name)
            if (
                field.aspect not in _WORKED_OUT
                or not _worked_out(field.name, ours, theirs)
                or ours == theirs
                or value is UNKNOWN
                or value != b.settings.known(field.name)
            ):
                continue
            rule = "AD601" if field.aspect == "k-winners" else "AD501"
            what = message(
                "same-meaning", ours=ours or _NOTHING, theirs=theirs or _NOTHING, name=field.name, value=value
            )
            taken = _by_a_neighbour(candidate, a, ours) or _by_a_neighbour(reference, b, theirs)
            if taken:
                what = message("because", what=what, why=message("taken-in-order", class_name=taken))
            yield Draft(
                rule=rule,
                effect=Effect.EQUIVALENT,
                what=what,
                aspect=field.aspect,
                candidate=place_of(a, value),
                reference=place_of(b, value),
                setting=field.name,
            ).frozen()


def _by_a_neighbour(side: NetworkIndex, leaf: Leaf, text: str) -> str:
    """The class of somebody in which a layer beside this one said a setting; "" where the layer prints it itself."""
    printed, holder = (side.sized.normal.printed(path) for path in (leaf.path, leaf.path.rpartition(".")[0]))
    if printed is None or holder is None or not text or forward(holder) is not Forward.SOMEBODY:
        return ""
    return "" if any(text == setting.text for setting in printed.settings) else holder.class_name


def other_classes(both: _Pairs) -> Iterator[Finding]:
    """Layers of one kind whose classes have different names: one finding a pair of names."""
    found: dict[tuple[str, str], list[tuple[Leaf, Leaf]]] = {}
    for a, b in both:
        names = a.layer.class_name, b.layer.class_name
        if names[0] != names[1] and a.kind and a.kind is b.kind and kinds.bare(names[0]) != kinds.bare(names[1]):
            found.setdefault(names, []).append((a, b))
    for places in found.values():
        a, b = places[0]
        told = _other_class(a, b)
        if told is not None:
            rule, effect, what = told
            yield Draft(
                rule=rule,
                effect=effect,
                what=what,
                aspect="structure",
                candidate=place_of(a),
                reference=place_of(b),
                hint=hints.class_of(a.path) if effect is Effect.UNKNOWN else "",
                count=len(places),
                places=tuple((place_of(x), place_of(y)) for x, y in places),
            ).frozen()


def _other_class(a: Leaf, b: Leaf) -> tuple[str, Effect, Message] | None:
    """Rule, effect and message; None where a setting that the class implies tells the difference."""
    ours, theirs = a.layer.class_name, b.layer.class_name
    assert a.kind
    told = (
        *a.kind.fields,
        *(field for field in kinds.added_to(a.settings, b.settings) if field.default is not UNKNOWN),
    )
    fields = [field for field in told if field.aspect != "input" and field.effect is not Effect.COSMETIC]
    unlike = [field for field in fields if not same(field, a, b)]
    if unlike:
        if any(field.aspect != "weight-density" and _is_open(field, a, b) for field in unlike):
            return "AD105", Effect.UNKNOWN, message("class-not-told", ours=ours, theirs=theirs)
        return None
    if kinds.find(ours) is not kinds.find(theirs):  # a rule found them to be the same
        return "AD105", Effect.EQUIVALENT, message("one-function", ours=ours, theirs=theirs)
    if a.has(Trait.LOSS):
        return "AD105", Effect.TRAINING, message("other-loss", ours=ours, theirs=theirs)
    if a.has(Trait.METRIC):
        return "AD105", Effect.COSMETIC, message("other-metric", ours=ours, theirs=theirs)
    if a.layer.kind == "other_dropout":
        return "AD105", Effect.TRAINING, message("other-dropout", ours=ours, theirs=theirs)
    if (kinds.by_ending(ours) or kinds.by_ending(theirs)) and not a.has(Trait.DROPS):
        return "AD105", Effect.UNKNOWN, message("by-name-alike", ours=ours, theirs=theirs)
    return "AD302", Effect.COSMETIC, message("two-names", ours=ours, theirs=theirs)


def _is_open(field: Field, a: Leaf, b: Leaf) -> bool:
    """Whether one side leaves a setting open of which the class of the other implies an unusual value."""
    ours, theirs = a.settings.known(field.name), b.settings.known(field.name)
    implied = theirs if ours is UNKNOWN else ours
    return UNKNOWN in (ours, theirs) and implied != field.likely


#: aspects that rules work out of other settings; what else stands under another name is an older spelling
_WORKED_OUT = ("weight-density", "k-winners")


def _worked_out(name: str, *texts: str) -> bool:
    """Whether a rule made this setting of another text."""
    return any(text and not text.startswith(f"{name}=") for text in texts)


def spelled(both: _Pairs, candidate: NetworkIndex, reference: NetworkIndex) -> Iterator[Finding]:
    """Settings that are printed differently, or by one side only, and mean the same."""
    unlike = [(a, b) for a, b in both if a.settings is not b.settings and a.kind and a.kind is b.kind]
    found = [
        (a, b, name)
        for a, b in unlike
        for name in _spelled(a, b, rows=not (candidate.knows_rank(a) and reference.knows_rank(b)))
    ]
    if found:
        names = dict.fromkeys(f"{a.layer.class_name} {name}" for a, _, name in found)
        yield Draft(
            rule="AD302",
            effect=Effect.COSMETIC,
            what=message("spelled", names=tuple(names)),
            aspect="spelling",
            candidate=place_of(found[0][0]),
            reference=place_of(found[0][1]),
            count=len(found),
            places=tuple((place_of(a), place_of(b)) for a, b, _ in found),
        ).frozen()


def _spelled(a: Leaf, b: Leaf, rows: bool) -> Iterator[str]:
    ours, theirs = ({s.name: s.text or str(s.value) for s in leaf.layer.settings} for leaf in (a, b))
    if ours == theirs:
        return
    for name in dict.fromkeys((*ours, *theirs)):
        field = a.kind.field(str(name)) if a.kind else None
        if field is None or field.joint or field.aspect == "weight-density" or ours.get(name) == theirs.get(name):
            continue
        if field.aspect == "input":
            if name not in ours or name not in theirs:  # it is what the layer before gives
                yield field.name
            continue
        if field.aspect in _WORKED_OUT and _worked_out(
            field.name, printed_as(a, field.name), printed_as(b, field.name)
        ):
            continue
        if any(a.settings.known(each) != b.settings.known(each) for each in followed(field, a)):
            continue  # that difference holds this one
        if same(field, a, b, rows) and a.settings.known(field.name) is not UNKNOWN:
            yield field.name
