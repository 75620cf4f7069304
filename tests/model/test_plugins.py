"""Leaf files and entry points: found by their names; what cannot be taken is refused with the file or distribution."""

from __future__ import annotations

from importlib import import_module, invalidate_caches
from itertools import count
from pathlib import Path

import pytest

from archdiff.model import plugins
from archdiff.model.errors import PluginError

NUMBERS = count()


class Row:
    """What the leaf files of these tests export."""

    def __init__(self, name: str) -> None:
        self.name = name


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package without leaf files, under a name that no test before it had."""
    name = f"leaves_{next(NUMBERS)}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    return name


def add(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(f"from {__name__} import Row\n{text}\n")
    invalidate_caches()


A, B = "ROW = Row('a')", "ROW = Row('b')"


def test_leaf_files_are_found_by_their_names(package: str, tmp_path: Path) -> None:
    add(tmp_path / package, {"second": B, "first": A, "_shared": ""})
    assert plugins.files(package) == {name: str(tmp_path / package / f"{name}.py") for name in ("first", "second")}
    assert [row.name for row in plugins.load(package, "ROW", Row).values()] == ["a", "b"]
    assert list(plugins.by_name(package, "ROW", Row)) == ["a", "b"]
    assert plugins.one(package, "second", "ROW", Row).name == "b"


def test_others_are_not_loaded(package: str, tmp_path: Path) -> None:
    add(tmp_path / package, {"first": A, "broken": "1 / 0"})
    assert plugins.one(package, "first", "ROW", Row).name == "a"
    assert list(plugins.files(package)) == ["broken", "first"]


def test_a_folder_may_be_added(package: str, tmp_path: Path) -> None:
    add(tmp_path / package, {"first": A})
    add(tmp_path / "more", {"second": B})
    import_module(package).__path__.append(str(tmp_path / "more"))
    assert list(plugins.by_name(package, "ROW", Row)) == ["a", "b"]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        (
            {"first": A, "second": A},
            "{0}/second.py: a is already in {0}/first.py\n  help: rename or remove one of the two",
        ),
        (
            {"first": ""},
            "{0}/first.py: exports no ROW\n  help: a file that several share begins with an underscore",
        ),
        ({"first": "ROW = 'a'"}, "{0}/first.py: ROW is of class str, not {1}.Row"),
        ({"first": "ROW = Row"}, "{0}/first.py: ROW is of class type, not {1}.Row"),
    ],
    ids=["one name twice", "no constant", "another class", "the class itself"],
)
def test_leaf_files_that_are_refused(package: str, tmp_path: Path, files: dict[str, str], error: str) -> None:
    add(tmp_path / package, files)
    with pytest.raises(PluginError) as raised:
        plugins.by_name(package, "ROW", Row)
    assert str(raised.value) == error.format(tmp_path / package, __name__)


def test_one_file_name_in_two_folders(package: str, tmp_path: Path) -> None:
    """Python would take the first and never look at the second."""
    add(tmp_path / package, {"first": A})
    add(tmp_path / "more", {"first": B})
    import_module(package).__path__.append(str(tmp_path / "more"))
    with pytest.raises(PluginError) as raised:
        plugins.files(package)
    assert str(raised.value).startswith(
        f"{tmp_path}/more/first.py: a module first is already in {tmp_path / package}/first.py\n"
    )


# Installed distributions


def install(folder: Path, name: str, module: str, text: str, point: str) -> None:
    metadata = folder / f"{name}-1.2.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (metadata / "entry_points.txt").write_text(f"[console_scripts]\nx = y:z\n\n[test.rows]\n{point}\n")
    add(folder, {module: text})


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_nobody_has_such_entry_points() -> None:
    assert list(plugins.installed("test.rows", Row)) == []


def test_entry_points(site: Path) -> None:
    module = f"acme_{next(NUMBERS)}"
    install(site, "acme", module, A, f"rows = {module}:ROW")
    assert [(origin, row.name) for origin, row in plugins.installed("test.rows", Row)] == [
        (f"acme 1.2 ({module}:ROW)", "a")
    ]
    assert list(plugins.installed("test.row", Row)) == []


@pytest.mark.parametrize(
    ("text", "attribute", "error"),
    [
        ("raise SystemExit(3)", "ROW", "cannot be loaded into test.rows: SystemExit: 3"),
        ("import nowhere", "ROW", "cannot be loaded into test.rows: ModuleNotFoundError: No module named 'nowhere'"),
        ("", "ROW", "cannot be loaded into test.rows: AttributeError: module '"),
        ("ROW = 3", "ROW", f"rows of test.rows is of class int, not {__name__}.Row\n"),
    ],
    ids=["ends the program", "imports what is not there", "has no such name", "another class"],
)  # fmt: skip
def test_entry_points_that_are_refused(site: Path, text: str, attribute: str, error: str) -> None:
    module = f"acme_{next(NUMBERS)}"
    install(site, "acme", module, text, f"rows = {module}:{attribute}")
    with pytest.raises(PluginError) as raised:
        list(plugins.installed("test.rows", Row))
    assert str(raised.value).startswith(f"acme 1.2 ({module}:ROW): {error}")
    assert str(raised.value).endswith("\n  help: repair acme, or uninstall it")


def test_metadata_in_an_archive(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel on the path is no folder that one could look into."""
    import zipfile

    with zipfile.ZipFile(site / "acme.whl", "w") as wheel:
        wheel.writestr("acme_rows_zipped.py", f"from {__name__} import Row\n{A}\n")
        wheel.writestr("acme-1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: acme\nVersion: 1.2\n")
        wheel.writestr("acme-1.2.dist-info/entry_points.txt", "[test.rows]\nrows = acme_rows_zipped:ROW\n")
    monkeypatch.syspath_prepend(site / "acme.whl")
    assert [origin for origin, _ in plugins.installed("test.rows", Row)] == ["acme 1.2 (acme_rows_zipped:ROW)"]
