"""What timing both networks showed, for a page. Sentences are those of the report for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, isfinite
from typing import Any, Final

from archdiff.execute.bench.record import CANDIDATE, REFERENCE, Benched, Point
from archdiff.execute.bench.stats import Interval
from archdiff.report import View, _bench
from archdiff.report._page.packed import finite, shown, shown_path

_NO_EDGE: Final = 10_000  # columns: sentences come without line breaks


def of_bench(benched: Benched) -> dict[str, Any]:
    """BENCH of the page."""
    earlier = benched.against
    against = [f"against {earlier.source}: {line}" for line in (*earlier.differs, *earlier.lines)] if earlier else []
    return {
        "head": [
            shown("".join(text for text, _ in line).strip()) for line in _bench.head(benched, View(width=_NO_EDGE))
        ],
        "points": [_point(benched, point) for point in benched.points],
        "notes": list(map(shown, (*against, *benched.notes))),
    }


def _point(benched: Benched, point: Point) -> dict[str, Any]:
    timing = point.timing
    return {
        "batch": point.batch,
        "text": shown("; ".join(_told(benched, point))),
        "by": shown("; ".join(_bench.rests_on(benched, point, timing))) if timing else "",
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


def _told(benched: Benched, point: Point) -> Iterator[str]:
    """The verdict, or why there is none, and of one that ran alone how long it took."""
    timing = point.timing
    yield timing.verdict.text if timing else _bench.no_verdict(point)
    if timing and timing.verdict.help:
        yield f"what would help: {timing.verdict.help}"
    yield from point.errors.values()
    for network, arm in ((benched.candidate, CANDIDATE), (benched.reference, REFERENCE)):
        if arm in point.alone:
            yield f"{network.name} alone: {_bench.in_seconds(point.alone[arm])} a call, compared with nothing"


def _ratio(faster: Interval) -> list[float] | None:
    """Time of the candidate by that of the reference, of the logarithm of its inverse."""
    both = (faster.estimate, faster.high, faster.low)
    return [exp(-each) for each in both] if all(map(isfinite, both)) else None
