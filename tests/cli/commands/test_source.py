"""`archdiff source`: a program on standard output, and nothing else there. What is in it: `execute/source`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cli.command import SMALL, run

HEADS = (
    "MultiheadAttention(\n  (out_proj): NonDynamicallyQuantizableLinear(in_features=8, out_features=8, bias=True)\n)\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.txt").write_text(SMALL)
    (tmp_path / "heads.txt").write_text(HEADS)
    return tmp_path


def printed(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


def test_the_program_prints_the_network_as_it_was(folder: Path) -> None:
    done = run("source", "mine.txt", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert printed(done.stdout) == SMALL
    assert run("source", "-", cwd=folder, stdin=SMALL).stdout == done.stdout.replace("mine.txt", "<stdin>")


def test_a_setting_that_no_print_holds_is_given(folder: Path) -> None:
    done = run("source", "heads.txt", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "num_heads" in done.stderr
    done = run("source", "heads.txt", "--set", "MultiheadAttention.num_heads=2", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "num_heads=2" in done.stdout
    assert printed(done.stdout) == HEADS


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.txt"], "error: none.txt: no such file"),
        (["mine.txt", "--set", "nothing"], "error: --set nothing"),
    ],
    ids=["no file", "no setting"],
)
def test_a_question_without_an_answer(folder: Path, arguments: list[str], message: str) -> None:
    done = run("source", *arguments, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(message)
