"""Another print in the place of one that a text holds: recipes, notes and quoting around it stay as they are.

Must not read or write files.
"""

from __future__ import annotations

import re

from archdiff.model.errors import UsageError
from archdiff.model.network import Network
from archdiff.model.places import cell_of
from archdiff.parse import facts
from archdiff.parse.lines import line_break

_BEFORE = re.compile(r"[ \t>#]*")  # indentation and quoting, which every line of a print has alike


def replaced(text: str, old: Network, new: str) -> str:
    """The text with another print in the lines of a network, and of the facts behind it.

    Args:
        text: what `old` was read from.
        old: a network of it, printed as torch prints, perhaps indented or quoted.
        new: what print(model) writes.

    Raises:
        UsageError: the lines of `old` are not a plain print: a table, a cell of a notebook, one behind log prefixes.
    """
    ending = line_break(text)
    lines = text.split(ending)
    first, last = old.first_line - 1, old.last_line
    if cell_of(old.first_line):
        raise _no_plain_print(old)
    start = _BEFORE.match(lines[first])
    before = start[0] if start else ""
    name = old.root.class_name
    plain = lines[first].startswith((f"{name}(", f"{name} ("), len(before))
    if not plain or not all(line.startswith(before.rstrip()) for line in lines[first:last]):
        raise _no_plain_print(old)
    last = max(last, facts.last_line(lines, last) + 1)
    returned = "\r" if lines[first].endswith("\r") else ""
    own = [f"{before}{line}{returned}" for line in new.rstrip("\n").split("\n")]
    if not lines[last - 1].endswith("\r"):  # the last line of a file may have no end
        own[-1] = own[-1].removesuffix("\r")
    return ending.join([*lines[:first], *own, *lines[last:]])


def _no_plain_print(old: Network) -> UsageError:
    return UsageError("not a plain print, so it is not written over", source=old.source, line=old.first_line)
