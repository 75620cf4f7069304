"""What running two live modules settles, and what it does not: NaN, zeros and prints prove nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from archdiff import api, commands, parse, report
from archdiff.cli.main import app
from archdiff.execute.live import importing
from archdiff.execute.running.evidence import MEASURED
from archdiff.execute.running.options import RunOptions
from archdiff.model.effects import Effect
from archdiff.model.errors import ShapeError, UsageError
from archdiff.model.finding import Finding
from archdiff.model.outcome import Outcome
from execute.live_networks import Modules
from execute.sides import ran, sequential
from known import known

pytestmark = pytest.mark.usefixtures("one_thread")

NETWORKS = "execute.live_networks"


def compared(candidate: str, reference: str, shape: tuple[int, ...] | None = (6,), **asked: Any) -> Outcome:
    ours, theirs = (f"{NETWORKS}:{name}" if name.isidentifier() else name for name in (candidate, reference))
    return commands.compare(commands.Request(ours, theirs, shape, traced=False), RunOptions(**{"batch": 4, **asked}))


def by_prints(candidate: str | Path, reference: str | Path, shape: tuple[int, ...] | None = None) -> Outcome:
    """Without a run, and without what forwards do."""
    return commands.compare(commands.Request(str(candidate), str(reference), shape, traced=False))


def effects(outcome: Outcome) -> list[Effect]:
    return [finding.effect for finding in outcome.findings]


def measured_findings(outcome: Outcome) -> list[Finding]:
    """Those that only the run has found."""
    return [finding for finding in outcome.findings if finding.rule == "AD911"]


# Settled


@pytest.mark.parametrize(
    ("candidate", "reference", "rule"),
    [
        pytest.param("called", "Modules", "AD103", id="relu called, reference has a module"),
        pytest.param("Modules", "called", "AD104", id="relu is a module, reference calls"),
        pytest.param("DroppingByCall", "Dropping", "AD103", id="dropout draws the same called or not"),
    ],
)
def test_an_unknown_difference_is_equivalent_where_all_is_equal(candidate: str, reference: str, rule: str) -> None:
    static = by_prints(f"{NETWORKS}:{candidate}", f"{NETWORKS}:{reference}", (6,))
    unknown = [finding.rule for finding in static.findings if finding.effect is Effect.UNKNOWN]
    assert rule in unknown
    outcome = compared(candidate, reference)
    settled = [finding for finding in outcome.findings if finding.measured == MEASURED]
    assert [finding.rule for finding in settled] == unknown
    assert {finding.effect for finding in settled} == {Effect.EQUIVALENT}
    assert {finding.hint for finding in settled} == {""}  # which was the line of code that would tell
    assert outcome.verdict == "equivalent"
    assert known(known(outcome.run).measured).equal


@pytest.mark.parametrize(("reference", "is_equal"), [("TwoOnce", True), ("two_rates", False)])
def test_one_dropout_that_is_called_twice_draws_what_two_draw(reference: str, is_equal: bool) -> None:
    for outcome in (compared("OneTwice", reference), compared(reference, "OneTwice")):
        assert known(known(outcome.run).measured).equal is is_equal


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        ("called", (6,)),
        ("Dropping", (6,)),
        ("spare", (6,)),
        ("Tied", (6,)),
        ("Remembering", (6,)),
        ("Words", (5,)),
        ("winning", (6,)),
    ],
)
def test_a_network_is_equal_to_itself(network: str, shape: tuple[int, ...]) -> None:
    outcome = compared(network, network, shape)
    assert (known(known(outcome.run).measured).why_not, outcome.verdict) == ("", "identical")


# Not settled

OUTPUTS = "outputs differ in "
LARGER = "for larger inputs, though no finding says so"
GRADIENT = "differs, while outputs are equal, though no finding says so"


@pytest.mark.parametrize(
    ("candidate", "reference", "why_not"),
    [
        pytest.param("Dropping", "dropping_less", f"{OUTPUTS}training", id="dropout rate"),
        pytest.param("spare", "spare", "", id="a spare layer on both sides"),
        pytest.param("spare", "called", "weights without a counterpart: spare.weight of", id="a spare layer"),
        pytest.param("Two", "called", "2 output tensors, 1 in the reference", id="two outputs"),
        pytest.param("Overwriting", "Overwriting", "no gradients, one of the variables", id="no backward"),
        pytest.param("WithoutGradient", "WithoutGradient", "no gradient reaches", id="no gradients at all"),
    ],
)
def test_a_run_that_settles_nothing_changes_nothing(candidate: str, reference: str, why_not: str) -> None:
    outcome = compared(candidate, reference)
    static = by_prints(f"{NETWORKS}:{candidate}", f"{NETWORKS}:{reference}", (6,))
    assert known(known(outcome.run).measured).why_not.startswith(why_not)
    assert (outcome.verdict, measured_findings(outcome)) == (static.verdict, [])


@pytest.mark.parametrize(
    ("candidate", "reference", "effect", "message"),
    [
        pytest.param(
            "skip_lost", "Skipping", Effect.FUNCTION, "outputs first differ at fc2 in eval mode and", id="lost skip"
        ),
        pytest.param("CutOffAtSix", "called", Effect.FUNCTION, LARGER, id="relu6 for relu"),
        pytest.param("CutOffAtSix", "Modules", Effect.FUNCTION, LARGER, id="relu6 for a relu that is printed"),
        pytest.param("NormedCutOffAtSix", "Normed", Effect.FUNCTION, LARGER, id="relu6 for relu behind a norm"),
        pytest.param("DroppingAlways", "DroppingByCall", Effect.INFERENCE, "in eval mode,", id="dropout in eval mode"),
        pytest.param(
            "Remembering", "remembering_less", Effect.TRAINING, "after a training step", id="another momentum"
        ),
        pytest.param("Detached", "called", Effect.TRAINING, f"input {GRADIENT}", id="detach"),
        pytest.param("Detached", "Modules", Effect.TRAINING, f"input {GRADIENT}", id="detach, relu is printed"),
        pytest.param("WithoutGradient", "called", Effect.TRAINING, f"input {GRADIENT}", id="no_grad"),
        pytest.param("Zero", "called", Effect.FUNCTION, "outputs first differ at", id="zeros on one side"),
    ],
)
def test_what_no_print_holds_and_the_run_finds(candidate: str, reference: str, effect: Effect, message: str) -> None:
    outcome = compared(candidate, reference)
    (finding,) = measured_findings(outcome)
    assert finding.effect is effect
    assert message in finding.message
    assert not known(known(outcome.run).measured).equal
    assert not [each for each in outcome.findings if each.measured]
    assert Effect.EQUIVALENT not in effects(outcome)


def test_a_weight_that_is_tied_in_the_reference_is_read_from_the_modules() -> None:
    outcome = compared("untied", "Tied")
    (finding,) = (each for each in outcome.findings if each.setting == "shared")
    assert (finding.effect, finding.message) == (
        Effect.FUNCTION,
        "first.weight, second.weight share one weight in the reference only",
    )
    assert not known(known(outcome.run).measured).equal


@pytest.mark.parametrize(
    "asked",
    [pytest.param({"dtype": "float32"}, id="float32"), pytest.param({"undo": ("AD103",)}, id="undone")],
)
def test_coarse_numbers_and_rebuilt_modules_settle_nothing(asked: dict[str, Any]) -> None:
    outcome = compared("called", "Modules", **asked)
    assert Effect.EQUIVALENT not in effects(outcome)
    assert known(outcome.run).measured is None or not known(known(outcome.run).measured).equal


# Outputs that prove nothing


@pytest.mark.parametrize(
    ("network", "why_not"),
    [
        pytest.param("broken", "the output is NaN on both sides", id="nan"),
        pytest.param("Infinite", "the output is not finite", id="infinite"),
        pytest.param("Zero", "the output is all zero", id="all zero"),
        pytest.param("Blind", "the output is the same for every input", id="the input never arrives"),
    ],
)
def test_outputs_that_prove_nothing(network: str, why_not: str) -> None:
    outcome = compared(network, network)
    assert [(mode.proves, mode.why_not) for mode in known(outcome.run).modes] == [(False, why_not)] * 2
    assert known(known(outcome.run).measured).why_not == why_not
    assert outcome.findings == ()


LAYERS = ["LayerNorm((3,), eps=-10.0, elementwise_affine=True)", "Linear(in_features=3, out_features=4, bias=True)"]


def test_nan_equals_nothing() -> None:
    """The root of a negative variance: ReLU against Tanh came out as equal."""
    both = ran(sequential([*LAYERS, "ReLU()"]), sequential([*LAYERS, "Tanh()"]), shape=(3,))
    for mode in both.ran.modes:
        assert [step.status for step in mode.steps] == ["nan"] * 3
        assert not mode.same
        assert not mode.proves
    assert both.more == ()


# Networks that were built from their prints

LINEAR = "Linear(in_features=6, out_features=6, bias=True)"
BLOCK = f"{{}}(\n  (fc): {LINEAR}\n  (act): ReLU()\n)\n"


def test_a_run_of_prints_decides_nothing(tmp_path: Path) -> None:
    mine, original = tmp_path / "mine.txt", tmp_path / "original.txt"
    mine.write_text(BLOCK.format("Mine"))
    original.write_text(BLOCK.format("Original"))
    static = by_prints(mine, original)
    outcome = compared(str(mine), str(original), None)
    assert (known(outcome.run).built, known(outcome.run).measured) == (("candidate", "reference"), None)
    assert all(mode.same and mode.proves for mode in known(outcome.run).modes)
    assert (outcome.verdict, outcome.findings) == (static.verdict, static.findings)
    said = " ".join(report.find("terminal").compare(outcome, report.View()).split())
    assert "shows equal in eval and training (built from the prints in printed order, so this does not change" in said


def test_one_print_is_enough_to_settle_nothing(tmp_path: Path) -> None:
    file = tmp_path / "modules.txt"
    file.write_text(repr(Modules()) + "\n")
    outcome = compared("called", str(file))
    assert known(outcome.run).built == ("reference",)
    assert Effect.UNKNOWN in effects(outcome)
    assert not [finding for finding in outcome.findings if finding.measured]


def test_a_contradiction_is_a_note() -> None:
    """A finding is not lowered because a few inputs do not show it."""
    outcome = compared("longer_chain", "chain")
    (finding,) = outcome.findings
    assert (finding.rule, finding.effect, finding.measured) == ("AD104", Effect.FUNCTION, "")
    assert known(known(outcome.run).measured).equal
    assert any(
        note.startswith("AD104 at 2 should change the function, and yet outputs were equal when both")
        for note in outcome.notes
    )
    assert "measured" not in report.find("terminal").compare(outcome, report.View()).partition("\n")[0]


# The command


def invoke(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["compare", *arguments, "--run", "--batch", "4", "--trace", "off"])
    return done.exit_code, " ".join(done.stdout.split())


def test_lines_of_the_terminal() -> None:
    code, said = invoke(f"{NETWORKS}:called", f"{NETWORKS}:Modules", "--input-shape", "6")
    assert code == 0
    assert said.startswith("equivalent: the same computation in another form; measured, both are equal ")
    assert f"(measured: {MEASURED})" in said
    assert "shows equal in eval, training and gradients on 3 inputs: " in said


@pytest.mark.parametrize(
    ("candidate", "reference", "shown"),
    [
        ("skip_lost", "Skipping", "shows settles nothing: outputs differ in eval mode and training"),
        ("Zero", "Zero", "eval the output is all zero, which proves nothing"),
        ("broken", "broken", "shows settles nothing: the output is NaN on both sides"),
    ],
)
def test_what_a_run_shows(candidate: str, reference: str, shown: str) -> None:
    assert shown in invoke(f"{NETWORKS}:{candidate}", f"{NETWORKS}:{reference}", "--input-shape", "6")[1]


def test_json() -> None:
    addresses = f"{NETWORKS}:called", f"{NETWORKS}:Modules"
    told = json.loads(invoke(*addresses, "--input-shape", "6", "--format", "json")[1])
    assert ("AD103", "equivalent", MEASURED) in [
        (finding["rule"], finding["effect"], finding.get("measured")) for finding in told["findings"]
    ]
    assert told["run"]["measured"] == {"inputs": 3, "why_not": "", "equal": True}
    assert told["run"]["built"] == []
    assert [(mode["proves"], mode["why_not"]) for mode in told["run"]["modes"]] == [(True, "")] * 2


# The input


def test_a_given_shape_is_for_the_live_module() -> None:
    address, note = (
        f"{NETWORKS}:Pooling",
        "--input-shape is for the run alone: in printed order, input 3x32x32 does not",
    )
    request = commands.Request(address, address, (3, 32, 32), traced=False)
    assert commands.compare(request).notes[-1].startswith(note)
    [shown] = commands.show(request)
    assert shown.notes[-1].startswith(note)
    assert shown.input_shape != (3, 32, 32)
    texts = [str(importing.load_printed(address)[0])] * 2
    ours, theirs = (parse.parse(text)[0] for text in texts)
    with pytest.raises(ShapeError, match="does not run through"):  # of a print nothing else is known
        api.compare_networks(ours, theirs, (3, 32, 32))
    outcome = compared("Pooling", "Pooling", (3, 12, 12))
    assert (known(outcome.run).input_shape, outcome.verdict) == ((3, 12, 12), "identical")
    assert known(known(outcome.run).measured).equal
    assert outcome.findings == ()  # the print promises nothing of this input
    assert any(
        note.startswith("--input-shape is for the run alone: in printed order, input 3x12x12 does not")
        for note in outcome.notes
    )


def test_a_live_module_of_unknown_input_asks_for_it() -> None:
    with pytest.raises(UsageError) as caught:
        compared("called", "Modules", None)
    assert "is not known, so it cannot run" in caught.value.message
    assert "--input-shape" in caught.value.way_out
