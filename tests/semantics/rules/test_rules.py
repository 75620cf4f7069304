"""One normal form: numbered cases a rule, what must be left alone first."""

from __future__ import annotations

import pytest

from archdiff import parse
from archdiff.model.network import UNKNOWN, Layer, Value, leaves
from archdiff.semantics import kinds, rules

LINEAR = "Linear(in_features=20, out_features=30, bias=True)"


def normal(text: str) -> rules.Normal:
    return rules.normalize(parse.parse(text)[0])


def paths(text: str) -> list[str]:
    return [f"{path} {layer.class_name}" for path, layer in leaves(normal(text).root)]


def applied(text: str) -> list[tuple[str, str]]:
    return [(rewrite.rule, rewrite.path) for rewrite in normal(text).rewrites]


def printed(name: str, *children: str) -> str:
    return f"{name}(\n" + "".join(f"  {child}\n" for child in children) + ")"


#: id, text, leaves with their paths, rules with the paths where they worked
CASES = [
    ("alone-1-one-layer", LINEAR, [" Linear"], []),
    (
        "alone-2-flat-sequential",
        printed("Sequential", f"(0): {LINEAR}", "(1): ReLU()"),
        ["0 Linear", "1 ReLU"],
        [],
    ),
    (
        "alone-3-unknown-block-stays",
        "Net(\n  (a): Block(\n    (x): ReLU()\n  )\n)",
        ["a.x ReLU"],
        [],
    ),
    (
        "alone-4-wrapper-with-two-children",
        printed("DataParallel", "(module): ReLU()", "(other): Tanh()"),
        ["module ReLU", "other Tanh"],
        [],
    ),
    ("alone-5-identity-alone", "Identity()", [" Identity"], []),
    ("alone-6-container-of-identity", printed("Sequential", "(0): Identity()"), ["0 Identity"], []),
    (
        "alone-7-k-winners-before-relu",
        printed("Sequential", "(0): KWinners(n=30, percent_on=0.1)", "(1): ReLU()"),
        ["0 KWinners", "1 ReLU"],
        [],
    ),
    (
        "alone-8-sparse-weights-around-an-unknown-class",
        printed("SparseWeights", "weight_sparsity=0.4", "(module): Mystery(3)"),
        ["module Mystery"],
        [],
    ),
    (
        "alone-12-a-sequential-inside-a-class-of-somebody",
        "Net(\n  (features): Sequential(\n    (0): ReLU()\n  )\n  (head): Tanh()\n)",
        ["features.0 ReLU", "head Tanh"],
        [],
    ),
    (
        "alone-13-an-identity-inside-a-class-of-somebody",
        printed("Net", "(a): ReLU()", "(b): Identity()", "(c): Tanh()"),
        ["a ReLU", "b Identity", "c Tanh"],
        [],
    ),
    (
        "nesting-1-two-levels",
        "Sequential(\n  (a): Sequential(\n    (0): ReLU()\n    (1): Sequential(\n      (0): Tanh()\n    )\n  )\n)",
        ["a.0 ReLU", "a.1.0 Tanh"],
        [("sequential_nesting", ""), ("sequential_nesting", "a")],
    ),
    (
        "nesting-2-empty-sequential-goes",
        "Sequential(\n  (0): Sequential()\n  (1): ReLU()\n)",
        ["1 ReLU"],
        [("sequential_nesting", "")],
    ),
    (
        "wrapper-1-data-parallel",
        "DataParallel(\n  (module): Sequential(\n    (0): ReLU()\n  )\n)",
        ["module.0 ReLU"],
        [("wrappers", ""), ("sequential_nesting", "")],
    ),
    (
        "wrapper-2-compiled-inside",
        "Net(\n  (body): OptimizedModule(\n    (_orig_mod): ReLU()\n  )\n)",
        ["body._orig_mod ReLU"],
        [("wrappers", "")],
    ),
    (
        "identity-1-between",
        printed("Sequential", f"(0): {LINEAR}", "(1): Identity()", "(2): ReLU()"),
        ["0 Linear", "2 ReLU"],
        [("identity", "")],
    ),
    (
        "repeats-1-range",
        printed("ModuleList", "(0-2): 3 x ReLU()"),
        ["0 ReLU", "1 ReLU", "2 ReLU"],
        [("repeats", "")],
    ),
    (
        "repeats-2-gap",
        printed("ModuleList", "(0-1, 3): 3 x ReLU()", "(2): Tanh()"),
        ["0 ReLU", "1 ReLU", "3 ReLU", "2 Tanh"],
        [("repeats", "")],
    ),
    (
        "sparse-1-linear",
        printed("SparseWeights", "weight_sparsity=0.4", f"(module): {LINEAR}"),
        [" Linear"],
        [("sparse_weights", "")],
    ),
    (
        "alone-9-alpha-dropout-between-relu-and-k-winners",
        printed("Sequential", "(0): ReLU()", "(1): AlphaDropout(p=0.5)", "(2): KWinners(n=30, percent_on=0.1)"),
        ["0 ReLU", "1 AlphaDropout", "2 KWinners"],
        [],
    ),
    (
        "relu-2-past-dropout-and-flatten",
        printed(
            "Sequential", "(0): ReLU()", "(1): Dropout(p=0.5)", "(2): Flatten()", "(3): KWinners(n=30, percent_on=0.1)"
        ),
        ["1 Dropout", "2 Flatten", "3 KWinners"],
        [("relu_before_k_winners", "")],
    ),
    (
        "relu-1-before-k-winners",
        printed("Sequential", "(0): ReLU()", "(1): KWinners(n=30, percent_on=0.1)"),
        ["1 KWinners"],
        [("relu_before_k_winners", "")],
    ),
    (
        "alone-10-activations-of-their-own",
        printed("Sequential", "(0): Hardtanh(min_val=-1, max_val=6)", "(1): CELU(alpha=2)", "(2): Threshold(0, 1)"),
        ["0 Hardtanh", "1 CELU", "2 Threshold"],
        [],
    ),
    (
        "norm-act-1-its-parts-stand-side-by-side",
        "Net(\n  (bn): BatchNormAct2d(\n    8, eps=1e-05\n    (drop): Identity()\n    (act): ReLU()\n  )\n)",
        ["bn BatchNormAct2d", "bn.act ReLU"],
        [("norm_act", ""), ("identity", "bn")],
    ),
    (
        "select-pool-1-average-and-flatten",
        printed("Net", "(p): SelectAdaptivePool2d(pool_type=avg, flatten=Flatten(start_dim=1, end_dim=-1))"),
        ["p SelectAdaptivePool2d", "p.flatten Flatten"],
        [("select_adaptive_pool", "")],
    ),
    (
        "alone-11-a-pool-that-is-two",
        printed("Net", "(p): SelectAdaptivePool2d(pool_type=catavgmax, flatten=Identity())"),
        ["p SelectAdaptivePool2d"],
        [],
    ),
    (
        "static-padding-1-is-what-same-says",
        "Net(\n  (c): Conv2dStaticSamePadding(\n    3, 8, kernel_size=(3, 3)\n    (p): ZeroPad2d((0, 1, 0, 1))\n  )\n)",
        ["c Conv2dStaticSamePadding"],
        [("static_padding", "c")],
    ),
    (
        "lora-1-base-layer",
        "Net(\n  (q): lora.Linear(\n    (base_layer): Linear4bit(8, 4)\n"
        "    (lora_dropout): ModuleDict(\n      (default): Dropout(p=0.1)\n    )\n"
        "    (lora_A): ModuleDict(\n      (default): Linear(8, 2, bias=False)\n    )\n"
        "    (lora_B): ModuleDict(\n      (default): Linear(2, 4, bias=False)\n    )\n"
        "    (lora_embedding_A): ParameterDict()\n  )\n)",
        ["q Linear4bit"],
        [("adapters", "q")],
    ),
    (
        "lora-2-into-the-linear-itself",
        "Net(\n  (q): Linear(\n    in_features=8, out_features=4, bias=True\n    (lora_A): Linear(8, 2, bias=False)\n"
        "    (lora_B): Linear(2, 4, bias=False)\n  )\n)",
        ["q Linear"],
        [("adapters", "q")],
    ),
    (
        "lora-3-two-adapters-are-one-linear",
        "Net(\n  (q): lora.Linear(\n    (base_layer): Linear(8, 4)\n"
        "    (lora_A): ModuleDict(\n      (a): Linear(8, 2)\n      (b): Linear(8, 2)\n    )\n"
        "    (lora_B): ModuleDict(\n      (a): Linear(2, 4)\n      (b): Linear(2, 4)\n    )\n  )\n)",
        ["q Linear"],
        [("adapters", "q")],
    ),
    (
        "lora-4-dora",
        "Net(\n  (q): lora.Linear(\n    (base_layer): Linear(8, 4)\n"
        "    (lora_A): ModuleDict(\n      (default): Linear(8, 2)\n    )\n"
        "    (lora_B): ModuleDict(\n      (default): Linear(2, 4)\n    )\n"
        "    (lora_magnitude_vector): ModuleDict(\n      (default): DoraLinearLayer()\n    )\n  )\n)",
        ["q Linear"],
        [("adapters", "q")],
    ),
    (
        "parametrized-1-the-layer-and-what-makes-its-weights",
        "Net(\n  (c): ParametrizedConv1d(\n    8, 8, kernel_size=(3,)\n    (parametrizations): ModuleDict(\n"
        "      (weight): ParametrizationList(\n        (0): _WeightNorm()\n      )\n    )\n  )\n)",
        ["c Conv1d", "c.parametrizations.weight.0 _WeightNorm"],
        [("parametrized", "")],
    ),
    (
        "activation-1-keeps-its-name",
        printed("Sequential", "(0): Hardtanh(min_val=0.0, max_val=6.0, inplace=True)", "(1): ReLU6()"),
        ["0 Hardtanh", "1 ReLU6"],
        [("same_activation", "")],
    ),
]


@pytest.mark.parametrize(("text", "shown", "rewrites"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
class TestNormalForm:
    def test_leaves(self, text: str, shown: list[str], rewrites: list[tuple[str, ...]]) -> None:
        assert paths(text) == shown

    def test_records_every_rewrite(self, text: str, shown: list[str], rewrites: list[tuple[str, ...]]) -> None:
        assert applied(text) == rewrites

    def test_twice_changes_nothing(self, text: str, shown: list[str], rewrites: list[tuple[str, ...]]) -> None:
        once = normal(text)
        network = parse.parse(text)[0]
        again = rules.normalize(type(network)(root=once.root, label=network.label))
        assert again.root == once.root
        assert again.rewrites == ()


#: settings of the wrapper, inputs a row, share of non-zero weights that is left
DENSITIES = [
    ("weight_sparsity=0.4", 1600, 640 / 1600),
    ("sparsity=0.6", 1600, 640 / 1600),
    ("sparsity=0.5", 25, 12 / 25),
    ("weight_sparsity=0.5", 25, 13 / 25),
    ("sparsity=0.0", 25, 1.0),
    ("weight_sparsity=1.0", 25, 1.0),
    ("sparsity=1.0", 25, 0.0),
    ("sparsity=1.5", 25, UNKNOWN),
    ("something=0.5", 25, UNKNOWN),
    ("", 25, UNKNOWN),
]


@pytest.mark.parametrize(("settings", "inputs", "density"), DENSITIES, ids=[f"{s}-of-{n}" for s, n, _ in DENSITIES])
def test_density_is_what_whole_weights_make_of_it(settings: str, inputs: int, density: Value) -> None:
    linear = f"(module): Linear(in_features={inputs}, out_features=3, bias=True)"
    layer = normal(printed("SparseWeights", settings, linear)).root
    assert setting(layer, "weight_density") == density


def setting(layer: Layer, name: str) -> Value:
    return next(setting.value for setting in layer.settings if setting.name == name)


def test_an_adapter_is_told_by_rank_and_dropout() -> None:
    adapter = "    (lora_A): Linear(8, 2, bias=False)\n    (lora_B): Linear(2, 4, bias=False)\n"
    text = f"Net(\n  (q): Linear(\n    8, 4, bias=True\n    (lora_dropout): Dropout(p=0.1)\n{adapter}  )\n)"
    (layer,) = normal(text).root.children
    assert (setting(layer, "lora_rank"), setting(layer, "lora_dropout")) == (2, 0.1)
    assert setting(layer, "adapter_parameters") == 8 * 2 + 2 * 4


#: a Linear of 8 and 4 without an adapter
ALONE = {"in_features": 8, "out_features": 4, "bias": True}


def adapted(*adapters: tuple[str, int, float], more: str = "") -> str:
    """A Linear of 8 and 4 with adapters of these names, ranks and shares of dropout."""
    parts = {"lora_dropout": "Dropout(p={2})", "lora_A": "Linear(8, {1})", "lora_B": "Linear({1}, 4)"}
    held = "".join(
        f"    ({part}): ModuleDict(\n{''.join(f'({each[0]}): {text.format(*each)}' + chr(10) for each in adapters)})\n"
        for part, text in parts.items()
    )
    return f"Net(\n  (q): lora.Linear(\n    (base_layer): Linear(8, 4, bias=True)\n{held}{more}  )\n)"


def test_further_adapters_and_magnitudes_are_settings_too() -> None:
    (one,) = normal(adapted(("a", 2, 0.1))).root.children
    told = {"adapter": "LoRA", "adapter_name": "a", "lora_rank": 2, "lora_dropout": 0.1, "lora_bias": False}
    told |= {"lora_alpha": UNKNOWN, "adapter_parameters": 2 * (8 + 4)}
    assert kinds.settings_of(one).printed == ALONE | told
    vector = "(lora_magnitude_vector): ModuleDict(\n(a): DoraLinearLayer()\n)\n"
    (two,) = normal(adapted(("a", 2, 0.1), ("b", 3, 0.2), more=vector)).root.children
    assert (setting(two, "adapter"), setting(two, "adapter_name")) == ("DoRA and LoRA", "a and b")
    assert (setting(two, "lora_rank"), setting(two, "lora_dropout")) == ("2 and 3", "0.1 and 0.2")
    assert setting(two, "active_adapter") is UNKNOWN
    assert setting(two, "adapter_parameters") == (2 + 3) * (8 + 4) + 4


def test_positions_become_names_and_ints_spread() -> None:
    layer = normal("Conv2d(3, 8, kernel_size=5, stride=(1, 1))").root
    assert {setting.name: setting.value for setting in layer.settings} == {
        "in_channels": 3,
        "out_channels": 8,
        "kernel_size": (5, 5),
        "stride": (1, 1),
    }


def test_a_class_implies_settings() -> None:
    assert setting(normal("DSLinear(in_features=3, out_features=4, bias=True)").root, "weight_density") is UNKNOWN


def test_depth_is_no_limit_of_the_normal_form() -> None:
    deep = Layer("x", "ReLU")
    for _ in range(5_000):
        deep = Layer("x", "Block", children=(deep,))
    network = parse.parse("ReLU()")[0]
    result = rules.normalize(type(network)(root=Layer("", "Net", children=(deep,)), label="deep"))
    assert sum(1 for _ in leaves(result.root)) == 1


def test_a_rule_may_look_at_one_child_at_a_time() -> None:
    def change(child: Layer) -> list[Layer] | None:
        return {"Gone": [], "Twice": [child, child]}.get(child.class_name)

    def rewritten(*classes: str) -> list[str] | None:
        after = rules.each_child(change)(Layer("", "Net", children=tuple(Layer("", name) for name in classes)))
        return None if after is None else [child.class_name for child in after.children]

    assert rewritten() is None
    assert rewritten("ReLU", "Tanh") is None
    assert rewritten("ReLU", "Gone", "Twice") == ["ReLU", "Twice", "Twice"]
    assert rewritten("Gone") == []
