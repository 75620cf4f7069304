"""Two live modules with equal prints: what their forwards do otherwise is one finding; other words for one are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from torch import Tensor, nn
from torch.nn import functional

import archdiff
from archdiff.model.effects import Effect
from archdiff.model.outcome import Outcome
from archdiff.report import _headline
from execute import live_networks as live
from execute import traced_networks as nets
from execute.traced_networks import pictures, words

FORWARD = "forward of"


def told(outcome: Outcome) -> list[tuple[str, str, str, int, str]]:
    """Rule, effect, path, number of places and message of each finding."""
    return [
        (each.rule, str(each.effect), each.candidate.path if each.candidate else "-", each.count, each.message)
        for each in outcome.findings
    ]


@pytest.mark.parametrize(
    "ours",
    [
        pytest.param(pictures(nets.InPlace), id="in place"),
        pytest.param(pictures(nets.Exchanged), id="exchanged, clamp for relu"),
        pytest.param(pictures(nets.Residual, nets.MeanPooled), id="mean for a pool"),
        pytest.param(pictures(nets.Residual, nets.Viewed), id="view for flatten, a pool over the whole map"),
    ],
)
def test_other_words_for_a_picture(ours: nn.Module) -> None:
    assert told(archdiff.compare(ours, pictures(nets.Residual))) == []


@pytest.mark.parametrize(
    "ours",
    [
        pytest.param(words(nets.Block, nets.Einsum), id="einsum for matmul, scaled before"),
        pytest.param(words(nets.Block, nets.Fused), id="one function for attention"),
        pytest.param(words(nets.Block, nets.Chunked), id="chunk and stack for reshape"),
        pytest.param(words(nets.HelperMethods), id="helper methods"),
        pytest.param(words(nets.Flattened), id="rows for words"),
        pytest.param(words(nets.GeluByHand), id="gelu by its definition"),
    ],
)
def test_other_words_for_words(ours: nn.Module) -> None:
    assert told(archdiff.compare(ours, words(nets.Block))) == []


@pytest.mark.parametrize(
    ("ours", "message"),
    [
        pytest.param(nets.WithoutShortcut, "bn2 + what comes in is missing, a skip connection", id="lost skip"),
        pytest.param(nets.WithoutLastRelu, "relu(bn2 + what comes in) is missing", id="functional relu"),
        pytest.param(nets.WithTanh, "tanh(bn2 + what comes in), not relu(bn2 + what comes in)", id="functional tanh"),
        pytest.param(nets.HalfShortcut, "bn2 + what comes in * 0.5, not bn2 + what comes in", id="half of the skip"),
    ],
)
def test_another_forward_of_a_picture(ours: type[nn.Module], message: str) -> None:
    outcome = archdiff.compare(pictures(ours), pictures(nets.Residual))
    assert told(outcome) == [("AD110", "function", "blocks.0", 2, f"{FORWARD} Block: {message}")]
    assert [places[0].path for places in outcome.findings[0].places if places[0]] == ["blocks.0", "blocks.1"]


@pytest.mark.parametrize(
    ("ours", "path", "message"),
    [
        pytest.param(
            words(nets.Parallel),
            "blocks.0",
            "Block: what comes in + attn.proj + fc2, not what comes in + attn.proj and 2 more",
            id="parallel residual",
        ),
        pytest.param(words(nets.ReusedNorm), "blocks.0", "Block: norm1, not norm2", id="a norm used twice"),
        pytest.param(
            words(nets.TanhGelu),
            "blocks.0",
            "Block: gelu(fc1) with approximate='tanh', not approximate='none'",
            id="gelu of tanh",
        ),
        pytest.param(
            words(nets.Block, nets.Causal),
            "blocks.0.attn",
            "Attention: masked_fill(bmm(qkv, qkv) * 0.5, constants) is only in the candidate",
            id="a causal mask",
        ),
        pytest.param(
            words(nets.Block, nets.Unscaled),
            "blocks.0.attn",
            "Attention: bmm(qkv, qkv) * 0.5 is missing",
            id="no scale",
        ),
        pytest.param(
            words(nets.Block, nets.FourHeads),
            "blocks.0.attn",
            "Attention: bmm(qkv, qkv) takes qkv.view(2, 16, 3, 4, 2).permute(2, 0, 3, 1, 4).unbind()[0],"
            " not qkv.view(2, 16, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind()[0]",
            id="heads in code",
        ),
    ],
)
def test_another_forward_of_words(ours: nn.Module, path: str, message: str) -> None:
    assert told(archdiff.compare(ours, words(nets.Block))) == [("AD110", "function", path, 2, f"{FORWARD} {message}")]


def test_both_are_known_where_the_code_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(nets.__file__).parent)
    outcome = archdiff.compare(pictures(nets.WithTanh), pictures(nets.Residual))
    file = Path(nets.__file__)
    lines = file.read_text(encoding="utf-8").split("\n")
    ours = lines.index("        return torch.tanh(y + x)") + 1
    theirs = lines.index("        return functional.relu(y + x)") + 1
    assert outcome.findings[0].hint == f"see traced_networks.py:{ours} and traced_networks.py:{theirs}"


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        pytest.param("called", "Modules", [("AD103", Effect.EQUIVALENT), ("AD108", Effect.COSMETIC)], id="relu called"),
        pytest.param("Detached", "called", [("AD110", Effect.TRAINING), ("AD108", Effect.COSMETIC)], id="detached"),
        pytest.param(
            "WithoutGradient", "called", [("AD110", Effect.TRAINING), ("AD108", Effect.COSMETIC)], id="no_grad"
        ),
        pytest.param(
            "DroppingAlways",
            "DroppingByCall",
            [("AD110", Effect.INFERENCE), ("AD108", Effect.COSMETIC)],
            id="dropout in eval mode",
        ),
        pytest.param(
            "CutOffAtSix", "called", [("AD110", Effect.FUNCTION), ("AD108", Effect.COSMETIC)], id="relu6 for relu"
        ),
        pytest.param("Two", "called", [("AD110", Effect.FUNCTION), ("AD108", Effect.COSMETIC)], id="two outputs"),
        pytest.param("skip_lost", "Skipping", [("AD301", Effect.FUNCTION)], id="an attribute that switches it off"),
        pytest.param("called", "called", [], id="itself"),
        pytest.param("longer_window", "Windowed", [("AD301", Effect.UNKNOWN)], id="what matters for longer inputs"),
        pytest.param("other_revision", "Windowed", [("AD301", Effect.EQUIVALENT)], id="what no forward reads"),
    ],
)
def test_unknown_effects_are_decided(ours: str, theirs: str, expected: list[tuple[str, Effect]]) -> None:
    outcome = archdiff.compare(getattr(live, ours)(), getattr(live, theirs)())
    assert [(each.rule, each.effect) for each in outcome.findings] == expected


def test_an_attribute_says_what_it_does() -> None:
    outcome = archdiff.compare(live.skip_lost(), live.Skipping())
    assert outcome.findings[0].message == "skips False, not True (live attribute): the input + tanh(fc1) is missing"


def pooled(**options: bool) -> nn.Module:
    """Blocks of two classes that pool alike, by code."""

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 1)

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = self.conv(functional.avg_pool2d(x, 3, 1, 1, **options))
            return y

    blocks = [type(name, (Block,), {})() for name in "ABB"]
    return nn.Sequential(*blocks)


def test_one_decision_in_several_classes_is_one_finding() -> None:
    counted, by_default = pooled(count_include_pad=True), pooled()
    assert told(archdiff.compare(counted, by_default)) == []
    outcome = archdiff.compare(pooled(count_include_pad=False), by_default)
    what = "avg_pool2d(what comes in) with count_include_pad=False, not count_include_pad=True"
    assert told(outcome) == [("AD110", "function", "0", 3, f"{FORWARD} A, B: {what}")]


def test_a_headline_says_what_is_done_otherwise() -> None:
    outcome = archdiff.compare(pooled(count_include_pad=False), pooled())
    told = _headline.sentence(outcome, lambda text: len(text) <= 60)
    assert told == "forward of A, B: avg_pool2d(what comes in) with ..."
