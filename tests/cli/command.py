"""The command in a process of its own, and small networks to call it with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import archdiff

SRC = str(Path(archdiff.__file__).parent.parent)
NOTE = str(Path(__file__).parents[1] / "data" / "note.md")
MINE, SPARSE, SUPER = f"{NOTE}#Mine", f"{NOTE}#Original Sparse", f"{NOTE}#SuperSparse"

SMALL = (
    "Sequential(\n  (0): Linear(in_features=4, out_features=3, bias=True)\n  (1): Dropout(p=0.5, inplace=False)\n)\n"
)
NORM = "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"
POOL = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
SCALE, POOLED = (f"Sequential(\n  (0): {first}\n  (1): {second}\n)\n" for first, second in ((NORM, POOL), (POOL, NORM)))
SOFTMAX = "Sequential(\n  (0): Linear(in_features=4, out_features=3, bias=True)\n  (1): LogSoftmax({})\n)\n"
NETWORKS = {
    "same.txt": SMALL,
    "inplace.txt": SMALL.replace("inplace=False", "inplace=True"),  # cosmetic
    "dropout.txt": SMALL.replace("0.5", "0.2"),  # training
    "wide.txt": SMALL.replace("out_features=3", "out_features=5"),  # function
    "scale.txt": SCALE,
    "pooled.txt": POOLED,  # unknown: it depends on the signs of gamma
    "softmax.txt": SOFTMAX.format("dim=1"),
    "old.txt": SOFTMAX.format(""),  # dim is not printed
    "cut.txt": SMALL[:40],
    "empty.txt": "",
    "prose.txt": "no network here\n",
}


def run(
    *arguments: str, cwd: Path | None = None, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with nothing of this one's environment that it looks at."""
    seen = ("ARCHDIFF_", "FORCE_COLOR", "NO_COLOR", "COLUMNS")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(seen)}
    done = subprocess.run(
        [sys.executable, "-m", "archdiff", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        env={**inherited, "PYTHONPATH": SRC, **environment},
    )
    assert "Traceback" not in done.stderr
    return done
