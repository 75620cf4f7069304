# ruff: noqa: E501  (tables: a case a line)
"""What each cleaner makes of lines, with the line and the column where each stands in its file."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest

from archdiff.parse.cleaners import CLEANERS, clean
from archdiff.parse.lines import split

LEFT_ALONE = [
    ("ansi", "(a): ReLU()"),
    ("quoted_printable", "(a): A(b=3D)\n(c): C(d=True)"),
    ("quoted_printable", "Net(\n  (a): ReLU()\n) x=3D"),
    ("entities", "A & B; &lt without an end"),
    ("line_breaks", "<brand>"),
    ("tags", "(f): <class 'torch.nn.ReLU'> < 3"),
    ("fences", "```python\n`a` and `b`\n~~~"),
    ("boxes", "| 0 | fc | Linear"),
    ("typeset", "\u201cMine\u201d: \u2013 the \u00d7 of it"),
    ("underscores", "\\_ alone"),
    ("strings", r"(a): Foo(text='one\n two')"),
    ("wraps", "(a): Linear(in_features=8, out_features=\n8, bias=True)  # and longer than the first"),
    ("lost_breaks", "(a): Foo(b=(1, 2), c=(3))"),
]
CLEANED = [
    # cleaner, text, (number, column before the text, text) of each line
    ("ansi", "\x1b[32m(a): ReLU()\x1b[0m", [(1, 5, "(a): ReLU()")]),
    ("quoted_printable", "(a): A(b=3DTrue, c==\n3D1)\n)", [(1, 0, "(a): A(b=True, c=1)"), (3, 0, ")")]),
    ("quoted_printable", "(a): A(b=3D=E2=88=921)", [(1, 0, "(a): A(b=\u22121)")]),
    ("entities", "&gt; (a): A(b=&#39;c&#39;)", [(1, 0, "> (a): A(b='c')")]),
    ("line_breaks", "x\nNet(<br>  (a): ReLU()<br/>)", [(1, 0, "x"), (2, 0, "Net("), (2, 0, "  (a): ReLU()"), (2, 0, ")")]),
    ("tags", "<td><pre>Net(", [(1, 9, "Net(")]),
    ("fences", "``` Net(\n)```", [(1, 0, "```"), (1, 3, " Net("), (2, 0, ")"), (2, 1, "```")]),
    ("fences", "`Net(`", [(1, 1, "Net(")]),
    ("boxes", "│ (a): ReLU()   │", [(1, 0, "│ (a): ReLU()")]),
    ("typeset", "(0-1): 2 \u00d7 A(eps=1e\u22125)\u00a0", [(1, 0, "(0-1): 2 x A(eps=1e-5) ")]),
    *(
        ("typeset", f"(a): A(mode={opened}b{closed})", [(1, 0, f"(a): A(mode={plain}b{plain})")])
        for opened, closed, plain in (
            *("\u2018\u2019'", "\u2019\u2019'", "\u201a\u2018'", "\u2032\u2032'", "\u2039\u203a'"),
            *('\u201c\u201d"', '\u201e\u201c"', '\u00ab\u00bb"', '\u2033\u2033"'),
        )
    ),
    *(
        ("typeset", f"(a): A({minus}1, b={minus}0.5, c=1e{minus}5)", [(1, 0, "(a): A(-1, b=-0.5, c=1e-5)")])
        for minus in "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
    ),
    ("underscores", r"A(in\_features=2)", [(1, 0, "A(in_features=2)")]),
    ("strings", r'"Net(\n  (a): ReLU()\n)\n"', [(1, 1, "Net("), (1, 1, "  (a): ReLU()"), (1, 1, ")")]),
    ("wraps", "  (a): Linear(in_features=8, out_features=\n8, bias=True)", [(1, 0, "  (a): Linear(in_features=8, out_features=8, bias=True)")]),
    ("lost_breaks", "  (a): ReLU() (b): Tanh()", [(1, 0, "  (a): ReLU() "), (1, 12, "  (b): Tanh()")]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), LEFT_ALONE, ids=[name for name, _ in LEFT_ALONE])
def test_left_alone(name: str, text: str) -> None:
    cleaned = import_module(f"archdiff.parse.cleaners.{name}").clean(split("net.txt", text))
    assert cleaned.texts == text.split("\n")


@pytest.mark.parametrize(("name", "text", "lines"), CLEANED, ids=[name for name, *_ in CLEANED])
def test_cleaned(name: str, text: str, lines: list[tuple[int, int, str]]) -> None:
    cleaned = import_module(f"archdiff.parse.cleaners.{name}").clean(split("net.txt", text))
    assert list(zip(cleaned.numbers, cleaned.columns, cleaned.texts, strict=True)) == lines


def test_plain_text_loads_no_cleaner(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, _ in CLEANERS:
        monkeypatch.delitem(sys.modules, f"archdiff.parse.cleaners.{name}", raising=False)
    lines = split("net.txt", "Net(\n  (a): ReLU()\n)\n")
    assert clean(lines) is lines
    assert not [name for name, _ in CLEANERS if f"archdiff.parse.cleaners.{name}" in sys.modules]


@pytest.mark.parametrize(("name", "marks"), CLEANERS, ids=[name for name, _ in CLEANERS])
def test_what_a_cleaner_changes_holds_one_of_its_marks(name: str, marks: tuple[str, ...]) -> None:
    texts = [text for cleaner, text, _ in CLEANED if cleaner == name]
    assert texts
    assert all(any(mark in text for mark in marks) for text in texts)
