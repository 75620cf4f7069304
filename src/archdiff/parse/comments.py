"""`# archdiff: ignore[AD401] reason` in a text: where it stands and what it says. Must not decide what it covers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from archdiff.model.facts import Comment
from archdiff.parse.lines import line_break

MARK: Final = "archdiff:"  # what every comment for us holds
_COMMENT = re.compile(r"#[ \t]*archdiff:[ \t]*ignore\[([^\]\r\n]*)\][ \t]*([^\r\n]*)")


def comments(text: str) -> Iterator[Comment]:
    """Every comment of a text, in order. A notebook is JSON and holds none."""
    if _is_notebook(text):
        return
    for number, line in enumerate(text.split(line_break(text)), 1):
        if MARK in line and (found := _COMMENT.search(line)):
            words = tuple(word.strip() for word in found[1].split(",") if word.strip())
            yield Comment(number, not line[: found.start()].strip(" \t>#*"), words, found[2].strip())


def without_comments(text: str) -> str:
    """The text with blanks in their place: no format needs to know them, and every column stays where it was."""
    return _COMMENT.sub(lambda found: " " * len(found[0]), text) if not _is_notebook(text) else text


def _is_notebook(text: str) -> bool:
    return text.lstrip().startswith("{")
