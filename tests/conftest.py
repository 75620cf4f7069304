"""Loads torch before any test module does: without NumPy it warns on its first import, and warnings are errors."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import torch  # noqa: F401
