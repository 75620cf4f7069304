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
    """One network, built, with an input, and what was measured of it before."""

    module: nn.Module
    inputs: Any  # a tensor with the batch in front
    step: Callable[[], object]  # one call of the mode that is measured: a forward, or a step of training
    batch: int = 1
    seconds: float | None = None  # of a call, by the clock whose verdict counts
    device: str = "cpu"
    kept: dict[str, Any] = field(default_factory=dict)  # what several metrics share


@dataclass(frozen=True, slots=True)
class Metric:
    """`direction` says which is better; `measure` gives a number in `unit`."""

    unit: str
    direction: Direction
    measure: Callable[[Subject], float | None]
    order: int = 50  # of the rows in a report
    remark: str = ""  # what the hardware makes of it


#: of counts without zeros: dense kernels multiply zeros too
NOT_GAINED = "not gained"


@cache
def all_metrics() -> Mapping[str, Metric]:
    """By name, in the order of reports."""
    found = plugins.load(__name__, "METRIC", Metric)
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))


def definition(name: str) -> str:
    """The first paragraph of its file."""
    said = import_module(f"{__name__}.{name}").__doc__ or ""
    return " ".join(said.split("\n\n")[0].split())
