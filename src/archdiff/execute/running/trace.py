"""A trace of what the layers of one network did in one forward. Must not judge or compare."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor, nn

from archdiff.execute.building.refusals import LIVE
from archdiff.execute.building.stand_ins import InOrder
from archdiff.execute.live import exceptions
from archdiff.execute.live.global_state import ALL, UNSEEDED, restored
from archdiff.execute.runnable import Runnable
from archdiff.model.errors import BuildError
from archdiff.semantics.kinds import Trait

_UNLIKELY: Final = 2_147_480_021  # a seed that no forward sets, so that one which sets the seed is seen
_SAID: Final = 200  # characters of what torch says of a layer that cannot run


class LayerCall(NamedTuple):
    """One call of a leaf. `output` is its first tensor, None where it gives none."""

    path: str
    number: int  # of the calls of this leaf, from 0
    output: Tensor | None
    positive: int | None  # numbers above zero in the input of the sample that has the fewest


@dataclass(slots=True)
class Trace:
    """What one forward did, in the order in which layers returned."""

    calls: list[LayerCall] = field(default_factory=list)
    input: Tensor | None = None
    output: Any = None


#: called before a leaf runs, with its path and the number of the call
Before = Callable[[str, int], None]


def forward(
    network: Runnable, x: Tensor, training: bool, before: Before | None = None, gradients: bool = False
) -> Trace:
    """One forward of the whole network; outputs are copies, because layers may work in place.

    Args:
        network: which runs.
        x: (batch, ...) as it takes it.
        training: the mode.
        before: called before each leaf runs, with its path and the number of the call.
        gradients: whether those of the output can be taken, to the weights and to the `input` of the trace.

    Raises:
        BuildError: names the layer that cannot take what comes in.
    """
    taken = x.clone().requires_grad_(gradients and x.is_floating_point())
    trace, running = Trace(input=taken), _Running()
    network.module.train(training)
    with ExitStack() as stack:
        if network.changes is not None:
            if before is None:
                stack.enter_context(torch.random.fork_rng([]))
                torch.default_generator.manual_seed(_UNLIKELY)
            stack.enter_context(restored(network.changes, UNSEEDED if before is not None else ALL))
        stack.enter_context(torch.set_grad_enabled(gradients))
        stack.enter_context(warnings.catch_warnings(action="ignore"))  # a note says what was assumed
        for paths, module in _by_module(network):
            picks = network.leaves[paths[0]].has(Trait.PICKS_WINNERS)
            stack.enter_context(_hooked(module, paths, picks, trace, running, before))
        try:
            given = taken.clone()
            trace.output = network.module(given)
            _see_in_place(network, taken, given)
        except BaseException as error:  # a user's forward raises whatever it likes
            if not exceptions.is_foreign(error):
                raise
            raise _cannot_run(network, running, error) from None
    return trace


def _see_in_place(network: Runnable, taken: Tensor, given: Tensor) -> None:
    """The other side gets an input of its own."""
    if network.changes is not None and not (given.is_meta or torch.equal(taken.detach(), given.detach())):
        network.changes.add("changes its input in place; the other network gets it unchanged")


class _Running:
    """The leaf that runs, for errors."""

    path: str | None = None
    shape: tuple[int, ...] = ()


def _by_module(network: Runnable) -> list[tuple[list[str], nn.Module]]:
    """A module that is registered twice prints twice."""
    found: dict[int, tuple[list[str], nn.Module]] = {}
    for leaf in network.sized.leaves:
        module = network.modules.get(leaf.path)
        if module is not None:
            found.setdefault(id(module), ([], module))[0].append(leaf.path)
    return list(found.values())


@contextmanager
def _hooked(
    module: nn.Module, paths: list[str], picks: bool, trace: Trace, running: _Running, before: Before | None
) -> Iterator[None]:
    calls = 0
    fewest: list[int | None] = []

    def enter(_: nn.Module, arguments: tuple[Any, ...]) -> None:
        path, number = paths[calls % len(paths)], calls // len(paths)
        given = tensors(arguments)
        running.path, running.shape = path, tuple(given[0].shape) if given else ()
        fewest.append(_fewest_positive(given[0]) if given and picks else None)
        if before is not None:
            before(path, number)

    def leave(_: nn.Module, __: tuple[Any, ...], output: Any) -> None:
        nonlocal calls
        path, number = paths[calls % len(paths)], calls // len(paths)
        calls += 1
        made = tensors(output)
        trace.calls.append(LayerCall(path, number, made[0].detach().clone() if made else None, fewest.pop()))
        running.path = None

    handles = module.register_forward_pre_hook(enter), module.register_forward_hook(leave)
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _fewest_positive(x: Tensor) -> int | None:
    """Of the sample that has the fewest: (batch, ...) -> count."""
    return None if x.is_meta or not len(x) else int((x > 0).flatten(1).count_nonzero(1).min())


def tensors(value: Any) -> list[Tensor]:
    """All tensors in what a module gives or takes, in order: (output, (hidden, cell)), {"logits": ...}, a dataclass."""
    if isinstance(value, Tensor):
        return [value]
    return [each for each in all_elements(value) if isinstance(each, Tensor)]


def all_elements(value: Any) -> Iterator[Any]:
    """A value and all that is in it, in order; a list that holds itself is opened once."""
    waiting, opened = [value], set[int]()
    while waiting:
        current = waiting.pop()
        yield current
        if not isinstance(current, Tensor) and id(current) not in opened:
            opened.add(id(current))
            waiting += reversed(elements(current))


def elements(value: Any) -> Sequence[Any]:
    """What a collection holds; nothing where it is none."""
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, tuple | list):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, each.name) for each in fields(value)]
    return ()


def _cannot_run(network: Runnable, running: _Running, error: BaseException) -> BuildError:
    text = exceptions.first_line(error) if isinstance(error, Exception) else ""
    text = text or f"its forward raises {exceptions.describe(error)}"
    text = text if len(text) <= _SAID else text[:_SAID] + " ..."
    source = network.sized.network.source
    if running.path is None:
        file, line, shown = exceptions.location(error)
        if file:
            message = f"{source}: the {network.name} cannot run: its forward raises {exceptions.describe(error)}"
            return BuildError(message, source=file, line=line, line_text=shown)
        where = f"the {network.name} cannot run: {text}"
        return BuildError(
            where, source=source, way_out="--input-shape gives the size of the input, without the batch: 1,32,32"
        )
    leaf = network.leaves.get(running.path)
    taken = any(isinstance(part, InOrder) for part in network.module.modules())
    mend = LIVE if taken else "correct the layer or the one before it"
    shape = "x".join(map(str, running.shape[1:])) or "nothing"
    name = leaf.layer.class_name if leaf else ""
    return BuildError(
        f"{running.path or 'the network'} ({name}) of the {network.name} cannot take {shape}: {text}",
        source=source,
        line=leaf.line if leaf else 0,
        way_out=f"{mend}; --input-shape gives the size of the input, without the batch",
    )
