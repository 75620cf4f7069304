"""The file around a page: its parts, and what is packed into it."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode

import pytest

from archdiff.report._page import document


@pytest.mark.parametrize("value", [[], {"a": [1, 2.5, None, True]}, "层 </script><!--", "\ud800"], ids=repr)
def test_what_is_packed_comes_back(value: object) -> None:
    packed = document.pack(value)
    assert packed.isascii()
    assert "<" not in packed
    assert json.loads(zlib.decompress(b64decode(packed))) == (value if value != "\ud800" else "?")


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        document.pack([float("nan")])


def test_parts() -> None:
    page = document.page("<a & b>", ["<p>one</p>", "<p>two</p>"], [("data1", {"x": 1})])
    assert page.startswith('<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">')
    assert "<title>&lt;a &amp; b&gt; - archdiff</title>" in page
    assert "<body><main><p>one</p><p>two</p></main>" in page
    assert f'<script type="text/plain" id="data1">{document.pack({"x": 1})}</script>' in page
    assert page.endswith("</body></html>\n")
