"""The rows of a summary table, as torchinfo, torchsummary, lightning and fastai print them: lines -> cells.

    Layer (type:depth-idx)    Output Shape    Param #        |   | Name  | Type   | Params |
    ==============================================           ------------------------------
    Net                       [1, 10]         --             | 0 | fc    | Linear | 650    |
    |-Linear: 1-1             [1, 10]         650

Finds the header, cuts what stands before it on every line, and stops at the closing rule. Must not know what a class is
nor how rows become a tree: `_summary_table` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, auto
from typing import Final, NamedTuple

from archdiff.parse.lines import Lines
from archdiff.parse.tokens import any_digits, indent

LINE: Final = 2_000  # characters of a line that can be part of a table
SIGNS: Final = ("Layer (type", "Param", "#param", "Mult-Adds")  # one of them stands in each header

_RULES: Final = "=-_━─┏┓┡┩└┘├┤┴┬┼╇┯╷╵╶╴"
_RULE = re.compile(rf"[{re.escape(_RULES)}]{{10,}}\s*$")
_LAYER = re.compile(r"(?:^|\s)Layer \((type\b[^|]*?)\)(?=\s{2,}\S)")
_NAMED_TYPE = re.compile(r"\|\s*Name\s*\|\s*Type\s*\|\s*Params\b")
_COUNTED_BY_MODULE = re.compile(r"\|\s*module\s*\|\s*#parameters or shape\b")
_ARROW = re.compile(r"(?:Kernel Shape|Output Shape)\s+.*Mult-Adds\s*$")
_TITLE = re.compile(r"\S+(?: \S+)*")
_BARS = str.maketrans("┃│", "||")
_TREE = re.compile(
    r"(?P<tree>[\s│|├└─+`-]*)(?P<class>[^\W\d][^\s:]*)(?: \((?P<name>[^()\s]+)\))?"
    r"(?:: (?P<depth>\d{1,4})(?:-\d+)?)?(?=\s|$)"
)
_DETAIL = re.compile(r"[\s│|]*(?:└─|├─|\+ )[a-z_][\w.]*\s{2,}")  # a single weight, under the layer that holds it
_NUMBERED = re.compile(r"\s*(?P<class>[^\W\d][^\s]*)-\d+(?=\s)")
#: `body.0 (Conv2d)` under `Layer (type)`, which says itself what the brackets hold
_TYPED = re.compile(r"\s*(?P<name>\w[\w.-]*) \((?P<class>[^\W\d][^\s()]*)\)(?=\s)")
_FLAT = re.compile(  # fastai: the shape stands beside each class, or above all those that keep it
    r"(?P<class>[^\W\d_]\S*)(?:\s+(?P<shape>\[[\d, ]*\]))?(?:\s+(?P<count>[\d,]+)\s+(?P<trainable>True|False))?\s*"
)
_ROOT = re.compile(r"\s*(?P<class>[^\W\d]\w*)(?: \(Input shape: (?P<shape>.*)\))?\s*")
_SHAPE = re.compile(r"\d+(?: x \d+)+")
_SHAPE_ALONE = re.compile(r"\s{10,}(\d+(?: x \d+)*)\s*")
_KERAS = re.compile(r"\s*\S+ \([^\W\d]\w*\)?\s+(?:\[?\(None\b|multiple\b|\(\)|\?)")
_ELLIPSIS = re.compile(r"[\s│|]*[(\[]?(?:\.\s?\.\s?\.[\s.]*|…|⋮|:)[)\]]?\s*")
_TOTALS = re.compile(
    r"\s*(?:Total|Trainable|Non-trainable|Input size|Forward|Params size|Estimated|Optimizer params|Batch size)\b"
    r"|\s*[\d.,]+(?: [KMBT])?\s+(?:Trainable|Non-trainable|Total|Modules|Forward|FLOPs)\b",
    re.IGNORECASE,
)
_TOTAL = re.compile(  # `Total params: 184` and `2.0 K     Total params`
    r"\s*(?:(?P<count>\d[\d,.]*(?: [KMBT])?)\s+)?(?P<name>(?:Total|Trainable|Non-trainable) params)"
    r"(?:: (?P<behind>\d[\d,]*))?\s*"
)
_TREE_STEP: Final = 5  # columns a level: "│    "


class TableStyle(Enum):
    TREE = auto()  # torchinfo: a tree of calls
    NUMBERED = auto()  # torchsummary: `Conv2d-1`, what is inside a block before the block
    TYPED = auto()  # `body.0 (Conv2d)`
    FLAT = auto()  # fastai: classes alone, and which are trained
    NAMED = auto()  # lightning: paths as in a state_dict
    FOREIGN = auto()  # of something else than a torch module
    NAMELESS = auto()  # no column holds the classes


class TableRow(NamedTuple):
    """One line of a table."""

    at: int  # its line
    column: int  # where its text begins, on the line as it is read
    class_name: str
    name: str  # "" where it has none
    depth: int  # 0 for the network itself
    cells: Mapping[str, str]  # by title


class Grid(NamedTuple):
    """A table on lines `first` to `last`, counted from 0."""

    style: TableStyle
    rows: tuple[TableRow, ...]
    first: int
    header: int
    last: int
    complete: bool  # closed by a rule, and no row left out
    totals: tuple[tuple[str, str], ...]  # `("Trainable params", "184")`, as they are added up behind the rows


class _Header(NamedTuple):
    style: TableStyle
    titles: tuple[str, ...]
    prefix: re.Pattern[str]  # what stands before each line
    at: int  # its line
    rows: int  # the first line of rows
    shape: str = ""  # of the next row, where that has none of its own


def read_grid(lines: Lines, index: int, stop: int) -> Grid | None:
    """The table whose header stands on a line, if one does."""
    header = _header(lines, index, stop)
    if header is None:
        return None
    style = header.style
    rows: list[TableRow] = []
    closed = elided = False
    shape = ""  # that holds for the rows below
    last = number = header.rows - 1
    for number in range(header.rows, stop):
        text = _cut(lines.texts[number], header.prefix)
        if _RULE.match(text.strip()) and text.strip()[0] != "_":
            closed, last = True, number
            break
        if style is not TableStyle.NAMED and _KERAS.match(text):
            style = TableStyle.FOREIGN
            continue
        if style is TableStyle.FLAT and (alone := _SHAPE_ALONE.fullmatch(text)):
            shape = f"[{alone[1].replace(' x ', ', ')}]"
            continue
        row = _row(header._replace(shape=shape), text, number, len(lines.texts[number]) - len(text))
        if row is not None:
            rows.append(row)
            last = number
        elif _ELLIPSIS.fullmatch(text) and text.strip():
            elided = True
        elif text.strip() and not (style is TableStyle.FOREIGN or _DETAIL.match(text) or _RULE.match(text.strip())):
            closed = style is TableStyle.FLAT and _TOTALS.match(text) is not None
            last = number - 1 if closed else last
            break  # blank lines and the rules between rows of some tables are passed over
    first = index - 1 if index and _RULE.match(_cut(lines.texts[index - 1], header.prefix).strip()) else index
    last = _behind_totals(lines, last, stop, header.prefix) if closed else last
    totals = tuple(_totals(_cut(lines.texts[at], header.prefix) for at in range(number, last + 1)))
    if style is TableStyle.TYPED:
        style = TableStyle.NAMED if any(row.name for row in rows) else TableStyle.TREE
    if style is TableStyle.FLAT and rows:
        first, rows = _with_root(lines, first, rows)
    return Grid(style, tuple(rows), first, index, last, closed and not elided, totals)


def _with_root(lines: Lines, first: int, rows: list[TableRow]) -> tuple[int, list[TableRow]]:
    """The line above a table of fastai, `Sequential (Input shape: 64 x 3 x 28 x 28)`: the network and what comes in."""
    above = _ROOT.fullmatch(lines.texts[first - 1][:LINE]) if first else None
    if above is None:
        return first, rows
    shapes = _SHAPE.findall(above["shape"] or "")
    cells = {"Input Shape": f"[{shapes[0].replace(' x ', ', ')}]"} if len(shapes) == 1 else {}
    root = TableRow(first - 1, above.start("class"), above["class"], "", 0, {})
    return first - 1, [root, rows[0]._replace(cells={**cells, **rows[0].cells}), *rows[1:]]


def _header(lines: Lines, index: int, stop: int) -> _Header | None:
    text = lines.texts[index]
    if len(text) > LINE or index + 1 >= stop or not any(sign in text for sign in SIGNS):
        return None
    below = lines.texts[index + 1]
    if len(below) > LINE:
        return None
    barred = text.translate(_BARS)
    if (named := _NAMED_TYPE.search(barred)) and (rule := _rule_at(below)) is not None:
        margin = min(rule, len(barred[: named.start()].rstrip(" |")))
        titles = tuple(_title(title.strip()) for title in barred[named.start() :].strip("| \r").split("|"))
        return _Header(TableStyle.NAMED, titles, _prefix(text[:margin]), index, index + 2)
    if (layer := _LAYER.search(text)) and (rule := _rule_at(below)) is not None:
        titles = tuple(match[0] for match in _TITLE.finditer(text[layer.end() :].rstrip()))
        style = TableStyle.TYPED if layer[1] == "type" else TableStyle.TREE
        if style is TableStyle.TYPED and titles[-1] == "Trainable" and not _drawn(lines.texts[index + 2 : index + 4]):
            style = TableStyle.FLAT
        style = TableStyle.FOREIGN if "Connected to" in titles or "┃" in text else style
        return _Header(style, titles, _prefix(text[: min(rule, layer.start())]), index, index + 2)
    if _COUNTED_BY_MODULE.search(text):  # fvcore
        return _Header(TableStyle.NAMELESS, (), _prefix(""), index, index + 2)
    if _ARROW.search(text) and below.strip() == "Layer":  # torchsummaryX: `0_conv1  [1, 10, 5, 5]  ...`
        return _Header(TableStyle.NAMELESS, (), _prefix(""), index, index + 2)
    return None


def _title(printed: str) -> str:
    """Lightning's titles of the two shapes are those of torchinfo here."""
    return {"In sizes": "Input Shape", "Out sizes": "Output Shape"}.get(printed, printed)


def _drawn(texts: Iterable[str]) -> bool:
    """Whether lines draw the tree of torchinfo, whose column of the same name says something else of containers."""
    return any(mark in text for text in texts for mark in "├└│+|")


def _rule_at(text: str) -> int | None:
    """Where on a line the rule begins that ends it; a log or a quote may stand before it."""
    stripped = text.rstrip()
    if not stripped or not _RULE.match(stripped[-10:]):
        return None
    return len(stripped.rstrip(_RULES))


def _prefix(text: str) -> re.Pattern[str]:
    """What stands before the header; digits may differ from line to line. Spaces alone are an indentation."""
    if not text.strip():
        return re.compile(rf"\s{{0,{len(text)}}}")
    return re.compile(f"{any_digits(text.rstrip())} ?")


def _cut(text: str, prefix: re.Pattern[str]) -> str:
    match = prefix.match(text)
    return text[match.end() :] if match else text


def _row(header: _Header, text: str, index: int, cut: int) -> TableRow | None:
    if len(text) > LINE or not text.strip():
        return None
    match header.style:
        case TableStyle.NAMED:
            return _named_row(header, text, index, cut)
        case TableStyle.FLAT:
            return _flat_row(header, text, index, cut)
        case TableStyle.TREE | TableStyle.TYPED:
            patterns = (_NUMBERED, _TREE) if header.style is TableStyle.TREE else (_TYPED, _NUMBERED, _TREE)
            rows = (_spaced_row(header, pattern, text, index, cut) for pattern in patterns)
            return next(filter(None, rows), None)
        case _:
            return None


def _named_row(header: _Header, text: str, index: int, cut: int) -> TableRow | None:
    """`0 | encoder.fc | Linear | 650`: the first column only counts."""
    parts = [part.strip() for part in text.translate(_BARS).strip("| \r").split("|")]
    if len(parts) != len(header.titles) + 1 or not parts[0].isdecimal() or not parts[1] or not parts[2]:
        return None
    cells = dict(zip(header.titles, parts[1:], strict=True))
    return TableRow(index, cut + indent(text), parts[2], parts[1], parts[1].count(".") + 1, cells)


def _flat_row(header: _Header, text: str, index: int, cut: int) -> TableRow | None:
    """Older ones leave the batch out of a shape that stands in the row."""
    match = _FLAT.fullmatch(text)
    if match is None or not (match["count"] or header.shape):
        return None
    shape = f"[-1, {match['shape'][1:]}" if match["shape"] else header.shape
    cells = {"Output Shape": shape, "Param #": match["count"] or "", "Trainable": match["trainable"] or ""}
    return TableRow(index, cut, match["class"], "", 1, cells)


def _spaced_row(header: _Header, pattern: re.Pattern[str], text: str, index: int, cut: int) -> TableRow | None:
    """A class, perhaps with a name, and cells apart by spaces."""
    match = pattern.match(text)
    cells = _cells(header, text[match.end() :]) if match else None
    if match is None or cells is None:
        return None
    name = match.groupdict().get("name") or ""
    begin = cut + match.start("name" if pattern is _TYPED else "class")
    depth = -1 if pattern is _NUMBERED else name.count(".") + 1 if pattern is _TYPED else _drawn_depth(match)
    return TableRow(index, begin, match["class"], name, depth, cells)


def _drawn_depth(row: re.Match[str]) -> int:
    """By its number, `Linear: 2-1`, else by the branches before it."""
    if row["depth"]:
        return int(row["depth"])
    tree = row["tree"].rstrip(" ─-")
    return len(tree[:-1]) // _TREE_STEP + 1 if tree and tree[-1] in "├└+|`" else 0


def _cells(header: _Header, text: str) -> dict[str, str] | None:
    """What stands under each title, by position: no cell is ever left blank."""
    found = list(_split(text))
    return dict(zip(header.titles, found, strict=True)) if found and len(found) == len(header.titles) else None


def _split(text: str) -> Iterator[str]:
    """Cells apart by two spaces, or by one where a bracket begins or ends: a long shape may fill its column."""
    begin = depth = 0
    for position, character in enumerate(text):
        depth += (character in "[{") - (character in "]}")
        ends = character == " " and depth <= 0 and _parted(text, position)
        if ends:
            if cell := text[begin:position].strip():
                yield cell
            begin = position
    if cell := text[begin:].strip():
        yield cell


def _parted(text: str, position: int) -> bool:
    around = text[position - 1 : position], text[position + 1 : position + 2]
    return around[1] in (" ", "[", "{") or around[0] in (" ", "]", "}", "")


def _totals(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    for match in filter(None, map(_TOTAL.fullmatch, (text[:LINE] for text in texts))):
        if count := match["count"] or match["behind"]:
            yield match["name"], count


def _behind_totals(lines: Lines, last: int, stop: int, prefix: re.Pattern[str]) -> int:
    """The last line of what a table adds up behind its rows."""
    for index in range(last + 1, min(stop, last + 30)):
        text = _cut(lines.texts[index], prefix)[:LINE]
        if _TOTALS.match(text):
            last = index
        elif not _RULE.match(text.strip()) or "Layer (type" in "".join(lines.texts[index + 1 : index + 2]):
            break
        elif text.strip()[0] in "=-_" and index == last + 1:
            last = index
    return last
