"""Tags of HTML that stand round text; others are not touched: `<class 'torch.nn.Linear'>`."""

from __future__ import annotations

import re

from archdiff.parse.lines import Lines

_TAG = re.compile(
    r"</?(?:a|b|br|code|div|em|font|i|kbd|li|p|pre|samp|span|strong|td|th|tr|tt|u|ul)(?:\s[^<>]*)?/?>", re.I
)


def clean(lines: Lines) -> Lines:
    """Lines without tags."""
    return lines.mapped(lambda text: _TAG.sub("", text)) if any(map(_TAG.search, lines.texts)) else lines
