"""The tree: what a printed network says, as frozen values. Knows nothing of formats, kinds or rules.

A `Network` is one printed network with its label, place and recipe; a `Layer` is one printed module. The parser fills
`name`, `class_name`, `settings`, `children`, `repeat` and `span`; `rules.normalize` fills `kind`, names every setting
and rewrites the tree. Spans and layout never count in comparisons: equal prints are equal values.

Blocks of equal text may share one `children` tuple, so that whatever works on a tree can do so once for all of them.
Layers that share children are as far from them (`span.line - shift`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from operator import attrgetter
from typing import Final, NamedTuple, TypeAlias

from archdiff.model.facts import SHAPES, Comment, Fact, Provenance, find
from archdiff.model.memo import Memo


class Unknown(Enum):
    """A fact that the text does not hold."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "unknown"

    __str__ = __repr__


UNKNOWN: Final = Unknown.UNKNOWN

#: A printed value. Lists and dicts are tuples (a dict of pairs); words, quoted strings, calls and all else are str.
Value: TypeAlias = "bool | int | float | str | Unknown | tuple[Value, ...] | None"


class Span(NamedTuple):
    """A place in an original file.

    Of what stands in a shared block it is the place where the block was read first: `apart` gives each its own.

    Attributes:
        source: File or address.
        line: Counted from 1.
        column: Counted from 1.
        length: In characters on that line.
    """

    source: str
    line: int
    column: int = 1
    length: int = 1


NOWHERE: Final = Span("", 0)

#: the setting that every layer of a summary table begins with, and the class of what such a table does not show
PARAMETERS: Final = "parameters"
FROZEN: Final = "frozen"
MODE: Final = "mode"
NOT_SHOWN: Final = "NotShown"
#: of layers, and of settings; with map and filter, a third of the time of a comprehension
NAME, CHILDREN, REPEAT, KIND = map(attrgetter, ("name", "children", "repeat", "kind"))
#: what stands before a class: `(conv1): `, `(0-11): 12 x `
_BEFORE: Final = re.compile(r"\s*(?:\((?:[^()]|\([^()]*\))*\): *)?(?:\d+ x )?", re.ASCII)
_RANGE: Final = re.compile(r"(\d+)(?:-(\d+))?", re.ASCII)
_RANGES: Final = re.compile(r"\d+(?:-\d+)?(?:, \d+(?:-\d+)?)*", re.ASCII)  # `conv1-layer3` is a name


class Setting(NamedTuple):
    """One printed setting: `kernel_size=(5, 5)`; `name` is None where it was printed by position.

    Settings and layers are tuples and no dataclasses, because a large network has 100,000 of them and a frozen
    dataclass takes four times as long to make.

    Attributes:
        name: None where it was printed by position.
        value: What was printed; `UNKNOWN` where it is known not to be.
        text: The value as printed, which never counts in comparisons.
    """

    name: str | None
    value: Value
    text: str = ""

    @property
    def as_printed(self) -> str:
        """`kernel_size=(5, 5)`: as it was read, else of its name and its value."""
        return self.text or f"{self.name}={self.value}"

    def __eq__(self, other: object) -> bool:
        """1, 1.0 and True are three values."""
        return isinstance(other, Setting) and self[:2] == other[:2] and type(self[1]) is type(other[1])

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self[:2])


class Layer(NamedTuple):
    """One printed module with its children. Where and how it was printed never counts in comparisons.

    Attributes:
        name: As printed: "cnn1", "0-11"; "" for the root; "features.0" once nesting is flattened.
        class_name: As printed.
        settings: What was printed, and nothing else.
        children: In printed order.
        repeat: 12 for `(0-11): 12 x Block(`.
        kind: Filled by `rules.normalize`; "" where no kind is known.
        span: Where it was printed.
        layout: What a format needs to print it back as it was.
        shift: All below stands so many lines further down than its span says.
    """

    name: str
    class_name: str
    settings: tuple[Setting, ...] = ()
    children: tuple[Layer, ...] = ()
    repeat: int = 1
    kind: str = ""
    span: Span = NOWHERE
    layout: object = None
    shift: int = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layer) and self[:6] == other[:6]

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self[:6])


class Recipe(NamedTuple):
    """Printed training settings: each optimizer or scheduler is a class with its settings.

    Attributes:
        optimizers: The parameter groups of each are its children, named "Parameter Group 0", "Parameter Group 1" ...
        schedulers: Learning-rate schedulers.
    """

    optimizers: tuple[Layer, ...] = ()
    schedulers: tuple[Layer, ...] = ()


class Network(NamedTuple):
    """One printed network: a frozen value.

    Attributes:
        root: The whole module with all that it holds.
        label: The most telling of its names, for reports.
        names: Names by which it can be picked, the most telling first: label line, heading, name line, class.
        source: File or address; "<text>" for a text, "<model>" for a live module.
        first_line: First line of the print, counted from 1.
        last_line: Last line of the print.
        recipe: Optimizers and schedulers that are printed beside it.
        complete: False where the print was cut off.
        facts: What its tree does not hold: the input of a spec, a printed forward, what a live module does not print.
        comments: Every `# archdiff: ignore[...]` in its source.
    """

    root: Layer
    label: str
    names: tuple[str, ...] = ()
    source: str = ""
    first_line: int = 0
    last_line: int = 0
    recipe: Recipe | None = None
    complete: bool = True
    facts: tuple[Fact, ...] = ()
    comments: tuple[Comment, ...] = ()

    def fact(self, name: str) -> Fact | None:
        """What is known of the whole network under this name."""
        return find(self.facts, name)

    def rows(self, name: str) -> tuple[Value, ...]:
        """The value of such a fact where it is a tuple, else nothing."""
        fact = self.fact(name)
        return fact.value if fact and isinstance(fact.value, tuple) else ()

    @property
    def has_configuration(self) -> bool:
        """Whether the fields of a config.json are known of it."""
        return any(each.provenance is Provenance.CONFIG for each in self.facts)

    @property
    def is_configuration(self) -> bool:
        """Whether it was read from a config.json, and nothing else is known of it."""
        facts = (each for each in self.facts if each.provenance is Provenance.CONFIG)
        return not self.root.children and any(each.source == self.source for each in facts)

    @property
    def is_table(self) -> bool:
        """Whether it is a summary table, whose rows hold shapes and counts in place of settings."""
        return self.fact(SHAPES) is not None


def is_tabled(layer: Layer) -> bool:
    """Whether it holds shapes and counts in place of settings: a row of a summary table, or a block closed as far."""
    return bool(layer.settings) and layer.settings[0].name == PARAMETERS


def join(path: str, name: str) -> str:
    """The path of a child: names joined with dots, as in a state_dict."""
    return f"{path}.{name}" if path and name else path or name


def ancestors(path: str) -> Iterator[str]:
    """`a.b.c`, `a.b`, `a`, "": a path and those of all that holds it, the innermost first."""
    while path:
        yield path
        path = path.rpartition(".")[0]
    yield ""


def unnamed(line: str) -> str:
    """`Conv2d(1, 64)` of the line `  (conv1): Conv2d(1, 64)`: without its indent, its name and how often it repeats."""
    match = _BEFORE.match(line)
    return line[match.end() :].rstrip() if match else line


def unnumbered(path: str) -> str:
    """`layers.#.experts`: the same for all places of one block."""
    return ".".join("#" if part.isdigit() else part for part in path.split("."))


def names(layer: Layer) -> list[str]:
    """The names for which a layer stands.

    Args:
        layer: One that may be folded: `(0-27, 29-47): 47 x Block`.

    Returns:
        As many as it repeats: 0 to 27 and 29 to 47; numbers from 0 where its name does not hold as many.
    """
    if layer.repeat == 1:
        return [layer.name]
    found: list[str] = []
    for match in _RANGE.finditer(layer.name) if _RANGES.fullmatch(layer.name) else ():
        first, last = int(match[1]), int(match[2] or match[1])
        if last - first >= layer.repeat:
            break
        found += [str(number) for number in range(first, last + 1)]
    return found if len(found) == layer.repeat else [f"{layer.name}.{number}" for number in range(layer.repeat)]


def walk(layer: Layer, path: str = "") -> Iterator[tuple[str, Layer]]:
    """Every layer below one and itself, parents first, in printed order; never recursive, so depth is no limit.

    Args:
        layer: Where to begin.
        path: Path of what holds it; "" for the root.

    Yields:
        The path, names joined with dots, and the layer.
    """
    stack = [(join(path, layer.name), layer)]
    while stack:
        here, current = stack.pop()
        yield here, current
        if current.children:
            stack.extend([(join(here, child.name), child) for child in reversed(current.children)])


def walk_lines(layer: Layer) -> Iterator[tuple[str, Layer, int]]:
    """As `walk`, with the line on which each layer stands."""
    stack = [(layer.name, layer, 0)]
    while stack:
        here, current, shift = stack.pop()
        yield here, current, current.span.line + shift
        if current.children:
            shift += current.shift
            stack.extend([(join(here, child.name), child, shift) for child in reversed(current.children)])


def moved(layer: Layer, lines: int) -> Layer:
    """A layer with all below it, in another place of its file.

    Args:
        layer: The layer.
        lines: How many lines further down.

    Returns:
        The same layer, which shares its children.
    """
    if not lines:
        return layer
    return layer._replace(span=layer.span._replace(line=layer.span.line + lines), shift=layer.shift + lines)


def apart(network: Network) -> Network:
    """The same network in which no block is shared: the span of every layer is its own place."""

    def placed(layer: Layer, shift: int) -> Layer:  # the depth of a print is bounded, so recursion is
        span = layer.span._replace(source=network.source, line=layer.span.line + shift)
        children = tuple([placed(child, shift + layer.shift) for child in layer.children])
        return layer._replace(span=span, children=children, shift=0)

    return network._replace(root=placed(network.root, 0))


def blocks(*roots: Layer) -> list[tuple[Layer, ...]]:
    """Every `children` in these layers once, in printed order, but inner ones before those that hold them first."""
    visited: set[int] = set()  # by identity, which holds as long as the roots do
    found: list[tuple[Layer, ...]] = []
    stack = [root.children for root in roots if root.children]
    while stack:
        children = stack.pop()
        if id(children) not in visited:
            visited.add(id(children))
            found.append(children)
            stack += filter(None, map(CHILDREN, children))
    return found[::-1]


def counts(*roots: Layer) -> list[tuple[int, int]]:
    """How many layers are printed in each root, and for how many they stand; itself with both.

    Folded lines are printed once, and stand for as many layers as they say.
    """
    both: Memo[tuple[int, int]] = Memo(lambda children: _counted(children, both))
    for children in blocks(*roots):  # inner ones first, so that depth costs no stack
        both(children)
    return [_counted((root,), both) for root in roots]


def _counted(children: Sequence[Layer], below: Memo[tuple[int, int]]) -> tuple[int, int]:
    printed, stand_for = len(children), sum(map(REPEAT, children))
    for child in filter(CHILDREN, children):
        inside = below(child.children)
        printed += inside[0]
        stand_for += child.repeat * inside[1]
    return printed, stand_for


def leaves(layer: Layer, path: str = "") -> Iterator[tuple[str, Layer]]:
    """Every layer without children, in printed order; arguments and items as those of `walk`."""
    return ((here, current) for here, current in walk(layer, path) if not current.children)
