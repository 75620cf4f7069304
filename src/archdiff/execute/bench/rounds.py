"""The loop of `archdiff bench`: rounds of interleaved blocks, until the interval is narrow or the budget spent.

In every round all three arms (A, B, and A', a copy of A) are built anew with new weights, in varying order and with a
random block of memory between them; new inputs are drawn; blocks of equally many calls, each behind an untimed call,
run in an order that reads the same both ways, so that a linear drift falls out. In the next lap the arms change places:
a block that follows one of the same arm is about 2 % quicker here. A round counts for one log ratio.

Written against a `Bench`: what builds, draws, times and tells the time is handed in, so that the whole loop runs on a
scripted device. Must not know networks, and imports no torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from math import ceil
from random import Random
from statistics import median, quantiles
from typing import Any, NamedTuple, Protocol

from archdiff.execute.bench import stats
from archdiff.execute.bench.failures import FailedArmError, failing_as_words
from archdiff.execute.bench.record import ARMS, CANDIDATE, COPY, REFERENCE, PairTime, Point, Progress, Round, Timing
from archdiff.execute.bench.stats import StoppingRule
from archdiff.model.collector import uncollected
from archdiff.model.errors import ArchdiffError

_LARGEST_PADDING = 1 << 22  # bytes: 4 MB, beyond what a cache maps to one place
_ALONE = 3  # instances of the one that runs where the other does not


class Device(Protocol):
    """What runs and times a call."""

    clocks: tuple[str, ...]  # the most trusted first

    def now(self) -> float:
        """Seconds since some moment: what the budget is of."""

    def timed(self, call: Callable[[], object], samples: int, inner: int) -> Mapping[str, list[float]]:
        """Seconds a call by clock, `samples` of them, each the mean of `inner` calls in a row."""

    def settle(self, call: Callable[[], object]) -> float:
        """Warm up until it is stable; seconds a call."""


class Timeable(Protocol):
    """One network, built, with its input."""

    @property
    def call(self) -> Callable[[], object]:
        """One call on its input."""

    @property
    def setup(self) -> Mapping[str, float]:
        """Seconds: {"build": 0.1, "compile": 20.0}."""

    def layers(self, device: Any, calls: int) -> Mapping[str, float]:
        """Seconds in each layer, a call."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured, and with what."""

    build: Callable[[str, int, Any], Timeable]  # arm, seed, input
    draw: Callable[[int], Any]  # seed -> input
    device: Device
    shape: Callable[[object], object] = lambda _: None  # of an output, to see whether it varies
    around: Callable[[str], AbstractContextManager[object]] = lambda _: nullcontext()  # a block of calls, of an arm
    watched: Callable[[str, Any], object] = lambda _, instance: instance.call()  # one call, not timed; its output
    pad: Callable[[int], object] = bytearray  # takes that many bytes of memory
    begin: Callable[[], object] = lambda: None  # before each round: lets go of what the last one left
    pairs: tuple[tuple[str | None, str | None], ...] = ()  # of layers whose time is wanted
    names: tuple[str, str] = ("A", "B")
    classes: Mapping[str, str] = field(default_factory=dict)  # class by path, of both


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how exactly."""

    batch: int = 1
    budget: float = 60.0
    rule: StoppingRule = field(default_factory=StoppingRule)
    seed: int = 0
    clock: str = ""  # "" is the device's first
    because: str = ""
    threads: int = 1
    block: float = 0.012  # seconds of a block: about seven calls of the note's networks at batch 1
    round: float = 0.4  # seconds of blocks in a round
    sample: float = 0.0005  # seconds below which several calls are timed as one


class Pace(NamedTuple):
    """How many calls there are in a sample, samples in a block, laps in a round; the same for all arms."""

    inner: int
    samples: int
    laps: int
    seconds: float  # that a round takes, about

    @property
    def calls(self) -> int:
        """Timed ones of each arm in a round."""
        return self.inner * self.samples * self.laps * 2


def measure(bench: Bench, plan: Plan, tell: Callable[[Progress], None] | None = None) -> Point:
    """Rounds until the rule says stop. Whatever ends it early, what was measured until then is in the answer."""
    clock = plan.clock or bench.device.clocks[0]
    point = Point(plan.batch, clock=clock, because=plan.because)
    try:
        speeds, errors, setup = _tried(bench, plan)
    except KeyboardInterrupt:
        return replace(point, stopped="interrupted")
    point = replace(point, setup=setup)
    if errors:
        return replace(point, errors=errors, stopped="failed", alone=_alone(bench, plan, speeds))
    building = sum(seconds for what, seconds in setup.items() if what.endswith(" build"))
    pace = paced(plan, min(speeds.values()), sum(speeds[arm] for arm in ARMS), building)
    if pace.seconds > plan.budget:
        needed = ceil(1.3 * pace.seconds * stats.FEWEST)
        about = f"{float(f'{pace.seconds:.2g}'):g} s"
        why = f"a budget of {plan.budget:g} s is shorter than one round at batch {plan.batch} (about {about})"
        why = f"{why}: --budget {needed}"
        return replace(point, errors={"budget": why}, stopped="too short", alone=speeds)
    rounds: list[Round] = []
    traces: list[Mapping[str, Mapping[str, float]]] = []
    stopped = ""
    start = bench.device.now()
    try:
        while not stopped:
            made, traced = one_round(bench, plan, pace, len(rounds))
            rounds.append(made)
            traces.append(traced)
            stopped = _stopped(rounds, clock, plan, bench.device.now() - start, tell)
    except KeyboardInterrupt:
        stopped = "interrupted"
    except FailedArmError as failed:
        stopped, errors = "failed", {failed.arm: failed.why(bench.names, plan.batch)}
    seconds = bench.device.now() - start
    point = replace(point, rounds=tuple(rounds), calls=pace.calls * len(rounds), seconds=seconds, stopped=stopped)
    clocks = bench.device.clocks if rounds else ()
    timings = tuple(_timing(each, bench, plan, rounds, seconds) for each in clocks)
    return replace(point, errors=errors, timings=timings, layers=_layers(bench, traces) if bench.pairs else ())


def paced(plan: Plan, quickest: float, all_arms: float, build: float) -> Pace:
    """Blocks are equally many calls: so long that an interruption is one call among several, so short that many fit."""
    inner = max(1, ceil(plan.sample / max(quickest, 1e-9)))
    call = all_arms / len(ARMS) * inner
    samples = min(max(round(plan.block / max(call, 1e-9)), 1), 50)
    lap = 2 * len(ARMS) * (samples * call + call / inner)
    laps = len(ARMS) * min(max(round(plan.round / max(len(ARMS) * lap, 1e-9)), 0), 3) or 1
    return Pace(inner, samples, laps, laps * lap + build)


# Rounds


def one_round(bench: Bench, plan: Plan, pace: Pace, number: int) -> tuple[Round, Mapping[str, Mapping[str, float]]]:
    """Everything built, run and let go; seconds in each layer too, where they are wanted."""
    seed = plan.seed + number
    generator = Random(f"{plan.seed} {number}")
    bench.begin()
    built = tuple(generator.sample(ARMS, len(ARMS)))
    order = tuple(generator.sample(ARMS, len(ARMS)))
    with uncollected():  # what the round before left goes in `Bench.begin`
        with failing_as_words(built[0], "be given an input"):
            x = bench.draw(seed)
        held, instances = [], {}
        for arm in built:
            with failing_as_words(arm, "be built"):
                held.append(bench.pad(generator.randrange(_LARGEST_PADDING)))
                instances[arm] = bench.build(arm, seed, x)
        laps = [_lap(bench, pace, instances, _turned(order, number)) for number in range(pace.laps)]
        traced = _traced(bench, instances, order) if bench.pairs else {}
    clocks = bench.device.clocks
    samples = {arm: {clock: [block[clock] for lap in laps for block in lap[arm]] for clock in clocks} for arm in ARMS}
    setup = {f"{arm} {what}": time for arm in ARMS for what, time in instances[arm].setup.items()}
    made = Round(seed, built, order, samples, ratios(laps, REFERENCE, clocks), ratios(laps, COPY, clocks), setup)
    del held, instances
    return made, traced


_Lap = dict[str, list[Mapping[str, list[float]]]]  # two blocks of each arm


def _turned(order: tuple[str, ...], places: int) -> tuple[str, ...]:
    """ABC, BCA, CAB: whoever had the middle has an end next, so that no arm is in the better place all the time."""
    by = places % len(order)
    return order[by:] + order[:by]


def _lap(bench: Bench, pace: Pace, instances: Mapping[str, Timeable], order: tuple[str, ...]) -> _Lap:
    """ABCCBA: mirrored blocks, each behind an untimed call that fills the caches."""
    lap: _Lap = {arm: [] for arm in order}
    for arm in (*order, *reversed(order)):
        call = instances[arm].call
        with failing_as_words(arm, "run"), bench.around(arm):
            call()
            lap[arm].append(bench.device.timed(call, pace.samples, pace.inner))
    return lap


def ratios(laps: list[_Lap], arm: str, clocks: tuple[str, ...]) -> dict[str, float]:
    """log(arm / candidate) of a round, by clock: near the mean, as laps favour each in turn, and proof to a burst."""
    found = {}
    for clock in clocks:
        blocks = [[[block[clock] for block in lap[each]] for each in (CANDIDATE, arm)] for lap in laps]
        found[clock] = stats.hodges_lehmann([stats.lap_ratio(a, b) for a, b in blocks]).estimate
    return found


def _traced(
    bench: Bench, instances: Mapping[str, Timeable], order: tuple[str, ...]
) -> Mapping[str, Mapping[str, float]]:
    """Mirrored as a lap is, behind the laps: what times a layer slows the call down."""
    halves: dict[str, list[Mapping[str, float]]] = {arm: [] for arm in order if arm != COPY}
    for arm in (*halves, *reversed(halves)):
        with failing_as_words(arm, "run"), bench.around(arm):
            halves[arm].append(instances[arm].layers(bench.device, 3))
    return {
        arm: {path: (one[path] + two.get(path, one[path])) / 2 for path in one} for arm, (one, two) in halves.items()
    }


def _stopped(
    rounds: list[Round], clock: str, plan: Plan, seconds: float, tell: Callable[[Progress], None] | None
) -> str:
    """Why to stop after a round; "" is to go on. Below the fewest rounds only time counts."""
    count = len(rounds)
    checked = count in stats.CHECK_POINTS
    if not tell and not checked:
        return "budget" if count < stats.FEWEST and seconds > plan.budget else ""
    interval = stats.hodges_lehmann([each.ratios[clock] for each in rounds], plan.rule.confidence)
    if tell:
        tell(Progress(plan.batch, count, seconds, interval, clock))
    if count < stats.FEWEST:
        return "budget" if seconds > plan.budget else ""
    if not checked or not stats.stops(count, interval, plan.rule, seconds, plan.budget):
        return ""
    if interval.half_width <= plan.rule.precision:
        return "precision"
    return "budget" if stats.next_check_point(count) else "rounds"


# What came out


def _timing(clock: str, bench: Bench, plan: Plan, rounds: list[Round], seconds: float) -> Timing:
    values = [each.ratios[clock] for each in rounds]
    interval = stats.hodges_lehmann(values, plan.rule.confidence)
    control = stats.hodges_lehmann([each.controls[clock] for each in rounds], plan.rule.confidence)
    evidence = stats.Evidence(interval, control, len(rounds), seconds, plan.threads)
    medians = {arm: median(median(block) for each in rounds for block in each.samples[arm][clock]) for arm in ARMS}
    percentiles = quantiles(values, n=100, method="inclusive") if len(values) > 1 else [0.0] * 99
    spread = (percentiles[83] - percentiles[15]) / 2
    return Timing(clock, interval, control, stats.verdict_from(evidence, bench.names, plan.rule), medians, spread)


def _layers(bench: Bench, traces: list[Mapping[str, Mapping[str, float]]]) -> tuple[PairTime, ...]:
    """Medians over rounds; what a pair explains of the difference between the sums."""
    if not traces:
        return ()
    seconds = {
        arm: {path: median(trace[arm].get(path, 0.0) for trace in traces) for path in traces[0][arm]}
        for arm in (CANDIDATE, REFERENCE)
    }
    gap = sum(seconds[REFERENCE].values()) - sum(seconds[CANDIDATE].values())
    found = []
    between_layers = [("", "")] if any("" in each for each in seconds.values()) else []
    for candidate, reference in (*bench.pairs, *between_layers):
        a = seconds[CANDIDATE].get(candidate) if candidate is not None else None
        b = seconds[REFERENCE].get(reference) if reference is not None else None
        if a is None and b is None:
            continue
        share = ((b or 0.0) - (a or 0.0)) / gap if gap else None
        found.append(PairTime(candidate, reference, bench.classes.get(candidate or reference or "", ""), a, b, share))
    return tuple(found)


# What can go wrong


def _tried(bench: Bench, plan: Plan) -> tuple[dict[str, float], dict[str, str], dict[str, float]]:
    """(seconds a call by arm, why an arm does not run, seconds of its first building)."""
    speeds: dict[str, float] = {}
    errors: dict[str, str] = {}
    setup: dict[str, float] = {}
    bench.begin()
    for arm in ARMS:
        if arm == COPY and CANDIDATE in errors:
            continue
        if arm == COPY and speeds[CANDIDATE] > plan.budget:  # as long again would tell no more
            speeds[COPY] = speeds[CANDIDATE]
            continue
        try:
            speeds[arm], seconds = _try(bench, plan, arm)
            setup |= {f"{arm} {what}": took for what, took in seconds.items()}
        except FailedArmError as failed:
            errors[arm] = failed.why(bench.names, plan.batch)
    return speeds, errors, setup


def _try(bench: Bench, plan: Plan, arm: str) -> tuple[float, Mapping[str, float]]:
    """A few calls, whose outputs must have one shape, and then as many as it takes to be stable."""
    with failing_as_words(arm, "be built"):
        instance = bench.build(arm, plan.seed, bench.draw(plan.seed))
    with failing_as_words(arm, "run"), bench.around(arm):
        begin = bench.device.now()
        shapes = [bench.shape(bench.watched(arm, instance))]
        if (seconds := bench.device.now() - begin) > plan.budget:  # no round fits in
            return seconds, instance.setup
        shapes += [bench.shape(bench.watched(arm, instance)) for _ in range(2)]
        if shapes.count(shapes[0]) < len(shapes):
            raise ArchdiffError(f"the shape of its output varies: {', then '.join(map(str, shapes))}")
        return bench.device.settle(instance.call), instance.setup


def _alone(bench: Bench, plan: Plan, speeds: Mapping[str, float]) -> dict[str, float]:
    """Seconds a call of what runs: the median over a few instances, within the budget. Nothing is compared."""
    found = {}
    clock = plan.clock or bench.device.clocks[0]
    for arm in (CANDIDATE, REFERENCE):
        if arm not in speeds:
            continue
        pace = paced(plan, speeds[arm], speeds[arm] * len(ARMS), 0.0)
        fit = int(plan.budget / (_ALONE * pace.inner * max(speeds[arm], 1e-9)))
        times = []
        try:
            for seed in range(plan.seed, plan.seed + _ALONE):
                with failing_as_words(arm, "run"):
                    call = bench.build(arm, seed, bench.draw(seed)).call
                    with bench.around(arm):
                        call()
                        samples = max(1, min(pace.samples, fit))
                        times.append(median(bench.device.timed(call, samples, pace.inner)[clock]))
        except FailedArmError:
            times = times or [speeds[arm]]
        found[arm] = median(times)
    return found
