"""Both networks while their steps are walked: what corresponds to what, and whose forward runs what.

Knows nothing of effects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from archdiff.diff import hints, messages
from archdiff.diff.equivalence import EquivalentWindow
from archdiff.diff.network_index import NetworkIndex
from archdiff.diff.nodes import Node
from archdiff.diff.steps import Alike, ContainerPair, Pair, Step, Swap
from archdiff.infer.repeats import Weights
from archdiff.model.memo import Memo
from archdiff.model.message import Message, message
from archdiff.model.network import Layer
from archdiff.semantics import containers
from archdiff.semantics.containers import Forward
from archdiff.semantics.kinds import Trait, has


@dataclass(slots=True, eq=False, repr=False)
class Structure:
    """Both networks, and which nodes correspond to each other as far as the steps were walked.

    Attributes:
        candidate: One network.
        reference: The other.
        counterparts: Nodes of both networks with their counterparts.
        opened: Containers of one side about which there is a finding.
        own_functions: Of these the classes of unknown forward that hold no weights: an activation written by hand.
        last: The last pair of nodes, the candidate's first.
        following: The pair of nodes behind the step that is walked.
    """

    candidate: NetworkIndex
    reference: NetworkIndex
    counterparts: dict[Node, Node] = field(default_factory=dict)
    opened: set[Node] = field(default_factory=set)
    own_functions: set[Node] = field(default_factory=set)
    last: tuple[Node | None, Node | None] = (None, None)
    following: tuple[Node | None, Node | None] = (None, None)
    _blocks: dict[Node, Counter[str]] = field(default_factory=dict)  # by what holds them
    _siblings: Memo[_Siblings] = field(default_factory=lambda: Memo(_siblings_of))

    def side(self, in_candidate: bool) -> NetworkIndex:
        """The candidate or the reference."""
        return self.candidate if in_candidate else self.reference

    def blocks_in(self, holder: Node, in_candidate: bool) -> Counter[str]:
        """How many children of each class a container has by its print.

        Args:
            holder: The container.
            in_candidate: Which network it is of.
        """
        found = self._blocks.get(holder)
        if found is None:
            found = self._blocks[holder] = Counter()
            weights = self.side(in_candidate).weights
            around = weights.of(holder.path)
            for child in holder.children:
                found[child.layer.class_name] += weights.of(child.path) // around
        return found

    def is_trunk(self, node: Node) -> bool:
        """Whether it is the root, or all that the root runs: `LitModel((model): Net, (loss): NLLLoss)`."""
        for each in (node, *node.holders()):
            if containers.combines(each.layer.class_name):
                return False
            if each.parent and self._siblings(each.parent.layer.children).running != (not _stands_beside(each.layer)):
                return False
        return True

    def is_first(self, node: Node) -> bool:
        """Whether what comes into its container comes into it, too: it is the first, or those before it pass it on."""
        return node.parent is None or node.layer.name in self._siblings(node.parent.layer.children).first

    def is_routed(self, node: Node) -> bool:
        """Whether something in the container of a node could choose among what it holds."""
        return node.parent is not None and self._siblings(node.parent.layer.children).routed

    def own_function(self, node: Node) -> Message | None:
        """That no print shows what a layer is there for: it stands in an activation that somebody wrote by hand."""
        holder = next((each for each in node.holders() if each in self.own_functions), None)
        return message("class-not-known", name=holder.layer.class_name) if holder else None

    def match(self, a: Node, b: Node) -> None:
        """Enters that two nodes correspond to each other, the candidate's first."""
        self.counterparts[a], self.counterparts[b] = b, a
        self.candidate.matched.add(a.path)
        self.reference.matched.add(b.path)
        self.last = a, b


_BESIDE_A_TRUNK = (Trait.LOSS, Trait.METRIC, Trait.IDENTITY)
_PASSES_ON = (Trait.IDENTITY, Trait.DROPS, Trait.RESHAPES)  # what comes out may be what came in, and no copy
_ROUTERS = ("router", "gate", "expert")


class _Siblings(NamedTuple):
    """What all children of a container say of each, worked out once for all of them."""

    running: int  # how many are more than what may stand beside a trunk
    first: frozenset[str]  # names of those that get what comes into the container
    routed: bool  # a name says that something chooses among them


def _siblings_of(children: tuple[Layer, ...]) -> _Siblings:
    running = sum(not _stands_beside(child) for child in children)
    first = 1 + next((at for at, child in enumerate(children) if not _has_any(child, _PASSES_ON)), len(children))
    routed = any(word in f"{child.name} {child.class_name}".lower() for child in children for word in _ROUTERS)
    return _Siblings(running, frozenset([child.name for child in children[:first]]), routed)


def _stands_beside(layer: Layer) -> bool:
    return _has_any(layer, _BESIDE_A_TRUNK)


def _has_any(layer: Layer, traits: Sequence[Trait]) -> bool:
    return any(has(layer, trait) for trait in traits)


def following(steps: Sequence[Step | EquivalentWindow]) -> list[tuple[Node | None, Node | None]]:
    """For every step the next pair of nodes behind it, the candidate's first; None where there is none."""
    result: list[tuple[Node | None, Node | None]] = []
    behind: tuple[Node | None, Node | None] = (None, None)
    for each in reversed(steps):
        result.append(behind)
        match each:
            case Pair(a, b) | ContainerPair(a, b) | Alike(a, b):
                behind = a, b
            case Swap(first, second):
                behind = second.candidate, first.reference
            case EquivalentWindow(pairs=(first, *_)):
                behind = first.candidate, first.reference
    return result[::-1]


def owner_of(node: Node) -> Node | None:
    """Whose forward runs what stands in a container: of a ModuleList, that of what holds the list."""
    owner: Node | None = node
    while owner is not None and owner.forward is Forward.HOLDS:
        owner = owner.parent
    return owner


def is_taken(side: NetworkIndex, node: Node) -> bool:
    """Whether a class of unknown forward is taken to run in printed order: the root, where all shapes agree with it."""
    return node.parent is None and not node.is_layer and side.runs_as_printed(node.path)


def nearest_matched(structure: Structure, node: Node) -> Node | None:
    """The innermost container around a node that has a counterpart so far."""
    return next((holder for holder in node.holders() if holder in structure.counterparts), None)


def owner_path(node: Node) -> str:
    """The path of whose forward runs a node; "" where nothing does, as for the root."""
    owner = owner_of(node.parent) if node.parent else None
    return owner.path if owner else ""


def containers_in(node: Node) -> Iterator[Node]:
    """The node and all in it that has children."""
    stack = [node] if node.layer.children else []
    while stack:
        current = stack.pop()
        yield current
        stack += [child for child in current.children if child.children]


def show_forward(pair: Pair) -> str:
    """The line of Python that prints the forward around a layer of the candidate."""
    return hints.forward(owner_path(pair.candidate))


def described(node: Node, weights: Weights) -> Message:
    """What messages call a layer: its class, its settings where no kind describes them, and how much it holds.

    Args:
        node: The layer.
        weights: How many layers each printed one of its network stands for.
    """
    count = sum(weights.of(leaf.path) for leaf in node.leaves()) if node.layer.children else None
    count = count and count // weights.of(node.path)
    settings = ", ".join(each.as_printed for each in node.layer.settings)
    printed = settings if node.layer.children and node.has_no_kind and settings else None
    return message("layer", class_name=node.layer.class_name or messages.NO_CLASS, settings=printed, count=count)
