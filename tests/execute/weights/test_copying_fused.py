"""Projections in other parts get the weights of the other side, so that a run shows whether both compute the same."""

from __future__ import annotations

import pytest

from archdiff import commands
from archdiff.execute.running.options import RunOptions
from archdiff.model.effects import Effect
from archdiff.model.outcome import Outcome
from known import known

pytestmark = pytest.mark.usefixtures("one_thread")

NETWORKS = "execute.projection_networks"


def compared(candidate: str, reference: str) -> Outcome:
    request = commands.Request(f"{NETWORKS}:{candidate}", f"{NETWORKS}:{reference}", (5, 8))
    return commands.compare(request, RunOptions(batch=2))


@pytest.mark.parametrize(
    ("candidate", "reference", "verdict"),
    [
        ("apart", "apart", "identical"),
        ("apart", "first_fused", "equivalent"),
        ("first_fused", "paired_and_fused", "equivalent"),
        ("apart", "paired_and_fused", "equivalent"),
        ("other_pairs", "paired_and_fused", "equivalent"),
        ("held", "apart", "unknown"),  # of another class, and no traced weight is q alone
        ("held", "first_fused", "equivalent"),  # the same code, as traced
    ],
)
def test_with_the_same_weights_outputs_are_equal(candidate: str, reference: str, verdict: str) -> None:
    for outcome in (compared(candidate, reference), compared(reference, candidate)):
        assert outcome.verdict == verdict
        assert [known(mode.output).same for mode in known(outcome.run).modes] == [True, True]
        assert not [each for each in outcome.findings if "never called" in each.message and "+" in each.message]


def test_rows_that_stand_otherwise_prove_nothing() -> None:
    outcome = compared("apart", "by_head")
    assert outcome.verdict == "unknown"
    assert [known(mode.output).same for mode in known(outcome.run).modes] == [False, False]
    (joined,) = (each for each in outcome.findings if each.rule == "AD302" and each.effect is Effect.UNKNOWN)
    assert joined.hint == "the rows of what is one matrix on one side may stand in another order"
