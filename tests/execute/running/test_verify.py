"""Where two networks part when they run with the same weights, and that findings undone make them equal."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from archdiff import diff, infer, parse
from archdiff.execute.running.options import RunOptions
from archdiff.execute.running.run import run
from archdiff.model.effects import Effect
from archdiff.model.errors import ArchdiffError, UsageError
from archdiff.model.running import Mode, Step
from archdiff.semantics import rules
from execute.sides import Both, edited, networks, ran, sequential, sized
from known import known

pytestmark = pytest.mark.usefixtures("one_thread")

NOTE = str(Path(__file__).parents[2] / "data" / "note.md")


@cache
def note(candidate: str, reference: str, *undo: str) -> Both:
    networks = parse.read(NOTE).networks
    both = [parse.pick(f"{NOTE}#{name}", networks) for name in (candidate, reference)]
    ours, theirs = infer.infer([rules.normalize(network) for network in both])
    found = diff.compare(ours, theirs)
    return Both(found, *run(ours, theirs, found, RunOptions(undo=undo, batch=3)))


def equal_until(mode: Mode, path: str) -> bool:
    """Bitwise, in all layers up to this one of the candidate."""
    until = next(index for index, step in enumerate(mode.steps) if path in step.candidate)
    return all(step.status == "equal" for step in mode.steps[: until + 1])


def bitwise(mode: Mode) -> bool:
    ends = [mode.output] if mode.output else []
    return all(step.status == "equal" for step in (*mode.steps, *ends))


class TestLucasAgainstSuperSparse:
    @pytest.mark.parametrize(("mode", "units"), [("training", 8), ("inference", 12)])
    def test_parts_at_the_first_k_winner(self, mode: str, units: int) -> None:
        """K 1192/1788 and 1200/1800: the winners that one side has more."""
        seen = getattr(note("Lucas", "SuperSparse"), mode)
        assert equal_until(seen, "features.2")
        assert (known(seen.first).candidate, known(seen.first).reference) == (
            ("features.3",),
            ("cnnSdr.cnnSdr1_kwinner",),
        )
        assert known(seen.first).differing == (units, units)
        assert known(seen.first).share == units / 12544

    @pytest.mark.parametrize("mode", ["training", "inference"])
    def test_undone_the_logits_are_bitwise_equal(self, mode: str) -> None:
        both = note("Lucas", "SuperSparse", "AD601@features.3")
        seen = getattr(both, mode)
        assert both.ran.undone == ("AD601@features.3",)
        assert equal_until(seen, "classifier.1.0")
        assert (known(seen.first).candidate, known(seen.first).reference) == ((), ("softmax",))
        assert [step.reference for step in seen.steps if not step.same] == [("softmax",)]

    def test_with_the_softmax_too_all_is_equal(self) -> None:
        both = note("Lucas", "SuperSparse", "function")
        assert both.ran.undone == ("AD103@softmax", "AD601@features.3")
        assert bitwise(both.training)
        assert bitwise(both.inference)


class TestMineAgainstSparse:
    @pytest.mark.parametrize("mode", ["training", "inference"])
    def test_parts_in_block_1(self, mode: str) -> None:
        seen = getattr(note("Mine", "Sparse"), mode)
        first = seen.first
        assert equal_until(seen, "cnn1_batchnorm")
        assert first.candidate == ("cnn1_kwinner", "cnn1_maxpool")
        assert first.reference == ("cnnSdr.cnnSdr1_maxpool", "cnnSdr.cnnSdr1_kwinner")
        assert (first.status, first.candidate_shape) == ("parts", (64, 14, 14))
        assert 0.15 < first.share < 0.35
        assert first.max_abs > 1
        assert first.relative > 0.5

    def test_it_grows_to_the_output(self) -> None:
        seen = note("Mine", "Sparse").inference
        behind = seen.steps[seen.steps.index(seen.first) :]
        assert all(step.status == "parts" for step in behind)
        assert known(seen.output).share == 1

    @pytest.mark.parametrize("mode", ["training", "inference"])
    def test_order_percent_on_and_weight_density_undone(self, mode: str) -> None:
        undo = ("AD101@cnn1_kwinner", "AD101@cnn2_kwinner", "AD601@cnn1_kwinner", "AD501@linear")
        both = note("Mine", "Sparse", *undo)
        assert set(both.ran.undone) == set(undo)
        assert bitwise(getattr(both, mode))
        assert len(getattr(both, mode).steps) == 14

    @pytest.mark.parametrize(
        ("left", "at"),
        [
            ("AD101@cnn2_kwinner", ("cnn2_kwinner", "cnn2_maxpool")),
            ("AD601@cnn1_kwinner", ("cnn1_kwinner",)),
            ("AD501@linear", ("linear",)),
        ],
    )
    def test_each_finding_that_is_left_is_where_they_part(self, left: str, at: tuple[str, ...]) -> None:
        every = ("AD101@cnn1_kwinner", "AD101@cnn2_kwinner", "AD601@cnn1_kwinner", "AD501@linear")
        both = note("Mine", "Sparse", *(one for one in every if one != left))
        assert known(both.inference.first).candidate == known(both.training.first).candidate == at


def test_sparse_against_super_sparse_says_that_shapes_differ() -> None:
    both = note("Sparse", "SuperSparse")
    for seen in (both.inference, both.training):
        assert equal_until(seen, "flatten")
        assert known(seen.first).candidate == ("linearSdr.linearSdr1",)
        assert (known(seen.first).status, known(seen.first).candidate_shape, known(seen.first).reference_shape) == (
            "shapes",
            (1000,),
            (1500,),
        )
    assert bitwise(note("Sparse", "SuperSparse", "function").training)


# Swaps

CONV = "Conv2d(1, 4, kernel_size=(3, 3), stride=(1, 1))"
POOL = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
NORM = "BatchNorm2d(4, eps=1e-05, momentum=0.1, affine={}, track_running_stats=True)"
BOOST = "boost_strength={}, boost_strength_factor=0.9, k_inference_factor=1.0, duty_cycle_period=9"
WINS = "KWinners2d(channels=4, n=0, percent_on=0.25, boost_strength={}, k_inference_factor=1.0)"


@pytest.mark.parametrize(
    ("layer", "inference", "training"),
    [
        ("ReLU()", True, True),
        ("LeakyReLU(negative_slope=0.01)", True, True),
        ("Tanh()", True, True),
        (NORM.format(False), True, False),
        (NORM.format(True), False, False),
        (WINS.format(0.0), False, False),
        (WINS.format(1.5), False, False),
        ("GELU(approximate='none')", False, False),
        ("Dropout(p=0.5, inplace=False)", True, False),
    ],
)
def test_what_a_swap_with_max_pooling_changes(layer: str, inference: bool, training: bool) -> None:
    both = ran(sequential([CONV, layer, POOL]), sequential([CONV, POOL, layer]), shape=(1, 10, 10))
    assert [bitwise(mode) for mode in both.ran.modes] == [inference, training]
    steps = {len(step.candidate) for step in both.inference.steps}
    assert steps == {1, 2}  # the swap is looked at as a whole


@pytest.mark.parametrize(
    ("layer", "boost", "same"),
    [
        ("Tanh()", 0.0, True),
        ("Tanh()", 4.5, False),
        ("ELU(alpha=1.0)", 0.0, True),
        ("LeakyReLU(negative_slope=0.3)", 4.5, True),
        ("LeakyReLU(negative_slope=-0.3)", 0.0, False),
        ("Sigmoid()", 0.0, False),
        ("GELU(approximate='none')", 0.0, False),
    ],
)
def test_what_a_swap_with_k_winners_changes(layer: str, boost: float, same: bool) -> None:
    wins = f"KWinners(n=40, percent_on=0.7, {BOOST.format(boost)})"
    first = "Linear(in_features=6, out_features=40, bias=True)"
    both = ran(sequential([first, layer, wins]), sequential([first, wins, layer]))
    assert [bitwise(mode) for mode in both.ran.modes] == [same, same]
    assert {finding.effect for finding in both.found.findings} == {Effect.EQUIVALENT if same else Effect.FUNCTION}


def test_what_only_one_side_has_is_drawn_too() -> None:
    """A gamma of 1 and a beta of 0 would be no different from none."""
    norm = "BatchNorm1d(6, eps=1e-05, momentum=0.1, affine={}, track_running_stats=True)"
    both = [ran(chain(norm.format(affine)), chain(norm.format(not affine))) for affine in (True, False)]
    assert [known(mode.first).candidate for each in both for mode in each.ran.modes] == [("1",)] * 4


def test_layers_that_overwrite_their_input() -> None:
    """The next forward gets the input as it was."""
    first = "Dropout(p=0.5, inplace={})", "ReLU(inplace={})"
    texts = [sequential([*(layer.format(inplace) for layer in first), LINEAR.format(3)]) for inplace in (True, False)]
    both = ran(*texts)
    assert all(map(bitwise, both.ran.modes))
    assert [layer.density_inference for layer in both.ran.candidate][:2] == pytest.approx([1, 0.5], abs=0.15)
    assert both.more == ()


def test_dropouts_of_a_pair_draw_the_same() -> None:
    ours = ["Linear(in_features=8, out_features=8)", "Dropout(p=0.5)", "ReLU()", "Dropout(p=0.5)"]
    theirs = [ours[0], ours[2], ours[1], ours[3]]
    both = ran(sequential(ours), sequential(theirs))
    assert bitwise(both.training)
    fewer = ran(sequential(ours), sequential(theirs[:-1]))
    assert bitwise(fewer.inference)
    assert known(fewer.training.first).candidate == ("1",)  # the other one is the pair


def test_a_bias_before_a_norm_is_taken_away() -> None:
    """In training the mean of the batch has it, in eval mode the running mean."""
    norm = "BatchNorm1d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"
    linear = "Linear(in_features=8, out_features=8, bias={})"
    for bias in (True, False):
        both = ran(sequential([linear.format(bias), norm]), sequential([linear.format(not bias), norm]))
        assert [known(mode.first).candidate for mode in both.ran.modes] == [("0",)] * 2
        assert [known(mode.output).status for mode in both.ran.modes] == ["rounding"] * 2
        assert both.more == ()


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("boost_strength=1.5", "boost_strength=1.35", True),  # an epoch later
        ("boost_strength=1.5", "boost_strength=3.7", False),
        ("duty_cycle_period=1000", "duty_cycle_period=10", True),
    ],
)
def test_duty_cycles_start_equal_and_differ_from_zero(ours: str, theirs: str, same: bool) -> None:
    wins = "KWinners(n=64, percent_on=0.25, boost_strength=1.5, boost_strength_factor=0.9, duty_cycle_period=1000)"
    texts = [
        sequential(["Linear(in_features=8, out_features=64)", wins.replace(ours, each)]) for each in (ours, theirs)
    ]
    assert [bitwise(mode) for mode in ran(*texts).ran.modes] == [same, same]


@pytest.mark.parametrize("share", ["sparsity=0.5", "weight_sparsity=0.5", "sparsity=0.9"])
def test_masks_are_copied_where_they_are_equal(share: str) -> None:
    def around(share: str) -> str:
        return f"SparseWeights(\n  {share}\n  (module): Linear(in_features=10, out_features=5)\n)"

    both = ran(sequential([around(share)]), sequential([around("sparsity=0.5")]))
    assert bitwise(both.training) is (share != "sparsity=0.9")
    densities = [side[0].weight_density for side in (both.ran.candidate, both.ran.reference)]
    assert densities == pytest.approx([0.1 if share == "sparsity=0.9" else 0.5, 0.5])


# Undo

LINEAR = "Linear(in_features=6, out_features={}, bias=True)"


def chain(*layers: str) -> str:
    return sequential([LINEAR.format(6), *layers, "Linear(in_features=6, out_features=3, bias=True)"])


@pytest.mark.parametrize(
    ("ours", "theirs", "undo"),
    [
        (chain("ReLU()"), chain("Tanh()"), "AD105@1"),
        (chain("LeakyReLU(negative_slope=0.2)"), chain("LeakyReLU(negative_slope=0.01)"), "AD301@1"),
        (chain(), chain("Tanh()"), "AD103"),
        (chain("Tanh()"), chain(), "AD104@1"),
        (chain("ReLU()", "KWinners(n=6, percent_on=0.5)"), chain("KWinners(n=6, percent_on=0.5)"), "AD601@2"),
        (chain("KWinners(n=6, percent_on=0.5)"), chain("ReLU()", "KWinners(n=6, percent_on=0.5)"), "AD601@1"),
        (chain("Dropout(p=0.2)"), chain("Dropout(p=0.5)"), "training"),
        (chain("Tanh()", "LayerNorm((6,))"), chain("LayerNorm((6,))", "Tanh()"), "AD101"),
        (chain("Tanh()", "LayerNorm((6,))"), chain("LayerNorm((6,))", "Tanh()"), "AD101@2"),
    ],
)
def test_undone_it_is_equal(ours: str, theirs: str, undo: str) -> None:
    assert not all(map(bitwise, ran(ours, theirs).ran.modes))
    assert all(map(bitwise, ran(ours, theirs, undo).ran.modes))


def test_a_width_takes_along_what_follows_from_it() -> None:
    def wide(width: int) -> str:
        norm = f"BatchNorm1d({width}, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"
        last = f"Linear(in_features={width}, out_features=2, bias=True)"
        return sequential([LINEAR.format(width), norm, f"KWinners(n={width}, percent_on=0.5)", last])

    assert known(ran(wide(10), wide(20)).inference.first).status == "shapes"
    assert all(map(bitwise, ran(wide(10), wide(20), "AD301@0").ran.modes))


def test_blocks_and_wrappers() -> None:
    block = "Sequential(\n  (0): Linear(in_features=6, out_features=6)\n  (1): {}\n)"
    ours = sequential([block.format("ReLU()"), "Tanh()"], "a{}")
    theirs = sequential([block.format("ReLU()"), block.format("ELU(alpha=1.0)"), "Tanh()"], "b{}")
    assert all(map(bitwise, ran(ours, theirs, "function").ran.modes))
    wrapped = "DataParallel(\n  (module): " + ours.replace("\n", "\n  ").rstrip() + "\n)\n"
    assert all(map(bitwise, ran(wrapped, theirs, "function").ran.modes))


@pytest.mark.parametrize(
    ("undo", "told"),
    [
        ("AD999@1", "--undo AD999@1: no such finding in this comparison"),
        ("AD301@9", "--undo AD301@9: no such finding in this comparison"),
        ("AD101", "--undo AD101: no such finding in this comparison"),
    ],
)
def test_what_is_no_finding_cannot_be_undone(undo: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        ran(chain("ELU(alpha=1.0)"), chain("ELU(alpha=0.5)"), undo)
    assert (caught.value.message, caught.value.way_out) == (told, "one of AD301@1")


# The law

_LEVELS = (Effect.FUNCTION, Effect.INFERENCE, Effect.TRAINING, Effect.EQUIVALENT)


@settings(max_examples=150, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_the_texts_say_is_what_the_networks_do(data: st.DataObject) -> None:
    """Whatever is cosmetic or equivalent comes out equal, whatever changes the function does not.

    What matters in training alone leaves eval mode equal, and the other way round; with every finding undone, both are
    equal bit by bit.
    """
    layers, shape = data.draw(networks())
    other = data.draw(edited(layers))
    assume(other and _fits(other, layers, shape))
    ours, theirs = sequential(other), sequential(layers)
    both = ran(ours, theirs, shape=shape)
    effects = {finding.effect for finding in both.found.findings if finding.aspect != "recipe"}
    same = {mode.name: mode.same for mode in both.ran.modes}
    if Effect.FUNCTION in effects:
        assert any(mode.first for mode in both.ran.modes)
    elif Effect.UNKNOWN not in effects:
        assert same["inference"] or Effect.INFERENCE in effects
        assert same["training"] or Effect.TRAINING in effects
        assert not [finding for finding in both.more if finding.rule == "AD911"]
    undo = [level.word for level in _LEVELS if _undoable(both, level)]
    if undo and Effect.UNKNOWN not in effects:
        assert all(map(bitwise, ran(ours, theirs, *undo, shape=shape, batch=4).ran.modes))


def _fits(ours: list[str], theirs: list[str], shape: tuple[int, ...]) -> bool:
    try:
        both = sized(sequential(ours), sequential(theirs), shape=shape)
    except ArchdiffError:
        return False
    return not any(side.contradictions for side in both)


def _undoable(both: Both, level: Effect) -> bool:
    rows = ("AD10", "AD301", "AD401", "AD501", "AD601")
    return any(f.effect is level and f.rule.startswith(rows) and f.rule != "AD107" for f in both.found.findings)


def test_members_of_a_decision_are_undone_one_by_one() -> None:
    """Its parent is no finding of a comparison, so no word stands for it."""

    def normed(eps: str) -> str:
        return sequential([f"LayerNorm((4,), eps={eps}, elementwise_affine=True)", f"BatchNorm1d(4, eps={eps})"])

    both = ran(normed("0.1"), normed("1e-05"), shape=(4,), batch=4)
    assert [(each.rule, bool(each.design)) for each in both.found.findings] == [("AD301", True)] * 2
    one = ran(normed("0.1"), normed("1e-05"), "AD301@0", shape=(4,), batch=4)
    assert (one.ran.undone, bitwise(one.inference)) == (("AD301@0",), False)
    every = ran(normed("0.1"), normed("1e-05"), "AD301", shape=(4,), batch=4)
    assert (every.ran.undone, bitwise(every.inference)) == (("AD301@0", "AD301@1"), True)
    with pytest.raises(UsageError, match="--undo AD109: no such finding"):
        ran(normed("0.1"), normed("1e-05"), "AD109", shape=(4,))


def test_that_the_law_can_fail() -> None:
    """A network that computes something else than its text says."""
    both = ran(chain("ReLU()"), chain("Tanh()"))
    assert not any(mode.same for mode in both.ran.modes)
    assert isinstance(both.inference.first, Step)
