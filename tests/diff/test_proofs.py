"""Whether both sides of a window compute the same: what is proven, by which rules, if what holds; and what is not."""

from __future__ import annotations

import pytest

from answers import holding
from archdiff.diff.network_index import NetworkIndex
from archdiff.diff.nodes import Node
from archdiff.diff.proofs import MOST_TRIED, Proof, Prover
from archdiff.diff.steps import Pair, Step
from archdiff.diff.windows import Networks, Window, nearest, window_of
from archdiff.model.message import message
from trees import aligned, sized, told


def linear(inputs: int, outputs: int) -> str:
    return f"Linear(in_features={inputs}, out_features={outputs}, bias=True)"


def conv(inputs: int, outputs: int, kernel: int, padding: str = "") -> str:
    return f"Conv2d({inputs}, {outputs}, kernel_size=({kernel}, {kernel}), stride=(1, 1){padding})"


LINEAR = linear(8, 8)
FLATTEN = "Flatten(start_dim=1, end_dim=-1)"
POOL = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
EXACT = "AdaptiveMaxPool2d(output_size=(3, 3))"
HEAD = "AdaptiveAvgPool2d(output_size=(1, 1))"
PAD = "ZeroPad2d((1, 1, 1, 1))"
MEAN = "AvgPool2d(kernel_size=2, stride=2, padding={})"
DROPOUT = "Dropout(p=0.5, inplace=False)"
SLOPE = "PReLU(num_parameters=1)"
WINNERS = (
    "KWinners(n=8, percent_on=0.5, boost_strength=1.0, boost_strength_factor=0.9, k_inference_factor={}, "
    "duty_cycle_period=1000)"
)
SHAPE = tuple[int, ...] | None


def both(candidate: list[str], reference: list[str], shape: SHAPE = None) -> tuple[Networks, Window]:
    """Two networks in order that differ, all of them as one window."""
    texts = holding("Sequential", *candidate), holding("Sequential", *reference)
    ours, theirs = sized(*texts, shape)
    networks = Networks(NetworkIndex(ours), NetworkIndex(theirs), shape is not None)
    found = window_of(aligned(*texts)[1:], (None, None), networks)
    assert found is not None
    return networks, found


def prove(candidate: list[str], reference: list[str], shape: SHAPE = None) -> Proof | None:
    networks, found = both(candidate, reference, shape)
    return Prover(networks).prove(found)


#: id, candidate, reference, the input that is given
UNPROVEN = [
    ("other-functions", ["Tanh()"], ["Sigmoid()"], None),
    ("order-that-matters", [LINEAR, "Tanh()", "Softmax(dim=1)"], [LINEAR, "Softmax(dim=1)", "Tanh()"], None),
    ("negative-numbers-come-in", ["Tanh()", "ReLU()"], ["Tanh()"], None),
    ("weights-in-another-order", [linear(8, 8), "ReLU()", "Tanh()", conv(8, 8, 1)],
     [linear(8, 8), "Tanh()", conv(8, 8, 1), "ReLU()"], None),
    ("padding-of-another-width", [PAD, conv(3, 4, 3)], [conv(3, 4, 3, ", padding=(2, 2)")], None),
    ("one-more-function-of-any-number", [LINEAR, "Tanhshrink()", "LogSigmoid()"], [LINEAR, "LogSigmoid()"], None),
    ("other-shapes", [POOL, "ReLU()"], ["ReLU()"], (3, 8, 8)),
    ("pools-that-would-both-do-nothing", [HEAD], ["AdaptiveMaxPool2d(output_size=(1, 1))"], None),
    ("kernel-that-does-not-cover-the-input", [conv(8, 4, 3), FLATTEN], [FLATTEN, linear(128, 4)], None),
    ("a-setting-that-its-kind-does-not-know", ["ReLU(swap=1)", DROPOUT], ["ReLU(swap=1)"], None),
]  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs", "shape"), [case[1:] for case in UNPROVEN], ids=[c[0] for c in UNPROVEN])
def test_what_is_not_proven(ours: list[str], theirs: list[str], shape: SHAPE) -> None:
    assert prove(ours, theirs, shape) is None
    assert prove(theirs, ours, shape) is None


#: id, candidate, reference, the input that is given, effect, rules in order of their names, what has to hold
PROVEN = [
    # whatever comes in
    ("one-function", [LINEAR, "ReLU()", "Tanh()"], [LINEAR, "Tanh()", "ReLU()"], None, "equivalent", "", ""),
    ("no-negative-numbers-come-in", ["Sigmoid()", "ReLU()"], ["Sigmoid()"], None, "equivalent", "", ""),
    ("equal-bounds", ["Hardtanh(min_val=0.0, max_val=6.0)"], ["ReLU6()"], None, "equivalent", "", ""),
    ("padding", [PAD, conv(3, 4, 3)], [conv(3, 4, 3, ", padding=(1, 1)")], None, "equivalent", "explicit_padding", ""),
    ("pool-and-activation", [POOL, "ReLU()"], ["ReLU()", POOL], None, "equivalent", "elementwise_first", ""),
    ("idle", ["Softmax(dim=1)", "Dropout(p=0.0)"], ["Softmax(dim=1)"], None, "equivalent", "idle", ""),
    ("map-of-one-number", [HEAD, conv(8, 4, 1), FLATTEN], [HEAD, FLATTEN, linear(8, 4)], None, "equivalent",
     "convolution_as_linear idle reshapes", ""),
    # in inference alone
    ("dropout", [DROPOUT, "ReLU()"], ["ReLU()"], None, "training", "drops", ""),
    ("another-share", [DROPOUT], ["Dropout(p=0.2, inplace=False)"], None, "training", "drops", ""),
    ("dropout-and-padding", [DROPOUT, PAD, conv(3, 4, 3)], [conv(3, 4, 3, ", padding=(1, 1)")], None, "training",
     "drops explicit_padding", ""),
    ("mean-of-random-slopes", ["RReLU(lower=0.1, upper=0.3)"], ["LeakyReLU(negative_slope=0.2)"], None, "training",
     "mean_slopes", ""),
    # while training alone
    ("more-winners-in-inference", [WINNERS.format(1.0)], [WINNERS.format(1.5)], None, "inference", "", ""),
    # at the input that is given, or was solved
    ("at-the-input", [conv(8, 4, 3), FLATTEN], [FLATTEN, linear(72, 4)], (8, 3, 3), "equivalent",
     "convolution_as_linear idle reshapes", ""),
    ("at-a-guess-that-fits-both", [conv(3, 4, 3), EXACT, FLATTEN, linear(36, 2)],
     [conv(3, 4, 3), POOL, FLATTEN, linear(36, 2)], None, "unknown", "windows", "input-is"),
    ("at-what-was-given-for-it", [conv(3, 4, 3), EXACT, FLATTEN, linear(36, 2)],
     [conv(3, 4, 3), POOL, FLATTEN, linear(36, 2)], (3, 8, 8), "equivalent", "windows", ""),
    ("at-a-guess", [conv(8, 4, 3), FLATTEN], [FLATTEN, linear(72, 4)], None, "unknown",
     "convolution_as_linear idle reshapes", "input-is"),
    # if something is so that no print shows
    ("slopes", [LINEAR, SLOPE, "ReLU()"], [LINEAR, "ReLU()"], None, "unknown", "", "slopes-rise"),
    ("dropout-and-padding-that-counts", [DROPOUT, PAD, MEAN.format(0)], [MEAN.format(1)], None, "unknown",
     "drops explicit_padding", "zeros-count"),
    ("padding-that-counts", [PAD, MEAN.format(0)], [MEAN.format(1)], None, "unknown", "explicit_padding",
     "zeros-count"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs", "shape", "effect", "rules", "needs"), [case[1:] for case in PROVEN], ids=[c[0] for c in PROVEN]
)
@pytest.mark.parametrize("mirrored", [False, True])
def test_what_is_proven(
    ours: list[str], theirs: list[str], shape: SHAPE, effect: str, rules: str, needs: str, mirrored: bool
) -> None:
    proof = prove(theirs, ours, shape) if mirrored else prove(ours, theirs, shape)
    assert proof is not None
    found = proof.effect.word, " ".join(sorted(proof.used)), " ".join(need.code for need in proof.needs)
    assert found == (effect, rules, needs)


def test_a_network_computes_what_it_computes() -> None:
    layers = [LINEAR, "ReLU()", conv(8, 8, 1), POOL, DROPOUT]
    proof = prove(layers, layers)
    assert proof is not None
    assert (proof.effect.word, proof.needs) == ("equivalent", ())


def test_a_condition_names_the_input_that_it_holds_for() -> None:
    proof = prove([conv(8, 4, 3), FLATTEN], [FLATTEN, linear(72, 4)])
    assert proof is not None
    assert proof.needs == (message("input-is", shape=(72,)),)


def middle(candidate: list[str], reference: list[str]) -> Proof | None:
    """Proves what stands between the first pair and the last one, of which both networks have an equal."""
    texts = holding("Sequential", *candidate), holding("Sequential", *reference)
    ours, theirs = sized(*texts)
    networks = Networks(NetworkIndex(ours), NetworkIndex(theirs), False)
    steps = aligned(*texts)
    found = window_of(steps[2:-1], (nearest(steps[1:2], -1), nearest(steps[-1:], 0)), networks)
    assert found is not None
    return Prover(networks).prove(found)


#: id, what runs before, candidate, reference, what runs behind, whether it is proven
CONTEXT = [
    ("negative-numbers", LINEAR, ["ReLU()"], ["Hardtanh(min_val=0.0, max_val=1.0)"], LINEAR, False),
    ("numbers-from-0-to-1", "Sigmoid()", ["ReLU()"], ["Hardtanh(min_val=0.0, max_val=1.0)"], LINEAR, True),
    ("numbers-from-minus-1", "Tanh()", ["ReLU()"], ["Hardtanh(min_val=0.0, max_val=1.0)"], LINEAR, True),
    ("numbers-up-to-6", "ReLU6()", ["ReLU()"], ["Hardtanh(min_val=0.0, max_val=1.0)"], LINEAR, False),
    ("one-place", HEAD, [conv(8, 4, 1), FLATTEN], [FLATTEN, linear(8, 4)], "ReLU()", True),
    ("many-places", "AdaptiveAvgPool2d(output_size=(2, 2))", [conv(8, 4, 1), FLATTEN], [FLATTEN, linear(8, 4)],
     "ReLU()", False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "ours", "theirs", "behind", "expected"), [case[1:] for case in CONTEXT], ids=[c[0] for c in CONTEXT]
)
def test_what_comes_in_counts(before: str, ours: list[str], theirs: list[str], behind: str, expected: bool) -> None:
    for one, other in ((ours, theirs), (theirs, ours)):
        assert (middle([before, *one, behind], [before, *other, behind]) is not None) is expected


def windows(prover: Prover, steps: list[Step]) -> list[Window]:
    """Each pair whose layers differ, as a window of its own."""
    pairs = [step for step in steps if isinstance(step, Pair)]
    found = []
    for before, pair, behind in zip(pairs, pairs[1:], pairs[2:], strict=False):
        if differs(pair.candidate, pair.reference):
            each = window_of([pair], (before, behind), prover.networks)
            assert each is not None
            found.append(each)
    return found


def differs(a: Node, b: Node) -> bool:
    return a.key != b.key


def proofs(candidate: list[str], reference: list[str]) -> list[Proof | None]:
    """Of each pair whose layers differ, one after the other by one prover."""
    texts = holding("Sequential", *candidate), holding("Sequential", *reference)
    ours, theirs = sized(*texts)
    prover = Prover(Networks(NetworkIndex(ours), NetworkIndex(theirs), False))
    return [prover.prove(each) for each in windows(prover, aligned(*texts))]


def test_numbers_that_come_in_on_either_side_count() -> None:
    """Before the second pair stands another layer on each side, and one of them gives negative numbers."""
    ours = [LINEAR, "Sigmoid()", "ReLU()", LINEAR]
    theirs = [LINEAR, "SiLU()", "Hardtanh(min_val=0.0, max_val=1.0)", LINEAR]
    assert proofs(ours, theirs) == [None, None]
    assert proofs(theirs, ours) == [None, None]
    bounded = [LINEAR, "Hardsigmoid()", *theirs[2:]]
    for one, other in ((ours, bounded), (bounded, ours)):
        assert [proof and proof.effect.word for proof in proofs(one, other)] == [None, "equivalent"]


def test_dropout_scales_what_comes_in_while_training() -> None:
    for one, other in (
        ("ReLU()", "Hardtanh(min_val=0.0, max_val=1.0)"),
        ("Hardtanh(min_val=0.0, max_val=1.0)", "ReLU()"),
    ):
        proof = middle(["Sigmoid()", DROPOUT, one, LINEAR], ["Sigmoid()", DROPOUT, other, LINEAR])
        assert proof is not None
        assert proof.effect.word == "training"


def test_windows_of_other_settings_are_no_equal_windows() -> None:
    ours = [LINEAR, "LeakyReLU(negative_slope=0.125)", LINEAR, "LeakyReLU(negative_slope=0.25)", LINEAR]
    theirs = [LINEAR, "RReLU(lower=0.125, upper=0.125)", LINEAR, "RReLU(lower=0.125, upper=0.125)", LINEAR]
    assert [proof is not None for proof in proofs(ours, theirs)] == [True, False]


def test_equal_windows_are_tried_once() -> None:
    """Of four the third has other numbers coming in, and the last one other layers."""
    ours = [LINEAR, "ReLU()", LINEAR, "ReLU()", "Sigmoid()", "ReLU()", LINEAR, "SiLU()", LINEAR]
    theirs = [LINEAR, "Tanh()", LINEAR, "Tanh()", "Sigmoid()", "Tanh()", LINEAR, "Tanh()", LINEAR]
    texts = holding("Sequential", *ours), holding("Sequential", *theirs)
    both_sized = sized(*texts)
    prover = Prover(Networks(NetworkIndex(both_sized[0]), NetworkIndex(both_sized[1]), False))
    steps = aligned(*texts)
    assert [told(each.steps[0]) for each in windows(prover, steps)] == ["1=1", "3=3", "5=5", "7=7"]
    left = []
    for each in [*windows(prover, steps), *windows(prover, steps)]:
        assert prover.prove(each) is None
        left.append(MOST_TRIED - prover.left)
    assert left == [2, 2, 4, 6, 6, 6, 6, 6]


def test_a_window_that_prints_more_than_is_known_is_not_tried() -> None:
    networks, found = both(["ReLU(swap=1)", DROPOUT], ["ReLU(swap=1)"])
    prover = Prover(networks)
    assert prover.prove(found) is None
    assert prover.left == MOST_TRIED
