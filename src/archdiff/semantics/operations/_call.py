"""One operation of a trace as its rule gets it: what it was called with, tensors as numbers of nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeAlias

from archdiff.model.network import Value
from archdiff.model.trace import Argument, Ref, refs
from archdiff.semantics.operations._graph import Graph
from archdiff.semantics.operations._strides import Shape

#: types of numbers that wrap round, and the one in which 1 + 1 is 1
NARROW: Final = frozenset({"bool", "uint8", "int8", "int16"})
_WIDTHS: Final = {"bool": 1, "uint8": 8, "int8": 8, "int16": 16, "int32": 32, "int64": 64}


def kind(dtype: str) -> str:
    """One letter for types of which operators make the same: f, i, c, and one for each that is narrow."""
    if dtype in NARROW:
        return {"bool": "b", "uint8": "u", "int8": "s", "int16": "h"}[dtype]
    return "c" if dtype.startswith("complex") else "i" if dtype.startswith("int") else "f"


def is_widened(before: str, after: str) -> bool:
    """Whether each number of one type is the same in another: of truth in all, of whole ones in wider whole ones."""
    if before == "bool":
        return True
    if before not in _WIDTHS or after not in _WIDTHS or after == "bool":
        return False
    return _WIDTHS[before] < _WIDTHS[after] and after != "uint8"


class Called(NamedTuple):
    """One operation.

    Attributes:
        name: Of the operator.
        arguments: What it was called with; a `Ref` holds the number of a node.
        shapes: Of its outputs.
        dtype: Of its first output.
        types: Dtypes of the tensors that it was called with, in order.
        used_once: Numbers of nodes that one operation alone takes.
        is_trained: Whether gradients count, too: not what is equal but for these at a single number.
    """

    name: str
    arguments: Mapping[str, Argument]
    shapes: tuple[Shape, ...]
    dtype: str
    types: tuple[str, ...]
    used_once: frozenset[int] | set[int]
    is_trained: bool = False

    @property
    def shape(self) -> Shape:
        """Of its first output."""
        return self.shapes[0]

    @property
    def keeps_type(self) -> bool:
        """Whether its output has the type of its first tensor."""
        return self.types[:1] == (self.dtype,)

    @property
    def is_exact(self) -> bool:
        """Whether it computes as with real numbers: neither modulo 256 nor by `or`."""
        return self.dtype not in NARROW

    def operand(self, graph: Graph, name: str) -> int:
        """A tensor that it was called with; a number as a node."""
        value = self.arguments[name]
        if isinstance(value, Ref):
            return value.operation
        return graph.full(value, ())

    def operands(self, name: str) -> list[int]:
        """A list of tensors."""
        value = self.arguments[name]
        return [each.operation for each in value if isinstance(each, Ref)] if isinstance(value, tuple) else []

    def number(self, name: str, default: float) -> float:
        """A number that it was called with."""
        value = self.arguments.get(name)
        return float(value) if isinstance(value, bool | int | float) else float(default)

    def whole(self, name: str, default: int) -> int:
        """A whole number that it was called with."""
        value = self.arguments.get(name)
        return value if isinstance(value, int) else default

    def wholes(self, name: str) -> list[int]:
        """Whole numbers that it was called with."""
        value = self.arguments.get(name)
        return (
            [each for each in value if isinstance(each, int)]
            if isinstance(value, tuple) and not isinstance(value, Ref)
            else []
        )


def as_it_is(graph: Graph, call: Called, changed: Mapping[str, Argument] | None = None) -> tuple[int, ...]:
    """What has no rule, with what it was called with, and with the types where these are not all floating.

    Args:
        graph: Gets the nodes.
        call: The operation.
        changed: Arguments that are others there.
    """
    arguments = {**call.arguments, **(changed or {})}
    operands = [ref.operation for value in arguments.values() for ref in refs(value)]
    constants = [(key, plain(value)) for key, value in arguments.items() if value is not None]
    kinds = "".join(map(kind, (*call.types, call.dtype)))
    if kinds.strip("f"):
        constants.append(("types", kinds))
    return tuple(
        graph.node(f"aten.{call.name}", (*constants, ("output", index)), operands, shape)
        for index, shape in enumerate(call.shapes)
    )


def plain(value: Argument) -> Value:
    """What is no tensor; a mark where one stands."""
    if isinstance(value, Ref):
        return "tensor"
    if isinstance(value, tuple):
        return tuple(plain(each) for each in value)
    return value


#: the nodes of its outputs, or the one of its first; None where nothing simpler is known
Rule: TypeAlias = Callable[[Graph, Called], "int | tuple[int, ...] | None"]
#: by the name of torch's operator, without the underscore of those in place
Rules: TypeAlias = Mapping[str, Rule]
