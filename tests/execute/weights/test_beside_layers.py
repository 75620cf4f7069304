"""Bare parameters and buffers get the numbers of their counterparts, so that a run compares the networks."""

from __future__ import annotations

import pytest

from archdiff import commands
from archdiff.execute.running.options import RunOptions
from archdiff.model.outcome import Outcome
from known import known

pytestmark = pytest.mark.usefixtures("one_thread")

NETWORKS = "execute.bare_networks"


def compared(candidate: str, reference: str) -> Outcome:
    request = commands.Request(f"{NETWORKS}:{candidate}", f"{NETWORKS}:{reference}", (3, 6))
    return commands.compare(request, RunOptions(batch=2))


@pytest.mark.parametrize(
    ("candidate", "reference"),
    [
        ("scaled", "scaled"),
        ("scaled", "scaled_in_rows"),
        ("scaled", "one_of_another_name"),
        ("scaled_in_rows", "one_of_another_name"),
        ("nested", "flat"),
        ("normed", "normed_elsewhere"),
    ],
)
def test_with_the_same_numbers_both_are_measured_equal(candidate: str, reference: str) -> None:
    for outcome in (compared(candidate, reference), compared(reference, candidate)):
        assert known(known(outcome.run).measured).equal
        assert not [each for each in outcome.findings if each.rule == "AD911"]


@pytest.mark.parametrize(
    ("candidate", "reference", "alone"),
    [
        pytest.param("scaled", "two_of_other_names", "0.scale of the candidate, 0.shift of the candidate", id="two"),
        pytest.param(
            "positions", "positions_in_columns", "pos of the candidate, table of the reference", id="in order?"
        ),
    ],
)
def test_without_them_outputs_prove_nothing(candidate: str, reference: str, alone: str) -> None:
    outcome = compared(candidate, reference)
    (found,) = (each for each in outcome.findings if each.rule == "AD911")
    assert found.hint.startswith(f"weights without a counterpart: {alone}")
    assert outcome.verdict == "equivalent"  # as traced
