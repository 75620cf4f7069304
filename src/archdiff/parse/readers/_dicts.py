"""Modules inside what Python prints of its dicts and lists: read where they are named, else refused in place.

    {'fc': Linear(in_features=2, out_features=3, bias=True), 'act': ReLU()}
    OrderedDict([('fc', Linear(in_features=2, out_features=3, bias=True)), ('act', ReLU())])

A dict names its modules and keeps the order in which they were put in, as a print of their parent does. A list says
neither. Must not take other dicts for modules.
"""

from __future__ import annotations

import re
from typing import Final

from archdiff.model.errors import ReadError
from archdiff.model.network import Layer
from archdiff.parse.grammar.layout import LayerLayout
from archdiff.parse.grammar.line import LineKind, ParsedLine, read_line
from archdiff.parse.grammar.module import Print
from archdiff.parse.grammar.tree import leaf
from archdiff.parse.lines import Lines
from archdiff.parse.tokens import closing, cut, indent

_NEAR: Final = 2_000  # characters of a line in which they begin
_LENGTH: Final = 100_000  # characters of a line that is read
_KEY: Final = r"(?:'[^']{0,100}'|\"[^\"]{0,100}\"|\d{1,9})"
_HELD = re.compile(
    r"(?<![\w)\]])(OrderedDict\([\[{]|dict_values\(\[|[\[{(])\s*\(?\s*"
    rf"(?:{_KEY}\s*[:,]\s*)?[A-Z]\w{{0,100}}\((?:\)|\d+[,)]|[a-z_]\w{{0,50}}=)"
)
_PAIR = re.compile(rf"\(?({_KEY})(: ?|, ?)(.*)", re.DOTALL)
_CALLED: Final = {"{": "a dict", "O": "an OrderedDict", "(": "a tuple"}
_WAY_OUT: Final = "print the module that runs them: print(model); or put them into nn.Sequential and print that"


def read_held(lines: Lines, index: int) -> Print | ReadError | None:
    """The modules of a dict on one line, as a network without a class; an error where others stand."""
    text = lines.texts[index]
    held = _HELD.search(text[:_NEAR] + _below(lines, index))
    if held is None:
        return None
    children = _children(lines, index, held)
    if children:
        layout = LayerLayout(None, (None,) * len(children), None, False, 0, (), len(children))
        root = Layer("", "", (), children, span=lines.span(index), layout=layout)
        return Print(root, index, index)
    what = f"modules inside {_CALLED.get(held[1][0], 'a list')}, which is no network"
    return lines.error(what, lines.span(index, held.start(1), held.end()), _WAY_OUT)


def _below(lines: Lines, index: int) -> str:
    """The next line, where this one only opens a list."""
    opens = lines.texts[index][-9:].strip()[-1:] in ("[", "{") and index + 1 < len(lines.texts)
    return " " + lines.texts[index + 1][:_NEAR] if opens else ""


def _children(lines: Lines, index: int, held: re.Match[str]) -> tuple[Layer, ...]:
    """Every entry as a layer; nothing where one is none, or where the dict goes on in the next line."""
    text = lines.texts[index]
    begin = held.end(1) - 1
    end = closing(text, begin) if len(text) <= _LENGTH and begin < len(text) else -1
    if end < 0 or held[1][0] not in "{O":
        return ()
    children: list[Layer] = []
    position = begin + 1
    for piece in cut(text[begin + 1 : end]):
        entry, line = _entry(piece.strip())
        if entry is None:
            return ()
        column = position + indent(piece)
        children.append(leaf(lines, entry, index, line, column))
        position += len(piece) + 1
    return tuple(children)


def _entry(piece: str) -> tuple[ParsedLine | None, str]:
    """`'fc': Linear(...)` or `('fc', Linear(...))` as the line of a child."""
    pair = _PAIR.fullmatch(piece)
    if pair is None or (piece[0] == "(") is not (pair[2][0] == ","):
        return None, ""
    module = pair[3].rstrip()[:-1] if piece[0] == "(" else pair[3]
    line = f"({pair[1].strip(chr(39) + chr(34))}): {module}"
    entry = read_line(line)
    return (entry, line) if entry.shape is LineKind.LEAF and entry.class_name and not entry.closes else (None, "")
