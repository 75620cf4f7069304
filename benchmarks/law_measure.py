"""What two networks do, measured with torch: equal weights, several inputs, both modes, gradients, some training.

The answer is an effect word: "function", "inference", "training" or "same". Must not import archdiff.
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, TypeAlias

import law_layers
import law_networks
import torch
from law_networks import Leaf, Net, built, leaves
from torch import nn

Pair: TypeAlias = tuple[Net, Net]
Weights: TypeAlias = dict[int, int]

SEEDS: Final = (1, 2, 3)  # of the inputs
DRAWS: Final = 2  # of the weights: the second PReLU of two does nothing where the slope of the first is negative
STEPS: Final = 3
RATE: Final = 0.01
TOLERANCE: Final = 1e-9
FLOOR: Final = 1e-3  # numbers below it are compared as if they were as large: 1e-17 and 2e-17 are both nothing
MASKS: Final = 1500  # of dropouts, where only their distribution can tell


def measured(pair: Pair, weights: Weights | None = None) -> str:
    """What differs when equal layers have equal weights; `weights`: as in `built`, for the second network."""
    if _parameters_differ(pair, weights or {}):
        return "function"
    found = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for draw in range(DRAWS):
            found |= _modes_that_differ(pair, weights, draw)
            if len(found) > 1:
                return "function"
    return found.pop() if found else "same"


def weakest(pair: Pair) -> str:
    """The same for every way to say which layers are equal: two networks compute the same where one of them does."""
    found = {measured(pair), *(measured(pair, weights) for weights in _correspondences(pair))}
    return next(effect for effect in ("same", "training", "inference", "function") if effect in found)


def ill_conditioned(pair: Pair) -> bool:
    """Whether one of the networks makes a difference of rounding large enough to count as one."""
    for net in pair:
        for train in (False, True):
            module = built(net)[0].train(train)
            if net.tokens:
                continue
            x = law_networks.inputs(net, SEEDS[0]).detach()
            with torch.no_grad():
                outputs = [module(each.clone()) for each in (x, x * (1 + 1e-13), x + 1e-14)]
            if any(differ(outputs[0], output) for output in outputs[1:]):
                return True
    return False


def same_distribution(pair: Pair) -> bool:
    """Whether the outputs in training have the same moments over many masks: 6 standard errors, three projections."""
    statistics = []
    for offset, net in enumerate(pair):
        module = built(net)[0].train()
        x = law_networks.inputs(net, SEEDS[0]).detach()
        rows = []
        with torch.no_grad():
            for draw in range(MASKS):
                law_networks.masks[0] = 1 + 2 * draw + offset
                rows.append(module(x.clone()).flatten())
        law_networks.masks[0] = 0
        statistics.append(torch.stack(rows))
    if statistics[0].shape != statistics[1].shape:
        return False
    return all(_moments_agree(*(projected(each) for each in statistics)) for projected in _projections(statistics[0]))


def differ(first: torch.Tensor, second: torch.Tensor, scale: float = FLOOR) -> bool:
    """In shape, or by more than rounding."""
    if first.shape != second.shape:
        return True
    largest = max(scale, float(first.abs().max()), float(second.abs().max()))
    return not bool((first - second).abs().max() <= TOLERANCE * largest)


class _Running:
    """One network that runs: its modules, and its parameters by the uid and name that they have."""

    def __init__(self, net: Net, weights: Weights | None, draw: int = 0) -> None:
        self.net = net
        self.module, self.parts = built(net, weights, draw)

    def output(self, seed: int, train: bool) -> tuple[torch.Tensor, torch.Tensor]:
        x = law_networks.inputs(self.net, seed)
        if x.requires_grad:
            x.retain_grad()
        return self.module.train(train)(x if self.net.tokens else x * 1), x

    def gradients(self, seed: int) -> tuple[torch.Tensor, dict[tuple[int, str], torch.Tensor]]:
        """Output and gradients in training, of one loss that weighs every output differently."""
        self.module.zero_grad()
        output, x = self.output(seed, True)
        if output.requires_grad:
            _loss(output, seed).backward()  # type: ignore[no-untyped-call]
        found = {(-1, "input"): x.grad} if x.grad is not None else {}
        for uid, part in self.parts.items():
            for name, parameter in part.named_parameters():
                if parameter.grad is not None:
                    found[uid, name] = parameter.grad.to_dense().clone()
        return output.detach(), found

    def step(self) -> None:
        """One step of gradient descent, shortened where the gradients are large."""
        gradients = [(each, each.grad.to_dense()) for each in self.module.parameters() if each.grad is not None]
        size = max([1.0, *(float(gradient.norm()) for _, gradient in gradients)])
        with torch.no_grad():
            for parameter, gradient in gradients:
                parameter.sub_(gradient, alpha=RATE / size)


def _loss(output: torch.Tensor, seed: int) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    factors = torch.randn(output.shape, generator=draw, dtype=output.dtype)
    return (output * factors).sum() + 0.1 * output.square().sum()


def _modes_that_differ(pair: Pair, weights: Weights | None, draw: int) -> set[str]:
    first, second = (_Running(net, own, draw) for net, own in zip(pair, (None, weights), strict=True))
    keys = {uid: (weights or {}).get(uid, uid) for uid in second.parts}
    evaluated = _evaluation_differs(first, second)
    trained = _training_differs(first, second, keys)
    if not evaluated and not trained:
        _copy(first, second, keys)
        evaluated = _evaluation_differs(first, second)
    return {mode for mode, differs in (("inference", evaluated), ("training", trained)) if differs}


def _evaluation_differs(first: _Running, second: _Running) -> bool:
    """With equal statistics, and with those that the norms of each take of the same data."""
    if not _outputs_differ(first, second):
        return False
    if not _has_statistics(first, second):
        return True
    return _outputs_differ(*(_with_own_statistics(each) for each in (first, second)))


def _outputs_differ(first: _Running, second: _Running) -> bool:
    with torch.no_grad():
        return any(differ(first.output(seed, False)[0], second.output(seed, False)[0]) for seed in SEEDS)


def _has_statistics(*both: _Running) -> bool:
    return any(_statistics(part) for each in both for part in each.parts.values())


def _statistics(part: nn.Module) -> bool:
    return getattr(part, "running_mean", None) is not None


def _with_own_statistics(running: _Running) -> _Running:
    """A copy whose norms have the statistics of its own data: a bias before a norm then is in their mean."""
    copy = _Running(running.net, None)
    copy.module.load_state_dict(running.module.state_dict())
    norms: list[Any] = [part for part in copy.parts.values() if _statistics(part)]
    momenta = [(part, part.momentum) for part in norms]
    for part, _ in momenta:
        part.momentum = None  # the mean over all that is seen
        part.reset_running_stats()
    with torch.no_grad():
        for seed in SEEDS:
            copy.output(seed, True)
    for part, momentum in momenta:
        part.momentum = momentum
    return copy


def _training_differs(first: _Running, second: _Running, keys: Weights) -> bool:
    """Outputs in training, gradients of what both have, and all of it again behind every step."""
    for seed in range(10, 10 + STEPS):
        (output, mine), (other, theirs) = first.gradients(seed), second.gradients(seed)
        if differ(output, other):
            return True
        theirs = {(keys.get(uid, uid), name): tensor for (uid, name), tensor in theirs.items()}
        shared = mine.keys() & theirs.keys()
        scale = max([FLOOR, *(float(tensor.abs().max()) for tensor in mine.values())])
        if any(differ(mine[key], theirs[key], scale) for key in shared):
            return True
        for each in (first, second):
            each.step()
    return _statistics_differ(first, second, keys)


def _statistics_differ(first: _Running, second: _Running, keys: Weights) -> bool:
    """What training made of the variances of norms that both have: momentum shows there alone.

    The means would also show a bias before the norm, which changes nothing else.
    """
    part: Any
    for uid, part in second.parts.items():
        twin: Any = first.parts.get(keys[uid])
        both = twin is not None and _statistics(part) and _statistics(twin)
        if both and type(part) is type(twin) and differ(part.running_var, twin.running_var):
            return True
    return False


def _copy(source: _Running, target: _Running, keys: Weights) -> None:
    """Trained weights and statistics, of layers that both have."""
    for uid, part in target.parts.items():
        twin = source.parts.get(keys[uid])
        if twin is not None:
            own = part.state_dict()
            kept = {name: value for name, value in twin.state_dict().items() if name in own}
            part.load_state_dict({**own, **kept})


def _parameters_differ(pair: Pair, weights: Weights) -> bool:
    """Whether a layer of both has weights of another shape, so that none can be equal."""
    first, second = (built(net)[1] for net in pair)
    for uid, part in second.items():
        twin = first.get(weights.get(uid, uid))
        if twin is not None and type(twin) is type(part):
            shapes = {name: tensor.shape for name, tensor in twin.named_parameters()}
            if any(shapes.get(name, tensor.shape) != tensor.shape for name, tensor in part.named_parameters()):
                return True
    return False


# Which layers are equal


def _correspondences(pair: Pair) -> Iterator[Weights]:
    """Ways to give the layers of the second network weights of the first, other than by uid."""
    first, second = ([leaf for _, leaf in leaves(net.root)] for net in pair)
    for key in (_text, _class_name):
        texts = [key(leaf) for leaf in first], [key(leaf) for leaf in second]
        matcher = difflib.SequenceMatcher(None, *texts, autojunk=False)
        aligned: Weights = {}
        for at, other, size in matcher.get_matching_blocks():
            aligned |= {second[other + i].uid: first[at + i].uid for i in range(size)}
        yield _completed(aligned, second)
        in_order: Weights = {}
        for text in dict.fromkeys(texts[1]):
            both = ([leaf.uid for leaf in side if key(leaf) == text] for side in (second, first))
            in_order |= dict(zip(*both, strict=False))
        yield _completed(in_order, second)


def _text(leaf: Leaf) -> str:
    return law_layers.prints(leaf.cls, leaf.arguments)


def _class_name(leaf: Leaf) -> str:
    return leaf.cls.__name__


def _completed(found: Weights, second: list[Leaf]) -> Weights:
    """What has no counterpart keeps weights that nothing else has."""
    return {leaf.uid: found.get(leaf.uid, 10_000 + leaf.uid) for leaf in second}


# Distributions


def _projections(rows: torch.Tensor) -> Iterator[Callable[[torch.Tensor], torch.Tensor]]:
    for seed in range(3):
        draw = torch.Generator().manual_seed(seed)
        direction = torch.randn(rows.shape[1], generator=draw, dtype=rows.dtype)
        yield partial(_projected, direction)


def _projected(direction: torch.Tensor, each: torch.Tensor) -> torch.Tensor:
    return each @ direction


def _moments_agree(first: torch.Tensor, second: torch.Tensor) -> bool:
    middle = first.mean()
    for power in (1, 2):
        values = [(each - middle) ** power for each in (first, second)]
        error = sum(float(each.var()) / MASKS for each in values) ** 0.5
        gap = abs(float(values[0].mean() - values[1].mean()))
        if gap > 6 * error + TOLERANCE * float(first.abs().max()):
            return False
    return True


def is_random(pair: Pair) -> bool:
    """Whether one of the networks holds a layer that draws numbers in training."""
    return any(isinstance(part, law_networks.IS_RANDOM) for net in pair for part in built(net)[1].values())
