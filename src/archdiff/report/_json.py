"""JSON as it is written: reads back as exactly what it was, and holds nothing that acts where it is shown.

Knows no outcome.
"""

from __future__ import annotations

import json
import re
from typing import Any

from archdiff.model.inert import COMMAND

_SEEN = re.compile(r"[^ -~\n]")  # nearly all of a text is none of these


def text(value: Any, indent: int = 2) -> str:
    """A document with its line feed; ValueError where a number is none of JSON's.

    Characters that cannot be seen stand as their numbers, and so does the second # of `##[group]`.
    """
    written = json.dumps(value, indent=indent, allow_nan=False, ensure_ascii=False)
    written = _SEEN.sub(lambda found: found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1], written)
    return COMMAND.sub(r"#\\u0023", written) + "\n"
