"""What networks are called with when they are run: drawn anew for each input, in the range of what was given."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from archdiff import commands
from archdiff.execute.live.example_inputs import read_inputs
from archdiff.execute.live.tracing import Given
from archdiff.execute.running.arguments import Arguments, drawn, first_shape, is_one_tensor, traced_with
from archdiff.execute.running.options import RunOptions
from archdiff.model.errors import ArchdiffError
from execute.sides import sized
from known import known

pytestmark = pytest.mark.usefixtures("one_thread")

TABLE = sized("Sequential(\n  (0): Embedding(50, 4)\n)\n")


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x:float32[2,8]", True),
        ("float32[2,8]", True),
        ("x:float32[2,8] y:float32[2,8]", False),
        ("x:float32[2,8] use_cache=false", False),
    ],
)
def test_is_one_tensor(text: str, *, expected: bool) -> None:
    assert is_one_tensor(read_inputs(text)) is expected
    assert not is_one_tensor(Given((torch.ones(2),), {}))


def test_arguments() -> None:
    x, y = torch.ones(3, 2), torch.ones(3, dtype=torch.int64)
    both = Arguments((x,), {"y": y, "flag": True})
    assert [tuple(each.shape) for each in both.tensors] == [(3, 2), (3,)]
    assert both.first is x
    louder = both.scaled(10.0)
    assert [each.unique().tolist() for each in louder.tensors] == [[10.0], [1]]
    assert louder.kwargs["flag"] is True


def test_numbers_of_a_text() -> None:
    inputs = read_inputs("input_ids:int64[2,30] token_type_ids:int64[2,30] mask:int64[2,30] x:float32[2,5] n=3")
    made = drawn(inputs, TABLE, generator(), 0)
    ranges = {
        name: (int(each.min()), int(each.max())) for name, each in made.kwargs.items() if isinstance(each, Tensor)
    }
    assert ranges["token_type_ids"] == (0, 1)
    assert ranges["mask"] == (1, 1)
    assert 30 < ranges["input_ids"][1] < 50
    assert (made.args, made.kwargs["n"], made.kwargs["x"].dtype) == ((), 3, torch.float32)
    again = drawn(inputs, TABLE, torch.Generator().manual_seed(1), 1)
    assert not torch.equal(made.kwargs["x"], again.kwargs["x"])
    assert len(drawn(read_inputs("float32[2,5] int64[2]"), TABLE, generator(), 0).args) == 2


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param(torch.tensor([0.0, 1.0, 1.0, 0.0]), True, id="a mask of real numbers"),
        pytest.param(torch.tensor([0.0, float("-inf"), 0.0]), True, id="a mask that is added"),
        pytest.param(torch.tensor([3, 1, 2, 7]), True, id="whole numbers"),
        pytest.param(torch.tensor([True, False]), True, id="truth"),
        pytest.param(torch.tensor([5.0, 6.5, 8.0]), False, id="real numbers"),
    ],
)
def test_other_numbers_than_those_that_were_given(given: Tensor, *, kept: bool) -> None:
    called = Given((given,), {})
    first, second = (drawn(called, (), generator(), number).first for number in (0, 1))
    assert torch.equal(first, given)
    assert first is not given
    assert torch.equal(second.sort().values, given.sort().values) is kept
    assert (second.dtype, second.shape) == (given.dtype, given.shape)


def test_nothing_tells() -> None:
    assert (traced_with(TABLE, ""), first_shape(TABLE)) == (None, ())
    assert traced_with(TABLE, "float32[2,5]") == read_inputs("float32[2,5]")


# Live modules

CODE = """
import torch
from torch import nn
from torch.nn import functional

class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(8, 8), nn.Linear(6, 8)
    def forward(self, x, y):
        return self.active(self.a(x)) * self.b(y)
    def active(self, x):
        return functional.relu(x)

class Layer(Two):
    def __init__(self):
        super().__init__()
        self.relu = nn.ReLU()
    def active(self, x):
        return self.relu(x)

class Curved(Two):
    def active(self, x):
        return functional.gelu(x)

class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.head = nn.Embedding(50, 8), nn.Linear(8, 3)
    def forward(self, input_ids, attention_mask):
        return self.head(self.embed(input_ids)) * attention_mask[..., None]

def given():
    return Two(), (torch.randn(3, 8), torch.randn(3, 6))

def clamped():
    net = Layer()
    return net, (torch.randn(3, 8), torch.randn(3, 6))
"""
BOTH = "x:float32[4,8] y:float32[4,6]"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"called_{abs(hash(tmp_path)) % 10**8}"
    (tmp_path / f"{name}.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    return name


@pytest.mark.parametrize(
    ("ours", "theirs", "inputs", "batch", "called", "equal"),
    [
        pytest.param("Two", "Two", BOTH, 4, BOTH, True, id="themselves"),
        pytest.param("Two", "Layer", BOTH, 4, BOTH, True, id="a function and a layer"),
        pytest.param("Two", "Curved", BOTH, 4, BOTH, False, id="another function"),
        pytest.param("given", "clamped", "", 3, "input0:float32[3,8] input1:float32[3,6]", True, id="of the factories"),
        pytest.param("Words", "Words", "", 2, "input_ids:int64[2,16] attention_mask:int64[2,16]", True, id="found out"),
    ],
)
def test_two_inputs_are_run(
    module: str, ours: str, theirs: str, inputs: str, batch: int, called: str, *, equal: bool
) -> None:
    request = commands.Request(f"{module}:{ours}", f"{module}:{theirs}", inputs=inputs)
    ran = known(commands.compare(request, RunOptions()).run)
    assert (ran.batch, ran.measured_equal) == (batch, equal)
    assert f"both are called with {called}" in ran.notes
    assert [mode.same for mode in ran.modes] == [equal, equal]


def test_shapes_alone(module: str) -> None:
    request = commands.Request(f"{module}:Two", f"{module}:Layer", inputs=BOTH)
    ran = known(commands.compare(request, RunOptions(device="meta")).run)
    assert [each.output_shape for each in ran.candidate] == [(8,), (8,)]


def test_inputs_that_it_does_not_take(module: str) -> None:
    request = commands.Request(f"{module}:Two", f"{module}:Two", inputs="x:float32[4,8]")
    with pytest.raises(ArchdiffError, match=r"the candidate cannot run: Two\.forward\(\) missing 1 required"):
        commands.compare(request, RunOptions())
