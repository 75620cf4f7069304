"""Nothing is collected inside, and the collector is outside as it was before."""

from __future__ import annotations

import gc

import pytest

from archdiff.model.collector import uncollected


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_as_it_was(enabled: bool) -> None:
    before = gc.isenabled()
    try:
        gc.enable() if enabled else gc.disable()
        with uncollected():
            assert not gc.isenabled()
        assert gc.isenabled() is enabled
    finally:
        gc.enable() if before else gc.disable()


def test_it_is_back_behind_an_error() -> None:
    with pytest.raises(ZeroDivisionError):
        _fails()
    assert gc.isenabled()


def _fails() -> None:
    with uncollected():
        raise ZeroDivisionError
