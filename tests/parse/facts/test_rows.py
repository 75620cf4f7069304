"""Facts about modules as lines of text, and back: every form, and what is no such line."""

from __future__ import annotations

import re
from math import inf, isnan

import pytest

from archdiff.model.facts import (
    ATTRIBUTES,
    CHANGES,
    CODE,
    HOOKS,
    MODE,
    NOT_TRACED,
    SHARED,
    TENSORS,
    Fact,
    HeldTensor,
    Provenance,
)
from archdiff.model.network import UNKNOWN, Value
from archdiff.parse.facts import rows

LIVE = Provenance.LIVE


def tensor(name: str, shape: tuple[int, ...], role: str = "parameter", **also: object) -> HeldTensor:
    held = HeldTensor(name, role, "float32", role == "parameter", shape, bare=False)
    return held._replace(**also)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value", "path", "line"),
    [
        (MODE, "train", "", ". Net mode: train"),
        (SHARED, (), "", ". Net shared:"),
        (SHARED, (("head.weight", "embed.weight"),), "", '. Net shared: ["head.weight", "embed.weight"]'),
        ("num_heads", 8, "attn", "attn Net: num_heads=8"),
        (ATTRIBUTES, (("scale", 0.125), ("causal", True), ("act", "torch.nn.functional.relu")), "a.0",
         'a.0 Net attributes: scale=0.125 causal=true act="torch.nn.functional.relu"'),
        (ATTRIBUTES, (("window", (1, 1.0, None)), ("cache", UNKNOWN)), "a",
         "a Net attributes: window=[1, 1.0, null] cache=?"),
        (ATTRIBUTES, (("odd name = 1", 'a "b" ?'), ("most", (inf, UNKNOWN))), "a b.\N{GREEK SMALL LETTER BETA}",
         '"a b.\\u03b2" Net attributes: "odd name = 1"="a \\"b\\" ?" most=[Infinity, {}]'),
        (TENSORS, (tensor("weight", (8, 3)), tensor("scale", (), bare=True, trained=False)), "a",
         "a Net tensors: weight=float32[8,3] scale=float32[]:frozen:bare"),
        (TENSORS, (tensor("mean", (8,), "buffer"), tensor("mask", (4,), "constant", bare=True, digest="63dbe322")), "a",
         "a Net tensors: mean=buffer:float32[8] mask=constant:float32[4]:bare#63dbe322"),
        (HOOKS, (("forward_pre", "doubled, code f1b4a865"), ("forward", "Tied")), "a",
         'a Net hooks: forward_pre="doubled, code f1b4a865" forward="Tied"'),
    ],
    ids=["mode", "nothing is shared", "shared", "a setting", "attributes", "lists", "odd names", "tensors", "buffers",
         "hooks"],
)  # fmt: skip
def test_a_fact_is_a_line_and_back(name: str, value: Value, path: str, line: str) -> None:
    fact = Fact(name, value, LIVE, path)
    assert [*rows.written([fact], lambda _: "Net")] == [line]
    assert rows.read(line) == rows.ModuleFacts(path, "Net", (fact,))
    assert all(type(a) is type(b) for a, b in zip(_flat(rows.read(line).facts[0].value), _flat(value), strict=True))


def _flat(value: Value) -> list[Value]:
    return [part for each in value for part in _flat(each)] if isinstance(value, tuple) else [value]


def test_what_a_text_does_not_hold() -> None:
    """What making a module changed elsewhere: a text makes nothing. What was not traced is no live attribute."""
    facts = Fact(CHANGES, ("x",), LIVE), Fact("input_shape", (3,), Provenance.GIVEN)
    why = Fact(NOT_TRACED, 'TypeError: "x"', Provenance.TRACED)
    assert [*rows.written([*facts, why], lambda _: "Net")] == ['. Net not-traced: "TypeError: \\"x\\""']
    assert rows.read('. Net not-traced: "TypeError: \\"x\\""').facts == (why,)
    code = Fact(CODE, "1f0c8e2a77d05b31", Provenance.TRACED)
    assert [*rows.written([code], lambda _: "Net")] == ['. Net code: "1f0c8e2a77d05b31"']
    assert rows.read('. Net code: "1f0c8e2a77d05b31"').facts == (code,)


def test_settings_of_one_module_are_one_line_and_what_is_not_printed_has_no_class() -> None:
    facts = [Fact("eps", 1e-05, LIVE, "a"), Fact("rope_base", 10000.0, LIVE, "a"), Fact("eps", 1e-06, LIVE, "b")]
    assert [*rows.written(facts, lambda path: "" if path == "b" else "Norm")] == [
        "a Norm: eps=1e-05 rope_base=10000.0",
        "b -: eps=1e-06",
    ]
    assert rows.read("b -: eps=1e-06") == rows.ModuleFacts("b", "", (facts[2],))


def test_nan_is_a_number() -> None:
    value = rows.read("a Net: pad=NaN").facts[0].value
    assert isinstance(value, float)
    assert isnan(value)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("conv1", "neither a path with its class nor facts behind a colon"),
        ("conv1: x=1", "neither a path with its class"),
        ("conv1 Conv2d tensors more: x=1", "neither a path with its class"),
        ("conv1 Conv2d sizes: x=1", "no facts are called sizes"),
        ("conv1 Conv2d: x", "x has no value"),
        ("conv1 Conv2d: x=", "'' is no value"),
        ("conv1 Conv2d: x=__import__('os')", "is no value"),
        ("conv1 Conv2d: x={\"a\": 1}", "is no value"),
        ("conv1 Conv2d: x=1 , y=2", "is no name"),
        ("conv1 Conv2d: x=1,y=2", "',y=2' is no fact"),
        (f"conv1 Conv2d: x={'[' * 60}{']' * 60}", "is no value"),
        (f"conv1 Conv2d: x={'[' * 200_000}", "is no value"),
        (f"conv1 Conv2d: x={'9' * 5_000}", "is no value"),
        ("conv1 Conv2d tensors: weight=float32", "is no tensor"),
        ("conv1 Conv2d tensors: weight=float32[1,-1]", "is no tensor"),
        (". Net mode: off", "is no mode"),
        (". Net shared: a b", "is no value"),
        (". Net shared: [1]", "names of one weight are a list of words"),
        ("", "is no name"),
    ],
)  # fmt: skip
def test_what_is_no_such_line(line: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        rows.read(line)
