r"""Underscores as Markdown and LaTeX write them: `in\_features`."""

from __future__ import annotations

import re

from archdiff.parse.lines import Lines

_UNDERSCORE = re.compile(r"\\_(?=\w)")


def clean(lines: Lines) -> Lines:
    """Lines with plain underscores."""
    return lines.mapped(lambda text: _UNDERSCORE.sub("_", text))
