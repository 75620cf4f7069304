"""Printed networks as programs: they make what was printed, and nothing in a print can become code."""

from __future__ import annotations

import ast
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from torch import nn

import archdiff
from archdiff import parse
from archdiff.execute.building.supplied_settings import read_supplied
from archdiff.execute.source import writer as programs
from archdiff.model.errors import BuildError, UsageError
from archdiff.model.facts import Fact
from archdiff.model.network import Layer, Network, Setting
from execute.networks import GIVEN, MADE, NETWORKS, custom

SRC = str(Path(archdiff.__file__).parent.parent)


def written(text: str, supplied: tuple[Fact, ...] = ()) -> str:
    [network] = parse.parse(text, "mine.txt")
    return programs.source(network, supplied=supplied)


def run(program: str) -> nn.Module:
    names: dict[str, Any] = {"__name__": "mine"}
    exec(compile(program, "mine.py", "exec"), names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what the author of the network chose
        module: nn.Module = names["build"]()
    return module


class TestLaw:
    """What the program of a print makes prints as it."""

    @pytest.mark.parametrize("module", MADE, ids=lambda each: " ".join(repr(each).split())[:60])
    def test_classes_of_torch(self, module: nn.Module) -> None:
        assert repr(run(written(repr(module)))) == repr(module)

    @pytest.mark.parametrize(("module", "told"), GIVEN)
    def test_what_a_print_does_not_hold_is_given(self, module: nn.Module, told: tuple[Fact, ...]) -> None:
        assert repr(run(written(repr(module), supplied=told))) == repr(module)

    @given(NETWORKS)
    @settings(max_examples=60)
    def test_networks(self, module: nn.Module) -> None:
        assert repr(run(written(repr(module)))) == repr(module)

    @pytest.mark.parametrize("depth", [30, 190])
    def test_deep_ones(self, depth: int) -> None:
        module: nn.Module = nn.ReLU()
        for level in range(depth):
            module = nn.Sequential(module) if level % 2 else custom("Block", {"inner": module}, "level=1")
        assert repr(run(written(repr(module)))) == repr(module)


TEXT = """\
Net(
  (stem): Sequential(
    (conv): Conv2d(1, 8, kernel_size=(3, 3), stride=(1, 1))
    (act): SiLUActivation()
  )
  (blocks): ModuleList(
    (0-1): 2 x Block(
      dim=4
      (fc): Linear(in_features=4, out_features=4, bias=False)
      (norm): LayerNorm2d((4,), eps=1e-05, elementwise_affine=True)
    )
    (2): ReLU()
  )
  (pool): SelectAdaptivePool2d(pool_type=avg, flatten=Flatten(start_dim=1, end_dim=-1))
  (softmax): LogSoftmax()
  (loss): NLLLoss()
)"""

PROGRAM = '''\
"""Net, made from its print (mine.txt:1-17).

At least 128 parameters: a custom class may hold more, which no print shows.

It does not run: no print holds the forward of Block.

Not printed, taken as usual: SiLUActivation class=torch.nn.SiLU, LayerNorm2d
class=archdiff.execute.library.ChannelsLayerNorm, SelectAdaptivePool2d class=torch.nn.AdaptiveAvgPool2d, LogSoftmax
dim=1.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import nn


...
class SiLUActivation(AsPrinted, nn.SiLU):
    """Taken to compute what its base class does."""


class LayerNorm2d(AsPrinted, ChannelsLayerNorm):
    """Taken to compute what its base class does."""


class Block(NoForward, Holds):
    """Has what is printed of it, and does not run."""


class ModuleList(ListInOrder):
    """Taken to run its children in printed order: no print holds a forward."""


class SelectAdaptivePool2d(OneLine, nn.AdaptiveAvgPool2d):
    """Taken to compute what its base class does, and then what it prints as settings."""


class Net(InOrder):
    """Taken to run its children in printed order: no print holds a forward."""


def build() -> nn.Module:
    return Net(
        {
            "stem": nn.Sequential(OrderedDict({
                "conv": nn.Conv2d(1, 8, kernel_size=(3, 3), stride=(1, 1)),
                "act": as_printed(SiLUActivation(), ""),
            })),
            "blocks": ModuleList([
                *[
                    Block(
                        {
                            "fc": nn.Linear(in_features=4, out_features=4, bias=False),
                            "norm": as_printed(
                                LayerNorm2d((4,), eps=1e-05, elementwise_affine=True),
                                "(4,), eps=1e-05, elementwise_affine=True",
                            ),
                        },
                        printed="dim=4",
                    )
                    for _ in range(2)
                ],
                nn.ReLU(),
            ]),
            "pool": leading(
                SelectAdaptivePool2d(output_size=(1, 1)),
                "pool_type=avg, flatten=Flatten(start_dim=1, end_dim=-1)",
                {"flatten": nn.Flatten(start_dim=1, end_dim=-1)},
            ),
            "softmax": nn.LogSoftmax(dim=1),
            "loss": nn.NLLLoss(),
        },
        beside=("loss",),
    )


if __name__ == "__main__":
    print(build())
'''


def test_a_whole_program() -> None:
    program = written(TEXT)
    begin, end = program.index("class AsPrinted("), program.index("class SiLUActivation(")
    assert f"{program[:begin]}...\n{program[end:]}" == PROGRAM
    assert repr(run(program)) == TEXT.replace("LogSoftmax()", "LogSoftmax(dim=1)")


def test_a_repeat_of_which_one_is_told_apart_is_written_out() -> None:
    text = "Net(\n  (blocks): ModuleList(\n    (0-1): 2 x Block(\n      (rot): Rotary()\n    )\n  )\n)"
    told = read_supplied(["Rotary.class=Identity", "blocks.1.rot.class=Tanh"])
    program = written(text, supplied=told)
    assert repr(run(program)) == text
    assert "class Rotary(AsPrinted, nn.Identity)" in program
    assert "class Rotary_(AsPrinted, nn.Tanh)" in program


@pytest.mark.parametrize(
    ("text", "told", "error"),
    [
        ("RNNBase(3, 4)", [], BuildError),
        ("Net(\n  (a): ReLU()\n  (a): Tanh()\n)", [], BuildError),
        ("Net(\n  (a): ReLU()\n  (b): Linear(", [], BuildError),
        ("ReLU()", ["fc.inplace=True"], UsageError),
    ],
)
def test_what_cannot_be_written(text: str, told: list[str], error: type[Exception]) -> None:
    with pytest.raises(error):
        written(text, supplied=read_supplied(told))


CODE = (
    '") + print(1) + ("',
    "') + print(1) + ('",
    '"""\nprint(1)\n"""',
    "print(1)",
    "\\",
    "\nprint(1)  #",
    "x, print(1)",
    "exec",
    "nn",
    "class",
    "\udc80\x00",
)


@pytest.mark.parametrize("code", CODE)
@pytest.mark.parametrize("child", ["LlamaRMSNorm", "ReLU", "CrossEntropyLoss", "Sequential"])
def test_no_print_becomes_code(code: str, child: str) -> None:
    """Every string of a print where it can be, none of which is called or defined."""
    setting = (Setting("eps", code, f"eps={code}"), Setting("normalized_shape", code, code))
    leaf = Layer(code, child, setting if child == "LlamaRMSNorm" else ())
    inner = Layer("inner", code, (Setting(None, code, code),), (leaf,), 2)
    network = Network(Layer("", code, (), (inner, Layer("named", "Sequential", (), (leaf,)))), code, source=code)
    tree = ast.parse(programs.source(network).encode("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    of_builtins = [node for node in calls if ast.unparse(node.func) in ("print", "exec")]
    assert [ast.unparse(node) for node in of_builtins] == ["print(build())"]
    assert ast.unparse(tree).count("import") == 5  # annotations, OrderedDict, Mapping, Any, nn


def test_names_that_a_sequential_does_not_take() -> None:
    plain = {name for name in dir(nn.Sequential()) if not name.startswith("_")}
    assert plain <= programs._ATTRIBUTES


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text(TEXT)
    command = [sys.executable, "-m", "archdiff", "source", "mine.txt"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": SRC})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == written(TEXT)


def test_the_command_is_told_what_no_print_holds(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("RNNBase(3, 4)\n")
    command = [sys.executable, "-m", "archdiff", "source", "mine.txt"]
    environment = {"PYTHONPATH": SRC}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 2
    assert "--set RNNBase.mode=..." in done.stderr
    command += ["--set", "RNNBase.mode=GRU"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert 'nn.RNNBase(input_size=3, hidden_size=4, mode="GRU")' in done.stdout
