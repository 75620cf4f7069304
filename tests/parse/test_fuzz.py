"""Damaged texts: cut, spliced and noisy. Each is read or refused, never anything else, and a refusal says where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archdiff import infer
from archdiff.model.errors import ArchdiffError
from archdiff.model.network import walk
from archdiff.model.places import file_line
from archdiff.parse import open_source, parse, read
from archdiff.parse.unparse import unparse_network
from archdiff.semantics import rules
from parse.grammar.test_recipe import NET, STATES
from parse.prints import PRINTS
from parse.readers.test_summary_table import BOX, BOXED, KERAS, NAMED, NAMELESS, NUMBERED, TREE, WIDE

RECIPE = "SGD (\nParameter Group 0\n    lr: 0.1\n    betas: (0.9, 0.99)\n)\nStepLR\n    gamma 0.9\n"
PYTHON = "OrderedDict([('a', Linear(in_features=2, out_features=3)), ('b', ReLU())])\n[ReLU(), {'0': ReLU()}]\n"
NOTEBOOK = (
    '{"cells": [{"cell_type": "code", "outputs": [{"text": ["Net(\\n", "  (a): ReLU()\\n", ")"]}]}], "nbformat": 4}\n'
)
WRAPPED = [
    f"# A note\n\nMine\n```\n{NET}```\n",
    "".join(f"[{number}] INFO {line}\n" for number, line in enumerate(NET.splitlines())),
    "".join(f"> {line}\n" for line in NET.splitlines()),
    f"<pre>{NET}</pre>\n",
]
CORPUS = [
    *(row[1] + "\n" for row in PRINTS),
    *(row[1] + NET for row in STATES),
    *(BOX, BOXED, KERAS, NAMED, NAMELESS, NUMBERED, TREE, WIDE, RECIPE + NET, PYTHON, NOTEBOOK, *WRAPPED),
]
PIECES = ["\n", "(", ")", "[", "]", "{", "}", "): ", "(a): ", " x ", "'", '"', "\\", "...", "```", "\t", "\r", "=", "─"]
TOKENS = ["│", "|", "0", "9" * 25, "--", "(recursive)", "\x1b[1m", "&#40;", "\u2028", "é", "'last_epoch': 0", "None"]
TOKENS += ["(0-9999999999999): 9999999999999 x ", "Layer (type)", "=" * 20, "-" * 20, " object at 0x7f>", "SGD ("]


@st.composite
def spliced(draw: st.DrawFn) -> str:
    """The head of one text and the tail of another, then pieces put in or cut out."""
    first, second = draw(st.sampled_from(CORPUS)), draw(st.sampled_from(CORPUS))
    text = first[: draw(st.integers(0, len(first)))] + second[draw(st.integers(0, len(second))) :]
    for _ in range(draw(st.integers(0, 5))):
        begin = draw(st.integers(0, len(text)))
        end = min(len(text), begin + draw(st.integers(0, 30)))
        text = text[:begin] + draw(st.sampled_from([*PIECES, *TOKENS, ""])) + text[end:]
    return text


def is_clear(error: ArchdiffError, text: str) -> bool:
    """Whether a refusal quotes a line of the text at the place that it names, and can be printed."""
    lines = text.split("\n" if "\n" in text or "\r" not in text else "\r")
    str(error).encode()
    if not error.line:
        return bool(error.message and error.way_out)
    is_there = 1 <= error.line <= len(lines) and error.column <= len(lines[error.line - 1]) + 1
    return is_there and bool(error.way_out)  # without a column where a whole line is meant


def attempt(action: Callable[[], tuple[Any, ...]]) -> tuple[tuple[Any, ...], ArchdiffError | None]:
    """What comes of it, or the refusal; anything else is a failure of the test."""
    try:
        return action(), None
    except ArchdiffError as error:
        return ("", ""), error


@given(spliced())
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_spliced_texts(text: str) -> None:
    networks, error = attempt(lambda: parse(text))
    assert error is None or is_clear(error, text)
    for network in networks if error is None else ():
        assert 1 <= file_line(network.first_line) <= text.count("\n") + text.count("\r") + 1
        assert all(layer.span.column >= 1 for _, layer in walk(network.root))
        unparse_network(network)
    if error is None and sum(layer.repeat for network in networks for _, layer in walk(network.root)) < 1_000:
        infer.infer([rules.normalize(network) for network in networks[:2]])


@given(st.sampled_from(CORPUS), st.data())
@settings(max_examples=150)
def test_noisy_bytes(tmp_path_factory: pytest.TempPathFactory, text: str, data: st.DataObject) -> None:
    noisy = bytearray(text.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        noisy[data.draw(st.integers(0, len(noisy) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("noise") / "net.txt"
    path.write_bytes(bytes(noisy))
    (_, decoded, *_), error = attempt(lambda: open_source(str(path)))
    if error is None:
        _, error = attempt(lambda: read(str(path)))
        assert error is None or is_clear(error, decoded)
    assert error is None or error.source == str(path)
