# ruff: noqa: E501  (tables: a case a line)
"""Another class in one place: which of the settings that both print are told, and what shows what no print does."""

from __future__ import annotations

import pytest

from answers import compared
from diff.decisions.prints import conv, linear, ordered

POOL = "MaxPool2d(kernel_size={}, stride=2, padding={}, dilation=1, ceil_mode=False)"
AVERAGE = "AvgPool2d(kernel_size=2, stride=2, padding=0)"
NORM = "BatchNorm2d(8, eps={}, momentum=0.1, affine=True, track_running_stats=True)"
GROUPS = "GroupNorm(4, 8, eps=1e-05, affine=True)"
SOURCE = 'import inspect; print(inspect.getsource(type(model.get_submodule("1"))))'

#: id, both layers, the message, the hint
CASES = [
    # left alone: nothing but the class differs, what both print, or what matters of it
    ("equal-settings", POOL.format(2, 0), AVERAGE, "MaxPool2d, not AvgPool2d", ""),
    ("one-prints-it", "ELU(alpha=0.5)", "ReLU()", "ELU, not ReLU (alpha 0.5)", ""),
    ("in-place", "ELU(alpha=1.0, inplace=True)", "SiLU(inplace=False)", "ELU, not SiLU", ""),
    ("places-of-two-kinds", NORM.format("1e-05"), GROUPS, "BatchNorm2d, not GroupNorm (num_groups 4)", ""),
    ("own-settings", "CELU(alpha=2.0)", "CELU(alpha=1.0)", "CELU(alpha=2.0), not CELU(alpha=1.0)", ""),
    # told
    ("kernel", POOL.format(3, 1), AVERAGE, "MaxPool2d, not AvgPool2d (kernel_size 3x3, not 2x2; padding 1x1, not 0x0)", ""),
    ("eps", NORM.format("0.001"), GROUPS, "BatchNorm2d, not GroupNorm (eps 0.001, not 1e-05; num_groups 4)", ""),
    # of a class of somebody all that both print
    ("somebody-without-settings", "Mine()", "ReLU()", "Mine, not ReLU: no print shows what Mine computes", SOURCE),
    ("somebody-with-equal-ones", "Mine(4, 8, eps=1e-05)", GROUPS, "Mine, not GroupNorm: no print shows what Mine computes", SOURCE),
    ("somebody-with-others", "Mine(4, 6, eps=0.1)", GROUPS, "Mine, not GroupNorm (setting 2 6, not 8; eps 0.1, not 1e-05): no print shows what Mine computes", SOURCE),
    ("of-two", "Mine(a=1, b=2)", "Yours(b=3, c=4)", "Mine, not Yours (b 2, not 3): no print shows what either computes", SOURCE),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs", "said", "hint"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_both_print_otherwise_is_told(ours: str, theirs: str, said: str, hint: str) -> None:
    behind = "AdaptiveAvgPool2d(output_size=1)", "Flatten(start_dim=1, end_dim=-1)", linear(8, 4)
    candidate, reference = (ordered(conv(3, 8), each, *behind) for each in (ours, theirs))
    first = next(each for each in compared(candidate, reference).findings if each.is_difference)
    assert (first.message, first.hint) == (said, hint)
