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
    except ModuleNotFoundError as error:
        if error.name == "torch":
            raise UsageError(f"{what} needs torch, which is not installed", source=source, way_out=_WAY_OUT) from None
        raise _broken(what, source, error) from None
    except (ImportError, OSError) as error:  # a library of CUDA is missing
        raise _broken(what, source, error) from None


def _broken(what: str, source: str, error: Exception) -> UsageError:
    message = str(error).strip().partition("\n")[0]
    return UsageError(f"{what} needs torch, which cannot be loaded: {message}", source=source, way_out=_WAY_OUT)
