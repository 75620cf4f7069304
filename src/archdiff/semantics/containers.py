"""What the forward of a container may do: the one table of it.

A print has no forward. What torch itself runs in order is known; a class of somebody may do more than it prints, and is
*taken* to run in printed order only where its children are a chain of one weighted layer. Knows one layer at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import cache
from typing import Final

from archdiff.model.network import Layer
from archdiff.semantics import kinds
from archdiff.semantics.kinds import Kind, Settings, Trait


class Forward(Enum):
    """What is known of a forward that no print holds."""

    IN_ORDER = "runs its children in printed order and nothing else"  # Sequential, and every wrapper
    KNOWN = "is written by torch or a known library"  # TransformerEncoderLayer, a norm that prints its activation
    HOLDS = "holds its children for the forward of somebody else"  # ModuleList, ModuleDict
    SOMEBODY = "is a class of somebody, whose forward may do more than it prints"


def forward(layer: Layer) -> Forward:
    """What the forward of a layer with children may do; a printed layer or one of a normal form."""
    if layer.kind:
        return forward_of(layer.kind)
    kind = kinds.of_layer(layer)
    return forward_of(kind.name) if kind else Forward.SOMEBODY


@cache
def forward_of(kind: str) -> Forward:
    """The same by the name of a kind; "" where a class is of none."""
    if not kind:
        return Forward.SOMEBODY
    traits = kinds.by_name()[kind].traits
    if traits & {Trait.SEQUENTIAL, Trait.WRAPS}:
        return Forward.IN_ORDER
    return Forward.HOLDS if Trait.LISTS in traits else Forward.KNOWN


def is_of_somebody(layer: Layer) -> bool:
    """Whether it is a class that neither torch nor a known library wrote; a printed layer or one of a normal form.

    Such a class may hold parameters by itself, which no print shows.
    """
    if layer.children:
        return forward(layer) is Forward.SOMEBODY
    return not layer.kind and kinds.find(layer.class_name) is None


def runs_in_order(layer: Layer) -> bool:
    """Whether it runs its children in printed order and nothing else, by its class alone, whatever is in it."""
    return _runs_in_order(layer.kind, layer.class_name)


@cache
def _runs_in_order(kind: str, class_name: str) -> bool:
    return forward(Layer("", class_name, kind=kind)) is Forward.IN_ORDER


def _kind(layer: Layer) -> Kind | None:
    return kinds.by_name()[layer.kind] if layer.kind else kinds.of_layer(layer)


_AROUND_ONE_MAP: Final = frozenset(
    {
        *(Trait.NORMALIZES, Trait.ELEMENTWISE, Trait.DROPS, Trait.IDENTITY, Trait.PICKS_MAX, Trait.AVERAGES),
        *(Trait.PICKS_WINNERS, Trait.RESHAPES),
    }
)


def is_chain(layer: Layer) -> bool:
    """Whether a class of somebody is taken to run in printed order (ConvBlock, DSLinearBlock).

    That is one weighted layer with norm, activation, dropout, pool or k-winners, each at most once; no name, its own or
    of what it holds, must speak against it.

    Names that count from 0 are those of a subclass of Sequential. Others have to begin with the weighted layer and go
    on with the norm of its channels or an activation: `PreNorm(norm, fn)` is no chain, nor is a projection that may be
    added to what came in (dense, LayerNorm, dropout).
    """
    if forward(layer) is not Forward.SOMEBODY or layer.settings or not layer.children:
        return False
    traits = _around_one_map(layer)
    if not traits or says_it_combines(layer):
        return False
    counts = [child.name for child in layer.children] == [str(place) for place in range(len(layer.children))]
    return counts or (Trait.AFFINE_MAP in traits[0] and len(traits) > 1 and not traits[1].isdisjoint(_BEHIND_A_MAP))


def _around_one_map(layer: Layer) -> list[frozenset[Trait]]:
    """Traits of all that is in a container, where that is one weighted layer and others, each of another role.

    Empty where it is not, which the second of a role shows, however many there are.
    """
    found: list[frozenset[Trait]] = []
    roles: set[frozenset[Trait]] = set()
    for leaf in _in_order(layer):
        traits = _traits(leaf)
        role = frozenset({Trait.AFFINE_MAP}) if Trait.AFFINE_MAP in traits else traits & _AROUND_ONE_MAP
        if not role or role in roles:
            return []
        roles.add(role)
        found.append(traits)
    return found if frozenset({Trait.AFFINE_MAP}) in roles else []


_BEHIND_A_MAP: Final = frozenset({Trait.CHANNEL_SCALE, Trait.ELEMENTWISE, Trait.PICKS_WINNERS})


def may_hold_too(chain: Layer, traits: frozenset[Trait]) -> bool:
    """Whether a forward of this chain may call one more layer with these traits as a function.

    It may where the chain holds none of that role yet, or nothing is known of that layer (no traits).
    """
    around = traits & _AROUND_ONE_MAP
    return not traits or (bool(around) and all(around != _traits(leaf) & _AROUND_ONE_MAP for leaf in _in_order(chain)))


def _in_order(layer: Layer) -> Iterator[Layer]:
    """What is in a container, Sequentials opened; any other container stands for itself."""
    for child in layer.children:
        if child.children and runs_in_order(child) and child.repeat == 1:
            yield from _in_order(child)
        else:
            yield child


def _traits(layer: Layer) -> frozenset[Trait]:
    kind = None if layer.children or layer.repeat > 1 else _kind(layer)
    if kind is None:
        return frozenset()
    printed = {setting.name: setting.value for setting in layer.settings if setting.name}
    return kind.traits_of(Settings(kind, printed))


_COMBINES: Final = re.compile(
    r"residual|skip|short|identity|branch|parallel|concat|gate|bypass|downsample"
    r"|(?-i:(?:Res|Add|Sum|Cat)(?![a-z]))|(?<![a-z])res(?![a-z])"
    r"|(?-i:(?:Pre|Post)Norm|Squeeze|SE(?:Block|Layer|Module)?(?![A-Za-z])|Highway|MoE)",  # in the names of classes
    re.IGNORECASE,
)


def combines(name: str) -> bool:
    """Whether the name of a class, or of what it holds, says that more happens than one child after the other.

    No name says that less does.
    """
    return _COMBINES.search(name) is not None


def says_it_combines(layer: Layer) -> bool:
    """Whether its class, or a name of what it holds, speaks against layers that run one behind the other alone."""
    return combines(layer.class_name) or any(combines(child.name) for child in layer.children)


_BRANCHES: Final = re.compile(r"u-?net|transformer|attention", re.IGNORECASE)


def is_taken_to_run(layer: Layer, whole: bool) -> bool:
    """Whether a class of somebody may be built to run its children in printed order, which a report then states.

    Args:
        layer: a printed container.
        whole: it is the root, or all that the root holds; whether its shapes agree is for the caller to know.

    Returns:
        True for a chain, and for a whole network of which no name says that it branches. Any other class may add its
        input to what comes out, or run its children beside each other: BasicBlock, DoubleConv, an encoder.
    """
    if is_chain(layer):
        return True
    return whole and not any(map(names_branches, (layer.class_name, *(child.name for child in layer.children))))


def names_branches(name: str) -> bool:
    """Whether the name of a class, or of what it holds, says that its forward branches."""
    return combines(name) or _BRANCHES.search(name) is not None
