"""Shapes, k-winners, densities and cost of every leaf, from the normal form alone; solves an unknown input size.

The leaves are taken to run in printed order. Where a container's forward is not printed and the shapes then contradict
that order, this is evidence of operations that the print does not hold, and everything behind is unknown. Nothing here
knows the other network, except that both sides of a comparison take the same input.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from archdiff.infer.chain import Chain, chains
from archdiff.infer.flow import Contradiction, Flow, Placed, size
from archdiff.infer.input_size import Fit, choose, misfit_at_any_size, sides, solve
from archdiff.infer.leaf import Leaf
from archdiff.model import facts
from archdiff.model.errors import ShapeError
from archdiff.model.facts import INPUT_SHAPE, Fact, Provenance
from archdiff.model.lazyseq import Runs
from archdiff.model.network import Network, is_tabled
from archdiff.semantics.kinds import Shape
from archdiff.semantics.rules import Normal

__all__ = ["Contradiction", "Placed", "Sized", "beyond_the_print", "impossible", "infer"]


def impossible(seen: Iterable[Contradiction]) -> Iterator[str]:
    """What a network cannot run by, whatever is not printed."""
    return (f"cannot run: {each.because}" for each in seen if each.certain)


def beyond_the_print(seen: Iterable[Contradiction]) -> Iterator[str]:
    """A note on the classes whose forward does more than their print holds, with the first evidence."""
    classes: dict[str, Contradiction] = {}
    for each in seen:
        if not each.certain:
            classes.setdefault(each.container_class or "what holds them", each)
    if classes:
        first = next(iter(classes.values()))
        yield f"more runs than is printed, so shapes behind are unknown: {', '.join(classes)} ({first.because})"


@dataclass(frozen=True, slots=True)
class Sized:
    """A normal form with everything that follows from its text."""

    normal: Normal
    leaves: Runs[Leaf]  # blocks that stand in several places are runs of their own: `Placed`
    input: Fact | None = None  # its shape; None where nothing tells it
    other_input_shapes: tuple[Shape, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()  # those that are certain, and the first of each class

    @property
    def network(self) -> Network:
        return self.normal.network

    @property
    def input_shape(self) -> Shape | None:
        return facts.shape(self.input.value if self.input else None)

    @property
    def input_shape_from(self) -> str:
        """As reports say it."""
        return self.input.provenance.value if self.input else "unknown"

    @property
    def guesses_rank(self) -> bool:
        """Whether rows of features are no more than the simplest input: the first layer takes more dimensions, too."""
        return self.input is not None and not self.input.is_certain and len(self.input_shape or ()) == 1

    @property
    def is_table(self) -> bool:
        """Whether it was a summary table, which tells shapes and parameter counts itself."""
        return bool(self.leaves) and is_tabled(self.leaves[-1].layer)


def infer(networks: Sequence[Normal], given: Shape | None = None) -> tuple[Sized, ...]:
    """Every network with shapes and cost, all fed with one input shape where one fits them all.

    `given` comes first, then a shape that a spec holds, then the solved one. Raises ShapeError where a given shape
    cannot run through what runs in printed order for certain; past any other place the print stops telling.
    """
    known = [fact for normal in reversed(networks) if (fact := normal.network.fact(INPUT_SHAPE))]
    told = Fact(INPUT_SHAPE, given, Provenance.GIVEN) if given else next(iter(known), None)
    linked = chains(networks)
    fits = [None if chain.has_gaps else solve(chain.leaves) for chain in linked]
    shapes = [None] * len(networks) if told else choose([chain.leaves for chain in linked], fits)
    flow = Flow()
    sized = []
    for chain, fit, shape in zip(linked, fits, shapes, strict=True):
        result = _solved(flow, chain, fit, shape) if shape else _known(flow, chain, told)
        if given and any(each.certain for each in result.contradictions):
            raise _does_not_fit(result, given, fit)
        sized.append(result)
    return tuple(sized)


def _known(flow: Flow, chain: Chain, told: Fact | None) -> Sized:
    """With the input that was told; without one, only what cannot be at any size is a contradiction."""
    shape = facts.shape(told.value if told else None)
    leaves, wrong = flow.along(chain, shape)
    if shape is None and not chain.has_gaps and (misfit := misfit_at_any_size(chain.leaves)):
        any_size, path = misfit
        wrong = (*wrong, *(each for each in flow.along(chain, any_size)[1] if each.certain or each.path == path))
    return Sized(chain.normal, leaves, told if shape else None, (), wrong)


def _solved(flow: Flow, chain: Chain, fit: Fit | None, shape: Shape) -> Sized:
    """With an input that was solved, unless it does not run through: then it was no input."""
    leaves, wrong = flow.along(chain, shape)
    if any(each.certain for each in wrong):
        return _known(flow, chain, None)
    solved = Fact(INPUT_SHAPE, shape, Provenance.SOLVED)
    return Sized(chain.normal, leaves, solved, tuple(other for other in sides(fit) if other != shape), wrong)


def _does_not_fit(sized: Sized, given: Shape, fit: Fit | None) -> ShapeError:
    wrong = next(each for each in sized.contradictions if each.certain)
    fitting = sides(fit)
    last = f" to {size(fitting[-1])}" if len(fitting) > 1 else ""
    return ShapeError(
        f"input {size(given)} does not run through {sized.network.label}: {wrong.because}",
        source=sized.network.source,
        line=wrong.line,
        way_out=f"sizes that fit: {size(fitting[0])}{last}"
        if fitting
        else "leave out --input-shape, or give the shape without the batch: --input-shape 1,32,32",
    )
