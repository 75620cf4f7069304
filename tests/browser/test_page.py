"""The page of a comparison in a real browser: what is seen first, with and without scripts, and how it is used."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import archdiff
from browser import chromium
from browser.chromium import HEIGHTS, Look
from browser.conftest import Opener, Writer
from cli.command import NOTE

if TYPE_CHECKING:
    from playwright.sync_api import Page

HEADLINE = "function: k-winners before pooling in both blocks (k 4767, not 1192); "
LOOKS = [Look(width, scheme) for width in HEIGHTS for scheme in ("light", "dark")]
OTHERS = ("cut", "depth", "errors", "hostile", "hostile_check", "note_run", "skip", "unknown_classes")
FINDINGS = "article:not([hidden]) details.finding"
GRID = "[role=grid], [role=treegrid]"


@pytest.fixture(scope="module")
def decisions() -> list[archdiff.Finding]:
    """What was found in the note: differences first."""
    return sorted(
        archdiff.compare(f"{NOTE}#Mine", f"{NOTE}#Lucas").decisions, key=lambda finding: not finding.is_difference
    )


# At first sight


@pytest.mark.parametrize("look", [*LOOKS, Look(scripts=False)], ids=str)
def test_the_headline_is_in_sight(look: Look, opened: Opener, written: Writer) -> None:
    headline = opened(written("note"), look).locator("h1")
    assert (headline.text_content() or "").startswith(HEADLINE)
    box = headline.bounding_box()
    assert box
    assert box["y"] + box["height"] < HEIGHTS[look.width] / 2


@pytest.mark.parametrize("look", [Look(1024), Look(1600)], ids=str)
def test_what_changed_places_is_in_sight(look: Look, opened: Opener, written: Writer) -> None:
    page = opened(written("note"), look)
    for name, k in (("cnn1_kwinner", "4,767"), ("features.3", "1,192")):
        row = page.locator(".row", has_text=name)
        assert f"k {k}" in row.inner_text()
        box = row.bounding_box()
        assert box
        assert box["y"] + box["height"] < HEIGHTS[look.width]


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_page_is_as_wide_as_its_window(look: Look, opened: Opener, written: Writer) -> None:
    page = opened(written("note"), look)
    assert page.evaluate("document.scrollingElement.scrollWidth") == look.width


def test_without_scripts_the_findings_stand_there(
    opened: Opener, written: Writer, decisions: list[archdiff.Finding]
) -> None:
    page = opened(written("note"), Look(scripts=False))
    told = page.locator("article .finding").all_inner_texts()
    assert [(finding.rule in text, finding.message in text) for finding, text in zip(decisions, told, strict=True)] == [
        (True, True) for _ in decisions
    ]
    assert page.locator("article .finding").first.is_visible()


# Accessible


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_axe_finds_nothing_in_the_note(look: Look, opened: Opener, written: Writer) -> None:
    page = opened(written("note"), look)
    assert chromium.audit(page) == []
    page.locator(FINDINGS).first.locator("summary").first.click()
    assert page.locator(f"{FINDINGS}[open]").count() == 1
    assert chromium.audit(page) == []


@pytest.mark.parametrize(
    ("case", "look"),
    [(case, (Look(390, "dark"), Look(1600))[number % 2]) for number, case in enumerate(OTHERS)],
    ids=OTHERS,
)
def test_axe_finds_nothing_in_others(case: str, look: Look, opened: Opener, written: Writer) -> None:
    assert chromium.audit(opened(written(case), look)) == []


def test_axe_finds_nothing_without_scripts(opened: Opener, written: Writer, tmp_path: Path) -> None:
    """In a copy of the page without its own: axe is a script itself, and needs that they run."""
    file = tmp_path / "without.html"
    file.write_text(re.sub(r"<script.*?</script>", "", written("note").read_text(encoding="utf-8"), flags=re.DOTALL))
    page = opened(file, ready=False)
    assert page.locator("script").count() == 0
    assert chromium.audit(page) == []


# By keyboard alone


def test_tab_reaches_every_finding_and_enter_opens_it(
    opened: Opener, written: Writer, decisions: list[archdiff.Finding]
) -> None:
    page = opened(written("note"))
    reached = []
    for _ in range(300):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.closest('summary')?.closest('details.finding')?.id")
        if name and name not in reached:
            reached.append(name)
            page.keyboard.press("Enter")
            assert page.locator(f"{FINDINGS}[open]").evaluate_all("all => all.map(each => each.id)") == reached
    assert [name.partition("-")[0] for name in reached] == [finding.rule for finding in decisions]


def test_n_and_p_go_from_finding_to_finding(opened: Opener, written: Writer) -> None:
    page = opened(written("note"))
    every = page.locator(FINDINGS).evaluate_all("all => all.map(each => each.id)")
    seen = []
    for key in ["n"] * len(every) + ["n", "p"]:
        page.keyboard.press(key)
        seen.append(selected(page))
    assert seen == [*every, every[0], every[-1]]


def test_keys_of_the_rows(opened: Opener, written: Writer) -> None:
    page = opened(written("note"))
    page.keyboard.press("Escape")
    assert page.evaluate(f"document.activeElement.matches('{GRID}')")
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    assert "cnn1_kwinner" in active(page)
    page.keyboard.press("Enter")
    assert selected(page) == "AD109-cnn1_kwinner"
    page.keyboard.press("End")
    assert "softmax" in active(page)
    page.keyboard.press("Home")
    assert "cnn1" in active(page)


def test_search(opened: Opener, written: Writer) -> None:
    page = opened(written("note"))
    page.keyboard.press("/")
    page.keyboard.type("KWinner")
    status = page.locator("[role=status]").first
    assert status.inner_text() == "1 of 5"
    assert "cnn1_kwinner" in active(page)
    page.keyboard.press("Enter")
    assert status.inner_text() == "2 of 5"
    page.keyboard.press("Shift+Enter")
    assert status.inner_text() == "1 of 5"
    page.keyboard.type(" nowhere")
    assert status.inner_text() == "nothing of that name"


def active(page: Page) -> str:
    """The text of the row that the keys have come to."""
    told = page.evaluate(f"document.querySelector('{GRID}').getAttribute('aria-activedescendant')")
    row = page.locator(f"#{told}")
    assert row.is_visible()
    return row.inner_text()


def selected(page: Page) -> str:
    """The finding that is shown, which is open and in the address."""
    (name,) = page.locator(f"{FINDINGS}.selected").evaluate_all("all => all.map(each => each.id)")
    assert page.locator(f"{FINDINGS}.selected").get_attribute("open") is not None
    assert page.evaluate("decodeURIComponent(location.hash)") == f"#{name}"
    return str(name)


# What is shown


def test_effects_are_left_out_and_shown_again(opened: Opener, written: Writer) -> None:
    page = opened(written("note"))
    effects = "all => all.map(each => each.className.match(/effect-([a-z-]+)/)[1])"
    every = page.locator(FINDINGS).evaluate_all(effects)
    button = page.get_by_role("button", name="4 function")
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert page.locator(FINDINGS).evaluate_all(effects) == [effect for effect in every if effect != "function"]
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert page.locator(FINDINGS).evaluate_all(effects) == every


def test_an_address_opens_its_finding(opened: Opener, written: Writer) -> None:
    page = opened(written("note"), fragment="AD109-cnn1_kwinner")
    assert selected(page) == "AD109-cnn1_kwinner"
    assert "cnn1_kwinner" in active(page)
    assert page.locator(f"{FINDINGS}[open]").count() == 1
    page.evaluate("location.hash = '#AD301-linear'")
    page.wait_for_selector("#AD301-linear.selected")
    assert selected(page) == "AD301-linear"


@pytest.mark.parametrize("fragment", ["AD999-nowhere", "%E0%A4%A", "7", "1:AD109-cnn1_kwinner:", "<b>", "__proto__"])
def test_other_addresses_open_nothing(fragment: str, opened: Opener, written: Writer) -> None:
    page = opened(written("note"), fragment=fragment)
    assert page.locator(f"{FINDINGS}[open]").count() == 0
    assert page.locator(f"{FINDINGS}").first.is_visible()


def test_both_lines_and_what_undoes_it_are_told(opened: Opener, written: Writer) -> None:
    told = opened(written("note"), fragment="AD301-linear").locator("#AD301-linear").inner_text()
    for words in (
        "(linear): Linear(in_features=1600, out_features=1000, bias=True)",
        "(0): DSLinear(in_features=1600, out_features=1500, bias=True)",
        "--run --undo AD301@linear",
    ):
        assert words in told


def test_equal_rows_are_folded_and_open(opened: Opener, written: Writer) -> None:
    page = opened(written("depth"))
    grid = page.locator(GRID)
    folds = page.locator(f"{GRID} .fold")
    closed = int(grid.get_attribute("aria-rowcount") or 0)
    assert folds.count() > 1
    for is_open in ("true", "false"):  # a click opens, and another one closes
        folds.first.click()
        assert folds.first.get_attribute("aria-expanded") == is_open
        assert (int(grid.get_attribute("aria-rowcount") or 0) > closed) == (is_open == "true")
    page.keyboard.press("u")
    assert page.locator(f"{GRID} .fold[aria-expanded=false]").count() == 0


def test_enter_opens_a_fold_and_closes_it_again(opened: Opener, written: Writer) -> None:
    page = opened(written("depth"), Look(1600))
    grid = page.locator(GRID)
    grid.focus()
    page.keyboard.press("Home")
    fold = page.locator(f"{GRID} .fold.active")
    assert fold.count() == 1, "the first row of this page is a fold"
    for is_open in ("true", "false", "true"):
        page.keyboard.press("Enter")
        assert fold.get_attribute("aria-expanded") == is_open


def test_an_address_shows_its_finding_behind_a_filter_too(opened: Opener, written: Writer) -> None:
    page = opened(written("note"), Look(1600))
    page.locator(".chip", has_text="function").click()
    assert page.locator("details.finding.effect-function").count() == 0
    page.evaluate("location.hash = 'AD301-linear'")
    page.wait_for_selector("details.finding[open]")
    assert page.locator("details.finding[open]").get_attribute("id") == "AD301-linear"
    assert page.locator(".chip", has_text="function").get_attribute("aria-pressed") == "true"


def first_row(page: Page) -> str:
    """The first row that is wholly in sight."""
    told: str = page.evaluate(
        """() => {
          const top = document.querySelector(".pane").getBoundingClientRect().top - 1;
          const place = (row) => row.getBoundingClientRect().top;
          const rows = [...document.querySelectorAll(".row:not(.fold)")].filter((row) => place(row) >= top);
          return rows.sort((a, b) => place(a) - place(b))[0].querySelector(".side .path").textContent;
        }"""
    )
    return told


def test_a_reader_keeps_the_place(opened: Opener, written: Writer) -> None:
    """Where folds open, and where the window is made narrow so that rows grow."""
    page = opened(written("depth"), Look(1600))
    page.keyboard.press("u")
    page.locator(GRID).evaluate("(each) => (each.scrollTop = 0.6 * each.scrollHeight)")
    page.wait_for_timeout(100)
    before = first_row(page)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(200)
    assert first_row(page) == before


def test_a_filter_keeps_what_is_open_and_tells_rows_what_is_left(opened: Opener, written: Writer) -> None:
    page = opened(written("note"), Look(1600))
    page.locator(".finding > summary").first.click()
    page.locator(".chip", has_text="cosmetic").click()
    assert page.locator("details.finding[open].selected").count() == 1
    page.locator(".chip", has_text="function").click()
    assert page.locator("details.finding[open]").count() == 0
    assert page.locator(".row.effect-function").count() == 0
    page.locator(".row", has_text="cnn1_kwinner").first.click()  # no finding that is shown is about it
    page.locator(".chip", has_text="function").click()
    assert page.locator("details.finding[open]").count() == 1


def test_skip_connections_are_arcs_and_a_lost_one_stands_out(opened: Opener, written: Writer) -> None:
    page = opened(written("skip"))
    page.keyboard.press("u")
    numbers = [page.locator(f".arcs.{side} path").count() for side in ("side0", "side1")]
    assert numbers == [5, 6]
    assert page.locator(".arcs .lone").count() == 1
    assert page.locator(".arcs.side1 .lone").text_content() == "add, on this side alone"


def test_how_the_error_grows_is_shown_where_both_ran(opened: Opener, written: Writer) -> None:
    page = opened(written("note_run"))
    chart = page.get_by_role("img", name="relative error behind each layer")
    chart.scroll_into_view_if_needed()
    assert chart.is_visible()
    assert chart.locator("polyline").count() == 2  # eval and training


def test_paper_shows_every_finding(opened: Opener, written: Writer, decisions: list[archdiff.Finding]) -> None:
    page = opened(written("note"))
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(f"{FINDINGS}[open]").count() == len(decisions)
    assert all(finding.locator(".body").first.is_visible() for finding in page.locator(FINDINGS).all())
    assert not page.locator("input").first.is_visible()
    assert page.locator(".row", has_text="softmax").is_visible()


# Sizes


def test_the_note_is_small(written: Writer) -> None:
    assert written("note").stat().st_size <= 60_000


def test_a_hundred_thousand_lines(opened: Opener, written: Writer) -> None:
    file = written("large_of_equal")
    assert file.stat().st_size <= 1_500_000
    page = opened(file, Look(1600))
    grid = page.locator(GRID)
    page.keyboard.press("u")
    rows = int(grid.get_attribute("aria-rowcount") or 0)
    assert rows > 80_000
    for share in (0.5, 1):
        grid.evaluate("(each, share) => (each.scrollTop = share * (each.scrollHeight - each.clientHeight))", share)
        page.wait_for_selector(f"#row{int(share * (rows - 1))}", state="attached")
        assert page.locator(".row").count() < 200
    assert page.locator(f"#row{rows - 1}").is_visible()
