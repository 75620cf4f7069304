"""Rows of a page: each side in its own order, and links between layers that changed places."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answers import compared
from archdiff.model.outcome import Outcome
from archdiff.model.rows import Mark
from archdiff.report._page.rows import PageRow, PageRows, in_own_order, of_outcome, with_sizes

EQUAL, MOVED, DIFFERS, EXTRA, MISSING = Mark.EQUAL, Mark.MOVED, Mark.DIFFERS, Mark.EXTRA, Mark.MISSING


def rows(*found: tuple[Mark, int, int]) -> list[PageRow]:
    return [PageRow(*each) for each in found]


@pytest.mark.parametrize(
    ("found", "ordered"),
    [
        pytest.param([], [], id="no rows"),
        pytest.param(
            [(EQUAL, 0, 0), (EXTRA, 1, -1), (MISSING, -1, 1), (DIFFERS, 2, 2)],
            [(EQUAL, 0, 0), (EXTRA, 1, -1), (MISSING, -1, 1), (DIFFERS, 2, 2)],
            id="in order",
        ),
        pytest.param(
            [(EQUAL, 0, 0), (MISSING, -1, 1), (EXTRA, 1, -1), (MOVED, 2, 2)],
            [(EQUAL, 0, 0), (MISSING, -1, 1), (EXTRA, 1, -1), (MOVED, 2, 2)],
            id="moved, and in order",
        ),
        pytest.param(
            [(MOVED, 0, 2), (EQUAL, 1, 0), (EQUAL, 2, 1)],
            [(MOVED, 0, -1), (EQUAL, 1, 0), (EQUAL, 2, 1), (MOVED, -1, 2)],
            id="a layer that moved down",
        ),
        pytest.param(
            [(EQUAL, 0, 1), (EQUAL, 1, 2), (MOVED, 2, 0)],
            [(MOVED, -1, 0), (EQUAL, 0, 1), (EQUAL, 1, 2), (MOVED, 2, -1)],
            id="a layer that moved up",
        ),
        pytest.param(
            [(MOVED, 0, 2), (MOVED, 1, 3), (EQUAL, 2, 0), (EXTRA, 3, -1), (EQUAL, 4, 1)],
            [
                (MOVED, 0, -1), (MOVED, 1, -1), (EQUAL, 2, 0), (EXTRA, 3, -1), (EQUAL, 4, 1), (MOVED, -1, 2),
                (MOVED, -1, 3),
            ],
            id="a block that moved",
        ),
        pytest.param(
            [(EQUAL, 0, 3), (EQUAL, 1, 4), (MOVED, 2, 0), (MOVED, 3, 1), (MOVED, 4, 2)],
            [
                (MOVED, -1, 0), (MOVED, -1, 1), (MOVED, -1, 2), (EQUAL, 0, 3), (EQUAL, 1, 4), (MOVED, 2, -1),
                (MOVED, 3, -1), (MOVED, 4, -1),
            ],
            id="what moved gives way to what stayed, however little that is",
        ),
        pytest.param(
            [(EQUAL, 0, 1), (EQUAL, 1, 2), (DIFFERS, 2, 0), (EQUAL, 3, 3)],
            [(DIFFERS, -1, 0), (EQUAL, 0, 1), (EQUAL, 1, 2), (DIFFERS, 2, -1), (EQUAL, 3, 3)],
            id="what differs keeps its mark",
        ),
        pytest.param(
            [(EQUAL, 0, 2), (EQUAL, 1, 0), (EQUAL, 2, 1)],
            [(MOVED, 0, -1), (EQUAL, 1, 0), (EQUAL, 2, 1), (MOVED, -1, 2)],
            id="what is equal is marked as moved",
        ),
        pytest.param(
            [(EQUAL, 1, 0), (EQUAL, 0, 1)],
            [(MOVED, 0, -1), (EQUAL, 1, 0), (MOVED, -1, 1)],
            id="rows that come in another order than that of the left",
        ),
        pytest.param(
            [(MISSING, -1, 1), (EXTRA, 0, -1), (MISSING, -1, 0)],
            [(EXTRA, 0, -1), (MISSING, -1, 0), (MISSING, -1, 1)],
            id="the right side in order too",
        ),
    ],
)  # fmt: skip
def test_own_order(found: Sequence[tuple[Mark, int, int]], ordered: Sequence[tuple[Mark, int, int]]) -> None:
    assert in_own_order(rows(*found)) == rows(*ordered)


@st.composite
def shuffled(draw: st.DrawFn) -> list[PageRow]:
    """Rows in any order, as of layers some of which stand on one side alone."""
    both, ours, theirs = (draw(st.integers(0, 6)) for _ in range(3))
    left = draw(st.permutations(range(both + ours)))
    right = draw(st.permutations(range(both + theirs)))
    marks = draw(st.lists(st.sampled_from(Mark), min_size=both + ours + theirs, max_size=both + ours + theirs))
    places = [*zip(left[:both], right[:both], strict=True), *((at, -1) for at in left[both:])]
    places += [(-1, at) for at in right[both:]]
    return draw(st.permutations([PageRow(mark, *place) for mark, place in zip(marks, places, strict=True)]))


@given(shuffled())
def test_each_side_is_in_order_and_whole(found: list[PageRow]) -> None:
    ordered = in_own_order(found)
    for side in (1, 2):
        assert [row[side] for row in ordered if row[side] >= 0] == sorted(row[side] for row in found if row[side] >= 0)
    assert {row for row in ordered if min(row[1:]) >= 0} <= set(found)


# What follows

FOLLOWS, REPEATED, SPELLING = Mark.FOLLOWS, Mark.REPEATED, Mark.SPELLING
#: parameters, n and k of equal layers, by their number; 4 is as 0 but for its shape
SIZES = ((8, None, None), (16, None, None), (0, 10, 2), (0, 10, 3), (8, None, None), (None, None, None))


@pytest.mark.parametrize(
    ("found", "told"),
    [
        pytest.param([], [], id="no rows"),
        pytest.param([(EQUAL, 0, 0), (SPELLING, 1, 1)], [EQUAL, SPELLING], id="equal"),
        pytest.param([(EQUAL, 0, 4)], [EQUAL], id="another shape alone"),
        pytest.param([(EQUAL, 0, 5), (EQUAL, 5, 0)], [EQUAL, EQUAL], id="not known"),
        pytest.param([(EXTRA, 0, -1), (MISSING, -1, 1)], [EXTRA, MISSING], id="one side"),
        pytest.param([(DIFFERS, 0, 1), (MOVED, 0, 1)], [DIFFERS, MOVED], id="marked already"),
        pytest.param([(EQUAL, 0, 1)], [FOLLOWS], id="parameters"),
        pytest.param([(SPELLING, 2, 3)], [FOLLOWS], id="k"),
        pytest.param([(EQUAL, 0, 1), (EQUAL, 1, 0), (EQUAL, 0, 1)], [FOLLOWS, FOLLOWS, REPEATED], id="repeated"),
        pytest.param([(FOLLOWS, 0, 1), (EQUAL, 0, 0), (EQUAL, 0, 1)], [FOLLOWS, EQUAL, REPEATED], id="as a marked row"),
    ],
)
def test_layers_of_unequal_size_follow(found: Sequence[tuple[Mark, int, int]], told: Sequence[Mark]) -> None:
    """The numbers of the layers of both sides are those of equal layers here."""
    alike = tuple(range(len(SIZES)))
    marked = with_sizes(rows(*found), (alike, alike), SIZES.__getitem__)
    assert marked == rows(*((mark, *row[1:]) for mark, row in zip(told, found, strict=True)))


# Of comparisons

LAYERS = ("Linear(in_features=4, out_features=4, bias=True)", "ReLU()", "Tanh()", "Foo(3)", "Dropout(p=0.5)")
NAMES = ("conv1", "norm", "0", "1", "2", "head")


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, str]:
    """A network, and the same with layers that were renamed, replaced, put in, left out and shuffled."""
    rng = random.Random(draw(st.integers(0, 10_000)))
    children = [(name, _child(rng, 2)) for name in rng.sample(NAMES, rng.randint(1, 5))]
    changed = _changed(rng, children)
    return _printed("Net", changed), _printed("Net", children)


def _child(rng: random.Random, depth: int) -> object:
    if not depth or rng.random() < 0.5:
        return rng.choice(LAYERS)
    children = [(name, _child(rng, depth - 1)) for name in rng.sample(NAMES, rng.randint(1, 4))]
    return rng.choice(("Sequential", "ModuleList", "Block")), children


def _changed(rng: random.Random, children: Sequence[tuple[str, object]]) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = [
        (name, (child[0], _changed(rng, child[1])) if isinstance(child, tuple) else _other(rng, str(child)))
        for name, child in children
    ]
    match rng.randrange(6):
        case 0:
            rng.shuffle(found)
        case 1:
            found.insert(rng.randrange(len(found) + 1), ("new", rng.choice(LAYERS)))
        case 2:
            found = found[1:] or found
        case 3:
            found = [*found[1:], found[0]]
        case _:
            pass
    return found


def _other(rng: random.Random, layer: str) -> str:
    return rng.choice(LAYERS) if rng.random() < 0.2 else layer


def _printed(name: str, children: Sequence[tuple[str, object]], indent: str = "") -> str:
    lines = [f"{name}("]
    for child, held in children:
        text = _printed(held[0], held[1], f"{indent}  ") if isinstance(held, tuple) else str(held)
        lines.append(f"{indent}  ({child}): {text}")
    return "\n".join([*lines, f"{indent})"])


def found_of(outcome: Outcome) -> PageRows:
    both = outcome.candidate.layers, outcome.reference.layers
    return of_outcome(outcome, ([layer.path for layer in both[0]], [layer.path for layer in both[1]]))


@given(edited())
@settings(max_examples=60, deadline=None)
def test_all_layers_stand_in_their_order_and_each_pair_beside_each_other_or_linked(texts: tuple[str, str]) -> None:
    outcome = compared(*texts)
    ours, theirs = ([layer.path for layer in side.layers] for side in (outcome.candidate, outcome.reference))
    found = found_of(outcome)
    assert [row.left for row in found.rows if row.left >= 0] == list(range(len(ours)))
    assert [row.right for row in found.rows if row.right >= 0] == list(range(len(theirs)))
    pairs = {pair for pair in outcome.pairs if pair[0] in ours and pair[1] in theirs}
    beside = {(ours[row.left], theirs[row.right]) for row in found.rows if min(row.left, row.right) >= 0}
    linked = {(ours[found.rows[a].left], theirs[found.rows[b].right]) for a, b in found.links}
    assert linked <= pairs <= beside | linked
    assert not beside & linked


RELU = "Net(\n  (a): ReLU()\n)"


@pytest.mark.parametrize(
    ("candidate", "reference", "told", "links"),
    [
        pytest.param(RELU, RELU, [(EQUAL, 0, 0)], [], id="equal"),
        pytest.param(
            _printed("Sequential", [("0", LAYERS[0]), ("1", "Tanh()"), ("2", "Foo(3)"), ("3", LAYERS[0])]),
            _printed("Sequential", [("0", LAYERS[0]), ("1", "Foo(3)"), ("2", "Tanh()"), ("3", LAYERS[0])]),
            [(EQUAL, 0, 0), (Mark.SWAPPED, 1, 1), (Mark.SWAPPED, 2, 2), (EQUAL, 3, 3)],
            [(2, 1), (1, 2)],
            id="neighbours",
        ),
        pytest.param("Net()", RELU, [(Mark.UNKNOWN, 0, -1), (Mark.UNKNOWN, -1, 0)], [], id="a print without layers"),
    ],
)
def test_of_a_comparison(
    candidate: str, reference: str, told: Sequence[tuple[Mark, int, int]], links: Sequence[tuple[int, int]]
) -> None:
    assert found_of(compared(candidate, reference)) == PageRows(rows(*told), list(links))


def test_layers_in_the_order_in_which_they_ran() -> None:
    text = _printed("Net", [("a", LAYERS[0]), ("b", "Tanh()"), ("c", "Foo(3)"), ("d", LAYERS[0])])
    outcome = compared(text, text)
    a, b, c, d = outcome.candidate.layers
    found = found_of(replace(outcome, candidate=replace(outcome.candidate, layers=(d, a, b, c))))
    assert found.rows == rows((MOVED, 0, -1), (EQUAL, 1, 0), (EQUAL, 2, 1), (EQUAL, 3, 2), (MOVED, -1, 3))
    assert found.links == [(0, 4)]
