"""What a finding is known by: what differs and where, never its words or its lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.identity import Identity, identity
from archdiff.model.message import message
from archdiff.model.network import UNKNOWN, Value

OURS, THEIRS = Place("a.0", 3, 0.5, "Dropout"), Place("b.0", 4, 0.2, "Dropout2d")
SETTING = Finding("AD401", Effect.TRAINING, "p 0.5, not 0.2", "setting", OURS, THEIRS, "p")
ORDER = Finding("AD101", Effect.FUNCTION, "ReLU before MaxPool2d", "order", OURS._replace(value=None), None)


def test_a_setting_is_known_by_its_values() -> None:
    assert identity(SETTING) == Identity("AD401", "p", "a.0", "b.0", "0.5", "0.2", "")


def test_what_is_no_setting_is_known_by_classes_and_by_what_differs() -> None:
    finding = replace(ORDER, what=message("order", first="ReLU", second="MaxPool2d"))
    assert identity(finding) == Identity("AD101", "", "a.0", "", "Dropout", "", "order(first=ReLU, second=MaxPool2d)")
    assert identity(ORDER).detail == ""


def test_one_of_many_places() -> None:
    assert identity(SETTING, (Place("c", 9, 1, "Dropout"), None))[2:6] == ("c", "", "1", "")


@pytest.mark.parametrize(
    "same",
    [
        replace(SETTING, message="in other words"),
        replace(SETTING, effect=Effect.FUNCTION),
        replace(SETTING, candidate=OURS._replace(line=90)),
        replace(SETTING, hint="why", count=2, measured="equal"),
        replace(SETTING, what=message("setting", name="p")),
    ],
    ids=["words", "effect", "line", "remarks", "message of a setting"],
)
def test_what_never_counts(same: Finding) -> None:
    assert identity(same) == identity(SETTING)


@pytest.mark.parametrize(
    ("value", "text"),
    [(UNKNOWN, "unknown"), ((1, (2, 3)), "(1, (2, 3))"), ((), "()"), (True, "True"), ("same", "same")],
    ids=repr,
)
def test_a_value_as_text(value: Value, text: str) -> None:
    assert identity(replace(SETTING, candidate=OURS._replace(value=value))).candidate == text


REASONS = {"why": "of the branch", "because": "shapes", "remark": "as printed"}


@pytest.mark.parametrize(
    ("what", "detail"),
    [
        (message("moved", path="a.0", **REASONS), "moved(path=a.0)"),
        (message("because", what=message("moved", path="a"), reason="x"), "moved(path=a)"),
        (message("remarked", what=message("moved", path="a"), reason="x"), "moved(path=a)"),
        (message("moved", what=message("order", first="A")), "moved(what=order(first=A))"),
        (message("moved", sizes=(1, (2, message("a")))), "moved(sizes=(1, (2, a())))"),
    ],
    ids=["its own reasons", "a reason round it", "a remark round it", "a message in it", "values in it"],
)
def test_reasons_may_be_told_better_tomorrow(what: object, detail: str) -> None:
    assert identity(replace(ORDER, what=what)).detail == detail  # type: ignore[arg-type]  # a Message
