"""Two recipes: what differs in them, and what it is worth."""

from __future__ import annotations

import pytest

from archdiff import diff, infer, parse
from archdiff.model.finding import Finding
from archdiff.semantics import rules
from known import known

NETWORK = "Sequential(\n  (0): Linear(in_features=4, out_features=2, bias=True)\n)\n"
GROUP = "Parameter Group 0\n    dampening: 0\n    foreach: None\n    lr: 0.1\n    momentum: 0\n"
SGD = f"SGD (\n{GROUP})\n"
STEP = "StepLR\n{'step_size': 1, 'gamma': 0.9, 'base_lrs': [0.1], 'last_epoch': 0}\n"


def found(candidate: str, reference: str) -> list[Finding]:
    both = [rules.normalize(parse.parse(NETWORK + recipe)[0]) for recipe in (candidate, reference)]
    return list(diff.compare(*infer.infer(both)).findings)


CASES = [
    ("equal", SGD, SGD, []),
    ("two of a class", SGD * 2, SGD, [("training", "optimizer SGD 2 only in the candidate")]),
    ("two of a class on both sides", SGD * 2, SGD * 2, []),
    ("the state that the hint asks for", SGD + STEP, SGD + STEP, []),
    ("a setting", SGD, SGD.replace("lr: 0.1", "lr: 0.2"), [("training", "SGD.Parameter Group 0.lr 0.1, not 0.2")]),
    (
        "a schedule that is further on",
        SGD + STEP,
        SGD + STEP.replace("'last_epoch': 0", "'last_epoch': 25"),
        [("state", "StepLR.last_epoch 0, not 25: changes during training")],
    ),
    (
        "a rate that the schedule moved",
        SGD.replace("lr: 0.1", "initial_lr: 0.5\n    lr: 0.1"),
        SGD.replace("lr: 0.1", "initial_lr: 0.5\n    lr: 0.2"),
        [("state", "SGD.Parameter Group 0.lr 0.1, not 0.2: changes during training")],
    ),
    (
        "a schedule as it is written",
        SGD + "ExponentialLR(gamma=0.9)\n",
        SGD + "ExponentialLR(gamma=0.8)\n",
        [("training", "ExponentialLR.gamma 0.9, not 0.8")],
    ),
    (
        "a schedule of one side",
        SGD + "ExponentialLR(gamma=0.9)\n",
        SGD,
        [("training", "scheduler ExponentialLR only in the candidate")],
    ),
    ("of the schedule", SGD + STEP, SGD + STEP.replace("0.9", "0.8"), [("training", "StepLR.gamma 0.9, not 0.8")]),
    (
        "another group",
        SGD,
        SGD.replace(")", "Parameter Group 1\n    lr: 0.5\n)"),
        [("training", "optimizer SGD.Parameter Group 1 only in the reference")],
    ),
    (
        "another kernel",
        SGD,
        SGD.replace("foreach: None", "foreach: True"),
        [("equivalent", "SGD.Parameter Group 0.foreach None, not True: the same update, computed by another kernel")],
    ),
    (
        "another optimizer",
        SGD,
        SGD.replace("SGD", "RMSprop"),
        [("training", "SGD(lr 0.1, momentum 0), not RMSprop(lr 0.1, momentum 0)")],
    ),
]


@pytest.mark.parametrize(
    ("candidate", "reference", "told"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_is_told(candidate: str, reference: str, told: list[tuple[str, ...]]) -> None:
    assert [(finding.effect.word, finding.message) for finding in found(candidate, reference)] == told


def test_a_printed_schedule_is_read() -> None:
    (network,) = parse.parse(NETWORK + SGD + STEP)
    assert [layer.class_name for layer in known(network.recipe).schedulers] == ["StepLR"]
    (asked,) = found("", SGD)
    assert asked.hint == 'print(optimizer, type(scheduler).__name__, scheduler.state_dict(), sep="\\n")'
