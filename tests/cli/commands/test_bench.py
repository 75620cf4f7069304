"""`archdiff bench`: options, exit codes, where the answer goes. Nothing here depends on how long something takes."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from archdiff import cli
from archdiff.execute.bench import benchmark, record
from archdiff.execute.bench.rounds import Plan
from archdiff.execute.bench.stats import StoppingRule

SMALL = "Sequential(\n  (0): Linear(in_features=4, out_features=3, bias=True)\n  (1): ReLU()\n)\n"
LIVE = """
from torch import nn
class Mine(nn.Module):
    def __init__(self):
        super().__init__()
        self.second, self.first = nn.Linear(3, 2), nn.Linear(4, 3)
    def forward(self, x):
        return self.second(self.first(x))
class Moody(nn.Module):
    calls = 0
    def forward(self, x):
        Moody.calls += 1
        return x[:, : 1 + Moody.calls % 3]
def moody():
    return nn.Sequential(nn.Linear(4, 4), Moody())
"""
HASTY = ("--precision", "900")  # ten rounds do


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.txt").write_text(SMALL)
    (tmp_path / "wide.txt").write_text(SMALL.replace("=3", "=5"))
    (tmp_path / "wrong.txt").write_text(
        SMALL.replace("(1): ReLU()", "(1): Linear(in_features=7, out_features=1, bias=True)")
    )
    (tmp_path / "nets.py").write_text(LIVE)
    return tmp_path


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """The command in this process, so that torch is loaded once, with rounds of a millisecond."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(gc, "disable", lambda: None)
    monkeypatch.setattr(benchmark, "Plan", lambda: Plan(block=0.0002, round=0.001, sample=0.00002))
    for name in [name for name in os.environ if name.startswith("ARCHDIFF_")]:
        monkeypatch.delenv(name)

    def called(*arguments: str, command: str = "bench") -> Done:
        monkeypatch.setattr(sys, "argv", ["archdiff", command, *arguments])
        sys.modules.pop("nets", None)
        with pytest.raises(SystemExit) as end:
            cli.main()
        told = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return Done(end.value.code, told.out, told.err)

    return called


def test_record_and_what_it_is_compared_with(run: Callable[..., Done], folder: Path) -> None:
    done = run("mine.txt", "wide.txt", "--format", "json", "--output-file", "old.json", "--batch", "2,8", *HASTY)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    record = json.loads((folder / "old.json").read_text())
    assert [point["batch"] for point in record["points"]] == [2, 8]
    assert record["settings"]["threads"] == 1
    done = run("mine.txt", "wide.txt", "--batch", "2", "--against", "old.json", *HASTY)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 thread" in done.stdout
    assert "against old.json\n  batch 2: " in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_what_was_measured_is_not_lost_where_the_file_cannot_be_written(run: Callable[..., Done]) -> None:
    done = run("mine.txt", "wide.txt", "--format", "json", "--output-file", "/dev/full", *HASTY)
    assert done.returncode == 2
    assert len(json.loads(done.stdout)["points"][0]["rounds"]) >= 10
    assert done.stderr == "error: /dev/full: cannot be written: No space left on device\n"


@pytest.mark.parametrize(("reference", "verdict", "code"), [("mine.txt", "identical", 0), ("wide.txt", "function", 1)])
def test_a_comparison_that_times_both_too(
    run: Callable[..., Done], monkeypatch: pytest.MonkeyPatch, reference: str, verdict: str, code: int
) -> None:
    monkeypatch.setattr(
        record, "BenchSettings", partial(record.BenchSettings, rule=StoppingRule(precision=9.0))
    )  # ten rounds do
    done = run("mine.txt", reference, "--bench", command="compare")
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.startswith(f"{verdict}: ")
    assert "\n\nbatch 1: " in done.stdout.partition("1 thread")[2]
    done = run("mine.txt", reference, "--bench", "--format", "json", command="compare")
    answer = json.loads(done.stdout)
    assert (answer["schema"], answer["verdict"]) == ("archdiff/compare/2", verdict)
    assert answer["bench"]["schema"] == "archdiff/bench/1"
    assert len(answer["bench"]["points"][0]["rounds"]) >= 10


def test_what_differs_is_told_where_one_cannot_be_timed(run: Callable[..., Done]) -> None:
    done = run("mine.txt", "wrong.txt", "--bench", command="compare")
    assert done.returncode == 2
    assert done.stdout.startswith("function: ")
    assert done.stderr.startswith("error: the reference cannot run at batch 1: ")


def test_live_modules_run_their_own_forward(run: Callable[..., Done]) -> None:
    done = run("nets:Mine", "mine.txt", "--input-shape", "4", *HASTY)
    assert (done.returncode, done.stderr) == (0, "")
    assert "note: children" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mine.txt", "wrong.txt"], "error: the reference cannot run at batch 1: RuntimeError: mat1 and mat2"),
        (["mine.txt", "nets:moody", "--input-shape", "4"], "the shape of its output varies: (1, "),
        (
            ["mine.txt", "mine.txt", "--budget", "0.00001"],
            "a budget of 1e-05 s is shorter than one round at batch 1 (about ",
        ),
        (["mine.txt", "mine.txt", "--device", "tpu"], "error: --device tpu: no such device"),
        (["mine.txt", "mine.txt", "--batch", "0"], "error: --batch 0: not a valid number"),
        (["mine.txt", "mine.txt", "--zone", "none"], "error: --zone none: not a valid number"),
        (["mine.txt", "mine.txt", "--against", "mine.txt"], "error: mine.txt: is not JSON"),
        (["mine.txt", "mine.txt", "--set", "nowhere.p=1"], "error: --set nowhere.p: no such layer on either side"),
        (["mine.txt", "gone.txt"], "error: gone.txt: "),
    ],
)
def test_no_answer(run: Callable[..., Done], arguments: list[str], said: str) -> None:
    done = run(*arguments, *HASTY)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_other_one_is_reported_all_the_same(run: Callable[..., Done]) -> None:
    done = run("mine.txt", "wrong.txt")
    assert "the candidate alone: " in done.stdout
    assert "parameters" in done.stdout


def test_a_given_shape_is_for_the_live_module(run: Callable[..., Done], folder: Path) -> None:
    """Whatever its print says: it runs what it is given."""
    flattens = (
        "class Sequential(nn.Sequential):\n    def forward(self, x):\n        return super().forward(x.flatten(1))\n"
    )
    (folder / "nets.py").write_text(f"{LIVE}{flattens}def flat():\n    return Sequential(nn.Linear(12, 3))\n")
    done = run("nets:flat", "nets:flat", "--input-shape", "3,2,2", "--format", "json", *HASTY)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["candidate"]["input_shape"] == [3, 2, 2]
