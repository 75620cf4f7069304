"""What git tells its driver, and git's own diff of a file that no network is in."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from archdiff.cli import git_diff
from archdiff.cli.git_diff import Change, Version
from archdiff.model.errors import UsageError

CALLED = ["net.txt", "/tmp/old", "0" * 40, "100644", "/tmp/new", "1" * 40, "100755"]
CHANGED = Change(Version("net.txt", "/tmp/old", "100644"), Version("net.txt", "/tmp/new", "100755"))


@pytest.mark.parametrize(
    ("arguments", "change"),
    [
        (["net.txt"], None),
        (CALLED, CHANGED),
        (
            [*CALLED, "other.txt", "similarity index 90%"],
            Change(CHANGED.old, CHANGED.new._replace(path="other.txt"), "similarity index 90%"),
        ),
    ],
    ids=["not merged", "changed", "renamed"],
)
def test_what_git_calls_for(arguments: list[str], change: Change | None) -> None:
    assert git_diff.read(arguments) == change


@pytest.mark.parametrize("count", [0, 2, 6, 8, 10])
def test_other_arguments_are_none_of_git(count: int) -> None:
    with pytest.raises(UsageError, match=f"git calls this with 7 arguments, not {count}"):
        git_diff.read([*CALLED, "a", "b", "c"][:count])


@pytest.mark.parametrize(
    ("file", "mode", "is_text"),
    [
        ("/tmp/old", "100644", True),
        ("/tmp/old", "100755", True),
        ("/tmp/old", "120000", False),
        ("/tmp/old", "160000", False),
        (os.devnull, ".", False),
        (os.devnull, "100644", False),
    ],
    ids=["file", "program", "link", "submodule", "not there", "empty"],
)
def test_what_may_hold_a_network(file: str, mode: str, is_text: bool) -> None:
    assert Version("net.txt", file, mode).is_text is is_text


def test_the_line_that_a_difference_begins_with() -> None:
    renamed = CHANGED._replace(new=CHANGED.new._replace(path="b.txt"))
    assert renamed.title == "diff --archdiff a/net.txt b/b.txt"


@pytest.fixture
def change(tmp_path: Path) -> Change:
    (tmp_path / "old").write_text("one\n")
    (tmp_path / "new").write_text("two\n")
    old, new = (Version("nets/net.txt", str(tmp_path / name), "100644") for name in ("old", "new"))
    return Change(old, new)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize("color", [False, True])
def test_git_s_own_diff_names_the_paths_of_the_repository(change: Change, color: bool) -> None:
    text = git_diff.text_diff(change, color).decode()
    assert ("\033[" in text) is color
    if not color:
        first, *_, old, new, _, less, more = text.splitlines()
        assert first == "diff --git a/nets/net.txt b/nets/net.txt"
        assert (old, new, less, more) == ("--- a/nets/net.txt", "+++ b/nets/net.txt", "-one", "+two")


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_file_that_is_new(change: Change) -> None:
    added = change._replace(old=Version("nets/net.txt", os.devnull))
    assert git_diff.text_diff(added, False).decode().splitlines()[-4:] == [
        "--- /dev/null",
        "+++ b/nets/net.txt",
        "@@ -0,0 +1 @@",
        "+two",
    ]


def test_what_cannot_be_laid_out_is_said(change: Change) -> None:
    gone = change._replace(new=change.new._replace(file=f"{change.new.file}.gone"))
    assert git_diff.text_diff(gone, False).decode() == (
        "diff --archdiff a/nets/net.txt b/nets/net.txt\ncannot be shown: No such file or directory\n"
    )
