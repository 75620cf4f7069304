"""What an address names, without reading it."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdiff.parse.sources.address import is_live, split_address

NOTE = str(Path(__file__).parents[2] / "data" / "note.md")

ADDRESSES = [
    ("net.txt", ("net.txt", None)),
    ("-", ("-", None)),
    ("net.txt#", ("net.txt", None)),
    ("net.txt#Mine", ("net.txt", "Mine")),
    ("-#2", ("-", "2")),
    ("a#b/net.txt#Mine", ("a#b/net.txt", "Mine")),
    ("#Mine", ("", "Mine")),
]


@pytest.mark.parametrize(("address", "parts"), ADDRESSES)
def test_split(address: str, parts: tuple[str | None, ...]) -> None:
    assert split_address(address) == parts


def test_a_file_whose_name_holds_a_hash_wins(tmp_path: Path) -> None:
    file = tmp_path / "net#1.txt"
    file.write_text("ReLU()")
    assert split_address(str(file)) == (str(file), None)
    assert split_address(f"{file}#ReLU") == (str(file), "ReLU")
    assert split_address(f"{NOTE}#a#b") == (NOTE, "a#b")


LIVE = [
    ("package.module:factory", True),
    ("module:factory", True),
    ("ref:how_so_dense/gsc_sparse_cnn2", False),
    ("ref:name", False),
    ("net.txt", False),
    ("C:\\nets\\a.txt", False),
    ("1module:factory", False),
    ("module:", False),
]


@pytest.mark.parametrize(("address", "live"), LIVE)
def test_live(address: str, live: bool) -> None:
    assert is_live(address) is live


def test_a_file_that_is_called_like_a_module_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("module:factory").touch()
    assert not is_live("module:factory")
