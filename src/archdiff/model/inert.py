"""Text from somebody's file, made so that it does nothing where it is shown: a terminal, a log of CI, a page.

One rule for every target that shows lines; Markdown, JSON and Python add what only they have to escape.
"""

from __future__ import annotations

import re

#: `##[group]`, `##vso[...]`, `##teamcity[...]`: GitHub and Azure obey them anywhere in a line
COMMAND = re.compile(r"##(?=\w*\[)")


def printable(text: str) -> str:
    """Makes part of a line harmless.

    Args:
        text: Without a line feed.

    Returns:
        The text in which what cannot be seen (control, bidi and zero-width characters, half a character) is U+FFFD,
        and a command that a CI system obeys anywhere in a line is broken up.
    """
    if not text.isprintable():
        text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return COMMAND.sub("# #", text) if "##" in text else text


def line(text: str) -> str:
    """A whole line: `::error::`, which GitHub obeys where a line begins with it, behind blanks too, is broken up."""
    shown = printable(text)
    command = shown.lstrip(" ")
    return f"{shown[: len(shown) - len(command)]}: {command[1:]}" if command.startswith("::") else shown


def lines(text: str) -> str:
    """The same for every line of a text; only a line feed ends one."""
    return "\n".join(map(line, text.split("\n")))
