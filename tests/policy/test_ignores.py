"""Ignores as values: what a word means, which paths are covered, what is left of a finding with many places."""

from __future__ import annotations

import pytest

from archdiff.model import catalogue
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.policy import ignores
from archdiff.policy.ignores import Ignore


@pytest.mark.parametrize(
    ("word", "ids"),
    [
        ("AD401", ("AD401",)),
        ("ad401", ("AD401",)),
        ("layer-order", ("AD101",)),
        ("AD2", ("AD201", "AD202")),
        ("AD2xx", ("AD201", "AD202")),
        ("AD", tuple(catalogue.BY_ID)),
        ("AD55", ()),
        ("order", ()),
        ("", ()),
        ("x", ()),
    ],
)
def test_words(word: str, ids: tuple[str, ...]) -> None:
    assert ignores.rules(word) == ids


@pytest.mark.parametrize(
    ("word", "facts"),
    [
        ("heads", ()),
        ("AD55", ()),
        ("AD701", ("AD701",)),
        *((word, (word,)) for word in ("all", "recipe", "num_heads", "dim", "count_include_pad", "rope_base")),
        *((word, (word,)) for word in ("settings", "top_k", "activation", "tie_word_embeddings")),
    ],
)
def test_facts_that_have_to_be_printed(word: str, facts: tuple[str, ...]) -> None:
    assert ignores.facts(word) == facts


@pytest.mark.parametrize(
    ("pattern", "path", "covered"),
    [
        ("", "features.0", True),
        ("features", "features.0", True),
        ("features", "features", True),
        ("features", "features2.0", False),
        ("features.*", "features.0", True),
        ("features.*", "features.0.conv", True),
        ("features.*", "features", False),
        ("*.conv", "features.0.conv", True),
        ("*.conv", "features.0.convs", False),
        ("features.[0-3]", "features.2.norm", True),
        ("features.[0-3]", "features.4.norm", False),
    ],
)
def test_paths(pattern: str, path: str, covered: bool) -> None:
    ours, theirs = Place("elsewhere", 1), Place(path, 2)
    assert Ignore(path=pattern).covers("AD101", (ours, theirs)) is covered
    assert Ignore(path=pattern).covers("AD101", (theirs, None)) is covered


MANY = Finding(
    "AD401",
    Effect.TRAINING,
    "p 0.2, not 0.5",
    candidate=Place("a.0", 1),
    reference=Place("b.0", 11),
    count=3,
    places=tuple((Place(f"a.{index}", 1 + index), Place(f"b.{index}", 11 + index)) for index in range(3)),
)


@pytest.mark.parametrize(
    ("ignore", "left", "gone"),
    [
        (Ignore(("AD101",)), ["a.0", "a.1", "a.2"], []),
        (Ignore(("AD401",)), [], ["a.0", "a.1", "a.2"]),
        (Ignore(path="a.0"), ["a.1", "a.2"], ["a.0"]),
        (Ignore(path="b.2"), ["a.0", "a.1"], ["a.2"]),
        (Ignore(side="candidate", lines=(2,)), ["a.0", "a.2"], ["a.1"]),
        (Ignore(side="reference", lines=(2, 12)), ["a.0", "a.2"], ["a.1"]),
    ],
    ids=["another rule", "all", "one", "reference's path", "candidate's line", "reference's line"],
)
def test_a_finding_with_many_places(ignore: Ignore, left: list[str], gone: list[str]) -> None:
    sifted = ignores.sift([MANY], [ignore])
    for findings, paths in ((sifted.kept, left), ([finding for finding, _ in sifted.covered], gone)):
        assert [place and place.path for finding in findings for place, _ in finding.all_places] == paths
        for finding in findings:
            assert finding.candidate is not None
            assert (finding.count, finding.candidate.path) == (len(paths), paths[0])
    assert sifted.used == ({ignore} if gone else frozenset())
