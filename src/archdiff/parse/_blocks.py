"""Blocks that were read before: an equal text is not read again, and of one that differs in numbers only these.

A block is what stands between the line that opens a layer and the line that closes it. Must not decide what a line
says, nor where a block ends: `_line` and `_tree` do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from operator import is_
from typing import Final, NamedTuple, TypeAlias

from archdiff.model.network import Layer, Setting, Span
from archdiff.parse._layout import Layout
from archdiff.parse._line import Shape, read_line
from archdiff.parse._slots import DIGITS, Slots, slots

_SHORT: Final = 1_000  # characters of a line: Python reads no number of many thousand digits
_NONE: Final = slice(0, 0)
_ONLY_DIGITS: Final = bytes(code if chr(code) in "0123456789" else ord(" ") for code in range(256))


class Block(NamedTuple):
    """What was read between two lines."""

    settings: tuple[Setting, ...]
    children: tuple[Layer, ...]
    body: tuple[str | None, ...] | None  # as in the layout of the layer
    line: int  # of the layer with which it was read


#: all that decides how the lines of a block are read: its class, the repeats of the whole path, its depth, the lines
Key: TypeAlias = tuple[str, int, int, str | bytes]


class Body(NamedTuple):
    """The lines of a block, not yet read."""

    key: tuple[str, int, int, str]
    texts: Sequence[str]
    end: int  # the index of the line that closes it

    def parted(self) -> tuple[Key, tuple[str, ...]]:
        """The key without digits, and the digits; that both are equal says nothing of where they stand."""
        text = self.key[3].encode(errors="surrogatepass")
        digits = text.translate(_ONLY_DIGITS).decode().split()
        return (*self.key[:3], text.translate(None, b"0123456789")), tuple(digits)


class _Step(NamedTuple):
    """A layer of a block; children come before their parents."""

    layer: Layer
    at: int  # the index of its line in the block
    children: int  # the steps before it that are its children; -1: a leaf
    slots: Slots | None  # of a leaf
    told: slice  # of the digits of the block: the leaf's numbers
    before: slice  # others that stand before these on its line
    behind: slice  # and behind
    spans: dict[int, Span]  # by length


@dataclass(eq=False, repr=False)
class _Pattern:
    """A block by which others are read that differ from it in digits."""

    block: Block
    body: Body
    digits: tuple[str, ...]
    known: dict[tuple[str, ...], Slots | None]

    @cached_property
    def steps(self) -> list[_Step]:
        """None at all where more than children stands in it."""
        steps: list[_Step] = []
        plain = all(self._add(steps, child, 0) for child in self.block.children)
        return steps if plain else []

    @cached_property
    def _form(self) -> str:
        """The text with a place for each digits."""
        return "%s".join(DIGITS.split(self.body.key[3].replace("%", "%%")))

    @cached_property
    def _before(self) -> list[int]:
        """How many digits stand before each line."""
        return [0, *accumulate(len(DIGITS.findall(text)) for text in self.body.texts)]

    def _add(self, steps: list[_Step], layer: Layer, shift: int) -> bool:  # a print is not deep, so recursion is not
        at = layer.span.line + shift - self.block.line - 1
        layout = layer.layout
        if not isinstance(layout, Layout):
            own = range(*self._before[at : at + 2])
            found = slots(layer, self.body.texts[at], self.known)
            first, last = (own.stop - count for count in found.numbers) if found else (own.stop, own.stop)
            cuts = slice(first, last), slice(own.start, first), slice(last, own.stop)
            steps.append(_Step(layer, at, -1, found, *cuts, {}))
            return True
        if layout.body is not None or layout.settings or layout.inline or layout.closing is None:
            return False
        if not all(self._add(steps, child, shift + layer.shift) for child in layer.children):
            return False
        steps.append(_Step(layer, at, len(layer.children), None, _NONE, _NONE, _NONE, {}))
        return True

    def read(self, body: Body, digits: tuple[str, ...]) -> Block | None:
        """What differs in digits; None where these do not stand on lines of leaves, or not where ours do."""
        if len(digits) != len(self.digits) or self._form % digits != body.key[3]:
            return None
        texts = body.texts
        differ = {at for at, (text, ours) in enumerate(zip(texts, self.body.texts, strict=True)) if text != ours}
        done: list[Layer] = []
        for step in self.steps:
            layer = step.layer
            if step.children < 0:
                if step.at in differ:
                    differ.discard(step.at)
                    found = self._leaf(step, texts[step.at], digits)
                    if found is None:
                        return None
                    layer = found
            elif step.children:
                below = tuple(done[-step.children :])
                del done[-step.children :]
                if not all(map(is_, below, layer.children)):
                    layer = _around(layer, below)
            done.append(layer)
        return None if differ else Block((), tuple(done), None, self.block.line)

    def _leaf(self, step: _Step, text: str, digits: tuple[str, ...]) -> Layer | None:
        """What stands on a line that differs in digits from the line of a leaf."""
        layer = step.layer
        length = len(text.strip())
        span = step.spans.get(length)
        if span is None:
            span = step.spans[length] = Span(*layer.span[:3], length)
        same = digits[step.before] == self.digits[step.before] and digits[step.behind] == self.digits[step.behind]
        if step.slots and same and length < _SHORT:
            settings = step.slots.filled(digits[step.told])
            return Layer(layer.name, layer.class_name, settings, (), layer.repeat, "", span, text)
        entry = read_line(text.strip())
        if entry.shape is not Shape.LEAF or entry.inner or entry.closes or entry.elided or entry.repeat != 1:
            return None
        return Layer(entry.name, entry.class_name, entry.settings, (), 1, "", span, text)


def _around(layer: Layer, children: tuple[Layer, ...]) -> Layer:
    return Layer(layer.name, layer.class_name, (), children, layer.repeat, "", layer.span, layer.layout, layer.shift)


@dataclass(slots=True, eq=False, repr=False)
class Blocks:
    """The blocks of all texts that are read together."""

    equal: dict[Key, Block] = field(default_factory=dict)
    alike: dict[Key, _Pattern] = field(default_factory=dict)
    slots: dict[tuple[str, ...], Slots | None] = field(default_factory=dict)

    def find(self, body: Body) -> Block | None:
        """What these lines say, where lines like them were read before."""
        found = self.equal.get(body.key)
        if found is None:
            key, digits = body.parted()
            pattern = self.alike.get(key)
            found = pattern.read(body, digits) if pattern and pattern.steps else None
            if found is not None:
                self.equal[body.key] = found
        return found

    def remember(self, body: Body, block: Block) -> None:
        self.equal[body.key] = block
        if not block.settings and block.body is None:
            key, digits = body.parted()
            self.alike.setdefault(key, _Pattern(block, body, digits, self.slots))
