# ruff: noqa: E501  (tables: a case a line)
"""Optimizers and schedulers as printed."""

from __future__ import annotations

import pytest

from archdiff.model.errors import ReadError
from archdiff.model.network import Layer, Recipe, Setting, Value
from archdiff.parse import parse
from archdiff.parse.unparse import unparse_network

NET = "Net(\n  (a): ReLU()\n)\n"

LEFT_ALONE = [
    ("call", "SGD (\n    lr: 0.1\n)\n"),
    ("never closed", "SGD (\nParameter Group 0\n    lr: 0.1\n"),
    ("a word", "StepLR\n\n"),
    ("prose", "Scheduler\nis used\n"),
    ("another object", "<torch.utils.data.DataLoader object at 0x7f>\n"),
]


@pytest.mark.parametrize("text", [row[1] for row in LEFT_ALONE], ids=[row[0] for row in LEFT_ALONE])
def test_left_alone(text: str) -> None:
    assert [network.recipe for network in parse(text + NET)] == [None]


def group(number: int, **settings: Value) -> Layer:
    return Layer(f"Parameter Group {number}", "", tuple(Setting(name, value) for name, value in settings.items()))


PARTS = [
    (
        "two groups",
        "AdamW (\nParameter Group 0\n    betas: (0.9, 0.999)\n    foreach: None\n    lr: 1e-05\n\n"
        "Parameter Group 1\n    betas: [0.9, 0.999]\n    lr: 0.001\n)\n",
        Layer("", "AdamW", (), (group(0, betas=(0.9, 0.999), foreach=None, lr=1e-05), group(1, betas=(0.9, 0.999), lr=0.001))),
    ),
    ("logged", "0: Using optimizer: FusedAdam (\nParameter Group 0\n    lr: 0.1\n)\n", Layer("", "FusedAdam", (), (group(0, lr=0.1),))),
    ("logged lines", "[1] INFO Optimizer = SGD (\n[2] INFO Parameter Group 0\n[3] INFO     lr: 0.1\n[4] INFO )\n", Layer("", "SGD", (), (group(0, lr=0.1),))),
    ("indented", "  SGD (\n  Parameter Group 0\n      lr: 0.1\n  )\n", Layer("", "SGD", (), (group(0, lr=0.1),))),
    ("scheduler", "StepLR\n    step_size 1\n    gamma: 0.9\n", Layer("", "StepLR", (Setting("step_size", 1), Setting("gamma", 0.9)))),
    ("object", "<torch.optim.lr_scheduler.OneCycleLR object at 0x7ff6e79a5e50>\n", Layer("", "OneCycleLR")),
    ("object of another library", "LR Scheduler = <deepspeed.pt.deepspeed_lr_schedules.WarmupLR object at 0x7f64>\n", Layer("", "WarmupLR")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "layer"), [row[1:] for row in PARTS], ids=[row[0] for row in PARTS])
def test_parts(text: str, layer: Layer) -> None:
    (network,) = parse(text + NET)
    assert network.recipe == (Recipe((layer,)) if layer.children else Recipe((), (layer,)))


@pytest.mark.parametrize("text", [row[1] for row in PARTS if " = " not in row[1] and "Using" not in row[1]])
def test_prints_back_as_it_was(text: str) -> None:
    (network,) = parse(text + NET)
    assert unparse_network(network) == text + NET


STEP_STATE = "{'step_size': 30, 'gamma': 0.1, 'base_lrs': [0.1], 'last_epoch': 0, '_step_count': 1}"
STEP = Layer("", "StepLR", (Setting("step_size", 30), Setting("gamma", 0.1), Setting("base_lrs", (0.1,)), Setting("last_epoch", 0), Setting("_step_count", 1)))  # fmt: skip
TWO_GROUPS = "{'state': {0: {}}, 'param_groups': [{'lr': 0.1, 'betas': (0.9, 0.99), 'params': [0, 1]}, {'lr': 0.01, 'betas': (0.9, 0.99), 'params': [2]}]}"
ADAM = Layer("", "Adam", (), (group(0, lr=0.1, betas=(0.9, 0.99)), group(1, lr=0.01, betas=(0.9, 0.99))))

STATES = [
    ("beside", f"StepLR {STEP_STATE}\n", STEP),
    ("colon", f"scheduler: StepLR: {STEP_STATE}\n", STEP),
    ("call", f"StepLR.state_dict() = {STEP_STATE}\n", STEP),
    ("above", f"StepLR:\n{STEP_STATE}\n", STEP),
    ("assigned", f"scheduler = StepLR\n{STEP_STATE}\n", STEP),
    ("over lines", "StepLR\n" + STEP_STATE.replace(", ", ",\n ") + "\n", STEP),
    ("groups", f"Adam {TWO_GROUPS}\n", ADAM),
    ("groups over lines", "Adam\n" + TWO_GROUPS.replace("], ", "],\n  ") + "\n", ADAM),
]


@pytest.mark.parametrize(("text", "layer"), [row[1:] for row in STATES], ids=[row[0] for row in STATES])
def test_states(text: str, layer: Layer) -> None:
    (network,) = parse(text + NET)
    assert network.recipe == (Recipe((layer,)) if layer.children else Recipe((), (layer,)))
    assert parse(unparse_network(network))[0].recipe == network.recipe


@pytest.mark.parametrize(
    "text", [f"{STEP_STATE}\n", f"we print {STEP_STATE}\n", "Adam {'lr': 0.1}\n", "StepLR {'last_epoch': 0\n"]
)
def test_states_that_are_nobodys(text: str) -> None:
    assert parse(text + NET)[0].recipe is None


ALONE = [
    ("SGD (\nParameter Group 0\n    lr: 0.1\n)\n", 1, "SGD is an optimizer, and no network"),
    ("text\n<torch.optim.lr_scheduler.StepLR object at 0x7f>\n", 2, "StepLR is a scheduler, and no network"),
    (f"text\n\n{STEP_STATE}\n", 3, "the state of a scheduler without its class"),
    (f"{TWO_GROUPS}\n", 1, "the state of an optimizer without its class"),
]


@pytest.mark.parametrize(("text", "line", "why"), ALONE)
def test_a_recipe_alone(text: str, line: int, why: str) -> None:
    with pytest.raises(ReadError, match=why) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, 1)
