"""What the driver of a GPU tells, from a library that answers as it does. On a GPU: `test_cuda`."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import pytest
import torch

from archdiff.execute.devices import nvml

ANSWERS = {
    "nvmlDeviceGetTotalEnergyConsumption": (0, 12_500),
    "nvmlDeviceGetPowerUsage": (0, 250_000),
    "nvmlDeviceGetPowerManagementLimit": (0, 700_000),
    "nvmlDeviceGetClockInfo": (0, 1_980),
    "nvmlDeviceGetTemperature": (0, 45),
    "nvmlDeviceGetPerformanceState": (3, 0),  # an error
}

GPU = torch.device("cuda", 0)


class Library:
    """Answers by the name of a function; an older driver lacks some."""

    def __getattr__(self, name: str) -> Callable[..., int]:
        if name not in ANSWERS:
            raise AttributeError(name)
        code, value = ANSWERS[name]

        def answer(_handle: object, *rest: object) -> int:
            # which clock, which thermometer: the first of both is number 0
            told = value + 10 * sum(each for each in rest if isinstance(each, int))
            ctypes.cast(rest[-1], ctypes.POINTER(ctypes.c_uint))[0] = told  # type: ignore[arg-type]  # by reference
            return code

        return answer


@pytest.fixture(params=[True, False], ids=["a driver", "none"])
def driver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(nvml, "_library", lambda: Library() if request.param else None)
    monkeypatch.setattr(nvml, "_handle", lambda _index: ctypes.c_void_p() if request.param else None)
    return bool(request.param)


def test_energy_is_in_joules(driver: bool) -> None:
    assert nvml.energy(GPU) == (12.5 if driver else None)


def test_state(driver: bool) -> None:
    known = {
        "graphics clock": 1_980,
        "sm clock": 1_990,
        "memory clock": 2_000,
        "power": 250.0,
        "power limit": 700.0,
        "temperature": 45,
        "performance state": None,
        "throttle reasons": None,
    }
    assert nvml.state(GPU) == (known if driver else dict.fromkeys(known))
