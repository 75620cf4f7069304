"""Activations that are another one with these settings: Hardtanh(0, 6) is ReLU6, Threshold(0, 0) is ReLU.

Formulas: the classes in torch.nn, section "Non-linear Activations".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.network import Layer
from archdiff.semantics.kinds import Settings, by_name, settings_of
from archdiff.semantics.rules import Rule, each_child


def _of_slope(settings: Settings) -> str:
    return "relu" if settings.known("negative_slope") == 0 else ""


def _of_bounds(settings: Settings) -> str:
    bounds = settings.known("min_val"), settings.known("max_val")
    return "relu6" if bounds == (0, 6) else "relu" if bounds == (0, inf) else ""


def _of_threshold(settings: Settings) -> str:
    return "relu" if (settings.known("threshold"), settings.known("value")) == (0, 0) else ""


def _of_alpha(settings: Settings) -> str:
    return "elu" if settings.known("alpha") == 1 else ""


#: kind -> the kind that computes the same with such settings; "" where none does
_SAME: Final[Mapping[str, Callable[[Settings], str]]] = {
    "celu": _of_alpha,
    "hardtanh": _of_bounds,
    "leaky_relu": _of_slope,
    "threshold": _of_threshold,
}


def _same(child: Layer) -> tuple[Layer] | None:
    name = _SAME[child.kind](settings_of(child)) if child.kind in _SAME else ""
    if not name:
        return None
    kind = by_name()[name]
    kept = tuple(setting for setting in child.settings if setting.name and kind.field(setting.name))
    return (child._replace(kind=kind.name, settings=kept),)


RULE = Rule(
    name="same_activation",
    effect=Effect.EQUIVALENT,
    finding="",
    because="with these settings the two are one function",
    rewrite=each_child(_same),
    concerns=lambda _kind, below: not below.isdisjoint(_SAME),
)
