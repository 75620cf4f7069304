"""`[tool.archdiff]` of pyproject.toml, or archdiff.toml: which pairs are checked, and what is known of them.

Reads, and decides nothing: what is wrong with one pair is kept with that pair, so that the others still run. Must not
read a network.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from archdiff import parse
from archdiff.model import catalogue, places
from archdiff.model.effects import ON_UNKNOWN, THRESHOLDS, Effect
from archdiff.model.errors import ArchdiffError, ReadError, UsageError
from archdiff.model.facts import is_shape
from archdiff.model.wording import did_you_mean
from archdiff.parse import toml
from archdiff.policy import ignores
from archdiff.policy.ignores import Ignore
from archdiff.policy.repository import Repository, is_top, repository_of

NAMES: Final = ("archdiff.toml", "pyproject.toml")
BASELINE: Final = "archdiff-baseline.toml"
_MOST_FILES: Final = 50  # that one configuration extends, in all
_BEGINNING: Final = '    [[pairs]]\n    candidate = "mine.txt"\n    reference = "original.txt"'
CLAIMS: Final = ("tell", "fail", "off")

_SHARED: Final = ("fail-on", "unknown", "strict", "input-shape", "claims", "ignore")
_TOP: Final = ("extends", "baseline", "select", "pairs", *_SHARED)
_CONFIGS: Final = {"candidate-config": "candidate_config", "reference-config": "reference_config"}
_PAIR: Final = ("name", "candidate", "reference", *_CONFIGS, *_SHARED)
_IGNORE: Final = ("rule", "path", "reason")


@dataclass(frozen=True, slots=True)
class ConfiguredPair:
    """One comparison that is to stay as it is."""

    name: str
    candidate: str = ""  # an address; "" where only the claims of the reference are checked
    reference: str = ""
    candidate_config: str = ""  # a config.json, which says what the print of the candidate does not
    reference_config: str = ""
    input_shape: tuple[int, ...] | None = None
    fail_on: Effect = Effect.INIT
    unknown: str = ON_UNKNOWN[0]  # what a difference of unknown effect does: "fail" or "pass"
    strict: tuple[str, ...] = ()  # what must be printed, as the `strict` of a result
    claims: str = "tell"  # what a claim that its own network does not meet is: "fail", "tell" or "off"
    ignores: tuple[Ignore, ...] = ()
    source: str = ""
    line: int = 0
    lines: Mapping[str, int] = field(default_factory=dict)  # of "candidate", "reference-config" ...
    problem: ArchdiffError | None = None  # why it cannot be checked


@dataclass(frozen=True, slots=True)
class Config:
    """Every pair with what holds for it, and what was wrong with the file."""

    source: str
    folder: str  # of the file, as addresses are written from here: "" or "sub/"
    repository: Repository  # where the files that it names may be
    pairs: tuple[ConfiguredPair, ...] = ()
    baseline: str = BASELINE
    select: tuple[str, ...] = ()  # ids
    ignores: tuple[Ignore, ...] = ()  # for every pair
    problems: tuple[ArchdiffError, ...] = ()
    files: tuple[str, ...] = ()  # itself and all that it extends


def find(start: str) -> str:
    """The configuration of a folder, or of the nearest one above it in its repository.

    In one folder archdiff.toml goes before pyproject.toml. What is above the repository belongs to somebody else.

    Raises:
        UsageError: there is none.
    """
    folder = os.path.abspath(start)
    while True:
        for name in NAMES:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and (name != "pyproject.toml" or _mentions(path)):
                return os.path.relpath(path)
        above = os.path.dirname(folder)
        if above == folder or is_top(folder):
            message = f"no {' and no [tool.archdiff] in a '.join(NAMES)} here or above"
            raise UsageError(message, way_out=f"--config FILE, or begin one:\n{_BEGINNING}")
        folder = above


def _mentions(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return b"tool.archdiff" in file.read(toml.LARGEST)
    except OSError:  # that of somebody else, in a folder above
        return False


def read(path: str, named: bool = True, allowed: tuple[str, ...] = ()) -> Config:
    """A configuration with all that it extends.

    Args:
        path: the file.
        named: whether the command line names it; one that was found has to be of its repository itself.
        allowed: files and folders outside of the repository that it may name too.

    Raises:
        ReadError: this file itself is no TOML.
        UsageError: it was found, and is a link to what is not of the repository.
    """
    repository = repository_of(path, (*allowed, path) if named else allowed)
    repository.check(path)
    return _read(path, repository, (), [])


def _read(path: str, repository: Repository, above: tuple[str, ...], read: list[str]) -> Config:
    """A file; `above` are those that led to it, `read` all that were read."""
    document = toml.read(path)
    root: toml.Path = ("tool", "archdiff") if os.path.basename(path) == "pyproject.toml" else ()
    try:
        table = document.at(root)
    except (KeyError, TypeError):
        raise ReadError("no [tool.archdiff] in it", source=path) from None
    if not isinstance(table, dict):
        raise document.error("tool.archdiff is not a table", root)
    read.append(path)
    folder = os.path.join(os.path.dirname(path), "")
    return _Reader(document, root, folder, repository, (*above, os.path.realpath(path)), read).config(table)


@dataclass(slots=True)
class _Reader:
    """One file: values with their places, and what was wrong so far."""

    document: toml.TomlFile
    root: toml.Path
    folder: str
    repository: Repository
    above: tuple[str, ...]  # files that led here, this one last
    read: list[str]  # all files so far
    problems: list[ArchdiffError] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)  # of pairs, with their lines
    pair_lines: dict[tuple[object, ...], int] = field(default_factory=dict)  # what pairs compare, with their lines

    def config(self, table: Mapping[str, Any]) -> Config:
        config = Config(self.document.source, self.folder, self.repository, files=(self.document.source,))
        config = self.extended(config, table)
        shared = ConfiguredPair("")
        for key in table:
            with _CollectedProblems(self.problems):
                if key not in _TOP:
                    raise self.document.unknown_key((*self.root, key), _TOP)
        config = replace(config, folder=self.folder, source=self.document.source)
        with _CollectedProblems(self.problems):
            if "baseline" in table:
                config = replace(config, baseline=self.file((*self.root, "baseline")))
        with _CollectedProblems(self.problems):
            if "select" in table:
                config = replace(config, select=tuple(self.selected((*self.root, "select"), ignores.rules)))
        for key in _SHARED:
            with _CollectedProblems(self.problems):
                shared = self.with_setting(shared, table, self.root, key)
        config = replace(config, ignores=(*config.ignores, *shared.ignores))
        return self.with_pairs(config, table, replace(shared, ignores=()))

    def extended(self, config: Config, table: Mapping[str, Any]) -> Config:
        """All that the named files hold, in their order."""
        if "extends" not in table:
            return replace(config, baseline=self.from_here(config.baseline))
        config = replace(config, baseline=self.from_here(config.baseline))
        path = (*self.root, "extends")
        for place in [path] if isinstance(table["extends"], str) else self.elements(path):
            with _CollectedProblems(self.problems):
                base = self.base(place)
                config = replace(
                    config,
                    pairs=(*config.pairs, *base.pairs),
                    select=base.select or config.select,
                    ignores=(*config.ignores, *base.ignores),
                    problems=(*config.problems, *base.problems),
                    files=(*config.files, *base.files),
                )
        return config

    def base(self, place: toml.Path) -> Config:
        path = self.file(place)
        if os.path.realpath(path) in self.above:
            way = " -> ".join(os.path.relpath(file) for file in (*self.above, os.path.realpath(path)))
            raise self.document.error(f"extends itself: {way}", place)
        if not os.path.isfile(path):
            raise self.document.error(f"extends {path}: no such file", place)
        if len(self.read) >= _MOST_FILES:
            raise self.document.error(f"extends more than {_MOST_FILES} files", place)
        return _read(path, self.repository, self.above, self.read)

    def with_pairs(self, config: Config, table: Mapping[str, Any], shared: ConfiguredPair) -> Config:
        """Its own pairs behind those that it extends; one of the same name takes the other's place."""
        own: list[ConfiguredPair] = []
        with _CollectedProblems(self.problems):
            paths = self.elements((*self.root, "pairs")) if "pairs" in table else ()
            own += [self.pair(path, shared) for path in paths]
        own = [each for pair in own for each in _of_pattern(pair, {other.reference for other in own})]
        names = {pair.name for pair in own}
        pairs = (*(pair for pair in config.pairs if pair.name not in names), *own)
        return replace(config, pairs=pairs, problems=(*config.problems, *self.problems))

    def pair(self, path: toml.Path, shared: ConfiguredPair) -> ConfiguredPair:
        """One pair; with its problem where it cannot be checked."""
        table = self.document.at(path)
        line = self.document.line(path)
        pair = replace(shared, name=f"pair in line {line}", source=self.document.source, line=line)
        problems: list[ArchdiffError] = []
        with _CollectedProblems(problems):
            if not isinstance(table, dict):
                raise self.document.error("a pair is a table: [[pairs]]", path)
            named = [word for key in ("name", "candidate", "reference") if isinstance(word := table.get(key), str)]
            pair = replace(pair, name=named[0] if named else pair.name)
            self.document.check_keys(path, _PAIR)
            for side in ("candidate", "reference"):
                if side in table:
                    lines = {**pair.lines, side: self.document.line((*path, side))}
                    pair = replace(pair, lines=lines, **{side: self.address((*path, side))})  # type: ignore[arg-type]
            for key in _CONFIGS:
                if key in table:
                    pair = self.with_config(pair, path, key)
            pair = replace(pair, name=self.name(table, path, pair))
            if not pair.reference:
                raise self.document.error("a pair without a reference", path, 'reference = "original.txt"')
            if not pair.candidate and "claims" not in table:
                pair = replace(pair, claims="fail")
            if pair.candidate and "*" in pair.reference and pair.reference.startswith(parse.SHIPPED):
                message = f"'{pair.reference}' stands for several networks, and a candidate is compared with one"
                raise self.document.error(message, (*path, "reference"), "leave out candidate, or name one reference")
            if _is_pattern(pair) and not [*_meant(pair)]:
                message = f"no reference that comes with archdiff is called '{pair.reference}'"
                names = tuple(f"{parse.SHIPPED}{each}" for each in parse.shipped())
                raise self.document.error(message, (*path, "reference"), did_you_mean(pair.reference, names))
            for key in _SHARED:
                pair = self.with_setting(pair, table, path, key)
            self.not_twice(pair, path)
        self.names.setdefault(pair.name, pair.line)
        return replace(pair, problem=problems[0]) if problems else pair

    def with_config(self, pair: ConfiguredPair, path: toml.Path, key: str) -> ConfiguredPair:
        """The pair with a config.json beside one side of it."""
        side = key.partition("-")[0]
        if side not in pair.lines:
            raise self.document.error(f"{key} without a {side}", (*path, key), f'{side} = "..."')
        lines = {**pair.lines, key: self.document.line((*path, key))}
        return replace(pair, lines=lines, **{_CONFIGS[key]: self.file((*path, key))})  # type: ignore[arg-type]

    def name(self, table: Mapping[str, Any], path: toml.Path, pair: ConfiguredPair) -> str:
        """The name that it is given, else that of the candidate; no two are called the same."""
        name = self.text((*path, "name")) if "name" in table else pair.candidate or pair.reference or pair.name
        if name in self.names and "name" in table:
            message = f"'{name}' is the name of another pair, in line {self.names[name]}"
            raise self.document.error(message, (*path, "name"))
        return f"{name} against {pair.reference}" if name in self.names else name

    def not_twice(self, pair: ConfiguredPair, path: toml.Path) -> None:
        compared = pair.candidate, pair.reference, pair.candidate_config, pair.reference_config, pair.input_shape
        if compared in self.pair_lines:
            message = (
                f"the same pair stands in line {self.pair_lines[compared]}: {pair.candidate} against {pair.reference}"
            )
            raise self.document.error(message, (*path, "reference"), "give each reference once to a candidate")
        self.pair_lines[compared] = pair.line

    # What both a pair and the whole file may say

    def with_setting(self, pair: ConfiguredPair, table: Mapping[str, Any], at: toml.Path, key: str) -> ConfiguredPair:
        """The pair with one of the shared settings."""
        if key not in table:
            return pair
        path = (*at, key)
        match key:
            case "fail-on":
                return replace(pair, fail_on=Effect[self.one_of(path, THRESHOLDS).upper()])
            case "unknown":
                return replace(pair, unknown=self.one_of(path, ON_UNKNOWN))
            case "strict":
                return replace(pair, strict=tuple(self.selected(path, ignores.facts)))
            case "claims":
                return replace(pair, claims=self.one_of(path, CLAIMS))
            case "input-shape":
                return replace(pair, input_shape=self.shape(path))
            case _:
                return replace(pair, ignores=(*pair.ignores, *self.ignores(path)))

    def shape(self, path: toml.Path) -> tuple[int, ...]:
        sizes = self.document.at(path)
        if not is_shape(sizes):
            raise self.document.error("not sizes", path, "positive numbers without the batch: [1, 32, 32]")
        return tuple(sizes)

    def ignores(self, path: toml.Path) -> Iterator[Ignore]:
        for place in self.elements(path):
            table = self.document.at(place)
            if not isinstance(table, dict):
                raise self.document.error("an ignore is a table", place, '{ rule = "AD401", reason = "..." }')
            self.document.check_keys(place, _IGNORE)
            if not table.get("reason"):
                raise self.document.error("an ignore without a reason", place, 'reason = "why it does not matter"')
            if "rule" not in table and "path" not in table:
                raise self.document.error("ignores everything", place, 'rule = "AD401" or path = "features.*"')
            ids = tuple(self.selected((*place, "rule"), ignores.rules)) if "rule" in table else ()
            where = self.text((*place, "path")) if "path" in table else ""
            reason, line = self.text((*place, "reason")), self.document.line(place)
            yield Ignore(ids, where, reason, self.document.source, line)

    def selected(self, path: toml.Path, meant_by: Callable[[str], Collection[str]]) -> Iterator[str]:
        """What a word, or each of a list of words, means by `meant_by`; an error where that is nothing."""
        for place in [path] if isinstance(self.document.at(path), str) else self.elements(path):
            word = self.text(place)
            ids = meant_by(word)
            if not ids:
                raise self.document.error(f"no rule '{word}'", place, catalogue.way_out(word))
            yield from ids

    # Values

    def text(self, path: toml.Path) -> str:
        value = self.document.at(path)
        if not isinstance(value, str) or not value.strip():
            raise self.document.error(
                f"{path[-1]} is not a text in quotes" if isinstance(path[-1], str) else "not a text", path
            )
        return value.strip()

    def one_of(self, path: toml.Path, allowed: tuple[str, ...]) -> str:
        value = self.document.at(path)
        if value not in allowed:
            way_out = did_you_mean(str(value), allowed)
            raise self.document.error(f"{path[-1]} = {value!r:.60}: no such value", path, way_out)
        return str(value)

    def elements(self, path: toml.Path) -> Iterator[toml.Path]:
        value = self.document.at(path)
        if not isinstance(value, list):
            raise self.document.error(f"{path[-1]} is not a list", path)
        return ((*path, index) for index in range(len(value)))

    def address(self, path: toml.Path) -> str:
        """An address as it is written from here; live modules and shipped references have no folder."""
        address = self.text(path)
        if address == "-" or address.startswith("-#"):
            raise self.document.error("a check has no standard input", path, "give a file")
        if parse.is_elsewhere(address):
            return parse.from_folder(address, self.folder)
        return address if places.is_live(address) else self.from_here(address)

    def file(self, path: toml.Path) -> str:
        """A file as it is written from here; refused where it is not of the repository."""
        file = self.from_here(self.text(path))
        try:
            self.repository.check(file)
        except UsageError as error:
            raise self.document.error(error.message, path, error.way_out) from None
        return file

    def from_here(self, path: str) -> str:
        return os.path.normpath(os.path.join(self.folder, path)) if path else path


def _is_pattern(pair: ConfiguredPair) -> bool:
    """Whether it is about several published networks: `ref:resnet/*`."""
    return not pair.candidate and pair.reference.startswith(parse.SHIPPED) and "*" in pair.reference


def _meant(pair: ConfiguredPair) -> Iterator[str]:
    yield from fnmatch.filter((f"{parse.SHIPPED}{name}" for name in parse.shipped()), pair.reference)


def _of_pattern(pair: ConfiguredPair, references: Collection[str]) -> Iterator[ConfiguredPair]:
    """The pairs that one stands for, without references that have a pair of their own."""
    if not _is_pattern(pair) or pair.problem:
        yield pair
        return
    for name in _meant(pair):
        if name not in references:
            yield replace(pair, name=name, reference=name)


class _CollectedProblems:
    """Keeps what goes wrong inside, so that the rest is still read."""

    def __init__(self, problems: list[ArchdiffError]) -> None:
        self.problems = problems

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, ArchdiffError):
            self.problems.append(error)
            return True
        return False
