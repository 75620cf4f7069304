"""Whether a print holds enough to run the network, decided without building it.

What torch runs in order runs; a class of somebody is taken to only as `semantics.containers` says, and where the shapes
agree. Everything else needs a live module, and the refusal says so in one line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from archdiff.execute import _classes, binding
from archdiff.execute._plans import INSIDE, WHOLE, Call, Hold, Where
from archdiff.execute._refusals import LISTED, LIVE, Missing, error
from archdiff.execute.given import CLASS, Given
from archdiff.infer import Contradiction, Sized
from archdiff.infer.flow import CALL, CONCATENATION
from archdiff.model.errors import BuildError
from archdiff.model.facts import Fact, Provenance
from archdiff.model.network import Layer, Network, apart, join, walk
from archdiff.model.wording import listed
from archdiff.semantics import containers, kinds
from archdiff.semantics.containers import Forward
from archdiff.semantics.kinds import Settings, Trait


def where_root(sized: Sized) -> Where:
    """Where the root stands: its class is not taken to run in printed order where the shapes contradict that."""
    return INSIDE if next(_contradictions(sized), None) else WHOLE


def check_runs(sized: Sized, given: Sequence[Fact] = (), ordered: Sequence[Fact] = ()) -> None:
    """That the network can be run from its print.

    Args:
        sized: the network with the shapes that follow from its text.
        given: what the print does not hold; `class=Sequential` says of a class that it runs its children in order,
            whatever the shapes say.
        ordered: the same of classes that were taken to before somebody changed what is in them; see `in_order`.

    Raises:
        BuildError: the first reason why it cannot run, in one line.
    """
    found = _Found(Given((*ordered, *given)))
    root = apart(sized.network).root
    found.enter(root, root.name, WHOLE)
    if found.classes:
        raise found.branches()
    for path, layer, why, way_out in found.leaves:
        raise error(layer, path, why, way_out)
    said = {fact.path for fact in given if (fact.name, fact.value) == (CLASS, binding.IN_ORDER_CLASS)}
    for each in _contradictions(sized):
        if said.isdisjoint((each.container, each.container_class)):
            raise _more_than_printed(sized, each)


def in_order(before: Sequence[Sized], after: Network) -> tuple[Fact, ...]:
    """That the classes of somebody which were taken to run in printed order still do, as something that is given."""
    found = _Found(Given())
    for sized in before:
        found.enter(sized.network.root, sized.network.root.name, WHOLE)
    layers = [layer for _, layer in walk(after.root) if layer.class_name in found.taken]
    leaves = {layer.class_name for layer in layers if not layer.children}
    names = {layer.class_name for layer in layers} - leaves
    return tuple(Fact(CLASS, binding.IN_ORDER_CLASS, Provenance.GIVEN, name) for name in sorted(names))


def _contradictions(sized: Sized) -> Iterator[Contradiction]:
    """Where more runs than is printed, in a class that is not known to do so."""
    for each in sized.contradictions:
        holder = sized.normal.printed(each.container)
        known = holder is not None and containers.forward(holder) is Forward.KNOWN
        if not each.certain and not known:
            yield each


@dataclass(slots=True)
class _Found:
    """What cannot run."""

    given: Given
    classes: dict[str, tuple[str, Layer]] = field(default_factory=dict)  # of somebody -> the first of each
    taken: set[str] = field(default_factory=set)  # classes of somebody that are taken to run in printed order
    leaves: list[tuple[str, Layer, str, str]] = field(default_factory=list)  # path, layer, why, way out
    called: int = 0  # layers that run, so far

    def enter(self, layer: Layer, path: str, where: Where) -> None:
        """Look at a layer and at what is in it, in printed order."""
        given = self.given.of(layer.class_name, path)
        if where.called and (why := _needs_branches(layer, bool(self.called))):
            self.leaves.append((path, layer, f"{why}: branches cannot run from a print", LIVE))
        try:
            plan = binding.bind(layer, path, given, where)
        except (Missing, BuildError):
            return  # the builder says so of all at once
        if isinstance(plan, Call) and where.called:
            self.called += 1
            if not plan.runs:
                self.leaves.append((path, layer, *_has_no_forward(plan, layer, path)))
        elif isinstance(plan, Hold):
            self._enter_children(plan, layer, path)

    def _enter_children(self, plan: Hold, layer: Layer, path: str) -> None:
        if not plan.runs and not containers.is_chain(layer):
            self.classes.setdefault(plan.class_name, (path, layer))
        elif containers.forward(layer) is Forward.SOMEBODY:
            self.taken.add(layer.class_name)
        children = binding.expanded(layer).children if self.given.by_path else layer.children
        for child in children:
            if not binding.is_beside(child.class_name):
                self.enter(child, join(path, child.name), plan.inside)

    def branches(self) -> BuildError:
        """One line for all classes of somebody that may branch."""
        path, layer = next(iter(self.classes.values()))
        names = list(self.classes)
        more = f", as may {listed(names[1:], LISTED)}" if names[1:] else ""
        why = f"may have branches (shortcuts, attention, concatenations){more}: branches cannot run from a print"
        if any(map(containers.names_branches, names)) or len(names) > LISTED:
            return error(layer, path, why, LIVE)
        options = " ".join(f"--set {name}.{CLASS}={binding.IN_ORDER_CLASS}" for name in names)
        does = "all that they do" if names[1:] else "all that it does"
        return error(layer, path, why, f"{LIVE}; {options}, if {does} is to run children in printed order")


def _needs_branches(layer: Layer, behind_another: bool) -> str:
    """Why a layer cannot take what the one before it gives, and nothing else; "" where it can."""
    kind = kinds.of_layer(layer)
    if kind is None:
        return ""
    if kind.name in _classes.SEVERAL_INPUTS or kind.has(Trait.UNPOOLS, Settings(kind, {})):
        return "takes several inputs"
    return "takes indices, and not what stands before it" if kind.name in _EMBEDDINGS and behind_another else ""


_EMBEDDINGS: Final = frozenset({"embedding", "embedding_bag"})


def _has_no_forward(plan: Call, layer: Layer, path: str) -> tuple[str, str]:
    """Why a layer without children does not run, and the way out."""
    kind, place = kinds.find(layer.class_name), path or layer.class_name
    if plan.lacks and kind is not None and all(map(kind.field, plan.lacks)):
        lacks = " ".join(f"--set {place}.{name}=..." for name in plan.lacks)
        return f"does not print its {', '.join(plan.lacks)}", f"{LIVE}; or say what the text cannot tell: {lacks}"
    stands = f"--set {place}.{CLASS}=NAME says which class of torch.nn computes the same"
    return "is a class whose forward no print holds", f"{LIVE}; {stands}"


def _more_than_printed(sized: Sized, seen: Contradiction) -> BuildError:
    given = sized.input is not None and sized.input.provenance is Provenance.GIVEN
    first = sized.leaves[0].path if sized.leaves else ""
    if given and seen.path == first:
        what, way_out = f"the given input does not fit: {seen.because}", f"{_SHAPE}; {LIVE}"
    else:
        what = f"{_WHAT.get(seen.mended_by, _MORE).format(seen.path)}: {seen.because}; that cannot run from a print"
        way_out = f"{LIVE}; or another --input-shape" if given and seen.mended_by != CALL else LIVE
    return BuildError(what, source=sized.network.source, line=seen.line, way_out=way_out)


_SHAPE: Final = "--input-shape gives it, without the batch: 1,32,32"
_MORE: Final = "branches or calls that no print holds stand before {}"
_WHAT: Final = {
    CALL: "a call that no print holds stands before {}, such as a flatten or an activation",
    CONCATENATION: "branches that no print holds come together before {}",
}
