"""What layers without weights call: as traces have it, with what a print does not tell left out."""

from __future__ import annotations

import pytest

from archdiff.model.network import Value
from archdiff.semantics import kinds
from archdiff.semantics.functions import Call, call, drop, may_be
from archdiff.semantics.kinds import Settings, Shape

MAP, HALF = (2, 8, 6, 6), (2, 8, 3, 3)


def settings(kind: str, **printed: Value) -> Settings:
    return Settings(kinds.by_name()[kind], printed)


@pytest.mark.parametrize(
    ("kind", "printed", "shapes", "expected"),
    [
        pytest.param("linear", {"in_features": 8, "out_features": 8}, (MAP, MAP), None, id="a layer with weights"),
        pytest.param("log_softmax", {}, (MAP, MAP), None, id="a dimension that is not printed"),
        pytest.param("rrelu", {}, (MAP, MAP), None, id="what draws numbers"),
        pytest.param("relu", {}, (MAP, MAP), ("relu", ()), id="no settings"),
        pytest.param("leaky_relu", {"negative_slope": 0.01}, (MAP, MAP), ("leaky_relu", ()), id="a default of torch"),
        pytest.param(
            "leaky_relu",
            {"negative_slope": 0.2},
            (MAP, MAP),
            ("leaky_relu", (("negative_slope", 0.2),)),
            id="another value",
        ),
        pytest.param("gelu", {"approximate": "none"}, (MAP, MAP), ("gelu", ()), id="gelu"),
        pytest.param("relu6", {}, (MAP, MAP), ("hardtanh", (("min_val", 0.0), ("max_val", 6.0))), id="relu6"),
        pytest.param(
            "max_pool_2d",
            {"kernel_size": 2, "stride": 2, "padding": 0},
            (MAP, HALF),
            ("max_pool2d_with_indices", (("kernel_size", (2, 2)),)),
            id="windows side by side",
        ),
        pytest.param(
            "max_pool_2d",
            {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
            (MAP, HALF),
            (
                "max_pool2d_with_indices",
                (("kernel_size", (3, 3)), ("stride", (2, 2)), ("padding", (1, 1)), ("ceil_mode", True)),
            ),
            id="windows that overlap",
        ),
        pytest.param(
            "avg_pool_2d", {"kernel_size": 3, "stride": 2, "padding": 1}, (MAP, HALF), None, id="whether padding counts"
        ),
        pytest.param(
            "adaptive_avg_pool_2d",
            {"output_size": 1},
            (MAP, (2, 8, 1, 1)),
            ("mean", (("dim", (-1, -2)), ("keepdim", True))),
            id="a pool over the whole map",
        ),
        pytest.param("flatten", {}, (MAP, (2, 288)), ("view", (("size", (2, 288)),)), id="flatten"),
        pytest.param(
            "constant_pad_2d",
            {"padding": (1, 1, 1, 1), "value": 0},
            (HALF, (2, 8, 5, 5)),
            ("constant_pad_nd", (("pad", (1, 1, 1, 1)), ("value", 0.0))),
            id="padding",
        ),
    ],
)
def test_call(kind: str, printed: dict[str, Value], shapes: tuple[Shape, Shape], expected: Call | None) -> None:
    assert call(kind, settings(kind, **printed), shapes) == expected


@pytest.mark.parametrize(
    ("kind", "printed", "expected"),
    [
        pytest.param("relu", {}, None, id="no dropout"),
        pytest.param("alpha_dropout", {"p": 0.5}, None, id="one that puts other numbers there"),
        pytest.param("dropout_2d", {"p": 0.5}, ("dropout2d", (("p", 0.5),)), id="of channels"),
    ],
)
def test_drop(kind: str, printed: dict[str, Value], expected: Call | None) -> None:
    assert drop(kind, settings(kind, **printed)) == expected


@pytest.mark.parametrize(
    ("names", "kind", "expected"),
    [
        ("", "relu", False),
        ("max_pool2d_with_indices add cat", "relu", False),
        ("gelu tanh add", "relu", False),
        ("view permute", "max_pool_2d", False),
        ("convolution", "gelu", False),
        ("view", "dropout", False),
        ("view", "flatten", True),
        ("gelu mul", "relu", True),
        ("where gt", "relu", True),
        ("mean", "avg_pool_2d", True),
        ("max_pool2d_with_indices", "max_pool_2d", True),
        ("exp sum div", "softmax", True),
    ],
)
def test_may_be(names: str, kind: str, *, expected: bool) -> None:
    assert may_be(names.split(), kind) is expected
