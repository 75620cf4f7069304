"""Windows: which pieces of two networks are looked at, which are one piece, and which are not worth a look.

Steps are words of letters, in one order: `W` is a layer with weights, equal on both sides, and `w` one whose settings
differ; `r` is an activation for another, `+` and `-` a dropout of one side, `x` two layers that changed places, `[`
a container and `B` blocks that are alike. `e` is an activation, equal on both sides, and `?` a layer of no known kind.
"""

from __future__ import annotations

import pytest

from answers import holding
from archdiff.diff.network_index import NetworkIndex
from archdiff.diff.nodes import Node
from archdiff.diff.steps import Added, Alike, ContainerPair, Moved, Opened, Pair, Removed, Step, Swap
from archdiff.diff.windows import (
    MOST_LAYERS,
    MOST_STEPS,
    Networks,
    Window,
    forgetting,
    is_hopeless,
    is_weighted_pair,
    nearest,
    nodes_of,
    spans,
    window_of,
)
from trees import aligned, at, sized, told, trees


def linear(inputs: int, outputs: int, bias: bool = True) -> str:
    return f"Linear(in_features={inputs}, out_features={outputs}, bias={bias})"


LINEAR = linear(8, 8)
DROPOUT = "Dropout(p=0.5, inplace=False)"
CONV = "Conv2d(8, 8, kernel_size=(1, 1), stride=(1, 1))"
NORM = "BatchNorm1d(8)"
BODY = holding("Body", LINEAR, "ReLU()")
OURS, THEIRS = trees(
    holding("Net", LINEAR, linear(8, 8, False), "ReLU()", DROPOUT, BODY, "Mystery()", NORM, "ReLU()"),
    holding("Net", LINEAR, LINEAR, "Tanh()", DROPOUT, BODY, "Mystery()", "ReLU()", NORM),
)


def pair(place: int) -> Pair:
    return Pair(OURS.children[place], THEIRS.children[place])


LETTERS: dict[str, Step] = {
    "W": pair(0),
    "w": pair(1),
    "e": Pair(OURS.children[2], THEIRS.children[6]),
    "r": pair(2),
    "+": Added(OURS.children[3]),
    "-": Removed(THEIRS.children[3]),
    "x": Swap(pair(2), pair(3), (pair(2), pair(3))),
    "m": Moved((pair(3),), (pair(2),), (pair(3),)),
    "[": ContainerPair(OURS, THEIRS),
    "?": pair(5),
    "n": pair(6),
    "a": pair(7),
    "<": Opened(OURS.children[4], True),
    "B": Alike(OURS.children[4], THEIRS.children[4]),
}


def steps(word: str) -> list[Step]:
    return [LETTERS[letter] for letter in word]


#: id, steps, the place of one of them, where a window may begin, the windows around it; in brackets those to take whole
SPANS = [
    ("between-weights", "W+W", 1, 0, "[+] + [+W] [W+] [W+W]"),
    ("alone", "+", 0, 0, "[+] +"),
    ("all-that-has-no-weights", "Wr+-rW", 2, 0, "[r+-r] r+-r [r+-rW] [Wr+-r] [Wr+-rW]"),
    ("containers-too", "W[+<W", 2, 0, "[[+<] [+< [[+<W] [W[+<] [W[+<W]"),
    ("swap-and-move", "WxmW", 1, 0, "[xm] xm [xmW] [Wxm] [WxmW]"),
    ("with-the-next-layer-that-differs", "W+wW", 1, 0, "[+w] +w [+wW] [W+w] [W+wW]"),
    ("not-with-the-one-before-that-differs", "Ww+W", 2, 0, "[+] w+ [w+W] [Ww+] [Ww+W]"),
    ("up-to-three-layers-with-weights", "WWWW+WWWW", 4, 0, "[+] + [+W] [W+] [+WW] [WW+] [W+W] [+WWW] [WWW+]"),
    ("not-before-what-is-done", "WW+WW", 2, 2, "[+] + [+W] [+WW]"),
    ("not-before-what-is-done-without-weights", "rr+W", 2, 1, "[r+] r+ [r+W]"),
    ("never-over-blocks", "B+B", 1, 0, "[+] +"),
    ("blocks-end-the-reach", "WB+WB", 2, 0, "[+] + [+W]"),
    ("over-an-activation-that-is-equal", "We+eW", 2, 0, "[e+e] e+e [e+eW] [We+e] [We+eW]"),
    ("up-to-what-has-no-kind", "?+?", 1, 0, "[+] + [+?] [?+] [?+?]"),
    ("of-a-pair-only-to-the-next-weights", "WWrWW", 2, 0, "[r] r [rW]"),
    ("of-a-pair-of-other-weights", "WWwWW", 2, 0, "[w] w [wW] [Ww] [wWW] [WWw] [WwW]"),
]


@pytest.mark.parametrize(
    ("word", "place", "done", "expected"), [case[1:] for case in SPANS], ids=[case[0] for case in SPANS]
)
def test_spans(word: str, place: int, done: int, expected: str) -> None:
    found = list(spans(steps(word), place, done))
    assert " ".join(f"[{word[a:b]}]" if whole else word[a:b] for a, b, whole in found) == expected
    assert all(done <= first <= place < last for first, last, _ in found)


def test_no_span_is_too_large() -> None:
    many = "r" * 3 * MOST_STEPS
    found = [(first, last) for first, last, _ in spans(steps(many), len(many) // 2, 0)]
    assert found == [(MOST_STEPS // 2, 5 * MOST_STEPS // 2)]
    at_the_end = spans(steps("+" * 2 * MOST_STEPS + "W"), 2 * MOST_STEPS - 1, 0)
    assert list(at_the_end) == [(MOST_STEPS - 1, 2 * MOST_STEPS, True)]
    at_the_start = spans(steps("W" + "+" * 2 * MOST_STEPS), 1, 0)
    assert list(at_the_start) == [(1, MOST_STEPS + 1, True)]


#: id, a step, whether it pairs a layer with weights, whether no rule can make it equal, its layers on both sides
STEPS = [
    ("equal", "W", True, False, "0|0"),
    ("other-bias", "w", True, True, "1|1"),
    ("activations", "r", False, False, "2|2"),
    ("added", "+", False, False, "3|"),
    ("removed", "-", False, False, "|3"),
    ("swap", "x", False, False, "2 3|2 3"),
    ("moved", "m", False, False, "3|3"),
    ("containers", "[", False, False, "|"),
    ("no-kind", "?", True, False, "5|5"),
    ("a-norm-for-an-activation", "n", True, True, "6|6"),
    ("an-activation-for-a-norm", "a", True, True, "7|7"),
    ("opened", "<", False, False, "|"),
    ("alike", "B", False, False, "|"),
]


@pytest.mark.parametrize(
    ("letter", "weighted", "hopeless", "layers"), [case[1:] for case in STEPS], ids=[case[0] for case in STEPS]
)
def test_one_step(letter: str, weighted: bool, hopeless: bool, layers: str) -> None:
    step = LETTERS[letter]
    assert is_weighted_pair(step) is weighted
    assert is_hopeless(step) is hopeless
    ours, theirs, pairs = nodes_of(step)
    assert f"{spelled(ours)}|{spelled(theirs)}" == layers
    both = layers.split("|")
    assert [told(each) for each in pairs] == ([f"{x}={x}" for x in both[0].split()] if both[0] == both[1] else [])


def spelled(nodes: tuple[Node, ...]) -> str:
    return " ".join(node.path for node in nodes)


#: id, what one side has more or two layers that are a pair, whether no rule can make both sides equal
HOPELESS = [
    ("no-weights", [DROPOUT], [], False),
    ("a-map-may-stand-for-another", [LINEAR], [], False),
    ("two-maps", [holding("Body", LINEAR, LINEAR)], [], True),
    ("a-norm", ["BatchNorm1d(8)"], [], True),
    ("no-kind", ["Mystery()"], [], False),
    ("another-input-width", [linear(6, 8)], [LINEAR], False),
    ("a-convolution-and-a-linear", [CONV], [LINEAR], False),
    ("another-width", [linear(8, 4)], [LINEAR], True),
    ("norms", ["BatchNorm1d(8)"], ["LayerNorm((8,))"], True),
    ("norms-that-differ-while-training", ["BatchNorm1d(8, momentum=0.1)"], ["BatchNorm1d(8, momentum=0.2)"], False),
    ("eps", ["BatchNorm1d(8, eps=1e-05)"], ["BatchNorm1d(8, eps=0.001)"], True),
]  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs", "expected"), [case[1:] for case in HOPELESS], ids=[c[0] for c in HOPELESS])
def test_what_is_hopeless(ours: list[str], theirs: list[str], expected: bool) -> None:
    a, b = trees(holding("Net", "Sigmoid()", *ours), holding("Net", "Sigmoid()", *theirs))
    if theirs:
        assert is_hopeless(Pair(a.children[1], b.children[1])) is expected
        assert is_hopeless(Pair(b.children[1], a.children[1])) is expected
        return
    assert is_hopeless(Added(a.children[1])) is expected
    assert is_hopeless(Removed(a.children[1])) is expected


def test_the_nearest_pair() -> None:
    assert nearest(steps("[+-<"), 0) is None
    assert nearest(steps("+xW"), 0) == pair(2)
    assert nearest(steps("+xW"), -1) == pair(3)
    assert [told(found) for which in (0, -1) if (found := nearest(steps("[BW"), which))] == ["4.0=4.0", "4.1=4.1"]


def test_what_may_be_constant() -> None:
    """A softmax, and a norm of one number; only what the candidate has counts."""
    text = holding("Net", LINEAR, "Softmax(dim=1)", "ReLU()", "LayerNorm((1,))", "LayerNorm((8,))", "GroupNorm(8, 8)")
    found = aligned(text, text)
    assert [told(found[place]) for place in forgetting(found)] == ["1=1", "3=3", "5=5"]
    assert forgetting(aligned(holding("Net", LINEAR, "ReLU()"), holding("Net", LINEAR, "ReLU()"))) == []
    longer, shorter = holding("Net", LINEAR, "Softmax(dim=1)"), holding("Net", LINEAR)
    assert forgetting(aligned(shorter, longer)) == []
    found = aligned(longer, shorter)
    assert [told(found[place]) for place in forgetting(found)] == ["+1"]


def window(candidate: str, reference: str, first: str, last: str) -> Window | None:
    """The steps from one to another as a window."""
    ours, theirs = sized(candidate, reference)
    found = aligned(candidate, reference)
    names = [told(step) for step in found]
    start, stop = names.index(first), names.index(last) + 1
    ends = nearest(reversed(found[:start]), -1), nearest(found[stop:], 0)
    return window_of(found[start:stop], ends, Networks(NetworkIndex(ours), NetworkIndex(theirs), False))


def ordered(*layers: str) -> str:
    return holding("Sequential", *layers)


POOL = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False, return_indices=True)"
UNPOOL = "MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))"
MANY = ["ReLU()"] * MOST_LAYERS

#: id, candidate, reference, the first step and the last one, the window: both sides, and what of them is apart
WINDOWS = [
    # no window
    ("no-layers", ordered(LINEAR), ordered(LINEAR), "[=]", "[=]", None),
    ("no-kind", ordered(LINEAR, "Mystery()", "ReLU()"), ordered(LINEAR, "Mystery()", "Tanh()"), "1=1", "2=2", None),
    ("other-weights", ordered(linear(8, 4), "ReLU()"), ordered(LINEAR, "ReLU()"), "0=0", "1=1", None),
    ("weights-in-another-order", ordered("ReLU()", LINEAR, NORM), ordered("ReLU()", NORM, LINEAR), "0=0", "1=2x2=1",
     None),
    ("weights-of-one-side", ordered(LINEAR, "ReLU()", CONV), ordered(LINEAR, "ReLU()"), "1=1", "+2", None),
    ("one-more-in-a-class-of-somebody", holding("Net", holding("Block", LINEAR, "ReLU()", LINEAR, DROPOUT)),
     holding("Net", holding("Block", LINEAR, "ReLU()", LINEAR)), "+0.3", "+0.3", None),
    ("too-many", ordered(*MANY, "Tanh()"), ordered(*MANY, "Sigmoid()"), "0=0", f"{MOST_LAYERS}={MOST_LAYERS}", None),
    ("pools-whose-places-are-used", ordered(POOL, "ReLU()", UNPOOL), ordered(POOL, "Tanh()", UNPOOL), "0=0", "1=1",
     None),
    ("other-weights-that-one-side-forgets", ordered(linear(8, 4), "Softmax(dim=1)"), ordered(LINEAR, "Sigmoid()"),
     "0=0", "1=1", None),
    # windows
    ("a-pair", ordered(LINEAR, "ReLU()", LINEAR), ordered(LINEAR, "Tanh()", LINEAR), "1=1", "1=1", ("1|1", "1|1")),
    ("one-more", ordered(LINEAR, DROPOUT, LINEAR), ordered(LINEAR, LINEAR), "+1", "+1", ("1|", "1|")),
    ("one-less", ordered(LINEAR, LINEAR), ordered(LINEAR, DROPOUT, LINEAR), "-1", "-1", ("|1", "|1")),
    ("one-more-at-the-end", ordered(LINEAR, DROPOUT), ordered(LINEAR), "+1", "+1", ("1|", "1|")),
    ("one-more-at-the-start", ordered(DROPOUT, LINEAR), ordered(LINEAR), "+0", "+0", ("0|", "0|")),
    ("one-more-in-a-chain", holding("Net", holding("Block", LINEAR, "ReLU()", DROPOUT)),
     holding("Net", holding("Block", LINEAR, "ReLU()")), "+0.2", "+0.2", ("0.2|", "0.2|")),
    ("one-more-at-the-root", holding("Net", LINEAR, DROPOUT), holding("Net", LINEAR), "+1", "+1", ("1|", "1|")),
    ("with-equal-weights-around", ordered(LINEAR, DROPOUT, CONV), ordered(LINEAR, CONV), "0=0", "2=1",
     ("0 1 2|0 1", "1|")),
    ("a-convolution-and-a-linear", ordered(CONV, "ReLU()"), ordered(LINEAR, "Tanh()"), "0=0", "1=1",
     ("0 1|0 1", "0 1|0 1")),
    ("other-weights-that-are-forgotten", ordered(linear(8, 4), "Softmax(dim=1)"), ordered(LINEAR, "Softmax(dim=1)"),
     "0=0", "1=1", ("0 1|0 1", "0|0")),
    ("as-many-as-may-be", ordered(*MANY[1:], "Tanh()"), ordered(*MANY[1:], "Sigmoid()"), "0=0",
     f"{MOST_LAYERS - 1}={MOST_LAYERS - 1}", (None, f"{MOST_LAYERS - 1}|{MOST_LAYERS - 1}")),
    ("beside-pools-whose-places-are-used", ordered(POOL, "ReLU()", UNPOOL), ordered(POOL, "Tanh()", UNPOOL), "1=1",
     "1=1", ("1|1", "1|1")),
    ("pools", ordered(POOL, "ReLU()"), ordered(POOL, "Tanh()"), "0=0", "1=1", ("0 1|0 1", "1|1")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("candidate", "reference", "first", "last", "expected"), [case[1:] for case in WINDOWS], ids=[c[0] for c in WINDOWS]
)
def test_window_of(
    candidate: str, reference: str, first: str, last: str, expected: tuple[str | None, str] | None
) -> None:
    found = window(candidate, reference, first, last)
    if expected is None:
        assert found is None
        return
    assert found is not None
    sides, apart = expected
    assert sides is None or "|".join(map(spelled, found.nodes)) == sides
    assert "|".join(spelled(tuple(nodes)) for nodes in found.apart()) == apart
    assert [[leaf.path for leaf in leaves] for leaves in found.leaves] == [
        [node.path for node in nodes] for nodes in found.nodes
    ]
    assert found.pairs == tuple(pair for step in found.steps for pair in nodes_of(step)[2])


def test_a_window_is_all_between_its_ends() -> None:
    """Layers that no step of it holds may change what comes in."""
    text = ordered(LINEAR, "ReLU()", "Tanh()", CONV)
    ours, theirs = sized(text, text)
    found = aligned(text, text)
    networks = Networks(NetworkIndex(ours), NetworkIndex(theirs), False)
    pairs = {told(step): step for step in found if isinstance(step, Pair)}
    one = [pairs["1=1"]]
    assert window_of(one, (pairs["0=0"], pairs["2=2"]), networks) is not None
    assert window_of(one, (pairs["0=0"], pairs["3=3"]), networks) is None
    assert window_of(one, (None, pairs["2=2"]), networks) is None
    assert window_of([pairs["1=1"], pairs["3=3"]], (pairs["0=0"], None), networks) is None
    assert window_of([pairs["1=1"], pairs["3=3"]], (pairs["0=0"], pairs["2=2"]), networks) is None
    assert window_of([pairs["1=1"], pairs["2=2"]], (pairs["0=0"], pairs["3=3"]), networks) is not None


def test_a_window_without_layers_of_one_side_is_where_nothing_stands() -> None:
    longer, shorter = ordered(LINEAR, DROPOUT, CONV), ordered(LINEAR, CONV)
    ours, theirs = sized(longer, shorter)
    found = aligned(longer, shorter)
    networks = Networks(NetworkIndex(ours), NetworkIndex(theirs), False)
    first, last = (step for step in found if isinstance(step, Pair))
    added = [step for step in found if isinstance(step, Added)]
    assert window_of(added, (first, last), networks) is not None
    assert window_of(added, (first, None), networks) is None
    assert window_of(added, (None, last), networks) is None
    assert at(added[0].candidate, "").path == "1"
