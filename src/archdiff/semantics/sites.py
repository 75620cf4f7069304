"""Layers that two networks may print in different parts, and which of them stand in one place.

A `Site` is a layer with what is around it. What stands for what is found before anything is aligned, since layers in
other parts align badly: by path, then one after the other. Must not know what the parts are: rules do.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

from archdiff.model.memo import Memo, Same
from archdiff.model.message import Message
from archdiff.model.network import Layer, blocks, join


class Site(NamedTuple):
    """A layer that is printed in parts."""

    layer: Layer
    path: str
    line: int
    at: tuple[int, ...]  # its place in what is around it, outermost first
    around: tuple[Layer, ...]
    form: Hashable  # in which parts: two sites of one form are printed alike


class Replacement(NamedTuple):
    """A layer in the parts of the other network."""

    layer: Layer
    before: str  # what was printed, for a message
    needs: tuple[Message, ...] = ()  # what has to hold, and no print shows, for both to compute the same
    taken: Message | None = None  # what is taken for granted, and a headline has to name


class Beside(NamedTuple):
    """How a rule works that looks at the layer which stands in the same place of the other network."""

    #: (names and kinds in one network, those in the other): False where no site of both is printed in other parts
    may_differ: Callable[[frozenset[str], frozenset[str]], bool]
    form: Callable[[Layer], Hashable]  # None where a layer is no site of this rule
    role: Callable[[Site], Hashable]  # sites of other paths stand for each other where this is equal
    rewrite: Callable[[Site, Site], Replacement | None]  # of two of different forms


def sites(root: Layer, form: Callable[[Layer], Hashable]) -> list[Site]:
    """Every layer that is printed in parts, in printed order and none in another.

    Args:
        root: of a network in normal form. Blocks that share their children are looked at a single time.
        form: in which parts a layer with children is printed; None where it is no site.
    """
    forms = Memo(lambda children, kind, name: form(Layer("", name, children=children, kind=kind)))

    def known(layer: Layer) -> Hashable:
        return forms(layer.children, layer.kind, layer.class_name) if layer.children else None

    def holds_any(children: tuple[Layer, ...]) -> bool:
        """Whether a site is among children, or below them."""
        return any((child.children and below(child.children)) or known(child) is not None for child in children)

    below = Memo(holds_any)
    for children in blocks(root):  # inner ones first, so that depth costs no stack
        below(children)
    return list(_found(root, known, below))


def _found(root: Layer, form: Callable[[Layer], Hashable], below: Memo[bool]) -> Iterator[Site]:
    stack = [(Site(root, root.name, root.span.line, (), (), None), 0)]
    while stack:
        here, shift = stack.pop()
        layer = here.layer
        if (own := form(layer)) is not None:
            yield here._replace(form=own)
        elif below(layer.children):
            around, shift = (*here.around, layer), shift + layer.shift
            inner = [
                Site(child, join(here.path, child.name), child.span.line + shift, (*here.at, place), around, None)
                for place, child in enumerate(layer.children)
                if child.children
            ]
            stack += [(site, shift) for site in reversed(inner)]


def counterparts(own: Sequence[Site], others: Sequence[Site], role: Callable[[Site], Hashable]) -> list[Site]:
    """For each site of one network the one in its place in the other.

    Args:
        own: the sites of one network, in printed order.
        others: those of the other network; at least one.
        role: what a site is for; only sites of equal roles stand for each other under different paths.

    Returns:
        As many as `own`: the site of the same path, else the next of its role that no path claims, else the last such.
    """
    by_path = {site.path: site for site in others}
    if all(site.path in by_path for site in own):
        return [by_path[site.path] for site in own]
    claimed = {site.path for site in own} & by_path.keys()
    left: dict[Hashable, list[Site]] = {}
    for site in reversed(others):
        left.setdefault(role(site), []).append(site)
    last = {kind: found[0] for kind, found in left.items()}
    for found in left.values():
        found[:] = [site for site in found if site.path not in claimed]
    return [by_path.get(site.path) or _next(role(site), left, last) or others[-1] for site in own]


def _next(kind: Hashable, left: dict[Hashable, list[Site]], last: dict[Hashable, Site]) -> Site | None:
    return left[kind].pop() if left.get(kind) else last.get(kind)


def rebuilt(root: Layer, done: Iterable[tuple[Site, Layer]]) -> Layer:
    """The network with these sites in another form; blocks that share their children still do so.

    Args:
        root: of the network.
        done: each site and what takes its place; at least one.
    """
    return _rebuilt(root, [(site.at, layer) for site, layer in done], {})


#: the children of a block and what is put where in it -> the children of the block that was made
_Made = dict[tuple[object, ...], tuple[Layer, ...]]


def _rebuilt(layer: Layer, done: Sequence[tuple[tuple[int, ...], Layer]], made: _Made) -> Layer:
    if not done[0][0]:
        return done[0][1]
    key = (Same(layer.children), *((at, Same(new.children), new.kind, Same(new.settings)) for at, new in done))
    if key not in made:
        changed: dict[int, list[tuple[tuple[int, ...], Layer]]] = {}
        for at, new in done:
            changed.setdefault(at[0], []).append((at[1:], new))
        made[key] = tuple(
            [
                _rebuilt(child, changed[place], made) if place in changed else child
                for place, child in enumerate(layer.children)
            ]
        )
    return layer._replace(children=made[key])
