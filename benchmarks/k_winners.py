"""What KWinners costs against a plain torch.topk + scatter of the same input.

    python benchmarks/k_winners.py [--seconds 0.5] [--units 1500 12544 50176] [--batch 1 16 64] [--kernels]

One thread. Every round runs all of them, in random order, on the same new input, so that a machine that slows down
slows all and no branch is learned by heart. `plain` is a function, torch.topk and scatter_, without boosting; `same` is
a layer with boosting and duty cycles, written the obvious way around topk and scatter_. Eval is forward without
gradients, train is forward and backward. Prints the median of the ratios to `plain` and the quarters; --kernels
compares ways to pick the winners instead. Judges nothing.
"""

from __future__ import annotations

import argparse
import platform
import random
import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from archdiff.nn import KWinners

SHARES = {1500: 0.067, 12544: 0.095, 50176: 0.095}
PRINTED: Mapping[str, Any] = {"k_inference_factor": 1.0, "boost_strength_factor": 0.9, "duty_cycle_period": 1000}
LAYERS: Mapping[str, Mapping[str, Any]] = {
    "strict": {"boost_strength": 1.5},
    "ties win": {"boost_strength": 1.5, "break_ties": False},
    "strict, no boost": {"boost_strength": 0.0},
    "ties win, no boost": {"boost_strength": 0.0, "break_ties": False},
}


def plain(x: Tensor, k: int) -> Tensor:
    values, places = x.topk(k)
    return torch.zeros_like(x).scatter_(-1, places, values)


class Same(nn.Module):
    """What KWinners computes with ties broken, one line a formula."""

    duty: Tensor

    def __init__(self, n: int, k: int, device: str) -> None:
        super().__init__()
        self.k, self.seen = k, 0
        self.register_buffer("duty", torch.zeros(n, device=device))

    def forward(self, x: Tensor) -> Tensor:
        boosted = x.detach() * torch.exp(-1.5 * self.duty)
        places = boosted.topk(self.k).indices
        out = torch.zeros_like(x).scatter_(-1, places, x.gather(-1, places))
        if self.training:
            self.seen += len(x)
            period = min(1000, self.seen)
            self.duty = (self.duty * (period - len(x)) + (out.detach() > 0).sum(0)) / period
        return out


def unsorted_scatter(x: Tensor, k: int) -> Tensor:
    places = x.detach().topk(k, sorted=False).indices
    return torch.zeros_like(x).scatter_(-1, places, x.gather(-1, places))


def unsorted_multiply(x: Tensor, k: int) -> Tensor:
    seen = x.detach()
    kth = seen.topk(k, sorted=False).values.amin(-1, keepdim=True)
    return x * torch.ge(seen, kth, out=torch.empty_like(seen))


def unsorted_where(x: Tensor, k: int) -> Tensor:
    seen = x.detach()
    return torch.where(seen >= seen.topk(k, sorted=False).values.amin(-1, keepdim=True), x, 0)


def kthvalue_multiply(x: Tensor, k: int) -> Tensor:
    seen = x.detach()
    kth = seen.kthvalue(seen.shape[-1] - k + 1, -1, True).values
    return x * torch.ge(seen, kth, out=torch.empty_like(seen))


def sort_multiply(x: Tensor, k: int) -> Tensor:
    seen = x.detach()
    kth = seen.sort(-1).values[..., -k].unsqueeze(-1)
    return x * torch.ge(seen, kth, out=torch.empty_like(seen))


_KERNELS = (unsorted_scatter, unsorted_multiply, unsorted_where, kthvalue_multiply, sort_multiply)
KERNELS = {kernel.__name__: kernel for kernel in _KERNELS}


def layers(n: int, device: str) -> tuple[int, dict[str, nn.Module]]:
    """k, and the layers after a few steps of training, so that there are duty cycles to boost with."""
    share = SHARES.get(n, 0.1)
    made: dict[str, nn.Module] = {
        name: KWinners(n=n, percent_on=share, **PRINTED, **settings, device=device) for name, settings in LAYERS.items()
    }
    strict = made["strict"]
    assert isinstance(strict, KWinners)
    k = strict.k
    made["same"] = Same(n, k, device)
    for module in made.values():
        for _ in range(3):
            module(torch.randn(16, n, device=device))
    return k, made


def measure(
    calls: dict[str, Callable[[Tensor], Tensor]], shape: tuple[int, int], device: str, train: bool, seconds: float
) -> dict[str, list[float]]:
    """Seconds of every round, by name; at least five rounds behind an uncounted one."""
    gradient = torch.randn(shape, device=device)
    taken: dict[str, list[float]] = {name: [] for name in calls}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(taken["plain"]) < 6:
        x = torch.randn(shape, device=device, requires_grad=train)
        for name in random.sample(list(calls), len(calls)):  # who comes first finds the caches cold
            taken[name].append(_once(calls[name], x, gradient, train))
    return {name: rounds[1:] for name, rounds in taken.items()}


def _once(call: Callable[[Tensor], Tensor], x: Tensor, gradient: Tensor, train: bool) -> float:
    x.grad = None
    _wait(x)
    begin = time.perf_counter()
    if train:
        call(x).backward(gradient)  # type: ignore[no-untyped-call]
    else:
        with torch.no_grad():
            call(x)
    _wait(x)
    return time.perf_counter() - begin


def _wait(x: Tensor) -> None:
    if x.is_cuda:
        torch.cuda.synchronize()


def line(taken: dict[str, list[float]]) -> str:
    cells = []
    for name, own in taken.items():
        if name != "plain":
            ratios = [mine / base for mine, base in zip(own, taken["plain"], strict=True)]
            low, middle, high = statistics.quantiles(ratios, n=4)
            cells.append(f"{name} {middle:.2f} ({low:.2f} to {high:.2f})")
    return "  ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=0.5, help="for one line")
    parser.add_argument("--units", type=int, nargs="+", default=list(SHARES))
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--kernels", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(
        f"torch {torch.__version__}, {options.device}, {platform.machine()}, one thread; ratios to plain topk + scatter"
    )
    for n in options.units:
        k, made = layers(n, options.device)
        for batch in options.batch:
            for train in (False, True):
                calls: dict[str, Callable[[Tensor], Tensor]] = {"plain": partial(plain, k=k)}
                if options.kernels:
                    calls |= {name: partial(pick, k=k) for name, pick in KERNELS.items()}
                else:
                    calls |= {name: module.train(train) for name, module in made.items()}
                taken = measure(calls, (batch, n), options.device, train, options.seconds)
                base = 1000 * statistics.median(taken["plain"])
                mode = "train" if train else "eval "
                print(f"n {n:5} k {k:4} batch {batch:2} {mode} plain {base:7.3f} ms  {line(taken)}", flush=True)


if __name__ == "__main__":
    main()
