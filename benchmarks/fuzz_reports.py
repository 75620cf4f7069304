"""Whether a report is what its format says, read again by a parser of that format; a fault is an AssertionError."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Any, Final
from xml.etree import ElementTree

_COMMAND = re.compile(r"::(error|warning|notice) ([^:\r\n]*)::[^\r\n]*")
_FINDING = re.compile(r".*(?::|: cell \d+, (?:output )?line )\d+: AD\d{3} [a-z]+ .*")
_NOTE = re.compile(r".*(?::|: cell \d+, (?:output )?line )\d+: note: known as .*")
_ERROR = re.compile(r"(?:.*: )?error: .*")
_BAR = re.compile(r"(?<!\\)\|")
_ACTS = re.compile(r"\s*::|.*##\w*\[")  # a command to GitHub where a line begins with it; to GitHub and Azure anywhere


def check_inert(text: str) -> None:
    """No line of a report or of standard error is what a CI takes for a command where it stands in a log."""
    for line in text.splitlines():
        assert not _ACTS.match(line), f"acts in the log of a CI: {line!r}"


def read_json(text: str) -> Any:
    """JSON as the standard has it: no NaN, no Infinity."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    found = json.loads(text, parse_constant=refuse)
    assert found["schema"].startswith("archdiff/"), found["schema"]
    return found


def read_junit(text: str) -> ElementTree.Element:
    """Every count is that of what is there."""
    check_inert(text)
    root = ElementTree.fromstring(text)
    for suite in root:
        cases = suite.findall("testcase")
        assert suite.get("tests") == str(len(cases))
        for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert suite.get(count) == str(len(suite.findall(f"testcase/{tag}"))), count
    return root


def read_sarif(text: str) -> Any:
    found = json.loads(text, parse_constant=lambda _constant: 1 / 0)
    assert found["version"] == "2.1.0"
    for run in found["runs"]:
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run.get("results", ()))
    return found


def read_markdown(text: str) -> list[str]:
    """Every row of a table has as many cells as its header."""
    check_inert(text)
    width = 0
    for line in text.split("\n"):
        assert line.isprintable(), f"not printable: {line!r}"
        cells = len(_BAR.findall(line)) if line.startswith("|") else 0
        assert not (width and cells) or cells == width, f"{cells - 1} cells, not {width - 1}: {line}"
        width = cells
    return text.split("\n")


class _Markup(HTMLParser):
    """Tags that the page has, each closed where it was opened; what is packed in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.packed: list[str] = []
        self.is_packed = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _TAGS, f"no tag of the page: <{tag}>"
        strange = {name for name, _ in attrs} - _ATTRIBUTES
        assert not strange, f"no attributes of the page: {strange}"
        if tag not in _EMPTY:
            self.open.append(tag)
        self.is_packed = ("type", "text/plain") in attrs
        self.packed += [""] if self.is_packed else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another tag"
        self.is_packed = False

    def handle_data(self, data: str) -> None:
        if self.is_packed:
            self.packed[-1] += data


_EMPTY: Final = {"meta", "br"}
_TAGS: Final = {
    *("html", "head", "meta", "title", "style", "body", "main", "nav", "article", "header", "section", "script"),
    *("h1", "h2", "h3", "p", "span", "b", "bdi", "br", "code", "a", "div", "details", "summary"),
    *("dl", "dt", "dd", "ul", "li", "table", "tbody", "tr", "td"),
}
_ATTRIBUTES: Final = {
    *("lang", "charset", "http-equiv", "content", "name", "id", "class", "type", "href", "tabindex", "role"),
    *("aria-label", "data-pair", "data-side"),
}


def read_html(text: str) -> list[Any]:
    """No tag but those of the page, and values of JSON packed in it."""
    check_inert(text)
    assert all(line.isprintable() for line in text.split("\n"))
    markup = _Markup(text)
    assert not markup.open, markup.open
    found = [json.loads(zlib.decompress(b64decode(each)), parse_constant=lambda _: 1 / 0) for each in markup.packed]
    assert len(found) >= 2
    return found


def read_github(text: str) -> list[str]:
    lines = text.split("\n")
    assert lines.pop() == ""
    for line in lines:
        assert _COMMAND.fullmatch(line), f"no workflow command: {line!r}"
        assert line.isprintable(), f"not printable: {line!r}"
    return lines


def read_concise(text: str) -> list[str]:
    check_inert(text)
    lines = text.split("\n")
    assert lines.pop() == ""
    for line in lines:
        assert any(each.fullmatch(line) for each in (_FINDING, _NOTE, _ERROR)), f"no finding: {line!r}"
        assert line.isprintable(), f"not printable: {line!r}"
    return lines


def read_terminal(text: str) -> list[str]:
    check_inert(text)
    assert text.endswith("\n") or not text
    for line in text.split("\n"):
        assert line.isprintable(), f"not printable: {line!r}"
    return text.split("\n")


def read_python(text: str) -> str:
    compile(text, "<report>", "exec")
    return text


#: format -> what reads it
READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "terminal": read_terminal,
    "json": read_json,
    "concise": read_concise,
    "github": read_github,
    "markdown": read_markdown,
    "html": read_html,
    "junit": read_junit,
    "sarif": read_sarif,
    "python": read_python,
}
