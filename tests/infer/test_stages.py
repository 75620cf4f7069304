"""Which blocks a network repeats, and in which stages."""

from __future__ import annotations

import pytest

from archdiff import parse
from archdiff.infer.stages import form, stages

LINEAR = "Linear(in_features=8, out_features=8, bias=True)"


def block(class_name: str, *more: str) -> str:
    parts = [f"(fc1): {LINEAR}", f"(fc2): {LINEAR}", *more]
    return f"{class_name}(\n" + "".join(f"{part}\n" for part in parts) + ")"


def holder(class_name: str, **parts: str) -> str:
    """Names begin with an underscore where they are numbers."""
    return f"{class_name}(\n" + "".join(f"({name.lstrip('_')}): {part}\n" for name, part in parts.items()) + ")"


def folded(count: int, text: str) -> str:
    return f"ModuleList(\n(0-{count - 1}): {count} x {text}\n)"


BLOCK = block("Block")
WIDE = BLOCK.replace("8", "16")
GHOST = holder("Ghost", ghost1=BLOCK, ghost2=BLOCK)
EXPERTS = f"(experts): {folded(4, block('Expert'))}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("Sequential()", [], id="nothing"),
        pytest.param(holder("Net", _0=LINEAR, _1=LINEAR, _2=LINEAR), [], id="layers are no blocks"),
        pytest.param(holder("Net", head=BLOCK, neck=BLOCK), [], id="nor is what has no number"),
        pytest.param(holder("Net", layers=holder("ModuleList", _0=BLOCK)), [], id="nor one block alone"),
        pytest.param(
            holder("Net", layers=folded(3, f"ConvBlock(\n(conv): {LINEAR}\n(act): ReLU()\n)")),
            [],
            id="nor one layer with weights and what goes with it",
        ),
        pytest.param(
            holder("Net", layers=folded(3, holder("Sequential", _0=LINEAR, _1=LINEAR))), [], id="nor a Sequential"
        ),
        pytest.param(
            holder("Net", m=holder("Sequential", _0=block("SPPF"), _1=block("Detect"))),
            [],
            id="nor blocks of which no two are of one class",
        ),
        pytest.param(
            holder("Net", layers=folded(2, holder("Layer", attn1=block("Attention"), attn2=block("Attention")))),
            [("layers", 2, {"Layer"})],
            id="an attention is a part of a block",
        ),
        pytest.param(holder("Net", layers=folded(12, BLOCK)), [("layers", 12, {"Block"})], id="a folded line"),
        pytest.param(
            holder("Net", layer1=holder("Sequential", _0=BLOCK, _1=BLOCK), layer2=holder("Sequential", _0=BLOCK)),
            [("layer1", 2, {"Block"}), ("layer2", 1, {"Block"})],
            id="stages, one of a single block",
        ),
        pytest.param(
            holder("Net", down1=BLOCK, down2=BLOCK, up1=BLOCK),
            [("down", 2, {"Block"})],
            id="no list: by the word that names begin with",
        ),
        pytest.param(
            holder("Net", layers=holder("ModuleList", _0=BLOCK, _1=block("Sparse", EXPERTS), _2=block("Sparse"))),
            [("layers", 3, {"Block", "Sparse"})],
            id="blocks of two classes; experts are parts of a block",
        ),
        pytest.param(
            holder("Net", layers=folded(24, block("Layer", f"(parts): {folded(2, BLOCK)}"))),
            [("layers", 24, {"Layer"})],
            id="of equal blocks in blocks the outer ones",
        ),
        pytest.param(
            holder(
                "Net",
                layers=holder(
                    "ModuleList",
                    _0=holder("Stage", blocks=folded(2, BLOCK)),
                    _1=holder("Stage", blocks=folded(6, WIDE)),
                ),
            ),
            [("layers.0.blocks", 2, {"Block"}), ("layers.1.blocks", 6, {"Block"})],
            id="what is unequal and holds blocks is a stage",
        ),
        pytest.param(
            holder("Net", layer1=holder("Sequential", _0=GHOST), layer2=folded(3, GHOST)),
            [("layer1", 1, {"Ghost"}), ("layer2", 3, {"Ghost"})],
            id="a block that is none of equal ones is a block where it stands alone",
        ),
        pytest.param(
            holder(
                "Net",
                down=holder(
                    "ModuleList", _0=holder("Down", resnets=holder("ModuleList", _0=BLOCK), conv=LINEAR, more=LINEAR)
                ),
                up=holder("ModuleList", _0=holder("Up", resnets=folded(3, BLOCK))),
            ),
            [("down.0.resnets", 1, {"Block"}), ("up.0.resnets", 3, {"Block"})],
            id="what holds one block of a known class is a stage",
        ),
        pytest.param(
            holder(
                "Net",
                model=holder(
                    "Sequential",
                    _0=holder("Stage", m=folded(2, BLOCK)),
                    _1=block("Neck"),
                    _2=block("Neck"),
                    _3=holder("Stage", m=folded(2, WIDE)),
                ),
            ),
            [("model.0.m", 2, {"Block"}), ("model.3.m", 2, {"Block"})],
            id="what stands between stages is no block of theirs",
        ),
        pytest.param(
            holder("Net", blocks=folded(2, block("BlockClassAttn"))),
            [("blocks", 2, {"BlockClassAttn"})],
            id="a block that is named after its attention",
        ),
    ],
)
def test_stages(text: str, found: list[tuple[str, int, set[str]]]) -> None:
    (network,) = parse.parse(text + "\n")
    assert [(each.path, each.depth, set(each.classes)) for each in stages(network.root)] == found


def test_blocks_have_their_paths_and_stand_for_others() -> None:
    (network,) = parse.parse(holder("Net", layers=folded(3, BLOCK)) + "\n")
    (stage,) = stages(network.root, lambda path: 5 if path == "layers.1" else 1)
    assert (stage.blocks, stage.depth) == (("layers.0", "layers.1", "layers.2"), 7)


@pytest.mark.parametrize(
    ("path", "is_of"), [("encoder.layer", "encoder.layer"), ("layer12", "layer#"), ("a.0.b.11", "a.#.b.#")]
)
def test_stages_of_one_row_have_one_form(path: str, is_of: str) -> None:
    assert form(path) == is_of
