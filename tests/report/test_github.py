"""The annotations: read back by the rules of the runner they say what was meant, and nothing else is a command."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from archdiff.model.effects import Effect
from archdiff.model.errors import ReadError
from archdiff.model.finding import Finding
from archdiff.model.result import Result
from archdiff.report import View, find
from archdiff.report.github import command
from report.answers import DIFFERENT, HOSTILE, MANY, RESULTS, hostile

REPORT = find("github")


def read(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as the runner reads it: (name, properties, message)."""
    found = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
    assert found, line
    name, properties, data = found.groups()
    pairs = [part.split("=", 1) for part in properties.split(",")]
    return name, {key: _unescaped(value, ":,") for key, value in pairs}, _unescaped(data, "")


def _unescaped(text: str, more: str) -> str:
    for char in f"\r\n{more}%":
        text = text.replace(f"%{ord(char):02X}", char)
    return text


@pytest.mark.parametrize("answer", RESULTS)
def test_render(answer: str, golden: Callable[[str, str], None]) -> None:
    text = REPORT.render(RESULTS[answer], View())
    names = [read(line)[0] for line in text.splitlines()]
    assert names == sorted(names, key=["error", "warning", "notice"].index)
    golden(f"{answer}.github.txt", text)


def test_the_line_of_the_candidate() -> None:
    told = [read(line) for line in REPORT.compare(DIFFERENT, View()).splitlines()]
    assert told[0][0] == "error"
    assert told[0][1] == {"file": "note.md", "line": "20", "title": "AD101 layer-order"}
    assert [name for name, _, _ in told] == ["error"] * 4 + ["warning", "notice"]


@pytest.mark.parametrize(
    ("fail_on", "names"),
    [
        (Effect.COSMETIC, ["error"] * 6 + ["warning"]),
        (Effect.STATE, ["error"] * 5 + ["warning"]),
        (Effect.FUNCTION, ["error"] * 3 + ["warning"] * 2 + ["notice"]),
    ],
)
def test_what_fails_is_an_error(fail_on: Effect, names: list[str]) -> None:
    text = REPORT.render([Result(outcome=DIFFERENT, fail_on=fail_on)], View())
    assert [read(line)[0] for line in text.splitlines()] == names


@pytest.mark.parametrize(
    ("effect", "name"),
    [
        (Effect.COSMETIC, "notice"),
        (Effect.EQUIVALENT, "notice"),
        (Effect.STATE, "notice"),
        (Effect.INIT, "warning"),
        (Effect.TRAINING, "warning"),
        (Effect.INFERENCE, "warning"),
        (Effect.UNKNOWN, "warning"),
        (Effect.FUNCTION, "error"),
    ],
    ids=lambda value: value.word if isinstance(value, Effect) else value,
)
def test_what_would_fail_by_default_is_a_warning(effect: Effect, name: str) -> None:
    outcome = replace(DIFFERENT, findings=(Finding("AD301", effect, "eps 1, not 2"),))
    text = REPORT.render([Result(outcome=outcome, fail_on=Effect.FUNCTION, unknown="pass")], View(all=True))
    assert [read(line)[0] for line in text.splitlines()] == [name]


@pytest.mark.parametrize(
    ("title", "said", "line"),
    [
        ("a", "b", "::error title=a::b"),
        ("50 %", "50 %", "::error title=50 %25::50 %25"),
        ("a: b, c", "a: b, c", "::error title=a%3A b%2C c::a: b, c"),
        ("a\nb", "a\r\nb\rc", "::error title=a%0Ab::a%0Ab%0Ac"),
        ("%0A", "%0A", "::error title=%250A::%250A"),
        ("a::b", "::error::b", "::error title=a%3A%3Ab::::error::b"),
        ("\x1b[31m", "\x00\u2028", "::error title=\ufffd[31m::\ufffd\ufffd"),
    ],
)
def test_escaping(title: str, said: str, line: str) -> None:
    assert command("error", "", 1, 1, title, said) == line


@pytest.mark.parametrize("text", HOSTILE)
def test_every_line_is_one_command(text: str) -> None:
    outcome = hostile(text)
    lines = REPORT.compare(outcome, View()).split("\n")
    assert lines.pop() == ""
    assert len(lines) == len(outcome.findings)
    for line in lines:
        assert set(read(line)[1]) == {"file", "line", "title"}
        assert line.isprintable()


def test_an_error_without_a_line_has_no_file() -> None:
    told = {read(line)[1]["title"]: read(line) for line in REPORT.render(MANY, View()).splitlines()}
    assert told["error (gone)"][1:] == (
        {"title": "error (gone)"},
        "gone.txt: no such file\nhelp: did you mean gene.txt?",
    )
    assert told["error (cut)"][1] == {"file": "cut.txt", "line": "7", "col": "3", "title": "error (cut)"}
    (line,) = REPORT.render([Result(error=ReadError("no network", source="<stdin>", line=3))], View()).splitlines()
    assert read(line)[1] == {"title": "error"}
