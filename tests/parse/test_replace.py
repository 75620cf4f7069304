"""Another print in the place of one that a text holds: what stands around it stays, byte by byte."""

from __future__ import annotations

import json

import pytest

from archdiff import parse
from archdiff.model.errors import UsageError
from archdiff.parse.replace import replaced

OLD = "Sequential(\n  (0): Linear(in_features=4, out_features=3, bias=True)\n)\n"
FACTS = "# archdiff facts 1, print 0: words\n# . Sequential mode: train\n# archdiff facts end\n"
NEW = "Sequential(\n  (0): Linear(in_features=4, out_features=3, bias=True)\n  (1): ReLU()\n)\n"


def quoted(text: str, before: str) -> str:
    return "".join(f"{before}{line}\n" for line in text.splitlines())


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        pytest.param("{}", OLD, NEW, id="alone"),
        pytest.param("{}", OLD.removesuffix("\n"), NEW.removesuffix("\n"), id="no end of line"),
        pytest.param(
            "# Mine\n\n```\nSGD (\nParameter Group 0\n    lr: 0.1\n)\n{}```\n\nWords.\n", OLD, NEW, id="a note"
        ),
        pytest.param("# Mine\r\n\r\n{}\r\nWords.\r\n", OLD.replace("\n", "\r\n"), NEW.replace("\n", "\r\n"), id="CRLF"),
        pytest.param("{}", OLD.replace("\n", "\r"), NEW.replace("\n", "\r"), id="old Mac"),
        pytest.param("Words:\n\n{}\nMore.\n", quoted(OLD, "    "), quoted(NEW, "    "), id="indented"),
        pytest.param("{}", quoted(OLD, "> "), quoted(NEW, "> "), id="a quotation"),
        pytest.param("{}", quoted(OLD, "# "), quoted(NEW, "# "), id="a comment"),
        pytest.param("Form\x0cfeed\u2028and more\n{}", OLD, NEW, id="other ends of lines"),
        pytest.param("{}", OLD.replace("tial(", "tial ("), NEW, id="an old print"),
        pytest.param("{}", f"{OLD}{FACTS}", NEW, id="facts go with their print"),
        pytest.param("{}Words.", quoted(f"{OLD}{FACTS}", "> "), quoted(NEW, "> "), id="facts in a quotation"),
        pytest.param("{}", f"{OLD}{FACTS}".replace("\n", "\r\n"), NEW.replace("\n", "\r\n"), id="facts, CRLF"),
    ],
)
def test_what_stands_around_stays(text: str, old: str, new: str) -> None:
    (network,) = parse.parse(text.replace("{}", old), "a.txt")
    assert replaced(text.replace("{}", old), network, NEW) == text.replace("{}", new)


@pytest.mark.parametrize(("before", "facts"), [("", ""), ("", FACTS), ("    ", FACTS), ("> ", FACTS), ("# ", FACTS)])
def test_facts_come_with_their_print(before: str, facts: str) -> None:
    old, new = (quoted(each, before) for each in (OLD + facts, NEW + FACTS))
    (network,) = parse.parse(f"Words.\n\n{old}\nWords.\n", "a.txt")
    assert replaced(f"Words.\n\n{old}\nWords.\n", network, NEW + FACTS) == f"Words.\n\n{new}\nWords.\n"


def test_one_of_several() -> None:
    text = f"# One\n\n{OLD}\n# Two\n\n{OLD}\n# Three\n\n{OLD}"
    second = parse.parse(text, "a.txt")[1]
    assert replaced(text, second, NEW) == f"# One\n\n{OLD}\n# Two\n\n{NEW}\n# Three\n\n{OLD}"


CELL = {"cell_type": "code", "metadata": {}, "source": ["net"], "execution_count": 1}
OUTPUT = {"output_type": "stream", "name": "stdout", "text": OLD.splitlines(keepends=True)}
NOTEBOOK = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{**CELL, "outputs": [OUTPUT]}]}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(json.dumps(NOTEBOOK, indent=1), id="a notebook"),
        pytest.param(quoted(OLD, "12:00:01 INFO "), id="a log"),
    ],
)
def test_no_plain_print(text: str) -> None:
    (network,) = parse.parse(text, "a.txt")
    with pytest.raises(UsageError, match="not a plain print"):
        replaced(text, network, NEW)
