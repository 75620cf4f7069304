"""What two live modules hold beside their prints, module by module, and which module corresponds to which.

Modules correspond where the alignment pairs their layers or containers; what a print hides in one, or a rule merged
into it, corresponds by its name. Knows nothing of effects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from archdiff.diff.nodes import Node
from archdiff.diff.steps import Added, Alike, ContainerPair, Moved, Opened, Pair, Removed, Reordered, Step, Swap
from archdiff.infer import Sized
from archdiff.model.facts import ATTRIBUTES, HELD, HOOKS, MODE, TENSORS, HeldTensor, Provenance
from archdiff.model.finding import Place
from archdiff.model.network import Layer, Value, ancestors, join, names
from archdiff.semantics.live_settings import is_live


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


NOTHING = LiveModule()


class LiveNetwork:
    """The modules of a live network by path.

    Attributes:
        sized: The network.
        modules: What each holds, those that hold nothing left out; in the order of the modules.
        settings: Path and name of what became settings of its layers, since no print shows it.
        mode: "train" or "eval"; "" of a network that is not live.
    """

    __slots__ = ("mode", "modules", "settings", "sized")

    def __init__(self, sized: Sized) -> None:
        self.sized = sized
        self.modules: dict[str, LiveModule] = {}
        self.settings: set[tuple[str, str]] = set()
        for fact in sized.network.facts if is_live(sized.network) else ():
            field = _FIELDS.get(fact.name)
            if field:
                held = self.modules.get(fact.path, NOTHING)
                self.modules[fact.path] = _with(held, field, fact.value)
            elif fact.provenance is Provenance.LIVE and fact.name not in HELD:
                self.settings.add((fact.path, fact.name))
        root = self.modules.get("", NOTHING)
        self.mode = root.mode
        if root is not NOTHING:
            self.modules[""] = root._replace(mode="")

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


def paired_paths(steps: Iterable[Step]) -> dict[str, str]:
    """Paths of layers and containers that correspond to each other, the candidate's first.

    Args:
        steps: The alignment. What is in two blocks that are alike has equal names, and is left out.
    """
    return {a.path: b.path for a, b in _paired(steps)}


def _paired(steps: Iterable[Step]) -> Iterator[tuple[Node, Node]]:
    for step in steps:
        match step:
            case Pair(a, b) | ContainerPair(a, b) | Alike(a, b):
                yield a, b
            case Swap(first, second, inner):
                yield from (first, second)
                yield from _paired(inner)
            case Moved(pairs, _, inner):
                yield from pairs
                yield from _paired(inner)
            case Reordered() | Opened() | Added() | Removed():
                pass  # what stands on one side, or has a pair of its own


def paired_modules(
    candidate: LiveNetwork, reference: LiveNetwork, paths: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The modules that hold something on either side and correspond to each other, in the order of the candidate.

    Args:
        candidate: One network.
        reference: The other.
        paths: What `paired_paths` found.
    """
    back = {theirs: ours for ours, theirs in paths.items()}
    passed: set[str] = set()
    for path in candidate.modules:
        other = _counterpart(path, paths, back)
        if other is not None:
            passed.add(other)
            yield path, other
    for path in reference.modules:
        if path not in passed and (own := _counterpart(path, back, paths)) is not None:
            yield own, path


def _counterpart(path: str, there: Mapping[str, str], back: Mapping[str, str]) -> str | None:
    """The path on the other side: of the nearest holder that has one, and the same names in it."""
    for holder in ancestors(path):
        if holder in there:
            other = join(there[holder], path.removeprefix(holder).removeprefix("."))
            return other if back.get(other, path) == path else None
    return None
