"""Functions applied to each number alone, and those that only look like it (GLU, PReLU, RReLU).

Classes of transformers, timm and efficientnet_pytorch that compute what one of torch does stand beside it.

Whether one never decreases decides what its swap with a max pool changes, so MONOTONE is given only where it follows
from the printed settings. Formulas: the classes in torch.nn, section "Non-linear Activations".
"""

from __future__ import annotations

from collections.abc import Mapping
from math import tanh
from types import MappingProxyType

from archdiff.model.network import Value
from archdiff.semantics.kinds import (
    Field,
    Kind,
    Misfit,
    Settings,
    Shape,
    Trait,
    TraitsIf,
    _numbers,
    axis,
    axis_of,
    matrix,
)
from archdiff.semantics.kinds._field import OVERWRITES

_ELEMENTWISE = frozenset({Trait.FUNCTIONAL, Trait.ELEMENTWISE})
_MONOTONE = _ELEMENTWISE | {Trait.MONOTONE}
_RISES = _MONOTONE | {Trait.RISES}
_FUNCTIONAL = frozenset({Trait.FUNCTIONAL})
_TANH: Mapping[str, Value] = {"approximate": "tanh"}


def _activation(
    name: str,
    class_name: str,
    *fields: Field,
    function: _numbers.Of,
    also: Mapping[str, Mapping[str, Value]] = MappingProxyType({}),
    traits: frozenset[Trait] = _ELEMENTWISE,
    traits_if: TraitsIf = MappingProxyType({}),
) -> Kind:
    return Kind(
        name=name,
        classes={class_name: {}, **also},
        positional=tuple(field.name for field in fields),
        fields=fields,
        traits=traits,
        traits_if=traits_if,
        constructor=f"torch.nn.{class_name}",
        function=function,
    )


def _number(settings: Settings, name: str) -> float:
    """NaN where the text holds no number, so that every comparison with it is False."""
    value = settings.known(name)
    return value if isinstance(value, (int, float)) else float("nan")


def _softplus_rises(settings: Settings) -> bool:
    """Above beta * x = threshold it gives x, which is lower by log(1 + e^-threshold) / beta: at 20 lost in float32."""
    return _number(settings, "beta") > 0 and _number(settings, "threshold") >= 20


def _with_slope(name: str, *, flat: bool = True) -> TraitsIf:
    """How it goes left of zero is printed under this name. `flat`: with a slope of zero it is constant there."""
    return {
        Trait.MONOTONE: lambda settings: _number(settings, name) > 0 or (flat and _number(settings, name) == 0),
        Trait.RISES: lambda settings: _number(settings, name) > 0,
    }


def _one_slope(settings: Settings) -> bool:
    """The slope is learned and can be negative; with several, each channel has its own function."""
    return settings.known("num_parameters") == 1


def _prelu_shape(settings: Settings, x: Shape) -> Shape:
    count = settings.int("num_parameters")
    if count != 1 and (not x or x[0] != count):
        raise Misfit("num_parameters", count, x[0] if x else x)
    return x


def _halved(settings: Settings, x: Shape) -> Shape:
    """GLU: one half of the channels gates the other."""
    place = axis(settings.int("dim"), x, "dim")
    if x[place] % 2:
        raise Misfit("dim", x[place] + 1, x[place])
    return (*x[:place], x[place] // 2, *x[place + 1 :])


KINDS = (
    _activation(
        "relu", "ReLU", OVERWRITES, traits=_MONOTONE | {Trait.HOMOGENEOUS}, function=_numbers.plain(_numbers.relu)
    ),
    _activation("relu6", "ReLU6", OVERWRITES, traits=_MONOTONE, function=_numbers.plain(_numbers.clamp(0.0, 6.0))),
    _activation(
        "leaky_relu",
        "LeakyReLU",
        Field("negative_slope", 0.01),
        OVERWRITES,
        traits=_ELEMENTWISE | {Trait.HOMOGENEOUS},
        traits_if=_with_slope("negative_slope"),
        function=_numbers.leaky_relu,
    ),
    Kind(
        name="prelu",
        classes={"PReLU": {}},
        positional=("num_parameters",),
        fields=(Field("num_parameters", 1),),
        shape=_prelu_shape,
        state=matrix("num_parameters"),
        traits=frozenset(),
        traits_if={Trait.ELEMENTWISE: _one_slope},
        function=_numbers.prelu,
        constructor="torch.nn.PReLU",
    ),
    _activation(
        "rrelu",
        "RReLU",
        Field("lower", 1 / 8),
        Field("upper", 1 / 3),
        OVERWRITES,
        traits=_FUNCTIONAL,
        function=_numbers.rrelu,
    ),
    _activation("elu", "ELU", Field("alpha", 1.0), OVERWRITES, traits_if=_with_slope("alpha"), function=_numbers.elu),
    _activation(
        "celu",
        "CELU",
        Field("alpha", 1.0),
        OVERWRITES,
        traits_if=_with_slope("alpha", flat=False),
        function=_numbers.celu,
    ),
    _activation("selu", "SELU", OVERWRITES, traits=_RISES, function=_numbers.plain(_numbers.selu)),
    # 4.7e-4: the largest distance of the two formulas over all inputs, at |x| = 2.3
    _activation(
        "gelu",
        "GELU",
        Field("approximate", "none", remark="small: 4.7e-4 at most"),
        also={
            "GELUActivation": {},
            "GELUTanh": _TANH,
            "NewGELUActivation": _TANH,
            "FastGELUActivation": _TANH,
            "PytorchGELUTanh": _TANH,
            "BloomGelu": _TANH,
        },
        function=_numbers.gelu,
    ),
    Kind(  # x * sigmoid(1.702 * x)
        name="quick_gelu",
        classes={"QuickGELU": {}, "QuickGELUActivation": {}},
        traits=_ELEMENTWISE,
        function=_numbers.plain(lambda x: x * _numbers.sigmoid(1.702 * x)),
        constructor="archdiff.execute.library.SigmoidGELU",
    ),
    Kind(
        name="glu",
        classes={"GLU": {}},
        positional=("dim",),
        fields=(Field("dim", -1, meaning=axis_of),),
        shape=_halved,
        traits=_FUNCTIONAL | {Trait.SHRINKS},  # by a gate from 0 to 1
        constructor="torch.nn.GLU",
    ),
    _activation(
        "silu",
        "SiLU",
        OVERWRITES,
        also={"SiLUActivation": {}, "Swish": {}, "SwishMe": {}, "MemoryEfficientSwish": {}},
        function=_numbers.plain(lambda x: x * _numbers.sigmoid(x)),
    ),
    _activation(
        "mish", "Mish", OVERWRITES, also={"MishActivation": {}, "MishMe": {}}, function=_numbers.plain(_numbers.mish)
    ),
    _activation("sigmoid", "Sigmoid", traits=_MONOTONE, function=_numbers.plain(_numbers.sigmoid)),
    _activation("log_sigmoid", "LogSigmoid", traits=_MONOTONE, function=_numbers.plain(_numbers.log_sigmoid)),
    _activation(
        "hardsigmoid",
        "Hardsigmoid",
        OVERWRITES,
        also={"HardSigmoid": {}, "HardSigmoidMe": {}},
        traits=_MONOTONE,
        function=_numbers.plain(_numbers.hardsigmoid),
    ),
    _activation(
        "hardswish",
        "Hardswish",
        OVERWRITES,
        also={"HardSwish": {}, "HardSwishMe": {}},
        function=_numbers.plain(lambda x: x * _numbers.hardsigmoid(x)),
    ),
    _activation(
        "hardtanh",
        "Hardtanh",
        Field("min_val", -1.0),
        Field("max_val", 1.0),
        OVERWRITES,
        traits=_MONOTONE,
        function=_numbers.hardtanh,
    ),
    _activation("hardshrink", "Hardshrink", Field("lambd", 0.5), traits=_MONOTONE, function=_numbers.hardshrink),
    _activation("softshrink", "Softshrink", Field("lambd", 0.5), traits=_MONOTONE, function=_numbers.softshrink),
    _activation(
        "softplus",
        "Softplus",
        Field("beta", 1.0),
        Field("threshold", 20.0),
        traits_if={Trait.MONOTONE: _softplus_rises},
        function=_numbers.softplus,
    ),
    _activation("softsign", "Softsign", traits=_RISES, function=_numbers.plain(lambda x: x / (1 + abs(x)))),
    _activation("tanh", "Tanh", traits=_RISES, function=_numbers.plain(tanh)),
    _activation("tanhshrink", "Tanhshrink", traits=_MONOTONE, function=_numbers.plain(_numbers.tanhshrink)),
    _activation(
        "threshold",
        "Threshold",
        Field("threshold"),
        Field("value"),
        OVERWRITES,
        traits_if={Trait.MONOTONE: lambda settings: _number(settings, "value") <= _number(settings, "threshold")},
        function=_numbers.threshold,
    ),
)
