"""What holds of every format: one pair or many, found and not answered, and the same text whenever it is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from archdiff import report as reports
from archdiff.model.result import Result
from archdiff.report import View, find
from report.answers import COMPARED, DIFFERENT, ERROR, MANY, MINE, RESULTS

FORMATS = reports.names()


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("answer", RESULTS)
def test_the_same_text_twice(name: str, answer: str) -> None:
    report = find(name)
    text = report.render(RESULTS[answer], View())
    assert text == report.render(list(RESULTS[answer]), View())
    assert text.endswith("\n") or text == ""
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_tells_errors_and_names_pairs(name: str) -> None:
    text = find(name).render(MANY, View())
    assert "no such file" in text
    assert "the print is cut off" in text
    for result in MANY:
        if result.error or result.failed:
            assert result.name in text
    assert "the print is cut off" in find(name).render(ERROR, View())


@pytest.mark.parametrize("name", FORMATS)
def test_no_pairs_at_all(name: str) -> None:
    find(name).render((), View())


@pytest.mark.parametrize("name", FORMATS)
def test_compare_is_a_sequence_of_one(name: str) -> None:
    report = find(name)
    assert report.compare(DIFFERENT, View()) == report.render([Result(outcome=DIFFERENT)], View())


@pytest.mark.parametrize("name", FORMATS)
def test_pairs_are_looked_through_once_and_never_counted(name: str) -> None:
    """A network of 100,000 layers is only spelled out where a report shows it."""

    class Lazy(tuple[tuple[str | None, str | None], ...]):
        def __len__(self) -> int:
            raise AssertionError("counted")

    lazy = replace(DIFFERENT, pairs=Lazy(DIFFERENT.pairs))
    assert find(name).compare(lazy, View()) == find(name).compare(DIFFERENT, View())


def test_which_formats_show_a_network() -> None:
    showing = [report for report in map(find, FORMATS) if report.show]
    assert {find("json"), find("terminal")} <= {*showing}
    for report in showing:
        assert report.show is not None
        assert "Mine" in report.show((MINE,), View())


@pytest.mark.parametrize(("name", "ending"), [("terminal", "terminal.txt"), ("json", "json")])
@pytest.mark.parametrize("answer", ["many", "error"])
def test_render(answer: str, name: str, ending: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{answer}.{ending}", find(name).render(RESULTS[answer], View()))


def test_json_of_many_holds_each_as_it_is_alone() -> None:
    found = json.loads(find("json").render(MANY, View()))
    assert found["schema"] == "archdiff/check/2"
    assert [told["name"] for told in found["results"]] == [result.name for result in MANY]
    for told, result in zip(found["results"], MANY, strict=True):
        assert (told["outcome"] is None) == (told["error"] is not None) == (result.error is not None)
        if result.outcome:
            assert told["outcome"] == json.loads(find("json").compare(result.outcome, View()))
    cut = json.loads(find("json").render(ERROR, View()))
    assert cut["schema"] == "archdiff/error/1"
    assert (cut["error"]["source"], cut["error"]["line"], cut["error"]["column"]) == ("cut.txt", 7, 3)


def test_the_terminal_gives_a_line_to_what_passed() -> None:
    text = find("terminal").render(MANY, View())
    assert "\npassed copy: identical\n" in text
    told = "function, all accepted or ignored (1 accepted, 1 ignored,\n       1 not printed)"
    assert f"\npassed accepted: {told}\n" in text
    assert text.endswith("\n7 pairs: 2 passed, 3 failed, 2 errors\n")
    assert find("terminal").compare(COMPARED["deep"], View()) in text
    assert all(len(line) <= 80 for line in text.splitlines())
