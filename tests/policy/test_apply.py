# ruff: noqa: E501  (tables: a case a line)
"""What of an outcome counts: rules that were selected, ignores, a baseline, and comments in the texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from archdiff.model import catalogue
from archdiff.model.effects import Effect
from archdiff.model.errors import UsageError
from archdiff.model.facts import Comment
from archdiff.model.finding import Finding, Place
from archdiff.model.outcome import Outcome
from archdiff.model.result import Result
from archdiff.policy import baseline
from archdiff.policy.apply import (
    Policy,
    _of_comments,
    evaluate,
    evaluate_comparison,
    ignore_of,
    rule_ids,
    strict_facts,
    written_ignores,
)
from archdiff.policy.baseline import Entry, Key
from archdiff.policy.ignores import Ignore
from report.answers import COMPARED

TODAY = date(2026, 11, 23)


def finding(rule: str, effect: Effect, path: str, setting: str | None = None) -> Finding:
    place = Place(path, 3, 0.5 if setting else None, "Dropout")
    return Finding(rule, effect, f"{rule} at {path}", candidate=place, reference=place, setting=setting)


RATE = finding("AD401", Effect.TRAINING, "a.0", "p")
WIDTH = finding("AD301", Effect.FUNCTION, "b.0", "out_features")
SPELLED = finding("AD107", Effect.COSMETIC, "c")
OUTCOME: Outcome = replace(COMPARED["identical"], findings=(WIDTH, RATE, SPELLED))


def known(what: Finding, pair: str = "") -> Key:
    (key,) = baseline.keys(pair, what)
    return key


def accepted(*entries: Entry) -> dict[Key, Entry]:
    return {entry.key: entry for entry in entries}


def test_without_a_policy_all_counts() -> None:
    found = evaluate(OUTCOME, Policy())
    assert found.result.outcome is not None
    assert found.result.outcome == OUTCOME
    assert (found.result.failed, found.result.outcome.suppressed, found.used, found.matched) == (
        True,
        (),
        frozenset(),
        frozenset(),
    )
    assert found.failing == (known(WIDTH), known(RATE))  # spelling fails nothing


CASES = [
    # name, policy, findings that count, how each other one was set aside, whether it fails
    ("selected", Policy(select=("AD401", "AD107")), [RATE, SPELLED], [(WIDTH, "selection")], True),
    ("nothing selected that is there", Policy(select=("AD101",)), [], [(each, "selection") for each in (WIDTH, RATE, SPELLED)], False),
    ("ignored by rule", Policy(ignores=(Ignore(("AD301",), reason="x"),)), [RATE, SPELLED], [(WIDTH, "ignore")], True),
    ("ignored by path", Policy(ignores=(Ignore((), "b", "x"),)), [RATE, SPELLED], [(WIDTH, "ignore")], True),
    ("another path", Policy(ignores=(Ignore(("AD301",), "a", "x"),)), [WIDTH, RATE, SPELLED], [], True),
    ("accepted", Policy(entries=accepted(Entry(known(WIDTH), "x"), Entry(known(RATE), "y"))), [SPELLED], [(WIDTH, "baseline"), (RATE, "baseline")], False),
    ("of another pair", Policy("n", entries=accepted(Entry(known(WIDTH), "x"))), [WIDTH, RATE, SPELLED], [], True),
    ("a higher threshold", Policy(fail_on=Effect.FUNCTION, ignores=(Ignore(("AD301",)),)), [RATE, SPELLED], [(WIDTH, "ignore")], False),
    ("a rule that has to hold", Policy(fail_on=Effect.FUNCTION, strict=("AD107",), ignores=(Ignore(("AD301",)),)), [RATE, SPELLED], [(WIDTH, "ignore")], True),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "left", "aside", "failed"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])  # fmt: skip
def test_what_counts(policy: Policy, left: list[Finding], aside: list[tuple[Finding, str]], failed: bool) -> None:
    result = evaluate(OUTCOME, policy).result
    assert result.outcome is not None
    assert list(result.outcome.findings) == left
    assert [(each.finding, each.by) for each in result.outcome.suppressed] == aside
    assert result.failed is failed


def test_what_was_used_of_a_policy() -> None:
    by_rule, by_path, unused = Ignore(("AD301",), reason="wide"), Ignore((), "b.*", "b"), Ignore(("AD401",), "x", "x")
    entry, other = Entry(known(RATE), "swept"), Entry(known(SPELLED, "n"), "n")
    found = evaluate(OUTCOME, Policy(ignores=(by_rule, by_path, unused), entries=accepted(entry, other)))
    assert found.used == {by_rule, by_path}
    assert found.matched == {known(RATE)}
    assert found.result.outcome is not None
    assert [(each.finding, each.by, each.reason) for each in found.result.outcome.suppressed] == [
        (WIDTH, "ignore", "wide"),
        (RATE, "baseline", "swept"),
    ]
    assert found.failing == (known(RATE),)  # an update accepts it again


@pytest.mark.parametrize(
    ("expires", "counts"),
    [(None, False), (date(2026, 11, 23), False), (date(2026, 11, 22), True)],
    ids=["for ever", "until today", "until yesterday"],
)
def test_until_a_day(expires: date | None, counts: bool) -> None:
    found = evaluate(OUTCOME, Policy(entries=accepted(Entry(known(WIDTH), "swept", expires)), today=TODAY))
    assert found.result.outcome is not None
    left = [each for each in found.result.outcome.findings if each.rule == "AD301"]
    assert bool(left) is counts
    assert found.matched == {known(WIDTH)}
    if counts:
        assert left[0].hint == "accepted until 2026-11-22 (swept)"


def test_rules_of_which_nothing_can_count() -> None:
    ignored = evaluate(OUTCOME, Policy(ignores=(Ignore(("AD401",)), Ignore(("AD301",), "a")))).result
    assert ignored.left_out == {"AD401"}
    selected = evaluate(OUTCOME, Policy(select=("AD401",))).result
    assert selected.left_out == set(catalogue.BY_ID) - {"AD401"}


# Options and comments of a comparison

COMMENT = Comment(3, False, ("AD401",), "as agreed")


def commented(*comments: Comment) -> Outcome:
    return replace(OUTCOME, candidate=replace(OUTCOME.candidate, source="mine.txt", comments=comments))


def test_a_comparison_says_what_was_taken_away() -> None:
    whole = Result(
        outcome=commented(COMMENT, Comment(9, False, ("AD301",), "")), fail_on=Effect.TRAINING, strict=("AD107",)
    )
    result = evaluate_comparison(whole, (), ("AD301",))
    assert result.outcome is not None
    assert result.outcome.findings == (SPELLED,)
    assert result.outcome.notes[len(OUTCOME.notes) :] == (
        "ignored (--ignore): AD301 AD301 at b.0",
        "ignored (as agreed): AD401 AD401 at a.0",
        "mine.txt:9: ignore of AD301 matches nothing",
    )
    assert (result.fail_on, result.strict, result.failed) == (Effect.TRAINING, ("AD107",), True)


def test_what_is_not_selected_is_not_missed() -> None:
    result = evaluate_comparison(Result(outcome=commented(COMMENT)), ("AD301",), ())
    assert result.outcome is not None
    assert (result.outcome.findings, result.outcome.notes) == ((WIDTH,), OUTCOME.notes)


@pytest.mark.parametrize(
    ("comment", "lines"),
    [(COMMENT, (3,)), (COMMENT._replace(alone=True), (2, 3, 4))],
    ids=["behind a line", "on a line of its own"],
)
def test_the_lines_that_a_comment_covers(comment: Comment, lines: tuple[int, ...]) -> None:
    (ignore,) = _of_comments([comment], "mine.txt", "candidate")
    assert ignore == Ignore(("AD401",), "", "as agreed", "mine.txt", 3, "candidate", lines)


def test_comments_of_both_sides() -> None:
    outcome = commented(COMMENT)
    outcome = replace(outcome, reference=replace(outcome.reference, comments=(COMMENT._replace(line=7),)))
    assert [(ignore.side, ignore.lines) for ignore in written_ignores(outcome)] == [
        ("candidate", (3,)),
        ("reference", (7,)),
    ]


@pytest.mark.parametrize("words", [(), ("AD401", "nothing")], ids=["no word", "no rule"])
def test_a_comment_that_means_no_rule(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as caught:
        list(_of_comments([COMMENT._replace(words=words)], "mine.txt", "candidate"))
    assert (caught.value.message, caught.value.line) == (f"ignore[{words[-1] if words else ''}]: no such rule", 3)


def test_words_are_rules_once() -> None:
    assert rule_ids(["AD401", "training-setting", "AD2"], "--select") == ("AD401", "AD201", "AD202")
    with pytest.raises(UsageError, match=r"^--select layer-ordr: no such rule\n  help: did you mean layer-order"):
        rule_ids(["AD401", "layer-ordr"], "--select")


def test_facts_that_have_to_be_printed() -> None:
    assert strict_facts(["all", "num_heads", "AD701"], "--strict") == ("all", "num_heads", "AD701")
    with pytest.raises(UsageError, match=r"^--strict heads: no such rule or fact"):
        strict_facts(["heads"], "--strict")


@pytest.mark.parametrize(
    ("text", "ids", "path"), [("AD401", ("AD401",), ""), ("AD401:features.*", ("AD401",), "features.*")]
)
def test_an_ignore_in_a_word(text: str, ids: tuple[str, ...], path: str) -> None:
    assert ignore_of(text) == Ignore(ids, path, "ignore")
