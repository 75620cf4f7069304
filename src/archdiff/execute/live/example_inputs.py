"""What a forward can be called with: what the module says itself, then what its first layer takes.

Must not run anything.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, TypeAlias

import torch
from torch import Tensor, nn

from archdiff.execute.live.importing import needed_arguments
from archdiff.execute.live.tracing import Called, Given, Inputs
from archdiff.model.errors import UsageError
from archdiff.model.network import Value

_Shape: TypeAlias = "tuple[str, tuple[int, ...]]"  # dtype, sizes with the batch

_BATCH: Final = 2  # so that it differs from sizes of 1
_WORDS: Final = 16  # tokens of a text
_SAMPLES: Final = 15_360  # of a sound: a multiple of what encoders take at once
_SIDES: Final = (224, 32, 64, 128, 256, 28, 299, 512)  # of pictures, the usual ones first
_GIVEN: Final = re.compile(r"(?:([^\W\d]\w*):)?(\w+)\[((?:\d+(?:,\d+)*)?)\]")
_PLAIN: Final = re.compile(r"([^\W\d]\w*)=(.+)")
_WAY_OUT: Final = 'as "input_ids:int64[2,16]", several with a space between them'


def read_inputs(text: str) -> Inputs:
    """`input_ids:int64[1,16] mask:float32[1,16]`, as `--inputs` gives it; without names they are passed by position.

    `use_cache=false` is an argument that is no tensor, `timestep:int64[]` a tensor of one number.

    Raises:
        UsageError: It is nothing of the kind.
    """
    found, plain = [], []
    for word in text.split():
        match = _GIVEN.fullmatch(word)
        if other := _PLAIN.fullmatch(word):
            plain.append((other[1], _value(other[2])))
        elif match is None or not isinstance(getattr(torch, match[2], None), torch.dtype):
            raise UsageError(f"--inputs: '{word}' is no tensor", way_out=_WAY_OUT)
        else:
            sizes = tuple(map(int, match[3].split(","))) if match[3] else ()
            found.append((match[1] or "", match[2], sizes))
    named = {bool(name) for name, _, _ in found}
    if len(named) != 1:
        raise UsageError("--inputs: some have a name and some have none" if found else "--inputs: holds none")
    if True in named:
        return Inputs(tuple(found), True, tuple(plain))
    return Inputs(tuple((f"input{number}", *each[1:]) for number, each in enumerate(found)), False, tuple(plain))


def _value(text: str) -> Value:
    """`true`, `16` and `0.5` as what they are; other words as they stand."""
    if text.lower() in ("true", "false", "none"):
        return {"true": True, "false": False}.get(text.lower())
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text


def of_module(module: nn.Module, given: tuple[int, ...] | None = None) -> Iterator[Called]:
    """Inputs to try, the likeliest first.

    Args:
        module: Whose forward is called.
        given: Sizes of its input without the batch, where somebody says them: of the first one of several.
    """
    if given is None:
        yield from _found(module)
        return
    found = [of_shape(each, given) for each in _found(module) if isinstance(each, Inputs)]
    name, *more = needed_arguments(module.forward) or [*_first_argument(module)]
    if not more:
        found.append(Inputs(((name, "float32", (_BATCH, *given)),)))
    yield from dict.fromkeys(found)


def of_shape(inputs: Inputs, given: tuple[int, ...]) -> Inputs:
    """The same inputs, the first with other sizes.

    Args:
        inputs: With at least one tensor.
        given: Its sizes without the batch.
    """
    (name, dtype, shape), *others = inputs.tensors
    return inputs._replace(tensors=((name, dtype, (*(shape[:1] or (_BATCH,)), *given)), *others))


def _found(module: nn.Module) -> Iterator[Called]:
    """What the module says itself, what its arguments are called, and what its first layer takes."""
    name, *more = needed_arguments(module.forward) or [*_first_argument(module)]
    yield from _declared(module, name)
    yield from _by_names(module, [name, *more])
    if {name, *more} == _PATCHES:
        yield _patches(_ConfigSizes(module))
    if more:
        return
    yield from (Inputs(((name, *each),)) for each in _by_first_layer(module))


def repaired(module: nn.Module, inputs: Inputs, why: str) -> Iterator[Inputs]:
    """Inputs with the argument that a forward says it lacks: "You have to specify pixel_values".

    Args:
        module: Whose forward failed.
        inputs: What it was called with.
        why: What it said.
    """
    held = {name for name, _, _ in inputs.tensors}
    known = _parameters(module)
    words = [name for name in re.findall(r"\w+", why) if name in known and name in _NAMED and name not in held]
    for name in dict.fromkeys(words):
        for shape in _NAMED[name](_ConfigSizes(module))[:2]:
            added = (name, *shape)
            yield Inputs((*inputs.tensors, added), named=True)
            if len(held) == 1:
                yield Inputs((added,), named=True)


def _first_argument(module: nn.Module) -> Iterator[str]:
    try:
        yield next(iter(inspect.signature(module.forward).parameters), "input")
    except (TypeError, ValueError):
        yield "input"


def _declared(module: nn.Module, name: str) -> Iterator[Inputs]:
    """What it holds for this: Lightning's example, the dummies of transformers, the size of timm."""
    names = _parameters(module)
    for attribute in ("example_input_array", "dummy_inputs"):
        held = _attribute(module, attribute)
        if isinstance(held, Tensor):
            held = {name: held}
        if isinstance(held, tuple | list):
            held = dict(zip(names, held, strict=False))
        if not isinstance(held, Mapping) or not held or not all(isinstance(each, Tensor) for each in held.values()):
            continue
        if all(each in names for each in held):  # transformers has one for all modalities
            yield Inputs(tuple((key, _dtype(each), tuple(each.shape)) for key, each in held.items()), named=True)
    for attribute in ("pretrained_cfg", "default_cfg"):
        held = _attribute(module, attribute)
        size = held.get("input_size") if isinstance(held, Mapping) else None
        if isinstance(size, tuple | list) and all(isinstance(each, int) for each in size):
            yield Inputs(((name, "float32", (_BATCH, *size)),))


def _attribute(holder: object, name: str) -> Any:
    """None where there is none, or where it is a property of somebody that raises."""
    try:
        return getattr(holder, name, None)
    except Exception:
        return None


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _parameters(module: nn.Module) -> list[str]:
    try:
        return [*inspect.signature(module.forward).parameters]
    except (TypeError, ValueError):
        return []


def _by_names(module: nn.Module, needed: list[str]) -> Iterator[Inputs]:
    """By what arguments are called in transformers and diffusers, with the sizes that their configurations hold."""
    sizes = _ConfigSizes(module)
    names = _parameters(module)
    first = _attribute(module, "main_input_name")
    wanted = dict.fromkeys([*([first] if first in names else ()), *needed])
    wanted.pop("self", None)
    config = _attribute(module, "config")
    if _attribute(config, "is_encoder_decoder") and "decoder_input_ids" in names:
        wanted["decoder_input_ids"] = None
    if not wanted or not all(name in _NAMED for name in wanted):
        return
    yield from _with_choices({name: _NAMED[name](sizes) for name in wanted})
    both = dict.fromkeys(name for name in _TOGETHER if name in names and name not in wanted)
    if both:
        yield from _with_choices({name: _NAMED[name](sizes) for name in (*wanted, *both)})


def _with_choices(choices: Mapping[str, list[_Shape]]) -> Iterator[Inputs]:
    """The first of each, then the others of each in turn."""
    first = {name: found[0] for name, found in choices.items()}
    yield Inputs(tuple((name, *shape) for name, shape in first.items()), named=True)
    for name, found in choices.items():
        for other in found[1:]:
            yield Inputs(tuple((each, *shape) for each, shape in {**first, name: other}.items()), named=True)


class _ConfigSizes:
    """Sizes that the configuration of a module holds, or that of a part of it."""

    def __init__(self, module: nn.Module) -> None:
        config = _attribute(module, "config")
        held = config if isinstance(config, Mapping) else getattr(config, "__dict__", {})
        parts = [value for value in held.values() if hasattr(value, "to_dict") or isinstance(value, Mapping)]
        self._holders = [config, *parts]

    def find(self, *names: str) -> list[int]:
        """The first of these that is held: one number, or several."""
        for holder in self._holders:
            for name in names:
                held = holder.get(name) if isinstance(holder, Mapping) else _attribute(holder, name)
                held = [*held.values()] if isinstance(held, Mapping) else held
                held = [*held] if isinstance(held, list | tuple) else [held]
                if held and all(isinstance(each, int) and not isinstance(each, bool) for each in held):
                    return held
        return []

    def one(self, *names: str, default: int) -> int:
        """The same as one number."""
        return next(iter(self.find(*names)), default)


_PATCHES: Final = {"hidden_states", "grid_thw"}


def _patches(sizes: _ConfigSizes) -> Given:
    """One picture as its patches, and how many there are in time, height and width."""
    side = 2 * sizes.one("spatial_merge_size", default=2)
    channels, frames = sizes.one("in_channels", "in_chans", default=3), sizes.one("temporal_patch_size", default=2)
    width = channels * frames * sizes.one("patch_size", default=14) ** 2
    return Given((), {"hidden_states": torch.zeros(side * side, width), "grid_thw": torch.tensor([[1, side, side]])})


def unknown(module: nn.Module) -> list[str]:
    """Arguments that a forward needs, and of which nothing says what they are."""
    return [name for name in needed_arguments(module.forward) if name not in _NAMED]


def _text(_: _ConfigSizes) -> list[_Shape]:
    return [("int64", (_BATCH, _WORDS))]


def _pictures(sizes: _ConfigSizes) -> list[_Shape]:
    sides = sizes.find("image_size", "sample_size", "img_size") or [224]
    height, width = sides[0], sides[min(1, len(sides) - 1)]
    channels = sizes.one("num_channels", "in_channels", "in_chans", default=3)
    one = _BATCH, channels, height, width
    frames = sizes.one("num_frames", "frames_per_clip", default=0)
    found: list[_Shape] = [("float32", one)]
    if frames:
        found.insert(0, ("float32", (_BATCH, frames, *one[1:])))
    return [*found, *(("float32", (_BATCH, channels, side, side)) for side in (224, 512) if side != height)]


def _videos(sizes: _ConfigSizes) -> list[_Shape]:
    frames = sizes.one("num_frames", default=8)
    *_, channels, height, width = _pictures(sizes)[0][1]
    return [("float32", (_BATCH, *each, height, width)) for each in ((frames, channels), (channels, frames))]


def _sound(sizes: _ConfigSizes) -> list[_Shape]:
    bins, longest = sizes.one("num_mel_bins", default=0), sizes.one("max_length", default=1024)
    found: list[_Shape] = [("float32", (_BATCH, _SAMPLES)), ("float32", (_BATCH, 1, _SAMPLES))]
    return [("float32", (_BATCH, longest, bins)), *found] if bins else found


def _spectrum(sizes: _ConfigSizes) -> list[_Shape]:
    bins = sizes.one(
        "num_mel_bins", "feature_size", "input_feat_per_channel", "feature_projection_input_dim", default=80
    )
    frames = 2 * sizes.one("max_source_positions", default=1500)
    return [("float32", (_BATCH, bins, frames)), ("float32", (_BATCH, 128, bins)), ("float32", (_BATCH, bins, 128))]


def _hidden(sizes: _ConfigSizes) -> list[_Shape]:
    names = "hidden_size", "d_model", "n_embd", "dim", "embed_dim"
    return [("float32", (_BATCH, _WORDS, sizes.one(*names, default=768)))]


def _conditions(sizes: _ConfigSizes) -> list[_Shape]:
    width = sizes.one("cross_attention_dim", "joint_attention_dim", "caption_channels", default=768)
    return [("float32", (_BATCH, _WORDS, width))]


def _step(_: _ConfigSizes) -> list[_Shape]:
    return [("int64", (_BATCH,))]


def _past(sizes: _ConfigSizes) -> list[_Shape]:
    length, channels = (
        sizes.one("context_length", "prediction_length", default=64),
        sizes.one("num_input_channels", default=0),
    )
    return [("float32", (_BATCH, length, channels) if channels else (_BATCH, length))]


#: argument -> (configuration) -> dtype and shape, several where its sizes do not tell
_NAMED: Final[dict[str, Callable[[_ConfigSizes], list[_Shape]]]] = {
    **dict.fromkeys(("input_ids", "decoder_input_ids", "token_type_ids", "attention_mask"), _text),
    **dict.fromkeys(("input_features_mask", "decoder_attention_mask"), _text),
    **dict.fromkeys(("pixel_values", "sample", "pixel_values_images"), _pictures),
    **dict.fromkeys(("pixel_values_videos", "video"), _videos),
    **dict.fromkeys(("input_values", "audio_values", "audio"), _sound),
    "input_features": _spectrum,
    **dict.fromkeys(("inputs_embeds", "hidden_states"), _hidden),
    **dict.fromkeys(("timestep", "timesteps"), _step),
    "encoder_hidden_states": _conditions,
    "past_values": _past,
    "bbox": lambda _: [("int64", (_BATCH, _WORDS, 4))],
    "pixel_mask": lambda sizes: [("int64", (_BATCH, *_pictures(sizes)[0][1][-2:]))],
}
#: what forwards take together where they take several
_TOGETHER: Final = ("input_ids", "pixel_values", "input_features", "input_values", "pixel_values_videos")


def _by_first_layer(module: nn.Module) -> Iterator[tuple[str, tuple[int, ...]]]:
    """By the first layer that is registered and says what it takes."""
    yield from next((sizes for each in module.modules() if (sizes := _sizes(each))), ())


def _sizes(layer: nn.Module) -> list[tuple[str, tuple[int, ...]]]:
    match layer:
        case nn.Conv1d():
            return [("float32", (_BATCH, layer.in_channels, size)) for size in (128, 1024, _SAMPLES)]
        case nn.Conv2d():
            return [("float32", (_BATCH, layer.in_channels, side, side)) for side in _SIDES]
        case nn.Conv3d():
            sizes = ((16, 112, 112), (16, 224, 224), (32, 32, 32), (8, 224, 224))
            return [("float32", (_BATCH, layer.in_channels, *each)) for each in sizes]
        case nn.Linear():
            return [("float32", (_BATCH, *each, layer.in_features)) for each in ((), (_WORDS,))]
        case nn.Embedding():
            return [("int64", (_BATCH, _WORDS)), ("int64", (_BATCH,))]
        case nn.RNNBase():
            return [("float32", (_BATCH, _WORDS, layer.input_size))]
        case nn.modules.batchnorm._BatchNorm():
            return [("float32", (_BATCH, layer.num_features, *each)) for each in ((), (32, 32), (32,))]
        case nn.LayerNorm():
            return [("float32", (_BATCH, _WORDS, *layer.normalized_shape))]
    return []
