"""The two networks of a benchmark: built from their prints or taken live, and one of them as a call on its inputs.

Must not decide how often anything is called.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import torch
from torch import nn

from archdiff import infer
from archdiff.execute.bench.record import REFERENCE, BenchedNetwork
from archdiff.execute.building.build import build
from archdiff.execute.building.can_run import check_both
from archdiff.execute.building.supplied_settings import supplied_for
from archdiff.execute.devices.device import TorchDevice
from archdiff.execute.live import importing
from archdiff.execute.live.global_state import Changes
from archdiff.infer import Sized
from archdiff.model.facts import Fact, Provenance
from archdiff.model.network import Network
from archdiff.model.outcome import NetworkInfo, Outcome
from archdiff.semantics import rules


@dataclass(frozen=True, slots=True)
class NetworkPair:
    """The two networks as printed, and what the comparison of their texts found."""

    candidate: Network
    reference: Network
    outcome: Outcome
    supplied: tuple[Fact, ...] = ()  # what no print holds, by path or class
    live: tuple[str, str] = ("", "")  # addresses of live modules, "" for prints
    input_shape: tuple[int, ...] | None = None  # as it was given, without the batch

    def of(self, arm: str) -> Network:
        """The network of an arm: the candidate, the reference, or a copy of the candidate."""
        return self.reference if arm == REFERENCE else self.candidate

    def facts(self, arm: str) -> NetworkInfo:
        """What the comparison tells of it."""
        return self.outcome.reference if arm == REFERENCE else self.outcome.candidate

    def side(self, arm: str, shape: tuple[int, ...]) -> BenchedNetwork:
        """It as the record describes it, with the size of its input."""
        facts = self.facts(arm)
        name = display_names(self.outcome)[arm == REFERENCE]
        return BenchedNetwork(name, facts.source, shape, facts.label, facts.class_name, facts.parameters)


def check_both_run(pair: NetworkPair) -> tuple[Sized, ...]:
    """Both with the shapes of their texts, once what is built from a print can be run from it.

    Raises:
        BuildError: it cannot.
        UsageError: a path in what is given is in neither network.
    """
    facts = pair.outcome.candidate
    shape = facts.input_shape if facts.input_shape_from == Provenance.GIVEN.value else None
    networks = tuple([_sized(network, shape) for network in (pair.candidate, pair.reference)])
    check_both(networks, pair.live, pair.supplied)
    return networks


def _sized(network: Network, shape: tuple[int, ...] | None) -> Sized:
    [sized] = infer.infer(rules.normalized((network,)), shape)
    return sized


def build_arm(
    pair: NetworkPair, arm: str, seed: int, place: torch.device, dtype: torch.dtype, changes: Changes | None = None
) -> tuple[nn.Module, Mapping[str, nn.Module], tuple[str, ...]]:
    """(the module with new weights, its parts by path, what had to be assumed)."""
    network, address = pair.of(arm), pair.live[arm == REFERENCE]
    if address:
        module = importing.new_module(address, seed, place, dtype, changes)
        return module, dict(module.named_modules(remove_duplicate=False)), ()
    supplied = supplied_for(pair.supplied, pair.candidate, pair.reference)[arm == REFERENCE]
    built = build(network, device=place, dtype=dtype, seed=seed, supplied=supplied)
    return built.module, built.by_path, tuple(map(str, built.assumptions))


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
        runs = []
        for _ in range(calls):
            device.ahead(host)
            runs.append(self._traced(device))
        return {path: median(run[path] for run in runs) for path in runs[0]}

    def _traced(self, device: TorchDevice) -> dict[str, float]:
        trace: Any = device.traced()
        begun: dict[str, Any] = {}
        spans: list[tuple[str, Any, Any]] = []
        handles = []
        for path, part in self.parts.items():
            handles += [
                part.register_forward_pre_hook(lambda *_, path=path: begun.update({path: trace.mark()})),
                part.register_forward_hook(lambda *_, path=path: spans.append((path, begun[path], trace.mark()))),
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


def display_names(outcome: Outcome) -> tuple[str, str]:
    """How the two are called in a sentence."""
    candidate, reference = outcome.candidate.label, outcome.reference.label
    if candidate and reference and candidate != reference and max(len(candidate), len(reference)) <= 30:
        return candidate, reference
    return "the candidate", "the reference"


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
