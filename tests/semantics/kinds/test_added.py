# ruff: noqa: E501  (tables: a case a line)
"""What a difference in each setting comes to that a rule adds to a layer: alone, against none, and beside its cause."""

from __future__ import annotations

import pytest

from answers import compared, holding, lines
from archdiff.model.network import Value
from archdiff.semantics import kinds
from archdiff.semantics.kinds import ADDED, Settings

NONE = ""
UNTRAINED = "equal as long as the adapter was not trained"
COPY = "the copy under modules_to_save runs and is trained, the original is kept beside it"


def layer(settings: str) -> str:
    more = f", {settings}" if settings else ""
    return holding("Sequential", f"Linear(in_features=8, out_features=4, bias=True{more})")


#: setting, its value, another one, the effect of that, what is found
ALONE = [
    ("adapter", "LoRA", "VeRA", "function", f"adapter LoRA, not VeRA ({UNTRAINED})"),
    ("adapter", "LoRA", NONE, "function", f"adapter LoRA, not none ({UNTRAINED}) [...]"),
    ("lora_rank", "2", "3", "function", f"lora_rank 2, not 3 ({UNTRAINED})"),
    ("lora_rank", "2", NONE, "function", f"lora_rank 2, not irregular ({UNTRAINED})"),
    ("lora_dropout", "0.3", "0.6", "training", "lora_dropout 0.3, not 0.6"),
    ("lora_dropout", "0.3", "0.7", "training", "lora_dropout 0.3, not 0.7 [drop or keep probability?]"),
    ("lora_dtype", "HalfTensor", NONE, "function", "lora_dtype HalfTensor, not FloatTensor (how precise its numbers are)"),
    ("lora_parts", "odd", NONE, "function", f"lora_parts odd, not as usual ({UNTRAINED})"),
    ("adapter_rank", "2", NONE, "function", f"adapter_rank 2, not irregular ({UNTRAINED})"),
    ("adapter_dropout", "0.3", "0.7", "training", "adapter_dropout 0.3, not 0.7 [drop or keep probability?]"),
    ("adapter_dtype", "HalfTensor", NONE, "function", "adapter_dtype HalfTensor, not FloatTensor (how precise its numbers are)"),
    ("adapter_parts", "odd", NONE, "function", f"adapter_parts odd, not as usual ({UNTRAINED})"),
    ("lora_bias", "True", "False", "function", f"lora_bias True, not False ({UNTRAINED})"),
    ("adapter_class", "SVDLinear", NONE, "function", "adapter_class SVDLinear, not that of its layer"),
    ("lora_alpha", "8", NONE, "function", "lora_alpha 8, not 0"),
    ("scaling", "8", NONE, "function", "scaling 8, not 0"),
    ("active_adapter", "a", NONE, "function", "active_adapter 'a', not ''"),
    ("trained_copies", "1", NONE, "training", f"trained_copies 1, not 0 ({COPY})"),
    ("quantized_as", "A", NONE, "function", "quantized_as A, not by its class"),
    ("weight_block_size", "row", NONE, "function", "weight_block_size row, not as usual"),
    ("weight_range", "x", NONE, "function", "weight_range x, not as usual"),
    ("weight_zero_point", "x", NONE, "function", "weight_zero_point x, not as usual"),
    ("weight_qscheme", "x", NONE, "function", "weight_qscheme x, not as usual"),
    ("weight_activation", "x", NONE, "function", "weight_activation x, not as usual"),
    ("weight_more", "x", NONE, "function", "weight_more x, not as usual"),
    ("output_scale", "0.5", NONE, "function", "output_scale 0.5, not as usual"),
    ("output_zero_point", "3", NONE, "function", "output_zero_point 3, not as usual"),
    ("weight_layout", "SemiSparseLayout()", NONE, "function", "weight_layout SemiSparseLayout(), not PlainLayout()"),
    ("weight_dtype", "torch.int8", NONE, "equivalent", "weight_dtype torch.int8, not as usual (how they are stored)"),
    ("weight_device", "cpu", NONE, "cosmetic", "weight_device 'cpu', not ''"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "other", "effect", "message"), ALONE, ids=[f"{c[0]}-{c[2] or 'none'}" for c in ALONE]
)
def test_alone(name: str, value: str, other: str, effect: str, message: str) -> None:
    outcome = compared(layer(f"{name}={value}"), layer(f"{name}={other}" if other else NONE))
    rule = "AD401" if effect == "training" else "AD302" if effect == "cosmetic" else "AD301"
    assert lines(outcome.findings) == [f"{rule} {effect} 0|0: {message}"]


#: counted or named with what adds them, and never compared one by one
JOINT = ("adapter_parameters", "kept_parameters", "adapter_name", "copy_name")


@pytest.mark.parametrize("name", JOINT)
def test_nothing_follows_from_what_follows(name: str) -> None:
    (finding,) = compared(layer(f"{name}=2"), layer(f"{name}=3")).findings
    assert finding.effect.word == "cosmetic"
    assert finding.message.startswith("printed differently, which changes no layer: ")
    assert compared(layer(f"{name}=2"), layer(NONE)).verdict == "identical"


@pytest.mark.parametrize("name", ["adapter_parameters", "kept_parameters"])
def test_a_layer_without_one_has_no_more_numbers(name: str) -> None:
    assert Settings(kinds.by_name()["linear"], {})[name] == 0


def test_each_has_a_case() -> None:
    assert {case[0] for case in ALONE} | {*JOINT} == ADDED.keys()


#: id, settings, those of the other, the one finding that all differences in them come to
TOGETHER = [
    ("adapter", "adapter=LoRA, lora_rank=2, lora_dropout=0.1, lora_bias=True, lora_dtype=HalfTensor, lora_parts=x, lora_alpha=8, active_adapter=a, adapter_class=B, adapter_name=a, adapter_parameters=24",
     NONE, f"AD301 function 0|0: adapter LoRA, not none ({UNTRAINED}) [...]"),
    ("other-adapter", "adapter=LoHa, adapter_rank=2, adapter_dropout=0.1, adapter_dtype=HalfTensor, adapter_parts=x, scaling=2",
     "adapter=LoRA, lora_rank=2", f"AD301 function 0|0: adapter LoHa, not LoRA ({UNTRAINED})"),
    ("trained-copy", "trained_copies=1, copy_name=a, kept_parameters=36", NONE, f"AD401 training 0|0: trained_copies 1, not 0 ({COPY})"),
    ("weights", "weights=4 bits, quantized_as=A, weight_block_size=row, weight_dtype=torch.int8, weight_layout=SemiSparseLayout(), weight_device=cpu",
     NONE, "AD301 function 0|0: weights 4 bits, not full precision (the same weights rounded: a small difference)"),
    ("means-of-rounding", "quantized_as=A, weight_range=x, weight_zero_point=x, weight_qscheme=x, weight_activation=x, weight_more=x, output_scale=2, output_zero_point=1",
     "quantized_as=B", "AD301 function 0|0: quantized_as A, not B"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "other", "line"), [case[1:] for case in TOGETHER], ids=[case[0] for case in TOGETHER]
)
def test_one_finding(settings: str, other: str, line: str) -> None:
    assert lines(compared(layer(settings), layer(other)).findings) == [line]


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        ("SemiSparseLayout()", "SemiSparseLayout()"),
        ("MarlinSparseLayout()", "MarlinSparseLayout()"),
        ("Layout", "Layout"),
        (None, None),
        ("PlainLayout()", "dense"),
        ("PlainLayout", "dense"),
        ("PlainLayoutType()", "dense"),
        ("TensorCoreTiledLayout(inner_k_tiles=8)", "dense"),
        ("Int4CPULayout()", "dense"),
        ("Int4XPULayout()", "dense"),
        ("UintxLayout(dtype=torch.uint4, pack_dim=-1)", "dense"),
        ("QDQLayout()", "dense"),
        ("MarlinQQQLayout()", "dense"),
        ("CutlassInt4PackedLayout()", "dense"),
        ("PackedLinearInt8DynamicActivationIntxWeightLayout()", "dense"),
    ],
)
def test_how_weights_are_packed(value: Value, meaning: Value) -> None:
    field = ADDED["weight_layout"]
    assert field.meaning is not None
    assert field.meaning(value, Settings(kinds.by_name()["linear"], {}), None) == meaning
