"""An outcome as a notebook shows it. IPython asks the value itself, so that a value has to find its reports by name.

Reports are loaded here and at no other place below `report/`, and only when somebody looks.
"""

from __future__ import annotations

from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from archdiff.model.result import Result

if TYPE_CHECKING:
    from archdiff.model.outcome import Outcome

_HEIGHT: Final = 460  # pixels


def html(outcome: Outcome) -> str:
    """The page of `--format html` in small.

    Args:
        outcome: Of one comparison.

    Returns:
        A frame, so that neither the style of the notebook nor that of the page reaches the other.
    """
    page = _report("html").small(outcome)
    static = _report("_page.static")
    title = static.text(static.title((Result(outcome=outcome),)))
    style = f"width:100%;height:{_HEIGHT}px;border:0"
    return f'<iframe title="{title}" sandbox="allow-scripts" style="{style}" srcdoc="{escape(page)}"></iframe>'


def plain(outcome: Outcome) -> str:
    """What `archdiff compare` prints.

    Args:
        outcome: Of one comparison.

    Returns:
        Lines of at most 80 columns, without a line feed at the end.
    """
    text: str = _report("terminal").REPORT.compare(outcome, import_module("archdiff.report").View())
    return text.removesuffix("\n")


def _report(name: str) -> Any:
    return import_module(f"archdiff.report.{name}")
