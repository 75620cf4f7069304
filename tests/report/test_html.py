"""The page of `--format html`: what stands in it as HTML, what is packed, and that it asks nobody for anything."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode, b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import archdiff
from archdiff.model.errors import ReadError
from archdiff.model.result import Result
from archdiff.report import View, find
from archdiff.report.html import small

REPORT = find("html")
CONV = "Conv2d(1, 8, kernel_size=(3, 3), stride=(1, 1))"
FIRST = f"Net(\n  (a): {CONV}\n  (b): ReLU()\n  (c): Flatten(start_dim=1, end_dim=-1)\n)"
OTHER = FIRST.replace("(3, 3)", "(5, 5)")


class Page(HTMLParser):
    """Tags with their attributes, the words that are shown, and the content of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag if tag in self.raw else ""
        if self.inside:
            self.raw[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.raw[self.inside][-1] += data
        else:
            self.words += data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def packed(self) -> dict[str, Any]:
        scripts = zip(self.attributes("script"), self.raw["script"], strict=True)
        return {
            str(each["id"]): json.loads(zlib.decompress(b64decode(content)))
            for each, content in scripts
            if "id" in each
        }


def page_of(candidate: str = FIRST, reference: str = OTHER) -> Page:
    return Page(REPORT.compare(archdiff.compare(candidate, reference), View()))


def test_the_headline_and_the_findings_need_no_script() -> None:
    words = page_of().words
    assert "function: kernel_size 3x3, not 5x5 (a)" in " ".join(words.split())
    assert "AD301" in words


def test_two_equal_networks_have_no_findings() -> None:
    words = page_of(FIRST, FIRST).words
    assert "identical: nothing that is printed differs" in words
    assert "0 findings" in words


def test_the_data_is_packed() -> None:
    packed = page_of().packed()
    assert list(packed) == ["scripts", "rules", "data1"]
    assert [finding["rule"] for finding in packed["data1"]["findings"]] == ["AD301"]
    assert list(packed["rules"]) == ["AD301"]


def test_nothing_is_asked_of_anybody() -> None:
    found = page_of()
    asking = {"src", "href", "action", "srcset", "data"}
    assert [each for _, attributes in found.tags for each in attributes if each in asking] == []
    assert {tag for tag, _ in found.tags} & {"link", "img", "iframe", "object", "embed", "base", "form"} == set()
    assert re.findall(r"url\(|@import", "".join(found.raw["style"])) == []
    scripts = "".join(found.raw["script"]) + str(found.packed()["scripts"])
    calls = r"\bfetch\(|XMLHttpRequest|WebSocket|importScripts|sendBeacon|https?://(?!www\.w3\.org/2000/svg)"
    assert re.findall(calls, scripts) == []


def test_no_script_reads_markup() -> None:
    written = r"(inner|outer)HTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|ContextualFragment"
    assert re.findall(written, str(page_of().packed()["scripts"])) == []


def test_the_policy_lets_nothing_else_run() -> None:
    found = page_of()
    [policy] = [str(each["content"]) for each in found.attributes("meta") if "http-equiv" in each]
    boot, [style] = found.raw["script"][-1], found.raw["style"]
    hashes = [
        f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"
        for content in (style, boot, found.packed()["scripts"])
    ]
    allowed = f"style-src {hashes[0]}; script-src {hashes[1]} {hashes[2]}"
    assert policy == f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    handlers = {name for _, attributes in found.tags for name in attributes if name.startswith("on") or name == "style"}
    assert handlers == set()


def test_many_have_an_overview_those_that_failed_first() -> None:
    same = archdiff.compare(FIRST, FIRST)
    other, none = archdiff.compare(FIRST, OTHER), ReadError("no such file")
    results = [Result("same", same), Result("other", other), Result("none", error=none)]
    found = Page(REPORT.render(results, View()))
    assert "3 pairs: 1 passed, 1 failed, 1 error" in found.words
    assert [each["href"] for each in found.attributes("a")] == ["#comparison", "#3", "#2", "#1"]
    assert [each.get("data-pair") for each in found.attributes("article")] == ["data1", "data2", None]


def test_an_error_alone() -> None:
    found = Page(REPORT.render([Result(error=ReadError("holds no network", source="a.txt"))], View()))
    assert "error a.txt: holds no network" in " ".join(found.words.split())


def test_findings_beyond_the_most_are_counted() -> None:
    layers = "".join(f"  ({{0}}{number}): Conv2d(1, {{1}}, kernel_size=({number + 1}, 2))\n" for number in range(9))
    ours, theirs = layers.format("a", 8), layers.format("b", 8).replace(", 2)", ", 3)")
    outcome = archdiff.compare(f"Net(\n{ours})", f"Net(\n{theirs})")
    assert len(outcome.decisions) > 3
    assert "more" in Page(REPORT.compare(outcome, View(most=1))).words


def test_in_small_it_is_the_same_page() -> None:
    found = Page(small(archdiff.compare(FIRST, OTHER)))
    assert found.attributes("html") == [{"lang": "en", "class": "small"}]
    assert list(found.packed()) == ["scripts", "rules", "data1"]
