"""The comparisons of benchmarks/pictures.py: what a terminal shows at each width, with and without colour."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import archdiff
from archdiff.report import View, find

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
import pictures

HEADLINES = {
    "note": "function: k-winners before pooling in both blocks (k 4767, not 1200); dense linear, not 40 % non-zero; "
    "1 smaller difference",
    "note_lucas": "function: no LogSoftmax (softmax); percent_on 0.095, not 0.0957 (features.3: k 1192, not 1200)",
    "decoder": "function: 28 blocks, not 40, in model.layers; hidden size 3072, not 4096; key and value width 3072, "
    "not 256; feed-forward size 24576, not 13696; 5 more",
    "resnet_depth": "function: 3, 4, 6, 3 blocks in the 4 stages, not 3, 4, 23, 3",
    "resnet_v1_5": "function: stride 2x2 on layer2.0.conv2, not on layer2.0.conv1 (layer*.0.conv1, 3 places)",
    "resnet_act": "function: SiLU, not ReLU (relu, 9 places); BatchNorm2d, not Identity (layer*.*.bn2, 8 places)",
    "unet": "function: every width x 1/2: 32, 64, 128, 256, 512, not 64, 128, 256, 512, 1024",
    "encoder": "function: 6 TransformerEncoderLayer blocks, not 4, in encoder.layers; feed-forward size 1024, not 2048 "
    "(encoder.layers.*.linear1, 4 places); 1 more",
    "lenet_names": "cosmetic: the same network, spelled differently, if LeNet runs its children in printed order",
    "lenet_order": "training: p 0.5, not 0.3 (9): the same in inference, different while training, if LeNet runs its "
    "children in printed order",
}
CODE = re.compile(r"\x1b\[([\d;]*)m")
#: bold, dim, what ends both, and the terminal's own colours: their eight names and how to leave them
OWN = {"0", "1", "2", "31", "32", "33", "35", "36"}
TERMINAL = find("terminal")


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, archdiff.Outcome]:
    pairs = pictures.pairs(tmp_path_factory.mktemp("prints"))
    return {name: archdiff.compare(*both) for name, both in pairs.items()}


def test_each_pair_has_a_headline(outcomes: dict[str, archdiff.Outcome]) -> None:
    found = {}
    for name, outcome in outcomes.items():
        first, second, *_ = TERMINAL.compare(outcome, View()).splitlines()
        found[name] = f"{first} {second.strip()}" if second.startswith("  ") else first
    assert found == HEADLINES


@pytest.mark.parametrize("width", pictures.WIDTHS)
def test_colours_are_those_of_the_terminal_and_carry_no_meaning_alone(
    outcomes: dict[str, archdiff.Outcome], width: int
) -> None:
    for outcome in outcomes.values():
        painted = TERMINAL.compare(outcome, View(width=width, color=True))
        assert {code for codes in CODE.findall(painted) for code in codes.split(";")} <= OWN
        assert CODE.sub("", painted) == TERMINAL.compare(outcome, View(width=width))


@pytest.mark.parametrize("width", pictures.WIDTHS)
def test_no_line_is_wider_than_the_terminal(outcomes: dict[str, archdiff.Outcome], width: int) -> None:
    """But code, which is to be copied."""
    for outcome in outcomes.values():
        lines = TERMINAL.compare(outcome, View(width=width)).splitlines()
        assert [line for line in lines if len(line) > width and "model" not in line] == []


def test_a_picture_of_each_width_and_theme(outcomes: dict[str, archdiff.Outcome]) -> None:
    found = dict(pictures.pictures(outcomes["unet"], "half as wide"))
    assert sorted(found) == sorted(
        f"{width}-{theme}" for width in (60, 80, 160) for theme in ("dark", "light", "plain")
    )
    assert all(text.startswith("<svg") and "half&#160;as&#160;wide" in text for text in found.values())


def test_a_pair_that_there_is_not_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "argv", ["pictures.py", str(tmp_path), "nosuch"])
    with pytest.raises(SystemExit):
        pictures.main()
    assert f"no such pair: nosuch; there are {', '.join(HEADLINES)}" in capsys.readouterr().err
