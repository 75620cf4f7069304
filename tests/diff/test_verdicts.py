"""Pairs that readers found to be judged too weakly or too strongly, each with what torch shows."""

from __future__ import annotations

import pytest
from torch import nn

from archdiff import api, parse


def sequential(*layers: nn.Module) -> str:
    return str(nn.Sequential(*layers))


def named(class_name: str, **children: object) -> str:
    return f"{class_name}(\n" + "".join(f"  ({name}): {child}\n" for name, child in children.items()) + ")\n"


HEAD = nn.Flatten(), nn.Linear(512, 10)
MAP = nn.Conv2d(4, 4, 1)


def padded(times: int, explicit: bool) -> list[nn.Module]:
    one = [nn.ZeroPad2d(1), nn.Conv2d(4, 4, 3), nn.ReLU()] if explicit else [nn.Conv2d(4, 4, 3, padding=1), nn.ReLU()]
    return one * times


#: id, candidate, reference, input shape, verdict
CASES = [
    # 8x8 and 13x13 run through both as well, and differ
    ("a-solved-size-is-a-guess", sequential(nn.AvgPool2d(7), *HEAD), sequential(nn.AdaptiveAvgPool2d(1), *HEAD), None,
     "unknown"),
    ("a-given-one-is-none", sequential(nn.AvgPool2d(7), *HEAD), sequential(nn.AdaptiveAvgPool2d(1), *HEAD), (512, 7, 7),
     "equivalent"),
    ("and-tells-when-they-part", sequential(nn.AvgPool2d(7), *HEAD), sequential(nn.AdaptiveAvgPool2d(1), *HEAD),
     (512, 8, 8), "function"),
    # in a Sequential k takes what q gives
    ("named-as-projections-in-order",
     named("Sequential", q=nn.Linear(16, 16), k=nn.Linear(16, 16), v=nn.Linear(16, 16)),
     named("Sequential", qkv=nn.Linear(16, 48)), None, "function"),
    ("declared-k-v-q", named("Net", k_proj=nn.Linear(16, 16), v_proj=nn.Linear(16, 16), q_proj=nn.Linear(16, 16)),
     named("Net", qkv=nn.Linear(16, 48)), None, "equivalent"),
    ("a-norm-between", named("Net", q=nn.Linear(16, 16), n=nn.LayerNorm(16), k=nn.Linear(16, 16), v=nn.Linear(16, 16)),
     named("Net", qkv=nn.Linear(16, 48), n=nn.LayerNorm(16)), None, "unknown"),
    ("downsample-is-a-shortcut", named("Bottleneck", conv=MAP, downsample=nn.Identity(), act=nn.ReLU()),
     named("Bottleneck", conv=MAP, act=nn.ReLU()), None, "unknown"),
    # torch takes dim 0 of three dimensions
    ("softmax-of-three-dimensions", sequential(nn.Conv1d(4, 4, 1), nn.Softmax(None)),
     sequential(nn.Conv1d(4, 4, 1), nn.Softmax(1)), None, "function"),
    ("softmax-of-four-dimensions", sequential(MAP, nn.Softmax(None)), sequential(MAP, nn.Softmax(1)), None,
     "equivalent"),
    ("another-rank-behind-unfold", sequential(nn.Unfold(3), nn.Softmin(2)), sequential(nn.Unfold(3), nn.Softmin(-2)),
     None, "unknown"),
    ("many-paddings", sequential(*padded(40, explicit=True)), sequential(*padded(40, explicit=False)), None,
     "equivalent"),
    ("a-padding-of-nothing-first", sequential(nn.ZeroPad2d(0), nn.Flatten(), nn.Linear(16, 5)),
     sequential(nn.Flatten(), nn.Linear(16, 5)), None, "equivalent"),
    # every output is -inf, and its gradient makes torch end with a signal, so it is not measured
    ("window-that-steps-over-the-one-number", sequential(nn.MaxPool2d(2, 2, 1, 2), nn.Conv2d(4, 4, 1)),
     sequential(nn.Conv2d(4, 4, 1)), (4, 1, 1), "function"),
    ("slopes-and-maxima", sequential(nn.PReLU(), nn.MaxPool2d(2), MAP), sequential(nn.MaxPool2d(2), nn.PReLU(), MAP),
     None, "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs", "shape", "verdict"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
@pytest.mark.parametrize("mirrored", [False, True])
def test_verdict(ours: str, theirs: str, shape: tuple[int, ...] | None, verdict: str, mirrored: bool) -> None:
    a, b = (parse.parse(text)[0] for text in ((theirs, ours) if mirrored else (ours, theirs)))
    assert api.compare_networks(a, b, shape).verdict == verdict
