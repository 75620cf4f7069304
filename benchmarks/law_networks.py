"""Random networks that run in printed order, as trees that can be edited, printed and built.

A network is Sequentials and DataParallels around layers of `law_layers`. Each layer keeps its `uid` through all edits:
equal numbers have equal weights. Must not import archdiff.
"""

from __future__ import annotations

import random
import re
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import law_layers
import torch
from law_layers import Arguments, Row, Shape
from torch import nn

INPUTS: Final = ((6,), (8,), (3, 8), (4, 7), (2, 6, 6), (3, 8, 7), (4, 5, 5), (2, 4, 4, 4), (3, 4, 5, 3))
TOKEN_INPUTS: Final = ((3,), (4,))


@dataclass(frozen=True)
class Leaf:
    """One layer; `text` is what is printed of it where somebody spelled it otherwise than torch."""

    cls: type[nn.Module]
    arguments: Arguments
    uid: int
    tokens: bool = False
    text: str = ""

    @property
    def printed(self) -> str:
        return self.text or law_layers.prints(self.cls, self.arguments)


@dataclass(frozen=True)
class Group:
    """A Sequential or a DataParallel; `names` of children where they are not counted from 0."""

    cls: type[nn.Module]
    children: tuple[Node, ...]
    names: tuple[str, ...] = ()
    folded: bool = False  # equal neighbours as `3 x ReLU()`, where they are counted from 0


Node: TypeAlias = "Leaf | Group"
Path: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class Net:
    root: Group
    shape: Shape  # of the input, without the batch
    uids: int  # the next number that no layer has

    @property
    def tokens(self) -> bool:
        return any(leaf.tokens for _, leaf in leaves(self.root))


def leaves(node: Node, path: Path = ()) -> Iterator[tuple[Path, Leaf]]:
    """Every layer with its place in the tree, in the order in which they run."""
    if isinstance(node, Leaf):
        yield path, node
    else:
        for at, child in enumerate(node.children):
            yield from leaves(child, (*path, at))


def groups(group: Group, path: Path = ()) -> Iterator[tuple[Path, Group]]:
    """Every Sequential and DataParallel with its place, outer ones first."""
    yield path, group
    for at, child in enumerate(group.children):
        if isinstance(child, Group):
            yield from groups(child, (*path, at))


def at_place(group: Group, path: Path, change: Callable[[Node], tuple[Node, ...]]) -> Group:
    """The tree with one node changed to none, one or several; what is left without children goes as well."""
    if not path:
        (changed,) = change(group)
        assert isinstance(changed, Group)
        return changed
    at, *rest = path
    child = group.children[at]
    if not rest:
        new = change(child)
    else:
        assert isinstance(child, Group)
        inner = at_place(child, tuple(rest), change)
        new = (inner,) if inner.children else ()
    children = (*group.children[:at], *new, *group.children[at + 1 :])
    if group.cls is nn.DataParallel and len(children) != 1:
        return replace(group, cls=nn.Sequential, children=children, names=())
    names = group.names
    if names and len(new) != 1:
        names = (*names[:at], *(f"{names[at]}_{part}" for part in range(len(new))), *names[at + 1 :])
    return replace(group, children=children, names=names)


# Printing


def printed(net: Net) -> str:
    """As torch prints it, apart from what was spelled otherwise."""
    return "\n".join(_lines(net.root, "", 0)) + "\n"


def _lines(node: Node, name: str, depth: int) -> list[str]:
    head = "  " * depth + name
    if isinstance(node, Leaf):
        return [head + node.printed]
    below = [line for name, child in _named(node) for line in _lines(child, name, depth + 1)]
    return [f"{head}{node.cls.__name__}(", *below, "  " * depth + ")"]


def _named(group: Group) -> Iterator[tuple[str, Node]]:
    """Children with what stands before them on their line; torch folds numbered ones alone (ModuleList.__repr__)."""
    names = child_names(group)
    folds = group.folded and not group.names
    at = 0
    while at < len(names):
        alike = at + 1
        text = _lines(group.children[at], "", 0)
        while folds and alike < len(names) and _lines(group.children[alike], "", 0) == text:
            alike += 1
        if alike - at > 1:
            yield f"({names[at]}-{names[alike - 1]}): {alike - at} x ", group.children[at]
        else:
            yield f"({names[at]}): ", group.children[at]
        at = alike


def child_names(group: Group) -> tuple[str, ...]:
    if group.cls is nn.DataParallel:
        return ("module",)
    return group.names or tuple(str(at) for at in range(len(group.children)))


# Building


def built(net: Net, weights: dict[int, int] | None = None, draw: int = 0) -> tuple[nn.Module, dict[int, nn.Module]]:
    """The network as modules of torch with random weights, and its layers by uid.

    `weights`: the uid whose weights a layer gets, where it is not its own; `draw`: other weights for another number.
    """
    parts = {}
    for _, leaf in leaves(net.root):
        parts[leaf.uid] = leaf.cls(**dict(leaf.arguments)).double()
        _fill(parts[leaf.uid], (weights or {}).get(leaf.uid, leaf.uid), draw)
    _seed_random_layers(net, parts)
    return _assembled(net.root, parts), parts


def _assembled(node: Node, parts: dict[int, nn.Module]) -> nn.Module:
    if isinstance(node, Leaf):
        return parts[node.uid]
    below = [_assembled(child, parts) for child in node.children]
    if node.cls is nn.DataParallel:
        return nn.DataParallel(below[0])
    module = nn.Sequential()
    for name, part in zip(child_names(node), below, strict=True):
        module.add_module(name, part)
    return module


def _fill(layer: nn.Module, uid: int, draw: int) -> None:
    """Weights of both signs that follow from uid, name and shape; statistics as after some training."""
    for name, tensor in layer.state_dict().items():
        random_numbers = torch.Generator().manual_seed(zlib.crc32(repr((draw, uid, name, tensor.shape)).encode()))
        if not tensor.is_floating_point():
            continue
        if name == "running_var":
            tensor.copy_(torch.rand(tensor.shape, generator=random_numbers, dtype=tensor.dtype) * 1.5 + 0.5)
        else:
            fan = tensor[0].numel() if tensor.dim() > 1 else 1
            tensor.copy_(torch.randn(tensor.shape, generator=random_numbers, dtype=tensor.dtype) * 1.3 / fan**0.5)


IS_RANDOM: Final = (nn.modules.dropout._DropoutNd, nn.RReLU)


def _seed_random_layers(net: Net, parts: dict[int, nn.Module]) -> None:
    """Equal dropouts draw equal masks on both sides, wherever they stand: where order means nothing, it shows none."""
    counts: dict[str, int] = {}
    for _, leaf in leaves(net.root):
        if isinstance(parts[leaf.uid], IS_RANDOM):
            key = re.sub(r", inplace=\w+", "", law_layers.prints(leaf.cls, leaf.arguments))
            counts[key] = counts.get(key, 0) + 1
            seed = zlib.crc32(f"{key} {counts[key]}".encode())
            parts[leaf.uid].register_forward_pre_hook(lambda _module, _x, seed=seed: _seed(seed))


#: added to the seed of every random layer: another number, other masks
masks = [0]


def _seed(seed: int) -> None:
    torch.manual_seed(seed + masks[0])


def shapes(net: Net) -> list[Shape] | None:
    """What goes into each layer and, last, what comes out; None where the network does not run or cannot be trained."""
    module, parts = built(net)
    found: list[Shape] = []
    for part in parts.values():
        part.register_forward_pre_hook(lambda _, inputs: found.append(tuple(inputs[0].shape[1:])))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            output = module.eval()(inputs(net, 0))
            seen = [*found, tuple(output.shape[1:])]
            trained = module.train()(inputs(net, 0))
            if trained.requires_grad:
                trained.sum().backward()
    except (RuntimeError, ValueError, IndexError, TypeError, NotImplementedError, AssertionError, Warning):
        return None
    fits = output.shape[0] == law_layers.BATCH and output.shape == trained.shape
    fits = fits and all(law_layers.takes(type(part), shape) for part, shape in zip(parts.values(), seen, strict=False))
    return seen if fits and output.isfinite().all() and trained.isfinite().all() else None


def inputs(net: Net, seed: int) -> torch.Tensor:
    """A batch of inputs, with gradients where they are numbers; never a leaf, which inplace layers may not change."""
    x = law_layers.sample(net.shape, seed, net.tokens)
    return x if net.tokens else x.requires_grad_().clone()


# Generating


def random_network(rng: random.Random) -> Net:
    """A network of 2 to 9 layers that runs and can be trained."""
    while True:
        shape = rng.choice(INPUTS) if rng.random() < 0.9 else rng.choice(TOKEN_INPUTS)
        tokens = shape in TOKEN_INPUTS
        chain = _chain(rng, shape, tokens)
        net = Net(_grouped(rng, chain), shape, len(chain))
        if chain and shapes(net):
            return net


def _chain(rng: random.Random, shape: Shape, tokens: bool) -> list[Leaf]:
    chain: list[Leaf] = []
    for _ in range(rng.randint(2, 9)):
        again = chain and rng.random() < 0.1
        leaf = replace(chain[-1], uid=len(chain)) if again else random_leaf(rng, shape, len(chain), tokens)
        output = law_layers.output_shape(leaf.cls, leaf.arguments, shape, tokens) if leaf else None
        if leaf is not None and output is not None:
            chain.append(leaf)
            shape, tokens = output, False
    return chain


def random_leaf(
    rng: random.Random, shape: Shape, uid: int, tokens: bool = False, output: Shape | None = None
) -> Leaf | None:
    """A layer that takes this shape and gives `output`, where one was found soon enough."""
    for _ in range(60):
        row: Row = rng.choice(law_layers.common_rows() if rng.random() < 0.5 else law_layers.rows())
        if row.tokens is tokens:
            arguments = row.draw(rng, shape)
            found = law_layers.output_shape(row.cls, arguments, shape, tokens)
            if found is not None and output in (None, found):
                return Leaf(row.cls, arguments, uid, tokens)
    return None


def _grouped(rng: random.Random, chain: list[Leaf]) -> Group:
    nodes: list[Node] = list(chain)
    for _ in range(rng.choice((0, 0, 1, 2))):
        first = rng.randrange(len(nodes)) if nodes else 0
        last = rng.randint(first, len(nodes))
        nodes[first:last] = [_sequential(rng, tuple(nodes[first:last]))] if last > first else []
    root = _sequential(rng, tuple(nodes))
    return Group(nn.DataParallel, (root,)) if rng.random() < 0.1 else root


def _sequential(rng: random.Random, children: tuple[Node, ...]) -> Group:
    names = tuple(f"{rng.choice(('layer', 'conv', 'block'))}{at}" for at in range(len(children)))
    return Group(nn.Sequential, children, names if rng.random() < 0.3 else (), rng.random() < 0.1)
