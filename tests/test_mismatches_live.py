"""What broke real replications and prints leave `unknown`: with live modules each is decided, with the right effect.

The cases are those of `test_mismatches.py` with the effect `unknown`, by the same ids, and `order-bn-act` in a class of
somebody; equal forwards stand beside them.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from torch import nn

import archdiff
from archdiff.model.effects import Effect
from execute import mismatched_networks as nets
from execute.mismatched_networks import Attending, Probabilities, encoder, modules, ordered, scaled, words
from test_mismatches import CASES

BEFORE, BEHIND = "conv bn relu", "conv relu bn"
F, E, C = Effect.FUNCTION, Effect.EQUIVALENT, Effect.COSMETIC

#: id of the mismatch, what is done to it, candidate, reference, rule and effect of the one finding that decides
DECIDED: list[tuple[str, str, Callable[[], nn.Module], Callable[[], nn.Module], tuple[str, Effect] | None]] = [
    ("order-bn-act", "itself", lambda: ordered(BEFORE, BEFORE), lambda: ordered(BEFORE, BEFORE), None),
    ("order-bn-act", "declared", lambda: ordered(BEFORE, BEFORE), lambda: ordered(BEHIND, BEFORE), ("AD101", E)),
    ("order-bn-act", "both", lambda: ordered(BEFORE, BEFORE), lambda: ordered(BEHIND, BEHIND), ("AD101", F)),
    ("order-bn-act", "run", lambda: ordered(BEFORE, BEFORE), lambda: ordered(BEFORE, BEHIND), ("AD110", F)),
    ("order-bn-affine-pool", "itself", lambda: scaled("bn", "pool"), lambda: scaled("bn", "pool"), None),
    ("order-bn-affine-pool", "run", lambda: scaled("bn", "pool"), lambda: scaled("pool", "bn"), ("AD110", F)),
    (
        "order-bn-affine-pool",
        "in a Sequential",
        lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.MaxPool2d(2)),
        lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.MaxPool2d(2), nn.BatchNorm2d(8)),
        ("AD101", F),
    ),
    ("norm-place", "itself", encoder, encoder, None),
    ("norm-place", "before", lambda: encoder(norm_first=True), encoder, ("AD301", F)),
    ("heads", "itself", lambda: Attending(4), lambda: Attending(4), None),
    ("heads", "of attention", lambda: Attending(4), lambda: Attending(2), ("AD301", F)),
    ("heads", "of an encoder", lambda: encoder(4), lambda: encoder(2), ("AD301", F)),
    ("functional-op", "itself", nets.functions, nets.functions, None),
    ("functional-op", "called", nets.functions, modules, ("AD103", E)),
    ("functional-op", "lost", nets.without_pool, nets.functions, ("AD110", F)),
    ("logsoftmax-dim", "itself", lambda: Probabilities(1), lambda: Probabilities(1), None),
    ("logsoftmax-dim", "of rows", lambda: Probabilities(None), lambda: Probabilities(1), ("AD301", E)),
    ("logsoftmax-dim", "of words", lambda: words(None), lambda: words(1), ("AD301", F)),
    ("logsoftmax-last-dim", "of rows", lambda: Probabilities(-1), lambda: Probabilities(1), ("AD301", E)),
    ("logsoftmax-last-dim", "of the batch", lambda: Probabilities(0), lambda: Probabilities(1), ("AD301", F)),
    ("logsoftmax-last-dim", "of words", lambda: words(-1), lambda: words(1), ("AD301", F)),
]  # fmt: skip


def test_that_all_are_here() -> None:
    unknown = {name for name, _, _, effect, *_ in CASES if effect is Effect.UNKNOWN}
    assert {name for name, *_ in DECIDED} == unknown | {"order-bn-act"}


@pytest.mark.parametrize(
    ("candidate", "reference", "expected"), [case[2:] for case in DECIDED], ids=[" ".join(case[:2]) for case in DECIDED]
)
def test_it_is_decided(
    candidate: Callable[[], nn.Module], reference: Callable[[], nn.Module], expected: tuple[str, Effect] | None
) -> None:
    there, back = archdiff.compare(candidate(), reference()), archdiff.compare(reference(), candidate())
    for outcome in (there, back):
        found = [each for each in outcome.findings if each.effect is not C]
        assert [each.effect for each in found] == ([expected[1]] if expected else [])
        assert outcome.verdict == (expected[1].word if expected else "identical")
    if expected:
        assert [each.rule for each in there.findings if each.effect is not C] == [expected[0]]
