"""A tree of layers -> the lines that print it.

A layer that was read prints as it was read, line for line; one that was built or changed by hand prints in today's
style of torch. A layout counts only while it still says what its layer says. Must not ask whether lines read back:
`parse.unparse` does.
"""

from __future__ import annotations

from typing import TypeAlias

from archdiff.model.network import Layer
from archdiff.parse.grammar.layout import LayerLayout
from archdiff.parse.grammar.line import LineKind, read_line, read_module
from archdiff.parse.grammar.settings import write_setting

_Task: TypeAlias = "str | tuple[Layer, int]"  # a line, or a layer with its depth


def bare(layer: Layer) -> Layer:
    """The layer without how it was printed; a child that is no `Class(...)` keeps its words."""
    settings = tuple(setting._replace(text="") for setting in layer.settings) if layer.class_name else layer.settings
    return layer._replace(settings=settings, children=tuple(map(bare, layer.children)), layout=None)


def cut(layer: Layer) -> str:
    """The lines of a layer as torch prints it today, with `...` where lines were cut out before its end."""
    if layer.children:
        opened = written(layer).removesuffix("\n)")
        return f"{opened}\n  ..." + ("\n)" if layer.class_name else "")
    settings = [write_setting(setting, layer.class_name) for setting in layer.settings]
    return (
        "\n".join([f"{layer.class_name}(", f"  {', '.join(settings)}", "  ...", ")"])
        if settings
        else f"{layer.class_name}(...)"
    )


def written(layer: Layer) -> str:
    """The lines of a layer: as it was read where its layout still says what it says, else as torch prints it today."""
    out: list[str] = []
    todo: list[_Task] = [(layer, 0)]
    while todo:
        task = todo.pop()
        if isinstance(task, str):
            out.append(task)
        else:
            todo.extend(reversed(_tasks(*task)))
    return "\n".join(out)


def _tasks(layer: Layer, depth: int) -> list[_Task]:
    """The lines of one layer, with its children in their places."""
    layout = layer.layout
    if isinstance(layout, str) and _says(layout, layer):
        return [layout]
    if isinstance(layout, LayerLayout) and _holds(layout, layer):
        return _as_read(layer, layout, depth)
    return _anew(layer, depth)


def _as_read(layer: Layer, layout: LayerLayout, depth: int) -> list[_Task]:
    children = iter(layer.children[layout.inline :])
    body: list[_Task] = (
        [(child, depth + 1) for child in children]
        if layout.body is None
        else [(next(children), depth + 1) if line is None else line for line in layout.body]
    )
    edges = [[] if line is None else [line] for line in (layout.opening, layout.closing)]
    return [*edges[0], *body, *edges[1]]


def _anew(layer: Layer, depth: int) -> list[_Task]:
    """As torch prints it: settings on the line, or on a line of their own above children."""
    if not (layer.name or layer.class_name or layer.settings):  # children whose own line is lost, or was never there
        return [(child, depth + 1) for child in layer.children]
    indent = "  " * depth
    name = f"({layer.name}): " if layer.name or depth else ""
    repeat = f"{layer.repeat} x " if layer.repeat != 1 else ""
    if layer.class_name == "None" and not layer.settings and not layer.children:
        return [f"{indent}{name}{repeat}None"]
    settings = ", ".join(write_setting(setting, layer.class_name) for setting in layer.settings)
    if not layer.class_name and not layer.children:
        return [f"{indent}{name}{repeat}{layer.settings[0].text if layer.settings else '...'}"]
    if not layer.children:
        return [f"{indent}{name}{repeat}{layer.class_name}({settings})"]
    first: list[_Task] = [f"{indent}{name}{repeat}{layer.class_name}("]
    if settings:
        first.append(f"{indent}  {settings}")
    return [*first, *((child, depth + 1) for child in layer.children), f"{indent})"]


def _holds(layout: LayerLayout, layer: Layer) -> bool:
    if layout.settings != layer.settings or layout.children != len(layer.children):
        return False
    return not layer.class_name if layout.opening is None else _says(layout.opening, layer, whole=False)


def _says(line: str, layer: Layer, whole: bool = True) -> bool:
    """Whether a line still says what the layer says: someone may have changed the layer and kept its layout."""
    text = line.strip()
    entry = read_line(text)
    if entry.shape is not LineKind.LEAF and entry.shape is not LineKind.OPEN:
        entry = read_module(text)
    same = (entry.name, entry.class_name, entry.repeat) == (layer.name, layer.class_name, layer.repeat)
    if not whole:
        return same
    below = [(child.name, child.class_name, child.settings) for child in layer.children]
    inner = [(child.name, child.class_name, child.settings) for child in entry.inner]
    return same and entry.settings == layer.settings and inner == below
