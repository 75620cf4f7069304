"""How the reader wants a report: colour, width and folders, from options, environment and terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from archdiff.cli.views import view_of, wants_color, width
from archdiff.model.errors import UsageError


@pytest.mark.parametrize(
    ("flag", "environment", "terminal", "color"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
    ],
)
def test_colour_is_the_flag_then_force_then_no_then_the_terminal(
    flag: str, environment: dict[str, str], terminal: bool, color: bool
) -> None:
    assert wants_color(flag, environment, terminal) is color


@pytest.mark.parametrize(
    ("columns", "wanted"), [("", 80), ("x", 80), ("0", 80), ("100", 100), ("20", 60), ("1000", 160), ("9" * 20, 80)]
)
def test_columns(monkeypatch: pytest.MonkeyPatch, columns: str, wanted: int) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    assert width() == wanted


def test_a_view(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "nets").mkdir()
    monkeypatch.chdir(tmp_path / "nets")
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    view = view_of("always", everything=True)
    assert (view.color, view.all) == (True, True)
    assert (view.folder, view.root) == (str(tmp_path / "nets"), str(tmp_path))
    view = view_of("never", everything=False)
    assert (view.color, view.all, view.facts) == (False, False, False)
    assert view_of("never", everything=False, facts=True).facts


def test_no_such_colour() -> None:
    with pytest.raises(UsageError, match="--color blue: no such value"):
        view_of("blue", everything=False)


@pytest.mark.parametrize(("columns", "wanted"), [(30, 60), (100, 100), (300, 160)])
def test_columns_of_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: int, wanted: int) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdout, "fileno", lambda: 1)
    monkeypatch.setattr("os.get_terminal_size", lambda _fd: os.terminal_size((columns, 24)))
    assert width() == wanted
