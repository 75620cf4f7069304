"""The functions that activations apply to each number, against torch in double precision; and what has no function."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from archdiff import parse
from archdiff.semantics import kinds, rules
from archdiff.semantics.kinds import NotKnown, Settings

#: near 0, where functions are pieced together, and far away
POINTS = sorted(
    {
        sign * (at + shift)
        for at in (0.0, 0.04, 0.05, 0.5, 1.0, 2.0, 3.0, 6.0, 10.0, 20.0, 37.0, 700.0, 1e4)
        for shift in (0.0, 1e-9, 1e-3, -1e-3)
        for sign in (-1, 1)
    }
)
SLOPED = nn.PReLU(init=-0.5)
LAYERS = [
    *(nn.ReLU(), nn.ReLU6(), nn.Hardtanh(-0.5, 2), nn.LeakyReLU(0.2), nn.LeakyReLU(-0.2), nn.RReLU(0.1, 0.4)),
    *(nn.ELU(), nn.ELU(2.0), nn.ELU(-0.5), nn.CELU(), nn.CELU(2.0), nn.SELU(), nn.Sigmoid(), nn.LogSigmoid()),
    *(nn.Softplus(), nn.Softplus(2.0, 1.0), nn.Softplus(0.5, 5.0), nn.GELU(), nn.GELU("tanh"), nn.SiLU(), nn.Mish()),
    *(nn.Hardsigmoid(), nn.Hardswish(), nn.Hardshrink(), nn.Hardshrink(1.0), nn.Softshrink(), nn.Softshrink(1.0)),
    *(nn.Threshold(0.5, 2.0), nn.Threshold(-1.0, -2.0), nn.Tanhshrink(), nn.Softsign(), nn.Tanh(), SLOPED),
]  # fmt: skip


def settings_of(text: str) -> Settings:
    return kinds.settings_of(rules.normalize(parse.parse(text)[0]).root)


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_computes_what_torch_does(layer: nn.Module) -> None:
    settings = settings_of(str(layer))
    assert settings.kind.function is not None
    function = settings.kind.function(settings, -0.25 if layer is SLOPED else 0.0)  # a slope is twice what is drawn
    with torch.no_grad():
        expected = layer.double().eval()(torch.tensor(POINTS, dtype=torch.float64)).tolist()
    assert [function(x) for x in POINTS] == pytest.approx(expected, rel=1e-9, abs=1e-15)


def test_every_kind_with_a_function_is_checked() -> None:
    checked = {settings_of(str(layer)).kind.name for layer in LAYERS} | {"quick_gelu"}  # which torch lacks
    assert checked == {kind.name for kind in kinds.by_name().values() if kind.function is not None}


@pytest.mark.parametrize(
    ("drawn", "slope"), [(-1.0, 0.1), (-0.5, 0.175), (0.0, 0.25), (0.5, 0.325), (1.0, 0.4)], ids=str
)
def test_a_slope_is_drawn_between_two_bounds(drawn: float, slope: float) -> None:
    settings = settings_of("RReLU(lower=0.1, upper=0.4)")
    assert settings.kind.function is not None
    assert settings.kind.function(settings, drawn)(-1.0) == pytest.approx(-slope)
    assert settings.kind.function(settings, drawn)(1.0) == 1.0


@pytest.mark.parametrize("x", [1e-9, 1e-6, 1e-3, 0.01, 0.04])
def test_near_0_a_tanhshrink_keeps_its_digits(x: float) -> None:
    settings = settings_of("Tanhshrink()")
    assert settings.kind.function is not None
    function = settings.kind.function(settings, 0.0)
    assert function(x) == pytest.approx(x**3 / 3 - 2 * x**5 / 15 + 17 * x**7 / 315, rel=1e-9)
    assert function(-x) == -function(x)


@pytest.mark.parametrize(
    "text",
    [
        "LeakyReLU(negative_slope=None)",
        "LeakyReLU(negative_slope=True)",
        "ELU(alpha='x')",
        "Hardtanh(min_val=(1,), max_val=2)",
        "Softplus(beta=0, threshold=20)",
        "GELU(approximate='odd')",
        "RReLU(lower=None, upper=0.3)",
        "Threshold(threshold=0, value=None)",
    ],
)
def test_what_is_no_number_has_no_function(text: str) -> None:
    settings = settings_of(text)
    assert settings.kind.function is not None
    with pytest.raises(NotKnown):
        settings.kind.function(settings, 0.0)(1.0)


@pytest.mark.parametrize("x", [-20.0, -1.0, 0.0, 0.5, 3.0])
def test_quick_gelu(x: float) -> None:
    """Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016, section 2: x * sigmoid(1.702 x)."""
    settings = settings_of("QuickGELUActivation()")
    assert settings.kind.function is not None
    expected = x * torch.sigmoid(torch.tensor(1.702 * x, dtype=torch.float64)).item()
    assert settings.kind.function(settings, 0.0)(x) == pytest.approx(expected, rel=1e-9)
