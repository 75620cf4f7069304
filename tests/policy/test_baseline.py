"""The baseline as a file: what is written is read back as it was, in one order, whole or not at all."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdiff.model.effects import Effect
from archdiff.model.errors import ReadError, UsageError
from archdiff.model.message import message
from archdiff.model.network import UNKNOWN
from archdiff.model.outcome import Finding, Place
from archdiff.policy import baseline
from archdiff.policy.baseline import Baseline, Entry, Key

TODAY = date(2026, 11, 23)
SWAPPED = message("order", first="ReLU", second="MaxPool2d")
KEY = Key("pair", "AD401", "a.0", "b.0", "p", "0.2", "0.5")

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
ENTRIES = st.lists(
    st.builds(
        Entry,
        st.builds(Key, TEXT.filter(bool), TEXT.filter(bool), TEXT, TEXT, TEXT, TEXT, TEXT, TEXT),
        TEXT,
        st.none() | st.dates(),
    ),
    unique_by=lambda entry: entry.key,
)


@given(ENTRIES)
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]) -> None:
    path = tmp_path_factory.getbasetemp() / "baseline.toml"
    baseline.write(str(path), baseline.text(entries))
    read = baseline.read(str(path)).entries
    assert {key: replace(entry, line=0) for key, entry in read.items()} == {entry.key: entry for entry in entries}
    assert baseline.text(reversed(entries)) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("finding", "key"),
    [
        (
            Finding(
                "AD401", Effect.TRAINING, "x", "", Place("a", 7, 0.2, "Dropout"), Place("b", 9, 0.5, "Dropout"), "p"
            ),
            Key("n", "AD401", "a", "b", "p", "0.2", "0.5"),
        ),
        (
            Finding(
                *("AD101", Effect.FUNCTION, "x", "", Place("a", 7, None, "ReLU"), Place("b", 9, None, "MaxPool2d")),
                what=message("because", what=SWAPPED, why=message("monotone")),
            ),
            Key("n", "AD101", "a", "b", "", "ReLU", "MaxPool2d", "order(first=ReLU, second=MaxPool2d)"),
        ),
        (
            Finding("AD103", Effect.FUNCTION, "x", "", None, Place("b", 9, None, "LogSoftmax")),
            Key("n", "AD103", "", "b", "", "", "LogSoftmax"),
        ),
        (
            Finding("AD301", Effect.FUNCTION, "x", "", Place("a", 1, (5, 5)), Place("a", 1, UNKNOWN), "kernel_size"),
            Key("n", "AD301", "a", "a", "kernel_size", "(5, 5)", "unknown"),
        ),
    ],
    ids=["values", "classes", "one side", "sizes"],
)
def test_key(finding: Finding, key: Key) -> None:
    assert list(baseline.keys("n", finding)) == [key]


@pytest.mark.parametrize(
    ("before", "found", "reason", "expires", "after"),
    [
        (None, True, "new", None, Entry(KEY, "new")),
        (None, True, "", date(2027, 1, 1), Entry(KEY, "", date(2027, 1, 1))),
        (Entry(KEY, "old"), True, "new", None, Entry(KEY, "old")),
        (Entry(KEY, ""), True, "new", None, Entry(KEY, "new")),
        (Entry(KEY, "old", date(2027, 1, 1)), True, "new", None, Entry(KEY, "old", date(2027, 1, 1))),
        (Entry(KEY, "old", date(2027, 1, 1)), True, "new", date(2028, 1, 1), Entry(KEY, "new", date(2028, 1, 1))),
        (Entry(KEY, "old", date(2026, 1, 1)), True, "", None, Entry(KEY, "old")),
        (Entry(KEY, "old"), False, "new", None, None),
    ],
    ids=["new", "until", "kept", "given", "day kept", "day moved", "renewed", "gone"],
)
def test_update(before: Entry | None, found: bool, reason: str, expires: date | None, after: Entry | None) -> None:
    known = Baseline("b.toml", {KEY: before} if before else {})
    entries = baseline.updated(known, ["pair"], [KEY] if found else [], reason, expires, TODAY)
    assert entries == ({KEY: after} if after else {})
    assert baseline.updated(known, [], [], reason, expires, TODAY) == known.entries


SWAP = """\
[[accepted]]
pair = "n"
rule = "AD101"
candidate-path = "a"
reference-path = "b"
candidate = "ReLU"
reference = "MaxPool2d"
difference = "{}"
reason = "as published"
"""


@pytest.mark.parametrize(
    ("version", "difference", "accepted"),
    [
        ("", "ReLU before MaxPool2d, in the reference behind it", True),
        ("version = 1\n", "other words", True),
        ("version = 2\n", "order(first=ReLU, second=MaxPool2d)", True),
        ("version = 2\n", "order(first=ReLU, second=AvgPool2d)", False),
    ],
    ids=["first version", "first version, told", "second version", "another difference"],
)
def test_what_an_entry_accepts(tmp_path: Path, version: str, difference: str, accepted: bool) -> None:
    file = tmp_path / "b.toml"
    file.write_text(version + SWAP.format(difference))
    known = Key("n", "AD101", "a", "b", "", "ReLU", "MaxPool2d", "order(first=ReLU, second=MaxPool2d)")
    assert (baseline.accepting(baseline.read(str(file)).entries, known) is not None) is accepted


def test_a_version_that_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text("version = 3\n")
    with pytest.raises(ReadError, match="version 3 of a baseline is not known"):
        baseline.read(str(tmp_path / "b.toml"))


def test_a_file_keeps_its_mode_and_a_link_stays_one(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "link.toml"
    real.write_text("old")
    real.chmod(0o600)
    link.symlink_to(real)
    baseline.write(str(link), "new")
    assert link.is_symlink()
    assert (real.read_text(), stat.S_IMODE(real.stat().st_mode)) == ("new", 0o600)
    assert sorted(os.listdir(tmp_path)) == ["link.toml", "real.toml"]


def test_what_cannot_be_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "b.toml"
    file.write_text("old")

    def full(*paths: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(UsageError, match="the baseline cannot be written: No space left on device"):
        baseline.write(str(file), "new")
    assert (file.read_text(), os.listdir(tmp_path)) == ("old", ["b.toml"])
