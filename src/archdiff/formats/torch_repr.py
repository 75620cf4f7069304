"""Printed modules, as `Module.__repr__` writes them: lines -> a tree of layers, and a tree -> the same lines.

Brackets decide the nesting, not the indentation, which people change. Nothing is lost: what is not understood is kept
in the layout of its layer. Never recursive, so depth costs no stack. Must not look for
prints in other text: `notes` does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, assert_never

from archdiff.formats._format import MAX_DEPTH, MAX_REPEAT, Format, Lines, split
from archdiff.formats._line import CLASS, Entry, Shape, read_line, read_module
from archdiff.formats._settings import balance, read_settings
from archdiff.network import Layer, Network, Setting, Span

LEAF_ROOT: Final = re.compile(rf"{CLASS} ?\(.*\)", re.DOTALL)
_ROOT: Final = re.compile(rf"(?<![\w.])(?<!::)({CLASS}) ?\((?:[^()]*\)\()?[-=(\s]*$")
_LAST: Final = 500  # characters of a line in which the class of a root must stand
_NAMED = re.compile(r"[^\W\d]\w*\s?=\s?\S")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a layer that takes several lines was printed. A leaf's layout is its line."""

    opening: str
    #: the lines between as they stand, None for the next child; None alone: children and nothing else
    body: tuple[str | None, ...] | None
    closing: str | None  # None: closed on the line of its last child, or never
    cut: bool  # never closed
    inline: int  # so many children stand on the opening line
    settings: tuple[Setting, ...]  # that these lines say, and the number of children: a changed layer is printed anew
    children: int


@dataclass(frozen=True, slots=True)
class Print:
    """One print that was read: lines `first` to `last`, counted from 0."""

    root: Layer
    first: int
    last: int
    elided: bool = False  # lines were cut out of it

    @property
    def complete(self) -> bool:
        return not self.elided and unclosed(self.root) is None


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
    text = layer.layout.opening if isinstance(layer.layout, Layout) else str(layer.layout or "")
    return " " * (layer.span.column - 1) + text.strip()


def find_root(text: str) -> int:
    """Where on a line the class begins whose bracket stays open at the end of the line; -1 where there is none."""
    stripped = text.rstrip(" \t\r-=")
    if not stripped.endswith("("):
        return -1
    match = _ROOT.search(stripped, max(0, len(stripped) - _LAST))
    return match.start() if match else -1


def read_print(lines: Lines, first: int, stop: int, column: int = 0) -> Print:
    """The print whose root stands on line `first` from `column` on; it ends before line `stop` at the latest."""
    line = lines.texts[first]
    text = line[column:].strip()
    entry = read_line(text) if text[:1] == "(" else read_module(text)
    if not line[:column].strip():
        column = 0
    if entry.shape is not Shape.OPEN:
        return Print(_leaf(lines, entry, first, line[column:], column), first, first, entry.elided)
    reader = _Reader(lines)
    reader.open(entry, first, line[column:], column)
    for index in range(first + 1, stop):
        root = reader.take(index)
        if root is not None:
            return Print(root, first, index, reader.elided)
    return Print(reader.cut_off(), first, reader.last, reader.elided)


class _Frame:
    """A layer whose closing bracket is still to come."""

    __slots__ = ("body", "children", "column", "entry", "hanging", "index", "needs", "opening", "repeat", "texts")

    def __init__(self, entry: Entry, index: int, opening: str, column: int, repeat: int) -> None:
        self.entry = entry
        self.index = index
        self.opening = opening
        self.column = column  # where `opening` begins on its line
        self.repeat = repeat  # of the whole path
        self.needs = entry.unclosed
        self.hanging = 0  # brackets that lines of settings left open
        self.children: list[Layer] = []
        self.texts: list[str] = []
        self.body: list[str | None] | None = None

    def keep(self, line: str) -> None:
        if self.body is None:
            self.body = [None] * (len(self.children) - len(self.entry.inner))
        self.body.append(line)


class _Reader:
    """The layers that are open, from the root down; takes one line after the other."""

    __slots__ = ("elided", "last", "lines", "stack")

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.stack: list[_Frame] = []
        self.elided = False
        self.last = 0  # the last line that said something

    def take(self, index: int) -> Layer | None:
        """One more line; the root once it is closed."""
        text = self.lines.texts[index]
        entry = read_line(text.strip())
        frame = self.stack[-1]
        match entry.shape:
            case Shape.LEAF:
                if frame.body is not None:
                    frame.body.append(None)
                if entry.repeat > 1:
                    _check_repeat(self.lines, index, frame.repeat * entry.repeat)
                self.elided |= entry.elided
                frame.children.append(_leaf(self.lines, entry, index, text))
            case Shape.OPEN:
                if frame.body is not None:
                    frame.body.append(None)
                self.open(entry, index, text, 0)
            case Shape.CLOSE:
                return self.close(text, len(text.strip()) - len(text.strip().lstrip(")")))
            case Shape.TEXT:
                self.elided |= entry.elided
                if frame.hanging == 0 and _closes(text, entry):
                    frame.texts.append(text.strip().rstrip(",")[: entry.unclosed])
                    return self.close(text, -entry.unclosed)
                _add_text(frame, text, entry)
            case Shape.BLANK:
                frame.keep(text)
                return None
            case _:
                assert_never(entry.shape)
        self.last = index
        return None

    def open(self, entry: Entry, index: int, opening: str, column: int) -> None:
        """A layer whose body follows."""
        if len(self.stack) >= MAX_DEPTH:
            raise self.lines.error(f"nested deeper than {MAX_DEPTH} levels", self.lines.span(index), _TOO_DEEP)
        repeat = entry.repeat * (self.stack[-1].repeat if self.stack else 1)
        _check_repeat(self.lines, index, repeat)
        frame = _Frame(entry, index, opening, column, repeat)
        frame.children += [_leaf(self.lines, inner, index, opening) for inner in entry.inner]
        self.stack.append(frame)
        self.last = index

    def close(self, text: str, closers: int) -> Layer | None:
        """Take the closing brackets of a line; the root once its own is among them."""
        closing: str | None = text
        while closers > 0:
            frame = self.stack[-1]
            taken = min(closers, frame.needs)
            closers -= taken
            frame.needs -= taken
            if frame.needs:
                if closing is not None:
                    frame.keep(text)
                return None
            layer = _closed(self.lines, self.stack.pop(), closing)
            closing = None
            if not self.stack:
                return layer
            self.stack[-1].children.append(layer)
        return None

    def cut_off(self) -> Layer:
        """The root of a print that ended before its brackets were closed."""
        while True:
            frame = self.stack.pop()
            while frame.body and frame.body[-1] is not None and not frame.body[-1].strip():
                frame.body.pop()
            layer = _closed(self.lines, frame, None, cut=True)
            if not self.stack:
                return layer
            self.stack[-1].children.append(layer)


_TOO_DEEP = "no real network nests so deep; is this the print of a module?"
_TOO_MANY = f"archdiff reads up to {MAX_REPEAT:,} modules from one folded line"


def _leaf(lines: Lines, entry: Entry, index: int, text: str, column: int = 0) -> Layer:
    stripped = text.strip()
    column += lines.columns[index] + len(text) - len(text.lstrip()) + 1
    span = Span(lines.source, lines.numbers[index], column, len(stripped))
    children = tuple(_leaf(lines, inner, index, text) for inner in entry.inner) if entry.inner else ()
    return Layer(entry.name, entry.class_name, entry.settings, children, entry.repeat, "", span, text)


def _closed(lines: Lines, frame: _Frame, closing: str | None, cut: bool = False) -> Layer:
    entry = frame.entry
    settings = entry.settings
    if frame.texts:
        settings += _body_settings(entry.class_name, frame.texts)
    opening = frame.opening
    column = lines.columns[frame.index] + frame.column + len(opening) - len(opening.lstrip()) + 1
    span = Span(lines.source, lines.numbers[frame.index], column, len(opening.strip()))
    body = None if frame.body is None else tuple(frame.body)
    children = tuple(frame.children)
    layout = Layout(opening, body, closing, cut, len(entry.inner), settings, len(children))
    return Layer(entry.name, entry.class_name, settings, children, entry.repeat, "", span, layout)


def _check_repeat(lines: Lines, index: int, repeat: int) -> None:
    if repeat > MAX_REPEAT:
        raise lines.error(f"stands for more than {MAX_REPEAT:,} modules", lines.span(index), _TOO_MANY)


def _closes(text: str, entry: Entry) -> bool:
    """The last line of settings that began on the first: `bias=True)`."""
    return entry.unclosed < 0 and text.rstrip().rstrip(",").endswith(")")


def _add_text(frame: _Frame, text: str, entry: Entry) -> None:
    """Keep a line that is no child. Settings come first; behind the children only `name=value` is taken for one."""
    stripped = text.strip()
    if frame.hanging or stripped[-1] in ",([{":
        frame.hanging = max(frame.hanging + entry.unclosed, 0)
    frame.keep(text)
    if not entry.elided and (not frame.children or _NAMED.match(stripped)):
        frame.texts.append(stripped)


def _body_settings(class_name: str, texts: list[str]) -> tuple[Setting, ...]:
    """Lines of settings; one whose brackets stay open goes on in the next."""
    settings: tuple[Setting, ...] = ()
    pending = ""
    unclosed = 0
    for text in texts:
        pending = f"{pending} {text}" if pending else text
        unclosed += balance(text)
        if unclosed <= 0:
            settings += read_settings(class_name, pending)
            pending, unclosed = "", 0
    return settings + read_settings(class_name, pending) if pending else settings


def _sniff(text: str) -> bool:
    """A text that is one `Class(settings)` and nothing else; all other prints are found by `notes`."""
    stripped = text.strip()
    return len(stripped) < 100_000 and "\n" not in stripped and LEAF_ROOT.fullmatch(stripped) is not None


def _read(source: str, text: str) -> tuple[Network, ...]:
    lines = split(source, text)
    first = next(index for index, line in enumerate(lines.texts) if line.strip())
    found = read_print(lines, first, len(lines.texts))
    return (Network(found.root, found.root.class_name, (found.root.class_name,), source, first + 1, first + 1),)


FORMAT = Format("torch_repr", 10, _sniff, _read)
