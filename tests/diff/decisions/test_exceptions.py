"""What keeps a number that a width change changes everywhere else: told with its path, and only where it is alone."""

from __future__ import annotations

from answers import holding
from diff.decisions.prints import (
    Case,
    batch_norm,
    block,
    conv,
    decisions_test,
    layer_norm,
    linear,
    listed,
    net,
    ordered,
    transformer,
)


def wide(hidden: int, *inner: int, kv: int | None = None) -> str:
    """Blocks of one hidden size, each with its own feed-forward size."""
    return transformer(hidden, [block(hidden, each, kv) for each in inner])


def staged(hidden: int, *stages: tuple[int, ...]) -> str:
    """Stages of blocks, each block with its own feed-forward size."""
    own = [holding("Stage", blocks=listed(*(block(hidden, each) for each in inner))) for inner in stages]
    return net(stages=listed(*own), norm=layer_norm(hidden))


def coders(hidden: int, encoder: tuple[int, ...], decoder: tuple[int, ...]) -> str:
    """An encoder and a decoder of blocks that are named alike, each with its own feed-forward size."""
    sides = [holding("Stack", layers=listed(*(block(hidden, each) for each in inner))) for inner in (encoder, decoder)]
    return net(encoder=sides[0], decoder=sides[1])


def stack(*widths: int, norm: int | None = None) -> str:
    """Convolutions with norms in a class of somebody; the last norm may be of another width."""
    layers: dict[str, str] = {}
    for at, (taken, given) in enumerate(zip((3, *widths), widths, strict=False)):
        last = norm if norm and at == len(widths) - 1 else given
        layers |= {f"conv{at}": conv(taken, given), f"norm{at}": batch_norm(last)}
    return net(**layers)


def classifier(hidden: int, classes: int) -> str:
    body = ordered(linear(8, hidden), layer_norm(hidden), linear(hidden, hidden))
    return net(body=body, head=linear(hidden, classes))


#: id, candidate, reference, decisions
CASES: list[Case] = [
    # left alone
    (
        "nothing-stays",
        wide(16, 64, 64, 64),
        wide(32, 128, 128, 128),
        ["AD109 function: every width x 1/2: 16, 64, not 32, 128 x19"],
    ),
    (
        "as-many-classes-as-an-older-width",
        classifier(16, 32),
        classifier(32, 32),
        ["AD109 function: hidden size 16, not 32 x2"],
    ),
    (
        "half-of-the-blocks",
        wide(32, 64, 64, 128, 128),
        wide(32, *[128] * 4),
        [
            "AD301 function layers.0.mlp.fc1: out_features 64, not 128 x2",
            "-> AD301 function layers.0.mlp.fc2: in_features 64, not 128",
        ],
    ),
    # exceptions
    (
        "a-block",
        wide(16, 64, 128, 64),
        wide(32, 128, 128, 128),
        ["AD109 function: widths x 1/2: 16, 64, not 32, 128, but layers.1.mlp keeps 128 x18"],
    ),
    (
        "the-first-block",
        wide(16, 128, 64, 64),
        wide(32, 128, 128, 128),
        ["AD109 function: widths x 1/2: 16, 64, not 32, 128, but layers.0.mlp keeps 128 x18"],
    ),
    (
        "two-blocks",
        wide(16, 64, 128, 64, 128, 64),
        wide(32, *[128] * 5),
        ["AD109 function: widths x 1/2: 16, 64, not 32, 128, but layers.1.mlp.fc1 keeps 128 and 3 more x29"],
    ),
    (
        "two-blocks-of-one-stage",
        staged(16, (64, 128, 64, 128), (64, 64)),
        staged(32, (128,) * 4, (128,) * 2),
        [
            "AD109 function: widths x 1/2: 16, 64, not 32, 128, but stages.0.blocks.1.mlp.fc1 keeps 128 and 3 more x35",
        ],
    ),
    (
        "a-block-of-a-decoder-beside-an-encoder-as-deep",
        coders(16, (128, 128, 128), (64, 128, 64)),
        coders(32, (128, 128, 128), (128, 128, 128)),
        ["AD109 function: widths x 1/2: 16, 64, not 32, 128, but decoder.layers.1.mlp keeps 128 x33"],
    ),
    (
        "a-norm",
        stack(16, 32, 64, norm=128),
        stack(32, 64, 128),
        ["AD109 function: every width x 1/2: 16, 32, 64, not 32, 64, 128, but norm2 keeps 128 x3"],
    ),
]

test_decisions = decisions_test(CASES)
