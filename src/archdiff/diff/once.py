"""Told once: the same finding in many blocks, other names, other spelling, facts that neither side prints.

Must not decide effects: they come with the findings, the fields and the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from archdiff import rules
from archdiff.diff.align import Node
from archdiff.diff.causes import Draft
from archdiff.diff.settings import amount
from archdiff.effects import Effect
from archdiff.kinds import Field
from archdiff.network import UNKNOWN, Value
from archdiff.outcome import Finding, Place
from archdiff.shapes import Leaf, Sized

SHOWN = 3  # examples in a message that stands for many places

_Pairs = Sequence[tuple[Leaf, Leaf]]


def grouped(drafts: Iterable[Draft]) -> list[Draft]:
    """The same finding in numbered neighbours (`layers.0`, `layers.1`, ...) as one with a count."""
    groups: dict[object, list[Draft]] = {}
    for draft in drafts:
        groups.setdefault(_what(draft), []).append(draft)
    return [_merged(group) for group in groups.values()]


def _what(draft: Draft) -> object:
    only_last = draft.aspect in ("structure", "order")
    places = tuple(
        _unnumbered(place.path, only_last) if place else None for place in (draft.candidate, draft.reference)
    )
    if draft.effect in (Effect.STATE, Effect.UNKNOWN):
        places = ()  # run-time state and unprinted facts are told once, wherever they stand
    follow = tuple((inner.rule, inner.message) for inner in draft.consequences)
    return draft.rule, draft.effect, draft.setting, draft.message, places, follow


def _unnumbered(path: str, only_last: bool) -> str:
    parts = path.split(".")
    first = len(parts) - 1 if only_last else 0
    return ".".join("#" if index >= first and part.isdigit() else part for index, part in enumerate(parts))


def _merged(group: list[Draft]) -> Draft:
    first = group[0]
    if len(group) > 1:
        first.count = len(group)
        first.places = tuple((draft.candidate, draft.reference) for draft in group)
    return first


def strides_exchanged(drafts: Iterable[Draft]) -> list[Draft]:
    """Two convolutions of one block that exchanged their strides: one finding, known from ResNet."""
    result: list[Draft] = []
    for draft in drafts:
        other = next((earlier for earlier in result if _exchanged(earlier, draft)), None)
        if other is None:
            result.append(draft)
            continue
        assert other.candidate and other.reference and draft.candidate and draft.reference
        inner = max((other, draft), key=lambda each: str(each.candidate.value if each.candidate else ""))
        here = inner.candidate.path if inner.candidate else ""
        there = (draft if inner is other else other).candidate
        other.message = f"stride {amount(inner.candidate.value if inner.candidate else None)} on {here}, not on {there.path if there else ''}"
        other.hint = (
            "same shapes and parameters; in a Bottleneck known as ResNet v1 (stride on the 1x1) and v1.5 (on the 3x3)"
        )
        other.consequences += draft.consequences
    return result


def _exchanged(a: Draft, b: Draft) -> bool:
    if (
        a.setting != "stride"
        or b.setting != "stride"
        or not (a.candidate and a.reference and b.candidate and b.reference)
    ):
        return False
    crossed = a.candidate.value == b.reference.value and a.reference.value == b.candidate.value
    return crossed and a.candidate.path.rpartition(".")[0] == b.candidate.path.rpartition(".")[0]


def copies(root: Node) -> frozenset[str]:
    """Paths of blocks that stand more than once among their siblings, names apart."""
    found: set[str] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        seen: dict[int, str] = {}
        for child in node.children:
            if child.children:
                if child.key in seen:
                    found |= {seen[child.key], child.path}
                seen[child.key] = child.path
                stack.append(child)
    return frozenset(found)


def rewritten(candidate: Sized, reference: Sized, both: _Pairs) -> Iterator[Finding]:
    """Differences that a rule took away: one finding a rule, where it did something on one side only or not the same."""
    partner = {a.path: b.path for a, b in both}
    for rule in rules.table().values():
        ours = {partner.get(r.path, r.path): r for r in candidate.normal.rewrites if r.rule == rule.name}
        theirs = {r.path: r for r in reference.normal.rewrites if r.rule == rule.name}
        unlike = [path for path in dict.fromkeys((*ours, *theirs)) if _before(ours, path) != _before(theirs, path)]
        unlike = [path for path in unlike if rule.effect is Effect.COSMETIC or _settled(rule, path, both)]
        if rule.name == "sequential_nesting" or not unlike:  # nesting shows in the names
            continue
        here, there = ours.get(unlike[0]), theirs.get(unlike[0])
        told = " and ".join(
            f"{rewrite.before if rewrite else 'none'} in the {side}"
            for rewrite, side in ((here, "candidate"), (there, "reference"))
        )
        yield Finding(
            rule=rule.finding,
            effect=rule.effect,
            message=f"{told}: {rule.because}",
            aspect="spelling",
            candidate=Place(here.path, here.line) if here else None,
            reference=Place(there.path, there.line) if there else None,
            count=len(unlike),
        )


def _before(rewrites: dict[str, rules.Rewrite], path: str) -> str | None:
    return rewrites[path].before if path in rewrites else None


def _settled(rule: rules.Rule, path: str, both: _Pairs) -> bool:
    """Whether the pair at this path really is equal now: else its own finding tells the difference."""
    pair = next(((a, b) for a, b in both if b.path == path), None)
    return (
        pair is not None
        and pair[0].settings.known("weight_density") == pair[1].settings.known("weight_density") is not UNKNOWN
    )


def renamed(both: _Pairs) -> Iterator[Finding]:
    """Other names or nesting, said once; numbers that only count on are no names."""
    other = [(a, b) for a, b in both if _unnumbered(a.path, False) != _unnumbered(b.path, False)]
    if other:
        shown = ", ".join(f"{a.path} is {b.path}" for a, b in other[:SHOWN]) + (", ..." if len(other) > SHOWN else "")
        yield Finding(
            rule="AD107",
            effect=Effect.COSMETIC,
            message=f"other names or nesting, so checkpoint keys change: {shown}",
            aspect="name",
            candidate=_place(other[0][0]),
            reference=_place(other[0][1]),
            count=len(other),
            places=tuple((_place(a), _place(b)) for a, b in other),
        )


def spelled(both: _Pairs) -> Iterator[Finding]:
    """Settings that are printed differently, or by one side only, and mean the same."""
    found = [(a, b, name) for a, b in both if a.kind and a.kind is b.kind for name in _spelled(a, b)]
    if found:
        names = dict.fromkeys(f"{a.layer.class_name} {name}" for a, _, name in found)
        shown = ", ".join([*names][:SHOWN]) + (", ..." if len(names) > SHOWN else "")
        yield Finding(
            rule="AD302",
            effect=Effect.COSMETIC,
            message=f"printed differently, or by one side only, with the same meaning: {shown}",
            aspect="spelling",
            candidate=_place(found[0][0]),
            reference=_place(found[0][1]),
            count=len(found),
            places=tuple((_place(a), _place(b)) for a, b, _ in found),
        )


def _spelled(a: Leaf, b: Leaf) -> Iterator[str]:
    ours, theirs = ({s.name: s.text or str(s.value) for s in leaf.layer.settings} for leaf in (a, b))
    if ours == theirs:
        return
    for name in dict.fromkeys((*ours, *theirs)):
        field = a.kind.field(str(name)) if a.kind else None
        if (
            field is None
            or field.joint
            or field.aspect in ("input", "weight-density")
            or ours.get(name) == theirs.get(name)
        ):
            continue
        x, y = a.settings.known(field.name), b.settings.known(field.name)
        if x == y and x is not UNKNOWN:
            yield field.name


def unprinted(both: _Pairs) -> Iterator[Finding]:
    """Facts that neither side prints and that could be anything: one finding a setting of a kind."""
    for (kind, field), places in _facts(both).items():
        if field.likely is UNKNOWN:
            a, b = places[0]
            layer = f'model.get_submodule("{a.path}")'
            code = (
                f"({layer}.weight != 0).float().mean()" if field.aspect == "weight-density" else f"{layer}.{field.name}"
            )
            yield Finding(
                rule="AD701",
                effect=Effect.UNKNOWN,
                message=f"neither print holds {field.name} of {kind}",
                aspect=field.aspect,
                candidate=_place(a, UNKNOWN),
                reference=_place(b, UNKNOWN),
                setting=field.name,
                hint=f"print({code})",
                count=len(places),
                places=tuple((_place(x, UNKNOWN), _place(y, UNKNOWN)) for x, y in places),
            )


def taken_as_usual(both: _Pairs) -> Iterator[str]:
    """A note on settings that neither side prints and that hardly anybody changes."""
    usual = [
        f"{kind} {field.name}={amount(field.likely)}" for kind, field in _facts(both) if field.likely is not UNKNOWN
    ]
    if usual:
        yield f"printed by neither side and taken as usual: {', '.join(usual)}"


def _facts(both: _Pairs) -> dict[tuple[str, Field], list[tuple[Leaf, Leaf]]]:
    """(class, field) -> the pairs in which both values are unknown; what follows from the input is no such fact."""
    found: dict[tuple[str, str], tuple[Field, list[tuple[Leaf, Leaf]]]] = {}
    for a, b in both:
        for field in a.kind.fields if a.kind and a.kind is b.kind else ():
            if field.aspect == "input" or field.joint:
                continue
            if a.settings.known(field.name) is UNKNOWN and b.settings.known(field.name) is UNKNOWN:
                found.setdefault((b.layer.class_name, field.name), (field, []))[1].append((a, b))
    return {(name, field): places for (name, _), (field, places) in found.items()}


def _place(leaf: Leaf, value: Value = None) -> Place:
    return Place(leaf.path, leaf.layer.span.line, value, leaf.layer.class_name)
