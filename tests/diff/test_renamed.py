"""Other names: one finding for all of them, what it takes for granted, and where the names may have been exchanged."""

from __future__ import annotations

import pytest

from answers import holding, lines
from archdiff.diff import hints
from archdiff.diff.network_index import Counterparts, NetworkIndex
from archdiff.diff.renamed import findings
from archdiff.model.finding import Finding
from trees import sized

LINEAR = "Linear(in_features=8, out_features=8, bias=True)"
NORM = "LayerNorm((8,), eps=1e-05, elementwise_affine=True)"
WIDE = "Linear(in_features=8, out_features=16, bias=True)"
LAYERS = LINEAR, "ReLU()", NORM


def renamed(candidate: str, reference: str, counts_on: bool = False) -> list[Finding]:
    """What is said of two networks of which each layer stands for the one in the same place."""
    ours, theirs = (NetworkIndex(each) for each in sized(candidate, reference))
    both = list(zip(ours.sized.leaves, theirs.sized.leaves, strict=True))
    return list(findings(both, counts_on, ours, theirs))


def named(class_name: str, *names: str) -> str:
    """A container that holds the same layers in the same order under these names."""
    return holding(class_name, **dict(zip(names, LAYERS, strict=True)))


#: id, candidate, reference, whether numbers in names count on past layers of one side
UNCHANGED = [
    ("equal", named("Net", "a", "b", "c"), named("Net", "a", "b", "c"), False),
    ("another-class", named("Net", "a", "b", "c"), named("Other", "a", "b", "c"), False),
    ("numbers-that-count-on", named("Net", "0", "2", "3"), named("Net", "0", "1", "2"), True),
]


@pytest.mark.parametrize(
    ("candidate", "reference", "counts_on"), [case[1:] for case in UNCHANGED], ids=[case[0] for case in UNCHANGED]
)
def test_what_has_its_name(candidate: str, reference: str, counts_on: bool) -> None:
    assert renamed(candidate, reference, counts_on) == []


def told(found: list[Finding]) -> list[str]:
    """The findings in short; each says the same of checkpoint keys."""
    assert all(f": {KEYS}" in line for line in lines(found))
    return [line.replace(KEYS, "") for line in lines(found)]


KEYS = "names or nesting differ, so checkpoint keys change: "

#: id, candidate, reference, whether numbers count on, the finding
RENAMED = [
    ("a-name", holding("Sequential", a=LINEAR, b="ReLU()"), holding("Sequential", x=LINEAR, b="ReLU()"), False,
     "AD107 cosmetic a|x: a is x"),
    ("several-names", named("Sequential", "a", "b", "c"), named("Sequential", "x", "y", "c"), False,
     "AD107 cosmetic a|x: a is x, b is y x2"),
    ("numbers", holding("Sequential", a1=LINEAR), holding("Sequential", a2=LINEAR), False,
     "AD107 cosmetic a1|a2: a1 is a2"),
    ("a-name-beside-numbers-that-count-on", holding("Sequential", **{"0": LINEAR, "b": "ReLU()"}),
     holding("Sequential", **{"1": LINEAR, "c": "ReLU()"}), True, "AD107 cosmetic b|c: b is c"),
    ("a-name-beside-numbers", holding("Sequential", **{"0": LINEAR, "b": "ReLU()"}),
     holding("Sequential", **{"1": LINEAR, "c": "ReLU()"}), False, "AD107 cosmetic b|c: b is c"),
    ("one-runs-in-order", holding("Sequential", a=LINEAR, b="ReLU()"), holding("Net", x=LINEAR, b="ReLU()"), False,
     "AD107 cosmetic a|x: a is x"),
    ("deeper", holding("Net", m=holding("Sequential", a=LINEAR)), holding("Net", m=holding("Sequential", x=LINEAR)),
     False, "AD107 cosmetic m.a|m.x: m.a is m.x"),
    ("one-layer-alone", holding("Net", a=LINEAR), LINEAR, False, "AD107 cosmetic a|.: a is Linear"),
    ("behind-a-wrapper", holding("DataParallel", module=named("Net", "a", "b", "c")), named("Net", "a", "b", "c"),
     False, "AD107 cosmetic module.a|a: module.a is a, module.b is b, module.c is c x3"),
    # two classes of somebody call what they hold by other names
    ("by-name", named("Net", "a", "b", "c"), named("Net", "x", "b", "c"), False,
     "AD107 cosmetic a|x: a is x: if Net calls a where the reference calls x"),
    ("by-name-in-two-classes", named("Mine", "a", "b", "c"), named("Net", "x", "b", "c"), False,
     "AD107 cosmetic a|x: a is x: if Net calls a where the reference calls x"),
    ("by-name-in-a-list", holding("Net", a=holding("ModuleList", LINEAR)),
     holding("Net", x=holding("ModuleList", LINEAR)), False,
     "AD107 cosmetic a.0|x.0: a.0 is x.0: if Net calls a where the reference calls x"),
    ("by-name-in-a-dict", holding("Net", d=holding("ModuleDict", a=LINEAR)),
     holding("Net", d=holding("ModuleDict", x=LINEAR)), False,
     "AD107 cosmetic d.a|d.x: d.a is d.x: if Net calls a where the reference calls x"),
    # the reference holds the name, too, so that layers pair by their place
    ("shifted", named("Net", "a", "b", "c"), named("Net", "x", "a", "c"), False,
     "AD107 cosmetic a|x: a is x, b is a: if Net runs its children in printed order x2"),
    ("shifted-where-shapes-do-not-agree", holding("Net", a=WIDE, b=LINEAR), holding("Net", x=WIDE, a=LINEAR), False,
     "AD107 cosmetic a|x: a is x, b is a: if Net runs its children in printed order x2"),
    ("exchanged-where-shapes-agree", named("Net", "a", "b", "c"), named("Net", "b", "a", "c"), False,
     "AD107 cosmetic a|b: a is b, b is a: if Net runs its children in printed order x2"),
    ("exchanged-in-order", holding("Net", m=named("Sequential", "a", "b", "c")),
     holding("Net", m=named("Sequential", "b", "a", "c")), False,
     "AD107 cosmetic m.a|m.b: m.a is m.b, m.b is m.a x2"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("candidate", "reference", "counts_on", "expected"), [case[1:] for case in RENAMED], ids=[c[0] for c in RENAMED]
)
def test_other_names(candidate: str, reference: str, counts_on: bool, expected: str) -> None:
    assert told(renamed(candidate, reference, counts_on)) == [expected]


#: id, candidate, reference, the class that may run them otherwise, where it is in the candidate
EXCHANGED = [
    ("where-shapes-do-not-agree", holding("Net", a=WIDE, b=LINEAR), holding("Net", b=WIDE, a=LINEAR), "Net", ""),
    ("in-a-block", holding("Net", m=holding("Block", a=LINEAR, act="ReLU()", b=LINEAR)),
     holding("Net", m=holding("Block", b=LINEAR, act="ReLU()", a=LINEAR)), "Block", "m"),
    ("behind-a-wrapper", holding("DataParallel", module=holding("Net", a=WIDE, b=LINEAR)),
     holding("Net", b=WIDE, a=LINEAR), "Net", "module"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("candidate", "reference", "name", "path"), [case[1:] for case in EXCHANGED], ids=[case[0] for case in EXCHANGED]
)
def test_layers_that_may_have_been_exchanged(candidate: str, reference: str, name: str, path: str) -> None:
    """Two names stand on both sides in another order, and no print shows that the printed order is what runs."""
    [found] = renamed(candidate, reference)
    assert (found.rule, found.effect.word, found.hint) == ("AD107", "unknown", hints.forward(path))
    assert found.message.endswith(f": cosmetic if {name} runs in printed order, which no print shows")


def test_three_examples_and_that_there_are_more() -> None:
    ours, theirs = (holding("Sequential", **{f"{name}{at}": "ReLU()" for at in "12345"}) for name in "ab")
    [found] = renamed(ours, theirs)
    assert found.count == 5
    assert [(a and a.path, b and b.path) for a, b in found.places] == [(f"a{at}", f"b{at}") for at in "12345"]
    assert told([found]) == ["AD107 cosmetic a1|b1: a1 is b1, a2 is b2, a3 is b3 and more x5"]


def test_of_two_blocks_that_are_alike_each_layer_has_another_name() -> None:
    block = holding("Block", fc=LINEAR, act="ReLU()")
    ours, theirs = (
        NetworkIndex(each) for each in sized(holding("Sequential", a=block), holding("Sequential", b=block))
    )
    both: list[Counterparts] = [(ours.blocks["a"], theirs.blocks["b"])]
    assert told(list(findings(both, False, ours, theirs))) == [
        "AD107 cosmetic a.fc|b.fc: a.fc is b.fc, a.act is b.act x2"
    ]
    same: list[Counterparts] = [(ours.blocks["a"], ours.blocks["a"])]
    assert list(findings(same, False, ours, ours)) == []
