"""Two printed networks as what `bench.measure` runs: instances, inputs, metrics, and the record of it all.

The one place that knows both networks and the loop. Threads are set for the run and set back; nothing else is changed.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import cycle
from statistics import median
from typing import Any, Final

import torch
from torch import Tensor, nn

from archdiff.errors import ArchdiffError, UsageError
from archdiff.measured import CANDIDATE, REFERENCE, Benched, Point, Progress, Settings, Side, Value
from archdiff.network import Network
from archdiff.network import Value as Printed
from archdiff.outcome import NetworkFacts, Outcome
from archdiff.runtime import bench_training, metrics
from archdiff.runtime import device as devices
from archdiff.runtime import environment as environments
from archdiff.runtime.bench import Bench, Plan, measure
from archdiff.runtime.build import Built, build
from archdiff.runtime.device import AnyDevice
from archdiff.runtime.metrics import Subject

DTYPES: Final = ("float32", "float64", "float16", "bfloat16")
MODES: Final = ("inference", "train")
_NOTHING: Final = (None, "")  # a metric that is not of this device
_INPUTS: Final = 16  # samples that are drawn for a round at least

NO_GAIN: Final = (
    "dense kernels gain nothing from zeros: they multiply them as any other number, so that the time follows the dense "
    "MACs; the sparse counts are what hardware or kernels made for sparsity could save"
)


@dataclass(frozen=True, slots=True)
class Pair:
    """The two networks as printed, and what the comparison of their texts found."""

    candidate: Network
    reference: Network
    outcome: Outcome
    given: Mapping[str, Mapping[str, Printed]] = field(default_factory=dict)

    def of(self, arm: str) -> Network:
        return self.reference if arm == REFERENCE else self.candidate

    def facts(self, arm: str) -> NetworkFacts:
        return self.outcome.reference if arm == REFERENCE else self.outcome.candidate


def run(
    pair: Pair, settings: Settings, tell: Callable[[Progress], None] | None = None, pace: Plan | None = None
) -> Benched:
    """Everything that was asked for, at each batch size; what fails at one of them is in its `errors`.

    `pace` says how long blocks and rounds are, where the usual is not wanted.
    """
    check(settings)
    shape = pair.outcome.candidate.input_shape or pair.outcome.reference.input_shape
    if shape is None:
        raise UsageError("the input size is not known", way_out="--input-shape 1,32,32")
    with _threads(settings.threads), _quick_collection():
        device = devices.found(settings.device, settings.threads)
        seen = environments.environment(device.place)
        before = {"load": environments.load(), "device": dict(device.state())}
        runner = _Runner(pair, settings, device, shape)
        points: list[Point] = []
        for batch in settings.batches:
            points.append(runner.point(batch, tell, pace or Plan()))
            if points[-1].stopped == "interrupted":
                break
        after = {"load": environments.load(), "device": _quietly(device.state)}
    return Benched(
        candidate=_side(pair.outcome.candidate, shape, "candidate", pair),
        reference=_side(pair.outcome.reference, shape, "reference", pair),
        settings=settings,
        points=tuple(points),
        environment={**seen, "before": before, "after": after},
        notes=tuple(dict.fromkeys([*runner.notes, *_said_of_zeros(points)])),
    )


def check(settings: Settings) -> None:
    """What makes no sense is refused before anything is built."""
    if settings.dtype not in DTYPES:
        raise UsageError(f"--dtype {settings.dtype}: no such type", way_out=f"one of {', '.join(DTYPES)}")
    if settings.mode not in MODES:
        raise UsageError(f"--mode {settings.mode}: no such mode", way_out=f"one of {', '.join(MODES)}")
    if settings.layers and settings.compile:
        raise UsageError("--layers and --compile: compiled layers are fused and have no time of their own")
    if settings.cuda_graphs and not settings.device.startswith("cuda"):
        raise UsageError("--cuda-graphs: only on a CUDA device", way_out="--device cuda")
    if settings.cuda_graphs and settings.mode == "train":
        raise UsageError("--cuda-graphs: only for inference")


class _Runner:
    """Builds what is measured; `notes` are what had to be assumed."""

    def __init__(self, pair: Pair, settings: Settings, device: AnyDevice, shape: tuple[int, ...]) -> None:
        self.pair, self.settings, self.device, self.shape = pair, settings, device, shape
        self.dtype: torch.dtype = getattr(torch, settings.dtype)
        self.notes: list[str] = []
        self.names = names(pair.outcome)
        self.words = _vocabulary(pair.outcome.candidate), _vocabulary(pair.outcome.reference)

    def point(self, batch: int, tell: Callable[[Progress], None] | None, pace: Plan) -> Point:
        settings = self.settings
        if settings.clock not in ("auto", *self.device.clocks):
            way_out = f"auto or {' or '.join(self.device.clocks)}"
            raise UsageError(f"--clock {settings.clock}: not on {settings.device}", way_out=way_out)
        if settings.compile:
            torch._dynamo.reset()  # a cache holds eight variants, and each batch size is one
        asked = "" if settings.clock == "auto" else settings.clock
        plan = replace(
            pace,
            batch=batch,
            budget=settings.budget,
            rule=settings.rule,
            seed=settings.seed,
            clock=asked,
            because=f"{asked} time, as asked for" if asked else self.device.why,
            threads=settings.threads,
        )
        point = measure(self.bench(batch), plan, tell)
        if point.stopped == "interrupted":
            return point
        return replace(point, values=self.values(point))

    def bench(self, batch: int) -> Bench:
        outcome = self.pair.outcome
        every = (*outcome.candidate.layers, *outcome.reference.layers)
        return Bench(
            build=self.instance,
            draw=partial(self.draw, batch),
            device=self.device,
            shape=_shape,
            context=self.context,
            pad=lambda size: torch.empty(size, dtype=torch.uint8, device=self.device.place),
            begin=self.begin,
            pairs=outcome.pairs if self.settings.layers else (),
            names=self.names,
            classes={layer.path: layer.class_name for layer in every},
        )

    def context(self) -> AbstractContextManager[object]:
        return nullcontext() if self.settings.mode == "train" else torch.inference_mode()

    def begin(self) -> None:
        """Before each round. What was compiled stays: the next instance has the same code and needs no compiling."""
        gc.collect()

    def draw(self, batch: int, seed: int) -> tuple[Tensor, ...]:
        """Normal numbers, or indices where the first layer of one looks them up; several, that calls take in turn.

        What picks winners takes longer on one input than on another: with a single sample to a round, the ratio of the
        note's networks moved by 9 % between rounds, with 16 by 4 %.
        """
        single = self.settings.mode == "train" or self.settings.cuda_graphs
        chance = torch.Generator().manual_seed(seed)
        return tuple(self._drawn(batch, chance) for _ in range(1 if single else max(1, _INPUTS // batch)))

    def _drawn(self, batch: int, chance: torch.Generator) -> Tensor:
        if rows := min((words for words in self.words if words), default=0):
            return torch.randint(rows, (batch, *self.shape), generator=chance).to(self.device.place)
        x = torch.randn((batch, *self.shape), generator=chance).to(self.device.place, self.dtype)
        return x.to(memory_format=torch.channels_last) if self.settings.channels_last and x.dim() == 4 else x

    def instance(self, arm: str, seed: int, x: tuple[Tensor, ...]) -> Instance:
        begin = time.perf_counter()
        built = self.built(arm, seed)
        setup = {"build": time.perf_counter() - begin}
        forward: Any = torch.compile(built.module) if self.settings.compile else built.module
        call = self.call(arm, built.module, forward, seed, x)
        if self.settings.compile:
            begin = time.perf_counter()
            with self.context():
                call()
            self.device.wait()
            setup["compile"] = time.perf_counter() - begin
        eager = call
        if self.settings.cuda_graphs:
            call = _captured(call, self.device)
        paths = [path for pair in self.pair.outcome.pairs if (path := pair[arm == REFERENCE]) is not None]
        return Instance(call, setup, eager, {path: built.by_path[path] for path in paths if path in built.by_path})

    def built(self, arm: str, seed: int) -> Built:
        """New weights, on the device, in the mode that is measured."""
        network = self.pair.of(arm)
        built = build(network, device=self.device.place, dtype=self.dtype, seed=seed, given=self.pair.given)
        self.notes += [str(each) for each in built.assumptions if str(each) not in self.notes]
        module = built.module.train(self.settings.mode == "train")
        if self.settings.channels_last:
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return built

    def call(self, arm: str, module: nn.Module, forward: Any, seed: int, x: tuple[Tensor, ...]) -> Callable[[], object]:
        if self.settings.mode == "inference":
            if len(x) == 1:
                return partial(forward, x[0])
            following = cycle(x).__next__
            return lambda: forward(following())
        stepper, assumed = bench_training.optimizer(module, self.pair.of(arm).recipe)
        if assumed:
            name = self.names[arm == REFERENCE]
            self.notes += [note] if (note := f"{name}: {assumed}") not in self.notes else []
        return bench_training.step(module, stepper, x[0], seed, forward)

    # Metrics

    def values(self, point: Point) -> tuple[Value, ...]:
        """Every metric of both; why one cannot be had stands in its place."""
        timing = point.timing
        found: dict[str, dict[str, tuple[float | None, str]]] = {}
        for arm in (CANDIDATE, REFERENCE):
            seconds = timing.medians[arm] if timing else point.alone.get(arm)
            found[arm] = self.measured(arm, point, seconds)
        return tuple(
            Value(
                name,
                metric.unit,
                metric.direction,
                ours[0],
                theirs[0],
                metrics.definition(name),
                "; ".join(dict.fromkeys(note for note in (ours[1], theirs[1]) if note)),
            )
            for name, metric in metrics.all_metrics().items()
            for ours, theirs in [(found[CANDIDATE][name], found[REFERENCE][name])]
            if (ours, theirs) != (_NOTHING, _NOTHING)
        )

    def measured(self, arm: str, point: Point, seconds: float | None) -> dict[str, tuple[float | None, str]]:
        every = metrics.all_metrics()
        if arm in point.errors:
            return dict.fromkeys(every, (None, ""))
        try:
            x = self.draw(point.batch, self.settings.seed)
            built = self.built(arm, self.settings.seed)
            inner = self.call(arm, built.module, built.module, self.settings.seed, x[:1])
        except Exception as error:  # it ran before; a device may be gone since
            return dict.fromkeys(every, (None, _first_line(error)))

        def step() -> object:
            with self.context():
                return inner()

        subject = Subject(built.module, x[0], step, point.batch, seconds, self.settings.device)
        found: dict[str, tuple[float | None, str]] = {}
        for name, metric in every.items():
            try:
                found[name] = (metric.measure(subject), "")
            except Exception as error:
                found[name] = (None, _first_line(error))
        return found


@dataclass(frozen=True, slots=True)
class Instance:
    """One network, built, with its input."""

    call: Callable[[], object]
    setup: Mapping[str, float]
    eager: Callable[[], object]
    parts: Mapping[str, nn.Module]  # layers whose time may be asked for

    def layers(self, device: AnyDevice, calls: int) -> Mapping[str, float]:
        """Seconds in each layer of a call, the median over a few; what is left of the call stands under ""."""
        runs = [self._traced(device) for _ in range(calls)]
        return {path: median(run[path] for run in runs) for path in runs[0]}

    def _traced(self, device: AnyDevice) -> dict[str, float]:
        trace: Any = device.traced()
        begun: dict[str, Any] = {}
        spans: list[tuple[str, Any, Any]] = []
        handles = []
        for path, part in self.parts.items():
            handles += [
                part.register_forward_pre_hook(lambda m, a, path=path: begun.update({path: trace.mark()})),
                part.register_forward_hook(lambda m, a, o, path=path: spans.append((path, begun[path], trace.mark()))),
            ]
        try:
            begin = trace.mark()
            self.eager()
            end = trace.mark()
        finally:
            for handle in handles:
                handle.remove()
        found = dict.fromkeys(self.parts, 0.0)
        for path, before, after in spans:
            found[path] += trace.between(before, after)
        found[""] = max(trace.between(begin, end) - sum(found.values()), 0.0)
        return found


def names(outcome: Outcome) -> tuple[str, str]:
    """How the two are called in a sentence."""
    ours, theirs = outcome.candidate.label, outcome.reference.label
    if ours and theirs and ours != theirs and max(len(ours), len(theirs)) <= 30:
        return ours, theirs
    return "the candidate", "the reference"


def _side(facts: NetworkFacts, shape: tuple[int, ...], name: str, pair: Pair) -> Side:
    index = name == "reference"
    return Side(names(pair.outcome)[index], facts.source, shape, facts.label, facts.class_name, facts.parameters)


def _vocabulary(facts: NetworkFacts) -> int:
    """Rows of the table where the first layer looks up indices, else 0."""
    first = facts.layers[0] if facts.layers else None
    rows = first.settings.get("num_embeddings", 0) if first and first.kind.startswith("embedding") else 0
    return rows if isinstance(rows, int) else 0


def _said_of_zeros(points: list[Point]) -> Iterator[str]:
    for point in points:
        values = {value.name: value for value in point.values}
        dense, sparse = values.get("macs"), values.get("macs_both_sparsities")
        if dense and sparse and (dense.candidate, dense.reference) != (sparse.candidate, sparse.reference):
            yield NO_GAIN


def _shape(out: object) -> object:
    if isinstance(out, Tensor):
        return tuple(out.shape)
    if isinstance(out, Mapping):
        return {key: _shape(value) for key, value in out.items()}
    return [_shape(each) for each in out] if isinstance(out, list | tuple) else type(out).__name__


def _captured(call: Callable[[], object], device: AnyDevice) -> Callable[[], object]:
    """The call as a CUDA graph, captured behind a warm-up on a stream of its own, as torch asks for."""
    side = torch.cuda.Stream(device.place)  # type: ignore[no-untyped-call]
    side.wait_stream(torch.cuda.current_stream(device.place))
    with torch.cuda.stream(side), torch.inference_mode():
        for _ in range(3):
            call()
    torch.cuda.current_stream(device.place).wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.inference_mode(), torch.cuda.graph(graph):
        out = call()

    def replayed() -> object:
        graph.replay()
        return out

    return replayed


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _quick_collection() -> Iterator[None]:
    """What is alive now is left out of every round's collection: else it takes as long as building a network."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _quietly(ask: Callable[[], Mapping[str, object]]) -> Mapping[str, object]:
    """The state of a device that may be gone."""
    try:
        return dict(ask())
    except Exception:
        return {}


def _first_line(error: Exception) -> str:
    said = error.message if isinstance(error, ArchdiffError) else f"{type(error).__name__}: {error}"
    return (said.splitlines() or [""])[0][:200]
