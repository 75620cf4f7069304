"""Differences that are accepted, with a reason and perhaps until a day.

An entry is known by its pair and the identity of its finding (model.identity): rule, paths and the two values, never a
line number or the words of a message. The file is written in a stable order, so that a review sees in its diff what was
accepted; one difference in many places is one table there, and an entry for each place here, since places are accepted
one by one. Older versions are read: the first held words, which are left out, the second a table for each place. Must
not decide what differs.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from archdiff.model import files
from archdiff.model.errors import UsageError
from archdiff.model.finding import Finding, PlacePair
from archdiff.model.identity import identity
from archdiff.parse import toml

_HEAD: Final = """\
# Differences that are accepted. `archdiff check --update` writes this file; reason and expires are yours to edit.
"""
VERSION: Final = 3
LARGEST: Final = 10_000_000  # bytes: 100,000 places
_PATHS: Final = ("candidate-path", "reference-path")
_TEXTS: Final = ("pair", "rule", "setting", *_PATHS, "candidate", "reference", "difference", "reason")
_KEYS: Final = (*_TEXTS, "places", "expires")


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """The identity of a difference in one place; paths are "" where a side has no such layer."""

    pair: str
    rule: str
    candidate_path: str
    reference_path: str
    setting: str
    candidate: str  # the values, or the classes where no setting differs
    reference: str
    difference: str = ""  # what differs, where no setting does: `order(first=KWinners2d, second=MaxPool2d)`


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted difference."""

    key: Key
    reason: str = ""
    expires: date | None = None  # the last day on which it counts
    line: int = 0

    def expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.expires is not None and self.expires < today


@dataclass(frozen=True, slots=True)
class Baseline:
    """Every accepted difference of a file; empty where there is none."""

    source: str
    entries: Mapping[Key, Entry]
    content: bytes | None = None  # of the file as it was read; None: there was none


def key(pair: str, finding: Finding, places: PlacePair) -> Key:
    """The key of a finding in one of its places, in the pair of that name."""
    known = identity(finding, places)
    return Key(
        pair,
        known.rule,
        known.candidate_path,
        known.reference_path,
        known.setting,
        known.candidate,
        known.reference,
        known.detail,
    )


def keys(pair: str, finding: Finding) -> Iterator[Key]:
    """One for every place of a finding."""
    return (key(pair, finding, places) for places in finding.all_places)


def accepting(entries: Mapping[Key, Entry], known: Key) -> Entry | None:
    """The entry that a difference is accepted by; one of the first version holds for any that differs in no setting."""
    return entries.get(known) or entries.get(replace(known, difference=""))


def read(path: str) -> Baseline:
    """A baseline; the file need not be there.

    Raises:
        ReadError: it is no baseline, with the line; nothing of such a file counts.
    """
    if not os.path.lexists(path):
        return Baseline(path, {})
    content = files.read(path, LARGEST)
    document = toml.decoded(content, path)
    document.check_keys((), ("version", "accepted"))
    version = document.values.get("version", 1)
    if type(version) is not int or not 1 <= version <= VERSION:
        raise document.error(f"version {version} of a baseline is not known", ("version",), "a newer archdiff wrote it")
    entries: dict[Key, Entry] = {}
    lines: dict[Key, int] = {}  # of keys as they are written
    tables = document.values.get("accepted", [])
    if not isinstance(tables, list):
        raise document.error("accepted is not a list of tables: [[accepted]]", ("accepted",))
    for index in range(len(tables)):
        for entry in _entries(document, ("accepted", index)):
            if entry.key in lines:
                raise document.error(f"accepted twice, also in line {lines[entry.key]}", ("accepted", index))
            lines[entry.key] = entry.line
            known = _of_version(entry.key, version)
            entries[known] = replace(entry, key=known)
    return Baseline(path, entries, content)


def _of_version(known: Key, version: int) -> Key:
    """The key without words, which are no identity: all that the first version held, reasons in the second."""
    wordy = version == 1 or (version == 2 and ", because=" in known.difference)
    return replace(known, difference="") if wordy else known


def _entries(document: toml.TomlFile, path: toml.Path) -> Iterator[Entry]:
    """The entries of one table: one for each of its places."""
    table = document.at(path)
    if not isinstance(table, dict):
        raise document.error("not a table: [[accepted]]", path)
    document.check_keys(path, _KEYS)
    for name, value in table.items():
        if name in _TEXTS and not isinstance(value, str):
            raise document.error(f"{name} is not a text in quotes", (*path, name))
    for name in ("pair", "rule"):
        if not table.get(name):
            raise document.error(f"accepted without its {name}", path, "archdiff check --update writes entries")
    expires = table.get("expires")
    if expires is not None and (not isinstance(expires, date) or isinstance(expires, datetime)):
        raise document.error("expires is not a day", (*path, "expires"), "a day without quotes: expires = 2026-12-31")
    texts = {name.replace("-", "_"): table.get(name, "") for name in _TEXTS}
    reason, line = texts.pop("reason"), document.line(path)
    for ours, theirs in _places(document, path, table):
        yield Entry(Key(**{**texts, "candidate_path": ours, "reference_path": theirs}), reason, expires, line)


def _places(document: toml.TomlFile, path: toml.Path, table: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The paths on both sides of every place of a table."""
    if "places" not in table:
        ours, theirs = (table.get(name, "") for name in _PATHS)
        return [(ours, theirs)]
    if any(name in table for name in _PATHS):
        raise document.error("places beside the paths of one place", (*path, "places"), "give one of the two")
    listed = table["places"]
    way_out = 'the paths on both sides of each: places = [["a.0", "b.0"], ["a.1", "b.1"]]'
    if not isinstance(listed, list) or not listed:
        raise document.error("not a list of places", (*path, "places"), way_out)
    for index, both in enumerate(listed):
        if not isinstance(both, list) or len(both) != 2 or not all(isinstance(each, str) for each in both):
            raise document.error("not a place", (*path, "places", index), way_out)
    return [(ours, theirs) for ours, theirs in listed]


def updated(
    before: Baseline, looked_at: Collection[str], found: Iterable[Key], reason: str, expires: date | None, today: date
) -> dict[Key, Entry]:
    """The entries of a baseline that accepts what was found.

    Args:
        before: the baseline as it is; what it accepts keeps its reason and its day.
        looked_at: names of the pairs that were compared; entries of others stay as they are.
        found: the keys of all differences that make these pairs fail.
        reason: for what is new, for what has no reason yet and for what has expired.
        expires: the last day on which these count. Without a reason and a day an expired entry is not renewed.
        today: the day by which entries expire.
    """
    entries = {known: entry for known, entry in before.entries.items() if known.pair not in looked_at}
    for known in found:
        old = accepting(before.entries, known)
        if old is None:
            entries[known] = Entry(known, reason, expires)
        elif old.expired(today) and (reason or expires):
            entries[known] = Entry(known, reason or old.reason, expires)
        else:
            entries[known] = old if old.reason else Entry(known, reason, old.expires or expires)
    return entries


def tables(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Entries as they stand together in the file: the same difference, for the same reason, in many places."""
    together: dict[tuple[Any, ...], list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.key):
        placeless = replace(entry.key, candidate_path="", reference_path="")
        together.setdefault((placeless, entry.reason, entry.expires), []).append(entry)
    return list(together.values())


def text(entries: Iterable[Entry]) -> str:
    """The file, in the order of pair, rule and path."""
    return "\n".join([_HEAD, f"version = {VERSION}\n", *map(_table, tables(entries))])


def _table(entries: Sequence[Entry]) -> str:
    first = entries[0]
    texts = {name.replace("_", "-"): getattr(first.key, name) for name in Key.__slots__}
    shown = [name for name in _TEXTS if texts.get(name) and (len(entries) == 1 or name not in _PATHS)]
    lines = [f"{name} = {_quoted(texts[name])}" for name in shown]
    if len(entries) > 1:
        both = (f"[{_quoted(each.key.candidate_path)}, {_quoted(each.key.reference_path)}]" for each in entries)
        lines += ["places = [", *(f"  {place}," for place in both), "]"]
    lines.append(f"reason = {_quoted(first.reason)}")
    lines += [f"expires = {first.expires.isoformat()}"] if first.expires else []
    return "\n".join(["[[accepted]]", *lines, ""])


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    short = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    shown = (short.get(char) or (char if char.isprintable() else f"\\U{ord(char):08x}") for char in text)
    return f'"{"".join(shown)}"'


def write(before: Baseline, text: str) -> None:
    """All or nothing, and only over what was read: by `FILE.lock`, which takes the place of the file once it is whole.

    Raises:
        UsageError: it cannot be written, or somebody else writes it or has written it meanwhile; the file stays.
    """
    target = os.path.realpath(before.source)
    lock = f"{target}.lock"
    try:
        if os.path.exists(target) and not (os.stat(target).st_mode & stat.S_IWUSR and os.access(target, os.W_OK)):
            raise PermissionError(None, "it is read-only")  # whoever asks
        handle = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        way_out = f"if none is running, delete {os.path.relpath(lock)}"
        raise UsageError("another archdiff is writing this baseline", source=before.source, way_out=way_out) from None
    except OSError as error:
        raise _not_written(before, error) from None
    try:
        with files.replacing(target, lock) as name:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            if _content(target) != before.content:
                raise UsageError("was changed in the meantime", source=before.source, way_out="run it again")
            os.chmod(name, 0o644)  # of a file that is new; else it gets the mode of what it replaces
    except OSError as error:
        raise _not_written(before, error) from None


def _content(path: str) -> bytes | None:
    with suppress(FileNotFoundError), open(path, "rb") as file:
        return file.read()
    return None


def _not_written(before: Baseline, error: OSError) -> UsageError:
    return UsageError(f"the baseline cannot be written: {error.strerror}", source=before.source)
