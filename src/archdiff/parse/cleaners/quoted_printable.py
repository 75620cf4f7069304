"""What mail makes of a text, quoted-printable: `bias=3DTrue`, and lines that a `=` at their end breaks.

Must not touch a text that has any other `=` on its children: `=3D` may be a value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from archdiff.parse.lines import Lines

_CODES = re.compile(r"(?:=[0-9A-F]{2})+")
_OTHER = re.compile(r"=(?![0-9A-F]{2})")
_CHILD = re.compile(r"\s*(?:> ?)*\([^()\s]{1,200}\): ")
_BROKEN = re.compile(r"=[ \t\r]*$")


def clean(lines: Lines) -> Lines:
    """Lines with the characters that codes stand for, each broken one where it began."""
    parts: list[Sequence[tuple[int, str]]] = []
    text, begun = "", 0
    for index, line in enumerate(lines.texts):
        text += line
        if (soft := _BROKEN.search(text)) and index + 1 < len(lines.texts):
            text = text[: soft.start()]
            continue
        parts += [[(0, text)], *([()] * (index - begun))]
        text, begun = "", index + 1
    children = [part[0][1] for part in parts if part and _CHILD.match(part[0][1])]
    if not any("=3D" in child for child in children) or any(map(_OTHER.search, children)):
        return lines
    return lines.spread(parts).mapped(lambda text: _CODES.sub(_decoded, text))


def _decoded(codes: re.Match[str]) -> str:
    return bytes.fromhex(codes[0].replace("=", "")).decode("utf-8", "replace")
