"""What is counted and measured of one network: one file a metric, each exporting `METRIC`.

A metric's definition is the docstring of its file, of which records hold the first sentences. A metric gets a `Subject`
and gives one number, None where it cannot be had. Must not compare: what two numbers mean is the report's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any, Literal, TypeAlias

from torch import nn

from archdiff.model import plugins

Direction: TypeAlias = Literal["lower", "higher", "neither"]


@dataclass(slots=True)
class Subject:
    """One network, built, with an input, and what was measured of it before.

    Attributes:
        module: the network.
        inputs: a tensor of shape (batch, ...).
        step: one call in the mode that is measured: a forward, or a step of training.
        batch: samples in the input.
        seconds: of a call, by the clock whose verdict counts; None where it was not timed.
        device: where it runs: "cpu", "cuda:1".
        kept: what several metrics share, by names of their own.
    """

    module: nn.Module
    inputs: Any
    step: Callable[[], object]
    batch: int = 1
    seconds: float | None = None
    device: str = "cpu"
    kept: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Metric:
    """What a file of this folder exports as `METRIC`.

    Attributes:
        unit: of the number: "B", "s", "MAC"; "" for a count.
        direction: which is better: "lower", "higher" or "neither".
        measure: gives the number; None where it cannot be had.
        order: of the rows in a report.
        remark: what the hardware makes of it, for a note beside the number.
    """

    unit: str
    direction: Direction
    measure: Callable[[Subject], float | None]
    order: int = 50
    remark: str = ""


#: of counts without zeros: dense kernels multiply zeros too
NOT_GAINED = "not gained"


@cache
def all_metrics() -> Mapping[str, Metric]:
    """By name, in the order of reports."""
    found = plugins.load(__name__, "METRIC", Metric)
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))


def definition(name: str) -> str:
    """The first paragraph of its file."""
    doc = import_module(f"{__name__}.{name}").__doc__ or ""
    return " ".join(doc.split("\n\n")[0].split())
