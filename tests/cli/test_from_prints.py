"""What `show`, `source`, `--run` and `bench` make of prints of other libraries: one line on what no print holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import archdiff

SRC = str(Path(archdiff.__file__).parent.parent)

CONV = "Conv2d(4, 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)"
RESIDUAL = f"""\
Net(
  (stem): Conv2dSame(3, 4, kernel_size=(3, 3), stride=(2, 2), bias=False)
  (bn): BatchNormAct2d(
    4, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True
    (drop): Identity()
    (act): SiLU(inplace=True)
  )
  (blocks): Sequential(
    (0): BasicBlock(
      (conv1): {CONV}
      (act1): ReLU()
      (conv2): {CONV}
      (drop_path): DropPath(drop_prob=0.100)
    )
  )
  (pool): SelectAdaptivePool2d(pool_type=avg, flatten=Flatten(start_dim=1, end_dim=-1))
  (fc): Linear(in_features=4, out_features=2, bias=True)
)
"""
LINE = (
    "net.txt:9: blocks.0 (BasicBlock) may have branches (shortcuts, attention, concatenations): "
    "branches cannot run from a print"
)
WAY_OUT = (
    "package.module:factory runs the live module as it is; --set BasicBlock.class=Sequential, if all that it does is "
    "to run children in printed order"
)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": SRC, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "archdiff", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net.txt").write_text(RESIDUAL)
    return tmp_path


@pytest.mark.parametrize(
    "arguments", [("compare", "net.txt", "net.txt", "--run"), ("bench", "net.txt", "net.txt")], ids=["run", "bench"]
)
def test_branches_are_refused_in_one_line(folder: Path, arguments: tuple[str, ...]) -> None:
    done = run(folder, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    error, help_, *rest = [line for line in done.stderr.splitlines() if not line.startswith("    ")]
    assert (error, help_, rest) == (f"error: {LINE}", f"  help: {WAY_OUT}", [])


def test_somebody_says_that_it_runs_in_order(folder: Path) -> None:
    said = ("--set", "BasicBlock.class=Sequential", "--input-shape", "3,8,8", "--batch", "2")
    done = run(folder, "compare", "net.txt", "net.txt", "--run", *said)
    assert (done.returncode, done.stderr) == (0, "")
    assert "  eval      bitwise equal in all 10 layers and at the output\n" in done.stdout
    assert "  training  bitwise equal in all 10 layers and at the output\n" in done.stdout
    assert "AD9" not in done.stdout  # shapes and shares of zeros are those of the text


def test_the_program_makes_it_and_says_that_it_does_not_run(folder: Path) -> None:
    done = run(folder, "source", "net.txt")
    assert (done.returncode, done.stderr) == (0, "")
    paragraphs = done.stdout.split('"""')[1].split("\n\n")
    assert paragraphs[:3] == [
        "Net, made from its print (net.txt:1-18).",
        "At least 414 parameters: a custom class may hold more, which no print shows.",
        "It does not run: no print holds the forward of BasicBlock.",
    ]
    (folder / "mine.py").write_text(done.stdout)
    count = "sum(p.numel() for p in m.parameters())"
    code = f"import mine; m = mine.build(); print(m, {count}); m(m.fc.weight.new_ones(1, 3, 8, 8))"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=False)
    assert made.stdout == f"{RESIDUAL.rstrip()} 414\n"
    assert made.stderr.splitlines()[-1] == "NotImplementedError: no print holds the forward of BasicBlock"


@pytest.mark.parametrize(
    ("text", "parameters", "at_least", "said"),
    [
        (RESIDUAL, 414, 414, "at least 414 parameters, "),
        (RESIDUAL.replace("DropPath(drop_prob=0.100)", "LayerScale()"), None, 414, "at least 414 parameters, "),
        ("Sequential(\n  (0): Linear(in_features=4, out_features=2, bias=True)\n)\n", 10, None, "10 parameters, "),
    ],
    ids=["a class of somebody", "a layer that does not print its size", "torch alone"],
)
def test_shown_parameters_are_a_fact_or_a_least_number(
    folder: Path, text: str, parameters: int | None, at_least: int | None, said: str
) -> None:
    (folder / "net.txt").write_text(text)
    shown = json.loads(run(folder, "show", "net.txt", "--format", "json").stdout)["networks"][0]
    assert (shown["parameters"], shown["parameters_at_least"]) == (parameters, at_least)
    compared = json.loads(run(folder, "compare", "net.txt", "net.txt", "--format", "json").stdout)
    assert compared["reference"]["parameters_at_least"] == at_least
    assert run(folder, "show", "net.txt").stdout.splitlines()[2].startswith(said)
