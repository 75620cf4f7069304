"""Places as each report names them: cells of notebooks, layers of live modules, files of a repository."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from archdiff import api, parse
from archdiff.model.errors import ReadError
from archdiff.model.outcome import Outcome
from archdiff.model.result import Result
from archdiff.report import View, find, names

NET = """\
Net(
  (layers): ModuleList(
    (0): Linear(in_features=4, out_features=4, bias=True)
    (1): Dropout(p={}, inplace=False)
  )
)
"""
MINE, ORIGINAL = NET.format(0.1), NET.format(0.2)


def _cell(*texts: str) -> dict[str, Any]:
    outputs = [{"output_type": "stream", "name": "stdout", "text": text.splitlines(keepends=True)} for text in texts]
    return {"cell_type": "code", "source": "print(model)", "outputs": outputs}


NOTEBOOK = json.dumps({"nbformat": 4, "cells": [_cell("epoch 1\n" + MINE), _cell(ORIGINAL)]}, indent=1)
LINE = next(number for number, line in enumerate(NOTEBOOK.split("\n"), 1) if "p=0.1" in line)


def _compared(text: str, source: str, other: str, other_source: str) -> Outcome:
    return api.compare_networks(parse.parse(text, source)[0], parse.parse(other, other_source)[-1])


OUTCOMES = {
    "notebook": _compared(NOTEBOOK, "one.ipynb", NOTEBOOK, "one.ipynb"),
    "notebook and file": _compared(NOTEBOOK, "one.ipynb", ORIGINAL, "original.txt"),
    "live": _compared(MINE, "<model>", ORIGINAL, "nets.small:Net"),
    "live and file": _compared(MINE, "nets.small:Net", ORIGINAL, "original.txt"),
    "file and live": _compared(MINE, "mine.txt", ORIGINAL, "nets.small:Net"),
}


@pytest.mark.parametrize(
    ("pair", "line"),
    [
        ("notebook", "one.ipynb: cell 1, output line 5: AD401 training layers.1: p 0.1, not 0.2"),
        ("notebook and file", "one.ipynb: cell 1, output line 5: AD401 training layers.1: p 0.1, not 0.2"),
        ("live", "layers.1 (Dropout): AD401 training p 0.1, not 0.2"),
        ("live and file", "original.txt:4: AD401 training layers.1 (Dropout): p 0.1, not 0.2"),
        ("file and live", "mine.txt:4: AD401 training layers.1: p 0.1, not 0.2"),
    ],
)
def test_concise(pair: str, line: str) -> None:
    assert find("concise").compare(OUTCOMES[pair], View()).splitlines()[0] == line


_TRAINING = "training (only while training): p 0.1, not 0.2%0Areference: "


@pytest.mark.parametrize(
    ("pair", "command"),
    [
        (
            "notebook",
            f"::error file=one.ipynb,line={LINE},title=AD401 training-setting::cell 1, output line 5: "
            f"{_TRAINING}one.ipynb: cell 2, output line 4",
        ),
        ("live", f"::error title=AD401 training-setting::layers.1 (Dropout): {_TRAINING}layers.1"),
        (
            "live and file",
            "::error file=original.txt,line=4,title=AD401 training-setting::layers.1 (Dropout): "
            f"{_TRAINING}original.txt:4",
        ),
        ("file and live", f"::error file=mine.txt,line=4,title=AD401 training-setting::{_TRAINING}layers.1"),
    ],
)
def test_github(pair: str, command: str) -> None:
    assert find("github").compare(OUTCOMES[pair], View()).splitlines()[0] == command


def test_sarif_has_the_line_of_the_file_and_the_cell_in_words() -> None:
    result = json.loads(find("sarif").compare(OUTCOMES["notebook"], View()))["runs"][0]["results"][0]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": LINE}
    assert result["message"]["text"].startswith("cell 1, output line 5: training ")
    assert result["relatedLocations"][0]["message"] == {"text": "reference: layers.1 (cell 2, output line 4)"}
    (result,) = json.loads(find("sarif").compare(OUTCOMES["live"], View()))["runs"][0]["results"]
    assert result["locations"] == [{"logicalLocations": [{"fullyQualifiedName": "layers.1", "kind": "member"}]}]
    assert result["message"]["text"].startswith("layers.1 (Dropout): training ")


def test_json_has_the_line_of_the_file_and_the_cell_beside_it() -> None:
    place = json.loads(find("json").compare(OUTCOMES["notebook"], View()))["findings"][0]["candidate"]
    assert (place["line"], place["line_in_cell"]) == (LINE, {"cell": 1, "output": True, "line": 5})
    place = json.loads(find("json").compare(OUTCOMES["file and live"], View()))["findings"][0]["candidate"]
    assert (place["line"], "line_in_cell" in place) == (4, False)


@pytest.mark.parametrize(
    ("pair", "parts"),
    [
        ("notebook", ["epoch 1 (cell 1, output lines 2-7) against Net (cell 2, output lines 1-6)", "AD401 1:5|2:4\n"]),
        ("live", ["Net (<model>) against Net (nets.small:Net)\n", "  layers.1  p 0.1, not 0.2", "  AD401\n"]),
        ("live and file", ["  layers.1  p 0.1, not 0.2", "  AD401 reference :4\n"]),
    ],
)  # fmt: skip
def test_terminal(pair: str, parts: list[str]) -> None:
    text = find("terminal").compare(OUTCOMES[pair], View())
    assert [part for part in parts if part not in text] == []


@pytest.mark.parametrize("format_name", names())
@pytest.mark.parametrize("pair", OUTCOMES)
def test_no_report_names_a_line_that_nobody_has(format_name: str, pair: str) -> None:
    for view in (View(), View(all=True)):
        text = find(format_name).compare(OUTCOMES[pair], view)
        assert not re.search(r"<model>:\d|nets.small:Net:\d|\b\d{12,}\b", text)


def test_an_error_in_a_notebook() -> None:
    network = parse.parse(NOTEBOOK, "one.ipynb")[0]
    error = ReadError("wrong", source="one.ipynb", line=network.first_line, column=3, line_text="Net(")
    told = {name: find(name).render([Result("a", error=error)], View()) for name in names()}
    line = LINE - 3
    assert told["github"] == f"::error file=one.ipynb,line={line},title=error (a)::cell 1, output line 2: wrong\n"
    assert told["concise"] == "one.ipynb: cell 1, output line 2: error: wrong [a]\n"
    assert json.loads(told["json"])["results"][0]["error"]["line"] == line
    run = json.loads(told["sarif"])["runs"][0]
    (found,) = run["invocations"][0]["toolExecutionNotifications"][0]["locations"]
    assert found["physicalLocation"]["region"] == {"startLine": line}


# Names as the repository has them


@pytest.mark.parametrize(
    ("source", "folder", "root", "file", "uri"),
    [
        ("net.txt", "", "", "net.txt", "net.txt"),
        ("net.txt", "/repo", "/repo", "net.txt", "net.txt"),
        ("net.txt", "/repo/paper", "/repo", "paper/net.txt", "paper/net.txt"),
        ("../net.txt", "/repo/paper", "/repo", "net.txt", "net.txt"),
        ("./a/../net b.txt", "/repo/paper", "/repo", "paper/net b.txt", "paper/net%20b.txt"),
        ("/repo/a/net.txt", "/repo/paper", "/repo", "a/net.txt", "a/net.txt"),
        ("..net.txt", "/repo", "/repo", "..net.txt", "..net.txt"),
        ("../../net.txt", "/repo/paper", "/repo", "/net.txt", "file:///net.txt"),
        ("/else/net.txt", "/repo/paper", "/repo", "/else/net.txt", "file:///else/net.txt"),
    ],
)
def test_files_are_named_from_the_top_of_the_repository(
    source: str, folder: str, root: str, file: str, uri: str
) -> None:
    outcome = _compared(MINE, source, ORIGINAL, "nets.small:Net")
    view = View(folder=folder, root=root)
    assert find("github").compare(outcome, view).startswith(f"::error file={file},line=4,")
    run = json.loads(find("sarif").compare(outcome, view))["runs"][0]
    located = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert located == ({"uri": uri} if uri.startswith("file:") else {"uri": uri, "uriBaseId": "%SRCROOT%"})
    assert run.get("originalUriBaseIds") == ({"%SRCROOT%": {"uri": "file:///repo/"}} if root else None)
    assert find("concise").compare(outcome, view).startswith(f"{source}:4: ")
    assert f"reference: {file}:4" in find("github").compare(_compared(MINE, "nets:Net", ORIGINAL, source), view)
