# ruff: noqa: E501  (tables: a case a line)
"""Findings one under the other: which words have the colours of the two sides, and what stands in which column."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.message import Message, because, message
from archdiff.report import View, _listing, find
from report.answers import DIFFERENT

SPARSE = message("sparse", share="40", kept=640, inputs=1600)
SAME = message("same-k", k="4/5", n=9)


def finding(text: str, what: Message | None = None, path: str = "fc", line: int = 7, count: int = 1) -> Finding:
    place = Place(path, line)
    places = tuple((Place(f"{path}.{at}", line + at),) * 2 for at in range(count)) if count > 1 else ()
    return Finding("AD301", Effect.FUNCTION, text, "setting", place, place, count=count, places=places, what=what)


def setting(name: str, ours: object, theirs: object) -> Message:
    return message("setting", name=name, ours=ours, theirs=theirs)


def listed(*findings: Finding, width: int = 80) -> list[str]:
    """As it is printed, with the candidate's values in [] and the reference's in {}."""
    lines = _listing.lines(findings, replace(DIFFERENT, findings=findings), View(width))
    marks = {"ours": "[{}]", "theirs": "{{{}}}"}
    return ["".join(marks.get(style, "{}").format(text) for text, style in line) for line in lines]


@pytest.mark.parametrize(
    ("text", "what", "told"),
    [
        # no value
        pytest.param("a before b, not after it", message("order", first="a", second="b"), "a before b, not after it", id="an order"),
        pytest.param("eps 1, not 2", None, "eps 1, not 2", id="no code"),
        pytest.param("eps is 1 and was 2", setting("eps", 1, 2), "eps is 1 and was 2", id="other words"),
        # values
        pytest.param("bias True, not False", setting("bias", True, False), "bias [True], not {False}", id="a setting"),
        pytest.param("kernel_size 5x5, not 3x3", setting("kernel_size", (5, 5), (3, 3)), "kernel_size [5x5], not {3x3}", id="sizes"),
        pytest.param("k1 1, not 11", setting("k1", 1, 11), "k1 [1], not {11}", id="no part of a name or a number"),
        pytest.param("p 0.5, not 5", setting("p", "0.5", 5), "p [0.5], not {5}", id="floats"),
        pytest.param("p 2, not 1: k = 1 of 2, not 3", because(setting("p", 2, 1), SAME), "p [2], not {1}: k = 1 of 2, not 3", id="none of a reason"),
        pytest.param("ReLU, not SiLU", message("replaced", ours="ReLU", theirs="SiLU"), "[ReLU], not {SiLU}", id="classes"),
        pytest.param("weights dense, not 40 % non-zero (640 of 1600 a unit)", message("weights", ours=message("dense"), theirs=SPARSE),
                     "weights [dense], not {40 % non-zero} (640 of 1600 a unit)", id="densities"),
        pytest.param("28 blocks, not 40, in layers", message("decided-depth", ours=28, theirs=40, holder="layers"), "[28] blocks, not {40}, in layers", id="words between"),
        pytest.param("the classes of A, not of B", message("decided-family", ours="A", theirs="B"), "the classes of [A], not of {B}", id="words behind the not"),
        pytest.param("every width x 1/2: 8, 16, not 16, 32", message("decided-factor", ours="8, 16", theirs="16, 32"), "every width x 1/2: [8, 16], not {16, 32}", id="lists"),
        pytest.param("stride 2x2 on b.conv2, not on b.conv1", message("strides-exchanged", value=(2, 2), first_path="b.conv2", second_path="b.conv1"),
                     "stride 2x2 on [b.conv2], not on {b.conv1}", id="paths"),
    ],
)  # fmt: skip
def test_values_have_colours(text: str, what: Message | None, told: str) -> None:
    (line,) = listed(finding(text, what))
    assert line == f"  fc  {told}  AD301 :7|:7"


def test_a_value_keeps_its_colour_in_the_next_line() -> None:
    ours, theirs = ", ".join(map(str, range(10, 22))), ", ".join(map(str, range(30, 42)))
    lines = listed(
        finding(f"widths: {ours}, not {theirs}", message("decided-widths", ours=ours, theirs=theirs)), width=60
    )
    assert lines == [
        "  fc  widths: [10, 11, 12, 13, 14, 15, 16, 17,]    AD301 :7|:7",
        "      [18, 19, 20, 21], not {30, 31, 32, 33, 34, 35, 36, 37,}",
        "      {38, 39, 40, 41}",
    ]  # fmt: skip


def test_rule_and_lines_stand_in_one_column_behind_the_longest_message() -> None:
    findings = finding("short"), finding("somewhat longer", path="a.path", line=123), finding("x", path="")
    told = [
        "  fc      short                AD301 :7|:7",
        "  a.path  somewhat longer  AD301 :123|:123",
        "  x                            AD301 :7|:7",
    ]
    assert (listed(*findings), listed(*findings, width=160)) == (told, told)


@pytest.mark.parametrize("width", [60, 80, 160])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    texts = ["word " * many for many in (1, 9, 15, 40)]
    paths = ["a", "layers.*.attention.output", "model.backbone.layers.*.attention.output.projection.dense.weight" * 2]
    findings = [finding(text.strip(), path=path, line=99999) for text in texts for path in paths]
    lines = listed(*findings, width=width)
    assert max(map(len, lines)) <= width
    assert sum("AD301 :99999|:99999" in line for line in lines) == len(findings)


def test_a_long_path_has_a_line_of_its_own() -> None:
    long = "model.layers.0.self_attn.q_proj"
    findings = finding("bias True, not False", setting("bias", True, False), long), finding("x", path="norm")
    assert listed(*findings) == [
        f"  {long}  AD301 :7|:7",
        "        bias [True], not {False}",
        "  norm  x                          AD301 :7|:7",
    ]


def test_a_section_of_long_paths_alone_is_set_in() -> None:
    long = "model.layers.0.self_attn.q_proj"
    assert listed(finding("x", path=long)) == [f"  {long}  AD301 :7|:7", "    x"]


def test_none_are_shown() -> None:
    assert listed() == []
    text = find("terminal").compare(replace(DIFFERENT, findings=(finding("x"),)), View(most=0))
    assert text.count("... 1 more function (--max-findings, --all)") == 1


def test_without_paths_messages_begin_at_once() -> None:
    assert listed(finding("x", path="")) == ["  x  AD301 :7|:7"]


def test_a_count_is_not_torn_apart() -> None:
    lines = listed(finding("word " * 5 + "word", count=80, path="layers"), width=60)
    assert lines[:2] == ["  layers.*  word word word word word word        AD301 :7|:7", "            (80 places)"]


def test_rule_and_lines_stand_where_an_eye_finds_them() -> None:
    """However wide the terminal is."""
    lines = listed(finding("short"), finding("word " * 50 + "word"), width=300)
    assert [len(line) for line in lines] == [120, 120, 120, 45]
    assert lines[0] == f"  fc  short{' ' * 98}AD301 :7|:7"


def test_a_further_place_is_not_torn_apart() -> None:
    long = "model.layers.0.post_attention_layernorm"
    places = tuple((Place(path, 7),) * 2 for path in ("model.embed_tokens", long))
    assert listed(replace(finding("eps 1, not 2", path="model.embed_tokens"), count=2, places=places), width=60) == [
        "  model.embed_tokens  eps 1, not 2 (2 places)  AD301 :7|:7",
        f"                also {long}",
    ]
