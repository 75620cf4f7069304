# ruff: noqa: E501  (tables: a case a line)
"""Networks in Jupyter notebooks, placed in the JSON file."""

import json

import pytest

from archdiff.model.errors import ReadError
from archdiff.parse import parse

NET = "Net(\n  (a): Linear(in_features=1, out_features=2, bias=True)\n  (é): ReLU()\n)"
ROOT = parse(NET)[0].root


def notebook(*cells: dict) -> dict:
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


def test_worksheets():
    output = {"output_type": "pyout", "prompt_number": 1, "text": lines(NET)}
    cell = {"cell_type": "code", "input": ["net"], "outputs": [output]}
    text = json.dumps({"nbformat": 3, "worksheets": [{"cells": [cell]}]}, indent=1)
    (network,) = parse(text, "nb.ipynb")
    assert network.root == ROOT
    assert text.split("\n")[network.first_line - 1].strip() == '"Net(\\n",'


@pytest.mark.parametrize("indent", [1, None], ids=["pretty", "one line"])
def test_outputs(indent):
    text = json.dumps(notebook(MARKDOWN, CODE), indent=indent)
    originals = text.split("\n")
    first, second = parse(text, "nb.ipynb")
    assert [first.root, second.root] == [ROOT, ROOT]
    assert [first.names, second.names] == [('The "student"', "as trained", "Net"), ('The "student"', "Net")]
    for network in (first, second):
        assert network.complete
        for child in network.root.children:
            assert originals[child.span.line - 1][child.span.column - 1 :].startswith("(")


def test_text_as_one_string():
    cell = {"cell_type": "code", "source": "", "outputs": [{"output_type": "stream", "text": NET + "\n"}]}
    (network,) = parse(json.dumps(notebook(cell), indent=1))
    assert network.root == ROOT


def test_a_piece_of_a_notebook():
    text = '     "text": [\n' + ",\n".join(f"      {json.dumps(line)}" for line in lines(NET)) + "\n     ]\n"
    (network,) = parse(text)
    assert (network.root, network.complete, network.first_line, network.last_line) == (ROOT, True, 2, 5)


def test_damaged_json_is_read_as_text():
    text = json.dumps(notebook(CODE), indent=1)[:-20]
    assert [network.root for network in parse(text)] == [ROOT, ROOT]


BAD = ['{"cells": [], "nbformat": 4}', '{"cells": {"a": "nbformat"}, "nbformat": 4}', '{"cells": ["nbformat", 1, null], "nbformat": []}',
       '{"cells": ' + "[" * 100_000 + ', "nbformat"', '{"cells": [{"cell_type": "raw", "source": ["\\ud800"]}], "nbformat": 4}']  # fmt: skip


@pytest.mark.parametrize("text", BAD, ids=[row[:40] for row in BAD])
def test_nothing_in_it(text):
    with pytest.raises(ReadError, match="no printed network in it"):
        parse(text)
