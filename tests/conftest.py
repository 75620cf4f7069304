"""Loads torch before any test module does: without NumPy it warns on its first import, and warnings are errors.

No property test has a deadline: a busy machine is no fault.
"""

import gc
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("answers")  # its asserts say what differs, as those of test modules do

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import torch  # noqa: F401

settings.register_profile("archdiff", deadline=None)
settings.load_profile("archdiff")


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    """The command holds the garbage collector off for its process, which is that of the tests where they call it."""
    yield
    gc.enable()
