"""`ref:how_so_dense/gsc_sparse_cnn2`: the published networks that come with the package, by name."""

from __future__ import annotations

import os

from archdiff.model.errors import UsageError
from archdiff.model.wording import did_you_mean


def names() -> tuple[str, ...]:
    """Every published network that comes with the package: `how_so_dense/gsc_sparse_cnn2`."""
    root = _folder()
    files = (os.path.join(here, name) for here, _, inside in os.walk(root) for name in inside if name.endswith(".txt"))
    return tuple(sorted(os.path.relpath(file, root).removesuffix(".txt").replace(os.sep, "/") for file in files))


def located(name: str) -> str:
    """The file of a published network.

    Raises:
        UsageError: there is none of that name.
    """
    if name in names():
        return os.path.join(_folder(), f"{name}.txt".replace("/", os.sep))
    raise UsageError(f"no reference '{name}' comes with archdiff", way_out=did_you_mean(name, names(), 0.4, "ref:{}"))


def _folder() -> str:
    """Where they are: in the installed package, or beside `src` in a checkout."""
    package = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
    installed = os.path.join(package, "reference_specs")
    return installed if os.path.isdir(installed) else os.path.realpath(f"{package}/../../reference_specs")
