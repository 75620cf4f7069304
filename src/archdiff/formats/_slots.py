"""Lines that differ in whole numbers only: where in the settings the numbers stand is found out once.

Found out by reading the line with other numbers in their places, so that nothing here knows how settings are written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from archdiff.formats._line import Shape, read_line
from archdiff.network import Layer, Setting, Value

_NUMBER = re.compile(r"(?<![\w.+-])\d+(?=[,)](?!:))", re.ASCII)  # a whole one, not in the name of a child
_LONGEST: Final = 9  # digits
_MARK: Final = 7_310_462_000  # no number that is read in its place is as long


@dataclass(frozen=True, slots=True)
class _Slot:
    """A number that is to be filled in."""

    index: int


#: a value, or where in it numbers are to be filled in
_Form: TypeAlias = "Value | _Slot | tuple[_Form, ...]"


@dataclass(frozen=True, slots=True)
class _Open:
    """A setting in which numbers are to be filled in."""

    name: str | None
    value: _Form
    text: tuple[str | int, ...]  # with the indices of numbers
    own: slice  # of all numbers
    known: dict[tuple[str, ...], Setting] = field(default_factory=dict)

    def filled(self, told: tuple[str, ...]) -> Setting:
        own = told[self.own]
        found = self.known.get(own)
        if found is None:
            text = "".join([part if isinstance(part, str) else told[part] for part in self.text])
            found = self.known[own] = Setting(self.name, _value(self.value, told), text)
        return found


@dataclass(frozen=True, slots=True)
class Slots:
    """The settings of a line, numbers apart."""

    forms: tuple[_Open | Setting, ...]
    known: dict[tuple[str, ...], tuple[Setting, ...]] = field(default_factory=dict)

    def filled(self, told: tuple[str, ...]) -> tuple[Setting, ...]:
        """The settings with these numbers; equal numbers give the same tuple."""
        found = self.known.get(told)
        if found is None:
            settings = [form if isinstance(form, Setting) else form.filled(told) for form in self.forms]
            found = self.known[told] = tuple(settings)
        return found


def _value(form: _Form, told: tuple[str, ...]) -> Value:
    if isinstance(form, _Slot):
        return int(told[form.index])
    return tuple([_value(part, told) for part in form]) if isinstance(form, tuple) else form


def parted(text: str) -> tuple[str, ...]:
    """What stands on a line between its numbers."""
    return tuple(_NUMBER.split(text))


def numbers(text: str, parts: Sequence[str]) -> tuple[str, ...] | None:
    """The numbers between these parts of a line; None where it has others."""
    if not text.startswith(parts[0]):
        return None
    found: list[str] = []
    begin = len(parts[0])
    for part in parts[1:]:
        end = text.find(part, begin) if part else len(text)
        number = text[begin:end]
        if not (number.isdecimal() and number.isascii() and len(number) <= _LONGEST) or end < 0:
            return None
        found.append(number)
        begin = end + len(part)
    return tuple(found) if begin == len(text) else None


def slots(layer: Layer, parts: tuple[str, ...], known: dict[tuple[str, ...], Slots | None]) -> Slots | None:
    """Where numbers stand in the settings of a leaf that is printed on one line; None where that is not all they say.

    `known`: what was found out before, by what stands behind the name.
    """
    head = parts[0].lstrip()
    name = f"({layer.name}): "
    if len(parts) == 1 or not head.startswith(name):
        return None
    key = (head[len(name) :], *parts[1:])
    if key not in known:
        known[key] = _slots(layer, (head, *parts[1:]))
    return known[key]


def _slots(layer: Layer, parts: tuple[str, ...]) -> Slots | None:
    marks = {str(_MARK + index): index for index in range(len(parts) - 1)}
    entry = read_line("".join(map("".join, zip(parts, (*marks, ""), strict=True))).strip())
    same = (entry.shape, entry.name, entry.class_name, entry.repeat) == (Shape.LEAF, layer.name, layer.class_name, 1)
    if not same or entry.inner or entry.closes or entry.elided:
        return None
    forms: list[_Open | Setting] = []
    seen: list[int] = []
    for setting in entry.settings:
        text = tuple(marks.get(part, part) for part in _MARKED.split(setting.text))
        first = len(seen)
        form = _form(setting.value, seen)
        constant = form is setting.value and len(text) == 1
        forms.append(setting if constant else _Open(setting.name, form, text, slice(first, len(seen))))
    told = [part for form in forms if isinstance(form, _Open) for part in form.text if isinstance(part, int)]
    return Slots(tuple(forms)) if seen == told == list(range(len(marks))) else None


_MARKED = re.compile(rf"({str(_MARK)[:-3]}\d{{3}})")


def _form(value: Value, seen: list[int]) -> _Form:
    """The value with slots for marks, whose numbers go to `seen`."""
    if isinstance(value, tuple):
        parts = tuple(_form(part, seen) for part in value)
        return value if all(map(lambda a, b: a is b, parts, value)) else parts
    if isinstance(value, int) and _MARK <= value < _MARK + 1000:
        seen.append(value - _MARK)
        return _Slot(value - _MARK)
    return value
