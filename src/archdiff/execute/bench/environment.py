"""Where it was measured: what another machine would have to share for its numbers to be compared. Changes nothing."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from pathlib import Path

import torch

from archdiff import __version__


def environment(place: torch.device) -> dict[str, object]:
    """Everything but what changes while measuring."""
    return {
        "archdiff": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "kernel": platform.release(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "usable cores": _affinity(),
        "governor": _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "container": _limits(),
        "torch": torch.__version__,
        "build": torch.__config__.show().strip(),
        "threads": torch.get_num_threads(),
        "blas": _blas(),
        **(_gpu(place) if place.type == "cuda" else {"gpu": None, "driver": None}),
    }


def load() -> list[float] | None:
    """How many processes wanted a core in the last 1, 5 and 15 minutes."""
    try:
        return [round(average, 2) for average in os.getloadavg()]
    except (AttributeError, OSError):
        return None


def _cpu() -> str:
    for line in (_read("/proc/cpuinfo") or "").splitlines():
        if line.startswith(("model name", "Model")):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _affinity() -> list[int] | None:
    try:
        return sorted(os.sched_getaffinity(0))
    except AttributeError:
        return None


def _limits() -> dict[str, str | None]:
    """Of cgroup version 2, or 1: "max 100000" is no limit on CPU time."""
    cpu = _read("/sys/fs/cgroup/cpu.max") or _read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")
    memory = _read("/sys/fs/cgroup/memory.max") or _read("/sys/fs/cgroup/memory/memory.limit_in_bytes")
    return {"cpu": cpu, "memory": memory}


def _blas() -> str:
    parts = dict(part.split("=", 1) for part in torch.__config__.show().replace("\n", ", ").split(", ") if "=" in part)
    has_onednn = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    name = parts.get("BLAS_INFO", "unknown")
    return f"{name}, oneDNN {'on' if has_onednn else 'off'}"


def _gpu(place: torch.device) -> dict[str, object]:
    properties = torch.cuda.get_device_properties(place)
    return {
        "gpu": properties.name,
        "gpu memory": properties.total_memory,
        "compute capability": f"{properties.major}.{properties.minor}",
        "cuda": torch.version.cuda,
        "tf32": {
            "matrix products": torch.backends.cuda.matmul.allow_tf32,
            "convolutions": torch.backends.cudnn.allow_tf32,
        },
        "cudnn": torch.backends.cudnn.version(),  # type: ignore[no-untyped-call]
        "driver": _driver(),
    }


def _driver() -> str | None:
    text = _read("/proc/driver/nvidia/version")
    return text.splitlines()[0].removeprefix("NVRM version:").strip() if text else None


def _read(path: str) -> str | None:
    with suppress(OSError):
        return Path(path).read_text(errors="replace").strip()
    return None
