"""A dropout of any library does nothing in eval mode, whatever its class is called and whatever it prints."""

from __future__ import annotations

import pytest

from archdiff import api, parse


def net(*layers: str) -> str:
    inside = ("Linear(in_features=8, out_features=8, bias=True)", *layers, "ReLU()")
    return "Sequential(\n" + "".join(f"  ({at}): {layer}\n" for at, layer in enumerate(inside)) + ")\n"


#: id, what one network has between Linear and ReLU, what the other has, the verdict
CASES = [
    ("no layer of another library", ("StableDropout()",), ("StableDropout()",), "identical"),
    ("missing", ("StableDropout()",), (), "training"),
    ("under a prefix", ("mmcv.cnn.DropPath(drop_prob=0.1)",), (), "training"),
    ("block", ("DropBlock2D(block_size=7, gamma_scale=1.0)",), (), "training"),
    ("block of torchvision", ("DropBlock2d(p=0.1, block_size=7, inplace=False)",), (), "training"),
    ("depth", ("torchvision.ops.StochasticDepth(p=0.2, mode=row)",), (), "training"),
    ("something behind the word", ("DropoutNd(p=0.1)",), (), "training"),
    ("another share", ("StableDropout(drop_prob=0.1)",), ("StableDropout(drop_prob=0.2)",), "training"),
    ("the same share under two names", ("FooDropout(rate=0.1)",), ("FooDropout(p=0.1)",), "cosmetic"),
    ("a setting that nobody knows", ("FooDropout(p=0.1, warp=3)",), ("FooDropout(p=0.1, warp=4)",), "training"),
    ("a setting that one side prints", ("FooDropout(p=0.1, warp=3)",), ("FooDropout(p=0.1)",), "unknown"),
    ("two classes", ("FooDropout(p=0.1)",), ("BarDropout(p=0.1)",), "training"),
    ("against that of torch", ("FooDropout(p=0.1)",), ("Dropout(p=0.1)",), "training"),
    # what is named so and is more
    ("one that drops in eval mode", ("MCDropout(p=0.1)",), (), "function"),
    ("a recurrent layer", ("WeightDropoutLSTM()",), (), "function"),
    ("a layer with weights", ("LinearDropout(in_features=8, out_features=8, p=0.1)",), (), "function"),
    ("a norm behind a dropout", ("DropoutAddRMSNorm(8, eps=1e-05)",), (), "function"),
]


@pytest.mark.parametrize(("ours", "theirs", "verdict"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
@pytest.mark.parametrize("mirrored", [False, True])
def test_verdict(ours: tuple[str, ...], theirs: tuple[str, ...], verdict: str, mirrored: bool) -> None:
    (a,), (b,) = (parse.parse(net(*layers)) for layers in ((theirs, ours) if mirrored else (ours, theirs)))
    assert api.compare_networks(a, b).verdict == verdict
