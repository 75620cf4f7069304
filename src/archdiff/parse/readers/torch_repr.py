"""A text that is one layer and nothing else: `Linear(in_features=8, out_features=10, bias=True)`.

A print with children, alone or in other text, is found by `notes`; how both are read, `grammar.module` says.
"""

from __future__ import annotations

import re
from typing import Final

from archdiff.model.network import Network
from archdiff.parse.blocks import Blocks
from archdiff.parse.document import Document
from archdiff.parse.grammar.line import LineKind, read_line
from archdiff.parse.grammar.module import read_print
from archdiff.parse.grammar.tree import find_root
from archdiff.parse.lines import split
from archdiff.parse.readers import Format
from archdiff.parse.tokens import INNER, LEAF_ROOT, balance

_LEAF_LENGTH: Final = 100_000
_SETTINGS = re.compile(r"\s*(?:[^\W\d]\w*\s*=|[\d(\['\"])")  # not the words of a call or of an optimizer


def _sniff(text: str) -> bool:
    """A text that is one layer without children and nothing else; all other prints are found by `notes`."""
    stripped = text.strip()
    if len(stripped) > _LEAF_LENGTH:
        return False
    if "\r" in stripped.replace("\r\n", "\n"):
        return False
    if "\n" not in stripped:
        spread = "(\\n" in stripped or "(<br" in stripped  # a print with its line breaks escaped
        spread = spread or stripped.count("): ") > INNER
        return not spread and LEAF_ROOT.fullmatch(stripped) is not None and balance(stripped) == 0
    first, *body, last = stripped.split("\n")
    plain = last.strip() == ")" and find_root(first) == 0 and "=" not in first
    settings = all(read_line(line.strip()).shape in (LineKind.TEXT, LineKind.BLANK) for line in body)
    return plain and settings and _SETTINGS.match(" ".join(body)) is not None


def _read_text(source: str, text: str, blocks: Blocks) -> Document:
    lines = split(source, text, blocks)
    first = next(index for index, line in enumerate(lines.texts) if line.strip())
    found = read_print(lines, first, len(lines.texts))
    name = found.root.class_name
    network = Network(found.root, name, (name,), source, first + 1, found.last + 1, complete=found.complete)
    return Document(source, (network,))


FORMAT = Format("torch_repr", 10, _sniff, _read_text)
