# ruff: noqa: E501  (tables: a case a line)
"""Networks in Jupyter notebooks, placed in the JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from archdiff.model.errors import ReadError
from archdiff.model.network import walk_lines
from archdiff.model.places import cell_of, file_line, span
from archdiff.parse import parse, pick

NET = "Net(\n  (a): Linear(in_features=1, out_features=2, bias=True)\n  (é): ReLU()\n)"
ROOT = parse(NET)[0].root


def notebook(*cells: Mapping[str, object]) -> dict[str, object]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


MARKDOWN = {"cell_type": "markdown", "metadata": {}, "source": ['# The "student"\n', "as trained"]}
CODE = {
    "cell_type": "code",
    "source": ["# a comment, no heading\n", "print(net)"],
    "outputs": [
        {"output_type": "stream", "name": "stdout", "text": lines(NET + "\n")},
        {"output_type": "execute_result", "data": {"text/html": ["<b>"], "text/plain": lines(NET)}},
    ],
}


def test_worksheets() -> None:
    output = {"output_type": "pyout", "prompt_number": 1, "text": lines(NET)}
    cell = {"cell_type": "code", "input": ["net"], "outputs": [output]}
    text = json.dumps({"nbformat": 3, "worksheets": [{"cells": [cell]}]}, indent=1)
    (network,) = parse(text, "nb.ipynb")
    assert network.root == ROOT
    assert text.split("\n")[file_line(network.first_line) - 1].strip() == '"Net(\\n",'
    assert span(network.first_line, network.last_line) == "cell 1, output lines 1-4"


@pytest.mark.parametrize("indent", [1, None], ids=["pretty", "one line"])
def test_outputs(indent: int | None) -> None:
    text = json.dumps(notebook(MARKDOWN, CODE), indent=indent)
    originals = text.split("\n")
    first, second = parse(text, "nb.ipynb")
    assert [first.root, second.root] == [ROOT, ROOT]
    assert [first.names, second.names] == [('The "student"', "as trained", "Net"), ('The "student"', "Net")]
    for network, before in ((first, 0), (second, 4)):
        assert network.complete
        for at, (_, layer, number) in enumerate(walk_lines(network.root), 1):
            cell = cell_of(number)
            assert cell is not None
            assert (cell.number, cell.is_output, cell.line) == (2, True, at + before)
            assert NET.split("\n")[at - 1][layer.span.column - 1 :].startswith(
                f"({layer.name})" if layer.name else "Net("
            )
            assert json.dumps(NET.split("\n")[at - 1])[1:-1] in originals[cell.file_line - 1]


IN_ONE = {"cell_type": "code", "source": "", "outputs": [{"text": f"a log\n{NET}\n"}, {"text": ["b\n", "c\n", NET]}]}
IN_MARKDOWN = {"cell_type": "markdown", "source": ["# Ours\n", "\n", *lines(NET)]}


@pytest.mark.parametrize(
    ("cells", "placed"),
    [
        ([CODE], ["cell 1, output lines 1-4", "cell 1, output lines 5-8"]),
        ([MARKDOWN, IN_ONE], ["cell 2, output lines 2-5", "cell 2, output lines 8-11"]),
        ([IN_MARKDOWN, CODE], ["cell 1, lines 3-6", "cell 2, output lines 1-4", "cell 2, output lines 5-8"]),
    ],
    ids=["strings", "one string", "Markdown"],
)
@pytest.mark.parametrize("indent", [1, None], ids=["pretty", "one line"])
def test_places(
    cells: list[Mapping[str, object]],
    placed: list[str],
    indent: int | None,
) -> None:
    text = json.dumps(notebook(*cells), indent=indent)
    found = parse(text, "nb.ipynb")
    assert [span(network.first_line, network.last_line) for network in found] == placed
    assert all(0 < file_line(network.first_line) <= len(text.split("\n")) for network in found)


def test_an_error_names_the_cell_and_shows_the_line_of_its_output() -> None:
    cut = {
        "cell_type": "code",
        "source": "",
        "outputs": [{"text": "epoch 1\nNet(\n  (a): ReLU()\n"}],
    }
    networks = parse(json.dumps(notebook(MARKDOWN, cut)), "nb.ipynb")
    with pytest.raises(ReadError) as error:
        pick("nb.ipynb", networks)
    assert (
        str(error.value)
        == """\
nb.ipynb: cell 2, output line 2: the print is cut off after cell 2, output line 3: this bracket is never closed
  2:2 | Net(
      | ^^^^
  help: paste the whole print, to the `)` that closes it"""
    )


def test_text_as_one_string() -> None:
    cell = {"cell_type": "code", "source": "", "outputs": [{"output_type": "stream", "text": NET + "\n"}]}
    (network,) = parse(json.dumps(notebook(cell), indent=1))
    assert network.root == ROOT


def test_a_piece_of_a_notebook() -> None:
    text = '     "text": [\n' + ",\n".join(f"      {json.dumps(line)}" for line in lines(NET)) + "\n     ]\n"
    (network,) = parse(text)
    assert (network.root, network.complete, network.first_line, network.last_line) == (ROOT, True, 2, 5)


def test_damaged_json_is_read_as_text() -> None:
    text = json.dumps(notebook(CODE), indent=1)[:-20]
    assert [network.root for network in parse(text)] == [ROOT, ROOT]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{\n "cells": [],,\n "nbformat": 4\n}',
            "n.ipynb:2:14: a notebook that is not valid JSON: Expecting property name",
        ),
        (json.dumps(notebook(MARKDOWN), indent=1)[:-60], "n.ipynb:10:3: a notebook that is not valid JSON: Expecting "),
        (
            '{\n "cells": [\n<<<<<<< HEAD\n {"cell_type": "raw"}',
            "n.ipynb:3:1: a notebook that is not valid JSON: Expecting value",
        ),
    ],
    ids=["comma", "cut off", "merge"],
)
def test_damaged_json_without_a_network(text: str, message: str) -> None:
    with pytest.raises(ReadError) as error:
        parse(text, "n.ipynb")
    assert str(error.value).startswith(message)


BAD = ['{"cells": [], "nbformat": 4}', '{"cells": {"a": "nbformat"}, "nbformat": 4}', '{"cells": ["nbformat", 1, null], "nbformat": []}',
       '{"cells": ' + "[" * 100_000 + ', "nbformat"', '{"cells": [{"cell_type": "raw", "source": ["\\ud800"]}], "nbformat": 4}']  # fmt: skip


@pytest.mark.parametrize("text", BAD, ids=[row[:40] for row in BAD])
def test_nothing_in_it(text: str) -> None:
    with pytest.raises(ReadError, match="no printed network in it"):
        parse(text)
