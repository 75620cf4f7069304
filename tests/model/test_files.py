"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from archdiff.model import files
from archdiff.model.errors import ReadError, UsageError


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    file = tmp_path / "out"
    files.write(str(file), "a\n")
    assert file.read_bytes() == b"a\n"
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~umask
    file.chmod(0o640)
    files.write(str(file), "\U0001f9e0 \udc80\n")
    assert file.read_bytes() == "\U0001f9e0 \\udc80\n".encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    (tmp_path / "link").symlink_to("old")
    files.write(str(tmp_path / "link"), "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "old").read_text() == "new"


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no such device")
def test_a_device_is_not_replaced() -> None:
    files.write(os.devnull, "a")
    assert not Path(os.devnull).is_file()


def test_what_was_there_stays_where_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_source: str, _target: str) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "out"
    file.write_text("before")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(UsageError, match="out: cannot be written: No space left on device"):
        files.write(str(file), "after")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


def test_a_file_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "out"
    file.write_text("before")
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    with pytest.raises(UsageError, match="cannot be written: Permission denied"):
        files.write(str(file), "after")
    assert file.read_text() == "before"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_a_full_device() -> None:
    with pytest.raises(UsageError, match="/dev/full: cannot be written: No space left"):
        files.write("/dev/full", "a")


def test_a_page_that_others_write_too(tmp_path: Path) -> None:
    page = tmp_path / "page"
    page.write_text("a\n")
    files.append(str(page), "b\n")
    assert page.read_text() == "a\nb\n"
    with pytest.raises(UsageError, match="cannot be written"):
        files.append(str(tmp_path / "none" / "page"), "b\n")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_that_nobody_reads(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="pipe: cannot be written: a pipe that nobody reads"):
        files.write(str(tmp_path / "pipe"), "a")


def test_a_file_is_read_as_far_as_it_may_be(tmp_path: Path) -> None:
    file = tmp_path / "net.txt"
    file.write_bytes(b"abc")
    assert files.read(str(file), 3) == b"abc"
    with pytest.raises(ReadError) as caught:
        files.read(str(file), 2, "cut it")
    assert str(caught.value) == f"{file}: larger than 0 MB\n  help: cut it"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("net.text", "no such file\n  help: did you mean {}/net.txt?"),
        ("zzz", "no such file"),
        ("", "is a directory\n  help: name a file in it"),
        ("net.txt/below", "cannot be read: Not a directory"),
        ("none/net.text", "no such file"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "net.txt").write_bytes(b"abc")
    path = os.path.join(tmp_path, name)
    with pytest.raises(UsageError) as caught:
        files.read(path, 3)
    assert str(caught.value) == f"{path}: {message.format(tmp_path)}"


def test_a_near_name_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "original.txt").write_text("")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"did you mean original.txt\?"):
        files.read("orginal.txt", 3)


def test_a_file_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_path: str, _mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "net.txt").touch()
    monkeypatch.setattr(files, "open", refused, raising=False)
    with pytest.raises(UsageError, match=": cannot be read: Permission denied"):
        files.read(str(tmp_path / "net.txt"), 3)


def test_the_size_is_asked_before_anything_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "net.txt").write_bytes(b"12345")
    monkeypatch.setattr(files, "open", None, raising=False)
    with pytest.raises(ReadError, match=": larger than"):
        files.read(str(tmp_path / "net.txt"), 4)


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="no such names for pipes")
def test_what_has_no_size_is_bounded_too() -> None:
    reading, writing = os.pipe()
    try:
        os.write(writing, b"12345")
        os.close(writing)
        with pytest.raises(ReadError, match=": larger than"):
            files.read(f"/dev/fd/{reading}", 4)
    finally:
        os.close(reading)
