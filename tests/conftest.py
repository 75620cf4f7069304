"""Loads torch before any test module does: without NumPy it warns on its first import, and warnings are errors.

No property test has a deadline: a busy machine is no fault.
"""

import warnings

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("answers")  # its asserts say what differs, as those of test modules do

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import torch  # noqa: F401

settings.register_profile("archdiff", deadline=None)
settings.load_profile("archdiff")
