"""One line of a print: a child, a body that opens or closes, settings, or what stands for lines that were cut out."""

from __future__ import annotations

import pytest

from archdiff.model.network import Setting
from archdiff.parse.grammar.line import LineKind, ParsedLine, read_line, read_module

LEAF, OPEN, CLOSE, TEXT, BLANK = LineKind


def leaf(name: str, class_name: str, *settings: tuple[str | None, object], **more: object) -> ParsedLine:
    return ParsedLine(LEAF, name, class_name, tuple(Setting(*setting) for setting in settings))._replace(**more)  # type: ignore[arg-type]  # the fields named


LINES = [
    ("", ParsedLine(BLANK)),
    (")", ParsedLine(CLOSE)),
    (") # the end", ParsedLine(CLOSE)),
    (")  (x 3)", ParsedLine(CLOSE, elided=True)),
    ("(a): ReLU()", leaf("a", "ReLU")),
    ("(a): ReLU(),", leaf("a", "ReLU")),
    ("(0-11): 12 x ReLU()", leaf("0-11", "ReLU", repeat=12)),
    ("(a): 12x ReLU()", ParsedLine(LEAF, "a", "", (Setting(None, "12x ReLU()", "12x ReLU()"),))),
    ("(a): torch.nn.ReLU()", leaf("a", "torch.nn.ReLU")),
    ("(a): None", leaf("a", "None")),
    ("(a) None", leaf("a", "None")),
    ("(a): Dropout", leaf("a", "Dropout")),
    (
        "(w): Parameter containing: [torch.FloatTensor of size 4x3]",
        leaf("w", "Parameter", ("dtype", "torch.FloatTensor"), ("size", (4, 3))),
    ),
    ("(a): Net(", ParsedLine(OPEN, "a", "Net", unclosed=1)),
    ("(0-2): 3 x Net(", ParsedLine(OPEN, "0-2", "Net", repeat=3, unclosed=1)),
    ("(a): Net((", ParsedLine(OPEN, "a", "Net", unclosed=2)),
    ("(a): Net(  (0): ReLU()", ParsedLine(OPEN, "a", "Net", unclosed=1, inner=(leaf("0", "ReLU"),))),
    ("(a): Net((0): ReLU())", leaf("a", "Net", inner=(leaf("0", "ReLU"),))),
    ("(a): Net((0): ReLU()) )", leaf("a", "Net", inner=(leaf("0", "ReLU"),), closes=1)),
    ("(a): ReLU()))", leaf("a", "ReLU", closes=2)),
    ("(a): Conv2d(...)", leaf("a", "Conv2d", elided=True)),
    ("(a): ReLU() x2", leaf("a", "ReLU", elided=True)),
    ("(a): ReLU()  # twice", leaf("a", "ReLU")),
    ("(a): Conv2d(3, padding=3, 0), bias=False)", leaf("a", "Conv2d", elided=True)),
    ("(a): ...", leaf("a", "", elided=True)),
    ("in_features=8, bias=(True", ParsedLine(TEXT, unclosed=1)),
    ("(128,), eps=1e-06", ParsedLine(TEXT)),
    ("...", ParsedLine(TEXT, elided=True)),
    ("(4 more layers)", ParsedLine(TEXT, elided=True)),
    ("[layers omitted]", ParsedLine(TEXT, elided=True)),
    ("mode=omitted", ParsedLine(TEXT)),
    ("conv1: Conv2d(3, 4)", ParsedLine(TEXT, elided=True)),  # brackets that were lost
    ("some words", ParsedLine(TEXT)),
]


@pytest.mark.parametrize(("text", "parsed"), LINES, ids=[text or "blank" for text, _ in LINES])
def test_a_line(text: str, parsed: ParsedLine) -> None:
    assert read_line(text) == parsed


def test_equal_lines_are_read_a_single_time_unless_they_are_long() -> None:
    assert read_line("(a): Conv2d(3, 4)") is read_line("(a): Conv2d(3, 4)")
    long = f"(a): Foo(text='{'x' * 1_000}')"
    assert read_line(long) == read_line(long)
    assert read_line(long) is not read_line(long)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("Net(", ParsedLine(OPEN, "", "Net", unclosed=1)),
        ("3 x Net(", ParsedLine(OPEN, "", "Net", repeat=3, unclosed=1)),
        ("ReLU()", leaf("", "ReLU")),
        ("Net(8, 4)(", ParsedLine(OPEN, "", "Net", (Setting(None, 8), Setting(None, 4)), unclosed=1)),
        ("Wrapped(Linear)(", ParsedLine(OPEN, "", "Wrapped(Linear)", unclosed=1)),
        ("Router [top_k=2]", leaf("", "Router", ("top_k", 2))),
    ],
    ids=["opens", "repeated", "leaf", "settings before children", "a class round a class", "square brackets"],
)
def test_a_module_without_a_name(text: str, parsed: ParsedLine) -> None:
    assert read_module(text) == parsed


@pytest.mark.parametrize("between", ["): ", "):", ") - "])
def test_children_on_one_line_nest_no_deeper_than_the_stack(between: str) -> None:
    line = f"(w): Dict({f'  (s{between}Dict(' * 2_000}  (s): Parameter containing: [torch.float32 of size 7])"
    parsed = read_line(line)
    assert (parsed.class_name, parsed.inner) == ("Dict", ())
