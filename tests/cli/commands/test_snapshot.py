"""`archdiff snapshot`: the text of a live module; how it is compared and shown, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.command import SMALL, run

NETS = """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, skip=True, scale=0.5):
        super().__init__()
        self.fc, self.drop, self.scale, self._skip = nn.Linear(8, 8), nn.Dropout(0.1), scale, skip

    def forward(self, x):
        y = self.drop(self.fc(x)) * self.scale
        return x + y if self._skip else y

class Words(nn.Embedding):
    def forward(self, input_ids):
        return super().forward(input_ids)

mine, lost, scaled = Net(), Net(skip=False), Net(scale=0.25)

def broken():
    net = Net()
    net.fc = nn.Sequential(nn.Linear(8, 8), nn.Linear(4, 8))
    return net

def words():
    return Words(10, 4)

def words_and_inputs():
    return Words(10, 4), {"input_ids": torch.ones(3, 5, dtype=torch.int64)}
"""
PRINT = """\
Net(
  (fc): Linear(in_features=8, out_features=8, bias=True)
  (drop): Dropout(p=0.1, inplace=False)
)
"""
BROKEN = """\
Net(
  (fc): Sequential(
    (0): Linear(in_features=8, out_features=8, bias=True)
    (1): Linear(in_features=4, out_features=8, bias=True)
  )
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("snapshots")
    (path / "nets.py").write_text(NETS)
    (path / "small.txt").write_text(SMALL)
    (path / "print.txt").write_text(PRINT)
    done = run("snapshot", "nets:mine", cwd=path)
    assert (done.returncode, done.stderr) == (0, "")
    (path / "mine.txt").write_text(done.stdout)
    return path


def test_the_text_is_the_print_and_facts_behind_it(folder: Path) -> None:
    lines = (folder / "mine.txt").read_text().splitlines()
    assert lines[:4] == PRINT.splitlines()
    assert lines[4].startswith("# archdiff facts 1, print ")
    assert lines[5:9] == [
        "# . Net shared:",
        "# . Net mode: train",
        "# . Net attributes: scale=0.5 _skip=?",
        "# fc Linear tensors: weight=float32[8,8] bias=float32[8]",
    ]
    assert "called by position: x:float32[2,8], digest " in lines[9]
    assert lines[-1] == "# archdiff facts end"
    assert run("snapshot", "nets:mine", cwd=folder).stdout == (folder / "mine.txt").read_text()


@pytest.mark.parametrize(
    ("options", "there", "missing"),
    [
        (["--trace", "off"], "# fc Linear tensors:", "# traces"),
        (["--inputs", "x:float32[1,4,8]"], "called by name: x:float32[1,4,8], digest ", "not-traced"),
        (["--inputs", "float32[1,4,8]"], "called by position: input0:float32[1,4,8], digest ", "not-traced"),
        (["--input-shape", "4,8"], "called by position: x:float32[2,4,8], digest ", "not-traced"),
    ],
    ids=["without traces", "by name", "by position", "a shape"],
)
def test_options(folder: Path, options: list[str], there: str, missing: str) -> None:
    done = run("snapshot", "nets:mine", *options, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert there in done.stdout
    assert missing not in done.stdout


def test_a_forward_that_fails_is_said(folder: Path) -> None:
    done = run("snapshot", "nets:broken", cwd=folder)
    said = "warning: nets:broken: its forward was not traced, and is not in the text: RuntimeError: mat1 and mat2"
    assert (done.returncode, done.stderr.startswith(said)) == (0, True)
    assert done.stdout.startswith(BROKEN)
    assert '# . Net not-traced: "RuntimeError: ' in done.stdout


SAME = "identical: nothing that is printed differs; traced, both forwards do the same\n"


@pytest.mark.parametrize(
    ("candidate", "reference", "code", "headline"),
    [
        ("mine.txt", "print.txt", 0, "identical: nothing that is printed differs\n"),
        ("nets:mine", "mine.txt", 0, SAME),
        ("mine.txt", "mine.txt", 0, SAME),
        ("nets:lost", "mine.txt", 1, "function: forward of Net: "),
        ("mine.txt", "nets:lost", 1, "function: forward of Net: "),
        ("nets:scaled", "mine.txt", 1, "function: scale 0.25, not 0.5"),
    ],
)
def test_it_is_compared_as_the_live_module(
    folder: Path, candidate: str, reference: str, code: int, headline: str
) -> None:
    done = run("compare", candidate, reference, cwd=folder)
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.startswith(headline)


def test_a_module_is_called_as_the_text_says(folder: Path) -> None:
    """Whatever it would be called with itself; what the factory gives is what the factory gives."""
    text = run("snapshot", "nets:words_and_inputs", cwd=folder).stdout
    assert "called by name: input_ids:int64[3,5], digest " in text
    (folder / "words.txt").write_text(text)
    for live in ("nets:words", "nets:words_and_inputs"):
        done = run("compare", live, "words.txt", cwd=folder)
        assert (done.returncode, done.stdout.partition("\n")[0]) == (0, SAME.strip())
    other = run("compare", "nets:words", "words.txt", "--inputs", "input_ids:int64[1,2]", cwd=folder)
    assert other.returncode == 2
    assert "words.txt: --inputs input_ids:int64[1,2]: the traces were made with input_ids:int64[3,5]" in other.stderr


def test_show_has_the_shapes_of_the_trace(folder: Path) -> None:
    done = run("show", "mine.txt", cwd=folder)
    assert "input 8 (traced)" in done.stdout
    assert run("show", "mine.txt", "--trace", "off", cwd=folder).stdout.count("traced") == 0


def test_a_print_that_was_edited(folder: Path) -> None:
    (folder / "edited.txt").write_text((folder / "mine.txt").read_text().replace("p=0.1", "p=0.2"))
    done = run("compare", "nets:mine", "edited.txt", cwd=folder)
    words = " ".join(done.stdout.split())
    assert (done.returncode, "traced, both" in words) == (1, False)
    assert "note: edited.txt: the traced forwards are left out, since they were written for another print" in words


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ("small.txt", "error: small.txt: no live module, and a print holds nothing beside itself"),
        ("nets:none", "error: nets:none: 'nets' has no 'none'"),
        ("none.txt", "error: none.txt: no such file"),
    ],
)
def test_a_question_without_an_answer(folder: Path, network: str, message: str) -> None:
    done = run("snapshot", network, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(message)


@pytest.mark.parametrize("options", [["--inputs", "x:float32[1,4]"], ["--input-shape", "4"]])
def test_what_does_not_fit_is_refused(folder: Path, options: list[str]) -> None:
    done = run("snapshot", "nets:mine", *options, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: nets:mine: {' '.join(options)}: its forward is not traced: RuntimeError: ")
