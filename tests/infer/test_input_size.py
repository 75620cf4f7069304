"""Which input sizes a network takes, as far as its text tells: solved, or given."""

from __future__ import annotations

import pytest

from archdiff.infer.input_size import LARGEST, MOST_TRIED, Fit, fitting_shapes, misfit_at_any_size
from archdiff.model.errors import ShapeError
from infer.prints import CONV, POOL, linear, net, sequential, sized

#: id, text, input shape, where from, the other sizes (sides) that fit
SOLVED = [
    ("linear-first", sequential(linear(20)), (20,), "solved", []),
    ("flatten-first", sequential("Flatten()", linear(784)), (784,), "solved", []),
    ("relu-first", sequential("ReLU()", linear(20)), (20,), "solved", []),
    ("one-size", sequential(CONV, "Flatten()", linear(8 * 30 * 30)), (3, 32, 32), "solved", []),
    ("even-size-first", sequential(CONV, POOL, "Flatten()", linear(8 * 15 * 15)), (3, 32, 32), "solved", [33]),
    ("printed-n", sequential(CONV, "KWinners2d(n=7200, percent_on=0.1)"), (3, 32, 32), "solved", []),
    (
        "norm-that-counts-no-channels",
        sequential("InstanceNorm2d(5)", CONV, "Flatten()", linear(8 * 30 * 30)),
        (3, 32, 32),
        "solved",
        [],
    ),
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
def test_input_is_solved(text: str, shape: tuple[int, ...] | None, source: str, others: list[int]) -> None:
    (result,) = sized(text)
    assert (result.input_shape, result.input_shape_from) == (shape, source)
    assert [other[-1] for other in result.other_input_shapes] == others


def test_both_sides_take_one_input() -> None:
    ours, theirs = sized(
        sequential(CONV, POOL, "Flatten()", linear(8 * 15 * 15)),
        sequential(CONV, "Flatten()", linear(8 * 31 * 31)),
    )
    assert ours.input_shape == theirs.input_shape == (3, 33, 33)


def test_each_its_own_input_where_none_fits_both() -> None:
    ours, theirs = sized(
        sequential(CONV, "Flatten()", linear(8 * 30 * 30)), sequential(CONV, "Flatten()", linear(8 * 20 * 20))
    )
    assert (ours.input_shape, theirs.input_shape) == ((3, 32, 32), (3, 22, 22))


def test_given_comes_first() -> None:
    (result,) = sized(sequential(CONV, POOL), given=(3, 10, 10))
    assert (result.input_shape_from, result.leaves[-1].output_shape) == ("given", (8, 4, 4))


def test_given_that_does_not_run_names_the_layer_and_what_fits() -> None:
    with pytest.raises(ShapeError) as caught:
        sized(sequential(CONV, POOL, "Flatten()", linear(8 * 15 * 15)), given=(3, 28, 28))
    assert str(caught.value) == (
        "5: input 3x28x28 does not run through Sequential: 3 takes in_features 1800, but 2 gives 1352\n"
        "  help: sizes that fit: 3x32x32 to 3x33x33"
    )


@pytest.mark.parametrize(
    ("fit", "shapes"),
    [
        (None, ()),
        (Fit(3, 2, 32, 33), ((3, 32, 32), (3, 33, 33))),
        (Fit(1, 1, 5, 5), ((1, 5),)),
        (Fit(20, 0, 1, 1), ((20,),)),
        (Fit(3, 2, 1, LARGEST), ()),
        (Fit(3, 2, 1, MOST_TRIED + 1), ()),
    ],
    ids=["unknown", "two", "one", "flat", "any", "too many to be told"],
)
def test_shapes_that_fit(fit: Fit | None, shapes: tuple[tuple[int, ...], ...]) -> None:
    assert fitting_shapes(fit) == shapes


def test_as_many_as_are_told() -> None:
    assert len(fitting_shapes(Fit(3, 2, 1, MOST_TRIED))) == MOST_TRIED


#: of two layers that never fit, whatever comes in: the input tried, and the path of the second
MISFITS = [
    ("channels", sequential(CONV, CONV), ((3, 64, 64), "1")),
    ("features", sequential(linear(20, 30), "ReLU()", linear(31)), ((20,), "2")),
    ("channels of a norm", sequential(CONV, "BatchNorm2d(9)"), ((3, 64, 64), "1")),
    ("they fit", sequential(CONV, CONV.replace("3, 8", "8, 8")), None),
    ("features behind a flatten, of some size", sequential(CONV, "Flatten()", linear(31)), None),
    ("flattened before any width is told", sequential("Flatten()", linear(20, 30), linear(31)), None),
    ("an unknown class between", sequential(CONV, "Mystery()", CONV), None),
    ("no width at all", sequential("ReLU()", "Tanh()"), None),
]


@pytest.mark.parametrize(("text", "misfit"), [case[1:] for case in MISFITS], ids=[case[0] for case in MISFITS])
def test_layers_that_fit_at_no_size(text: str, misfit: tuple[tuple[int, ...], str] | None) -> None:
    assert misfit_at_any_size(sized(text)[0].leaves) == misfit
