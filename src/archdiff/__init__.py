"""archdiff: `git diff` for neural networks, judged the way a researcher judges a replication.

    import archdiff

    outcome = archdiff.compare("mine.txt", "original.txt")
    outcome.verdict                     # "function": the computed function differs
    for finding in outcome.findings:
        print(finding.effect.word, finding.message)

Public is what stands in `__all__` here, in `archdiff.errors` and in `archdiff.nn`, with the documented attributes of
these classes; all other modules and whatever begins with an underscore may change in any version. Until version 1.0 a
minor version (0.2) may change what is public, and CHANGELOG.md says so; a patch (0.1.1) does not. From 1.0 on that
takes a major version. Stable within a version of their schema, and only ever added to: the keys of `Outcome.to_dict()`
and the rule ids. Not stable: the English of messages, hints, notes and errors, the order of findings of equal effect,
and which findings there are where a new version understands a print better.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take it for True; importing `typing` for it takes as long as all that is here
if TYPE_CHECKING:
    from archdiff import errors, nn
    from archdiff.api import Source, compare, read, read_all, snapshot
    from archdiff.model.effects import Effect
    from archdiff.model.finding import Finding, Place
    from archdiff.model.network import UNKNOWN, Layer, Network, Setting
    from archdiff.model.outcome import LayerInfo, NetworkInfo, Outcome

__version__ = "0.1.0"

__all__ = [
    "compare",
    "read",
    "read_all",
    "snapshot",
    "Source",
    "Network",
    "Layer",
    "Setting",
    "UNKNOWN",
    "Outcome",
    "Finding",
    "Place",
    "Effect",
    "NetworkInfo",
    "LayerInfo",
    "errors",
    "nn",
    "__version__",
]

#: where the public names are defined; loaded when first used, because a command pays for every import
_DEFINED_IN = {
    **dict.fromkeys(("compare", "read", "read_all", "snapshot", "Source"), "archdiff.api"),
    **dict.fromkeys(("Network", "Layer", "Setting", "UNKNOWN"), "archdiff.model.network"),
    **dict.fromkeys(("Outcome", "NetworkInfo", "LayerInfo"), "archdiff.model.outcome"),
    **dict.fromkeys(("Finding", "Place"), "archdiff.model.finding"),
    "Effect": "archdiff.model.effects",
}

if not TYPE_CHECKING:  # a type checker would take every name for one of this package

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name in ("errors", "nn"):
            return import_module(f"archdiff.{name}")
        if name not in _DEFINED_IN:
            raise AttributeError(f"module 'archdiff' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_DEFINED_IN[name]), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__} - {"TYPE_CHECKING", "annotations"})
