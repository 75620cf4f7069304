"""The traces of one or two live modules, as facts of their networks. Must not compare."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain
from typing import Final

from torch import nn

from archdiff.execute.live import example_inputs, global_state, importing
from archdiff.execute.live.tracing import Called, Given, Inputs, NotTracedError, trace
from archdiff.model.facts import NOT_TRACED, TRACES, Fact, Provenance
from archdiff.model.network import Network
from archdiff.model.trace import Trace

_MOST: Final = 12  # inputs that are tried
_LONGEST: Final = 90.0  # seconds, behind which no others are tried


def with_traces(
    networks: Sequence[Network],
    modules: Sequence[nn.Module],
    given: str = "",
    input_shape: tuple[int, ...] | None = None,
) -> list[Network]:
    """Networks with what their forwards do, in eval mode and in training.

    Args:
        networks: Prints of live modules.
        modules: The module of each.
        given: What they are called with: "input_ids:int64[1,16]"; found out by default.
        input_shape: Sizes of their one input without the batch, where these are given.

    Returns:
        The networks, with the traces as facts; where a forward cannot be traced, with the reason.
    """
    changes = global_state.Changes("tracing")
    with global_state.restored(changes, global_state.ALL):
        inputs, evaluation, why = _of_all(modules, given, input_shape)
        if inputs is None:
            facts = [Fact(NOT_TRACED, why, Provenance.TRACED)] * len(networks)
        else:
            training = [_training(module, inputs) for module in modules]
            both = zip(evaluation, training, strict=True)
            facts = [Fact(TRACES, tuple(filter(None, each)), Provenance.TRACED) for each in both]
    return [network._replace(facts=(*network.facts, fact)) for network, fact in zip(networks, facts, strict=True)]


def _of_all(
    modules: Sequence[nn.Module], given: str, input_shape: tuple[int, ...] | None
) -> tuple[Called | None, list[Trace], str]:
    """The first inputs that all of them take, with the traces; else why there are none."""
    why, tried = "", set[Called]()
    waiting = iter([example_inputs.read_inputs(given)]) if given else _tried(modules, input_shape)
    ends = time.monotonic() + _LONGEST
    while (inputs := next(waiting, None)) is not None and len(tried) < _MOST and time.monotonic() < ends:
        if isinstance(inputs, Inputs) and inputs in tried:
            continue
        tried.add(inputs if isinstance(inputs, Inputs) else Inputs(()))
        try:
            return inputs, [trace(module, inputs, training=False) for module in modules], ""
        except NotTracedError as error:
            why = why or str(error)
            if error.is_final:
                return None, [], str(error)
            if not given and isinstance(inputs, Inputs):
                more = (example_inputs.repaired(module, inputs, str(error)) for module in modules)
                waiting = chain(*more, waiting)
    unknown = ", ".join(dict.fromkeys(name for module in modules for name in example_inputs.unknown(module)))
    why = why or f"its forward takes {unknown or 'what nothing tells'}"
    return None, [], why if given else f"{why}; --inputs says what it is called with"


def _tried(modules: Sequence[nn.Module], input_shape: tuple[int, ...] | None) -> Iterator[Called]:
    """Inputs of each in turn, what modules say themselves first; by position where both take one."""
    for module in modules:
        made = importing.inputs_of(module)
        if made is not None:
            yield Given(*made)
    for module in modules:
        yield from example_inputs.of_module(module, input_shape)


def _training(module: nn.Module, inputs: Called) -> Trace | None:
    with suppress(NotTracedError):
        return trace(module, inputs, training=True)
    return None
