"""What a test takes for there: fails where it is None."""

from __future__ import annotations

from typing import TypeVar

_T = TypeVar("_T")


def known(value: _T | None) -> _T:
    """The value, which is not None."""
    assert value is not None
    return value
