"""A real browser that opens pages as files, without a network, and notes whatever goes wrong in them.

Debian's chromium, or what else of its family is installed; axe-core judges what it shows. Both are for tests and
benchmarks alone: the package needs neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

EXECUTABLES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES: Final = ("playwright", "axe_playwright_python")
HEIGHTS: Final = {390: 844, 1024: 768, 1600: 1000}  # of a phone, a tablet and a desk
Scheme: TypeAlias = Literal["light", "dark"]


class Look(NamedTuple):
    """How a page is looked at.

    Attributes:
        width: Of the window, in CSS pixels.
        scheme: What the system prefers.
        scripts: Whether they run.
    """

    width: int = 1024
    scheme: Scheme = "light"
    scripts: bool = True


def lacking() -> str:
    """What has to be installed first, as a command; "" where all is there."""
    missing = [name.replace("_", "-") for name in PACKAGES if not find_spec(name)]
    if missing:
        return f"pip install {' '.join(missing)}"
    return "" if _executable() else "apt-get install chromium"


def _executable() -> str:
    return next(filter(None, map(which, EXECUTABLES)), "")


@contextmanager
def started() -> Iterator[Browser]:
    """A browser without a window, until the end of the block."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_executable(), args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def window(browser: Browser, look: Look, faults: list[str]) -> Iterator[Page]:
    """An empty page in a window of its own, without a network.

    Args:
        browser: Where it is opened.
        look: How it is looked at.
        faults: Takes what goes wrong, see `_watch`.
    """
    context = browser.new_context(
        viewport={"width": look.width, "height": HEIGHTS.get(look.width, 800)},
        color_scheme=look.scheme,
        java_script_enabled=look.scripts,
        reduced_motion="reduce",
        offline=True,
    )
    try:
        _watch(context, faults)
        yield context.new_page()
    finally:
        context.close()


def _watch(context: BrowserContext, faults: list[str]) -> None:
    """Notes each error and warning of the console, which tells what the policy forbids too, and each request."""
    context.on("weberror", lambda error: faults.append(f"error: {error.error}"))
    context.on("console", lambda told: faults.append(f"{told.type}: {told.text}") if told.type in _GRAVE else None)
    context.on("request", lambda asked: faults.append(f"request: {asked.url}") if _is_further(asked.url) else None)


_GRAVE: Final = frozenset({"error", "warning", "assert"})


def _is_further(url: str) -> bool:
    """Whether something else than a page is asked for, of which a file is the whole."""
    return not (url.startswith("file:") and url.partition("#")[0].endswith(".html"))


def open_file(page: Page, file: Path, fragment: str = "", ready: bool = True) -> None:
    """Opens a file.

    Args:
        page: Where it is opened.
        file: The page.
        fragment: What follows `#` in its address.
        ready: Whether to wait until its script says that all is shown; it never does where scripts do not run.
    """
    page.goto(f"{file.resolve().as_uri()}{f'#{fragment}' if fragment else ''}")
    if ready:
        page.wait_for_selector("html[data-ready]", state="attached")


def audit(page: Page) -> list[str]:
    """What axe-core finds in the page as it stands: rule, gravity, the place, and what is wrong there."""
    script = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    page.evaluate(script)
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then(results => results.violations)")
    return [f"{rule['id']} ({rule['impact']}) {_told(node)}" for rule in found for node in rule["nodes"]]


def _told(node: dict[str, Any]) -> str:
    """Where, and what is wrong there, in one line."""
    return f"{' '.join(map(str, node['target']))}: {' '.join(node['failureSummary'].split())}"
