"""`package.module:factory`: what it prints, and one clear error for everything that may go wrong in somebody's code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from archdiff import commands, parse
from archdiff.execute.live import importing
from archdiff.model.errors import UsageError

MODULE = """\
from torch import nn

print("noise on import")

class Net(nn.Module):
    def __init__(self, width=3):
        super().__init__()
        self.fc = nn.Linear(4, width)

made = Net()
number = 3
nothing = lambda: None

def factory():
    return Net(5)

def needs(width, *, depth, name="x"):
    return Net()

def keyword(*arguments, **settings):
    return Net(7)

def fails():
    return deeper()

def deeper():
    raise ValueError("two\\nlines")

def leaves():
    raise SystemExit(3)

def misses():
    return number.missing

class Odd(nn.Module):
    def __repr__(self):
        raise RuntimeError

def parallel():
    made = nn.Sequential(nn.DataParallel(Net()))
    made[0].device_ids = [0, 1]  # as on a machine with two GPUs
    return made
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("")
    (tmp_path / "pack" / "nets.py").write_text(MODULE)
    (tmp_path / "pack" / "broken.py").write_text("from torch import nn\n\ndef (\n")
    (tmp_path / "pack" / "lacking.py").write_text("import no_such_package\n")
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] == "pack"]:
        del sys.modules[name]


@pytest.mark.parametrize(("name", "width"), [("made", 3), ("Net", 3), ("factory", 5), ("keyword", 7)])
@pytest.mark.usefixtures("folder")
def test_text(name: str, width: int) -> None:
    before = list(sys.path)
    text, _ = importing.load_printed(f"pack.nets:{name}")
    assert text == f"Net(\n  (fc): Linear(in_features=4, out_features={width}, bias=True)\n)\n"
    assert sys.path == before


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("nowhere:net", "nowhere:net: no module 'nowhere'"),
        ("pack.nowhere:net", "pack.nowhere:net: no module 'pack.nowhere'"),
        ("pack.nets:factry", "pack.nets:factry: 'pack.nets' has no 'factry'"),
        ("pack.nets:number", "pack.nets:number: is of type int, neither a torch.nn.Module nor"),
        ("pack.nets:nothing", "pack.nets:nothing: returns None, not a torch.nn.Module"),
        ("pack.nets:needs", "pack.nets:needs: takes arguments (width, depth)"),
        ("pack.nets:fails", "pack/nets.py:27: pack.nets:fails: calling it raises ValueError: two"),
        ("pack.nets:leaves", "pack/nets.py:30: pack.nets:leaves: calling it raises SystemExit: 3"),
        ("pack.nets:misses", "pack/nets.py:33: pack.nets:misses: calling it raises AttributeError"),
        ("pack.nets:Odd", "pack/nets.py:37: pack.nets:Odd: printing it raises RuntimeError"),
        ("pack.broken:net", "pack/broken.py:3: pack.broken:net: importing pack.broken raises SyntaxError: "),
        ("pack.lacking:net", "pack/lacking.py:1: pack.lacking:net: importing pack.lacking raises ModuleNotFoundError"),
    ],
    ids=lambda value: value if ": " not in value else "",
)  # fmt: skip
@pytest.mark.usefixtures("folder")
def test_one_error(address: str, error: str) -> None:
    with pytest.raises(UsageError) as raised:
        importing.load_printed(address)
    assert str(raised.value).partition("\n")[0].startswith(error)


@pytest.mark.parametrize(
    ("address", "is_live"),
    [
        ("pack.nets:made", True),
        ("nets:made", True),
        ("ref:made", False),
        ("ref:how_so_dense/gsc_sparse_cnn2", False),
        ("a/b:c", False),
        ("note.md#Mine", False),
        ("note.md", False),
        ("C:\\nets", False),
        ("a:b.txt", False),
        ("there:is", False),
    ],
)
def test_what_is_an_address_of_a_live_module(folder: Path, address: str, is_live: bool) -> None:
    (folder / "there:is").write_text("")
    assert parse.is_live(address) is is_live


@pytest.mark.usefixtures("folder")
def test_its_address_is_the_source() -> None:
    (network,) = commands.show(commands.Request("pack.nets:made"))
    assert (network.source, network.first_line, network.last_line) == ("pack.nets:made", 1, 3)


@pytest.mark.usefixtures("folder")
def test_a_parallel_module_stays_on_the_device_that_was_asked_for() -> None:
    assert getattr(importing.load_module("pack.nets:parallel").get_submodule("0"), "device_ids", None) == []
