"""Told once: the same finding in many blocks, other names, other spelling, facts that neither side prints.

Must not decide effects: they come with the findings, the fields and the rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from archdiff import kinds, rules
from archdiff.diff.causes import Draft
from archdiff.diff.settings import amount, printed_as, same
from archdiff.diff.sides import Both
from archdiff.effects import Effect
from archdiff.kinds import REQUIRED, Field, Kind, Settings, Trait
from archdiff.network import UNKNOWN, Layer, Value, join
from archdiff.outcome import Finding, Place
from archdiff.shapes import Placed, Sized
from archdiff.shapes.leaf import Leaf

SHOWN = 3  # examples in a message that stands for many places

_Pairs = Sequence[tuple[Leaf, Leaf]]


def grouped(drafts: Iterable[Draft]) -> list[Draft]:
    """The same finding in numbered neighbours (`layers.0`, `layers.1`, ...) as one with a count."""
    folded = _grouped(drafts, _line)  # `12 x Block(`: one edit of one line
    return _grouped(folded, _what)


def _grouped(drafts: Iterable[Draft], key: Callable[[Draft], object]) -> list[Draft]:
    groups: dict[object, list[Draft]] = {}
    for draft in drafts:
        groups.setdefault(key(draft), []).append(draft)
    return [_merged(group) for group in groups.values()]


def _line(draft: Draft) -> object:
    places = tuple(
        (place.line, _unnumbered(place.path)) if place else None for place in (draft.candidate, draft.reference)
    )
    return draft.rule, draft.effect, draft.setting, draft.message, places, _following(draft)


def _what(draft: Draft) -> object:
    places = tuple(_unnumbered(place.path) if place else None for place in (draft.candidate, draft.reference))
    if draft.aspect in _ANYWHERE:
        places = tuple(place.class_name if place else None for place in (draft.candidate, draft.reference))
    if draft.effect in (Effect.STATE, Effect.UNKNOWN):
        places = ()  # run-time state and unprinted facts are told once, wherever they stand
    return draft.rule, draft.effect, draft.setting, draft.message, places, _following(draft)


#: aspects of which the same difference is told once for all layers of a class: another eps of every norm
_ANYWHERE = ("setting", "weight-density")


def _following(draft: Draft) -> object:
    return tuple((inner.rule, inner.message) for inner in draft.consequences)


def _unnumbered(path: str) -> str:
    return ".".join("#" if part.isdigit() else part for part in path.split("."))


def _merged(group: list[Draft]) -> Draft:
    first = group[0]
    if len(group) > 1:
        first.count = sum(draft.count for draft in group)
        first.places = tuple(
            places for draft in group for places in draft.places or ((draft.candidate, draft.reference),)
        )
    return first


def strides_exchanged(drafts: Iterable[Draft]) -> list[Draft]:
    """Two convolutions of one block that exchanged their strides: one finding, known from ResNet."""
    result: list[Draft] = []
    waiting: dict[object, Draft] = {}  # by block and strides
    for draft in drafts:
        if draft.setting != "stride" or draft.candidate is None or draft.reference is None:
            result.append(draft)
            continue
        block, values = draft.candidate.path.rpartition(".")[0], (draft.candidate.value, draft.reference.value)
        other = waiting.pop((block, values[::-1]), None)
        if other is None or other.candidate is None:
            waiting[block, values] = draft
            result.append(draft)
            continue
        places = sorted((other.candidate, draft.candidate), key=lambda place: str(place.value))
        other.message = f"stride {amount(places[1].value)} on {places[1].path}, not on {places[0].path}"
        other.hint = (
            "same shapes and parameters; in a Bottleneck, ResNet v1 strides the 1x1 and v1.5 the 3x3 convolution"
        )
        other.consequences += draft.consequences
    return result


def rewritten(candidate: Sized, reference: Sized) -> Iterator[Finding]:
    """Spelling that a rule took away from whole containers: one finding a rule that one side needed more often."""
    for rule in rules.table().values():
        ours, theirs = ([r for r in side.normal.rewrites if r.rule == rule.name] for side in (candidate, reference))
        if rule.effect is not Effect.COSMETIC or rule.finding != "AD302" or len(ours) == len(theirs):
            continue
        more, side = (ours, "candidate") if len(ours) > len(theirs) else (theirs, "reference")
        place = Place(more[0].path, more[0].line)
        yield Finding(
            rule=rule.finding,
            effect=rule.effect,
            message=f"{rule.name} in the {side} ({more[0].before}): {rule.because}",
            aspect="spelling",
            candidate=place if more is ours else None,
            reference=place if more is theirs else None,
            count=abs(len(ours) - len(theirs)),
        )


def leaf_pairs(both: Both) -> Iterable[tuple[Leaf, Leaf]]:
    """Two leaves as they are; of two places of one block, all that stands in them."""
    a, b = both
    if isinstance(a, Leaf) and isinstance(b, Leaf):
        return ((a, b),)
    assert isinstance(a, Placed)
    assert isinstance(b, Placed)
    return zip(a, b, strict=True)


def derived(both: _Pairs) -> Iterator[Finding]:
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
            yield Finding(
                rule=rule,
                effect=Effect.EQUIVALENT,
                message=f"{ours or 'nothing printed'} and {theirs or 'nothing printed'} mean the same "
                f"({field.name} {amount(value)})",
                aspect=field.aspect,
                candidate=_place(a, value),
                reference=_place(b, value),
                setting=field.name,
            )


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
            rule, effect, message = told
            yield Finding(
                rule=rule,
                effect=effect,
                message=message,
                aspect="structure",
                candidate=_place(a),
                reference=_place(b),
                hint=f'print(inspect.getsource(type(model.get_submodule("{a.path}"))))' if effect is _OPEN else "",
                count=len(places),
                places=tuple((_place(x), _place(y)) for x, y in places),
            )


_OPEN = Effect.UNKNOWN


def _other_class(a: Leaf, b: Leaf) -> tuple[str, Effect, str] | None:
    """Rule, effect and message; None where a setting that the class implies tells the difference."""
    ours, theirs = a.layer.class_name, b.layer.class_name
    assert a.kind
    fields = [field for field in a.kind.fields if field.aspect != "input" and field.effect is not Effect.COSMETIC]
    if not all(same(field, a, b) for field in fields):
        return None
    if kinds.find(ours) is not kinds.find(theirs):  # a rule found them to be the same
        return "AD105", Effect.EQUIVALENT, f"{ours} and {theirs} are one function with these settings"
    if (kinds.by_ending(ours) or kinds.by_ending(theirs)) and not a.has(Trait.DROPS):
        return "AD701", _OPEN, f"{ours}, not {theirs}: alike by name, and no print shows what they compute"
    return "AD302", Effect.COSMETIC, f"{ours} and {theirs} are two names of one layer"


#: aspects that rules work out of other settings; what else stands under another name is an older spelling
_WORKED_OUT = ("weight-density", "k-winners")


def _worked_out(name: str, *texts: str) -> bool:
    """Whether a rule made this setting of another text."""
    return any(text and not text.startswith(f"{name}=") for text in texts)


def renamed(both: Iterable[Both]) -> Iterator[Finding]:
    """Other names or nesting, said once; numbers that only count on are no names."""
    apart = (pair for pair in both if _unnumbered(pair[0].path) != _unnumbered(pair[1].path))
    other = [pair for each in apart for pair in leaf_pairs(each)]
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
    unlike = [(a, b) for a, b in both if a.settings is not b.settings and a.kind and a.kind is b.kind]
    found = [(a, b, name) for a, b in unlike for name in _spelled(a, b)]
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
        if field.aspect in _WORKED_OUT and _worked_out(
            field.name, printed_as(a, field.name), printed_as(b, field.name)
        ):
            continue
        if same(field, a, b) and a.settings.known(field.name) is not UNKNOWN:
            yield field.name


#: (class, field) -> pairs in which both values are unknown: all of them where the value could be anything
Facts: TypeAlias = "dict[tuple[str, Field], list[tuple[Leaf, Leaf]]]"


def facts(both: Sequence[Both]) -> Facts:
    """What neither side prints, by class and field; what follows from the input is no such fact."""
    found: dict[tuple[str, str], tuple[Field, list[tuple[Leaf, Leaf]]]] = {}
    classes: set[str] | None = None
    unknown = _Unknown({}, {})
    for each in both:
        for a, b, field in unknown.of(each):
            if field.only_with and classes is None:
                classes = _classes(both)
            if not field.only_with or any(name.startswith(field.only_with) for name in classes or ()):
                found.setdefault((b.layer.class_name, field.name), (field, []))[1].append((a, b))
    return {(name, field): places for (name, _), (field, places) in found.items()}


def _classes(both: Iterable[Both]) -> set[str]:
    blocks = {id(side.block): side.block.bare.leaves for each in both for side in each if isinstance(side, Placed)}
    leaves = [side for each in both for side in each if isinstance(side, Leaf)]
    return {leaf.layer.class_name for group in (leaves, *blocks.values()) for leaf in group}


@dataclass(frozen=True, slots=True)
class _Unknown:
    """What both of a pair leave open, by the settings of both, which equal prints share, and by block."""

    settings: dict[tuple[int, int], list[Field]]
    blocks: dict[int, list[tuple[int, Field]]]

    def of(self, each: Both) -> list[tuple[Leaf, Leaf, Field]]:
        """Of a block that was met before only what could be anything: no other fact needs all its places."""
        a, b = each
        if isinstance(a, Leaf) or isinstance(b, Leaf):
            ((a, b),) = leaf_pairs(each)
            return [(a, b, field) for field in self._fields(a, b)]
        fields = self.blocks.get(id(a.block))
        if fields is None:
            leaves = enumerate(a.block.bare.leaves)
            fields = [(index, field) for index, leaf in leaves for field in self._fields(leaf, leaf)]
            self.blocks[id(a.block)] = fields
        elif all(field.likely is not UNKNOWN for _, field in fields):
            return []
        return [(a[index], b[index], field) for index, field in fields]

    def _fields(self, a: Leaf, b: Leaf) -> Sequence[Field]:
        key = id(a.settings), id(b.settings)
        found = self.settings.get(key)
        if found is None:
            tells_all = a.kind is None or _tells_all(a.kind, a.settings.printed)
            found = self.settings[key] = [] if tells_all else _unknown_to_both(a, b)
        return found


def unprinted(facts: Facts) -> Iterator[Finding]:
    """Facts that neither side prints and that could be anything: one finding a setting of a kind."""
    for (kind, field), places in facts.items():
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


#: names that projections to the queries of attention have
_QUERIES = frozenset(
    (
        *("c_attn", "linear_q", "q", "q_b_proj", "q_lin", "q_proj", "qkv", "qkv_proj", "query", "query_key_value"),
        *("query_proj", "to_q", "to_qkv", "Wqkv"),
    )
)


def heads(both: Iterable[Both], reference: Sized) -> Iterator[Finding]:
    """Attention of other libraries: how many heads share its projections no print tells; one finding a class."""
    first: dict[str, tuple[Leaf, Leaf]] = {}  # by the name of what holds the projection
    times: Counter[str] = Counter()
    of_block: dict[int, list[tuple[int, str]]] = {}
    for each in both:
        a, b = each
        if isinstance(a, Leaf) or isinstance(b, Leaf):
            found = [(0, _holder(pair[1].path)) for pair in leaf_pairs(each) if _is_query(pair[1])]
        elif id(b.block) in of_block:
            found = of_block[id(b.block)]
        else:
            leaves = enumerate(b.block.bare.leaves)
            found = of_block[id(b.block)] = [(at, _holder(join(b.path, x.path))) for at, x in leaves if _is_query(x)]
        for at, holder in found:
            times[holder] += 1
            if holder not in first:
                first[holder] = [*leaf_pairs(each)][at]
    classes: dict[str, list[str]] = {}
    for holder, (_, b) in first.items():
        layer = reference.normal.printed(b.path.rpartition(".")[0])
        if layer is not None and kinds.find(layer.class_name) is None and _has_keys(layer):
            classes.setdefault(layer.class_name, []).append(holder)
    for class_name, holders in classes.items():
        a, b = first[holders[0]]
        inside = f'vars(model.get_submodule("{a.path.rpartition(".")[0]}"))'
        yield Finding(
            rule="AD701",
            effect=Effect.UNKNOWN,
            message=f"neither print holds the heads of {class_name}",
            aspect="setting",
            candidate=_place(a, UNKNOWN),
            reference=_place(b, UNKNOWN),
            setting="num_heads",
            hint=f"print({{name: n for name, n in {inside}.items() if isinstance(n, int)}})",
            count=sum(times[holder] for holder in holders),
        )


def _has_keys(layer: Layer) -> bool:
    """A Linear named `q` may be of a Q-network; attention has keys as well."""
    parts = {part for child in layer.children for part in child.name.split("_")}
    return not parts.isdisjoint(("k", "key", "kv", "qkv", "Wqkv", "attn"))


def _holder(path: str) -> str:
    """The name of the container that a leaf stands in."""
    return path.rpartition(".")[0].rpartition(".")[2]


def _is_query(leaf: Leaf) -> bool:
    return leaf.layer.name.rpartition(".")[2] in _QUERIES and leaf.has(Trait.AFFINE_MAP)


def taken_as_usual(facts: Facts) -> Iterator[str]:
    """A note on settings that neither side prints and that hardly anybody changes."""
    usual = [f"{kind} {field.name}={amount(field.likely)}" for kind, field in facts if field.likely is not UNKNOWN]
    if usual:
        yield f"printed by neither, taken as usual: {', '.join(usual)}"


def _tells_all(kind: Kind, printed: Mapping[str, Value]) -> bool:
    """Whether a print leaves nothing open; nearly all do, so this is asked first."""
    for field in _may_be_unknown(kind):
        if field.name not in printed or field.unsaid:
            return False
    return UNKNOWN not in printed.values()


def _unknown_to_both(a: Leaf, b: Leaf) -> list[Field]:
    if a.kind is None or a.kind is not b.kind:
        return []
    ours, theirs = a.settings, b.settings
    said = ours.printed.items()
    by_class = [a.kind.field(name) for name, value in said if value is UNKNOWN]  # or by a rule
    may_be = dict.fromkeys((*_may_be_unknown(a.kind), *(field for field in by_class if field and _is_fact(field))))
    open_ = [field for field in may_be if _is_unknown(ours, field)]
    return open_ if ours is theirs else [field for field in open_ if _is_unknown(theirs, field)]


def _is_unknown(settings: Settings, field: Field) -> bool:
    printed = settings.printed.get(field.name, UNKNOWN)
    return (printed is UNKNOWN or bool(field.unsaid)) and settings.known(field.name) is UNKNOWN


@cache
def _may_be_unknown(kind: Kind) -> tuple[Field, ...]:
    """The fields that a print of this kind may leave open."""
    return tuple(
        field
        for field in kind.fields
        if (field.default is UNKNOWN or field.default is REQUIRED or callable(field.default)) and _is_fact(field)
    )


def _is_fact(field: Field) -> bool:
    """What follows from the input is none."""
    return field.aspect != "input" and not field.joint


def _place(leaf: Leaf, value: Value = None) -> Place:
    return Place(leaf.path, leaf.line, value, leaf.layer.class_name)
