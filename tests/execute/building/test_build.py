"""Printed networks as modules: they print as they were printed, and nothing is guessed, evaluated or allocated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from torch import nn

from archdiff import infer, parse
from archdiff import nn as ours
from archdiff.diff import describe
from archdiff.execute.building.build import Built, build
from archdiff.execute.building.supplied_settings import read_supplied
from archdiff.execute.runnable import Runnable, make_runnable
from archdiff.model.errors import BuildError, UsageError
from archdiff.model.facts import Fact
from archdiff.model.network import Layer, Network
from archdiff.semantics import kinds, rules
from execute.networks import GIVEN, MADE, NETWORKS, custom
from known import known

#: networks that run from their prints; one with skip connections does not
SPECS = Path(__file__).parents[3] / "reference_specs" / "how_so_dense"


def parsed(text: str) -> Network:
    [network] = parse.parse(text, "mine.txt")
    return network


def rebuilt(text: str, **options: Any) -> Built:
    return build(parsed(text), **options)


def runnable(sized: infer.Sized) -> Runnable:
    return make_runnable("candidate", sized, "", (), 0, torch.device("cpu"), torch.float32)


def ids(module: nn.Module) -> str:
    return " ".join(repr(module).split())[:60]


class TestLaw:
    """What is built from a print prints like it: repr(build(parse(repr(m)))) == repr(m)."""

    @pytest.mark.parametrize("module", MADE, ids=ids)
    def test_classes_of_torch(self, module: nn.Module) -> None:
        assert repr(rebuilt(repr(module)).module) == repr(module)

    @pytest.mark.parametrize(
        ("module", "told"), GIVEN, ids=lambda each: ids(each) if isinstance(each, nn.Module) else ""
    )
    def test_what_a_print_does_not_hold_is_given(self, module: nn.Module, told: tuple[Fact, ...]) -> None:
        built = rebuilt(repr(module), supplied=told).module
        assert repr(built) == repr(module)
        assert type(built) is type(module)
        assert [p.shape for p in built.parameters()] == [p.shape for p in module.parameters()]

    @given(NETWORKS)
    @settings(max_examples=100)
    def test_networks(self, module: nn.Module) -> None:
        assert repr(rebuilt(repr(module)).module) == repr(module)

    def test_classes_of_torch_are_all_there(self) -> None:
        told = {type(module) for module in (*MADE, *(module for module, _ in GIVEN))}
        classes = {each for each in vars(nn).values() if isinstance(each, type) and issubclass(each, nn.Module)}
        assert classes - told == {nn.Module, nn.Container}  # print their children, as somebody else's class does


@pytest.mark.parametrize("module", MADE, ids=ids)
def test_parameters_are_those_of_the_class(module: nn.Module) -> None:
    built = rebuilt(repr(module)).module
    shapes_of = [[tuple(p.shape) if not _lazy(p) else None for p in each.parameters()] for each in (built, module)]
    assert shapes_of[0] == shapes_of[1]


def _lazy(parameter: nn.Parameter) -> bool:
    return isinstance(parameter, nn.UninitializedParameter)


@pytest.mark.parametrize(
    ("old", "today"),
    [
        ("ReLU (inplace)", "ReLU(inplace=True)"),
        ("ReLU ()", "ReLU()"),
        ("Linear (784 -> 10)", "Linear(in_features=784, out_features=10, bias=True)"),
        ("Linear(in_features=2, out_features=4)", "Linear(in_features=2, out_features=4, bias=True)"),
        ("Dropout (p = 0.5)", "Dropout(p=0.5, inplace=False)"),
        ("LogSoftmax ()", "LogSoftmax(dim=1)"),
        ("Embedding(10, 5, padding_idx=0)", "Embedding(10, 5, padding_idx=0)"),
        ("LeakyReLU (0.2, inplace)", "LeakyReLU(negative_slope=0.2, inplace=True)"),
        (
            "MaxPool2d (size=(2, 2), stride=(2, 2), dilation=(1, 1))",
            "MaxPool2d(kernel_size=(2, 2), stride=(2, 2), padding=0, dilation=(1, 1), ceil_mode=False)",
        ),
        (
            "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True)",
            "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)",
        ),
        (
            "LayerNorm(torch.Size([2, 8]), eps=1e-05, elementwise_affine=True)",
            "LayerNorm((2, 8), eps=1e-05, elementwise_affine=True, bias=True)",
        ),
        ("torch::nn::Dropout(p=0.5, inplace=false)", "Dropout(p=0.5, inplace=False)"),
        ("Conv2d (1, 64, kernel_size=(5, 5), stride=(1, 1))", "Conv2d(1, 64, kernel_size=(5, 5), stride=(1, 1))"),
    ],
)  # fmt: skip
def test_older_prints_become_modules_of_today(old: str, today: str) -> None:
    assert repr(rebuilt(old).module) == today


@pytest.mark.parametrize(
    ("text", "computes"),
    [
        ("LlamaRMSNorm((8,), eps=1e-05)", nn.RMSNorm(8, eps=1e-05)),
        ("SiLUActivation()", nn.SiLU()),
        ("NewGELUActivation()", nn.GELU("tanh")),
        ("GELUActivation()", nn.GELU()),
    ],
)
def test_other_names_of_what_torch_has(text: str, computes: nn.Module) -> None:
    built = rebuilt(text)
    x = torch.randn(4, 8, generator=torch.Generator().manual_seed(0))
    assert repr(built.module) == text
    assert torch.equal(built.module(x), computes(x))
    assert [each.what for each in built.assumptions] == ["class"]


ATTENTION = "  (out_proj): NonDynamicallyQuantizableLinear(in_features=8, out_features=8, bias=True)\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"MultiheadAttention(\n{ATTENTION})", ["mine.txt:1", "does not print its num_heads", ".num_heads=..."]),
        ("RNNBase(3, 4)", ["does not print its mode"]),
        ("FractionalMaxPool2d()", ["does not print its kernel_size and output_size"]),
        ("LlamaRMSNorm((8,))", ["does not print its eps", "--set LlamaRMSNorm.eps=..."]),
        ("Linear(in_features=2, out_features=3, device=cuda)", ["prints 'device=cuda'", "does not take"]),
        ("Linear(in_features=2, out_features=many, bias=True)", ["cannot be built"]),
        ("Linear(in_features=2, bias=True)", ["does not print its out_features"]),
        ("Conv2d(4, 8, kernel_size=(3, 3), stride=(1, 1), groups=3)", ["cannot be built: in_channels must"]),
        ("LSTM(3, 4, num_layers=1000000000)", ["num_layers=1000000000"]),
        ("ParametrizedLinear(\n  (parametrizations): ModuleDict(\n    (weight): Tanh()\n  )\n)", ["parametrizations"]),
        ("TripletMarginWithDistanceLoss()", ["distance_function"]),
        ("Conv2d(\n  3, 8, kernel_size=(3, 3), stride=(1, 1)\n  (fake): ReLU()\n)", ["prints children"]),
        ("Net(\n  (a): ReLU()\n  (a): Tanh()\n)", ["mine.txt:3:3", "name of another child"]),
        ("Net(\n  (a): ReLU()\n  (b): Linear(", ["cut off"]),
        ("ParameterList(\n  (0): Object of type: str\n)", ["is not a parameter"]),
        ("Dropout(p=3)", ["cannot be built", "between 0 and 1"]),
    ],
)  # fmt: skip
def test_what_cannot_be_built(text: str, said: list[str]) -> None:
    with pytest.raises(BuildError) as refused:
        rebuilt(text)
    assert [word for word in said if word not in str(refused.value)] == []


@pytest.mark.parametrize("class_name", ["a\0", "a\udc80"])
def test_classes_that_python_does_not_take(class_name: str) -> None:
    network = Network(Layer("", class_name, (), (Layer("relu", "ReLU"),)), "mine")
    with pytest.raises(BuildError, match="cannot be built"):
        build(network)


def test_all_that_is_missing_is_told_at_once() -> None:
    layer = f"MultiheadAttention(\n{ATTENTION})".replace("\n", "\n  ")
    with pytest.raises(BuildError) as refused:
        rebuilt(f"Net(\n  (a): {layer}\n  (b): RNNBase(3, 4)\n  (c): {layer}\n  (d): LlamaRMSNorm((8,))\n)")
    said = "a (MultiheadAttention) does not print its num_heads (1 more of this class); RNNBase does not print its mode"
    assert f"{said}; LlamaRMSNorm does not print its eps" in str(refused.value)
    assert "--set MultiheadAttention.num_heads=... --set b.mode=... --set d.eps=..." in str(refused.value)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (["b.num_heads=2"], "no such layer"),
        (["a.class=Identity", "Unheard.x=1"], "no such layer"),
        (["a.num_heads=4"], "no such setting"),
        (["Net.num_heads=4"], "Net has no such setting"),
        (["a.class=Nowhere"], "no such layer"),
        (["a.class=Sequential"], "no such layer"),
        (["num_heads"], "not a setting"),
        (["a.num_heads="], "not a setting"),
    ],
)
def test_what_cannot_be_given(told: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        rebuilt("Net(\n  (a): Linear(in_features=2, out_features=3, bias=True)\n)", supplied=read_supplied(told))


def test_a_class_can_stand_for_an_unknown_one() -> None:
    text = "Net(\n  (rot): Rotary(dim=64)\n  (act): Swish(beta=1)\n)"
    built = rebuilt(text, supplied=read_supplied(["rot.class=Identity", "Swish.class=SiLU"])).module
    assert repr(built) == text
    assert torch.equal(built(torch.ones(2)), nn.functional.silu(torch.ones(2)))


PATHS = [
    repr(nn.DataParallel(custom("Net", {"conv1": nn.Conv2d(1, 8, 3), "module": nn.ReLU()}))),
    repr(custom("Net", {"layers": nn.ModuleList([nn.Sequential(nn.Linear(4, 4), nn.ReLU()) for _ in range(3)])})),
    repr(custom("Net", {"a.b": nn.Linear(2, 3), "seq": nn.Sequential(nn.Sequential(nn.Tanh()))})),
    "(features): Sequential(\n  (0): Linear(in_features=2, out_features=3, bias=True)\n)",
    repr(nn.LSTM(3, 4)),
]  # fmt: skip


@pytest.mark.parametrize("text", PATHS)
def test_every_layer_of_a_report_has_its_module(text: str) -> None:
    [sized] = infer.infer([rules.normalize(parsed(text))])
    layers = describe.of_networks([sized])[0].layers
    assert layers
    modules = runnable(sized).modules
    assert [type(modules[layer.path]).__name__ for layer in layers] == [layer.class_name for layer in layers]


def test_a_layer_with_thinned_weights_is_its_wrapper() -> None:
    """Reports call it one layer."""
    text = repr(nn.Sequential(ours.SparseWeights(nn.Linear(4, 3), sparsity=0.5)))
    [sized] = infer.infer([rules.normalize(parsed(text))])
    assert {path: type(module) for path, module in runnable(sized).modules.items()} == {"0": ours.SparseWeights}


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.txt")), ids=lambda path: path.stem)
def test_published_networks_run(path: Path) -> None:
    """They compute what their shapes say, for the input that the spec names."""
    [network] = parse.read(str(path)).networks
    [sized] = infer.infer([rules.normalize(network)])
    built = build(network)
    with torch.no_grad():
        out = built.module.eval()(torch.zeros(2, *known(sized.input_shape)))
    assert tuple(out.shape) == (2, *known(sized.leaves[-1].output_shape))
    assert [each.class_name for each in built.assumptions if each.what == "forward"] == [network.root.class_name]


class TestAssumptions:
    def test_nothing_is_assumed_of_a_sequential(self) -> None:
        assert rebuilt(repr(nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU())))).assumptions == ()

    def test_forwards_that_no_print_holds(self) -> None:
        block = custom("Block", {"fc": nn.Linear(2, 2), "act": nn.ReLU()})
        net = custom("Net", {"blocks": nn.ModuleList([block, block]), "loss": nn.MSELoss(), "rnn": nn.GRU(2, 3)})
        built = rebuilt(repr(net))
        forwards = {each.class_name: each.paths for each in built.assumptions if each.what == "forward"}
        assert forwards == {"Block": ("blocks.0", "blocks.1"), "ModuleList": ("blocks",), "Net": ("",)}
        assert built.module(torch.ones(5, 2)).shape == (5, 3)

    def test_settings_that_no_print_holds(self) -> None:
        [assumed] = rebuilt("Sequential(\n  (0): LogSoftmax()\n  (1): LogSoftmax()\n)").assumptions
        assert str(assumed) == "LogSoftmax does not print its dim, taken to be 1 (2 layers)"

    def test_repeats_are_instances_of_their_own(self) -> None:
        built = rebuilt("Sequential(\n  (0-2): 3 x Linear(in_features=2, out_features=2, bias=True)\n)")
        assert len(list(built.module.modules())) == 4
        assert list(built.module(torch.ones(2)).shape) == [2]


class TestWhere:
    TEXT = repr(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.LSTM(4, 2)))

    def test_weights_follow_the_seed_alone(self) -> None:
        torch.manual_seed(3)
        before = torch.random.get_rng_state()
        first, again, other = (rebuilt(self.TEXT, seed=seed).module.state_dict() for seed in (1, 1, 2))
        assert all(torch.equal(first[key], again[key]) for key in first)
        assert not torch.equal(first["0.weight"], other["0.weight"])
        assert torch.equal(before, torch.random.get_rng_state())

    def test_weights_are_those_of_torch(self) -> None:
        torch.manual_seed(0)
        module = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.LSTM(4, 2))
        built = rebuilt(self.TEXT, seed=0).module.state_dict()
        assert all(torch.equal(built[key], value) for key, value in module.state_dict().items())

    def test_data_type_and_device(self) -> None:
        built = rebuilt(self.TEXT, device="meta", dtype=torch.float64).module
        assert {(each.device.type, each.dtype) for each in built.parameters()} == {("meta", torch.float64)}

    def test_meta_takes_no_memory(self) -> None:
        huge = "Linear(in_features=1000000, out_features=1000000, bias=True)"
        built = rebuilt(f"ModuleList(\n  (0-999): 1000 x {huge}\n)", device="meta").module
        assert sum(each.numel() for each in built.parameters()) == 1000 * (10**12 + 10**6)


def test_every_constructor_is_one_of_torch_or_ours() -> None:
    for kind in kinds.by_name().values():
        known = ("torch.nn.", "archdiff.nn.", "archdiff.execute.library.")
        assert not kind.constructor or kind.constructor.startswith(known)
