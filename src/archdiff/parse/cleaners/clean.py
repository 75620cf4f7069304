"""What stands round printed text and is none of it: colours, HTML, string quotes, the prefixes of quotes and logs.

Every step gives lines that still know their place in the original file, and leaves text alone that does not need it.
Must not know what a layer looks like, beyond `(name): ` behind a prefix.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from archdiff.parse.lines import Lines

_COMPARED: Final = 8  # lines below a root in which a prefix must show itself
_FOREIGN: Final = 8  # lines in a print that are of something else

_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_TAG = re.compile(
    r"</?(?:a|b|br|code|div|em|font|i|kbd|li|p|pre|samp|span|strong|td|th|tr|tt|u|ul)(?:\s[^<>]*)?/?>", re.I
)
_BREAK = re.compile(r"<br ?/?>")
_STRING = re.compile(r"""\s*(?:[bru]{0,2})(["'])(.*)\1\s*[,)\]\\+;]*\s*$""", re.DOTALL)
#: a child in a string; other strings are settings
_OF_PRINT = re.compile(r"""^[ \t]*[bru]{0,2}["'](?:[^\n]*\\n)?[ \t]*\([^()\s]{1,200}\): """, re.MULTILINE)
_ESCAPE = re.compile(r"\\(n|t|r|\"|'|\\|/|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2})")
_PRINT = re.compile(r"\w ?\((?:\\n)+\s*\([^()\s]+\): ")  # behind other words of a line, as in a log of JSON records
_IN_BACKTICKS = re.compile(r"\s*(`{1,2})([^`]+)\1\s*")  # all of a line
#: a fence, or a backtick, on the first line of a print; and a fence behind its last bracket
_FENCE_BEFORE = re.compile(
    r"\s*(?P<mark>`+|~{3,})(?:(?:python|py|text|txt)\s)?"
    r"(?=\s*(?:\([^()\s]{1,200}\): \S|[^\W\d]\w*(?:\.\w+)* ?\(\s*$))"
)
_FENCE_BEHIND = re.compile(r"[)\s]*\)\s*(?P<mark>`{3,}|~{3,})\s*")
_BARS = "|│┃║"
#: what browsers and word processors make of blanks, minus signs, quotes and the x of a repeat
_TYPESET = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2212": "-", "\u2013": "-", "\u00d7": "x"}
_TYPESET |= dict.fromkeys("\u00a0\u2007\u2009\u202f", " ")
_AS_TYPESET = re.compile(
    "[\u00a0\u2007\u2009\u202f]|(?<=[=(,\\s])[\u2212\u2018\u201c](?=[\\w.])|(?<=\\w)[\u2019\u201d](?=[,)\\s])"
    "|(?<=[\\de])[\u2212\u2013](?=\\d)|(?<=\\d[ \u00a0])\u00d7(?=[ \u00a0]\\w)"
)
_UNDERSCORE = re.compile(r"\\_(?=\w)")  # as Markdown and LaTeX write one
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_PREFIXED = re.compile(r"\s*(?=\S)(.{1,200}?)\s*\([^()\s][^()]{0,100}\):\s?\S")
_DIGITS = re.compile(r"\d+")


def clean(lines: Lines) -> Lines:
    """Lines free of colours, HTML, string quotes and the marks of word processors."""
    whole = "\n".join(lines.texts)
    if "\x1b" in whole:
        lines = _mapped(lines, lambda text: _ANSI.sub("", text))
    if "&" in whole and _ENTITY.search(whole):
        lines = _mapped(lines, _unescaped)
        whole = "\n".join(lines.texts)
    if "<br" in whole and _BREAK.search(whole):
        lines = _broken(lines)
    if "<" in whole and _TAG.search(whole):
        lines = _mapped(lines, lambda text: _TAG.sub("", text))
    if "`" in whole or "~~~" in whole:
        lines = _unfenced(lines)
    if any(bar in whole for bar in _BARS):
        lines = _mapped(lines, _without_bar)
    if any(mark in whole for mark in _TYPESET):
        lines = _mapped(lines, lambda text: _AS_TYPESET.sub(lambda found: _TYPESET[found[0]], text))
    if "\\_" in whole:
        lines = _mapped(lines, lambda text: _UNDERSCORE.sub("_", text))
    if '\\n"' in whole or "\\n'" in whole or "\\n  " in whole:
        lines = _unquoted(lines)
    return lines


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
    prefix = re.compile(r"\s*" + r"\d+".join(map(re.escape, _DIGITS.split(learned.strip()))))
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
    if _alternate(prefixes):
        begins = {each: position for position, each in reversed(list(enumerate(prefixes)))}
        order.sort(key=lambda position: begins[prefixes[position]])
    end = first + len(texts)
    numbers, columns = lines.numbers[first:end], lines.columns[first:end]
    lines.texts[first:end] = [texts[position] for position in order]
    lines.numbers[first:end] = [numbers[position] for position in order]
    lines.columns[first:end] = [columns[position] + len(prefixes[position]) for position in order]


def _alternate(prefixes: list[str]) -> bool:
    """Whether a prefix comes back behind another one; time stamps never do."""
    seen: set[str] = set()
    for before, prefix in zip(["", *prefixes], prefixes, strict=False):
        if prefix != before and prefix in seen:
            return True
        seen.add(prefix)
    return False


def _mapped(lines: Lines, change: Callable[[str], str]) -> Lines:
    """Every line changed; columns count what is lost at the front."""
    texts, columns = list(lines.texts), list(lines.columns)
    for index, text in enumerate(texts):
        changed = change(text)
        if changed != text:
            texts[index] = changed
            columns[index] += _lost(text, changed)
    return replace(lines, texts=texts, columns=columns)


def _lost(before: str, after: str) -> int:
    """Characters cut before the first that is kept."""
    first = after.lstrip()[:8]
    return max(before.find(first) - (len(after) - len(after.lstrip())), 0) if first else 0


def _unfenced(lines: Lines) -> Lines:
    """Fences on lines of their own, and no backtick round a line or before the first of a print."""
    texts: list[str] = []
    numbers: list[int] = []
    columns: list[int] = []
    for text, number, column in zip(lines.texts, lines.numbers, lines.columns, strict=True):
        for begin, end in _parts(text):
            texts.append(text[begin:end])
            numbers.append(number)
            columns.append(column + begin)
    return replace(lines, texts=texts, numbers=numbers, columns=columns)


def _parts(text: str) -> list[tuple[int, int]]:
    """Where on a line the lines begin and end that it should be."""
    if found := _IN_BACKTICKS.fullmatch(text):
        return [found.span(2)]
    if found := _FENCE_BEFORE.match(text):
        behind = (found.end(), len(text))
        return [(0, found.end()), behind] if len(found["mark"]) > 2 else [behind]
    if found := _FENCE_BEHIND.fullmatch(text):
        return [(0, found.start("mark")), (found.start("mark"), len(text))]
    return [(0, len(text))]


def _without_bar(text: str) -> str:
    """A line of a table or a box: the bar before it is a prefix like any other."""
    ending = text.rstrip()
    boxed = len(ending) > 2 and ending[-1] in _BARS and text.lstrip()[0] == ending[-1]
    return ending[:-1].rstrip() if boxed else text


def _unescaped(text: str) -> str:
    if "&" not in text:
        return text
    from html import unescape  # a table of 2,000 entities: only where there are any

    return unescape(text)


def _broken(lines: Lines) -> Lines:
    """Lines that HTML breaks within a line, as in the cell of a table."""
    parts = [_BREAK.split(text) for text in lines.texts]
    return replace(
        lines,
        texts=[part for each in parts for part in each],
        numbers=[number for number, each in zip(lines.numbers, parts, strict=True) for _ in each],
        columns=[column for column, each in zip(lines.columns, parts, strict=True) for _ in each],
    )


def _unquoted(lines: Lines) -> Lines:
    """String literals with escaped line breaks, as in JSON and source code, spread over the lines they stand for."""
    texts: list[str] = []
    numbers: list[int] = []
    columns: list[int] = []
    strings = _OF_PRINT.search("\n".join(lines.texts)) is not None
    goes_on = False  # the last string of a list ends without a line break
    for text, number, column in zip(lines.texts, lines.numbers, lines.columns, strict=True):
        string = _STRING.match(text) if strings and (goes_on or "\\n" in text) else None
        goes_on = string is not None and string[2].endswith("\\n")
        escaped = string[2] if string else text if _PRINT.search(text) else None
        parts = [text] if escaped is None else _ESCAPE.sub(_escaped, escaped).removesuffix("\n").split("\n")
        texts += parts
        numbers += [number] * len(parts)
        columns += [column + string.start(2) if string else column] * len(parts)
    return replace(lines, texts=texts, numbers=numbers, columns=columns)


def _escaped(escape: re.Match[str]) -> str:
    code = escape[1]
    if len(code) == 1:
        return _ESCAPES.get(code, code)
    character = chr(int(code[1:], 16))
    return "�" if "\ud800" <= character <= "\udfff" else character
