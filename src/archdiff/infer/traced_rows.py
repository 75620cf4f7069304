"""What a traced forward tells of a network that its print does not: how deep it is, and where its norms stand.

Works on a trace alone, in one pass over its operations. Must not know kinds of layers: which have weights or normalize
is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Final

from archdiff.model.trace import ForwardTrace, ModuleCall, Ref, refs

_SUM: Final = "add"  # of what goes round a block and what it computed


def traced_rows(trace: ForwardTrace, weighted: Collection[str], norms: Collection[str]) -> Iterator[tuple[str, str]]:
    """Rows of a fact sheet.

    Args:
        trace: Of the forward in eval mode.
        weighted: Paths of the convolutions and linear layers.
        norms: Paths of the norms.
    """
    if longest := longest_path(trace, weighted):
        yield "longest path", f"{longest:,} convolutions and linear layers"
    found = Counter(norm_placements(trace, norms))
    yield "norm placement", ", ".join(f"{each} ({count:,})" for each, count in found.most_common())


def longest_path(trace: ForwardTrace, weighted: Collection[str]) -> int:
    """How many layers with weights stand on the way from an input to an output that has the most of them.

    Args:
        trace: Of the forward.
        weighted: Paths of the layers that count.
    """
    ends: dict[int, list[ModuleCall]] = {}
    for call in trace.calls:
        if call.path in weighted:
            for ref in call.outputs:
                ends.setdefault(ref.operation, []).append(call)
    behind: list[int] = []
    for number, operation in enumerate(trace.operations):
        taken = [behind[ref.operation] for _, argument in operation.arguments for ref in refs(argument)]
        behind.append(max(taken, default=0) + sum(call.first <= number < call.end for call in ends.get(number, ())))
    return max((behind[ref.operation] for ref in trace.outputs), default=0)


def norm_placements(trace: ForwardTrace, norms: Collection[str]) -> Iterator[str]:
    """`pre` or `post` for each call of a norm that stands beside a residual connection.

    `pre`: what it takes goes on beside it. `post`: it takes a sum, and what it gives goes on in two ways. The last norm
    of a network is neither.

    Args:
        trace: Of the forward.
        norms: Paths of the norms.
    """
    takers: dict[Ref, list[int]] = {}
    for number, operation in enumerate(trace.operations):
        for _, argument in operation.arguments:
            for ref in refs(argument):
                takers.setdefault(ref, []).append(number)
    for call in trace.calls:
        if call.path not in norms or not call.inputs or not call.outputs:
            continue
        taken, given = call.inputs[0], call.outputs[0]
        beside = [each for each in takers.get(taken, ()) if not call.first <= each < call.end]
        behind = [each for each in takers.get(given, ()) if not call.first <= each < call.end]
        if beside:
            yield "pre"
        elif len(behind) > 1 and trace.operations[taken.operation].name == _SUM:
            yield "post"
