"""What follows from the text of one network, and which input sizes it takes."""

from __future__ import annotations

import pytest

from archdiff import diff, infer, parse
from archdiff.model.errors import ShapeError
from archdiff.semantics import rules

CONV = "Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))"
POOL = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"


def sequential(*parts: str) -> str:
    return "Sequential(\n" + "".join(f"  ({index}): {part}\n" for index, part in enumerate(parts)) + ")\n"


def net(**parts: str) -> str:
    return "Net(\n" + "".join(f"  ({name}): {part}\n" for name, part in parts.items()) + ")\n"


def sized(*texts: str, given: tuple[int, ...] | None = None) -> tuple[infer.Sized, ...]:
    return infer.infer([rules.normalize(parse.parse(text)[0]) for text in texts], given)


def linear(features: int, out: int = 5) -> str:
    return f"Linear(in_features={features}, out_features={out}, bias=True)"


#: id, text, input shape, where from, the other sizes (sides) that fit
SOLVED = [
    ("linear-first", sequential(linear(20)), (20,), "solved", []),
    ("flatten-first", sequential("Flatten()", linear(784)), (784,), "solved", []),
    ("relu-first", sequential("ReLU()", linear(20)), (20,), "solved", []),
    ("one-size", sequential(CONV, "Flatten()", linear(8 * 30 * 30)), (3, 32, 32), "solved", []),
    ("even-size-first", sequential(CONV, POOL, "Flatten()", linear(8 * 15 * 15)), (3, 32, 32), "solved", [33]),
    ("printed-n", sequential(CONV, "KWinners2d(n=7200, percent_on=0.1)"), (3, 32, 32), "solved", []),
    (
        "conv-1d",
        sequential("Conv1d(2, 4, kernel_size=(3,), stride=(1,))", "Flatten()", linear(40)),
        (2, 12),
        "solved",
        [],
    ),
    (
        "conv-3d",
        sequential("Conv3d(1, 2, kernel_size=(3, 3, 3), stride=(1, 1, 1))", "Flatten()", linear(54)),
        (1, 5, 5, 5),
        "solved",
        [],
    ),
    ("any-size", sequential(CONV, "AdaptiveAvgPool2d(output_size=1)", "Flatten()", linear(8)), None, "unknown", []),
    ("no-size", sequential(CONV, POOL, "Flatten()", linear(8 * 15 * 15 + 1)), None, "unknown", []),
    ("unknown-class-first", sequential("Mystery(3)", linear(20)), None, "unknown", []),
    ("embedding-first", sequential("Embedding(100, 20)", linear(20)), None, "unknown", []),
    ("functions-between", net(conv1=CONV, conv2=CONV.replace("3, 8", "8, 8"), fc=linear(200)), None, "unknown", []),
]


@pytest.mark.parametrize(
    ("text", "shape", "source", "others"), [case[1:] for case in SOLVED], ids=[case[0] for case in SOLVED]
)
def test_input_is_solved(text, shape, source, others):
    (result,) = sized(text)
    assert (result.input_shape, result.input_shape_from) == (shape, source)
    assert [other[-1] for other in result.other_input_shapes] == others


def test_both_sides_take_one_input():
    ours, theirs = sized(
        sequential(CONV, POOL, "Flatten()", linear(8 * 15 * 15)),
        sequential(CONV, "Flatten()", linear(8 * 31 * 31)),
    )
    assert ours.input_shape == theirs.input_shape == (3, 33, 33)


def test_each_its_own_input_where_none_fits_both():
    ours, theirs = sized(
        sequential(CONV, "Flatten()", linear(8 * 30 * 30)), sequential(CONV, "Flatten()", linear(8 * 20 * 20))
    )
    assert (ours.input_shape, theirs.input_shape) == ((3, 32, 32), (3, 22, 22))


def test_given_comes_first():
    (result,) = sized(sequential(CONV, POOL), given=(3, 10, 10))
    assert (result.input_shape_from, result.leaves[-1].output_shape) == ("given", (8, 4, 4))


def test_given_that_does_not_run_names_the_layer_and_what_fits():
    with pytest.raises(ShapeError) as caught:
        sized(sequential(CONV, POOL, "Flatten()", linear(8 * 15 * 15)), given=(3, 28, 28))
    assert str(caught.value) == (
        "5: input 3x28x28 does not run through Sequential: 3 takes in_features 1800, but 2 gives 1352\n"
        "  help: sizes that fit: 3x32x32 to 3x33x33"
    )


def test_sizes_below_zero_are_refused():
    with pytest.raises(ShapeError) as caught:
        sized(sequential(CONV, linear(-3)))
    assert str(caught.value) == (
        "3:3: in_features=-3: no layer has so few\n"
        "  3 |   (1): Linear(in_features=-3, out_features=5, bias=True)\n"
        "    |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "  help: torch never prints this; correct the number"
    )


def test_a_sequential_that_cannot_run_is_certain():
    (result,) = sized(sequential(linear(20, 30), "ReLU()", linear(31)))
    (wrong,) = result.contradictions
    assert (wrong.certain, wrong.line, wrong.because) == (True, 4, "2 takes in_features 31, but 1 gives 30")


def test_an_unprinted_forward_is_not():
    (result,) = sized(net(a=linear(20, 30), act="ReLU()", b=linear(31)))
    (wrong,) = result.contradictions
    assert (wrong.certain, wrong.container_class) == (False, "Net")
    assert result.leaves[-1].output_shape is None


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
def test_densities(layers, training, inference):
    (result,) = sized(sequential(CONV, *layers), given=(3, 12, 12))
    last = result.leaves[-1]
    if training is None:
        assert (last.density, last.density_inference) == (None, None)
    else:
        assert (last.density, last.density_inference) == (pytest.approx(training), pytest.approx(inference))


def test_non_zero_parameters_count_whole_rows():
    wrapped = "SparseWeights(\n  sparsity=0.5\n  (module): Linear(in_features=25, out_features=4, bias=True)\n)"
    (result,) = sized(wrapped)
    assert result.leaves[0].cost()[:2] == (104, 4 * 12 + 4)


def test_what_cannot_run_is_noted_on_both_sides():
    text = sequential(linear(20, 30), "ReLU()", linear(31))
    comparison = diff.compare(*sized(text, text))
    assert comparison.findings == ()
    assert comparison.notes == ("as printed, each of the two cannot run: 2 takes in_features 31, but 1 gives 30",)
