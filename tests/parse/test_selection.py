"""`FILE#SELECTOR`: one network, or an error that says which there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdiff.model.errors import ReadError, UsageError
from archdiff.parse import parse, pick, read

NOTE = str(Path(__file__).parents[1] / "data" / "note.md")

PICKED = [
    ("Mine", 0), ("mine", 0), ("gsc_sparse_dsnn", 0), ("Sequential", 0), ("1", 0), ("gsc_sparse", 0),
    ("Lucas", 1), ("lucas's", 1), ("GSCHeb", 1), ("2", 1),
    ("SuperSparse", 2), ("super", 2), ("Original SuperSparse", 2), ("original  super", 2),
    ("Sparse", 3), ("Original Sparse", 3), ("Sparse SparseNet", 3), ("4", 3),
]  # fmt: skip


@pytest.mark.parametrize(("selector", "number"), PICKED)
def test_picked(selector: str, number: int) -> None:
    networks = read(NOTE).networks
    assert pick(f"{NOTE}#{selector}", networks) is networks[number]


def test_one_network_needs_no_selector() -> None:
    (network,) = parse("ReLU()")
    assert pick("net.txt", (network,)) is network


ALL = """\
  #Mine         Sequential  lines 17-32
  #Lucas's      GSCHeb      lines 40-62
  #SuperSparse  SparseNet   lines 82-104
  #Sparse       SparseNet   lines 110-132"""
TWO = """\
  #SuperSparse  SparseNet  lines 82-104
  #Sparse       SparseNet  lines 110-132"""

REFUSED = [
    ("", f"holds 4 networks; say which\n{ALL}", f'for example "{NOTE}#Mine"'),
    ("#Original", f"'Original' fits 2 networks; say which\n{TWO}", f'for example "{NOTE}#SuperSparse"'),
    ("#sparsenet", f"'sparsenet' fits 2 networks; say which\n{TWO}", f'for example "{NOTE}#SuperSparse"'),
    ("#foo", f"no network is called 'foo'; there are\n{ALL}", f'for example "{NOTE}#Mine"'),
    ("#Sparce", f"no network is called 'Sparce'; there are\n{ALL}", f'did you mean "{NOTE}#Sparse"?'),
    ("#0", f"no network is called '0'; there are\n{ALL}", f'for example "{NOTE}#Mine"'),
    ("#5", f"no network is called '5'; there are\n{ALL}", f'for example "{NOTE}#Mine"'),
]


@pytest.mark.parametrize(("selector", "message", "way_out"), REFUSED, ids=[row[0] or "none" for row in REFUSED])
def test_refused(selector: str, message: str, way_out: str) -> None:
    with pytest.raises(UsageError) as caught:
        pick(NOTE + selector, read(NOTE).networks)
    assert caught.value.message == message
    assert (caught.value.source, caught.value.way_out) == (NOTE, way_out)


def test_equal_names_are_picked_by_number() -> None:
    networks = parse("# Net\nNet(\n  (a): ReLU()\n)\nNet(\n  (b): ReLU()\n)")
    assert pick("x#2", networks) is networks[1]
    with pytest.raises(UsageError, match=r"#1  Net  lines 2-4\n  #2  Net  lines 5-7"):
        pick("x#Net", networks)


def test_a_cut_off_network_is_listed_but_not_picked() -> None:
    networks = parse("Net(\n  (a): ReLU()\n)\nCut(\n  (b): Sequential(\n    (0): ReLU()", "net.txt")
    assert pick("net.txt#Net", networks).complete
    with pytest.raises(ReadError) as caught:
        pick("net.txt#Cut", networks)
    assert str(caught.value) == (
        "net.txt:5:3: the print is cut off after line 6: this bracket is never closed\n"
        "  5 |   (b): Sequential(\n"
        "    |   ^^^^^^^^^^^^^^^^\n"
        "  help: paste the whole print, to the `)` that closes it"
    )
