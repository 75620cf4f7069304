"""How the reader wants a report, from the options, the environment and the terminal: width, colour, folders.

Must not print, nor know what a report says.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from archdiff import report as reports
from archdiff.cli import outputs
from archdiff.cli.options import COLORS, one_of, whole

PLAIN_WIDTH = 80  # columns of a report that goes to a file or a pipe
NARROWEST, WIDEST = 60, 160  # of one whose width is known: tables need the one, nobody reads more than the other


def view_of(
    color: str, everything: bool, most: str = str(reports.MOST), context: str = "0", facts: bool = False
) -> reports.View:
    """The view that the options ask for.

    Args:
        color: the value of `--color`.
        everything: whether `--all` is set.
        most: the value of `--max-findings`.
        context: that of `--context`.
        facts: whether `--facts` is set.

    Raises:
        UsageError: one of them is no such value.
    """
    wanted = one_of("--color", color, COLORS)
    shown = whole("--max-findings", most), whole("--context", context)
    folder = os.getcwd()
    root = outputs.repository(folder, os.environ.get("GITHUB_WORKSPACE", ""))
    return reports.View(
        width(), wants_color(wanted, os.environ, to_terminal()), everything, *shown, folder, root, facts
    )


def wants_color(flag: str, environment: Mapping[str, str], terminal: bool) -> bool:
    """The flag, then FORCE_COLOR, then NO_COLOR, then the terminal."""
    if flag != "auto":
        return flag == "always"
    if environment.get("FORCE_COLOR"):
        return True
    if environment.get("NO_COLOR"):
        return False
    return terminal and environment.get("TERM") != "dumb"


def to_terminal() -> bool:
    """Whether standard output is one."""
    return sys.stdout is not None and sys.stdout.isatty()


def width() -> int:
    """Columns for a report on standard output: COLUMNS, then the terminal; 80 where there is neither."""
    columns_set = os.environ.get("COLUMNS", "")
    columns = int(columns_set) if columns_set.isdecimal() and len(columns_set) < 9 else 0
    if not columns and to_terminal():
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
    return min(max(columns, NARROWEST), WIDEST) if columns else PLAIN_WIDTH
