"""Key maps: both ways between networks of two authors, strictly loaded and equal; what is ambiguous is listed."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from archdiff import commands
from archdiff.execute.keys import apply, verify
from archdiff.execute.keys.keymap import KeyMap
from archdiff.execute.keys.program import program
from archdiff.execute.keys.transfer import KeyOptions, KeyTransfer
from archdiff.execute.live.global_state import Changes
from archdiff.model.errors import BuildError, UsageError

pytestmark = pytest.mark.usefixtures("one_thread")

IMAGE = (3, 16, 16)
GATED = {
    "gate_proj.weight": torch.zeros(9, 6),
    "up_proj.weight": torch.zeros(9, 6),
    "down_proj.weight": torch.zeros(6, 9),
}


def asked(candidate: str, reference: str, shape: tuple[int, ...] | None = None, **more: Any) -> KeyTransfer:
    ours, theirs = (each if "." in each else f"execute.keys.key_networks:{each}" for each in (candidate, reference))
    return commands.keys(commands.Request(ours, theirs, shape), KeyOptions(**more))


def made(name: str) -> nn.Module:
    module: nn.Module = getattr(import_module("execute.keys.key_networks"), name)()
    return module


def steps(key_map: KeyMap) -> dict[str, tuple[tuple[str, ...], str]]:
    """Key of the reference -> keys of the candidate, what is done."""
    return {each.key: (tuple(part.key for part in each.parts), ", ".join(each.steps)) for each in key_map.mapped}


@pytest.mark.parametrize("turned", [False, True], ids=["there", "back"])
@pytest.mark.parametrize(
    ("candidate", "reference", "shape"),
    [
        pytest.param("VitA", "VitB", IMAGE, id="qkv-and-multihead-attention"),
        pytest.param("next_a", "next_b", IMAGE, id="scale-of-channels"),
        pytest.param("WindowA", "WindowB", (4, 12), id="constant-buffer-in-one-state-dict"),
        pytest.param("bottlenecks_a", "bottlenecks_b", IMAGE, id="shortcut-before-or-behind"),
        pytest.param("basic_a", "basic_b", IMAGE, id="batch-norms-follow-their-convolutions"),
        pytest.param("VitD", "VitB", IMAGE, id="norms-by-number"),
        pytest.param("words_a", "words_b", (7,), id="conv1d-and-tied-head"),
        pytest.param("GatedA", "GatedB", (6,), id="gate-and-up"),
        pytest.param("flat_a", "flat_b", (3, 6, 6), id="kernel-covers-map"),
        pytest.param("parallel", "GatedB", (6,), id="data-parallel"),
    ],
)
def test_both_ways(candidate: str, reference: str, shape: tuple[int, ...], turned: bool) -> None:
    if turned:
        candidate, reference = reference, candidate
    answer = asked(candidate, reference, shape, verify=True)
    assert (answer.key_map.missing, answer.key_map.unused) == ((), ())
    assert (answer.complete, answer.verified) == (True, True)
    target = made(reference)
    mapped = apply.convert(answer.key_map, made(candidate).state_dict(), target.state_dict())
    target.load_state_dict(mapped, strict=True)


@pytest.mark.parametrize(
    ("candidate", "reference", "key", "sources", "done"),
    [
        ("VitA", "VitB", "class_token", ("cls_token",), "rename"),
        ("VitA", "VitB", "encoder.pos_embedding", ("pos_embed",), "rename"),
        ("next_a", "next_b", "1.0.layer_scale", ("1.0.gamma",), "reshape to 6x1x1"),
        ("next_b", "next_a", "1.0.gamma", ("1.0.layer_scale",), "reshape to 6"),
        ("words_a", "words_b", "c_proj.weight", ("c_proj.weight",), "transpose"),
        ("GatedA", "GatedB", "gate_up_proj.weight", ("gate_proj.weight", "up_proj.weight"), "concatenate"),
        ("GatedB", "GatedA", "up_proj.weight", ("gate_up_proj.weight",), "rows 9 to 18"),
        ("GatedA", "parallel", "module.down_proj.weight", ("down_proj.weight",), "rename"),
        ("unmasked", "masked", "2.module.weight", ("2.weight",), "rename"),
        ("masked", "unmasked", "0.bias", ("0.module.bias",), "rename"),
        ("flat_b", "flat_a", "3.weight", ("4.weight",), "reshape to 5x7x1x1"),
        (
            "VitC",
            "VitB",
            "encoder.layers.2.self_attention.in_proj_bias",
            tuple(f"blocks.2.attention.{name}_proj.bias" for name in "qkv"),
            "concatenate",
        ),
    ],
)
def test_what_is_done(candidate: str, reference: str, key: str, sources: tuple[str, ...], done: str) -> None:
    assert steps(asked(candidate, reference).key_map)[key] == (sources, done)


@pytest.mark.parametrize(
    "name", ["VitA", "VitB", "VitC", "next_b", "WindowB", "bottlenecks_a", "words_a", "flat_b", "masked", "TwoScalesA"]
)
def test_a_network_against_itself(name: str) -> None:
    answer = asked(name, name)
    assert steps(answer.key_map) == {key: ((key,), "as it is") for key in made(name).state_dict()}
    assert answer.complete


def test_patches_may_be_cut_in_any_order() -> None:
    """A kernel that does not cover its map has as many numbers as a Linear on patches, in some order."""
    missing = {left.key: left.why for left in asked("PatchesA", "PatchesB", IMAGE).key_map.missing}
    assert missing == {"embed.weight": "embed.weight is 5x3x4x4, not 5x48", "embed.bias": "no counterpart"}


def test_what_cannot_be_complete_is_listed_on_both_sides() -> None:
    answer = asked("other_head", "VitB")
    assert not answer.complete
    assert {left.key: left.why for left in answer.key_map.missing} == {
        "heads.weight": "head.weight is 3x12, not 5x12",
        "heads.bias": "head.bias is 3, not 5",
    }
    assert [left.key for left in answer.key_map.unused] == ["head.weight", "head.bias"]


def test_what_could_be_either_of_two_is_not_guessed() -> None:
    answer = asked("TwoScalesA", "TwoScalesB")
    assert {left.key: left.why for left in answer.key_map.missing} == {
        "scale_in": "may be gamma, delta",
        "scale_out": "may be gamma, delta",
    }
    assert [left.key for left in answer.key_map.unused] == ["gamma", "delta"]


def test_what_could_be_either_of_two_is_taken_in_order_where_outputs_show_it() -> None:
    answer = asked("TwoScalesA", "TwoScalesB", (4,), verify=True)
    assert answer.complete
    assert {each.key: (each.parts[0].key, each.found_by) for each in answer.key_map.mapped if "scale" in each.key} == {
        "scale_in": ("gamma", "order"),
        "scale_out": ("delta", "order"),
    }


def test_an_order_that_outputs_do_not_show_is_given_up() -> None:
    answer = asked("TwoScalesA", "TwoScalesC", (4,), verify=True)
    assert [left.key for left in answer.key_map.missing] == ["scale_in", "scale_out"]
    assert answer.tested is not None
    assert (answer.tested.of_another_map, answer.complete) == (True, False)
    assert answer.tested.difference is not None
    assert answer.tested.difference > 0.01


def test_norms_that_stand_side_by_side() -> None:
    """The comparison pairs one of two, in another block: that is no reason."""
    missing = {left.key for left in asked("VitC", "VitB").key_map.missing}
    assert missing <= {
        f"encoder.layers.{n}.ln_{m}.{name}" for n in range(3) for m in (1, 2) for name in ("weight", "bias")
    }
    assert asked("VitC", "VitB", IMAGE, verify=True).complete


def test_norms_under_numbers_need_no_run() -> None:
    assert asked("VitD", "VitB").complete


def test_a_swapped_map_is_seen() -> None:
    """`verify` is able to fail."""
    key_map = asked("VitA", "VitB").key_map
    by_key = {each.key: each for each in key_map.mapped}
    first, second = (by_key[f"encoder.layers.0.ln_{n}.weight"] for n in (1, 2))
    swapped = {first.key: first._replace(parts=second.parts), second.key: second._replace(parts=first.parts)}
    wrong = KeyMap(key_map.candidate, key_map.reference, tuple(swapped.get(each.key, each) for each in key_map.mapped))
    changes = Changes("VitA"), Changes("VitB")
    result = verify.Trial(made("VitA"), made("VitB"), torch.randn(2, *IMAGE), (), (), changes).run(wrong)
    assert not result.equal
    assert result.difference > 1e-3


def test_a_network_that_cannot_take_the_input() -> None:
    with pytest.raises(BuildError, match="the candidate cannot run on"):
        asked("GatedA", "GatedB", (5,), verify=True)


# Files


def test_a_checkpoint_tells_what_a_print_does_not(tmp_path: Path) -> None:
    """Bare parameters are in no print; the file of the candidate holds them."""
    candidate, target = made("VitA"), made("VitB")
    (tmp_path / "a.txt").write_text(f"{candidate}\n")
    torch.save({"model": candidate.state_dict(), "epoch": 3}, tmp_path / "a.pt")
    files = str(tmp_path / "a.pt"), str(tmp_path / "b.pt")
    answer = asked(str(tmp_path / "a.txt"), "VitB", files=files)
    assert (answer.key_map.missing, answer.key_map.unused) == ((), ())
    assert answer.written == len(target.state_dict())
    target.load_state_dict(torch.load(files[1], weights_only=True), strict=True)
    assert torch.equal(target.get_parameter("class_token"), candidate.get_parameter("cls_token"))


@pytest.mark.parametrize("prefix", ["", "module."])
def test_a_checkpoint_with_the_prefix_of_data_parallel(tmp_path: Path, prefix: str) -> None:
    state = {f"{prefix}{key}": value for key, value in made("GatedA").state_dict().items()}
    torch.save(state, tmp_path / "in.pt")
    for name in ("GatedA", "parallel"):
        answer = asked(name, "GatedB", files=(str(tmp_path / "in.pt"), str(tmp_path / "out.pt")))
        assert answer.complete
        written = torch.load(tmp_path / "out.pt", weights_only=True)
        assert torch.equal(written["gate_up_proj.weight"][9:], state[f"{prefix}up_proj.weight"])


def test_a_tied_tensor_may_be_in_the_file_once(tmp_path: Path) -> None:
    """Safetensors keeps one of two keys."""
    state = made("words_a").state_dict()
    del state["lm_head.weight"]
    torch.save(state, tmp_path / "in.pt")
    answer = asked("words_a", "words_b", files=(str(tmp_path / "in.pt"), str(tmp_path / "out.pt")))
    assert answer.written == 6
    made("words_b").load_state_dict(torch.load(tmp_path / "out.pt", weights_only=True), strict=True)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        pytest.param({"other.weight": torch.zeros(2)}, "lacks gate_proj.weight, up_proj.weight, down", id="another"),
        pytest.param({**GATED, "down_proj.lora_A.default.weight": torch.zeros(2)}, "holds a LoRA adapter", id="lora")
        if (GATED := {f"{name}_proj.weight": torch.zeros(9, 6) for name in ("gate", "up", "down")})
        else (),
        pytest.param({**GATED, "gate_proj.weight": torch.zeros(8, 6)}, "would be 17x6, and the reference", id="size"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, state: dict[str, torch.Tensor], message: str) -> None:
    torch.save(state, tmp_path / "in.pt")
    with pytest.raises(UsageError, match=message):
        asked("GatedA", "GatedB", files=(str(tmp_path / "in.pt"), str(tmp_path / "out.pt")))
    assert not (tmp_path / "out.pt").exists()


def test_an_incomplete_map_is_written_on_request_alone(tmp_path: Path) -> None:
    torch.save(made("other_head").state_dict(), tmp_path / "in.pt")
    files = str(tmp_path / "in.pt"), str(tmp_path / "out.pt")
    assert asked("other_head", "VitB", files=files).written is None
    assert not (tmp_path / "out.pt").exists()
    answer = asked("other_head", "VitB", files=files, partial=True)
    missing, unexpected = made("VitB").load_state_dict(torch.load(files[1], weights_only=True), strict=False)
    assert (missing, unexpected) == (["heads.weight", "heads.bias"], [])
    assert not answer.complete


# Python


@pytest.mark.parametrize(
    ("candidate", "reference"),
    [("VitA", "VitB"), ("next_b", "next_a"), ("words_a", "words_b"), ("GatedB", "GatedA"), ("WindowA", "WindowB")],
)
def test_the_written_function_makes_the_same(candidate: str, reference: str) -> None:
    answer = asked(candidate, reference)
    space: dict[str, Any] = {}
    exec(program(answer.key_map), space)
    state, own = made(candidate).state_dict(), made(reference).state_dict()
    done = space["convert"](state, *([own] if answer.key_map.kept else []))
    expected = apply.convert(answer.key_map, state, own)
    assert done.keys() == expected.keys()
    assert all(torch.equal(done[key], expected[key]) for key in expected)
