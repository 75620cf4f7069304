"""Checkpoints: what does not fit is a finding, other names are matched along the pairs, code is refused."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from archdiff import nn as ours
from archdiff.execute.weights import checkpoint
from archdiff.model.effects import Effect
from archdiff.model.errors import UsageError
from archdiff.model.finding import Finding
from execute.sides import Both, ran, sequential
from known import known

pytestmark = pytest.mark.usefixtures("one_thread")

NORM = "BatchNorm1d(6, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"
LAYERS = ["Linear(in_features=4, out_features=6, bias=True)", NORM, "Linear(in_features=6, out_features=3, bias=True)"]
MINE, ORIGINAL = sequential(LAYERS, "mine{}"), sequential(LAYERS, "features_{}")


def network(name: str = "mine{}") -> nn.Module:
    torch.manual_seed(3)
    made = nn.Sequential()
    for index, layer in enumerate((nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, 3))):
        made.add_module(name.format(index), layer)
    for buffer in made[1].buffers():
        buffer.add_(2)
    return made


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., str]:
    def save(tensors: object, name: str = "model.pt") -> str:
        torch.save(tensors, tmp_path / name)
        return str(tmp_path / name)

    return save


def loaded(checkpoint: str, candidate: str = MINE, reference: str = ORIGINAL, **asked: Any) -> Both:
    return ran(candidate, reference, candidate_weights=checkpoint, **asked)


def told(both: Both) -> list[tuple[Effect, str]]:
    return [(finding.effect, finding.message) for finding in both.more if finding.rule == "AD904"]


def test_a_checkpoint_of_this_network(file: Callable[..., str]) -> None:
    both = loaded(file(network().state_dict()))
    assert told(both) == []
    assert all(mode.first is None for mode in both.ran.modes)  # the other side gets them, too


@pytest.mark.parametrize("key", ["state_dict", "model_state_dict", "model"])
def test_tensors_beside_the_epoch(file: Callable[..., str], key: str) -> None:
    assert told(loaded(file({"epoch": 3, key: network().state_dict()}))) == []


def test_what_data_parallel_puts_before_every_key(file: Callable[..., str]) -> None:
    state = {f"module.{key}": value for key, value in network().state_dict().items()}
    assert Effect.FUNCTION not in {effect for effect, _ in told(loaded(file(state)))}


def test_other_names_are_matched_along_the_pairs(file: Callable[..., str]) -> None:
    both = loaded(file(network("features_{}").state_dict()))
    ((effect, message),) = told(both)
    assert effect is Effect.COSMETIC
    assert message.startswith(
        "model.pt: other names, matched through the comparison: features_0.weight for mine0.weight, "
    )
    assert all(mode.first is None for mode in both.ran.modes)


def test_each_with_its_own(file: Callable[..., str]) -> None:
    """Nothing is copied: the two compute what their files hold."""
    mine, original = network(), network("features_{}")
    both = loaded(file(mine.state_dict()), reference_weights=file(original.state_dict(), "original.pt"))
    assert all(mode.first is None for mode in both.ran.modes)
    with torch.no_grad():
        original.get_parameter("features_2.bias")[1] += 1
    both = loaded(file(mine.state_dict()), reference_weights=file(original.state_dict(), "original.pt"))
    assert [known(mode.first).candidate for mode in both.ran.modes] == [("mine2",)] * 2
    assert known(both.inference.first).max_abs == pytest.approx(1, abs=1e-6)
    assert known(both.inference.first).differing == (1, 1)


def _without(state: dict[str, Tensor], key: str) -> dict[str, Tensor]:
    return {name: value for name, value in state.items() if name != key}


@pytest.mark.parametrize(
    ("change", "effect", "message", "path"),
    [
        (lambda s: _without(s, "mine2.bias"), Effect.FUNCTION, "lacks mine2.bias", "mine2"),
        (
            lambda s: {**s, "mine2.scale": torch.ones(3)},
            Effect.FUNCTION,
            "holds mine2.scale, which the network does not have",
            "mine2",
        ),
        (
            lambda s: {**s, "head.weight": torch.ones(3)},
            Effect.FUNCTION,
            "holds head.weight, which the network does not have",
            "",
        ),
        (
            lambda s: {**s, "mine0.weight": torch.ones(5, 4)},
            Effect.FUNCTION,
            "mine0.weight is 5x4 in the file, 6x4 in the network",
            "mine0",
        ),
        (lambda s: _without(s, "mine1.num_batches_tracked"), None, "", ""),
    ],
)
def test_what_does_not_fit_is_a_finding(
    file: Callable[..., str], change: Callable[..., object], effect: Effect | None, message: str, path: str
) -> None:
    both = loaded(file(change(network().state_dict())))
    if effect is None:  # of an old version of torch
        assert Effect.FUNCTION not in {each for each, _ in told(both)}
        return
    (finding,) = [finding for finding in both.more if finding.rule == "AD904"]
    assert isinstance(finding, Finding)
    assert (finding.effect, finding.message, known(finding.candidate).path) == (effect, f"model.pt: {message}", path)


def test_masks_and_duty_cycles(file: Callable[..., str]) -> None:
    """A sparse network's file into the same one under other names, wrapped there and not here."""
    text = (
        "SparseWeights(\n  weight_sparsity=0.5\n  (module): Linear(in_features=4, out_features=6, bias=True)\n)",
        "KWinners(n=6, percent_on=0.5, boost_strength=1.5, boost_strength_factor=0.9, duty_cycle_period=100)",
    )
    torch.manual_seed(0)
    sparse = nn.Sequential(
        ours.SparseWeights(nn.Linear(4, 6), weight_sparsity=0.5),
        ours.KWinners(n=6, percent_on=0.5, boost_strength=1.5, boost_strength_factor=0.9, duty_cycle_period=100),
    )
    sparse.train()(torch.randn(50, 4))
    both = loaded(file(sparse.state_dict()), sequential([*text]), sequential([*text], "other{}"))
    assert told(both) == []
    assert all(mode.first is None for mode in both.ran.modes)
    dense = sequential(["Linear(in_features=4, out_features=6, bias=True)", text[1]])
    ((effect, message),) = told(loaded(file(sparse.state_dict()), dense, sequential([*text])))
    assert (effect, message) == (Effect.FUNCTION, "model.pt: holds 0.zero_mask, which the network does not have")


# What is refused


class _Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("run",)


def test_a_pickle_that_wants_to_run_code_is_refused(
    file: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError) as caught:
        loaded(file({"state_dict": network().state_dict(), "extra": _Evil()}))
    assert caught.value.message == "would run code when it is loaded, which is refused"
    assert "torch.save(model.state_dict(), file)" in caught.value.way_out
    assert capsys.readouterr().out == ""


def test_a_whole_module_is_refused(file: Callable[..., str]) -> None:
    with pytest.raises(UsageError, match="would run code"):
        loaded(file(network()))


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ([1, 2], "holds a list, not tensors by name"),
        ({"epoch": 3}, "holds no tensors by name"),
        ({"a.weight": torch.ones(2)}, "no tensor of this file fits"),
    ],
)
def test_files_without_tensors_of_this_network(
    file: Callable[..., str], held: dict[str, int | Tensor] | list[int], told: str
) -> None:
    with pytest.raises(UsageError) as caught:
        loaded(file(held))
    assert caught.value.message == told


@pytest.mark.parametrize("text", [b"", b"no checkpoint", b"PK\x03\x04 broken"])
def test_no_checkpoint(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "x.pt").write_bytes(text)
    with pytest.raises(UsageError, match="is not a checkpoint of torch"):
        loaded(str(tmp_path / "x.pt"))


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        loaded(str(tmp_path / "none.pt"))


def test_nothing_is_loaded_without_allocating(file: Callable[..., str]) -> None:
    with pytest.raises(UsageError, match="--device meta holds no weights"):
        loaded(file(network().state_dict()), device="meta")


# safetensors, which need not be installed


def test_safetensors_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "safetensors.torch", None)
    (tmp_path / "x.safetensors").write_bytes(b"")
    with pytest.raises(UsageError) as caught:
        loaded(str(tmp_path / "x.safetensors"))
    assert caught.value.message == "safetensors is not installed"
    assert "pip install safetensors" in caught.value.way_out


def test_safetensors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load_file(name: str) -> Mapping[str, Tensor]:
        assert name.endswith("x.safetensors")
        return network().state_dict()

    stand_in = types.ModuleType("safetensors.torch")
    monkeypatch.setattr(stand_in, "load_file", load_file, raising=False)
    monkeypatch.setitem(sys.modules, "safetensors", types.ModuleType("safetensors"))
    monkeypatch.setitem(sys.modules, "safetensors.torch", stand_in)
    (tmp_path / "x.safetensors").write_bytes(b"")
    assert told(loaded(str(tmp_path / "x.safetensors"))) == []
    monkeypatch.setattr(stand_in, "load_file", lambda _name: 1 / 0)
    with pytest.raises(UsageError, match="cannot be read as safetensors: division by zero"):
        checkpoint.read(str(tmp_path / "x.safetensors"))
