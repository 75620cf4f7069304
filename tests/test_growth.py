"""The work of a command grows with the number of layers: counted in calls, which no busy machine changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archdiff import api, commands, parse
from archdiff.diff import equivalence
from archdiff.execute.keys.transfer import KeyOptions


def blocks(width: int, count: int) -> str:
    return (
        f"Net(\n  (layers): ModuleList(\n    (0-{count - 1}): {count} x Block(\n"
        f"      (a): Linear(in_features=8, out_features={width}, bias=True)\n"
        f"      (c): Linear(in_features={width}, out_features=8, bias=True)\n    )\n  )\n)\n"
    )


def experts(count: int) -> str:
    linear = "Linear(in_features=8, out_features=8, bias=False)"
    return (
        f"Net(\n  (experts): ModuleList(\n    (0-{count - 1}): {count} x Mlp(\n"
        f"      (gate_proj): {linear}\n      (up_proj): {linear}\n      (down_proj): {linear}\n    )\n  )\n)\n"
    )


def norms(count: int) -> str:
    """Stacks of two heights, so that blocks do not stand for each other in order."""
    return (
        f"Net(\n  (0-{count - 1}): {count} x Block(\n    (n): LayerNorm((8,), eps=1e-05)\n"
        "    (l): Linear(in_features=8, out_features=8, bias=True)\n  )\n"
        "  (h): Linear(in_features=8, out_features=3, bias=True)\n)\n"
    )


def keys(request: commands.Request) -> object:
    return commands.keys(request, KeyOptions())


def copies(count: int) -> str:
    block = "Block(\n    (0): Linear(in_features=8, out_features=8, bias=True)\n  )"
    return f"Net(\n  (0-{count - 1}): {count} x {block}\n)\n"


#: id, command, texts with so many blocks, calls at most for four times as many blocks
FAMILIES: list[tuple[str, Callable[[commands.Request], object], Callable[[int], tuple[str, str]], float]] = [
    ("blocks that one side has more", commands.compare, lambda n: (copies(n), copies(1)), 4.2),
    ("keys without a counterpart", keys, lambda n: (blocks(8, n), blocks(9, n)), 4.2),
    ("keys of projections", keys, lambda n: (experts(n), experts(n)), 4.2),
    ("keys of stacks of two heights", keys, lambda n: (norms(n), norms(n - n // 4)), 4.5),
]


def calls(command: Callable[[commands.Request], object], texts: tuple[str, str], folder: Path) -> int:
    """How many functions are called, each step of a generator with them."""
    counted = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event == "call"

    files = [folder / "ours.txt", folder / "theirs.txt"]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    request = commands.Request(str(files[0]), str(files[1]))
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        command(request)
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize(("command", "texts", "most"), [row[1:] for row in FAMILIES], ids=[row[0] for row in FAMILIES])
def test_work_grows_with_the_layers(
    command: Callable[[commands.Request], object], texts: Callable[[int], tuple[str, str]], most: float, tmp_path: Path
) -> None:
    calls(command, texts(10), tmp_path)  # what is loaded and kept is not counted
    assert calls(command, texts(240), tmp_path) < most * calls(command, texts(60), tmp_path)


def test_a_bound_that_was_reached_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    (ours,), (theirs,) = (
        parse.parse(f"Sequential(\n  (0): ReLU()\n  (1): {name}()\n)") for name in ("Sigmoid", "ReLU")
    )
    told = "whether layers that differ compute the same was not tried everywhere; places left out: 1"
    assert told not in api.compare_networks(ours, theirs).notes
    monkeypatch.setattr(equivalence, "MOST_WINDOWS", 0)
    assert told in api.compare_networks(ours, theirs).notes


ONE_PATH = """Sequential(
  (a): Sequential(
    (b): ReLU()
  )
  (x): Tanh()
  (a.b): ReLU()
  (y): Softmax(dim={})
)"""


def test_two_layers_of_one_path_are_walked_past_once() -> None:
    """What stands before a layer is looked up by its path: with two of one path the walk back would go round."""
    (ours,), (theirs,) = (parse.parse(ONE_PATH.format(dim)) for dim in (1, -1))
    assert api.compare_networks(ours, theirs).verdict == "unknown"
