"""A git repository with two commits, and git itself with nothing of who runs the tests."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from cli.command import SRC

PRINT = "Net(\n  (fc): Linear(in_features=4, out_features={}, bias=True)\n  (drop): Dropout(p={}, inplace=False)\n)\n"
OLD, NEW = PRINT.format(3, 0.5), PRINT.format(3, 0.2)
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


def made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two commits, `old` and `main`; nets/mine.txt, note.txt with two networks, and prose."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name, value in ALONE.items():
        monkeypatch.setenv(name, value)
    assert git(folder, "init", "-q", "-b", "main").returncode == 0
    note = "# Mine\n```\n{}```\n# Other\n```\n{}```\n"
    commit(
        folder, nets__mine=OLD, note=note.format(OLD, PRINT.format(7, 0.5)), prose="one\n", wide=PRINT.format(5, 0.5)
    )
    git(folder, "tag", "old")
    commit(folder, nets__mine=NEW, note=note.format(NEW, PRINT.format(7, 0.5)), prose="two\n")
    return folder
