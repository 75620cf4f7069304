"""Differences that are accepted, with a reason and perhaps until a day.

An entry is known by its pair and the identity of its finding (model.identity): rule, paths and the two values, never a
line number or the words of a message. The first version held those words; its entries are read without them. The file
is written in a stable order, so that a review sees in its diff what was accepted. Must not decide what differs.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from archdiff.model.errors import UsageError
from archdiff.model.identity import identity
from archdiff.model.outcome import Finding
from archdiff.parse import toml
from archdiff.policy import ignores
from archdiff.policy.ignores import Places

_HEAD: Final = """\
# Differences that are accepted. `archdiff check --update` writes this file; reason and expires are yours to edit.
"""
VERSION: Final = 2
_KEY: Final = ("pair", "rule", "setting", "candidate-path", "reference-path", "candidate", "reference", "difference")
_TEXTS: Final = (*_KEY, "reason")
_KEYS: Final = (*_TEXTS, "expires")


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What a difference is known by; "" where a side has no such layer."""

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
        return self.expires is not None and self.expires < today


@dataclass(frozen=True, slots=True)
class Baseline:
    """Every accepted difference of a file; empty where there is none."""

    source: str
    entries: Mapping[Key, Entry]


def key(pair: str, finding: Finding, places: Places) -> Key:
    """What one place of a finding is known by."""
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
    return (key(pair, finding, places) for places in ignores.places(finding))


def accepting(entries: Mapping[Key, Entry], known: Key) -> Entry | None:
    """The entry that a difference is accepted by; one of the first version holds for any that differs in no setting."""
    return entries.get(known) or entries.get(replace(known, difference=""))


def read(path: str) -> Baseline:
    """A baseline; the file need not be there."""
    if not os.path.exists(path):
        return Baseline(path, {})
    document = toml.read(path)
    for name in document.values:
        if name not in ("version", "accepted"):
            raise document.unknown_key((name,), ("version", "accepted"))
    version = document.values.get("version", 1)
    if version not in (1, VERSION):
        raise document.error(f"version {version} of a baseline is not known", ("version",), "a newer archdiff wrote it")
    entries: dict[Key, Entry] = {}
    tables = document.values.get("accepted", [])
    if not isinstance(tables, list):
        raise document.error("accepted is not a list of tables: [[accepted]]", ("accepted",))
    for index in range(len(tables)):
        entry = _entry(document, ("accepted", index))
        if version == 1:  # it held the words of a message, which are no identity
            entry = replace(entry, key=replace(entry.key, difference=""))
        if entry.key in entries:
            raise document.error(f"accepted twice, in line {entries[entry.key].line} too", ("accepted", index))
        entries[entry.key] = entry
    return Baseline(path, entries)


def _entry(document: toml.Document, path: toml.Path) -> Entry:
    table = document.at(path)
    if not isinstance(table, dict):
        raise document.error("not a table: [[accepted]]", path)
    for name, value in table.items():
        if name not in _KEYS:
            raise document.unknown_key((*path, name), _KEYS)
        if name in _TEXTS and not isinstance(value, str):
            raise document.error(f"{name} is not a text in quotes", (*path, name))
    for name in ("pair", "rule"):
        if not table.get(name):
            raise document.error(f"accepted without its {name}", path, "archdiff check --update writes entries")
    expires = table.get("expires")
    if expires is not None and (not isinstance(expires, date) or isinstance(expires, datetime)):
        raise document.error("expires is not a day", (*path, "expires"), "a day without quotes: expires = 2026-12-31")
    told = {name: table.get(name, "") for name in _TEXTS}
    known = Key(*(told[name.replace("_", "-")] for name in Key.__slots__))
    return Entry(known, told["reason"], expires, document.line(path))


def updated(
    before: Baseline, looked_at: Sequence[str], found: Iterable[Key], reason: str, expires: date | None, today: date
) -> dict[Key, Entry]:
    """The baseline that accepts what was found; entries of pairs that were not looked at stay as they are.

    What was accepted before keeps its reason, and its day unless that is over.
    """
    entries = {known: entry for known, entry in before.entries.items() if known.pair not in looked_at}
    for known in found:
        old = accepting(before.entries, known)
        if old is None:
            entries[known] = Entry(known, reason, expires)
        elif old.expired(today) or expires:
            entries[known] = Entry(known, reason or old.reason, expires)
        else:
            entries[known] = Entry(known, old.reason or reason, old.expires)
    return entries


def text(entries: Iterable[Entry]) -> str:
    """The file, in the order of pair, rule and path."""
    tables = [_table(entry) for entry in sorted(entries, key=lambda entry: entry.key)]
    return "\n".join([_HEAD, f"version = {VERSION}\n", *tables])


def _table(entry: Entry) -> str:
    told: dict[str, Any] = {name.replace("_", "-"): getattr(entry.key, name) for name in Key.__slots__}
    lines = [f"{name} = {_quoted(told[name])}" for name in _TEXTS if told.get(name)]
    lines.append(f"reason = {_quoted(entry.reason)}")
    lines += [f"expires = {entry.expires.isoformat()}"] if entry.expires else []
    return "\n".join(["[[accepted]]", *lines, ""])


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    short = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    shown = (short.get(char) or (char if char.isprintable() else f"\\U{ord(char):08x}") for char in text)
    return f'"{"".join(shown)}"'


def write(path: str, text: str) -> None:
    """All or nothing: a file beside it takes its place. A file that may not be written stays as it is, whoever asks."""
    target = os.path.realpath(path)
    mode = 0o644
    try:
        if os.path.exists(target):
            mode = stat.S_IMODE(os.stat(target).st_mode)
            if not mode & stat.S_IWUSR or not os.access(target, os.W_OK):
                raise PermissionError(None, "it is read-only")
        handle, beside = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".archdiff-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            os.chmod(beside, mode)
            os.replace(beside, target)
        except BaseException:
            os.unlink(beside)
            raise
    except OSError as error:
        raise UsageError(f"the baseline cannot be written: {error.strerror}", source=path) from None
