"""`archdiff compare --run` as people call it: options, reports, and one clear error for what cannot run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from torch import nn
from typer.testing import CliRunner

import archdiff
from archdiff import commands
from archdiff.cli.main import app
from archdiff.execute.building.refusals import LIVE
from archdiff.execute.devices import memory
from archdiff.execute.running.options import RunOptions
from archdiff.model.errors import ArchdiffError, BuildError, UsageError
from execute.sides import ran, sequential

pytestmark = pytest.mark.usefixtures("one_thread")

NOTE = str(Path(__file__).parents[2] / "data" / "note.md")
LINEAR = "Linear(in_features=4, out_features={}, bias=True)"
PLAIN = sequential([LINEAR.format(6), "ReLU()", "Linear(in_features=6, out_features=2, bias=True)"], "l{}")


def invoke(*arguments: str) -> str:
    return CliRunner().invoke(app, ["compare", *arguments]).stdout


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., str]:
    def save(text: str, name: str = "net.txt") -> str:
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return save


# Reports


def test_lines_of_the_terminal() -> None:
    said = invoke(f"{NOTE}#Lucas", f"{NOTE}#SuperSparse", "--run", "--batch", "3")
    told = " ".join(said[said.index("\nrun:") :].split())
    assert told.startswith("run: 3 samples of 1x32x32 white noise, float64 on cpu, seed 0 eval bitwise equal through ")
    assert "through features.2 (3 layers); part at features.3 (cnnSdr.cnnSdr1_kwinner): 0.0957 % of" in told
    assert "64x14x14 differ (12 units a sample), max abs" in told
    assert (
        "training bitwise equal so far, part there too: 0.0638 % of 64x14x14 differ (8 units a sample), max abs" in told
    )


def test_densities_follow_from_the_order() -> None:
    said = " ".join(invoke(f"{NOTE}#Mine", f"{NOTE}#Sparse", "--run", "--batch", "8").split())
    assert "of the input of cnn2 measured, not 9.57 % (14.3 % in eval) (follows from AD101 at cnn1_kwinner)" in said
    assert "of the input of linear measured, not 12.5 % (18.8 % in eval) (follows from AD101 at cnn2_kwinner)" in said


def test_undone_and_other_shapes() -> None:
    undone = invoke(f"{NOTE}#Mine", f"{NOTE}#Sparse", "--run", "--batch", "2", "--undo", "function")
    assert "  undone    AD101@cnn1_kwinner, AD101@cnn2_kwinner, AD501@linear,\n" in undone
    assert "  eval      bitwise equal in all 14 layers and at the output\n" in undone
    assert "  training  bitwise equal in all 14 layers and at the output\n" in undone
    shapes = " ".join(invoke(f"{NOTE}#Sparse", f"{NOTE}#SuperSparse", "--run", "--batch", "2").split())
    assert "equal through flatten (9 layers); other shapes at linearSdr.linearSdr1: 1000, in the reference" in shapes


def test_json(file: Callable[..., str]) -> None:
    other = file(PLAIN.replace("ReLU", "Tanh"), "other.txt")
    told = json.loads(invoke(file(PLAIN), other, "--run", "--format", "json", "--batch", "5", "--seed", "7"))["run"]
    assert {name: told[name] for name in ("device", "dtype", "batch", "seed", "input_shape", "undone")} == {
        "device": "cpu",
        "dtype": "float64",
        "batch": 5,
        "seed": 7,
        "input_shape": [4],
        "undone": [],
    }
    assert [mode["name"] for mode in told["modes"]] == ["inference", "training"]
    first = told["modes"][0]["first"]
    assert (first["candidate"], first["reference"], first["status"]) == (["l1"], ["l1"], "parts")
    assert set(told["candidate"][0]) == {
        "path", "class_name", "calls", "output_shape", "density", "density_inference", "k", "k_inference",
        "weight_density",
    }  # fmt: skip


def test_without_run_nothing_is_said_of_it(file: Callable[..., str]) -> None:
    said = json.loads(invoke(file(PLAIN), file(PLAIN, "b.txt"), "--format", "json"))
    assert "run" not in said


def test_the_same_seed_is_the_same_run(file: Callable[..., str]) -> None:
    a, b = file(PLAIN), file(PLAIN.replace("ReLU", "Tanh"), "b.txt")
    first, again, other = (invoke(a, b, "--run", "--seed", seed) for seed in ("1", "1", "2"))
    assert first == again
    assert first != other


def test_exit_codes_and_one_clear_error(file: Callable[..., str]) -> None:
    command = [sys.executable, "-m", "archdiff", "compare", file(PLAIN), file(PLAIN, "b.txt"), "--run"]
    environment = {**os.environ, "PYTHONPATH": str(Path(archdiff.__file__).parent.parent)}
    equal = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert (equal.returncode, equal.stderr) == (0, "")
    failed = subprocess.run([*command, "--device", "cuda:7"], capture_output=True, text=True, env=environment)
    assert (failed.returncode, failed.stdout) == (2, "")
    assert failed.stderr.startswith("error: --device cuda:7: this machine has none")


@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16"])
def test_types(dtype: str) -> None:
    assert all(mode.first is None for mode in ran(PLAIN, PLAIN, dtype=dtype).ran.modes)


def test_words_in_place_of_numbers() -> None:
    text = sequential(
        ["Embedding(30, 4)", "Flatten(start_dim=1, end_dim=-1)", "Linear(in_features=20, out_features=3)"]
    )
    both = ran(text, text, shape=(5,))
    assert [step.status for step in both.inference.steps] == ["equal"] * 3


def test_what_no_print_holds() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nested tensors
        text = sequential([repr(nn.TransformerEncoderLayer(8, 2, 16))])
    with pytest.raises(BuildError, match="does not print its nhead"):
        ran(text, text, shape=(5, 8))
    given = ("TransformerEncoderLayer.nhead=2", "0.norm_first=False", "0.activation='relu'")
    both = ran(text, text, shape=(5, 8), supplied=given)
    assert all(mode.first is None for mode in both.ran.modes)
    assert not [finding for finding in both.more if finding.rule == "AD903"]  # parts of a layer are no layers
    with pytest.raises(UsageError, match=r"--set nowhere\.x: no such layer on either side"):
        ran(text, text, shape=(5, 8), supplied=("nowhere.x=1",))


# Bad input


def test_the_input_is_not_known() -> None:
    text = sequential(["Conv2d(1, 4, kernel_size=(3, 3), stride=(1, 1))"])
    with pytest.raises(UsageError) as caught:
        ran(text, text)
    assert caught.value.message == "the input of Sequential is not known, so it cannot run"
    assert "--input-shape" in caught.value.way_out


def test_different_inputs() -> None:
    with pytest.raises(UsageError) as caught:
        ran(PLAIN, PLAIN.replace("in_features=4", "in_features=5"))
    assert caught.value.message == "the networks take different inputs: 4 into l0, 5 on the other side"


@pytest.mark.parametrize("side", ["candidate", "reference"])
def test_layers_that_do_not_fit_each_other(side: str) -> None:
    texts = [PLAIN, PLAIN]
    texts[side == "reference"] = PLAIN.replace("in_features=6", "in_features=7")
    with pytest.raises(BuildError) as caught:
        ran(*texts, shape=None)
    assert caught.value.message == f"the {side} cannot run: l2 takes in_features 7, but l1 gives 6"
    assert caught.value.line == 4


def test_an_unknown_leaf_class() -> None:
    text = PLAIN.replace("ReLU()", "Quux(3)")
    with pytest.raises(BuildError) as caught:
        ran(text, text)
    assert caught.value.message == "l1 (Quux) is a class whose forward no print holds"
    assert caught.value.way_out == (
        "package.module:factory runs the live module as it is; "
        "--set l1.class=NAME says which class of torch.nn computes the same"
    )
    assert ran(text, text, supplied=("l1.class=Identity",)).inference.first is None


@pytest.mark.parametrize(
    ("class_name", "way_out"),
    [("Sequential", "correct the layer or the one before it"), ("Net", LIVE)],
    ids=["torch runs it so", "a class of somebody may do more"],
)
def test_a_layer_that_cannot_run(class_name: str, way_out: str) -> None:
    text = f"{class_name}(\n  (norm): BatchNorm1d(4, eps=1e-05, momentum=0.1, affine=True)\n)\n"
    with pytest.raises(BuildError) as caught:
        ran(text, text, shape=(4,), batch=1)
    assert caught.value.message.startswith(
        "norm (BatchNorm1d) of the candidate cannot take 4: Expected more than 1 value"
    )
    assert caught.value.way_out == f"{way_out}; --input-shape gives the size of the input, without the batch"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"device": "cuda:9"}, "--device cuda:9: this machine has none"),
        ({"device": "tpu"}, "--device tpu: no such device"),
        ({"dtype": "int8"}, "--dtype int8: no such type"),
        ({"device": "mps"}, "--d"),  # no such machine here, or no such type there
    ],
)
def test_devices_and_types_that_are_not_there(options: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError) as caught:
        ran(PLAIN, PLAIN, **options)
    assert caught.value.message.startswith(told)
    assert caught.value.way_out


def test_more_memory_than_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Estimated before anything is allocated; the layer is named with which it is too much."""
    monkeypatch.setattr(memory, "available_bytes", lambda _place: 14_000)
    with pytest.raises(BuildError) as caught:
        ran(PLAIN, PLAIN, batch=100)
    assert caught.value.message.startswith("l0 (Linear) does not fit into memory with all before it: ")
    assert "--device meta" in caught.value.way_out
    assert ran(PLAIN, PLAIN, batch=100, device="meta").ran.modes == ()


def test_a_network_larger_than_any_memory() -> None:
    text = sequential(["Linear(in_features=4, out_features=4)", "Linear(in_features=4, out_features=900000000000)"])
    with pytest.raises(BuildError, match="does not fit into memory"):
        ran(text, text)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("def made():\n    raise ValueError('no')\n", "calling it raises ValueError: no"),
        ("def made():\n    return 3\n", "returns of type int, not a torch.nn.Module"),
        (
            "from torch import nn\nclass Net(nn.Sequential):\n    def forward(self, x):\n        return x.nothing\n"
            "def made():\n    return Net(nn.Linear(4, 4))\n",
            "the candidate cannot run: its forward raises AttributeError: 'Tensor' object has no attribute 'nothing'",
        ),
        (
            "from torch import nn\nclass Net(nn.Sequential):\n    def forward(self, x, mask):\n        return x\n"
            "def made():\n    return Net(nn.Linear(4, 4))\n",
            "the candidate cannot run: Net.forward() missing 1 required positional argument: 'mask'\n"
            "  help: it is run on one tensor, not on x and mask: name a module that takes one and makes the others",
        ),
    ],
)
def test_factories_that_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: Callable[..., str], body: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "failing.py").write_text(body)
    monkeypatch.delitem(sys.modules, "failing", raising=False)
    other = file(sequential(["Linear(in_features=4, out_features=4, bias=True)"]))
    with pytest.raises(ArchdiffError) as caught:
        commands.compare(commands.Request("failing:made", other, (4,)), RunOptions())
    assert told in str(caught.value)
    sys.modules.pop("failing", None)


def test_progress_is_told() -> None:
    steps: list[str] = []
    ran(PLAIN, PLAIN, tell=steps.append)
    assert steps == ["building", "running the candidate", "running the reference", "comparing outputs"]


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        pytest.param(
            sequential(["LSTM(8, 8, num_layers=10000)"]),
            {"input_shape": (10, 8)},
            "0 (LSTM) stacks 10,000 layers: at most 1,000 layers of a print are run",
            id="a recurrent layer",
        ),
        pytest.param(
            "Sequential(\n  (0-49998): 49999 x Linear(in_features=8, out_features=8, bias=True)\n)\n",
            {},
            "49,999 layers: at most 20,000 layers of a print are run",
            id="repeats",
        ),
        pytest.param(
            sequential(["MaxPool2d(kernel_size=100000, stride=100000, padding=0)"]),
            {"input_shape": (3, 100_000, 100_000)},
            "16 samples of 3x100000x100000: does not fit into memory, it needs more than ",
            id="an input",
        ),
        pytest.param(
            PLAIN, {"batch": 999_999_999_999}, "999,999,999,999 samples of 4: does not fit into memory", id="a batch"
        ),
    ],
)
def test_work_out_of_proportion_to_the_print(text: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(BuildError) as caught:
        ran(text, text, **options)
    assert caught.value.message.startswith(said)
    assert caught.value.way_out
