"""What stands before each line of a quoted or logged print: `> `, `# `, `| `, `12:00:01 INFO `.

It is found where a print begins, so readers ask for it there; all other cleaners change a text before it is read.
"""

from __future__ import annotations

import re
from typing import Final

from archdiff.parse.lines import Lines
from archdiff.parse.tokens import any_digits, indent

_COMPARED: Final = 8  # lines below a root in which a prefix must show itself
_FOREIGN: Final = 8  # lines in a print that are of something else
_PREFIXED = re.compile(r"\s*(?=\S)(.{1,200}?)\s*\([^()\s][^()]{0,100}\):\s?\S")


def cut_prefix(lines: Lines, index: int, stop: int) -> None:
    """Cut what stands before each line of a quoted or logged print: `> `, `# `, `| `, `12:00:01 INFO `.

    The prefix is learned from the first child below the root on line `index`; digits may differ from line to line.
    Where the prefixes of several processes alternate, their lines are sorted: each process printed its own network.
    A line with another prefix or none, as of a warning, is left out where brackets are open and the print goes on.
    """
    below = lines.texts[index + 1 : min(index + _COMPARED, stop)]
    learned = next((match[1] for match in map(_PREFIXED.match, below) if match), None)
    if learned is None:
        return
    prefix = re.compile(rf"\s*{any_digits(learned.strip())}")
    prefixes: list[str] = []
    texts: list[str] = []
    first = index if prefix.match(lines.texts[index]) else index + 1
    opened = lines.texts[index].count("(") if first > index else 0
    for position in range(first, stop):
        match = prefix.match(lines.texts[position])
        if match is None:
            behind = lines.texts[position + 1 : min(position + 1 + _FOREIGN, stop)]
            if opened <= 0 or not any(map(prefix.match, behind)):
                break
        text = lines.texts[position][match.end() :] if match else ""
        opened += text.count("(") - text.count(")")
        prefixes.append(match[0] if match else prefixes[-1] if prefixes else "")
        texts.append(text)
    if len(texts) < 2:
        return
    order = list(range(len(texts)))
    if _alternate(prefixes) and _are_prints(prefixes, texts):
        begins = {each: position for position, each in reversed(list(enumerate(prefixes)))}
        order.sort(key=lambda position: begins[prefixes[position]])
    end = first + len(texts)
    numbers, columns = lines.numbers[first:end], lines.columns[first:end]
    lines.texts[first:end] = [texts[position] for position in order]
    lines.numbers[first:end] = [numbers[position] for position in order]
    lines.columns[first:end] = [columns[position] + len(prefixes[position]) for position in order]


def _alternate(prefixes: list[str]) -> bool:
    """Whether a prefix comes back behind another one, as of processes, or of a clock that goes back."""
    earlier: set[str] = set()
    for before, prefix in zip(["", *prefixes], prefixes, strict=False):
        if prefix != before and prefix in earlier:
            return True
        earlier.add(prefix)
    return False


def _are_prints(prefixes: list[str], texts: list[str]) -> bool:
    """Whether the lines of each prefix begin equally far in, and leave equally many brackets open: one print each."""
    begins: dict[str, int] = {}
    opened: dict[str, int] = {}
    for prefix, text in zip(prefixes, texts, strict=True):
        begins.setdefault(prefix, indent(text))
        opened[prefix] = opened.get(prefix, 0) + text.count("(") - text.count(")")
    return len(set(begins.values())) == len(set(opened.values())) == 1
