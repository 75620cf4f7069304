"""Words of somebody that would act where they are shown, by classes, and what no text that we write may hold.

The table is generated: every character that cannot be seen, in front of a command, inside of a word and alone.
"""

from __future__ import annotations

import re

from archdiff.model.inert import COMMAND

_RANGES = {
    "C0": (0x01, 0x1F),
    "DEL and C1": (0x7F, 0x9F),
    "zero width": (0x200B, 0x200D),
    "marks of direction": (0x200E, 0x200F),
    "line and paragraph": (0x2028, 0x2029),
    "embedded direction": (0x202A, 0x202E),
    "joiner": (0x2060, 0x2060),
    "isolated direction": (0x2066, 0x2069),
    "Arabic mark": (0x061C, 0x061C),
    "soft hyphen": (0xAD, 0xAD),
    "byte order": (0xFEFF, 0xFEFF),
    "tags": (0xE0001, 0xE0001),
    "tag letter": (0xE0041, 0xE0041),
    "half characters": (0xD800, 0xD801),
    "other halves": (0xDFFE, 0xDFFF),
    "no character": (0xFFFE, 0xFFFF),
}
_UNSEEN = [chr(code) for first, last in _RANGES.values() for code in range(first, last + 1)]

_COMMANDS = (
    "::error::x",
    "  ::error file=a,line=1::x",
    "::stop-commands::x",
    "::add-mask::e",
    "##[error]x",
    "  ##[group]x",
    "x ##[add-mask]e",
    "##vso[task.setvariable variable=a]x",
    "x ##vso[task.complete result=Failed]",
    "##teamcity[buildStop]",
    "%0A::error::x",
    "%0D%0A::error::x",
    "a,line=1::b",
    "a:b%2Cc",
)
_MARKUP = (
    "]]>",
    "<![CDATA[x]]>",
    "&#10;::error::x",
    "`a` ``b``",
    "```",
    "a|b\\|c\\",
    "*a* **b** _c_ ~~d~~ $e$",
    "@somebody",
    "#123",
    "GH-123",
    "somebody/something#1",
    "http://example.org/a",
    "HTTPS://example.org",
    "www.example.org",
    "WWW.example.org",
    "mailto:a@example.org",
    "a.b@example.org",
    "<https://example.org>",
    "<img src=x onerror=alert(1)>",
    "<!-- -->",
    "![a](https://example.org/a.png)",
    "[a](javascript:alert(1))",
    "[a]: https://example.org",
    ":smile: :+1:",
    "- [ ] a",
    "# a",
    "---",
    '"""; import os; os.abort() #',
    "'; import os; os.abort() #",
    "\\",
    "{0} {a!r} %s",
)
#: behind so many words a line that is wrapped may begin with the command
_WRAPPED = tuple(f"{'word ' * count}{'x' * more} ::error::x ##[error]y" for count in range(2, 32, 5) for more in (1, 4))

WORDS = (
    *(form.format(char) for char in _UNSEEN for form in ("a{}::error::x", "{0}##[error]{0}")),
    *_COMMANDS,
    *_MARKUP,
    *_WRAPPED,
)

_ENDS = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_OURS = re.compile(r"::(error|warning|notice) ((file|line|col|title)=[^:,]*,?)+::.*")


def acts(text: str, annotations: bool = False) -> list[str]:
    """What in a text would act: lines that are commands, other than our annotations, and unseen characters."""
    found = [f"command: {line!r}" for line in _ENDS.split(text) if _is_command(line, annotations)]
    unseen = {char for char in _COLOR.sub("", text) if not char.isprintable() and char != "\n"}
    return found + [f"character: {char!r}" for char in sorted(unseen)]


def _is_command(line: str, annotations: bool) -> bool:
    if annotations and _OURS.fullmatch(line):
        return bool(COMMAND.search(line))
    return line.lstrip().startswith("::") or bool(COMMAND.search(line))
