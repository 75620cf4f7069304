"""Summary tables of torchinfo, torchsummary, lightning and fastai: classes, output shapes and parameter counts.

A table becomes a network like a printed one, but every layer has three settings at most, `parameters` first (unknown
where the count is rounded), then `input_shape` and `output_shape` without the batch. What a layer was made with is not
in a table, except for a kernel size. Must not look into other text: `notes` does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from archdiff.model.errors import ReadError
from archdiff.model.facts import INPUT_SHAPE, REPEATS, SHAPES, TOTALS, Fact, Provenance
from archdiff.model.network import FROZEN, MODE, NOT_SHOWN, PARAMETERS, UNKNOWN, Layer, Setting, Value
from archdiff.parse.grammar.module import Print
from archdiff.parse.grammar.settings import read_value
from archdiff.parse.lines import MAX_DEPTH, Lines
from archdiff.parse.readers._grid import Grid, TableRow, TableStyle, read_grid

_HOLDERS: Final = ("Sequential", "ModuleList", "ModuleDict")  # nothing by themselves: what they hold is not shown
_COUNT = re.compile(r"\(?(\d[\d,]*)\)?")
_ROUNDED = re.compile(r"\d+(?:\.\d+)? ?[KMBT]")
_COUNTED = re.compile(r"#? ?Param(?:s|eters)?(?: #| per Device)?")  # the title of a column
_INPUT, _OUTPUT = "Input Shape", "Output Shape"
_OF_WEIGHTS: Final = (TableStyle.NUMBERED, TableStyle.FLAT)
_REPEATED: Final = "(recursive)"
_DIMS = re.compile(r"(?:Conv|Pool|ConvTranspose)(\d)d$")
_NO_TABLE: Final = {
    TableStyle.FOREIGN: ("a summary of Keras, not of a torch module", "print the torch module: print(model)"),
    TableStyle.NAMELESS: ("a summary table without the classes of its layers", "print(model) says what they are"),
}


def read_table(lines: Lines, index: int, stop: int) -> Print | ReadError | None:
    """The table whose header stands on a line, if one does; an error where it is none of a torch module.

    Args:
        lines: cleaned lines.
        index: the line, counted from 0.
        stop: the first line that cannot belong to it.
    """
    grid = read_grid(lines, index, stop)
    if grid is None:
        return None
    if grid.style in _NO_TABLE:
        message, way_out = _NO_TABLE[grid.style]
        return lines.error(message, lines.span(index), way_out)
    if not grid.rows:
        return None
    numbered = all(row.depth < 0 for row in grid.rows)
    style = TableStyle.NUMBERED if numbered else grid.style
    root = _tree(lines, grid._replace(style=style))
    input_shape = _shape(next((row.cells[_INPUT] for row in grid.rows if _INPUT in row.cells), ""))
    facts = [Fact(INPUT_SHAPE, input_shape, Provenance.PRINTED)] if input_shape else []
    facts.append(Fact(SHAPES, tuple(_shapes(lines, grid.rows)), Provenance.PRINTED))
    if grid.totals:
        facts.append(Fact(TOTALS, grid.totals, Provenance.PRINTED))
    if style is TableStyle.TREE:
        facts.append(Fact(REPEATS, tuple(_repeats(lines, grid.rows)), Provenance.PRINTED))
    return Print(root, grid.first, grid.last, not grid.complete, tuple(facts))


@dataclass(slots=True)
class _RowTree:
    """A row while its children are still to come."""

    row: TableRow
    children: list[_RowTree]


def _tree(lines: Lines, grid: Grid) -> Layer:
    """Rows to a tree; the network itself stands at depth 0, or has no row and no class."""
    top = _RowTree(TableRow(grid.header, 0, "", "", 0, {}), [])
    rows = list(grid.rows)
    if rows[0].depth == 0 and all(row.depth > 0 for row in rows[1:]):
        top.row = rows.pop(0)
    if grid.style is TableStyle.NAMED:
        rows = _shortened(rows)
    opened = [top]
    for row, again in _outside_repeats(rows):
        depth = max(row.depth, 1)
        if again:
            continue  # the same module once more: a print holds it a single time
        if depth > MAX_DEPTH:
            raise lines.error(
                f"nested deeper than {MAX_DEPTH} levels", lines.span(row.at, row.column), "is this a table of layers?"
            )
        del opened[max(min(depth, len(opened)), 1) :]
        node = _RowTree(row, [])
        opened[-1].children.append(node)
        opened.append(node)
    return _layer(lines, top, "", grid.style)


def _outside_repeats(rows: Iterable[TableRow]) -> Iterator[tuple[TableRow, bool]]:
    """Each row but those in a block that runs again, with whether it is of a layer or block that runs again."""
    hidden = MAX_DEPTH * MAX_DEPTH  # rows deeper than this stand in one
    for row in rows:
        depth = max(row.depth, 1)
        if depth <= hidden:
            again = _REPEATED in row.cells.values()
            hidden = depth if again else MAX_DEPTH * MAX_DEPTH
            yield row, again


def _repeats(lines: Lines, rows: Iterable[TableRow]) -> Iterator[tuple[int, str, str]]:
    """Line and class of all that runs again, and the class of the row before."""
    before = ""
    for row, again in _outside_repeats(rows):
        if again:
            yield lines.numbers[row.at], row.class_name, before
        before = row.class_name


def _shapes(lines: Lines, rows: Iterable[TableRow]) -> Iterator[tuple[int, str, str]]:
    """Line, class and shapes of each row, of blocks as well; what runs again is a fact of its own."""
    for row, again in _outside_repeats(rows):
        shapes = [row.cells[title] for title in (_INPUT, _OUTPUT) if title in row.cells]
        if shapes and not again:
            yield lines.numbers[row.at], row.class_name, " -> ".join(map(_without_batch, shapes))


def _without_batch(text: str) -> str:
    """`[2, 8, 28]` as `*x8x28`; of several outputs, and of none, what is printed."""
    value = read_value(text)
    plain = isinstance(value, tuple) and value and all(type(size) is int for size in value)
    return "x".join(["*", *map(str, value[1:])]) if plain and isinstance(value, tuple) else text


def _shortened(rows: Sequence[TableRow]) -> list[TableRow]:
    """Paths to names: `encoder.0.fc` is `fc` in the row `encoder.0`, and `0.fc` where only `encoder` has a row."""
    names = {row.name for row in rows}
    result: list[TableRow] = []
    for row in rows:
        parts = row.name.split(".")
        holders = [n for n in range(1, len(parts)) if ".".join(parts[:n]) in names]
        name = ".".join(parts[holders[-1] if holders else 0 :])
        result.append(row._replace(name=name, depth=len(holders) + 1))
    return result


def _layer(lines: Lines, node: _RowTree, name: str, style: TableStyle) -> Layer:
    """Depth is bounded, so recursion is."""
    names = _names(node.children)
    children = tuple(_layer(lines, child, name, style) for child, name in zip(node.children, names, strict=True))
    row = node.row
    settings = _settings(row, style) if row.cells else ()
    if children:  # its shape is that of the last of them; lightning counts their parameters in its own
        settings = settings[:1] if settings and settings[0].value != 0 and style is not TableStyle.NAMED else ()
    span = lines.span(row.at, row.column)
    if not children and row.class_name in _HOLDERS and any(setting.value for setting in settings):
        children = (Layer(NOT_SHOWN.lower(), NOT_SHOWN, settings, span=span),)
        settings = ()
    return Layer(name, row.class_name, settings, children, span=span)


def _names(children: Sequence[_RowTree]) -> list[str]:
    """Names as far as rows have any, else numbers; a module that runs twice has two rows and one name."""
    before: Counter[str] = Counter()
    names: list[str] = []
    for number, child in enumerate(children):
        name = child.row.name or str(number)
        names.append(name if not before[name] else f"{name}.{before[name]}")
        before[name] += 1
    return names


def _settings(row: TableRow, style: TableStyle) -> tuple[Setting, ...]:
    cells = row.cells
    count = next((cell for title, cell in cells.items() if _COUNTED.fullmatch(title)), "")
    settings = [Setting(PARAMETERS, _count(count, style), f"{PARAMETERS}={count}")]
    if count.startswith("(") or (cells.get("Trainable") == "False" and count != "0"):
        settings.append(Setting(FROZEN, True, f"{FROZEN}=True"))
    for name, text in (("input_shape", cells.get(_INPUT, "")), ("output_shape", cells.get(_OUTPUT, ""))):
        shape = _shape(text)
        if shape is not None:
            settings.append(Setting(name, shape, f"{name}={text}"))
    if mode := cells.get("Mode", ""):
        settings.append(Setting(MODE, mode, f"{MODE}={mode}"))
    kernel = read_value(cells.get("Kernel Shape", ""))
    dims = _DIMS.search(row.class_name)
    if dims and (isinstance(kernel, int) or (isinstance(kernel, tuple) and len(kernel) == int(dims[1]))):
        settings.append(Setting("kernel_size", kernel, f"kernel_size={cells['Kernel Shape']}"))
    return tuple(settings)


def _count(text: str, style: TableStyle) -> Value:
    """A whole number, or the text where it is rounded (`25.8 K`). Frozen parameters stand in brackets.

    torchsummary and fastai count what is called `weight` and `bias`, so their 0 says nothing of an LSTM.
    """
    if text == "--":
        return 0
    match = _COUNT.fullmatch(text)
    value = int(match[1].replace(",", "")) if match and len(text) < 30 else None
    if value is None and _ROUNDED.fullmatch(text):
        return text
    return UNKNOWN if value is None or (value == 0 and style in _OF_WEIGHTS) else value


def _shape(text: str) -> tuple[int, ...] | None:
    """A shape without the batch; None for several outputs, or where one number alone could be the batch."""
    value = read_value(text)
    if not isinstance(value, tuple) or len(value) < 2:
        return None
    sizes = [size for size in value[1:] if isinstance(size, int) and not isinstance(size, bool) and size >= 0]
    plain = (value[0] is None or isinstance(value[0], int)) and len(sizes) == len(value) - 1
    return tuple(sizes) if plain else None
