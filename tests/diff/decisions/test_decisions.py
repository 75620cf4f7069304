"""The shortest explanation of all findings: which decisions are taken, in which order, and that none is swallowed."""

from __future__ import annotations

from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers import compared
from archdiff.diff.decisions import _shortest
from archdiff.diff.decisions._proposal import Proposal
from archdiff.model.finding import Finding
from archdiff.model.message import message
from archdiff.model.outcome import Outcome
from diff.decisions.prints import block, cnn, linear, listed, net, ordered, told, transformer


def proposal(name: str, *parts: int, words: int = 1, tells_more: bool = False) -> Proposal:
    return Proposal(message(name), frozenset(parts), words, tells_more)


@pytest.mark.parametrize(
    ("proposed", "taken"),
    [
        # left alone
        pytest.param([], [], id="nothing"),
        pytest.param([proposal("one", 1)], [], id="of one finding"),
        pytest.param([proposal("most", 1, 2, 3), proposal("rest", 3, 4)], [("most", {1, 2, 3})], id="one is left"),
        # taken
        pytest.param(
            [proposal("depth", 1, tells_more=True)], [("depth", {1})], id="of one finding, of which it tells more"
        ),
        pytest.param([proposal("few", 1, 2), proposal("most", 1, 2, 3)], [("most", {1, 2, 3})], id="most findings"),
        pytest.param(
            [proposal("long", 1, 2, words=3), proposal("short", 1, 2)], [("short", {1, 2})], id="fewest words"
        ),
        pytest.param([proposal("first", 1, 2), proposal("same", 1, 2)], [("first", {1, 2})], id="the first of equals"),
        pytest.param(
            [proposal("rest", 3, 4, 5), proposal("most", 1, 2, 3, 6)],
            [("most", {1, 2, 3, 6}), ("rest", {4, 5})],
            id="what is left of another",
        ),
        pytest.param(
            [proposal("most", 1, 2, 3), proposal("depth", 3, 4, tells_more=True)],
            [("most", {1, 2, 3}), ("depth", {4})],
            id="one is left, of which it tells more",
        ),
        pytest.param(
            [proposal("most", 1, 2), proposal("depth", 2, tells_more=True)], [("most", {1, 2})], id="none is left"
        ),
    ],
)
def test_shortest(proposed: list[Proposal], taken: list[tuple[str, set[int]]]) -> None:
    assert [(each.what.code, set(each.parts)) for each in _shortest(proposed)] == taken


def test_findings_stay_as_they_are_and_in_their_order() -> None:
    """But for the decision that they say to be part of."""
    outcome = compared(transformer(16, [block(16, 48, p=0.2)] * 2), transformer(32, [block(32, 64)] * 2))
    assert [each.message for each in outcome.findings if each.is_difference] == [
        "embedding_dim 16, not 32",
        *["out_features 16, not 32"] * 4,
        "out_features 48, not 64",
        "out_features 16, not 32",
        "p 0.2, not 0.1",
    ]
    assert told(outcome.decisions) == [
        "AD109 function: hidden size 16, not 32 x11",
        "AD301 function layers.0.mlp.fc1: out_features 48, not 64 x2",
        "-> AD301 function layers.0.mlp.fc2: in_features 48, not 64",
        "AD401 training layers.0.mlp.drop: p 0.2, not 0.1 x2",
    ]
    (decision,) = (each for each in outcome.decisions if each.members)
    members = [each for each in outcome.findings if each.design]
    assert list(decision.members) == members
    assert {each.design and each.design.message for each in members} == {decision.message}


#: what is edited in one line of a candidate, what instead, the rule, the setting, and what a finding says
Edit: TypeAlias = tuple[str, str, str, str | None, str]
EVERYWHERE: list[Edit] = [
    ("eps=1e-05", "eps=0.001", "AD301", "eps", "eps 0.001, not 1e-05"),
    ("bias=True", "bias=False", "AD301", "bias", "bias False, not True"),
]
OF_TRANSFORMERS: list[Edit] = [
    ("p=0.1", "p=0.3", "AD401", "p", "p 0.3, not 0.1"),
    ("GELU()", "SiLU()", "AD105", None, "SiLU, not GELU"),
    ("GELU()", "ReLU()", "AD105", None, "ReLU, not GELU"),
]
OF_CNNS: list[Edit] = [
    ("momentum=0.1", "momentum=0.2", "AD401", "momentum", "momentum 0.2, not 0.1"),
    ("stride=(1, 1)", "stride=(2, 2)", "AD301", "stride", "stride 2x2, not 1x1"),
    ("padding=(1, 1)", "padding=(0, 0)", "AD301", "padding", "padding 0x0, not 1x1"),
    ("affine=True", "affine=False", "AD301", "affine", "affine False, not True"),
    ("output_size=(1, 1)", "output_size=(2, 2)", "AD301", "output_size", "output_size 2x2, not 1x1"),
]
#: candidate, reference, the decision about its widths, edits
NETWORKS: dict[str, tuple[str, str, str, list[Edit]]] = {
    "transformer": (
        transformer(16, [block(16, 64)] * 4),
        transformer(32, [block(32, 64)] * 4),
        "hidden size 16, not 32",
        [*EVERYWHERE, *OF_TRANSFORMERS],
    ),
    "transformer by a factor": (
        transformer(16, [block(16, 64)] * 4),
        transformer(32, [block(32, 128)] * 4),
        "every width x 1/2: 16, 64, not 32, 128",
        [*EVERYWHERE, *OF_TRANSFORMERS],
    ),
    "convolutions": (
        cnn(8, 12, 16),
        cnn(16, 24, 32),
        "every width x 1/2: 8, 12, 16, not 16, 24, 32",
        [*EVERYWHERE, *OF_CNNS],
    ),
}


@given(st.sampled_from(sorted(NETWORKS)), st.data())
def test_a_single_edit_inside_of_a_width_change_stays_a_finding_of_its_own(network: str, data: st.DataObject) -> None:
    """With its own rule, place and message, beside the decision about the widths, which stays whole."""
    candidate, reference, widths, edits = NETWORKS[network]
    lines = candidate.split("\n")
    old, new, rule, setting, words = data.draw(st.sampled_from(edits))
    at = data.draw(st.sampled_from([number for number, line in enumerate(lines) if old in line]))
    lines[at] = lines[at].replace(old, new)
    outcome = compared("\n".join(lines), reference)
    decided = compared(candidate, reference)
    here = [
        each
        for each in outcome.decisions
        if (each.rule, each.setting) == (rule, setting) and at + 1 in _lines(each) and each.message.startswith(words)
    ]
    assert len(here) == 1, told(outcome.decisions)
    assert (
        told(_decided(outcome))
        == told(_decided(decided))
        == [line for line in told(decided.decisions) if widths in line]
    )
    assert all(member.aspect in ("width", "input") for each in _decided(outcome) for member in each.members)


def _decided(outcome: Outcome) -> list[Finding]:
    return [each for each in outcome.decisions if each.members]


def _lines(finding: Finding) -> set[int]:
    return {pair[0].line for pair in finding.all_places if pair[0]}


@given(st.integers(0, 3), st.sampled_from([24, 48, 63, 65, 100, 200]))
def test_one_block_of_another_inner_width_stays_a_finding_of_its_own(at: int, inner: int) -> None:
    blocks = [block(16, inner if at == each else 64) for each in range(4)]
    outcome = compared(transformer(16, blocks), transformer(32, [block(32, 64)] * 4))
    assert told(outcome.decisions) == [
        "AD109 function: hidden size 16, not 32 x21",
        f"AD301 function layers.{at}.mlp.fc1: out_features {inner}, not 64",
        f"-> AD301 function layers.{at}.mlp.fc2: in_features {inner}, not 64",
    ]


@given(st.integers(0, 3), st.integers(0, 3))
def test_an_edit_of_a_width_is_told_by_its_place_whatever_explains_it(at: int, other: int) -> None:
    """Half of the inner width in two blocks: as the members of a decision or as findings, no place is lost."""
    blocks = [block(16, 32 if each in (at, other) else 64) for each in range(4)]
    outcome = compared(transformer(16, blocks), transformer(32, [block(32, 64)] * 4))
    found = [each for each in outcome.findings if each.message == "out_features 32, not 64"]
    places = sorted(pair[0].path for each in found for pair in each.all_places if pair[0])
    assert places == sorted({f"layers.{each}.mlp.fc1" for each in (at, other)})


@pytest.mark.parametrize(
    ("candidate", "reference"),
    [
        pytest.param(transformer(16, [block(16, 64)] * 2), transformer(32, [block(32, 128)] * 2), id="widths"),
        pytest.param(cnn(8, 12, 16), cnn(16, 24, 32), id="convolutions"),
        pytest.param(NETWORKS["transformer"][0], NETWORKS["transformer"][0].replace("p=0.1", "p=0.2"), id="a setting"),
    ],
)
def test_places_of_a_decision_are_those_of_its_members(candidate: str, reference: str) -> None:
    """Each layer once, whatever else changed in it."""
    outcome = compared(candidate, reference)
    for decision in _decided(outcome):
        paths = {tuple(p and p.path for p in pair) for each in decision.members for pair in each.all_places}
        assert decision.count == len(decision.all_places) == len(paths)
    assert sum(len(each.members) or 1 for each in outcome.decisions) == len(outcome.findings)


@pytest.mark.parametrize(
    ("candidate", "reference", "title"),
    [
        pytest.param(linear(8, 6), linear(8, 4), "", id="a layer of any name"),
        pytest.param(net(fc=linear(8, 6)), net(fc=linear(8, 4)), "classes 6, not 4", id="classes"),
        pytest.param(net(fc=listed(linear(8, 6))), net(fc=listed(linear(8, 4))), "classes 6, not 4", id="in a list"),
        pytest.param(net(wpe="Embedding(6, 8)"), net(wpe="Embedding(4, 8)"), "positions 6, not 4", id="positions"),
    ],
)
def test_a_width_that_stands_for_itself_has_the_name_of_the_field_in_its_title(
    candidate: str, reference: str, title: str
) -> None:
    (found,) = [each for each in compared(candidate, reference).decisions if each.is_difference]
    assert (found.rule, found.title) == ("AD301", title)


def test_a_layer_of_a_head_that_ends_otherwise_gives_no_classes() -> None:
    candidate, reference = net(fc=ordered(linear(8, 6), "ReLU()", linear(6, 4))), net(fc=ordered(linear(8, 10)))
    titles = [each.title for each in compared(candidate, reference).decisions]
    assert not any("classes" in title for title in titles)
