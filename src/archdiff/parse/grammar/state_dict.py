"""`state_dict()` of optimizers and schedulers, where the class is named beside it: lines -> layers.

    StepLR {'step_size': 30, 'gamma': 0.1, 'base_lrs': [0.1], 'last_epoch': 0, ...}
    Adam: {'state': {}, 'param_groups': [{'lr': 0.001, 'betas': (0.9, 0.999), ..., 'params': [0, 1]}]}

Nothing is evaluated. Must not guess a class: a dict alone is nobody's.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from archdiff.model.network import Layer, Setting, Span, Value
from archdiff.parse.grammar.settings import read_value
from archdiff.parse.lines import Lines
from archdiff.parse.tokens import balance

_BEGIN = re.compile(r"\{\s*['\"](?:[\w.]+)['\"]\s*:")
_NAME: Final = r"(?<![\w.])(?:[\w.]+\.)?([A-Z]\w{1,60})"
_BESIDE = re.compile(rf"{_NAME}(?:[(.]\s*state_dict\(\))?(?:'s)?[\s:=,()\-]*(?:state(?:[_ ]dict)?[\s:=()]*)?$")
_ABOVE = re.compile(rf"[\s#*`-]*(?:[a-z_]\w* ?[:=] ?)?{_NAME}(?:'s)?(?:[\s.]+state(?:[_ ]dict)?(?:\(\))?)?[\s:=`*]*$")
_LINES: Final = 200  # of one dict, as pprint writes it
_LENGTH: Final = 10_000  # characters of one dict


class PrintedRecipe(NamedTuple):
    """One optimizer or scheduler that was printed, as a whole or as a `state_dict()`.

    Args:
        layer: its class and settings.
        schedules: whether it is a scheduler.
        first: its first line, counted from 0.
        last: its last line.
    """

    layer: Layer
    schedules: bool
    first: int
    last: int


def read_state(lines: Lines, index: int, stop: int) -> PrintedRecipe | None:
    """The dict that begins on a line, if its class is named there, or alone on the line above.

    Args:
        lines: cleaned lines.
        index: the line, counted from 0.
        stop: the first line that is looked at no more.
    """
    text = lines.texts[index]
    begin = _BEGIN.search(text)
    if begin is None:
        return None
    beside = _BESIDE.search(text[: begin.start()])
    above = None
    if beside is None and not text[: begin.start()].strip() and index:
        above = _ABOVE.fullmatch(lines.texts[index - 1][:200])
    name = beside or above
    if name is None:
        return None
    last = _end(lines, index, stop, begin.start())
    whole = "\n".join([text[begin.start() :], *lines.texts[index + 1 : last + 1]]).rstrip()
    settings = _pairs(read_value(whole[: whole.rfind("}") + 1])) if len(whole) <= _LENGTH else None
    if settings is None:
        return None
    first = index if beside else index - 1
    layout = "\n".join([lines.texts[first][name.start(1) :], *lines.texts[first + 1 : last + 1]])
    return _state(name[1], settings, lines.span(first, *name.span(1)), layout, first, last)


def nameless(text: str) -> str:
    """What a dict is that is nobody's; "" for all others."""
    if "{" not in text or not _BEGIN.search(text[:_LENGTH]):
        return ""
    if "'param_groups'" in text:
        return "the state of an optimizer without its class"
    return "the state of a scheduler without its class" if "'last_epoch'" in text else ""


def _state(
    name: str, settings: tuple[Setting, ...], span: Span, layout: str, first: int, last: int
) -> PrintedRecipe | None:
    held = {setting.name: setting.value for setting in settings}
    if "param_groups" in held:
        groups = held["param_groups"]
        layers = tuple(map(_group, range(len(groups)), groups)) if isinstance(groups, tuple) else ()
        groups_read = tuple(layer for layer in layers if layer is not None)
        optimizer = Layer("", name, (), groups_read, span=span, layout=layout)
        return PrintedRecipe(optimizer, False, first, last) if groups_read and len(groups_read) == len(layers) else None
    if "last_epoch" in held:
        return PrintedRecipe(Layer("", name, settings, span=span, layout=layout), True, first, last)
    return None


def _group(number: int, value: Value) -> Layer | None:
    """One parameter group; which parameters are in it are numbers of no meaning elsewhere."""
    settings = _pairs(value)
    if settings is None:
        return None
    return Layer(f"Parameter Group {number}", "", tuple(each for each in settings if each.name != "params"))


def _pairs(value: Value) -> tuple[Setting, ...] | None:
    pairs = value if isinstance(value, tuple) else ()
    named = [pair for pair in pairs if isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str)]
    if not named or len(named) != len(pairs):
        return None
    return tuple(Setting(str(key), inner) for key, inner in named)


def _end(lines: Lines, index: int, stop: int, column: int) -> int:
    """The line on which the bracket that opens at `column` is closed, or the first where it is not."""
    unclosed = balance(lines.texts[index][column:][:_LENGTH])
    for last in range(index, min(stop, index + _LINES)):
        if last > index:
            unclosed += balance(lines.texts[last][:_LENGTH])
        if unclosed <= 0:
            return last
    return index
