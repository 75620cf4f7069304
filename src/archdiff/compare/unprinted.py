"""Facts that neither side prints: told once for all layers of a class, with the line of Python that tells them.

Must not decide which facts a print holds: the fields of the kinds do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple, TypeAlias

from archdiff.compare import code
from archdiff.compare.draft import Draft
from archdiff.compare.messages import amount
from archdiff.compare.sides import Both, leaf_pairs, place_of
from archdiff.infer import Placed, Sized
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.message import message
from archdiff.model.network import UNKNOWN, Layer, Value, join
from archdiff.model.outcome import Finding
from archdiff.semantics import kinds
from archdiff.semantics.attention import is_query
from archdiff.semantics.kinds import REQUIRED, Field, Kind, Settings, Trait

#: (class, field) -> pairs in which both values are unknown: all of them where the value could be anything
Unprinted: TypeAlias = "dict[tuple[str, Field], list[tuple[Leaf, Leaf]]]"


def facts(both: Sequence[Both]) -> Unprinted:
    """What neither side prints, by class and field; what follows from the input is no such fact."""
    found: dict[tuple[str, str], tuple[Field, list[tuple[Leaf, Leaf]]]] = {}
    classes: set[str] | None = None
    unknown = _Unknown(set(), {}, {})
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


class _Unknown(NamedTuple):
    """What both of a pair leave open, by the settings of both, which equal prints share, and by block."""

    closed: set[int]  # settings that leave nothing open
    settings: dict[tuple[int, int], list[Field]]
    blocks: dict[int, list[tuple[int, Field]]]

    def of(self, each: Both) -> list[tuple[Leaf, Leaf, Field]]:
        """Of a block that was met before only what could be anything: no other fact needs all its places."""
        a, b = each
        if isinstance(a, Leaf) or isinstance(b, Leaf):
            ((a, b),) = leaf_pairs(each)
            return [(a, b, field) for field in self._open(a, b)]
        fields = self.blocks.get(id(a.block))
        if fields is None:
            fields = self.blocks[id(a.block)] = []
            for index, leaf in enumerate(a.block.bare.leaves):
                if id(leaf.settings) not in self.closed:
                    fields += [(index, field) for field in self._open(leaf, leaf)]
        elif all(field.likely is not UNKNOWN for _, field in fields):
            return []
        return [(a[index], b[index], field) for index, field in fields]

    def _open(self, a: Leaf, b: Leaf) -> Sequence[Field]:
        if a.kind is None or _tells_all(a.kind, a.settings.printed):
            self.closed.add(id(a.settings))
            return ()
        key = id(a.settings), id(b.settings)
        if key not in self.settings:
            self.settings[key] = _unknown_to_both(a, b)
        found = self.settings[key]
        parts = {child.name for leaf in (a, b) for child in leaf.layer.children} if found else ()
        return [field for field in found if field.name not in parts] if parts else found  # a module there is printed


def findings(facts: Unprinted) -> Iterator[Finding]:
    """Facts that neither side prints and that could be anything: one finding a setting of a kind."""
    for (kind, field), places in facts.items():
        if field.likely is UNKNOWN:
            a, b = places[0]
            yield Draft(
                rule="AD701",
                effect=Effect.UNKNOWN,
                what=message("neither-prints", name=field.name, class_name=kind),
                aspect=field.aspect,
                candidate=place_of(a, UNKNOWN),
                reference=place_of(b, UNKNOWN),
                setting=field.name,
                hint=code.value(a, field.name),
                count=len(places),
                places=tuple((place_of(x, UNKNOWN), place_of(y, UNKNOWN)) for x, y in places),
            ).frozen()


def heads(both: Iterable[Both], sides: tuple[Sized, Sized]) -> Iterator[Finding]:
    """Attention of other libraries: how many heads share its projections no print tells; one finding a class."""
    first: dict[str, tuple[Leaf, Leaf]] = {}  # by the name of what holds the projection
    times: Counter[str] = Counter()
    of_form: dict[int, list[tuple[int, str]]] = {}
    for each in both:
        a, b = each
        if isinstance(a, Leaf) or isinstance(b, Leaf):
            found = [
                (0, _holder(pair[1].path)) for pair in leaf_pairs(each) if _is_query(pair[0]) or _is_query(pair[1])
            ]
        else:
            leaves, form = b.block.bare.leaves, id(b.block.bare.form)
            if form not in of_form:
                of_form[form] = [(at, leaf.path) for at, leaf in enumerate(leaves) if _is_query(leaf)]
            found = [(at, _holder(join(b.path, path))) for at, path in of_form[form]]
        for at, holder in found:
            times[holder] += 1
            if holder not in first:
                first[holder] = [*leaf_pairs(each)][at]
    classes: dict[str, list[str]] = {}
    for holder, both_sides in first.items():
        around = [
            side.normal.printed(leaf.path.rpartition(".")[0]) for side, leaf in zip(sides, both_sides, strict=True)
        ]
        found_in = [layer for layer in around if layer and kinds.of_layer(layer) is None and _has_keys(layer)]
        if found_in:
            classes.setdefault(found_in[-1].class_name, []).append(holder)
    for class_name, holders in classes.items():
        a, b = first[holders[0]]
        yield Draft(
            rule="AD701",
            effect=Effect.UNKNOWN,
            what=message("neither-prints-heads", class_name=class_name),
            aspect="setting",
            candidate=place_of(a, UNKNOWN),
            reference=place_of(b, UNKNOWN),
            setting="num_heads",
            hint=code.attributes(a.path.rpartition(".")[0]),
            count=sum(times[holder] for holder in holders),
        ).frozen()


def _has_keys(layer: Layer) -> bool:
    """A Linear named `q` may be of a Q-network; attention has keys as well."""
    parts = {part for child in layer.children for part in child.name.split("_")}
    return not parts.isdisjoint(("k", "key", "kv", "qkv", "Wqkv", "attn"))


def _holder(path: str) -> str:
    """The name of the container that a leaf stands in."""
    return path.rpartition(".")[0].rpartition(".")[2]


def _is_query(leaf: Leaf) -> bool:
    return is_query(leaf.layer.name.rpartition(".")[2]) and leaf.has(Trait.AFFINE_MAP)


def taken_as_usual(facts: Unprinted) -> Iterator[str]:
    """A note on settings that neither side prints and that hardly anybody changes."""
    usual: dict[str, list[str]] = {}
    for kind, field in facts:
        if field.likely is not UNKNOWN:
            usual.setdefault(kind, []).append(f"{field.name}={amount(field.likely)}")
    if usual:
        told = "; ".join(f"{kind} {', '.join(settings)}" for kind, settings in usual.items())
        yield f"printed by neither, taken as usual: {told}"


def _tells_all(kind: Kind, printed: Mapping[str, Value]) -> bool:
    """Whether a print leaves nothing open; nearly all do, so this is asked first."""
    names, unsaid = _asked(kind)
    return not unsaid and printed.keys() >= names and UNKNOWN not in printed.values()


@cache
def _asked(kind: Kind) -> tuple[frozenset[str], bool]:
    """What a print of this kind has to say, and whether it may say nothing by it."""
    fields = _may_be_unknown(kind)
    return frozenset([field.name for field in fields]), any(field.unsaid for field in fields)


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
