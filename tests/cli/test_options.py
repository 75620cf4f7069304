"""The values of options: by environment, as texts that have to mean something, and what a shell may complete."""

from __future__ import annotations

from typing import Any

import pytest

from archdiff import report as reports
from archdiff.cli import options
from archdiff.model.effects import Effect
from archdiff.model.errors import UsageError


class _Option:
    """What `by_environment` looks at."""

    param_type_name = "option"
    is_eager = False

    def __init__(self, name: str, is_flag: bool = False, multiple: bool = False, nargs: int = 1) -> None:
        self.name, self.opts, self.metavar = name, [f"--{name.replace('_', '-')}"], "IN OUT"
        self.is_flag, self.multiple, self.nargs = is_flag, multiple, nargs


@pytest.mark.parametrize(
    ("option", "variable", "text", "value"),
    [
        (_Option("all", is_flag=True), "ARCHDIFF_ALL", "", None),
        (_Option("all", is_flag=True), "ARCHDIFF_ALL", " ", None),
        *((_Option("all", is_flag=True), "ARCHDIFF_ALL", word, True) for word in ("1", "true", "Yes", "ON")),
        *((_Option("all", is_flag=True), "ARCHDIFF_ALL", word, False) for word in ("0", "false", "No", "off")),
        (_Option("fail_on"), "ARCHDIFF_FAIL_ON", "training", "training"),
        (_Option("reason"), "ARCHDIFF_REASON", "swept by hand", "swept by hand"),
        (_Option("ignore", multiple=True), "ARCHDIFF_IGNORE", "AD1,AD4 AD5", ["AD1,AD4", "AD5"]),
        (_Option("apply", nargs=2), "ARCHDIFF_APPLY", "a.pt b.pt", ("a.pt", "b.pt")),
    ],
)
def test_by_environment(option: _Option, variable: str, text: str, value: object) -> None:
    assert options.by_environment([option], {variable: text}).get(option.name) == value


@pytest.mark.parametrize(
    ("option", "variable", "text", "message"),
    [
        (_Option("all", is_flag=True), "ARCHDIFF_ALL", "maybe", "ARCHDIFF_ALL=maybe: neither yes nor no"),
        (_Option("apply", nargs=2), "ARCHDIFF_APPLY", "a.pt", "ARCHDIFF_APPLY=a.pt: not 2 values"),
    ],
)
def test_what_the_environment_cannot_say(option: _Option, variable: str, text: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        options.by_environment([option], {variable: text})
    assert raised.value.message == message


# Values


@pytest.mark.parametrize(
    ("sizes", "shape"),
    [
        ("", None),
        ("8", (8,)),
        ("1,32,32", (1, 32, 32)),
        ("1x32x32", (1, 32, 32)),
        ("1, 32", (1, 32)),
        ("2147483647", (2147483647,)),
    ],
)
def test_a_shape(sizes: str, shape: tuple[int, ...] | None) -> None:
    assert options.shape_of(sizes) == shape


@pytest.mark.parametrize("sizes", ["0", "-1", "1,", "a", "1.5", "2147483648", "1,,2", "[1,32]"])
def test_no_shape(sizes: str) -> None:
    with pytest.raises(UsageError, match=": not a shape"):
        options.shape_of(sizes)


@pytest.mark.parametrize(
    ("listed", "words"),
    [([], ()), (["a"], ("a",)), (["a,b", " c ,"], ("a", "b", "c")), (["", ","], ())],
    ids=["none", "one", "several", "empty"],
)
def test_words(listed: list[str], words: tuple[str, ...]) -> None:
    assert options.words(listed) == words


@pytest.mark.parametrize(
    ("number", "least", "most", "value"),
    [("0", 0, 9, 0), ("9", 0, 9, 9), (" 7 ", 0, 9, 7), ("999999999", 0, 999_999_999, 999_999_999)],
)
def test_whole(number: str, least: int, most: int, value: int) -> None:
    assert options.whole("--batch", number, least, most) == value


@pytest.mark.parametrize("number", ["", "-1", "10", "0", "1.5", "x", "1e3", "0" * 12])
def test_what_is_no_such_number(number: str) -> None:
    with pytest.raises(UsageError, match=f"--batch {number}: not a valid number") as caught:
        options.whole("--batch", number, 1, 9)
    assert caught.value.way_out == "a whole number from 1 to 9"


def test_one_of_a_few() -> None:
    assert options.one_of("--color", "never", options.COLORS) == "never"
    with pytest.raises(UsageError) as caught:
        options.one_of("--color", "blue", options.COLORS)
    assert str(caught.value) == "--color blue: no such value\n  help: one of auto, always, never"


@pytest.mark.parametrize("command", ["compare", "show", "match", "bench", "keys"])
def test_the_report_of_a_command(command: str) -> None:
    assert options.report_of(command, "terminal") is reports.find("terminal")
    with pytest.raises(UsageError, match="--format nothing: no such value"):
        options.report_of(command, "nothing")


def test_a_format_that_lays_out_another_answer() -> None:
    assert options.report_of("compare", "sarif") is reports.find("sarif")
    with pytest.raises(UsageError, match="--format sarif: no such value"):
        options.report_of("show", "sarif")


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("", ["json", "junit", "terminal"]),
        ("j", ["json", "junit"]),
        ("json,", ["json,json", "json,junit", "json,terminal"]),
        ("json,t", ["json,terminal"]),
        ("x", []),
    ],
)
def test_what_a_shell_may_complete(typed: str, completed: list[str]) -> None:
    words = ["json", "junit", "terminal"]
    assert options.completing(words)(typed) == completed
    assert options.completing(lambda: words)(typed) == completed


def test_rules_are_completed_by_id_and_by_name() -> None:
    assert {"AD101", "layer-order"} <= set(options.rules())


def test_an_effect() -> None:
    assert options.effect_of("training") is Effect.TRAINING
    with pytest.raises(UsageError, match="--fail-on unknown: no such value") as caught:
        options.effect_of("unknown")
    assert "function" in caught.value.way_out


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"seed": "x"}, "--seed x: not a number"),
        ({"batch": "-1"}, "--batch -1: not a number"),
        ({"batch": "0"}, "--batch 0: no samples"),
        ({"run": False, "undo": ("AD101",)}, "--undo: nothing is run"),
        ({"run": False, "supplied": ("a.b=1",)}, "--set: nothing is run"),
        ({"run": False, "candidate_weights": "x.pt"}, "--candidate-weights: nothing is run"),
    ],
)
def test_options_of_a_run_that_make_no_sense(wanted: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        options.run_options(**{"run": True, "seed": "0", "batch": "16", **wanted})
    assert caught.value.message == message


def test_options_of_a_run() -> None:
    assert options.run_options(False, "0", "16") is None
    asked = options.run_options(True, "3", "2", undo=("AD101",))
    assert asked is not None
    assert (asked.seed, asked.batch, asked.undo) == (3, 2, ("AD101",))
