"""Shapes, k-winners, densities and cost of every leaf, from the normal form alone; solves an unknown input size.

The leaves are taken to run in printed order. Where a container's forward is not printed and the shapes then contradict
that order, this is evidence of operations that the print does not hold, and everything behind is unknown. Nothing here
knows the other network, except that both sides of a comparison take the same input.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from archdiff.infer.chain import Chain, chains
from archdiff.infer.flow import Contradiction, Flow, SizedOccurrence, size
from archdiff.infer.input_size import Fit, choose, fitting_shapes, misfit_at_any_size, solve
from archdiff.infer.leaf import Leaf
from archdiff.infer.misfits import misfits
from archdiff.infer.traced_cost import TracedMacs
from archdiff.model import facts
from archdiff.model.errors import ShapeError
from archdiff.model.facts import INPUT_SHAPE, STANDS_FOR, Fact, Provenance
from archdiff.model.lazyseq import Runs
from archdiff.model.network import Layer, Network, blocks, names
from archdiff.semantics.containers import runs_in_order
from archdiff.semantics.kinds import Shape
from archdiff.semantics.rules import Normal

__all__ = ["Contradiction", "SizedOccurrence", "Sized", "beyond_the_print", "impossible", "infer"]


def impossible(contradictions: Iterable[Contradiction]) -> dict[str, Contradiction]:
    """What cannot run, whatever is not printed, by the reason."""
    found: dict[str, Contradiction] = {}
    for each in contradictions:
        if each.certain:
            found.setdefault(each.because, each)
    return found


def beyond_the_print(contradictions: Iterable[Contradiction]) -> Iterator[str]:
    """A note on the classes whose forward does more than their print holds, with the first evidence."""
    classes: dict[str, Contradiction] = {}
    for each in contradictions:
        if not each.certain:
            classes.setdefault(each.container_class or "what holds them", each)
    if classes:
        first = next(iter(classes.values()))
        yield f"more runs than is printed, so shapes behind are unknown: {', '.join(classes)} ({first.because})"


@dataclass(frozen=True, slots=True)
class Sized:
    """A normal form with everything that follows from its text.

    Attributes:
        normal: The normal form.
        leaves: All that computes something, in printed order. Blocks that stand in several places are runs of their
            own: `SizedOccurrence`.
        input: The shape of its input, and where it is known from; None where nothing tells it.
        other_input_shapes: Others that fit the text as well, without the batch.
        contradictions: What shows that the printed order is not what runs: what is certain, else one a class.
        macs: What its forward costs as it ran, where it was traced.
    """

    normal: Normal
    leaves: Runs[Leaf]
    input: Fact | None = None
    other_input_shapes: tuple[Shape, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    macs: TracedMacs | None = None

    @property
    def network(self) -> Network:
        """The network as it was printed."""
        return self.normal.network

    @property
    def input_shape(self) -> Shape | None:
        """The shape of its input without the batch; None where nothing tells it."""
        return facts.shape(self.input.value if self.input else None)

    @property
    def input_shape_from(self) -> str:
        """As reports say it."""
        return self.input.provenance.value if self.input else "unknown"

    @property
    def guesses_rank(self) -> bool:
        """Whether rows of features are no more than the simplest input: the first layer takes more dimensions, too."""
        return self.input is not None and not self.input.is_certain and len(self.input_shape or ()) == 1


def infer(networks: Sequence[Normal], input_shape: Shape | None = None) -> tuple[Sized, ...]:
    """Every network with shapes and cost, all fed with one input shape where one fits them all.

    Args:
        networks: Normal forms that are compared with each other, or one.
        input_shape: Sizes of one input without the batch, (channels, height, width) of an image. By default the one
            that the spec of a network holds, the last network's first; else the one that is solved.

    Returns:
        Each with the shapes of its leaves, as far as the print tells them: behind a contradiction they are unknown. Of
        a print that is not whole no input is solved, and no two layers contradict each other.

    Raises:
        ShapeError: `input_shape` cannot run through layers that run in printed order for certain.
    """
    known = [fact for normal in reversed(networks) if (fact := normal.network.fact(INPUT_SHAPE))]
    known_input = Fact(INPUT_SHAPE, input_shape, Provenance.GIVEN) if input_shape else next(iter(known), None)
    linked = chains(networks)
    whole = [_is_whole(chain.normal.network) for chain in linked]
    fits = [
        solve(each.leaves) if uncut and not each.has_gaps else None for each, uncut in zip(linked, whole, strict=True)
    ]
    shapes = [None] * len(networks) if known_input else choose([chain.leaves for chain in linked], fits)
    flow = Flow()
    sized = []
    for chain, uncut, fit, shape in zip(linked, whole, fits, shapes, strict=True):
        result = _solved(flow, chain, fit, shape) if shape else _known(flow, chain, known_input)
        if not uncut:  # what was cut out may stand between any two layers
            result = replace(result, contradictions=())
        if input_shape and any(each.certain for each in result.contradictions):
            raise _does_not_fit(result, input_shape, fit)
        sized.append(_with_misfits(result, chain, uncut))
    return tuple(sized)


def _is_whole(network: Network) -> bool:
    """Whether nothing was cut out of a print, as far as it shows: lines, or numbers of what runs in order."""
    root = network.root
    if not network.complete or network.fact(STANDS_FOR):  # of a few that stand for all, numbers are left out
        return network.complete
    held = [layer for children in blocks(root) for layer in children if layer.children]
    return not any(runs_in_order(layer) and _jumps(layer) for layer in (root, *held))


def _jumps(layer: Layer) -> bool:
    """Whether its children are numbered, and numbers are missing."""
    found = [name for child in layer.children for name in names(child)]
    return all(map(str.isdecimal, found)) and found != [*map(str, range(len(found)))]


def _with_misfits(sized: Sized, chain: Chain, whole: bool) -> Sized:
    """With what cannot run wherever it stands, the first of all first."""
    known = {each.path for each in sized.contradictions if each.certain}
    more = [each for each in misfits(chain, whole) if each.path not in known]
    if not more:
        return sized
    return replace(sized, contradictions=tuple(sorted((*sized.contradictions, *more), key=lambda each: each.line)))


def _known(flow: Flow, chain: Chain, known_input: Fact | None) -> Sized:
    """With the input that is known; without one, only what cannot be at any size is a contradiction."""
    shape = facts.shape(known_input.value if known_input else None)
    leaves, wrong = flow.along(chain, shape)
    if shape is None and not chain.has_gaps and (misfit := misfit_at_any_size(chain.leaves)):
        any_size, path = misfit
        wrong = (*wrong, *(each for each in flow.along(chain, any_size)[1] if each.certain or each.path == path))
    return Sized(chain.normal, leaves, known_input if shape else None, (), wrong)


def _solved(flow: Flow, chain: Chain, fit: Fit | None, shape: Shape) -> Sized:
    """With an input that was solved, unless it does not run through: then it was no input."""
    leaves, wrong = flow.along(chain, shape)
    if any(each.certain for each in wrong):
        return _known(flow, chain, None)
    solved = Fact(INPUT_SHAPE, shape, Provenance.SOLVED)
    return Sized(chain.normal, leaves, solved, tuple(other for other in fitting_shapes(fit) if other != shape), wrong)


def _does_not_fit(sized: Sized, input_shape: Shape, fit: Fit | None) -> ShapeError:
    wrong = next(each for each in sized.contradictions if each.certain)
    fitting = fitting_shapes(fit)
    last = f" to {size(fitting[-1])}" if len(fitting) > 1 else ""
    return ShapeError(
        f"input {size(input_shape)} does not run through {sized.network.label}: {wrong.because}",
        source=sized.network.source,
        line=wrong.line,
        way_out=f"sizes that fit: {size(fitting[0])}{last}"
        if fitting
        else "leave out --input-shape, or give the shape without the batch: --input-shape 1,32,32",
    )
