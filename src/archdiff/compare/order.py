"""What it changes that two layers change places, or that one is missing: derived from the traits of their kinds alone.

Each line is a fact of mathematics, so a new kind gets the right effect from its traits.
"""

from __future__ import annotations

from collections.abc import Iterable

from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import NotKnown, Shape, Trait


def swapped(a: Leaf, b: Leaf) -> tuple[Effect, str]:
    """What changes when a before b becomes b before a, and why. Symmetric."""
    if a.has(Trait.IDENTITY) or b.has(Trait.IDENTITY):
        return Effect.COSMETIC, "one of them does nothing"
    if any(leaf.has(trait) for leaf in (a, b) for trait in (Trait.LOSS, Trait.METRIC)):
        return Effect.COSMETIC, "one of them is part of no forward"
    known = [fact for fact in (_one_way(a, b), _one_way(b, a)) if fact]
    return min(known, key=lambda fact: fact[0], default=(Effect.FUNCTION, ""))


def _one_way(a: Leaf, b: Leaf) -> tuple[Effect, str] | None:
    if a.has(Trait.MONOTONE) and b.has(Trait.PICKS_MAX):
        return Effect.EQUIVALENT, f"{_name(a)} never decreases, so the largest input stays the largest"
    if a.has(Trait.ELEMENTWISE) and b.has(Trait.RESHAPES):
        return Effect.EQUIVALENT, f"{_name(a)} looks at each number alone, {_name(b)} only moves them"
    if a.layer.kind == "dropout" and b.has(Trait.RESHAPES):
        return Effect.EQUIVALENT, f"{_name(a)} zeroes numbers one by one, {_name(b)} only moves them"
    if a.has(Trait.HOMOGENEOUS) and _scales(b):
        return Effect.EQUIVALENT, f"{_name(b)} scales or zeroes numbers, which {_name(a)} passes on"
    if a.has(Trait.PICKS_WINNERS) and b.has(Trait.RISES) and (b.has(Trait.HOMOGENEOUS) or _unboosted(a)):
        return Effect.EQUIVALENT, f"the same inputs win before and behind {_name(b)}, but for ties"
    if a.has(Trait.DROPS):
        return Effect.TRAINING, f"{_name(a)} does nothing in inference"
    if a.has(Trait.CHANNEL_SCALE) and b.has(Trait.AVERAGES):
        return (
            Effect.TRAINING,
            f"a mean of scaled numbers is the scaled mean; only batch statistics of {_name(a)} change",
        )
    if a.has(Trait.CHANNEL_SCALE) and b.has(Trait.PICKS_MAX):
        return _scale_and_max(a)
    return None


def _unboosted(leaf: Leaf) -> bool:
    """Boosting scales inputs before it ranks them, so that only what passes factors on keeps their order."""
    return leaf.settings.known("boost_strength") == 0


def _scales(leaf: Leaf) -> bool:
    """A dropout that zeroes; the alpha ones put another number there."""
    return leaf.has(Trait.DROPS) and leaf.layer.kind.startswith("dropout")


def _scale_and_max(scale: Leaf) -> tuple[Effect, str]:
    if scale.settings.known("affine") is False:
        return (
            Effect.TRAINING,
            f"without gamma {_name(scale)} keeps the order of numbers; only its batch statistics change",
        )
    return Effect.UNKNOWN, f"it depends on the sign of each gamma of {_name(scale)}; with all positive, training only"


def missing(leaf: Leaf, repeats: bool, functional: bool, again: str) -> tuple[Effect, str]:
    """What changes where only one network has this layer.

    `repeats`: it runs behind its equal, which both networks have. `functional`: the other network's forward is not
    printed and its shapes show that it does more than the print holds, so it may call this operation as a function.
    `again`: the name of a layer that such a forward may call twice.
    """
    if leaf.has(Trait.IDENTITY):
        return Effect.COSMETIC, "it does nothing"
    if leaf.has(Trait.REPARAMETRIZES):
        return Effect.TRAINING, "the same weights made of other numbers, which train differently"
    if leaf.has(Trait.METRIC):
        return Effect.COSMETIC, _remark(leaf)
    if leaf.has(Trait.LOSS):
        return Effect.TRAINING, _remark(leaf)
    if leaf.has(Trait.DROPS) and leaf.settings.known("p") == 0:
        return Effect.EQUIVALENT, "p is 0"
    if leaf.has(Trait.RESHAPES) and leaf.input_shape is not None and leaf.input_shape == leaf.output_shape:
        return Effect.EQUIVALENT, f"its input is {_shape(leaf.input_shape)} already"
    if repeats and leaf.layer.kind in _ONCE_IS_ENOUGH:
        return Effect.EQUIVALENT, "the one before it does the same"
    callable_ = leaf.has(Trait.FUNCTIONAL) or leaf.has(Trait.DROPS)
    if again and callable_:
        return Effect.UNKNOWN, f"the other forward may run {again} more than once, which no print shows"
    if functional and callable_:
        return Effect.UNKNOWN, "the other forward may call it as a function, which no print shows"
    if leaf.has(Trait.DROPS):
        return Effect.TRAINING, ""
    return Effect.FUNCTION, _remark(leaf)


#: f(f(x)) = f(x), whatever the settings; of log-probabilities the logarithm of their sum is 0
_ONCE_IS_ENOUGH = frozenset({"flatten", "hardtanh", "log_softmax", "relu", "relu6"})


def computes_the_same(a: Leaf, b: Leaf) -> bool:
    """Whether they are of one kind with settings that matter as equal."""
    return a.kind is b.kind and all(
        a.settings.known(field.name) == b.settings.known(field.name)
        for field in (a.kind.fields if a.kind else ())
        if field.effect is not Effect.COSMETIC
    )


def _remark(leaf: Leaf) -> str:
    return leaf.kind.remark if leaf.kind else ""


def replaced(a: Leaf, b: Leaf) -> tuple[Effect, str]:
    """What changes where another kind of layer stands in the same place."""
    if a.has(Trait.DROPS) and b.has(Trait.DROPS):
        return Effect.TRAINING, "both do nothing in inference"
    if a.has(Trait.METRIC) and b.has(Trait.METRIC):
        return Effect.COSMETIC, _remark(a)
    if a.has(Trait.LOSS) and b.has(Trait.LOSS):
        return Effect.TRAINING, _remark(a)
    if "SyncBatchNorm" in (a.layer.class_name, b.layer.class_name) and _batch_norm(a) == _batch_norm(b) is not None:
        return Effect.TRAINING, "on several devices only"
    pooled = next((trait for trait in (Trait.AVERAGES, Trait.PICKS_MAX) if a.has(trait) and b.has(trait)), None)
    if pooled and a.input_shape == b.input_shape and (windows := _windows(a)) and windows == _windows(b):
        return Effect.EQUIVALENT, f"both have windows of {_shape(windows[0])} here"
    if _normalizes_channels(a) and _normalizes_channels(b) and _norm(a) == _norm(b):
        return Effect.EQUIVALENT, "each channel of each sample is normalized alone"
    if a.has(Trait.KEEPS_ARGMAX) and b.has(Trait.KEEPS_ARGMAX):
        return Effect.FUNCTION, "argmax unchanged"
    return Effect.FUNCTION, ""


def _batch_norm(norm: Leaf) -> tuple[Value, ...] | None:
    """What a batch norm computes with, whatever its dimensions."""
    names = ("num_features", "eps", "momentum", "affine", "track_running_stats")
    return tuple(norm.settings.known(name) for name in names) if norm.layer.kind.startswith("batch_norm") else None


def _windows(pool: Leaf) -> tuple[Shape, Shape] | None:
    """Size and stride of the windows of a pooling layer, all of them whole; None where they are not, or not known."""
    x, y = pool.input_shape, pool.output_shape
    if x is None or y is None or len(x) < 2:
        return None
    if pool.layer.kind.startswith("adaptive"):
        size = tuple(a // b for a, b in zip(x[1:], y[1:], strict=True))
        return (size, size) if all(a % b == 0 for a, b in zip(x, y, strict=True)) else None
    try:
        size, stride, padding = (pool.settings.ints(name, len(x) - 1) for name in ("kernel_size", "stride", "padding"))
    except NotKnown:
        return None
    holes = "dilation" in pool.settings and set(pool.settings.ints("dilation", len(x) - 1)) != {1}
    if any(padding) or holes:
        return None
    return size, tuple(a if b == 1 else c for a, b, c in zip(size, y[1:], stride, strict=True))


def _normalizes_channels(norm: Leaf) -> bool:
    settings = norm.settings
    if norm.layer.kind == "group_norm":
        return settings.known("num_groups") == settings.known("num_channels") is not UNKNOWN
    return norm.layer.kind.startswith("instance_norm") and settings.known("track_running_stats") is False


def _norm(norm: Leaf) -> tuple[Value, ...]:
    return tuple(norm.settings.known(name) for name in ("eps", "affine"))


def strongest(effects: Iterable[tuple[Effect, str]]) -> tuple[Effect, str]:
    """The gravest of several; where the text cannot tell of one, only FUNCTION outweighs it."""
    ranked = sorted(effects, key=lambda each: each[0])
    return ranked[-1] if ranked else (Effect.FUNCTION, "")


def _name(leaf: Leaf) -> str:
    return leaf.layer.class_name


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
