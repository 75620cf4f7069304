"""Known edits of generated networks: all found in the right place and with the right kind, and nothing else."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from known import known

PATH = Path(__file__).parents[2] / "benchmarks" / "edits.py"
spec = known(importlib.util.spec_from_file_location("edits", PATH))
edits = importlib.util.module_from_spec(spec)
sys.modules["edits"] = edits
known(spec.loader).exec_module(edits)


@pytest.mark.parametrize("family", edits.FAMILIES)
def test_known_edits(family: str) -> None:
    told = edits.measure(family, 3_000, 1).removeprefix(family).split()
    lines, share, _, spurious, moves = told[:5]
    assert (lines, share, spurious, moves) == ("3000", "100.0", "0", "0")
