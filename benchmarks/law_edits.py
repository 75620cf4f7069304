"""Random edits of random networks: of one argument, of one layer, of order, of nesting, of spelling, and several.

An edit takes a network and gives another that runs as well, or None where there is nothing to edit. Must not import
archdiff.
"""

from __future__ import annotations

import inspect
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import law_layers
from law_networks import Group, Leaf, Net, Node, Path, at_place, groups, leaves, printed, random_leaf, shapes
from torch import nn

Edit: TypeAlias = Callable[[random.Random, Net], "tuple[Net, str] | None"]


@dataclass(frozen=True)
class Edited:
    """What was done: the network behind it, the kind of edit and the class of the layer that it was done to."""

    net: Net
    kind: str
    layer: str


def random_edit(rng: random.Random, net: Net) -> Edited | None:
    """One edit, or in a tenth of the cases 2 to 4; None where the result does not run or prints the same."""
    kinds = rng.choices(list(EDITS), WEIGHTS, k=rng.choice((1,) * 9 + (rng.randint(2, 4),)))
    result, layers = net, []
    for kind in kinds:
        found = EDITS[kind](rng, result)
        if found is None or not any(leaves(found[0].root)):
            return None
        result, layer = found
        layers.append(layer)
    if printed(result) == printed(net) or shapes(result) is None:
        return None
    several = len(kinds) > 1
    return Edited(result, "several" if several else kinds[0], "+".join(layers))


# Layers


def _pick(rng: random.Random, net: Net) -> tuple[Path, Leaf]:
    return rng.choice(list(leaves(net.root)))


def _argument(rng: random.Random, net: Net) -> tuple[Net, str] | None:
    """Another value of one argument; none that prints the same, since no text could tell."""
    path, leaf = _pick(rng, net)
    row = next(row for row in law_layers.rows() if row.cls is leaf.cls and _same_names(row, leaf))
    before = _shape_before(net, leaf)
    if before is None:
        return None
    for _ in range(10):
        drawn = dict(row.draw(rng, before))
        name = rng.choice([name for name, _ in (*row.always, *row.sometimes)] or [""])
        if name not in drawn:
            continue
        changed = replace(leaf, arguments=tuple({**dict(leaf.arguments), name: drawn[name]}.items()), text="")
        works = law_layers.output_shape(changed.cls, changed.arguments, before, leaf.tokens) is not None
        if works and changed.printed != leaf.printed:
            return _with(net, path, changed), f"{leaf.cls.__name__}.{name}"
    return None


def _same_names(row: law_layers.Row, leaf: Leaf) -> bool:
    """`Upsample` has two rows: one with a size and one with a factor."""
    return {name for name, _ in row.always} <= {name for name, _ in leaf.arguments}


def _shape_before(net: Net, leaf: Leaf) -> law_layers.Shape | None:
    found = shapes(net)
    order = [each.uid for _, each in leaves(net.root)]
    return found[order.index(leaf.uid)] if found else None


def _remove(rng: random.Random, net: Net) -> tuple[Net, str] | None:
    path, leaf = _pick(rng, net)
    return _with(net, path), leaf.cls.__name__


def _insert(rng: random.Random, net: Net) -> tuple[Net, str] | None:
    path, leaf = _pick(rng, net)
    before = _shape_before(net, leaf)
    if before is None or leaf.tokens:
        return None
    new = random_leaf(rng, before, net.uids, output=before if rng.random() < 0.9 else None)
    return (_with(net, path, new, leaf), new.cls.__name__) if new else None


def _replace(rng: random.Random, net: Net) -> tuple[Net, str] | None:
    """Another class that gives the same shape."""
    path, leaf = _pick(rng, net)
    before = _shape_before(net, leaf)
    if before is None:
        return None
    after = law_layers.output_shape(leaf.cls, leaf.arguments, before, leaf.tokens)
    new = random_leaf(rng, before, net.uids, leaf.tokens, after)
    if new is None or new.cls is leaf.cls:
        return None
    return _with(net, path, new), f"{leaf.cls.__name__}>{new.cls.__name__}"


def _swap(rng: random.Random, net: Net) -> tuple[Net, str] | None:
    """Two neighbours in one container."""
    places = [(path, at) for path, group in groups(net.root) for at in range(len(group.children) - 1)]
    if not places:
        return None
    path, at = rng.choice(places)
    swapped: list[Node] = []

    def change(node: Node) -> tuple[Node, ...]:
        assert isinstance(node, Group)
        first, second = swapped[:] = node.children[at : at + 2]
        return (replace(node, children=(*node.children[:at], second, first, *node.children[at + 2 :])),)

    root = at_place(net.root, path, change)
    return replace(net, root=root), "+".join(sorted(_class(node) for node in swapped))


def _class(node: Node) -> str:
    return node.cls.__name__


def _move(rng: random.Random, net: Net) -> tuple[Net, str] | None:
    path, leaf = _pick(rng, net)
    without = _with(net, path)
    if not any(leaves(without.root)):
        return None
    target, other = _pick(rng, without)
    pair = (leaf, other) if rng.random() < 0.5 else (other, leaf)
    return _with(without, target, *pair), leaf.cls.__name__


def _with(net: Net, path: Path, *nodes: Node) -> Net:
    return replace(net, root=at_place(net.root, path, lambda _: nodes), uids=net.uids + 1)


# Containers


def _nest(rng: random.Random, net: Net) -> tuple[Net, str] | None:
    """Some neighbours in a Sequential of their own."""
    path, group = rng.choice([each for each in groups(net.root) if each[1].cls is nn.Sequential])
    first = rng.randrange(len(group.children))
    last = rng.randint(first + 1, len(group.children))

    def change(node: Node) -> tuple[Node, ...]:
        assert isinstance(node, Group)
        inner = Group(nn.Sequential, node.children[first:last])
        children = (*node.children[:first], inner, *node.children[last:])
        return (replace(node, children=children, names=()),)

    return replace(net, root=at_place(net.root, path, change)), "Sequential"


def _unnest(rng: random.Random, net: Net) -> tuple[Net, str] | None:
    """The children of a container in its place."""
    inner = [path for path, _ in groups(net.root) if path]
    if not inner:
        return None
    path = rng.choice(inner)
    root = at_place(net.root, path, lambda node: node.children if isinstance(node, Group) else (node,))
    return replace(net, root=root), "Sequential"


def _wrap(rng: random.Random, net: Net) -> tuple[Net, str] | None:
    """The whole network, or one layer, in a DataParallel or a Sequential."""
    cls = rng.choice((nn.DataParallel, nn.Sequential))
    path = () if rng.random() < 0.6 else _pick(rng, net)[0]
    return replace(net, root=at_place(net.root, path, lambda node: (Group(cls, (node,)),))), cls.__name__


def _unwrap(_rng: random.Random, net: Net) -> tuple[Net, str] | None:
    """A network that is all that its container holds."""
    inner = net.root.children[0]
    if len(net.root.children) > 1 or not isinstance(inner, Group):
        return None
    return replace(net, root=inner), _class(net.root)


# Spelling


def _spell(rng: random.Random, net: Net) -> tuple[Net, str] | None:
    """Another way to print the same: 2 for (2, 2) and back, a default left out or added."""
    path, leaf = _pick(rng, net)
    text = rng.choice((_short, _long, _without_default, _with_default))(rng, leaf)
    if text in ("", leaf.printed):
        return None
    return _with(net, path, replace(leaf, text=text)), leaf.cls.__name__


#: of these torch takes one number for as many as there are dimensions
_SPREAD: Final = r"(kernel_size|stride|padding|dilation|output_padding|output_size)"


def _short(_rng: random.Random, leaf: Leaf) -> str:
    return re.sub(rf"\b{_SPREAD}=\((\d+)(?:, \2)+\)", r"\1=\2", leaf.printed)


def _long(_rng: random.Random, leaf: Leaf) -> str:
    dims = leaf.cls.__name__[-2:-1]
    if not dims.isdecimal():
        return ""
    return re.sub(
        rf"\b{_SPREAD}=(\d+)(?=[,)])", lambda found: f"{found[1]}={(int(found[2]),) * int(dims)}", leaf.printed
    )


def _without_default(rng: random.Random, leaf: Leaf) -> str:
    """One printed setting less that is what the constructor takes anyway."""
    parts = re.findall(r", (\w+)=([^,()]+|\([^()]*\))(?=[,)])", leaf.printed)
    left = [(name, text) for name, text in parts if text == repr(law_layers.default(leaf.cls, name))]
    if not left:
        return ""
    name, text = rng.choice(left)
    return leaf.printed.replace(f", {name}={text}", "", 1)


def _with_default(rng: random.Random, leaf: Leaf) -> str:
    """One setting more, that torch leaves out where it is the default."""
    parameters = inspect.signature(leaf.cls.__init__).parameters.values()
    plain = [each for each in parameters if isinstance(each.default, bool | int | float | str) or each.name == "bias"]
    absent = [
        each
        for each in plain
        if each.name in _NAMED and f"{each.name}=" not in leaf.printed and each.name not in dict(leaf.arguments)
    ]
    if not absent or not leaf.printed.endswith(")"):
        return ""
    each = rng.choice(absent)
    comma = "" if leaf.printed.endswith("()") else ", "
    return f"{leaf.printed[:-1]}{comma}{each.name}={each.default})"


#: printed by name in the classes that print them, or in a version of torch that did
_NAMED: Final = ("bias", "inplace", "dilation", "groups", "padding_mode", "ceil_mode", "count_include_pad", "sparse")


def _inplace(rng: random.Random, net: Net) -> tuple[Net, str] | None:
    path, leaf = _pick(rng, net)
    if law_layers.default(leaf.cls, "inplace") is not False:
        return None
    now = bool(dict(leaf.arguments).get("inplace"))
    arguments = tuple({**dict(leaf.arguments), "inplace": not now}.items())
    return _with(net, path, replace(leaf, arguments=arguments, text="")), leaf.cls.__name__


def _rename(rng: random.Random, net: Net) -> tuple[Net, str] | None:
    path, group = rng.choice([each for each in groups(net.root) if each[1].cls is nn.Sequential])
    names = tuple(f"part{at}_{rng.choice('abc')}" for at in range(len(group.children)))

    def change(node: Node) -> tuple[Node, ...]:
        assert isinstance(node, Group)
        return (replace(node, names=() if node.names else names),)

    return replace(net, root=at_place(net.root, path, change)), "Sequential"


def _fold(rng: random.Random, net: Net) -> tuple[Net, str] | None:
    """`(0-2): 3 x ReLU()` for three lines, or back."""
    path, _ = rng.choice(list(groups(net.root)))

    def change(node: Node) -> tuple[Node, ...]:
        assert isinstance(node, Group)
        return (replace(node, folded=not node.folded),)

    return replace(net, root=at_place(net.root, path, change)), "Sequential"


EDITS: Final[dict[str, Edit]] = {
    "argument": _argument,
    "remove": _remove,
    "insert": _insert,
    "replace": _replace,
    "swap": _swap,
    "move": _move,
    "nest": _nest,
    "unnest": _unnest,
    "wrap": _wrap,
    "unwrap": _unwrap,
    "spelling": _spell,
    "inplace": _inplace,
    "rename": _rename,
    "fold": _fold,
}
WEIGHTS: Final = (25, 10, 10, 12, 20, 8, 3, 3, 2, 2, 8, 3, 2, 4)
