"""What running and timing both networks showed, for a page. Sentences are those of the reports for a terminal."""

from __future__ import annotations

from math import exp, isfinite
from typing import TYPE_CHECKING, Any, Final

from archdiff.model.outcome import Outcome
from archdiff.model.running import Mode, RunResult
from archdiff.model.wording import plural, size
from archdiff.report import View, _bench, _run
from archdiff.report._page.packed import finite, shown, shown_path

if TYPE_CHECKING:
    from archdiff.execute.bench.record import Benched, Point
    from archdiff.execute.bench.stats import Interval

_NO_EDGE: Final = 10_000  # columns: sentences come without line breaks


def of_run(outcome: Outcome) -> dict[str, Any] | None:
    """RUN of the page; None where the networks were not run."""
    ran = outcome.run
    if ran is None:
        return None
    return {
        "head": _head(ran),
        "shows": shown(_run.shows(outcome, ran)) if ran.modes else "",
        "modes": [_mode(mode, ran.modes[:number]) for number, mode in enumerate(ran.modes)],
        "more": [shown(text) for text in (*_run.densities(outcome, ran), *ran.notes)],
    }


def _head(ran: RunResult) -> str:
    noise = f"{plural(ran.batch, 'sample')} of {size(ran.input_shape)} white noise"
    undone = f"; undone: {', '.join(ran.undone)}" if ran.undone else ""
    return shown(f"{noise}, {ran.dtype} on {ran.device}, seed {ran.seed}{undone}")


def _mode(mode: Mode, earlier: tuple[Mode, ...]) -> dict[str, Any]:
    first = earlier[-1].first if earlier else None
    steps = [*((shown_path(_run.last_of(step)), step) for step in mode.steps)]
    steps += [("output", mode.output)] if mode.output else []
    return {
        "name": _run.WORDS[mode.name],
        "text": shown(_run.of_mode(mode, _run.named(first) if first else "")),
        "steps": [[label, finite(step.relative), finite(step.max_abs), step.status] for label, step in steps],
    }


def of_bench(benched: Benched) -> dict[str, Any]:
    """BENCH of the page."""
    view = View(width=_NO_EDGE)
    return {
        "head": [shown("".join(text for text, _ in line).strip()) for line in _bench.head(benched, view)],
        "points": [_point(benched, point) for point in benched.points],
        "notes": list(map(shown, benched.notes)),
    }


def _point(benched: Benched, point: Point) -> dict[str, Any]:
    timing = point.timing
    texts = [timing.verdict.text, timing.verdict.help] if timing else list(point.errors.values())
    return {
        "batch": point.batch,
        "text": shown("; ".join(filter(None, texts))) or "no comparison",
        "by": shown(f"by {point.because}; {_bench.evidence(benched, point, timing)}") if timing else "",
        "ratio": _ratio(timing.interval) if timing else None,
        "metrics": [
            [
                _bench.title_of(value),
                _bench.amount(value.candidate, value.unit),
                _bench.amount(value.reference, value.unit),
                "" if value.ratio is None else f"{value.ratio:.3g}",
                shown(value.note),
            ]
            for value in point.values
        ],
        "layers": [
            [
                pair.candidate and shown_path(pair.candidate),
                pair.reference and shown_path(pair.reference),
                shown(pair.class_name),
                finite(pair.candidate_seconds),
                finite(pair.reference_seconds),
                finite(pair.share),
            ]
            for pair in point.layers
        ],
    }


def _ratio(faster: Interval) -> list[float] | None:
    """Time of the candidate by that of the reference, of the logarithm of its inverse."""
    both = (faster.estimate, faster.high, faster.low)
    return [exp(-each) for each in both] if all(map(isfinite, both)) else None
