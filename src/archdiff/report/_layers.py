"""One network as a table of its layers, and several as a list to pick from.

Must not compute: totals and facts come with the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from archdiff.model import places
from archdiff.model.network import Layer, Recipe
from archdiff.model.outcome import LayerInfo, NetworkInfo
from archdiff.model.wording import number, percent, plural, rounded, size
from archdiff.report import View
from archdiff.report._lines import BLANK, Line, amount, hanging, packed, plain, shorten

_ROOM_FOR_DETAILS = 48  # columns that settings need to stand in the same line
_LONGEST_PATH = 32


def head(network: NetworkInfo, input_size: str, view: View) -> Iterator[Line]:
    """Who it is, its input, its cost, its recipe."""
    name = network.label or network.class_name
    kind = f", {network.class_name}" if network.class_name not in ("", name) else ""
    place = places.whole(network.source, network.first_line, network.last_line)
    yield from hanging(plain(name, "strong"), f"{kind}, {_counted(network)} ({place})", view.width, 2)
    yield from hanging(BLANK, input_size, view.width, 2)
    macs = "multiply-accumulates unknown" if network.macs is None else f"{rounded(network.macs)} multiply-accumulates"
    cost = f"{_parameters(network)}, {macs}"
    yield from hanging(BLANK, cost, view.width, 2)
    yield from hanging(plain("recipe "), _recipe(network.recipe), view.width, 2)


def _counted(network: NetworkInfo) -> str:
    """`15 layers`; `12 of 37,500 layers` where these stand for the others of their folded lines."""
    shown = len(network.layers)
    return f"{shown:,} of {plural(shown + network.left_out, 'layer')}" if network.left_out else plural(shown, "layer")


def _parameters(network: NetworkInfo) -> str:
    """`at least 86,415,592 parameters`: a class of somebody may hold some that no print shows."""
    least, total, nonzero = network.parameters_at_least, network.parameters, network.nonzero_parameters
    counted = f"{number(total) if least is None else f'at least {least:,}'} parameters"
    if total is None or nonzero == total:
        return counted
    return f"{counted}, of which non-zero {'unknown' if nonzero is None else f'{nonzero:,}'}"


def _bounded(network: NetworkInfo, written: Callable[[int | None], str]) -> str:
    """The parameters in a column."""
    least = network.parameters_at_least
    return written(network.parameters) if least is None else f">= {written(least)}"


def _recipe(recipe: Recipe | None) -> str:
    if recipe is None:
        return "not printed"
    return " + ".join(_printed(layer) for layer in (*recipe.optimizers, *recipe.schedulers)) or "not printed"


def _printed(layer: Layer) -> str:
    """`SGD(lr=0.01, momentum=0.0)`; several parameter groups one after the other."""
    settings = [
        f"{setting.name}={amount(setting.value)}" if setting.name else amount(setting.value)
        for setting in layer.settings
    ]
    groups = [_printed(group).partition("(")[2].removesuffix(")") for group in layer.children]
    return f"{layer.class_name}({'; '.join([*([', '.join(settings)] if settings else []), *groups])})"


# The table


class _LayerRow(NamedTuple):
    line: str
    path: str
    class_name: str
    output: str
    parameters: str
    macs: str


_UNKNOWN = size(None)
_TITLES = _LayerRow("line", "layer", "class", "output", "parameters", "MACs")


def table(network: NetworkInfo, view: View) -> Iterator[Line]:
    """A line a layer; what it is set to stands beside it where there is room, else under it.

    A column of which nothing is known is left out.
    """
    rows = [_row(layer) for layer in network.layers]
    total = _LayerRow("", "total", "", "", _bounded(network, number), rounded(network.macs))
    widths = _widths([_TITLES, *rows, total], view)
    beside = view.width - sum(widths) - 2 * _shown(widths) - 1
    yield BLANK
    yield plain(_text(_TITLES, widths), "faint")
    for layer, row in zip(network.layers, rows, strict=True):
        line, details = _text(row, widths), list(_details(layer))
        if beside >= _ROOM_FOR_DETAILS:
            yield from _beside(line, details, view)
        else:
            yield plain(line)
            yield from packed(details, view.width, widths[0] + 4, "faint")
    yield plain(_text(total, widths), "strong")


def _row(layer: LayerInfo) -> _LayerRow:
    output = size(layer.output_shape)
    return _LayerRow(
        places.short(layer.line), layer.path, layer.class_name, output, number(layer.parameters), rounded(layer.macs)
    )


def _cells(row: _LayerRow) -> tuple[str, ...]:
    return row.line, row.path, row.class_name, row.output, row.parameters, row.macs


def _widths(rows: Sequence[_LayerRow], view: View) -> list[int]:
    columns = list(zip(*map(_cells, rows), strict=True))
    widths = [max(map(len, column)) if set(column[1:]) - {"", _UNKNOWN} else 0 for column in columns]
    widths[1] = min(widths[1], _LONGEST_PATH)
    widths[2] = min(widths[2], _LONGEST_PATH)
    over = sum(widths) + 2 * (_shown(widths) - 1) - view.width
    for column, least in ((1, 12), (2, 10), (3, 10)):
        cut = min(max(over, 0), max(widths[column] - least, 0))
        widths[column] -= cut
        over -= cut
    return widths


def _text(row: _LayerRow, widths: Sequence[int]) -> str:
    cells = zip(_cells(row), widths, (False, True, True, True, False, False), strict=True)
    return "  ".join(
        f"{shorten(cell, width):<{width}}" if is_left else f"{cell:>{width}}" for cell, width, is_left in cells if width
    )


def _shown(widths: Sequence[int]) -> int:
    return len(widths) - widths.count(0)


def _beside(line: str, details: Sequence[str], view: View) -> Iterator[Line]:
    start = len(line) + 2
    first, *rest = packed(details, view.width, start, "faint") or [BLANK]
    yield (line, ""), ("  " + "".join(text for text, _ in first).strip(), "faint")
    yield from rest


def _details(layer: LayerInfo) -> Iterator[str]:
    """Settings as they are named, then what follows from them."""
    facts = {"n": layer.n, "k": layer.k, "k_inference": layer.k_inference}
    known = {name: fact for name, fact in facts.items() if fact is not None}
    if layer.has_weights and layer.weight_density != 1.0:
        yield "weights non-zero: " + ("unknown" if layer.weight_density is None else percent(layer.weight_density))
    elif layer.nonzero_parameters is not None and layer.nonzero_parameters != layer.parameters:
        yield f"{number(layer.nonzero_parameters)} non-zero"
    yield from (f"{name}={fact}" for name, fact in known.items())
    yield from (
        f"{name}={amount(value)}"
        for name, value in layer.settings.items()
        if name not in known and name != "weight_density"
    )


# Several networks


def listing(networks: Sequence[NetworkInfo], view: View) -> Iterator[Line]:
    """What a file holds, with the names to pick one by."""
    source = networks[0].source if networks else ""
    yield (f"{source} holds {plural(len(networks), 'network')}", "strong"), ("; FILE#NAME or FILE#NUMBER picks one", "")
    yield BLANK
    rows = [
        (
            str(index),
            network.label or network.class_name,
            network.class_name,
            f"{places.short(network.first_line)}-{places.short(network.last_line)}",
            _counted(network),
            f"{_bounded(network, rounded)} parameters",
        )
        for index, network in enumerate(networks, 1)
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    room = max((view.width - widths[0] - sum(widths[3:]) - 2 * 5) // 2, 8)
    widths[1:3] = [min(width, room) for width in widths[1:3]]
    for row in rows:
        cells = [shorten(cell, width) for cell, width in zip(row, widths, strict=True)]
        aligned = [
            f"{cell:>{width}}" if index in (0, 5) else f"{cell:<{width}}"
            for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        yield plain("  ".join(aligned).rstrip())
