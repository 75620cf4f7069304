"""What one setting is worth: whether it is open, which numbers are one, and the settings that many kinds share."""

from __future__ import annotations

import random

import pytest
import torch

from answers import compared, holding, lines
from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN
from archdiff.semantics.kinds import REQUIRED, ROUNDING, Field

LINEAR = "Linear(in_features=8, out_features=4, bias=True)"


@pytest.mark.parametrize(
    ("field", "is_open"),
    [
        (Field("a", UNKNOWN, likely=False), False),
        (Field("a", UNKNOWN, likely=None), False),
        (Field("a", UNKNOWN, likely=0), False),
        (Field("a", UNKNOWN), True),
        (Field("a", UNKNOWN, likely=False, varies=True), True),
        (Field("a", UNKNOWN, varies=True), True),
    ],
)
def test_is_open(field: Field, is_open: bool) -> None:
    assert field.is_open is is_open


def test_what_a_row_with_a_name_alone_says() -> None:
    """Every print holds it, nobody knows it otherwise, and a difference in it changes the function."""
    field = Field("a")
    assert (field.default, field.effect, field.aspect, field.likely) == (REQUIRED, Effect.FUNCTION, "setting", UNKNOWN)
    assert field.tolerance == ROUNDING
    rest = [
        name for name in field._fields if name not in ("name", "default", "effect", "aspect", "likely", "tolerance")
    ]
    assert [name for name in rest if getattr(field, name)] == []


def test_rounding_is_what_a_float32_loses() -> None:
    """No number of double precision is further from the float32 that stands for it, and some are nearly as far."""
    draw = random.Random(0)
    exact = torch.tensor([draw.uniform(1, 2) * 2.0 ** draw.randint(-60, 60) for _ in range(10_000)], dtype=torch.double)
    lost = ((exact.float().double() - exact).abs() / exact).max().item()
    assert ROUNDING * 0.99 < lost <= ROUNDING


def wide(density: str) -> str:
    return holding("SparseWeights", module=LINEAR, settings=f"sparsity={density}")


#: id, a layer, another, what is found
CASES = [
    ("eps-as-a-float32", "BatchNorm1d(8, eps=1e-05)", "BatchNorm1d(8, eps=9.999999747378752e-06)",
     "AD302 cosmetic 0|0: printed differently, or by one side only, with the same meaning: BatchNorm1d eps"),
    ("eps-of-another-size", "BatchNorm1d(8, eps=1e-05)", "BatchNorm1d(8, eps=1.0000002e-05)",
     "AD301 function 0|0: eps 1e-05, not 1.0000002e-05 (small)"),
    ("in-place", "ReLU()", "ReLU(inplace=True)", "AD302 cosmetic 0|0: inplace False, not True"),
    ("in-place-printed", "ReLU()", "ReLU(inplace=False)",
     "AD302 cosmetic 0|0: printed differently, or by one side only, with the same meaning: ReLU inplace"),
    ("drops", "Dropout(p=0.3)", "Dropout(p=0.6)", "AD401 training 0|0: p 0.3, not 0.6"),
    ("drops-or-keeps", "Dropout(p=0.3)", "Dropout(p=0.7)",
     "AD401 training 0|0: p 0.3, not 0.7 [drop or keep probability?]"),
    ("dense", LINEAR, wide("0.75"), "AD501 function 0|0: weights dense, not 25 % non-zero (2 of 8 a unit)"),
    ("density-or-sparsity", wide("0.25"), wide("0.75"),
     "AD501 function 0|0: weights 75 % non-zero (6 of 8 a unit), not 25 % non-zero (2 of 8 a unit) "
     "[share of zeros, or share of non-zeros?]"),
    ("weights-of-few-bits", LINEAR, "Linear8bitLt(in_features=8, out_features=4, bias=True)",
     "AD301 function 0|0: weights full precision, not 8 bits (the same weights rounded: a small difference)"),
]  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs", "line"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_difference(ours: str, theirs: str, line: str) -> None:
    outcome = compared(holding("Sequential", ours), holding("Sequential", theirs))
    assert lines(outcome.findings) == [line]
