"""Where reports go: the options, and files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from archdiff import api
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
        (["terminal"], [""], "no name of a file"),
        (["terminal"], ["sarif="], "no name of a file"),
        (["terminal", "json"], ["out"], "which one?\n  help: say it: --output-file terminal=out"),
        (["terminal"], ["a", "b"], "which one?"),
        (["terminal", "json"], [], "terminal and json on standard output would mix\n  help: --output-file json=FILE"),
        (["sarif", "junit"], [], "--output-file sarif=FILE"),
        (["terminal"], ["json=a", "sarif=./a"], "for two reports"),
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


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    file = tmp_path / "out"
    outputs.write(str(file), "a\n")
    assert file.read_bytes() == b"a\n"
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~umask
    file.chmod(0o640)
    outputs.write(str(file), "\U0001f9e0 \udc80\n")
    assert file.read_bytes() == "\U0001f9e0 \\udc80\n".encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    (tmp_path / "link").symlink_to("old")
    outputs.write(str(tmp_path / "link"), "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "old").read_text() == "new"


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no such device")
def test_a_device_is_not_replaced() -> None:
    outputs.write(os.devnull, "a")
    assert not Path(os.devnull).is_file()


def test_what_was_there_stays_where_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: str, target: str) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "out"
    file.write_text("before")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(UsageError, match="out: cannot be written: No space left on device"):
        outputs.write(str(file), "after")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


def test_a_file_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "out"
    file.write_text("before")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(UsageError, match="cannot be written: Permission denied"):
        outputs.write(str(file), "after")
    assert file.read_text() == "before"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_a_full_device() -> None:
    with pytest.raises(UsageError, match="/dev/full: cannot be written: No space left"):
        outputs.write("/dev/full", "a")


def test_a_page_that_others_write_too(tmp_path: Path) -> None:
    page = tmp_path / "page"
    page.write_text("a\n")
    outputs.append(str(page), "b\n")
    assert page.read_text() == "a\nb\n"
    with pytest.raises(UsageError, match="cannot be written"):
        outputs.append(str(tmp_path / "none" / "page"), "b\n")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_that_nobody_reads(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="pipe: cannot be written: a pipe that nobody reads"):
        outputs.write(str(tmp_path / "pipe"), "a")


@pytest.mark.parametrize(
    ("written", "read", "refused"),
    [
        ("new", ["a", "b"], ""),
        ("b", ["a"], ""),
        ("a", ["none"], ""),
        ("/dev/null", ["/dev/null"], ""),
        ("copy", ["a"], ""),
        ("a", ["a", "b"], "a: is read too: a report would be written over it"),
        ("a", ["link"], "a: is read too, which is link: "),
        ("link", ["b", "a"], "link: is read too, which is a: "),
        ("second", ["a"], "second: is read too, which is a: "),
        ("folder/../a", ["a"], "folder/../a: is read too, which is a: "),
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
    assert api.files("ref:nosuch/x", "a.txt") == ("ref:nosuch/x", "a.txt")
