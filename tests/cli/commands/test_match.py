"""`archdiff match`: exit codes, what is shown, and references that are left out. The search: `policy/test_nearest`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from torch import Tensor, nn

from archdiff import api
from archdiff.cli.commands.match import _warnings
from cli.command import NETWORKS, SMALL, run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.txt").write_text(SMALL)
    (tmp_path / "refs").mkdir()
    for name in ("dropout.txt", "wide.txt", "prose.txt"):
        (tmp_path / "refs" / name).write_text(NETWORKS[name])
    return tmp_path


def test_the_nearest_comes_first_with_what_separates_the_two(folder: Path) -> None:
    done = run("match", "mine.txt", "refs", cwd=folder)
    assert done.returncode == 0
    assert done.stdout.startswith("nearest: refs/dropout.txt\n")
    assert "\ntraining: p 0.5, not 0.2 (1): the same in inference, different while training\n" in done.stdout
    assert done.stderr == "warning: refs/prose.txt is left out: no printed network in it\n"


def test_nothing_is_near(folder: Path) -> None:
    for name in ("dropout.txt", "wide.txt"):
        (folder / "refs" / name).write_text(NETWORKS["scale.txt"])
    done = run("match", "mine.txt", "refs", cwd=folder)
    assert done.returncode == 1
    assert done.stdout.startswith("nothing is near; nearest of them: refs/dropout.txt\n")


def test_the_shipped_references_are_the_default(folder: Path) -> None:
    found = json.loads(run("match", "mine.txt", "--format", "json", cwd=folder).stdout)
    assert all(match["reference"].startswith("ref:") for match in found["matches"])


def test_as_many_as_are_wanted(folder: Path) -> None:
    done = run("match", "mine.txt", "refs", "--max-findings", "1", cwd=folder)
    assert "          and 1 more\n" in done.stdout
    assert "and 1 more" not in run("match", "mine.txt", "refs", "--all", cwd=folder).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.txt"], "error: none.txt: no such file"),
        (["mine.txt", "none"], "error: none: no such folder"),
        (["mine.txt", "refs", "--max-findings", "few"], "error: --max-findings few: not a valid number"),
        (["mine.txt", "refs", "--format", "sarif"], "error: --format sarif: no such value"),
    ],
    ids=["no candidate", "no folder", "no number", "no format"],
)
def test_a_question_without_an_answer(folder: Path, arguments: list[str], message: str) -> None:
    done = run("match", *arguments, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(message)


@pytest.mark.parametrize(("count", "lines"), [(0, 0), (10, 10), (11, 11), (5_010, 11)])
def test_of_thousands_of_warnings_ten_are_told(count: int, lines: int) -> None:
    told = list(_warnings([f"file {at}" for at in range(count)]))
    assert len(told) == lines
    assert told[:10] == [f"file {at}" for at in range(min(count, 10))]
    if count > 10:
        assert told[10] == f"and {count - 10:,} more are left out; --format json names them"


class Block(nn.Module):
    """A layer beside a skip connection, or without one."""

    def __init__(self, has_skip: bool) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.has_skip = has_skip

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.fc(x)
        return x + y if self.has_skip else y


def test_forwards_are_compared_with_the_nearest(folder: Path) -> None:
    """Both print the same."""
    for name, has_skip in (("mine.txt", False), ("refs/skip.txt", True)):
        (folder / name).write_text(api.snapshot(Block(has_skip), input_shape=(4,)))
    done = run("match", "mine.txt", "refs", cwd=folder)
    assert done.stdout.startswith("nearest: refs/skip.txt\n")
    assert "\nfunction: " in done.stdout
    found = json.loads(run("match", "mine.txt", "refs", "--format", "json", cwd=folder).stdout)
    assert found["matches"][0]["verdicts"] == ["function"]
