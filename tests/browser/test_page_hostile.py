"""Words of somebody in every place that a page has for them: they stay text, in every look of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archdiff.model.inert import printable
from browser.chromium import Look
from browser.conftest import Opener, Writer, page_cases
from injections import WORDS

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: what would be there, had a word become markup
_STRANGERS = "img, iframe, object, embed, link, base, form, audio, video, body style, main script, svg script"
_ACTING = """() => [...document.querySelectorAll('*')].flatMap((each) => [...each.attributes])
  .filter(({ name, value }) => name.startsWith('on') || (/href|src|action|data$/.test(name) && !value.startsWith('#')))
  .map(({ name, value }) => `${name}=${value}`)"""


def assert_inert(page: Page) -> None:
    assert "run" not in page.title().split()
    assert page.locator(_STRANGERS).count() == 0
    assert page.evaluate(_ACTING) == []
    assert page.locator("h1").count() == 1
    assert page.locator("h1").is_visible()


@pytest.mark.parametrize("look", [Look(1600), Look(390), Look(scripts=False)], ids=str)
@pytest.mark.parametrize("case", ["hostile", "hostile_check", "errors"])
def test_nothing_acts(case: str, look: Look, opened: Opener, written: Writer) -> None:
    assert_inert(opened(written(case), look))


def test_nothing_acts_when_all_is_opened(opened: Opener, written: Writer) -> None:
    page = opened(written("hostile"), Look(1600))
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    page.wait_for_timeout(100)
    grid = page.locator("[role=grid], [role=treegrid]")
    rows = int(grid.get_attribute("aria-rowcount") or 0)
    assert rows == len(page_cases.HOSTILE) + len(WORDS)
    for row in range(0, rows, 20):
        grid.evaluate("(each, share) => (each.scrollTop = share * each.scrollHeight)", row / rows)
        page.wait_for_selector(f"#row{row}", state="attached")
        assert_inert(page)


@pytest.mark.parametrize("scripts", [True, False])
def test_each_word_is_read_as_it_is_written(scripts: bool, opened: Opener, written: Writer) -> None:
    """But characters that cannot be seen, which would lead a reader astray."""
    page = opened(written("hostile"), Look(1600, scripts=scripts))
    told = page.locator("main").text_content() or ""
    lost = [word for word in page_cases.HOSTILE if printable(word) not in told]
    assert lost == []


def test_a_direction_of_writing_ends_with_its_name(opened: Opener, written: Writer) -> None:
    """Hebrew and Arabic names do not turn what stands beside them."""
    page = opened(written("hostile"), Look(1600))
    name = page.locator("bdi", has_text="\u05d0\u05d1\u05d2").first
    assert name.evaluate("each => getComputedStyle(each).unicodeBidi") == "isolate"
    assert name.evaluate("each => getComputedStyle(each.closest('.row, .finding, header, section')).direction") == "ltr"
