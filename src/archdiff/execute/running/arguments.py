"""What two networks are called with when they are run: one tensor, or all that their forwards were traced with.

Numbers are drawn anew for each of several inputs; what somebody made keeps its range. Must not run anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from archdiff.execute.live import example_inputs
from archdiff.execute.live.tensors import tensors
from archdiff.execute.live.tracing import Called, Given, Inputs
from archdiff.infer import Sized
from archdiff.model.facts import BY_NAME, CALLED, OWN, TRACES, HowCalled
from archdiff.model.trace import INPUT, ForwardTrace
from archdiff.semantics.kinds import NotKnown

_TWO: Final = 2  # rows of a table of which nothing is known


class Arguments(NamedTuple):
    """What a network is called with.

    Attributes:
        args: By position.
        kwargs: By name.
    """

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = {}

    @property
    def tensors(self) -> list[Tensor]:
        """All of them, in order."""
        return [*tensors([list(self.args), dict(self.kwargs)])]

    @property
    def first(self) -> Tensor:
        """The first of them, which says how many samples there are."""
        return self.tensors[0]

    def mapped(self, change: Callable[[Tensor], Tensor]) -> Arguments:
        """The same with other tensors."""
        held = tree_map(
            lambda each: change(each) if isinstance(each, Tensor) else each, (tuple(self.args), dict(self.kwargs))
        )
        return Arguments(*held)

    def scaled(self, factor: float) -> Arguments:
        """The same with real numbers so many times as large."""
        return self.mapped(lambda each: each * factor if each.is_floating_point() else each)


def traced_with(networks: Sequence[Sized], given: str) -> Inputs | None:
    """What the forwards of two live modules were traced with; None where only the factory of one knows it, or nothing.

    Args:
        networks: Both.
        given: What `--inputs` says, which goes before.

    Raises:
        UsageError: `--inputs` says nothing of the kind.
    """
    if given:
        return example_inputs.read_inputs(given)
    for side in networks:
        called, trace = side.network.fact(CALLED), _trace(side)
        how = called.value if called is not None else None
        if isinstance(how, HowCalled) and trace is not None and how.way != OWN:
            words = " ".join(trace.inputs[: len(trace.inputs) - len(how.plain)])
            return example_inputs.read_inputs(words)._replace(named=how.way == BY_NAME, plain=how.plain)
    return None


def first_shape(networks: Sequence[Sized]) -> tuple[int, ...]:
    """The shape of the first tensor that went in when a network was traced, with the batch; () where none was."""
    traces = [trace for side in networks if (trace := _trace(side)) is not None]
    return next((each.shapes[0] for trace in traces for each in trace.operations if each.name == INPUT), ())


def _trace(side: Sized) -> ForwardTrace | None:
    fact = side.network.fact(TRACES)
    held = fact.value[0] if fact is not None and isinstance(fact.value, tuple) and fact.value else None
    return held if isinstance(held, ForwardTrace) else None


def is_one_tensor(called: Called) -> bool:
    """Whether it is one tensor of numbers, by position, as every network is called that was built from its print."""
    return isinstance(called, Inputs) and len(called.tensors) == 1 and not called.plain


def drawn(called: Called, networks: Sequence[Sized], generator: torch.Generator, number: int) -> Arguments:
    """Arguments with random numbers.

    Args:
        called: What networks take.
        networks: Those that take it.
        generator: On the CPU.
        number: Of the input, from 0: the first of what somebody made is as it was made.
    """
    if isinstance(called, Given):
        made = Arguments(tuple(called.args), called.kwargs)
        return made.mapped(lambda each: each.clone() if number == 0 else _another(each, generator))
    rows = min((count for side in networks for count in _tables(side)), default=_TWO)
    held: dict[str, Tensor] = {}
    for name, dtype, shape in called.tensors:
        kind: torch.dtype = getattr(torch, dtype)
        if kind.is_floating_point or kind.is_complex:
            held[name] = torch.randn(shape, generator=generator, dtype=torch.float64).to(kind)
        elif kind == torch.bool or "mask" in name:
            held[name] = torch.ones(shape, dtype=kind)
        else:
            held[name] = torch.randint(_TWO if "type" in name else rows, shape, generator=generator).to(kind)
    if called.named:
        return Arguments((), {**held, **dict(called.plain)})
    return Arguments((*held.values(),), dict(called.plain))


def _another(each: Tensor, generator: torch.Generator) -> Tensor:
    """Other numbers in the same range: real ones of equal mean and spread, whole ones in another order."""
    if each.is_complex() or each.dtype == torch.bool or not each.numel():
        return each.clone()
    if not each.is_floating_point() or not bool(each.isfinite().all()) or bool(((each == 0) | (each == 1)).all()):
        order = torch.randperm(each.numel(), generator=generator).to(each.device)
        return each.flatten()[order].reshape(each.shape)
    noise = torch.randn(each.shape, generator=generator, dtype=torch.float64).to(each.device)
    spread = float(each.double().std()) if each.numel() > 1 else 1.0
    return (noise * (spread or 1.0) + float(each.double().mean())).to(each.dtype)


def _tables(side: Sized) -> Iterator[int]:
    """Rows of the first table in which a network looks up indices."""
    for leaf in side.leaves:
        if leaf.layer.kind in ("embedding", "embedding_bag"):
            try:
                yield leaf.settings.int("num_embeddings")
            except NotKnown:
                continue
            return
