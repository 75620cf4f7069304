"""Every printed form is printed back: text, layers with these settings, text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

import archdiff.nn
from archdiff import parse
from archdiff.model.network import Layer

ROOT = Path(__file__).resolve().parents[2]
BOOST = "boost_strength=1.5, boost_strength_factor=0.9, k_inference_factor=1.5, duty_cycle_period=1000"
FORMS = [
    f"KWinners2d(n=12544, percent_on=0.0956632653061, {BOOST})",
    f"KWinners2d(channels=64, n=0, percent_on=0.095, {BOOST})",
    f"KWinners2d(channels=64, n=50176, percent_on=0.095, {BOOST})",
    f"KWinners2d(channels=64, local=False, n=0, percent_on=0.095, {BOOST})",
    f"KWinners2d(channels=64, local=True, n=0, percent_on=0.095, {BOOST})",
    f"KWinners2d(channels=64, local=False, n=0, percent_on=0.095, {BOOST}, break_ties=False, relu=True, inplace=False)",
    f"KWinners2d(channels=64, local=False, break_ties=False, n=0, percent_on=0.095, {BOOST})",
    f"KWinners(n=1500, percent_on=0.067, {BOOST})",
    f"KWinners(n=1500, percent_on=0.0666666666667, {BOOST})",
    f"KWinners(n=1500, k=100, {BOOST})",
    f"KWinners(n=1500, k=100, k_inference=150, {BOOST})",
    f"KWinners(n=1000, percent_on=0.1, {BOOST}, break_ties=True, relu=False, inplace=True)",
    "KWinners(n=10, percent_on=0.1, boost_strength=0.06358673423528671, boost_strength_factor=0.9)",
    "KWinners(n=10, percent_on=0.1, boost_strength=1.6699999570846558)",
    "KWinners(n=30, percent_on=0.1)",
    "SparseWeights(\n  weight_sparsity=0.4\n  (module): Linear(in_features=16, out_features=5, bias=True)\n)",
    "SparseWeights(\n  sparsity=0.4\n  (module): Linear(in_features=16, out_features=5, bias=False)\n)",
    "SparseWeights2d(\n  sparsity=0.5\n  (module): Conv2d(3, 8, kernel_size=(5, 5), stride=(1, 1))\n)",
    "SparseWeights2d(\n  weight_sparsity=0.5\n  (module): Conv2d(3, 8, kernel_size=(3, 3), stride=(2, 2))\n)",
    "DSLinear(in_features=16, out_features=15, bias=True)",
    "DSConv2d(1, 64, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2), bias=False)",
]


def built(layer: Layer) -> torch.nn.Module:
    """As `runtime.build` does, without what it does for other classes."""
    args = [setting.value for setting in layer.settings if not setting.name]
    settings = {setting.name: setting.value for setting in layer.settings if setting.name}
    children = {child.name: built(child) for child in layer.children}
    home = archdiff.nn if hasattr(archdiff.nn, layer.class_name) else torch.nn
    return getattr(home, layer.class_name)(*args, **settings, **children)


@pytest.mark.parametrize("text", FORMS)
def test_printed_as_read(text: str) -> None:
    assert repr(built(parse.parse(text)[0].root)) == text


def test_all_that_the_repository_holds() -> None:
    texts = set()
    for path in (*ROOT.glob("reference_specs/**/*.txt"), *ROOT.glob("tests/data/*.md")):
        texts |= set(re.findall(r"\bKWinners(?:2d)?\(.*\)", path.read_text()))
    assert len(texts) > 10
    for text in texts:
        assert repr(built(parse.parse(text)[0].root)) == text


def test_state_is_printed() -> None:
    module = built(parse.parse(f"KWinners2d(channels=2, n=0, percent_on=0.25, {BOOST})")[0].root)
    assert isinstance(module, archdiff.nn.KWinners2d)
    module(torch.randn(1, 2, 4, 4))
    for _ in range(30):
        module.update_boost_strength()
    assert repr(module).startswith("KWinners2d(channels=2, n=32, percent_on=0.25, boost_strength=0.06358673423528671,")


def test_what_is_not_given_is_not_printed() -> None:
    assert repr(archdiff.nn.KWinners(percent_on=0.5, n=4)) == "KWinners(percent_on=0.5, n=4)"
    assert repr(archdiff.nn.KWinners2d(channels=1, percent_on=0.5)) == "KWinners2d(channels=1, percent_on=0.5)"
