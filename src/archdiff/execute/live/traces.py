"""The traces of one or two live modules, as facts of their networks. Must not compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final

import torch
from torch import nn

from archdiff.execute.live import example_inputs, global_state
from archdiff.execute.live.tracing import Inputs, NotTraced, trace
from archdiff.model.errors import UsageError
from archdiff.model.facts import CALLED, NOT_TRACED, TRACES, Called, Fact, PackedTraces, Provenance
from archdiff.model.network import Network
from archdiff.model.trace import Trace

_MOST: Final = 8  # inputs that are tried


def with_traces(
    networks: Sequence[Network],
    modules: Sequence[nn.Module],
    given: str = "",
    input_shape: tuple[int, ...] | None = None,
    like: PackedTraces | None = None,
) -> list[Network]:
    """Networks with what their forwards do, in eval mode and in training.

    Args:
        networks: Prints of live modules.
        modules: The module of each.
        given: What they are called with: "input_ids:int64[1,16]"; found out by default.
        input_shape: Sizes of their one input without the batch, where these are given.
        like: Traces of a text that they are to be compared with: they are called as it says, and as nothing else.

    Returns:
        The networks, with the traces as facts; where a forward cannot be traced, with the reason.
    """
    changes = global_state.Changes("tracing")
    with global_state.restored(changes, global_state.ALL):
        found = _like(like) if like else [example_inputs.read_inputs(given)] if given else _tried(modules, input_shape)
        inputs, evaluation, why = _of_all(modules, found)
        called = ()
        if inputs is None:
            facts = [Fact(NOT_TRACED, why, Provenance.TRACED)] * len(networks)
        else:
            training = [_training(module, inputs) for module in modules]
            both = zip(evaluation, training, strict=True)
            facts = [Fact(TRACES, tuple(filter(None, each)), Provenance.TRACED) for each in both]
            called = (Fact(CALLED, Called(inputs.named, str(torch.__version__)), Provenance.TRACED),)
    both = zip(networks, facts, strict=True)
    return [network._replace(facts=(*network.facts, fact, *called)) for network, fact in both]


def _like(traces: PackedTraces) -> list[Inputs]:
    """The inputs of a text; none where this version of torch has no such dtype."""
    try:
        return [example_inputs.read_inputs(" ".join(traces.inputs))._replace(named=traces.called.by_name)]
    except UsageError:
        return []


def _of_all(modules: Sequence[nn.Module], found: Iterable[Inputs]) -> tuple[Inputs | None, list[Trace], str]:
    """The first inputs that all of them take, with the traces; else why there are none."""
    why = "nothing says what it is called with"
    for inputs in found:
        try:
            return inputs, [trace(module, inputs, training=False) for module in modules], ""
        except NotTraced as error:
            why = why if why[0] != "n" else str(error)
    return None, [], why


def _tried(modules: Sequence[nn.Module], input_shape: tuple[int, ...] | None) -> Iterator[Inputs]:
    """Inputs of each in turn, what modules say themselves first; by position where both take one."""
    found: dict[Inputs, None] = {}
    for module in modules:
        found.update(dict.fromkeys(example_inputs.of_module(module, input_shape)))
    yield from [*found][:_MOST]


def _training(module: nn.Module, inputs: Inputs) -> Trace | None:
    with suppress(NotTraced):
        return trace(module, inputs, training=True)
    return None
