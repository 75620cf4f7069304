"""Where reports go: the options, and what is not written over."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdiff import sources
from archdiff.cli import outputs
from archdiff.cli.outputs import Target, targets
from archdiff.model.errors import UsageError


@pytest.mark.parametrize(
    ("formats", "files", "found"),
    [
        (["terminal"], [], [("terminal", "-")]),
        (["terminal", "github"], [], [("terminal", "-"), ("github", "-")]),
        (["terminal,github"], [], [("terminal", "-"), ("github", "-")]),
        (["terminal, github", "terminal"], [], [("terminal", "-"), ("github", "-")]),
        (["json"], ["out"], [("json", "out")]),
        (["terminal"], ["sarif=out"], [("terminal", "-"), ("sarif", "out")]),
        (["terminal", "sarif"], ["sarif=out"], [("terminal", "-"), ("sarif", "out")]),
        (["sarif"], ["sarif=out"], [("sarif", "out")]),
        (["terminal", "json"], ["out", "json=a"], [("json", "a"), ("terminal", "out")]),
        (["terminal"], ["junit=a", "sarif=b"], [("terminal", "-"), ("junit", "a"), ("sarif", "b")]),
        (["terminal"], ["json=a", "json=b"], [("terminal", "-"), ("json", "a"), ("json", "b")]),
        (["json"], ["json=-", "junit=a"], [("json", "-"), ("junit", "a")]),
        (["json"], ["./a=b"], [("json", "./a=b")]),
        (["json"], ["json=a=b"], [("json", "a=b")]),
    ],
)
def test_targets(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    formats: list[str],
    files: list[str],
    found: list[tuple[str, str]],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert targets(formats, files) == tuple(Target(*target) for target in found)


@pytest.mark.parametrize(
    ("formats", "files", "told"),
    [
        (["xml"], [], "--format xml: no such value\n  help: one of concise, "),
        (["terminal,"], [], "--format : no such value"),
        (["terminal"], ["sarfi=out"], "--output-file sarfi: no such value\n  help: one of concise, "),
        (["terminal"], [""], "no file name"),
        (["terminal"], ["sarif="], "no file name"),
        (
            ["terminal", "json"],
            ["out"],
            "which report goes there?\n  help: name the format: --output-file terminal=out",
        ),
        (["terminal"], ["a", "b"], "which report goes there?"),
        (["terminal", "json"], [], "terminal and json cannot share standard output\n  help: --output-file json=FILE"),
        (["sarif", "junit"], [], "--output-file sarif=FILE"),
        (["terminal"], ["json=a", "sarif=./a"], "two reports for one file"),
        (["json"], ["."], "is a directory"),
        (["json"], ["none/a"], "none/a: cannot be written: no such folder"),
    ],
)
def test_what_makes_no_sense(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, formats: list[str], files: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as error:
        targets(formats, files)
    assert told in str(error.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("written", "read", "refused"),
    [
        ("new", ["a", "b"], ""),
        ("b", ["a"], ""),
        ("a", ["none"], ""),
        ("/dev/null", ["/dev/null"], ""),
        ("copy", ["a"], ""),
        ("a", ["a", "b"], "a: is an input: the report would overwrite it"),
        ("a", ["link"], "a: is an input, which is link: "),
        ("link", ["b", "a"], "link: is an input, which is a: "),
        ("second", ["a"], "second: is an input, which is a: "),
        ("folder/../a", ["a"], "folder/../a: is an input, which is a: "),
    ],
)
def test_what_is_read_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, read: list[str], refused: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b", "copy"):
        (tmp_path / name).write_text("same")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "second").hardlink_to("a")
    if not refused:
        outputs.keep_apart([written], read)
        return
    with pytest.raises(UsageError) as error:
        outputs.keep_apart([written], read)
    assert str(error.value).startswith(refused)


@pytest.mark.parametrize(
    ("folder", "workspace", "root"),
    [
        ("work/repo/paper", "", "work/repo"),
        ("work/repo", "", "work/repo"),
        ("work/repo/paper", "work", "work"),  # as GitHub names files, whatever was checked out where in it
        ("work/repo/paper", "else", "work/repo"),
        ("work/linked", "", "work/linked"),  # a worktree of git: `.git` is a file
    ],
)
def test_the_top_of_the_repository(tmp_path: Path, folder: str, workspace: str, root: str) -> None:
    for name in ("work/repo/.git", "work/repo/paper", "work/linked", "else"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "work/linked/.git").write_text("gitdir: somewhere")
    given = str(tmp_path / workspace) if workspace else ""
    assert outputs.repository(str(tmp_path / folder), given) == str(tmp_path / root)


def test_files_of_a_reference_that_is_not_there() -> None:
    """What one pair of a check lacks is told as its result, and ends no other."""
    assert sources.files("ref:nosuch/x", "a.txt") == ("ref:nosuch/x", "a.txt")
