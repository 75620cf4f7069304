"""`state_dict()` of optimizers and schedulers: read where their class is named, and nobody's where it is not."""

from __future__ import annotations

import pytest

from archdiff.model.network import Layer, Setting, Span
from archdiff.parse.grammar.state_dict import PrintedRecipe, nameless, read_state
from archdiff.parse.lines import split

STEPS = "{'step_size': 30, 'gamma': 0.1, 'last_epoch': 0}"
GROUP = "{'lr': 0.001, 'betas': (0.9, 0.999), 'params': [0, 1]}"
GROUPS = "{'state': {}, 'param_groups': [" + GROUP + "]}"
STEP_LR = Layer("", "StepLR", (Setting("step_size", 30), Setting("gamma", 0.1), Setting("last_epoch", 0)))
ADAM = Layer("", "Adam", (), (Layer("Parameter Group 0", "", (Setting("lr", 0.001), Setting("betas", (0.9, 0.999)))),))


def read(text: str, index: int = 0) -> PrintedRecipe | None:
    lines = split("note.txt", text)
    return read_state(lines, index, len(lines.texts))


NOBODY = [
    ("a dict alone", STEPS, 0),
    ("a dict of something else", "StepLR {'step_size': 30}", 0),
    ("a small letter", f"scheduler {STEPS}", 0),
    ("words between", f"StepLR of today\n\n{STEPS}", 2),
    ("no dict", "StepLR ()", 0),
    ("no names", "Adam {'state': {}, 'param_groups': 3}", 0),
    ("no group", "Adam {'state': {}, 'param_groups': []}", 0),
    ("a group that is none", "Adam {'state': {}, 'param_groups': [3]}", 0),
    ("never closed", "StepLR {'step_size': 30, 'last_epoch': 0", 0),
    ("longer than a recipe is", f"StepLR {{'last_epoch': 0, 'x': '{'x' * 10_000}'}}", 0),
]


@pytest.mark.parametrize(("text", "index"), [row[1:] for row in NOBODY], ids=[row[0] for row in NOBODY])
def test_left_alone(text: str, index: int) -> None:
    assert read(text, index) is None


READ = [
    # name, text, line of the dict, layer, schedules, first line, last line, place of the class
    ("beside", f"StepLR {STEPS}", 0, STEP_LR, True, 0, 0, Span("note.txt", 1, 1, 6)),
    ("with its module", f"print: optim.StepLR {STEPS}", 0, STEP_LR, True, 0, 0, Span("note.txt", 1, 14, 6)),
    ("of a call", f"StepLR.state_dict(): {STEPS}", 0, STEP_LR, True, 0, 0, Span("note.txt", 1, 1, 6)),
    ("in words", f"Adam's state dict: {GROUPS}", 0, ADAM, False, 0, 0, Span("note.txt", 1, 1, 4)),
    ("above", f"## StepLR\n{STEPS}", 1, STEP_LR, True, 0, 1, Span("note.txt", 1, 4, 6)),
    ("an assignment above", f"opt = Adam:\n{GROUPS}", 1, ADAM, False, 0, 1, Span("note.txt", 1, 7, 4)),
    ("over lines", "Adam " + GROUPS.replace(", ", ",\n "), 0, ADAM, False, 0, 5, Span("note.txt", 1, 1, 4)),
]


@pytest.mark.parametrize(
    ("text", "index", "layer", "schedules", "first", "last", "span"),
    [row[1:] for row in READ],
    ids=[row[0] for row in READ],
)
def test_a_recipe(text: str, index: int, layer: Layer, schedules: bool, first: int, last: int, span: Span) -> None:
    found = read(text, index)
    assert found == PrintedRecipe(layer, schedules, first, last)
    assert found is not None
    assert found.layer.span == span
    assert found.layer.layout == text[span.column - 1 :]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (GROUPS, "the state of an optimizer without its class"),
        (STEPS, "the state of a scheduler without its class"),
        ("{'a': 1}", ""),
        ("words 'param_groups'", ""),
        ("{}", ""),
    ],
    ids=["optimizer", "scheduler", "another dict", "no dict", "nothing in it"],
)
def test_what_is_nobodys(text: str, what: str) -> None:
    assert nameless(text) == what
