"""What a node is in its network: trunk, first, routed, whose forward runs it; and what corresponds to it so far."""

from __future__ import annotations

from collections import Counter

import pytest

from answers import holding
from archdiff import infer, parse
from archdiff.diff.draft import Draft
from archdiff.diff.equivalence import EquivalentWindow
from archdiff.diff.network_index import NetworkIndex
from archdiff.diff.nodes import Node, nodes
from archdiff.diff.steps import Added, Alike, ContainerPair, Pair, Removed, Step, Swap
from archdiff.diff.structure import (
    Structure,
    containers_in,
    described,
    following,
    is_taken,
    nearest_matched,
    owner_of,
    owner_path,
    show_forward,
)
from archdiff.infer import repeats
from archdiff.infer.folding import folded
from archdiff.infer.repeats import Weights
from archdiff.model.effects import Effect
from archdiff.model.message import message
from archdiff.semantics import rules
from trees import at, sized, trees

LINEAR = "Linear(in_features=8, out_features=8, bias=True)"
WIDE = "Linear(in_features=16, out_features=8, bias=True)"
BODY = holding("Body", LINEAR, LINEAR)


def structure(candidate: str, reference: str | None = None) -> tuple[Structure, Node, Node]:
    """Of two networks of which no step was walked, and their roots."""
    ours, theirs = sized(candidate, reference or candidate)
    return Structure(NetworkIndex(ours), NetworkIndex(theirs)), *nodes(ours.normal.root, theirs.normal.root)


def all_in(node: Node) -> list[Node]:
    return [node, *(inner for child in node.children for inner in all_in(child))]


#: id, a network, what of it is trunk (the root is ".")
TRUNKS = [
    ("several-layers", holding("Net", LINEAR, LINEAR), "."),
    ("a-network-and-a-head", holding("Lit", model=BODY, head=LINEAR), "."),
    ("two-losses", holding("Losses", a="NLLLoss()", b="MSELoss()"), ". a b"),
    ("a-layer-alone", LINEAR, "."),
    ("a-network-and-its-loss", holding("Lit", model=BODY, loss="NLLLoss()"), ". model"),
    ("a-network-and-its-metric", holding("Lit", model=BODY, metric="Accuracy()"), ". model"),
    ("a-network-and-an-identity", holding("Lit", model=BODY, last="Identity()"), ". model"),
    ("a-network-in-order", holding("Sequential", holding("Body", holding("Stem", LINEAR, LINEAR))), ". 0 0.0"),
    ("below-what-has-another", holding("Lit", model=holding("Outer", inner=BODY), head=LINEAR), "."),
    ("a-class-that-combines", holding("Lit", model=holding("ResBlock", inner=BODY)), "."),
    ("a-root-that-combines", holding("ResNet", model=BODY), ""),
    ("in-a-list", holding("Lit", models=holding("ModuleList", BODY)), ". models models.0"),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in TRUNKS], ids=[case[0] for case in TRUNKS])
def test_is_trunk(text: str, expected: str) -> None:
    both, root, _ = structure(text)
    assert [node.path or "." for node in all_in(root) if both.is_trunk(node)] == expected.split()


#: id, a network, what of its children comes first
FIRST = [
    ("one", holding("Net", "ReLU()"), "0"),
    ("the-first-of-several", holding("Net", LINEAR, "ReLU()"), "0"),
    ("behind-what-passes-on", holding("Net", "Dropout(p=0.5)", "Flatten()", "Identity()", LINEAR, "ReLU()"), "0 1 2 3"),
    ("nothing-but-what-passes-on", holding("Net", "Flatten()", "Dropout(p=0.5)"), "0 1"),
    ("behind-a-copy", holding("Net", "ReLU()", "Flatten()", LINEAR), "0"),
    ("behind-a-block", holding("Net", BODY, LINEAR), "0"),
    ("a-name-in-another-place", holding("Net", b="Flatten()", a=LINEAR, c="ReLU()"), "b a"),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in FIRST], ids=[case[0] for case in FIRST])
def test_is_first(text: str, expected: str) -> None:
    both, root, _ = structure(text)
    assert both.is_first(root)
    assert [child.path for child in root.children if both.is_first(child)] == expected.split()


#: id, a network, whether its children are chosen among
ROUTED = [
    ("no-name-says-so", holding("Net", a=LINEAR, b=LINEAR), False),
    ("of-the-root-itself", holding("Router", a=LINEAR, b=LINEAR), False),
    ("deeper", holding("Net", a=holding("Body", gate=LINEAR), b=LINEAR), False),
    ("gate", holding("Net", a=LINEAR, gate=LINEAR), True),
    ("part-of-a-name", holding("Net", shared_experts=LINEAR, b=LINEAR), True),
    ("class", holding("Net", a=holding("TopKRouter", LINEAR), b=LINEAR), True),
    ("upper-case", holding("Net", a=holding("EXPERT", LINEAR), b=LINEAR), True),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in ROUTED], ids=[case[0] for case in ROUTED])
def test_is_routed(text: str, expected: bool) -> None:
    both, root, _ = structure(text)
    assert not both.is_routed(root)
    assert {both.is_routed(child) for child in root.children} == {expected}


#: id, a network, a node in it, whose forward runs what stands in that node, whose forward runs the node
OWNERS = [
    ("root", holding("Net", LINEAR), "", "", ""),
    ("layer-of-the-root", holding("Net", LINEAR), "0", "0", ""),
    ("layer-of-a-block", holding("Net", BODY), "0.1", "0.1", "0"),
    ("sequential", holding("Net", holding("Sequential", LINEAR, LINEAR)), "0", "0", ""),
    ("list", holding("Net", body=holding("Body", parts=holding("ModuleList", LINEAR))), "body.parts", "body", "body"),
    ("in-a-list", holding("Net", body=holding("Body", parts=holding("ModuleList", LINEAR))),
     "body.parts.0", "body.parts.0", "body"),
    ("lists-in-a-dict", holding("Net", a=holding("ModuleDict", b=holding("ModuleList", LINEAR))), "a.b", "", ""),
    ("in-a-list-at-the-root", holding("ModuleList", LINEAR), "0", "0", ""),
    ("list-at-the-root", holding("ModuleList", LINEAR), "", None, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "path", "owner", "around"), [case[1:] for case in OWNERS], ids=[case[0] for case in OWNERS]
)
def test_whose_forward_runs_it(text: str, path: str, owner: str | None, around: str) -> None:
    both, candidate, reference = structure(text)
    node = at(candidate, path)
    found = owner_of(node)
    assert (found.path if found else None) == owner
    assert owner_path(node) == around
    module = f'model.get_submodule("{around}")' if around else "model"
    assert show_forward(Pair(node, at(reference, path))) == (
        f"import inspect; print(inspect.getsource(type({module}).forward))"
    )
    assert both.side(True) is not both.side(False)


#: id, a network, paths of what is taken to run in printed order
TAKEN = [
    ("no-shapes", holding("Net", "ReLU()", "Tanh()"), ""),
    ("shapes-against-it", holding("Net", LINEAR, WIDE), ""),
    ("no-container", LINEAR, ""),
    ("blocks-of-somebody", holding("Net", BODY, "ReLU()"), ""),
    ("shapes-that-agree", holding("Net", LINEAR, "ReLU()"), "."),
    ("not-what-is-in-it", holding("Net", holding("Body", LINEAR, "ReLU()"), "ReLU()"), "."),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in TAKEN], ids=[case[0] for case in TAKEN])
def test_is_taken(text: str, expected: str) -> None:
    both, root, _ = structure(text)
    assert [node.path or "." for node in all_in(root) if is_taken(both.candidate, node)] == expected.split()


def test_the_two_sides() -> None:
    both, _, _ = structure(holding("Net", LINEAR), holding("Other", LINEAR))
    assert both.side(True).sized.network.root.class_name == "Net"
    assert both.side(False).sized.network.root.class_name == "Other"


def test_what_corresponds_so_far() -> None:
    both, candidate, reference = structure(holding("Net", a=BODY), holding("Net", b=BODY))
    ours, theirs = at(candidate, "a.1"), at(reference, "b.1")
    assert (both.last, nearest_matched(both, ours), nearest_matched(both, theirs)) == ((None, None), None, None)
    both.match(candidate, reference)
    both.match(ours, theirs)
    assert both.last == (ours, theirs)
    assert both.counterparts == {candidate: reference, reference: candidate, ours: theirs, theirs: ours}
    assert (both.candidate.matched, both.reference.matched) == ({"", "a.1"}, {"", "b.1"})
    assert nearest_matched(both, ours) is candidate
    assert nearest_matched(both, candidate) is None
    both.match(at(candidate, "a"), at(reference, "b"))
    assert nearest_matched(both, ours) is at(candidate, "a")
    assert nearest_matched(both, theirs) is at(reference, "b")


def test_the_activation_by_hand_in_which_a_layer_stands() -> None:
    both, root, _ = structure(holding("Net", act=holding("MyAct", inner=holding("Part", "ReLU()")), fc=LINEAR))
    layer = at(root, "act.inner.0")
    assert both.own_function(layer) is None
    both.own_functions.add(at(root, "act"))
    assert both.own_function(layer) == message("class-not-known", name="MyAct")
    assert both.own_function(at(root, "act")) is None
    assert both.own_function(at(root, "fc")) is None
    both.own_functions.add(at(root, "act.inner"))
    assert both.own_function(layer) == message("class-not-known", name="Part")


def test_how_many_blocks_of_each_class() -> None:
    both, ours, theirs = structure(
        holding("Net", layers=holding("ModuleList", BODY, BODY, LINEAR)), holding("Net", layers=holding("List", LINEAR))
    )
    assert both.blocks_in(at(ours, "layers"), True) == Counter(Body=2, Linear=1)
    assert both.blocks_in(at(theirs, "layers"), False) == Counter(Linear=1)
    assert both.blocks_in(ours, True) == Counter(ModuleList=1)


FOLDED = """Net(
  (stages): ModuleList(
    (0-9): 10 x Stage(
      (layers): ModuleList(
        (0-19): 20 x Body(
          (0): Linear(in_features=8, out_features=8, bias=True)
        )
        (20): Tanh()
      )
    )
  )
)
"""


def test_blocks_that_stand_for_those_of_a_folded_line_count_as_all_of_them() -> None:
    """Of one holder: 20 in each stage, and not those of the stages that the first ones stand for."""
    printed = parse.parse(FOLDED)[0]
    both = repeats.shortened(printed, printed)
    assert both is not None
    ours, theirs = infer.infer(rules.normalized(folded(*both)))
    root, _ = nodes(ours.normal.root, theirs.normal.root)
    of_both = Structure(NetworkIndex(ours), NetworkIndex(theirs))
    assert of_both.blocks_in(at(root, "stages"), True) == Counter(Stage=10)
    for stage in at(root, "stages").children:
        assert of_both.blocks_in(stage.children[0], True) == Counter(Body=20, Tanh=1)
        told = described(stage, Weights(ours.network))
        assert told == message("layer", class_name="Stage", count=21)


#: id, a layer, its class as messages call it, its settings, how many layers it holds
DESCRIBED = [
    ("layer", LINEAR, "Linear", None, None),
    ("class-without-a-kind", "Mystery(a=1)", "Mystery", None, None),
    ("block", BODY, "Body", None, 2),
    ("block-with-settings", holding("Body", LINEAR, settings="a=1, drop_path"), "Body", "a=1, drop_path", 2),
    ("block-in-a-block", holding("Outer", BODY, holding("Sequential", BODY, "ReLU()")), "Outer", None, 5),
    ("layer-with-children", holding("MultiheadAttention", out_proj=LINEAR), "MultiheadAttention", None, 2),
]


@pytest.mark.parametrize(
    ("layer", "name", "settings", "count"), [case[1:] for case in DESCRIBED], ids=[case[0] for case in DESCRIBED]
)
def test_what_messages_call_a_layer(layer: str, name: str, settings: str | None, count: int | None) -> None:
    both, root, _ = structure(holding("Net", layer, "ReLU()"))
    told = described(root.children[0], both.candidate.weights)
    assert told == message("layer", class_name=name, settings=settings, count=count)


#: id, a network, paths of what has children in it
CONTAINERS = [
    ("layer", LINEAR, ""),
    ("layers", holding("Net", LINEAR, "ReLU()"), "."),
    ("nested", holding("Net", holding("Outer", BODY), "ReLU()", BODY), ". 2 0 0.0"),
    ("layer-with-children", holding("Net", holding("MultiheadAttention", out_proj=LINEAR)), ". 0"),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in CONTAINERS], ids=[case[0] for case in CONTAINERS])
def test_containers_in(text: str, expected: str) -> None:
    assert [node.path or "." for node in containers_in(trees(text, text)[0])] == expected.split()


def test_what_follows_each_step() -> None:
    """A pair, two containers and blocks that are alike are followed by themselves; what one side has is passed over."""
    text = holding("Net", LINEAR, "ReLU()", BODY, BODY, "Tanh()", "Sigmoid()")
    a, b = trees(text, text)
    ours, theirs = a.children, b.children
    pairs = [Pair(x, y) for x, y in zip(ours, theirs, strict=True)]
    draft = Draft("AD105", Effect.EQUIVALENT, message("empty"), "structure")
    steps: list[Step | EquivalentWindow] = [
        Added(ours[1]),
        ContainerPair(a, b),
        Added(ours[0]),
        pairs[0],
        Removed(theirs[1]),
        Alike(ours[2], theirs[2]),
        Swap(pairs[3], pairs[4]),
        EquivalentWindow((), (), draft),
        EquivalentWindow((), (pairs[5], pairs[1]), draft),
    ]
    alike = ours[2], theirs[2]
    assert following(steps) == [
        (a, b),
        (ours[0], theirs[0]),
        (ours[0], theirs[0]),
        alike,
        alike,
        (ours[4], theirs[3]),  # the swap begins with its second layer in the candidate
        (ours[5], theirs[5]),
        (ours[5], theirs[5]),
        (None, None),
    ]


def test_nothing_follows_nothing() -> None:
    assert following([]) == []
