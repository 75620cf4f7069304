"""Layers of other libraries as their prints hold them.

What they compute, by the formulas that stand here, and their parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from archdiff import parse
from archdiff.execute.building.build import build
from archdiff.execute.source.writer import source

pytestmark = pytest.mark.usefixtures("one_thread")


def built(text: str) -> nn.Module:
    [network] = parse.parse(text, "mine.txt")
    return build(network).module


def made_by_the_program(text: str) -> nn.Module:
    [network] = parse.parse(text, "mine.txt")
    names: dict[str, Any] = {"__name__": "mine"}
    exec(compile(source(network), "mine.py", "exec"), names)
    return names["build"]()


def norm(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Over the channels of each position."""
    mean, var = x.mean(1, keepdim=True), x.var(1, unbiased=False, keepdim=True)
    done = (x - mean) / (var + 1e-6).sqrt() * weight[:, None, None]
    return done if bias is None else done + bias[:, None, None]


def padded_as_tensorflow(x: Tensor, weight: Tensor, stride: tuple[int, int]) -> Tensor:
    """8 rows at stride 3 are 3 outputs, which take 9: one more, behind; 9 columns at stride 2 are 5, which take 11."""
    return functional.conv2d(functional.pad(x, (1, 1, 0, 1)), weight, stride=stride)


KEYS = {"weight": (4,), "bias": (4,)}
STATISTICS = {**KEYS, "running_mean": (4,), "running_var": (4,)}

COMPUTED = [
    pytest.param(
        "LayerNorm2d((4,), eps=1e-06, elementwise_affine=True)",
        KEYS,
        lambda x, m: norm(x, m.weight, m.bias),
        id="LayerNorm2d",
    ),
    pytest.param(
        "LayerNorm2dNoBias((4,), eps=1e-06, elementwise_affine=True, bias=False)",
        {"weight": (4,)},
        lambda x, m: norm(x, m.weight, None),
        id="LayerNorm2d without a bias",
    ),
    pytest.param(
        "LayerNormAct2d(\n  (4,), eps=1e-06, elementwise_affine=True\n  (drop): Identity()\n  (act): ReLU()\n)",
        KEYS,
        lambda x, m: norm(x, m.weight, m.bias).relu(),
        id="LayerNorm2d and an activation",
    ),
    pytest.param(
        "BatchNormAct2d(\n  4, eps=0.5, momentum=0.1, affine=True, track_running_stats=True\n"
        "  (drop): Identity()\n  (act): Tanh()\n)",
        {**STATISTICS, "num_batches_tracked": ()},
        lambda x, m: (x / 1.5**0.5 * m.weight[:, None, None] + m.bias[:, None, None]).tanh(),
        id="BatchNorm2d and an activation",
    ),
    pytest.param(
        "FrozenBatchNorm2d(4, eps=0.5)", STATISTICS, lambda x, _m: x / 1.5**0.5, id="statistics that never change"
    ),
    pytest.param(
        "SelectAdaptivePool2d(pool_type=avg, flatten=Flatten(start_dim=1, end_dim=-1))",
        {},
        lambda x, _m: x.mean((2, 3)),
        id="a pool and a Flatten",
    ),
    pytest.param(
        "SelectAdaptivePool2d(pool_type=max, flatten=Identity())",
        {},
        lambda x, _m: x.amax((2, 3), keepdim=True),
        id="a pool without one",
    ),
    pytest.param(
        "Conv2dSame(4, 3, kernel_size=(3, 3), stride=(3, 2), bias=False)",
        {"weight": (3, 4, 3, 3)},
        lambda x, m: padded_as_tensorflow(x, m.weight, (3, 2)),
        id="padding=same with a stride",
    ),
    pytest.param(
        "Conv2dStaticSamePadding(\n  4, 3, kernel_size=(3, 3), stride=(3, 2), bias=False\n"
        "  (static_padding): ZeroPad2d((1, 1, 0, 1))\n)",
        {"weight": (3, 4, 3, 3)},
        lambda x, m: padded_as_tensorflow(x, m.weight, (3, 2)),
        id="a padding that is printed as a child",
    ),
    pytest.param(
        "Conv1D(nf=3, nx=9)",
        {"weight": (9, 3), "bias": (3,)},
        lambda x, m: x @ m.weight + m.bias,
        id="a Linear with its weight the other way round",
    ),
    pytest.param("QuickGELUActivation()", {}, lambda x, _m: x / (1 + (-1.702 * x).exp()), id="QuickGELU"),
    pytest.param("DropPath(drop_prob=0.500)", {}, lambda x, _m: x, id="DropPath in inference"),
    pytest.param("StochasticDepth(p=0.5, mode=row)", {}, lambda x, _m: x, id="StochasticDepth in inference"),
]


@pytest.mark.parametrize(("text", "keys", "formula"), COMPUTED)
@pytest.mark.parametrize("make", [built, made_by_the_program])
def test_what_it_computes(
    make: Callable[[str], nn.Module], text: str, keys: dict[str, tuple[int, ...]], formula: Callable[..., Tensor]
) -> None:
    torch.manual_seed(0)
    module = make(text).double().eval()
    assert repr(module) == text
    assert {name: tuple(value.shape) for name, value in module.state_dict().items()} == keys
    for parameter in module.parameters():
        nn.init.normal_(parameter)
    x = torch.randn(2, 4, 8, 9, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(module(x), formula(x, module))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("DropPath(drop_prob=0.750)", {0.0, 4.0}),
        ("DropPath(drop_prob=0.750, scale_by_keep=False)", {0.0, 1.0}),
        ("DropPath(drop_prob=1.0)", {0.0}),
    ],
)
def test_samples_are_dropped_in_training_only(text: str, rows: set[float]) -> None:
    torch.manual_seed(0)
    module = built(text)
    assert set(module(torch.ones(64, 2, 2)).flatten(1).unique(dim=1).unique().tolist()) == rows
    assert torch.equal(module.eval()(torch.ones(64, 2)), torch.ones(64, 2))


def test_a_batch_is_dropped_as_a_whole() -> None:
    torch.manual_seed(0)
    module = built("StochasticDepth(p=0.5, mode=batch)")
    assert {tuple(module(torch.ones(4, 1)).flatten().tolist()) for _ in range(20)} == {(0.0,) * 4, (2.0,) * 4}


def test_a_norm_is_seen_apart_from_its_activation() -> None:
    """Reports show two layers; the parameters are those of one."""
    norm = "4, eps=1e-05, momentum=0.1, affine=True"
    text = f"BatchNormAct2d(\n  {norm}\n  (drop): Identity()\n  (act): ReLU(inplace=True)\n)"
    module = built(text)
    outputs = []
    module.register_forward_hook(lambda *call: outputs.append(call[-1].clone()))
    done = module(torch.randn(3, 4, 2, 2))
    assert (outputs[0] < 0).any()
    assert torch.equal(outputs[0].relu(), done)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        pytest.param(
            "StdConv2d(4, 3, kernel_size=(1, 1), stride=(1, 1))", ["weight", "bias"], id="its eps is not printed"
        ),
        pytest.param(
            "ScaledStdConv2dSame(4, 3, kernel_size=(1, 1), stride=(2, 2), bias=False)", ["weight", "gain"], id="gain"
        ),
        pytest.param("Linear8bitLt(in_features=9, out_features=3, bias=True)", ["weight", "bias"], id="few bits"),
        pytest.param("SelectAdaptivePool2d(pool_type=avgmax, flatten=Identity())", [], id="a pool that torch lacks"),
        pytest.param("GemmaRMSNorm((9,), eps=1e-06)", ["weight"], id="its formula is not known by the end of its name"),
        pytest.param("LayerScale()", [], id="a size that is not printed"),
        pytest.param("RMSNorm()", [], id="torch's own prints its size"),
        pytest.param("RmsNorm()", [], id="neither size nor eps"),
        pytest.param("DropPath()", [], id="an old print without its share"),
        pytest.param("Swish(beta=2)", [], id="a setting that nothing is known of"),
        pytest.param("RotaryEmbeddingCat()", [], id="a class of somebody"),
    ],
)
@pytest.mark.parametrize("make", [built, made_by_the_program])
def test_what_is_held_and_does_not_run(make: Callable[[str], nn.Module], text: str, keys: list[str]) -> None:
    module = make(text)
    assert repr(module) == text
    assert list(module.state_dict()) == keys
    with pytest.raises(NotImplementedError, match=f"no print holds the forward of {text.partition('(')[0]}"):
        module(torch.zeros(1, 4, 1, 9))
