"""The cases of `fuzz.py`: which texts, which command, and in which files its reports come."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Final, NamedTuple, TypeAlias

import fuzz_texts

DOCUMENTS: Final = ("json", "markdown", "junit", "sarif", "html", "terminal", "concise", "github")
FILES: Final = ("ours.txt", "theirs.txt")
_SAME: Final = 0.5  # share of pairs of one origin, so that most of both is alike

CONFIG: Final = """\
[[pairs]]
name = "one"
candidate = "ours.txt"
reference = "theirs.txt"

[[pairs]]
candidate = "theirs.txt"
reference = "ours.txt"
fail-on = "cosmetic"
strict = ["all"]
"""


class Case(NamedTuple):
    """A command with all that it needs."""

    number: int
    live: bool  # networks are run
    files: Mapping[str, bytes]
    stdin: bytes
    command: tuple[str, ...]
    format: str  # of what comes on standard output
    reports: Mapping[str, str]  # format -> file


def case(seed: int, number: int, live: bool) -> Case:
    """The case of that number."""
    random = Random(f"{seed} {number} {live}")
    first = fuzz_texts.text(random)
    second = first if random.random() < _SAME else fuzz_texts.text(random)
    both = [fuzz_texts.mutated(random, text).encode() for text in (first, second)]
    files = dict(zip(FILES, both, strict=True))
    stdin = both[0] if random.random() < 0.1 else b""
    ours = "-" if stdin else FILES[0] + random.choice(("", "", "", "#1", "#2", "#Net"))
    command, format_name, reports = _live(random, ours) if live else _on_texts(random, ours)
    if command[0] == "check":
        files["archdiff.toml"] = CONFIG.encode()
    return Case(number, live, files, stdin, command, format_name, reports)


#: command, format of what comes on standard output, reports in files
_Call: TypeAlias = "tuple[tuple[str, ...], str, dict[str, str]]"


def _on_texts(random: Random, ours: str) -> _Call:
    match random.choices(("compare", "show", "source", "keys", "match", "check", "rule"), (50, 12, 10, 10, 8, 9, 1))[0]:
        case "compare":
            return _reported(random, ("compare", ours, FILES[1]))
        case "show":
            return _in_one(random, ("show", ours, *_shape(random)), ("terminal", "json"))
        case "source":
            return ("source", ours), "python", {}
        case "keys":
            return _in_one(random, ("keys", ours, FILES[1]), ("terminal", "json", "python"))
        case "match":
            references = random.choice((FILES[1], FILES[1], "."))
            return _in_one(random, ("match", ours, references), ("terminal", "json"))
        case "check":
            accepting = (
                ("--update", "--reason", random.choice(("known", "", "::x", "a\tb"))) if random.random() < 0.3 else ()
            )
            return _reported(random, ("check", *accepting))
        case _:
            return ("rule", random.choice(("AD101", "ad701", "", "x\n", "-"))), "terminal", {}


def _live(random: Random, ours: str) -> _Call:
    if random.random() < 0.2:
        cheap = ("--budget", "0.05", "--batch", "1")
        return _in_one(random, ("bench", ours, FILES[1], *cheap, *_shape(random)), ("terminal", "json"))
    return _reported(random, ("compare", ours, FILES[1], "--run", "--batch", "2"))


def _reported(random: Random, command: tuple[str, ...]) -> _Call:
    """One report on standard output and all the others in files."""
    shown = random.choice(DOCUMENTS)
    reports = {name: f"report.{name}" for name in DOCUMENTS if name != shown}
    files = [part for name, file in reports.items() for part in ("--output-file", f"{name}={file}")]
    more = [*_shape(random), *(option for option in _OPTIONS if random.random() < 0.1)]
    return (*command, *more, "--format", shown, *files), shown, reports


def _in_one(random: Random, command: tuple[str, ...], formats: tuple[str, ...]) -> _Call:
    chosen = random.choice(formats)
    return (*command, "--format", chosen), chosen, {}


_OPTIONS: Final = ("--all", "--strict", "--context=2", "--max-findings=1", "--unknown=pass", "--fail-on=cosmetic")


def _shape(random: Random) -> tuple[str, ...]:
    if random.random() < 0.8:
        return ()
    return ("--input-shape", random.choice(("1,32,32", "3,224,224", "10", "2147483647,2147483647", "1", "7,1")))
