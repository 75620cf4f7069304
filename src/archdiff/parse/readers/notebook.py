"""Jupyter notebooks: networks printed in cell outputs, or pasted into Markdown cells, with their places in the file.

The sources of code cells are left out: their comments would be taken for headings. Must not run anything.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Final

from archdiff.model.network import Network
from archdiff.parse._blocks import Blocks
from archdiff.parse._clean import clean
from archdiff.parse._format import Format, Lines
from archdiff.parse.readers.notes import find_networks, read_lines

MAX_NESTING: Final = 100  # of the JSON; a notebook has about ten levels

_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


def _sniff(text: str) -> bool:
    return text.lstrip()[:1] == "{" and '"cells"' in text and '"nbformat"' in text


def _read_text(source: str, text: str, blocks: Blocks) -> tuple[Network, ...]:
    """A notebook whose JSON is damaged is read as text: its lines are string literals."""
    import json  # only for notebooks

    try:
        pairs = json.loads(text, object_pairs_hook=_Pairs)
        placed = _placed(pairs, text)
    except (ValueError, RecursionError):
        return read_lines(source, text, blocks)
    pieces = list(_pieces(placed))
    originals = text.split("\n")
    starts = [0]
    for line in originals:
        starts.append(starts[-1] + len(line) + 1)
    texts: list[str] = []
    numbers: list[int] = []
    columns: list[int] = []
    for string, offset in pieces:
        parts = _SURROGATE.sub("�", string).removesuffix("\n").split("\n")
        number = bisect_right(starts, offset)
        texts += parts
        numbers += [number] * len(parts)
        columns += [offset - starts[number - 1] + 1] * len(parts)
    return find_networks(clean(Lines(source, texts, numbers, columns, originals, blocks)))


class _Pairs(list[tuple[str, Any]]):
    """A JSON object in the order of the file, doubled keys and all."""


class _Placed(str):
    """A string with its place in the file."""

    __slots__ = ("offset",)
    offset: int


def _placed(value: Any, text: str) -> Any:
    """The same values with every string placed: strings come in the file's order, keys before their values."""
    places = _STRING.finditer(text)

    def place(node: Any, depth: int) -> Any:
        if depth > MAX_NESTING:
            raise ValueError("nested too deep")
        if isinstance(node, str):
            found = _Placed(node)
            found.offset = next(places).start()
            return found
        if isinstance(node, _Pairs):
            return _Pairs([(place(key, depth + 1), place(item, depth + 1)) for key, item in node])
        return [place(item, depth + 1) for item in node] if isinstance(node, list) else node

    return place(value, 0)


def _pieces(notebook: Any) -> Iterator[tuple[str, int]]:
    """The strings of the notebook that people read, in order, an empty line between blocks.

    Until 2015 (nbformat 3) cells stood in worksheets.
    """
    sheets = [notebook, *(_get(notebook, "worksheets") or [])]
    for cell in (cell for sheet in sheets for cell in _get(sheet, "cells") or []):
        blocks = [_get(cell, "source")] if _get(cell, "cell_type") in ("markdown", "raw") else []
        for output in _get(cell, "outputs") or []:
            blocks += [_get(output, "text"), _get(_get(output, "data"), "text/plain")]
        for block in blocks:
            strings = [block] if isinstance(block, str) else block if isinstance(block, list) else []
            placed = [string for string in strings if isinstance(string, _Placed)]
            yield from ((string, string.offset) for string in placed)
            if placed:
                yield "", placed[-1].offset


def _get(node: Any, key: str) -> Any:
    return next((item for name, item in node if name == key), None) if isinstance(node, _Pairs) else None


FORMAT = Format("notebook", 20, _sniff, _read_text)
