"""Two networks measured side by side: instances, inputs and metrics for `rounds.measure`, and the record of it all.

The one place that knows both networks and the loop. Threads are set for the run and set back; nothing else is changed.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from itertools import cycle
from typing import Any, Final

import torch
from torch import Tensor, nn

from archdiff.execute.bench import console, metrics, training
from archdiff.execute.bench import environment as environments
from archdiff.execute.bench.instances import (
    Instance,
    NetworkPair,
    as_cuda_graph,
    build_arm,
    check_both_run,
    display_names,
)
from archdiff.execute.bench.metrics import Subject
from archdiff.execute.bench.record import (
    ARMS,
    CANDIDATE,
    REFERENCE,
    Benched,
    BenchSettings,
    MetricValue,
    Point,
    Progress,
)
from archdiff.execute.bench.rounds import Bench, Plan, measure
from archdiff.execute.devices import device as devices
from archdiff.execute.devices import memory
from archdiff.execute.devices.device import TorchDevice
from archdiff.execute.live import exceptions
from archdiff.execute.live.global_state import SETTINGS, Changes, restored
from archdiff.execute.running import verify
from archdiff.execute.running.inputs import random_input
from archdiff.infer import Sized
from archdiff.model.errors import ArchdiffError, BuildError, UsageError

DTYPES: Final = ("float32", "float64", "float16", "bfloat16")
MODES: Final = ("inference", "train")
_NOTHING: Final = (None, "")  # a metric that is not of this device
_WRITES: Final = "writes to standard output or standard error when it runs"
_INPUTS: Final = 16  # samples that are drawn for a round at least

NO_GAIN: Final = (
    "dense kernels gain nothing from zeros: they multiply them as any other number, so that the time follows the dense "
    "MACs; the sparse counts are what hardware or kernels made for sparsity could save"
)


def run(
    pair: NetworkPair, settings: BenchSettings, tell: Callable[[Progress], None] | None = None, pace: Plan | None = None
) -> Benched:
    """Measures both networks at each batch size.

    Args:
        pair: both networks, and the comparison of their texts.
        settings: how they are measured.
        tell: called after each round.
        pace: how long blocks and rounds are, where the usual is not wanted.

    Returns:
        All that was measured; what fails at a batch size is in the `errors` of its point.

    Raises:
        UsageError: a setting makes no sense on this device, or the size of the input is not known.
        BuildError: a network cannot be run from its print.
    """
    check(settings)
    networks = check_both_run(pair)  # refused before anything is built
    shape = pair.input_shape or pair.outcome.candidate.input_shape or pair.outcome.reference.input_shape
    if shape is None:
        raise UsageError("the input size is not known", way_out="--input-shape 1,32,32")
    with _threads(settings.threads), _quick_collection(), restored(Changes("")):  # what `watched` names
        device = devices.find_device(settings.device, settings.threads)
        machine = environments.environment(device.place)
        before = {"load": environments.load(), "device": dict(device.state())}
        runner = _Benchmark(pair, networks, settings, device, shape)
        points: list[Point] = []
        for batch in settings.batches:
            points.append(runner.point(batch, tell, pace or Plan()))
            if points[-1].stopped == "interrupted":
                break
        after = {"load": environments.load(), "device": _quietly(device.state)}
    return Benched(
        candidate=pair.side(CANDIDATE, shape),
        reference=pair.side(REFERENCE, shape),
        settings=settings,
        points=tuple(points),
        environment={**machine, "before": before, "after": after},
        notes=tuple(dict.fromkeys([*runner.notes, *runner.said_of_changes(), *_said_of_zeros(points)])),
    )


def check(settings: BenchSettings) -> None:
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


class _Benchmark:
    """Builds what is measured; `notes` are what had to be assumed."""

    def __init__(
        self,
        pair: NetworkPair,
        networks: Sequence[Sized],
        settings: BenchSettings,
        device: TorchDevice,
        shape: tuple[int, ...],
    ) -> None:
        self.pair, self.networks, self.settings, self.device, self.shape = pair, networks, settings, device, shape
        self.dtype: torch.dtype = getattr(torch, settings.dtype)
        self.notes: list[str] = []
        self.names = display_names(pair.outcome)
        live = {arm: pair.live[arm == REFERENCE] for arm in ARMS}
        self.changes = {arm: Changes(address) for arm, address in live.items() if address}

    def point(self, batch: int, tell: Callable[[Progress], None] | None, pace: Plan) -> Point:
        settings = self.settings
        if settings.clock not in ("auto", *self.device.clocks):
            way_out = f"auto or {' or '.join(self.device.clocks)}"
            raise UsageError(f"--clock {settings.clock}: not on {settings.device}", way_out=way_out)
        if settings.compile:
            torch._dynamo.reset()  # a cache holds eight variants, and each batch size is one
        clock = "" if settings.clock == "auto" else settings.clock
        plan = replace(
            pace,
            batch=batch,
            budget=settings.budget,
            rule=settings.rule,
            seed=settings.seed,
            clock=clock,
            because=f"{clock} time, as asked for" if clock else self.device.why,
            threads=settings.threads,
        )
        if why := self.too_large(batch):
            return Point(batch, stopped="failed", clock=self.device.clocks[0], errors=dict.fromkeys(ARMS, why))
        point = measure(self.bench(batch), plan, tell)
        if point.stopped == "interrupted":
            return point
        try:
            return replace(point, values=self.values(point))
        except KeyboardInterrupt:  # what was timed is whole
            return replace(point, stopped="interrupted")

    def too_large(self, batch: int) -> str:
        """Why both do not fit into memory at once."""
        x, place, keeps = (batch, *self.shape), self.device.place, self.settings.mode == "train"
        try:
            memory.check_memory(self.networks, x, place, self.dtype, "", keeps)
        except BuildError as error:
            return f"at batch {batch}, {error.message}"
        return ""

    def bench(self, batch: int) -> Bench:
        outcome = self.pair.outcome
        every = (*outcome.candidate.layers, *outcome.reference.layers)
        return Bench(
            build=self.instance,
            draw=partial(self.draw, batch),
            device=self.device,
            shape=_shape,
            context=self.context,
            kept=self.kept,
            watched=self.watched,
            pad=lambda size: torch.empty(size, dtype=torch.uint8, device=self.device.place),
            begin=self.begin,
            pairs=tuple(outcome.pairs) if self.settings.layers else (),
            names=self.names,
            classes={layer.path: layer.class_name for layer in every},
        )

    def context(self) -> AbstractContextManager[object]:
        return nullcontext() if self.settings.mode == "train" else torch.inference_mode()

    def kept(self, arm: str) -> AbstractContextManager[object]:
        """What a live module sets for all is not there for the others."""
        changes = self.changes.get(arm)
        return restored(changes, SETTINGS) if changes else nullcontext()

    def watched(self, arm: str, instance: Instance) -> object:
        """A call that shows what it does beside computing; what comes of it stands in the notes."""
        changes = self.changes.get(arm)
        if changes is None:
            return self.with_note(arm, instance.call())
        versions = [each._version for each in instance.inputs]
        with restored(changes), console.captured_output() as heard:
            made = instance.call()
        if [each._version for each in instance.inputs] != versions:
            changes.add("changes its input in place; the other network has an input of its own")
        if heard.bytes:
            changes.add(f"{_WRITES}; its time includes that")
        return self.with_note(arm, made)

    def with_note(self, arm: str, made: object) -> object:
        """The output; a note where it shows nothing: what computes nothing is quick."""
        outputs = verify.output_tensors(made)
        if self.settings.mode == "inference" and (nothing := verify.why_uninformative(outputs)):
            note = f"the output of {self.names[arm == REFERENCE]} {nothing}: the timed computation may be meaningless"
            self.notes += [note] if note not in self.notes else []
        return made

    def begin(self) -> None:
        """Before each round. What was compiled stays: the next instance has the same code and needs no compiling."""
        gc.collect()

    def draw(self, batch: int, seed: int) -> tuple[Tensor, ...]:
        """Normal numbers, or indices where the first layer of one looks them up; several, that calls take in turn.

        What picks winners takes longer on one input than on another: with a single sample to a round, the ratio of the
        note's networks moved by 9 % between rounds, with 16 by 4 %.
        """
        single = self.settings.mode == "train" or self.settings.cuda_graphs
        generator = torch.Generator().manual_seed(seed)
        return tuple(self._drawn(batch, generator) for _ in range(1 if single else max(1, _INPUTS // batch)))

    def _drawn(self, batch: int, generator: torch.Generator) -> Tensor:
        x = random_input(self.networks, (batch, *self.shape), generator, torch.float32).to(self.device.place)
        x = x.to(self.dtype) if x.is_floating_point() else x
        return x.to(memory_format=torch.channels_last) if self.settings.channels_last and x.dim() == 4 else x

    def instance(self, arm: str, seed: int, x: tuple[Tensor, ...]) -> Instance:
        x = tuple([each.clone() for each in x])  # a forward may change it in place
        begin = time.perf_counter()
        module, parts = self.built(arm, seed)
        setup = {"build": time.perf_counter() - begin}
        forward: Any = torch.compile(module) if self.settings.compile else module
        call = self.call(arm, module, forward, seed, x)
        if self.settings.compile:
            begin = time.perf_counter()
            with self.context():
                call()
            self.device.wait()
            setup["compile"] = time.perf_counter() - begin
        eager = call
        if self.settings.cuda_graphs:
            call = as_cuda_graph(call, self.device)
        paths = [path for pair in self.pair.outcome.pairs if (path := pair[arm == REFERENCE]) is not None]
        return Instance(call, setup, eager, x, {path: parts[path] for path in paths if path in parts})

    def built(self, arm: str, seed: int) -> tuple[nn.Module, Mapping[str, nn.Module]]:
        """New weights, on the device, in the mode that is measured; and the parts by path."""
        module, parts, assumed = build_arm(self.pair, arm, seed, self.device.place, self.dtype, self.changes.get(arm))
        self.notes += [each for each in assumed if each not in self.notes]
        module.train(self.settings.mode == "train")
        if self.settings.channels_last:
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return module, parts

    def call(self, arm: str, module: nn.Module, forward: Any, seed: int, x: tuple[Tensor, ...]) -> Callable[[], object]:
        if self.settings.mode == "inference":
            if len(x) == 1:
                return partial(forward, x[0])
            following = cycle(x).__next__
            return lambda: forward(following())
        stepper, assumed = training.optimizer(module, self.pair.of(arm).recipe)
        if assumed:
            name = self.names[arm == REFERENCE]
            self.notes += [note] if (note := f"{name}: {assumed}") not in self.notes else []
        return training.step(module, stepper, x[0], seed, forward)

    def said_of_changes(self) -> Iterator[str]:
        for changes in self.changes.values():
            yield from changes.notes

    # Metrics

    def values(self, point: Point) -> tuple[MetricValue, ...]:
        """Every metric of both; why one cannot be had stands in its place."""
        timing = point.timing
        found: dict[str, dict[str, tuple[float | None, str]]] = {}
        for arm in (CANDIDATE, REFERENCE):
            seconds = timing.medians[arm] if timing else point.alone.get(arm)
            with self.kept(arm):
                found[arm] = self.measured(arm, point, seconds)
        return tuple(
            MetricValue(
                name,
                metric.unit,
                metric.direction,
                candidate[0],
                reference[0],
                metrics.definition(name),
                "; ".join(dict.fromkeys(note for note in (metric.remark, candidate[1], reference[1]) if note)),
            )
            for name, metric in metrics.all_metrics().items()
            for candidate, reference in [(found[CANDIDATE][name], found[REFERENCE][name])]
            if (candidate, reference) != (_NOTHING, _NOTHING)
        )

    def measured(self, arm: str, point: Point, seconds: float | None) -> dict[str, tuple[float | None, str]]:
        every = metrics.all_metrics()
        if arm in point.errors:
            return dict.fromkeys(every, (None, ""))
        try:
            x = self.draw(point.batch, self.settings.seed)
            module, _ = self.built(arm, self.settings.seed)
            inner = self.call(arm, module, module, self.settings.seed, x[:1])
        except BaseException as error:  # it ran before; a device may be gone since
            _pass_on_interrupts(error)
            return dict.fromkeys(every, (None, _first_line(error)))

        def step() -> object:
            with self.context():
                return inner()

        network = Subject(module, x[0], step, point.batch, seconds, self.settings.device)
        found: dict[str, tuple[float | None, str]] = {}
        for name, metric in every.items():
            try:
                found[name] = (metric.measure(network), "")
            except BaseException as error:
                _pass_on_interrupts(error)
                found[name] = (None, _first_line(error))
        return found


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


def _first_line(error: BaseException) -> str:
    message = error.message if isinstance(error, ArchdiffError) else exceptions.describe(error)
    return (message.splitlines() or [""])[0][:200]


def _pass_on_interrupts(error: BaseException) -> None:
    if isinstance(error, KeyboardInterrupt) and not exceptions.is_foreign(error):
        raise error
