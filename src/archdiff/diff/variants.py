"""Sets of findings that papers and libraries have a name for, from `variants.toml`.

A name is said beside the findings. Must not change what was found, nor its effect.
"""

from __future__ import annotations

import operator
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Final, NamedTuple

from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.lazyseq import Runs
from archdiff.model.network import Value, join
from archdiff.model.outcome import KNOWN_AS, BlockLayers, LayerInfo, NetworkInfo

#: the rows, beside this module
FILE: Final = os.path.join(os.path.dirname(__file__), "variants.toml")


class KnownVariant(NamedTuple):
    """A set of findings that has a name.

    Attributes:
        name: Which of the two is what: "ResNet v1.5 (candidate), ResNet v1 (reference)".
        sentence: What it is and where it is known from.
        findings: What it was recognised by; each stays as it is.
    """

    name: str
    sentence: str
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return f"{KNOWN_AS}{self.name}: {self.sentence}"


def with_names(
    findings: tuple[Finding, ...], candidate: NetworkInfo, reference: NetworkInfo
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Findings with the name that one of them has as its hint, and notes with the names of several.

    Args:
        findings: All of one comparison, each on its own.
        candidate: What is known of the candidate.
        reference: What is known of the reference.

    Returns:
        The same findings; and a note a name, where it is about several of them or the finding has a hint or is a part
        of a decision, which shows none.
    """
    hints: dict[int, str] = {}
    notes: list[str] = []
    for each in named(findings, candidate, reference):
        first = each.findings[0]
        if len(each.findings) > 1 or first.hint or first.design or first.effect is Effect.UNKNOWN or id(first) in hints:
            notes.append(str(each))
        else:
            hints[id(first)] = str(each)
    with_hints = tuple([replace(each, hint=hints[id(each)]) if id(each) in hints else each for each in findings])
    return with_hints, tuple(notes)


def named(findings: Sequence[Finding], candidate: NetworkInfo, reference: NetworkInfo) -> tuple[KnownVariant, ...]:
    """What of a comparison papers and libraries have a name for.

    Args:
        findings: All of one comparison, each on its own.
        candidate: What is known of the candidate.
        reference: What is known of the reference.

    Returns:
        The names in the order of the file; none for most comparisons. Which side is which makes no difference.
    """
    differences = [each for each in findings if each.is_difference]
    if not differences:
        return ()
    both = _Side(candidate), _Side(reference)
    views = _Viewpoint(differences, *both), _Viewpoint(differences, *reversed(both), mirrored=True)
    return tuple([name for variant in rows() for name in _first_fit(variant, views)])


@dataclass(frozen=True, slots=True)
class Condition:
    """What a finding has to be; what is left out may be anything. The words are those of `variants.toml`."""

    rule: str = ""
    message: str = ""
    setting: str = ""
    path: Sequence[str] = ("*",)
    path_not: Sequence[str] = ()
    only_in: str = ""
    variant_class: Sequence[str] = ()
    other_class: Sequence[str] = ()
    variant: Value = None
    other: Value = None
    where: Sequence[str] = ()
    every: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """A row of the file."""

    name: str
    sentence: str
    found: Sequence[Condition]
    other: str = ""
    unless: Sequence[Condition] = ()
    variant_network: Sequence[str] = ("*",)
    other_network: Sequence[str] = ("*",)
    same_parameters: bool = False
    factors: Sequence[float] = ()


@cache
def rows() -> tuple[Variant, ...]:
    """All variants that have a name, in the order of the file.

    Raises:
        TypeError: A row has a key that is no word of this module, or lacks its name, its sentence or its conditions.
    """
    with open(FILE, "rb") as file:
        listed = tomllib.load(file)["variant"]
    return tuple([Variant(**{key: _read(key, value) for key, value in row.items()}) for row in listed])


def _read(key: str, value: Any) -> Any:
    if key in ("found", "unless"):
        return tuple([Condition(**{name: _frozen(each) for name, each in row.items()}) for row in value])
    return _frozen(value)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class _Side:
    """One side, with its layers by their paths; these are looked up where a row asks for them."""

    def __init__(self, info: NetworkInfo) -> None:
        self.info = info
        self._single: dict[str, LayerInfo] | None = None
        self._blocks: dict[str, BlockLayers] = {}

    def setting(self, path: str, name: str) -> Value:
        """A setting that a leaf prints; None where there is none."""
        layer = self._layer(path)
        return layer.settings.get(name) if layer else None

    def _layer(self, path: str) -> LayerInfo | None:
        if self._single is None:
            self._single = {}
            layers = self.info.layers
            for run in layers.runs if isinstance(layers, Runs) else (layers,):
                if isinstance(run, BlockLayers):
                    self._blocks[run.path] = run
                else:
                    self._single |= {layer.path: layer for layer in run}
        holder = path
        while holder:
            holder = holder.rpartition(".")[0]
            if block := self._blocks.get(holder):
                names = block.names
                name = path[len(holder) + 1 :] if holder else path
                return block.make(names.index(name)) if name in names else None
        return self._single.get(path)


class _Viewpoint:
    """One comparison, with one side taken for the variant."""

    def __init__(self, findings: Sequence[Finding], variant: _Side, other: _Side, *, mirrored: bool = False) -> None:
        self.findings = findings
        self.sides = {"variant": variant, "other": other}
        self.mirrored = mirrored

    def places(self, finding: Finding) -> Iterator[dict[str, Place | None]]:
        """Where the variant and the other network have it."""
        for candidate, reference in finding.all_places:
            places = (reference, candidate) if self.mirrored else (candidate, reference)
            yield {"variant": places[0], "other": places[1]}


def _first_fit(variant: Variant, views: Iterable[_Viewpoint]) -> Iterator[KnownVariant]:
    for view in views:
        names = [each.info.class_name for each in view.sides.values()]
        globs = variant.variant_network, variant.other_network
        if not all(map(_is_one_of, names, globs)):
            continue
        found = [_that_meet(condition, view) for condition in variant.found]
        if not all(found) or any(_that_meet(condition, view) for condition in variant.unless):
            continue
        factors = [*_factors(variant.factors, view)] if variant.factors else [1]
        if len(factors) != 1 or (variant.same_parameters and not _same_parameters(view)):
            continue
        parts = {id(finding): finding for part in found for finding in part}
        findings = tuple(each for each in view.findings if id(each) in parts)
        sentence = variant.sentence.replace("{factor}", f"{factors[0]:g}")
        yield KnownVariant(_name(variant, view, factors[0]), sentence, findings)
        return


def _name(variant: Variant, view: _Viewpoint, factor: float) -> str:
    sides = ("reference", "candidate") if view.mirrored else ("candidate", "reference")
    names = (variant.name.replace("{factor}", f"{factor:g}"), variant.other)
    listed = [f"{name} ({side})" for name, side in zip(names, sides, strict=True) if name]
    return ", ".join(reversed(listed) if view.mirrored else listed)


def _same_parameters(view: _Viewpoint) -> bool:
    counts = {side.info.parameters for side in view.sides.values()}
    return len(counts) == 1 and None not in counts


def _that_meet(condition: Condition, view: _Viewpoint) -> list[Finding]:
    """The findings that meet a condition; none where `every` layer would have to be one and is not."""
    found = [finding for finding in view.findings if _meets(finding, condition, view)]
    if found and condition.every:
        paths = {place.path for each in found for places in view.places(each) if (place := places["variant"])}
        layers = view.sides["variant"].info.layers
        if any(_is_one_of(each.class_name, condition.variant_class) and each.path not in paths for each in layers):
            return []
    return found


def _meets(finding: Finding, condition: Condition, view: _Viewpoint) -> bool:
    if condition.rule not in ("", finding.rule) or condition.setting not in ("", finding.setting):
        return False
    if condition.message and (finding.what is None or finding.what.code != condition.message):
        return False
    return all(_is_at(places, finding, condition, view) for places in view.places(finding))


def _is_at(places: Mapping[str, Place | None], finding: Finding, condition: Condition, view: _Viewpoint) -> bool:
    there = {side: place for side, place in places.items() if place is not None}
    if condition.only_in and [*there] != [condition.only_in]:
        return False
    for side, globs in (("variant", condition.variant_class), ("other", condition.other_class)):
        if globs and not (side in there and _is_one_of(there[side].class_name, globs)):
            return False
    for side, value in (("variant", condition.variant), ("other", condition.other)):
        if value is not None and not (side in there and _equal(there[side].value, value)):
            return False
    paths = [place.path for place in there.values()]
    if not any(_is_one_of(path, condition.path) for path in paths):
        return False
    if any(_is_one_of(path, condition.path_not) for path in paths):
        return False
    return all(_holds(relation, there, finding, view) for relation in condition.where)


def _is_one_of(name: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)


def _equal(ours: Value, theirs: Value) -> bool:
    return ours == theirs and isinstance(ours, bool) == isinstance(theirs, bool)


_RELATIONS: Final = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
#: `3*other.q_proj.out_features`: a factor, a side, a layer beside the one of the finding, a setting
_TERM: Final = re.compile(r"(?:(\d+)\*)?(variant|other)(?:\.(\w+))?\.(\w+)")


def _holds(relation: str, places: Mapping[str, Place], finding: Finding, view: _Viewpoint) -> bool:
    """Whether a relation between settings holds; not where one of them is not known."""
    left, sign, right = relation.split()
    values = [_value(term, places, finding, view) for term in (left, right)]
    if None in values or type(values[0]) is not type(values[1]):
        return False
    return bool(_RELATIONS[sign](*values))


def _value(term: str, places: Mapping[str, Place], finding: Finding, view: _Viewpoint) -> Any:
    match = _TERM.fullmatch(term)
    if match is None:
        sizes = tuple(map(int, term.split("x")))
        return sizes if len(sizes) > 1 else sizes[0]
    factor, side, beside, setting = match.groups()
    if side not in places:
        return None
    path = places[side].path
    if beside:
        path = _named_path(finding, beside) or join(path.rpartition(".")[0], beside)
    known = None if beside or setting != finding.setting else places[side].value  # a default is not printed
    value = view.sides[side].setting(path, setting) if known is None else known
    return value * int(factor) if factor and isinstance(value, int) else value


def _named_path(finding: Finding, name: str) -> str | None:
    """A path that its message names, such as `first_path`."""
    value = dict(finding.what.values).get(name) if finding.what and name.endswith("_path") else None
    return value if isinstance(value, str) else None


def _factors(factors: Iterable[float], view: _Viewpoint) -> Iterator[float]:
    """Those by which every width differs, rounded as MobileNets do."""
    widths = [each for each in view.findings if each.setting == "out_channels"]
    for factor in factors:
        fits = [_scaled(factor, places, view) for each in widths for places in view.places(each)]
        if None not in fits and any(fits):
            yield factor


def _scaled(factor: float, places: Mapping[str, Place | None], view: _Viewpoint) -> bool | None:
    """True for a width times a factor, False for a layer that widens its input as before, None for any other."""
    both = {side: place for side, place in places.items() if place is not None}
    new, old = (both[side].value if side in both else None for side in ("variant", "other"))
    if not isinstance(new, int) or not isinstance(old, int):
        return None
    if new == rounded(old * factor):
        return True
    before = [view.sides[side].setting(both[side].path, "in_channels") for side in ("variant", "other")]
    if all(isinstance(each, int) for each in before) and new * before[1] == old * before[0]:  # type: ignore[operator]
        return False
    return None


def rounded(width: float, divisor: int = 8) -> int:
    """The next multiple of a divisor, and never less than 90 %.

    As `_make_divisible` of the MobileNets of TensorFlow and torchvision.
    """
    near = max(divisor, int(width + divisor / 2) // divisor * divisor)
    return near + divisor if near < 0.9 * width else near
