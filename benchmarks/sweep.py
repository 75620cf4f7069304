"""One Softmax, Dropout, ReLU or MaxPool more or less, anywhere in a print: is the effect known where it can be?

    python benchmarks/sweep.py FILE_OR_FOLDER... [--places 20] [--seed 0]

Each edit changes one line of one container. In what runs its children in order the effect must be known: at most 1 %
may be `unknown`. Nowhere may a verdict be below `training`, unless it is `equivalent` and a finding says why: a second
ReLU in a row, a Dropout of p=0. The exit code is 1 where either does not hold; every offender is printed.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from verdicts import at_least, plain, verdict

from archdiff import parse
from archdiff.api import compare_networks
from archdiff.model.errors import ArchdiffError
from archdiff.model.network import Layer, Network, Setting
from archdiff.model.outcome import Outcome
from archdiff.parse.unparse import unparse

MOST_UNKNOWN: Final = 0.01  # of the edits in what runs in order
_FLAT: Final = Setting("inplace", False)
_POOL: Final = (("kernel_size", 2), ("stride", 2), ("padding", 0), ("dilation", 1), ("ceil_mode", False))
ADDED: Final = (
    Layer("", "Softmax", (Setting("dim", 1),)),
    Layer("", "Dropout", (Setting("p", 0.5), _FLAT)),
    Layer("", "ReLU"),
    Layer("", "MaxPool2d", tuple(Setting(name, value) for name, value in _POOL)),
)
REMOVED: Final = ("Softmax", "Dropout", "ReLU", "MaxPool")
_IN_ORDER: Final = ("Sequential", "DataParallel", "DistributedDataParallel", "OptimizedModule")
_HOLDS: Final = ("ModuleList", "ModuleDict")


@dataclass(frozen=True)
class Edited:
    """A print with one line more or less."""

    text: str
    what: str  # "add ReLU", "remove Dropout"
    layer: Layer  # that was added or removed
    container: str  # "in order", "holds", "somebody's"
    place: str  # path of the container, and which child


@dataclass(frozen=True)
class Row:
    """An edit with the verdict on it."""

    edited: Edited
    verdict: frozenset[str]
    rules: tuple[str, ...]  # of its findings, with their effects
    explained: bool  # whether a finding below `training` names the layer

    @property
    def too_weak(self) -> bool:
        """Whether the verdict is below `training` and no finding says why it may be."""
        return not at_least(self.verdict, "training") and not at_least(self.verdict, "inference") and not self.explained

    @property
    def is_unknown_in_order(self) -> bool:
        return self.edited.container == "in order" and self.verdict == {"unknown"}


def edits(network: Network, places: int, rng: random.Random) -> Iterator[Edited]:
    """Edits at up to so many random places; none of a print that does not read back as it was."""
    root = network.root
    if not root.children or not reads_back(root):
        return
    found = list(_containers(root))
    removals = [(path, at, None) for path, container in found for at in _removable(container)]
    additions = [
        (path, at, layer)
        for path, container in found
        if [child.name for child in container.children] != ["module"]  # a wrapper of one module
        for at in range(len(container.children) + 1)
        for layer in ADDED
    ]
    some = rng.sample(removals, min(places // 3, len(removals)))
    for path, at, added in (*some, *rng.sample(additions, min(places - len(some), len(additions)))):
        yield _edited(root, path, at, added)


def row(network: Network, edited: Edited) -> Row:
    """Archdiff's verdict on the edited print as candidate, the original as reference."""
    outcome = compare_networks(parse.parse(edited.text)[0], network)
    rules = tuple(f"{finding.rule} {finding.effect.word}" for finding in outcome.findings)
    return Row(edited, verdict(outcome), rules, _explained(outcome, edited.layer))


def reads_back(root: Layer) -> bool:
    """Whether a tree prints as a text that is read as this very tree."""
    try:
        again = parse.parse(unparse(root) + "\n")
    except ArchdiffError:
        return False
    return len(again) == 1 and again[0].root == root


# Places


def _containers(layer: Layer, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Layer]]:
    if layer.children:
        yield path, layer
    for at, child in enumerate(layer.children):
        yield from _containers(child, (*path, at))


def _removable(container: Layer) -> Iterator[int]:
    for at, child in enumerate(container.children):
        if child.class_name.startswith(REMOVED) and not child.children and len(container.children) > 1:
            yield at


def _edited(root: Layer, path: tuple[int, ...], at: int, added: Layer | None) -> Edited:
    holder = root
    for index in path:
        holder = holder.children[index]
    names = _names(root, path)
    if added is None:
        layer = holder.children[at]
        children = (*holder.children[:at], *holder.children[at + 1 :])
    else:
        layer = added._replace(name=f"extra_{added.class_name.lower()}")
        children = (*holder.children[:at], layer, *holder.children[at:])
    verb = "remove" if added is None else "add"
    text = unparse(_changed(root, path, _numbered(holder, children))) + "\n"
    kind = _kind(holder.class_name)
    return Edited(text, f"{verb} {layer.class_name}", layer, kind, f"{names} ({holder.class_name}), child {at}")


def _numbered(holder: Layer, children: tuple[Layer, ...]) -> Layer:
    """Children of a numbered container are counted anew."""
    if all(child.name.isdecimal() and child.repeat == 1 for child in holder.children):
        children = tuple(child._replace(name=str(at)) for at, child in enumerate(children))
    return holder._replace(children=children)


def _changed(layer: Layer, path: tuple[int, ...], new: Layer) -> Layer:
    if not path:
        return new
    at, *rest = path
    inner = _changed(layer.children[at], tuple(rest), new)
    return layer._replace(children=(*layer.children[:at], inner, *layer.children[at + 1 :]))


def _names(layer: Layer, path: tuple[int, ...]) -> str:
    names = []
    for index in path:
        layer = layer.children[index]
        names.append(layer.name)
    return ".".join(names) or "the root"


def _kind(class_name: str) -> str:
    if class_name in _IN_ORDER:
        return "in order"
    return "holds" if class_name in _HOLDS else "somebody's"


# Reasons


def _explained(outcome: Outcome, layer: Layer) -> bool:
    """Whether a finding `equivalent` stands at such a layer, and it is one that can be without effect."""
    if not _may_be_idle(layer):
        return False
    places = [
        place
        for finding in outcome.findings
        if finding.effect.word == "equivalent"
        for pair in ((finding.candidate, finding.reference), *finding.places)
        for place in pair
    ]
    return any(place is not None and place.class_name == layer.class_name for place in places)


def _may_be_idle(layer: Layer) -> bool:
    """A ReLU behind what is never negative, a dropout of nothing, a pool of one number."""
    printed = {setting.name: setting.value for setting in layer.settings}
    idle_pool = printed.get("kernel_size") in (1, (1, 1)) and printed.get("stride") in (1, (1, 1))
    return layer.class_name.startswith("ReLU") or printed.get("p") in (0, 0.0) or idle_pool


# Reports


def table(rows: list[Row]) -> str:
    """By container and edit: how many, and which verdicts."""
    groups = Counter((row.edited.container, row.edited.what) for row in rows)
    lines = [f"{'container':12} {'edit':20} {'edits':>6}   verdicts"]
    for (container, what), count in sorted(groups.items()):
        found = [row for row in rows if (row.edited.container, row.edited.what) == (container, what)]
        verdicts = Counter(plain(row.verdict) for row in found)
        shares = ", ".join(f"{name} {number}" for name, number in verdicts.most_common())
        lines.append(f"{container:12} {what:20} {count:6}   {shares}")
    return "\n".join(lines)


def networks(paths: list[Path]) -> Iterator[tuple[str, Network]]:
    """Every network of every file that holds some."""
    for path in paths:
        for file in sorted(path.rglob("*.txt")) if path.is_dir() else [path]:
            try:
                found = parse.read(str(file)).networks
            except ArchdiffError as error:
                print(f"{file}: {error.message}")
                continue
            for number, network in enumerate(found, 1):
                yield f"{file}#{number}", network


def unknown_share(rows: list[Row]) -> float:
    """Of the edits in what runs in order, how many have an unknown effect."""
    ordered = [row for row in rows if row.edited.container == "in order"]
    return sum(row.is_unknown_in_order for row in ordered) / max(1, len(ordered))


def main() -> int:
    options = _options()
    rows, offenders = [], 0
    for name, network in networks(options.paths):
        rng = random.Random(f"{options.seed} {Path(name).name}")
        for edited in edits(network, options.places, rng):
            found = row(network, edited)
            rows.append(found)
            if found.too_weak or found.is_unknown_in_order:
                offenders += 1
                why = "too weak" if found.too_weak else "unknown in order"
                print(f"{why}: {name}: {edited.what} at {edited.place}: {plain(found.verdict)} {_counted(found.rules)}")
    share = unknown_share(rows)
    print(table(rows))
    print(f"\n{len(rows)} edits, {offenders} offenders, {100 * share:.2f} % unknown in what runs in order")
    return 1 if share > MOST_UNKNOWN or any(row.too_weak for row in rows) else 0


def _counted(rules: tuple[str, ...]) -> str:
    return ", ".join(f"{count} x {rule}" for rule, count in Counter(rules).items())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", type=Path, nargs="+", metavar="FILE_OR_FOLDER")
    parser.add_argument("--places", type=int, default=20, help="edits of each network at most")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
