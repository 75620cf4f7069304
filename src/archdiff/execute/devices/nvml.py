"""What NVIDIA's driver tells of a GPU: energy, power, clocks, temperature. Reads only; None where there is no driver.

Through the library that comes with the driver (libnvidia-ml), so that nothing is to be installed. A GPU is found by its
UUID, since the driver counts all GPUs and torch those of CUDA_VISIBLE_DEVICES.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import torch

_CLOCKS: Final = {"graphics": 0, "sm": 1, "memory": 2}


@cache
def _library() -> Any | None:
    for name in ("libnvidia-ml.so.1", "nvml.dll"):
        try:
            library = ctypes.CDLL(name)
            if library.nvmlInit_v2() == 0:
                return library
        except (OSError, AttributeError):
            continue
    return None


@cache
def _handle(index: int) -> ctypes.c_void_p | None:
    library = _library()
    if library is None:
        return None
    handle = ctypes.c_void_p()
    uuid = f"GPU-{torch.cuda.get_device_properties(index).uuid}"
    if library.nvmlDeviceGetHandleByUUID(uuid.encode(), ctypes.byref(handle)) != 0:
        return None
    return handle


def energy(index: int) -> float | None:
    """Joules since the driver was loaded, of the whole board; counted by GPUs since Volta."""
    millijoules = _query(index, "nvmlDeviceGetTotalEnergyConsumption", ctypes.c_ulonglong())
    return None if millijoules is None else millijoules / 1000


def state(index: int) -> Mapping[str, object]:
    """Clocks in MHz, power in watts, temperature in degrees Celsius, performance state (0 is the fastest)."""
    power = _query(index, "nvmlDeviceGetPowerUsage", ctypes.c_uint())
    limit = _query(index, "nvmlDeviceGetPowerManagementLimit", ctypes.c_uint())
    return {
        **{
            f"{name} clock": _query(index, "nvmlDeviceGetClockInfo", ctypes.c_uint(), kind)
            for name, kind in _CLOCKS.items()
        },
        "power": None if power is None else power / 1000,
        "power limit": None if limit is None else limit / 1000,
        "temperature": _query(index, "nvmlDeviceGetTemperature", ctypes.c_uint(), 0),
        "performance state": _query(index, "nvmlDeviceGetPerformanceState", ctypes.c_uint()),
        "throttle reasons": _query(index, "nvmlDeviceGetCurrentClocksThrottleReasons", ctypes.c_ulonglong()),
    }


def _query(index: int, function: str, answer: Any, *arguments: int) -> int | None:
    library, handle = _library(), _handle(index)
    if library is None or handle is None:
        return None
    try:
        code = getattr(library, function)(handle, *arguments, ctypes.byref(answer))
    except AttributeError:  # an older driver
        return None
    return int(answer.value) if code == 0 else None
