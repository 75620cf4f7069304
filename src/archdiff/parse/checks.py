"""What no comparison may rest on: a layer that stands twice under one name, more modules than memory holds."""

from __future__ import annotations

from collections.abc import Iterable

from archdiff.model.errors import ReadError
from archdiff.model.network import CHILDREN, NAME, REPEAT, Layer, Network, counts
from archdiff.model.network import names as names_of
from archdiff.parse.lines import MAX_MODULES


def check_size(networks: tuple[Network, ...]) -> None:
    """Refuses folded lines that stand for more modules than memory holds.

    Raises:
        ReadError: with the lines of the network.
    """
    for network, (_, modules) in zip(networks, counts(*(each.root for each in networks)), strict=True):
        if modules > MAX_MODULES:
            raise ReadError(
                f"{network.label} stands for more than {MAX_MODULES:,} modules",
                source=network.source,
                line=network.first_line,
                way_out="no real network has as many; are the counts of its folded lines right?",
            )


def check_names(networks: Iterable[Network]) -> None:
    """Refuses two children of one name and a setting that stands twice, of which one would be compared with nothing.

    Raises:
        ReadError: with the line of the second one.
    """
    checked: set[int] = set()  # children and settings, by identity
    for network in networks:
        _check_settings(network, network.root)
        stack = [network.root.children]
        while stack:
            children = stack.pop()
            if id(children) in checked:
                continue
            checked.add(id(children))
            for child in children:
                settings = child.settings
                if settings and id(settings) not in checked:
                    checked.add(id(settings))
                    if len(set(map(NAME, settings))) < len(settings):
                        _check_settings(network, child)
            stack += filter(None, map(CHILDREN, children))
            folded = max(map(REPEAT, children), default=1) > 1  # `(0-1): 2 x Block` is two names
            if folded or len(set(map(NAME, children))) < len(children):
                _check_children(network, children)


def _check_settings(network: Network, layer: Layer) -> None:
    """Settings by position have no names."""
    if again := _again((setting.name, layer) for setting in layer.settings if setting.name):
        raise _twice(network, layer, f"{again[0]} stands twice in it")


def _check_children(network: Network, children: Iterable[Layer]) -> None:
    if again := _again((name, child) for child in children for name in names_of(child)):
        name, child = again
        raise _twice(network, child, f"another child has its name{'' if name == child.name else f' {name}'}")


def _again(named: Iterable[tuple[str, Layer]]) -> tuple[str, Layer] | None:
    """The first that has the name of one before it."""
    before: set[str] = set()
    return next(((name, layer) for name, layer in named if name in before or before.add(name)), None)  # type: ignore[func-returns-value]


def _twice(network: Network, layer: Layer, what: str) -> ReadError:
    return ReadError(
        f"({layer.name}): {layer.class_name}: {what}",
        source=network.source,
        line=layer.span.line,
        way_out="torch never prints this; correct the one or the other",
    )
