"""What the reports for machines and reviewers say alike: a finding in words, where it is shown, which are shown.

Must not lay out: escaping is the business of each format.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

from archdiff.model import places
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, PlacePair
from archdiff.model.locations import Location
from archdiff.model.outcome import Outcome
from archdiff.model.result import Result
from archdiff.model.wording import plural
from archdiff.report import View

_DIGITS = re.compile(r"\d+")
_MOST_FOLLOWING = 10  # consequences of one finding: the box beside the code is small


def worth_a_line(result: Result, view: View) -> Iterator[Finding]:
    """The findings of an outcome for people who read them one by one.

    No spelling, unless it fails, all is wanted, or it holds under a condition, which a log must not keep back.
    """
    for finding in result.outcome.decisions if result.outcome else ():
        if finding.effect is not Effect.COSMETIC or finding.assumes or view.all or result.fails(finding):
            yield finding


def message(finding: Finding) -> str:
    """Its message, how many places it stands for, and what running both showed of it."""
    measured = f" (measured: {finding.measured})" if finding.measured else ""
    return f"{finding.message}{times(finding)}{measured}"


def times(finding: Finding) -> str:
    """How many places it stands for, where these are several."""
    return f" ({plural(finding.count, 'place')})" if finding.count > 1 else ""


def lines_of(finding: Finding, pair: PlacePair, between: str, mark: str = "") -> str:
    """The lines of one place of a finding, the candidate's first.

    Args:
        finding: whose first place says which side has it, where one side alone has.
        pair: the place in the candidate and in the reference.
        between: what stands between two lines.
        mark: what stands before each.
    """
    lines = [places.short(place.line, mark) if place else "none" for place in pair]
    lacks = [place is None for place in pair]
    if sum(lacks) == 1 and lacks == [finding.candidate is None, finding.reference is None]:
        return lines[lacks.index(False)]
    return between.join(lines)


def where(finding: Finding) -> str:
    """The path of its layer, `layers.*.mlp.fc1` for the same one in all blocks; "" for the whole network."""
    return next(iter(ranges(finding)), "")


def ranges(finding: Finding) -> list[str]:
    """The paths of all places, those that differ in numbers alone as one."""
    groups: dict[str, list[str]] = {}
    for path in map(_path, finding.all_places):
        groups.setdefault(_DIGITS.sub("#", path), []).append(path)
    return [_range(paths) for paths in groups.values()]


def _path(pair: PlacePair) -> str:
    place = pair[0] or pair[1]
    return place.path if place else ""


def _range(paths: Sequence[str]) -> str:
    """`layers.*.fc1` of `layers.0.fc1` and `layers.1.fc1`: names that are equal everywhere stay."""
    columns = zip(*(path.split(".") for path in paths), strict=True)
    return ".".join(names[0] if len(set(names)) == 1 else _DIGITS.sub("*", names[0]) for names in columns)


def pair_name(result: Result) -> str:
    """The configured name, or who is compared with whom."""
    if result.name or result.outcome is None:
        return result.name or "comparison"
    networks = (result.outcome.candidate, result.outcome.reference)
    return " against ".join(side.label or side.class_name for side in networks)


def consequences(finding: Finding) -> Iterator[Finding]:
    """All that follows, at any depth, in order."""
    for consequence in finding.consequences:
        yield consequence
        yield from consequences(consequence)


def in_full(finding: Finding, outcome: Outcome, view: View | None = None) -> Iterator[str]:
    """The message, what follows from it, and where the reference has it; with a view, as the repository names it."""
    yield f"{finding.effect.word} ({_meaning(finding)}): {message(finding)}"
    follows = [each for each in consequences(finding) if each.effect is not Effect.COSMETIC]
    yield from (f"-> {message(consequence)}" for consequence in follows[:_MOST_FOLLOWING])
    if len(follows) > _MOST_FOLLOWING:
        yield f"-> and {plural(len(follows) - _MOST_FOLLOWING, 'more consequence')}"
    if finding.reference and finding.reference.line:
        source = outcome.reference.source
        source = in_repository(source, view) if view and places.is_file(source) else source
        yield f"reference: {places.at(source, finding.reference.line, finding.reference.path)}"
    if finding.hint:
        yield f"{'to check' if finding.hint_is_code else 'hint'}: {finding.hint}"


def _meaning(finding: Finding) -> str:
    return finding.effect.meaning if finding.is_difference else finding.category


def in_repository(source: str, view: View) -> str:
    """The name of a file as the repository has it, with slashes; as it is where there is none or it is outside."""
    path = source.replace("\\", "/") if os.sep == "\\" else source
    if not view.root:
        return path
    inside = os.path.relpath(os.path.join(view.folder, source), view.root).replace(os.sep, "/")
    if inside == ".." or inside.startswith("../"):
        return os.path.normpath(os.path.join(view.folder, source))
    return inside


def layer_of(location: Location) -> str:
    """`layers.0.drop (Dropout): ` before a message whose place is not in the candidate, which has no text."""
    return f"{location.layer}: " if location.layer and not places.is_live(location.source) else ""


def beside(location: Location) -> str:
    """The same, or the cell of a notebook, before a message that is shown at a line of a file, or at none."""
    if location.layer:
        return f"{location.layer}: "
    cell = places.cell_of(location.line)
    return f"{places.in_words(cell)}: " if cell else ""
