"""A live module against the text of another one, and two such texts, are as two live modules."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import pytest
import torch
from torch import nn

from archdiff import api, parse
from archdiff.model.errors import UsageError
from archdiff.model.facts import PACKED
from archdiff.model.finding import Finding
from archdiff.model.outcome import Outcome
from archdiff.parse.facts import packing
from execute.live.test_unprinted_pairs import CASES

Make = Callable[[], nn.Module]


def told(outcome: Outcome) -> tuple[str, list[tuple[object, ...]]]:
    """The verdict and all findings, without lines, which live modules have not."""
    return outcome.verdict, [_told(each) for each in outcome.findings]


def _told(finding: Finding) -> tuple[object, ...]:
    paths = [tuple((at.path, at.value) if at else None for at in places) for places in finding.all_places]
    return finding.rule, finding.effect, finding.message, finding.setting, paths, len(finding.consequences)


@pytest.mark.parametrize(("ours", "theirs"), [case[1:3] for case in CASES], ids=[case[0] for case in CASES])
def test_a_text_is_as_good_as_the_module(ours: Make, theirs: Make) -> None:
    mine, original = ours(), theirs()
    live = api.compare(mine, original)
    texts = api.snapshot(mine), api.snapshot(original)
    for candidate, reference in ((mine, texts[1]), (texts[0], original), texts):
        outcome = api.compare(candidate, reference)
        assert told(outcome) == told(live)
        assert outcome.traced == live.traced
    for module, text in zip((mine, original), texts, strict=True):
        outcome = api.compare(module, text)
        assert outcome.verdict == "identical"
        assert told(outcome) == told(api.compare(module, module))


NOT_KNOWN: Final = "whether their forwards do the same is not known: "


class Branch(nn.Module):
    """Two layers, of which the second one is added to what it takes."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)

    def run(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.first(x)
        z: torch.Tensor = y + self.second(y)
        return z

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.run(x)


class Renamed(Branch):
    """The same under another name of its argument."""

    def forward(self, pixel_values: torch.Tensor | None = None, labels: torch.Tensor | None = None) -> torch.Tensor:
        assert labels is None
        assert pixel_values is not None
        return self.run(pixel_values)


class Plain(Renamed):
    def run(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.second(self.first(x))
        return y


class Two(Branch):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        return self.run(x) * y


class OtherTwo(Branch):
    def forward(self, states: torch.Tensor, gate: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        return self.run(states) * gate


for other in (Renamed, Plain, Two, OtherTwo):
    other.__name__ = "Branch"

ROWS: Final = "float32[2,4]"


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict"),
    [
        (Branch, Branch, "identical"),
        (Renamed, Branch, "identical"),
        (Plain, Branch, "function"),
    ],
    ids=["one name", "another name", "another name, and no skip"],
)
def test_one_tensor_is_one_input_whatever_it_is_called(ours: Make, theirs: Make, verdict: str) -> None:
    mine, original = ours(), theirs()
    texts = [api.snapshot(each, input_shape=(4,)) for each in (mine, original)]
    for candidate, reference in ((mine, original), (mine, texts[1]), (texts[0], original), texts):
        for pair in ((candidate, reference), (reference, candidate)):
            outcome = api.compare(*pair, input_shape=(4,))
            assert (outcome.verdict, bool(outcome.traced)) == (verdict, verdict == "identical")
            assert not [each for each in outcome.notes if "traced with" in each or "goes in" in each]


def test_a_text_says_how_a_module_that_names_its_argument_otherwise_is_called() -> None:
    """By position and by name, with the batch of the text."""
    named = api.snapshot(Renamed(), inputs="pixel_values:float32[3,4]")
    assert "called by name: pixel_values:float32[3,4], digest" in named
    assert api.compare(Branch(), named).traced == ("x:float32[3,4]",)
    assert api.compare(Renamed(), api.snapshot(Branch(), inputs="x:float32[5,4]")).traced == (
        "pixel_values:float32[5,4]",
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict", "notes"),
    [
        ("x:{0} y:{0}", "x:{0} y:{0}", "identical", []),
        ("x:{0} y:{0}", "states:{0} gate:{0}", "identical", ["x is states and y is gate"]),
        ("x:{0} y:{0}", "states:{0} gate:float32[4]", "unknown", []),
        ("x:{0} y:{0}", "y:{0} x:{0}", "unknown", []),
    ],
    ids=["the same", "other names", "another shape", "another order of the same names"],
)
def test_several_tensors_are_taken_in_order(ours: str, theirs: str, verdict: str, notes: list[str]) -> None:
    modules = [OtherTwo() if "gate" in each else Two() for each in (ours, theirs)]
    texts = [
        api.snapshot(module, inputs=each.format(ROWS)) for module, each in zip(modules, (ours, theirs), strict=True)
    ]
    outcome = api.compare(*texts)
    assert outcome.verdict == verdict
    told = "what goes in is taken in order, whatever it is called: "
    assert [each.removeprefix(told) for each in outcome.notes if each.startswith(told)] == notes


class Deciding(Branch):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.run(x) if x.sum() < 1e9 else x


class Failing(Branch):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise ValueError("no")


class OnlyInEval(Branch):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.training:
            raise ValueError("no")
        return self.run(x)


for opaque in (Deciding, Failing, OnlyInEval):
    opaque.__name__ = "Branch"


@pytest.mark.parametrize(
    ("module", "why"),
    [
        (Branch, ""),
        (Deciding, "it makes decisions by numbers"),
        (Failing, "ValueError: no; --inputs says what it is called with"),
        (OnlyInEval, "its training was not traced"),
    ],
    ids=["traced", "decisions", "not traced", "training is not"],
)
def test_what_a_trace_does_not_tell_the_code_does(module: type[nn.Module], why: str) -> None:
    """A text holds a digest of the code there, so that a module is as its own text; another one is unknown."""
    text = api.snapshot(module())
    assert ("\n# . Branch code: " in text) == bool(why)
    for candidate, reference in ((module(), text), (text, module()), (text, text)):
        assert api.compare(candidate, reference).verdict == "identical"
    others = [text.replace('Branch code: "', 'Branch code: "0'), re.sub(".* code: .*\n", "", text)]
    for another in others if why else ():
        for pair in ((module(), another), (text, another), (another, text)):
            found = api.compare(*pair)
            assert found.verdict == "unknown"
            assert [each.message.partition(": ")[2] for each in found.findings] == [why]


def test_a_print_that_was_edited_behind_its_traces() -> None:
    """Its forward is not known any more, unless both sides are that text; beside a print, it is a print."""
    text = api.snapshot(Branch())
    edited = text.replace("(first)", "(one)").replace("(second)", "(two)")
    plain = edited.partition("# archdiff facts")[0]
    assert api.compare(edited, edited).verdict == "identical"
    assert api.compare(edited, plain).verdict == "identical"
    for pair in ((edited, text), (text, edited), (Branch(), edited)):
        outcome = api.compare(*pair)
        assert outcome.verdict == "unknown"
        assert [each.message for each in outcome.findings if each.rule == "AD110"] == [
            f"{NOT_KNOWN}a print was edited behind its traces, which no longer count"
        ]


def test_traces_that_are_too_large_for_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    small = api.snapshot(Branch())
    with monkeypatch.context() as bounds:
        bounds.setattr(packing, "MOST", 100)
        text = api.snapshot(Plain())
    assert api.compare(Plain(), text).verdict == "identical"
    assert [each.message for each in api.compare(text, small).findings] == [
        f"{NOT_KNOWN}its trace is too large for a text"
    ]


@pytest.mark.parametrize("module", [Branch, Renamed], ids=["by its first layer", "by its name"])
def test_a_shape_that_is_given_is_used_or_refused(module: type[nn.Module]) -> None:
    text = api.snapshot(module(), input_shape=(5, 4))
    assert ":float32[2,5,4], digest" in text
    with pytest.raises(UsageError, match="--input-shape 5: its forward is not traced: RuntimeError"):
        api.snapshot(module(), input_shape=(5,))
    with pytest.raises(UsageError, match=r"--input-shape 4: the traces were made with \w+:float32\[2,5,4\]"):
        api.compare(module(), text, input_shape=(4,))
    assert api.compare(module(), text, input_shape=(5, 4)).verdict == "identical"


def test_a_text_of_two_inputs() -> None:
    """Two texts that were written with other inputs are compared without their forwards: nothing says they are one."""
    module = nn.Linear(4, 4)
    texts = [api.snapshot(module, inputs=f"input:float32[{batch},4]") for batch in (1, 2)]
    outcome = api.compare(*texts)
    assert (outcome.verdict, outcome.traced) == ("unknown", ())
    assert [each.message for each in outcome.findings] == [
        f"{NOT_KNOWN}they were traced with input:float32[1,4] and input:float32[2,4]"
    ]
    assert outcome.notes == (
        "the forwards were traced with input:float32[1,4] and input:float32[2,4], and are not compared: "
        "write both with the same --inputs",
    )


class Other(nn.Linear):
    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002
        return super().forward(input) + input


Other.__name__ = "Linear"


def test_what_another_torch_may_spell_otherwise_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    text = api.snapshot(nn.Linear(4, 4))
    assert api.compare(Other(4, 4), text).verdict == "function"
    monkeypatch.setattr(torch, "__version__", "99.0.1")
    other = api.compare(Other(4, 4), text)
    version = ".".join(text.partition("torch ")[2].split(".")[:2])
    assert other.verdict == "unknown"
    assert [each for each in other.notes if "spell" in each] == [
        f"the forwards were traced with torch 99.0 and {version}, which may spell one operation in two ways"
    ]
    assert api.compare(nn.Linear(4, 4), text).verdict == "identical"


def test_a_print_is_no_live_module() -> None:
    with pytest.raises(UsageError, match="no live module"):
        api.snapshot("Linear(in_features=4, out_features=4, bias=True)\n")


def test_a_trace_that_no_rule_understands_is_unknown() -> None:
    """Of another version of torch, or made by hand: all else is compared."""
    text = api.snapshot(nn.Linear(4, 4))
    (network,) = api.read_all(text)
    packed = parse.packed_traces(network)
    assert packed
    traces = [
        each._replace(operations=tuple(op._replace(arguments=op.arguments[:1]) for op in each.operations))
        for each in packing.unpack(packed.data)
    ]
    odd = packed._replace(data=packing.pack(traces))
    facts = tuple(fact._replace(value=odd) if fact.name == PACKED else fact for fact in network.facts)
    outcome = api.compare(nn.Linear(4, 4), network._replace(facts=facts))
    assert (outcome.verdict, outcome.traced) == ("unknown", ())
    assert [each.partition(": ")[0] for each in outcome.notes] == [
        "the traces of a text are not understood, and forwards are not compared"
    ]
