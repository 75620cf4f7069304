"""A summary table on one side or both: what can be compared then, and the one finding that says what cannot.

A table holds classes, their order, output shapes and parameter counts. Must not claim a difference in anything else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Final, NamedTuple

from archdiff.diff import messages
from archdiff.diff.draft import Draft, of_places, place, root_place
from archdiff.diff.network_index import Counterparts, NetworkIndex
from archdiff.diff.settings import Difference, same
from archdiff.infer import Sized
from archdiff.infer.chain import common
from archdiff.infer.leaf import Leaf, possible_steps, printed_shapes
from archdiff.model.effects import Effect
from archdiff.model.facts import CLOSED, REPEATS, SHAPES, TOTALS
from archdiff.model.finding import Finding, Place
from archdiff.model.message import Message, because, message
from archdiff.model.network import FROZEN, MODE, PARAMETERS, UNKNOWN, Network, Value, is_tabled
from archdiff.semantics.kinds import Misfit, NotKnown, Shape, Trait, same_shape


def either(a: Leaf, b: Leaf) -> bool:
    """Whether one of two layers is a row of a summary table."""
    return is_tabled(a.layer) or is_tabled(b.layer)


def parted(both: list[Counterparts], is_table: bool) -> tuple[list[Counterparts], list[tuple[Leaf, Leaf]]]:
    """Pairs without rows of tables, and those of which one is a row; where there is one, no block is closed.

    Args:
        both: All pairs.
        is_table: Whether one of the networks is a table: pairs of two prints need not be looked through.
    """
    opened = [(a, b) for a, b in both if isinstance(a, Leaf) and isinstance(b, Leaf)] if is_table else []
    tables = [pair for pair in opened if either(*pair)]
    return ([pair for pair in opened if not either(*pair)] if tables else both), tables


def both_named(pair: tuple[Leaf, Leaf]) -> bool:
    """Whether both are rows that have names, not numbers that count them."""
    return all(is_tabled(leaf.layer) and not any(map(str.isdigit, leaf.path.split("."))) for leaf in pair)


def differences(a: Leaf, b: Leaf) -> Iterator[Difference]:
    """What differs between two layers of which one is a row of a table.

    Args:
        a: The candidate's layer.
        b: The reference's layer, of the same kind or class.

    Yields:
        Settings that both sides know after all, then the number of parameters, and what two rows say of training.
    """
    for field in a.kind.fields if a.kind else ():
        ours, theirs = a.settings.known(field.name), b.settings.known(field.name)
        if ours is not UNKNOWN and theirs is not UNKNOWN and not field.joint and not same(field, a, b):
            what = messages.as_printed(field.name, ours, theirs)
            yield Difference(field.name, ours, theirs, field.effect, field.aspect, what)
    ours, theirs = _count(a), _count(b)
    if ours and theirs and _unlike(ours, theirs):
        wider = None not in (a.output_shape, b.output_shape) and a.output_shape != b.output_shape
        output = message("output-too", ours=a.output_shape, theirs=b.output_shape) if wider else None
        what = message("parameters", ours=ours.text, theirs=theirs.text, output=output)
        fed = None not in (a.input_shape, b.input_shape) and a.input_shape != b.input_shape
        free = a.kind is None or any(field.aspect == "width" for field in a.kind.fields)
        aspect = "input" if fed and not (wider and free) else "width" if wider else "setting"
        yield Difference("parameters", ours.value, theirs.value, Effect.FUNCTION, aspect, what)
    if is_tabled(a.layer) and is_tabled(b.layer):
        for name, usual in ((FROZEN, False), (MODE, UNKNOWN)):
            x, y = (_cell(leaf, name, usual) for leaf in (a, b))
            if x != y and UNKNOWN not in (x, y):
                yield Difference(name, x, y, Effect.TRAINING, "setting", messages.setting(name, x, y))


class _Count(NamedTuple):
    """A number of parameters as a table prints it, which may round: 23.5 M is 23,450,000 to 23,550,000."""

    low: float
    high: float
    text: str

    @property
    def value(self) -> int | str:
        """The number; the text where it is rounded."""
        return int(self.low) if self.low == self.high else self.text


def _count(leaf: Leaf) -> _Count | None:
    exact = leaf.cost().parameters
    if exact is not None:
        return _Count(exact, exact, f"{exact:,}")
    return _read(str(_cell(leaf, PARAMETERS)))


def _read(text: str) -> _Count | None:
    """`184`, `1,234`, `23.5 M`."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    number, unit = float(match[1].replace(",", "")), _UNITS[match[2] or ""]
    half = unit / 10 ** len(match[1].partition(".")[2]) / 2 if match[2] else 0
    return _Count(number * unit - half, number * unit + half, text)


def _unlike(a: _Count, b: _Count) -> bool:
    apart = a.high < b.low or b.high < a.low
    return apart or (a.low < a.high and b.low < b.high and a.text != b.text)  # both are rounded


def _cell(leaf: Leaf, name: str, usual: Value = UNKNOWN) -> Value:
    """What a row of a table holds under this name."""
    settings = leaf.layer.settings if is_tabled(leaf.layer) else ()
    return next((each.value for each in settings if each.name == name), usual)


_NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?)(?: ?([KMBT]))?")
_UNITS: Final = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


def may_be_there(leaves: Sequence[Leaf], in_a_table: bool) -> Message | None:
    """Why rows of a table need not be missing in the network of the other side.

    Args:
        leaves: The rows, or layers that are no rows.
        in_a_table: Whether the other side is a table, too.

    Returns:
        The reason; None where they are missing.
    """
    if not leaves or not all(is_tabled(leaf.layer) for leaf in leaves):
        return None
    if all(leaf.has(Trait.FUNCTIONAL) for leaf in leaves) and not in_a_table:
        return message("table-lists-calls")
    are_blocks = all(leaf.kind is None and not leaf.cost().parameters for leaf in leaves)
    return message("table-lists-blocks") if are_blocks else None


def not_in_tables(candidate: Sized, reference: Sized, pairs: Sequence[tuple[Leaf, Leaf]]) -> Iterator[Finding]:
    """One finding for all settings that tables do not hold.

    Args:
        candidate: One network.
        reference: The other.
        pairs: Pairs of layers of which one is a row of a table.
    """
    tables = [name for name, side in (("candidate", candidate), ("reference", reference)) if side.network.is_table]
    if len(tables) == 1:
        yield from _other_outputs(NetworkIndex(candidate), NetworkIndex(reference), pairs)
    if tables and pairs:
        what = message("summary-tables", sides=" and ".join(tables))
        places = [(place(a, UNKNOWN), place(b, UNKNOWN)) for a, b in pairs]
        yield of_places("AD701", Effect.UNKNOWN, what, "setting", places, "settings", hint="print(model)")


def _other_outputs(
    candidate: NetworkIndex, reference: NetworkIndex, pairs: Sequence[tuple[Leaf, Leaf]]
) -> Iterator[Finding]:
    """Printed layers that cannot give the output of their row for what comes into that row.

    Where the input of the print is known its shapes are compared with those of the table like those of two prints.
    """
    in_candidate = candidate.sized.network.is_table
    table, other = (candidate, reference) if in_candidate else (reference, candidate)
    if table.sized.network.rows(REPEATS):  # no row shows where a layer runs again, so the row before may be another
        return
    pairs = [(a, b) if in_candidate else (b, a) for a, b in pairs]
    partners = {row.path: leaf.path for row, leaf in pairs}
    for row, leaf in pairs:
        y = row.output_shape
        if row.kind is not leaf.kind or leaf.output_shape is not None or y is None:
            continue
        ours, theirs = _count(row), _count(leaf)
        if ours and theirs and _unlike(ours, theirs):  # told already
            continue
        x, doubtful = _fed(table, other, row, leaf, partners)
        if x is None or (doubtful and _is_elsewhere(leaf, x, y)):
            continue
        gives = _gives(leaf, x, y)
        if gives is None:
            continue
        shapes = (y, gives) if in_candidate else (gives, y)
        what = message("output-of-row", ours=shapes[0], theirs=shapes[1], shape=x)
        effect = Effect.FUNCTION
        if doubtful:
            what = because(what, message("if-in-printed-order", class_name=doubtful, effect=effect.word))
            effect = Effect.UNKNOWN
        places = (place(row), place(leaf)) if in_candidate else (place(leaf), place(row))
        yield Draft("AD201", effect, what, "shape", *places).frozen()


def _fed(
    table: NetworkIndex, other: NetworkIndex, row: Leaf, leaf: Leaf, partners: Mapping[str, str]
) -> tuple[Shape | None, str]:
    """The shape that comes into a row; and the class that has to run in printed order for that, where one has to.

    It is in the row, or the output of the row before it where both run in order: by the table, or by the print of what
    would be the same network.
    """
    own = printed_shapes(row.layer)[0]
    before, printed_before = table.before(row), other.before(leaf)
    if own is not None or before is None:
        return own, ""
    x = printed_shapes(before.layer)[1]
    paired = printed_before is not None and partners.get(before.path) == printed_before.path
    doubtful = ""
    sides = [(table, before, row), *([(other, printed_before, leaf)] if printed_before and paired else [])]
    for side, first, second in sides:
        if side.runs_in_order_between(first, second) and _holder(side, first, second):
            doubtful = side.taken_in_order(first, second)
            if not doubtful:
                return x, ""
    if not (doubtful and paired and printed_before and table.runs_as_neighbours(before, row)):
        return None, ""
    return (None, "") if other.contradicts(common(printed_before.path, leaf.path)) else (x, doubtful)


def _is_elsewhere(leaf: Leaf, x: Shape, y: Shape) -> bool:
    """Whether what comes into a layer is most likely something else than what the row before it gives."""
    keeps = leaf.kind is not None and leaf.kind.shape is same_shape
    return keeps or (x[:1] != y[:1] and prod(x) != prod(y))  # of another branch


def _holder(side: NetworkIndex, first: Leaf, second: Leaf) -> str:
    """The class of what holds two neighbours; "" of a list of rows, which shows no blocks."""
    holder = side.sized.normal.printed(common(first.path, second.path))
    return holder.class_name if holder else ""


def _gives(leaf: Leaf, x: Shape, output: Shape) -> Shape | str | None:
    """What a printed layer makes of an input, where that cannot be what a row says; None where it may be.

    Windows that do not fit give nothing. Any other misfit may be of an input without a batch.
    """
    try:
        found = possible_steps(leaf, x)
    except NotKnown:
        return None
    except Misfit as misfit:
        spatial = leaf.kind is not None and leaf.kind.dims == len(x) - 1 == len(output) - 1
        return "none" if spatial and misfit.field in _OF_WINDOWS else None
    return None if output in found else min(found)


_OF_WINDOWS: Final = frozenset({"kernel_size", "padding"})


def closed(candidate: Sized, reference: Sized) -> Iterator[Draft]:
    """Findings about layers that one side prints in blocks of which the table of the other shows one row."""
    for name, side in (("candidate", candidate), ("reference", reference)):
        fact = side.network.fact(CLOSED)
        if fact:
            what = message("closed", number=fact.value, side=name)
            rule = "AD104" if side is candidate else "AD103"
            places = root_place(candidate, UNKNOWN), root_place(reference, UNKNOWN)
            yield Draft(rule, Effect.UNKNOWN, what, "structure", *places, hint="print(model)")


def repeated(candidate: Sized, reference: Sized) -> Iterator[Draft]:
    """Layers with weights that two tables show to run again, where one of them runs more often or behind another."""
    both = candidate.network, reference.network
    if any(each.fact(REPEATS) is None or each.fact(CLOSED) or not each.complete for each in both):
        return
    ours, theirs = ([*_rows(each, REPEATS)] for each in both)
    counts = [Counter(class_name for _, class_name, _ in rows) for rows in (ours, theirs)]
    for class_name in dict.fromkeys([*counts[1], *counts[0]]):
        if counts[0][class_name] != counts[1][class_name]:
            what = message("runs-again", name=class_name, ours=counts[0][class_name], theirs=counts[1][class_name])
            here, there = (
                Place("", next((line for line, name, _ in rows[::-1] if name == class_name), each.last_line))
                for each, rows in zip(both, (ours, theirs), strict=True)
            )
            yield Draft("AD108", Effect.FUNCTION, what, "structure", here, there)
    if counts[0] == counts[1]:
        for (line, *own), (other_line, *other) in zip(ours, theirs, strict=True):
            if own != other:
                what = message("runs-again-behind", ours=" behind ".join(own), theirs=" behind ".join(other))
                yield Draft("AD108", Effect.UNKNOWN, what, "structure", Place("", line), Place("", other_line))
                return


def totals(candidate: Sized, reference: Sized) -> Iterator[Draft]:
    """Sums of parameters that two tables print, where no row shows why they differ."""
    ours, theirs = _totals(candidate.network), _totals(reference.network)
    for name in ours:
        a, b = _read(ours[name]), _read(theirs.get(name, ""))
        if a and b and _unlike(a, b):
            effect = Effect.FUNCTION if name.startswith("Total") else Effect.TRAINING
            what = messages.as_printed(name, ours[name], theirs[name])
            places = Place("", candidate.network.last_line), Place("", reference.network.last_line)
            yield Draft("AD301" if effect is Effect.FUNCTION else "AD401", effect, what, "setting", *places)
            return


def shapes(candidate: Sized, reference: Sized) -> Iterator[Draft]:
    """The first row of two tables that has another shape, where the rows are the same and take the same in.

    Something that is not printed makes the difference then.
    """
    ours, theirs = ([*_rows(side.network, SHAPES)] for side in (candidate, reference))
    rows = [*zip(ours, theirs, strict=False)]
    classes = [[(class_name, printed.count("->")) for _, class_name, printed in side] for side in (ours, theirs)]
    begin = next((leaf.line for leaf in candidate.leaves), 0)
    if classes[0] != classes[1] or any(a[2] != b[2] for a, b in rows if a[0] == begin):  # run on another input
        return
    for a, b in rows:
        if a[2] != b[2] and "--" not in a[2] + b[2]:
            what = message("shape-of-row", name=a[1], ours=a[2], theirs=b[2])
            yield Draft("AD201", Effect.FUNCTION, what, "shape", Place("", a[0]), Place("", b[0]))
            return


def _totals(network: Network) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in network.rows(TOTALS):
        match row:
            case (str(name), str(count)):
                found[name] = count
    return dict(sorted(found.items(), key=lambda item: not item[0].startswith("Total")))


def _rows(network: Network, name: str) -> Iterator[tuple[int, str, str]]:
    """Line, class and what else such a fact holds."""
    for row in network.rows(name):
        match row:
            case (int(line), str(class_name), str(more)):
                yield line, class_name, more
