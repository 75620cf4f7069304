"""The tree of a printed module, line by line: which layer a line belongs to, and where each layer ends.

Brackets decide, or the indentation where the brackets are damaged. Never recursive, so depth costs no stack. Must not
decide what a single line says: `line` does.
"""

from __future__ import annotations

import re
from typing import Final, assert_never

from archdiff.model.network import Layer, Setting, Span
from archdiff.parse.blocks import BlockText, InternedBlock
from archdiff.parse.grammar.blocks import block_text, placed, read_block
from archdiff.parse.grammar.layout import LayerLayout
from archdiff.parse.grammar.line import LineKind, ParsedLine, read_line
from archdiff.parse.grammar.settings import read_settings
from archdiff.parse.lines import MAX_DEPTH, MAX_REPEAT, Lines
from archdiff.parse.tokens import CLASS, balance, indent

_ROOT: Final = re.compile(rf"(?<![\w.])(?<!::)(?:\([^()\s]+\):\s?(?:\d+ x )?)?({CLASS}) ?\((?:[^()]*\)\()?[-=(\s]*$")
_LAST: Final = 120  # characters of a line in which the class of a root must stand
_PARAMETERS = re.compile(rf"\s*({CLASS})\(  \([^()\s]+\): \w")
_PARAMETERS_LINE: Final = 1_000
_GOES_ON: Final = 12  # lines of other text that may stand inside a print: warnings, progress
_NAMED = re.compile(r"[^\W\d]\w*\s?=\s?\S")


def find_root(text: str) -> int:
    """Where on a line the layer begins, with its name, whose bracket stays open at the end; -1 where there is none."""
    stripped = text.rstrip(" \t\r-=")
    if not stripped.endswith("("):
        return _parameters_root(text)
    match = _ROOT.search(stripped, max(0, len(stripped) - _LAST))
    return match.start() if match else -1


def _parameters_root(text: str) -> int:
    """`ParameterDict(  (w): Parameter containing: [...]`: the first child stands on the line of its parent."""
    if "(  (" not in text or len(text) > _PARAMETERS_LINE:
        return -1
    match = _PARAMETERS.match(text)
    return match.start(1) if match and balance(text) > 0 else -1


class _OpenLayer:
    """A layer whose closing bracket is still to come."""

    __slots__ = (
        "block",
        "body",
        "children",
        "column",
        "entry",
        "hanging",
        "indent",
        "index",
        "needs",
        "opening",
        "repeat",
        "texts",
    )

    def __init__(self, entry: ParsedLine, index: int, opening: str, column: int, repeat: int) -> None:
        self.entry = entry
        self.index = index
        self.opening = opening
        self.column = column  # where `opening` begins on its line
        self.repeat = repeat  # of the whole path
        self.needs = entry.unclosed
        self.indent = 0
        self.hanging = 0  # brackets that lines of settings left open
        self.children: list[Layer] = []
        self.texts: list[str] = []
        self.body: list[str | None] | None = None
        self.block: BlockText | None = None  # that opens here, if it ends where it should

    def keep(self, line: str) -> None:
        if self.body is None:
            self.body = [None] * (len(self.children) - len(self.entry.inner))
        self.body.append(line)


class TreeBuilder:
    """The layers that are open, from the root down; takes one line after the other."""

    __slots__ = ("alone", "by_indent", "elided", "last", "lines", "margin", "odd", "spare", "stack", "stop")

    def __init__(self, lines: Lines, by_indent: bool, stop: int) -> None:
        self.lines = lines
        self.stop = stop  # the first line that cannot belong to the print
        self.by_indent = by_indent  # indentation, not brackets, tells what belongs to what
        self.stack: list[_OpenLayer] = []
        self.elided = False
        self.spare = 0  # brackets that may be closed behind the root: they were opened before it
        self.last = 0  # the last line that was no blank
        self.margin = 0  # text that begins left of this may stand behind the print
        self.odd = -1  # the last line whose reading depends on more than its block
        self.alone = -1  # the last line that kept a block from being read at one go

    def take(self, index: int) -> Layer | None:
        """One more line; the root as soon as it is closed, or cut off."""
        text = self.lines.texts[index]
        stripped = text.strip()
        entry = read_line(stripped)
        if self.by_indent and not self._aligned(entry, text):
            return None
        frame = self.stack[-1]
        match entry.shape:
            case LineKind.LEAF:
                if frame.body is not None:
                    frame.body.append(None)
                if entry.elided:
                    self.elided, self.odd = True, index
                self.last = index
                frame.children.append(leaf(self.lines, entry, index, text, 0, frame.repeat))
                return self.close(None, entry.closes) if entry.closes else None
            case LineKind.OPEN:
                if frame.body is not None:
                    frame.body.append(None)
                self._open_line(entry, index, text)
                return None
            case LineKind.CLOSE:
                if entry.elided:
                    self.elided, self.odd = True, index
                self.last = index
                return self._close_line(text)
            case LineKind.TEXT:
                return self._text(entry, text, index)
            case LineKind.BLANK:
                frame.keep(text)
                return None
            case _:
                assert_never(entry.shape)

    def _open_line(self, entry: ParsedLine, index: int, text: str) -> None:
        """A layer whose body follows, or was read before."""
        around = self.stack[-1]
        if indent(text) <= around.indent:
            self.odd = index
        block = None
        if not self.by_indent and indent(text) >= self.margin:  # left of the root, text may be none of the print's
            block = block_text(self.lines, entry, index, self.stop, len(self.stack), around.repeat)
        known = self._inside(entry, index, block) if block else None
        if block and known:
            if entry.repeat != 1:
                _check_repeat(self.lines, index, entry, around.repeat)
            around.children.append(placed(self.lines, entry, index, block.end, known))
            self.last = block.end
        else:
            self.open(entry, index, text, 0)
            self.stack[-1].block = block

    def _inside(self, entry: ParsedLine, index: int, block: BlockText) -> InternedBlock | None:
        """What stands in a block, where its lines need not be read one by one."""
        known = self.lines.blocks.get(block.key)
        if known or entry.repeat != 1 or entry.elided or self.odd == index or len(self.stack) >= MAX_DEPTH:
            return known
        if index < self.alone < block.end:
            return None
        found = read_block(self.lines, index, block)
        if isinstance(found, int):
            self.alone = found
            return None
        return found

    def open(self, entry: ParsedLine, index: int, opening: str, column: int) -> None:
        """A layer whose body follows."""
        if len(self.stack) >= MAX_DEPTH:
            raise self.lines.error(f"nested deeper than {MAX_DEPTH} levels", self.lines.span(index), _TOO_DEEP)
        if entry.elided:
            self.elided, self.odd = True, index
        around = self.stack[-1].repeat if self.stack else 1
        _check_repeat(self.lines, index, entry, around)
        frame = _OpenLayer(entry, index, opening, column, entry.repeat * around)
        frame.indent = indent(self.lines.texts[index])
        frame.children += [leaf(self.lines, inner, index, opening, 0, frame.repeat) for inner in entry.inner]
        if not self.stack:
            self.margin = frame.indent + 1
        self.stack.append(frame)
        self.last = index

    def close(self, closing: str | None, closers: int) -> Layer | None:
        """Close so many brackets; the root as soon as its own is among them.

        `closing`: their line, unless a layer has it.
        """
        while closers > 0:
            frame = self.stack[-1]
            taken = min(closers, frame.needs)
            closers -= taken
            frame.needs -= taken
            if frame.needs:
                if closing is not None:
                    frame.keep(closing)
                return None
            layer = self._pop(closing)
            closing = None
            if not self.stack:
                self.elided |= closers > self.spare
                return layer
        return None

    def _pop(self, closing: str | None, cut: bool = False) -> Layer:
        frame = self.stack.pop()
        layer = _closed(self.lines, frame, closing, cut)
        whole = closing is not None and frame.block is not None and frame.block.end == self.last
        if whole and self.odd < frame.index:
            self._remember(frame, layer)
        if self.stack:
            self.stack[-1].children.append(layer)
        return layer

    def _remember(self, frame: _OpenLayer, layer: Layer) -> None:
        assert frame.block is not None
        assert isinstance(layer.layout, LayerLayout)
        block = InternedBlock(layer.settings, layer.children, layer.layout.body, layer.span.line)
        self.lines.blocks[frame.block.key] = block

    def _close_line(self, text: str) -> Layer | None:
        frame = self.stack[-1]
        stripped = text.strip()
        closers = stripped[: len(stripped) - len(stripped.lstrip(") "))].count(")")
        if frame.hanging:  # of a module inside settings: `nn=Sequential(`
            taken = min(closers, frame.hanging)
            frame.hanging -= taken
            if taken == closers:
                frame.keep(text)
                return None
            closers -= taken
        return self.close(text, closers)

    def _text(self, entry: ParsedLine, text: str, index: int) -> Layer | None:
        frame = self.stack[-1]
        inset = indent(text)
        if not frame.hanging and inset < self.margin and not self._goes_on(index):
            return self.cut_off()
        if _DIFF.match(text):
            raise self.lines.error("a line of a diff, which is two prints in one", self.lines.span(index), _NO_DIFF)
        self.last = index
        self.elided |= entry.elided or _stands_for_more(frame, text)
        if entry.elided or inset <= frame.indent:
            self.odd = index
        if not frame.hanging and _closes(text, entry):
            of_layers = max(-entry.unclosed - (frame.needs - 1 if frame.entry.begun else 0), 1)  # not of a value
            frame.texts.append(text.strip().rstrip(",")[:-of_layers])
            return self.close(text, -entry.unclosed)
        _add_text(frame, text, entry)
        return None

    def _goes_on(self, index: int) -> bool:
        """Whether the print goes on behind a line of text that stands as far left as its root."""
        if find_root(self.lines.texts[index]) >= 0:
            return False
        for text in self.lines.texts[index + 1 : index + 1 + _GOES_ON]:
            shape = read_line(text.strip()).shape
            if shape is not LineKind.TEXT and shape is not LineKind.BLANK:
                return True
            if shape is LineKind.TEXT and find_root(text) >= 0:
                return False
        return False

    def _aligned(self, entry: ParsedLine, text: str) -> bool:
        """Close what the indentation closes. False for a bracket that closes nothing, which is kept and skipped."""
        inset = indent(text)
        if entry.shape is LineKind.LEAF or entry.shape is LineKind.OPEN:
            while len(self.stack) > 1 and self.stack[-1].indent >= inset:
                self._pop(None)
        elif entry.shape is LineKind.CLOSE:
            while len(self.stack) > 1 and self.stack[-1].indent > inset:
                self._pop(None)
            if self.stack[-1].indent < inset:
                self.stack[-1].keep(text)
                return False
        return True

    def cut_off(self) -> Layer:
        """The root of a print that ended before its brackets were closed."""
        while True:
            body = self.stack[-1].body
            while body and body[-1] is not None and not body[-1].strip():
                body.pop()
            layer = self._pop(None, cut=True)
            if not self.stack:
                return layer


_DIFF = re.compile(r"\s*[-+]\s*\([^()\s]+\): ")
_NO_DIFF = "give the print before the change and the one behind it"
_NAMELESS = re.compile(rf"{CLASS} ?\(.*\)")  # a layer among others whose name was lost
_TOO_DEEP = "no real network nests so deep; is this the print of a module?"
_RANGE = re.compile(r"(\d+)(?:-(\d+))?", re.ASCII)
_RANGES = re.compile(r"\d{1,20}(?:-\d{1,20})?(?:, \d{1,20}(?:-\d{1,20})?)*", re.ASCII)
_COUNT = "torch never prints this; correct the name or the count"
_TOO_MANY = f"archdiff reads up to {MAX_REPEAT:,} modules from one folded line"


def leaf(lines: Lines, entry: ParsedLine, index: int, text: str, column: int = 0, around: int = 1) -> Layer:
    """A layer that stands on one line; `around`: the repeats that it stands in."""
    if entry.repeat != 1:
        _check_repeat(lines, index, entry, around)
    stripped = text.strip()
    column += lines.columns[index] + len(text) - len(text.lstrip()) + 1
    span = Span(lines.source, lines.numbers[index], column, len(stripped))
    around *= entry.repeat
    children = tuple(leaf(lines, inner, index, text, 0, around) for inner in entry.inner) if entry.inner else ()
    return Layer(entry.name, entry.class_name, entry.settings, children, entry.repeat, "", span, text)


def _closed(lines: Lines, frame: _OpenLayer, closing: str | None, cut: bool = False) -> Layer:
    entry = frame.entry
    settings = entry.settings
    if frame.texts:
        begun = [entry.begun] if entry.begun else []
        settings = () if begun else settings
        settings += _body_settings(entry.class_name, [*begun, *frame.texts])
    opening = frame.opening
    column = lines.columns[frame.index] + frame.column + len(opening) - len(opening.lstrip()) + 1
    span = Span(lines.source, lines.numbers[frame.index], column, len(opening.strip()))
    body = None if frame.body is None else tuple(frame.body)
    children = tuple(frame.children)
    layout = LayerLayout(opening, body, closing, cut, len(entry.inner), settings, len(children))
    return Layer(entry.name, entry.class_name, settings, children, entry.repeat, "", span, layout)


def _stands_for_more(frame: _OpenLayer, text: str) -> bool:
    """Whether a line of text behind children stands for others that were cut out.

    Hardly anything prints settings there, and what a log adds is not indented like a child.
    """
    if not frame.children or frame.hanging:
        return False
    stripped = text.strip()
    return _NAMELESS.fullmatch(stripped) is not None or (
        indent(text) > frame.indent + 1 and stripped[:1] not in "#/)" and "=" not in stripped
    )


def _check_repeat(lines: Lines, index: int, entry: ParsedLine, around: int) -> None:
    """A folded line stands for as many modules as its name lists; `around`: the repeats that it stands in."""
    if entry.repeat * around > MAX_REPEAT:
        raise lines.error(f"stands for more than {MAX_REPEAT:,} modules", lines.span(index), _TOO_MANY)
    if entry.repeat != 1 and "-" in entry.name and _RANGES.fullmatch(entry.name):
        listed = sum(max(int(last or first) - int(first) + 1, 0) for first, last in _RANGE.findall(entry.name))
        if listed != entry.repeat:
            message = f"({entry.name}) lists {listed:,} modules, not {entry.repeat:,}"
            raise lines.error(message, lines.span(index), _COUNT)
    if not entry.repeat:
        raise lines.error("0 x: a folded line stands for one module or more", lines.span(index), _COUNT)


def _closes(text: str, entry: ParsedLine) -> bool:
    """The last line of settings that began on the first: `bias=True)`."""
    return entry.unclosed < 0 and text.rstrip().rstrip(",").endswith(")")


def _add_text(frame: _OpenLayer, text: str, entry: ParsedLine) -> None:
    """Keep a line that is no child. Settings come first; behind the children only `name=value` is taken for one."""
    stripped = text.strip()
    if frame.hanging or stripped[-1] in ",([{":
        frame.hanging = max(frame.hanging + entry.unclosed, 0)
    frame.keep(text)
    comment = stripped.startswith("# ")  # of somebody; what prints `#params: 9.41K` leaves no blank
    if not entry.elided and not comment and (not frame.children or _NAMED.match(stripped)):
        frame.texts.append(stripped)


def _body_settings(class_name: str, texts: list[str]) -> tuple[Setting, ...]:
    """Lines of settings; one whose brackets stay open, or that ends before a value, goes on in the next."""
    settings: list[Setting] = []
    pending: list[str] = []
    unclosed = 0
    for text in texts:
        pending.append(text)
        unclosed += balance(text)
        if unclosed <= 0 and not text.rstrip().endswith("="):
            settings += read_settings(class_name, " ".join(pending))
            pending, unclosed = [], 0
    return (*settings, *read_settings(class_name, " ".join(pending))) if pending else tuple(settings)
