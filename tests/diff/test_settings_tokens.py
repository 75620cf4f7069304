"""Tokens that once disappeared in silence: each is now said, and decides the verdict where it may matter."""

from __future__ import annotations

import pytest

from archdiff import api, parse

LORA = """\
Net(
  (q): {cls}(
    (base_layer): Linear(in_features=8, out_features=8, bias=True)
    (lora_dropout): ModuleDict(
      (default): Identity()
    )
    (lora_A): ModuleDict(
      (default): Linear(in_features={into}, out_features=4, bias=False)
    )
    (lora_B): ModuleDict(
      (default): Linear(in_features=4, out_features=8, bias={bias})
    )
  )
)
"""
PADDED = """\
Net(
  (c): Conv2dStaticSamePadding(
    3, 8, kernel_size=(3, 3), stride=(2, 2), bias=False
    (static_padding): ZeroPad2d({})
  )
)
"""
PARAMETRIZED = """\
Sequential(
  (0): ParametrizedLinear(
    in_features=4, out_features=4, bias=True
    (parametrizations): ModuleDict(
      ({}): ParametrizationList(
        (0): _WeightNorm()
      )
    )
  )
)
"""
LIST = "Net(\n  (w): ParameterList(\n      (0): Parameter containing: [torch.{} of size 4]\n  )\n)\n"


def lora(cls: str = "lora.Linear", into: int = 8, bias: bool = False) -> str:
    return LORA.format(cls=cls, into=into, bias=bias)


def layer(text: str) -> str:
    return f"Sequential(\n  (0): {text}\n)\n"


def around(class_name: str, *layers: str) -> str:
    return f"Net(\n  (b): {class_name}(\n" + "".join(f"    {each}\n" for each in layers) + "  )\n  (act): Tanh()\n)\n"


DENSE = "(dense): Linear(in_features=8, out_features=8, bias=True)", "(dropout): Dropout(p=0.1, inplace=False)"
PRE = "(norm): LayerNorm((8,), eps=1e-05, elementwise_affine=True)", "(fn): Linear(in_features=8, out_features=8)"
GRAVE = {"unknown", "function"}

#: id, one print, another one, the verdicts that are right
CASES = [
    ("a bias of an adapter", lora(), lora(bias=True), GRAVE),
    ("an adapter of another input", lora(), lora(into=6), GRAVE),
    ("another class of adapters", lora(), lora("lora.Linear8bitLt"), GRAVE),
    ("older PEFT", lora(), lora("Linear"), {"cosmetic"}),
    ("static padding", PADDED.format("(0, 1, 0, 1)"), PADDED.format("(1, 1, 1, 1)"), GRAVE),
    ("an infinite value", layer("Foo(min=-inf)"), layer("Foo(min=0)"), {"function"}),
    ("infinity is itself", layer("Foo(min=-inf)"), layer("Foo(min=-inf)"), {"identical"}),
    ("a value beyond those by position", layer("Embedding(10, 8, 3)"), layer("Embedding(10, 8, 4)"), GRAVE),
    ("a value that a kind does not have", layer("Sigmoid(2.0)"), layer("Sigmoid()"), GRAVE),
    ("a setting of an Identity", layer("Identity(foo=3)"), layer("Identity(foo=4)"), GRAVE),
    ("precision", LIST.format("HalfTensor"), LIST.format("FloatTensor"), GRAVE),
    ("older names of precision", LIST.format("cuda.FloatTensor"), LIST.format("FloatTensor"), {"cosmetic"}),
    (
        "a class that implies a setting",
        layer("UpsamplingBilinear2d(scale_factor=2.0, mode='bilinear')"),
        layer("Upsample(scale_factor=2.0, mode='bilinear')"),
        GRAVE,
    ),
    ("a setting cut away", layer("Conv2d(3, 8, stride=(1, 1))"), layer("Conv2d(3, 8, kernel_size=(3, 3))"), GRAVE),
    ("another tensor", PARAMETRIZED.format("weight"), PARAMETRIZED.format("bias"), GRAVE),
    ("a projection that may be added", around("EsmOutput", *DENSE), around("ViTOutput", *DENSE), {"unknown"}),
    ("a norm before or behind", around("PreNorm", *PRE), around("PostNorm", *PRE), {"unknown"}),
    ("places that count on", layer("ReLU()"), layer("ReLU()").replace("(0)", "(5)"), {"cosmetic"}),
]


@pytest.mark.parametrize(("ours", "theirs", "verdicts"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
@pytest.mark.parametrize("mirrored", [False, True])
def test_what_is_printed_is_said(ours: str, theirs: str, verdicts: set[str], mirrored: bool) -> None:
    texts = (theirs, ours) if mirrored else (ours, theirs)
    (a,), (b,) = map(parse.parse, texts)
    outcome = api.compare_networks(a, b)
    assert outcome.verdict in verdicts
    assert bool([each for each in outcome.findings if not each.not_printed]) is (outcome.verdict != "identical")


VALUES = [  # what the candidate and the reference print, effect and message
    ("None", "x='None'", "x=None", "function: x 'None', not None"),
    ("one-in-brackets", "x=(1,)", "x=1", "function: x (1,), not 1"),
    ("a-word", "x='1'", "x=1", "function: x '1', not 1"),
    ("a-shape", "x=(3, 3)", "x=(1, 1)", "function: x 3x3, not 1x1"),
    ("large", "x=1000000.0", "x=1000001.0", "function: x 1000000.0, not 1000001.0"),
    (
        "one-float32",
        "x=0.1",
        "x=0.10000000149",
        "cosmetic: printed differently, which changes no layer: (0): Foo(x=0.1), not (0): Foo(x=0.10000000149)",
    ),
    ("no-value", "x=", "x=1", "unknown: x is not printed by the candidate; the other side has 1"),
]


@pytest.mark.parametrize(("ours", "theirs", "told"), [case[1:] for case in VALUES], ids=[case[0] for case in VALUES])
def test_two_values_read_unlike(ours: str, theirs: str, told: str) -> None:
    (a,), (b,) = (parse.parse(layer(f"Foo({each})")) for each in (ours, theirs))
    assert [f"{each.effect.word}: {each.message}" for each in api.compare_networks(a, b).findings] == [told]


@pytest.mark.parametrize("shape", [None, (3, 24, 24)], ids=["unknown-input", "24x24"])
def test_a_factor_of_a_size_is_compared_digit_by_digit(shape: tuple[int, ...] | None) -> None:
    """Torch cuts sizes off: a third of 24 is 8, and 0.33333333 of 24 is 7."""
    texts = (f"Upsample(scale_factor={factor}, mode='nearest')" for factor in ("0.33333333", "0.3333333333333333"))
    ours, theirs = (
        parse.parse(f"Net(\n  (a): Conv2d(3, 3, kernel_size=(1, 1))\n  (b): {text}\n)\n")[0] for text in texts
    )
    assert api.compare_networks(ours, theirs, shape).verdict == "function"
