"""Two fractions that add up to one, and one number under opposite conventions: the finding says so, others do not."""

from __future__ import annotations

import pytest

from archdiff import api, parse

KEEP, MOMENTUM = "drop or keep probability?", "the other convention, m and 1 - m?"
ZEROS = "share of zeros, or share of non-zeros?"
LINEAR = "SparseWeights(\n    {}\n    (module): Linear(in_features=20, out_features=10, bias=True)\n  )"
CONV = "SparseWeights2d(\n    {}\n    (module): Conv2d(4, 8, kernel_size=(5, 5), stride=(1, 1))\n  )"


@pytest.mark.parametrize(
    ("ours", "theirs", "hint"),
    [
        # left alone
        ("Dropout(p=0.1)", "Dropout(p=0.8)", ""),
        ("Dropout(p=0.0)", "Dropout(p=0.5)", ""),
        ("BatchNorm1d(20, momentum=0.1)", "BatchNorm1d(20, momentum=0.02)", ""),
        ("ELU(alpha=0.1)", "ELU(alpha=0.9)", ""),
        (LINEAR.format("sparsity=0.4"), LINEAR.format("sparsity=0.5"), ""),
        # a = 1 - b
        ("Dropout(p=0.1)", "Dropout(p=0.9)", KEEP),
        ("Dropout2d(p=0.3)", "Dropout2d(p=0.7)", KEEP),
        ("AlphaDropout(p=0.1)", "AlphaDropout(p=0.9)", KEEP),
        ("StochasticDepth(p=0.2, mode=row)", "StochasticDepth(p=0.8, mode=row)", KEEP),
        ("DropPath(drop_prob=0.100)", "DropPath(drop_prob=0.900)", KEEP),
        ("LSTM(8, 4, num_layers=2, dropout=0.2)", "LSTM(8, 4, num_layers=2, dropout=0.8)", KEEP),
        ("BatchNorm1d(20, momentum=0.1)", "BatchNorm1d(20, momentum=0.9)", MOMENTUM),
        ("BatchNorm2d(20, momentum=0.01)", "BatchNorm2d(20, momentum=0.99)", MOMENTUM),
        ("SyncBatchNorm(20, momentum=0.1)", "SyncBatchNorm(20, momentum=0.9)", MOMENTUM),
        (LINEAR.format("sparsity=0.4"), LINEAR.format("sparsity=0.6"), ZEROS),
        (CONV.format("weight_sparsity=0.4"), CONV.format("weight_sparsity=0.6"), ZEROS),
        # the same number, the other convention
        (
            LINEAR.format("weight_sparsity=0.3"),
            LINEAR.format("sparsity=0.3"),
            f"{ZEROS}; opposite conventions? weight_sparsity=0.3 against sparsity=0.3",
        ),
        (
            CONV.format("sparsity=0.4"),
            CONV.format("weight_sparsity=0.4"),
            f"{ZEROS}; opposite conventions? sparsity=0.4 against weight_sparsity=0.4",
        ),
    ],
)
def test_hint(ours: str, theirs: str, hint: str) -> None:
    (a,), (b,) = (parse.parse(f"Sequential(\n  (0): {text}\n)\n") for text in (ours, theirs))
    outcome = api.compare_networks(a, b)
    (finding,) = (finding for finding in outcome.findings if finding.setting)
    assert finding.hint == hint


def test_the_same_density_in_both_conventions_is_no_finding_that_counts() -> None:
    texts = (LINEAR.format("weight_sparsity=0.4"), LINEAR.format("sparsity=0.6"))
    (a,), (b,) = (parse.parse(f"Sequential(\n  (0): {text}\n)\n") for text in texts)
    assert api.compare_networks(a, b).verdict == "equivalent"


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict"),
    [
        (
            "Conv2d(3, 8, kernel_size=(3, 5), padding=same)",
            "Conv2d(3, 8, kernel_size=(3, 5), padding=(1, 2))",
            "cosmetic",
        ),
        ("Conv2d(3, 8, kernel_size=(3, 3), padding=valid)", "Conv2d(3, 8, kernel_size=(3, 3))", "cosmetic"),
        ("Conv1d(3, 8, kernel_size=(4,), padding=same)", "Conv1d(3, 8, kernel_size=(4,), padding=(1,))", "function"),
        (
            "Conv1d(3, 8, kernel_size=(3,), dilation=(2,), padding=same)",
            "Conv1d(3, 8, kernel_size=(3,), dilation=(2,), padding=(1,))",
            "function",
        ),
        (
            "Conv2d(3, 8, kernel_size=(3, 3), padding_mode=reflect)",
            "Conv2d(3, 8, kernel_size=(3, 3))",
            "equivalent",
        ),
        (
            "Conv2d(3, 8, kernel_size=(3, 3), padding=same, padding_mode=reflect)",
            "Conv2d(3, 8, kernel_size=(3, 3), padding=same)",
            "function",
        ),
        ("LSTM(8, 4, dropout=0.2)", "LSTM(8, 4)", "equivalent"),
        ("LSTM(8, 4, num_layers=2, dropout=0.2)", "LSTM(8, 4, num_layers=2)", "training"),
        (
            "BatchNorm1d(8, momentum=0.2, track_running_stats=False)",
            "BatchNorm1d(8, track_running_stats=False)",
            "equivalent",
        ),
        ("BatchNorm1d(8, momentum=0.2)", "BatchNorm1d(8)", "training"),
        ("Hardtanh(min_val=0.0, max_val=6.0)", "ReLU6()", "equivalent"),
        ("Hardtanh(min_val=0.0, max_val=inf)", "ReLU(inplace=True)", "equivalent"),
        ("Hardtanh(min_val=0.0, max_val=5.0)", "ReLU6()", "function"),
        ("Threshold(threshold=0.0, value=0.0)", "LeakyReLU(negative_slope=0.0)", "equivalent"),
        ("Threshold(threshold=0.1, value=0.0)", "ReLU()", "function"),
        ("CELU(alpha=1.0)", "ELU(alpha=1.0)", "equivalent"),
        ("CELU(alpha=0.5)", "ELU(alpha=0.5)", "function"),
        # other libraries
        ("torch.nn.ReLU()", "ReLU()", "cosmetic"),
        ("SiLUActivation()", "SiLU()", "cosmetic"),
        ("_LinearWithBias(8, 8)", "NonDynamicallyQuantizableLinear(8, 8)", "cosmetic"),
        ("MemoryEfficientSwish()", "Swish()", "cosmetic"),
        ("GELUActivation()", "GELU(approximate='none')", "cosmetic"),
        ("NewGELUActivation()", "GELU(approximate='tanh')", "cosmetic"),
        ("NewGELUActivation()", "GELUActivation()", "function"),
        ("QuickGELUActivation()", "GELUActivation()", "function"),
        ("LlamaRMSNorm((8,), eps=1e-06)", "Qwen2RMSNorm((8,), eps=1e-06)", "cosmetic"),
        ("LlamaRMSNorm((8,), eps=1e-06)", "RMSNorm((8,), eps=1e-05)", "function"),
        ("Swinv2DropPath(p=0.1)", "DropPath(drop_prob=0.100)", "cosmetic"),
        ("Swinv2DropPath(p=0.1)", "DropPath(drop_prob=0.200)", "training"),
        ("Conv1D(nf=4, nx=8)", "Linear(in_features=8, out_features=4)", "cosmetic"),
        ("Linear4bit(in_features=8, out_features=4)", "Linear(in_features=8, out_features=4)", "function"),
        ("Linear4bit(in_features=8, out_features=4)", "Linear8bitLt(in_features=8, out_features=4)", "function"),
        ("StdConv2d(3, 8, kernel_size=(3, 3))", "Conv2d(3, 8, kernel_size=(3, 3))", "function"),
        (
            "Conv2dSame(3, 8, kernel_size=(3, 3), stride=(1, 1))",
            "Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))",
            "cosmetic",
        ),
        (
            "Conv2dSame(3, 8, kernel_size=(3, 3), stride=(2, 2))",
            "Conv2d(3, 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1))",
            "function",
        ),
    ],
)
def test_settings_that_come_to_the_same_or_change_nothing(ours: str, theirs: str, verdict: str) -> None:
    (a,), (b,) = (parse.parse(f"Sequential(\n  (0): {text}\n)\n") for text in (ours, theirs))
    assert api.compare_networks(a, b).verdict == api.compare_networks(b, a).verdict == verdict


def test_one_function_under_two_names_is_told_once_for_all_blocks() -> None:
    block = "    (0): Linear(in_features=8, out_features=8, bias=True)\n    (1): {}\n  )\n"
    texts = ("Hardtanh(min_val=0.0, max_val=6.0)", "ReLU6()")
    (a,), (b,) = (
        parse.parse("Net(\n" + "".join(f"  (b{i}): Sequential(\n{block.format(text)}" for i in range(3)) + ")")
        for text in texts
    )
    (finding,) = api.compare_networks(a, b).findings
    assert (finding.rule, finding.count) == ("AD105", 3)
    assert finding.message == "Hardtanh and ReLU6 compute the same function with these settings"


@pytest.mark.parametrize(
    ("ours", "theirs", "message"),
    [
        (
            "GemmaRMSNorm((8,), eps=1e-06)",
            "LlamaRMSNorm((8,), eps=1e-06)",
            "GemmaRMSNorm, not LlamaRMSNorm: similar names, but no print shows what they compute",
        ),
        ("GemmaRMSNorm((8,), eps=1e-06)", "GemmaRMSNorm((8,), eps=1e-06)", ""),
        ("LlamaRMSNorm()", "LlamaRMSNorm()", "neither print shows eps of LlamaRMSNorm"),
        (
            "LlamaRotaryEmbedding()",
            "LlamaRotaryEmbedding()",
            "neither print shows rope_base of LlamaRotaryEmbedding",
        ),
        ("LayerScale()", "LayerScale()", ""),
    ],
)
def test_what_no_print_of_another_library_shows(ours: str, theirs: str, message: str) -> None:
    (a,), (b,) = (parse.parse(f"Net(\n  (0): {text}\n  (1): {text}\n)\n") for text in (ours, theirs))
    findings = api.compare_networks(a, b).findings
    assert [(each.effect.word, each.message) for each in findings] == ([("unknown", message)] if message else [])
    assert all("print(" in each.hint and each.count == 2 for each in findings)


TIMM = """\
Net(
  (conv1): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), bias=False)
  (bn1): BatchNormAct2d(
    8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True
    (drop): Identity()
    (act): ReLU(inplace=True)
  )
  (global_pool): SelectAdaptivePool2d(pool_type=avg, flatten=Flatten(start_dim=1, end_dim=-1))
  (fc): Linear(in_features=8, out_features=10, bias=True)
)
"""
TORCHVISION = """\
Net(
  (conv1): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), bias=False)
  (bn1): BatchNorm2d(8, eps=1e-05, momentum={momentum}, affine=True, track_running_stats=True)
  (relu): ReLU(inplace=True)
  (avgpool): AdaptiveAvgPool2d(output_size=(1, 1))
  (flatten): Flatten(start_dim=1, end_dim=-1)
  (fc): Linear(in_features=8, out_features=10, bias=True)
)
"""


@pytest.mark.parametrize(("momentum", "verdict"), [("0.1", "equivalent"), ("0.01", "training")])
def test_a_network_of_timm_against_one_of_torchvision(momentum: str, verdict: str) -> None:
    (a,), (b,) = parse.parse(TIMM), parse.parse(TORCHVISION.format(momentum=momentum))
    assert api.compare_networks(a, b).verdict == api.compare_networks(b, a).verdict == verdict


@pytest.mark.parametrize(("name", "verdict"), [("_WeightNorm", "unknown"), ("_SpectralNorm", "function")])
def test_parametrized_weights(name: str, verdict: str) -> None:
    inside = f"(weight): ParametrizationList(\n        (0): {name}()\n      )"
    parts = f"    (parametrizations): ModuleDict(\n      {inside}\n    )\n"
    settings = "in_features=8, out_features=4, bias=True"
    (a,) = parse.parse(f"Net(\n  (fc): ParametrizedLinear(\n    {settings}\n{parts}  )\n)\n")
    (b,) = parse.parse(f"Net(\n  (fc): Linear({settings})\n)\n")
    assert api.compare_networks(a, b).verdict == api.compare_networks(b, a).verdict == verdict
