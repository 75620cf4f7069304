"""Torch, where it is needed: loaded without its warnings, or refused in one line. All else runs where it is missing."""

from __future__ import annotations

import warnings
from typing import Final

from archdiff.model.errors import UsageError

_WAY_OUT: Final = "pip install torch; without it printed networks are compared, shown, matched and checked"


def load_torch(what: str, source: str = "") -> None:
    """Loads torch for `what`, which cannot be done without it.

    Raises:
        UsageError: it is not installed, or what is installed cannot be loaded.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # without NumPy, torch warns that it is missing
            import torch  # noqa: F401
    except (ImportError, OSError) as error:  # it is not there, or a library of CUDA is missing
        missing = isinstance(error, ModuleNotFoundError) and error.name == "torch"
        first_line = str(error).strip().partition("\n")[0]
        why = "is not installed" if missing else f"cannot be loaded: {first_line}"
        raise UsageError(f"{what} needs torch, which {why}", source=source, way_out=_WAY_OUT) from None
