"""What one leaf tells with its input: winners, densities, cost, and sizes that no layer has."""

from __future__ import annotations

import pytest

from archdiff.infer.leaf import bare_leaves, features_out, fits, parameters, step, width_of
from archdiff.model.errors import ShapeError
from archdiff.model.network import UNKNOWN, Value
from archdiff.parse import parse
from archdiff.semantics import rules
from archdiff.semantics.kinds import Misfit, NotKnown
from infer.prints import CONV, POOL, linear, sequential, sized

WINNERS = "KWinners2d(channels=8, n=0, percent_on=0.1, boost_strength=1.0, k_inference_factor=1.5)"

#: id, layers behind Conv2d(3, 8, 3x3) on 3x12x12, share of non-zero outputs in training and in inference
DENSITIES = [
    ("conv", [], 1.0, 1.0),
    ("k-winners", [WINNERS], 80 / 800, 120 / 800),
    ("pooled", [WINNERS, POOL], 1 - 0.9**4, 1 - 0.85**4),
    ("flattened", [WINNERS, "Flatten()"], 0.1, 0.15),
    ("dropped", [WINNERS, "Dropout(p=0.5, inplace=False)"], 0.05, 0.15),
    ("relu", [WINNERS, "GELU(approximate='none')"], None, None),
]


@pytest.mark.parametrize(
    ("layers", "training", "inference"), [case[1:] for case in DENSITIES], ids=[case[0] for case in DENSITIES]
)
def test_densities(layers: list[str], training: float | None, inference: float | None) -> None:
    (result,) = sized(sequential(CONV, *layers), given=(3, 12, 12))
    last = result.leaves[-1]
    if training is None:
        assert (last.density, last.density_inference) == (None, None)
    else:
        assert (last.density, last.density_inference) == (pytest.approx(training), pytest.approx(inference))


def test_non_zero_parameters_count_whole_rows() -> None:
    wrapped = "SparseWeights(\n  sparsity=0.5\n  (module): Linear(in_features=25, out_features=4, bias=True)\n)"
    (result,) = sized(wrapped)
    assert result.leaves[0].cost()[:2] == (104, 4 * 12 + 4)


def test_sizes_below_zero_are_refused() -> None:
    with pytest.raises(ShapeError) as caught:
        sized(sequential(CONV, linear(-3)))
    assert str(caught.value) == (
        "3:3: in_features=-3: no layer has so few\n"
        "  3 |   (1): Linear(in_features=-3, out_features=5, bias=True)\n"
        "    |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "  help: torch never prints this; correct the number"
    )


@pytest.mark.parametrize(
    ("text", "shape", "output"),
    [
        (CONV, (3, 12, 12), (8, 10, 10)),
        (linear(20), (20,), (5,)),
        (linear(20), (7, 20), (7, 5)),
        ("KWinners(n=20, percent_on=0.1)", (20,), (20,)),
        ("KWinners(n=0, percent_on=0.1)", (20,), (20,)),
    ],
    ids=["convolution", "linear", "rows", "winners of a printed n", "winners before the first forward"],
)
def test_a_step(text: str, shape: tuple[int, ...], output: tuple[int, ...]) -> None:
    (leaf,) = bare_leaves(rules.normalize(parse(text)[0]).root)
    assert step(leaf, shape) == output
    assert fits(leaf, shape)


@pytest.mark.parametrize(
    ("text", "shape", "field", "wants", "gets"),
    [
        (linear(20), (21,), "in_features", 20, 21),
        (CONV, (4, 12, 12), "in_channels", 3, 4),
        ("KWinners(n=20, percent_on=0.1)", (21,), "n", 20, 21),
    ],
    ids=["features", "channels", "n"],
)
def test_a_step_that_does_not_fit(text: str, shape: tuple[int, ...], field: str, wants: int, gets: int) -> None:
    (leaf,) = bare_leaves(rules.normalize(parse(text)[0]).root)
    with pytest.raises(Misfit) as caught:
        step(leaf, shape)
    assert (caught.value.field, caught.value.wants, caught.value.gets) == (field, wants, gets)
    assert not fits(leaf, shape)


def test_a_class_that_nobody_knows() -> None:
    (leaf,) = bare_leaves(rules.normalize(parse("Mystery(p=3)")[0]).root)
    assert (leaf.kind, leaf.settings.printed, leaf.traits) == (None, {"p": 3}, frozenset())
    assert leaf.cost() == (None, None, None, None)
    with pytest.raises(NotKnown):
        step(leaf, (3,))
    with pytest.raises(NotKnown):
        parameters(leaf)


def test_a_container_is_no_leaf_and_a_layer_with_children_is() -> None:
    inside = "NonDynamicallyQuantizableLinear(in_features=8, out_features=8, bias=True)"
    attention = f"MultiheadAttention(\n  (out_proj): {inside}\n)"
    root = rules.normalize(parse(sequential(linear(20), "ReLU()"))[0]).root
    assert [leaf.path for leaf in bare_leaves(root)] == ["0", "1"]
    assert next(bare_leaves(rules.normalize(parse(attention)[0]).root)).layer.class_name == "MultiheadAttention"


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        (linear(20), (105, 105, 100)),
        (CONV, (224, 224, 21600)),
        ("ReLU()", (0, 0, 0)),
    ],
    ids=["linear", "convolution", "nothing to learn"],
)
def test_cost_of_one_sample(text: str, cost: tuple[int, int, int]) -> None:
    shape = (3, 12, 12) if text == CONV else (20,)
    (result,) = sized(sequential(text), given=shape)
    assert result.leaves[0].cost()[:3] == cost


@pytest.mark.parametrize(
    ("value", "width"), [(64, 64), ((64,), 64), ((64, 32), (64, 32)), (UNKNOWN, UNKNOWN), ((), ())], ids=repr
)
def test_the_width_that_a_setting_says(value: Value, width: Value) -> None:
    assert width_of(value) == width


@pytest.mark.parametrize(
    ("text", "features"),
    [
        (linear(20, 7), 7),
        ("LSTM(8, 16, bidirectional=True)", 32),
        ("ReLU()", None),
        ("Mystery(3)", None),
    ],
    ids=["linear", "both directions", "as many as go in", "unknown"],
)
def test_how_many_features_come_out(text: str, features: int | None) -> None:
    (leaf,) = bare_leaves(rules.normalize(parse(text)[0]).root)
    assert features_out(leaf) == features


def test_a_leaf_in_one_place_of_its_block() -> None:
    (leaf,) = bare_leaves(rules.normalize(parse(f"{linear(20)}\n")[0]).root)
    placed = leaf.placed("layers.3", 10)
    assert (placed.path, placed.line, placed.title) == ("layers.3", leaf.line + 10, "layers.3")
    assert leaf.title == "Linear"
