"""A trace of what the layers of one network did in one forward. Must not judge or compare."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from archdiff.execute.building.refusals import LIVE
from archdiff.execute.building.stand_ins import InOrder
from archdiff.execute.live import exceptions, importing
from archdiff.execute.live.global_state import ALL, UNSEEDED, restored
from archdiff.execute.live.tensors import tensors
from archdiff.execute.runnable import Runnable
from archdiff.execute.running.arguments import Arguments
from archdiff.model.errors import BuildError
from archdiff.semantics.kinds import Trait

_UNLIKELY: Final = 2_147_480_021  # a seed that no forward sets, so that one which sets the seed is seen
_SHOWN: Final = 200  # characters of what torch says of a layer that cannot run


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
    inputs: dict[str, Tensor] = field(default_factory=dict)  # real numbers that went in, by what they are called
    output: Any = None
    running: str | None = None  # the leaf that runs, for errors
    shape: tuple[int, ...] = ()  # of what went into it


#: called before a leaf runs, with its path and the number of the call
Before = Callable[[str, int], None]


def forward(
    network: Runnable, x: Arguments, training: bool, before: Before | None = None, gradients: bool = False
) -> Trace:
    """One forward of the whole network; outputs are copies, because layers may work in place.

    Args:
        network: which runs.
        x: what it takes, the batch first.
        training: the mode.
        before: called before each leaf runs, with its path and the number of the call.
        gradients: whether those of the output can be taken, to the weights and to the `inputs` of the trace.

    Raises:
        BuildError: names the layer that cannot take what comes in.
    """
    taken = x.mapped(lambda each: each.clone().requires_grad_(gradients and each.is_floating_point()))
    trace = Trace(inputs=_named(taken))
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
            for hook in _watched(module, paths, picks, trace, before):
                stack.enter_context(hook)
        try:
            passed = taken.mapped(Tensor.clone)
            trace.output = network.module(*passed.args, **passed.kwargs)
            if network.changes is not None and not _equal(taken, passed):
                network.changes.add("changes its input in place; the other network gets it unchanged")
        except BaseException as error:  # a user's forward raises whatever it likes
            if not exceptions.is_foreign(error):
                raise
            raise _cannot_run(network, trace, error) from None
    return trace


def _named(taken: Arguments) -> dict[str, Tensor]:
    """Real numbers that go in: one is the input, several have a number or the name of the argument."""
    held: list[tuple[str, Any]] = [(f"input {number}", each) for number, each in enumerate(taken.args, 1)]
    held += [(f"input {name}", each) for name, each in taken.kwargs.items()]
    found = {name: each for name, value in held for each in tensors(value) if each.is_floating_point()}
    return {"the input": next(iter(found.values()))} if len(taken.tensors) == len(found) == 1 else found


def _equal(taken: Arguments, passed: Arguments) -> bool:
    both = zip(taken.tensors, passed.tensors, strict=True)
    return all(b.is_meta or torch.equal(a.detach(), b.detach()) for a, b in both)


def _by_module(network: Runnable) -> list[tuple[list[str], nn.Module]]:
    """A module that is registered twice prints twice."""
    found: dict[int, tuple[list[str], nn.Module]] = {}
    for leaf in network.sized.leaves:
        module = network.modules.get(leaf.path)
        if module is not None:
            found.setdefault(id(module), ([], module))[0].append(leaf.path)
    return list(found.values())


def _watched(
    module: nn.Module, paths: list[str], picks: bool, trace: Trace, before: Before | None
) -> tuple[RemovableHandle, RemovableHandle]:
    """Hooks that record each call of a leaf, under its paths in turn."""
    numbers = count()
    started: list[tuple[str, int, int | None]] = []

    def enter(_: nn.Module, arguments: tuple[Any, ...]) -> None:
        number, place = divmod(next(numbers), len(paths))
        inputs = tensors(arguments)
        trace.running, trace.shape = paths[place], tuple(inputs[0].shape) if inputs else ()
        started.append((paths[place], number, _fewest_positive(inputs[0]) if inputs and picks else None))
        if before is not None:
            before(paths[place], number)

    def leave(_: nn.Module, __: tuple[Any, ...], output: Any) -> None:
        path, number, positive = started.pop()
        made = tensors(output)
        trace.calls.append(LayerCall(path, number, made[0].detach().clone() if made else None, positive))
        trace.running = None

    return module.register_forward_pre_hook(enter), module.register_forward_hook(leave)


def _fewest_positive(x: Tensor) -> int | None:
    """Of the sample that has the fewest: (batch, ...) -> count."""
    return None if x.is_meta or not len(x) else int((x > 0).flatten(1).count_nonzero(1).min())


def _cannot_run(network: Runnable, trace: Trace, error: BaseException) -> BuildError:
    text = exceptions.first_line(error) if isinstance(error, Exception) else ""
    text = text or f"its forward raises {exceptions.describe(error)}"
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + " ..."
    source = network.sized.network.source
    if trace.running is None:
        file, line, shown = exceptions.location(error)
        if file:
            message = f"{source}: the {network.name} cannot run: its forward raises {exceptions.describe(error)}"
            return BuildError(message, source=file, line=line, line_text=shown)
        way_out = way_out_of(network.module, "1,32,32")
        if len(importing.needed_arguments(network.module.forward)) > 1:
            way_out = f"{way_out}; or give --inputs, where both are live modules"
        return BuildError(f"the {network.name} cannot run: {text}", source=source, way_out=way_out)
    leaf = network.leaves.get(trace.running)
    taken = any(isinstance(part, InOrder) for part in network.module.modules())
    mend = LIVE if taken else "correct the layer or the one before it"
    shape = "x".join(map(str, trace.shape[1:])) or "nothing"
    name = leaf.layer.class_name if leaf else ""
    return BuildError(
        f"{trace.running or 'the network'} ({name}) of the {network.name} cannot take {shape}: {text}",
        source=source,
        line=leaf.line if leaf else 0,
        way_out=f"{mend}; --input-shape gives the size of the input, without the batch",
    )


def way_out_of(module: nn.Module, example: str) -> str:
    """What to do about a module that cannot take its input; `example` is a value of --input-shape."""
    needed = importing.needed_arguments(module.forward)
    if len(needed) > 1:
        others = f"{', '.join(needed[:-1])} and {needed[-1]}"
        return f"it is run on one tensor, not on {others}: name a module that takes one and makes the others of it"
    return f"--input-shape gives the size of the input, without the batch: {example}"
