"""What forwards can be called with: as users say it, as modules say it, and as their first layers do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from archdiff.execute.live import example_inputs
from archdiff.execute.live.tracing import Given, Inputs
from archdiff.model.errors import UsageError


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        pytest.param("float32[2,3]", Inputs((("input0", "float32", (2, 3)),)), id="by position"),
        pytest.param("x:float32[2,3]", Inputs((("x", "float32", (2, 3)),), True), id="by name"),
        pytest.param(
            "input_ids:int64[1,16] mask:bool[1,16]",
            Inputs((("input_ids", "int64", (1, 16)), ("mask", "bool", (1, 16))), True),
            id="two",
        ),
        pytest.param("t:int64[]", Inputs((("t", "int64", ()),), True), id="one number"),
        pytest.param(
            "x:float32[1] use_cache=false scale=0.5 depth=2 kind=mean mask=none",
            Inputs(
                (("x", "float32", (1,)),),
                True,
                (("use_cache", False), ("scale", 0.5), ("depth", 2), ("kind", "mean"), ("mask", None)),
            ),
            id="no tensors",
        ),
        pytest.param("float32[1] n=3", Inputs((("input0", "float32", (1,)),), False, (("n", 3),)), id="both"),
    ],
)
def test_read(text: str, inputs: Inputs) -> None:
    assert example_inputs.read_inputs(text) == inputs


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "--inputs: holds none", id="nothing"),
        pytest.param("x:float32", "--inputs: 'x:float32' is no tensor", id="no sizes"),
        pytest.param("x:float33[1]", "--inputs: 'x:float33[1]' is no tensor", id="no dtype"),
        pytest.param("x:nn[1]", "--inputs: 'x:nn[1]' is no tensor", id="a module of torch"),
        pytest.param("x:float32[1,-1]", "--inputs: 'x:float32[1,-1]' is no tensor", id="a size below zero"),
        pytest.param("x:float32[1] int64[1]", "--inputs: some have a name and some have none", id="mixed"),
    ],
)
def test_errors(text: str, error: str) -> None:
    with pytest.raises(UsageError) as raised:
        example_inputs.read_inputs(text)
    assert str(raised.value).startswith(error)


class Net(nn.Module):
    """A forward with one argument."""

    def __init__(self, *layers: nn.Module, **attributes: Any) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        for name, value in attributes.items():
            setattr(self, name, value)

    def forward(self, x: Tensor) -> Tensor:
        return x


class Text(Net):
    main_input_name = "input_ids"

    def forward(  # type: ignore[override]
        self,
        input_ids: Tensor | None = None,
        pixel_values: Tensor | None = None,
        decoder_input_ids: Tensor | None = None,
    ) -> None: ...


class Picture(Net):
    main_input_name = "pixel_values"

    def forward(self, pixel_values: Tensor, pixel_mask: Tensor | None = None) -> None: ...  # type: ignore[override]


class Patches(Net):
    def forward(self, hidden_states: Tensor, grid_thw: Tensor) -> None: ...  # type: ignore[override]


class Other(Net):
    def forward(self, hidden_states: Tensor, latents: Tensor) -> None: ...  # type: ignore[override]


class Raises:
    @property
    def image_size(self) -> int:
        raise ValueError("is another one in each layer")


def config(**values: Any) -> SimpleNamespace:
    return SimpleNamespace(**values)


@pytest.mark.parametrize(
    ("module", "first"),
    [
        pytest.param(Other(), "", id="nothing tells"),
        pytest.param(Net(nn.Conv2d(1, 2, 3)), "x:float32[2,1,224,224]", id="a convolution"),
        pytest.param(Net(nn.ReLU(), nn.Linear(7, 2)), "x:float32[2,7]", id="a linear layer"),
        pytest.param(Net(nn.Embedding(9, 2)), "x:int64[2,16]", id="an embedding"),
        pytest.param(Net(nn.LSTM(9, 2)), "x:float32[2,16,9]", id="a recurrent layer"),
        pytest.param(
            Net(nn.Linear(7, 2), example_input_array=torch.zeros(3, 7)), "x:float32[3,7]", id="Lightning's example"
        ),
        pytest.param(
            Net(nn.Conv2d(3, 2, 3), pretrained_cfg={"input_size": (3, 64, 64)}), "x:float32[2,3,64,64]", id="timm"
        ),
        pytest.param(Text(), "input_ids:int64[2,16]", id="text"),
        pytest.param(
            Text(config=config(is_encoder_decoder=True)),
            "input_ids:int64[2,16] decoder_input_ids:int64[2,16]",
            id="encoder and decoder",
        ),
        pytest.param(Picture(config=config(image_size=30)), "pixel_values:float32[2,3,30,30]", id="a picture"),
        pytest.param(
            Picture(config=config(image_size=[8, 16], num_channels=1)), "pixel_values:float32[2,1,8,16]", id="two sides"
        ),
        pytest.param(
            Picture(config=config(image_size=8, num_frames=4)), "pixel_values:float32[2,4,3,8,8]", id="a video"
        ),
        pytest.param(
            Picture(config=config(vision_config={"image_size": 12})), "pixel_values:float32[2,3,12,12]", id="of a part"
        ),
        pytest.param(Picture(config=Raises()), "pixel_values:float32[2,3,224,224]", id="a property that raises"),
        pytest.param(
            Picture(dummy_inputs={"input_ids": torch.ones(3, 5)}), "pixel_values:float32[2,3,224,224]", id="of others"
        ),
    ],
)
def test_first(module: nn.Module, first: str) -> None:
    found = next(example_inputs.of_module(module), None)
    assert (" ".join(found.words()) if found else "") == first


@pytest.mark.parametrize(
    ("module", "shape", "expected"),
    [
        pytest.param(Net(nn.Linear(4, 2)), (3, 4), ["x:float32[2,3,4]"], id="by the first layer"),
        pytest.param(Net(nn.ReLU()), (3, 4), ["x:float32[2,3,4]"], id="nothing tells"),
        pytest.param(Net(nn.Embedding(9, 2)), (5,), ["x:int64[2,5]", "x:float32[2,5]"], id="whole numbers"),
        pytest.param(
            Net(nn.Linear(4, 2), example_input_array=torch.zeros(3, 7)),
            (4,),
            ["x:float32[3,4]", "x:float32[2,4]"],
            id="its own batch",
        ),
        pytest.param(Picture(), (3, 8, 8), ["pixel_values:float32[2,3,8,8]"] * 2, id="by its name, and by position"),
        pytest.param(
            Text(config=config(is_encoder_decoder=True)),
            (5,),
            ["input_ids:int64[2,5] decoder_input_ids:int64[2,16]"],
            id="the first of several",
        ),
        pytest.param(Other(), (5,), [], id="two of which nothing is known"),
    ],
)
def test_a_shape_that_is_given(module: nn.Module, shape: tuple[int, ...], expected: list[str]) -> None:
    """It takes the place of every other one."""
    found = [" ".join(each.words()) for each in example_inputs.of_module(module, shape)]
    assert found[: len(expected) or None] == expected


def test_patches_of_one_picture() -> None:
    (found,) = example_inputs.of_module(Patches(config=config(patch_size=2, temporal_patch_size=1)))
    assert isinstance(found, Given)
    assert found.kwargs["grid_thw"].tolist() == [[1, 4, 4]]
    assert found.kwargs["hidden_states"].shape == (16, 12)


@pytest.mark.parametrize(
    ("module", "why", "inputs"),
    [
        pytest.param(Text(), "RuntimeError: mat1 and mat2", [], id="something else"),
        pytest.param(
            Text(config=config(image_size=8)),
            "ValueError: You have to specify pixel_values",
            ["input_ids:int64[2,16] pixel_values:float32[2,3,8,8]", "pixel_values:float32[2,3,8,8]"],
            id="it says which",
        ),
        pytest.param(Text(), "ValueError: You have to specify input_ids or labels", [], id="it has it"),
    ],
)
def test_repaired(module: nn.Module, why: str, inputs: list[str]) -> None:
    held = Inputs((("input_ids", "int64", (2, 16)),), True)
    assert [" ".join(each.words()) for each in example_inputs.repaired(module, held, why)][: len(inputs) or 1] == inputs


def test_unknown_arguments() -> None:
    assert (example_inputs.unknown(Other()), example_inputs.unknown(Picture())) == (["latents"], [])
