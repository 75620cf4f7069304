"""A hundred random edits inside of a width change: each is named beside the widths, or as the exception to them."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

BENCHMARKS = str(Path(__file__).parents[1] / "benchmarks")
if BENCHMARKS not in sys.path:
    sys.path.append(BENCHMARKS)

import width_edits  # noqa: E402


def test_every_edit_is_named() -> None:
    assert [(name, edit.kind, edit.paths) for name, edit in width_edits.missed(108, 0)] == []


@pytest.mark.parametrize("kind", width_edits.KINDS)
@pytest.mark.parametrize("name", [name for name in width_edits.ARCHITECTURES if name != "decoder"])
def test_an_edit_that_was_not_made_is_not_found(name: str, kind: str) -> None:
    """So that a message that names everything would be noticed."""
    build, blocks = width_edits.ARCHITECTURES[name]
    edit = width_edits.edited(build, blocks, kind, random.Random(1))
    unmade = edit._replace(candidate=width_edits.printed(build(0.5, None)))
    assert not width_edits.is_named(unmade, width_edits.printed(build(1, None)))
