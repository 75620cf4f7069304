# ruff: noqa: E501  (tables: a case a line)
"""Optimizers and schedulers as printed."""

import pytest

from archdiff.formats import parse, unparse_network
from archdiff.network import Layer, Recipe, Setting

NET = "Net(\n  (a): ReLU()\n)\n"

LEFT_ALONE = [
    ("call", "SGD (\n    lr: 0.1\n)\n"),
    ("never closed", "SGD (\nParameter Group 0\n    lr: 0.1\n"),
    ("a word", "StepLR\n\n"),
    ("prose", "Scheduler\nis used\n"),
    ("another object", "<torch.utils.data.DataLoader object at 0x7f>\n"),
]


@pytest.mark.parametrize("text", [row[1] for row in LEFT_ALONE], ids=[row[0] for row in LEFT_ALONE])
def test_left_alone(text):
    assert [network.recipe for network in parse(text + NET)] == [None]


def group(number: int, **settings: object) -> Layer:
    return Layer(f"Parameter Group {number}", "", tuple(Setting(name, value) for name, value in settings.items()))


PARTS = [
    (
        "two groups",
        "AdamW (\nParameter Group 0\n    betas: (0.9, 0.999)\n    foreach: None\n    lr: 1e-05\n\n"
        "Parameter Group 1\n    betas: [0.9, 0.999]\n    lr: 0.001\n)\n",
        Layer("", "AdamW", (), (group(0, betas=(0.9, 0.999), foreach=None, lr=1e-05), group(1, betas=(0.9, 0.999), lr=0.001))),
    ),
    ("logged", "0: Using optimizer: FusedAdam (\nParameter Group 0\n    lr: 0.1\n)\n", Layer("", "FusedAdam", (), (group(0, lr=0.1),))),
    ("indented", "  SGD (\n  Parameter Group 0\n      lr: 0.1\n  )\n", Layer("", "SGD", (), (group(0, lr=0.1),))),
    ("scheduler", "StepLR\n    step_size 1\n    gamma: 0.9\n", Layer("", "StepLR", (Setting("step_size", 1), Setting("gamma", 0.9)))),
    ("object", "<torch.optim.lr_scheduler.OneCycleLR object at 0x7ff6e79a5e50>\n", Layer("", "OneCycleLR")),
    ("object of another library", "LR Scheduler = <deepspeed.pt.deepspeed_lr_schedules.WarmupLR object at 0x7f64>\n", Layer("", "WarmupLR")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "layer"), [row[1:] for row in PARTS], ids=[row[0] for row in PARTS])
def test_parts(text, layer):
    (network,) = parse(text + NET)
    assert network.recipe == (Recipe((layer,)) if layer.children else Recipe((), (layer,)))


@pytest.mark.parametrize("text", [row[1] for row in PARTS if " = " not in row[1] and "Using" not in row[1]])
def test_prints_back_as_it_was(text):
    (network,) = parse(text + NET)
    assert unparse_network(network) == text + NET
