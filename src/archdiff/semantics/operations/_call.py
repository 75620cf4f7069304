"""One operation of a trace as its rule gets it: what it was called with, tensors as numbers of nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from archdiff.model.network import Value
from archdiff.model.trace import Argument, Ref
from archdiff.semantics.operations._graph import Graph, Shape


class Called(NamedTuple):
    """One operation.

    Attributes:
        name: Of the operator.
        arguments: What it was called with; a `Ref` holds the number of a node.
        shapes: Of its outputs.
        dtype: Of its first output.
        keeps_type: Whether its output has the type of its input.
        used_once: Numbers of nodes that one operation alone takes.
    """

    name: str
    arguments: Mapping[str, Argument]
    shapes: tuple[Shape, ...]
    dtype: str
    keeps_type: bool
    used_once: frozenset[int] | set[int]

    @property
    def shape(self) -> Shape:
        """Of its first output."""
        return self.shapes[0]

    def operand(self, graph: Graph, name: str) -> int:
        """A tensor that it was called with; a number as a node."""
        value = self.arguments[name]
        if isinstance(value, Ref):
            return value.operation
        return graph.full(value, ())  # type: ignore[arg-type]

    def operands(self, name: str) -> list[int]:
        """A list of tensors."""
        value = self.arguments[name]
        return [each.operation for each in value if isinstance(each, Ref)] if isinstance(value, tuple) else []

    @staticmethod
    def is_operand(value: Argument) -> bool:
        """Whether it is a tensor."""
        return isinstance(value, Ref)

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


#: the nodes of its outputs, or the one of its first; None where nothing simpler is known
Rule: TypeAlias = Callable[[Graph, Called], "int | tuple[int, ...] | None"]
#: by the name of torch's operator, without the underscore of those in place
Rules: TypeAlias = Mapping[str, Rule]

__all__ = ["Called", "Rule", "Rules", "Value"]
