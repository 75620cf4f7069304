"""The work of a command grows with the number of layers: counted in calls, which no busy machine changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archdiff import api, parse
from archdiff.execute.keys.asked import Asked


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


def keys(request: api.Request) -> object:
    return api.keys(request, Asked())


def copies(count: int) -> str:
    block = "Block(\n    (0): Linear(in_features=8, out_features=8, bias=True)\n  )"
    return f"Net(\n  (0-{count - 1}): {count} x {block}\n)\n"


#: id, command, texts with so many blocks, calls at most for four times as many blocks
FAMILIES: list[tuple[str, Callable[[api.Request], object], Callable[[int], tuple[str, str]], float]] = [
    ("blocks that one side has more", api.compare, lambda n: (copies(n), copies(1)), 4.2),
    ("keys without a counterpart", keys, lambda n: (blocks(8, n), blocks(9, n)), 4.2),
    ("keys of projections", keys, lambda n: (experts(n), experts(n)), 4.2),
    ("keys of stacks of two heights", keys, lambda n: (norms(n), norms(n - n // 4)), 4.5),
]


def calls(command: Callable[[api.Request], object], texts: tuple[str, str], folder: Path) -> int:
    """How many functions are called, each step of a generator with them."""
    counted = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event == "call"

    files = [folder / "ours.txt", folder / "theirs.txt"]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    request = api.Request(str(files[0]), str(files[1]))
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        command(request)
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize(("command", "texts", "most"), [row[1:] for row in FAMILIES], ids=[row[0] for row in FAMILIES])
def test_work_grows_with_the_layers(
    command: Callable[[api.Request], object], texts: Callable[[int], tuple[str, str]], most: float, tmp_path: Path
) -> None:
    calls(command, texts(10), tmp_path)  # what is loaded and kept is not counted
    assert calls(command, texts(240), tmp_path) < most * calls(command, texts(60), tmp_path)


def test_two_layers_of_one_path_are_walked_past_once() -> None:
    """An empty name and one in brackets give paths that others have; no walk over layers in order may go round."""
    folder = Path(__file__).parent / "data"
    texts = [(folder / f"one_path_{name}.txt").read_text() for name in ("ours", "theirs")]
    both = [parse.parse(text)[0] for text in texts]
    assert api.compare_networks(*both).verdict in ("function", "unknown")
