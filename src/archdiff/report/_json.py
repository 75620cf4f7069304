"""How every report writes JSON: by its standard, which has no NaN and no Infinity. Must not know what is in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

from archdiff.model.network import Unknown


def write(document: Mapping[str, Any]) -> str:
    """A document as text that ends with a line feed.

    What a text does not hold is the string "unknown"; numbers that JSON has no word for are strings: "inf", "nan".
    """
    try:
        return _dumped(document)
    except ValueError:  # such numbers are rare, so that hardly any document is gone through for them
        return _dumped(_finite(document))


def _dumped(document: Any) -> str:
    return json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False, default=_word) + "\n"


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
