"""Pages in a real browser: one browser a process, a window of its own for each look, and no fault that goes unseen."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from browser import chromium
from browser.chromium import Look

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import page_cases as page_cases
import pages as benchmark

Opener: TypeAlias = "Callable[..., Page]"
Writer: TypeAlias = Callable[[str], Path]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Skips where there is none."""
    if lacking := chromium.lacking():
        pytest.skip(f"no browser: {lacking}")
    with chromium.started() as started:
        yield started


@pytest.fixture
def faults() -> list[str]:
    """What went wrong in the pages of a test: errors, what the policy forbids, requests. A test may empty it."""
    return []


@pytest.fixture
def opened(browser: Browser, faults: list[str]) -> Iterator[Opener]:
    """Opens a file as it is to be looked at; `Page` by `Page`, all of which have to be free of faults at the end."""
    with ExitStack() as windows:

        def open_file(file: Path, look: Look = Look(), fragment: str = "", ready: bool = True) -> Page:
            page = windows.enter_context(chromium.window(browser, look, faults))
            chromium.open_file(page, file, fragment, ready=ready and look.scripts)
            return page

        yield open_file
    assert faults == []


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Writer:
    """The page of a case of `benchmarks/page_cases.py`, which the process that first wants it writes for all."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "pages"
    shared.mkdir(exist_ok=True)

    def write(case: str) -> Path:
        file = shared / f"{case}.html"
        if not file.exists():
            made = tmp_path_factory.mktemp("page") / file.name
            benchmark.write(case, made)
            made.replace(file)
        return file

    return write
