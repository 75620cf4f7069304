"""What running both networks showed, for a page. Sentences are those of the report for a terminal."""

from __future__ import annotations

from typing import Any

from archdiff.model.outcome import Outcome
from archdiff.model.running import Mode, RunResult
from archdiff.model.wording import plural, size
from archdiff.report import _run
from archdiff.report._page.packed import finite, shown, shown_path


def of_run(outcome: Outcome, run: RunResult) -> dict[str, Any]:
    """RUN of the page.

    Args:
        outcome: Of the comparison.
        run: What came of running both.
    """
    return {
        "head": _head(run),
        "shows": shown(_run.shows(outcome, run)) if run.modes else "",
        "modes": [_mode(mode, run.modes[:number]) for number, mode in enumerate(run.modes)],
        "more": [shown(text) for text in (*_run.densities(outcome, run), *run.notes)],
    }


def _head(run: RunResult) -> str:
    noise = f"{plural(run.batch, 'sample')} of {size(run.input_shape)} white noise"
    undone = f"; undone: {', '.join(run.undone)}" if run.undone else ""
    return shown(f"{noise}, {run.dtype} on {run.device}, seed {run.seed}{undone}")


def _mode(mode: Mode, earlier: tuple[Mode, ...]) -> dict[str, Any]:
    first = earlier[-1].first if earlier else None
    steps = [*((shown_path(_run.last_of(step)), step) for step in mode.steps)]
    steps += [("output", mode.output)] if mode.output else []
    return {
        "name": _run.WORDS[mode.name],
        "text": shown(_run.of_mode(mode, _run.named(first) if first else "")),
        "steps": [[label, finite(step.relative), finite(step.max_abs), step.status] for label, step in steps],
    }
