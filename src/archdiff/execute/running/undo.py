"""`--undo AD601@cnn1_kwinner`: single findings of a comparison taken away from the candidate, in its printed tree.

The candidate gets the reference's setting, order or layer at that place, and nothing else. What only follows from it
(the width of the next layer) is taken along when both are compared anew. Imports no torch and changes no reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from archdiff import diff, infer
from archdiff.diff import Comparison, steps_of
from archdiff.diff.nodes import Node
from archdiff.diff.steps import Moved, Swap
from archdiff.execute.tree import Branch, Tree, kind_name
from archdiff.infer import Sized
from archdiff.model.catalogue import UNDOABLE
from archdiff.model.effects import Effect
from archdiff.model.errors import UsageError
from archdiff.model.finding import Finding, Place
from archdiff.model.network import Layer, Setting, apart
from archdiff.model.wording import listed
from archdiff.semantics import kinds, rules
from archdiff.semantics.kinds import Kind, Trait

_SETTINGS: Final = ("AD301", "AD401", "AD501", "AD601")
#: compared together, so undone together
_TOGETHER: Final = {
    "percent_on": ("percent_on", "k", "k_inference"),
    "k_inference": ("k_inference", "channels"),  # channels tell the generation of the code
}
_LISTED: Final = 8  # findings that an error names
_ROUNDS: Final = 20  # of what follows from what follows

#: one finding at one place: the paths on both sides
Spot = tuple[Finding, Place | None, Place | None]


def undo_findings(
    candidate: Sized, reference: Sized, found: Comparison, words: Sequence[str]
) -> tuple[Sized, Sized, Comparison, tuple[str, ...]]:
    """Takes findings away from the candidate.

    Args:
        candidate: is changed in a copy.
        reference: stays as it is.
        found: the comparison of both.
        words: `RULE@PATH`, `RULE`, or an effect for all findings of it.

    Returns:
        Both networks and their comparison without these findings, and the names of these.

    Raises:
        UsageError: a word stands for no finding, or for one that cannot be undone.
    """
    spots = list(dict.fromkeys(spot for word in words for spot in _meant(word, found)))
    work = _Work(candidate, reference, found)
    for spot in sorted(spots, key=lambda spot: spot[0].aspect != "order"):  # so that what is put in stands beside it
        work.undo(*spot)
    names = tuple(dict.fromkeys(_name(spot) for spot in spots))
    undone_candidate, undone_reference, again = _compared(work, candidate, reference)
    before = {_key(spot) for spot in _spots(found)}
    for _ in range(_ROUNDS):
        follows = [spot for spot in _spots(again) if _follows(spot) and _key(spot) not in before]
        if not follows:
            break
        work = _Work(undone_candidate, undone_reference, again)
        for spot in follows:
            work.undo(*spot)
        undone_candidate, undone_reference, again = _compared(work, candidate, reference)
    return undone_candidate, undone_reference, again, names


def _compared(work: _Work, candidate: Sized, reference: Sized) -> tuple[Sized, Sized, Comparison]:
    same = (candidate.input,) if candidate.input and candidate.input_shape == reference.input_shape else ()
    roots = ((candidate.network, work.candidate_tree.root), (reference.network, work.reference_tree.root))
    normal = [
        rules.normalize(network._replace(root=root.frozen(), facts=(*same, *network.facts))) for network, root in roots
    ]
    undone_candidate, undone_reference = infer.infer(normal)
    return undone_candidate, undone_reference, diff.compare(undone_candidate, undone_reference)


# What is meant


def _meant(word: str, found: Comparison) -> list[Spot]:
    rule, at, path = word.partition("@")
    spots = [spot for spot in _spots(found) if _fits(spot, rule.casefold(), path if at else None)]
    undoable = [spot for spot in spots if spot[0].rule in UNDOABLE]
    if undoable or (spots and all(map(_changes_nothing, spots))):
        return undoable
    if spots:
        raise UsageError(f"--undo {word}: cannot be undone", way_out=_listed(found))
    raise UsageError(f"--undo {word}: no such finding in this comparison", way_out=_listed(found))


def _changes_nothing(spot: Spot) -> bool:
    """So that there is nothing to undo."""
    return spot[0].effect <= Effect.EQUIVALENT or not spot[0].is_difference


def _fits(spot: Spot, rule: str, path: str | None) -> bool:
    finding, candidate, reference = spot
    if path is None and finding.effect.word == rule:
        return finding.rule in UNDOABLE
    paths = {place.path for place in (candidate, reference) if place}
    return finding.rule.casefold() == rule and (path is None or path in paths)


def _spots(found: Comparison) -> Iterator[Spot]:
    for finding in found.findings:
        for candidate, reference in finding.all_places:
            yield finding, candidate, reference


def _name(spot: Spot) -> str:
    place = spot[1] or spot[2]
    return f"{spot[0].rule}@{place.path}" if place and place.path else spot[0].rule


def _key(spot: Spot) -> object:
    finding, candidate, reference = spot
    return finding.rule, finding.setting, candidate and candidate.path, reference and reference.path


def _follows(spot: Spot) -> bool:
    """Whether it only says that another number comes in."""
    return spot[0].rule in _SETTINGS and (spot[0].aspect == "input" or spot[0].setting == "n")


def _listed(found: Comparison) -> str:
    names = dict.fromkeys(_name(spot) for spot in _spots(found) if spot[0].rule in UNDOABLE)
    return f"one of {listed([*names], _LISTED)}" if names else "there is nothing to undo"


# Undoing


class _Work:
    """Both printed trees, the candidate's being changed; paths are those of the comparison throughout."""

    def __init__(self, candidate: Sized, reference: Sized, found: Comparison) -> None:
        self.candidate, self.reference = candidate, reference
        self.candidate_tree, self.reference_tree = (Tree(apart(side.network).root) for side in (candidate, reference))
        _merge_relus(self.candidate_tree, candidate)
        _merge_relus(self.reference_tree, reference)
        self.partner: dict[str, Branch] = {}  # path in the reference -> what stands for it in the candidate
        for mine, other in found.pairs:
            if other is not None and mine in self.candidate_tree.outer:
                self.partner[other] = self.candidate_tree.outer[mine]
        self.steps = steps_of(candidate, reference).steps

    def undo(self, finding: Finding, candidate: Place | None, reference: Place | None) -> None:
        match finding.rule:
            case "AD103" | "AD106" if candidate is None and reference is not None:
                self._insert(reference.path)
            case "AD104" | "AD106" if candidate is not None:
                self.candidate_tree.outer[candidate.path].remove()
            case "AD105" if candidate is not None and reference is not None:
                self._replace(candidate.path, reference.path)
            case "AD101" | "AD102" if candidate is not None and reference is not None:
                self._reorder(candidate.path, reference.path)
            case rule if rule in _SETTINGS and candidate is not None and reference is not None and finding.setting:
                self._set(finding.setting, candidate.path, reference.path)
            case _:
                pass

    def _insert(self, path: str) -> None:
        """The reference's layer or block behind what stands for the one before it."""
        copy = self.reference_tree.outer[path].copy()
        anchor = self._before(path)
        if anchor is None:
            self.candidate_tree.trunk().insert(0, copy)
        else:
            anchor.insert_behind(copy)
        made = dict(zip(map(id, self.reference_tree.outer[path].walk()), copy.walk(), strict=True))
        self.partner |= {
            below: made[id(branch)] for below, branch in self.reference_tree.outer.items() if id(branch) in made
        }

    def _before(self, path: str) -> Branch | None:
        """What stands in the candidate for the last leaf before this place of the reference."""
        found = None
        for leaf in self.reference.leaves:
            if leaf.path == path or leaf.path.startswith(f"{path}."):
                return found
            found = self.partner.get(leaf.path, found)
        return found

    def _replace(self, candidate: str, reference: str) -> None:
        branch, copy = self.candidate_tree.outer[candidate], self.reference_tree.outer[reference].copy()
        copy.name = branch.name
        branch.replace(copy)
        self.candidate_tree.outer[candidate] = self.candidate_tree.inner[candidate] = self.partner[reference] = copy

    def _reorder(self, candidate: str, reference: str) -> None:
        for step in self.steps:
            match step:
                case Swap(first, second) if candidate in (first.candidate.path, second.candidate.path):
                    Branch.exchange(
                        self.candidate_tree.outer[first.candidate.path],
                        self.candidate_tree.outer[second.candidate.path],
                    )
                    return
                case Moved(pairs) if pairs[0].candidate.path == candidate:
                    self._move([(pair.candidate, pair.reference) for pair in pairs])
                    return
        raise UsageError(f"--undo {candidate}: the order of {candidate} and {reference} cannot be undone")

    def _move(self, moved: Sequence[tuple[Node, Node]]) -> None:
        for mine, other in moved:
            branch = self.candidate_tree.outer[mine.path]
            for leaf in other.leaves():
                self.partner.pop(leaf.path, None)
            anchor = self._before(other.path)
            branch.remove()
            if anchor is None:
                self.candidate_tree.inner[""].insert(0, branch)
            else:
                anchor.insert_behind(branch)
            self.partner |= {
                b.path: self.candidate_tree.outer[a.path]
                for a, b in zip(mine.leaves(), other.leaves(), strict=False)
                if a.path in self.candidate_tree.outer
            }

    # Settings

    def _set(self, name: str, candidate: str, reference: str) -> None:
        if name == "weight_density":
            self._mask(candidate, reference)
            return
        branch, other = self.candidate_tree.inner[candidate], self.reference_tree.inner[reference]
        kind = kinds.find(other.layer.class_name)
        if kind is None:
            branch.layer = _with(branch.layer, other.layer, None, (name,))
            return
        classes = branch.layer.class_name, other.layer.class_name
        if classes[0] != classes[1] and any(name in kind.classes.get(each, ()) for each in classes):
            branch.layer = branch.layer._replace(class_name=classes[1])
        branch.layer = _with(branch.layer, other.layer, kind, _TOGETHER.get(name, (name,)))

    def _mask(self, candidate: str, reference: str) -> None:
        """The reference's wrapper around the candidate's layer, or none."""
        outer, inner = self.candidate_tree.outer[candidate], self.candidate_tree.inner[candidate]
        other = self.reference_tree.outer[reference]
        if other is self.reference_tree.inner[reference]:
            new = inner.copy()
            new.layer = new.layer._replace(class_name=other.layer.class_name) if not other.children else new.layer
        else:
            new = other.copy()
            (held,) = new.children
            held.replace(replacing := inner.copy())
            replacing.name = held.name
        new.name = outer.name
        outer.replace(new)
        for other_path, branch in self.partner.items():
            if branch is outer:
                self.partner[other_path] = new
        self.candidate_tree.outer[candidate], self.candidate_tree.inner[candidate] = new, new.innermost()


def _merge_relus(tree: Tree, sized: Sized) -> None:
    """A ReLU before k-winners is a setting of the k-winners, as in the normal form, so that both move together."""
    for leaf in sized.leaves:
        branch = tree.inner.get(leaf.path)
        if branch is None or not leaf.has(Trait.PICKS_WINNERS) or leaf.settings.known("relu") is not True:
            continue
        printed = next((setting.value for setting in branch.layer.settings if setting.name == "relu"), False)
        if printed is not True and branch.parent is not None:
            before = branch.parent.children[: branch.parent.children.index(branch)]
            next(each for each in reversed(before) if kind_name(each.layer) == "relu").remove()
            settings = tuple(setting for setting in branch.layer.settings if setting.name != "relu")
            branch.layer = branch.layer._replace(settings=(*settings, Setting("relu", True)))


def _named(layer: Layer, kind: Kind | None) -> Iterator[Setting]:
    """Settings by the names of their fields."""
    position = iter(kind.positional) if kind else iter(())
    also = {other: field.name for field in (kind.fields if kind else ()) for other in field.also}
    for index, setting in enumerate(layer.settings, 1):
        name = setting.name or next(position, None) or f"setting {index}"
        yield Setting(also.get(name, name), setting.value)


def _with(layer: Layer, other: Layer, kind: Kind | None, names: Sequence[str]) -> Layer:
    """The layer with these settings as the other one prints them, or does not."""
    kept = [setting for setting in _named(layer, kind) if setting.name not in names]
    printed = {setting.name: setting for setting in _named(other, kind)}
    return layer._replace(settings=(*kept, *(printed[name] for name in names if name in printed)))
