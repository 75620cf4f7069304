# ruff: noqa: E501  (tables: a case a line)
"""What rules make of one network: every layer with its line, path, kind and settings; what is left alone among it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from answers import holding
from archdiff import parse
from archdiff.model.network import UNKNOWN, Layer, join
from archdiff.semantics import rules

LINEAR = "Linear(in_features=8, out_features=4, bias=True)"


def ordered(*children: str) -> str:
    return holding("Sequential", *children)


#: id, text, leaves and what else has settings in normal form; `?`: not known
CASES = [
    # same_activation
    ("hardtanh-of-6", ordered("Hardtanh(min_val=0.0, max_val=6.0)"),
     ["2 0 relu6()"]),
    ("hardtanh-of-7", ordered("Hardtanh(min_val=0.0, max_val=7.0)"),
     ["2 0 hardtanh(min_val=0.0, max_val=7.0)"]),
    ("hardtanh-from-minus-1", ordered("Hardtanh(min_val=-1.0, max_val=6.0)"),
     ["2 0 hardtanh(min_val=-1.0, max_val=6.0)"]),
    ("hardtanh-without-end", ordered("Hardtanh(min_val=0.0, max_val=inf)"),
     ["2 0 relu()"]),
    ("threshold-of-0", ordered("Threshold(threshold=0, value=0, inplace=True)"),
     ["2 0 relu(inplace=True)"]),
    ("threshold-of-1", ordered("Threshold(threshold=1, value=0)"),
     ["2 0 threshold(threshold=1, value=0)"]),
    ("threshold-to-1", ordered("Threshold(threshold=0, value=1)"),
     ["2 0 threshold(threshold=0, value=1)"]),
    ("celu-of-1", ordered("CELU(alpha=1.0)"),
     ["2 0 elu(alpha=1.0)"]),
    ("celu-of-2", ordered("CELU(alpha=2.0)"),
     ["2 0 celu(alpha=2.0)"]),
    ("leaky-of-0", ordered("LeakyReLU(negative_slope=0.0)"),
     ["2 0 relu()"]),
    ("leaky", ordered("LeakyReLU(negative_slope=0.01)"),
     ["2 0 leaky_relu(negative_slope=0.01)"]),
    ("alone-is-left-as-it-is", "Hardtanh(min_val=0.0, max_val=6.0)",
     ["1 . hardtanh(min_val=0.0, max_val=6.0)"]),
    # relu_before_k_winners
    ("winners-behind-relu", ordered("ReLU()", "KWinners(n=30, percent_on=0.1, relu=False)"),
     ["3 1 k_winners(n=30, percent_on=0.1, relu=True)"]),
    ("winners-of-somebody", holding("Net", a="ReLU()", b="KWinners(n=30, percent_on=0.1)"),
     ["2 a relu()", "3 b k_winners(n=30, percent_on=0.1)"]),
    ("winners-of-a-chain", holding("DSBlock", fc=LINEAR, act="ReLU()", k="KWinners(n=4, percent_on=0.5)"),
     ["2 fc linear(in_features=8, out_features=4, bias=True)", "4 k k_winners(n=4, percent_on=0.5, relu=True)"]),
    ("winners-behind-tanh", ordered("ReLU()", "Tanh()", "KWinners(n=30, percent_on=0.1)"),
     ["2 0 relu()", "3 1 tanh()", "4 2 k_winners(n=30, percent_on=0.1)"]),
    ("winners-behind-flatten-and-tanh", ordered("ReLU()", "Flatten()", "Tanh()", "KWinners(n=30, percent_on=0.1)"),
     ["2 0 relu()", "3 1 flatten()", "4 2 tanh()", "5 3 k_winners(n=30, percent_on=0.1)"]),
    ("winners-behind-two-relus", ordered("ReLU()", "ReLU()", "KWinners(n=30, percent_on=0.1)"),
     ["4 2 k_winners(n=30, percent_on=0.1, relu=True)"]),
    ("winners-twice", ordered("ReLU()", "KWinners(n=30, percent_on=0.1)", "ReLU()", "KWinners(n=30, percent_on=0.2)"),
     ["3 1 k_winners(n=30, percent_on=0.1, relu=True)", "5 3 k_winners(n=30, percent_on=0.2, relu=True)"]),
    # sparse_weights
    ("sparse", ordered(holding("SparseWeights", module=LINEAR, settings="sparsity=0.25")),
     ["2 0 linear(in_features=8, out_features=4, bias=True, weight_density=0.75)"]),
    ("sparse-of-some", ordered(holding("SparseWeights", module=LINEAR, settings="weight_sparsity=0.3")),
     ["2 0 linear(in_features=8, out_features=4, bias=True, weight_density=0.25)"]),
    ("sparse-around-nothing-known", ordered(holding("SparseWeights", module="ReLU()", settings="sparsity=0.25")),
     ["2 0 sparse_weights(sparsity=0.25) with children", "4 0.module relu()"]),
    ("sparse-without-size", ordered(holding("SparseWeights", module="Linear(out_features=4, bias=True)", settings="sparsity=0.25")),
     ["2 0 sparse_weights(sparsity=0.25) with children", "4 0.module linear(out_features=4, bias=True)"]),
    ("sparse-without-share", ordered(holding("SparseWeights", module=LINEAR, settings="seed=3")),
     ["2 0 linear(in_features=8, out_features=4, bias=True, weight_density=?, seed=3)"]),
    ("sparse-of-two", ordered(holding("SparseWeights", module=LINEAR, other=LINEAR, settings="sparsity=0.25")),
     ["2 0 SparseWeights(sparsity=0.25) with children", "4 0.module linear(in_features=8, out_features=4, bias=True)", "5 0.other linear(in_features=8, out_features=4, bias=True)"]),
    ("sparse-of-no-inputs", ordered(holding("SparseWeights", module="Linear(in_features=0, out_features=4, bias=True)", settings="sparsity=0.25")),
     ["2 0 linear(in_features=0, out_features=4, bias=True, weight_density=?, sparsity=0.25)"]),
    ("sparse-with-a-seed", ordered(holding("SparseWeights2d", module="Conv2d(1, 4, kernel_size=(5, 5), stride=(1, 1))", settings="sparsity=0.5, seed=3")),
     ["2 0 conv_2d(in_channels=1, out_channels=4, kernel_size=(5, 5), stride=(1, 1), weight_density=0.48, seed=3)"]),
    # sequential_nesting, identity, wrappers, norm_act
    ("nested-with-settings", ordered(holding("Sequential", "ReLU()", settings="name=x")),
     ["2 0 sequential(name='x') with children", "4 0.0 relu()"]),
    ("nested-in-a-wrapper", holding("DataParallel", module=ordered(ordered("ReLU()"), "Tanh()")),
     ["4 module.0.0 relu()", "6 module.1 tanh()"]),
    ("nested-in-a-list", holding("ModuleList", ordered("ReLU()"), "Tanh()"),
     ["3 0.0 relu()", "5 1 tanh()"]),
    ("identity-in-a-list", holding("ModuleList", "Identity()", "Tanh()"),
     ["2 0 identity()", "3 1 tanh()"]),
    ("identity-in-order", ordered("Identity()", "Tanh()", "Identity()"),
     ["3 1 tanh()"]),
    ("identities-alone", ordered("Identity()", "Identity()"),
     ["2 0 identity()", "3 1 identity()"]),
    ("wrapper-with-settings", holding("Net", a=holding("DataParallel", module="ReLU()", settings="ids=3")),
     ["2 a wrapper(ids=3) with children", "4 a.module relu()"]),
    ("wrapper-of-two", holding("Net", a=holding("DataParallel", module="ReLU()", more="Tanh()")),
     ["3 a.module relu()", "4 a.more tanh()"]),
    ("wrapper-at-the-root", holding("DataParallel", module=LINEAR),
     ["2 module linear(in_features=8, out_features=4, bias=True)"]),
    ("wrapper-in-a-wrapper", holding("Net", a=holding("DataParallel", module=holding("OptimizedModule", _orig_mod=LINEAR))),
     ["4 a.module._orig_mod linear(in_features=8, out_features=4, bias=True)"]),
    ("peft", holding("PeftModel", base_model=holding("LoraModel", model=holding("Net", a=LINEAR))),
     ["4 base_model.model.a linear(in_features=8, out_features=4, bias=True)"]),
    ("peft-of-another-name", holding("PeftModel", inner=holding("LoraModel", net=holding("Net", a=LINEAR))),
     ["4 inner.net.a linear(in_features=8, out_features=4, bias=True)"]),
    ("peft-for-something", holding("PeftModelForCausalLM", base_model=holding("LoraModel", model=holding("Net", a=LINEAR))),
     ["4 base_model.model.a linear(in_features=8, out_features=4, bias=True)"]),
    ("tuner-of-somebody", holding("LoRAModel", model=holding("Net", a=LINEAR)),
     ["3 model.a linear(in_features=8, out_features=4, bias=True)"]),
    ("norm-and-activation", holding("Net", bn=holding("BatchNormAct2d", drop="Identity()", act="SiLU()", settings="8, eps=1e-05")),
     ["2 bn batch_norm_2d(num_features=8, eps=1e-05)", "5 bn.act silu()"]),
    ("norm-without-activation", holding("Net", bn="BatchNormAct2d(8, eps=1e-05)"),
     ["2 bn batch_norm_2d(num_features=8, eps=1e-05)"]),
    # select_adaptive_pool, static_padding
    ("pool-of-means", ordered("SelectAdaptivePool2d(pool_type=avg, flatten=Identity())"),
     ["2 0 adaptive_avg_pool_2d(output_size=(1, 1))"]),
    ("pool-of-largest", ordered("SelectAdaptivePool2d(pool_type=max, flatten=Flatten(start_dim=1, end_dim=-1))"),
     ["2 0 adaptive_max_pool_2d(output_size=(1, 1))", "2 0.flatten flatten(start_dim=1, end_dim=-1)"]),
    ("pool-flattened-otherwise", ordered("SelectAdaptivePool2d(pool_type=max, flatten=Flatten(start_dim=2, end_dim=-1))"),
     ["2 0 select_adaptive_pool_2d(pool_type='max', flatten='Flatten(start_dim=2, end_dim=-1)')"]),
    ("pool-of-no-name", ordered("SelectAdaptivePool2d(pool_type=odd, flatten=Identity())"),
     ["2 0 select_adaptive_pool_2d(pool_type='odd', flatten='Identity()')"]),
    ("static-padding", holding("Net", c=holding("Conv2dStaticSamePadding", static_padding="ZeroPad2d((0, 1, 0, 1))", settings="3, 8, kernel_size=(3, 3), stride=(2, 2)")),
     ["2 c conv_2d(in_channels=3, out_channels=8, kernel_size=(3, 3), stride=(2, 2), padding='same', static_padding=((0, 1, 0, 1), 0.0))"]),
    ("static-padding-of-nothing", holding("Net", c=holding("Conv2dStaticSamePadding", static_padding="Identity()", settings="3, 8, kernel_size=(1, 1), stride=(1, 1)")),
     ["2 c conv_2d(in_channels=3, out_channels=8, kernel_size=(1, 1), stride=(1, 1), padding='same')"]),
    ("static-padding-of-something", holding("Net", c=holding("Conv2dStaticSamePadding", static_padding="ReLU()", settings="3, 8, kernel_size=(1, 1), stride=(1, 1)")),
     ["2 c conv_2d(in_channels=3, out_channels=8, kernel_size=(1, 1), stride=(1, 1), padding='same') with children", "4 c.static_padding relu()"]),
    ("static-padding-of-another-class", holding("Net", c=holding("Conv2d", static_padding="ZeroPad2d((0, 1, 0, 1))", settings="3, 8, kernel_size=(1, 1), stride=(1, 1)")),
     ["2 c conv_2d(in_channels=3, out_channels=8, kernel_size=(1, 1), stride=(1, 1)) with children", "4 c.static_padding constant_pad_2d(padding=(0, 1, 0, 1), value=0.0)"]),
    # parametrized
    ("weight-norm", holding("Net", c=holding("ParametrizedLinear", parametrizations=holding("ModuleDict", weight=holding("ParametrizationList", "_WeightNorm()")), settings="in_features=8, out_features=4, bias=True")),
     ["2 c linear(in_features=8, out_features=4, bias=True)", "6 c.parametrizations.weight.0 weight_norm(tensor='weight')"]),
    ("weight-and-bias", holding("Net", c=holding("ParametrizedLinear", parametrizations=holding("ModuleDict", weight=holding("ParametrizationList", "_WeightNorm()", "_Orthogonal()"), bias=holding("ParametrizationList", "Odd()")), settings="in_features=8, out_features=4, bias=True")),
     ["2 c linear(in_features=8, out_features=4, bias=True)", "6 c.parametrizations.weight.0 weight_norm(tensor='weight')", "7 c.parametrizations.weight.1 orthogonal(tensor='weight')", "10 c.parametrizations.bias.0 Odd(tensor='bias')"]),
    ("parametrized-of-nothing-known", holding("Net", c=holding("ParametrizedOdd", parametrizations=holding("ModuleDict", weight=holding("ParametrizationList", "_WeightNorm()")))),
     ["5 c.parametrizations.weight.0 weight_norm()"]),
    ("parametrized-without-parts", holding("Net", c=holding("ParametrizedLinear", other=LINEAR, settings="in_features=8, out_features=4, bias=True")),
     ["2 c ParametrizedLinear(in_features=8, out_features=4, bias=True) with children", "4 c.other linear(in_features=8, out_features=4, bias=True)"]),
    # modules_to_save
    ("trained-copy", holding("Net", head=holding("ModulesToSaveWrapper", original_module=LINEAR, modules_to_save=holding("ModuleDict", default=LINEAR))),
     ["2 head linear(in_features=8, out_features=4, bias=True, trained_copies=1, copy_name='default', kept_parameters=36)"]),
    ("trained-copies", holding("Net", head=holding("ModulesToSaveWrapper", original_module=LINEAR, modules_to_save=holding("ModuleDict", a=LINEAR, b=LINEAR))),
     ["2 head linear(in_features=8, out_features=4, bias=True, trained_copies=2, copy_name='a and b', kept_parameters=72)"]),
    ("trained-copy-of-another-size", holding("Net", head=holding("ModulesToSaveWrapper", original_module=LINEAR, modules_to_save=holding("ModuleDict", default=LINEAR.replace("4", "5")))),
     ["3 head.original_module linear(in_features=8, out_features=4, bias=True)", "5 head.modules_to_save.default linear(in_features=8, out_features=5, bias=True)"]),
    ("trained-copy-of-a-block", holding("Net", head=holding("ModulesToSaveWrapper", original_module=ordered(LINEAR, "ReLU()"), modules_to_save=holding("ModuleDict", default=ordered(LINEAR, "ReLU()")))),
     ["9 head.0 linear(in_features=8, out_features=4, bias=True, trained_copies=1, copy_name='default', kept_parameters=36)", "10 head.1 relu()"]),
    ("trained-copy-of-somebody", holding("Net", head=holding("ModulesToSaveWrapper", original_module="Odd(3)", modules_to_save=holding("ModuleDict", default="Odd(3)"))),
     ["2 head Odd(None=3, trained_copies=1, copy_name='default', kept_parameters=?)"]),
    ("trained-norm", holding("Net", n=holding("LNTuningLayer", base_layer="LayerNorm((4,), eps=1e-05)", ln_tuning_layers=holding("ModuleDict", default="LayerNorm((4,), eps=1e-05)"))),
     ["2 n layer_norm(normalized_shape=(4,), eps=1e-05, trained_copies=1, copy_name='default', kept_parameters=8)"]),
    ("trained-under-other-names", holding("Net", n=holding("Wrapper", base_layer=LINEAR, modules_to_save=holding("ModuleDict", default=LINEAR))),
     ["3 n.base_layer linear(in_features=8, out_features=4, bias=True)", "5 n.modules_to_save.default linear(in_features=8, out_features=4, bias=True)"]),
    ("no-copy", holding("Net", head=holding("ModulesToSaveWrapper", original_module=LINEAR, modules_to_save="ModuleDict()")),
     ["3 head.original_module linear(in_features=8, out_features=4, bias=True)", "4 head.modules_to_save module_dict()"]),
    # repeats
    ("repeats-in-a-list", "ModuleList(\n  (0-1): 2 x Block(\n    (fc): Linear(in_features=8, out_features=4, bias=True)\n  )\n  (2): ReLU()\n)",
     ["3 0.fc linear(in_features=8, out_features=4, bias=True)", "3 1.fc linear(in_features=8, out_features=4, bias=True)", "5 2 relu()"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "form"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_form(text: str, form: list[str]) -> None:
    root = rules.normalize(parse.parse(text)[0]).root
    assert [*lines(root.name, root, 0)] == form


def lines(path: str, layer: Layer, shift: int) -> Iterator[str]:
    settings = [f"{each.name}={'?' if each.value is UNKNOWN else repr(each.value)}" for each in layer.settings]
    if settings or not layer.children:
        printed = f"{layer.kind or layer.class_name}({', '.join(settings)})"
        yield f"{layer.span.line + shift} {path or '.'} {printed}{' with children' if layer.children else ''}"
    for child in layer.children:
        yield from lines(join(path, child.name), child, shift + layer.shift)


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("Conv1D(nf=4, nx=8)", "Conv1D(out_features=4, in_features=8, bias=True)"),
        (LINEAR, LINEAR),
        ("Tanh()", "Tanh()"),
        (ordered("Tanh()", LINEAR), "Sequential (2 children)"),
        (ordered("Tanh()"), "Sequential()"),
        (holding("Net", "Tanh()", "ReLU()", settings="scale=2"), "Net(scale=2) (2 children)"),
    ],
)
def test_one_line_of_a_layer(text: str, description: str) -> None:
    assert rules.describe(rules.normalize(parse.parse(text)[0]).root) == description
