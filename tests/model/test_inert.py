"""Text from somebody's file that does nothing where it is shown. Every report with such text: `test_injections`."""

from __future__ import annotations

import pytest

from archdiff.model import inert

PLAIN = ["", "Net(", "a: b :: c", "# [a] ##a", "naïve \U0001f9e0 \u540d", "a ::error::b", ":error:"]


@pytest.mark.parametrize("text", PLAIN)
def test_left_alone(text: str) -> None:
    assert inert.printable(text) == inert.line(text) == inert.lines(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m\u202e\u200b\udc80", "\ufffd[31m\ufffd\ufffd\ufffd"),
        ("a\tb\x7f", "a\ufffdb\ufffd"),
        ("##[group]", "# #[group]"),
        ("a ##vso[task.x]", "a # #vso[task.x]"),
        ("###[a]##teamcity[b]", "## #[a]# #teamcity[b]"),
        ("::error::x", "::error::x"),
    ],
)
def test_part_of_a_line(text: str, shown: str) -> None:
    assert inert.printable(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", ": :error::x"),
        ("  ::error::x", "  : :error::x"),
        ("::", ": :"),
        ("##[group]::error::x", "# #[group]::error::x"),
    ],
)
def test_a_whole_line(text: str, shown: str) -> None:
    assert inert.line(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\n::b\n c", "a\n: :b\n c"), ("a\r::b", "a\ufffd::b"), ("\n\n", "\n\n"), ("a\u2028::b", "a\ufffd::b")],
)
def test_only_a_line_feed_ends_a_line(text: str, shown: str) -> None:
    assert inert.lines(text) == shown
