"""Any text with printed networks in it: notes, READMEs, logs, a plain file. Finds them and what they are called.

A print is told from other text by a line that ends in `Class(` with a child line `(name): ...` below it. Its names come
from the heading, label line and name line above it; a printed optimizer or scheduler goes to the network it stands
with. Must not know how a layer is printed: `torch_repr` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from archdiff.formats._format import Format, Lines, split
from archdiff.formats._recipe import Part, read_part
from archdiff.formats.torch_repr import Print, find_root, read_print
from archdiff.network import Network, Recipe

LOOK_AHEAD: Final = 40  # lines of settings that may stand between a root and its first child
LABEL_LENGTH: Final = 80

_HEADING = re.compile(r"\s{0,3}(#{1,6})\s+(.*?)[\s#]*$")
_FENCE = re.compile(r"\s*(?:[*+-]\s+|\d+\.\s+)?(```+|~~~+)")
_CHILD = re.compile(r"\s*\([^()\s][^()]{0,200}\):\s?\S")
_UNDERLINE = re.compile(r"([=\-~^\"*#])\1{2,}\s*$")
_NAME_LINE = re.compile(r"\s*([^\s:][^:=(){}]*?)\s*:\s*$")
_ASSIGNED = re.compile(r"(?:^|[\s'\"])([^\W\d][\w.]*)\s*(?:=|:)\s*$")
_EMPHASIS = re.compile(r"\*{1,3}|`+|(?<!\w)_{1,2}|_{1,2}(?!\w)")


@dataclass(frozen=True, slots=True)
class _Heading:
    level: int
    text: str
    line: int


@dataclass(slots=True)
class _Page:
    """What a text holds, by lines counted from 0."""

    lines: Lines
    headings: list[_Heading] = field(default_factory=list)
    fences: list[tuple[int, int]] = field(default_factory=list)  # first and last line, the fences themselves
    prints: list[tuple[Print, int]] = field(default_factory=list)  # with the column of the root's class
    parts: list[Part] = field(default_factory=list)


def find_networks(lines: Lines) -> tuple[Network, ...]:
    """All printed networks, named and with their recipes."""
    page = _survey(lines)
    recipes = _recipes(page)
    return tuple(_network(page, number, recipes.get(number)) for number in range(len(page.prints)))


def _survey(lines: Lines) -> _Page:
    """One pass over the text."""
    page = _Page(lines)
    texts = lines.texts
    fences = _fences(lines)
    page.fences = fences
    ends = dict(fences)
    stop, index = len(texts), 0
    fenced = -1  # the line that ends the fence we are in
    while index < stop:
        text = texts[index]
        if index in ends:
            fenced = ends[index]
        elif (column := find_root(text)) >= 0 and _is_root(lines, index, fenced if index < fenced else stop):
            found = read_print(lines, index, fenced if index < fenced else stop, column)
            found = _with_code(lines, found, stop)
            page.prints.append((found, column))
            index = found.last
        elif part := read_part(lines, index, fenced if index < fenced else stop):
            page.parts.append(part)
            index = part.last
        elif index > fenced and (heading := _heading(lines, index)):
            page.headings.append(heading)
        index += 1
    return page


def _fences(lines: Lines) -> list[tuple[int, int]]:
    """Fenced blocks. A fence that is never closed reaches to the end."""
    fences: list[tuple[int, int]] = []
    opened, mark = -1, ""
    for index, text in enumerate(lines.texts):
        if "```" not in text and "~~~" not in text:
            continue
        fence = _FENCE.match(text)
        if fence is None:
            continue
        if opened < 0:
            opened, mark = index, fence[1]
        elif fence[1].startswith(mark) and not text[fence.end() :].strip():
            fences.append((opened, index))
            opened = -1
    return [*fences, (opened, len(lines.texts))] if opened >= 0 else fences


def _is_root(lines: Lines, index: int, stop: int) -> bool:
    """Below `Class(` stands a child, or settings and then a child."""
    for text in lines.texts[index + 1 : min(index + LOOK_AHEAD, stop)]:
        if _CHILD.match(text):
            return True
        if text.lstrip()[:1] in (")", "`") or (text.rstrip()[-1:] == "(" and find_root(text) >= 0):
            return False
    return False


def _with_code(lines: Lines, found: Print, stop: int) -> Print:
    """`print` of a GraphModule adds the code of its forward behind the modules."""
    index = found.last + 1
    while index < min(stop, found.last + 6) and not lines.texts[index].strip():
        index += 1
    if index >= stop or not lines.texts[index].startswith("def forward("):
        return found
    for last in range(index + 1, stop):
        text = lines.texts[last]
        if text.startswith("# To see more debug info"):
            return _grown(lines, found, last)
        if text.strip() and not text[0].isspace():
            break
    return found


def _grown(lines: Lines, found: Print, last: int) -> Print:
    layout: Any = found.root.layout
    closing = "\n".join([layout.closing, *lines.texts[found.last + 1 : last + 1]])
    return replace(found, root=replace(found.root, layout=replace(layout, closing=closing)), last=last)


def _heading(lines: Lines, index: int) -> _Heading | None:
    text = lines.texts[index]
    if text.lstrip()[:1] == "#" and (match := _HEADING.match(text)) and match[2]:
        return _Heading(len(match[1]), _clean(match[2]), index)
    if index and text[:1] in '=-~^"*#' and _UNDERLINE.match(text):
        title = lines.texts[index - 1]
        above = lines.texts[index - 2] if index > 1 else ""
        long_enough = len(text.strip()) >= len(title.strip()) > 0
        if long_enough and not title[0].isspace() and not above.strip("=-~ \r"):
            return _Heading({"=": 1, "-": 2}.get(text[0], 3), _clean(title), index - 1)
    return None


def _clean(text: str) -> str:
    return _EMPHASIS.sub("", text).strip().rstrip(":#").strip()


def _network(page: _Page, number: int, recipe: Recipe | None) -> Network:
    lines = page.lines
    found, column = page.prints[number]
    heading = _heading_above(page, found.first)
    label = _label_line(page, found.first)
    names = list(_name_lines(page, number))
    assigned = _ASSIGNED.search(lines.texts[found.first][:column][-LABEL_LENGTH:])
    telling = [label, heading.text if heading else "", *names, found.root.class_name, assigned[1] if assigned else ""]
    kept = tuple(dict.fromkeys(name for name in telling if name))
    return Network(
        found.root,
        kept[0],
        kept,
        lines.source,
        lines.numbers[found.first],
        lines.numbers[found.last],
        recipe,
        complete=found.complete,
    )


def _heading_above(page: _Page, line: int) -> _Heading | None:
    return next((heading for heading in reversed(page.headings) if heading.line < line), None)


def _fence_of(page: _Page, line: int) -> tuple[int, int] | None:
    return next((fence for fence in page.fences if fence[0] < line < fence[1]), None)


def _label_line(page: _Page, line: int) -> str:
    """A short line alone above the fence, as `SuperSparse` in a note."""
    fence = _fence_of(page, line)
    if fence is None:
        return ""
    texts = page.lines.texts
    above = fence[0] - 1
    while above >= 0 and not texts[above].strip():
        above -= 1
    if above < 0 or any(last == above for _, last in page.fences) or any(h.line == above for h in page.headings):
        return ""
    alone = above == 0 or not texts[above - 1].strip() or any(h.line == above - 1 for h in page.headings)
    label = _clean(texts[above])
    return label if alone and len(label) <= LABEL_LENGTH and len(label.split()) <= 8 else ""


def _name_lines(page: _Page, number: int) -> Iterator[str]:
    """Lines such as `GSCHeb:` directly above the print, below whatever stands before it."""
    texts = page.lines.texts
    first = page.prints[number][0].first
    fence = _fence_of(page, first)
    floor = max(fence[0] if fence else -1, page.prints[number - 1][0].last if number else -1, first - 5)
    for index in range(first - 1, floor, -1):
        text = texts[index]
        if text.strip() and (match := _NAME_LINE.match(text)) and len(match[1]) <= LABEL_LENGTH:
            yield _clean(match[1])
            return
        if text.strip():
            return


def _recipes(page: _Page) -> dict[int, Recipe]:
    """Each optimizer and scheduler with the networks it belongs to."""
    owners: dict[int, list[Part]] = {}
    own = {number for part in page.parts for number in _block_owners(page, part)}
    for part in page.parts:
        for number in _block_owners(page, part) or _section_owners(page, part, own):
            owners.setdefault(number, []).append(part)
    return {
        number: Recipe(
            tuple(part.layer for part in parts if not part.schedules),
            tuple(part.layer for part in parts if part.schedules),
        )
        for number, parts in owners.items()
    }


def _block_owners(page: _Page, part: Part) -> list[int]:
    """The networks of the same fence; of several the next one, or the last."""
    fence = _fence_of(page, part.first)
    if fence is None:
        return []
    inside = [number for number, (found, _) in enumerate(page.prints) if fence[0] < found.first < fence[1]]
    after = [number for number in inside if page.prints[number][0].first > part.last]
    return after[:1] or inside[-1:]


def _section_owners(page: _Page, part: Part, own: set[int]) -> list[int]:
    """The networks of the nearest section round the recipe that holds any, but for those with a recipe of their own."""
    for first, last in _sections(page, part.first):
        inside = [number for number, (found, _) in enumerate(page.prints) if first <= found.first < last]
        if inside:
            fenced = any(_fence_of(page, page.prints[number][0].first) for number in inside)
            without = [number for number in inside if number not in own]
            return without if fenced or len(without) < 2 else [_neighbour(page, part, without)]
    return []


def _neighbour(page: _Page, part: Part, numbers: list[int]) -> int:
    """In text without structure: the network that follows at once, else the one before."""
    for number in numbers:
        if 0 < page.prints[number][0].first - part.last <= 3:
            return number
    before = [number for number in numbers if page.prints[number][0].last < part.first]
    return before[-1] if before else numbers[0]


def _sections(page: _Page, line: int) -> Iterator[tuple[int, int]]:
    """The sections round a line, from the innermost to the whole text, as line ranges."""
    level = 7
    for position in range(len(page.headings) - 1, -1, -1):
        heading = page.headings[position]
        if heading.line < line and heading.level < level:
            level = heading.level
            after = (other.line for other in page.headings[position + 1 :] if other.level <= level)
            yield heading.line, next(after, len(page.lines.texts))
    yield 0, len(page.lines.texts)


def _read(source: str, text: str) -> tuple[Network, ...]:
    return find_networks(split(source, text))


FORMAT = Format("notes", 90, lambda text: True, _read)
