"""Facts that neither side prints: one finding for all layers of a class, with the line of Python that shows them.

Must not decide which facts a print holds: the fields of the kinds do, `semantics.unprinted` where a class has no kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple, TypeAlias

from archdiff.diff import hints, shared_weights
from archdiff.diff.draft import Draft, of_places, place
from archdiff.diff.live_modules import LiveNetwork
from archdiff.diff.messages import amount, held_by_one
from archdiff.diff.network_index import Counterparts, NetworkIndex, leaf_pairs
from archdiff.infer import Sized, SizedOccurrence
from archdiff.infer.flow import SizedBlock
from archdiff.infer.leaf import Leaf, possible_steps
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.model.memo import Memo
from archdiff.model.message import message
from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics import kinds
from archdiff.semantics.kinds import REQUIRED, Field, Kind, Misfit, NotKnown, Settings
from archdiff.semantics.unprinted import TIED

#: (class, field) -> pairs in which both values are unknown: all of them where the value could be anything
Unprinted: TypeAlias = "dict[tuple[str, Field], list[tuple[Leaf, Leaf]]]"


def settings(both: Sequence[Counterparts]) -> Unprinted:
    """The settings that neither side prints, without those that follow from the input.

    Args:
        both: All pairs of layers, with the blocks that are alike.
    """
    found: dict[tuple[str, str], tuple[Field, list[tuple[Leaf, Leaf]]]] = {}
    classes: set[str] | None = None
    unknown = _OpenSettings(set(), {}, {})
    ends: tuple[int, int] | None = None
    for each in both:
        for a, b, field in unknown.of(each):
            if field.only_with and (classes is None or ends is None):
                classes, ends = _classes(both), _last_lines(both)
            beside = not field.only_with or any(name.startswith(field.only_with) for name in classes or ())
            if beside or (a.line, b.line) == ends:  # whoever runs a network takes what comes out of its last layer
                found.setdefault((b.layer.class_name, field.name), (field, []))[1].append((a, b))
    return {(name, field): places for (name, _), (field, places) in found.items()}


def _last_lines(both: Sequence[Counterparts]) -> tuple[int, int]:
    """The line of the last layer of either side."""
    ends = [[side if isinstance(side, Leaf) else side.end(-1) for side in each] for each in both]
    return max(a.line for a, _ in ends), max(b.line for _, b in ends)


def _classes(both: Iterable[Counterparts]) -> set[str]:
    blocks = {side.block for each in both for side in each if isinstance(side, SizedOccurrence)}
    leaves = [side for each in both for side in each if isinstance(side, Leaf)]
    return {leaf.layer.class_name for group in (leaves, *(block.bare.leaves for block in blocks)) for leaf in group}


class _OpenSettings(NamedTuple):
    """What both of a pair leave open, by the settings of both, which equal prints share, and by block."""

    closed: set[Settings]  # that leave nothing open
    settings: dict[tuple[Settings, Settings], list[Field]]
    blocks: dict[SizedBlock, list[tuple[int, Field]]]

    def of(self, each: Counterparts) -> list[tuple[Leaf, Leaf, Field]]:
        """Pairs of leaves with what both leave open; of a block that was met before, only what could be anything."""
        a, b = each
        if isinstance(a, Leaf) or isinstance(b, Leaf):
            ((a, b),) = leaf_pairs(each)
            return [(a, b, field) for field in self._open(a, b)]
        fields = self.blocks.get(a.block)
        if fields is None:
            fields = self.blocks[a.block] = []
            for index, leaf in enumerate(a.block.bare.leaves):
                if leaf.settings not in self.closed:
                    fields += [(index, field) for field in self._open(leaf, leaf)]
        elif not any(field.is_open for _, field in fields):
            return []
        return [(a[index], b[index], field) for index, field in fields]

    def _open(self, a: Leaf, b: Leaf) -> Sequence[Field]:
        if a.kind is None or _prints_all(a.kind, a.settings.printed):
            self.closed.add(a.settings)
            return ()
        key = a.settings, b.settings
        if key not in self.settings:
            self.settings[key] = _unknown_to_both(a, b)
        found = self.settings[key]
        parts = {child.name for leaf in (a, b) for child in leaf.layer.children} if found else ()
        return [field for field in found if field.name not in parts] if parts else found  # a module there is printed


def findings(open_: Unprinted, candidate: LiveNetwork, reference: LiveNetwork) -> Iterator[Finding]:
    """One finding for each setting of a class that neither side prints and that may be any value.

    Args:
        open_: What `settings` found.
        candidate: One network.
        reference: The other. What both hold as attributes of live modules is compared there.
    """
    for (kind, field), pairs in open_.items():
        found = []
        for a, b in pairs:
            held = candidate.value(a.path, field.name), reference.value(b.path, field.name)
            beside = _printed_beside(a, field, candidate.sized) and _printed_beside(b, field, reference.sized)
            if _matters(a, field) and not beside and UNKNOWN in held:
                found.append((a, b, held))
        if found:
            known = next((each for each in found[0][2] if each is not UNKNOWN), UNKNOWN)
            what = message("neither-prints", name=field.name, class_name=kind)
            if known is not UNKNOWN:
                what = held_by_one(field.name, kind, (known,), found[0][2][0] is not UNKNOWN)
            places = [(place(a, ours), place(b, theirs)) for a, b, (ours, theirs) in found]
            hint = _value([(a, b) for a, b, _ in found], field, candidate.sized, reference.sized)
            yield of_places("AD701", Effect.UNKNOWN, what, field.aspect, places, field.name, hint)


def _matters(leaf: Leaf, field: Field) -> bool:
    """Whether the setting could be anything, or may give another size here, as that of windows that are cut off."""
    if field.aspect != "rounding":
        return field.is_open
    try:
        if set(leaf.settings.ints("stride")) == {1}:
            return False
        return leaf.input_shape is None or len(possible_steps(leaf, leaf.input_shape)) > 1
    except NotKnown:
        return True
    except Misfit:
        return False


def _value(places: Sequence[tuple[Leaf, Leaf]], field: Field, candidate: Sized, reference: Sized) -> str:
    """The line of code: by the path of the only place, else one that fits all places of both networks.

    That is by class, unless a rule took apart what is printed under another class (LoRA).
    """
    a, b = places[0]
    if len(places) == 1 and a.path == b.path:
        return hints.value(a, field.name)
    printed = candidate.normal.printed(a.path), reference.normal.printed(b.path)
    classes = {kinds.bare(layer.class_name) for layer in (a.layer, b.layer, *filter(None, printed))}
    return hints.values(a, field.name) if len(classes) == 1 else hints.values_anywhere(field.name)


def _printed_beside(leaf: Leaf, field: Field, side: Sized) -> bool:
    """Whether it is the dropout of an attention in a block of torch, which gives all its dropouts one probability."""
    if field.name != "dropout":
        return False
    block = side.normal.printed(leaf.path.rpartition(".")[0])
    kind = kinds.of_layer(block) if block else None
    return kind is not None and "dropout1" in kind.parts


def tied_embeddings(candidate: Sized, reference: Sized) -> Iterator[Finding]:
    """Whether the last map of a language model is its embedding: no print holds it, and checkpoints depend on it."""
    if (
        (ours := _ties(candidate))
        and (theirs := _ties(reference))
        and not shared_weights.are_known(candidate, reference)
    ):
        head, embedding = theirs[0]
        yield Draft(
            rule="AD701",
            effect=Effect.UNKNOWN,
            what=message("neither-prints-shared", head_path=head.path, path=embedding.path),
            aspect="setting",
            candidate=place(ours[0][0], UNKNOWN),
            reference=place(head, UNKNOWN),
            setting=TIED,
            hint=hints.SHARED_WEIGHTS,
            count=len(theirs),
        ).frozen()


def _ties(side: Sized) -> list[tuple[Leaf, Leaf]]:
    """Maps whose weight may be that of the embedding with the most rows; a square one could be of any layer."""
    tables: dict[Value, Leaf] = {}  # by width
    for leaf in _leaves(side, lambda leaf: leaf.layer.kind == "embedding"):
        first = tables.setdefault(leaf.settings.known("embedding_dim"), leaf)
        if _rows(leaf) > _rows(first):
            tables[leaf.settings.known("embedding_dim")] = leaf
    widths = {(width, _rows(table)) for width, table in tables.items() if width != _rows(table)}
    if not widths:
        return []
    return [
        (leaf, tables[leaf.settings.known("in_features")])
        for leaf in _leaves(side, lambda leaf: leaf.layer.kind == "linear" and _sizes(leaf) in widths)
    ]


def _leaves(side: Sized, condition: Callable[[Leaf], bool]) -> Iterator[Leaf]:
    """Leaves that meet a condition, in printed order; a block is filtered once, wherever it stands."""
    found_in = Memo(lambda block: [*filter(condition, block.leaves)])
    for run in side.leaves.runs:
        if isinstance(run, SizedOccurrence):
            yield from (leaf.placed(run.path, run.shift) for leaf in found_in(run.block.bare))
        else:
            yield from filter(condition, run)


def _sizes(linear: Leaf) -> tuple[Value, Value]:
    return linear.settings.known("in_features"), linear.settings.known("out_features")


def _rows(embedding: Leaf) -> int:
    rows = embedding.settings.known("num_embeddings")
    return rows if isinstance(rows, int) else 0


def taken_as_usual(open_: Unprinted, _candidate: Sized) -> Iterator[str]:
    """A note on settings that neither side prints and that hardly anybody changes."""
    usual: dict[str, list[str]] = {}
    for (kind, field), pairs in open_.items():
        if not any(_matters(a, field) for a, _ in pairs):
            usual.setdefault(kind, []).append(f"{field.name}={amount(field.likely)}")
    yield from _note("printed by neither side, usual value assumed", usual)


def taken_of_one_side(findings: Iterable[Finding], candidate: NetworkIndex, reference: NetworkIndex) -> Iterator[str]:
    """The same of layers that the other side lacks, where that changes little.

    AvgPool2d(1) does nothing, unless it divides by another number.
    """
    usual: dict[str, list[str]] = {}
    for each in findings:
        if each.rule not in _OF_ONE_SIDE or each.effect >= Effect.TRAINING:
            continue
        for where, side in ((each.candidate, candidate), (each.reference, reference)):
            leaf = side.leaf(where.path) if where else None
            if leaf is not None and leaf.kind is not None and leaf.layer.class_name not in usual:
                fields = [field for field in _may_be_unknown(leaf.kind) if _is_unknown(leaf.settings, field)]
                usual[leaf.layer.class_name] = [f"{field.name}={amount(field.likely)}" for field in fields]
    yield from _note("not printed, usual value assumed", usual)


def _note(title: str, usual: Mapping[str, Sequence[str]]) -> Iterator[str]:
    words = "; ".join(f"{name} {', '.join(values)}" for name, values in usual.items() if values)
    if words:
        yield f"{title}: {words}"


#: a layer that one side lacks, or one of another kind in its place
_OF_ONE_SIDE: Final = ("AD103", "AD104", "AD105")


def _prints_all(kind: Kind, printed: Mapping[str, Value]) -> bool:
    """Whether a print leaves nothing open; nearly all do, so this comes first."""
    names, may_mean_nothing = _to_print(kind)
    return not may_mean_nothing and printed.keys() >= names and UNKNOWN not in printed.values()


@cache
def _to_print(kind: Kind) -> tuple[frozenset[str], bool]:
    """What a print of this kind has to hold, and whether a value that it holds may leave the choice to torch."""
    fields = _may_be_unknown(kind)
    return frozenset([field.name for field in fields]), any(field.means_default for field in fields)


def _unknown_to_both(a: Leaf, b: Leaf) -> list[Field]:
    if a.kind is None or a.kind is not b.kind:
        return []
    ours, theirs = a.settings, b.settings
    by_class = [a.kind.field(name) for name, value in ours.printed.items() if value is UNKNOWN]  # or by a rule
    may_be = dict.fromkeys((*_may_be_unknown(a.kind), *(field for field in by_class if field and _is_fact(field))))
    open_ = [field for field in may_be if _is_unknown(ours, field)]
    return open_ if ours is theirs else [field for field in open_ if _is_unknown(theirs, field)]


def _is_unknown(settings: Settings, field: Field) -> bool:
    printed = settings.printed.get(field.name, UNKNOWN)
    return (printed is UNKNOWN or bool(field.means_default)) and settings.known(field.name) is UNKNOWN


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
