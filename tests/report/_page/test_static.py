"""Words as HTML: nothing that comes from somebody is markup, and what cannot be seen is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archdiff import api
from archdiff.model.outcome import Outcome, Suppressed
from archdiff.model.result import Result
from archdiff.report import View
from archdiff.report._page import static
from report.answers import DIFFERENT, SWAP


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


def article(outcome: Outcome) -> str:
    return "".join(static.article(Result(outcome=outcome), 0, "data1", View()))


def test_a_fact_that_differs_in_counts_alone_is_folded_away() -> None:
    block = "  (0-{}): {} x Block(\n    (fc): Linear(in_features=4, out_features=4, bias=True)\n  )\n"
    page = article(api.compare(*(f"ModuleList(\n{block.format(last, last + 1)})\n" for last in (3, 4))))
    before, _, folded = page.partition('<details class="equal">')
    assert "<dt>layers with weights</dt>" in folded.partition("</details>")[0]
    assert "layers with weights" not in before
    assert "<dt>parameters</dt>" in before


def test_what_is_accepted_is_told_with_its_reason() -> None:
    outcome = replace(DIFFERENT, findings=(), suppressed=(Suppressed(SWAP, "baseline", "as <published>"),))
    assert f"<p>AD101 {SWAP.message} (baseline: as &lt;published&gt;)</p>" in article(outcome)


def test_which_lines_a_finding_is_of() -> None:
    assert '<span class="rule">AD101 :20|:114</span>' in article(DIFFERENT)
