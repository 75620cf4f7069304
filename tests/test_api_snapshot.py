"""A live module against the text of another one, and two such texts, are as two live modules."""

from __future__ import annotations

from collections.abc import Callable

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


def test_a_text_of_two_inputs() -> None:
    """Two texts that were written with other inputs are compared without their forwards, and say so."""
    module = nn.Linear(4, 4)
    texts = [api.snapshot(module, inputs=f"input:float32[{batch},4]") for batch in (1, 2)]
    outcome = api.compare(*texts)
    assert (outcome.verdict, outcome.traced) == ("identical", ())
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


def test_a_trace_that_no_rule_understands_is_a_note() -> None:
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
    assert (outcome.verdict, outcome.traced) == ("identical", ())
    assert [each.partition(": ")[0] for each in outcome.notes] == [
        "the traces of a text are not understood, and forwards are not compared"
    ]
