"""Python text as values: calls in calls, laid out over lines. Strings of a print come into it as literals only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

from archdiff.model import inert
from archdiff.model.network import Value

WIDTH: Final = 120
STEP: Final = " " * 4


class Code(NamedTuple):
    """`head`, items (a prefix such as `stride=` and what follows it), `tail`."""

    head: str
    items: tuple[tuple[str, Text], ...] = ()
    tail: str = ")"
    spread: bool = False  # over several lines even where it fits on one
    comma: str = ","


Text: TypeAlias = "str | Code"


def lines(text: Text, indent: str = "", prefix: str = "", end: str = "") -> Iterator[str]:
    """The text over as many lines as it needs."""
    flat = None if _spreads(text) else _flat(text)
    if isinstance(text, str) or not text.items:
        yield f"{indent}{prefix}{_flat(text)}{end}"
    elif flat is not None and len(indent) + len(prefix) + len(flat) + len(end) <= WIDTH:
        yield f"{indent}{prefix}{flat}{end}"
    else:
        yield f"{indent}{prefix}{text.head}"
        for name, item in text.items:
            yield from lines(item, indent + STEP, name, text.comma)
        yield f"{indent}{text.tail}{end}"


def _spreads(text: Text) -> bool:
    return isinstance(text, Code) and (text.spread or any(_spreads(item) for _, item in text.items))


def _flat(text: Text) -> str:
    if isinstance(text, str):
        return text
    return f"{text.head}{f'{text.comma} '.join(name + _flat(item) for name, item in text.items)}{text.tail}"


def literal(value: Value) -> str:
    """A printed value as Python writes it."""
    if isinstance(value, tuple):
        inner = ", ".join(map(literal, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, str):
        return in_literals(repr(value) if not value.isprintable() or set(value) & {"\\", '"'} else f'"{value}"')
    if isinstance(value, float) and value in (float("inf"), -float("inf")):
        return f'float("{value}")'
    return repr(value)


def in_literals(text: str) -> str:
    """Python in which only literals hold what a print holds: none of it is a command where the program is shown."""
    return inert.COMMAND.sub(r"#\\x23", text)


def remark(text: str) -> str:
    """Words that can stand in a docstring or a comment, whatever is in them."""
    return inert.line("".join(char if char.isprintable() and char not in '\\"' else "?" for char in text))
