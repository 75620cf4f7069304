"""The page of a check in a real browser: an overview, and one of its comparisons at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from browser import chromium
from browser.chromium import Look
from browser.conftest import Opener, Writer

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAIRS = 200


def shown(page: Page) -> list[str]:
    """The comparisons that are in the page and in sight."""
    return [str(article.get_attribute("id")) for article in page.locator("article:visible").all()]


def test_the_overview_names_every_pair_first(opened: Opener, written: Writer) -> None:
    page = opened(written("many"))
    headline = page.locator("h1")
    assert (headline.text_content() or "").startswith(f"{PAIRS} pairs: ")
    assert headline.is_visible()
    rows = page.locator("nav tr")
    assert rows.count() == PAIRS
    states = rows.locator(".state").all_inner_texts()
    assert states == sorted(states)  # "failed" before "passed"
    assert len(shown(page)) == 1


def test_a_row_leads_to_its_comparison(opened: Opener, written: Writer) -> None:
    page = opened(written("many"))
    link = page.locator("nav a").nth(3)
    number = (link.get_attribute("href") or "").removeprefix("#")
    link.press("Enter")
    page.wait_for_selector(f"#pair{number}:visible [role=grid], #pair{number}:visible [role=treegrid]")
    assert shown(page) == [f"pair{number}"]
    assert link.get_attribute("aria-current") == "true"
    page.keyboard.press("n")
    selected = page.locator(f"#pair{number} details.finding.selected")
    assert selected.count() == 1
    assert page.evaluate("location.hash").startswith(f"#{number}:AD")


def test_an_address_leads_to_a_finding_of_a_pair(opened: Opener, written: Writer) -> None:
    first = opened(written("many"), fragment="7")
    assert shown(first) == ["pair7"]
    finding = first.locator("#pair7 details.finding").first.get_attribute("id")
    page = opened(written("many"), fragment=f"7:{finding}")
    assert shown(page) == ["pair7"]
    assert page.locator("#pair7 details.finding[open]").evaluate_all("all => all.map(each => each.id)") == [finding]


@pytest.mark.parametrize("fragment", ["0", "201", "7:", "7:AD999-x", "999999999999", "-1"])
def test_an_address_that_there_is_not_shows_some_pair(fragment: str, opened: Opener, written: Writer) -> None:
    page = opened(written("many"), fragment=fragment)
    assert len(shown(page)) == 1
    assert page.locator("details.finding[open]").count() == 0


def test_without_scripts_all_comparisons_stand_below_the_overview(opened: Opener, written: Writer) -> None:
    page = opened(written("many"), Look(scripts=False))
    assert len(shown(page)) == PAIRS
    assert page.locator("nav tr").count() == PAIRS


@pytest.mark.parametrize("look", [Look(390), Look(1024, "dark")], ids=str)
def test_axe_finds_nothing(look: Look, opened: Opener, written: Writer) -> None:
    page = opened(written("many"), look)
    page.keyboard.press("n")
    assert chromium.audit(page) == []


def test_pairs_without_an_answer_say_why(opened: Opener, written: Writer) -> None:
    page = opened(written("errors"))
    told = page.locator("nav tr", has_text="error").all_inner_texts()
    for words in ("nested deeper than 200 levels", "no_such.txt"):
        assert len([row for row in told if words in row]) == 1
