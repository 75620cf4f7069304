"""Lines that differ in whole numbers only: where in the settings the numbers stand is found out once.

Found out by reading the line with other numbers in their places, so that nothing here knows how settings are written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from archdiff.model.network import Layer, Setting, Value
from archdiff.parse._line import Shape, read_line

_NUMBER = re.compile(r"(?<![\w.+-])\d+(?=[,)](?!:))", re.ASCII)  # a whole one, not in the name of a child
DIGITS = re.compile("[0-9]+")
_MARK: Final = 7_310_462_000  # no number that is read in its place is as long


@dataclass(frozen=True, slots=True)
class _Slot:
    """A number that is to be filled in."""

    index: int


#: a value, or where in it numbers are to be filled in
_Form: TypeAlias = "Value | _Slot | tuple[_Form, ...]"


@dataclass(slots=True, eq=False, repr=False)
class _Open:
    """A setting in which numbers are to be filled in."""

    index: int  # of the setting
    name: str | None
    value: _Form  # numbers count from the setting's first
    text: str  # with %s for each number
    own: slice  # of all numbers of the line
    known: dict[tuple[str, ...], Setting] = field(default_factory=dict)

    def filled(self, own: tuple[str, ...]) -> Setting:
        found = self.known.get(own)
        if found is None:
            found = self.known[own] = Setting(self.name, _value(self.value, own), self.text % own)
        return found


@dataclass(slots=True, eq=False, repr=False)
class Slots:
    """The settings of a line, numbers apart."""

    settings: tuple[Setting, ...]  # as they were read first
    open: tuple[_Open, ...]
    numbers: tuple[int, int]  # how many digits stand on the line from the first one on, and how many behind the last
    known: dict[tuple[str, ...], tuple[Setting, ...]] = field(default_factory=dict)

    def filled(self, told: tuple[str, ...]) -> tuple[Setting, ...]:
        """The settings with these numbers; equal numbers give the same tuple."""
        found = self.known.get(told)
        if found is None:
            settings = list(self.settings)
            for each in self.open:
                settings[each.index] = each.filled(told[each.own])
            found = self.known[told] = tuple(settings)
        return found


def _value(form: _Form, own: tuple[str, ...]) -> Value:
    if isinstance(form, _Slot):
        return int(own[form.index])
    return tuple([_value(part, own) for part in form]) if isinstance(form, tuple) else form


def slots(layer: Layer, text: str, known: dict[tuple[str, ...], Slots | None]) -> Slots | None:
    """Where numbers stand on the line of a leaf; None where that is not all it says.

    `known`: what was found out before, by what stands behind the name.
    """
    name = f"({layer.name}): "
    line = text.strip()
    parts = tuple(_NUMBER.split(line.removeprefix(name)))
    if len(parts) == 1 or not line.startswith(name):
        return None
    if parts not in known:
        known[parts] = _slots(layer, name, line.removeprefix(name), parts)
    return known[parts]


def _slots(layer: Layer, name: str, behind: str, parts: tuple[str, ...]) -> Slots | None:
    marks = {str(_MARK + index): index for index in range(len(parts) - 1)}
    entry = read_line(name + "".join(map("".join, zip(parts, (*marks, ""), strict=True))))
    same = (entry.shape, entry.name, entry.class_name, entry.repeat) == (Shape.LEAF, layer.name, layer.class_name, 1)
    if not same or entry.inner or entry.closes or entry.elided:
        return None
    open_: list[_Open] = []
    seen: list[int] = []  # marks in the values
    told: list[int] = []  # and in the texts
    for index, setting in enumerate(entry.settings):
        first = len(told)
        told += [marks.get(mark, -1) for mark in _MARKED.findall(setting.text)]
        value = _form(setting.value, first, seen)
        if len(told) > first:
            text = "%s".join(_MARKED.split(setting.text.replace("%", "%%")))
            open_.append(_Open(index, setting.name, value, text, slice(first, len(told))))
    if not seen == told == list(range(len(marks))):
        return None
    digits = [match.span() for match in DIGITS.finditer(behind)]
    numbers = [match.span() for match in _NUMBER.finditer(behind)]
    first = digits.index(numbers[0])
    if digits[first : first + len(numbers)] != numbers:
        return None
    count = len(digits) - first
    return Slots(entry.settings, tuple(open_), (count, count - len(numbers)))


_MARKED = re.compile(rf"{str(_MARK)[:-3]}\d{{3}}")


def _form(value: Value, first: int, seen: list[int]) -> _Form:
    """The value with slots for marks, whose numbers go to `seen`; the one numbered `first` is the setting's first."""
    if isinstance(value, tuple):
        parts = tuple(_form(part, first, seen) for part in value)
        return value if all(map(lambda a, b: a is b, parts, value)) else parts
    if isinstance(value, int) and _MARK <= value < _MARK + 1000:
        seen.append(value - _MARK)
        return _Slot(value - _MARK - first)
    return value
