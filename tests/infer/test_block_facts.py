"""Widths, feed-forward sizes and attention of repeated blocks, from what goes in and out of their layers."""

from __future__ import annotations

import pytest

from archdiff import parse
from archdiff.infer.block_facts import Attention, BlockFacts, blocks, runs
from archdiff.infer.leaf import bare_leaves
from archdiff.infer.stages import Stage
from archdiff.semantics import rules

NORM = "LayerNorm((8,), eps=1e-05, elementwise_affine=True)"


def linear(taken: int, given: int) -> str:
    return f"Linear(in_features={taken}, out_features={given}, bias=True)"


def conv(taken: int, given: int, kernel: int = 3) -> str:
    return f"Conv2d({taken}, {given}, kernel_size=({kernel}, {kernel}), stride=(1, 1))"


def facts(behind: str = "", **parts: str) -> BlockFacts:
    """Of a block with these parts, `__` for the dot of a path; behind it stands one more layer."""
    tree: dict[str, object] = {}
    for path, text in parts.items():
        *holders, last = path.split("__")
        here = tree
        for each in holders:
            here = here.setdefault(each.lstrip("_"), {})  # type: ignore[assignment]
        here[last] = text
    text = f"Net(\n(block): {_printed(tree)}\n{f'(behind): {behind}' if behind else ''}\n)\n"
    (network,) = parse.parse(text)
    leaves = list(bare_leaves(rules.normalize(network).root))
    return blocks(leaves, [Stage("", 1, ("Holder",), ("block",))])["block"]


def _printed(tree: dict[str, object]) -> str:
    lines = [f"({name}): {_printed(each) if isinstance(each, dict) else each}\n" for name, each in tree.items()]
    return f"Holder(\n{''.join(lines)})"


@pytest.mark.parametrize(
    ("parts", "behind", "width"),
    [
        pytest.param({"a": "Somebody()"}, "", None, id="a class of somebody"),
        pytest.param({"conv1": conv(6, 4, 1), "conv2": conv(5, 2)}, "", None, id="what is neither taken nor normed"),
        pytest.param(
            {"conv1": conv(6, 24, 1), "conv2": conv(6, 12), "more": conv(12, 7)},
            conv(24, 3),
            24,
            id="the next layer decides",
        ),
        pytest.param({"q": linear(8, 6), "o": linear(6, 8)}, "", 8, id="its own first layer takes it"),
        pytest.param(
            {"conv1": conv(64, 64, 1), "conv3": conv(64, 256), "downsample": conv(64, 256)},
            conv(256, 64),
            256,
            id="of two that fit the one that the last layer gives",
        ),
        pytest.param(
            {"conv1": conv(64, 64, 1), "conv3": conv(64, 256), "more": conv(64, 3)},
            conv(256, 64),
            None,
            id="of two that fit neither, where the last gives another",
        ),
        pytest.param(
            {"bias": linear(2, 5), "norm": NORM, "fc1": linear(8, 16), "fc2": linear(16, 8)},
            linear(16, 4),
            8,
            id="what norms take goes first",
        ),
        pytest.param({"norm": NORM, "c_attn": "Conv1D()"}, "", 8, id="norms alone, where nothing else is printed"),
        pytest.param({"conv1": conv(9, 4), "conv2": conv(4, 4)}, "", 4, id="all of its layers give the same"),
        pytest.param(
            {"conv1": conv(48, 32), "conv2": conv(32, 16)},
            conv(24, 8),
            16,
            id="one behind the other: what the last gives",
        ),
        pytest.param(
            {"conv1": conv(64, 128, 1), "conv2": conv(128, 32)},
            conv(96, 128, 1),
            None,
            id="what is put behind the input of a dense block",
        ),
        pytest.param(
            {"conv1": conv(29, 58, 1), "conv2": conv(58, 58)},
            conv(116, 8, 1),
            None,
            id="half of what the next one takes",
        ),
        pytest.param(
            {"tokens": linear(6, 6), "fc1": linear(8, 32), "fc2": linear(32, 8)},
            linear(6, 6),
            None,
            id="places mixed before features",
        ),
    ],
)
def test_width(parts: dict[str, str], behind: str, width: int | None) -> None:
    assert facts(behind, **parts).width == width


@pytest.mark.parametrize(
    ("parts", "sizes"),
    [
        pytest.param({"fc1": linear(8, 8), "fc2": linear(8, 8)}, (None, None, None), id="as wide as the block"),
        pytest.param(
            {"attn__q": linear(8, 32), "attn__out": linear(32, 8)}, (None, None, None), id="an attention is none"
        ),
        pytest.param(
            {"reduce": linear(8, 2), "expand": linear(2, 8)}, (None, None, None), id="a narrow one may be anything"
        ),
        pytest.param({"mlp__fc1": linear(8, 2), "mlp__fc2": linear(2, 8)}, (2, None, None), id="unless its name says"),
        pytest.param({"fc1": linear(8, 32), "fc2": linear(32, 8)}, (32, None, None), id="two layers"),
        pytest.param({"gate_up": linear(8, 64), "down": linear(32, 8)}, (32, None, None), id="gate and up in one"),
        pytest.param(
            {"gate_proj": linear(8, 32), "up_proj": linear(8, 32), "down_proj": linear(32, 8)},
            (32, None, None),
            id="gate and up apart",
        ),
        pytest.param(
            {
                "experts___0__up": linear(8, 4),
                "experts___0__down": linear(4, 8),
                "shared_experts__up": linear(8, 12),
                "shared_experts__down": linear(12, 8),
            },
            (None, 4, 12),
            id="experts, and what all tokens share",
        ),
        pytest.param({"mlp__fc1": conv(8, 32, 1), "mlp__fc2": conv(32, 8, 1)}, (32, None, None), id="as convolutions"),
        pytest.param({"conv1": conv(8, 32, 1), "conv2": conv(32, 8, 1)}, (None, None, None), id="of no such name"),
        pytest.param(
            {"norm1__mlp__fc1": linear(8, 2), "norm1__mlp__fc2": linear(2, 8)}, (None, None, None), id="a norm's gate"
        ),
    ],
)
def test_feed_forward_size(parts: dict[str, str], sizes: tuple[int | None, ...]) -> None:
    assert facts(norm=NORM, **parts).feed_forward == sizes


@pytest.mark.parametrize(
    ("parts", "attention"),
    [
        pytest.param({"fc1": linear(8, 8)}, None, id="no projection"),
        pytest.param({"qkv": linear(8, 24), "proj": linear(8, 8)}, None, id="in one layer"),
        pytest.param({"q_proj": linear(8, 8), "k_proj": linear(8, 3)}, None, id="keys that do not divide queries"),
        pytest.param({"q_proj": linear(8, 32), "k_proj": linear(8, 8)}, Attention(32, 8, None), id="grouped queries"),
        pytest.param({"to_q": linear(8, 8), "to_k": linear(8, 8)}, Attention(8, 8, None), id="another spelling"),
        pytest.param(
            {"q_proj": linear(8, 32), "k_proj": linear(8, 16), "q_norm": NORM},
            Attention(32, 16, 8),
            id="a norm of each head",
        ),
        pytest.param(
            {"q_proj": linear(8, 8), "k_proj": linear(8, 8), "q_norm": NORM},
            Attention(8, 8, None),
            id="a norm over all heads tells nothing of one",
        ),
    ],
)
def test_attention(parts: dict[str, str], attention: Attention | None) -> None:
    assert facts(**{f"attn__{name}": text for name, text in parts.items()}, norm=NORM).attention == attention


def test_experts_and_whether_it_is_of_an_image() -> None:
    experts = {f"experts___{number}__fc{end}": linear(8, 8) for number in range(3) for end in (1, 2)}
    assert (facts(conv1=conv(8, 5), **experts).experts, facts(conv1=conv(8, 5)).is_image) == (3, True)
    assert not facts(**experts).is_image


def depthwise(channels: int) -> str:
    return conv(channels, channels).replace("stride", f"groups={channels}, stride")


@pytest.mark.parametrize(
    ("parts", "inner"),
    [
        pytest.param({"fc1": linear(8, 32), "fc2": linear(32, 8)}, None, id="no convolution"),
        pytest.param({"conv1": conv(8, 4)}, None, id="one alone"),
        pytest.param({"pool_q": depthwise(8), "pool_k": depthwise(8)}, None, id="depthwise ones beside each other"),
        pytest.param({"a": conv(8, 2), "b": conv(8, 3), "c": conv(3, 8)}, None, id="branches side by side"),
        pytest.param({"qkv": conv(8, 24, 1), "proj": conv(8, 8, 1)}, None, id="an attention of convolutions"),
        pytest.param({"conv1": conv(8, 4, 1), "conv2": conv(4, 4), "conv3": conv(4, 8, 1)}, 4, id="a bottleneck"),
        pytest.param(
            {"conv1": conv(8, 4, 1), "conv2": conv(4, 16, 1), "downsample": conv(8, 16, 1)},
            4,
            id="a shortcut behind it",
        ),
        pytest.param(
            {"proj": conv(8, 16, 1), "conv1": conv(8, 4, 1), "conv2": conv(4, 16, 1)}, 4, id="a shortcut before it"
        ),
        pytest.param(
            {"conv_pw": conv(8, 24, 1), "conv_dw": depthwise(24), "se_1": conv(24, 2, 1), "se_2": conv(2, 24, 1)}
            | {"project": conv(24, 8, 1)},
            24,
            id="an inverted bottleneck that is squeezed and excited",
        ),
        pytest.param(
            {"conv1": conv(8, 8, 1), "squeeze": conv(8, 2, 1), "excite": conv(2, 8, 1), "conv2": conv(8, 8)},
            8,
            id="channels weighed between two layers",
        ),
        pytest.param({"conv_dw": depthwise(12), "project": conv(12, 8, 1)}, 12, id="one that expands nothing"),
    ],
)
def test_inner_width(parts: dict[str, str], inner: int | None) -> None:
    given = 16 if any("16" in text for text in parts.values()) else 8
    assert facts(conv(given, 3), **parts).inner == inner


def test_runs_of_equal_values() -> None:
    assert runs([64, 64, 128, 64]) == [(2, 64), (1, 128), (1, 64)]
