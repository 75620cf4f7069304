"""Faulty checkpoints: one clear error each, before anything costs, in `--candidate-weights` and in `keys --apply`."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from archdiff import commands
from archdiff.execute.keys.transfer import KeyOptions
from archdiff.execute.running.options import RunOptions
from archdiff.execute.weights import checkpoint
from archdiff.model.errors import UsageError

NETWORK = "Sequential(\n  (0): Linear(in_features=3, out_features=4, bias=True)\n)\n"
SELF = "is a dictionary that contains itself"


def whole(**changed: Any) -> dict[str, Any]:
    return {"0.weight": torch.ones(4, 3), "0.bias": torch.ones(4)} | changed


def a_loop() -> object:
    held: dict[str, object] = {}
    held["model"] = held
    return held


def a_loop_of_two() -> object:
    held: dict[str, object] = {}
    held["state_dict"] = {"model": held}
    return held


def quantized() -> Tensor:
    return torch.quantize_per_tensor(torch.ones(4, 3), 0.1, 0, torch.qint8)


#: what is saved, and what is said of it
SAVED = [
    pytest.param(a_loop, SELF, id="a dict in itself"),
    pytest.param(a_loop_of_two, SELF, id="two dicts in each other"),
    pytest.param(lambda: whole(**{"0.weight": torch.ones(4, 3, device="meta")}), "0.weight has no numbers", id="meta"),
    pytest.param(
        lambda: whole(**{"0.weight": torch.ones(4, 3).to_sparse()}),
        "0.weight is not a dense tensor (sparse_coo)",
        id="coo",
    ),
    pytest.param(
        lambda: whole(**{"0.weight": torch.ones(4, 3).to_sparse_csr()}),
        "0.weight is not a dense tensor (sparse_csr)",
        id="csr",
    ),
    pytest.param(lambda: whole(**{"0.weight": quantized()}), "0.weight is quantized", id="quantized"),
    pytest.param(
        lambda: whole(**{"0.weight": torch.zeros(1).expand(10**12)}),
        "0.weight is 1000000000000 expanded from fewer numbers: it needs more than 3.73e+03 GiB",
        id="one number for all",
    ),
    pytest.param(lambda: {"epoch": 3}, "holds no tensors by name", id="no tensors"),
    pytest.param(lambda: torch.ones(3), "holds a Tensor, not tensors by name", id="one tensor"),
    pytest.param(lambda: {"model": Path("x")}, "would run code when it is loaded, which is refused", id="objects"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("mine.txt").write_text(NETWORK)
    return tmp_path


def run_with(file: str) -> None:
    commands.compare(commands.Request("mine.txt", "mine.txt"), RunOptions(candidate_weights=file))


def apply(file: str) -> None:
    commands.keys(commands.Request("mine.txt", "mine.txt"), KeyOptions(files=(file, "out.pt")))


COMMANDS = pytest.mark.parametrize("command", [run_with, apply], ids=["run", "apply"])


@COMMANDS
@pytest.mark.filterwarnings("ignore::UserWarning")  # of torch, where such tensors are made
@pytest.mark.parametrize(("make", "said"), SAVED)
def test_what_no_number_can_be_taken_from(
    folder: Path, command: Callable[[str], None], make: Callable[[], object], said: str
) -> None:
    torch.save(make(), "in.pt")
    assert refused(command, "in.pt").startswith(said)
    assert sorted(each.name for each in folder.iterdir()) == ["in.pt", "mine.txt"]  # nothing half-written


def refused(command: Callable[[str], None], file: str) -> str:
    with pytest.raises(UsageError) as error:
        command(file)
    assert error.value.source == file or error.value.source.startswith("part")
    return error.value.message


@COMMANDS
@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"", "is not a checkpoint of torch", id="empty"),
        pytest.param(b"PK\x03\x04 and no more", "is not a checkpoint of torch", id="cut off"),
        pytest.param(b"\x80\x02cposix\nsystem\n", "would run code when it is loaded", id="code"),
        pytest.param(b"weights", "is not a checkpoint of torch", id="text"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_no_checkpoint(command: Callable[[str], None], data: bytes, said: str) -> None:
    Path("in.pt").write_bytes(data)
    assert refused(command, "in.pt").startswith(said)


@COMMANDS
@pytest.mark.usefixtures("folder")
def test_a_zip_that_ends_too_early(command: Callable[[str], None]) -> None:
    torch.save(whole(), "in.pt")
    data = Path("in.pt").read_bytes()
    Path("in.pt").write_bytes(data[: len(data) // 2])
    assert refused(command, "in.pt").startswith("is not a checkpoint of torch")


@COMMANDS
@pytest.mark.usefixtures("folder")
def test_a_zip_that_unpacks_to_more_than_there_is(
    monkeypatch: pytest.MonkeyPatch, command: Callable[[str], None]
) -> None:
    monkeypatch.setattr("archdiff.execute.devices.memory.available_bytes", lambda _place: 1_000_000)
    with zipfile.ZipFile("in.pt", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("archive/data/0", bytes(2_000_000))
    assert refused(command, "in.pt") == "holds 2,000,000 bytes when it is unpacked: more than there is memory"


@COMMANDS
@pytest.mark.parametrize(
    ("index", "said"),
    [
        pytest.param({}, "is not an index of checkpoints: it has no weight_map", id="no map"),
        pytest.param([], "is not an index of checkpoints: it has no weight_map", id="a list"),
        pytest.param({"weight_map": {"a": "../x.pt"}}, "names a file outside of its folder: ../x.pt", id="outside"),
        pytest.param({"weight_map": {"a": "/etc/passwd"}}, "names a file outside of its folder", id="absolute"),
        pytest.param({"weight_map": {"a": "part.pt"}}, "no such file", id="missing"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_an_index(command: Callable[[str], None], index: object, said: str) -> None:
    Path("in.pt.index.json").write_text(json.dumps(index))
    assert refused(command, "in.pt.index.json").startswith(said)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (torch.ones(4, 3, dtype=torch.complex64), "0.weight is complex64 in the file, float64 in the network"),
        (torch.ones(4, 3, dtype=torch.int8), "0.weight is int8 in the file, float64 in the network"),
    ],
    ids=["complex", "int8"],
)
@pytest.mark.usefixtures("folder")
def test_numbers_of_another_type(value: Tensor, said: str) -> None:
    torch.save(whole(**{"0.weight": value}), "in.pt")
    assert refused(run_with, "in.pt") == said


@pytest.mark.parametrize(
    "weight",
    [
        pytest.param(torch.ones(3, 4).T, id="not contiguous"),
        pytest.param(torch.ones(1, 3).expand(4, 3), id="expanded"),
        pytest.param(torch.ones(4, 3, dtype=torch.float16), id="half precision"),
        pytest.param(torch.ones(8, 3)[4:], id="part of a larger one"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_is_read(weight: Tensor) -> None:
    torch.save(whole(**{"0.weight": weight}), "in.pt")
    assert torch.equal(checkpoint.read("in.pt")["0.weight"], weight)
    apply("in.pt")
    assert torch.equal(torch.load("out.pt")["0.weight"], weight)
