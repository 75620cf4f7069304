"""What is printed differently and means the same: classes, settings, and what a rule rewrote.

One finding each, however often it stands. Must not decide what means the same: kinds and rules do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from typing import Final

from archdiff.diff import hints
from archdiff.diff.draft import Draft, of_places, on_side, place
from archdiff.diff.network_index import NetworkIndex
from archdiff.diff.settings import followed, printed_as, same
from archdiff.diff.steps import Added, Removed, Step
from archdiff.infer import Sized
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.message import Message, because, message
from archdiff.model.network import UNKNOWN, unnumbered
from archdiff.semantics import kinds, rules
from archdiff.semantics.containers import Forward, forward
from archdiff.semantics.kinds import Field, Trait
from archdiff.semantics.rules import Rewrite, Rule

_NOTHING: Final = "nothing printed"

_Pairs = Sequence[tuple[Leaf, Leaf]]


def rewritten(steps: Sequence[Step], candidate: Sized, reference: Sized) -> Iterator[Finding]:
    """What a rule rewrote in whole containers: one finding for each rule that one side needed more often.

    What a rule made that shows in pairs of layers is found there, as AD105, AD501 and AD601.
    What was rewritten in a block that only one side has is no difference in spelling.

    Args:
        steps: The alignment.
        candidate: One network, with its rewrites.
        reference: The other.
    """
    extra = {step.candidate.path for step in steps if isinstance(step, Added)}
    missing = {step.reference.path for step in steps if isinstance(step, Removed)}
    rewrites = [
        [each for each in side.normal.rewrites if not _stands_in(each.path, lone)]
        for side, lone in ((candidate, extra), (reference, missing))
    ]
    for rule in rules.table().values():
        ours, theirs = ([each for each in side if each.rule == rule.name] for side in rewrites)
        yield from _other_wrappers(ours, theirs)
        if rule.beside:
            yield from _as_the_other(rule, ours, theirs)
            continue
        if not rule.finding or _same_rewrites(ours, theirs):
            continue
        in_candidate = len(ours) >= len(theirs)
        first, side = (ours[0], "candidate") if in_candidate else (theirs[0], "reference")
        what = message("rewritten", rule=rule.name, side=side, before=first.before, because=rule.because)
        places = on_side(Place(first.path, first.line), in_candidate)
        count = abs(len(ours) - len(theirs)) or 1
        yield Draft(rule.finding, rule.effect, what, "spelling", *places, count=count).frozen()


def _as_the_other(rule: Rule, ours: Sequence[Rewrite], theirs: Sequence[Rewrite]) -> Iterator[Finding]:
    """What a rule put in the parts in which the other network prints it: one finding for all that rests on the same."""
    found: dict[tuple[object, ...], list[tuple[str, Rewrite]]] = {}
    for side, rewrites in (("candidate", ours), ("reference", theirs)):
        for each in rewrites:
            found.setdefault((side, each.needs, each.taken, each.before), []).append((side, each))
    for group in found.values():
        side, first = group[0]
        what = message("joined", rule=rule.name, side=side, before=first.before, because=rule.because)
        why = message("one-function-if", needs=first.needs) if first.needs else first.taken
        yield of_places(
            rule.finding,
            Effect.UNKNOWN if first.needs else rule.effect,
            because(what, why),
            "spelling",
            [on_side(Place(each.path, each.line), side == "candidate") for _, each in group],
            hint=hints.forward(first.path) if first.needs else "",
        )


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
    """Equal values that rules derived from different prints: weight_sparsity=0.4 and sparsity=0.6.

    Args:
        both: Pairs of layers in which something may differ.
        candidate: One network.
        reference: The other.
    """
    for a, b in both:
        if a.settings is b.settings:  # equal prints
            continue
        for field in a.kind.fields if a.kind and a.kind is b.kind else ():
            ours, theirs = printed_as(a, field.name), printed_as(b, field.name)
            value = a.settings.known(field.name)
            if ours == theirs or not _is_derived(field, ours, theirs):
                continue
            if value is UNKNOWN or value != b.settings.known(field.name):
                continue
            rule = "AD601" if field.aspect == "k-winners" else "AD501"
            what = message(
                "same-meaning", ours=ours or _NOTHING, theirs=theirs or _NOTHING, name=field.name, value=value
            )
            taken = _by_a_neighbour(candidate, a, ours) or _by_a_neighbour(reference, b, theirs)
            yield Draft(
                rule=rule,
                effect=Effect.EQUIVALENT,
                what=because(what, message("taken-in-order", class_name=taken) if taken else None),
                aspect=field.aspect,
                candidate=place(a, value),
                reference=place(b, value),
                setting=field.name,
            ).frozen()


def _by_a_neighbour(side: NetworkIndex, leaf: Leaf, text: str) -> str:
    """The class of unknown forward in which a layer beside this one prints a setting; "" where this one prints it."""
    printed, holder = (side.sized.normal.printed(path) for path in (leaf.path, leaf.path.rpartition(".")[0]))
    if printed is None or holder is None or not text or forward(holder) is not Forward.SOMEBODY:
        return ""
    return "" if any(text == setting.text for setting in printed.settings) else holder.class_name


def other_classes(both: _Pairs) -> Iterator[Finding]:
    """Layers of one kind whose classes have different names: one finding for each pair of names."""
    found: dict[tuple[str, str], list[tuple[Leaf, Leaf]]] = {}
    for a, b in both:
        names = a.layer.class_name, b.layer.class_name
        if names[0] != names[1] and a.kind and a.kind is b.kind and kinds.bare(names[0]) != kinds.bare(names[1]):
            found.setdefault(names, []).append((a, b))
    for pairs in found.values():
        if difference := _other_class(*pairs[0]):
            rule, effect, what = difference
            hint = hints.class_of(pairs[0][0].path) if effect is Effect.UNKNOWN else ""
            yield of_places(rule, effect, what, "structure", [(place(a), place(b)) for a, b in pairs], hint=hint)


def _other_class(a: Leaf, b: Leaf) -> tuple[str, Effect, Message] | None:
    """Rule, effect and message; None where the difference is that of a setting which the class implies."""
    ours, theirs = a.layer.class_name, b.layer.class_name
    assert a.kind
    added = (field for field in kinds.added_to(a.settings, b.settings) if field.default is not UNKNOWN)
    fields = (field for field in (*a.kind.fields, *added) if field.aspect != "input")
    unlike = [field for field in fields if field.effect is not Effect.COSMETIC and not same(field, a, b)]
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


def _is_derived(field: Field, *texts: str) -> bool:
    """Whether a rule derived this setting from another one; elsewhere another name is an older spelling."""
    if field.aspect not in ("weight-density", "k-winners"):
        return False
    return any(text and not text.startswith(f"{field.name}=") for text in texts)


def spelled(both: _Pairs, candidate: NetworkIndex, reference: NetworkIndex) -> Iterator[Finding]:
    """One finding for all settings that are printed differently, or by one side only, and mean the same.

    Args:
        both: Pairs of layers in which something may differ.
        candidate: One network.
        reference: The other.
    """
    unlike = [(a, b) for a, b in both if a.settings is not b.settings and a.kind and a.kind is b.kind]
    found = [
        (a, b, name)
        for a, b in unlike
        for name in _spelled(a, b, rows=not (candidate.knows_rank(a) and reference.knows_rank(b)))
    ]
    if found:
        names = dict.fromkeys(f"{a.layer.class_name} {name}" for a, _, name in found)
        what = message("spelled", names=tuple(names))
        yield of_places("AD302", Effect.COSMETIC, what, "spelling", [(place(a), place(b)) for a, b, _ in found])


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
        if _is_derived(field, printed_as(a, field.name), printed_as(b, field.name)):
            continue
        if any(a.settings.known(each) != b.settings.known(each) for each in followed(field, a)):
            continue  # that difference holds this one
        if same(field, a, b, rows) and a.settings.known(field.name) is not UNKNOWN:
            yield field.name
