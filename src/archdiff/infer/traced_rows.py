"""What a traced forward tells of a network that its print does not: how deep it is, and where its norms stand.

Works on a trace alone, in one pass over its operations. Must not know kinds of layers: which have weights or normalize
is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from archdiff.model.trace import PARAMETER, ForwardTrace, ModuleCall, Operation, Ref, refs

PRE, POST, LAST = "pre", "post", "last"
_SUM: Final = "add"  # of what goes round a block and what it computed
_BETWEEN: Final = 4  # operations between what a norm gives and the sum that it goes round to
#: activations and dropouts, as torch's operators are called
_FUNCTIONS: Final = frozenset(
    {
        *(
            "relu",
            "gelu",
            "silu",
            "mish",
            "leaky_relu",
            "elu",
            "selu",
            "celu",
            "prelu",
            "rrelu",
            "softplus",
            "softsign",
        ),
        *("hardswish", "hardsigmoid", "hardtanh", "sigmoid", "log_sigmoid", "tanh", "glu"),
        *("dropout", "native_dropout", "alpha_dropout", "feature_dropout", "bernoulli"),
    }
)
#: what multiplies by a matrix
_PRODUCTS: Final = ("mm", "addmm", "bmm", "baddbmm", "mv", "addmv", "matmul", "linear")


def traced_rows(
    trace: ForwardTrace, weighted: Collection[str], attentions: Collection[str], norms: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Rows of a fact sheet.

    Args:
        trace: Of the forward in eval mode.
        weighted: Paths of the convolutions and linear layers.
        attentions: Paths of the attentions that multiply by projections of their own.
        norms: Paths of the norms.
    """
    if longest := longest_path(trace, weighted, attentions):
        yield "longest path", f"{longest:,} convolutions and linear layers"
    found = Counter(placement for _, placement in norm_placements(trace, norms) if placement != LAST)
    yield "norm placement", ", ".join(f"{each} ({count:,})" for each, count in found.most_common())


def functions(traces: Iterable[ForwardTrace], layers: Collection[str]) -> str:
    """Which activations and dropouts forwards call as functions, and how often: no layer of a print shows them.

    Args:
        traces: In eval mode and in training, where dropouts run.
        layers: Paths of the layers: what runs in one is that layer.
    """
    found: Counter[str] = Counter()
    for trace in traces:
        called = (each.name for each in trace.operations if each.name in _FUNCTIONS and not _is_in(each.path, layers))
        found |= Counter(called)
    return ", ".join(f"{each} ({count:,})" for each, count in found.most_common())


def _is_in(path: str, layers: Collection[str]) -> bool:
    while path and path not in layers:
        path = path.rpartition(".")[0]
    return path in layers


def longest_path(trace: ForwardTrace, weighted: Collection[str], attentions: Collection[str]) -> int:
    """How many layers with weights stand on the way from an input to an output that has the most of them.

    Args:
        trace: Of the forward.
        weighted: Paths of the layers that count.
        attentions: Paths of those that multiply by projections without calling a layer: each product counts.
    """
    ends: dict[int, list[ModuleCall]] = {}
    weights: set[int] = set()
    for call in trace.calls:
        if call.path in weighted:
            for ref in call.outputs:
                ends.setdefault(ref.operation, []).append(call)
    behind: list[int] = []
    for number, operation in enumerate(trace.operations):
        taken = [behind[ref.operation] for _, argument in operation.arguments for ref in refs(argument)]
        is_projection = operation.path in attentions and _is_projection(operation, weights)
        own = sum(call.first <= number < call.end for call in ends.get(number, ())) + is_projection
        behind.append(max(taken, default=0) + own)
        made_of = _are_weights(operation, weights)
        if operation.name == PARAMETER or (made_of and all(made_of)):  # rows of a weight, the same transposed
            weights.add(number)
    return max((behind[ref.operation] for ref in trace.outputs), default=0)


def _is_projection(operation: Operation, weights: Collection[int]) -> bool:
    """Whether it multiplies by a weight, or by rows of one."""
    taken = _are_weights(operation, weights)
    return operation.name in _PRODUCTS and any(taken) and not all(taken)


def _are_weights(operation: Operation, weights: Collection[int]) -> list[bool]:
    return [ref.operation in weights for _, argument in operation.arguments for ref in refs(argument)]


def norm_placements(trace: ForwardTrace, norms: Collection[str]) -> Iterator[tuple[str, str]]:
    """Where each norm stands beside a residual connection: its path for each call, with one of three words.

    `PRE`: what it takes goes on beside it. `POST`: it takes a sum, and what it gives goes on in two ways, one of which
    leads to a sum with nothing else between. `LAST`: it takes a sum, and is neither, as the last norm of a network or
    of an encoder whatever the placement of the others is.

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
            yield call.path, PRE
        elif trace.operations[taken.operation].name == _SUM:
            goes_round = len(behind) > 1 and any(_leads_to_a_sum(trace, takers, each) for each in behind)
            yield call.path, POST if goes_round else LAST


def _leads_to_a_sum(trace: ForwardTrace, takers: Mapping[Ref, Sequence[int]], number: int) -> bool:
    """Whether an operation is a sum, or moves or scales what a sum takes."""
    for _ in range(_BETWEEN):
        operation = trace.operations[number]
        if operation.name == _SUM:
            return True
        behind = takers.get(Ref(number), ())
        if len(behind) != 1 or sum(1 for _, argument in operation.arguments for _ in refs(argument)) > 1:
            return False
        number = behind[0]
    return False
