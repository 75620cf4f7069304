"""Which networks of two versions of a file stand for each other, and what became of the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdiff import parse
from archdiff.model.errors import ReadError
from archdiff.policy import versions


def file_of(*networks: str) -> str:
    """`name=p`: a heading, and a network with this dropout."""
    prints = [each.split("=") for each in networks]
    return "\n".join(
        f"# {name}\n\nNet(\n  (drop): Dropout(p={p}, inplace=False)\n  (act): ReLU()\n)\n" for name, p in prints
    )


@pytest.mark.parametrize(
    ("old", "new", "differing", "removed", "added", "unchanged"),
    [
        (["a=0.1"], ["a=0.1"], [], [], [], 1),
        (["a=0.1"], ["a=0.2"], ["a a"], [], [], 0),
        (["a=0.1", "b=0.1"], ["b=0.1", "a=0.2"], ["a a"], [], [], 1),  # order says nothing where labels do
        (["a=0.1"], ["b=0.2"], ["b a"], [], [], 0),
        (["a=0.1", "b=0.3"], ["b=0.3", "c=0.2"], ["c a"], [], [], 1),
        (["a=0.1", "b=0.3"], ["b=0.3"], [], ["a"], [], 1),
        (["a=0.1"], ["a=0.1", "b=0.3", "c=0.3"], [], [], ["b", "c"], 1),
        (["a=0.1", "a=0.2"], ["a=0.1", "a=0.3"], ["a a"], [], [], 1),  # the second of a label is the second
    ],
)
def test_compare(
    old: list[str], new: list[str], differing: list[str], removed: list[str], added: list[str], unchanged: int
) -> None:
    found = versions.compare(*(parse.parse(file_of(*each)) for each in (old, new)))
    assert [f"{each.candidate.label} {each.reference.label}" for each in found.differing] == differing
    assert [each.label for each in found.removed] == removed
    assert [each.label for each in found.added] == added
    assert found.unchanged == unchanged


def test_networks_bear_the_name_that_is_shown(tmp_path: Path) -> None:
    (tmp_path / "blob").write_text(file_of("a=0.1", "b=0.2"))
    (tmp_path / "prose").write_text("no network\n")
    assert [each.source for each in versions.networks(str(tmp_path / "blob"), "a/mine.txt")] == ["a/mine.txt"] * 2
    assert versions.networks(str(tmp_path / "prose"), "a/mine.txt") == ()


def test_what_cannot_be_compared() -> None:
    whole, cut = file_of("a=0.1"), "# a\n\nNet(\n  (drop): Dropout(p=0.1, inplace=False)\n"
    with pytest.raises(ReadError, match="cut off"):
        versions.compare(parse.parse(whole), parse.parse(cut))
