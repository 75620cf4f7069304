"""Shapes, k-winners, densities and cost of every leaf, from the normal form alone; solves an unknown input size.

The leaves are taken to run in printed order. Where a container's forward is not printed and the shapes then contradict
that order, this is evidence of operations that the print does not hold, and everything behind is unknown. Nothing here
knows the other network, except that both sides of a comparison take the same input.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from archdiff import kinds
from archdiff.errors import ShapeError
from archdiff.kinds import Misfit, NotKnown, Settings, Shape, Trait
from archdiff.network import Network, is_tabled, walk
from archdiff.rules import Normal
from archdiff.shapes.input_size import Fit, choose, sides, solve
from archdiff.shapes.leaf import DENSE, Densities, Leaf, Seen, bare_leaves, densities, step, told_shapes, with_facts


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The printed order cannot be what runs: `leaf` cannot take what stands before it."""

    path: str
    line: int
    container: str  # path of the innermost layer that holds both
    container_class: str
    certain: bool  # True: nothing but a Sequential stands between them, so the network itself cannot run
    because: str


def impossible(seen: Iterable[Contradiction]) -> Iterator[str]:
    """What a network cannot run by, whatever is not printed."""
    return (f"cannot run: {each.because}" for each in seen if each.certain)


def beyond_the_print(seen: Iterable[Contradiction]) -> Iterator[str]:
    """A note on the classes whose forward does more than their print holds, with the first evidence."""
    classes: dict[str, Contradiction] = {}
    for each in seen:
        if not each.certain:
            classes.setdefault(each.container_class, each)
    if classes:
        first = next(iter(classes.values()))
        yield f"more runs than is printed, so shapes behind are unknown: {', '.join(classes)} ({first.because})"


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

    @property
    def is_table(self) -> bool:
        """Whether it was a summary table, which tells shapes and parameter counts itself."""
        return bool(self.leaves) and is_tabled(self.leaves[-1].layer)


def infer(networks: Sequence[Normal], given: Shape | None = None) -> tuple[Sized, ...]:
    """Every network with shapes and cost, all fed with one input shape where one fits them all.

    `given` comes first, then a shape that a spec holds, then the solved one. Raises ShapeError where a given shape
    cannot run through a network that others can.
    """
    holder = next((normal.network for normal in reversed(networks) if normal.network.input_shape), None)
    told = given or (holder.input_shape if holder else None)
    origin = "given" if given or holder is None else holder.input_shape_from
    seen: Seen = {}
    chains = [_Chain.of(normal, seen) for normal in networks]
    fits = [None if chain.gaps else solve(chain.leaves) for chain in chains]
    shapes = [told] * len(networks) if told else choose([chain.leaves for chain in chains], fits)
    sized = []
    for chain, fit, shape in zip(chains, fits, shapes, strict=True):
        result = _sized(chain, shape)
        if given and result.contradictions and (fit or any(wrong.certain for wrong in result.contradictions)):
            raise _does_not_fit(result, given, fit)
        source = "unknown" if shape is None else origin if told else "solved"
        others = tuple(other for other in sides(fit) if other != shape) if not told else ()
        sized.append(replace(result, input_shape_from=source, other_input_shapes=others))
    return tuple(sized)


@dataclass(frozen=True, slots=True)
class _Chain:
    """The leaves in printed order, and where that order cannot be all that runs."""

    normal: Normal
    leaves: tuple[Leaf, ...]
    classes: Mapping[str, str]  # path -> class of every printed container; the normal form has dissolved some of them
    gaps: Mapping[int, str]  # index of a leaf that cannot follow the one before -> why

    @classmethod
    def of(cls, normal: Normal, seen: Seen) -> _Chain:
        classes = {path: layer.class_name for path, layer in walk(normal.network.root) if layer.children}
        leaves = tuple(bare_leaves(normal.root, seen))
        return cls(normal, leaves, classes, dict(_two_maps_in_a_row(leaves, classes)))

    def contradict(self, index: int, because: str, known: dict[str, Contradiction]) -> None:
        """Adds what stands against the order before this leaf, where its container has nothing against it yet."""
        leaf, before = self.leaves[index], self.leaves[max(index - 1, 0)]
        container = _common(before.path, leaf.path)
        if container not in known:
            name = self.classes.get(container, "")
            known[container] = Contradiction(leaf.path, leaf.line, container, name, _is_sequential(name), because)


def _two_maps_in_a_row(leaves: Sequence[Leaf], classes: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Two affine maps with nothing between are one map: in a forward that is not printed, something stands there."""
    maps = [leaf.has(Trait.AFFINE_MAP) for leaf in leaves]
    for index in range(1, len(leaves)):
        if maps[index] and maps[index - 1]:
            first, second = leaves[index - 1], leaves[index]
            if not _is_sequential(classes.get(_common(first.path, second.path), "")):
                yield index, f"{first.path} and {second.path} with nothing between them would be one map"


def _sized(chain: _Chain, shape: Shape | None) -> Sized:
    """Every leaf with its facts for one input shape; behind a contradiction, shapes are unknown."""
    x, dense = shape, DENSE
    done: list[Leaf] = []
    wrong: dict[str, Contradiction] = {}  # the first one of every container
    known: dict[tuple[int, Shape | None, Densities], Leaf] = {}  # equal leaves with equal inputs come to the same
    for index, bare in enumerate(chain.leaves):
        because = chain.gaps.get(index, "")
        if because:
            x = None
        key = id(bare.settings), x, dense
        leaf = known.get(key)
        if leaf is None:
            leaf, because = _entered(bare, x, dense, done[-1] if done else None, because)
            if not because:
                known[key] = leaf
        else:
            leaf = Leaf(bare.path, bare.layer, bare.line, *leaf[3:])
        if because:
            chain.contradict(index, because, wrong)
        done.append(leaf)
        x, dense = leaf.output_shape, (leaf.density, leaf.density_inference)
    return Sized(chain.normal, tuple(done), shape, contradictions=tuple(wrong.values()))


def _entered(bare: Leaf, x: Shape | None, dense: Densities, before: Leaf | None, because: str) -> tuple[Leaf, str]:
    """The leaf with its facts where `x` comes in, and what contradicts that it does."""
    fed, y = told_shapes(bare.layer)
    x = fed or x
    if x is not None and y is None:
        try:
            y = step(bare, x)
        except NotKnown:
            pass
        except Misfit as misfit:
            because, x = _misfit(before, bare, misfit), None
    return with_facts(bare, x, y, densities(bare, x, y, dense)), because


def _misfit(before: Leaf | None, leaf: Leaf, misfit: Misfit) -> str:
    given = f"{before.path} gives {_size(misfit.gets)}" if before else f"the input is {_size(misfit.gets)}"
    return f"{leaf.path} takes {misfit.field} {_size(misfit.wants)}, but {given}"


def _is_sequential(class_name: str) -> bool:
    kind = kinds.find(class_name)
    return kind is not None and kind.has(Trait.SEQUENTIAL, Settings(kind, {}))


def _common(first: str, second: str) -> str:
    """The path of the innermost container that holds both."""
    inside = first.rpartition(".")[0]
    if inside == second.rpartition(".")[0]:
        return inside
    parts = []
    for a, b in zip(first.split(".")[:-1], second.split(".")[:-1], strict=False):
        if a != b:
            break
        parts.append(a)
    return ".".join(parts)


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
