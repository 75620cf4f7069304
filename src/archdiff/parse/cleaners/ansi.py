"""Colours and other escape sequences of a terminal."""

from __future__ import annotations

import re

from archdiff.parse.lines import Lines

_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


def clean(lines: Lines) -> Lines:
    """Lines without escape sequences."""
    return lines.mapped(lambda text: _ANSI.sub("", text))
