"""Rows of layers side by side: the mark of each, blocks that are one row, and layers that changed places."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from archdiff import api, parse
from archdiff.model.outcome import Outcome
from archdiff.model.rows import Mark, Row, rows

LAYERS = {
    "linear": "Linear(in_features=4, out_features=4, bias=True)",
    "wide": "Linear(in_features=4, out_features=8, bias=True)",
    "relu": "ReLU()",
    "tanh": "Tanh()",
    "norm": "LayerNorm((4,), eps=1e-05, elementwise_affine=True)",
    "loose": "LayerNorm((4,), eps=1e-03, elementwise_affine=True)",
    "drop": "Dropout(p=0.5, inplace=False)",
    "less": "Dropout(p=0.2, inplace=False)",
    "idle": "Identity()",
}


def compared(candidate: str, reference: str) -> Outcome:
    """Of two Sequentials of layers by their names."""
    texts = [
        "\n".join(["Sequential(", *(f"  ({at}): {LAYERS[name]}" for at, name in enumerate(side.split())), ")"])
        for side in (candidate, reference)
    ]
    (ours,), (theirs,) = map(parse.parse, texts)
    return api.compare_networks(ours, theirs)


def shown(found: list[Row]) -> list[tuple[str, str | None, str | None]]:
    return [
        (row.mark.name, row.candidate.path if row.candidate else None, row.reference.path if row.reference else None)
        for row in found
    ]


@pytest.mark.parametrize(
    ("candidate", "reference", "found"),
    [
        ("linear relu", "linear relu", [("EQUAL", "0", "0"), ("EQUAL", "1", "1")]),
        ("linear less", "linear drop", [("EQUAL", "0", "0"), ("DIFFERS", "1", "1")]),
        ("linear tanh", "linear relu", [("EQUAL", "0", "0"), ("DIFFERS", "1", "1")]),
        ("linear", "linear norm", [("EQUAL", "0", "0"), ("MISSING", None, "1")]),
        ("linear norm", "linear", [("EQUAL", "0", "0"), ("EXTRA", "1", None)]),
        ("linear idle", "linear", [("EQUAL", "0", "0")]),  # what does nothing is no layer
        (
            "linear norm tanh linear",
            "linear tanh norm linear",
            [("EQUAL", "0", "0"), ("SWAPPED", "1", "1"), ("SWAPPED", "2", "2"), ("EQUAL", "3", "3")],
        ),
    ],
)
def test_marks(candidate: str, reference: str, found: list[tuple[str, str | None, str | None]]) -> None:
    assert shown(rows(compared(candidate, reference))) == found


@pytest.mark.parametrize(
    ("candidate", "reference", "found"),
    [
        pytest.param("ReLU()", "ReLU()", [("EQUAL", "", "")], id="equal"),
        pytest.param(LAYERS["linear"], LAYERS["wide"], [("DIFFERS", "", "")], id="a setting"),
        pytest.param("Net()", "Other()", [("UNKNOWN", "", "")], id="classes that nobody knows"),
        pytest.param(
            f"Net(\n  (): {LAYERS['drop']}\n  (b): ReLU()\n)",
            f"Net(\n  (): {LAYERS['less']}\n  (b): ReLU()\n)",
            [("DIFFERS", "", ""), ("EQUAL", "b", "b")],
            id="a layer without a name",
        ),
    ],
)
def test_a_layer_without_a_path(
    candidate: str, reference: str, found: list[tuple[str, str | None, str | None]]
) -> None:
    (ours,), (theirs,) = map(parse.parse, (candidate, reference))
    outcome = api.compare_networks(ours, theirs)
    assert shown(rows(outcome)) == shown(rows(outcome, everything=True, opened=True, each_place=False)) == found


def test_further_places_of_a_finding_are_like_the_first() -> None:
    outcome = compared("less relu less relu less", "drop relu drop relu drop")
    assert [row.mark.name for row in rows(outcome)] == ["DIFFERS", "EQUAL", "REPEATED", "EQUAL", "REPEATED"]
    everything = rows(outcome, everything=True)
    assert [row.mark.name for row in everything] == ["DIFFERS", "EQUAL", "DIFFERS", "EQUAL", "DIFFERS"]


def test_the_strongest_mark_is_shown() -> None:
    assert min(Mark.SPELLING, Mark.DIFFERS, Mark.UNKNOWN) is Mark.DIFFERS
    assert [mark.name for mark in Mark if not mark.stands_out] == ["REPEATED", "NOTE_REPEATED", "SPELLING", "EQUAL"]


@pytest.mark.parametrize(
    ("everything", "each_place", "marks"),
    [
        (False, None, ["DIFFERS", "REPEATED"]),
        (True, None, ["DIFFERS", "DIFFERS"]),
        (True, False, ["DIFFERS", "REPEATED"]),
        (False, True, ["DIFFERS", "DIFFERS"]),
    ],
)
def test_further_places_of_a_finding(everything: bool, each_place: bool | None, marks: list[str]) -> None:
    blocks = [
        "ModuleList(\n" + "".join(f"  ({at}): Block(\n    (d): Dropout(p={p})\n  )\n" for at in range(2)) + ")\n"
        for p in (0.5, 0.2)
    ]
    (ours,), (theirs,) = map(parse.parse, blocks)
    found = rows(api.compare_networks(ours, theirs), everything, opened=True, each_place=each_place)
    assert [row.mark.name for row in found] == marks


BLOCKS = """\
Net(
  (blocks): ModuleList(
    (0-1): 2 x Block(
      (fc): Linear(in_features=4, out_features=4, bias=True)
      (act): ReLU()
    )
  )
  (head): {}
)
"""


@pytest.mark.parametrize(
    ("opened", "lengths"),
    [(False, [4, None]), (True, [None, None, None, None, None])],
)
def test_a_block_in_which_all_is_equal_is_one_row(opened: bool, lengths: list[int | None]) -> None:
    ours, theirs = parse.parse("\n".join(BLOCKS.format(LAYERS[name]) for name in ("wide", "linear")))
    found = rows(api.compare_networks(ours, theirs), opened=opened)
    assert [row.block and len(row.block) for row in found] == lengths
    assert [row.mark for row in found][-1] is Mark.DIFFERS
    assert {row.mark for row in found[:-1]} == {Mark.EQUAL}


def test_layers_in_the_order_in_which_they_ran_are_rows_of_their_own() -> None:
    """Two live modules have their layers as traced, whatever blocks the prints are aligned by."""
    outcome = api.compare(Residual(Residual(nn.Linear(4, 4))), Residual(Residual(nn.Linear(4, 4))))
    for found in (rows(outcome), rows(outcome, opened=True)):
        assert shown(found) == [("EQUAL", path, path) for path in ("inner.inner", "inner.last", "last")]


class Residual(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner, self.last = inner, nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.as_tensor(self.last(self.inner(x)))
