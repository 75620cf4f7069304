"""An outcome is plain: it may be pickled, and what comes back is equal and reads the same."""

from __future__ import annotations

import pickle

import pytest

from archdiff import api, parse
from archdiff.model.result import Result
from archdiff.report import View, find

BLOCK = "(0-2): 3 x Block(\n      (fc): Linear(in_features=8, out_features=8, bias=True)\n      (act): {}()\n    )"
NET = f"Net(\n  (blocks): ModuleList(\n    {BLOCK}\n  )\n  (kw): KWinners(n=8, percent_on=0.5)\n)\n"
PAIRS = [("equal", "ReLU", "ReLU"), ("another layer", "ReLU", "Tanh"), ("nothing known", "Swoosh", "ReLU")]


@pytest.mark.parametrize(("ours", "theirs"), [pair[1:] for pair in PAIRS], ids=[pair[0] for pair in PAIRS])
@pytest.mark.parametrize("shape", [None, (8,)])
def test_what_was_pickled_is_equal_and_reads_the_same(ours: str, theirs: str, shape: tuple[int, ...] | None) -> None:
    (a,), (b,) = (parse.parse(NET.format(name)) for name in (ours, theirs))
    outcome = api.compare_networks(a, b, shape)
    again = pickle.loads(pickle.dumps(outcome))
    assert again == outcome
    for name in ("json", "terminal"):
        texts = [find(name).render([Result(outcome=each)], View(all=True)) for each in (outcome, again)]
        assert texts[0] == texts[1]
