"""A notebook that is really executed: an outcome shows itself, as a page in small and as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from browser import chromium
from browser.conftest import Opener
from cli.command import NOTE, SRC

OF_FILES = f"import archdiff\narchdiff.compare({NOTE + '#Mine'!r}, {NOTE + '#Lucas'!r})"
OF_MODULES = """
import archdiff
from torch import nn
mine = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
original = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 2))
archdiff.compare(mine, original)
"""


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Executes a cell in a kernel of its own: the last value as each type of data, and what was printed."""
    needed = ("nbclient", "nbformat", "ipykernel")
    nbclient, nbformat, _ = (pytest.importorskip(each, reason=f"no notebook: pip install {each}") for each in needed)
    monkeypatch.setenv("PYTHONPATH", SRC)
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")  # torch warns where it finds no NumPy
    for folder in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(folder, str(tmp_path / folder))

    def execute(cell: str) -> dict[str, str]:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
        nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
        outputs = notebook.cells[0].outputs
        assert [output.output_type for output in outputs] == ["execute_result"]
        return dict(outputs[0].data)

    return execute


@pytest.mark.parametrize(
    ("cell", "headline"),
    [
        pytest.param(OF_FILES, "function: k-winners before pooling in both blocks (k 4767, not 1192)", id="files"),
        pytest.param(OF_MODULES, "function: ReLU, not GELU (1)", id="modules"),
    ],
)
def test_an_outcome_shows_itself(cell: str, headline: str, shown: Any, opened: Opener, tmp_path: Path) -> None:
    data = shown(cell)
    assert sorted(data) == ["text/html", "text/plain"]
    assert data["text/plain"].startswith(headline)
    assert "<iframe" not in data["text/plain"]
    assert len(data["text/html"].encode()) < 100_000
    page = opened(_cell(tmp_path, data["text/html"]), ready=False)
    frame = page.frame_locator("iframe")
    frame.locator("html[data-ready]").wait_for(state="attached")
    assert (frame.locator("h1").text_content() or "").startswith(headline)
    frame.locator("details.finding > summary").first.click()
    assert frame.locator("details.finding[open]").count() == 1
    assert chromium.audit(page) == []


def _cell(folder: Path, output: str) -> Path:
    """A page as a notebook is one: the output somewhere in it."""
    file = folder / "notebook.html"
    head = "<!doctype html><html lang=en><meta charset=utf-8><title>notebook</title>"
    file.write_text(f"{head}<main><h1>notebook</h1>{output}</main></html>", encoding="utf-8")
    return file
