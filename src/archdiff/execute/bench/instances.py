"""The two networks of a benchmark, and one of them as a call on its inputs.

Must not decide how often anything is called.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

import torch
from torch import nn

from archdiff.execute.bench.record import BenchedNetwork
from archdiff.execute.devices.device import TorchDevice
from archdiff.infer import Sized
from archdiff.model.facts import Fact
from archdiff.model.outcome import Outcome


@dataclass(frozen=True, slots=True)
class NetworkPair:
    """The two networks with the shapes of their texts, and what the comparison of these found."""

    candidate: Sized
    reference: Sized
    outcome: Outcome
    supplied: tuple[Fact, ...] = ()  # what no print holds, by path or class
    live: tuple[str, str] = ("", "")  # addresses of live modules, "" for prints
    input_shape: tuple[int, ...] | None = None  # as it was given, without the batch

    @property
    def names(self) -> tuple[str, str]:
        """How the two are called in a sentence."""
        candidate, reference = self.outcome.candidate.label, self.outcome.reference.label
        if candidate and reference and candidate != reference and max(len(candidate), len(reference)) <= 30:
            return candidate, reference
        return "the candidate", "the reference"

    def described(self, shape: tuple[int, ...]) -> tuple[BenchedNetwork, BenchedNetwork]:
        """Both as the record describes them.

        Args:
            shape: of their input, without the batch.
        """
        candidate, reference = (
            BenchedNetwork(name, info.source, shape, info.label, info.class_name, info.parameters)
            for name, info in zip(self.names, (self.outcome.candidate, self.outcome.reference), strict=True)
        )
        return candidate, reference


@dataclass(frozen=True, slots=True)
class Instance:
    """One network, built, with its input."""

    call: Callable[[], object]
    setup: Mapping[str, float]
    eager: Callable[[], object]
    inputs: tuple[torch.Tensor, ...]
    parts: Mapping[str, nn.Module]  # layers whose time may be measured

    def layers(self, device: TorchDevice, calls: int) -> Mapping[str, float]:
        """Seconds in each layer of a call, the median over a few; what is left of the call stands under "".

        A device that runs behind its host is kept busy until all of a call is launched: else a small layer takes as
        long as the host takes to launch it.
        """
        begin = time.perf_counter()
        self._traced(device)
        host = 2 * (time.perf_counter() - begin)
        traced = []
        for _ in range(calls):
            device.ahead(host)
            traced.append(self._traced(device))
        return {path: median(each[path] for each in traced) for path in traced[0]}

    def _traced(self, device: TorchDevice) -> dict[str, float]:
        begun: dict[str, Any] = {}
        spans: list[tuple[str, Any, Any]] = []

        def enter(path: str, *_: object) -> None:
            begun[path] = device.mark()

        def leave(path: str, *_: object) -> None:
            spans.append((path, begun[path], device.mark()))

        with ExitStack() as hooks:
            for path, part in self.parts.items():
                hooks.enter_context(part.register_forward_pre_hook(partial(enter, path)))
                hooks.enter_context(part.register_forward_hook(partial(leave, path)))
            begin = device.mark()
            self.eager()
            end = device.mark()
        found = dict.fromkeys(self.parts, 0.0)
        for path, before, after in spans:
            found[path] += device.between(before, after)
        found[""] = max(device.between(begin, end) - sum(found.values()), 0.0)
        return found


def as_cuda_graph(call: Callable[[], object], device: TorchDevice) -> Callable[[], object]:
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
