"""Another kind of layer in the same place: what is called the same computation, held against running both."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from archdiff import api, parse

CONV = nn.Conv2d(3, 6, 3, padding=1)
PAIRS = [  # id, candidate's layer, reference's layer, effect
    ("mean-of-all", nn.AvgPool2d(8), nn.AdaptiveAvgPool2d(1), "equivalent"),
    ("mean-of-all-as-a-tuple", nn.AdaptiveAvgPool2d((1, 1)), nn.AvgPool2d((8, 8)), "equivalent"),
    ("mean-of-a-part", nn.AvgPool2d(4), nn.AdaptiveAvgPool2d(2), "equivalent"),
    ("mean-of-unequal-parts", nn.AvgPool2d(3, stride=2), nn.AdaptiveAvgPool2d(3), "function"),
    ("overlapping", nn.AvgPool2d(4, stride=2), nn.AdaptiveAvgPool2d(3), "function"),
    ("mean-of-what-fits", nn.AvgPool2d(5), nn.AdaptiveAvgPool2d(1), "function"),
    ("mean-with-padding", nn.AvgPool2d(8, padding=2, stride=8), nn.AdaptiveAvgPool2d(1), "function"),
    ("largest-of-all", nn.MaxPool2d(8), nn.AdaptiveMaxPool2d(1), "equivalent"),
    ("largest-with-padding", nn.MaxPool2d(8, 8, padding=2), nn.AdaptiveMaxPool2d(1), "function"),
    ("with-holes", nn.MaxPool2d(4, stride=4, dilation=2), nn.AdaptiveMaxPool2d(1), "function"),
    ("largest-or-mean", nn.MaxPool2d(8), nn.AdaptiveAvgPool2d(1), "function"),
    ("a-group-a-channel", nn.GroupNorm(6, 6), nn.InstanceNorm2d(6, affine=True), "equivalent"),
    ("without-weights", nn.InstanceNorm2d(6), nn.GroupNorm(6, 6, affine=False), "equivalent"),
    ("two-channels-a-group", nn.InstanceNorm2d(6), nn.GroupNorm(3, 3, affine=False), "function"),
    ("weights-on-one-side", nn.GroupNorm(6, 6), nn.InstanceNorm2d(6), "function"),
    ("another-eps", nn.GroupNorm(6, 6, eps=1e-3), nn.InstanceNorm2d(6, affine=True), "function"),
    ("groups", nn.GroupNorm(3, 6), nn.InstanceNorm2d(6, affine=True), "function"),
    (
        "statistics-of-a-run",
        nn.GroupNorm(6, 6),
        nn.InstanceNorm2d(6, affine=True, track_running_stats=True),
        "function",
    ),
    ("two-losses", nn.CrossEntropyLoss(), nn.NLLLoss(), "training"),
]
IDS = [each[0] for each in PAIRS]


@pytest.mark.parametrize(("ours", "theirs", "effect"), [each[1:] for each in PAIRS], ids=IDS)
def test_effect(ours: nn.Module, theirs: nn.Module, effect: str) -> None:
    (a,), (b,) = (parse.parse(str(nn.Sequential(CONV, each))) for each in (ours, theirs))
    findings = api.compare_networks(a, b, input_shape=(3, 8, 8)).findings
    assert [each.effect.word for each in findings if each.rule == "AD105"] == [effect]


RUN = [each for each in PAIRS if each[3] != "training"]


@pytest.mark.parametrize(("ours", "theirs", "effect"), [each[1:] for each in RUN], ids=[each[0] for each in RUN])
def test_running_both(ours: nn.Module, theirs: nn.Module, effect: str) -> None:
    x = torch.randn(4, 6, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for layer in (ours, theirs):
            for weight in layer.parameters():
                weight.uniform_(0.5, 2.0, generator=torch.Generator().manual_seed(1))
        a, b = ours.eval()(x), theirs.eval()(x)
    assert (a.shape == b.shape and torch.allclose(a, b, atol=1e-5)) is (effect == "equivalent")


@pytest.mark.parametrize(("eps", "effect"), [(1e-5, "training"), (1e-3, "function")])
def test_a_norm_of_all_devices(eps: float, effect: str) -> None:
    texts = [str(nn.Sequential(nn.Linear(4, 6), norm)) for norm in (nn.BatchNorm1d(6), nn.SyncBatchNorm(6, eps=eps))]
    (a,), (b,) = map(parse.parse, texts)
    (finding,) = api.compare_networks(a, b).findings
    assert (finding.rule, finding.effect.word) == ("AD105", effect)


def test_a_line_without_a_class() -> None:
    texts = (f"Net(\n  (a): Linear(8, 8)\n  (b): {each}\n)\n" for each in ("()", "ReLU()"))
    ours, theirs = (parse.parse(text)[0] for text in texts)
    outcome = api.compare_networks(ours, theirs)
    found = [f"{each.effect.word}: {each.message}" for each in outcome.findings]
    assert found == ["unknown: a layer without a class, not ReLU"]


@pytest.mark.parametrize("known", ["Hardswish()", "Linear(8, 8)"])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_class_that_nobody_knows(known: str, mirrored: bool) -> None:
    """Libraries name one function in many ways; what `h_swish` is no print shows."""
    texts = [f"Sequential(\n  (0): Linear(8, 8)\n  (1): {each}\n)\n" for each in ("h_swish()", known)]
    ours, theirs = (parse.parse(text)[0] for text in (texts[::-1] if mirrored else texts))
    outcome = api.compare_networks(ours, theirs)
    (finding,) = outcome.findings
    assert (outcome.verdict, finding.rule) == ("unknown", "AD105")
    assert finding.message.endswith(": no print shows what h_swish computes")


@pytest.mark.parametrize(
    ("conv", "linear", "effect"),
    [
        (nn.Conv2d(3, 8, 4), nn.Linear(48, 8), "unknown"),
        (nn.Conv2d(3, 8, 4), nn.Linear(48, 8, bias=False), "function"),
        (nn.Conv2d(3, 8, 4), nn.Linear(48, 9), "function"),
        (nn.Conv2d(3, 8, 4, padding=1), nn.Linear(48, 8), "function"),
        (nn.Conv2d(4, 8, 4, groups=2), nn.Linear(64, 8), "function"),
    ],
    ids=["the same weights", "no bias", "wider", "padding", "groups"],
)
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_convolution_that_may_see_all_places_at_once(
    conv: nn.Module, linear: nn.Module, effect: str, mirrored: bool
) -> None:
    ours, theirs = (parse.parse(f"Net(\n  (embed): {layer}\n  (act): Tanh()\n)\n")[0] for layer in (conv, linear))
    sides = (ours, theirs)
    (finding,) = api.compare_networks(*(sides[::-1] if mirrored else sides)).findings
    assert (finding.rule, finding.effect.word) == ("AD105", effect)


@pytest.mark.parametrize(("divisor", "effect"), [("", "equivalent"), (", divisor_override=3", "function")])
def test_a_mean_by_another_divisor(divisor: str, effect: str) -> None:
    """Live modules tell of it, prints of torch do not."""
    pool = f"AvgPool2d(kernel_size=8, stride=8, padding=0{divisor})"
    ours, theirs = (
        parse.parse(f"Sequential(\n  (0): {layer}\n)\n")[0] for layer in (pool, "AdaptiveAvgPool2d(output_size=1)")
    )
    (finding,) = api.compare_networks(ours, theirs, input_shape=(4, 8, 8)).findings
    assert (finding.rule, finding.effect.word) == ("AD105", effect)


@pytest.mark.parametrize(("divisor", "effect"), [("", "equivalent"), (", divisor_override=1", "function")])
@pytest.mark.parametrize("first", [True, False], ids=["the first", "the second"])
def test_two_means_in_a_row_are_one_and_sums_are_not(divisor: str, effect: str, first: bool) -> None:
    pools = [f"AvgPool2d(kernel_size=2, stride=2, padding=0{divisor if at == first else ''})" for at in (True, False)]
    ours, theirs = (
        parse.parse("Sequential(\n" + "".join(f"  ({i}): {each}\n" for i, each in enumerate(chain)) + ")\n")[0]
        for chain in (pools, ["AvgPool2d(kernel_size=4, stride=4, padding=0)"])
    )
    found = api.compare_networks(ours, theirs, input_shape=(2, 8, 8)).findings
    assert {finding.effect.word for finding in found if finding.is_difference} == {effect}


@pytest.mark.parametrize(("divisor", "effect"), [("", "equivalent"), (", divisor_override=1", "function")])
@pytest.mark.parametrize("padding", [0, 1], ids=["without padding", "with padding"])
def test_a_mean_lies_between_its_numbers_and_a_sum_does_not(divisor: str, effect: str, padding: int) -> None:
    pool = f"AvgPool2d(kernel_size=2, stride=2, padding={padding}{divisor})"
    layers = ("Conv2d(2, 4, kernel_size=(3, 3), stride=(1, 1))", "ReLU6()", pool, "ReLU6()")
    ours, theirs = (
        parse.parse("Sequential(\n" + "".join(f"  ({i}): {each}\n" for i, each in enumerate(chain)) + ")\n")[0]
        for chain in (layers, layers[:-1])
    )
    found = api.compare_networks(ours, theirs, input_shape=(2, 8, 8)).findings
    assert [finding.effect.word for finding in found if finding.is_difference] == [effect]
