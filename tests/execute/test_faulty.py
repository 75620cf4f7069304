"""Live modules whose code is faulty: one error that says which and where, nothing changed behind it, no false proof."""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable, Iterator

import pytest
import torch

from archdiff import api, commands
from archdiff.cli import child
from archdiff.execute.bench import benchmark
from archdiff.execute.bench.record import Benched, BenchSettings
from archdiff.execute.bench.rounds import Plan
from archdiff.execute.bench.stats import StoppingRule
from archdiff.execute.keys.transfer import KeyOptions
from archdiff.execute.live import global_state
from archdiff.execute.running.options import RunOptions
from archdiff.model.errors import ArchdiffError
from archdiff.model.outcome import Outcome

pytestmark = pytest.mark.usefixtures("one_thread")
HERE, SHAPE = "execute.faulty_networks", (4,)


def of(name: str) -> str:
    return f"{HERE}:{name}"


def run(candidate: str, reference: str = "Plain") -> Outcome:
    return commands.compare(commands.Request(of(candidate), of(reference), SHAPE), RunOptions(batch=4))


def compare(name: str) -> None:
    api.compare(of(name), of("Plain"), input_shape=SHAPE)


def show(name: str) -> None:
    commands.show(commands.Request(of(name)))


def source(name: str) -> None:
    commands.source(commands.Request(of(name)))


def keys(name: str) -> None:
    commands.keys(commands.Request(of(name), of("Plain")), KeyOptions())


def verify(name: str) -> None:
    commands.keys(commands.Request(of(name), of("Plain"), SHAPE), KeyOptions(verify=True))


def bench(name: str) -> None:
    benched = timed(name)
    if benched.errors:
        raise ArchdiffError(benched.errors[0])


def timed(name: str) -> Benched:
    settings = BenchSettings(rule=StoppingRule(precision=100.0))  # ten rounds do
    return commands.bench(commands.Request(of(name), of("Plain"), SHAPE), settings)


@pytest.fixture(autouse=True)
def rounds_of_a_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "Plan", lambda: Plan(block=0.0002, round=0.001, sample=0.00002))


@pytest.fixture
def pressed() -> Iterator[None]:
    """As in the command's child process, where Ctrl-C can be told from a KeyboardInterrupt of somebody."""
    before = signal.signal(signal.SIGINT, child._interrupt())
    yield
    signal.signal(signal.SIGINT, before)


FACTORY = "execute.faulty_networks:{0}: calling it raises SystemExit"
MADE = (compare, show, source, keys, bench)


@pytest.mark.usefixtures("pressed")
@pytest.mark.parametrize(
    ("name", "commands", "said"),
    [
        ("exits_in_its_factory", MADE, FACTORY),
        ("ExitsInInit", MADE, FACTORY + ": 0"),
        ("ExitsInRepr", MADE, "execute.faulty_networks:{0}: printing it raises SystemExit: 0"),
        ("ExitsInForward", (run,), "the candidate cannot run: its forward raises SystemExit: 0"),
        ("ExitsInForward", (bench,), "{0} cannot run at batch 1: SystemExit: 0"),
        ("ExitsInForward", (verify,), "the candidate cannot run on (2, 4): SystemExit: 0"),
        ("ExitsInBackward", (run,), "running its code raises SystemExit: 0"),
        ("ExitsInDeepcopy", (run, verify), "running its code raises SystemExit: 0"),
        ("ExitsInDeepcopy", (bench,), "{0} cannot be built at batch 1: SystemExit: 0"),
        ("ExitsInStateDict", (keys, verify), "running its code raises SystemExit: 0"),
        ("Interrupts", (run,), "the candidate cannot run: its forward raises KeyboardInterrupt"),
        ("Interrupts", (bench,), "{0} cannot run at batch 1: KeyboardInterrupt"),
        ("Interrupts", (verify,), "the candidate cannot run on (2, 4): KeyboardInterrupt"),
        ("EndsAGenerator", (run,), "the candidate cannot run: its forward raises GeneratorExit"),
        ("EndsAGenerator", (bench,), "{0} cannot run at batch 1: GeneratorExit"),
        ("SaysNothing", (run,), "the candidate cannot run: its forward raises SilentError"),
        ("SaysNothing", (bench,), "{0} cannot run at batch 1: SilentError"),
        ("GivesNone", (verify,), "the candidate gives no tensor"),
        ("GivesNoNumbers", (verify,), "--verify: the output of the candidate is empty, which proves"),
        ("GivesNaN", (verify,), "--verify: the output of the candidate is NaN, which proves nothing"),
        ("HasNaN", (verify,), "--verify: the output of the candidate is NaN, which proves nothing"),
        ("GivesZeros", (verify,), "--verify: the output of the candidate is all zero, which proves nothing"),
        ("GivesThrees", (verify,), "--verify: the output of the candidate is the same for every input, which proves"),
    ],
)  # fmt: skip
def test_one_error(name: str, commands: tuple[Callable[[str], object], ...], said: str) -> None:
    for command in commands:
        with pytest.raises(ArchdiffError) as error:
            command(name)
        assert said.format(name) in error.value.message, command


@pytest.mark.usefixtures("pressed")
def test_ctrl_c_is_no_error_of_a_network() -> None:
    with pytest.raises(KeyboardInterrupt), global_state.restored(global_state.Changes("x")):
        signal.raise_signal(signal.SIGINT)


SET = (
    "sets the default dtype to torch.float16; taken back",
    "sets the number of threads to 2; taken back",
    "sets deterministic algorithms to on; taken back",
    "sets the working directory to /; taken back",
    "sets FAULTY_NETWORKS in the environment; taken back",
    "changes sys.path; taken back",
    "sets the seed; taken back",
)


@pytest.mark.parametrize(
    "notes",
    [
        pytest.param(lambda: run("Sets").notes, id="run"),
        pytest.param(lambda: timed("Sets").notes, id="bench"),
        pytest.param(
            lambda: commands.keys(commands.Request(of("Sets"), of("Plain"), SHAPE), KeyOptions(verify=True)).notes,
            id="verify",
        ),
    ],
)
def test_what_a_forward_sets_is_taken_back_and_named(notes: Callable[[], tuple[str, ...]]) -> None:
    found = torch.get_default_dtype(), torch.get_num_threads(), torch.initial_seed(), random.getstate(), os.getcwd()
    seen = notes()
    sys.path.remove("/nowhere")  # kept, behind all else
    assert found == (
        torch.get_default_dtype(), torch.get_num_threads(), torch.initial_seed(), random.getstate(), os.getcwd(),
    )  # fmt: skip
    assert "FAULTY_NETWORKS" not in os.environ
    assert not torch.are_deterministic_algorithms_enabled()
    assert [each for each in seen if each.startswith(of("Sets"))] == [f"{of('Sets')} {each}" for each in SET]


def test_what_a_factory_sets_is_a_note_of_the_network() -> None:
    note = f"{of('seeds')} sets the seed; taken back"
    [network] = commands.show(commands.Request(of("seeds")))
    assert note in network.notes
    assert note in api.compare(of("seeds"), of("Plain")).notes


def test_one_that_changes_nothing_has_no_such_note() -> None:
    told = [*run("Plain").notes, *timed("Plain").notes, *commands.show(commands.Request(of("Plain")))[0].notes]
    assert [note for note in told if note.startswith(HERE)] == []


def test_the_other_network_gets_the_input_as_it_was() -> None:
    outcome = run("Plain", "Overwrites")
    assert f"{of('Overwrites')} changes its input in place; the other network gets it unchanged" in outcome.notes
    assert outcome.run is not None
    assert not outcome.run.modes[0].same  # it was zero for the one, and was not for the other
    noted = [note for note in timed("Overwrites").notes if "in place" in note]
    assert noted == [f"{of('Overwrites')} changes its input in place; the other network has an input of its own"]


@pytest.mark.parametrize(
    ("candidate", "reference"),
    [
        ("Plain", "Plain"),
        ("GivesADataclass", "Plain"),
        ("GivesADataclass", "GivesADataclass"),
        ("GivesADict", "GivesADict"),
        ("GivesADict", "GivesItTurned"),
        ("GivesNested", "GivesTwo"),
        ("GivesSparse", "Plain"),
    ],
)
def test_outputs_are_compared_leaf_by_leaf(candidate: str, reference: str) -> None:
    ran = run(candidate, reference).run
    assert ran is not None
    assert ran.measured is not None
    assert [(mode.same, mode.why_not) for mode in ran.modes] == [(True, ""), (True, "")]
    assert ran.measured.why_not == ""


@pytest.mark.parametrize(
    ("candidate", "reference", "why_not"),
    [
        ("GivesNone", "Plain", "the output of the candidate (NoneType) contains no tensor"),
        ("Plain", "GivesText", "the output of the reference (str) contains no tensor"),
        ("GivesTwo", "Plain", "2 output tensors, 1 in the reference"),
        ("GivesNoNumbers", "GivesNoNumbers", "the output is empty"),
        ("GivesNaN", "GivesNaN", "the output is NaN on both sides"),
        ("HasNaN", "HasNaN", "the output is NaN on both sides"),
        ("HidesNaN", "HidesNaN", "the output is all zero"),
        ("HidesNaNInIndices", "HidesNaNInIndices", "the output is all zero"),
        ("GivesInfinity", "GivesInfinity", "the output is not finite"),
        ("GivesZeros", "GivesZeros", "the output is all zero"),
        ("GivesThrees", "GivesThrees", "the output is the same for every input"),
    ],
)
def test_no_proof(candidate: str, reference: str, why_not: str) -> None:
    outcome = run(candidate, reference)
    assert outcome.run is not None
    assert outcome.run.measured is not None
    assert [mode.why_not for mode in outcome.run.modes] == [why_not, why_not]
    assert not outcome.run.measured.equal


def test_numbers_are_compared_though_no_gradient_reaches_them() -> None:
    ran = run("GivesANumber", "GivesANumber").run
    assert ran is not None
    assert ran.measured is not None
    assert ran.modes[0].proves
    assert ran.measured.why_not == "no gradient reaches the weights or the input"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("GivesNaN", "the output of GivesNaN is NaN: the timed computation may be meaningless"),
        ("GivesNone", "the output of GivesNone contains no tensor: the timed computation may be meaningless"),
        ("GivesZeros", "the output of GivesZeros is all zero: the timed computation may be meaningless"),
    ],
)
def test_what_was_timed_is_of_no_use(name: str, said: str) -> None:
    assert said in timed(name).notes
