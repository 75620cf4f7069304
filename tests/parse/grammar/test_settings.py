"""Settings of one layer: read, refused with their place, and written back."""

from __future__ import annotations

import pytest

from archdiff.model.network import Setting, Value
from archdiff.parse.grammar.settings import MAX_NESTING, read_settings, read_value, write_setting

VALUES = [
    # left alone: no numbers, no tuples
    ("zeros", "zeros"),
    ("nan", "nan"),  # a word, so that it equals itself
    ("torch.qint8", "torch.qint8"),
    ("1e", "1e"),
    ("0x10", "0x10"),
    ("1_000", "1_000"),
    ("3x4", "3x4"),
    ("__import__('os').system('true')", "__import__('os').system('true')"),
    ("(1", "(1"),
    ("9" * 31, "9" * 31),
    ("SiLU()", "SiLU()"),
    ("don't", "don't"),
    # read
    ("None", None),
    ("True", True),
    ("false", False),
    ("-1", -1),
    ("9" * 30, int("9" * 30)),
    ("1e-05", 1e-05),
    (".5", 0.5),
    ("2.", 2.0),
    ("-inf", float("-inf")),
    ("(5, 5)", (5, 5)),
    ("(7,)", (7,)),
    ("torch.Size([8, 3])", (8, 3)),
    ("()", ()),
    ("[[2, 3], [2]]", ((2, 3), (2,))),
    ("{'type': 'Kaiming', 'layer': 2}", (("type", "Kaiming"), ("layer", 2))),
    ("'bilinear'", "bilinear"),
    ('"it\'s"', "it's"),
    (r"'a\'b\nc\\d\w'", "a'b\nc\\d\\w"),
    ("<function relu at 0x7f88>", "<function relu>"),
    ("tensor([[1., 1.],\n        [1., 1.]])", "tensor([[1., 1.], [1., 1.]])"),
    ("<built-in method sigmoid of type object at 0x5f3e>", "<built-in method sigmoid of type object>"),
]


@pytest.mark.parametrize(("text", "value"), VALUES, ids=[text[:24] for text, _ in VALUES])
def test_value(text: str, value: Value) -> None:
    found = read_value(text)
    assert found == value
    assert type(found) is type(value)


SETTINGS = [
    # left alone
    ("Net", "", []),
    ("Rearrange", "'... () () -> ...'", [(None, "... () () -> ...")]),
    ("Gate", "48x0o+16x1o -> 16x0o", [(None, "48x0o+16x1o -> 16x0o")]),
    ("ReLU", "inplaced", [(None, "inplaced")]),
    ("Upsample", "size=4", [("size", 4)]),
    ("Conv2d", "3, kernel_size=(7, 7, stride=(2, 2)), bias=False", [(None, 3), (None, "..."), ("bias", False)]),
    # today's torch
    (
        "Conv2d",
        "1, 64, kernel_size=(5, 5), stride=(1, 1), padding=same",
        [(None, 1), (None, 64), ("kernel_size", (5, 5)), ("stride", (1, 1)), ("padding", "same")],
    ),
    ("LayerNorm", "(768,), eps=1e-12", [(None, (768,)), ("eps", 1e-12)]),
    ("GELU", "approximate='none'", [("approximate", "none")]),
    ("X", "f='a, (b', g=1", [("f", "a, (b"), ("g", 1)]),
    ("X", "key=<function f at 0x7f>, p=functools.partial(<class 'a.B'>, eps=1e-06)",
     [("key", "<function f>"), ("p", "functools.partial(<class 'a.B'>, eps=1e-06)")]),
    ("X", "=broken, (, )", [(None, "=broken"), (None, ())]),
    # before torch 1.2
    ("ReLU", "inplace", [("inplace", True)]),
    ("Hardtanh", "min_val=0, max_val=6, inplace", [("min_val", 0), ("max_val", 6), ("inplace", True)]),
    # before torch 0.4
    ("Linear", "784 -> 10", [("in_features", 784), ("out_features", 10)]),
    ("Dropout", "p = 0.5", [("p", 0.5)]),
    ("MaxPool2d", "size=(2, 2), stride=(2, 2)", [("kernel_size", (2, 2)), ("stride", (2, 2))]),
    # other frameworks and tools
    ("Conv2D", "3 -> 16, kernel_size=(3, 3)", [(None, 3), (None, 16), ("kernel_size", (3, 3))]),
    ("torch::nn::Dropout", "p=0.5, inplace=false", [("p", 0.5), ("inplace", False)]),
    ("Linear", "#params: 9.4K, #flops: 100", [("#params", "9.4K"), ("#flops", 100)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("class_name", "text", "pairs"), SETTINGS, ids=[f"{row[0]}: {row[1][:24]}" for row in SETTINGS]
)
def test_settings(class_name: str, text: str, pairs: list[tuple[Value, ...]]) -> None:
    assert [(setting.name, setting.value) for setting in read_settings(class_name, text)] == pairs


def test_text_of_a_setting_is_as_printed() -> None:
    assert read_settings("Conv2d", "1,  stride = (1,1)") == (
        Setting(None, 1),
        Setting("stride", (1, 1)),
    )
    assert [setting.text for setting in read_settings("Conv2d", "1,  stride = (1,1)")] == ["1", "stride = (1,1)"]


def test_deep_tuples_stay_text() -> None:
    text = "[" * (MAX_NESTING + 5) + "]" * (MAX_NESTING + 5)
    value = read_value(text)
    for _ in range(MAX_NESTING):
        assert isinstance(value, tuple)
        (value,) = value
    assert value == "[[[[[]]]]]"


WRITTEN = [
    (Setting("bias", True), "bias=True"),
    (Setting("kernel_size", (5, 5)), "kernel_size=(5, 5)"),
    (Setting("dims", (7,)), "dims=(7,)"),
    (Setting("mode", "nearest"), "mode=nearest"),
    (Setting("mode", "a, b"), "mode='a, b'"),
    (Setting("mode", "12"), "mode='12'"),
    (Setting("mode", ""), "mode=''"),
    (Setting("mode", "it's"), 'mode="it\'s"'),
    (Setting(None, "inplace"), "'inplace'"),
    (Setting(None, "a=b"), "'a=b'"),
    (Setting("eps", 1e-05, "eps=0.00001"), "eps=0.00001"),  # as printed
    (Setting("eps", 1e-06, "eps=0.00001"), "eps=1e-06"),  # a text that says something else is not used
]


@pytest.mark.parametrize(("setting", "text"), WRITTEN, ids=[text for _, text in WRITTEN])
def test_written(setting: Setting, text: str) -> None:
    assert write_setting(setting) == text
    assert read_settings("", text) == (setting,)
