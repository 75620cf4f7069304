"""Jupyter notebooks: networks printed in cell outputs, or pasted into Markdown cells, with their places in the file.

The sources of code cells are left out: their comments would be taken for headings. Must not run anything.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Final

from archdiff.model.network import Span
from archdiff.model.places import Cell, in_cell
from archdiff.parse.blocks import Blocks
from archdiff.parse.cleaners import clean
from archdiff.parse.document import Document
from archdiff.parse.lines import Lines, split
from archdiff.parse.readers import Format
from archdiff.parse.readers.notes import find_networks, read_lines

MAX_NESTING: Final = 100  # of the JSON; a notebook has about ten levels

_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


_WAY_OUT: Final = "save it anew where it was made, or give what print(model) writes"


def _sniff(text: str) -> bool:
    """The version stands at the end, which one that was cut off has lost."""
    return text.lstrip()[:1] == "{" and '"cells"' in text and ('"nbformat"' in text or '"cell_type"' in text)


def _read_text(source: str, text: str, blocks: Blocks) -> Document:
    import json  # only for notebooks

    try:
        pairs = json.loads(text, object_pairs_hook=_JsonObject)
        cells = _cells(_located(pairs, text))
    except (ValueError, RecursionError) as error:
        document = read_lines(source, text, blocks)  # its lines are string literals
        if document.networks or not isinstance(error, json.JSONDecodeError):
            return document
        place = Span(source, error.lineno, error.colno, 1)
        raise split(source, text).error(f"a notebook that is not valid JSON: {error.msg}", place, _WAY_OUT) from None
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    texts: list[str] = []
    numbers: list[int] = []
    for cell, is_output, blocks_of_cell in cells:
        line = 1
        for block in blocks_of_cell:
            parts = [_SURROGATE.sub("�", string).removesuffix("\n").split("\n") for string in block]
            lines = [bisect_right(starts, string.offset) for string in block]
            follows = lines == [*range(lines[0], lines[0] + len(lines))] and all(len(part) == 1 for part in parts)
            first = in_cell(Cell(cell, is_output, line, lines[0]), follows and len(lines) > 1)
            count = sum(map(len, parts))
            texts += [*(each for part in parts for each in part), ""]
            numbers += range(first, first + count + 1)
            line += count
    quoted = dict(zip(numbers, texts, strict=True))
    return find_networks(clean(Lines(source, texts, numbers, [0] * len(texts), quoted, blocks)))


class _JsonObject(list[tuple[str, Any]]):
    """A JSON object in the order of the file, doubled keys and all."""


class _LocatedString(str):
    """A string with its place in the file."""

    __slots__ = ("offset",)
    offset: int


def _located(value: Any, text: str) -> Any:
    """The same values, each string with its place: strings come in the file's order, keys before their values."""
    places = _STRING.finditer(text)

    def located(node: Any, depth: int) -> Any:
        if depth > MAX_NESTING:
            raise ValueError("nested too deep")
        if isinstance(node, str):
            found = _LocatedString(node)
            found.offset = next(places).start()
            return found
        if isinstance(node, _JsonObject):
            return _JsonObject([(located(key, depth + 1), located(item, depth + 1)) for key, item in node])
        return [located(item, depth + 1) for item in node] if isinstance(node, list) else node

    return located(value, 0)


def _cells(notebook: Any) -> Iterator[tuple[int, bool, list[list[_LocatedString]]]]:
    """What people read of a notebook, cell by cell: its number, whether it is what it put out, blocks of strings.

    Until 2015 (nbformat 3) cells stood in worksheets.
    """
    sheets = [notebook, *(_get(notebook, "worksheets") or [])]
    for number, cell in enumerate((cell for sheet in sheets for cell in _get(sheet, "cells") or []), 1):
        if _get(cell, "cell_type") in ("markdown", "raw"):
            yield number, False, _located_in([_get(cell, "source")])
        outputs = _get(cell, "outputs") or []
        held = [part for each in outputs for part in (_get(each, "text"), _get(_get(each, "data"), "text/plain"))]
        yield number, True, _located_in(held)


def _located_in(blocks: list[Any]) -> list[list[_LocatedString]]:
    lists = ([block] if isinstance(block, str) else block if isinstance(block, list) else [] for block in blocks)
    found = ([string for string in strings if isinstance(string, _LocatedString)] for strings in lists)
    return [strings for strings in found if strings]


def _get(node: Any, key: str) -> Any:
    return next((item for name, item in node if name == key), None) if isinstance(node, _JsonObject) else None


FORMAT = Format("notebook", 20, _sniff, _read_text)
