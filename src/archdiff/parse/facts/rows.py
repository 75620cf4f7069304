"""What a live module holds as lines of text, and back: `blocks.0.attn Attention attributes: num_heads=8 scale=0.125`.

A line has the path, the class that the print has there (`-` for none), which facts they are, and names with values:
JSON, and `?` for what was not read. Must not know where such lines stand. Nothing in them is evaluated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Final, NamedTuple

from archdiff.model.facts import (
    ATTRIBUTES,
    CHANGES,
    CODE,
    HOOKS,
    MODE,
    NOT_TRACED,
    SHARED,
    TENSORS,
    Fact,
    HeldTensor,
    Provenance,
)
from archdiff.model.network import UNKNOWN, Value

ROOT: Final = "."  # in place of the path of the network itself
NOT_PRINTED: Final = "-"  # in place of the class of a module that the print does not show
NOT_READ: Final = "?"
#: what a line says beside settings
_KINDS: Final = {
    "attributes": ATTRIBUTES,
    "tensors": TENSORS,
    "hooks": HOOKS,
    "mode": MODE,
    "shared": SHARED,
    "not-traced": NOT_TRACED,
    "code": CODE,
}
_OF_FORWARDS: Final = (NOT_TRACED, CODE)  # what is known of a forward that traces do not tell in full
_WORDS: Final = {name: word for word, name in _KINDS.items()}
_BARE: Final = re.compile(r"[A-Za-z0-9_.<>\[\]-]+")
_TENSOR: Final = re.compile(
    r"(?:(buffer|constant):)?(\w+)\[((?:\d{1,18}(?:,\d{1,18})*)?)\](:trained|:frozen)?(:bare)?(?:#(\w+))?", re.ASCII
)
_MOST_LEVELS: Final = 50  # of lists in lists


class ModuleFacts(NamedTuple):
    """What one line says of one module.

    Attributes:
        path: Of the module; "" for the network itself.
        class_name: As the print has it; "" where it does not show the module.
        facts: In their order.
    """

    path: str
    class_name: str
    facts: tuple[Fact, ...]


def written(facts: Iterable[Fact], class_of: Callable[[str], str]) -> Iterator[str]:
    """Facts about a live module as lines, one for each module and kind of fact.

    Args:
        facts: Of one network; what making it changed elsewhere is left out, since a text makes nothing.
        class_of: The class that the print has at a path; "" where it shows none.
    """
    held = [each for each in facts if each.provenance is Provenance.LIVE or each.name in _OF_FORWARDS]
    held = [each for each in held if each.name != CHANGES]
    for (path, word), together in groupby(held, key=lambda each: (each.path, _WORDS.get(each.name, ""))):
        found = [*together]
        items = [_items(word, each.value) for each in found] if word else [_settings(found)]
        place = (_name(path or ROOT), _name(class_of(path) or NOT_PRINTED), word)
        yield from (f"{' '.join(filter(None, place))}: {each}".rstrip() for each in items)


def read(line: str) -> ModuleFacts:
    """One such line.

    Args:
        line: Without what stands before it.

    Raises:
        ValueError: It is none; the message says why.
    """
    scanner = _Scanner(line)
    head = [scanner.name()]
    while scanner.takes(" "):
        head.append(scanner.name())
    if not scanner.takes(":") or len(head) not in (2, 3):
        raise ValueError("neither a path with its class nor facts behind a colon")
    path, class_name, word = (*head, "")[:3]
    path, class_name = "" if path == ROOT else path, "" if class_name == NOT_PRINTED else class_name
    if not word:
        facts = tuple(Fact(name, value, Provenance.LIVE, path) for name, value in scanner.values())
    elif word in _KINDS:
        provenance = Provenance.TRACED if _KINDS[word] in _OF_FORWARDS else Provenance.LIVE
        facts = (Fact(_KINDS[word], _READ[word](scanner), provenance, path),)
    else:
        raise ValueError(f"no facts are called {word}")
    scanner.end()
    return ModuleFacts(path, class_name, facts)


def values(pairs: Iterable[tuple[str, Value]]) -> str:
    """`num_heads=8 scale=0.125`: names with their values."""
    return " ".join(f"{_name(name)}={_value(value)}" for name, value in pairs)


def read_values(text: str) -> tuple[tuple[str, Value], ...]:
    """The names and values of such words.

    Raises:
        ValueError: They are none.
    """
    scanner = _Scanner(f" {text}" if text else "")
    found = tuple(scanner.values())
    scanner.end()
    return found


# Facts to text


def _name(word: str) -> str:
    return word if _BARE.fullmatch(word) else json.dumps(word)


def _settings(facts: Iterable[Fact]) -> str:
    return values((each.name, each.value) for each in facts)


def _value(value: Value) -> str:
    return NOT_READ if value is UNKNOWN else json.dumps(value, default=lambda _: {})


def _items(word: str, value: Value) -> str:
    rows = value if isinstance(value, tuple) else (value,)
    match word:
        case "attributes" | "hooks":
            return values((str(row[0]), row[1]) for row in rows if isinstance(row, tuple))
        case "tensors":
            return " ".join(_tensor(HeldTensor(*row)) for row in rows if isinstance(row, tuple))  # type: ignore[arg-type]
        case "mode":
            return str(value)
    return " ".join(map(_value, rows))


def _tensor(held: HeldTensor) -> str:
    is_parameter = held.role == "parameter"
    role = "" if is_parameter else f"{held.role}:"
    trained = "" if held.trained is is_parameter else ":trained" if held.trained else ":frozen"
    bare, digest = ":bare" if held.bare else "", f"#{held.digest}" if held.digest else ""
    return f"{_name(held.name)}={role}{held.dtype}[{','.join(map(str, held.shape))}]{trained}{bare}{digest}"


# Text to facts


class _Scanner:
    """What is left of a line."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def takes(self, sign: str) -> bool:
        """Whether it goes on with a sign, which is passed then."""
        found = self._text.startswith(sign, self._at)
        self._at += len(sign) * found
        return found

    def end(self) -> None:
        """Raises ValueError where something is left."""
        if self._text[self._at :].strip():
            raise ValueError(f"'{self._text[self._at :].strip()[:40]}' is no fact")

    def matched(self, pattern: re.Pattern[str], what: str) -> re.Match[str]:
        """What fits a pattern here."""
        found = pattern.match(self._text, self._at)
        if found is None:
            raise ValueError(f"'{self._text[self._at :][:40]}' is no {what}")
        self._at = found.end()
        return found

    def name(self) -> str:
        """A word, or one in quotes."""
        if not self._text.startswith('"', self._at):
            return self.matched(_BARE, "name")[0]
        found = self.value()
        return found if isinstance(found, str) else ""

    def value(self) -> Value:
        """JSON, or what was not read."""
        if self.takes(NOT_READ):
            return UNKNOWN
        try:
            found, self._at = json.JSONDecoder().raw_decode(self._text, self._at)
            return _of_json(found)
        except (ValueError, RecursionError):
            raise ValueError(f"'{self._text[self._at :][:40]}' is no value") from None

    def values(self) -> Iterator[tuple[str, Value]]:
        """`num_heads=8 scale=0.125`."""
        while self.takes(" "):
            name = self.name()
            if not self.takes("="):
                raise ValueError(f"{name} has no value")
            yield name, self.value()


def _of_json(value: object, depth: int = 0) -> Value:
    match value:
        case list() if depth < _MOST_LEVELS:
            return tuple(_of_json(each, depth + 1) for each in value)
        case bool() | int() | float() | str() | None:
            return value
    if value == {}:
        return UNKNOWN
    raise ValueError


def _rows(scanner: _Scanner) -> Value:
    return tuple(scanner.values())


def _tensors(scanner: _Scanner) -> Value:
    return tuple(_read_tensors(scanner))


def _read_tensors(scanner: _Scanner) -> Iterator[HeldTensor]:
    while scanner.takes(" "):
        name = scanner.name()
        if not scanner.takes("="):
            raise ValueError(f"{name} has no value")
        role, dtype, sizes, trained, bare, digest = scanner.matched(_TENSOR, "tensor").groups()
        shape = tuple(map(int, sizes.split(","))) if sizes else ()
        is_trained = trained == ":trained" if trained else role is None
        yield HeldTensor(name, role or "parameter", dtype, is_trained, shape, bool(bare), digest or "")


def _mode(scanner: _Scanner) -> Value:
    return scanner.matched(_MODE, "mode")[1]


_MODE: Final = re.compile(r" (train|eval)\b")


def _groups(scanner: _Scanner) -> Value:
    found = []
    while scanner.takes(" "):
        group = scanner.value()
        if not isinstance(group, tuple) or not all(isinstance(each, str) for each in group):
            raise ValueError("names of one weight are a list of words")
        found.append(group)
    return tuple(found)


def _why(scanner: _Scanner) -> Value:
    return scanner.value() if scanner.takes(" ") else ""


_READ: Final[dict[str, Callable[[_Scanner], Value]]] = {
    "attributes": _rows,
    "hooks": _rows,
    "tensors": _tensors,
    "mode": _mode,
    "shared": _groups,
    "not-traced": _why,
    "code": _why,
}
