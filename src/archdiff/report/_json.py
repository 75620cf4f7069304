"""JSON as every report writes it: without NaN and Infinity, which its standard lacks, and harmless where it is shown.

It reads back as exactly what it was. Must not know what is in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from archdiff.model.inert import COMMAND
from archdiff.model.network import Unknown

_UNUSUAL = re.compile(r"[^ -~\n]")  # nearly all of a text is none of these


def write(document: Mapping[str, Any], indent: int = 2) -> str:
    """A document as text that ends with a line feed.

    What a text does not hold is the string "unknown"; numbers that JSON has no word for are strings: "inf", "nan".
    Characters that cannot be seen stand as their numbers, and so does the second # of `##[group]`.
    """
    try:
        text = _dumped(document, indent)
    except ValueError:  # such numbers are rare, so that hardly any document is gone through for them
        text = _dumped(_finite(document), indent)
    text = _UNUSUAL.sub(lambda found: found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1], text)
    return COMMAND.sub(r"#\\u0023", text)


def _dumped(document: Any, indent: int) -> str:
    return json.dumps(document, indent=indent, allow_nan=False, ensure_ascii=False, default=_word) + "\n"


def _word(value: Any) -> str:
    if isinstance(value, Unknown):
        return str(value)
    raise TypeError(f"{value!r} has no form in JSON")


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_finite(part) for part in value]
    return str(value) if isinstance(value, float) and not isfinite(value) else value
