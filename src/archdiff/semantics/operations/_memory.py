"""Which tensors of a trace share memory and where they lie in it, and how often what was computed is taken.

Must not know what is in the memory: `_reading` makes nodes of that.
"""

from __future__ import annotations

from collections import Counter
from typing import Final, NamedTuple

from archdiff.model.network import Value
from archdiff.model.trace import Argument, ForwardTrace, Operation, Ref, refs
from archdiff.semantics.operations import views
from archdiff.semantics.operations._call import Called
from archdiff.semantics.operations._graph import Graph
from archdiff.semantics.operations._strides import Strides, merged

#: operators whose outputs lie in the memory of what they are called with
_VIEWS: Final = frozenset(
    {
        *("alias", "detach", "view", "_unsafe_view", "_reshape_alias", "unsqueeze", "squeeze", "permute", "transpose"),
        *("t", "expand", "slice", "select", "split", "split_with_sizes", "unbind", "lift_fresh", "view_as"),
    }
)
#: the same, in places that strides do not tell
_ODD_VIEWS: Final = frozenset(
    {"as_strided", "diagonal", "unfold", "view_as_real", "view_as_complex", "real", "imag", "_conj", "_neg_view"}
)
#: what gives the same numbers in other places, and counts as no use of them
_MOVES: Final = _VIEWS | {"clone", "contiguous", "reshape", "flatten"}
_WRITES_THROUGH: Final = "written_through"


class MemoryPlaces(NamedTuple):
    """Where two tensors lie in one memory.

    Attributes:
        own: Of the first.
        other: Of the second.
    """

    own: Value
    other: Value


class Memory:
    """The memory of each tensor: of a view, that of what it views."""

    def __init__(self, trace: ForwardTrace) -> None:
        self._operations = trace.operations
        self._shadow = Graph()
        self._known: dict[Ref, int] = {}
        self._unknown = 0  # writes of which no view tells where
        #: operations that work in place, as far as others share the memory
        self._in_place = {
            _tensor(each, "written").operation for each in trace.operations if each.name == _WRITES_THROUGH
        }

    def places(self, operation: Operation) -> MemoryPlaces:
        """Where a tensor lies in the memory that it shares with what was written, from its own first number on.

        Args:
            operation: Of the trace, which says that one was written through another.
        """
        arguments = dict(operation.arguments)
        own, other = _tensor(operation, "self"), _tensor(operation, "written")
        noted = arguments.get("places")  # offset, strides and sizes of both, where the trace has them
        if isinstance(noted, tuple):
            both = [(_parts(each), each[0]) for each in noted if isinstance(each, tuple)]
        else:
            bases = [self._shadow.viewed(self._of(each)) for each in (own, other)]
            if bases[0][0] != bases[1][0]:
                self._unknown += 1  # in the order in which they were written
                return MemoryPlaces(("unknown", self._unknown), self._chain(other))
            both = [(strides, offset) for _, strides, offset in bases]
        (strides, first), (others, second) = both
        return MemoryPlaces((strides, 0), (others, int(second) - int(first)))  # type: ignore[arg-type]

    def _of(self, ref: Ref) -> int:
        """What stands for its place; of what was made before comes first."""
        chain = [ref]
        while chain[-1] not in self._known and (below := self._source(chain[-1])) is not None:
            chain.append(below)
        for each in reversed(chain):
            if each not in self._known:
                self._known[each] = self._place(each)
        return self._known[ref]

    def _source(self, ref: Ref) -> Ref | None:
        """The tensor whose memory it shares by what it was made with."""
        operation = self._operations[ref.operation]
        if operation.name in _VIEWS or operation.name == _WRITES_THROUGH or ref.operation in self._in_place:
            return next((each for _, argument in operation.arguments for each in refs(argument)), None)
        return None

    def _place(self, ref: Ref) -> int:
        operation, source = self._operations[ref.operation], self._source(ref)
        if source is None:
            shape = operation.shapes[ref.output] if ref.output < len(operation.shapes) else ()
            return self._shadow.node("memory", (ref.operation, ref.output), (), shape)
        if operation.name not in _VIEWS:
            return self._known[source]
        arguments = {
            name: Ref(self._known[source]) if value == source else value for name, value in operation.arguments
        }
        call = Called(operation.name, arguments, operation.shapes, operation.dtype, (operation.dtype,), frozenset())
        made = views.RULES[operation.name](self._shadow, call)
        return made[ref.output] if isinstance(made, tuple) else made or 0

    def _chain(self, ref: Ref) -> Value:
        """The views by which it was made, where strides do not tell."""
        found: list[Value] = []
        while True:
            operation = self._operations[ref.operation]
            source = self._source(ref)
            if source is None and operation.name in _ODD_VIEWS:
                source = next(each for _, argument in operation.arguments for each in refs(argument))
            if source is None:
                return tuple(found)
            if ref.operation not in self._in_place and operation.name != _WRITES_THROUGH:
                settings = [(name, value) for name, value in operation.arguments if not [*refs(value)]]
                found.append((operation.name, tuple(settings), ref.output))
            ref = source


def _parts(noted: tuple[Argument, ...]) -> Strides:
    """Strides with sizes."""
    _, strides, sizes = noted
    return merged(tuple(zip(strides, sizes, strict=True)))  # type: ignore[arg-type]


def _tensor(operation: Operation, name: str) -> Ref:
    value = dict(operation.arguments)[name]
    assert isinstance(value, Ref)
    return value


def used_once(trace: ForwardTrace) -> frozenset[Ref]:
    """Tensors whose numbers one operation alone takes, among those that lead to an output; views are no use.

    Args:
        trace: Of one forward.
    """
    operations = trace.operations
    live: set[int] = set()
    stack = [each.operation for each in trace.outputs]
    while stack:
        number = stack.pop()
        if number not in live:
            live.add(number)
            stack += [ref.operation for _, argument in operations[number].arguments for ref in refs(argument)]
    origins: dict[Ref, Ref] = {}
    users: Counter[Ref] = Counter(trace.outputs)
    for number, operation in enumerate(operations):
        given = [ref for _, argument in operation.arguments for ref in refs(argument)]
        if operation.name in _MOVES and given:
            for index in range(len(operation.shapes)):
                origins[Ref(number, index)] = origins.get(given[0], given[0])
        elif number in live:
            users.update(origins.get(ref, ref) for ref in given)
    for ref in trace.outputs:
        if ref in origins:
            users[origins[ref]] += 1
    everything = {ref for each in operations for _, argument in each.arguments for ref in refs(argument)}
    return frozenset(ref for ref in everything if users[origins.get(ref, ref)] == 1)
