"""The model of the sample repository: a replication, trained elsewhere."""

from __future__ import annotations

from torch import nn


def small() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 4, kernel_size=3),
        nn.AvgPool2d(kernel_size=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(676, 10),
        nn.Dropout(p=0.2),
    )


NOT_A_MODULE = 3


def takes_width(width: int) -> nn.Module:
    return nn.Linear(width, 2)


def raises() -> None:
    raise ValueError("no weights here")


def returns_text() -> str:
    return "Linear()"
