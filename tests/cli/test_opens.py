"""Every source is opened once, by every command, as the audit hook of the interpreter sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import archdiff

PROGRAM = """
import os, sys
opened = []
sys.addaudithook(lambda event, arguments: opened.append(arguments[0]) if event == "open" else None)
{before}
from archdiff.cli import main
sys.argv = ["archdiff", *{arguments!r}]
try:
    main()
except SystemExit as end:
    paths = [os.path.relpath(each) for each in opened if isinstance(each, str) and each]
    print(end.code, *(each for each in paths if not each.startswith("..")), sep=",", file=sys.stderr)
"""
NET = (
    "Net(\n  (a): Linear(in_features=8, out_features={}, bias=True)  # archdiff: ignore[AD107] mine\n  (b): ReLU()\n)\n"
)
SPEC = """
input_shape = [8]
[[claims]]
where = "Table 1"
said = [{ says = "F", of = "parameters", value = "36" }]
"""
PAIRS = """
[[pairs]]
candidate = "a.txt"
reference = "b.txt"
[[pairs]]
candidate = "two.md#A"
reference = "b.txt"
[[pairs]]
candidate = "two.md#B"
reference = "b.txt"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text(NET.format(4))
    (tmp_path / "b.txt").write_text(NET.format(4))
    (tmp_path / "b.toml").write_text(SPEC)
    (tmp_path / "two.md").write_text(f"# A\n\n{NET.format(4)}\n# B\n\n{NET.format(5)}")
    (tmp_path / "archdiff.toml").write_text(PAIRS)
    (tmp_path / "prints").mkdir()
    for number in range(3):
        (tmp_path / "prints" / f"{number}.txt").write_text(NET.format(6 + number))
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code", "sources"),
    [
        (["compare", "a.txt", "b.txt"], 0, ["a.txt", "b.toml", "b.txt"]),
        (["compare", "a.txt", "b.txt", "--select", "AD1", "--format", "json"], 0, ["a.txt", "b.toml", "b.txt"]),
        (["compare", "two.md#A", "two.md#B"], 1, ["two.md"]),
        (["compare", "b.txt", "b.txt"], 0, ["b.toml", "b.txt"]),
        (["show", "b.txt"], 0, ["b.toml", "b.txt"]),
        (["show", "two.md#B"], 0, ["two.md"]),
        (["source", "a.txt"], 0, ["a.txt"]),
        (["keys", "a.txt", "b.txt"], 0, ["a.txt", "b.toml", "b.txt"]),
        (["check"], 1, ["a.txt", "archdiff.toml", "b.toml", "b.txt", "two.md"]),
        (["match", "a.txt", "prints"], 0, ["a.txt", "prints/0.txt", "prints/1.txt", "prints/2.txt"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) and value[0].isalpha() else None,
)
def test_each_source_is_opened_once(folder: Path, arguments: list[str], code: int, sources: list[str]) -> None:
    assert _opened(folder, arguments) == (code, Counter(sources))


def test_a_second_time_would_be_seen(folder: Path) -> None:
    _, found = _opened(folder, ["show", "a.txt"], before='open("a.txt").close()')
    assert found == Counter({"a.txt": 2})


def _opened(folder: Path, arguments: list[str], before: str = "") -> tuple[int, Counter[str]]:
    """The exit code, and how often each file of the folder was opened."""
    program = PROGRAM.format(arguments=arguments, before=before)
    environment = {**os.environ, "PYTHONPATH": str(Path(archdiff.__file__).parents[1])}
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    told = run.stderr.splitlines()[-1].split(",")
    return int(told[0]), Counter(told[1:])
