"""Checkpoints as training scripts and hubs have them, and files that are refused before anything is written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from archdiff.model.errors import UsageError
from execute.keys.asked_of import asked, made

pytestmark = pytest.mark.usefixtures("one_thread")

State = dict[str, Tensor]


def state() -> State:
    torch.manual_seed(0)
    return made("apart").state_dict()


def written(folder: Path, name: str = "in.pt", **more: Any) -> Any:
    return asked("apart", "packed_qkv", files=(str(folder / name), str(folder / "out.pt")), **more)


def prefixed(start: str) -> Callable[[State], Any]:
    return lambda held: {start + key: value for key, value in held.items()}


@pytest.mark.parametrize(
    "saved",
    [
        pytest.param(lambda held: held, id="1-plain"),
        pytest.param(lambda held: {"state_dict": held, "epoch": 3}, id="2-state-dict"),
        pytest.param(lambda held: {"model": held, "optimizer": {"state": {}}}, id="3-model"),
        pytest.param(lambda held: {"model": {"state_dict": held}}, id="4-nested-twice"),
        pytest.param(prefixed("module."), id="5-data-parallel"),
        pytest.param(prefixed("_orig_mod."), id="6-compiled"),
        pytest.param(prefixed("module._orig_mod."), id="7-both"),
        pytest.param(prefixed("model.backbone."), id="8-lightning"),
        pytest.param(lambda held: {"state_dict": prefixed("_orig_mod.")(held)}, id="9-compiled-in-a-checkpoint"),
    ],
)
def test_where_the_tensors_are(tmp_path: Path, saved: Callable[[State], Any]) -> None:
    held = state()
    torch.save(saved(held), tmp_path / "in.pt")
    assert written(tmp_path).complete
    made_of = torch.load(tmp_path / "out.pt", weights_only=True)
    assert torch.equal(made_of["qkv.weight"][12:24], held["k_proj.weight"])
    made("packed_qkv").load_state_dict(made_of, strict=True)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_the_dtype_stays(tmp_path: Path, dtype: torch.dtype) -> None:
    torch.save({key: value.to(dtype) for key, value in state().items()}, tmp_path / "in.pt")
    assert written(tmp_path).complete
    assert {value.dtype for value in torch.load(tmp_path / "out.pt", weights_only=True).values()} == {dtype}


def shards(folder: Path, held: State) -> Path:
    """Two files and their index, as transformers writes them."""
    names = {key: f"part-{number % 2}.bin" for number, key in enumerate(held)}
    for name in set(names.values()):
        torch.save({key: value for key, value in held.items() if names[key] == name}, folder / name)
    index = folder / "model.bin.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": names}))
    return index


def test_shards(tmp_path: Path) -> None:
    held = state()
    assert written(tmp_path, shards(tmp_path, held).name).written == 4
    made_of = torch.load(tmp_path / "out.pt", weights_only=True)
    assert torch.equal(made_of["qkv.bias"], torch.cat([held[f"{name}_proj.bias"] for name in "qkv"]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("{}", "is not an index of checkpoints", id="1-no-map"),
        pytest.param("[1, 2]", "is not an index of checkpoints", id="2-a-list"),
        pytest.param("not json", "is not an index of checkpoints", id="3-no-json"),
        pytest.param('{"weight_map": {"a": 3}}', "is not an index of checkpoints", id="4-no-names"),
        pytest.param('{"weight_map": {"a": "none.bin"}}', "none.bin: no such file", id="5-a-part-is-missing"),
        pytest.param('{"weight_map": {"a": "../in/../broken.bin"}}', "names a file outside", id="6-outside"),
        pytest.param('{"weight_map": {}}', "is not an index of checkpoints", id="7-empty"),
    ],
)
def test_broken_indexes(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "model.index.json").write_text(text)
    with pytest.raises(UsageError) as error:
        written(tmp_path, "model.index.json")
    assert message in str(error.value)
    assert not (tmp_path / "out.pt").exists()


def test_a_teacher_and_a_student(tmp_path: Path) -> None:
    torch.save(prefixed("student.")(state()) | prefixed("teacher.")(state()), tmp_path / "in.pt")
    with pytest.raises(UsageError, match=r"holds the network as student\. and as teacher\."):
        written(tmp_path)


def test_what_stands_beside_the_network_is_named(tmp_path: Path) -> None:
    torch.save(prefixed("model.")(state()) | {"loss.weight": torch.ones(3)}, tmp_path / "in.pt")
    answer = written(tmp_path)
    assert ([left.key for left in answer.unknown], answer.complete, answer.written) == (["loss.weight"], False, None)
    assert written(tmp_path, partial=True).written == 4


def test_a_file_of_old_counts_no_batches(tmp_path: Path) -> None:
    """Before 0.4.1; torch itself takes 0."""
    held = {key: value for key, value in made("biased").state_dict().items() if "num_batches" not in key}
    torch.save(held, tmp_path / "in.pt")
    answer = asked("biased", "biased", files=(str(tmp_path / "in.pt"), str(tmp_path / "out.pt")))
    assert answer.complete
    assert torch.load(tmp_path / "out.pt", weights_only=True)["1.num_batches_tracked"] == 0


@pytest.mark.parametrize("printed", [False, True], ids=["live", "printed"])
def test_frozen_statistics(tmp_path: Path, printed: bool) -> None:
    held = made("frozen").state_dict()
    torch.save(held, tmp_path / "in.pt")
    (tmp_path / "b.txt").write_text(f"{made('not_biased')}\n")
    reference = str(tmp_path / "b.txt") if printed else "not_biased"
    answer = asked("frozen", reference, files=(str(tmp_path / "in.pt"), str(tmp_path / "out.pt")))
    assert answer.complete
    target, x = made("not_biased"), torch.randn(2, 3, 6, 6)
    target.load_state_dict(torch.load(tmp_path / "out.pt", weights_only=True), strict=True)
    source = made("frozen")
    source.load_state_dict(held)
    assert torch.allclose(target.eval()(x), source(x), atol=1e-6)


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        pytest.param("in.pt", "in.pt", "one file", id="1-itself"),
        pytest.param("in.pt", "link.pt", "one file", id="2-a-link-to-it"),
        pytest.param("in.pt", "hard.pt", "one file", id="3-another-name-of-it"),
        pytest.param("model.bin.index.json", "part-0.bin", "one file", id="4-a-shard"),
        pytest.param("in.pt", "out.index.json", "is the name of an index", id="5-an-index"),
        pytest.param("in.pt", ".", "is a folder", id="6-a-folder"),
        pytest.param("in.pt", "none/out.pt", "no such folder", id="7-no-folder"),
        pytest.param(".", "out.pt", "is a folder, not a file", id="8-a-folder-to-read"),
        pytest.param("text.pt", "out.pt", "is not a checkpoint of torch", id="9-text"),
        pytest.param("empty.pt", "out.pt", "is not a checkpoint of torch", id="10-empty"),
        pytest.param("cut.pt", "out.pt", "is not a checkpoint of torch", id="11-cut-off"),
        pytest.param("names.pt", "out.pt", "holds no tensors by name", id="12-no-tensors"),
        pytest.param("list.pt", "out.pt", "holds a list, not tensors by name", id="13-a-list"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, source: str, target: str, message: str) -> None:
    held = state()
    torch.save(held, tmp_path / "in.pt")
    os.symlink(tmp_path / "in.pt", tmp_path / "link.pt")
    os.link(tmp_path / "in.pt", tmp_path / "hard.pt")
    shards(tmp_path, held)
    (tmp_path / "text.pt").write_text("not a checkpoint")
    (tmp_path / "empty.pt").write_bytes(b"")
    (tmp_path / "cut.pt").write_bytes((tmp_path / "in.pt").read_bytes()[:900])
    torch.save({"epoch": 3}, tmp_path / "names.pt")
    torch.save([torch.zeros(2)], tmp_path / "list.pt")
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    with pytest.raises(UsageError) as error:
        asked("apart", "packed_qkv", files=(str(tmp_path / source), str(tmp_path / target)))
    assert message in str(error.value)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before
