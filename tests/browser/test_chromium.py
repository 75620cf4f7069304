"""The browser of these tests sees what it is to see: faults of a page, and what in it is not accessible."""

from __future__ import annotations

from pathlib import Path

import pytest

from browser import chromium
from browser.chromium import Look
from browser.conftest import Opener

READY = "<script>document.documentElement.dataset.ready = 1</script>"
PLAIN = f"<!doctype html><html lang=en><title>a</title>{{}}<main><h1>a</h1></main>{READY}"
POLICY = "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; script-src 'unsafe-inline'\">"


def test_a_page_without_faults(opened: Opener, tmp_path: Path) -> None:
    page = opened(saved(tmp_path, PLAIN.format("")))
    assert (page.title(), chromium.audit(page)) == ("a", [])


@pytest.mark.parametrize(
    ("more", "told"),
    [
        pytest.param("<script>throw Error('b')</script>", "error: b", id="error"),
        pytest.param("<script>console.warn('b')</script>", "warning: b", id="warning"),
        pytest.param(f"{POLICY}<p style='color: red'>b", "error: Applying inline style violates", id="policy"),
        pytest.param(f"{POLICY}<img alt='' src=b.png>", "error: Loading the image", id="forbidden picture"),
        pytest.param("<img alt='' src=b.png>", "request: file:", id="picture"),
        pytest.param("<script>fetch('https://b.invalid/')</script>", "request: https://b.invalid/", id="server"),
    ],
)
def test_a_fault_is_seen(more: str, told: str, opened: Opener, faults: list[str], tmp_path: Path) -> None:
    opened(saved(tmp_path, PLAIN.format(more))).wait_for_timeout(100)
    seen = [fault for fault in faults if fault.startswith(told)]
    faults.clear()
    assert seen


def test_what_is_not_accessible_is_found(opened: Opener, tmp_path: Path) -> None:
    found = chromium.audit(opened(saved(tmp_path, PLAIN.format("<button></button>"))))
    assert [line for line in found if line.startswith("button-name (critical) button: ")]


@pytest.mark.parametrize("look", [Look(390, "dark"), Look(1600, "light"), Look(scripts=False)])
def test_a_look(look: Look, opened: Opener, tmp_path: Path) -> None:
    page = opened(saved(tmp_path, PLAIN.format("")), look)
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    ready = page.evaluate("document.documentElement.dataset.ready") is not None
    assert (page.evaluate("innerWidth"), dark, ready) == (look.width, look.scheme == "dark", look.scripts)


@pytest.mark.usefixtures("browser")
def test_what_to_install_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chromium.lacking() == ""
    monkeypatch.setenv("PATH", "")
    assert chromium.lacking() == "apt-get install chromium"
    monkeypatch.setattr(chromium, "PACKAGES", ("playwright", "no_such_package"))
    assert chromium.lacking() == "pip install no-such-package"


def saved(folder: Path, text: str) -> Path:
    file = folder / "page.html"
    file.write_text(text, encoding="utf-8")
    return file
