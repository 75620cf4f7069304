"""Two networks measured side by side: instances, inputs and metrics for `rounds.measure`, and the record of it all.

The one place that knows both networks and the loop. Threads are set for the run and set back; nothing else is changed.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from itertools import cycle
from typing import Any, Final, TypeVar

import torch
from torch import Tensor, nn

from archdiff.execute.bench import console, metrics, training
from archdiff.execute.bench import environment as environments
from archdiff.execute.bench.instances import Instance, NetworkPair, as_cuda_graph
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
from archdiff.execute.building import can_run
from archdiff.execute.devices import device as devices
from archdiff.execute.devices import memory
from archdiff.execute.devices.device import TorchDevice
from archdiff.execute.live import exceptions
from archdiff.execute.live.global_state import SETTINGS, Changes, restored
from archdiff.execute.live.tensors import tensors
from archdiff.execute.runnable import Runnable, make_runnable
from archdiff.execute.running import verify
from archdiff.execute.running.inputs import random_input
from archdiff.model.errors import ArchdiffError, BuildError, UsageError
from archdiff.model.facts import Fact

_T = TypeVar("_T")
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
    _check(settings)
    supplied = can_run.check_both((pair.candidate, pair.reference), pair.live, pair.supplied)
    shape = pair.input_shape or pair.outcome.candidate.input_shape or pair.outcome.reference.input_shape
    if shape is None:
        raise UsageError("the input size is not known", way_out="--input-shape 1,32,32")
    with _quick_collection(), restored(Changes("")):  # the number of threads, and what `watched` names
        torch.set_num_threads(settings.threads)
        device = devices.find_device(settings.device, settings.threads)
        machine = environments.environment(device.place)
        before = {"load": environments.load(), "device": dict(device.state())}
        runner = _Benchmark(pair, supplied, settings, device, shape)
        points: list[Point] = []
        for batch in settings.batches:
            points.append(runner.point(batch, tell, pace or Plan()))
            if points[-1].stopped == "interrupted":
                break
        state, _ = _attempt(device.state)  # it may be gone
        after = {"load": environments.load(), "device": dict(state or {})}
    candidate, reference = pair.described(shape)
    changes = [note for each in runner.changes.values() for note in each.notes]
    return Benched(
        candidate=candidate,
        reference=reference,
        settings=settings,
        points=tuple(points),
        environment={**machine, "before": before, "after": after},
        notes=tuple(dict.fromkeys([*runner.notes, *changes, *_about_zeros(points)])),
    )


def _check(settings: BenchSettings) -> None:
    """What makes no sense is refused before anything is built."""
    if settings.layers and settings.compile:
        raise UsageError("--layers and --compile: compiled layers are fused and have no time of their own")
    if settings.cuda_graphs and not settings.device.startswith("cuda"):
        raise UsageError("--cuda-graphs: only on a CUDA device", way_out="--device cuda")
    if settings.cuda_graphs and settings.mode == "train":
        raise UsageError("--cuda-graphs: only for inference")


class _Benchmark:
    """Builds what is measured; `notes` are what had to be assumed. An arm is a network, or a copy of the candidate."""

    def __init__(
        self,
        pair: NetworkPair,
        supplied: list[tuple[Fact, ...]],
        settings: BenchSettings,
        device: TorchDevice,
        shape: tuple[int, ...],
    ) -> None:
        self.pair, self.supplied, self.settings, self.device, self.shape = pair, supplied, settings, device, shape
        self.dtype = devices.find_dtype(settings.dtype)
        self.networks = pair.candidate, pair.reference
        self.trains = settings.mode == "train"
        self.notes: dict[str, None] = {}
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
        try:
            memory.check_memory(
                self.networks, (batch, *self.shape), self.device.place, self.dtype, way_out="", keeps=self.trains
            )
        except BuildError as error:
            errors = dict.fromkeys(ARMS, f"at batch {batch}, {error.message}")
            return Point(batch, stopped="failed", clock=self.device.clocks[0], errors=errors)
        point = measure(self.bench(batch), plan, tell)
        if point.stopped == "interrupted":
            return point
        try:
            return replace(point, values=self.values(point))
        except KeyboardInterrupt:  # what was timed is whole
            return replace(point, stopped="interrupted")

    def bench(self, batch: int) -> Bench:
        return Bench(
            build=self.instance,
            draw=partial(self.draw, batch),
            device=self.device,
            shape=_shape,
            around=self.around,
            watched=self.watched,
            pad=lambda size: torch.empty(size, dtype=torch.uint8, device=self.device.place),
            begin=gc.collect,  # what was compiled stays: the next instance has the same code
            pairs=tuple(self.pair.outcome.pairs) if self.settings.layers else (),
            names=self.pair.names,
            classes={leaf.path: leaf.layer.class_name for sized in self.networks for leaf in sized.leaves},
        )

    @contextmanager
    def around(self, arm: str) -> Iterator[None]:
        """What a live module sets for all is not there for the others."""
        changes = self.changes.get(arm)
        with restored(changes, SETTINGS) if changes else nullcontext(), torch.inference_mode(not self.trains):
            yield

    def watched(self, arm: str, instance: Instance) -> object:
        """A call that shows what it does beside computing; what comes of it stands in the notes."""
        changes = self.changes.get(arm)
        if changes is None:
            made = instance.call()
        else:
            versions = [each._version for each in instance.inputs]
            with restored(changes):
                made, written = console.bytes_written(instance.call)
            if [each._version for each in instance.inputs] != versions:
                changes.add("changes its input in place; the other network has an input of its own")
            if written:
                changes.add(f"{_WRITES}; its time includes that")
        # what computes nothing is quick
        if not self.trains and (nothing := verify.why_uninformative(verify.output_tensors(made))):
            name = self.pair.names[arm == REFERENCE]
            self.notes[f"the output of {name} {nothing}: the timed computation may be meaningless"] = None
        return made

    def draw(self, batch: int, seed: int) -> tuple[Tensor, ...]:
        """Normal numbers, or indices where the first layer of one looks them up; several, that calls take in turn.

        What picks winners takes longer on one input than on another: with a single sample to a round, the ratio of the
        note's networks moved by 9 % between rounds, with 16 by 4 %.
        """
        single = self.trains or self.settings.cuda_graphs
        generator = torch.Generator().manual_seed(seed)
        return tuple(self._drawn(batch, generator) for _ in range(1 if single else max(1, _INPUTS // batch)))

    def _drawn(self, batch: int, generator: torch.Generator) -> Tensor:
        x = random_input(self.networks, (batch, *self.shape), generator, torch.float32).to(self.device.place)
        x = x.to(self.dtype) if x.is_floating_point() else x
        return x.to(memory_format=torch.channels_last) if self.settings.channels_last and x.dim() == 4 else x

    def instance(self, arm: str, seed: int, x: tuple[Tensor, ...]) -> Instance:
        x = tuple([each.clone() for each in x])  # a forward may change it in place
        begin = time.perf_counter()
        made = self.built(arm, seed)
        setup = {"build": time.perf_counter() - begin}
        forward: Any = torch.compile(made.module) if self.settings.compile else made.module
        call = self.call(arm, made.module, forward, seed, x)
        if self.settings.compile:
            begin = time.perf_counter()
            with self.around(arm):
                call()
            self.device.wait()
            setup["compile"] = time.perf_counter() - begin
        eager = call
        if self.settings.cuda_graphs:
            call = as_cuda_graph(call, self.device)
        paths = [path for pair in self.pair.outcome.pairs if (path := pair[arm == REFERENCE]) is not None]
        return Instance(call, setup, eager, x, {path: made.modules[path] for path in paths if path in made.modules})

    def built(self, arm: str, seed: int) -> Runnable:
        """New weights, on the device, in the mode that is measured."""
        side = arm == REFERENCE
        changes = self.changes.get(arm)
        address = changes.name if changes else ""
        made = make_runnable(
            arm, self.networks[side], address, self.supplied[side], seed, self.device.place, self.dtype, changes
        )
        self.notes |= dict.fromkeys(map(str, made.assumptions))
        made.module.train(self.trains)
        if self.settings.channels_last:
            made.module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return made

    def call(self, arm: str, module: nn.Module, forward: Any, seed: int, x: tuple[Tensor, ...]) -> Callable[[], object]:
        if not self.trains:
            if len(x) == 1:
                return partial(forward, x[0])
            following = cycle(x).__next__
            return lambda: forward(following())
        stepper, assumed = training.optimizer(module, self.networks[arm == REFERENCE].network.recipe)
        if assumed:
            self.notes[f"{self.pair.names[arm == REFERENCE]}: {assumed}"] = None
        return training.step(module, stepper, x[0], seed, forward)

    # Metrics

    def values(self, point: Point) -> tuple[MetricValue, ...]:
        """Every metric of both; why one cannot be had stands in its place."""
        timing = point.timing
        found: dict[str, dict[str, tuple[float | None, str]]] = {}
        for arm in (CANDIDATE, REFERENCE):
            seconds = timing.medians[arm] if timing else point.alone.get(arm)
            with self.around(arm):
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
        subject, why = _attempt(lambda: self.subject(arm, point.batch, seconds))
        if subject is None:  # it ran before; a device may be gone since
            return dict.fromkeys(every, (None, why))
        return {name: _attempt(partial(metric.measure, subject)) for name, metric in every.items()}

    def subject(self, arm: str, batch: int, seconds: float | None) -> Subject:
        x = self.draw(batch, self.settings.seed)
        module = self.built(arm, self.settings.seed).module
        call = self.call(arm, module, module, self.settings.seed, x[:1])

        def step() -> object:
            with torch.inference_mode(not self.trains):
                return call()

        return Subject(module, x[0], step, batch, seconds, self.settings.device)


def _about_zeros(points: list[Point]) -> Iterator[str]:
    for point in points:
        values = {value.name: value for value in point.values}
        dense, sparse = values.get("macs"), values.get("macs_both_sparsities")
        if dense and sparse and (dense.candidate, dense.reference) != (sparse.candidate, sparse.reference):
            yield NO_GAIN


def _shape(out: object) -> object:
    """Of a tensor, or of all that are in a collection."""
    shapes = [tuple(each.shape) for each in tensors(out)]
    return shapes[0] if isinstance(out, Tensor) else shapes


@contextmanager
def _quick_collection() -> Iterator[None]:
    """What is alive now is left out of every round's collection: else it takes as long as building a network."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _attempt(call: Callable[[], _T]) -> tuple[_T | None, str]:
    """What a call gives, or in one line why it gives nothing."""
    try:
        return call(), ""
    except BaseException as error:  # networks raise whatever they like
        if exceptions.is_interrupt(error):
            raise
        message = error.message if isinstance(error, ArchdiffError) else exceptions.describe(error)
        return None, message.partition("\n")[0][:200]
