"""Prints of Lua Torch look like those of PyTorch, and are none."""

from __future__ import annotations

import pytest

from archdiff.model.errors import ReadError
from archdiff.parse import parse

NESTED = """\
nn.Sequential {
  [input -> (1) -> (2) -> (3) -> output]
  (1): nn.SpatialConvolution(3 -> 64, 3x3, 1,1, 1,1)
  (2): nn.ReLU
  (3): nn.ConcatTable {
    input
      |`-> (1): nn.Identity
      |`-> (2): nn.Sequential {
      |      [input -> (1) -> output]
      |      (1): nn.Linear(10 -> 2)
      |    }
       ... -> output
  }
}
"""
FLAT = "nn.Sequential {\n  [input -> (1) -> output]\n  (1): nn.Linear(10 -> 2)\n}\n"
NET = "Net(\n  (a): ReLU()\n)\n"

REFUSED = [
    ("alone", NESTED, 1),
    ("several", "G:\n" + NESTED + FLAT * 5, 2),
    ("cut off", NESTED[: NESTED.index("ConcatTable")], 1),
    ("quoted", "".join(f"> {line}\n" for line in NESTED.splitlines()), 1),
    ("in a fence", f"# Net\n\n```\n{FLAT}```\n", 4),
]


@pytest.mark.parametrize(("text", "line"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(text: str, line: int) -> None:
    with pytest.raises(ReadError, match="Lua Torch") as caught:
        parse(text)
    assert caught.value.line == line
    assert "PyTorch" in caught.value.way_out


BESIDE = [
    ("before", NET + NESTED, 1),
    ("behind", NESTED + NET, 15),
    ("behind one that is cut off", NESTED[: NESTED.index("(2): nn.Seq")] + NET, 8),
]


@pytest.mark.parametrize(("text", "line"), [row[1:] for row in BESIDE], ids=[row[0] for row in BESIDE])
def test_a_print_of_pytorch_beside_it_is_read(text: str, line: int) -> None:
    if text.endswith(NET):
        text = text.replace("|`-> " + NET, NET)
    assert [(network.label, network.first_line) for network in parse(text)] == [("Net", line)]
