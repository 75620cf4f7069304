"""The page itself: one file with its style, its scripts and its data, which asks nobody for anything.

A policy lets no other style or script run than those of `assets/`, by their hashes. The scripts stand packed beside the
data: a small one in the open unpacks both. Must not know what a comparison says.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from archdiff.report._page.static import text

_ASSETS: Final = Path(__file__).parent / "assets"
#: in the order in which one uses the other
_SCRIPTS: Final = ("dom", "data", "columns", "minimap", "strip", "findings", "measured", "page", "main")


def page(title: str, body: Iterable[str], packed: Sequence[tuple[str, Any]], small: bool = False) -> str:
    """The text of the file.

    Args:
        title: Of the window.
        body: HTML.
        packed: Ids, and what the scripts read under them: plain values of JSON.
        small: Whether it is to stand in a cell of a notebook.

    Returns:
        HTML that ends with a line feed.
    """
    style, boot, scripts = _read("page.css"), _read("boot.js"), _scripts()
    allowed = f"style-src {_hash(style)}; script-src {_hash(boot)} {_hash(scripts)}"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    head = (
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{text(title)} - archdiff</title>",
        f"<style>{style}</style>",
    )
    blocks = (
        f'<script type="text/plain" id="{name}">{pack(value)}</script>'
        for name, value in (("scripts", scripts), *packed)
    )
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="en"{" class=small" if small else ""}>',
            f"<head>{''.join(head)}</head>",
            f"<body><main>{''.join(body)}</main>",
            *blocks,
            f"<script>{boot}</script>",
            "</body></html>\n",
        ]
    )


def pack(value: Any) -> str:
    """Plain values as the scripts unpack them: JSON in zlib's form, in base64."""
    written = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return b64encode(zlib.compress(written.encode("utf-8", "replace"), 9)).decode()


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


@cache
def _scripts() -> str:
    return '"use strict";\n(() => {\n' + "".join(_read(f"{name}.js") for name in _SCRIPTS) + "})();\n"


def _read(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")
