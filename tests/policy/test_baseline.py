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
from archdiff.model.finding import Finding, Place
from archdiff.model.message import message
from archdiff.model.network import UNKNOWN
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
    baseline.write(baseline.read(str(path)), baseline.text(entries))
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
        (Entry(KEY, "old", date(2027, 1, 1)), True, "new", date(2028, 1, 1), Entry(KEY, "old", date(2027, 1, 1))),
        (Entry(KEY, "old", TODAY), True, "new", date(2028, 1, 1), Entry(KEY, "old", TODAY)),
        (Entry(KEY, "old", date(2026, 1, 1)), True, "", None, Entry(KEY, "old", date(2026, 1, 1))),
        (Entry(KEY, "old", date(2026, 1, 1)), True, "new", None, Entry(KEY, "new")),
        (Entry(KEY, "old", date(2026, 1, 1)), True, "", date(2028, 1, 1), Entry(KEY, "old", date(2028, 1, 1))),
        (Entry(KEY, "old"), False, "new", None, None),
        (Entry(KEY, "old", date(2026, 1, 1)), False, "", None, None),
    ],
    ids=[
        *("new", "until", "kept", "given", "day kept", "day of others kept", "last day"),
        *("over", "accepted anew", "until another day", "gone", "over and gone"),
    ],
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
        ("version = 2\n", "joined(rule=fused, because=in other words)", True),
        ("version = 3\n", "order(first=ReLU, second=MaxPool2d)", True),
        ("version = 3\n", "order(first=ReLU, second=AvgPool2d)", False),
    ],
    ids=[
        *(
            "first version",
            "first version, told",
            "second version",
            "another difference",
            "words of the second version",
        ),
        *("third version", "another difference of it"),
    ],
)
def test_what_an_entry_accepts(tmp_path: Path, version: str, difference: str, accepted: bool) -> None:
    file = tmp_path / "b.toml"
    file.write_text(version + SWAP.format(difference))
    known = Key("n", "AD101", "a", "b", "", "ReLU", "MaxPool2d", "order(first=ReLU, second=MaxPool2d)")
    assert (baseline.accepting(baseline.read(str(file)).entries, known) is not None) is accepted


@pytest.mark.parametrize("version", ["4", "0", "'3'", "true", "3.0"])
def test_a_version_that_is_not_known(tmp_path: Path, version: str) -> None:
    (tmp_path / "b.toml").write_text(f"version = {version}\n")
    with pytest.raises(ReadError, match="of a baseline is not known"):
        baseline.read(str(tmp_path / "b.toml"))


MANY = """\
[[accepted]]
pair = "n"
rule = "AD401"
setting = "p"
candidate = "0.2"
reference = "0.5"
places = [
  ["a.0", "b.0"],
  ["a.1", "b.1"],
]
reason = "swept"
expires = 2027-01-01
"""


def test_places_of_one_difference_are_one_table(tmp_path: Path) -> None:
    keys = [Key("n", "AD401", f"a.{index}", f"b.{index}", "p", "0.2", "0.5") for index in range(2)]
    entries = [Entry(each, "swept", date(2027, 1, 1)) for each in keys]
    assert baseline.text(reversed(entries)).partition("\n\n[[")[2] == MANY.removeprefix("[[")
    (tmp_path / "b.toml").write_text("version = 3\n" + MANY)
    read = baseline.read(str(tmp_path / "b.toml")).entries
    assert [*read.values()] == [replace(each, line=2) for each in entries]
    apart = [entries[0], replace(entries[1], reason="another")]
    assert baseline.text(apart).count("[[accepted]]") == 2


@pytest.mark.parametrize(
    ("places", "error"),
    [
        ("3", "b.toml:7:1: not a list of places"),
        ("[]", "b.toml:7:1: not a list of places"),
        ('["a", "b"]', "b.toml:7: not a place"),
        ('[["a", "b"], ["a"]]', "b.toml:7: not a place"),
        ('[["a", 1]]', "b.toml:7: not a place"),
        ('[["a", "b"], ["a", "b"]]', "b.toml:1: accepted twice, also in line 1"),
        ('[["a", "b"]]\ncandidate-path = "a"', "b.toml:7:1: places beside the paths of one place"),
    ],
)
def test_places_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: str, error: str) -> None:
    monkeypatch.chdir(tmp_path)
    begin, end = MANY.partition("[\n")[0], MANY.partition("],\n]\n")[2]
    Path("b.toml").write_text(f"{begin}{places}\n{end}")
    with pytest.raises(ReadError) as raised:
        baseline.read("b.toml")
    assert str(raised.value).startswith(error)


def test_a_file_keeps_its_mode_and_a_link_stays_one(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "link.toml"
    real.write_text("old")
    real.chmod(0o600)
    link.symlink_to(real)
    baseline.write(Baseline(str(link), {}, b"old"), "new")
    assert link.is_symlink()
    assert (real.read_text(), stat.S_IMODE(real.stat().st_mode)) == ("new", 0o600)
    assert sorted(os.listdir(tmp_path)) == ["link.toml", "real.toml"]


def test_what_cannot_be_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "b.toml"
    file.write_text("old")

    def full(*_paths: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(UsageError, match="the baseline cannot be written: No space left on device"):
        baseline.write(Baseline(str(file), {}, b"old"), "new")
    assert (file.read_text(), os.listdir(tmp_path)) == ("old", ["b.toml"])


@pytest.mark.parametrize(
    ("known", "others", "error"),
    [
        (b"old", {"b.toml": "of another"}, "was changed in the meantime"),
        (None, {"b.toml": "of another"}, "was changed in the meantime"),
        (b"old", {}, "was changed in the meantime"),
        (b"old", {"b.toml": "old", "b.toml.lock": ""}, "another archdiff is writing this baseline"),
    ],
    ids=["changed", "made", "deleted", "being written"],
)
def test_what_another_process_writes_stays(
    tmp_path: Path, known: bytes | None, others: dict[str, str], error: str
) -> None:
    for name, text in others.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=error):
        baseline.write(Baseline(str(tmp_path / "b.toml"), {}, known), "new")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == others
