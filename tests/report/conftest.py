"""Goldens in full text.

ARCHDIFF_UPDATE_GOLDENS=1 pytest tests/reports writes them anew; read the difference before committing it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDENS = Path(__file__).parent / "goldens"


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compares a text with a golden file, byte for byte."""

    def check(name: str, text: str) -> None:
        path = GOLDENS / name
        if os.environ.get("ARCHDIFF_UPDATE_GOLDENS"):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text.encode())
        assert path.read_bytes().decode() == text

    return check
