"""A summary table on one side or both: what can be compared then, and the one finding that says what cannot.

A table tells classes, their order, output shapes and parameter counts. Must not claim a difference in anything else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from archdiff.compare.draft import Draft
from archdiff.compare.settings import Difference, same
from archdiff.infer import Sized
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.facts import CLOSED, REPEATS
from archdiff.model.message import Message, message
from archdiff.model.network import UNKNOWN, is_tabled
from archdiff.model.outcome import Finding, Place
from archdiff.semantics.kinds import Trait


def either(a: Leaf, b: Leaf) -> bool:
    return is_tabled(a.layer) or is_tabled(b.layer)


def differences(a: Leaf, b: Leaf) -> Iterator[Difference]:
    """Settings that both sides tell after all, then the parameter count."""
    for field in a.kind.fields if a.kind else ():
        ours, theirs = a.settings.known(field.name), b.settings.known(field.name)
        if ours is not UNKNOWN and theirs is not UNKNOWN and not field.joint and not same(field, a, b):
            what = message("setting", name=field.name, ours=str(ours), theirs=str(theirs))
            yield Difference(field.name, ours, theirs, field.effect, field.aspect, what)
    ours, theirs = a.cost().parameters, b.cost().parameters
    if ours is not None and theirs is not None and ours != theirs:
        wider = None not in (a.output_shape, b.output_shape) and a.output_shape != b.output_shape
        output = message("output-too", ours=a.output_shape, theirs=b.output_shape) if wider else None
        what = message("parameters", ours=f"{ours:,}", theirs=f"{theirs:,}", output=output)
        fed = None not in (a.input_shape, b.input_shape) and a.input_shape != b.input_shape
        free = a.kind is None or any(field.aspect == "width" for field in a.kind.fields)
        aspect = "input" if fed and not (wider and free) else "width" if wider else "setting"
        yield Difference("parameters", ours, theirs, Effect.FUNCTION, aspect, what)


def may_be_there(leaves: Sequence[Leaf], in_a_table: bool) -> Message | None:
    """Why rows that the other side lacks need not be missing in its network; None where they are."""
    if not leaves or not all(is_tabled(leaf.layer) for leaf in leaves):
        return None
    if all(leaf.has(Trait.FUNCTIONAL) for leaf in leaves) and not in_a_table:
        return message("table-lists-calls")
    return (
        message("table-lists-blocks")
        if all(leaf.kind is None and not leaf.cost().parameters for leaf in leaves)
        else None
    )


def untold(candidate: Sized, reference: Sized, pairs: Sequence[tuple[Leaf, Leaf]]) -> Iterator[Finding]:
    """One finding for all that tables do not hold; `pairs`: those of which one is a row of a table."""
    tables = [name for name, side in (("candidate", candidate), ("reference", reference)) if side.is_table]
    if not tables or not pairs:
        return
    yield Draft(
        rule="AD701",
        effect=Effect.UNKNOWN,
        what=message("summary-tables", sides=" and ".join(tables)),
        aspect="setting",
        candidate=_place(pairs[0][0]),
        reference=_place(pairs[0][1]),
        setting="settings",
        hint="print(model)",
        count=len(pairs),
        places=tuple((_place(a), _place(b)) for a, b in pairs),
    ).frozen()


def closed(candidate: Sized, reference: Sized) -> Iterator[Draft]:
    """Layers that one side prints in blocks of which the table of the other shows one row."""
    for name, side in (("candidate", candidate), ("reference", reference)):
        fact = side.network.fact(CLOSED)
        if fact:
            what = message("closed", number=fact.value, side=name)
            rule = "AD104" if side is candidate else "AD103"
            places = _root(candidate), _root(reference)
            yield Draft(rule, Effect.UNKNOWN, what, "structure", *places, hint="print(model)")


def repeated(candidate: Sized, reference: Sized) -> Iterator[Draft]:
    """Layers with weights that two tables show to run again, where one of them runs more often or behind another."""
    sides = candidate, reference
    told = [side.network.fact(REPEATS) for side in sides]
    if None in told or any(side.network.fact(CLOSED) or not side.network.complete for side in sides):
        return
    ours, theirs = ([*_repeats(side)] for side in sides)
    counts = [Counter(class_name for _, class_name, _ in rows) for rows in (ours, theirs)]
    for class_name in dict.fromkeys([*counts[1], *counts[0]]):
        if counts[0][class_name] != counts[1][class_name]:
            what = message("runs-again", name=class_name, ours=counts[0][class_name], theirs=counts[1][class_name])
            here, there = (
                Place("", next((line for line, name, _ in rows[::-1] if name == class_name), side.network.last_line))
                for side, rows in zip(sides, (ours, theirs), strict=True)
            )
            yield Draft("AD108", Effect.FUNCTION, what, "structure", here, there)
    if counts[0] == counts[1]:
        for (line, *own), (other_line, *other) in zip(ours, theirs, strict=True):
            if own != other:
                what = message("runs-again-behind", ours=" behind ".join(own), theirs=" behind ".join(other))
                yield Draft("AD108", Effect.UNKNOWN, what, "structure", Place("", line), Place("", other_line))
                return


def _repeats(side: Sized) -> Iterator[tuple[int, str, str]]:
    fact = side.network.fact(REPEATS)
    for row in fact.value if fact and isinstance(fact.value, tuple) else ():
        match row:
            case (int(line), str(class_name), str(before)):
                yield line, class_name, before


def _root(side: Sized) -> Place:
    return Place("", side.network.root.span.line, UNKNOWN, side.network.root.class_name)


def _place(leaf: Leaf) -> Place:
    return Place(leaf.path, leaf.line, UNKNOWN, leaf.layer.class_name)
