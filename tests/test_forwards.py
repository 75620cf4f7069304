"""What is promised of classes of somebody, held against many forwards: random edits that are the same in every run."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from archdiff.api import compare_networks

BENCHMARKS = str(Path(__file__).parents[1] / "benchmarks")
if BENCHMARKS not in sys.path:
    sys.path.append(BENCHMARKS)

import forwards  # noqa: E402

EDITS = 30  # for each seed; `python benchmarks/forwards.py` takes thousands


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Layers this small take several times as long on two."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("seed", [0, 1])
def test_no_forward_shows_more_than_the_verdict_says(seed: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        broken = [case for case in forwards.cases(EDITS, seed) if case.broken]
    assert [(case.kind, case.verdict, case.reference, case.candidate) for case in broken] == []


def test_it_would_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verdicts of other pairs, which know nothing of the edits, break promises."""
    monkeypatch.setattr(
        forwards, "compare_networks", lambda _candidate, reference: compare_networks(reference, reference)
    )
    assert sum(case.broken for case in forwards.cases(20, 0)) > 5
