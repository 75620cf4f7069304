"""What a live module holds beside its print, as settings of the layers that hold it.

Of two live modules all of it counts; beside a print, what people do set, and what is set otherwise than usual. Knows
how both were read, and compares nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from archdiff.model.effects import Effect
from archdiff.model.facts import HELD, SHARED, Fact, Provenance
from archdiff.model.memo import Memo
from archdiff.model.network import UNKNOWN, Layer, Network, Setting, Value, counts, names
from archdiff.semantics import kinds
from archdiff.semantics.kinds import REQUIRED, Field, Settings

#: what is known of a layer, and of each of its children by name
_Facts: TypeAlias = "tuple[tuple[tuple[str, Value], ...], tuple[tuple[str, _Facts], ...]]"

_NOTHING: Final[_Facts] = ((), ())


def may_be_unprinted(field: Field) -> bool:
    """Whether prints may leave out a setting that may change what is computed, and that follows from no other."""
    may_be_unknown = field.default is UNKNOWN or field.default is REQUIRED or callable(field.default)
    return may_be_unknown and field.aspect != "input" and not field.joint and field.effect is not Effect.COSMETIC


def is_live(network: Network) -> bool:
    """Whether it was read from a live module."""
    return network.fact(SHARED) is not None


def with_live_settings(candidate: Network, reference: Network) -> tuple[Network, Network]:
    """Both networks, with what their live modules hold as settings of their layers.

    Args:
        candidate: as read, with its facts.
        reference: the same. Of two live modules every setting is added, beside a print those that are news.

    Returns:
        The same objects where neither has such facts.
    """
    both = is_live(candidate) and is_live(reference)
    completed: Memo[Layer] = Memo(lambda layer, facts: _completed(layer, facts, both, completed))
    found = _with(candidate, completed), _with(reference, completed)
    if any(
        counts(each.root)[0][0] != counts(printed.root)[0][0]
        for each, printed in zip(found, (candidate, reference), strict=True)
    ):
        ours, theirs = (each._replace(root=_spelled_out(each.root)) for each in found)
        return ours, theirs
    return found


def with_own_settings(network: Network) -> Network:
    """A network with all that its live module holds as settings of its layers; the same object where it has none.

    Args:
        network: As read, with its facts.
    """
    completed: Memo[Layer] = Memo(lambda layer, facts: _completed(layer, facts, True, completed))
    return _with(network, completed) if is_live(network) else network


def _spelled_out(layer: Layer) -> Layer:
    """Every layer in a line of its own, so that it is no difference that one side had to be spelled out."""
    children = [each for child in map(_spelled_out, layer.children) for each in _one_by_one(child)]
    return layer._replace(children=tuple(children)) if children else layer


def _one_by_one(layer: Layer) -> list[Layer]:
    return [layer._replace(name=name, repeat=1) for name in names(layer)]


def _with(network: Network, completed: Memo[Layer]) -> Network:
    facts = [each for each in network.facts if each.provenance is Provenance.LIVE and each.name not in HELD]
    if not facts:
        return network
    return network._replace(root=completed(network.root, _nested(facts)))


def _nested(facts: list[Fact]) -> _Facts:
    """Facts by path as a tree."""
    own = tuple((each.name, each.value) for each in facts if not each.path)
    below: dict[str, list[Fact]] = {}
    for each in facts:
        if each.path:
            name, _, rest = each.path.partition(".")
            below.setdefault(name, []).append(each._replace(path=rest))
    return own, tuple((name, _nested(inner)) for name, inner in below.items())


def _completed(layer: Layer, facts: _Facts, all_: bool, completed: Memo[Layer]) -> Layer:
    """The layer with these settings. Equal blocks stay one object; depth is bounded by that of the print."""
    if facts == _NOTHING:
        return layer
    kind = kinds.of_layer(layer)
    settings = kinds.settings_of(kinds.resolved(layer, kind)) if kind and facts[0] else None
    own = [Setting(*each) for each in facts[0] if settings is not None and (all_ or _is_news(settings, each))]
    below = dict(facts[1])
    children: list[Layer] = []
    for child in layer.children:
        children += [completed(each, inner) for each, inner in _apart(child, below)]
    return layer._replace(settings=(*layer.settings, *own), children=tuple(children))


def _apart(child: Layer, below: Mapping[str, _Facts]) -> list[tuple[Layer, _Facts]]:
    """A child with what is held of it; layers that print as one and hold other values one by one."""
    held = [(name, below.get(name, _NOTHING)) for name in names(child)]
    if len({inner for _, inner in held}) == 1:
        return [(child, held[0][1])]
    return list(zip(_one_by_one(child), (inner for _, inner in held), strict=True))


def _is_news(settings: Settings, fact: tuple[str, Value]) -> bool:
    """Whether beside a print a fact is of a setting that people do change, or has another value than the usual one."""
    field = settings.kind.field(fact[0])
    if field is None:
        return False
    if not may_be_unprinted(field):
        return settings.known(field.name) is UNKNOWN  # its class says so
    return fact[1] != field.likely or (field.is_open and not field.only_with)
