"""The note that started the project: what the tool must say of its four printed networks."""

from __future__ import annotations

from pathlib import Path

import pytest

import archdiff
from archdiff import diff, infer, parse
from archdiff.diff import Comparison, describe
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.model.network import UNKNOWN
from archdiff.model.outcome import NetworkInfo
from archdiff.report import _summary
from archdiff.semantics import rules
from known import known

NOTE = str(Path(__file__).parent / "data" / "note.md")


def sized(*selectors: str) -> tuple[infer.Sized, ...]:
    networks = parse.read(NOTE).networks
    return infer.infer([rules.normalize(parse.pick(f"{NOTE}#{selector}", networks)) for selector in selectors])


def compared(candidate: str, reference: str) -> Comparison:
    return diff.compare(*sized(candidate, reference))


def shown(selector: str) -> NetworkInfo:
    return describe.of_networks(sized(selector))[0]


def with_effect(comparison: Comparison, effect: Effect) -> list[Finding]:
    return [finding for finding in comparison.findings if finding.effect is effect]


class TestMineAgainstSparse:
    @pytest.fixture
    def comparison(self) -> Comparison:
        return compared("Mine", "Sparse")

    def test_two_swaps_are_one_finding_each(self, comparison: Comparison) -> None:
        swaps = [finding for finding in comparison.findings if finding.rule == "AD101"]
        places = [(known(f.candidate), known(f.reference)) for f in swaps]
        assert {f.effect for f in swaps} == {Effect.FUNCTION}
        assert [(ours.path, ours.line, theirs.line) for ours, theirs in places] == [
            ("cnn1_kwinner", 20, 115),
            ("cnn2_kwinner", 24, 119),
        ]
        assert not [f for f in comparison.findings if f.rule in ("AD102", "AD103", "AD104", "AD105")]

    def test_n_k_and_density_are_consequences_of_the_swaps(self, comparison: Comparison) -> None:
        first, second = (f for f in comparison.findings if f.rule == "AD101")
        assert [inner.message for inner in first.consequences] == [
            "n 50176, not 12544; k 4767/7150, not 1200/1800",
            "about 32.9 % (45.9 % in eval) of the input of cnn2 non-zero, not 9.57 % (14.3 % in eval)",
        ]
        assert [inner.message for inner in second.consequences] == [
            "n 6400, not 1600; k 800/1200, not 200/300",
            "about 41.4 % (56.4 % in eval) of the input of linear non-zero, not 12.5 % (18.8 % in eval)",
        ]

    def test_percent_on_is_a_finding_of_its_own(self, comparison: Comparison) -> None:
        (finding,) = (f for f in comparison.findings if f.rule == "AD601" and f.effect > Effect.STATE)
        assert (known(finding.candidate).path, finding.effect) == ("cnn1_kwinner", Effect.FUNCTION)
        assert finding.message == (
            "percent_on 0.095, not 0.0956632653061: k 1192/1788, not 1200/1800 at the reference's n 12544 too"
        )

    def test_hidden_weights(self, comparison: Comparison) -> None:
        (finding,) = (f for f in comparison.findings if f.rule == "AD501")
        assert finding.message == "weights dense, not 40 % non-zero (640 of 1600 a unit)"
        assert (finding.effect, known(finding.candidate).line, known(finding.reference).line) == (
            Effect.FUNCTION,
            27,
            123,
        )

    def test_everything_else_is_the_same(self, comparison: Comparison) -> None:
        assert len(with_effect(comparison, Effect.FUNCTION)) == 4
        differing = [f for f in comparison.findings if f.is_difference]
        assert {f.effect for f in differing} == {Effect.FUNCTION, Effect.STATE, Effect.COSMETIC}

    def test_the_recipe_of_mine_is_unknown(self, comparison: Comparison) -> None:
        (finding,) = with_effect(comparison, Effect.UNKNOWN)
        assert finding.message == (
            "the candidate's recipe is not printed; the other side has "
            "SGD(lr 0.01, momentum 0.0, weight_decay 0.01) + StepLR(step_size 1, gamma 0.9)"
        )

    def test_both_take_the_input_that_fits_both(self) -> None:
        mine, sparse = sized("Mine", "Sparse")
        assert mine.input_shape == sparse.input_shape == (1, 32, 32)
        assert mine.input_shape_from == "solved"
        assert mine.other_input_shapes == ((1, 33, 33), (1, 34, 34), (1, 35, 35))
        assert sparse.other_input_shapes == ((1, 33, 33),)


class TestLucasAgainstSuperSparse:
    @pytest.fixture
    def comparison(self) -> Comparison:
        return compared("Lucas", "SuperSparse")

    def test_function(self, comparison: Comparison) -> None:
        assert [(f.rule, f.message) for f in with_effect(comparison, Effect.FUNCTION)] == [
            ("AD103", comparison.findings[0].message),
            ("AD601", "percent_on 0.095, not 0.0956632653061: k 1192/1788, not 1200/1800 of 12544"),
        ]
        missing = comparison.findings[0]
        assert known(missing.reference).class_name == "LogSoftmax"
        assert "logits" in missing.message
        assert "argmax unchanged" in missing.message

    def test_the_third_k_winner_is_equivalent(self, comparison: Comparison) -> None:
        (finding,) = with_effect(comparison, Effect.EQUIVALENT)
        assert finding.message == "percent_on 0.067, not 0.0666666666667: k = 100/150 of 1500 either way"

    def test_density_of_dslinear_is_unknown_and_never_dense(self, comparison: Comparison) -> None:
        unknown = [f for f in with_effect(comparison, Effect.UNKNOWN) if f.setting == "weight_density"]
        assert [(known(f.candidate).path, f.hint) for f in unknown] == [
            ("classifier.0.0", 'print((model.get_submodule("classifier.0.0").weight != 0).float().mean().item())'),
            ("classifier.1.0", 'print((model.get_submodule("classifier.1.0").weight != 0).float().mean().item())'),
        ]
        assert {known(f.candidate).value for f in unknown} == {UNKNOWN}
        assert {f.effect for f in comparison.findings if f.aspect == "weight-density"} == {Effect.UNKNOWN}

    def test_order_is_the_same(self, comparison: Comparison) -> None:
        assert not [f for f in comparison.findings if f.rule in ("AD101", "AD102")]


class TestSparseAgainstSuperSparse:
    @pytest.fixture
    def comparison(self) -> Comparison:
        return compared("Sparse", "SuperSparse")

    def test_function(self, comparison: Comparison) -> None:
        assert [(f.rule, f.message) for f in with_effect(comparison, Effect.FUNCTION)] == [
            ("AD301", "out_features 1000, not 1500"),
            ("AD501", "weights 40 % non-zero (640 of 1600 a unit), not 10 % non-zero (160 of 1600 a unit)"),
            (
                "AD601",
                "percent_on 0.1, not 0.0666666666667: k is 100/150 on both sides, "
                "but of 1000 and of 1500 units (10 % and 6.67 % active)",
            ),
        ]

    def test_followers_only_adapt(self, comparison: Comparison) -> None:
        assert [inner.message for inner in comparison.findings[0].consequences] == [
            "num_features 1000, not 1500",
            "n 1000, not 1500",
            "in_features 1000, not 1500",
        ]

    def test_recipes_are_equal(self, comparison: Comparison) -> None:
        assert any(note.startswith("recipes are equal") for note in comparison.notes)
        assert not [f for f in comparison.findings if f.aspect == "recipe"]


WINNERS = "boost_strength=1.5, boost_strength_factor=0.9, k_inference_factor=1.5, duty_cycle_period=1000"

COPY = f"""
Net(
    (body): Sequential(
        (a): Conv2d(1, 64, kernel_size=(5, 5), stride=(1, 1))
        (b): BatchNorm2d(64, eps=1e-05, momentum=0.1, affine=False, bias=False, track_running_stats=True)
        (c): Sequential(
            (0): KWinners2d(channels=64, n=50176, percent_on=0.095, {WINNERS})
            (1): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
        )
        (d): Conv2d(64, 64, kernel_size=(5, 5), stride=(1, 1))
        (e): BatchNorm2d(64, eps=1e-05, momentum=0.1, affine=False, track_running_stats=True)
        (f): KWinners2d(channels=64, n=0, percent_on=0.125, {WINNERS})
        (g): MaxPool2d(kernel_size=(2, 2), stride=(2, 2), padding=0, dilation=1, ceil_mode=False)
    )
    (flat): Flatten(start_dim=1, end_dim=-1)
    (hidden): Linear(in_features=1600, out_features=1000, bias=True)
    (norm): BatchNorm1d(1000, eps=1e-05, momentum=0.1, affine=False, track_running_stats=True)
    (winners): KWinners(n=1000, percent_on=0.1, {WINNERS})
    (out): Linear(in_features=1000, out_features=12, bias=True)
    (log): LogSoftmax()
)
"""


class TestMineAgainstACopy:
    def test_nothing_above_state(self) -> None:
        copy = parse.parse(COPY)[0]
        mine = parse.pick(f"{NOTE}#Mine", parse.read(NOTE).networks)
        comparison = diff.compare(*infer.infer([rules.normalize(mine), rules.normalize(copy)]))
        assert {f.effect for f in comparison.findings} == {Effect.COSMETIC, Effect.STATE}

    def test_nothing_above_cosmetic_where_n_is_the_same(self) -> None:
        copy = parse.parse(COPY.replace("n=50176", "n=0"))[0]
        mine = parse.pick(f"{NOTE}#Mine", parse.read(NOTE).networks)
        comparison = diff.compare(*infer.infer([rules.normalize(mine), rules.normalize(copy)]))
        assert {f.effect for f in comparison.findings} == {Effect.COSMETIC}

    def test_dim_of_the_softmax_printed_by_one_side_is_unknown(self) -> None:
        copy = parse.parse(COPY.replace("LogSoftmax()", "LogSoftmax(dim=1)"))[0]
        mine = parse.pick(f"{NOTE}#Mine", parse.read(NOTE).networks)
        comparison = diff.compare(*infer.infer([rules.normalize(mine), rules.normalize(copy)]))
        (finding,) = with_effect(comparison, Effect.UNKNOWN)
        assert finding.message == "dim is not printed by the candidate; the other side has 1; probably the same"


@pytest.mark.parametrize(
    ("selector", "parameters", "nonzero"),
    [
        ("Mine", 1_717_140, 1_717_140),
        ("Sparse", 1_717_140, 757_140),
        ("Lucas", 2_523_640, None),
        ("SuperSparse", 2_523_640, 363_640),
    ],
)
def test_parameters(selector: str, parameters: int, nonzero: int | None) -> None:
    network = shown(selector)
    assert (network.parameters, network.nonzero_parameters) == (parameters, nonzero)


@pytest.mark.parametrize(
    ("selector", "winners"),
    [
        ("Mine", [(50176, 4767, 7150), (6400, 800, 1200), (1000, 100, 150)]),
        ("Lucas", [(12544, 1192, 1788), (1600, 200, 300), (1500, 100, 150)]),
        ("SuperSparse", [(12544, 1200, 1800), (1600, 200, 300), (1500, 100, 150)]),
        ("Sparse", [(12544, 1200, 1800), (1600, 200, 300), (1000, 100, 150)]),
    ],
)
def test_winners(selector: str, winners: list[tuple[int, ...]]) -> None:
    assert [(leaf.n, leaf.k, leaf.k_inference) for leaf in shown(selector).layers if leaf.picks_winners] == winners


@pytest.mark.parametrize(("selector", "macs"), [("Sparse", 13_106_400), ("SuperSparse", 13_912_400)])
def test_macs(selector: str, macs: int) -> None:
    assert shown(selector).macs == macs


@pytest.mark.parametrize("selector", ["Mine", "Lucas", "SuperSparse", "Sparse"])
def test_a_network_is_identical_to_itself(selector: str) -> None:
    assert not [finding for finding in compared(selector, selector).findings if finding.is_difference]


SPEC = str(Path(__file__).parents[1] / "reference_specs" / "how_so_dense" / "gsc_sparse_cnn2.txt")
SWAPPED = "k-winners before pooling in both blocks (k 4767, not 1200)"
WIDE = "out_features 1000, not 1500"
FEWER = "percent_on 0.095, not 0.0957 ({}: k 1192, not 1200)"


@pytest.mark.parametrize(
    ("candidate", "reference", "headlines"),
    [
        (
            "Mine",
            SPEC,
            (
                f"{SWAPPED}; dense linear, not 40 % non-zero; 1 more",
                f"{SWAPPED}; dense linear, not 40 % non-zero; 1 smaller difference",
                f"{SWAPPED}; dense linear, not 40 % non-zero; {FEWER.format('cnn1_kwinner')}",
            ),
        ),
        (
            "Mine",
            "Sparse",
            (
                f"{SWAPPED}; dense linear, not 40 % non-zero; 1 more",
                f"{SWAPPED}; dense linear, not 40 % non-zero; 1 smaller difference",
                f"{SWAPPED}; dense linear, not 40 % non-zero; {FEWER.format('cnn1_kwinner')}",
            ),
        ),
        (
            "Mine",
            "Lucas",
            (
                f"{SWAPPED.replace('1200', '1192')}; {WIDE} (linear); 2 more",
                f"{SWAPPED.replace('1200', '1192')}; {WIDE} (linear); extra LogSoftmax (softmax); 1 more",
                f"{SWAPPED.replace('1200', '1192')}; {WIDE} (linear); extra LogSoftmax (softmax); "
                "percent_on 0.1, not 0.067 (linear_kwinner: k 100 of 1000, not of 1500)",
            ),
        ),
        (
            "Mine",
            "SuperSparse",
            (
                f"{SWAPPED}; {WIDE} (linear); 3 more",
                f"{SWAPPED}; {WIDE} (linear); dense linear, not 10 % non-zero; 2 more",
                f"{SWAPPED}; {WIDE} (linear); dense linear, not 10 % non-zero; {FEWER.format('cnn1_kwinner')}; "
                "percent_on 0.1, not 0.0667 (linear_kwinner: k 100 of 1000, not of 1500)",
            ),
        ),
        (
            "Lucas",
            "Sparse",
            (
                "out_features 1500, not 1000 (classifier.0.0); no LogSoftmax (softmax); 2 smaller differences",
                "out_features 1500, not 1000 (classifier.0.0); no LogSoftmax (softmax); "
                f"{FEWER.format('features.3')}; 1 more",
                f"out_features 1500, not 1000 (classifier.0.0); no LogSoftmax (softmax); {FEWER.format('features.3')}; "
                "percent_on 0.067, not 0.1 (classifier.0.2: k 100 of 1500, not of 1000)",
            ),
        ),
        ("Lucas", "SuperSparse", (f"no LogSoftmax (softmax); {FEWER.format('features.3')}",) * 3),
        (
            "Sparse",
            "SuperSparse",
            (
                f"{WIDE} (linearSdr.linearSdr1); 2 more",
                f"{WIDE} (linearSdr.linearSdr1); weights 40 % non-zero, not 10 % (linearSdr.linearSdr1); "
                "1 smaller difference",
                f"{WIDE} (linearSdr.linearSdr1); weights 40 % non-zero, not 10 % (linearSdr.linearSdr1); "
                "percent_on 0.1, not 0.0667 (linearSdr.linearSdr1_kwinner: k 100 of 1000, not of 1500)",
            ),
        ),
    ],
)
def test_headlines(candidate: str, reference: str, headlines: tuple[str, str, str]) -> None:
    """In two lines of 60, 80 and 160 columns, as a person would tell it; the first k of two swaps stands for both."""
    theirs = reference if reference == SPEC else f"{NOTE}#{reference}"
    outcome = archdiff.compare(f"{NOTE}#{candidate}", theirs)
    assert tuple(_summary.verdict(outcome, width) for width in (60, 80, 160)) == headlines
