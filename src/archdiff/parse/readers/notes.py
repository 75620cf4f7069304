"""Any text with printed networks in it: notes, READMEs, logs, a plain file. Finds where they stand.

A print is known by a line that ends in `Class(` with a child line `(name): ...` below it. Must not know
how a layer is printed (`grammar` does) nor what a network is called (`_page` does).
"""

from __future__ import annotations

import re
from typing import Final

from archdiff.model.errors import ReadError
from archdiff.model.facts import FORWARD, Fact, Provenance
from archdiff.parse.blocks import Blocks
from archdiff.parse.cleaners import clean, lost_breaks, wraps
from archdiff.parse.cleaners.prefixes import cut_prefix
from archdiff.parse.document import Document
from archdiff.parse.grammar.layout import LayerLayout
from archdiff.parse.grammar.line import LineKind, read_line
from archdiff.parse.grammar.module import Print, read_fragment, read_print
from archdiff.parse.grammar.recipe import read_recipe
from archdiff.parse.grammar.state_dict import nameless
from archdiff.parse.grammar.tree import find_root
from archdiff.parse.lines import Lines, split
from archdiff.parse.readers import Format
from archdiff.parse.readers._dicts import read_held
from archdiff.parse.readers._grid import SIGNS
from archdiff.parse.readers._lua import read_lua
from archdiff.parse.readers._page import Page, document_of, read_heading
from archdiff.parse.readers._summary_table import read_table
from archdiff.parse.tokens import LEAF_ROOT

LOOK_AHEAD: Final = 40  # lines of settings that may stand between a root and its first child

_FENCE = re.compile(r"\s*(?:[*+-]\s+|\d+\.\s+)?(```+|~~~+)")
_CHILD = re.compile(r"\s*\([^()]{0,200}\)(?::\s?| - )\S")
_CODE_END = "# To see more debug info"


def find_networks(lines: Lines) -> Document:
    """What a text holds that is free of colours, entities and the like.

    A dict of modules counts where there is nothing better: beside a print it is an argument or a piece of code.
    """
    page = _survey(lost_breaks.clean(wraps.clean(lines)))
    page.prints = page.prints or page.held
    return document_of(page)


def _survey(lines: Lines) -> Page:
    """One pass over the text."""
    page = Page(lines, fences=_fences(lines))
    ends = dict(page.fences)
    index, inside = 0, -1  # the line that ends the fence we are in
    while index < len(lines.texts):
        if index in ends:
            inside = ends[index]
            _only_leaf(page, index, inside)
        else:
            stop = inside if index < inside else len(lines.texts)
            last = _found(page, index, stop)
            if last < 0 and index > inside and (heading := read_heading(page.lines, index)):
                page.headings.append(heading)
            index = max(index, last)
        index += 1
    return page


def _found(page: Page, index: int, stop: int) -> int:
    """Add the print or recipe that begins on a line to the page; its last line, or -1."""
    text = page.lines.texts[index]
    table = read_table(page.lines, index, stop) if any(sign in text for sign in SIGNS) else None
    if isinstance(table, Print):
        page.prints.append((table, 0))
        return table.last
    if table is not None:
        page.refused.append(table)
        return index
    if lua := read_lua(page.lines, index, stop):
        page.refused.append(lua[0])
        return lua[1]
    if text.lstrip()[:1] == "(" and read_line(text.strip()).shape in (LineKind.LEAF, LineKind.OPEN):
        fragment, last = read_fragment(page.lines, index, stop)
        page.prints += [(fragment, 0)] if fragment else []
        return last
    column = find_root(text)
    if column >= 0 and not _is_root(page.lines, index, stop):
        cut_prefix(page.lines, index, min(stop, len(page.lines.texts)))
        column = find_root(page.lines.texts[index]) if _is_root(page.lines, index, stop) else -1
    last = -1
    while column >= 0:
        found = _with_code(page.lines, read_print(page.lines, index, stop, column), stop)
        page.prints.append((found, column))
        index = last = found.last
        column = find_root(page.lines.texts[last])  # the next print may begin where this one ends: `) Net (`
        column = column if last > found.first and column > 0 and _is_root(page.lines, last, stop) else -1
    if part := read_recipe(page.lines, index, stop):  # also where a print ends: `), Adam (`
        page.recipes.append(part)
        last = part.last
    if last < 0 and (state := nameless(text)):
        page.refused.append(page.lines.error(state, page.lines.span(index), "write its class above: StepLR"))
    elif last < 0 and (held := read_held(page.lines, index)):
        if isinstance(held, ReadError):
            page.refused.append(held)
        else:
            page.held.append((held, 0))
    return last


def _fences(lines: Lines) -> list[tuple[int, int]]:
    """Fenced blocks. A fence that is never closed reaches to the end."""
    fences: list[tuple[int, int]] = []
    opened, mark = -1, ""
    whole = "\n".join(lines.texts)
    if "`" not in whole and "~" not in whole:
        return []
    for index, text in enumerate(lines.texts):
        fence = _FENCE.match(text)
        if fence is None:
            continue
        if opened < 0:
            opened, mark = index, fence[1]
        elif fence[1].startswith(mark) and not text[fence.end() :].strip():
            fences.append((opened, index))
            opened = -1
    return [*fences, (opened, len(lines.texts))] if opened >= 0 else fences


def _only_leaf(page: Page, first: int, last: int) -> None:
    """A fence that holds one `Class(settings)` and nothing else is a network of one layer."""
    inside = [index for index in range(first + 1, min(last, first + 20)) if page.lines.texts[index].strip()]
    if len(inside) == 1 and last - first <= 20 and LEAF_ROOT.fullmatch(page.lines.texts[inside[0]].strip()):
        page.prints.append((read_print(page.lines, inside[0], last), 0))


def _is_root(lines: Lines, index: int, stop: int) -> bool:
    """Below `Class(` stands a child, or settings and then a child."""
    for text in lines.texts[index + 1 : min(index + LOOK_AHEAD, stop)]:
        if _CHILD.match(text):
            return True
        if text.lstrip()[:1] in (")", "`") or (text.rstrip()[-1:] == "(" and find_root(text) >= 0):
            return False
    return False


def _with_code(lines: Lines, found: Print, stop: int) -> Print:
    """`print` of a GraphModule adds the code of its forward behind the modules, and people paste theirs there."""
    index = found.last + 1
    while index < min(stop, found.last + 6) and not lines.texts[index].strip():
        index += 1
    layout = found.root.layout
    if index >= stop or not lines.texts[index].startswith("def forward(") or not isinstance(layout, LayerLayout):
        return found
    last = index
    for below in range(index + 1, stop):
        text = lines.texts[below]
        if text.strip() and not text[0].isspace():
            last = below if text.startswith(_CODE_END) else last
            break
        last = below if text.strip() else last
    code = tuple((lines.numbers[each], lines.texts[each]) for each in range(index, last + 1))
    closing = "\n".join([layout.closing or "", *lines.texts[found.last + 1 : last + 1]])
    root = found.root._replace(layout=layout._replace(closing=closing))
    return found._replace(root=root, last=last, facts=(*found.facts, Fact(FORWARD, code, Provenance.PRINTED)))


def read_lines(source: str, text: str, blocks: Blocks | None = None) -> Document:
    """All networks of a text as it stands in its file."""
    return find_networks(clean(split(source, text, blocks)))


FORMAT = Format("notes", 90, lambda _text: True, read_lines)
