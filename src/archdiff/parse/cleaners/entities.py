"""Entities of HTML: `&gt;`, `&#160;`."""

from __future__ import annotations

import re
from html import unescape

from archdiff.parse.lines import Lines

_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")


def clean(lines: Lines) -> Lines:
    """Lines with the characters that entities stand for, where the text holds any."""
    if not any(map(_ENTITY.search, lines.texts)):
        return lines
    return lines.mapped(lambda text: unescape(text) if "&" in text else text)
