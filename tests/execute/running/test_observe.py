"""What layers do when they run, against what their text promises."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from archdiff import commands, diff, infer, parse
from archdiff.execute.running.options import RunOptions
from archdiff.execute.running.run import run
from archdiff.model.effects import Effect
from archdiff.model.outcome import Outcome
from archdiff.model.running import LayerRun
from archdiff.semantics import rules
from execute.sides import Both, ran, sequential
from known import known

pytestmark = pytest.mark.usefixtures("one_thread")

NOTE = str(Path(__file__).parents[2] / "data" / "note.md")


@pytest.fixture(scope="module")
def mine_and_sparse() -> Both:
    """64 samples of white noise."""
    networks = [parse.pick(f"{NOTE}#{name}", parse.read(NOTE).networks) for name in ("Mine", "Sparse")]
    ours, theirs = infer.infer([rules.normalize(network) for network in networks])
    found = diff.compare(ours, theirs)
    return Both(found, *run(ours, theirs, found, RunOptions(batch=64, dtype="float32")))


def at(layers: tuple[LayerRun, ...], path: str) -> LayerRun:
    return next(layer for layer in layers if layer.path.endswith(path))


@pytest.mark.parametrize(
    ("side", "path", "n", "k", "k_inference"),
    [
        ("candidate", "cnn1_kwinner", 50176, 4767, 7150),
        ("candidate", "cnn2_kwinner", 6400, 800, 1200),
        ("candidate", "linear_kwinner", 1000, 100, 150),
        ("reference", "cnnSdr1_kwinner", 12544, 1200, 1800),
        ("reference", "cnnSdr2_kwinner", 1600, 200, 300),
        ("reference", "linearSdr1_kwinner", 1000, 100, 150),
    ],
)
def test_every_k_winner_lets_exactly_k_through(
    mine_and_sparse: Both, side: str, path: str, n: int, k: int, k_inference: int
) -> None:
    layer = at(getattr(mine_and_sparse.ran, side), path)
    assert (layer.k, layer.k_inference) == (k, k_inference)
    assert layer.density == pytest.approx(k / n, abs=1e-9)
    assert layer.density_inference == pytest.approx(k_inference / n, abs=1e-9)
    assert not [finding for finding in mine_and_sparse.more if finding.rule == "AD902"]


@pytest.mark.parametrize(
    ("side", "path", "training", "inference"),
    [
        ("candidate", "cnn1_maxpool", 0.33, 0.46),
        ("candidate", "cnn2_maxpool", 0.41, 0.55),
        ("reference", "cnnSdr1_kwinner", 0.096, 0.143),
        ("reference", "cnnSdr2_kwinner", 0.125, 0.1875),
    ],
)
def test_what_reaches_the_next_weights(
    mine_and_sparse: Both, side: str, path: str, training: float, inference: float
) -> None:
    layer = at(getattr(mine_and_sparse.ran, side), path)
    assert layer.density == pytest.approx(training, abs=0.011)
    assert layer.density_inference == pytest.approx(inference, abs=0.011)


def test_weights_of_the_hidden_layer(mine_and_sparse: Both) -> None:
    assert at(mine_and_sparse.ran.candidate, "linear").weight_density == 1
    assert at(mine_and_sparse.ran.reference, "linearSdr1").weight_density == pytest.approx(0.4)


def test_order_and_shapes(mine_and_sparse: Both) -> None:
    layers = mine_and_sparse.ran.candidate
    assert [layer.calls for layer in layers] == [(place,) for place in range(1, 15)]
    assert [layer.output_shape for layer in layers[:4]] == [(64, 28, 28)] * 3 + [(64, 14, 14)]
    assert at(layers, "flatten").output_shape == (1600,)
    assert mine_and_sparse.more == ()


# Findings


def test_fewer_than_k_because_nothing_else_is_positive_is_no_finding() -> None:
    text = sequential(["Linear(in_features=4, out_features=9)", "ReLU()", "KWinners(n=9, percent_on=0.9)"])
    assert ran(text, text).more == ()


def test_an_estimate_that_is_far_off_is_told() -> None:
    """A dropout of whole channels leaves nothing for pooling to find, which the estimate does not know."""
    pool = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
    text = sequential(["Conv2d(1, 8, kernel_size=(3, 3), stride=(1, 1))", "Dropout2d(p=0.5)", pool])
    finding, _ = ran(text, text, shape=(1, 9, 9)).more
    assert (finding.rule, finding.effect, known(finding.candidate).path) == ("AD902", Effect.UNKNOWN, "2")
    assert finding.message.endswith("of the output of 2 is non-zero in training, estimated 93.8 %")


# Live modules

LIVE = """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(6, 6)
        self.spare = nn.Linear(6, 6)
        self.norm = nn.LayerNorm(6)
        self.act = nn.ReLU()
        self.fc2 = nn.Linear(6, 3)

    def forward(self, x):
        x = self.norm(self.act(self.fc1(x)))
        return self.fc2(self.act(x))

class Plain(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 3))

class Sliced(Plain):
    def forward(self, x):
        return self[2](self[1](self[0](x)) * 2)

class Shaped(Plain):
    def forward(self, x):
        return self[2](self[1](self[0](x[:, None])))

def fails():
    made = Plain()
    made[0] = nn.Linear(5, 6)
    return made

def number():
    return 3
"""
PLAIN = sequential(
    [
        "Linear(in_features=6, out_features=6, bias=True)",
        "ReLU()",
        "Linear(in_features=6, out_features=3, bias=True)",
    ]
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "live_nets.py").write_text(LIVE)
    (tmp_path / "plain.txt").write_text(PLAIN)
    yield tmp_path
    sys.modules.pop("live_nets", None)


def compared(candidate: str, reference: str, **asked: Any) -> Outcome:
    return commands.compare(commands.Request(candidate, reference, (6,)), RunOptions(**asked))


@pytest.mark.usefixtures("folder")
def test_a_live_module_shows_its_executed_order() -> None:
    outcome = compared("live_nets:Net", "live_nets:Net")
    calls = {layer.path: layer.calls for layer in known(outcome.run).candidate}
    assert calls == {"fc1": (1,), "act": (2, 4), "norm": (3,), "fc2": (5,), "spare": ()}
    told = [finding.message for finding in outcome.findings if finding.rule == "AD903" and finding.candidate]
    assert told == [
        "the candidate, when it ran: never called: spare",
        "the candidate, when it ran: called more than once: act (2 times)",
    ]
    assert all(mode.first is None for mode in known(outcome.run).modes)


def test_another_order_than_printed_is_told(folder: Path) -> None:
    (folder / "live_nets.py").write_text(
        LIVE.replace("x = self.norm(self.act(self.fc1(x)))", "x = self.fc1(self.norm(x))")
    )
    outcome = compared("live_nets:Net", "live_nets:Net")
    told = [finding.message for finding in outcome.findings if finding.rule == "AD903"]
    assert "the candidate, when it ran: called in another order than printed: fc1 after norm" in told


@pytest.mark.usefixtures("folder")
def test_a_forward_that_does_more_than_its_print_is_a_finding() -> None:
    """Both print alike, so no other finding explains it where nothing is traced."""
    traced = compared("live_nets:Sliced", "plain.txt")
    assert [each.rule for each in traced.findings if each.effect is Effect.FUNCTION] == ["AD108"]
    request = commands.Request("live_nets:Sliced", "plain.txt", (6,), traced=False)
    outcome = commands.compare(request, RunOptions())
    (finding,) = [finding for finding in outcome.findings if finding.rule == "AD911"]
    assert (finding.effect, known(finding.candidate).path, outcome.verdict) == (Effect.FUNCTION, "2", "function")
    assert finding.message == "outputs first differ at 2 in eval mode and training, though no finding says so"
    assert compared("live_nets:Plain", "plain.txt").verdict == "cosmetic"  # another class around equal layers


@pytest.mark.usefixtures("folder")
def test_another_shape_than_the_text_promises() -> None:
    outcome = compared("live_nets:Shaped", "plain.txt")
    told = [finding.message for finding in outcome.findings if finding.rule == "AD901"]
    assert told[0] == "0 gave 1x6 when it ran, 6 according to its text"


def test_a_live_module_is_rebuilt_to_undo_findings_in_it(folder: Path) -> None:
    (folder / "plain.txt").write_text(PLAIN.replace("ReLU()", "Tanh()"))
    outcome = compared("live_nets:Plain", "plain.txt", undo=("AD105",))
    assert all(mode.first is None for mode in known(outcome.run).modes)
    assert "live_nets:Plain was rebuilt from its print, to undo findings in it" in known(outcome.run).notes


def test_shapes_alone_allocate_nothing() -> None:
    """Parameters of 40 TB."""
    text = sequential(["Linear(in_features=1000000, out_features=10000000)", "ReLU()"])
    both = ran(text, text, device="meta")
    assert both.ran.modes == ()
    assert [layer.output_shape for layer in both.ran.candidate] == [(10_000_000,)] * 2
    assert [layer.density for layer in both.ran.candidate] == [None, None]


def test_random_numbers_of_others_are_left_alone() -> None:
    text = sequential(["Linear(in_features=4, out_features=4)", "Dropout(p=0.5)"])
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    ran(text, text)
    assert torch.equal(torch.rand(3), expected)


def test_zeros_that_half_precision_draws_are_no_finding() -> None:
    """Of 1.6 million numbers a few are too small for float16, and some torch versions draw one zero in a thousand."""
    text = sequential(["Linear(in_features=1600, out_features=1000, bias=True)"])
    for seed in range(3):
        assert ran(text, text, dtype="float16", seed=seed).more == ()
