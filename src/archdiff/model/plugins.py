"""Leaf files found by walking a package's folder: each exports one constant, and nothing registers itself.

Must not know what the constants are.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any


def names(package: str) -> tuple[str, ...]:
    """The leaf modules of a package, in alphabetical order; those beginning with an underscore are private."""
    folder = import_module(package).__path__
    return tuple(sorted(module.name for module in pkgutil.iter_modules(folder) if not module.name.startswith("_")))


def load(package: str, constant: str) -> dict[str, Any]:
    """`{"convolution": <module>.KINDS, ...}`: that constant of every leaf module; AttributeError where one lacks it."""
    return {name: getattr(import_module(f"{package}.{name}"), constant) for name in names(package)}


def one(package: str, name: str, constant: str) -> Any:
    """That constant of one leaf module; the others are not loaded."""
    return getattr(import_module(f"{package}.{name}"), constant)
