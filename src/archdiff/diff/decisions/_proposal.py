"""A decision that may explain some findings, and what all sorts ask of findings. Must not choose between them."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from archdiff.model.finding import Finding, Place
from archdiff.model.message import Message
from archdiff.model.network import Value

_STOCHASTIC_DEPTH: Final = re.compile(r"(?i)drop_?path|stochastic")
_DIGITS: Final = re.compile(r"\d+")


class Proposal(NamedTuple):
    """One decision.

    Attributes:
        what: What it says.
        parts: Numbers of the findings that it explains.
        words: How many values have to be told to say it.
        tells_more: Whether it says of one finding alone more than that says itself.
    """

    what: Message
    parts: frozenset[int]
    words: int = 1
    tells_more: bool = False


def place_of(finding: Finding) -> Place:
    """Where it is, in the reference if it is there."""
    place = finding.reference or finding.candidate
    assert place is not None, "a difference has a place"
    return place


def numberless(path: str) -> str:
    """The same for `layer1.0.conv2` and `layer3.2.conv2`, whose names count: `layer#.#.conv#`."""
    return _DIGITS.sub("#", path)


def is_depth_rate(finding: Finding) -> bool:
    """Whether it is about the rate of stochastic depth, which may follow from where a block stands."""
    return any(place and is_of_depth(place) for place in (finding.candidate, finding.reference))


def is_of_depth(place: Place) -> bool:
    """Whether a layer leaves out whole branches at random, by its name or its class."""
    return bool(_STOCHASTIC_DEPTH.search(f"{place.path.rpartition('.')[2]} {place.class_name}"))


def values(finding: Finding) -> tuple[Value, Value]:
    """The candidate's and the reference's value of the setting that it is about."""
    ours, theirs = finding.candidate, finding.reference
    return ours.value if ours else None, theirs.value if theirs else None


def shown(value: Value) -> object:
    """A value as a parameter of a message, which None would not be."""
    return str(value) if value is None or isinstance(value, bool) else value
