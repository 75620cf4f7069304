"""Words as HTML: nothing that comes from somebody is markup, and what cannot be seen is shown."""

from __future__ import annotations

import pytest

from archdiff.report._page import static


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("layers.0.fc1", "layers.0.fc1"),
        ("naïve 层", "naïve 层"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a\"b'c&d", "a&quot;b&#x27;c&amp;d"),
        ("a\u202eb\u200bc\x1bd", "a\ufffdb\ufffdc\ufffdd"),
    ],
    ids=["plain", "letters of other scripts", "markup", "quotes", "bidi, zero width, escape"],
)
def test_text(words: str, expected: str) -> None:
    assert static.text(words) == expected
    assert static.isolated(words) == f"<bdi>{expected}</bdi>"
