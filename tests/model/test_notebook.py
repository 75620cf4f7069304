"""An outcome in a notebook: a frame with the page in small, and the report of the terminal as text."""

from __future__ import annotations

from html import unescape

import archdiff
from archdiff.report import View, find
from archdiff.report.html import small

OUTCOME = archdiff.compare("Net(\n  (a): ReLU()\n)", "Net(\n  (a): GELU(approximate='none')\n)")


class Printer:
    def __init__(self) -> None:
        self.words = ""

    def text(self, words: str) -> None:
        self.words += words


def test_html_is_the_page_in_a_frame_of_its_own() -> None:
    shown = OUTCOME._repr_html_()
    assert shown.startswith('<iframe title="function: Net against Net" sandbox="allow-scripts" ')
    assert unescape(shown.partition('srcdoc="')[2].removesuffix('"></iframe>')) == small(OUTCOME)


def test_text_is_what_the_command_prints() -> None:
    printer = Printer()
    OUTCOME._repr_pretty_(printer, cycle=False)
    assert f"{printer.words}\n" == find("terminal").compare(OUTCOME, View())


def test_inside_of_itself_it_is_short() -> None:
    printer = Printer()
    OUTCOME._repr_pretty_(printer, cycle=True)
    assert printer.words == repr(OUTCOME)
