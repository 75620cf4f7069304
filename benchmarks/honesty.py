"""How far `archdiff bench` can be believed: the same network on both sides, and a network with known extra work.

    python benchmarks/honesty.py                    # 100 calls of about 6 s, then 40 of at most 30 s for 2, 5 and 10 %
    python benchmarks/honesty.py --calls 10 --extra-calls 0

Two fifths of the calls run while another process burns a core. Beside the verdicts as shipped stand, on data of the
same minutes, the rules of other tools: medians of one network after the other (what `torch.utils.benchmark` prints),
hyperfine's (means apart by more than the standard deviation of their ratio) and google/benchmark's (Mann-Whitney, 0.05,
ten repetitions).

Extra work is told in two ways: behind each forward of a network of the note the process spins, which takes a little
more than its share, since what follows runs colder; and a small network makes 51 forwards a call instead of 50, which
is exact.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist, mean, median, stdev

warnings.simplefilter("ignore")

import torch  # noqa: E402

from archdiff import api, infer, parse  # noqa: E402
from archdiff.execute.bench.benchmark import _Benchmark  # noqa: E402
from archdiff.execute.bench.instances import Instance, NetworkPair  # noqa: E402
from archdiff.execute.bench.record import REFERENCE, BenchSettings, Point  # noqa: E402
from archdiff.execute.bench.rounds import Bench, Plan, measure  # noqa: E402
from archdiff.execute.bench.rounds import Timeable as Built  # noqa: E402
from archdiff.execute.bench.stats import Speed, StoppingRule, hodges_lehmann  # noqa: E402
from archdiff.execute.devices import device as devices  # noqa: E402
from archdiff.model.network import Network  # noqa: E402
from archdiff.semantics.rules import normalized  # noqa: E402

NOTE = Path(__file__).parent.parent / "tests" / "data" / "note.md"
SMALL = """\
Small(
  (fc1): Linear(in_features=64, out_features=64, bias=True)
  (relu1): ReLU()
  (fc2): Linear(in_features=64, out_features=10, bias=True)
)
"""
CLOCKS = ("wall", "cpu")
SHARES = 0.02, 0.05, 0.10  # of extra work
BUSY = 5, 2  # of five calls two run beside a burning process


def main() -> None:
    options = _options()
    torch.set_num_threads(1)
    network = parse.pick(f"{NOTE}#{options.network}", parse.read(str(NOTE)).networks)
    bench = _bench(network)
    machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"{options.network} of tests/data/note.md, batch 1, one thread, {machine}")
    if options.calls:
        _same(bench, options.calls, options.seed)
    if options.extra_calls:
        [small] = parse.parse(SMALL)
        for share in options.shares:
            _spun(bench, share, options.extra_calls, options.extra_budget, options.seed)
        for share in options.shares:
            _repeated_whole(_bench(small), share, options.extra_calls, options.seed)
    print(f"load at the end {os.getloadavg()[0]:.1f}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=100, help="of a network against itself")
    parser.add_argument("--extra-calls", type=int, default=40, help="for each share of extra work")
    parser.add_argument("--extra-budget", type=float, default=30.0, help="seconds for each of them")
    parser.add_argument("--shares", type=float, nargs="+", default=SHARES, help="of extra work")
    parser.add_argument("--network", default="Sparse")
    parser.add_argument(
        "--seed", type=int, default=0, help="of the first call; the same are the same weights and inputs"
    )
    return parser.parse_args()


def _bench(network: Network) -> Bench:
    candidate, reference = infer.infer(normalized((network, network)))
    pair = NetworkPair(candidate, reference, api.compare_networks(network, network))
    shape = pair.outcome.candidate.input_shape or (64,)
    device = devices.find_device("cpu")
    return _Benchmark(pair, [(), ()], BenchSettings(), device, shape).bench(1)


# A network against itself


def _same(bench: Bench, calls: int, seed: int) -> None:
    """Claims of a difference where there is none, and how often the bare interval holds 1.0.

    Ten rounds each, however long they take: with fewer nothing would be claimed, which shows nothing.
    """
    ten = Plan(budget=600.0, rule=StoppingRule(precision=9.0))
    points: list[Point] = []
    others: list[dict[str, dict[str, bool]]] = []
    for number in range(seed, seed + calls):
        with _burning(_is_busy(number)):
            points.append(measure(bench, replace(ten, seed=1000 * number)))
            others.append({clock: rules(*_one_after_the_other(bench, 5000 + number)[clock]) for clock in CLOCKS})
    seconds = median(point.seconds for point in points)
    print(f"\na network against itself, {calls} calls of ten rounds (median {seconds:.1f} s)")
    for clock in CLOCKS:
        timings = [timing for point in points for timing in point.timings if timing.clock == clock]
        claims = sum(timing.verdict.answer in (Speed.FASTER, Speed.SLOWER) for timing in timings)
        bare = sum(not timing.interval.low <= 0 <= timing.interval.high for timing in timings)
        outside = sum(timing.interval.claims() for timing in timings)
        withheld = sum(timing.control.claims() for timing in timings)
        print(f"  {clock}: verdicts as shipped claim a difference in {claims} of {calls}")
        print(f"        without the third arm {outside}; the third arm withholds {withheld}")
        print(f"        bare 95 % intervals hold 1.0 in {calls - bare}, lie outside of it in {bare}")
        half = median(timing.interval.half_width for timing in timings)
        print(f"        half-width of the interval {100 * half:.1f} % (median)")
        for rule in others[0][clock]:
            print(f"        {rule}: {sum(each[clock][rule] for each in others)} of {calls} claim")


def _one_after_the_other(bench: Bench, seed: int) -> dict[str, tuple[list[float], list[float]]]:
    """Half a second of one instance, then of another: how most people measure."""
    sides: list[dict[str, list[float]]] = []
    for arm in ("candidate", REFERENCE):
        instance = bench.build(arm, seed, bench.draw(seed))
        with bench.around(arm):
            for _ in range(20):
                instance.call()
            found: dict[str, list[float]] = {clock: [] for clock in CLOCKS}
            end = time.perf_counter() + 0.5
            while time.perf_counter() < end:
                for clock, seconds in bench.device.timed(instance.call, 10, 1).items():
                    found[clock] += seconds
        sides.append(found)
    return {clock: (sides[0][clock], sides[1][clock]) for clock in CLOCKS}


def rules(a: list[float], b: list[float]) -> dict[str, bool]:
    """Whether each rule claims a difference between the two."""
    ratio = mean(a) / mean(b)
    error = ratio * math.hypot(stdev(a) / mean(a), stdev(b) / mean(b))
    return {
        "medians one after the other, apart by over 1 % (torch.utils.benchmark)": abs(median(a) / median(b) - 1) > 0.01,
        "means apart by more than the deviation of their ratio (hyperfine)": abs(ratio - 1) > error,
        "Mann-Whitney below 0.05 over ten repetitions (google/benchmark)": mann_whitney(_repeated(a), _repeated(b))
        < 0.05,
    }


def _repeated(samples: list[float], times: int = 10) -> list[float]:
    size = len(samples) // times
    return [mean(samples[i * size : (i + 1) * size]) for i in range(times)]


def mann_whitney(a: list[float], b: list[float]) -> float:
    """Two-sided p, by the normal approximation with continuity correction, as scipy has it for samples of this size."""
    u = sum((x > y) + 0.5 * (x == y) for x in a for y in b)
    middle, deviation = len(a) * len(b) / 2, math.sqrt(len(a) * len(b) * (len(a) + len(b) + 1) / 12)
    return 2 * (1 - NormalDist().cdf(max(abs(u - middle) - 0.5, 0) / deviation))


# Known extra work


def _spun(bench: Bench, share: float, calls: int, budget: float, seed: int) -> None:
    """The reference spins behind each forward, for a share of the CPU time that the forward took.

    What follows a spin runs colder, so that 10 % cost more than 10 %, and how much more hangs on what else runs: the
    true ratio is that of all calls together that had the same company.
    """

    def longer(call: Callable[[], object]) -> Callable[[], object]:
        clock = time.process_time

        def spun() -> object:
            begin = clock()
            out = call()
            end = begin + (clock() - begin) * (1 + share)
            while clock() < end:
                pass
            return out

        return spun

    points = _extra(bench, longer, Plan(budget=budget, rule=StoppingRule(precision=share / 4)), calls, seed)
    busy = [_is_busy(number) for number in range(seed, seed + calls)]
    truths = {
        company: hodges_lehmann(
            [ratio for point, own in zip(points, busy, strict=True) if own is company for ratio in _ratios(point)[:20]]
        ).estimate
        for company in sorted(set(busy))
    }
    print(f"\n{_share(share)} of extra work, {calls} calls of at most {budget:g} s, {_as_run(points, share / 4)}")
    for company, truth in truths.items():
        name = "beside a burning process" if company else "alone"
        print(f"  all calls {name} together: {_share(math.expm1(truth))} (what follows a spin runs colder)")
    _found(points, [truths[company] for company in busy])


def _repeated_whole(bench: Bench, share: float, calls: int, seed: int) -> None:
    """The reference makes 51 forwards a call where the candidate makes 50: a ratio that is known exactly."""
    times = round(1 / share)

    def repeated(times: int) -> Callable[[Callable[[], object]], Callable[[], object]]:
        def longer(call: Callable[[], object]) -> Callable[[], object]:
            def whole() -> None:
                for _ in range(times):
                    call()

            return whole

        return longer

    plan = Plan(budget=30.0, rule=StoppingRule(precision=share / 4))
    points = _extra(bench, repeated(times + 1), plan, calls, seed, repeated(times))
    print(f"\na small network, {times} times against {times + 1} a call: {calls} calls, {_as_run(points, share / 4)}")
    _found(points, [math.log1p(share)] * calls)


def _extra(
    bench: Bench,
    longer: Callable[[Callable[[], object]], Callable[[], object]],
    plan: Plan,
    calls: int,
    seed: int,
    as_is: Callable[[Callable[[], object]], Callable[[], object]] = lambda call: call,
) -> list[Point]:
    def build(arm: str, seed: int, x: object) -> Built:
        made = bench.build(arm, seed, x)
        assert isinstance(made, Instance)
        return replace(made, call=(longer if arm == REFERENCE else as_is)(made.call))

    points = []
    for number in range(seed, seed + calls):
        with _burning(_is_busy(number)):
            points.append(measure(replace(bench, build=build), replace(plan, seed=1000 * number)))
    return points


def _as_run(points: list[Point], precision: float) -> str:
    return f"--precision {100 * precision:g}, CPU time (median {median(point.seconds for point in points):.0f} s)"


def _share(share: float) -> str:
    return f"{100 * share:.3g} %"


def _ratios(point: Point) -> list[float]:
    return [each.ratios["cpu"] for each in point.rounds]


def _found(points: list[Point], truths: list[float]) -> None:
    timings = [next(timing for timing in point.timings if timing.clock == "cpu") for point in points]
    answers = [timing.verdict.answer for timing in timings]
    covered = sum(
        timing.interval.low <= truth <= timing.interval.high for timing, truth in zip(timings, truths, strict=True)
    )
    print(
        f"  found in {answers.count(Speed.FASTER)}, wrong way round in {answers.count(Speed.SLOWER)}, "
        f"interval holds the true ratio in {covered}; half-width "
        f"{_share(median(timing.interval.half_width for timing in timings))} (median)"
    )


# The other process


def _is_busy(number: int) -> bool:
    return number % BUSY[0] < BUSY[1]


@contextmanager
def _burning(wanted: bool) -> Iterator[None]:
    if not wanted:
        yield
        return
    burner = multiprocessing.get_context("spawn").Process(target=_burn, daemon=True)
    burner.start()
    try:
        yield
    finally:
        burner.terminate()
        burner.join()


def _burn() -> None:
    while True:
        math.sqrt(2.0)


if __name__ == "__main__":
    main()
