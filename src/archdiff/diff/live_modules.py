"""What two live modules hold beside their prints, module by module, and which module corresponds to which.

Modules correspond where the alignment pairs their layers or containers; what a print hides in one, or a rule merged
into it, corresponds by its name. Knows nothing of effects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TypeAlias

from archdiff.diff.steps import Added, Alike, ContainerPair, Moved, Opened, Pair, Removed, Reordered, Step, Swap
from archdiff.infer import Sized
from archdiff.model.facts import ATTRIBUTES, HELD, HOOKS, MODE, STANDS_FOR, TENSORS, HeldTensor, Provenance
from archdiff.model.finding import Place, PlacePair
from archdiff.model.network import UNKNOWN, Layer, Value, ancestors, join, names
from archdiff.semantics.live_settings import is_live

#: of two modules that correspond to each other; None where one side has none
PathPair: TypeAlias = tuple[str | None, str | None]


class LiveModule(NamedTuple):
    """What one module holds.

    Attributes:
        attributes: Names and values; UNKNOWN where an object was not read.
        tensors: Its own parameters and buffers by name.
        hooks: When each is called, and its name.
        mode: "train" or "eval" where it is not in the mode of its network; else "".
    """

    attributes: Mapping[str, Value] = {}
    tensors: Mapping[str, HeldTensor] = {}
    hooks: tuple[Value, ...] = ()
    mode: str = ""


NOTHING: Final = LiveModule()
#: in place of the value of the side that holds none
NONE: Final = "none"


class LiveNetwork:
    """The modules of a live network by path.

    Attributes:
        sized: The network.
        modules: What each holds, those that hold nothing left out; in the order of the modules.
        settings: By path and name, what became settings of its layers, since no print shows it.
        mode: "train" or "eval"; "" where that is not known.
        is_live: Whether it was read from a live module; another one holds nothing.
    """

    __slots__ = ("is_live", "mode", "modules", "settings", "sized")

    def __init__(self, sized: Sized) -> None:
        self.sized = sized
        self.modules: dict[str, LiveModule] = {}
        self.settings: dict[tuple[str, str], Value] = {}
        self.is_live = is_live(sized.network)
        for fact in sized.network.facts if self.is_live else ():
            field = _FIELDS.get(fact.name)
            if field:
                held = self.modules.get(fact.path, NOTHING)
                self.modules[fact.path] = _with(held, field, fact.value)
            elif fact.provenance is Provenance.LIVE and fact.name not in HELD:
                self.settings[fact.path, fact.name] = fact.value
        for (path, name), value in self.settings.items() if sized.network.fact(STANDS_FOR) else ():
            if self.printed(path) is None:  # others stand for this layer, which may hold another value
                held = self.modules.get(path, NOTHING)
                self.modules[path] = held._replace(attributes={**held.attributes, name: value})
        root = self.modules.get("", NOTHING)
        self.mode = root.mode
        if root is not NOTHING:
            self.modules[""] = root._replace(mode="")

    def at(self, path: str | None) -> LiveModule:
        """What the module under a path holds; nothing where there is none."""
        return NOTHING if path is None else self.modules.get(path, NOTHING)

    def value(self, path: str, name: str) -> Value:
        """What a module holds under a name, whether it became a setting or not; UNKNOWN where it holds none."""
        return self.settings.get((path, name), self.at(path).attributes.get(name, UNKNOWN))

    def place(self, path: str, value: Value) -> Place:
        """Where a module is printed, or what holds it where it is not."""
        layer, line = self._printed(path)
        return Place(path, line, value, layer.class_name)

    def printed(self, path: str) -> Layer | None:
        """The layer that stands for a module in the print."""
        return self.sized.normal.printed(path)

    def _printed(self, path: str) -> tuple[Layer, int]:
        layer, shift = self.sized.network.root, 0
        for name in path.split(".") if path else ():
            inner = next((child for child in layer.children if name in names(child)), None)
            if inner is None:
                break
            layer, shift = inner, shift + layer.shift
        return layer, layer.span.line + shift


def places(candidate: LiveNetwork, reference: LiveNetwork, paths: PathPair, ours: Value, theirs: Value) -> PlacePair:
    """Where two modules are printed, each with its value."""
    a, b = paths
    return None if a is None else candidate.place(a, ours), None if b is None else reference.place(b, theirs)


def _with(held: LiveModule, field: str, value: Value) -> LiveModule:
    match field:
        case "attributes":
            return held._replace(attributes=_attributes(value))
        case "tensors":
            return held._replace(tensors=_tensors(value))
        case "hooks":
            return held._replace(hooks=tuple(_rows(value)))
    return held._replace(mode=str(value))


_FIELDS = {ATTRIBUTES: "attributes", TENSORS: "tensors", HOOKS: "hooks", MODE: "mode"}


def _attributes(rows: Value) -> Mapping[str, Value]:
    return {str(row[0]): row[1] for row in _rows(rows) if len(row) == 2}


def _tensors(rows: Value) -> Mapping[str, HeldTensor]:
    found = [HeldTensor(*row) for row in _rows(rows) if len(row) == len(HeldTensor._fields)]  # type: ignore[arg-type]
    return {each.name: each for each in found}


def _rows(rows: Value) -> list[tuple[Value, ...]]:
    return [row for row in rows if isinstance(row, tuple)] if isinstance(rows, tuple) else []


def paired_modules(steps: Iterable[Step], candidate: LiveNetwork, reference: LiveNetwork) -> list[PathPair]:
    """The modules that hold something on either side, in the order of the candidate.

    Args:
        steps: The alignment. What is in two blocks that are alike has equal names.
        candidate: One network.
        reference: The other.

    Returns:
        Their paths, the candidate's first; None where the other side has no such module, and something else shows that
        it is one of the same layers: a container around them, or a module in one that prints no children. What is in a
        layer or block that one side lacks is left out, since that is a finding of its own.
    """
    there, alone = _walked(steps)
    back = {theirs: ours for ours, theirs in there.items()}
    found: list[PathPair] = []
    passed: set[str] = set()
    for path in candidate.modules:
        other = _counterpart(path, there, back, reference)
        if other is not None:
            passed.add(other)
        if other is not None or alone[0].isdisjoint(ancestors(path)):
            found.append((path, other))
    for path in reference.modules:
        if path not in passed:
            own = _counterpart(path, back, there, candidate)
            if own is not None or alone[1].isdisjoint(ancestors(path)):
                found.append((own, path))
    return found


def _walked(steps: Iterable[Step]) -> tuple[dict[str, str], tuple[set[str], set[str]]]:
    """Paths that correspond to each other, and those of what only the candidate has, and only the reference."""
    there: dict[str, str] = {}
    alone: tuple[set[str], set[str]] = set(), set()
    waiting = [*steps]
    while waiting:
        match waiting.pop():
            case Pair(a, b) | ContainerPair(a, b) | Alike(a, b):
                there[a.path] = b.path
            case Swap(first, second, inner):
                waiting += (first, second, *inner)
            case Moved(pairs, _, inner):
                waiting += (*pairs, *inner)
            case Added(node):
                alone[0].add(node.path)
            case Removed(node):
                alone[1].add(node.path)
            case Reordered() | Opened():
                pass  # the same containers stand in a pair, or around pairs
    return there, alone


def _counterpart(path: str, there: Mapping[str, str], back: Mapping[str, str], side: LiveNetwork) -> str | None:
    """The path on the other side: of the nearest holder that has one, and the same names in it."""
    for holder in ancestors(path):
        if holder in there:
            other = join(there[holder], path.removeprefix(holder).removeprefix("."))
            exists = other in side.modules or side.printed(other) is not None
            return other if exists and back.get(other, path) == path else None
    return None
