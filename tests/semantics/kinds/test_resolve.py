# ruff: noqa: E501  (tables: a case a line)
"""What a layer prints, under the names of its kind: positions, numbers for all sides, other names, what a class implies."""

from __future__ import annotations

import pytest

from answers import compared, holding, lines
from archdiff import parse
from archdiff.model.network import UNKNOWN, Layer, Setting, Value
from archdiff.semantics import kinds
from archdiff.semantics.kinds import CUT, Trait
from known import known

Named = list[tuple[str, Value]]


def printed(text: str) -> Layer:
    return parse.parse(text)[0].root


#: a print that is left as it is
ALONE = [
    "Linear()",
    "Linear(in_features=8, out_features=4, bias=True)",
    "ReLU(inplace)",
    "Upsample(scale_factor=2.0, mode='nearest')",
    "Softmax(dim=1)",
]


@pytest.mark.parametrize("text", ALONE)
def test_left_alone(text: str) -> None:
    layer = printed(text)
    assert kinds.resolve(known(kinds.find(layer.class_name)), layer.class_name, layer.settings) is layer.settings


#: a print, its settings under the names of its kind
CASES: list[tuple[str, Named]] = [
    ("Linear(8, 4)", [("in_features", 8), ("out_features", 4)]),
    ("Linear(8, 4, False)", [("in_features", 8), ("out_features", 4), ("bias", False)]),
    ("Linear(8, bias=False, 4)", [("in_features", 8), ("bias", False), ("out_features", 4)]),
    ("Linear(8, 4, True, 7)", [("in_features", 8), ("out_features", 4), ("bias", True), ("setting 4", 7)]),
    ("Linear(bias=True, odd=2)", [("bias", True), ("odd", 2)]),
    ("torch.nn.Linear(8, 4)", [("in_features", 8), ("out_features", 4)]),
    ("Dropout(0.5)", [("p", 0.5)]),
    ("MaxPool2d(kernel_size=2)", [("kernel_size", (2, 2))]),
    ("MaxPool1d(kernel_size=2, stride=1)", [("kernel_size", (2,)), ("stride", (1,))]),
    ("MaxPool3d(2)", [("kernel_size", (2, 2, 2))]),
    ("MaxPool2d(kernel_size=(3, 2), stride=None)", [("kernel_size", (3, 2)), ("stride", None)]),
    ("MaxPool2d(kernel_size=2, ceil_mode=True)", [("kernel_size", (2, 2)), ("ceil_mode", True)]),
    ("Conv2d(1, 8, kernel_size=5, padding='same')",
     [("in_channels", 1), ("out_channels", 8), ("kernel_size", (5, 5)), ("padding", "same")]),
    # other names
    ("Conv1D(nf=4, nx=8)", [("out_features", 4), ("in_features", 8), ("bias", True)]),
    # cut off
    ("Conv2d(1, 8, kernel_size=5, ...)",
     [("in_channels", 1), ("out_channels", 8), ("kernel_size", (5, 5)), (CUT, UNKNOWN)]),
    ("Conv2d(1, 8, …)", [("in_channels", 1), ("out_channels", 8), (CUT, UNKNOWN)]),
    ("Linear(8, ..., bias=True)", [("in_features", 8), ("bias", True), (CUT, UNKNOWN)]),
    ("Linear(..., 4)", [("setting 2", 4), (CUT, UNKNOWN)]),
    ("Linear(8, ..., True)", [("in_features", 8), ("setting 3", True), (CUT, UNKNOWN)]),
    ("Conv2d(..., 8, kernel_size=5)", [("setting 2", 8), ("kernel_size", (5, 5)), (CUT, UNKNOWN)]),
    ("DSLinear(8, ...)", [("in_features", 8), (CUT, UNKNOWN), ("weight_density", UNKNOWN)]),
    ("Upsample(scale_factor=2.0, mode=...)", [("scale_factor", 2.0), ("mode", "...")]),
    ("Conv2d(1, 8, padding_mode=...)", [("in_channels", 1), ("out_channels", 8), ("padding_mode", "...")]),
    # what a class implies
    ("DSLinear(in_features=8)", [("in_features", 8), ("weight_density", UNKNOWN)]),
    ("DSLinear(in_features=8, weight_density=0.5)", [("in_features", 8), ("weight_density", 0.5)]),
    ("Linear8bitLt(8, 4)",
     [("in_features", 8), ("out_features", 4), ("weights", "8 bits"), ("quantized_as", "bitsandbytes")]),
    ("Linear8bitLt(8, 4, weights='3 bits')",
     [("in_features", 8), ("out_features", 4), ("weights", "3 bits"), ("quantized_as", "bitsandbytes")]),
    ("Conv2dSame(3, 8)", [("in_channels", 3), ("out_channels", 8), ("padding", "same")]),
    ("Conv2dSame(3, 8, padding=1)", [("in_channels", 3), ("out_channels", 8), ("padding", (1, 1))]),
    ("ScaledStdConv2d(3, 8)", [("in_channels", 3), ("out_channels", 8), ("standardized", "and scaled")]),
    # lazy ones
    ("LazyLinear(in_features=0, out_features=4)", [("in_features", UNKNOWN), ("out_features", 4)]),
    ("LazyLinear(in_features=8, out_features=0)", [("in_features", 8), ("out_features", 0)]),
    ("LazyConv2d(0, 8, kernel_size=(3, 3), padding=0)",
     [("in_channels", UNKNOWN), ("out_channels", 8), ("kernel_size", (3, 3)), ("padding", (0, 0))]),
    ("LazyLinear(in_features=0, odd=0)", [("in_features", UNKNOWN), ("odd", 0)]),
    ("Conv2d(0, 8)", [("in_channels", 0), ("out_channels", 8)]),
    ("LazyBatchNorm2d(0, momentum=0)", [("num_features", UNKNOWN), ("momentum", 0)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "named"), CASES, ids=[case[0] for case in CASES])
def test_resolved(text: str, named: Named) -> None:
    layer = printed(text)
    kind = known(kinds.find(layer.class_name))
    found = kinds.resolved(layer, kind)
    assert found.settings == tuple(Setting(name, value) for name, value in named)
    assert (found.name, found.class_name, found.kind) == (layer.name, layer.class_name, kind.name)
    assert kinds.resolve(kind, layer.class_name, layer.settings) == found.settings


@pytest.mark.parametrize(
    ("text", "as_printed"),
    [
        ("Linear(8, out_features=4)", ["8", "out_features=4"]),
        ("MaxPool2d(kernel_size=2)", ["kernel_size=2"]),
        ("Conv1D(nf=4, nx=8)", ["out_features=4", "in_features=8", "bias=True"]),
        ("LazyLinear(in_features=0)", ["in_features=0"]),
        ("Conv2d(1, ...)", ["1", "...=unknown"]),
    ],
)
def test_the_text_stays_unless_the_name_changes(text: str, as_printed: list[str]) -> None:
    """Of a setting under another name the text would name what the kind does not know."""
    layer = printed(text)
    settings = kinds.resolve(known(kinds.find(layer.class_name)), layer.class_name, layer.settings)
    assert [setting.as_printed for setting in settings] == as_printed


#: two prints of which one is cut, and what is found; nothing is said of a place behind a cut
COMPARED = [
    ("Linear(8, ...)", "Linear(8, 4)", ['AD301 unknown 0|0: settings are cut off in the candidate [print(model.get_submodule("0"))]']),
    ("Linear(9, ...)", "Linear(8, 4)", ['AD301 function 0|0: in_features 9, not 8', 'AD301 unknown 0|0: settings are cut off in the candidate [print(model.get_submodule("0"))]']),
    ("Linear(8, ..., True)", "Linear(8, 4, True)", ['AD301 unknown 0|0: settings are cut off in the candidate [print(model.get_submodule("0"))]']),
]  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs", "findings"), COMPARED, ids=[case[0] for case in COMPARED])
def test_cut_off(ours: str, theirs: str, findings: list[str]) -> None:
    assert lines(compared(holding("Sequential", ours), holding("Sequential", theirs)).findings) == findings


@pytest.mark.parametrize("ours", ["Conv2d(..., 64, kernel_size=(3, 3))", "Conv2d(..., 3, 64)"])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_place_behind_a_cut_decides_nothing(ours: str, mirrored: bool) -> None:
    both = [holding("Sequential", text) for text in (ours, "Conv2d(3, 64, kernel_size=(3, 3))")]
    first, second = both[::-1] if mirrored else both
    assert compared(first, second).verdict == "unknown"


def test_settings_of_a_layer() -> None:
    layer = Layer("", "Conv2d", (Setting("stride", (2, 2)), Setting(None, 7), Setting("odd", None)), kind="conv_2d")
    settings = kinds.settings_of(layer)
    assert settings.kind is kinds.by_name()["conv_2d"]
    assert dict(settings.printed) == {"stride": (2, 2), "odd": None}


def test_settings_of_no_kind() -> None:
    with pytest.raises(KeyError):
        kinds.settings_of(Layer("", "Odd"))


@pytest.mark.parametrize(
    ("text", "trait", "has"),
    [
        ("Odd()", Trait.ELEMENTWISE, False),
        ("Linear(8, 4)", Trait.ELEMENTWISE, False),
        ("ReLU()", Trait.ELEMENTWISE, True),
        ("MaxPool2d(kernel_size=1)", Trait.COPIES, True),
        ("MaxPool2d(kernel_size=2)", Trait.COPIES, False),
        ("MaxPool2d(kernel_size=2)", Trait.PICKS_MAX, True),
        ("AvgPool2d(kernel_size=2)", Trait.AVERAGES, True),
        ("AvgPool2d(kernel_size=2, padding=1)", Trait.AVERAGES, False),
        ("LeakyReLU(negative_slope=0.1)", Trait.MONOTONE, True),
        ("LeakyReLU(negative_slope=-0.1)", Trait.MONOTONE, False),
    ],
)
def test_has(text: str, trait: Trait, has: bool) -> None:
    layer = printed(text)
    kind = kinds.find(layer.class_name)
    assert kinds.has(kinds.resolved(layer, kind) if kind else layer, trait) is has
