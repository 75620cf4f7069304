"""What a forward can be called with: what the module says itself, then what its first layer takes.

Must not run anything.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from torch import Tensor, nn

from archdiff.execute.live.importing import needed_arguments
from archdiff.execute.live.tracing import Inputs
from archdiff.model.errors import UsageError

_BATCH: Final = 2  # so that it differs from sizes of 1
_WORDS: Final = 16  # tokens of a text
_SIDES: Final = (224, 32, 64, 128, 256, 28, 299, 512)  # of pictures, the usual ones first
_GIVEN: Final = re.compile(r"(?:([^\W\d]\w*):)?(\w+)\[(\d+(?:,\d+)*)\]")
_WAY_OUT: Final = 'as "input_ids:int64[1,16]", several with a space between them'


def read_inputs(text: str) -> Inputs:
    """`input_ids:int64[1,16] mask:float32[1,16]`, as `--inputs` gives it; without names they are passed by position.

    Raises:
        UsageError: It is nothing of the kind.
    """
    import torch

    found = []
    for word in text.split():
        match = _GIVEN.fullmatch(word)
        if match is None or not isinstance(getattr(torch, match[2], None), torch.dtype):
            raise UsageError(f"--inputs: '{word}' is no tensor", way_out=_WAY_OUT)
        found.append((match[1] or "", match[2], tuple(map(int, match[3].split(",")))))
    named = {bool(name) for name, _, _ in found}
    if len(named) != 1:
        raise UsageError("--inputs: some have a name and some have none" if found else "--inputs: holds none")
    if True in named:
        return Inputs(tuple(found), named=True)
    return Inputs(tuple((f"input{number}", *each[1:]) for number, each in enumerate(found)))


def of_module(module: nn.Module, solved: tuple[int, ...] | None = None) -> Iterator[Inputs]:
    """Inputs to try, the likeliest first.

    Args:
        module: Whose forward is called.
        solved: The input without the batch that its print leaves, where there is one.
    """
    name, *more = needed_arguments(module.forward) or [*_first_argument(module)]
    yield from _declared(module, name)
    if by_name := _by_names(module, [name, *more]):
        yield by_name
    if more:
        return
    if solved:
        dtype = "int64" if _first_kind(module) is nn.Embedding else "float32"
        yield Inputs(((name, dtype, (_BATCH, *solved)),))
    yield from (Inputs(((name, *each),)) for each in _by_first_layer(module))


def _first_argument(module: nn.Module) -> Iterator[str]:
    try:
        yield next(iter(inspect.signature(module.forward).parameters), "input")
    except (TypeError, ValueError):
        yield "input"


def _declared(module: nn.Module, name: str) -> Iterator[Inputs]:
    """What it holds for this: Lightning's example, the dummies of transformers, the size of timm."""
    for attribute in ("example_input_array", "dummy_inputs"):
        try:
            held = getattr(module, attribute, None)
        except Exception:  # a property of somebody
            continue
        if isinstance(held, Tensor):
            held = {name: held}
        if isinstance(held, Mapping) and held and all(isinstance(each, Tensor) for each in held.values()):
            yield Inputs(tuple((key, _dtype(each), tuple(each.shape)) for key, each in held.items()), named=True)
    for attribute in ("pretrained_cfg", "default_cfg"):
        held = getattr(module, attribute, None)
        size = held.get("input_size") if isinstance(held, Mapping) else None
        if isinstance(size, tuple | list) and all(isinstance(each, int) for each in size):
            yield Inputs(((name, "float32", (_BATCH, *size)),))


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _by_names(module: nn.Module, needed: list[str]) -> Inputs | None:
    """By what arguments are called in transformers and diffusers, with the sizes that their configurations hold."""
    config = getattr(module, "config", None)
    try:
        names = [*inspect.signature(module.forward).parameters]
    except (TypeError, ValueError):
        return None
    first = getattr(module, "main_input_name", None)
    wanted = dict.fromkeys([*([first] if first in names else ()), *needed])
    wanted.pop("self", None)
    if getattr(config, "is_encoder_decoder", False) and "decoder_input_ids" in names:
        wanted["decoder_input_ids"] = None
    if not wanted or not all(name in _NAMED for name in wanted):
        return None
    return Inputs(tuple((name, *_NAMED[name](config)) for name in wanted), named=True)


def _config(config: Any, *names: str, default: int) -> int:
    for name in names:
        held = config.get(name) if isinstance(config, Mapping) else getattr(config, name, None)
        if isinstance(held, list | tuple) and held:
            held = held[0]
        if isinstance(held, int):
            return held
    return default


def _text(_: Any) -> tuple[str, tuple[int, ...]]:
    return "int64", (_BATCH, _WORDS)


def _picture(config: Any) -> tuple[str, tuple[int, ...]]:
    side = _config(config, "image_size", "sample_size", default=224)
    return "float32", (_BATCH, _config(config, "num_channels", "in_channels", default=3), side, side)


#: argument -> (configuration) -> dtype and shape
_NAMED: Final[dict[str, Callable[[Any], tuple[str, tuple[int, ...]]]]] = {
    "input_ids": _text,
    "decoder_input_ids": _text,
    "token_type_ids": _text,
    "attention_mask": _text,
    "pixel_values": _picture,
    "sample": _picture,
    "input_values": lambda _: ("float32", (_BATCH, 16_000)),
    "input_features": lambda held: (
        "float32",
        (
            _BATCH,
            _config(held, "num_mel_bins", "feature_size", default=80),
            2 * _config(held, "max_source_positions", default=1500),
        ),
    ),
    "timestep": lambda _: ("int64", (_BATCH,)),
    "timesteps": lambda _: ("int64", (_BATCH,)),
    "encoder_hidden_states": lambda held: (
        "float32",
        (_BATCH, _WORDS, _config(held, "cross_attention_dim", "joint_attention_dim", "caption_channels", default=768)),
    ),
}


def _first_kind(module: nn.Module) -> type[nn.Module] | None:
    return next((type(each) for each in module.modules() if _sizes(each)), None)


def _by_first_layer(module: nn.Module) -> Iterator[tuple[str, tuple[int, ...]]]:
    """By the first layer that is registered and says what it takes."""
    yield from next((sizes for each in module.modules() if (sizes := _sizes(each))), ())


def _sizes(layer: nn.Module) -> list[tuple[str, tuple[int, ...]]]:
    match layer:
        case nn.Conv1d():
            return [("float32", (_BATCH, layer.in_channels, size)) for size in (128, 1024, 16_000)]
        case nn.Conv2d():
            return [("float32", (_BATCH, layer.in_channels, side, side)) for side in _SIDES]
        case nn.Conv3d():
            sizes = ((16, 112, 112), (32, 32, 32), (8, 224, 224))
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
