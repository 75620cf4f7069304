"""Whether a print holds enough to run the network, decided without building it.

What torch runs in order runs; a custom class is taken to only as `semantics.containers` says, and where the shapes
agree. Everything else needs a live module, and the refusal says so in one line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from archdiff.execute.building import classes, planner
from archdiff.execute.building.plans import INSIDE, WHOLE, Call, Hold, Position
from archdiff.execute.building.refusals import LISTED, LIVE, Missing, build_error
from archdiff.execute.building.supplied_settings import CLASS, SuppliedSettings, supplied_for
from archdiff.infer import Contradiction, Sized
from archdiff.infer.flow import CALL, CONCATENATION
from archdiff.model.errors import BuildError
from archdiff.model.facts import Fact, Provenance
from archdiff.model.network import Layer, Network, apart, join, walk
from archdiff.model.wording import listed
from archdiff.semantics import containers, kinds
from archdiff.semantics.containers import Forward
from archdiff.semantics.kinds import Settings, Trait


def root_position(sized: Sized) -> Position:
    """Where the root stands: its class is not taken to run in printed order where the shapes contradict that."""
    return INSIDE if next(_contradictions(sized), None) else WHOLE


def check_both(
    networks: Sequence[Sized], addresses: Sequence[str], supplied: Sequence[Fact], before: Sequence[Sized] = ()
) -> list[tuple[Fact, ...]]:
    """That both networks can be run, where they are built from their prints.

    Args:
        networks: the candidate and the reference.
        addresses: of each the address of its live module, "" for a print.
        supplied: what no print holds, of either.
        before: both as they were before findings in them were undone; see `in_order`.

    Returns:
        What holds for each when it is built.

    Raises:
        UsageError: something is supplied for a layer that neither has.
        BuildError: the first reason why one of them cannot run.
    """
    found: list[tuple[Fact, ...]] = []
    for sized, address, known in zip(
        networks, addresses, supplied_for(supplied, *(each.network for each in networks)), strict=True
    ):
        ordered = in_order(before, sized.network)
        if not address:
            _check_size(sized)
            check_runs(sized, known, ordered)
        found.append((*ordered, *known))
    return found


def _check_size(sized: Sized) -> None:
    """That a network is not out of proportion to its print."""
    if len(sized.leaves) > _MOST_LAYERS:
        why = f"{len(sized.leaves):,} layers: at most {_MOST_LAYERS:,} layers of a print are run"
        raise BuildError(why, source=sized.network.source, line=sized.network.root.span.line, way_out=_AS_IT_IS)
    for leaf in sized.leaves:
        stacked = leaf.settings.known("num_layers") if leaf.kind is not None else 0
        if isinstance(stacked, int) and stacked > _MOST_STACKED:
            why = f"stacks {stacked:,} layers: at most {_MOST_STACKED:,} layers of a print are run"
            message = f"{leaf.title} ({leaf.layer.class_name}) {why}"
            raise BuildError(message, source=sized.network.source, line=leaf.line, way_out=_AS_IT_IS)


_MOST_LAYERS: Final = 20_000  # that a print may run: at 4 ms each, of 4,000 equal ones both ways
_MOST_STACKED: Final = 1_000  # in one recurrent layer, which torch makes in a time that grows with the square
_AS_IT_IS: Final = "package.module:factory runs a live module as it is"


def check_runs(sized: Sized, supplied: Sequence[Fact] = (), ordered: Sequence[Fact] = ()) -> None:
    """That the network can be run from its print.

    Args:
        sized: the network with the shapes that follow from its text.
        supplied: what the print does not hold; `class=Sequential` says of a class that it runs its children in order,
            whatever the shapes say.
        ordered: the same of classes that were taken to before findings in them were undone; see `in_order`.

    Raises:
        BuildError: the first reason why it cannot run, in one line.
    """
    found = _Found(SuppliedSettings((*ordered, *supplied)))
    root = apart(sized.network).root
    found.enter(root, root.name, WHOLE)
    if found.classes:
        raise found.branches()
    for path, layer, why, way_out in found.leaves:
        raise build_error(layer, path, why, way_out)
    in_printed_order = {fact.path for fact in supplied if (fact.name, fact.value) == (CLASS, planner.IN_ORDER_CLASS)}
    for each in _contradictions(sized):
        if in_printed_order.isdisjoint((each.container, each.container_class)):
            raise _more_than_printed(sized, each)


def in_order(before: Sequence[Sized], after: Network) -> tuple[Fact, ...]:
    """That the custom classes that were taken to run in printed order still do, as something that is supplied."""
    found = _Found(SuppliedSettings())
    for sized in before:
        found.enter(sized.network.root, sized.network.root.name, WHOLE)
    layers = [layer for _, layer in walk(after.root) if layer.class_name in found.taken]
    leaves = {layer.class_name for layer in layers if not layer.children}
    names = {layer.class_name for layer in layers} - leaves
    return tuple(Fact(CLASS, planner.IN_ORDER_CLASS, Provenance.GIVEN, name) for name in sorted(names))


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

    supplied: SuppliedSettings
    classes: dict[str, tuple[str, Layer]] = field(default_factory=dict)  # custom ones -> the first of each
    taken: set[str] = field(default_factory=set)  # custom classes that are taken to run in printed order
    leaves: list[tuple[str, Layer, str, str]] = field(default_factory=list)  # path, layer, why, way out
    called: int = 0  # layers that run, so far

    def enter(self, layer: Layer, path: str, where: Position) -> None:
        """Look at a layer and at what is in it, in printed order."""
        supplied = self.supplied.of(layer.class_name, path)
        if where.called and (why := _needs_branches(layer, bool(self.called))):
            self.leaves.append((path, layer, f"{why}: branches cannot run from a print", LIVE))
        try:
            plan = planner.bind(layer, path, supplied, where)
        except (Missing, BuildError):
            return  # the builder says so of all at once
        if isinstance(plan, Call) and where.called:
            self.called += 1
            if not plan.has_forward:
                self.leaves.append((path, layer, *_has_no_forward(plan, layer, path)))
        elif isinstance(plan, Hold):
            self._enter_children(plan, layer, path)

    def _enter_children(self, plan: Hold, layer: Layer, path: str) -> None:
        if not plan.has_forward and not containers.is_chain(layer):
            self.classes.setdefault(plan.class_name, (path, layer))
        elif containers.forward(layer) is Forward.SOMEBODY:
            self.taken.add(layer.class_name)
        children = planner.expanded(layer).children if self.supplied.by_path else layer.children
        for child in children:
            if not planner.is_beside(child.class_name):
                self.enter(child, join(path, child.name), plan.inside)

    def branches(self) -> BuildError:
        """One line for all custom classes that may branch."""
        path, layer = next(iter(self.classes.values()))
        names = list(self.classes)
        more = f", as may {listed(names[1:], LISTED)}" if names[1:] else ""
        why = f"may have branches (shortcuts, attention, concatenations){more}: branches cannot run from a print"
        if any(map(containers.names_branches, names)) or len(names) > LISTED:
            return build_error(layer, path, why, LIVE)
        options = " ".join(f"--set {name}.{CLASS}={planner.IN_ORDER_CLASS}" for name in names)
        does = "all that they do" if names[1:] else "all that it does"
        return build_error(layer, path, why, f"{LIVE}; {options}, if {does} is to run children in printed order")


def _needs_branches(layer: Layer, behind_another: bool) -> str:
    """Why a layer cannot take what the one before it gives, and nothing else; "" where it can."""
    kind = kinds.of_layer(layer)
    if kind is None:
        return ""
    if kind.name in classes.SEVERAL_INPUTS or kind.has(Trait.UNPOOLS, Settings(kind, {})):
        return "takes several inputs"
    return "takes indices, not the output of the layer before it" if kind.name in _EMBEDDINGS and behind_another else ""


_EMBEDDINGS: Final = frozenset({"embedding", "embedding_bag"})


def _has_no_forward(plan: Call, layer: Layer, path: str) -> tuple[str, str]:
    """Why a layer without children does not run, and the way out."""
    kind, place = kinds.find(layer.class_name), path or layer.class_name
    if plan.lacks and kind is not None and all(map(kind.field, plan.lacks)):
        lacks = " ".join(f"--set {place}.{name}=..." for name in plan.lacks)
        return f"does not print its {', '.join(plan.lacks)}", f"{LIVE}; or give what the text cannot tell: {lacks}"
    stands = f"--set {place}.{CLASS}=NAME says which class of torch.nn computes the same"
    return "is a class whose forward no print holds", f"{LIVE}; {stands}"


def _more_than_printed(sized: Sized, contradiction: Contradiction) -> BuildError:
    supplied = sized.input is not None and sized.input.provenance is Provenance.GIVEN
    first = sized.leaves[0].path if sized.leaves else ""
    if supplied and contradiction.path == first:
        what, way_out = f"the given input does not fit: {contradiction.because}", f"{_SHAPE}; {LIVE}"
    else:
        stands_before = _WHAT.get(contradiction.mended_by, _MORE).format(contradiction.path)
        what = f"{stands_before}: {contradiction.because}; that cannot run from a print"
        way_out = f"{LIVE}; or another --input-shape" if supplied and contradiction.mended_by != CALL else LIVE
    return BuildError(what, source=sized.network.source, line=contradiction.line, way_out=way_out)


_SHAPE: Final = "--input-shape gives it, without the batch: 1,32,32"
_MORE: Final = "branches or calls that no print holds stand before {}"
_WHAT: Final = {
    CALL: "a call that no print holds stands before {}, such as a flatten or an activation",
    CONCATENATION: "branches that no print holds come together before {}",
}
