"""Shapes, k-winners, densities and cost of every leaf, from the normal form alone; solves an unknown input size.

The leaves are taken to run in printed order. Where a container's forward is not printed and the shapes then contradict
that order, this is evidence of operations that the print does not hold, and everything behind is unknown. Nothing here
knows the other network, except that both sides of a comparison take the same input.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from archdiff import kinds
from archdiff.errors import ShapeError
from archdiff.kinds import Misfit, NotKnown, Settings, Shape, Trait
from archdiff.network import Layer, Network, walk
from archdiff.rules import Normal
from archdiff.shapes.input_size import Fit, choose, sides, solve
from archdiff.shapes.leaf import DENSE, Leaf, bare_leaves, densities, step, with_facts

#: what stands before, what cannot follow it, and why
_Evidence: TypeAlias = tuple[Leaf, Leaf, str]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The printed order cannot be what runs: `leaf` cannot take what stands before it."""

    path: str
    line: int
    container: str  # path of the innermost layer that holds both
    container_class: str
    certain: bool  # True: nothing but a Sequential stands between them, so the network itself cannot run
    because: str


@dataclass(frozen=True, slots=True)
class Sized:
    """A normal form with everything that follows from its text."""

    normal: Normal
    leaves: tuple[Leaf, ...]
    input_shape: Shape | None = None
    input_shape_from: str = "unknown"
    other_input_shapes: tuple[Shape, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()

    @property
    def network(self) -> Network:
        return self.normal.network


def infer(networks: Sequence[Normal], given: Shape | None = None) -> tuple[Sized, ...]:
    """Every network with shapes and cost, all fed with one input shape where one fits them all.

    `given` comes first, then a shape that a spec holds, then the solved one. Raises ShapeError where a given shape
    cannot run through a network that others can.
    """
    told = given or next(
        (normal.network.input_shape for normal in reversed(networks) if normal.network.input_shape), None
    )
    origin = "given" if given else "reference"
    chains = [tuple(bare_leaves(normal.root)) for normal in networks]
    fits = [solve(chain) for chain in chains]
    shapes = [told] * len(networks) if told else choose(chains, fits)
    sized = []
    for normal, chain, fit, shape in zip(networks, chains, fits, shapes, strict=True):
        result = _sized(normal, chain, shape)
        if given and result.contradictions and (fit or any(wrong.certain for wrong in result.contradictions)):
            raise _does_not_fit(result, given, fit)
        source = "unknown" if shape is None else origin if told else "solved"
        others = tuple(other for other in sides(fit) if other != shape) if not told else ()
        sized.append(replace(result, input_shape_from=source, other_input_shapes=others))
    return tuple(sized)


def _sized(normal: Normal, chain: tuple[Leaf, ...], shape: Shape | None) -> Sized:
    """Every leaf with its facts for one input shape."""
    x, dense = shape, DENSE
    done: list[Leaf] = []
    wrong: list[tuple[Leaf | None, Leaf, Misfit]] = []
    for leaf in chain:
        y = None
        if x is not None:
            try:
                y = step(leaf, x)
            except NotKnown:
                pass
            except Misfit as misfit:
                wrong.append((done[-1] if done else None, leaf, misfit))
                x = None
        dense = densities(leaf, x, y, dense)
        done.append(with_facts(leaf, x, y, dense))
        x = y
    classes = _container_classes(normal.network.root)
    found = [*_misfits(wrong), *_two_maps_in_a_row(done, classes)]
    return Sized(normal, tuple(done), shape, contradictions=_told_once(found, classes))


# What contradicts the printed order


def _misfits(wrong: Sequence[tuple[Leaf | None, Leaf, Misfit]]) -> Iterator[_Evidence]:
    for before, leaf, misfit in wrong:
        given = f"{before.path} gives {_size(misfit.gets)}" if before else f"the input is {_size(misfit.gets)}"
        yield before or leaf, leaf, f"{leaf.path} takes {misfit.field} {_size(misfit.wants)}, but {given}"


def _two_maps_in_a_row(done: Sequence[Leaf], classes: Mapping[str, str]) -> Iterator[_Evidence]:
    """Two affine maps with nothing between are one map: in a forward that is not printed, something stands there."""
    mapping = [leaf.has(Trait.AFFINE_MAP) for leaf in done]
    for index in range(1, len(done)):
        first, second = done[index - 1], done[index]
        if not (mapping[index] and mapping[index - 1] and first.kind is second.kind):
            continue
        if not _is_sequential(classes.get(_common(first.path, second.path), "")):
            yield first, second, f"{first.path} and {second.path} with nothing between them would be one map"


def _told_once(found: Iterable[_Evidence], classes: Mapping[str, str]) -> tuple[Contradiction, ...]:
    """The first evidence against each container."""
    kept: dict[str, Contradiction] = {}
    for before, leaf, because in found:
        container = _common(before.path, leaf.path)
        if container in kept:
            continue
        class_name = classes.get(container, "")
        certain = _is_sequential(class_name)
        kept[container] = Contradiction(leaf.path, leaf.layer.span.line, container, class_name, certain, because)
    return tuple(kept.values())


def _is_sequential(class_name: str) -> bool:
    kind = kinds.find(class_name)
    return kind is not None and kind.has(Trait.SEQUENTIAL, Settings(kind, {}))


def _common(first: str, second: str) -> str:
    """The path of the innermost container that holds both."""
    parts = []
    for a, b in zip(first.split(".")[:-1], second.split(".")[:-1], strict=False):
        if a != b:
            break
        parts.append(a)
    return ".".join(parts)


def _container_classes(root: Layer) -> dict[str, str]:
    """Path -> class of every printed layer with children; the normal form has dissolved some of them."""
    return {path: layer.class_name for path, layer in walk(root) if layer.children}


def _does_not_fit(sized: Sized, given: Shape, fit: Fit | None) -> ShapeError:
    wrong = sized.contradictions[0]
    fitting = sides(fit)
    last = f" to {_size(fitting[-1])}" if len(fitting) > 1 else ""
    return ShapeError(
        f"input {_size(given)} does not run through {sized.network.label}: {wrong.because}",
        source=sized.network.source,
        line=wrong.line,
        way_out=f"sizes that fit: {_size(fitting[0])}{last}"
        if fitting
        else "leave out --input-shape, or give the shape without the batch: --input-shape 1,32,32",
    )


def _size(value: int | Shape) -> str:
    return "x".join(str(part) for part in value) if isinstance(value, tuple) else str(value)
