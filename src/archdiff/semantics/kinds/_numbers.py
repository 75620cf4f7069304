"""The functions that activations apply to each number, as torch.nn defines them (section "Non-linear Activations").

Each takes the settings and `drawn`, a number from -1 to 1 that stands for what is learned or drawn; it raises NotKnown
where a setting is not printed.
"""

from __future__ import annotations

from collections.abc import Callable
from math import erfc, exp, expm1, log1p, pi, sqrt, tanh
from typing import Final, TypeAlias

from archdiff.semantics.kinds import NotKnown, ScalarFunction, Settings

#: (settings, what is learned or drawn) -> the function
Of: TypeAlias = Callable[[Settings, float], ScalarFunction]

#: torch.nn.SELU
_ALPHA: Final = 1.6732632423543772
_SCALE: Final = 1.0507009873554805
_NEAR_0: Final = 0.05


def plain(function: ScalarFunction) -> Of:
    """Of a class without settings."""
    return lambda _settings, _drawn: function


def relu(x: float) -> float:
    return max(x, 0.0)


def clamp(low: float, high: float) -> ScalarFunction:
    return lambda x: min(max(x, low), high)


def sloped(slope: float) -> ScalarFunction:
    return lambda x: x if x > 0 else slope * x


def leaky_relu(settings: Settings, _drawn: float) -> ScalarFunction:
    return sloped(settings.number("negative_slope"))


def prelu(_settings: Settings, drawn: float) -> ScalarFunction:
    """One learned slope for all channels, or one for each."""
    return sloped(2 * drawn)


def rrelu(settings: Settings, drawn: float) -> ScalarFunction:
    """The slope is drawn while training, and the mean of the two in inference."""
    lower, upper = settings.number("lower"), settings.number("upper")
    return sloped((lower + upper) / 2 + drawn * (upper - lower) / 2)


def elu(settings: Settings, _drawn: float) -> ScalarFunction:
    alpha = settings.number("alpha")
    return lambda x: x if x > 0 else alpha * expm1(x)


def celu(settings: Settings, _drawn: float) -> ScalarFunction:
    alpha = settings.number("alpha")
    return lambda x: x if x > 0 else alpha * expm1(max(x / alpha, -700.0))


def selu(x: float) -> float:
    return _SCALE * (x if x > 0 else _ALPHA * expm1(x))


def sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x)) if x >= 0 else exp(max(x, -700.0)) / (1 + exp(max(x, -700.0)))


def softplus_of(x: float) -> float:
    return max(x, 0.0) + log1p(exp(max(-abs(x), -700.0)))


def softplus(settings: Settings, _drawn: float) -> ScalarFunction:
    beta, threshold = settings.number("beta"), settings.number("threshold")
    if not beta:
        raise NotKnown("beta")
    return lambda x: x if x * beta > threshold else softplus_of(beta * x) / beta


def gelu(settings: Settings, _drawn: float) -> ScalarFunction:
    match settings.known("approximate"):
        case "none":
            return lambda x: 0.5 * x * erfc(-x / sqrt(2))  # 1 + erf would be all rounding far below 0
        case "tanh":
            return lambda x: x * sigmoid(2 * sqrt(2 / pi) * (x + 0.044715 * x**3))
        case _:
            raise NotKnown("approximate")


def hardtanh(settings: Settings, _drawn: float) -> ScalarFunction:
    return clamp(settings.number("min_val"), settings.number("max_val"))


def hardshrink(settings: Settings, _drawn: float) -> ScalarFunction:
    level = settings.number("lambd")
    return lambda x: x if abs(x) > level else 0.0


def softshrink(settings: Settings, _drawn: float) -> ScalarFunction:
    level = settings.number("lambd")
    return lambda x: x - level if x > level else x + level if x < -level else 0.0


def threshold(settings: Settings, _drawn: float) -> ScalarFunction:
    level, value = settings.number("threshold"), settings.number("value")
    return lambda x: x if x > level else value


def hardsigmoid(x: float) -> float:
    return min(max(x + 3, 0.0), 6.0) / 6


def mish(x: float) -> float:
    return x * tanh(softplus_of(x))


def log_sigmoid(x: float) -> float:
    return -softplus_of(-x)


def tanhshrink(x: float) -> float:
    """By its series near 0, where x - tanh(x) is all rounding: what must be below zero would come out above it."""
    if abs(x) > _NEAR_0:
        return x - tanh(x)
    square = x * x
    return (
        x * square * (1 / 3 - square * (2 / 15 - square * (17 / 315 - square * (62 / 2835 - square * 1382 / 155925))))
    )
