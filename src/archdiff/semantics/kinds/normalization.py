"""Normalizations: over the batch, over a sample, over neighbouring channels.

Which statistics are used when decides what a difference is worth: batch norm takes the batch's while training and the
running ones in inference; instance, layer and group norm take the sample's in both. Formulas: the classes in torch.nn.

Other libraries have a norm for each model. Those named here compute what torch's does; of a class that only ends in
RMSNorm or LayerNorm the shape is known and not the formula: Gemma's multiplies by 1 + weight. timm's BatchNormAct2d and
the like print the activation behind it as a child.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import prod

from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import (
    Field,
    Kind,
    Misfit,
    NotKnown,
    Settings,
    Shape,
    StateTensor,
    Trait,
    counts_channels,
    of_rank,
    sizes,
)
from archdiff.semantics.kinds._windows import spatial

_AT_START = "equal at initialisation"
_EPS = Field("eps", 1e-5, remark="small")
_NORM = frozenset({Trait.NORMALIZES})
_LEADS = _NORM | {Trait.LEADS}  # BatchNormAct2d and the like


def _keeps_none(settings: Settings) -> str:
    return "no statistics are kept" if settings.known("track_running_stats") is False else ""


_MOMENTUM = Field(
    "momentum",
    0.1,
    Effect.TRAINING,
    remarks=((0.0, "the statistics never move"), (None, "the plain mean of all batches so far")),
    idle=_keeps_none,
    complement="the other convention, m and 1 - m?",
)


def _bias(of: str) -> Field:
    """A bias, which torch prints since 2.13; before, affine decided it."""
    return Field("bias", lambda settings: settings.known(of), remark=_AT_START, shift=True, follows=of)


def _running(default: bool, of: str) -> Field:
    return Field("track_running_stats", default, Effect.INFERENCE, remark=f"statistics of {of} in eval mode too")


def _learns_mean(settings: Settings) -> bool:
    """Whether the mean that is taken away in inference learns of a bias that stands before."""
    tracks = settings.known("track_running_stats") is True
    return settings.known("frozen") is not True and not (tracks and settings.known("momentum") == 0)


# Per channel: BatchNorm and InstanceNorm


#: a lazy one prints 0 until its first input
_FEATURES = Field("num_features", aspect="input")


def _features(settings: Settings, x: Shape) -> int:
    """The channels that are required; any where they are not printed."""
    return x[0] if settings.known("num_features") is UNKNOWN and x else settings.int("num_features")


def _per_channel(*ranks: int) -> Callable[[Settings, Shape], Shape]:
    def shape(settings: Settings, x: Shape) -> Shape:
        channels = _features(settings, x)
        if settings["synchronised"] is not True and len(x) not in ranks:
            raise Misfit("num_features", channels, x)
        if not x or (_keeps(settings) and x[0] != channels):
            raise Misfit("num_features", channels, x[0] if x else x)
        return x

    return shape


def _keeps(settings: Settings) -> bool:
    """Whether it holds numbers for each channel; where it holds none, torch counts no channels."""
    return bool(settings["affine"]) or bool(settings["track_running_stats"])


def _per_sample(settings: Settings, x: Shape) -> Shape:
    """Needs several positions to have statistics."""
    keeps, dims, channels = _keeps(settings), settings.kind.spatial, _features(settings, x)
    places = spatial("num_features", channels, x, dims)
    if keeps and (len(x) == dims or x[0] != channels):
        raise Misfit("num_features", channels, x[0] if len(x) > dims else x)
    if prod(places) == 1 and not settings["track_running_stats"]:
        raise Misfit("dimensions", dims, x)
    return x


def _affine(settings: Settings, by: str, shape: Shape | None, buffer: bool = False) -> Iterator[StateTensor]:
    """A factor and a term for each number, if the setting `by` is on."""
    if settings[by]:
        yield StateTensor("weight", shape, buffer)
        if settings.kind.field("bias") is not None and settings["bias"]:
            yield StateTensor("bias", shape, buffer)


def _channel_parameters(settings: Settings) -> int:
    """Known even where it is not whether statistics are kept; what is frozen is a buffer."""
    if settings.known("frozen") is True or not settings["affine"]:
        return 0
    return settings.int("num_features") * (2 if settings["bias"] else 1)


def _channel_state(settings: Settings) -> Iterator[StateTensor]:
    """Frozen ones keep everything in buffers, and count no batches."""
    channels, frozen = sizes(settings, "num_features"), settings.known("frozen") is True
    yield from _affine(settings, "affine", channels, frozen)
    if settings["track_running_stats"]:
        yield StateTensor("running_mean", channels, buffer=True)
        yield StateTensor("running_var", channels, buffer=True)
        if not frozen:
            yield StateTensor("num_batches_tracked", (), buffer=True, counts=True)


def _tracks(settings: Settings) -> bool:
    """In inference a fixed factor and term a channel, where it does not take the statistics of each batch."""
    return settings.known("track_running_stats") is True


def _holds_nothing(settings: Settings) -> bool:
    return settings.known("affine") is False and settings.known("track_running_stats") is False


def _batch_norm(dims: int) -> Kind:
    classes: dict[str, Mapping[str, Value]] = {f"BatchNorm{dims}d": {}, f"LazyBatchNorm{dims}d": {}}
    if dims == 2:  # the usual place of both; SyncBatchNorm prints no number of dimensions and takes any
        classes |= {
            "SyncBatchNorm": {"synchronised": True},
            "FrozenBatchNorm2d": {"frozen": True},
            "BatchNormAct2d": {},
        }
        classes["*FrozenBatchNorm2d"] = {"frozen": True, "num_features": UNKNOWN, "eps": UNKNOWN}
    return Kind(
        name=f"batch_norm_{dims}d",
        classes=classes,
        positional=("num_features",),
        fields=(
            _FEATURES,
            _EPS,
            _MOMENTUM,
            Field("affine", True, remark=_AT_START),
            _bias("affine"),
            _running(True, "the batch"),
            Field("synchronised", False, Effect.TRAINING, remark="on several devices only"),
            Field("frozen", False, Effect.TRAINING, remark="weights and statistics never change"),
        ),
        shape=_per_channel(1, 2) if dims == 1 else _per_channel(dims + 1),
        parameters=_channel_parameters,
        state=_channel_state,
        traits=_LEADS,
        traits_if={Trait.CHANNEL_SCALE: _tracks, Trait.REMOVES_MEAN: _learns_mean},
        dims=dims if dims > 1 else None,
        constructor=f"torch.nn.BatchNorm{dims}d",
    )


def _instance_norm(dims: int) -> Kind:
    return Kind(
        name=f"instance_norm_{dims}d",
        classes={f"InstanceNorm{dims}d": {}, f"LazyInstanceNorm{dims}d": {}},
        positional=("num_features",),
        fields=(
            _FEATURES,
            _EPS,
            _MOMENTUM,
            Field("affine", False, remark=_AT_START),
            _bias("affine"),
            _running(False, "its own input"),
        ),
        shape=_per_sample,
        parameters=_channel_parameters,
        state=_channel_state,
        traits=_NORM,
        traits_if={Trait.FUNCTIONAL: _holds_nothing, Trait.REMOVES_MEAN: _learns_mean},
        dims=dims,
        constructor=f"torch.nn.InstanceNorm{dims}d",
    )


# Per sample: LayerNorm, RMSNorm, GroupNorm, LocalResponseNorm


def _last_dimensions(settings: Settings, x: Shape) -> Shape:
    if settings.known("normalized_shape") is UNKNOWN:
        return x
    normalized = settings.all_ints("normalized_shape")
    if len(x) < len(normalized) or x[len(x) - len(normalized) :] != normalized:
        raise Misfit("normalized_shape", normalized, x)
    return x


def _last_state(settings: Settings) -> Iterator[StateTensor]:
    try:
        shape = settings.all_ints("normalized_shape")
    except NotKnown:
        return _affine(settings, "elementwise_affine", None)
    return _affine(settings, "elementwise_affine", shape)


def _without(affine: str) -> Callable[[Settings], bool]:
    return lambda settings: settings.known(affine) is False


def _grouped(settings: Settings, x: Shape) -> Shape:
    """Without weights torch counts no channels, as long as the groups come out even."""
    channels, groups = settings.int("num_channels"), settings.int("num_groups")
    if groups < 1 or (settings["affine"] and channels % groups):
        raise NotKnown("num_groups")  # torch makes no such layer
    if not x or (settings["affine"] and x[0] != channels) or x[0] % groups:
        raise Misfit("num_channels", channels, x[0] if x else x)
    return x


def _one_channel_a_group(settings: Settings) -> bool:
    """Then it is an instance norm; without weights the channels that come in decide that."""
    groups = settings.known("num_groups")
    return groups is not UNKNOWN and groups == settings.known("num_channels") and counts_channels(settings)


def _neighbours(_settings: Settings, x: Shape) -> Shape:
    if len(x) < 2:
        raise Misfit("dimensions", 2, x)
    return x


def _channels_last(settings: Settings, x: Shape) -> Shape:
    """LayerNorm2d: over the channels of each position."""
    (channels,) = settings.ints("normalized_shape", 1)
    if len(x) != 3 or x[0] != channels:
        raise Misfit("normalized_shape", channels, x[0] if len(x) == 3 else x)
    return x


#: in print only since 2024, and never for some
_NO_EPS: Mapping[str, Value] = {"eps": UNKNOWN}
_LIKE_LLAMA = (
    *("DeepseekV2", "DeepseekV3", "Granite", "InternLM2", "Llama", "Mistral", "Mixtral"),
    *("Phi3", "Qwen2", "Qwen2Moe", "Qwen2VL", "Qwen3", "Qwen3Moe"),
)
#: classes of transformers whose LayerNorm subtracts no mean and adds no bias, each built and compared in float64
_LIKE_T5 = ("T5", "MT5", "UMT5", "LongT5", "Pix2Struct", "Pop2Piano", "SwitchTransformers", "Udop")
_NORMALIZED = Field("normalized_shape", aspect="input", spread=1)
_ELEMENTWISE = Field("elementwise_affine", True, remark=_AT_START)

KINDS = (
    *(make(dims) for dims in (1, 2, 3) for make in (_batch_norm, _instance_norm)),
    Kind(
        name="layer_norm",
        classes={"LayerNorm": {}, "LayerNormAct": {}, "FP32LayerNorm": {}, "*LayerNorm": _NO_EPS},
        positional=("normalized_shape",),
        fields=(_NORMALIZED, _EPS, _ELEMENTWISE, _bias("elementwise_affine")),
        shape=_last_dimensions,
        state=_last_state,
        traits=_LEADS,
        traits_if={Trait.FUNCTIONAL: _without("elementwise_affine")},
        constructor="torch.nn.LayerNorm",
    ),
    Kind(
        name="layer_norm_2d",
        classes={"LayerNorm2d": {}, "LayerNorm2dNoBias": {}, "LayerNormAct2d": {}},
        positional=("normalized_shape",),
        fields=(_NORMALIZED, _EPS, _ELEMENTWISE, _bias("elementwise_affine")),
        shape=_channels_last,
        state=_last_state,
        traits=_LEADS,
        dims=2,
        constructor="archdiff.execute.library.ChannelsLayerNorm",
    ),
    Kind(
        name="rms_norm",
        classes={
            "RMSNorm": {},
            **dict.fromkeys((f"{name}LayerNorm" for name in _LIKE_T5), _NO_EPS),
            **dict.fromkeys((f"{name}RMSNorm" for name in _LIKE_LLAMA), _NO_EPS),
            "*RMSNorm": _NO_EPS,
            "*RmsNorm": _NO_EPS,
        },
        positional=("normalized_shape",),
        fields=(
            _NORMALIZED,
            Field(
                "eps", None, remark="small", remarks=((None, "torch then takes the smallest step of the data type"),)
            ),
            _ELEMENTWISE,
        ),
        shape=_last_dimensions,
        state=_last_state,
        traits=_NORM,
        traits_if={Trait.FUNCTIONAL: _without("elementwise_affine")},
        constructor="torch.nn.RMSNorm",
    ),
    Kind(
        name="group_norm",
        classes={"GroupNorm": {}, "GroupNorm1": {}, "GroupNormAct": {}, "GroupNorm1NoBias": {"bias": False}},
        positional=("num_groups", "num_channels"),
        fields=(
            Field("num_groups"),
            Field("num_channels", aspect="input"),
            _EPS,
            Field("affine", True, remark=_AT_START),
            _bias("affine"),
        ),
        shape=_grouped,
        state=lambda settings: _affine(settings, "affine", sizes(settings, "num_channels")),
        traits=_LEADS,
        traits_if={Trait.FUNCTIONAL: _without("affine"), Trait.REMOVES_MEAN: _one_channel_a_group},
        constructor="torch.nn.GroupNorm",
    ),
    Kind(
        name="local_response_norm",
        classes={"LocalResponseNorm": {}},
        positional=("size",),
        fields=(Field("size"), Field("alpha", 1e-4), Field("beta", 0.75), Field("k", 1.0)),
        shape=_neighbours,
        traits=_NORM | {Trait.FUNCTIONAL},
        constructor="torch.nn.LocalResponseNorm",
    ),
    Kind(  # of Torch7; its sums leave out other neighbours, so it is no LocalResponseNorm
        name="cross_map_lrn_2d",
        classes={"CrossMapLRN2d": {}},
        positional=("size",),
        fields=(Field("size"), Field("alpha", 1e-4), Field("beta", 0.75), Field("k", 1)),
        shape=of_rank(3),
        traits=_NORM | {Trait.FUNCTIONAL},
        dims=2,
        constructor="torch.nn.CrossMapLRN2d",
    ),
)
