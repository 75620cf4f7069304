"""git: prints of other revisions as addresses, and archdiff as git's driver, both with a real repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.test_main import SRC, run

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

PRINT = "Net(\n  (fc): Linear(in_features=4, out_features={}, bias=True)\n  (drop): Dropout(p={}, inplace=False)\n)\n"
OLD, NEW = PRINT.format(3, 0.5), PRINT.format(3, 0.2)
DRIVER = f'"{sys.executable}" -m archdiff git-driver'
#: nothing of who runs the tests: no configuration, no hooks, no other repository
ALONE = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_PAGER": "cat",
    "PYTHONPATH": SRC,
    **{f"GIT_{who}_{what}": "x@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


def git(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "ARCHDIFF_"))}
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**inherited, **ALONE, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def commit(folder: Path, **files: str | None) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path = path.with_suffix(".txt") if not path.suffix else path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text)
    git(folder, "add", "-A")
    assert git(folder, "commit", "-q", "-m", "work").returncode == 0


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two commits, `old` and `main`; nets/mine.txt, note.txt with two networks, and prose."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name, value in ALONE.items():
        monkeypatch.setenv(name, value)
    assert git(tmp_path, "init", "-q", "-b", "main").returncode == 0
    note = "# Mine\n```\n{}```\n# Other\n```\n{}```\n"
    commit(
        tmp_path, nets__mine=OLD, note=note.format(OLD, PRINT.format(7, 0.5)), prose="one\n", wide=PRINT.format(5, 0.5)
    )
    git(tmp_path, "tag", "old")
    commit(tmp_path, nets__mine=NEW, note=note.format(NEW, PRINT.format(7, 0.5)), prose="two\n")
    return tmp_path


# Addresses


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
    assert done.stdout == "nets/mine.txt:3: AD401 training p 0.2, not 0.5\n"


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
    assert "AD401 training p 0.2, not 0.5" in done.stdout
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


def test_outside_of_a_repository_and_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


# The driver


def test_the_old_file_is_the_reference(repository: Path) -> None:
    done = git(repository, "diff", "old", "HEAD", "--", "nets", GIT_EXTERNAL_DIFF=DRIVER)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "diff --archdiff a/nets/mine.txt b/nets/mine.txt\n"
        "training: the same in inference, different while training\n"
        "1 training\n"
        "Net (b/nets/mine.txt:1-4) against Net (a/nets/mine.txt:1-4)\n"
        "input 4 (solved)\n"
        "\n"
        "training\n"
        "  AD401 b/nets/mine.txt:3|a/nets/mine.txt:3\n        p 0.2, not 0.5\n"
        "\n"
        "  candidate       reference\n"
        "  ... 1 equal\n"
        "! 3 drop Dropout  3 drop Dropout\n"
        "  (! differs)\n"
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
    assert "AD401 b/nets/mine.txt:3|a/nets/mine.txt:3\n        p 0.2, not 0.5\n" in done.stdout
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
