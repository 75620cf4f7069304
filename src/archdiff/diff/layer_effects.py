"""What it changes that a layer is missing, replaced or elsewhere: derived from the traits of kinds alone.

Each line is a fact of mathematics, so a new kind gets the right effect from its traits.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import TypeAlias

from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.message import Message, message
from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import Misfit, NotKnown, Shape, Trait, added_to, counts_channels
from archdiff.semantics.open_settings import may_be_one

#: an effect with its reason; None where the effect needs none
Reasoned: TypeAlias = tuple[Effect, Message | None]


def swapped(a: Leaf, b: Leaf) -> Reasoned:
    """What changes when a before b becomes b before a.

    Args:
        a: A layer with its input and output shapes, as far as they are known.
        b: Its neighbour.

    Returns:
        The same for (b, a) as for (a, b).
    """
    if a.has(Trait.IDENTITY) or b.has(Trait.IDENTITY):
        return Effect.COSMETIC, message("one-does-nothing")
    if any(leaf.has(trait) for leaf in (a, b) for trait in (Trait.LOSS, Trait.METRIC)):
        return Effect.COSMETIC, message("one-in-no-forward")
    if _is_idle(a, None) or _is_idle(b, None):
        return Effect.EQUIVALENT, message("one-does-nothing")
    known = [each for each in (_one_way(a, b), _one_way(b, a)) if each]
    return min(known, key=lambda each: each[0], default=(Effect.FUNCTION, None))


def _one_way(a: Leaf, b: Leaf) -> Reasoned | None:
    if a.has(Trait.MONOTONE) and b.has(Trait.PICKS_MAX):
        return Effect.EQUIVALENT, message("monotone", first=_name(a))
    if a.layer.kind == "prelu" and b.has(Trait.PICKS_MAX):
        return Effect.UNKNOWN, message("slopes-decide", first=_name(a))
    if a.has(Trait.ELEMENTWISE) and b.has(Trait.RESHAPES):
        return Effect.EQUIVALENT, message("elementwise", first=_name(a), second=_name(b))
    if a.layer.kind == "dropout" and b.has(Trait.RESHAPES):
        return Effect.EQUIVALENT, message("zeroes-one-by-one", first=_name(a), second=_name(b))
    if a.has(Trait.HOMOGENEOUS) and _scales(b):
        return Effect.EQUIVALENT, message("homogeneous", first=_name(a), second=_name(b))
    if a.has(Trait.PICKS_WINNERS) and b.has(Trait.RISES) and (b.has(Trait.HOMOGENEOUS) or _unboosted(a)):
        return Effect.EQUIVALENT, message("same-winners", second=_name(b))
    if a.has(Trait.DROPS):
        return Effect.TRAINING, message("idle-in-inference", first=_name(a))
    if _maps_each_place(a) and (b.has(Trait.AVERAGES) or b.has(Trait.COPIES) or b.layer.kind == "upsample"):
        return Effect.EQUIVALENT, message("each-place-alone", first=_name(a), second=_name(b))
    if _maps_each_place(a) and a.settings.known("bias") is False and _counts_zeros(b):
        return Effect.EQUIVALENT, message("zeros-stay", first=_name(a), second=_name(b))
    if a.has(Trait.CHANNEL_SCALE) and b.has(Trait.COPIES):
        return Effect.TRAINING, message("copies-of-scaled", first=_name(a))
    if a.has(Trait.CHANNEL_SCALE) and (b.has(Trait.AVERAGES) or b.layer.kind == "upsample"):
        return Effect.TRAINING, message("mean-of-scaled", first=_name(a))
    if a.has(Trait.CHANNEL_SCALE) and b.has(Trait.PICKS_MAX):
        return _scale_and_max(a)
    return None


def _is_idle(leaf: Leaf, x: Shape | None) -> bool:
    """Whether it gives back what comes in; None: whatever that is, as a pool of one number or padding by nothing."""
    try:
        return leaf.kind is not None and leaf.kind.idle is not None and leaf.kind.idle(leaf.settings, x)
    except (Misfit, NotKnown):
        return False


def _maps_each_place(leaf: Leaf) -> bool:
    """Whether it is a convolution of each place alone; what mixes places does so with shares that sum to 1."""
    if not leaf.layer.kind.startswith(("conv_1", "conv_2", "conv_3", "conv_transpose_")):
        return False
    dims = leaf.kind.dims if leaf.kind and leaf.kind.dims else 1
    more = ("output_padding",) if leaf.kind and leaf.kind.field("output_padding") else ()
    try:
        kernel, stride = (leaf.settings.ints(name, dims) for name in ("kernel_size", "stride"))
        padding = [leaf.settings.ints(name, dims) for name in ("padding", *more)]
    except NotKnown:
        return False
    return set(kernel) == set(stride) == {1} and not any(map(any, padding))


def _counts_zeros(leaf: Leaf) -> bool:
    """Whether it pads with zeros and sums places of one channel: what maps 0 to 0 at each place may run first."""
    if leaf.layer.kind.startswith("constant_pad"):
        return leaf.settings.known("value") == 0
    return leaf.layer.kind.startswith("avg_pool")


def _unboosted(leaf: Leaf) -> bool:
    """Boosting scales inputs before it ranks them, so that only what passes factors on keeps their order."""
    return leaf.settings.known("boost_strength") == 0


def _scales(leaf: Leaf) -> bool:
    """A dropout that zeroes; the alpha ones put another number there."""
    return leaf.has(Trait.DROPS) and leaf.layer.kind.startswith("dropout")


def _scale_and_max(scale: Leaf) -> Reasoned:
    if scale.settings.known("affine") is False:
        return Effect.TRAINING, message("scale-keeps-order", first=_name(scale))
    return Effect.UNKNOWN, message("sign-of-gamma", first=_name(scale))


def missing(leaf: Leaf, repeats: bool, certain_shapes: bool) -> Reasoned:
    """What changes where only one network runs this layer.

    Args:
        leaf: The layer that the other network lacks.
        repeats: It is idempotent, and runs beside its equal, which both networks have.
        certain_shapes: Its shapes follow from an input that was printed or given; a solved input proves nothing.
    """
    if leaf.has(Trait.IDENTITY):
        return Effect.COSMETIC, message("does-nothing")
    if leaf.has(Trait.REPARAMETRIZES):
        return Effect.UNKNOWN, message("leaves-no-trace")
    if leaf.has(Trait.METRIC):
        return Effect.COSMETIC, remark(leaf)
    if leaf.has(Trait.LOSS):
        return Effect.TRAINING, remark(leaf)
    if leaf.has(Trait.DROPS) and leaf.settings.known("p") == 0:
        return Effect.EQUIVALENT, message("p-is-0")
    if _is_idle(leaf, None):
        return Effect.EQUIVALENT, message("does-nothing")
    if _is_idle(leaf, leaf.input_shape):
        here = message("same-shape-already", shape=leaf.input_shape)
        return (Effect.EQUIVALENT if certain_shapes else Effect.UNKNOWN), here
    if repeats:
        return Effect.EQUIVALENT, message("one-before-it")
    return (Effect.TRAINING if leaf.has(Trait.DROPS) else Effect.FUNCTION), remark(leaf)


def can_be_a_function(leaf: Leaf) -> bool:
    """Whether a forward can call a layer without printing it: it has no parameters, as far as its class is known."""
    return leaf.kind is None or leaf.has(Trait.FUNCTIONAL) or leaf.has(Trait.DROPS)


def is_idempotent(leaf: Leaf) -> bool:
    """Whether f(f(x)) = f(x); a Flatten that ends before the last dimension merges two more each time."""
    if leaf.layer.kind == "flatten":
        return (leaf.settings.known("start_dim"), leaf.settings.known("end_dim")) == (1, -1)
    return leaf.layer.kind in _IDEMPOTENT


#: f(f(x)) = f(x), whatever the settings; of log-probabilities the logarithm of their sum is 0
_IDEMPOTENT = frozenset({"hardtanh", "log_softmax", "relu", "relu6"})


def computes_the_same(a: Leaf, b: Leaf) -> bool:
    """Whether two layers are of one kind, with equal settings but for those of cosmetic effect."""
    if a.kind is not b.kind or a.settings is b.settings:  # as of equal lines
        return a.kind is b.kind
    return all(
        a.settings.known(field.name) == b.settings.known(field.name)
        for field in ((*a.kind.fields, *added_to(a.settings, b.settings)) if a.kind else ())
        if field.effect is not Effect.COSMETIC
    )


def remark(leaf: Leaf) -> Message | None:
    """The remark of its kind about a layer that is missing or extra."""
    return message("remark", text=leaf.kind.remark) if leaf.kind and leaf.kind.remark else None


def replaced(a: Leaf, b: Leaf, certain_shapes: bool) -> Reasoned:
    """What changes where another kind of layer stands in the same place.

    Args:
        a: The candidate's layer.
        b: The reference's layer.
        certain_shapes: Their shapes follow from an input that was printed or given; a solved input proves nothing.
    """
    if a.kind is None and b.kind is None:
        return Effect.UNKNOWN, message("neither-class-known")
    if not (a.layer.class_name and b.layer.class_name):
        return Effect.UNKNOWN, None
    if a.kind is None or b.kind is None:
        unknown = a if a.kind is None else b
        return Effect.UNKNOWN, message("class-not-known", name=unknown.layer.class_name)
    for idle, other in ((a, b), (b, a)):
        if idle.has(Trait.IDENTITY) and not other.has(Trait.IDENTITY):
            return missing(other, repeats=False, certain_shapes=certain_shapes)
    if a.has(Trait.DROPS) and b.has(Trait.DROPS):
        if a.settings.known("p") == b.settings.known("p") == 0:
            return Effect.EQUIVALENT, message("p-is-0")
        return Effect.TRAINING, message("both-idle-in-inference")
    if a.has(Trait.METRIC) and b.has(Trait.METRIC):
        return Effect.COSMETIC, remark(a)
    if a.has(Trait.LOSS) and b.has(Trait.LOSS):
        return Effect.TRAINING, remark(a)
    if "SyncBatchNorm" in (a.layer.class_name, b.layer.class_name) and _batch_norm(a) == _batch_norm(b) is not None:
        return Effect.TRAINING, message("several-devices")
    pooled = next((trait for trait in (Trait.AVERAGES, Trait.PICKS_MAX) if a.has(trait) and b.has(trait)), None)
    if pooled and a.input_shape == b.input_shape and (windows := _windows(a)) and windows == _windows(b):
        same = message("same-windows", shape=windows[0])
        return (Effect.EQUIVALENT if certain_shapes else Effect.UNKNOWN), same
    alone = [_normalizes_channels(norm) for norm in (a, b)]
    if False not in alone and _norm(a) == _norm(b):
        if all(alone):
            return Effect.EQUIVALENT, message("channels-alone")
        groups = next(norm.settings.known("num_groups") for norm in (a, b) if norm.layer.kind == "group_norm")
        return Effect.UNKNOWN, message("channels-alone-if", channels=groups)
    if (rows := _norm_of_rows(a)) is not None and rows == _norm_of_rows(b):
        return (Effect.EQUIVALENT if certain_shapes else Effect.UNKNOWN), message("rows-alone", size=rows[0])
    open_ = may_be_one(a.settings, b.settings)
    if a.has(Trait.KEEPS_ARGMAX) and b.has(Trait.KEEPS_ARGMAX) and not open_:
        return Effect.FUNCTION, message("argmax-unchanged")
    for conv, linear in ((a, b), (b, a)):
        if (sizes := _as_linear(conv, linear)) is not None:
            return Effect.UNKNOWN, message("one-weight", shape=sizes)
    if open_:
        return Effect.UNKNOWN, message("may-be-one")
    return Effect.FUNCTION, None


def _as_linear(conv: Leaf, linear: Leaf) -> Shape | None:
    """The map for which a convolution computes what a Linear with as many weights does: height and width.

    None where there is none, or where something else comes in.
    """
    if linear.layer.kind != "linear" or conv.layer.kind not in ("conv_1d", "conv_2d", "conv_3d"):
        return None
    dims = conv.kind.dims if conv.kind and conv.kind.dims else 1
    try:
        kernel, padding = (conv.settings.ints(name, dims) for name in ("kernel_size", "padding"))
        sizes = conv.settings.int("in_channels") * prod(kernel), conv.settings.int("out_channels")
        if sizes != (linear.settings.int("in_features"), linear.settings.int("out_features")):
            return None
    except NotKnown:
        return None
    if any(padding) or conv.settings.known("groups") != 1:
        return None
    if conv.settings.known("bias") != linear.settings.known("bias"):
        return None
    return kernel if conv.input_shape is None or conv.input_shape[1:] == kernel else None


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


def _normalizes_channels(norm: Leaf) -> bool | None:
    """Whether each channel is a group of its own; None where channels that are not known decide it.

    Of a norm without weights those that come in decide it, not those that it prints.
    """
    settings = norm.settings
    if norm.layer.kind == "group_norm":
        groups = settings.known("num_groups")
        if counts_channels(settings) or groups is UNKNOWN:
            return groups == settings.known("num_channels") is not UNKNOWN
        return groups == norm.input_shape[0] if norm.input_shape else None
    return norm.layer.kind.startswith("instance_norm") and settings.known("track_running_stats") is False


def _norm_of_rows(norm: Leaf) -> tuple[Value, ...] | None:
    """What a norm over all features of a row computes with, how many these are first; None where it is none."""
    x, settings = norm.input_shape, norm.settings
    if x is None or len(x) != 1:
        return None
    if norm.layer.kind == "group_norm" and settings.known("num_groups") == 1:
        return x[0], *_norm(norm)
    if norm.layer.kind != "layer_norm" or settings.known("normalized_shape") != x:
        return None
    affine = settings.known("elementwise_affine")
    return x[0], settings.known("eps"), affine, affine is True and settings.known("bias")


def _norm(norm: Leaf) -> tuple[Value, ...]:
    affine = norm.settings.known("affine")
    return norm.settings.known("eps"), affine, affine is True and norm.settings.known("bias")


def strongest(effects: Iterable[Reasoned]) -> Reasoned:
    """The gravest of several effects with its reason; COSMETIC where there are none."""
    ranked = sorted(effects, key=lambda each: each[0])
    return ranked[-1] if ranked else (Effect.COSMETIC, None)


def _name(leaf: Leaf) -> str:
    return leaf.layer.class_name
