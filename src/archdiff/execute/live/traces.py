"""The traces of one or two live modules, as facts of their networks. Must not compare."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from itertools import chain, takewhile
from typing import Final

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from archdiff.execute.live import code, example_inputs, global_state, importing
from archdiff.execute.live.tensors import tensors
from archdiff.execute.live.tracing import Called, Given, Inputs, NotTracedError, trace
from archdiff.model.errors import UsageError
from archdiff.model.facts import (
    BY_NAME,
    BY_POSITION,
    CALLED,
    CODE,
    NOT_TRACED,
    OWN,
    TRACES,
    Fact,
    HowCalled,
    Provenance,
)
from archdiff.model.network import Network
from archdiff.model.trace import ForwardTrace, are_the_same_inputs

_MOST: Final = 12  # inputs that are tried
_LONGEST: Final = 90.0  # seconds, behind which no others are tried


def with_traces(
    networks: Sequence[Network],
    modules: Sequence[nn.Module],
    given: str = "",
    input_shape: tuple[int, ...] | None = None,
    like: Network | None = None,
) -> list[Network]:
    """Networks with what their forwards do, in eval mode and in training.

    Args:
        networks: Prints of live modules.
        modules: The module of each.
        given: What they are called with: "input_ids:int64[1,16]"; found out by default.
        input_shape: Sizes of their one input without the batch, where these are given.
        like: A text with traces that they are to be compared with: they are called as it says, and as nothing else.

    Returns:
        The networks, with the traces as facts; where a forward cannot be traced, with the reason.
    """
    codes = map(_code, modules)
    networks = [_with(network, code) for network, code in zip(networks, codes, strict=True)]
    changes = global_state.Changes("tracing")
    with global_state.restored(changes, global_state.ALL):
        found = _like(like, modules) if like else _found(modules, given, input_shape)
        inputs, evaluation, why = _of_all(modules, found, repairs=not (given or like), shape=input_shape)
        if inputs is None:
            return [_with(network, Fact(NOT_TRACED, why, Provenance.TRACED)) for network in networks]
        modes = [evaluation, *_more(modules, inputs, evaluation, like)]
    called = Fact(CALLED, _how(inputs), Provenance.TRACED)
    traces = [tuple(takewhile(bool, each)) for each in zip(*modes, strict=True)]
    both = zip(networks, traces, strict=True)
    return [_with(network, Fact(TRACES, made, Provenance.TRACED), called) for network, made in both]


def _code(module: nn.Module) -> Fact:
    """Which code a module runs, as far as it stands in classes that are not torch's."""
    found = sha256()
    for words in code.of_module(module):
        found.update(words.encode())
    return Fact(CODE, found.hexdigest()[:16], Provenance.TRACED)


def _with(network: Network, *facts: Fact) -> Network:
    return network._replace(facts=(*network.facts, *facts))


def _how(inputs: Called) -> HowCalled:
    """How a module was called, for a text."""
    version = str(torch.__version__)
    if isinstance(inputs, Inputs):
        return HowCalled(BY_NAME if inputs.named else BY_POSITION, version, inputs.plain)
    are_plain = all(isinstance(each, Tensor) for each in (*inputs.args, *inputs.kwargs.values()))
    if not are_plain or (inputs.args and inputs.kwargs):
        return HowCalled(OWN, version)
    return HowCalled(BY_NAME if inputs.kwargs else BY_POSITION, version)


def _found(modules: Sequence[nn.Module], given: str, input_shape: tuple[int, ...] | None) -> Iterable[Called]:
    return [example_inputs.read_inputs(given)] if given else _tried(modules, input_shape)


def _like(text: Network, modules: Sequence[nn.Module]) -> Iterator[Called]:
    """The inputs of a text: as the modules make them themselves, else as the text has them."""
    words, fact = _traces(text)[0].inputs, text.fact(CALLED)
    called = fact.value if fact is not None and isinstance(fact.value, HowCalled) else HowCalled(OWN, "")
    tried = [*_tried(modules, None)]
    yield from (each for each in tried if each.words() == words and _how(each)[::2] == called[::2])
    if called.way != OWN:
        tensors = " ".join(words[: len(words) - len(called.plain)])
        with suppress(UsageError):  # a dtype that this version of torch has not
            own = example_inputs.read_inputs(tensors)._replace(named=called.way == BY_NAME, plain=called.plain)
            yield own
            yield from _renamed(own, tried)
    yield from (each for each in tried if are_the_same_inputs(each.words(), words))


def _renamed(own: Inputs, tried: Sequence[Called]) -> Iterator[Inputs]:
    """One tensor as modules call it themselves, and by position."""
    if len(own.tensors) != 1:
        return
    ((_, dtype, shape),) = own.tensors
    for each in tried:
        if isinstance(each, Inputs) and [kind for _, kind, _ in each.tensors] == [dtype]:
            yield own._replace(tensors=((each.tensors[0][0], dtype, shape),), named=each.named)
    yield own._replace(named=False)


def _traces(network: Network) -> tuple[ForwardTrace, ...]:
    return tuple(each for each in network.rows(TRACES) if isinstance(each, ForwardTrace))


def _of_all(
    modules: Sequence[nn.Module], found: Iterable[Called], repairs: bool, shape: tuple[int, ...] | None
) -> tuple[Called | None, list[ForwardTrace], str]:
    """The first inputs that all of them take, with the traces; else why there are none."""
    why, tried = "", set[Called]()
    waiting = iter(found)
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
            if repairs and isinstance(inputs, Inputs):
                waiting = chain(_repaired(modules, inputs, str(error), shape), waiting)
    unknown = ", ".join(dict.fromkeys(name for module in modules for name in example_inputs.unknown(module)))
    why = why or f"its forward takes {unknown or 'what nothing tells'}"
    return None, [], f"{why}; --inputs says what it is called with" if repairs else why


def _repaired(
    modules: Sequence[nn.Module], inputs: Inputs, why: str, shape: tuple[int, ...] | None
) -> Iterator[Inputs]:
    """With what a forward says it lacks; the first of them has the shape that is given."""
    for module in modules:
        for each in example_inputs.repaired(module, inputs, why):
            yield example_inputs.of_shape(each, shape) if shape else each


def _tried(modules: Sequence[nn.Module], input_shape: tuple[int, ...] | None) -> Iterator[Called]:
    """Inputs of each in turn: what factories give, else what modules say; by position where both take one.

    Raises:
        UsageError: A factory gives inputs of another shape than that which is given.
    """
    given = [Given(*made) for made in map(importing.inputs_of, modules) if made is not None]
    for made in given if input_shape else ():
        if not any(each.shape[1:] == input_shape for each in tensors([list(made.args), dict(made.kwargs)])):
            message = f"--input-shape {','.join(map(str, input_shape or ()))}: a factory gives {' '.join(made.words())}"
            raise UsageError(message, way_out="leave --input-shape out, or let the factory return the module alone")
    for made in given:
        yield from _with_two_samples(made)
    for module in modules if not given else ():  # what somebody says is not replaced in silence
        for each in example_inputs.of_module(module, input_shape):
            yield from _with_two_samples(each)


def _with_two_samples(given: Called) -> Iterator[Called]:
    """A batch of one hides what mixes samples: the same sample twice first, then what was given."""
    if isinstance(given, Inputs):
        shapes = [shape for _, _, shape in given.tensors]
    else:
        shapes = [tuple(each.shape) for each in tensors([list(given.args), given.kwargs])]
    if shapes and all(each[:1] == (1,) for each in shapes):
        yield _doubled(given)
    yield given


def _doubled(given: Called) -> Called:
    if isinstance(given, Inputs):
        return given._replace(tensors=tuple((name, dtype, (2, *shape[1:])) for name, dtype, shape in given.tensors))
    both = (given.args, dict(given.kwargs))
    return Given(*tree_map(lambda each: torch.cat((each, each)) if isinstance(each, Tensor) else each, both))


def _more(
    modules: Sequence[nn.Module], inputs: Called, evaluation: list[ForwardTrace], like: Network | None
) -> Iterator[list[ForwardTrace | None]]:
    """Traces of training; of two calls in both modes, where something is kept for the second."""
    training = [_traced_too(module, inputs, training=True) for module in modules]
    yield training
    known = (each for each in (*evaluation, *training, *(_traces(like) if like else ())) if each is not None)
    if any(each.remembers for each in known):
        for mode in (False, True):
            yield [_traced_too(module, inputs, mode, times=2) for module in modules]


def _traced_too(module: nn.Module, inputs: Called, training: bool, times: int = 1) -> ForwardTrace | None:
    with suppress(NotTracedError):
        return trace(module, inputs, training, times)
    return None
