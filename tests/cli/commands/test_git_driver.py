"""archdiff as git's driver of one file, in a real repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import git_repository
from cli.command import run
from git_repository import NEW, OLD, PRINT, commit, git

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

DRIVER = f'"{sys.executable}" -m archdiff git-driver'


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return git_repository.made(tmp_path, monkeypatch)


def test_the_old_file_is_the_reference(repository: Path) -> None:
    done = git(repository, "diff", "old", "HEAD", "--", "nets", GIT_EXTERNAL_DIFF=DRIVER)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "diff --archdiff a/nets/mine.txt b/nets/mine.txt\n"
        "training: p 0.2, not 0.5 (drop): the same in inference, different while training\n"
        "1 training\n"
        "Net (b/nets/mine.txt:1-4) against Net (a/nets/mine.txt:1-4)\n"
        "input 4 (solved)\n"
        "\n"
        "training\n"
        "  drop  p 0.2, not 0.5  AD401 :3|:3\n"
        "\n"
        "note: taken to run in printed order (no print shows a forward method): Net\n"
    )


@pytest.mark.parametrize(
    "command",
    [("diff", "old"), ("diff", "old", "HEAD"), ("log", "-p", "--ext-diff", "-1"), ("show", "--ext-diff")],
    ids=" ".join,
)
def test_attributes_choose_the_files(repository: Path, command: tuple[str, ...]) -> None:
    git(repository, "config", "diff.archdiff.command", DRIVER)
    (repository / ".gitattributes").write_text("nets/*.txt diff=archdiff\n")
    done = git(repository, *command)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\n  drop  p 0.2, not 0.5 " in done.stdout
    assert "-one\n+two\n" in done.stdout  # not of the driver


CHANGES = {
    "prose": ({"prose.txt": "three\n"}, ["diff --git a/prose.txt b/prose.txt", "--- a/prose.txt", "-two", "+three"]),
    "added": ({"new.txt": NEW}, ["diff --git a/new.txt b/new.txt", "new file mode 100644", "--- /dev/null", "+Net("]),
    "deleted": ({"wide.txt": None}, ["deleted file mode 100644", "+++ /dev/null", "-Net("]),
    "cut off": ({"wide.txt": OLD[:40]}, ["diff --git a/wide.txt b/wide.txt", "--- a/wide.txt", "-)"]),
    "no network any more": ({"wide.txt": "none\n"}, ["-Net(", "+none"]),
    "words around it": ({"nets/mine.txt": f"# Mine\n{NEW}"}, ["diff --git a/nets/mine.txt b/nets/mine.txt", "+# Mine"]),
    "latin-1": ({"prose.txt": b"caf\xe9\n"}, ["-two", "+caf\N{REPLACEMENT CHARACTER}"]),
    "binary": ({"prose.txt": bytes(range(256))}, ["Binary files a/prose.txt and b/prose.txt differ"]),
    "a name with spaces": ({"a b\u00e9.txt": "x\n"}, ["+x"]),
}


@pytest.mark.parametrize(("files", "lines"), CHANGES.values(), ids=CHANGES)
def test_all_else_is_shown_as_git_does(
    repository: Path, files: dict[str, str | bytes | None], lines: list[str]
) -> None:
    for name, text in files.items():
        path = repository / name
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
    git(repository, "add", "-A")
    done = subprocess.run(
        ["git", "diff", "HEAD"], cwd=repository, env={**os.environ, "GIT_EXTERNAL_DIFF": DRIVER}, capture_output=True
    )
    shown = done.stdout.decode("utf-8", "replace").splitlines()
    assert done.returncode == 0
    assert [line for line in lines if line not in shown] == []
    assert "/tmp" not in done.stdout.decode("utf-8", "replace")


def test_what_cannot_be_compared_is_told_and_shown(repository: Path) -> None:
    (repository / "wide.txt").write_text(OLD[:40])
    done = git(repository, "diff", GIT_EXTERNAL_DIFF=DRIVER)
    assert done.returncode == 0
    assert done.stderr.startswith("archdiff: wide.txt: the print is cut off after line 2")
    assert done.stderr.endswith("; git's own diff follows\n")


def test_a_renamed_file(repository: Path) -> None:
    git(repository, "mv", "nets/mine.txt", "nets/ours.txt")
    (repository / "nets" / "ours.txt").write_text(NEW.replace("out_features=3", "out_features=5"))
    git(repository, "add", "-A")
    done = git(repository, "diff", "-M20", "HEAD", GIT_EXTERNAL_DIFF=DRIVER)
    assert done.stdout.startswith("diff --archdiff a/nets/mine.txt b/nets/ours.txt\nfunction:")
    git(repository, "mv", "prose.txt", "verse.txt")
    (repository / "verse.txt").write_text("two\nthree\n")
    git(repository, "add", "-A")
    shown = git(repository, "diff", "-M20", "HEAD", "--", "prose.txt", "verse.txt", GIT_EXTERNAL_DIFF=DRIVER).stdout
    first, similar, *moved = shown.splitlines()[:4]
    assert (first, similar[:16]) == ("diff --git a/prose.txt b/verse.txt", "similarity index")
    assert moved == ["rename from prose.txt", "rename to verse.txt"]


def test_several_networks_of_one_file(repository: Path) -> None:
    done = git(repository, "diff", "old", "HEAD", "--", "note.txt", GIT_EXTERNAL_DIFF=DRIVER)
    assert "Mine (b/note.txt:3-6) against Mine (a/note.txt:3-6)" in done.stdout
    assert done.stdout.endswith("\n1 other network in the file: nothing differs\n")
    note = (repository / "note.txt").read_text()
    (repository / "note.txt").write_text(note.partition("# Other")[0])
    done = git(repository, "diff", "HEAD", GIT_EXTERNAL_DIFF=DRIVER)
    assert done.stdout.splitlines()[1:] == [
        "Other was removed (a/note.txt:10-13)",
        "1 other network in the file: nothing differs",
    ]


def test_not_merged(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "side", "old")
    commit(repository, nets__mine=PRINT.format(3, 0.9))
    assert git(repository, "merge", "main").returncode == 1
    done = git(repository, "diff", "--cached", "--", "nets", GIT_EXTERNAL_DIFF=DRIVER)
    assert (done.returncode, done.stdout) == (0, "* Unmerged path nets/mine.txt\n")


@pytest.mark.parametrize(
    ("setting", "colored"),
    [("color.ui=always", True), ("color.diff=always", True), ("color.ui=auto", False), ("color.ui=never", False)],
)
def test_colour_is_git_s_choice(repository: Path, setting: str, colored: bool) -> None:
    done = git(repository, "-c", setting, "diff", "old", "HEAD", GIT_EXTERNAL_DIFF=DRIVER)
    assert ("\033[" in done.stdout) is colored


def test_git_s_exit_code_stays(repository: Path) -> None:
    changed = git(repository, "diff", "--exit-code", "old", "HEAD", GIT_EXTERNAL_DIFF=DRIVER)
    assert changed.returncode == 1
    assert git(repository, "diff", "--exit-code", "HEAD", GIT_EXTERNAL_DIFF=DRIVER).returncode == 0


def test_called_by_somebody_else(tmp_path: Path) -> None:
    done = run("git-driver", "a", "b", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "git calls this with 7 arguments, not 2" in done.stderr
