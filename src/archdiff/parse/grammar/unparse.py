"""A tree of layers -> the lines that print it.

A layer that was read prints as it was read, line for line; one that was built or changed by hand prints in today's
style of torch. A layout counts only while it still says what its layer says, and where the whole reads back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeAlias

from archdiff.model.errors import ReadError
from archdiff.model.network import Layer, Network
from archdiff.parse.grammar import recipe as recipes
from archdiff.parse.grammar.layout import Layout
from archdiff.parse.grammar.line import Shape, read_line, read_module
from archdiff.parse.grammar.settings import write_setting

_Task: TypeAlias = "str | tuple[Layer, int]"  # a line, or a layer with its depth


def unparse(layer: Layer) -> str:
    """The print of a layer and all below it, without a line break at its end."""
    return next(_spellings(layer, lambda text: _read(text).root == layer))


def unparse_network(network: Network) -> str:
    """The printed network behind its recipe, as a file that reads back as the same network."""
    recipe = network.recipe
    parts = [recipes.write(layer) for layer in (*recipe.optimizers, *recipe.schedulers)] if recipe else []

    def is_same(text: str) -> bool:
        again = _read("\n".join([*parts, text]))
        return (again.root, again.recipe, again.complete) == (network.root, recipe, network.complete)

    return "\n".join([*parts, next(_spellings(network.root, is_same))]) + "\n"


def _spellings(layer: Layer, is_same: Callable[[str], bool]) -> Iterator[str]:
    """The print as it was read, if it reads back alone: of one that was wrapped or cut, what stood round it may have
    told more. Else anew, whole or with a line that stands for the rest; the first again where none reads back."""
    first, bare = _written(layer), _bare(layer)
    for text in (first, _written(bare), _cut(bare)):
        with suppress(ReadError):
            if is_same(text):
                yield text
    yield first


def _read(text: str) -> Network:
    from archdiff.parse import parse  # which prints what it reads

    found = parse(text + "\n")
    return found[0] if len(found) == 1 else Network(Layer("", ""), "")


def _bare(layer: Layer) -> Layer:
    """Without how it was printed; a child that is no `Class(...)` keeps its words. The depth of a print is bounded, so
    recursion is."""
    settings = tuple(setting._replace(text="") for setting in layer.settings) if layer.class_name else layer.settings
    return layer._replace(settings=settings, children=tuple(map(_bare, layer.children)), layout=None)


def _cut(layer: Layer) -> str:
    """Anew, with `...` for what somebody cut out before its end."""
    if layer.children:
        opened = _written(layer).removesuffix("\n)")
        return f"{opened}\n  ..." + ("\n)" if layer.class_name else "")
    settings = [write_setting(setting, layer.class_name) for setting in layer.settings]
    return (
        "\n".join([f"{layer.class_name}(", f"  {', '.join(settings)}", "  ...", ")"])
        if settings
        else f"{layer.class_name}(...)"
    )


def _written(layer: Layer) -> str:
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
    if isinstance(layout, Layout) and _holds(layout, layer):
        return _as_read(layer, layout, depth)
    return _anew(layer, depth)


def _as_read(layer: Layer, layout: Layout, depth: int) -> list[_Task]:
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


def _holds(layout: Layout, layer: Layer) -> bool:
    if layout.settings != layer.settings or layout.children != len(layer.children):
        return False
    return not layer.class_name if layout.opening is None else _says(layout.opening, layer, whole=False)


def _says(line: str, layer: Layer, whole: bool = True) -> bool:
    """Whether a line still tells the layer: someone may have changed the layer and kept its layout."""
    text = line.strip()
    entry = read_line(text)
    if entry.shape is not Shape.LEAF and entry.shape is not Shape.OPEN:
        entry = read_module(text)
    told = (entry.name, entry.class_name, entry.repeat) == (layer.name, layer.class_name, layer.repeat)
    if not whole:
        return told
    below = [(child.name, child.class_name, child.settings) for child in layer.children]
    inner = [(child.name, child.class_name, child.settings) for child in entry.inner]
    return told and entry.settings == layer.settings and inner == below
