# ruff: noqa: E501  (tables: a case a line)
"""Facts of the same layers as one: names in a sentence, and one line of Python that shows all of them."""

from __future__ import annotations

import json

import pytest
import torch
from torch import nn

from answers import compared
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.message import message
from archdiff.model.result import Result
from archdiff.report import View, find
from archdiff.report._gathered import gathered
from report.answers import HEADS, NOT_PRINTED, SWAP

OF_ONE = 'print(model.get_submodule("{}").{})'
OF_ALL = 'print({{m.{} for m in model.modules() if m._get_name() == "{}"}})'


def fact(name: str, path: str = "attn", hint: str = "", class_name: str = "Attention", more: str = "") -> Finding:
    places = tuple((Place(each, 3), Place(each, 3)) for each in (path, more)) if more else ()
    what = message("neither-prints", name=name, class_name=class_name)
    told = f"neither print shows {name} of {class_name}"
    return Finding("AD701", Effect.UNKNOWN, told, "setting", Place(path, 3), Place(path, 3), name, hint or OF_ONE.format(path, name),
                   count=len(places) or 1, places=places, what=what)  # fmt: skip


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        # left alone
        pytest.param([], [], id="none"),
        pytest.param([fact("heads")], [("heads of Attention", OF_ONE.format("attn", "heads"))], id="one"),
        pytest.param([fact("heads"), fact("heads", "other")], [("heads of Attention", OF_ONE.format("attn", "heads")), ("heads of Attention", OF_ONE.format("other", "heads"))],
                     id="other layers"),
        pytest.param([fact("heads", more="b"), fact("dim", more="c")], [("heads of Attention", OF_ONE.format("attn", "heads")), ("dim of Attention", OF_ONE.format("attn", "dim"))],
                     id="other further layers"),
        pytest.param([fact("heads"), fact("dim", hint="print(1)")], [("heads of Attention", OF_ONE.format("attn", "heads")), ("dim of Attention", "print(1)")],
                     id="lines that cannot be one"),
        # one
        pytest.param([fact("heads"), fact("dim")], [("heads and dim of Attention", 'm = model.get_submodule("attn"); print(m.heads, m.dim)')], id="two"),
        pytest.param([fact("heads"), fact("dim", "other"), fact("p"), fact("bias")],
                     [("heads, p and bias of Attention", 'm = model.get_submodule("attn"); print(m.heads, m.p, m.bias)'), ("dim of Attention", OF_ONE.format("other", "dim"))],
                     id="three, with another between"),
        pytest.param([fact(each, more="b", hint=OF_ALL.format(each, "A")) for each in ("p", "q")],
                     [("p and q of Attention", 'print({(m.p, m.q) for m in model.modules() if m._get_name() == "A"})')], id="of all layers of a class"),
        pytest.param([fact(each, "", f"print(model.{each})") for each in ("p", "q")], [("p and q of Attention", "print(model.p, model.q)")], id="the network"),
        pytest.param([fact(each, hint="print(vars(m))") for each in ("p", "q")], [("p and q of Attention", "print(vars(m))")], id="one line shows both"),
    ],
)  # fmt: skip
def test_gathered(findings: list[Finding], told: list[tuple[str, str]]) -> None:
    assert [(each.message, each.hint) for each in gathered(findings)] == [
        (f"neither print shows {message}", hint) for message, hint in told
    ]


def test_what_says_something_else_stays_as_it_is() -> None:
    findings = [SWAP, NOT_PRINTED, HEADS, HEADS]
    assert gathered(findings) == findings


ATTENTION = nn.Sequential(nn.Linear(8, 8), nn.MultiheadAttention(8, 2, dropout=0.25, batch_first=True))
OUTCOME = compared(repr(ATTENTION), repr(ATTENTION).replace("out_features=8, bias=True", "out_features=8, bias=False"))
NAMES = ("num_heads", "dropout", "batch_first")


@pytest.mark.parametrize(("name", "lines"), [("terminal", 1), ("markdown", 1), ("concise", 3), ("sarif", 3)])
def test_people_read_one_line(name: str, lines: int) -> None:
    """Of the three facts of an attention of torch."""
    text = find(name).render([Result(outcome=OUTCOME)], View(width=160))
    assert sum("neither print shows" in line for line in text.splitlines()) == lines


def test_json_has_each() -> None:
    found = json.loads(find("json").render([Result(outcome=OUTCOME)], View()))["findings"]
    assert [each["setting"] for each in found if each["rule"] == "AD701"] == [*NAMES]


def test_the_line_shows_what_it_names(capsys: pytest.CaptureFixture[str]) -> None:
    (fact_of_all,) = gathered([each for each in OUTCOME.findings if each.not_printed])
    exec(fact_of_all.hint, {"model": ATTENTION, "torch": torch})
    assert capsys.readouterr().out == "2 0.25 True\n"
