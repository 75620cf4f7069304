"""In which order the modules of a traced network run, by what takes what.

Where nothing but a sum or a product joins two branches, the longer one comes first, so that two networks which compute
the same have one order, whichever of the branches either of them runs, prints or adds first. Knows one network.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from archdiff.model.trace import INPUT, PARAMETER, TENSOR, ForwardTrace, Operation, refs

_VALUES: Final = (INPUT, PARAMETER, TENSOR)
_IN_ANY_ORDER: Final = ("add", "mul")  # takes two values, whichever comes first
_BEHIND: Final = 0.5  # what a module takes that does nothing


class _Depth(NamedTuple):
    """The longest way from an input to a value."""

    weights: int  # operations that take one
    operations: int


def run_order(trace: ForwardTrace) -> dict[str, float]:
    """A number for each module that ran, which rises along the forward.

    Of what has weights its first call counts, of what has none its last one: one ReLU for many is declared behind them.

    Args:
        trace: What one forward did.
    """
    places = {number: place for place, number in enumerate(_along(trace))}
    weighted = _with_holders(each.path for each in trace.operations if each.name == PARAMETER)
    called = {call.path for call in trace.calls}
    last = {call.path: call for call in trace.calls if call.path not in weighted}
    found: dict[str, float] = {}
    for call in trace.calls:
        if call.path in last and call is not last[call.path]:
            continue
        inside = [places[each] for each in range(call.first, call.end) if each in places]
        before = [places[each.operation] + _BEHIND for each in call.inputs if each.operation in places]
        if not (inside or before):
            continue
        place = max([*before, *sorted(inside)[:1]])  # behind all that it takes, whenever it takes that
        for path in (call.path, *_lists_around(call.path, called)):
            found[path] = min(place, found.get(path, place))
    return found


def _lists_around(path: str, called: Container[str]) -> Iterator[str]:
    """The containers around a module, up to the next one that is called itself; a list of modules never is."""
    path = path.rpartition(".")[0]
    while path and path not in called:
        yield path
        path = path.rpartition(".")[0]


def _with_holders(paths: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for each in paths:
        path = each
        while path and path not in found:
            found.add(path)
            path = path.rpartition(".")[0]
    return found


def _along(trace: ForwardTrace) -> Iterator[int]:
    """Numbers of all operations that lead to what comes out, each behind what it takes."""
    depths = _depths(trace)
    met: set[int] = set()
    stack = [(each.operation, False) for each in reversed(trace.outputs)]
    while stack:
        number, is_done = stack.pop()
        if is_done:
            yield number
        elif number not in met and trace.operations[number].name not in _VALUES:
            met.add(number)
            stack.append((number, True))
            taken = _taken(trace.operations[number])
            if trace.operations[number].name in _IN_ANY_ORDER:
                taken.sort(key=lambda each: (depths[each], -each), reverse=True)
            stack += [(each, False) for each in reversed(taken)]


def _taken(operation: Operation) -> list[int]:
    return [each.operation for _, value in operation.arguments for each in refs(value)]


def _depths(trace: ForwardTrace) -> Mapping[int, _Depth]:
    found: dict[int, _Depth] = {}
    for number, operation in enumerate(trace.operations):
        taken = _taken(operation)
        before = [found[each] for each in taken if each < number] or [_Depth(0, 0)]
        takes_weights = any(trace.operations[each].name == PARAMETER for each in taken)
        is_value = operation.name in _VALUES
        found[number] = _Depth(
            max(each.weights for each in before) + takes_weights,
            max(each.operations for each in before) + (not is_value),
        )
    return found
