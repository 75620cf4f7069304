"""`ref:NAME`: the published networks that come with the package."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdiff.model.errors import UsageError
from archdiff.parse.sources.shipped import located, names

SPECS = Path(__file__).parents[3] / "reference_specs"


def test_every_printed_network_has_a_name() -> None:
    assert set(names()) == {file.relative_to(SPECS).with_suffix("").as_posix() for file in SPECS.rglob("*.txt")}
    assert list(names()) == sorted(names())


def test_each_name_is_a_file() -> None:
    for name in names():
        assert Path(located(name)).resolve() == (SPECS / f"{name}.txt").resolve()


@pytest.mark.parametrize(
    ("name", "way_out"),
    [
        ("how_so_dense/gsc_spars_cnn2", "did you mean ref:how_so_dense/gsc_sparse_cnn2?"),
        ("gsc_super_sparse_cnn2", "did you mean ref:how_so_dense/gsc_super_sparse_cnn2?"),
        ("../secret", None),
        ("", None),
    ],
)
def test_no_such_name(name: str, way_out: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        located(name)
    assert caught.value.message == f"no reference '{name}' comes with archdiff"
    assert caught.value.way_out == (way_out or f"one of {', '.join(names())}")
