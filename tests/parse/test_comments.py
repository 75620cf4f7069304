"""`# archdiff: ignore[...]` in a text: where it stands, what it says, and the text without it."""

from __future__ import annotations

import pytest

from archdiff.model.facts import Comment
from archdiff.parse.comments import comments, without_comments


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Net()\n", []),
        ("a  # archdiff: ignore[AD401] why not", [Comment(1, False, ("AD401",), "why not")]),
        ("a\n  #archdiff:ignore[AD401]", [Comment(2, True, ("AD401",), "")]),
        ("> # archdiff: ignore[AD401, layer-order] x\r\nb\r\n", [Comment(1, True, ("AD401", "layer-order"), "x")]),
        ("# archdiff: ignore[]", [Comment(1, True, (), "")]),
        ("# archdiff: ignore AD401", []),
        ('{"cells": ["# archdiff: ignore[AD401]"]}', []),
    ],
)
def test_comments(text: str, found: list[Comment]) -> None:
    assert list(comments(text)) == found
    blank = without_comments(text)
    assert [len(line) for line in blank.split("\n")] == [len(line) for line in text.split("\n")] or "\r" in text
    assert ("ignore[" in blank) is (text.startswith("{"))
