"""Earlier records of `archdiff bench`: read, and compared only where machine and question are the same.

Two runs at two times are no interleaved measurement: what is compared are the ratios of candidate and reference, each
with its interval. Must not measure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import exp, expm1, isfinite, log1p, sqrt
from typing import Any, Final

from archdiff.execute.bench.record import SCHEMA, Benched, EarlierRecord, Point
from archdiff.model import files
from archdiff.model.errors import UsageError

_LARGEST: Final = 1_000_000_000  # bytes
_WAY_OUT: Final = "archdiff bench ... --format json > old.json"

#: what must be equal for two records to be of one machine, in words
MACHINE: Final[Mapping[str, str]] = {
    "system": "system",
    "cpu": "CPU",
    "cores": "cores",
    "usable cores": "cores that may be used",
    "governor": "governor",
    "container": "limits of the container",
    "torch": "torch",
    "blas": "BLAS",
    "gpu": "GPU",
    "driver": "driver",
}
#: and of one question
_QUESTION: Final = ("mode", "device", "dtype", "threads", "compile", "channels_last", "cuda_graphs")


def read(path: str) -> Mapping[str, Any]:
    """An earlier record.

    Args:
        path: a file that `archdiff bench --format json` wrote.

    Raises:
        UsageError: the file cannot be read or is no such record.
    """
    try:
        record = json.loads(files.read(path, _LARGEST))
    except (ValueError, RecursionError):
        raise UsageError("is not JSON", source=path, way_out=_WAY_OUT) from None
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise UsageError(f"is not a record of {SCHEMA}", source=path, way_out=_WAY_OUT)
    return record


def compared_with(new: Benched, old: Mapping[str, Any], source: str) -> EarlierRecord:
    """Compares a record with an earlier one.

    Args:
        new: what was measured now.
        old: an earlier record, as `read` gives it.
        source: its file.

    Returns:
        What has changed since; where machine or question differ, only in what.

    Raises:
        UsageError: the earlier record is cut off or was changed.
    """
    try:
        differs = tuple(_differences(new, old))
        lines = () if differs else tuple(line for point in new.points for line in _point(new, point, old))
    except (KeyError, TypeError, AttributeError, ValueError):
        raise UsageError("is cut off or was changed", source=source) from None
    return EarlierRecord(source, differs, lines)


def _differences(new: Benched, old: Mapping[str, Any]) -> Iterator[str]:
    then = old["environment"]
    for key, words in MACHINE.items():
        if then.get(key) != new.environment.get(key):
            yield f"{words}: {then.get(key)} then, {new.environment.get(key)} now"
    for key in _QUESTION:
        if old["settings"].get(key) != (now := getattr(new.settings, key)):
            yield f"{key}: {old['settings'].get(key)} then, {now} now"
    for side in ("candidate", "reference"):
        now = getattr(new, side)
        for key in ("class_name", "parameters"):
            if old[side].get(key) != (value := getattr(now, key)):
                yield f"{side}, {key.removesuffix('_name')}: {old[side].get(key)} then, {value} now"
        if old[side].get("input_shape") != list(now.input_shape):
            yield f"{side}, input: {old[side].get('input_shape')} then, {list(now.input_shape)} now"


def _point(new: Benched, point: Point, old: Mapping[str, Any]) -> Iterator[str]:
    then = next((each for each in old["points"] if each["batch"] == point.batch), None)
    timing = point.timing
    clocks = {each["clock"]: each for each in then["timings"]} if then else {}
    if timing is None or timing.clock not in clocks:
        yield f"batch {point.batch}: not measured in both"
        return
    before = clocks[timing.clock]
    if None in before["interval"].values() or not isfinite(timing.interval.low):
        yield f"batch {point.batch}: too few rounds in one of them"
        return
    low, high = float(before["interval"]["low"]), float(before["interval"]["high"])
    change = timing.interval.estimate - float(before["interval"]["estimate"])
    reach = sqrt(((high - low) / 2) ** 2 + ((timing.interval.high - timing.interval.low) / 2) ** 2)
    width = f"±{100 * expm1(reach):.2g} %"
    changed = abs(change) - reach > log1p(new.settings.rule.zone)
    text = f"changed by {100 * expm1(change):+.1f} % ({width})" if changed else f"no measurable change (within {width})"
    yield (
        f"batch {point.batch}: {new.reference.name} / {new.candidate.name} "
        f"{exp(float(before['interval']['estimate'])):.3f} then, {exp(timing.interval.estimate):.3f} now: {text}"
    )
