"""Printed optimizers and learning-rate schedulers: lines -> layers, and back.

    SGD (                       StepLR                     <torch.optim.lr_scheduler.StepLR object at 0x7f...>
    Parameter Group 0               step_size 1            ExponentialLR(gamma=0.9)
        lr: 0.01                    gamma 0.9
    )

A `state_dict()` with its class beside it is read too (`state_dict`).

Must not know which network a recipe belongs to: `readers` do.
"""

from __future__ import annotations

import re
from typing import Final

from archdiff.model.network import Layer, Setting
from archdiff.parse.grammar.settings import read_settings, read_value, write_value
from archdiff.parse.grammar.state_dict import PrintedRecipe, read_state
from archdiff.parse.lines import Lines
from archdiff.parse.tokens import any_digits, indent

_OPTIMIZER = re.compile(r"([^\W\d][\w.]*) ?\(\s*$")
_GROUP = re.compile(r"\s*(Parameter Group \d+)\s*$")
_FIRST_GROUP = re.compile(r"(?:(\S.*?) ?)??(\s*Parameter Group \d+)\s*$")
_KEY_VALUE = re.compile(r"\s*([^\W\d]\w*)\s*(?:[:=]\s*|\s)(\S(?:.*\S)?)\s*$")
_SCHEDULER_NAME: Final = r"[A-Z]\w*(?:LR|LROnPlateau|WarmRestarts|Scheduler)"
_SCHEDULER = re.compile(rf"\s*({_SCHEDULER_NAME})\s*:?\s*$")
_WRITTEN = re.compile(rf"\s*({_SCHEDULER_NAME})\((.*)\)\s*$")
_OBJECT = re.compile(
    rf"<(?:[\w.]*lr_sched\w*\.([A-Za-z]\w*)|(?:[\w.]+\.)?({_SCHEDULER_NAME})) object at 0x[0-9a-fA-F]+>"
)
_FAR = 1_000  # characters of a line that are looked at


def read_recipe(lines: Lines, index: int, stop: int) -> PrintedRecipe | None:
    """The optimizer or scheduler that begins on a line, if one does.

    Args:
        lines: cleaned lines.
        index: the line, counted from 0.
        stop: the first line that is looked at no more.
    """
    text = lines.texts[index]
    if len(text) > (_FAR if "{" not in text else _FAR * 10) or not text or text.isspace():
        return None
    if text.rstrip().endswith("("):
        return _optimizer(lines, index, stop)
    if "{" in text and (state := read_state(lines, index, stop)):
        return state
    if match := _SCHEDULER.match(text):
        return _scheduler(lines, index, stop, match)
    if match := _WRITTEN.match(text):
        layer = Layer("", match[1], read_settings(match[1], match[2]), span=lines.span(index), layout=text)
        return PrintedRecipe(layer, True, index, index)
    if " object at 0x" in text and (match := _OBJECT.search(text)):
        layer = Layer("", match[1] or match[2], span=lines.span(index, *match.span()), layout=match[0])
        return PrintedRecipe(layer, True, index, index)
    return None


def write(layer: Layer) -> str:
    """The print of an optimizer or a scheduler: as it was read, else as torch prints it."""
    if isinstance(layer.layout, str):
        return layer.layout
    if layer.children:
        groups = "\n\n".join("\n".join([group.name, *_pairs(group, ": ")]) for group in layer.children)
        return f"{layer.class_name} (\n{groups}\n)"
    if layer.settings:
        return "\n".join([layer.class_name, *_pairs(layer, " ")])
    return f"<torch.optim.lr_scheduler.{layer.class_name} object at 0x0>"


def _optimizer(lines: Lines, index: int, stop: int) -> PrintedRecipe | None:
    head = _OPTIMIZER.search(lines.texts[index])
    if head is None or index + 1 >= stop or not (first := _FIRST_GROUP.match(lines.texts[index + 1][:_FAR])):
        return None
    prefix = re.compile(f"{any_digits(first[1].rstrip())} ?" if first[1] else "")  # what a log puts before each line
    found: list[tuple[Layer, list[Setting]]] = []
    for last in range(index + 1, stop):
        text = prefix.sub("", lines.texts[last], count=1)
        if group := _GROUP.match(text):
            found.append((Layer(group[1], "", span=lines.span(last)), []))
        elif text.lstrip().startswith(")"):
            groups = tuple(layer._replace(settings=tuple(settings)) for layer, settings in found)
            return PrintedRecipe(_whole(lines, index, last, head, groups), False, index, last)
        elif found and indent(text) > indent(first[2]) and (pair := _KEY_VALUE.match(text)):
            found[-1][1].append(_setting(pair))
        elif text.strip():
            return None
    return None


def _whole(lines: Lines, first: int, last: int, head: re.Match[str], groups: tuple[Layer, ...]) -> Layer:
    line = lines.texts[first]
    begin = head.start() if line[: head.start()].strip() else 0
    layout = "\n".join([line[begin:], *lines.texts[first + 1 : last + 1]])
    return Layer("", head[1], (), groups, span=lines.span(first, head.start()), layout=layout)


def _scheduler(lines: Lines, index: int, stop: int, head: re.Match[str]) -> PrintedRecipe | None:
    """A class alone on its line; its settings are the lines below that stand further in."""
    margin = indent(lines.texts[index])
    settings: list[Setting] = []
    for number in range(index + 1, stop):
        text = lines.texts[number]
        pair = _KEY_VALUE.match(text)
        if pair is None or indent(text) <= margin:
            break
        settings.append(_setting(pair))
    if not settings:
        return None
    last = index + len(settings)
    layout = "\n".join(lines.texts[index : last + 1])
    return PrintedRecipe(Layer("", head[1], tuple(settings), span=lines.span(index), layout=layout), True, index, last)


def _setting(pair: re.Match[str]) -> Setting:
    return Setting(pair[1], read_value(pair[2]), pair[2])


def _pairs(layer: Layer, between: str) -> list[str]:
    return [f"    {setting.name}{between}{setting.text or write_value(setting.value)}" for setting in layer.settings]
