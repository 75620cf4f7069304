"""Policies act on the members of a decision: these are selected, ignored and accepted, and a parent is what is left."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import archdiff
from answers import compared
from archdiff.model.effects import Effect
from archdiff.model.outcome import Outcome
from archdiff.model.result import Result
from archdiff.policy import baseline
from archdiff.policy.apply import Policy, evaluate, evaluate_comparison, ignore_of
from archdiff.policy.baseline import Entry
from diff.decisions.prints import batch_norm, block, conv, net, told, transformer

WIDTH = "AD109 function: hidden size 16, not 32 x6"
RATE = "AD401 training layers.0.mlp.drop: p 0.2, not 0.1"
OUTCOME = compared(transformer(16, [block(16, 64, p=0.2)]), transformer(32, [block(32, 64)]))


def shown(result: Result) -> list[str]:
    assert result.outcome is not None
    return told(result.outcome.decisions)


def accepted(outcome: Outcome, *rules: str) -> Policy:
    """A baseline that holds every place of the findings of these rules."""
    keys = [key for each in outcome.findings if each.rule in rules for key in baseline.keys("", each)]
    return Policy(entries={key: Entry(key, "known") for key in keys})


@pytest.mark.parametrize(
    ("policy", "left", "fails"),
    [
        # left alone
        pytest.param(Policy(), [WIDTH, RATE], True, id="nothing"),
        pytest.param(Policy(ignores=(ignore_of("AD601"),)), [WIDTH, RATE], True, id="another rule"),
        pytest.param(Policy(ignores=(ignore_of("AD109"),)), [RATE], True, id="all members at once"),
        # members
        pytest.param(Policy(ignores=(ignore_of("AD301"),)), [RATE], True, id="ignore"),
        pytest.param(Policy(ignores=(ignore_of("AD301"), ignore_of("AD401"))), [], False, id="ignore all"),
        pytest.param(
            Policy(ignores=(ignore_of("AD301:layers.*"),)),
            [
                "AD301 function emb: embedding_dim 16, not 32",
                "-> AD301 function layers.0.norm1: normalized_shape 16, not 32",
                "-> AD301 function layers.0.attn.q_proj: in_features 16, not 32",
                RATE,
            ],
            True,
            id="of some members: what is left speaks for itself",
        ),
        pytest.param(Policy(select=("AD301",)), [WIDTH], True, id="select"),
        pytest.param(Policy(select=("AD109",)), [WIDTH], True, id="select decisions"),
        pytest.param(Policy(select=("AD401",)), [RATE], True, id="select another"),
        pytest.param(accepted(OUTCOME, "AD301"), [RATE], True, id="baseline"),
        pytest.param(accepted(OUTCOME, "AD301", "AD401"), [], False, id="baseline of all"),
        pytest.param(Policy(fail_on=Effect.FUNCTION), [WIDTH, RATE], True, id="an effect that fails"),
        pytest.param(
            Policy(fail_on=Effect.FUNCTION, ignores=(ignore_of("AD301"),)),
            [RATE],
            False,
            id="what is left does not fail",
        ),
    ],
)
def test_what_is_left(policy: Policy, left: list[str], fails: bool) -> None:
    result = evaluate(OUTCOME, policy).result
    assert (shown(result), result.failed) == (left, fails)
    assert result.outcome is not None
    for each in result.outcome.decisions:
        assert result.fails(each) == any(map(result.fails, each.members or (each,)))


def test_an_update_accepts_members() -> None:
    """Every place of every member, so that the next comparison accepts them all."""
    evaluated = evaluate(OUTCOME, Policy(today=date(2026, 11, 27)))
    assert {key.rule for key in evaluated.failing} == {"AD301", "AD401"}
    again = evaluate(OUTCOME, Policy(entries={key: Entry(key) for key in evaluated.failing}))
    assert (shown(again.result), again.result.failed) == ([], False)


def test_a_new_member_of_an_accepted_decision_is_open() -> None:
    """Another layer of the same width: the parent stands for it alone."""
    policy = accepted(OUTCOME, "AD301", "AD401")
    wider = compared(transformer(16, [block(16, 64, p=0.2)] * 2), transformer(32, [block(32, 64)] * 2))
    result = evaluate(wider, policy).result
    assert result.outcome is not None
    places = [pair[0].path for each in result.outcome.findings if each.design for pair in each.all_places if pair[0]]
    assert result.failed
    assert places
    assert all(path.startswith("layers.1.") or path == "layers.0.norm1" for path in places), places


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        pytest.param((), ["AD109 function: eps 0.001, not 1e-05 x2"], id="no comment"),
        pytest.param(("bn",), ["AD301 function ln: eps 0.001, not 1e-05 (small)"], id="one member"),
        pytest.param(("bn", "ln"), [], id="both"),
    ],
)
def test_comments(ignored: tuple[str, ...], left: list[str], tmp_path: Path) -> None:
    norms = {"bn": batch_norm(8, 1e-03), "ln": "GroupNorm(2, 8, eps=0.001, affine=True)"}
    marked = {name: f"{norm}  # archdiff: ignore[AD301] known" for name, norm in norms.items() if name in ignored}
    candidate = net(**{"conv": conv(3, 8), **norms, **marked})
    reference = net(conv=conv(3, 8), bn=batch_norm(8), ln="GroupNorm(2, 8, eps=1e-05, affine=True)")
    paths = [tmp_path / "candidate.txt", tmp_path / "reference.txt"]
    for path, text in zip(paths, (candidate, reference), strict=True):
        path.write_text(text)
    result = evaluate_comparison(Result(outcome=archdiff.compare(*paths)), (), ())
    assert shown(result) == left


@pytest.mark.parametrize(
    ("select", "ignore", "left"),
    [
        pytest.param((), (), [WIDTH, RATE], id="none"),
        pytest.param(("AD301",), (), [WIDTH], id="select"),
        pytest.param((), ("AD301",), [RATE], id="ignore"),
        pytest.param(("AD3", "AD4"), ("AD4",), [WIDTH], id="both"),
    ],
)
def test_options(select: tuple[str, ...], ignore: tuple[str, ...], left: list[str]) -> None:
    assert shown(evaluate_comparison(Result(outcome=OUTCOME), select, ignore)) == left
