"""Names of one weight, which live modules tell and no print does: what is said where one has them, or neither."""

from __future__ import annotations

import pytest

from answers import holding, lines
from archdiff import api, parse
from archdiff.model.facts import SHARED, Fact, Provenance
from archdiff.model.network import Network

LAYERS = (
    "Embedding(10, 8)",
    "Linear(in_features=8, out_features=8, bias=True)",
    "Linear(in_features=8, out_features=10, bias=False)",
)
PRINT = holding("Net", **dict(zip(("emb", "mid", "head"), LAYERS, strict=True)))
RENAMED = holding("Net", **dict(zip(("table", "middle", "out"), LAYERS, strict=True)))
TIED = ("emb.weight", "head.weight")


def live(text: str, *groups: tuple[str, ...]) -> Network:
    """A live module that prints so and holds each of these groups of names as one weight."""
    return printed(text)._replace(facts=(Fact(SHARED, groups, Provenance.LIVE),))


def printed(text: str) -> Network:
    return parse.parse(text)[0]


#: id, candidate, reference, findings beside other names
CASES = [
    ("neither", live(PRINT), live(PRINT), []),
    ("both", live(PRINT, TIED), live(PRINT, TIED), []),
    ("both-under-other-names", live(PRINT, TIED), live(RENAMED, ("table.weight", "out.weight")), []),
    ("one-of-layers-without-counterpart", live(PRINT, ("emb.weight", "gone.weight")), live(PRINT), []),
    ("candidate", live(PRINT, TIED), live(PRINT),
     ["AD301 function head|head: emb.weight, head.weight share one weight in the candidate only"]),
    ("reference", live(PRINT), live(PRINT, TIED),
     ["AD301 function head|head: emb.weight, head.weight share one weight in the reference only"]),
    ("another-pair", live(PRINT, TIED), live(PRINT, ("mid.weight", "head.weight")),
     ["AD301 function head|head: emb.weight, head.weight share one weight in the candidate only"]),
    ("several-tensors-of-two-layers", live(PRINT, TIED, ("emb.bias", "head.bias")), live(PRINT),
     ["AD301 function head|head: emb.weight, head.weight share one weight in the candidate only"]),
    ("two-groups", live(PRINT, TIED, ("mid.weight", "head.bias")), live(PRINT),
     ["AD301 function head|head: emb.weight, head.weight share one weight in the candidate only x2"]),
    ("live-and-a-print", live(PRINT, TIED), printed(PRINT),
     ["AD701 unknown head|head: emb.weight, head.weight share one weight in the candidate; the other print does not "
      "show whether they do [...]"]),
    ("a-print-and-live", printed(PRINT), live(PRINT, TIED),
     ["AD701 unknown head|head: emb.weight, head.weight share one weight in the reference; the other print does not "
      "show whether they do [...]"]),
    ("live-without-and-a-print", live(PRINT), printed(PRINT),
     ["AD701 unknown head|head: neither print shows whether head and emb share one weight [...]"]),
    ("two-prints", printed(PRINT), printed(PRINT),
     ["AD701 unknown head|head: neither print shows whether head and emb share one weight [...]"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("candidate", "reference", "findings"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_findings(candidate: Network, reference: Network, findings: list[str]) -> None:
    found = api.compare_networks(candidate, reference).findings
    assert lines(each for each in found if each.rule != "AD107") == findings


def test_values() -> None:
    (finding,) = api.compare_networks(live(PRINT, TIED), live(PRINT)).findings
    assert finding.candidate is not None
    assert finding.reference is not None
    assert (finding.setting, finding.candidate.value, finding.reference.value) == (
        "shared",
        "emb.weight, head.weight",
        "",
    )
