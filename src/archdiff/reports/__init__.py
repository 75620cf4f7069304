"""Outcome to text: one file a format, each exporting `REPORT`.

A report only lays out: what differs and what it means is decided before. It returns text and never prints, so that it
neither knows the terminal nor the environment; what it must know of them comes in a `View`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from archdiff import plugins
from archdiff.outcome import Outcome, Shown


@dataclass(frozen=True, slots=True)
class View:
    """How the reader wants it."""

    width: int = 80
    color: bool = False
    all: bool = False  # also what is equal, and every place of every finding
    most: int = 40  # findings of one effect, and rows that differ; no limit where `all`
    context: int = 0  # equal rows before and behind each row that differs


@dataclass(frozen=True, slots=True)
class Report:
    """One format: how it writes each kind of answer. The text ends with a line feed."""

    compare: Callable[[Outcome, View], str]
    show: Callable[[Shown, View], str]


def names() -> tuple[str, ...]:
    """Every format there is, without loading any."""
    return plugins.names(__name__)


def find(name: str) -> Report:
    """One format; only its module is loaded."""
    report = import_module(f"{__name__}.{name}").REPORT
    assert isinstance(report, Report), f"reports/{name}.py: REPORT is no Report"
    return report
