"""Words of somebody in a program: as literals they are what they were, in comments they are words, and none is code."""

from __future__ import annotations

import ast

from archdiff.execute.source.code import literal, remark
from injections import WORDS, acts


def test_literals() -> None:
    for word in WORDS:
        text = literal((word, 1))
        assert ast.literal_eval(text) == (word, 1)
        assert acts(text) == [], word


def test_remarks() -> None:
    for word in WORDS:
        shown = remark(word)
        assert acts(shown) == [], word
        assert ast.dump(ast.parse(f'"""{shown}."""\n# {shown}\npass')).count("Constant") == 1, word
