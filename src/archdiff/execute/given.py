"""Settings that no print holds and that somebody gives: `--set layers.0.self_attn.num_heads=8`.

A place is the path of a layer, a folded one as printed too (`layers.0-5`), or the name of a class, which stands for all
its layers. `class` is a setting of every layer: the class of torch.nn that stands for one that archdiff does not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from archdiff.model.errors import UsageError
from archdiff.model.network import Value
from archdiff.parse._settings import read_value

Facts: TypeAlias = Mapping[str, Value]
NOTHING: Final[Facts] = MappingProxyType({})
NONE_GIVEN: Final[Mapping[str, Facts]] = MappingProxyType({})

CLASS: Final = "class"


class Given:
    """What was given, by place; remembers what was asked for, so that a place that is nowhere can be refused."""

    def __init__(self, given: Mapping[str, Facts] = NONE_GIVEN) -> None:
        self.given = given
        self.used: set[str] = set()

    def of(self, class_name: str, *paths: str) -> Facts:
        """For one layer; what is said of a path stands above what is said of a class."""
        if not self.given:
            return NOTHING
        found: dict[str, Value] = {}
        for place in (class_name, *reversed(paths)):
            if place in self.given:
                self.used.add(place)
                found |= self.given[place]
        return found

    def inside(self, path: str) -> bool:
        """Whether something is given for a path below this one."""
        return any(place.startswith(f"{path}.") for place in self.given)

    def check_used(self) -> None:
        for place in self.given.keys() - self.used:
            raise UsageError(
                f"--set {place or CLASS}: no such layer",
                way_out="a path as `archdiff show` prints it, or the class of the layers",
            )


def read_given(texts: Iterable[str]) -> dict[str, dict[str, Value]]:
    """`layers.0.num_heads=8` -> {"layers.0": {"num_heads": 8}}; without a path it is the network itself."""
    given: dict[str, dict[str, Value]] = {}
    for text in texts:
        place, equals, value = text.partition("=")
        path, _, setting = place.strip().rpartition(".")
        if not equals or not setting or not value.strip():
            raise UsageError(f"--set {text}: not a setting", way_out="--set PATH.SETTING=VALUE: layers.0.num_heads=8")
        given.setdefault(path, {})[setting] = read_value(value)
    return given
