"""What does not fit is refused before anything is allocated, with the layer at which it is too much."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from archdiff import infer, parse
from archdiff.execute.devices import memory
from archdiff.execute.devices.memory import available_bytes, check_memory, check_tensors
from archdiff.model.errors import BuildError, UsageError
from archdiff.semantics import rules

CPU = torch.device("cpu")
LINEAR = "Linear(in_features={}, out_features={}, bias=False)"
TEXT = f"Sequential(\n  (a): {LINEAR.format(10, 20)}\n  (b): {LINEAR.format(20, 5)}\n)"
#: of one network in float64, for 4 samples: four copies of the input, then weights and outputs
INPUT = 4 * 8 * 4 * 10
FIRST, SECOND = 8 * 200 + 8 * 4 * 20, 8 * 100 + 8 * 4 * 5
OUTPUT = 8 * 4 * 20


def sized() -> tuple[infer.Sized, ...]:
    return infer.infer([rules.normalize(parse.parse(TEXT, "net.txt")[0])])


def check(monkeypatch: pytest.MonkeyPatch, free: int | None, *, keeps: bool = True, samples: int = 4) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda _place: free)
    check_memory(sized(), (samples, 10), CPU, torch.float64, "use less", keeps)


@pytest.mark.parametrize(
    ("free", "keeps"),
    [
        (None, True),
        (INPUT + FIRST + SECOND, True),
        (INPUT + FIRST - OUTPUT + SECOND - 8 * 4 * 5 + OUTPUT, False),
    ],
    ids=["not known", "just", "outputs are not kept"],
)
def test_what_fits(monkeypatch: pytest.MonkeyPatch, free: int | None, keeps: bool) -> None:
    check(monkeypatch, free, keeps=keeps)


@pytest.mark.parametrize(
    ("free", "keeps", "message", "line"),
    [
        (INPUT - 1, True, "4 samples of 10: does not fit into memory, it needs more than", 0),
        (INPUT + FIRST - 1, True, "a (Linear) does not fit into memory with all before it: it needs more than", 2),
        (INPUT + FIRST + SECOND - 1, True, "b (Linear) does not fit into memory with all before it:", 3),
        (INPUT + FIRST + 8 * 100 - 1, False, "b (Linear) does not fit into memory with all before it:", 3),
    ],
    ids=["the input", "the first layer", "the second", "its weights beside the largest output"],
)
def test_what_does_not_fit(monkeypatch: pytest.MonkeyPatch, free: int, keeps: bool, message: str, line: int) -> None:
    with pytest.raises(BuildError) as caught:
        check(monkeypatch, free, keeps=keeps)
    error = caught.value
    assert error.message.startswith(message)
    assert (error.source, error.line, error.way_out) == ("net.txt", line, "use less")


def test_one_sample_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BuildError, match="1 sample of 10: does not fit"):
        check(monkeypatch, 0, samples=1)


def test_tensors_that_take_what_their_file_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda _place: 0)
    shared = torch.zeros(100)
    check_tensors({"a": shared, "b": torch.zeros(3, 3)}, "net.pt")
    check_tensors({}, "net.pt")


def test_a_number_that_stands_for_a_whole_tensor(monkeypatch: pytest.MonkeyPatch) -> None:
    tensors = {"small": torch.zeros(2, 2), "wide": torch.zeros(1).expand(10, 20)}
    more = 4 * (200 - 1)
    monkeypatch.setattr(memory, "available_bytes", lambda _place: more)
    check_tensors(tensors, "net.pt")
    monkeypatch.setattr(memory, "available_bytes", lambda _place: more - 1)
    with pytest.raises(UsageError) as caught:
        check_tensors(tensors, "net.pt")
    assert caught.value.message.startswith("wide is 10x20 expanded from fewer numbers: it needs more than")
    assert caught.value.source == "net.pt"


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="what Linux tells")
def test_what_there_is() -> None:
    free = available_bytes(CPU)
    assert free is not None
    assert 1 << 20 < free < 1 << 50
