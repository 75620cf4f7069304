"""What is known of one network, as reports and JSON show it."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest
from torch import Tensor, nn

from answers import compared, holding
from archdiff import api, infer
from archdiff.diff import describe
from archdiff.infer.traced_cost import TracedMacs
from archdiff.model.cost import Cost
from archdiff.model.outcome import LayerInfo, NetworkInfo, Skip
from archdiff.semantics import rules

LINEAR = "Linear(in_features=8, out_features=10, bias=True)"
WINNERS = "KWinners(n=10, percent_on=0.2, boost_strength=1.0, boost_strength_factor=0.9, k_inference_factor=1.5, duty_cycle_period=1000)"  # noqa: E501
SPARSE = holding("SparseWeights", module=LINEAR, settings="sparsity=0.75")
BLOCKS = "ModuleList(\n  (0-2): 3 x Block(\n    (fc): Linear(in_features=10, out_features=10, bias=True)\n  )\n)"
NET = "# a line before it\n" + holding("Net", first=SPARSE, act=WINNERS, odd="Odd(3, scale=2)")


def described(text: str, input_shape: tuple[int, ...] | None = None) -> NetworkInfo:
    outcome = compared(text, text, input_shape)
    assert outcome.candidate == outcome.reference
    return outcome.candidate


def cost(layer: LayerInfo) -> Cost:
    return layer.cost()


def test_a_network() -> None:
    info = described(NET, (8,))
    assert (info.class_name, info.children, info.first_line, info.last_line) == ("Net", 4, 2, 9)
    assert (info.complete, info.input_shape, info.input_shape_from) == (True, (8,), "given")
    assert (info.other_input_shapes, info.recipe, info.notes, info.left_out) == ((), None, (), 0)
    assert info.cost() == Cost(None, None, None, 8 * 10 + 10)


def test_its_layers() -> None:
    first, act, odd = described(NET, (8,)).layers
    assert (first.path, first.line, first.kind, first.class_name) == ("first", 3, "linear", "Linear")
    assert first.settings == {"in_features": 8, "out_features": 10, "bias": True, "weight_density": 0.25}
    assert (first.input_shape, first.output_shape) == ((8,), (10,))
    assert (first.has_weights, first.weight_density, first.picks_winners) == (True, 0.25, False)
    assert cost(first) == Cost(8 * 10 + 10, 2 * 10 + 10, 8 * 10)
    assert (act.path, act.line, act.kind, act.picks_winners, act.has_weights) == ("act", 7, "k_winners", True, False)
    assert (act.n, act.k, act.k_inference, act.weight_density) == (10, 2, 3, None)
    assert (act.density, act.density_inference) == (0.2, 0.3)
    assert (odd.path, odd.line, odd.kind, odd.class_name) == ("odd", 8, "", "Odd")
    assert odd.settings == {"0": 3, "scale": 2}
    assert (odd.n, odd.k, odd.k_inference, odd.output_shape) == (None, None, None, None)


def test_the_places_of_a_block() -> None:
    layers = described(holding("Net", h=BLOCKS)).layers
    assert [(layer.path, layer.line, layer.output_shape) for layer in layers] == [
        ("h.0.fc", 4, None),
        ("h.1.fc", 4, None),
        ("h.2.fc", 4, None),
    ]


def test_a_print_that_is_cut() -> None:
    info = described(holding("Sequential", LINEAR, "ReLU()")[:-2])
    assert (info.complete, info.children, info.first_line, info.last_line) == (False, 2, 1, 3)


def test_what_layers_cost_as_they_ran() -> None:
    [printed] = infer.infer((rules.normalize(api.read(holding("Sequential", LINEAR, "Linear(10, 10)"))),), (8,))
    [info] = describe.of_networks([replace(printed, macs=TracedMacs(200, 40, (("0", 160),)))])
    assert [(layer.path, layer.parameters, layer.macs) for layer in info.layers] == [("0", 90, 160), ("1", 110, 100)]
    assert (info.macs, pickle.loads(pickle.dumps(info)).layers[0].macs) == (200, 160)


class Residual(nn.Module):
    """Two layers over the identity, or without it."""

    def __init__(self, skips: bool) -> None:
        super().__init__()
        self.first, self.second, self.last = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4)
        self._skips = skips

    def forward(self, x: Tensor) -> Tensor:
        y = self.second(self.first(x).relu())
        made: Tensor = self.last(x + y if self._skips else y)
        return made


def test_what_goes_over_layers_where_a_forward_was_traced() -> None:
    module = Residual(skips=True)
    outcome = api.compare(module, Residual(skips=False))
    assert (outcome.candidate.skips, outcome.reference.skips) == ((Skip("", "last", "add"),), ())
    assert pickle.loads(pickle.dumps(outcome)).candidate == outcome.candidate
    assert replace(outcome.candidate, skips=()) != outcome.candidate
    assert described(str(module)).skips is None
    text = api.snapshot(module)
    assert api.compare(text, module).candidate.skips == outcome.candidate.skips


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        pytest.param(LINEAR, LINEAR, id="its line"),
        pytest.param("12 x " + LINEAR, LINEAR, id="repeated"),
        pytest.param("Linear (8 -> 10)", "Linear (8 -> 10)", id="an old form"),
        pytest.param("Odd(3, scale=2)", "Odd(3, scale=2)", id="a class of somebody"),
        pytest.param("Odd(\n    3, scale=2\n  )", "Odd(3, scale=2)", id="several lines"),
        pytest.param(SPARSE.replace("\n", "\n  "), f"{LINEAR} with sparsity=0.75", id="what stands round it"),
        pytest.param(
            f"MultiheadAttention(\n    (out_proj): NonDynamicallyQuantizable{LINEAR.replace('10', '8')}\n  )",
            "MultiheadAttention(embed_dim=8, bias=True)",
            id="what its children tell",
        ),
    ],
)
def test_what_its_line_prints(text: str, printed: str) -> None:
    first = described(f"Net(\n  (layer): {text}\n)").layers[0]
    assert first.printed == printed
    assert pickle.loads(pickle.dumps(first)).printed == printed


def test_what_a_rule_makes_of_the_print_of_another_layer_has_its_class_alone() -> None:
    pool = "SelectAdaptivePool2d(pool_type=avg, flatten=Flatten(start_dim=1, end_dim=-1))"
    layers = described(f"Net(\n  (pool): {pool}\n)").layers
    assert [(layer.path, layer.printed) for layer in layers] == [("pool", pool), ("pool.flatten", "Flatten")]


def test_layers_of_equal_settings_and_shapes_share_what_they_cost() -> None:
    network = described(holding("Net", a=LINEAR, b=LINEAR, c=LINEAR.replace("10", "8")))
    first, second, third = network.layers
    assert first.cost is second.cost
    assert first.cost is not third.cost
