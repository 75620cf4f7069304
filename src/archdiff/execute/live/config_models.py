"""The network of a config.json as transformers builds it: all of its layers, without weights, on the meta device.

Nothing is loaded and no network is reached; code that comes beside a configuration (`auto_map`) never runs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import torch
from torch import nn

from archdiff.execute.live import exceptions
from archdiff.model.errors import UsageError

_WAY_OUT: Final = "pip install transformers; without it configurations are compared field by field, without --build"
_FIELDS_ALONE: Final = "leave --build out, and the fields are compared"
_OFFLINE: Final = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


def build(source: str, text: str) -> tuple[nn.Module, str]:
    """The network that a configuration describes.

    Args:
        source: What messages call the file.
        text: What it holds.

    Returns:
        The module, without weights, and what made it: "transformers 5.0.0".

    Raises:
        UsageError: transformers is not installed, does not know the type, or its code fails with these fields.
    """
    fields: dict[str, Any] = json.loads(text)
    with _offline():
        transformers = _transformers(source)
        made_by = f"transformers {transformers.__version__}"
        model_type = fields.get("model_type")
        if not isinstance(model_type, str) or model_type not in transformers.CONFIG_MAPPING:
            what = f"model type {model_type}" if model_type and isinstance(model_type, str) else "no model_type"
            raise UsageError(f"{what}: none that {made_by} builds", source=source, way_out=_FIELDS_ALONE)
        with exceptions.caught(source, f"building it with {made_by}"), torch.device("meta"):
            config = transformers.CONFIG_MAPPING[model_type].from_dict(fields)
            config._attn_implementation = "eager"  # one spelling on both sides
            return _model(transformers, config, fields), made_by


def _model(transformers: Any, config: Any, fields: dict[str, Any]) -> nn.Module:
    """Of the class that the file names where there is one, else of the one that belongs to the type."""
    names = fields.get("architectures")
    name = names[0] if isinstance(names, list) and names else ""
    found = getattr(transformers, name, None) if isinstance(name, str) and name else None
    is_module = isinstance(found, type) and issubclass(found, nn.Module)
    made: nn.Module = found(config) if is_module and found else transformers.AutoModel.from_config(config)
    return made


def _transformers(source: str) -> Any:
    try:
        import transformers
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name == "transformers"
        why = "is not installed" if missing else f"cannot be loaded: {exceptions.first_line(error)}"
        raise UsageError(f"--build needs transformers, which {why}", source=source, way_out=_WAY_OUT) from None
    return transformers


@contextmanager
def _offline() -> Iterator[None]:
    """Says to the libraries of Hugging Face that there is no network."""
    before = {name: os.environ.get(name) for name in _OFFLINE}
    os.environ.update(dict.fromkeys(_OFFLINE, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
