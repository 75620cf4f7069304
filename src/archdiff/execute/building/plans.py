"""How a printed layer is constructed, as values: `planner` decides them, `build` and `source.writer` follow them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from archdiff.execute.building.classes import NO_FORWARD, PRINTED
from archdiff.execute.building.composites import Argument, PrintedPart
from archdiff.model.network import Layer, Setting, Value
from archdiff.parse.grammar.layout import LayerLayout


class Position(NamedTuple):
    """What stands around a layer."""

    whole: bool = True  # it is the network, or all that the network holds
    called: bool = True  # what is around it runs it, as far as anybody knows
    beside: bool = False  # no forward runs it: a loss


WHOLE: Final = Position()
INSIDE: Final = Position(whole=False)
ONLY_HELD: Final = Position(whole=False, called=False)
BESIDE: Final = Position(whole=False, called=False, beside=True)


class Call(NamedTuple):
    """A constructor with its arguments."""

    constructor: str  # "torch.nn.Conv2d"
    args: tuple[Argument, ...] = ()
    keywords: tuple[tuple[str, Argument], ...] = ()
    alias: str = ""  # the class that was printed, where it is not the one that is constructed
    settings: str = ""  # its settings as printed
    taken: tuple[tuple[str, Value], ...] = ()  # what the print does not hold and was taken as usual
    base: str = PRINTED  # from what the alias is derived beside the constructed class
    behind: tuple[tuple[str, PrintedPart], ...] = ()  # what it prints and runs behind itself, by name
    lacks: tuple[str, ...] = ()  # settings that are not printed, without which it can only be held

    @property
    def has_forward(self) -> bool:
        """Whether it has a forward."""
        return self.base != NO_FORWARD


class Hold(NamedTuple):
    """A container of all children that are printed."""

    base: str  # SEQUENTIAL, HOLDS, IN_ORDER, ...
    class_name: str = ""  # as printed
    settings: str = ""
    beside: tuple[str, ...] = ()  # children that its forward does not call: losses and lists of parameters
    assumed: bool = False  # that children run in printed order
    has_forward: bool = True  # False for a custom class whose forward no print holds
    inside: Position = INSIDE  # where the children stand, but for those beside


class ParameterHolder(NamedTuple):
    """A list or dict of parameters."""

    constructor: str
    sizes: tuple[tuple[str, str, tuple[int, ...]], ...]  # name, data type ("float32"), size


@dataclass(frozen=True, slots=True)
class NoModule:
    """A child that is None."""


Plan: TypeAlias = Call | Hold | ParameterHolder | NoModule


def as_printed(layer: Layer) -> str:
    """The settings of a class that is not torch's, as they stand in the print, line by line."""
    body = layer.layout.body if isinstance(layer.layout, LayerLayout) else None
    if (
        body
        and body[0] is not None
        and isinstance(layer.layout, LayerLayout)
        and layer.layout.settings == layer.settings
    ):
        lines = body[: body.index(None)] if None in body else body
        return textwrap.dedent("\n".join(line for line in lines if line)).rstrip()
    return ", ".join(setting.text or _written(setting) for setting in layer.settings)


def _written(setting: Setting) -> str:
    return f"{setting.name}={setting.value}" if setting.name else str(setting.value)
