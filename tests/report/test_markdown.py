"""Markdown: read by a parser it says what was meant, and it stays below the length that a comment may have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from archdiff.model.effects import Effect
from archdiff.model.result import Result
from archdiff.report import View, find
from archdiff.report._markdown import PageBlock, code, fenced, header, page, row, text
from archdiff.report.markdown import LIMIT
from report.answers import COMPARED, DIFFERENT, HOSTILE, MANY, RESULTS, SWAP, hostile

REPORT = find("markdown")
PARSER = MarkdownIt("commonmark").enable("table").enable("strikethrough")
TABLES = {5, 6, 7, 4}  # columns of those that there are


def said(tokens: list[Token]) -> str:
    """What a reader sees; comments of HTML are not seen."""
    seen = []
    for token in tokens:
        if token.type in ("text", "code_inline", "text_special"):
            seen.append(token.content)
        elif token.type == "html_inline" and token.content.startswith("<!--"):
            continue
        elif token.children:
            seen.append(said(token.children))
    return "".join(seen)


def expected(words: str) -> str:
    line = " ".join(words.split())
    return "".join(char if char.isprintable() else "\ufffd" for char in line)


def rows(markdown: str) -> list[list[str]]:
    """The cells of all tables, as a reader sees them."""
    found: list[list[str]] = []
    tokens = PARSER.parse(markdown)
    for index, token in enumerate(tokens):
        if token.type == "tr_open":
            found.append([])
        elif token.type in ("th_open", "td_open"):
            found[-1].append(said([tokens[index + 1]]))
    return found


@pytest.mark.parametrize("answer", RESULTS)
def test_render(answer: str, golden: Callable[[str, str], None]) -> None:
    markdown = REPORT.render(RESULTS[answer], View())
    _is_whole(markdown)
    golden(f"{answer}.markdown.md", markdown)


def _is_whole(markdown: str) -> None:
    assert markdown.endswith("\n")
    assert len(markdown.encode()) <= LIMIT
    assert markdown.count("<details>") == markdown.count("</details>")
    assert {len(cells) for cells in rows(markdown)} <= TABLES


def test_the_verdict_stands_first() -> None:
    for name, outcome in COMPARED.items():
        assert REPORT.compare(outcome, View()).startswith(f"### {', '.join(outcome.verdicts)}: "), name
    assert REPORT.render(MANY, View()).startswith("### archdiff: 3 of 7 pairs failed, 2 errors\n")


def test_a_row_a_finding_with_both_places_gravest_first() -> None:
    told = [cells for cells in rows(REPORT.compare(DIFFERENT, View())) if len(cells) == 5]
    findings = [cells for cells in told if cells[0] in [effect.word for effect in Effect]]
    assert [cells[0] for cells in findings] == ["function"] * 3 + ["training", "state"]
    assert findings[0][1:4] == ["AD101 layer-order", "note.md:20", "note.md:114"]


def test_changed_layers_stand_out() -> None:
    layers = [
        line for line in REPORT.compare(DIFFERENT, View()).splitlines() if "`flatten`" in line or "swapped" in line
    ]
    assert [line.startswith("| **swapped** | **") for line in layers] == [True, True, False]


def test_pairs_that_pass_are_a_row() -> None:
    markdown = REPORT.render(MANY, View())
    assert "#### copy" not in markdown
    assert "| copy | passed | identical |" in markdown
    assert "#### copy" in REPORT.render(MANY, View(all=True))


@pytest.mark.parametrize("words", HOSTILE)
def test_text_says_what_it_says(words: str) -> None:
    table = f"{header(['a', 'b'])}\n{row(['x', text(words)])}\n"
    assert rows(table)[1] == ["x", expected(words).strip()]
    paragraph = PARSER.parse(f"x {text(words)}")
    assert [token.type for token in paragraph] == ["paragraph_open", "inline", "paragraph_close"]
    assert said(paragraph).strip() == f"x {expected(words)}".strip()


@pytest.mark.parametrize("words", HOSTILE)
def test_code_says_what_it_says(words: str) -> None:
    table = f"{header(['a', 'b'])}\n{row(['x', code(words)])}\n"
    assert rows(table)[1] == ["x", expected(words)]
    assert said(PARSER.parse(f"x {code(words)}")).strip() == f"x {expected(words)}".strip()


@pytest.mark.parametrize("words", [*HOSTILE, "```\n# a", "a\n````text\nb\n~~~~~~"])
def test_a_block_of_code_is_one_block(words: str) -> None:
    (token,) = PARSER.parse(fenced(words))
    assert token.type == "fence"


@pytest.mark.parametrize(
    ("words", "escaped"),
    [
        ("percent_on 0.095, not .1", "percent_on 0.095, not .1"),
        ("a|b", "a&#124;b"),
        ("@somebody", "@<!-- -->somebody"),
        ("fixes #12", "fixes #<!-- -->12"),
        ("$x$ and _y_", "\\$x\\$ and \\_y\\_"),
        ("a\nb", "a b"),
        ("a" * 1000, "a" * 400 + "..."),
    ],
)
def test_escapes(words: str, escaped: str) -> None:
    assert text(words) == escaped


@pytest.mark.parametrize("words", HOSTILE)
def test_names_of_others(words: str) -> None:
    for results in ([Result(outcome=hostile(words))], [Result(words, hostile(words)), *MANY]):
        markdown = REPORT.render(results, View(all=True))
        _is_whole(markdown)
        assert all(char.isprintable() or char == "\n" for char in markdown)


def test_a_comment_may_not_be_longer() -> None:
    many = tuple(replace(SWAP, message=f"{number} " + "a" * 390) for number in range(500))
    one = REPORT.compare(replace(DIFFERENT, findings=many), View(all=True))
    _is_whole(one)
    told = [cells for cells in rows(one) if cells[0] == "function"]
    assert f"\nLeft out, to stay below the limit of a comment: {500 - len(told)} findings" in one
    assert len(one) > 0.9 * LIMIT

    results = [Result(f"pair {number}", DIFFERENT) for number in range(300)]
    markdown = REPORT.render(results, View())
    _is_whole(markdown)
    assert markdown.startswith("### archdiff: 300 of 300 pairs failed\n")
    assert sum(cells[1] == "failed" for cells in rows(markdown)) == 300
    assert "\nLeft out, to stay below the limit of a comment: " in markdown


def test_what_is_needed_most_stays_in_the_order_of_the_page() -> None:
    blocks = [
        PageBlock("head", ("1", "2"), noun="row", rank=0),
        PageBlock("layers", tuple("abcdefgh"), "end", noun="layer", rank=2),
        PageBlock("unknown", ("x",), noun="unknown", rank=1),
        PageBlock("other head", ("y" * 500,), noun="row", rank=0, section=1),
        PageBlock("of the other", ("z",), noun="unknown", rank=1, section=1),
    ]
    assert page(blocks, 435) == (
        "head\n1\n2\n\nlayers\na\nb\nend\n\nunknown\nx\n\n"
        "Left out, to stay below the limit of a comment: 1 row, 1 unknown, 6 layers.\n"
    )
    assert page(blocks[:3], 1000) == "head\n1\n2\n\nlayers\na\nb\nc\nd\ne\nf\ng\nh\nend\n\nunknown\nx\n"
