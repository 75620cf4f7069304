"""Shapes of which some sizes are not known: what layers take and give of them, and what they tell of one another."""

from __future__ import annotations

import pytest

from archdiff import parse
from archdiff.semantics import kinds, rules, runs
from archdiff.semantics.kinds import Partial

CONV = "Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))"
LINEAR = "Linear(in_features=6, out_features=5, bias=True)"
FLATTEN = "Flatten(start_dim=1, end_dim=-1)"
UNFLATTEN = "Unflatten(dim=1, unflattened_size=(2, 3))"
POOL = "MaxPool2d(kernel_size=2)"


def operation(text: str, x: Partial | None) -> runs.Op:
    layer = rules.normalize(parse.parse(text)[0]).root
    return runs.operation(kinds.by_name()[layer.kind], kinds.settings_of(layer).printed, x)


#: layer, what comes in, the same with the sizes that the layer asks for, what comes out; None: not known
THROUGH: list[tuple[str, Partial | None, Partial | None, Partial | None]] = [
    (CONV, (None, None, None), (3, None, None), (8, None, None)),
    (CONV, (None, 8, None), (3, 8, None), (8, 6, None)),
    (CONV, (None, 8, 8), (3, 8, 8), (8, 6, 6)),
    (CONV, None, None, (8, None, None)),
    (CONV, (None, 2, 2), (3, 2, 2), None),
    (CONV, (3, 2, 2), (3, 2, 2), None),
    (CONV, (4, 8, 8), (4, 8, 8), None),
    ("BatchNorm1d(4)", (None,), (4,), (4,)),
    ("BatchNorm1d(4)", (None, 7), (4, 7), (4, 7)),
    ("BatchNorm1d(4)", (5, 7), (5, 7), None),
    ("BatchNorm2d(4)", (None, None), (None, None), (4, None, None)),
    ("GroupNorm(2, 4)", (None, 7, None), (4, 7, None), (4, 7, None)),
    (LINEAR, (None,), (6,), (5,)),
    (LINEAR, (None, None), (None, 6), (None, 5)),
    (LINEAR, (3, 7), (3, 6), (3, 5)),
    (LINEAR, (), (), None),
    (LINEAR, None, None, None),
    ("LayerNorm((4, 6), eps=1e-05)", (None, None, None), (None, 4, 6), (None, 4, 6)),
    ("LayerNorm((4, 6), eps=1e-05)", (None,), (None,), None),
    ("RMSNorm((6,), eps=1e-05)", (None, None), (None, 6), (None, 6)),
    (FLATTEN, None, None, (None,)),
    (FLATTEN, (3, 4), (3, 4), (12,)),
    (FLATTEN, (3, None), (3, None), (None,)),
    ("Flatten(start_dim=2, end_dim=-1)", None, None, None),
    ("Flatten(start_dim=2, end_dim=-1)", (3, None, 4), (3, None, 4), (3, None)),
    (UNFLATTEN, (None,), (None,), (2, 3)),
    (UNFLATTEN, (None, 4), (None, 4), (2, 3, 4)),
    ("Unflatten(dim=-1, unflattened_size=(2, -1))", (4, None), (4, None), (4, 2, None)),
    ("Unflatten(dim=2, unflattened_size=(2, 3))", (None,), (None,), None),
    ("Unflatten(dim=0, unflattened_size=(2, 3))", (None,), (None,), None),
    ("Unflatten(dim=-2, unflattened_size=(2, 3))", (None,), (None,), None),
    (UNFLATTEN, None, None, None),
    (UNFLATTEN, (6,), (6,), (2, 3)),
    ("AdaptiveAvgPool2d(output_size=(1, 1))", None, None, (None, 1, 1)),
    ("AdaptiveAvgPool2d(output_size=1)", (None, None, None), (None, None, None), (None, 1, 1)),
    ("AdaptiveAvgPool2d(output_size=(None, 4))", None, None, (None, None, 4)),
    ("AdaptiveAvgPool2d(output_size=(None, 4))", (None, 7, None), (None, 7, None), (None, 7, 4)),
    (POOL, None, None, (None, None, None)),
    (POOL, (None, None, 8), (None, None, 8), (None, None, 4)),
    (POOL, (3, None, 8), (3, None, 8), (3, None, 4)),
    ("MaxPool2d(kernel_size=(8, 2))", (3, None, 8), (3, None, 8), (3, None, 4)),
    ("Embedding(10, 6)", None, None, None),
    ("Embedding(10, 6)", (None,), (None,), (None, 6)),
    ("EmbeddingBag(10, 6)", None, None, (6,)),
    ("EmbeddingBag(10, 6)", (None,), (None,), (6,)),
    ("ReLU()", None, None, None),
    ("ReLU()", (None, 3), (None, 3), (None, 3)),
    ("Dropout(p=0.5)", None, None, None),
    ("BatchNorm2d(4)", None, None, (4, None, None)),
    ("Softmax(dim=1)", (None, 3), (None, 3), (None, 3)),
    ("ConvTranspose2d(3, 8, kernel_size=(2, 2), stride=(2, 2))", (None, None, 4), (3, None, 4), (8, None, 8)),
    ("Upsample(scale_factor=2.0, mode='nearest')", (3, None, 4), (3, None, 4), (3, None, 8)),
    ("Upsample(size=(4, 4), mode='nearest')", (3, None, None), (3, None, None), (3, 4, 4)),
    ("ConstantPad2d(padding=(1, 1, 2, 2), value=0)", (3, None, 4), (3, None, 4), (3, None, 6)),
    ("ConstantPad2d(padding=(1, 1, 2, 2), value=0)", None, None, None),
    ("ReflectionPad2d((1, 1, 2, 2))", None, None, (None, None, None)),
    ("PixelShuffle(upscale_factor=2)", None, None, None),
    ("PixelShuffle(upscale_factor=2)", (8, None, 2), (8, None, 2), (2, None, 4)),
    ("PixelShuffle(upscale_factor=2)", (None, 2, 2), (None, 2, 2), (None, 4, 4)),
    ("Unfold(kernel_size=2, dilation=1, padding=0, stride=1)", None, None, None),
    ("Unfold(kernel_size=2, dilation=1, padding=0, stride=1)", (3, None, 4), (3, None, 4), (12, None)),
    ("Fold(output_size=(4, 4), kernel_size=(2, 2), dilation=1, padding=0, stride=1)", None, None, None),
    ("LSTM(6, 5)", (None, None), (None, None), None),
    ("GLU(dim=1)", (8, None), (8, None), (4, None)),
    ("GLU(dim=1)", (None, 4), (None, 4), (None, 4)),
    ("InstanceNorm2d(4)", (None, None, None), (None, None, None), (None, None, None)),  # torch counts no channels
    ("InstanceNorm2d(4, affine=True)", (None, None, None), (4, None, None), (4, None, None)),
    ("InstanceNorm2d(4, track_running_stats=True)", (None, None, None), (4, None, None), (4, None, None)),
    ("GroupNorm(2, 4, affine=False)", (None, 7, None), (None, 7, None), (None, 7, None)),
    ("BatchNorm1d(4, affine=False)", (None,), (4,), (4,)),
    ("BatchNorm1d(4, affine=False, track_running_stats=False)", (None,), (None,), (None,)),
    ("ChannelShuffle(groups=2)", (4, None, None), (4, None, None), (4, None, None)),
]


@pytest.mark.parametrize(("text", "x", "taken", "given"), THROUGH)
def test_through_one_layer(text: str, x: Partial | None, taken: Partial | None, given: Partial | None) -> None:
    op = operation(text, x)
    assert (op.input, op.output) == (taken, given)


#: layers before a place, layers behind it, the shape there
BETWEEN: list[tuple[tuple[str, ...], tuple[str, ...], Partial | None]] = [
    ((), (), None),
    ((), (CONV,), (3, None, None)),
    ((), ("ReLU()", CONV), (3, None, None)),
    ((), ("ReLU()", POOL, CONV), (3, None, None)),
    ((), (POOL, "BatchNorm2d(4)"), (4, None, None)),
    ((), (LINEAR,), None),
    ((), (FLATTEN, LINEAR), None),
    ((), ("BatchNorm1d(4)", LINEAR), None),
    ((), ("BatchNorm2d(4)",), (4, None, None)),
    ((), ("EmbeddingBag(10, 6)",), (None,)),
    ((), ("ReLU()", "EmbeddingBag(10, 6)"), (None,)),
    ((), (POOL, "EmbeddingBag(10, 6)"), (None, None, None)),
    ((), ("ConstantPad2d(padding=(1, 1, 2, 2), value=0)", CONV), (3, None, None)),
    ((), ("PixelShuffle(upscale_factor=2)", CONV), None),
    ((), ("Upsample(scale_factor=2.0, mode='nearest')", "AvgPool2d(kernel_size=2)", CONV), None),
    ((), ("Upsample(scale_factor=2.0, mode='nearest')", LINEAR), None),
    ((), ("LayerNorm((4, 6), eps=1e-05)",), None),
    ((), ("MaxPool1d(kernel_size=2)", "LayerNorm((4, 6), eps=1e-05)"), (4, None)),
    ((), ("ReLU()", "LayerNorm((4, 6), eps=1e-05)"), None),
    ((), ("ReLU()", "MaxPool1d(kernel_size=2)", "Conv1d(4, 6, kernel_size=(3,), stride=(1,))"), (4, None)),
    ((), ("Softmax(dim=1)", "Conv1d(4, 6, kernel_size=(3,), stride=(1,))"), (4, None)),
    ((), ("Unfold(kernel_size=2, dilation=1, padding=0, stride=1)",), None),
    ((), ("Dropout1d(p=0.5)", "Conv1d(4, 6, kernel_size=(3,), stride=(1,))"), (4, None)),
    ((CONV,), (), (8, None, None)),
    ((CONV,), (POOL,), (8, None, None)),
    ((LINEAR,), (), None),
    ((LINEAR,), ("Softmax(dim=1)",), None),
    ((LINEAR,), ("BatchNorm1d(5)",), None),
    ((LINEAR,), ("BatchNorm2d(4)",), (4, None, 5)),
    ((LINEAR,), ("MaxPool1d(kernel_size=2)",), (None, 5)),
    ((FLATTEN,), (LINEAR,), (None,)),
    ((CONV,), (LINEAR,), (8, None, None)),
    (("Embedding(10, 6)",), ("Tanh()",), None),
    (("Embedding(10, 6)",), ("MaxPool1d(kernel_size=2)",), (None, 6)),
    ((CONV, "AdaptiveAvgPool2d(output_size=(1, 1))"), (), (8, 1, 1)),
    ((CONV, FLATTEN), (), (None,)),
    (("ReLU()",), (CONV,), (3, None, None)),
    (("EmbeddingBag(10, 6)",), (LINEAR,), (6,)),
]


@pytest.mark.parametrize(("before", "behind", "shape"), BETWEEN)
def test_between_layers(before: tuple[str, ...], behind: tuple[str, ...], shape: Partial | None) -> None:
    context, ahead = (runs.linked([operation(text, None) for text in texts], None) for texts in (before, behind))
    assert runs.before(context, ahead) == shape
