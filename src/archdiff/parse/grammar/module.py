"""Printed modules, as `Module.__repr__` writes them: lines -> a tree of layers with all that prints it back.

Nothing is lost: what is not understood is kept in the layout of its layer. Must not look for prints in other text:
`readers` do.
"""

from __future__ import annotations

from typing import NamedTuple

from archdiff.model.facts import Fact
from archdiff.model.network import Layer
from archdiff.parse.grammar.layout import LayerLayout
from archdiff.parse.grammar.line import LineKind, ParsedLine, read_line, read_module
from archdiff.parse.grammar.tree import TreeBuilder, leaf
from archdiff.parse.lines import Lines
from archdiff.parse.tokens import balance


class Print(NamedTuple):
    """One print that was read.

    Args:
        root: its tree.
        first: its first line, counted from 0.
        last: its last line.
        elided: whether lines were cut out of it.
        facts: what its tree does not hold: the input of a summary table, a forward that is printed behind it.
    """

    root: Layer
    first: int
    last: int
    elided: bool = False
    facts: tuple[Fact, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing of it was cut out, and it is no part of another network."""
        return not self.elided and not self.root.name and unclosed(self.root) is None  # a name is given by a parent


def unclosed(root: Layer) -> Layer | None:
    """The innermost layer whose bracket is never closed."""
    found, layer = None, root
    while isinstance(layer.layout, LayerLayout) and layer.layout.cut:
        found = layer
        if not layer.children:
            break
        layer = layer.children[-1]
    return found


def opening_line(layer: Layer) -> str:
    """The line that opens a layer, its text at its original column."""
    text = layer.layout.opening if isinstance(layer.layout, LayerLayout) else layer.layout
    return " " * (layer.span.column - 1) + str(text or "").strip()


def read_print(lines: Lines, first: int, stop: int, column: int = 0) -> Print:
    """One printed module.

    Args:
        lines: cleaned lines.
        first: the line of its root, counted from 0.
        stop: the first line that cannot belong to it.
        column: where on its line the root begins.

    Raises:
        ReadError: it nests too deep, or a folded line makes no sense.
    """
    line = lines.texts[first]
    text = line[column:].strip()
    entry = read_line(text) if text[:1] == "(" else read_module(text)
    if not line[:column].strip():
        column = 0
    if entry.shape is not LineKind.OPEN:
        return Print(leaf(lines, entry, first, line[column:], column), first, first, entry.elided)
    found = _read(TreeBuilder(lines, False, stop), entry, first, stop, column)
    if unclosed(found.root) or _orphaned(lines, found.last, stop):
        # A line is missing or too many somewhere inside, so that brackets mislead: try the indentation.
        other = _read(TreeBuilder(lines, True, stop), entry, first, stop, column)
        if not unclosed(other.root) and (other.last > found.last or unclosed(found.root)):
            return Print(other.root, other.first, other.last, elided=True)
    return found._replace(elided=True) if _is_torn(lines, first, found.last, stop) else found


def read_fragment(lines: Lines, first: int, stop: int) -> tuple[Print | None, int]:
    """Children whose parent's line is lost: one tree, or several as the children of a layer without a class.

    Args:
        lines: cleaned lines.
        first: the line of the first child, counted from 0.
        stop: the first line that cannot belong to it.

    Returns:
        The print, None where a few words in brackets are no network; and the last line that was looked at.
    """
    children: list[Layer] = []
    body: list[str | None] = []
    index = last = first
    while index < stop:
        shape = read_line(lines.texts[index].strip()).shape
        if shape is LineKind.LEAF or shape is LineKind.OPEN:
            found = read_print(lines, index, stop)
            children.append(found.root)
            body.append(None)
            last = index = found.last
        elif shape is LineKind.BLANK:
            body.append(lines.texts[index])
        else:
            break
        index += 1
    if not any(child.class_name and (child.children or child.settings) for child in children):
        return None, last
    if len(children) == 1:
        return (Print(children[0], first, last, elided=True) if children[0].children else None), last
    while body[-1] is not None:
        body.pop()
    layout = LayerLayout(None, tuple(body), None, False, 0, (), len(children))
    root = Layer("", "", (), tuple(children), span=lines.span(first), layout=layout)
    return Print(root, first, last, elided=True), last


def _read(builder: TreeBuilder, entry: ParsedLine, first: int, stop: int, column: int) -> Print:
    line = builder.lines.texts[first]
    builder.open(entry, first, line[column:], column)
    builder.spare = max(balance(line[:column]), 0) + _opens(builder.lines, first)
    if line.rstrip().endswith("(("):  # was met closed by one bracket; a second one behind the root's does no harm
        builder.stack[0].needs = 1
        builder.spare += 1
    index = first + 1
    while index < stop:
        root = builder.take(index)
        if root is not None:
            return Print(root, first, builder.last, builder.elided)
        index = 1 + (builder.last if builder.last > index else index)  # further on behind a block that was read before
    return Print(builder.cut_off(), first, builder.last, builder.elided)


def _orphaned(lines: Lines, last: int, stop: int) -> bool:
    """Whether children or closing brackets follow right behind the end of a print."""
    if last + 1 >= stop:
        return False
    shape = read_line(lines.texts[last + 1].strip()).shape
    return shape is LineKind.CLOSE or shape is LineKind.OPEN or shape is LineKind.LEAF


def _opens(lines: Lines, first: int) -> bool:
    """Whether the line before a print opens a bracket."""
    return first > 0 and lines.texts[first - 1].rstrip()[-1:] in ("(", "[")


def _is_torn(lines: Lines, first: int, last: int, stop: int) -> bool:
    """Whether more of a print follows behind its end.

    Not where a line before it opened a bracket, or another print begins on its last line: `) Net (`.
    """
    return not _opens(lines, first) and lines.texts[last].rstrip()[-1:] == ")" and _orphaned(lines, last, stop)
