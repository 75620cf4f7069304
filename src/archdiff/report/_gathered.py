"""Facts that no print holds of the same layers as one: their names in one sentence, and one line of Python for all.

For people; what reads a report by machine has each on its own. Must not drop a fact, nor join what is not the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from archdiff.model.finding import Finding
from archdiff.model.message import Message
from archdiff.model.wording import joined

#: a line of Python that shows one attribute: what stands before, the attribute, what stands behind it
_LINES: Final = (
    re.compile(r"print\((?P<before>)(?P<layer>model(\.get_submodule\(\"[^\"]+\"\))?)\.(?P<name>\w+)(?P<behind>)\)"),
    re.compile(r"print\((?P<before>\{)(?P<layer>m)\.(?P<name>\w+)(?P<behind> for m in model\.modules\(\) if .*\})\)"),
)


def gathered(findings: Sequence[Finding]) -> list[Finding]:
    """Those that say which setting of a class no print shows, where they are of equal places, as one.

    Args:
        findings: Of one section, in their order.

    Returns:
        Each group in the place of its first; all others as they are.
    """
    groups: dict[object, list[Finding]] = {}
    for number, finding in enumerate(findings):
        groups.setdefault(_layers(finding) or number, []).append(finding)
    return [each for group in groups.values() for each in _together(group)]


def _layers(finding: Finding) -> object:
    """What findings of the same layers have in common; None for what is never joined."""
    if not finding.not_printed or not _setting(finding):
        return None
    paths = [tuple([place and place.path for place in pair]) for pair in finding.all_places]
    return (finding.what and finding.what["class_name"], *paths)


def _setting(finding: Finding) -> str:
    match finding.what:
        case Message("neither-prints"):
            return str(finding.what["name"])
        case Message("neither-prints-activation"):
            return "activation"
    return ""


def _together(group: list[Finding]) -> list[Finding]:
    first = group[0]
    hint = _hint([each.hint for each in group])
    if len(group) == 1 or hint is None or first.what is None:
        return group
    names = joined([_setting(each) for each in group])
    return [replace(first, message=f"neither print shows {names} of {first.what['class_name']}", hint=hint)]


def _hint(hints: Sequence[str]) -> str | None:
    """One line for all of them; None where they cannot be one."""
    if len(set(hints)) == 1:
        return hints[0]
    for pattern in _LINES:
        found = [match for match in map(pattern.fullmatch, hints) if match]
        if len(found) == len(hints) and len({(each["layer"], each["behind"]) for each in found}) == 1:
            return _shown_together(found)
    return None


def _shown_together(found: Sequence[re.Match[str]]) -> str:
    first = found[0]
    layer = first["layer"] if len(first["layer"]) <= len("model") else "m"
    names = ", ".join(f"{layer}.{each['name']}" for each in found)
    shown = f"{first['before']}({names}){first['behind']}" if first["before"] else names
    return f"print({shown})" if layer == first["layer"] else f"m = {first['layer']}; print({shown})"
