"""Settings that no print holds and that a user gives: `--set layers.0.self_attn.num_heads=8`.

The path of such a fact is that of a layer, a folded one as printed too (`layers.0-5`), or the name of a class, which
stands for all its layers. `class` is a setting of every layer: the class of torch.nn that stands for one that archdiff
does not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeAlias

from archdiff.execute.tree import Tree
from archdiff.model.errors import UsageError
from archdiff.model.facts import Fact, Provenance
from archdiff.model.network import Network, Value, walk
from archdiff.parse.grammar.settings import read_value

#: what was supplied for one layer, by setting
Values: TypeAlias = Mapping[str, Value]
NOTHING: Final[Values] = MappingProxyType({})

CLASS: Final = "class"


class SuppliedSettings:
    """What was supplied, by path; remembers which paths were looked up, so that one that is nowhere can be refused."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self.by_path: dict[str, dict[str, Value]] = {}
        for fact in facts:
            self.by_path.setdefault(fact.path, {})[fact.name] = fact.value
        self.used: set[str] = set()

    def of(self, class_name: str, *paths: str) -> Values:
        """What was supplied for one layer; a path stands above a class."""
        if not self.by_path:
            return NOTHING
        found: dict[str, Value] = {}
        for path in (class_name, *reversed(paths)):
            if path in self.by_path:
                self.used.add(path)
                found |= self.by_path[path]
        return found

    def has(self, path: str) -> bool:
        """Whether something is supplied for a path or for one below it."""
        return any(each == path or each.startswith(f"{path}.") for each in self.by_path)

    def check_used(self) -> None:
        """Refuses what is supplied for a path that `of` was never called with."""
        for path in self.by_path.keys() - self.used:
            raise UsageError(f"--set {path or CLASS}: no such layer", way_out=_WAY_OUT)


_WAY_OUT: Final = "a path as `archdiff show` prints it, or the class of the layers"


def read_supplied(texts: Iterable[str]) -> tuple[Fact, ...]:
    """The settings of `--set`.

    Args:
        texts: `layers.0.num_heads=8` for a path, `Block.num_heads=8` for a class, `num_heads=8` for the network itself.

    Returns:
        A fact each.

    Raises:
        UsageError: a text is no setting.
    """
    supplied: list[Fact] = []
    for text in texts:
        place, equals, value = text.partition("=")
        path, _, setting = place.strip().rpartition(".")
        if not equals or not setting or not value.strip():
            raise UsageError(f"--set {text}: not a setting", way_out="--set PATH.SETTING=VALUE: layers.0.num_heads=8")
        supplied.append(Fact(setting, read_value(value), Provenance.GIVEN, path))
    return tuple(supplied)


def supplied_for(facts: Sequence[Fact], *networks: Network) -> list[tuple[Fact, ...]]:
    """What was supplied, for each network.

    Args:
        facts: all that was supplied.
        networks: in which a path may be; it has to be in one of them.

    Raises:
        UsageError: a path is in none of them.
    """
    paths = [_paths(network) if facts else set() for network in networks]
    for fact in facts:
        if not any(fact.path in known for known in paths):
            raise UsageError(f"--set {fact.path}.{fact.name}: no such layer on either side", way_out=_WAY_OUT)
    return [tuple([fact for fact in facts if fact.path in known]) for known in paths]


def _paths(network: Network) -> set[str]:
    """Of all layers, as they are printed and as reports say them, and their classes."""
    raw = Tree(network.root).raw
    return {*raw, *raw.values(), *(name for path, layer in walk(network.root) for name in (path, layer.class_name))}
