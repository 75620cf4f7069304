"""What a text holds and what belongs together: names and recipes of the networks found in it.

A network is called by the heading, label line and name line above it, else by its class. An optimizer or scheduler goes
to the network in its fence, else to the networks of the nearest section that holds any. Must not look for prints.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from archdiff.model.errors import ReadError
from archdiff.model.network import Network, Recipe
from archdiff.parse.document import Document
from archdiff.parse.grammar.module import Print
from archdiff.parse.grammar.state_dict import PrintedRecipe
from archdiff.parse.lines import Lines

LABEL_LENGTH: Final = 80
LABEL_WORDS: Final = 8
NAME_WORDS: Final = 3  # of a name without a colon: other text may stand above a print too
NAME_NEAR: Final = 4  # lines
OWNERS: Final = 50  # networks before and behind a recipe that may share it

_HEADING = re.compile(r"\s{0,3}(#{1,6})\s+(.*)$")
_UNDERLINE = re.compile(r"([=\-~^\"*#])\1{2,}\s*$")
_NAME_LINE = re.compile(r"\s*([^\s:][^:=(){}]*?)\s*:\s*$")
_ASSIGNED = re.compile(r"(?:^|[\s'\"])([^\W\d][\w.]*)\s*(?:=|:)\s*$")
_EMPHASIS = re.compile(r"\*{1,3}|`+|(?<!\w)_{1,2}|_{1,2}(?!\w)")
_FENCE_MARK = re.compile(r"\s*(?:```|~~~)")
_BULLET = re.compile(r"^\s*(?:[-*+>]|\d+[.)])\s+")
_CODE = re.compile(r"[()={}\[\]<>;\\]|^(?:#|//)|^(?:>>>|In|Out|import|from|!|%|\$)\b")


class Heading(NamedTuple):
    level: int
    text: str
    line: int


@dataclass(slots=True)
class Page:
    """What a text holds, by lines counted from 0."""

    lines: Lines
    headings: list[Heading] = field(default_factory=list)
    fences: list[tuple[int, int]] = field(default_factory=list)  # first and last line, the fences themselves
    prints: list[tuple[Print, int]] = field(default_factory=list)  # with the column of the root's class
    held: list[tuple[Print, int]] = field(default_factory=list)  # modules in dicts
    recipes: list[PrintedRecipe] = field(default_factory=list)
    refused: list[ReadError] = field(default_factory=list)  # what looks like a network and cannot be read as one


def document_of(page: Page) -> Document:
    """All printed networks of a text, named and with their recipes."""
    if not page.prints and page.refused:
        raise page.refused[0]
    if not page.prints and page.recipes:
        raise _no_network(page.lines, page.recipes[0])
    recipes = _recipes(page)
    networks = tuple(_network(page, number, recipes.get(number)) for number in range(len(page.prints)))
    return Document(page.lines.source, networks, tuple(recipe.layer for recipe in page.recipes))


def _no_network(lines: Lines, recipe: PrintedRecipe) -> ReadError:
    what = "a scheduler" if recipe.schedules else "an optimizer"
    message = f"{recipe.layer.class_name} is {what}, and no network is printed with it"
    return lines.error(message, recipe.layer.span, "add what print(model) writes to the same file")


def read_heading(lines: Lines, index: int) -> Heading | None:
    text = lines.texts[index]
    if text.lstrip()[:1] == "#" and (match := _HEADING.match(text)) and (title := match[2].rstrip("# \t")):
        return Heading(len(match[1]), _clean(title), index)
    if index and text[:1] in '=-~^"*#' and _UNDERLINE.match(text):
        title = lines.texts[index - 1]
        above = lines.texts[index - 2] if index > 1 else ""
        long_enough = len(text.strip()) >= len(title.strip()) > 0
        if long_enough and not title[0].isspace() and "   " not in title and not above.strip("=-~ \r"):  # no table
            return Heading({"=": 1, "-": 2}.get(text[0], 3), _clean(title), index - 1)
    return None


def _clean(text: str) -> str:
    return _EMPHASIS.sub("", _BULLET.sub("", text, count=1)).strip().rstrip(":#").strip()


def _network(page: Page, number: int, recipe: Recipe | None) -> Network:
    lines = page.lines
    found, column = page.prints[number]
    heading = _heading_above(page, found.first)
    label = _label_line(page, found.first)
    assigned = _ASSIGNED.search(lines.texts[found.first][:column][-LABEL_LENGTH:])
    telling = [
        label,
        heading.text if heading else "",
        _name_line(page, number),
        found.root.class_name,
        assigned[1] if assigned else "",
    ]
    kept = tuple(dict.fromkeys(name for name in telling if name)) or ("fragment" if found.root.layout else "table",)
    return Network(
        found.root,
        kept[0],
        kept,
        lines.source,
        lines.numbers[found.first],
        max(lines.numbers[found.first : found.last + 1]),  # lines of several processes may be sorted
        recipe,
        found.complete,
        found.facts,
    )


def _heading_above(page: Page, line: int) -> Heading | None:
    position = bisect_left(page.headings, line, key=lambda heading: heading.line)
    return page.headings[position - 1] if position else None


def _fence_of(page: Page, line: int) -> tuple[int, int] | None:
    position = bisect_left(page.fences, line, key=lambda fence: fence[0])
    return page.fences[position - 1] if position and line < page.fences[position - 1][1] else None


def _label_line(page: Page, line: int) -> str:
    """A short line alone above the fence, as `SuperSparse` in a note."""
    fence = _fence_of(page, line)
    above = _above(page, fence[0], -1) if fence else -1
    if above < 0 or _FENCE_MARK.match(page.lines.texts[above]):
        return ""
    return _label(page, above, LABEL_WORDS)


def _name_line(page: Page, number: int) -> str:
    """`GSCHeb:` directly above the print, or a word or two alone there."""
    first = page.prints[number][0].first
    fence = _fence_of(page, first)
    floor = max(fence[0] if fence else -1, page.prints[number - 1][0].last if number else -1, first - NAME_NEAR)
    above = _above(page, first, floor)
    if above < 0:
        return ""
    match = _NAME_LINE.match(page.lines.texts[above][: LABEL_LENGTH * 2])
    return _clean(match[1])[:LABEL_LENGTH] if match else _label(page, above, NAME_WORDS)


def _above(page: Page, line: int, floor: int) -> int:
    """The nearest line above that is not blank, but below `floor`; -1 where there is none."""
    texts = page.lines.texts
    above = line - 1
    while above > floor and not texts[above].strip():
        above -= 1
    return above if above > floor else -1


def _label(page: Page, line: int, words: int) -> str:
    """A line as a label, if it is short, no code and stands alone: a blank line, a heading or nothing above it."""
    texts = page.lines.texts
    text = texts[line].strip()[: LABEL_LENGTH * 2]
    before = texts[line - 1].strip() if line else ""
    alone = not before or _is_heading(page, line - 1) or bool(_FENCE_MARK.match(before))
    label = _clean(text)
    if not alone or _is_heading(page, line) or _CODE.search(text) or text.endswith(tuple(".,;!?")):
        return ""
    short = len(label) <= LABEL_LENGTH and len(label.split()) <= words
    return label if short and any(character.isalpha() for character in label) else ""


def _is_heading(page: Page, line: int) -> bool:
    heading = _heading_above(page, line + 1)
    return heading is not None and heading.line == line


def _recipes(page: Page) -> dict[int, Recipe]:
    """Each optimizer and scheduler with the networks it belongs to."""
    owners: dict[int, list[PrintedRecipe]] = {}
    starts = [found.first for found, _ in page.prints]
    sections = _sections(page)
    own = {number for recipe in page.recipes for number in _block_owner(page, starts, recipe)}
    for recipe in page.recipes:
        for number in _block_owner(page, starts, recipe) or _section_owners(page, starts, sections, recipe, own):
            owners.setdefault(number, []).append(recipe)
    return {
        number: Recipe(
            tuple(recipe.layer for recipe in recipes if not recipe.schedules),
            tuple(recipe.layer for recipe in recipes if recipe.schedules),
        )
        for number, recipes in owners.items()
    }


def _block_owner(page: Page, starts: list[int], recipe: PrintedRecipe) -> list[int]:
    """The network of the same fence; of several the next one, or the last."""
    fence = _fence_of(page, recipe.first)
    if fence is None:
        return []
    after = bisect_left(starts, recipe.last)
    if after < len(starts) and starts[after] < fence[1]:
        return [after]
    return [after - 1] if after and starts[after - 1] > fence[0] else []


def _section_owners(
    page: Page, starts: list[int], sections: list[tuple[int, int, int]], recipe: PrintedRecipe, own: set[int]
) -> list[int]:
    """The networks of the nearest section round the recipe that holds any, but for those with a recipe of their own."""
    position = bisect_left(page.headings, recipe.first, key=lambda heading: heading.line)
    while True:
        first, last, position = sections[position]
        low, high = bisect_left(starts, first), bisect_left(starts, last)
        if low < high:
            break
        if position < 0:
            return []
    after = bisect_left(starts, recipe.last)
    near = range(max(low, after - OWNERS), min(high, after + OWNERS))  # bounded: a log may hold 100,000 of both
    without = [number for number in near if number not in own]
    fenced = any(_fence_of(page, starts[number]) for number in without)
    if fenced or len(without) < 2:
        return without
    at_once = after < high and starts[after] - recipe.last <= NAME_NEAR and after in without
    before = [number for number in without if number < after]
    return [after] if at_once else before[-1:] or without[:1]


def _sections(page: Page) -> list[tuple[int, int, int]]:
    """The whole text and the section below each heading: first line, the line behind it, and the section round it."""
    ends = [len(page.lines.texts)] * (len(page.headings) + 1)
    parents = [-1] * (len(page.headings) + 1)
    opened = [0]
    for position, heading in enumerate(page.headings, 1):
        while opened[-1] and page.headings[opened[-1] - 1].level >= heading.level:
            ends[opened.pop()] = heading.line
        parents[position] = opened[-1]
        opened.append(position)
    firsts = [0, *(heading.line for heading in page.headings)]
    return list(zip(firsts, ends, parents, strict=True))
