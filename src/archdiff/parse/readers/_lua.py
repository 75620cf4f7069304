"""Prints of Lua Torch (Torch7, and torch.legacy in old PyTorch): found, so that none is taken for one of PyTorch.

    nn.Sequential {
      [input -> (1) -> (2) -> output]
      (1): nn.SpatialConvolution(3 -> 64, 3x3, 1,1, 1,1)
      (2): nn.ReLU
    }

Its children count from 1, its classes and their settings are others. Must not read them.
"""

from __future__ import annotations

import re
from typing import Final

from archdiff.model.errors import ReadError
from archdiff.parse.grammar.tree import find_root
from archdiff.parse.lines import Lines

_OPENING = re.compile(r"(?<![\w.])(?:nn|cudnn|cunn)\.[A-Z]\w* \{\s*$")
_LENGTH: Final = 1_000  # characters of a line that is looked at


def read_lua(lines: Lines, index: int, stop: int) -> tuple[ReadError, int] | None:
    """The refusal of such a print and its last line; None where none begins on this line."""
    text = lines.texts[index]
    if not text.rstrip().endswith("{") or not _OPENING.search(text[-_LENGTH:]):
        return None
    error = lines.error(
        "a print of Lua Torch (Torch7), not of PyTorch",
        lines.span(index),
        "build the network in PyTorch and give what print(model) writes",
    )
    depth, last = 0, index
    for last in range(index, stop):
        text = lines.texts[last]
        if find_root(text) >= 0:  # it was cut off, and one of PyTorch follows
            return error, last - 1
        depth += text.count("{") - text.count("}")
        if depth <= 0:
            break
    return error, last
