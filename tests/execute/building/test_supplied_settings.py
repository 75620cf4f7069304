"""Settings that a user gives: how they are read, for which layers they are, and which are for none."""

from __future__ import annotations

import pytest

from archdiff.execute.building.supplied_settings import NOTHING, SuppliedSettings, read_supplied, supplied_for
from archdiff.model.errors import UsageError
from archdiff.model.facts import Fact, Provenance
from archdiff.model.network import Value
from archdiff.parse import parse


def fact(path: str, name: str, value: Value) -> Fact:
    return Fact(name, value, Provenance.GIVEN, path)


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("layers.0.num_heads=8", fact("layers.0", "num_heads", 8)),
        ("Block.num_heads=8", fact("Block", "num_heads", 8)),
        ("num_heads=8", fact("", "num_heads", 8)),
        (" a.b = (1, 2)", fact("a", "b ", (1, 2))._replace(name="b")),
        ("a.mode=x=y", fact("a", "mode", "x=y")),
        ("a.class=Identity", fact("a", "class", "Identity")),
    ],
)
def test_a_setting(text: str, given: Fact) -> None:
    assert read_supplied([text]) == (given,)


@pytest.mark.parametrize("text", ["", "a.b", "a.b=", "a.b= ", "=8", "a.=8"])
def test_no_setting(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_supplied([text])
    assert caught.value.message == f"--set {text}: not a setting"


def test_a_path_stands_above_a_class_and_a_later_path_below_an_earlier() -> None:
    given = SuppliedSettings(read_supplied(["Block.p=1", "Block.q=1", "a.0.q=2", "a.0-3.q=3", "a.0-3.r=3"]))
    assert given.of("Block", "a.0", "a.0-3") == {"p": 1, "q": 2, "r": 3}
    assert given.of("Block", "b") == {"p": 1, "q": 1}
    assert given.of("Other", "b") == {}
    assert SuppliedSettings().of("Block", "a.0") is NOTHING


def test_what_is_supplied_below_a_path() -> None:
    given = SuppliedSettings(read_supplied(["a.b.c=1"]))
    assert given.has("a")
    assert given.has("a.b")
    assert not given.has("ab")


def test_what_nobody_asked_for_is_refused() -> None:
    given = SuppliedSettings(read_supplied(["a.p=1", "b.p=1"]))
    given.of("Block", "a")
    with pytest.raises(UsageError, match="--set b: no such layer"):
        given.check_used()
    given.of("Block", "b")
    given.check_used()
    with pytest.raises(UsageError, match="--set class: no such layer"):
        SuppliedSettings(read_supplied(["class=Identity"])).check_used()


def test_each_network_gets_what_is_for_it() -> None:
    (ours,), (theirs,) = parse("Net(\n  (a): ReLU()\n  (0-1): 2 x Tanh()\n)"), parse("Net(\n  (b): Tanh()\n)")
    facts = read_supplied(["a.p=1", "b.p=1", "Tanh.p=1", "0-1.p=1", "1.p=1"])
    assert supplied_for(facts, ours, theirs) == [(facts[0], *facts[2:]), (facts[1], facts[2])]
    assert supplied_for((), ours, theirs) == [(), ()]
    with pytest.raises(UsageError, match=r"--set c\.p: no such layer on either side"):
        supplied_for(read_supplied(["c.p=1"]), ours, theirs)
