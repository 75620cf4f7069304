"""Prints of other revisions as addresses, `git:REVISION:PATH`, in a real repository."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import git_repository
from cli.command import run
from git_repository import ALONE, NEW, OLD, commit, git

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return git_repository.made(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("address", "within", "shown"),
    [
        ("git:old:nets/mine.txt", "", "Net, 2 layers (git:old:nets/mine.txt:1-4)"),
        ("git:HEAD~1:nets/mine.txt", "", "Net, 2 layers (git:HEAD~1:nets/mine.txt:1-4)"),
        ("git:old:nets/mine.txt", "nets", "Net, 2 layers (git:old:nets/mine.txt:1-4)"),
        ("git:old:./mine.txt", "nets", "Net, 2 layers (git:old:./mine.txt:1-4)"),
        ("git:old:note.txt#Other", "", "Other, Net, 2 layers (git:old:note.txt:10-13)"),
        ("git:HEAD^{/work: or #not}:x.txt", "", "no such revision: HEAD^{/work: or #not}"),
        ("git:HEAD^{/wo}:note.txt#Mine", "", "Mine, Net, 2 layers (git:HEAD^{/wo}:note.txt:3-6)"),
        ("git::nets/mine.txt", "", "Net, 2 layers (git::nets/mine.txt:1-4)"),
    ],
)
def test_a_file_of_another_revision(repository: Path, address: str, within: str, shown: str) -> None:
    done = run("show", address, cwd=repository / within, **ALONE)
    assert shown in (done.stdout + done.stderr).splitlines()[0]


def test_today_against_then(repository: Path) -> None:
    done = run("compare", "nets/mine.txt", "git:old:nets/mine.txt", "--format", "concise", cwd=repository, **ALONE)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == "nets/mine.txt:3: AD401 training drop: p 0.2, not 0.5\n"


def test_what_is_staged(repository: Path) -> None:
    (repository / "nets" / "mine.txt").write_text(OLD)
    git(repository, "add", "-A")
    assert run("compare", "git::nets/mine.txt", "git:old:nets/mine.txt", cwd=repository, **ALONE).returncode == 0
    assert run("compare", "git::nets/mine.txt", "git:main:nets/mine.txt", cwd=repository, **ALONE).returncode == 1


def test_the_spec_beside_it_is_of_that_revision(repository: Path) -> None:
    (repository / "nets" / "mine.toml").write_text("input_shape = [7, 4]\n")
    commit(repository)
    here = run("show", "git:HEAD:nets/mine.txt", cwd=repository, **ALONE).stdout
    then = run("show", "git:old:nets/mine.txt", cwd=repository, **ALONE).stdout
    assert [text.splitlines()[1] for text in (here, then)] == [
        "input 7x4 (from the reference spec)",
        "input 4 (solved)",
    ]


def test_a_pair_of_a_check_and_a_match(repository: Path) -> None:
    pairs = '[[pairs]]\ncandidate = "nets/mine.txt"\nreference = "git:old:./nets/mine.txt"\n'
    (repository / "ci").mkdir()
    (repository / "ci" / "archdiff.toml").write_text(pairs.replace("nets", "../nets"))
    done = run("check", "--config", "ci/archdiff.toml", "--format", "concise", cwd=repository, **ALONE)
    assert (done.returncode, done.stderr) == (1, "")
    assert "AD401 training drop: p 0.2, not 0.5" in done.stdout
    done = run("match", "nets/mine.txt", "git:old:note.txt", cwd=repository, **ALONE)
    assert done.stdout.splitlines()[0] == "nearest: git:old:note.txt#1"
    assert run("keys", "nets/mine.txt", "git:old:nets/mine.txt", cwd=repository, **ALONE).returncode == 0


@pytest.mark.parametrize(
    ("address", "message", "way_out"),
    [
        ("git:old:nets/min.txt", "no such file in old", "did you mean git:old:nets/mine.txt?"),
        ("git:old:new/mine.txt", "no such file in old", "paths count from the top; ./ from here"),
        ("git:odl:nets/mine.txt", "no such revision: odl", "did you mean git:old:nets/mine.txt?"),
        ("git:--help:nets/mine.txt", "no such revision: --help", "git log --oneline lists what there is"),
        ("git:old:nets", "is a directory", "name a file in it"),
        ("git:old:", "a path has to be in it, in one line", "git:REVISION:PATH, for example git:HEAD~1:nets/mine.txt"),
        ("git:old:a\nb", "a path has to be in it, in one line", "git:REVISION:PATH"),
        ("git::nets/min.txt", "no such file in what is staged", "did you mean git::nets/mine.txt?"),
        ("git:old:prose.txt", "no printed network in it", "archdiff reads what print(model) writes"),
    ],
)
def test_what_is_not_there(repository: Path, address: str, message: str, way_out: str) -> None:
    done = run("show", address, cwd=repository, **ALONE)
    assert (done.returncode, done.stdout) == (2, "")
    assert f": {message}\n  help: {way_out}" in done.stderr


def test_a_path_from_here_is_told(repository: Path) -> None:
    done = run("show", "git:old:mine.txt", cwd=repository / "nets", **ALONE)
    assert done.stderr == ("error: git:old:mine.txt: no such file in old\n  help: did you mean git:old:./mine.txt?\n")


def test_links_submodules_and_pointers(repository: Path) -> None:
    (repository / "link.txt").symlink_to("nets/mine.txt")
    (repository / "out.txt").symlink_to("/etc/hostname")
    (repository / "lfs.txt").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n")
    commit(repository)
    head = git(repository, "rev-parse", "HEAD").stdout.strip()
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{head},sub")
    assert git(repository, "commit", "-q", "-m", "submodule").returncode == 0
    assert "git:HEAD:link.txt:1-4" in run("show", "git:HEAD:link.txt", cwd=repository, **ALONE).stdout
    for name, message in {
        "out.txt": "is a link to what the repository does not hold",
        "sub/mine.txt": "is in a submodule, which is a repository of its own",
        "lfs.txt": "a pointer of Git LFS, not the file itself",
    }.items():
        done = run("show", f"git:HEAD:{name}", cwd=repository, **ALONE)
        assert (done.returncode, done.stdout) == (2, "")
        assert message in done.stderr


def test_outside_of_a_repository_and_without_git(tmp_path: Path) -> None:
    outside = {**ALONE, "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
    assert "not in a git repository" in run("show", "git:HEAD:a.txt", cwd=tmp_path, **outside).stderr
    assert "git is not installed" in run("show", "git:HEAD:a.txt", cwd=tmp_path, **ALONE, PATH=str(tmp_path)).stderr


@pytest.mark.skipif(os.name == "nt", reason="no such file names")
def test_a_file_that_is_called_so_wins(tmp_path: Path) -> None:
    (tmp_path / "git:HEAD:mine.txt").write_text(NEW)
    assert run("show", "git:HEAD:mine.txt", cwd=tmp_path).returncode == 0


def test_a_module_that_is_called_git_is_no_address(tmp_path: Path) -> None:
    (tmp_path / "git.py").write_text("import torch\n\ndef mine():\n    return torch.nn.ReLU()\n")
    assert "ReLU" in run("show", "git:mine", cwd=tmp_path).stdout
