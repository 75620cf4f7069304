"""What reports for machines and reviewers say alike: a finding in words, and where it is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.locations import Location, Locations
from archdiff.model.outcome import Outcome
from archdiff.model.places import Cell, in_cell
from archdiff.model.result import Result
from archdiff.report import View, _findings
from report.answers import CLAIM, COMPARED, DIFFERENT, HEADS, MAY_BE_CALLED, MEASURED, RENAMED, STATE, SWAP

OURS, THEIRS = Place("a", 3, 0.5, "Dropout"), Place("b", 4, 0.2, "Dropout")
RATE = Finding("AD401", Effect.TRAINING, "p 0.5, not 0.2", "setting", OURS, THEIRS, "p")


def test_spelling_is_worth_a_line_where_it_fails_or_all_is_wanted() -> None:
    outcome = replace(DIFFERENT, findings=(SWAP, STATE, RENAMED))
    assert list(_findings.worth_a_line(Result(outcome=outcome), View())) == [SWAP, STATE]
    assert list(_findings.worth_a_line(Result(outcome=outcome), View(all=True))) == [SWAP, STATE, RENAMED]
    assert list(_findings.worth_a_line(Result(outcome=outcome, fail_on=Effect.COSMETIC), View()))[-1] == RENAMED
    assert list(_findings.worth_a_line(Result(), View())) == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({}, "p 0.5, not 0.2"),
        ({"count": 2}, "p 0.5, not 0.2 (2 places)"),
        ({"measured": "equal in eval"}, "p 0.5, not 0.2 (measured: equal in eval)"),
        ({"count": 3, "measured": "equal"}, "p 0.5, not 0.2 (3 places) (measured: equal)"),
    ],
)
def test_a_message(change: dict[str, object], text: str) -> None:
    assert _findings.message(replace(RATE, **change)) == text  # type: ignore[arg-type]  # fields of several types


@pytest.mark.parametrize(
    ("first", "pair", "lines"),
    [
        ((OURS, THEIRS), (OURS, THEIRS), ":3 | :4"),
        ((OURS, None), (OURS, None), ":3"),
        ((None, THEIRS), (None, THEIRS), ":4"),
        ((OURS, THEIRS), (OURS, None), ":3 | none"),
        ((OURS, None), (None, THEIRS), "none | :4"),
        ((OURS, THEIRS), (None, None), "none | none"),
    ],
    ids=["both", "candidate alone", "reference alone", "one place lacks it", "another side than the first", "neither"],
)
def test_lines_of_one_place(
    first: tuple[Place | None, Place | None], pair: tuple[Place | None, Place | None], lines: str
) -> None:
    finding = replace(RATE, candidate=first[0], reference=first[1])
    assert _findings.lines_of(finding, pair, " | ", ":") == lines


def test_the_name_of_a_pair() -> None:
    assert _findings.pair_name(Result("small", DIFFERENT)) == "small"
    assert _findings.pair_name(Result()) == "comparison"
    nameless = replace(DIFFERENT, candidate=replace(DIFFERENT.candidate, label=""))
    theirs = DIFFERENT.reference.label
    assert _findings.pair_name(Result(outcome=nameless)) == f"{DIFFERENT.candidate.class_name} against {theirs}"


def test_all_that_follows_in_order() -> None:
    inner = replace(RATE, message="inner")
    middle = replace(RATE, message="middle", consequences=(inner,))
    last = replace(RATE, message="last")
    assert [each.message for each in _findings.consequences(replace(RATE, consequences=(middle, last)))] == [
        "middle",
        "inner",
        "last",
    ]


def test_a_finding_in_full() -> None:
    follows = tuple(replace(RATE, message=f"c{at}") for at in range(12))
    finding = replace(RATE, hint="look", consequences=(*follows, replace(RENAMED, message="spelling")))
    lines = list(_findings.in_full(finding, DIFFERENT))
    assert lines[0] == f"training ({Effect.TRAINING.meaning}): p 0.5, not 0.2"
    assert lines[1:11] == [f"-> c{at}" for at in range(10)]
    assert lines[11:] == [
        "-> and 2 more consequences",
        f"reference: {DIFFERENT.reference.source}:4",
        "hint: look",
    ]


@pytest.mark.parametrize(
    ("finding", "meaning", "hint"),
    [
        (CLAIM, "about the paper", "hint"),
        (HEADS, "not printed", "to check"),
        (MEASURED, "measured", "to check"),
        (MAY_BE_CALLED, Effect.UNKNOWN.meaning, "to check"),
    ],
    ids=["paper", "fact", "measurement", "unknown"],
)
def test_what_an_unknown_effect_means(finding: Finding, meaning: str, hint: str) -> None:
    first, *_, last = _findings.in_full(finding := replace(finding, hint="x", consequences=()), DIFFERENT)
    assert first.startswith(f"unknown ({meaning}): ")
    assert last == f"{hint}: x"
    assert finding.hint_is_code is (hint == "to check")


@pytest.mark.parametrize(
    ("source", "folder", "root", "name"),
    [
        ("nets/a.txt", "/repo", "", "nets/a.txt"),
        ("a.txt", "/repo/nets", "/repo", "nets/a.txt"),
        ("../a.txt", "/repo/nets", "/repo", "a.txt"),
        ("../../a.txt", "/repo/nets", "/repo", "/a.txt"),
        ("/repo/a.txt", "/elsewhere", "/repo", "a.txt"),
    ],
)
def test_a_file_as_the_repository_names_it(source: str, folder: str, root: str, name: str) -> None:
    assert _findings.in_repository(source, View(folder=folder, root=root)) == name


def located(finding: Finding, outcome: Outcome) -> tuple[Location, str, str]:
    location = Locations(outcome, [finding]).of(finding)
    return location, _findings.layer_of(location), _findings.beside(location)


LIVE = replace(COMPARED["different"].candidate, source="models:mine", class_name="Net", first_line=0)


def test_in_the_candidate_s_text() -> None:
    source = DIFFERENT.candidate.source
    assert located(RATE, DIFFERENT) == (Location(source, 3), "", "")
    whole = replace(RATE, candidate=Place("", 0))
    assert located(whole, DIFFERENT)[0] == Location(source, DIFFERENT.candidate.first_line)


def test_what_the_candidate_lacks_is_shown_behind_the_layer_before_it() -> None:
    layers = DIFFERENT.candidate.layers
    pairs = (("cnn1", "x"), (None, "y.0"), (None, "y.1"), (None, "z"), (layers[-1].path, "w"))
    outcome = replace(DIFFERENT, pairs=pairs)
    for path in ("y.0", "y", "z"):
        missing = replace(RATE, candidate=None, reference=Place(path, 9, None, "ReLU"))
        assert located(missing, outcome)[0] == Location(outcome.candidate.source, layers[0].line)
    first = replace(RATE, candidate=None, reference=Place("x", 9))
    assert located(first, outcome)[0].line == outcome.candidate.first_line


def test_a_live_module_has_no_lines() -> None:
    outcome = replace(DIFFERENT, candidate=LIVE)
    source = DIFFERENT.reference.source
    assert located(RATE, outcome) == (Location(source, 4, "a (Dropout)"), "a (Dropout): ", "a (Dropout): ")
    both = replace(outcome, reference=replace(LIVE, source="models:original"))
    assert located(RATE, both) == (Location("models:mine", 3, "a (Dropout)"), "", "a (Dropout): ")


def test_a_cell_of_a_notebook_is_named_beside() -> None:
    line = in_cell(Cell(3, True, 20, 90), follows=True)
    _, layer, beside = located(replace(RATE, candidate=OURS._replace(line=line)), DIFFERENT)
    assert (layer, beside) == ("", "cell 3, output line 20: ")
