"""What a traced forward does beside the layers that its print shows: the fact that a print alone never holds.

Must not compare: it knows one traced network, and that of the other nothing but its print is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from archdiff.diff.beside_forward import traces_of
from archdiff.diff.draft import of_places, root_place
from archdiff.diff.forward_nodes import word
from archdiff.infer import Sized
from archdiff.model.effects import Effect
from archdiff.model.facts import CODE
from archdiff.model.finding import Finding
from archdiff.model.message import message
from archdiff.model.network import UNKNOWN
from archdiff.model.trace import (
    GRADIENT,
    GRADIENT_HOOK,
    INPUT,
    OPAQUE,
    OWN_GRADIENT,
    ForwardTrace,
    Operation,
    Ref,
    refs,
)

FORWARD: Final = "forward"
#: operators that leave numbers in their order, which shapes show
_RESHAPES: Final = frozenset(
    {
        *("view", "_unsafe_view", "reshape", "_reshape_alias", "flatten", "unflatten", "squeeze", "unsqueeze"),
        *("clone", "contiguous", "alias", "detach", "lift_fresh", "_to_copy", "to"),
    }
)
#: what is recorded of a forward and computes nothing
_RECORDED: Final = frozenset({INPUT, OPAQUE, GRADIENT, GRADIENT_HOOK, OWN_GRADIENT})


def findings(candidate: Sized, reference: Sized) -> Iterator[Finding]:
    """One finding where one forward was traced, does more than run its layers in order, and the other is a print.

    Args:
        candidate: One network.
        reference: The other.
    """
    both = candidate, reference
    sides = [(side, other) for side, other in (both, both[::-1]) if traces_of(side) and not traces_of(other)]
    for traced, printed in sides:
        if printed.network.fact(CODE) is not None:
            return
        forward = _BesideLayers(traced)
        called = forward.calls_beside_layers()
        if not called and forward.runs_in_printed_order():
            return
        names = ("candidate", "reference") if traced is reference else ("reference", "candidate")
        words = tuple(
            message("called-often" if count > 1 else "called-once", name=name, times=count) for name, count in called
        )
        code = "forward-not-printed" if called else "order-not-printed"
        what = message(code, side=names[0], other=names[1], **({"names": words} if words else {}))
        places = root_place(candidate, UNKNOWN), root_place(reference, UNKNOWN)
        hint = "import archdiff; print(archdiff.snapshot(model))"
        yield of_places("AD701", Effect.UNKNOWN, what, "forward", [places], FORWARD, hint)


class _BesideLayers:
    """One traced forward beside its print."""

    def __init__(self, side: Sized) -> None:
        self._traces = traces_of(side)
        self._layers = [leaf.path for leaf in side.leaves]
        self._known = frozenset(self._layers)

    def calls_beside_layers(self) -> list[tuple[str, int]]:
        """Functions that modules around layers call on what comes in, and how often, the most frequent first.

        What a forward calls in training alone is among them; how often, each time that it is called in one mode.
        """
        found: Counter[str] = Counter()
        for trace in self._traces:
            found |= Counter(word(each.name) for each in self._beside(trace))
        return found.most_common()

    def _beside(self, trace: ForwardTrace) -> Iterator[Operation]:
        carried: set[int] = set()  # operations that an input leads to
        for number, each in enumerate(trace.operations):
            taken = {ref.operation for _, value in each.arguments for ref in refs(value)}
            if each.name == INPUT or not carried.isdisjoint(taken):
                carried.add(number)
                if each.name not in (_RESHAPES | _RECORDED) and not self._is_of_layer(each.path):
                    yield each

    def _is_of_layer(self, path: str) -> bool:
        while path and path not in self._known:
            path = path.rpartition(".")[0]
        return bool(path) or "" in self._known

    def runs_in_printed_order(self) -> bool:
        """Whether each layer takes what the one printed before it gives, and nothing else comes out."""
        return all(self._runs_in_order(trace) for trace in self._traces)

    def _runs_in_order(self, trace: ForwardTrace) -> bool:
        calls = sorted((each for each in trace.calls if each.path in self._known), key=lambda call: call.first)
        if [call.path for call in calls] != self._layers:
            return False
        given: list[Ref] = []
        for call in calls:
            taken = {self._source(trace, each) for each in call.inputs}
            if len(taken) != 1 or (given and taken != {*given}) or len(call.outputs) != 1:
                return False
            given = [self._source(trace, call.outputs[0])]
        return not given or [self._source(trace, each) for each in trace.outputs] == given

    def _source(self, trace: ForwardTrace, ref: Ref) -> Ref:
        """What a value is that was only reshaped by what runs around layers."""
        while True:
            operation = trace.operations[ref.operation]
            taken: Sequence[Ref] = [each for _, value in operation.arguments for each in refs(value)]
            if operation.name not in _RESHAPES or len(taken) != 1:
                return ref
            ref = taken[0]
