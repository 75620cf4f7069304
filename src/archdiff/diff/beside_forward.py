"""Two networks of which one is traced and nothing but the print of the other is known: what its forward answers.

An unknown that the trace answers gets its effect, with what is taken for granted of the other forward; where it cannot
be decided, it says what the other forward must do. What both prints show alike is compared as printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from archdiff.diff import layer_effects, messages
from archdiff.diff.network_index import NetworkIndex
from archdiff.diff.nodes import Node
from archdiff.diff.one_forward import OneForward, Part
from archdiff.diff.steps import Added, ContainerPair, Moved, Pair, Removed, Reordered, Step, Swap, opened
from archdiff.diff.structure import owner_of
from archdiff.infer import Contradiction, Sized
from archdiff.infer.leaf import Leaf, fits
from archdiff.model.effects import Effect
from archdiff.model.facts import TRACES
from archdiff.model.finding import Finding
from archdiff.model.message import Message, because, message
from archdiff.model.trace import ForwardTrace
from archdiff.semantics.containers import Forward
from archdiff.semantics.kinds import Trait

_MISSING: Final = ("AD103", "AD104")
_ORDER: Final = ("AD101", "AD102")
_FUNCTION: Final = "may-be-a-function"  # why it is unknown what a missing layer changes
#: rules that leave what runs as it was printed, but for what does nothing
_HARMLESS: Final = ("identity", "sequential_nesting", "wrappers", "repeats")
_CONTAINER: Final = "AD108"


class Answer(NamedTuple):
    """What a trace says of one place of a finding.

    Attributes:
        effect: What it changes.
        why: The reason.
        assumed: What is taken for granted of the other forward.
    """

    effect: Effect
    why: Message | None
    assumed: Message | None = None


class BesidePrint:
    """A traced network beside a print.

    Args:
        candidate: One network.
        reference: The other.
        steps: Their alignment.
    """

    def __init__(self, candidate: NetworkIndex, reference: NetworkIndex, steps: Iterable[Step]) -> None:
        self._is_candidate = bool(traces_of(candidate.sized))
        self._ours, self._theirs = (candidate, reference) if self._is_candidate else (reference, candidate)
        traces = traces_of(self._ours.sized)
        self._forwards = [OneForward(self._ours.sized, each, bool(mode)) for mode, each in enumerate(traces)]
        self._side = "candidate" if self._is_candidate else "reference"
        self._counterparts: dict[str, str] = {}  # of layers and containers of the print, by path
        self._nodes: dict[str, Node] = {}  # of the print, by path
        self._own_nodes: dict[str, Node] = {}  # of the traced network, by path
        self._missing: dict[str, Answer] = {}  # layers of the print that the traced network has not
        self._read([*opened(steps)])

    def answered(self, found: Iterable[Finding]) -> list[Finding]:
        """Findings with what the trace says of those of unknown effect."""
        return [self._answered(each) for each in found]

    def _answered(self, finding: Finding) -> Finding:
        is_assumed = finding.rule == _CONTAINER and finding.assumes
        is_missing = finding.rule in _MISSING and finding.effect >= Effect.TRAINING
        if finding.not_printed or not (finding.effect is Effect.UNKNOWN or is_assumed or is_missing):
            return finding
        answers = [self._answer(finding, places) for places in finding.all_places]
        known = [each for each in answers if each is not None]
        if not known or len(known) < len(answers):
            return finding
        effect = max(each.effect for each in known)
        only_here = finding.rule == ("AD104" if self._is_candidate else "AD103")
        least = Effect.UNKNOWN if only_here else Effect.FUNCTION
        if finding.effect is not Effect.UNKNOWN and is_missing and effect >= least:
            return finding  # it is taken to run in printed order, and what runs does not contradict that
        told = _in_one([each for each in known if each.effect is effect])
        if is_assumed and effect is Effect.EQUIVALENT:
            effect = finding.effect
        what = finding.what
        while what is not None and what.code == "because" and isinstance(inner := what["what"], Message):
            what = inner
        assert what is not None, "a finding says something"
        what = because(what, told.why, told.assumed)
        text, assumed, title = messages.text(what), messages.assumed(what), messages.title(what)
        hint = finding.hint if effect is Effect.UNKNOWN else ""
        return replace(finding, effect=effect, what=what, message=text, assumes=assumed, title=title, hint=hint)

    def _answer(self, finding: Finding, places: Sequence[object]) -> Answer | None:
        here, there = places if self._is_candidate else places[::-1]
        ours, theirs = (getattr(each, "path", None) for each in (here, there))
        if finding.rule in _MISSING and (finding.effect is not Effect.UNKNOWN or _why(finding) == _FUNCTION):
            return self._missing.get(theirs) if isinstance(theirs, str) else self._runs(ours or "")
        if finding.rule == _CONTAINER and theirs in self._nodes and self._counterparts.get(theirs) == ours:
            return self._container(self._nodes[theirs], finding.effect is Effect.UNKNOWN)
        if finding.rule in _ORDER and theirs in self._nodes:
            return self._order(self._nodes[theirs], finding)
        return None

    # layers of one side

    def _read(self, steps: Sequence[Step]) -> None:
        """What corresponds to what, and what the traced forward calls where only the print has a layer."""
        for step in steps:
            for pair in _pairs(step):
                a, b = pair if self._is_candidate else pair[::-1]
                self._counterparts[b.path] = a.path
                self._nodes[b.path], self._own_nodes[a.path] = b, a
        before, between = "", list[Leaf]()
        is_known = True
        for step in steps:
            match step:
                case Added(node) | Removed(node):
                    if isinstance(step, Added) is self._is_candidate:
                        continue
                    self._nodes[node.path] = node
                    leaf = self._theirs.leaf(node.path)
                    if leaf is None or node.children:
                        is_known = False
                    else:
                        between.append(leaf)
                case Pair(a, b):
                    here = (a if self._is_candidate else b).path
                    if is_known:
                        self._called(before, between, here)
                    before, between, is_known = here, [], True
                case Swap() | Moved():
                    is_known = False
        if is_known:
            self._called(before, between, "")

    def _called(self, before: str, between: Sequence[Leaf], behind: str) -> None:
        if not between:
            return
        found = [each.calls_between(before, between, behind) for each in self._forwards]
        for leaf, modes in zip(between, zip(*found, strict=True), strict=True):
            if (answer := self._of_missing(leaf, before, modes)) is not None:
                self._missing[leaf.path] = answer

    def _of_missing(self, leaf: Leaf, before: str, modes: Sequence[bool]) -> Answer | None:
        node = self._nodes[leaf.path]
        owner = owner_of(node.parent) if node.parent else None
        taken = owner is not None and owner.forward is Forward.SOMEBODY
        assumed = message("taken-as-traced", class_name=owner.layer.class_name) if taken and owner else None
        if all(modes):
            return Answer(Effect.EQUIVALENT, message("traced-called", side=self._side), assumed)
        container = self._counterparts.get(owner.path if owner else "", "")
        forwards = [each for each in self._forwards if each.training or not leaf.has(Trait.DROPS)]
        places = [place for each in forwards for place in each.calls_in(container, leaf)]
        if places:
            names = tuple(dict.fromkeys(_named(each, container) for each in places))
            return Answer(Effect.UNKNOWN, message("traced-called-elsewhere", side=self._side, names=names))
        if any(each.may_call(container, before, leaf.layer.kind) for each in self._forwards):
            return Answer(Effect.UNKNOWN, message("traced-may-be", side=self._side))
        effect, _ = layer_effects.missing(leaf, repeats=False, certain_shapes=False)
        return Answer(effect, message("traced-not-called", side=self._side))

    def _runs(self, path: str) -> Answer | None:
        """What a layer that the print lacks does in the traced network."""
        if not any(each.runs(path) for each in self._forwards):
            return Answer(Effect.EQUIVALENT, message("traced-runs-not", side=self._side))
        holder = path.rpartition(".")[0]
        places = (place for each in self._forwards for place in each.places(path))
        names = tuple(dict.fromkeys(_named(place, holder) for place in places))
        return Answer(Effect.UNKNOWN, message("traced-runs", side=self._side, names=names)) if names else None

    # order

    def out_of_order(self) -> frozenset[str]:
        """Classes of either side whose traced forward runs in no printed order, or does something else as well."""
        found: set[str] = set()
        for path, here in self._counterparts.items():
            node = self._nodes[path]
            pair = [each for each in (node, self._own_nodes[here]) if each.layer.children]
            if any(each.forward is Forward.SOMEBODY for each in pair):
                ways = self._in_printed_order(node), self._in_own_order(node)
                found |= {each.layer.class_name for each in pair if not any(map(all, filter(None, ways)))}
        return frozenset(found)

    def explains(self, contradiction: Contradiction, classes: frozenset[str]) -> bool:
        """Whether shapes of the print part only where it does not run as printed, but as the traced network does.

        That gives the layer what it takes, or prints such a contradiction in the same place.

        Args:
            contradiction: Of the print.
            classes: That are taken to run as traced: what `out_of_order` gives.
        """
        here, leaf = self._counterparts.get(contradiction.path), self._theirs.leaf(contradiction.path)
        at = self._theirs.sized.normal.printed
        around = (at(path) for path in _and_around(contradiction.container))
        if here is None or leaf is None or classes.isdisjoint(each.class_name for each in around if each is not None):
            return False
        taken = self._forwards[0].taken_by(here)
        return here in {each.path for each in self._ours.sized.contradictions} or fits(leaf, taken)

    def _in_own_order(self, node: Node) -> list[bool]:
        """Whether the counterpart of a container runs what it prints in printed order, in each mode."""
        container = self._counterparts[node.path]
        own = [leaf.path for leaf in self._ours.leaves_of(self._own_nodes[container])]
        return [each.runs_in_order(container, own) for each in self._forwards]

    def _parts(self, node: Node) -> list[Part] | None:
        """What a container of the print runs in printed order, in the traced network; None where that lacks weights."""
        found: list[Part] = []
        for leaf in self._theirs.leaves_of(node):
            if (path := self._counterparts.get(leaf.path)) is not None:
                found.append(path)
            elif leaf.kind is not None and layer_effects.can_be_a_function(leaf):
                found.append(leaf)
            else:
                return None
        return found

    def _in_printed_order(self, node: Node) -> list[bool] | None:
        """Whether the traced forward runs what the print holds in the order of the print, in each mode."""
        parts, container = self._parts(node), self._counterparts.get(node.path)
        if parts is None or container is None:
            return None
        return [each.runs_in_order(container, parts) for each in self._forwards]

    def _container(self, node: Node, is_unknown: bool) -> Answer | None:
        """What another class around layers changes, where that of the print is known to run in order."""
        modes = self._in_printed_order(node)
        if modes is None or not node.layer.children:
            return None
        class_name = self._class_of(node)
        if not node.runs_in_order or not all(each.runs_in_order for each in _containers(node)):
            if not all(modes) or not is_unknown:
                return None
            words = message("traced-must-be-in-order", class_name=class_name, other=node.layer.class_name)
            return Answer(Effect.UNKNOWN, words)
        if all(modes):
            return Answer(Effect.EQUIVALENT, message("traced-in-order", class_name=class_name))
        if all(self._in_own_order(node)):  # what it prints in another order is a finding
            return Answer(Effect.EQUIVALENT, message("traced-as-printed", class_name=class_name))
        if self._is_rewritten(node):
            return None
        if not self._calls_in_turn(node):
            return Answer(Effect.UNKNOWN, message("traced-not-as-printed", class_name=class_name))
        effect = Effect.FUNCTION if not modes[0] else Effect.TRAINING
        return Answer(effect, message("traced-not-in-order", class_name=class_name))

    def _is_rewritten(self, node: Node) -> bool:
        """Whether a rule made other layers of those that are printed in a container of either side."""
        both = (self._ours, self._counterparts[node.path]), (self._theirs, node.path)
        return any(
            (not at or f"{each.path}.".startswith(f"{at}.")) and each.rule not in _HARMLESS
            for side, at in both
            for each in side.sized.normal.rewrites
        )

    def _calls_in_turn(self, node: Node) -> bool:
        """Whether the counterpart calls just the layers of the print, in its order; what else it does is another thing.

        Where one is missing, that is a finding.
        """
        parts = self._parts(node) or []
        paths = [each for each in parts if isinstance(each, str)]
        container = self._counterparts[node.path]
        return len(paths) == len(parts) and all(each.calls_in_turn(container, paths) for each in self._forwards)

    def _class_of(self, node: Node) -> str:
        path = self._counterparts[node.path]
        found = self._ours.sized.network.root
        for name in path.split(".") if path else ():
            found = next((each for each in found.children if each.name == name), found)
        return found.class_name

    def _order(self, node: Node, finding: Finding) -> Answer | None:
        """What another order of layers changes where the trace shows which of the two runs."""
        owner = owner_of(node.parent) if node.parent else None
        if owner is None or owner.path not in self._counterparts:
            return None
        is_known = owner.runs_in_order and all(each.runs_in_order for each in _containers(owner))
        if not is_known and owner.forward is not Forward.SOMEBODY:
            return None
        modes, name, class_name = self._in_printed_order(owner), owner.layer.class_name, self._class_of(owner)
        if modes and all(modes):
            assumed = None if is_known else message("taken-in-order", class_name=name)
            return Answer(Effect.INIT, message("traced-in-order", class_name=class_name), assumed)
        why = finding.what["why"] if finding.what is not None and finding.what.code == "because" else None
        if not isinstance(why, Message) or why.code != "if-in-printed-order" or not all(self._in_own_order(owner)):
            return None
        if is_known:
            effect = next(each for each in Effect if each.word == why["effect"])
            return Answer(effect, message("traced-as-printed", class_name=class_name))
        words = {"side": self._side, "class_name": class_name, "other": name, "effect": why["effect"]}
        return Answer(Effect.UNKNOWN, message("traced-in-own-order", **words))


def traces_of(side: Sized) -> tuple[ForwardTrace, ...]:
    """What the forward of a network does in eval mode, and in training; nothing where it was not traced."""
    fact = side.network.fact(TRACES)
    held = fact.value if fact is not None and isinstance(fact.value, tuple) else ()
    return tuple(each for each in held if isinstance(each, ForwardTrace))


def _and_around(path: str) -> Iterator[str]:
    """A path and those of all that holds it."""
    while path:
        yield path
        path = path.rpartition(".")[0]
    yield ""


def _named(path: str, holder: str) -> str:
    """A module as the forward of another one sees it."""
    if holder and not path.startswith(f"{holder}."):
        return "what comes in"
    return path.removeprefix(f"{holder}.") if path else "what comes in"


def _in_one(answers: Sequence[Answer]) -> Answer:
    """What several places have in common; the names of all of them."""
    first = answers[0]
    if first.why is None or not (names := [name for each in answers for name in _names(each)]):
        return first
    values = {**dict(first.why.values), "names": tuple(dict.fromkeys(names))}
    return first._replace(why=message(first.why.code, **values))


def _names(answer: Answer) -> tuple[object, ...]:
    names = dict(answer.why.values).get("names", ()) if answer.why is not None else ()
    return names if isinstance(names, tuple) else ()


def _why(finding: Finding) -> str:
    why = finding.what["why"] if finding.what is not None and finding.what.code == "because" else None
    return why.code if isinstance(why, Message) else ""


def _containers(node: Node) -> Iterator[Node]:
    stack = [*node.children]
    while stack:
        each = stack.pop()
        if each.children and not each.is_layer:
            yield each
        stack += each.children


def _pairs(step: Step) -> Iterator[tuple[Node, Node]]:
    match step:
        case Pair(a, b) | ContainerPair(a, b) | Reordered(a, b):
            yield a, b
        case Swap(first, second, inner):
            for each in (first, second, *inner):
                yield from _pairs(each)
        case Moved(pairs, _, inner):
            for each in (*pairs, *inner):
                yield from _pairs(each)
