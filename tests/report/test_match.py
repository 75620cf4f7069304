"""A ranking of references: a headline that says what is nearest, and a row each."""

from __future__ import annotations

import pytest

from archdiff.model.effects import Effect
from archdiff.model.ranking import Match, Ranking
from archdiff.report import View
from archdiff.report._match import lines


def reference(address: str, distance: float, share: float = 0.125, **counts: int) -> Match:
    every = {effect.word: counts.get(effect.word, 0) for effect in Effect}
    return Match(address, distance, share, share < 1, ("function",), every, 1)


A, B, FAR = reference("a.txt", 2, function=1), reference("b.txt", 2, training=3), reference("far.txt", 90, share=1.0)


@pytest.mark.parametrize(
    ("ranking", "headline"),
    [
        (Ranking((A, FAR)), "nearest: a.txt"),
        (Ranking((A, B)), "a tie, equally near: a.txt, b.txt"),
        (Ranking((reference("same.txt", 0), A)), "the same as same.txt"),
        (Ranking((FAR,)), "nothing is near; nearest of them: far.txt"),
        (Ranking((A, FAR), untried=3), "nearest of those that were compared: a.txt"),
        (
            Ranking(tuple(reference(f"{at}.txt", 2) for at in range(12))),
            f"a tie, 12 are equally near: {', '.join(f'{at}.txt' for at in range(10))} ...",
        ),
        (Ranking((reference("a\x1b.txt", 2),)), "nearest: a\ufffd.txt"),
    ],
    ids=["one", "two", "the same", "none", "not all were compared", "many", "what acts on a terminal"],
)
def test_the_headline(ranking: Ranking, headline: str) -> None:
    assert next(lines(ranking, View())) == headline


def test_a_row_for_each_with_what_differs_gravest_first() -> None:
    both = reference("refs/both.txt", 3.25, training=2, function=1, cosmetic=4, equivalent=1)
    none = reference("refs/n.txt", 4, cosmetic=2)._replace(not_printed=0)
    assert list(lines(Ranking((both, none), farther=2, untried=1_000), View()))[2:] == [
        "distance  reference      differences",
        "     3.2  refs/both.txt  1 function, 2 training, 1 not printed",
        "     4.0  refs/n.txt     none that matters",
        "          and 2 more",
        "          1,000 look farther by their layers: not compared (--all compares every one)",
    ]


def test_as_many_rows_as_are_wanted() -> None:
    ranking = Ranking(tuple(reference(f"{at}.txt", at) for at in range(5)))
    assert list(lines(ranking, View(most=2)))[-1] == "          and 3 more"
    assert len(list(lines(ranking, View(most=2, all=True)))) == 3 + 5
