"""What every layer does when the network runs, against what its text promises.

A forward in training and one in eval mode, fed with the same white noise; running statistics of batch norms are those
of that noise, as they are after training. What differs from the text is a finding about one side. Must not compare.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import torch
from torch import Tensor, nn

from archdiff.execute.runnable import Runnable, place_of
from archdiff.execute.running.arguments import Arguments
from archdiff.execute.running.trace import LayerCall, Trace, forward
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.model.network import UNKNOWN, ancestors
from archdiff.model.running import LayerRun
from archdiff.model.wording import listed, percent, size
from archdiff.semantics.kinds import Trait

_FAR: Final = 0.1  # an estimate behind pooling that is this far off is reported; small maps are off by half of it
_STARTS_ANEW: Final = frozenset({Trait.PICKS_WINNERS, Trait.AFFINE_MAP, Trait.CHANNEL_SCALE})
_LISTED: Final = 3  # layers that a finding about the order names


def observe(network: Runnable, x: Arguments) -> tuple[tuple[LayerRun, ...], tuple[Finding, ...]]:
    """Runs a network in training and in eval mode.

    Args:
        network: which runs; its running statistics become those of this input.
        x: what it takes, on its device.

    Returns:
        What each leaf did, and a finding for each that did not do what its text promises.

    Raises:
        BuildError: the network cannot take the input.
    """
    with _calibrated(network.module):
        training = forward(network, x, True)
    inference = forward(network, x, False)
    measured = tuple(_measured(leaf, network, training, inference) for leaf in network.sized.leaves)
    found = [*_order(network, inference)]
    if not x.first.is_meta:
        found += [*_winners(network, training, "training"), *_winners(network, inference, "eval mode")]
    for leaf, run in zip(network.sized.leaves, measured, strict=True):
        found += [*_shape(network, leaf, run), *_weights(network, leaf, run)]
    found += _densities(network, measured)
    return measured, tuple(found)


def shapes_only(network: Runnable, x: Arguments) -> tuple[tuple[LayerRun, ...], tuple[Finding, ...]]:
    """The same where nothing is allocated: order and shapes.

    Args:
        network: on "meta".
        x: what it takes, on "meta".
    """
    trace = forward(network, x, False)
    measured = tuple(_measured(leaf, network, None, trace) for leaf in network.sized.leaves)
    both = zip(network.sized.leaves, measured, strict=True)
    return measured, (*_order(network, trace), *(each for leaf, run in both for each in _shape(network, leaf, run)))


@contextmanager
def _calibrated(module: nn.Module) -> Iterator[None]:
    """Statistics of the first batch in full, where a momentum would take a tenth of it."""
    norms: Any = [m for m in module.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    norms = [norm for norm in norms if norm.track_running_stats and norm.num_batches_tracked is not None]
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = None if not norm.num_batches_tracked.is_meta and not norm.num_batches_tracked else norm.momentum
    try:
        yield
    finally:
        for norm, momentum in zip(norms, before, strict=True):
            norm.momentum = momentum


# One layer


def _measured(leaf: Leaf, network: Runnable, training: Trace | None, inference: Trace) -> LayerRun:
    module = network.modules.get(leaf.path)
    called = [(place, call) for place, call in enumerate(inference.calls, 1) if call.path == leaf.path]
    trained = _last(training, leaf.path)
    last = called[-1][1] if called else None
    picks = leaf.has(Trait.PICKS_WINNERS)
    return LayerRun(
        path=leaf.path,
        class_name=leaf.layer.class_name,
        calls=tuple(place for place, _ in called),
        output_shape=tuple(last.output.shape[1:]) if last and last.output is not None else None,
        density=_share(trained.output) if trained else None,
        density_inference=_share(last.output) if last else None,
        k=_most(leaf, trained) if picks else None,
        k_inference=_most(leaf, last) if picks else None,
        weight_density=_share(_weight(module)) if leaf.kind and leaf.kind.weight_rows else None,
    )


def _last(trace: Trace | None, path: str) -> LayerCall | None:
    return next((call for call in reversed(trace.calls) if call.path == path), None) if trace else None


def _share(x: Tensor | None) -> float | None:
    """Of non-zero numbers."""
    return None if x is None or x.is_meta or not x.numel() else int(x.count_nonzero()) / x.numel()


def _weight(module: nn.Module | None) -> Tensor | None:
    """Of a layer, or of the layer in its wrapper."""
    inner = getattr(module, "module", module)
    weight = getattr(inner, "weight", None)
    return weight.detach() if isinstance(weight, Tensor) else None


def _most(leaf: Leaf, call: LayerCall | None) -> int | None:
    counts = _active(leaf, call)
    return None if counts is None else int(counts.max())


def _active(leaf: Leaf, call: LayerCall | None) -> Tensor | None:
    """Non-zero outputs of each sample, of each position where winners are picked there."""
    if call is None or call.output is None or call.output.is_meta or not call.output.numel():
        return None
    y = call.output
    if leaf.settings.known("local") is True:
        return y.count_nonzero(1)
    if y.dim() > 2 and leaf.layer.kind == "k_winners":
        return y.count_nonzero(-1)
    return y.flatten(1).count_nonzero(1)


# Against the text


def _shape(network: Runnable, leaf: Leaf, run: LayerRun) -> Iterator[Finding]:
    if run.output_shape is not None and leaf.output_shape is not None and run.output_shape != leaf.output_shape:
        message = (
            f"{leaf.title} gave {size(run.output_shape)} when it ran, {size(leaf.output_shape)} according to its text"
        )
        yield _finding(network, "AD901", message, "shape", leaf)


def _winners(network: Runnable, trace: Trace, mode: str) -> Iterator[Finding]:
    """More than k units pass only where they tie; fewer where fewer are positive, because zeros can win."""
    for call in trace.calls:
        leaf = network.leaves.get(call.path)
        counts = _active(leaf, call) if leaf else None
        won = leaf.winners if leaf else None
        k = None if won is None else won.k if mode == "training" else won.k_inference
        if leaf is None or counts is None or k is None or won is None or won.n is None:
            continue
        least, most = int(counts.min()), int(counts.max())
        enough = call.positive is not None and call.positive >= k and leaf.settings.known("local") is not True
        ties = leaf.settings.known("break_ties") is False
        if (most > k and not ties) or (least < k and enough):
            message = (
                f"{least if most <= k else most} of {won.n} units of {leaf.title} are non-zero in {mode}, k is {k}"
            )
            yield _finding(network, "AD902", message, "k-winners", leaf)


def _weights(network: Runnable, leaf: Leaf, run: LayerRun) -> Iterator[Finding]:
    printed = leaf.settings.known("weight_density")
    weight = _weight(network.modules.get(leaf.path))
    if printed is UNKNOWN or not isinstance(printed, (int, float)) or run.weight_density is None or weight is None:
        return
    if abs(printed - run.weight_density) * weight.numel() > 1 + _drawn_zeros(weight):
        share = f"{percent(run.weight_density)} of the weights of {leaf.title}"
        text = f"{share} are non-zero, {percent(printed)} according to its text"
        yield _finding(network, "AD902", text, "weight-density", leaf)


def _drawn_zeros(weight: Tensor) -> float:
    """About how many of so many random numbers are zero: drawn in half precision, they come in steps of 1 / 1024."""
    return 2 * weight.numel() * torch.finfo(weight.dtype).eps


#: zero whole samples, of which a run has too few for a share of them
_DROPS_SAMPLES: Final = frozenset({"drop_path"})


def _densities(network: Runnable, measured: Sequence[LayerRun]) -> Iterator[Finding]:
    """Estimates behind pooling and dropout, as long as what comes in is as estimated."""
    known = True
    for leaf, run in zip(network.sized.leaves, measured, strict=True):
        both = (("training", run.density, leaf.density), ("eval mode", run.density_inference, leaf.density_inference))
        if leaf.layer.kind in _DROPS_SAMPLES:
            known = False
        off = [(mode, a, b) for mode, a, b in both if a is not None and b is not None and abs(a - b) > _FAR]
        if leaf.traits & _STARTS_ANEW:  # weights without a bias can give zeros, k-winners of too few positive inputs
            known = not off
        elif off and known:
            known = False
            mode, share, estimated = off[0]
            text = f"{percent(share)} of the output of {leaf.title} is non-zero in {mode}"
            text = f"{text}, estimated {percent(estimated)}"
            yield _finding(network, "AD902", text, "density", leaf)


def _order(network: Runnable, trace: Trace) -> Iterator[Finding]:
    """Layers that are never called, called more than once, or called in another order than printed."""
    leaves = _called_leaves(network.sized.leaves)
    times = {leaf.path: 0 for leaf in leaves}
    for call in trace.calls:
        times[call.path] = times.get(call.path, 0) + 1
    never = [leaf for leaf in leaves if not times[leaf.path] and leaf.path in network.modules]  # not `q+k+v`
    often = [leaf for leaf in leaves if times[leaf.path] > 1]
    if never:
        yield _about(network, f"never called: {listed([leaf.title for leaf in never], _LISTED)}", never)
    if often:
        names = [f"{leaf.title} ({times[leaf.path]} times)" for leaf in often]
        yield _about(network, f"called more than once: {listed(names, _LISTED)}", often)
    if later := _out_of_order([leaf for leaf in leaves if times[leaf.path] == 1], trace):
        names = [f"{leaf.path} after {behind}" for leaf, behind in later]
        yield _about(
            network, f"called in another order than printed: {listed(names, _LISTED)}", [leaf for leaf, _ in later]
        )


def _called_leaves(leaves: Sequence[Leaf]) -> list[Leaf]:
    """Without the parts of an attention or of a wrapped layer, which are used by it and not called."""
    paths = {leaf.path for leaf in leaves if leaf.path}
    return [leaf for leaf in leaves if paths.isdisjoint(ancestors(leaf.path.rpartition(".")[0]))]


def _out_of_order(leaves: Sequence[Leaf], trace: Trace) -> list[tuple[Leaf, str]]:
    """Leaves that ran behind one that is printed after them."""
    printed = {leaf.path: place for place, leaf in enumerate(leaves)}
    found: list[tuple[Leaf, str]] = []
    last = -1
    for call in trace.calls:
        place = printed.get(call.path)
        if place is None:
            continue
        if place < last:
            found.append((leaves[place], leaves[last].path))
        last = max(last, place)
    return found


def _about(network: Runnable, message: str, leaves: Sequence[Leaf]) -> Finding:
    first = _finding(network, "AD903", f"the {network.name}, when it ran: {message}", "order", leaves[0])
    places = tuple(network.alone(place_of(leaf)) for leaf in leaves)
    return replace(first, count=len(leaves), places=places) if len(leaves) > 1 else first


def _finding(network: Runnable, rule: str, message: str, aspect: str, leaf: Leaf) -> Finding:
    """Facts about one side that its text does not hold."""
    return Finding(rule, Effect.UNKNOWN, message, aspect, *network.alone(place_of(leaf)))
