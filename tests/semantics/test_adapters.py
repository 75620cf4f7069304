# ruff: noqa: E501  (tables: a case a line)
"""What is read of the adapters that PEFT prints around one layer, and which prints are left as they are."""

from __future__ import annotations

import pytest

from answers import holding
from archdiff import parse
from archdiff.model.network import UNKNOWN
from archdiff.semantics import rules

LINEAR = "Linear(in_features=8, out_features=4, bias=True)"
DOWN, UP = "Linear(in_features=8, out_features=2, bias=False)", "Linear(in_features=2, out_features=4, bias=False)"
SIZES = ("in_features", "out_features", "num_embeddings", "embedding_dim")
WINDOWS = ("in_channels", "out_channels", "kernel_size", "stride")


def part(*sizes: int, dtype: str = "FloatTensor") -> str:
    return f"Parameter containing: [torch.{dtype} of size {'x'.join(map(str, sizes))}]"


def wrapped(class_name: str, base: str = LINEAR, holder: str = "ModuleDict", **parts: str) -> str:
    """A layer with the parts of one adapter."""
    held = {name: holding(holder, default=text) for name, text in parts.items()}
    return holding(class_name, base_layer=base, **held)


#: id, a layer as PEFT prints it, its kind and settings in normal form but for sizes, and its children; `?`: not known
CASES = [
    # what is understood
    ("lora", wrapped("lora.Linear", lora_A=DOWN, lora_B=UP),
     "linear(bias=True, adapter='LoRA', lora_rank=2, lora_dropout=0.0, lora_bias=False, lora_alpha=?, adapter_name='default', adapter_parameters=24)"),
    ("lora-with-dropout", wrapped("lora.Linear", lora_dropout="Dropout(p=0.1)", lora_A=DOWN, lora_B=UP),
     "linear(bias=True, adapter='LoRA', lora_rank=2, lora_dropout=0.1, lora_bias=False, lora_alpha=?, adapter_name='default', adapter_parameters=24)"),
    ("lora-with-an-idle-dropout", wrapped("lora.Linear", lora_dropout="Identity()", lora_A=DOWN, lora_B=UP),
     "linear(bias=True, adapter='LoRA', lora_rank=2, lora_dropout=0.0, lora_bias=False, lora_alpha=?, adapter_name='default', adapter_parameters=24)"),
    ("lora-with-another-dropout", wrapped("lora.Linear", lora_dropout="ReLU()", lora_A=DOWN, lora_B=UP),
     "linear(bias=True, adapter='LoRA', lora_rank=2, lora_dropout=0.0, lora_bias=False, lora_parts='lora_dropout ReLU()', lora_alpha=?, adapter_name='default', adapter_parameters=?)"),
    ("lora-with-bias", wrapped("lora.Linear", lora_A=DOWN, lora_B=UP.replace("False", "True")),
     "linear(bias=True, adapter='LoRA', lora_rank=2, lora_dropout=0.0, lora_bias=True, lora_alpha=?, adapter_name='default', adapter_parameters=28)"),
    ("lora-with-a-bias-inside", wrapped("lora.Linear", lora_A=DOWN.replace("False", "True"), lora_B=UP),
     "linear(bias=True, adapter='LoRA', lora_rank=2, lora_dropout=0.0, lora_bias=False, lora_parts='lora_A Linear(in_features=8, out_features=2, bias=True)', lora_alpha=?, adapter_name='default', adapter_parameters=26)"),
    ("lora-of-two-ranks", wrapped("lora.Linear", lora_A=DOWN, lora_B=UP.replace("in_features=2", "in_features=3")),
     "linear(bias=True, adapter='LoRA', lora_rank=2, lora_dropout=0.0, lora_bias=False, lora_parts='lora_B Linear(in_features=3, out_features=4, bias=False)', lora_alpha=?, adapter_name='default', adapter_parameters=28)"),
    ("lora-of-other-outputs", wrapped("lora.Linear", lora_A=DOWN, lora_B=UP.replace("out_features=4", "out_features=5")),
     "linear(bias=True, adapter='LoRA', lora_rank=2, lora_dropout=0.0, lora_bias=False, lora_parts='lora_B Linear(in_features=2, out_features=5, bias=False)', lora_alpha=?, adapter_name='default', adapter_parameters=26)"),
    ("lora-without-bias-printed", wrapped("lora.Linear", lora_A="Linear(in_features=8, out_features=2)", lora_B="Linear(in_features=2, out_features=4)"),
     "linear(bias=True, adapter='LoRA', lora_rank=2, lora_dropout=0.0, lora_bias=False, lora_alpha=?, adapter_name='default', adapter_parameters=24)"),
    ("lora-beside-more", wrapped("lora.Linear", lora_A=DOWN, lora_B=UP, lora_C="ReLU()"),
     "linear(bias=True, adapter='LoRA', lora_rank=2, lora_dropout=0.0, lora_bias=False, lora_parts='lora_C ReLU()', lora_alpha=?, adapter_name='default', adapter_parameters=?)"),
    ("dora", wrapped("lora.Linear", lora_A=DOWN, lora_B=UP, lora_magnitude_vector="lora.dora.DoraLinearLayer()"),
     "linear(bias=True, adapter='DoRA', lora_rank=2, lora_dropout=0.0, lora_bias=False, lora_alpha=?, adapter_name='default', adapter_parameters=28)"),
    ("adalora", wrapped("adalora.SVDLinear", holder="ParameterDict", lora_A=part(2, 8), lora_B=part(4, 2), lora_E=part(2, 1), ranknum=part(1)),
     "linear(bias=True, adapter='AdaLoRA', lora_rank=2, lora_dropout=0.0, lora_bias=False, lora_alpha=?, adapter_name='default', adapter_parameters=27, adapter_class='SVDLinear')"),
    ("adalora-of-another-shape", wrapped("adalora.SVDLinear", holder="ParameterDict", lora_A=part(2, 8), lora_B=part(4, 2), lora_E=part(2, 2), ranknum=part(1)),
     "linear(bias=True, adapter='AdaLoRA', lora_rank=2, lora_dropout=0.0, lora_bias=False, lora_parts='lora_E 2x2', lora_alpha=?, adapter_name='default', adapter_parameters=29, adapter_class='SVDLinear')"),
    ("loha", wrapped("loha.Linear", holder="ParameterDict", hada_w1_a=part(4, 2), hada_w1_b=part(2, 8), hada_w2_a=part(4, 2), hada_w2_b=part(2, 8)),
     "linear(bias=True, adapter='LoHa', adapter_rank=2, adapter_dropout=0.0, scaling=?, adapter_name='default', adapter_parameters=48)"),
    ("lokr", wrapped("lokr.Linear", holder="ParameterDict", lokr_w1=part(2, 2), lokr_w2=part(2, 4)),
     "linear(bias=True, adapter='LoKr', adapter_dropout=0.0, adapter_parts='lokr_w1 2x2; lokr_w2 2x4', scaling=?, adapter_name='default', adapter_parameters=12)"),
    ("vera", wrapped("vera.Linear", holder="ParameterDict", vera_lambda_b=part(4), vera_lambda_d=part(3)),
     "linear(bias=True, adapter='VeRA', adapter_rank=3, adapter_dropout=0.0, adapter_name='default', adapter_parameters=7)"),
    ("hra", wrapped("hra.Linear", holder="ParameterDict", hra_u=part(8, 2)),
     "linear(bias=True, adapter='HRA', adapter_rank=2, adapter_dropout=0.0, adapter_name='default', adapter_parameters=16)"),
    ("ia3", wrapped("Linear", holder="ParameterDict", ia3_l=part(4, 1)),
     "linear(bias=True, adapter='IA3', adapter_dropout=0.0, adapter_name='default', adapter_parameters=4)"),
    ("oft", wrapped("oft.Linear", holder="ParameterDict", oft_R=part(2, 4, 4)),
     "linear(bias=True, adapter='OFT', adapter_dropout=0.0, adapter_parts='oft_R 2x4x4', adapter_name='default', adapter_parameters=32)"),
    ("in-half-precision", wrapped("ia3.Linear", holder="ParameterDict", ia3_l=part(4, 1, dtype="cuda.HalfTensor")),
     "linear(bias=True, adapter='IA3', adapter_dropout=0.0, adapter_dtype='HalfTensor', adapter_name='default', adapter_parameters=4)"),
    ("in-two-precisions", wrapped("loha.Linear", holder="ParameterDict", hada_w1_a=part(4, 2), hada_w1_b=part(2, 8, dtype="HalfTensor")),
     "linear(bias=True, adapter='LoHa', adapter_rank=2, adapter_dropout=0.0, adapter_dtype='FloatTensor and HalfTensor', scaling=?, adapter_name='default', adapter_parameters=24)"),
    ("of-a-library", wrapped("acme.odd.Linear", odd_part=DOWN),
     "linear(bias=True, adapter='odd', adapter_dropout=0.0, adapter_parts='odd_part Linear(in_features=8, out_features=2, bias=False)', adapter_name='default', adapter_parameters=16)"),
    ("of-an-embedding", wrapped("lora.Embedding", base="Embedding(10, 8)", holder="ParameterDict", lora_embedding_A=part(2, 10), lora_embedding_B=part(8, 2)),
     "embedding(adapter='LoRA', lora_rank=2, lora_dropout=0.0, lora_bias=False, lora_alpha=?, adapter_name='default', adapter_parameters=36)"),
    ("of-a-convolution", wrapped("lora.Conv2d", base="Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))", lora_A="Conv2d(3, 2, kernel_size=(3, 3), stride=(1, 1), bias=False)", lora_B="Conv2d(2, 8, kernel_size=(1, 1), stride=(1, 1), bias=False)"),
     "conv_2d(adapter='LoRA', lora_rank=2, lora_dropout=0.0, lora_bias=False, lora_alpha=?, adapter_name='default', adapter_parameters=70)"),
    ("of-a-convolution-with-another-kernel", wrapped("lora.Conv2d", base="Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))", lora_A="Conv2d(3, 2, kernel_size=(1, 1), stride=(1, 1), bias=False)", lora_B="Conv2d(2, 8, kernel_size=(1, 1), stride=(1, 1), bias=False)"),
     "conv_2d(adapter='LoRA', lora_dropout=0.0, lora_bias=False, lora_parts='lora_A Conv2d(3, 2, kernel_size=(1, 1), stride=(1, 1), bias=False); lora_B Conv2d(2, 8, kernel_size=(1, 1), stride=(1, 1), bias=False)', lora_alpha=?, adapter_name='default', adapter_parameters=22)"),
    ("two-adapters", holding("lora.Linear", base_layer=LINEAR, lora_A=holding("ModuleDict", a=DOWN, b=DOWN), lora_B=holding("ModuleDict", a=UP, b=UP)),
     "linear(bias=True, adapter='2 x LoRA', lora_rank='2 and 2', lora_dropout='0.0 and 0.0', lora_bias='False and False', lora_alpha=?, adapter_name='a and b', active_adapter=?, adapter_parameters=48)"),
    ("printed-into-the-layer", holding("Linear", settings="in_features=8, out_features=4, bias=True", lora_A=DOWN, lora_B=UP),
     "linear(bias=True, adapter='LoRA', lora_rank=2, lora_dropout=0.0, lora_bias=False, lora_alpha=?, adapter_parameters=24)"),
    # what is left alone
    ("of-nobody", wrapped("Linear", odd_part=DOWN),
     "Linear() with base_layer, odd_part"),
    ("around-a-class-of-somebody", wrapped("lora.Linear", base="Odd()", lora_A=DOWN, lora_B=UP),
     "lora.Linear() with base_layer, lora_A, lora_B"),
    ("around-a-container", wrapped("lora.Linear", base=holding("Sequential", LINEAR), lora_A=DOWN, lora_B=UP),
     "lora.Linear() with base_layer, lora_A, lora_B"),
    ("around-a-function", wrapped("lora.Linear", base="ReLU()", odd_part=DOWN),
     "relu(adapter='lora', adapter_dropout=0.0, adapter_parts='odd_part Linear(in_features=8, out_features=2, bias=False)', adapter_name='default', adapter_parameters=16)"),
    ("no-parts", holding("lora.Linear", base_layer=LINEAR),
     "lora.Linear() with base_layer"),
    ("empty-parts", holding("lora.Linear", base_layer=LINEAR, lora_A="ModuleDict()"),
     "lora.Linear() with base_layer, lora_A"),
    ("parts-that-hold-more", wrapped("lora.Linear", lora_A=holding("Sequential", DOWN), lora_B=UP),
     "lora.Linear() with base_layer, lora_A, lora_B"),
    ("parts-of-another-class", holding("lora.Linear", base_layer=LINEAR, lora_A=holding("Sequential", default=DOWN)),
     "lora.Linear() with base_layer, lora_A"),
    ("folded-parts", holding("lora.Linear", base_layer=LINEAR, lora_A="ModuleList(\n  (0-1): 2 x Linear(in_features=8, out_features=2)\n)"),
     "lora.Linear() with base_layer, lora_A"),
    ("with-settings-of-its-own", holding("lora.Linear", settings="scale=2", base_layer=LINEAR, lora_A=holding("ModuleDict", default=DOWN), lora_B=holding("ModuleDict", default=UP)),
     "lora.Linear(scale=2) with base_layer, lora_A, lora_B"),
    ("with-settings-of-the-layer", holding("lora.Linear", settings="in_features=8, out_features=4, bias=True", base_layer=LINEAR, lora_A=holding("ModuleDict", default=DOWN), lora_B=holding("ModuleDict", default=UP)),
     "linear(bias=True, adapter='LoRA', lora_rank=2, lora_dropout=0.0, lora_bias=False, lora_alpha=?, adapter_name='default', adapter_parameters=24)"),
    ("a-copy-for-training", wrapped("lora.Linear", ln_tuning_layers=LINEAR),
     "linear(bias=True, trained_copies=1, copy_name='default', kept_parameters=36)"),
    ("around-an-adapter", wrapped("lora.Linear", base=wrapped("lora.Linear", lora_A=DOWN, lora_B=UP), lora_A=DOWN, lora_B=UP),
     "lora.Linear() with base_layer, lora_A, lora_B"),
    ("half-an-adapter-in-the-layer", holding("Linear", settings="in_features=8, out_features=4, bias=True", lora_A=DOWN),
     "linear(bias=True) with lora_A"),
    ("more-than-an-adapter-in-the-layer", holding("Linear", settings="in_features=8, out_features=4, bias=True", lora_A=DOWN, lora_B=UP, odd="ReLU()"),
     "linear(bias=True) with lora_A, lora_B, odd"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "form"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_form(text: str, form: str) -> None:
    (layer,) = rules.normalize(parse.parse(holding("Net", q=text))[0]).root.children
    settings = [
        f"{each.name}={'?' if each.value is UNKNOWN else repr(each.value)}"
        for each in layer.settings
        if each.name not in (*SIZES, *WINDOWS)
    ]
    children = f" with {', '.join(child.name for child in layer.children)}" if layer.children else ""
    assert f"{layer.kind or layer.class_name}({', '.join(settings)}){children}" == form
