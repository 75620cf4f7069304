"""What `archdiff bench` measured, for people. Lays out only: verdicts come as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import exp, floor, isfinite, log10

from archdiff.execute.bench.record import CANDIDATE, REFERENCE, Benched, MetricValue, PairTime, Point, Timing
from archdiff.execute.bench.stats import Interval
from archdiff.model import inert
from archdiff.model.wording import plural, rounded, size
from archdiff.report import View
from archdiff.report._lines import BLANK, Line, hanging, plain, shorten

_STOPPED = {
    "precision": "stopped at the precision asked for",
    "budget": "stopped at the budget",
    "rounds": "stopped at the last check point",
    "interrupted": "interrupted: no check point, so a claim holds only if it was not stopped for what it showed",
    "failed": "stopped by a failure",
}
_CLOCKS = {"cpu": "CPU time", "wall": "wall time", "device": "device time"}
_BUSY = 0.8  # of a call, below which the device waits for its host
_LEAST_SHARE = 0.01  # of the difference, below which a layer is not shown unless the view wants all


def text(benched: Benched, view: View) -> str:
    """Verdicts first, then what they rest on."""
    lines = [*head(benched, view)]
    for point in benched.points:
        lines += [BLANK, *_point(benched, point, view)]
    if len(benched.points) > 1:
        lines += [BLANK, *_sweep(benched)]
    if benched.against:
        lines += [BLANK, *_against(benched, view)]
    if benched.notes:
        lines += [BLANK, *(line for note in benched.notes for line in hanging(plain("note: "), note, view.width, 6))]
    return "".join(inert.line("".join(text for text, _ in line)).rstrip() + "\n" for line in lines)


def head(benched: Benched, view: View) -> Iterator[Line]:
    settings, environment = benched.settings, benched.environment
    more = [
        word
        for word, on in (
            ("compiled", settings.compile),
            ("channels last", settings.channels_last),
            ("CUDA graphs", settings.cuda_graphs),
        )
        if on
    ]
    doing = "a step of training" if settings.mode == "train" else "inference"
    parts = [f"{doing} on {settings.device}", settings.dtype, plural(settings.threads, "thread"), *more]
    yield from hanging(
        BLANK, f"{benched.candidate.name} against {benched.reference.name}: {', '.join(parts)}", view.width, 2
    )
    where = [str(environment[key]) for key in ("gpu", "cpu") if environment.get(key)]
    where += [plural(int(str(environment["cores"])), "core")] if environment.get("cores") else []
    where += [f"torch {environment['torch']}"] if environment.get("torch") else []
    text = f"{', '.join(where)}{_load(environment)}; input {size(benched.candidate.input_shape)}"
    yield from hanging(plain("  "), text, view.width, 2)


def _load(environment: Mapping[str, object]) -> str:
    before, after = environment.get("before"), environment.get("after")
    if not (isinstance(before, Mapping) and isinstance(after, Mapping) and before.get("load") and after.get("load")):
        return ""
    return f", load {before['load'][0]} before and {after['load'][0]} after"


def _point(benched: Benched, point: Point, view: View) -> Iterator[Line]:
    timing = point.timing
    if timing:
        yield from hanging(plain(f"batch {point.batch}: "), timing.verdict.text, view.width, 2)
        if timing.verdict.help:
            yield from hanging(plain("  what would help: "), timing.verdict.help, view.width, 4)
        for text in rests_on(benched, point, timing):
            yield from hanging(plain("  "), text, view.width, 4)
    else:
        yield plain(f"batch {point.batch}: {no_verdict(point)}")
    for why in point.errors.values():
        yield from hanging(plain("  "), why, view.width, 4)
    for arm, seconds in point.alone.items():
        if arm in (CANDIDATE, REFERENCE):
            name = benched.candidate.name if arm == CANDIDATE else benched.reference.name
            yield plain(f"  {name} alone: {in_seconds(seconds)} a call, compared with nothing")
    if point.values:
        yield BLANK
        yield from _values(benched, point)
    if point.layers:
        yield BLANK
        yield from _layers(point, benched.settings.mode, view)


def no_verdict(point: Point) -> str:
    """What stands in the place of a verdict where there is none."""
    return "interrupted before the first round was whole" if point.stopped == "interrupted" else "no comparison"


def rests_on(benched: Benched, point: Point, timing: Timing) -> Iterator[str]:
    """What the verdict rests on: the clock, how far its ratio moved, what other clocks say, how much was measured.

    Args:
        benched: All that was measured.
        point: At one batch size.
        timing: That of the clock whose verdict counts.
    """
    yield from filter(None, [_waits(benched, point)])
    yield f"by {point.because}; {_spreads(point)}"
    for other in point.timings:
        if other is not timing:
            yield f"by {_CLOCKS[other.clock]} beside it: {other.verdict.text}"
    yield _evidence(benched, point, timing)
    ours, theirs = (point.setup.get(f"{arm} compile") for arm in (CANDIDATE, REFERENCE))
    if ours and theirs:
        yield f"compiling took {in_seconds(ours)} and {in_seconds(theirs)}, which is not in these times"


def _waits(benched: Benched, point: Point) -> str:
    """How far the times are those of the host, which the device waits for; "" where it is busy."""
    values = {value.name: value for value in point.values}
    alone, whole = values.get("device_time"), values.get("latency")
    if not (alone and whole and alone.candidate and alone.reference and whole.candidate and whole.reference):
        return ""
    busy = alone.candidate / whole.candidate, alone.reference / whole.reference
    if min(busy) >= _BUSY:
        return ""
    text = (
        f"the device is busy for {100 * busy[0]:.0f} % and {100 * busy[1]:.0f} % of a call, which waits for the host; "
        f"the device alone: {in_seconds(alone.candidate)} and {in_seconds(alone.reference)} (ratio {alone.ratio:.3g})"
    )
    can_replay = benched.settings.mode != "train" and not benched.settings.cuda_graphs
    return f"{text}; --cuda-graphs measures without the host" if can_replay else text


def _spreads(point: Point) -> str:
    """How far the ratio moves from round to round, by each clock."""
    parts = [f"{100 * timing.spread:.1f} % in {_CLOCKS[timing.clock]}" for timing in point.timings]
    return f"from round to round the ratio moved by {' and '.join(parts)}"


def _evidence(benched: Benched, point: Point, timing: Timing) -> str:
    parts = [
        f"{plural(len(point.rounds), 'round')}, {plural(point.calls, 'call')} of each in {point.seconds:.0f} s",
        _STOPPED.get(point.stopped, ""),
        f"{benched.candidate.name} against its own copy {_ratio(timing.control)}",
    ]
    return "; ".join(part for part in parts if part)


def _ratio(interval: Interval) -> str:
    if not isfinite(interval.low):
        return f"{exp(interval.estimate):.3f}"
    return f"{exp(interval.estimate):.3f} ({exp(interval.low):.3f} to {exp(interval.high):.3f})"


def _values(benched: Benched, point: Point) -> Iterator[Line]:
    """Candidate, reference, and the ratio of the two."""
    rows = [("metric", benched.candidate.name, benched.reference.name, "ratio", "")]
    for value in point.values:
        ratio = "" if value.ratio is None else f"{value.ratio:.3g}"
        rows.append(
            (
                title_of(value),
                amount(value.candidate, value.unit),
                amount(value.reference, value.unit),
                ratio,
                value.note,
            )
        )
    yield from _table(rows, "  ")


def title_of(value: MetricValue) -> str:
    better = {"higher": ", more is better"}.get(value.direction, "")
    return f"{value.name.replace('_', ' ')}{' a sample' if value.unit in ('MAC', 'FLOP') else ''}{better}"


def _layers(point: Point, mode: str, view: View) -> Iterator[Line]:
    """Pairs with their share of the difference; those that matter least are counted."""
    shown = [pair for pair in point.layers if view.all or pair.share is None or abs(pair.share) >= _LEAST_SHARE]
    rows: list[tuple[str, ...]] = [("layer", "", "candidate", "reference", "of the difference")]
    for pair in shown:
        times = (pair.candidate_seconds, pair.reference_seconds)
        share = "" if pair.share is None else f"{100 * pair.share:.0f} %"
        rows.append((_named(pair, mode), pair.class_name, *("-" if t is None else in_seconds(t) for t in times), share))
    yield from _table(rows, "  ")
    if rest := len(point.layers) - len(shown):
        yield plain(f"  ... {rest} with less than 1 % each")


def _named(pair: PairTime, mode: str) -> str:
    """Hooks see forwards only: the rest of a step of training is one row."""
    path = pair.candidate if pair.candidate is not None else pair.reference
    return shorten(path or "", 30) or ("(backward, optimizer, ...)" if mode == "train" else "(between layers)")


def _sweep(benched: Benched) -> Iterator[Line]:
    """Time a call at each batch size, and what a sample costs against the first."""
    yield plain("batch sizes (time of a call; time of a sample, of that at the first batch size)")
    ours, theirs = (benched.growth(arm) for arm in (CANDIDATE, REFERENCE))
    rows = [("batch", benched.candidate.name, "a sample", benched.reference.name, "a sample")]
    for point, mine, other in zip(benched.points, ours, theirs, strict=True):
        times = point.seconds_a_call
        cells = [in_seconds(times[arm]) if times.get(arm) else "-" for arm in (CANDIDATE, REFERENCE)]
        shares = [_times(each) if each else "-" for each in (mine, other)]
        rows.append((str(point.batch), cells[0], shares[0], cells[1], shares[1]))
    yield from _table(rows, "  ")


def _times(share: float) -> str:
    """At least two decimals, and two digits that count: "x1.00", "x0.014"."""
    return f"x{share:.{max(2, 1 - floor(log10(share)))}f}"


def _against(benched: Benched, view: View) -> Iterator[Line]:
    assert benched.against
    yield plain(f"against {benched.against.source}")
    if benched.against.differs:
        yield plain("  cannot be compared, for it was measured elsewhere or otherwise:")
    for line in (*benched.against.differs, *benched.against.lines):
        yield from hanging(plain("  "), line, view.width, 4)


# Small things


def _table(rows: Sequence[Sequence[str]], indent: str) -> Iterator[Line]:
    """The first column to the left, the rest to the right; a last one without a head is a remark."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) if width else "" for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield plain(f"{indent}{'  '.join(cells)}")


def amount(value: float | None, unit: str) -> str:
    match unit:
        case _ if value is None:
            return "-"
        case "s":
            return in_seconds(value)
        case "":
            return f"{value:,.0f}"
        case "B":
            return f"{value:,.0f} B"
        case _:
            return f"{_short(value)} {unit}"


def _short(value: float) -> str:
    return rounded(round(value)) if value >= 100 else f"{value:.3g}"


def in_seconds(value: float) -> str:
    for unit, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
        if value >= unit:
            return f"{value / unit:.3g} {name}"
    return f"{value * 1e9:.0f} ns"
