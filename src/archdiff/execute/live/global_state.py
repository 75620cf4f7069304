"""What foreign code may change for all that runs behind it: settings of torch, of Python and of the process.

Each is taken back where their code returns, so that neither the other network nor a measurement sees it, and named.
What can be set and not be asked for, and functions that are exchanged, are not seen. Must not run any of it.
"""

from __future__ import annotations

import gc
import os
import random
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final, NamedTuple

with warnings.catch_warnings(action="ignore"):  # without NumPy, torch warns that it is missing
    import torch


class GlobalSetting(NamedTuple):
    """One setting."""

    name: str  # for the report; "" is taken back and not named
    get: Callable[[], Any]
    set: Callable[[Any], object]
    changed: Callable[[Any, Any], str] | None = None  # before, after -> what was done, in words


class Changes:
    """What the code of one network changes outside of it, in words, each once; `restored` takes it back."""

    def __init__(self, name: str) -> None:
        self.name = name  # of the network
        self.found: dict[str, None] = {}

    def add(self, what: str) -> None:
        """Takes note of one change: "sets the seed"."""
        self.found[what] = None

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence a change, beginning with the name of the network."""
        return tuple(f"{self.name} {what}" for what in self.found)


@contextmanager
def restored(changes: Changes, rows: Sequence[GlobalSetting] | None = None) -> Iterator[None]:
    """Takes back what is changed meanwhile.

    Args:
        changes: gets each change.
        rows: the settings that are watched; all by default.
    """
    rows = ALL if rows is None else rows
    before = [row.get() for row in rows]
    try:
        yield
    finally:
        for row, old in zip(rows, before, strict=True):
            new = row.get()
            if new == old:
                continue
            row.set(old)
            what = row.changed(old, new) if row.changed else f"sets {row.name} to {_shown(new)}" if row.name else ""
            if what:
                changes.add(f"{what}; taken back")


def _shown(value: Any) -> str:
    if isinstance(value, bool | list | tuple):
        return "on" if (value if isinstance(value, bool) else any(value)) else "off"
    return str(value)


# The settings


def _device() -> Any:
    """None where none was set; torch says "cpu" then."""
    context = getattr(getattr(torch, "_GLOBAL_DEVICE_CONTEXT", None), "device_context", None)
    return getattr(context, "device", None)


def _deterministic() -> tuple[bool, bool]:
    return torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()


def _set_deterministic(values: tuple[bool, bool]) -> None:
    torch.use_deterministic_algorithms(values[0], warn_only=values[1])


def _flushes_denormals() -> bool:
    """Torch has no getter; 1e-310 is a denormal number of double precision."""
    return not float(torch.tensor(1e-310, dtype=torch.float64, device="cpu") * 1.0)


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it is deleted
        return ""


def _set_folder(folder: str) -> None:
    with suppress(OSError):
        os.chdir(folder)


def _set_environment(values: dict[str, str]) -> None:
    for name in os.environ.keys() - values.keys():
        del os.environ[name]
    os.environ.update({name: value for name, value in values.items() if os.environ.get(name) != value})


def _environment_changed(before: dict[str, str], after: dict[str, str]) -> str:
    changed = (name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    names = sorted(name for name in changed if not name.startswith(_OF_TORCH))
    return f"sets {', '.join(names)} in the environment" if names else ""


_OF_TORCH: Final = ("TORCHINDUCTOR_", "TRITON_")  # which torch itself sets where something is used first


def _set_path(before: list[str]) -> None:
    """What was added is kept behind all else: it may be imported in a forward, and must not stand in for another."""
    sys.path[:] = before + [folder for folder in sys.path if folder not in before]


def _set_filters(before: list[Any]) -> None:
    warnings.filters[:] = before  # type: ignore[index]
    warnings._filters_mutated()  # type: ignore[attr-defined]


#: those that run before and behind every module
_HOOKS: Final = (torch.nn.modules.module._global_forward_pre_hooks, torch.nn.modules.module._global_forward_hooks)


def _hooks() -> list[dict[Any, Any]]:
    return [dict(hooks) for hooks in _HOOKS]


def _set_hooks(before: list[dict[Any, Any]]) -> None:
    for hooks, old in zip(_HOOKS, before, strict=True):
        hooks.clear()
        hooks.update(old)


def _torch_numbers() -> tuple[int, bytes]:
    """(the seed, where its numbers are)."""
    return torch.default_generator.initial_seed(), bytes(torch.get_rng_state().tolist())


def _set_torch_numbers(values: tuple[int, bytes]) -> None:
    torch.set_rng_state(torch.tensor(list(values[1]), dtype=torch.uint8, device="cpu"))


def _numpy_numbers() -> tuple[Any, ...] | None:
    state = numpy.random.get_state() if (numpy := sys.modules.get("numpy")) else None
    return state and (state[0], state[1].tolist(), *state[2:])


def _set_numpy_numbers(values: tuple[Any, ...] | None) -> None:
    if values:
        sys.modules["numpy"].random.set_state(values)


def drawn() -> tuple[object, ...]:
    """What changes when numbers are drawn that are not torch's."""
    if "numpy" not in sys.modules:
        return (random.getstate(),)
    _, keys, place, *rest = sys.modules["numpy"].random.get_state()
    return random.getstate(), keys.tobytes(), place, *rest


def _flag(holder: Any, name: str) -> tuple[Callable[[], Any], Callable[[Any], object]]:
    return partial(getattr, holder, name), partial(setattr, holder, name)


_CUDNN: Final = torch.backends.cudnn
_PRINTS: Final = vars(torch._tensor_str.PRINT_OPTS)

#: what calls and imports depend on: quick to ask for
SETTINGS: Final = (
    GlobalSetting("the default dtype", torch.get_default_dtype, torch.set_default_dtype),
    GlobalSetting("the default device", _device, torch.set_default_device),
    GlobalSetting("the number of threads", torch.get_num_threads, torch.set_num_threads),
    GlobalSetting("gradients", torch.is_grad_enabled, torch._C._set_grad_enabled),
    GlobalSetting("deterministic algorithms", _deterministic, _set_deterministic),
    GlobalSetting("the precision of matmul", torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    *(
        GlobalSetting("autocast", partial(torch.is_autocast_enabled, kind), partial(torch.set_autocast_enabled, kind))
        for kind in ("cpu", "cuda")
    ),
    GlobalSetting("flushing of denormal numbers", _flushes_denormals, torch.set_flush_denormal),
    GlobalSetting("cudnn", *_flag(_CUDNN, "enabled")),
    GlobalSetting("cudnn.benchmark", *_flag(_CUDNN, "benchmark")),
    GlobalSetting("cudnn.deterministic", *_flag(_CUDNN, "deterministic")),
    GlobalSetting("cudnn.allow_tf32", *_flag(_CUDNN, "allow_tf32")),
    GlobalSetting("oneDNN", *_flag(torch.backends.mkldnn, "enabled")),
    GlobalSetting("the detection of anomalies", torch.is_anomaly_enabled, torch.set_anomaly_enabled),
    GlobalSetting("hooks of all modules", _hooks, _set_hooks, lambda *_: "registers hooks for all modules"),
    GlobalSetting("the working directory", _folder, _set_folder),
    GlobalSetting("the environment", os.environ.copy, _set_environment, _environment_changed),
    GlobalSetting("sys.path", lambda: list(sys.path), _set_path, lambda *_: "changes sys.path"),
)
_SELDOM: Final = (
    GlobalSetting("print options", _PRINTS.copy, _PRINTS.update, lambda *_: "sets the print options of torch"),
    GlobalSetting("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
    GlobalSetting("garbage collection", gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
    GlobalSetting("", lambda: list(warnings.filters), _set_filters),
    GlobalSetting("", random.getstate, random.setstate),
    GlobalSetting("", _numpy_numbers, _set_numpy_numbers),
)
UNSEEDED: Final = (*SETTINGS, *_SELDOM)
ALL: Final = (
    *UNSEEDED,
    GlobalSetting(
        "the seed", _torch_numbers, _set_torch_numbers, lambda old, new: "sets the seed" if old[0] != new[0] else ""
    ),
)
