"""The same networks on a CUDA device: run, compared with the CPU, and refused before they cost."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import archdiff
from archdiff import nn as sparse
from archdiff.execute.devices import memory
from archdiff.model.errors import BuildError
from execute.sides import ran, sequential
from known import known

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]

NOTE = str(Path(__file__).parent.parent / "data" / "note.md")
CONV = "Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))"
NORM = "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"
POOL = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
BOOST = "boost_strength=1.5, boost_strength_factor=0.9, k_inference_factor=1.5, duty_cycle_period=1000"
WINNERS = f"KWinners2d(channels=8, n=0, percent_on=0.1, {BOOST})"
DROP = "Dropout(p=0.5, inplace=False)"
LAST = ["Flatten(start_dim=1, end_dim=-1)", "Linear(in_features=128, out_features=10, bias=True)"]
FIRST = [CONV, NORM, WINNERS, POOL, DROP, *LAST]
SWAPPED = [CONV, NORM, POOL, WINNERS, DROP, *LAST]
SHAPE = (3, 8, 8)


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(archdiff.__file__).parent.parent)}
    return subprocess.run(
        [sys.executable, "-m", "archdiff", *arguments], capture_output=True, text=True, env=environment
    )


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_a_network_is_equal_to_itself(dtype: str) -> None:
    found = ran(sequential(FIRST), sequential(FIRST), shape=SHAPE, device="cuda", dtype=dtype)
    assert [mode.first for mode in found.ran.modes] == [None, None]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_where_they_part_is_where_the_cpu_says(dtype: str) -> None:
    texts = sequential(FIRST), sequential(SWAPPED)
    there, here = (ran(*texts, shape=SHAPE, device=device, dtype=dtype) for device in ("cuda", "cpu"))
    assert [(mode.name, known(mode.first).candidate, known(mode.first).status) for mode in there.ran.modes] == [
        (mode.name, known(mode.first).candidate, known(mode.first).status) for mode in here.ran.modes
    ]


@pytest.mark.parametrize(
    "module",
    [
        sparse.KWinners(n=300, percent_on=0.1),
        sparse.KWinners(n=300, percent_on=0.1, relu=True, break_ties=True),
        sparse.KWinners2d(channels=3, percent_on=0.1),
        sparse.KWinners2d(channels=3, percent_on=0.5, local=True),
        sparse.SparseWeights(nn.Linear(300, 40), sparsity=0.7),
        sparse.SparseWeights2d(nn.Conv2d(3, 4, 3), sparsity=0.5),
    ],
    ids=lambda module: repr(module).partition("\n")[0],
)
@pytest.mark.parametrize("training", [False, True], ids=["eval", "training"])
def test_sparse_modules_are_what_they_are_on_the_cpu(module: nn.Module, training: bool) -> None:
    """Winners bit for bit (no two units are equal: of ties a device takes what it likes), sums to the last digits."""
    shape = (4, 300) if "2d" not in type(module).__name__ else (4, 3, 10, 10)
    here = copy.deepcopy(module).double().train(training)
    there = copy.deepcopy(here).cuda()
    for seed in range(3):
        x = torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        ours, theirs = there(x.cuda()).cpu(), here(x)
        assert torch.equal(ours != 0, theirs != 0)
        assert torch.allclose(ours, theirs, rtol=1e-12, atol=1e-12)
    for name, value in here.state_dict().items():
        assert torch.allclose(value, there.state_dict()[name].cpu(), rtol=1e-12), name


def test_the_notes_networks_through_the_command() -> None:
    said = command("compare", f"{NOTE}#Mine", f"{NOTE}#Sparse", "--run", "--device", "cuda", "--format", "json")
    assert (said.returncode, said.stderr) == (1, "")
    found = json.loads(said.stdout)["run"]
    assert found["device"] == "cuda"
    assert [mode["first"]["candidate"] for mode in found["modes"]] == [["cnn1_kwinner", "cnn1_maxpool"]] * 2


def test_the_notes_networks_timed_by_the_command() -> None:
    asked = ("--device", "cuda", "--budget", "8", "--batch", "64", "--format", "json")
    said = command("bench", f"{NOTE}#Mine", f"{NOTE}#Sparse", *asked)
    assert (said.returncode, said.stderr) == (0, "")
    record = json.loads(said.stdout)
    assert record["environment"]["gpu"]


def test_no_room_is_said_before_anything_is_allocated() -> None:
    wide = "Linear(in_features=400000, out_features=400000, bias=True)"
    before = torch.cuda.memory_allocated()
    with pytest.raises(BuildError, match="does not fit into memory"):
        ran(sequential([wide]), sequential([wide]), shape=(400000,), device="cuda")
    assert torch.cuda.memory_allocated() == before


def test_room_is_what_the_device_has() -> None:
    _, total = torch.cuda.mem_get_info()
    assert 0 < known(memory.available_bytes(torch.device("cuda"))) <= total
