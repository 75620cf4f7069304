"""What a finding is known by: its rule, setting, paths, values and what it says, never its words or line numbers.

The one identity behind baselines, the fingerprints of SARIF and whatever else asks whether two findings are the same.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from archdiff.model.finding import Finding, Place, PlacePair
from archdiff.model.message import Message
from archdiff.model.network import Value

#: parameters of a message that give reasons, evidence and exceptions, which may be told better tomorrow
_REASONS: Final = frozenset({"why", "because", "remark", "but"})


class Identity(NamedTuple):
    """Equal for the same difference between the same layers.

    Attributes:
        rule: Rule id.
        setting: Setting that differs; "" where it is no setting.
        candidate_path: Path in the candidate; "" where it has no such layer.
        reference_path: Path in the reference; "" where it has no such layer.
        candidate: Value of the setting as text, or the class where no setting differs.
        reference: The same of the reference.
        detail: Where no setting differs, what does: `order(first=KWinners2d, second=MaxPool2d)`.
    """

    rule: str
    setting: str
    candidate_path: str
    reference_path: str
    candidate: str
    reference: str
    detail: str


def identity(finding: Finding, places: PlacePair | None = None) -> Identity:
    """The identity of a finding in one of its places.

    Args:
        finding: The finding.
        places: One of `finding.all_places`; by default the place that the finding names itself.

    Returns:
        What baselines, SARIF and undo know it by.
    """
    ours, theirs = places or (finding.candidate, finding.reference)
    return Identity(
        finding.rule,
        finding.setting or "",
        ours.path if ours else "",
        theirs.path if theirs else "",
        _what_stands(ours),
        _what_stands(theirs),
        "" if finding.setting or finding.what is None else _detail(finding.what),
    )


def _what_stands(place: Place | None) -> str:
    if place is None:
        return ""
    return place.class_name if place.value is None else _text(place.value)


def _text(value: Value) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_text, value))})"
    return str(value)


def _detail(what: object) -> str:
    if isinstance(what, tuple):
        return f"({', '.join(map(_detail, what))})"
    if not isinstance(what, Message):
        return str(what)
    if what.code in ("because", "remarked"):
        return _detail(what["what"])
    parts = (f"{name}={_detail(value)}" for name, value in what.values if name not in _REASONS)
    return f"{what.code}({', '.join(parts)})"
