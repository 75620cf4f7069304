"""What running both networks showed, as plain values."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest

from archdiff.model.running import Mode, RunResult, Step
from archdiff.report._page.ran import of_run
from report.answers import DIFFERENT

EQUAL = Step(("a", "b"), ("a",), "equal", (2, 3), (2, 3), max_abs=0.0, relative=0.0)
PARTS = Step(("c",), ("d",), "parts", (2, 3), (2, 3), 0.25, 0.125, 0.5, (1, 2))
LONE = Step((), ("e",), "nan", (2, 3), (2, 3), nan, inf)
RAN = RunResult("cpu", "float64", 2, 0, (3,))


@pytest.mark.parametrize(
    ("ran", "told"),
    [
        pytest.param(
            RAN,
            {"head": "2 samples of 3 white noise, float64 on cpu, seed 0", "shows": "", "modes": [], "more": []},
            id="shapes alone",
        ),
        pytest.param(
            replace(RAN, undone=("AD101@a", "AD301"), notes=("a note",)),
            {
                "head": "2 samples of 3 white noise, float64 on cpu, seed 0; undone: AD101@a, AD301",
                "more": ["a note"],
            },
            id="undone, with a note",
        ),
        pytest.param(
            replace(RAN, modes=(Mode("inference", (EQUAL, PARTS, LONE), PARTS),)),
            {
                "shows": "settles nothing",
                "modes": [
                    {
                        "name": "eval",
                        "text": "bitwise equal through b (1 layer); part at c (d): 50 % of 2x3 differ (1 to 2 units a "
                        "sample), max abs 0.25, relative 0.125",
                        "steps": [
                            ["b", 0.0, 0.0, "equal"],
                            ["c", 0.125, 0.25, "parts"],
                            ["e", None, None, "nan"],
                            ["output", 0.125, 0.25, "parts"],
                        ],
                    }
                ],
            },
            id="a mode",
        ),
    ],
)  # fmt: skip
def test_a_run(ran: RunResult, told: dict[str, Any]) -> None:
    found = of_run(DIFFERENT, ran)
    assert {key: found[key] for key in told} == told


def test_the_second_mode_says_what_is_there_too() -> None:
    modes = Mode("inference", (PARTS,)), Mode("training", (EQUAL, PARTS))
    first, second = of_run(DIFFERENT, replace(RAN, modes=modes))["modes"]
    assert first["text"].startswith("part at c (d): 50 %")
    assert (second["name"], second["text"][:43]) == ("training", "bitwise equal so far, part there too: 50 % ")
