"""Pages of HTML to be looked at, and what they cost: three widths, light and dark, in a real browser.

    python benchmarks/pages.py DIR [CASE ...] [--prints PRINTS] [--only-numbers]
    python benchmarks/pages.py --docs docs/pictures [--prints PRINTS]
    python benchmarks/pages.py --write-prints PRINTS     (needs timm, torchvision and transformers)

writes `DIR/CASE.html`, and pictures of what a reader sees first (`DIR/CASE-WIDTH-SCHEME.webp`), of a finding that is
opened (`-opened`) and of the whole page. Then a table of numbers: bytes; seconds of `archdiff`; milliseconds until the
page is shown; the longest frame while all of its rows are scrolled through in 150, how many took longer than 50 ms, and
the processor time of one, whatever else runs; findings of axe-core in all looks, and faults (errors of the console,
what the policy forbids, requests). A page that needs a library which is not installed is left out and named. Judges
nothing: the tests are in `tests/browser/`.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
import warnings
from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import page_cases
import turns
from page_cases import CASES, DOCUMENTED, MEASURED, LeftOutError, Places

from archdiff.model.result import Result
from archdiff.report import View, find
from browser import chromium  # page_cases puts tests/ on the path
from browser.chromium import Look, Scheme

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTHS: Final = tuple(chromium.HEIGHTS)
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")
_TALLEST: Final = 8_000  # CSS pixels of a picture of a whole page
_SLOW: Final = 50  # milliseconds

#: scrolls what is longest from its top to its end in 150 frames; the times between frames
_SCROLL: Final = """async () => {
  const length = (each) => each.scrollHeight - each.clientHeight;
  const all = [document.scrollingElement, ...document.querySelectorAll('*')].filter(
    (each) => each === document.scrollingElement || ['auto', 'scroll'].includes(getComputedStyle(each).overflowY));
  const longest = all.reduce((best, each) => (length(each) > length(best) ? each : best));
  const frame = () => new Promise(requestAnimationFrame);
  const times = [];
  let before = await frame();
  for (let step = 1; step <= 150; step++) {
    longest.scrollTop = (length(longest) * step) / 150;
    const now = await frame();
    times.push(now - before);
    before = now;
  }
  longest.scrollTop = 0;
  return times;
}"""


class Numbers(NamedTuple):
    """What was measured of one page."""

    size: int
    made: float
    ready: float
    frames: list[float]
    work: float
    found: list[str]
    faults: list[str]


def main() -> None:
    options = _options()
    if options.write_prints:
        warnings.simplefilter("ignore")  # of torch, about weights that are not initialised
        page_cases.write_prints(options.write_prints)
        return
    if lacking := chromium.lacking():
        sys.exit(f"no browser: {lacking}")
    if options.docs:
        of_docs(options.docs, options.prints)
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    print(turns.machine())
    print(f"{'page':16} {'bytes':>10} {'made':>8} {'shown':>8} {'longest':>9} {'slow':>5} {'work':>8}  axe faults")
    with chromium.started() as browser:
        for name in options.cases or CASES:
            file = options.folder / f"{name}.html"
            try:
                made = write(name, file, options.prints)
            except LeftOutError as reason:
                print(f"{name:16} left out: {reason}", flush=True)
                continue
            print(_row(name, measured(browser, file, made, pictures=not options.only_numbers)), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", metavar="DIR")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="all without")
    parser.add_argument("--prints", type=Path, metavar="PRINTS", help="prints of libraries that are not installed here")
    parser.add_argument("--write-prints", type=Path, metavar="PRINTS")
    parser.add_argument("--docs", type=Path, metavar="DIR", help="the pictures of the documentation alone")
    parser.add_argument("--only-numbers", action="store_true", help="no pictures")
    options = parser.parse_args()
    if unknown := set(options.cases) - set(CASES):
        parser.error(f"no such page: {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    if not (options.folder or options.docs or options.write_prints):
        parser.error("where to? DIR")
    return options


def of_docs(folder: Path, prints: Path | None) -> None:
    """What a reader of each of `DOCUMENTED` sees first, at every width; all of `MEASURED`, whose times stand below."""
    with chromium.started() as browser, tempfile.TemporaryDirectory() as pages:
        for name in DOCUMENTED:
            file = Path(pages) / f"{name}.html"
            try:
                write(name, file, prints)
            except LeftOutError as reason:
                print(f"{name} left out: {reason}")
                continue
            for width in WIDTHS:
                with chromium.window(browser, Look(width), []) as page:
                    chromium.open_file(page, file)
                    height = page.evaluate("document.scrollingElement.scrollHeight") if name == MEASURED else 0
                    (folder / f"{name}-{width}.webp").write_bytes(_webp(page, height))


def _row(name: str, of: Numbers) -> str:
    slow = sum(each > _SLOW for each in of.frames)
    longest = max(of.frames, default=math.inf)
    row = f"{name:16} {of.size:10,} {of.made:6.2f} s {of.ready:5.0f} ms {longest:6.0f} ms {slow:5} {of.work:5.1f} ms"
    told = [f"    {line}" for line in dict.fromkeys([*of.found, *of.faults])]
    return "\n".join([f"{row} {len(of.found):4} {len(of.faults):6}", *told])


def write(name: str, file: Path, prints: Path | None = None) -> float:
    """Writes a page; how many seconds `archdiff` took.

    Raises:
        LeftOutError: It cannot be made here.
    """
    with tempfile.TemporaryDirectory() as folder:
        made = CASES[name](Places(Path(folder), prints and prints.resolve()))
        begin = time.perf_counter()
        if made and isinstance(made[0], str):
            _ask([str(each) for each in made], Path(folder), file.resolve())
        else:
            results = [each for each in made if isinstance(each, Result)]
            file.write_text(find("html").render(results, View()), encoding="utf-8")
        return time.perf_counter() - begin


def _ask(arguments: Sequence[str], folder: Path, file: Path) -> None:
    """Of `archdiff`, in a process of its own."""
    file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "archdiff", *arguments, "--format", "html", "--output-file", str(file)]
    search = os.pathsep.join([str(turns.ROOT / "src"), str(folder)])
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": search}, capture_output=True, text=True, check=False
    )
    if not file.exists():  # it says why a network has no answer, too
        raise LeftOutError(done.stderr.strip() or f"{' '.join(arguments)} ended with {done.returncode}")


def measured(browser: Browser, file: Path, made: float, pictures: bool) -> Numbers:
    """A page in every look, with pictures of it beside its file."""
    found: list[str] = []
    faults: list[str] = []
    frames: list[float] = []
    work = math.inf
    shown: list[float] = []
    for look in (Look(width, scheme) for scheme in SCHEMES for width in WIDTHS):
        with chromium.window(browser, look, faults) as page:
            if not _is_shown(page, file):
                shown.append(math.inf)
                continue
            shown.append(float(page.evaluate("Number(document.documentElement.dataset.ready)")))
            found += chromium.audit(page)
            if pictures:
                _picture(page, file, look)
            if look == Look(WIDTHS[-1]):
                page.keyboard.press("u")  # all rows, those that are folded too
                frames, work = _scrolled(page)
            _open(page)
            found += chromium.audit(page)
            if pictures:
                _picture(page, file, look, "-opened")
    return Numbers(file.stat().st_size, made, sorted(shown)[len(shown) // 2], frames, work, found, faults)


def _scrolled(page: Page) -> tuple[list[float], float]:
    """Milliseconds between frames, and of processor time that the page takes for one, whatever else runs here."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def taken() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))

    before = taken()
    frames: list[float] = page.evaluate(_SCROLL)
    return frames, 1000 * (taken() - before) / len(frames)


def _is_shown(page: Page, file: Path) -> bool:
    """Whether the page says so in half a minute."""
    from playwright.sync_api import TimeoutError as TooLate

    try:
        chromium.open_file(page, file)
    except TooLate:
        return False
    return True


def _open(page: Page) -> None:
    """The first finding, where there is one."""
    finding = page.locator("article:not([hidden]) .finding > summary").first
    if finding.count():
        finding.click()


def _picture(page: Page, file: Path, look: Look, what: str = "") -> None:
    """What is in sight, and the whole page where it is longer than that and short enough."""
    name = f"{file.stem}-{look.width}-{look.scheme}{what}"
    file.with_name(f"{name}.webp").write_bytes(_webp(page))
    height = page.evaluate("document.scrollingElement.scrollHeight")
    if not what and chromium.HEIGHTS[look.width] < height <= _TALLEST:
        file.with_name(f"{name}-whole.webp").write_bytes(_webp(page, height))


def _webp(page: Page, height: int = 0) -> bytes:
    """What is in sight, or so many pixels from the top."""
    width = page.evaluate("innerWidth")
    clip = {"clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}} if height else {}
    asked = {"format": "webp", "quality": 70, "captureBeyondViewport": bool(height), **clip}
    return b64decode(page.context.new_cdp_session(page).send("Page.captureScreenshot", asked)["data"])


if __name__ == "__main__":
    main()
