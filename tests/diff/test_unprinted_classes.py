"""What a class of somebody does not print, where no module, one or both are live."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from answers import holding, lines
from archdiff import api, parse
from archdiff.model.facts import ATTRIBUTES, SHARED, Fact, Provenance
from archdiff.model.network import UNKNOWN, Network, Value

LINEAR = "Linear(in_features=8, out_features=8, bias=True)"
ATTENTION = holding("Attn", query=LINEAR, key=LINEAR)
EXPERTS = holding("Moe", gate="Gate()", experts=holding("ModuleList", "Expert()", "Expert()"))
NET = holding("Net", a=ATTENTION, b=ATTENTION)


def live(text: str, **held: Mapping[str, Value]) -> Network:
    """A live module that prints so and holds attributes by path."""
    facts = [Fact(ATTRIBUTES, tuple(values.items()), Provenance.LIVE, path) for path, values in held.items()]
    return printed(text)._replace(facts=(Fact(SHARED, (), Provenance.LIVE), *facts))


def printed(text: str) -> Network:
    return parse.parse(text)[0]


def heads(first: int, second: int, name: str = "num_heads") -> Network:
    return live(NET, a={name: first}, b={name: second})


NEITHER = "neither print shows the number of heads of Attn, nor its scale, dropout and window"
#: id, candidate, reference, findings without their hints
CASES = [
    ("neither-live", printed(NET), printed(NET), [f"AD701 unknown a|a: {NEITHER} x2"]),
    ("both-live-and-held-elsewhere", live(NET), live(NET), [f"AD701 unknown a|a: {NEITHER} x2"]),
    ("both-live-in-an-object", live(NET, a={"config": UNKNOWN}), live(NET, a={"config": UNKNOWN}),
     [f"AD701 unknown a|a: {NEITHER} x2"]),
    ("both-live-and-equal", heads(4, 4), heads(4, 4), []),
    ("both-live-and-equal-by-other-names", heads(4, 4), heads(4, 4, "n_head"), []),
    ("both-live-and-not-equal-by-other-names", heads(4, 4), heads(2, 2, "n_head"),
     ["AD301 unknown a|a: num_heads 4, not 2 (live attribute) x2"]),
    ("both-live-one-by-the-width", heads(4, 4), heads(2, 2, "head_dim"), [f"AD701 unknown a|a: {NEITHER} x2"]),
    ("by-the-width", heads(2, 2, "head_dim"), heads(2, 2, "head_dim"), []),
    ("one-live", heads(4, 4), printed(NET),
     ["AD701 unknown a|a: num_heads of Attn is 4 in the candidate (live attribute); the reference does not print it, "
      "and must have the same x2"]),
    ("the-other-live", printed(NET), heads(4, 4),
     ["AD701 unknown a|a: num_heads of Attn is 4 in the reference (live attribute); the candidate does not print it, "
      "and must have the same x2"]),
    ("one-live-that-does-not-hold-it", live(NET), printed(NET), [f"AD701 unknown a|a: {NEITHER} x2"]),
    ("experts", live(holding("Net", m=EXPERTS), **{"m.gate": {"top_k": 2}}), printed(holding("Net", m=EXPERTS)),
     ["AD701 unknown m|m: top_k of Moe is 2 in the candidate (live attribute); the reference does not print it, and "
      "must have the same",
      "AD701 unknown m.experts.0|m.experts.0: Expert holds no settings in the candidate (live module); the reference "
      "prints none of it x2"]),
    ("settings", live(holding("Net", s="Scale()"), s={"k": 2, "mode": "sum"}), printed(holding("Net", s="Scale()")),
     ["AD701 unknown s|s: Scale has k=2, mode=sum in the candidate (live attributes); the reference prints none of it, "
      "and must have the same"]),
    ("settings-of-both", live(holding("Net", s="Scale()"), s={"k": 2}),
     live(holding("Net", s="Scale()"), s={"k": 2}), []),
    ("settings-in-an-object", live(holding("Net", s="Scale()"), s={"k": UNKNOWN}), live(holding("Net", s="Scale()")),
     ["AD701 unknown s|s: Scale holds no settings in the reference (live module); the candidate prints none of it"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("candidate", "reference", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_findings(candidate: Network, reference: Network, expected: list[str]) -> None:
    found = api.compare_networks(candidate, reference).findings
    assert [line.partition(" [")[0] for line in lines(found)] == expected


@pytest.mark.parametrize(("second", "value"), [(4, 4), (2, (4, 2))])
def test_the_known_half(second: int, value: Value) -> None:
    (finding,) = api.compare_networks(heads(4, second), printed(NET)).findings
    assert finding.candidate is not None
    assert finding.reference is not None
    assert (finding.setting, finding.candidate.value, finding.reference.value) == ("num_heads", value, UNKNOWN)
