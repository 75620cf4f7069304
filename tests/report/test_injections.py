"""Words of somebody in every place that a report has for them: in no format do they act, and JSON gives them back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from archdiff.model.effects import Effect
from archdiff.model.errors import ReadError
from archdiff.model.network import Layer, Recipe, Setting
from archdiff.model.outcome import Suppressed
from archdiff.model.result import Result
from archdiff.report import View, find, names
from injections import WORDS, acts
from report.answers import hostile

_LINKS = re.compile(r"(https?|ftp)://|\bwww\.|\bGH-\d|@\w|#\d", re.IGNORECASE)
_VIEWS = (View(all=True), View(width=60, color=True, all=True))


def results(text: str) -> Iterator[list[Result]]:
    """One comparison, one without an answer, and named pairs of both with what was accepted."""
    recipe = Recipe((Layer(text, text, (Setting(text, text),)),), (Layer("", text, (Setting(None, (text,)),)),))
    outcome = hostile(text)
    outcome = replace(outcome, candidate=replace(outcome.candidate, recipe=recipe, notes=(text,)))
    error = ReadError(text, source=text, line=2, column=3, line_text=text, way_out=text)
    effects = (Effect.COSMETIC, Effect.STATE, Effect.FUNCTION, Effect.UNKNOWN)
    told = tuple(replace(outcome.findings[0], effect=effect) for effect in effects)
    yield [Result(outcome=replace(outcome, findings=(*outcome.findings, *told)))]
    yield [Result(error=error)]
    accepted = tuple(Suppressed(told[0], by, text) for by in ("baseline", "ignore"))
    others = replace(outcome, suppressed=accepted)
    yield [Result(text, outcome), Result(text, others, strict=(text,)), Result(text, error=error)]


@pytest.mark.parametrize("format_name", names())
def test_nothing_acts(format_name: str) -> None:
    report = find(format_name)
    for text in WORDS:
        for told in results(text):
            for view in _VIEWS if format_name == "terminal" else _VIEWS[:1]:
                rendered = report.render(told, view)
                assert acts(rendered, format_name == "github") == [], text
                _PARSED.get(format_name, str)(rendered)
        for shown in ((hostile(text).candidate,), (hostile(text).candidate, hostile(text).reference)):
            for view in _VIEWS if report.show else ():
                assert report.show
                assert acts(report.show(shown, view)) == [], text


def _markdown(page: str) -> None:
    """No link, no picture, no mention, and no HTML but ours, outside of code."""
    for token in _flat(MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(page)):
        assert token.type not in ("link_open", "image", "s_open", "em_open", "task"), page
        if token.type in ("html_inline", "html_block"):
            tags = set(re.findall(r"<[^>]*>", token.content))
            assert tags <= {"<br>", "<!-- -->", "<code>", "</code>", *_DETAILS}, tags
    shown = re.sub(r"^```+.*?^```+$|`[^`\n]*`|&#\d+;", "", page, flags=re.DOTALL | re.MULTILINE)
    assert not _LINKS.search(shown), _LINKS.search(shown)


_DETAILS = {"<details>", "</details>", "<summary>", "</summary>"}


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


def _sarif(text: str) -> None:
    """Plain text in which no link of SARIF stands."""
    for each in _strings(json.loads(text)):
        assert "](" not in each
        assert all(char.isprintable() or char == "\n" for char in each)


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from _strings(each)
        case dict():
            for each in value.values():
                yield from _strings(each)


def _junit(text: str) -> None:
    root = ElementTree.fromstring(text.encode())
    for each in (value for element in root.iter() for value in (element.text or "", *element.attrib.values())):
        assert all(char.isprintable() or char == "\n" for char in each), each


_PARSED = {"markdown": _markdown, "sarif": _sarif, "junit": _junit, "json": json.loads}


def test_json_gives_the_very_words_back() -> None:
    for text in WORDS:
        read = json.loads(find("json").compare(hostile(text), View()))
        assert read["candidate"]["label"] == text
        assert read["candidate"]["layers"][0]["settings"] == {"p": text, text: [text]}
        assert read["findings"][0]["message"] == text
        assert read["notes"] == [text]
