"""Printed modules, as `Module.__repr__` writes them: lines -> a tree of layers with all that prints it back.

Nothing is lost: what is not understood is kept in the layout of its layer. Must not look for prints in other text:
`readers` do.
"""

from __future__ import annotations

from typing import NamedTuple

from archdiff.model.facts import Fact
from archdiff.model.network import Layer
from archdiff.parse.grammar.layout import Layout
from archdiff.parse.grammar.line import Entry, Shape, read_line, read_module
from archdiff.parse.grammar.tree import Reader, leaf
from archdiff.parse.lines import Lines


class Print(NamedTuple):
    """One print that was read: lines `first` to `last`, counted from 0."""

    root: Layer
    first: int
    last: int
    elided: bool = False  # lines were cut out of it
    facts: tuple[Fact, ...] = ()  # the input of a summary table, the forward that is printed behind it

    @property
    def complete(self) -> bool:
        return not self.elided and not self.root.name and unclosed(self.root) is None  # a name is given by a parent


def unclosed(root: Layer) -> Layer | None:
    """The innermost layer whose bracket is never closed."""
    found, layer = None, root
    while isinstance(layer.layout, Layout) and layer.layout.cut:
        found = layer
        if not layer.children:
            break
        layer = layer.children[-1]
    return found


def opening_line(layer: Layer) -> str:
    """The line that opens a layer, its text at its original column."""
    text = layer.layout.opening if isinstance(layer.layout, Layout) else layer.layout
    return " " * (layer.span.column - 1) + str(text or "").strip()


def read_print(lines: Lines, first: int, stop: int, column: int = 0) -> Print:
    """The print whose root stands on line `first` from `column` on; it ends before line `stop` at the latest."""
    line = lines.texts[first]
    text = line[column:].strip()
    entry = read_line(text) if text[:1] == "(" else read_module(text)
    if not line[:column].strip():
        column = 0
    if entry.shape is not Shape.OPEN:
        return Print(leaf(lines, entry, first, line[column:], column), first, first, entry.elided)
    found = _read(Reader(lines, False, stop), entry, first, stop, column)
    if unclosed(found.root) or _orphaned(lines, found.last, stop):
        # A line is missing or too many somewhere inside, so that brackets mislead: try the indentation.
        other = _read(Reader(lines, True, stop), entry, first, stop, column)
        if not unclosed(other.root) and (other.last > found.last or unclosed(found.root)):
            return Print(other.root, other.first, other.last, elided=True)
    return found._replace(elided=True) if _is_torn(lines, first, found.last, stop) else found


def read_fragment(lines: Lines, first: int, stop: int) -> tuple[Print | None, int]:
    """Children whose parent's line is lost: one tree, or several as the children of a layer without a class.

    With the last line that was looked at: a few words in brackets are no network.
    """
    children: list[Layer] = []
    body: list[str | None] = []
    index = last = first
    while index < stop:
        shape = read_line(lines.texts[index].strip()).shape
        if shape is Shape.LEAF or shape is Shape.OPEN:
            found = read_print(lines, index, stop)
            children.append(found.root)
            body.append(None)
            last = index = found.last
        elif shape is Shape.BLANK:
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
    layout = Layout(None, tuple(body), None, False, 0, (), len(children))
    root = Layer("", "", (), tuple(children), span=lines.span(first), layout=layout)
    return Print(root, first, last, elided=True), last


def _read(reader: Reader, entry: Entry, first: int, stop: int, column: int) -> Print:
    line = reader.lines.texts[first]
    reader.open(entry, first, line[column:], column)
    if line.rstrip().endswith("(("):  # seen closed by one bracket; a second one behind the root's does no harm
        reader.stack[0].needs = 1
    index = first + 1
    while index < stop:
        root = reader.take(index)
        if root is not None:
            return Print(root, first, reader.last, reader.elided)
        index = max(index, reader.last) + 1  # `last` is further on behind a block that was read before
    return Print(reader.cut_off(), first, reader.last, reader.elided)


def _orphaned(lines: Lines, last: int, stop: int) -> bool:
    """Whether children or closing brackets follow right behind the end of a print."""
    if last + 1 >= stop:
        return False
    shape = read_line(lines.texts[last + 1].strip()).shape
    return shape is Shape.CLOSE or shape is Shape.OPEN or shape is Shape.LEAF


def _is_torn(lines: Lines, first: int, last: int, stop: int) -> bool:
    """Whether more of a print follows behind its end, where no line before it opened a bracket and no other print
    begins on its last line: `) Net (`."""
    opened = first > 0 and lines.texts[first - 1].rstrip()[-1:] in ("(", "[")
    return not opened and lines.texts[last].rstrip()[-1:] == ")" and _orphaned(lines, last, stop)
