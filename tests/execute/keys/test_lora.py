"""LoRA: W + scaling * B A of the adapters that are active, or one line that says what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from archdiff.execute.keys import apply
from archdiff.execute.keys.program import program
from archdiff.model.errors import UsageError
from archdiff.report import _keys
from execute.keys.asked_of import asked, made

pytestmark = pytest.mark.usefixtures("one_thread")

IMAGE = (3, 6, 6)


@pytest.mark.parametrize(
    ("candidate", "terms"),
    [
        pytest.param("one_adapter", {"conv": 1, "fc": 1, "c_proj": 1}, id="1-linear-conv-and-conv1d"),
        pytest.param("other_adapter", {"conv": 1, "fc": 0, "c_proj": 1}, id="2-the-other-one"),
        pytest.param("both_adapters", {"conv": 2, "fc": 1, "c_proj": 2}, id="3-two-at-once"),
        pytest.param("disabled", {"conv": 0, "fc": 0, "c_proj": 0}, id="4-disabled"),
        pytest.param("merged_already", {"conv": 0, "fc": 0, "c_proj": 0}, id="5-merged-before"),
    ],
)
def test_merged(candidate: str, terms: dict[str, int]) -> None:
    answer = asked(candidate, "plain", IMAGE, verify=True)
    assert (answer.complete, answer.verified) == (True, True)
    parts = {each.key: each.parts[0] for each in answer.key_map.mapped}
    assert {name: len(parts[f"{name}.weight"].added) for name in terms} == terms
    assert parts["head.weight"].key == "head.modules_to_save.default.weight"


def test_an_embedding() -> None:
    answer = asked("words_adapted", "not_tied", (7,), verify=True)
    assert answer.verified
    (term,) = next(each for each in answer.key_map.mapped if each.key == "embed.weight").parts[0].added
    assert (term.first, term.transposed, term.scale) == ("embed.lora_embedding_A.default", True, 1.0)


@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16], ids=lambda dtype: str(dtype)[6:]
)
def test_the_numbers(dtype: torch.dtype) -> None:
    """By hand, and as the written function has them."""
    candidate = made("both_adapters").to(dtype)
    held = candidate.state_dict()
    answer = asked("both_adapters", "plain")
    merged = apply.convert(answer.key_map, held, {})
    expected = held["fc.base_layer.weight"].double()
    expected = expected + held["fc.lora_B.default.weight"].double() @ held["fc.lora_A.default.weight"].double()
    near = {torch.bfloat16: 2e-2, torch.float16: 2e-3}.get(dtype, 1e-6)
    assert torch.allclose(merged["fc.weight"].double(), expected, atol=near)
    assert {value.dtype for value in merged.values()} == {dtype}
    space: dict[str, Any] = {}
    exec(program(answer.key_map), space)
    written = space["convert"](held)
    assert written.keys() == merged.keys()
    assert all(torch.equal(written[key], merged[key]) for key in merged)


def test_a_checkpoint_is_written(tmp_path: Path) -> None:
    candidate = made("one_adapter")
    torch.save(candidate.state_dict(), tmp_path / "in.pt")
    answer = asked("one_adapter", "plain", files=(str(tmp_path / "in.pt"), str(tmp_path / "out.pt")))
    target = made("plain")
    target.load_state_dict(torch.load(tmp_path / "out.pt", weights_only=True), strict=True)
    x = torch.randn(2, *IMAGE)
    assert answer.complete
    assert torch.allclose(target(x), candidate(x), atol=1e-5)
    text = _keys.text(answer)
    assert "LoRA adapter default merged, scaled by 1: 3 tensors" in text
    assert "in the function" not in text


@pytest.mark.parametrize(
    ("candidate", "message"),
    [
        pytest.param("magnitudes", r"fc.lora_magnitude_vector.default.weight is more than W", id="1-dora"),
        pytest.param("packed_base", "fc.lora_B.default.weight does not fit fc.base_layer.weight", id="2-few-bits"),
        pytest.param("Bare", "head.lora_A is in no layer of PEFT with its base_layer and scaling", id="3-bare"),
    ],
)
def test_what_cannot_be_merged(candidate: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        asked(candidate, "plain")


def test_what_a_print_lacks(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text(f"{made('one_adapter')}\n")
    torch.save(made("one_adapter").state_dict(), tmp_path / "in.pt")
    with pytest.raises(UsageError, match="its lora_alpha is in no print and no checkpoint"):
        asked(str(tmp_path / "mine.txt"), "plain", files=(str(tmp_path / "in.pt"), str(tmp_path / "out.pt")))
    with pytest.raises(UsageError, match=r"the reference holds a LoRA adapter .*, and the candidate none"):
        asked("plain", "one_adapter")


def test_a_file_of_the_adapter_alone(tmp_path: Path) -> None:
    held = {key: value for key, value in made("one_adapter").state_dict().items() if "lora_" in key}
    torch.save(held, tmp_path / "in.pt")
    with pytest.raises(UsageError, match=r"holds a LoRA adapter \(conv.lora_A.default.weight\)"):
        asked("plain", "plain", files=(str(tmp_path / "in.pt"), str(tmp_path / "out.pt")))
    assert not (tmp_path / "out.pt").exists()


def test_adapters_on_both_sides_keep_their_keys() -> None:
    answer = asked("one_adapter", "one_adapter")
    assert answer.complete
    assert {each.steps for each in answer.key_map.mapped} == {("as it is",)}
    assert isinstance(made("one_adapter"), nn.Module)
