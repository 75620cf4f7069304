"""Whether one edit is still found inside of a width change: every width is half, and one place differs besides.

    python benchmarks/width_edits.py [--edits 100] [--seed 0]

Networks of six architectures are printed twice, the candidate with half of every width. One random edit follows: a
setting, another activation, a layer less or more, a width that keeps its old value in one block or in one layer. The
edit has to be named with its path and its effect, by a finding beside the decision about widths or by that decision
itself. Prints what is missed, by the kind of edit; exit code 1 where anything is.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from archdiff import api
from archdiff.model.finding import Finding, PlacePair

#: names with what is printed of a layer, or with the class and the children of one that holds others
Tree: TypeAlias = "dict[str, str | tuple[str, Tree]]"
#: a network with widths of which every one is multiplied; one block may keep what is inside of it
Build: TypeAlias = Callable[[float, "int | None"], Tree]

_WIDTH_CODES: Final = ("decided-width", "decided-factor", "decided-widths", "decided-difference")
_NUMBER: Final = re.compile(r"\d+")


class Edit(NamedTuple):
    """One difference beside the widths.

    Attributes:
        kind: Of which sort it is.
        paths: Where it is, in the candidate or the reference.
        effect: What it changes in a network of which no width does.
        candidate: The print of the edited candidate.
    """

    kind: str
    paths: tuple[str, ...]
    effect: str
    candidate: str


# Layers


def linear(taken: int, given: int, bias: bool = True) -> str:
    return f"Linear(in_features={taken}, out_features={given}, bias={bias})"


def conv(taken: int, given: int, size: int = 3, groups: int = 1, stride: int = 1) -> str:
    grouped = f", groups={groups}" if groups > 1 else ""
    padding = f", padding=({size // 2}, {size // 2})" if size > 1 else ""
    sizes = f"kernel_size=({size}, {size}), stride=({stride}, {stride}){padding}"
    return f"Conv2d({taken}, {given}, {sizes}{grouped}, bias=False)"


def batch_norm(width: int) -> str:
    return f"BatchNorm2d({width}, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"


def layer_norm(width: int) -> str:
    return f"LayerNorm(({width},), eps=1e-06, elementwise_affine=True)"


DROPOUT: Final = "Dropout(p=0.1, inplace=False)"


# Architectures


def decoder(scale: float, keeps: int | None) -> Tree:
    """Layers of a language model with grouped queries."""
    width, inner = int(128 * scale), int(512 * scale)

    def block(inner: int) -> Tree:
        attention: Tree = {name: linear(width, width, False) for name in ("q_proj", "o_proj")}
        attention |= {name: linear(width, width // 4, False) for name in ("k_proj", "v_proj")}
        mlp: Tree = {name: linear(width, inner, False) for name in ("gate_proj", "up_proj")}
        mlp |= {"down_proj": linear(inner, width, False), "act_fn": "SiLU()"}
        return {
            "self_attn": ("Attention", attention),
            "mlp": ("MLP", mlp),
            "input_layernorm": layer_norm(width),
            "post_attention_layernorm": layer_norm(width),
        }

    blocks: Tree = {str(at): ("DecoderLayer", block(512 if at == keeps else inner)) for at in range(6)}
    return {
        "embed_tokens": f"Embedding(1000, {width})",
        "layers": ("ModuleList", blocks),
        "norm": layer_norm(width),
        "lm_head": linear(width, 1000, False),
    }


def vision(scale: float, keeps: int | None) -> Tree:
    """Blocks of a vision transformer, each with a Sequential inside."""
    width, inner = int(192 * scale), int(768 * scale)

    def block(inner: int) -> Tree:
        mlp: Tree = {
            "0": linear(width, inner),
            "1": "GELU(approximate='none')",
            "2": DROPOUT,
            "3": linear(inner, width),
        }
        attention: Tree = {"qkv": linear(width, 3 * width), "proj": linear(width, width), "drop": DROPOUT}
        return {
            "norm1": layer_norm(width),
            "attn": ("Attention", attention),
            "norm2": layer_norm(width),
            "mlp": ("Sequential", mlp),
        }

    blocks: Tree = {str(at): ("Block", block(768 if at == keeps else inner)) for at in range(6)}
    return {
        "patch_embed": f"Conv2d(3, {width}, kernel_size=(16, 16), stride=(16, 16))",
        "blocks": ("Sequential", blocks),
        "norm": layer_norm(width),
        "head": linear(width, 1000),
    }


def residual(scale: float, keeps: int | None) -> Tree:
    """Two stages of bottlenecks."""
    widths = [int(64 * scale), int(128 * scale)]

    def block(taken: int, given: int, inner: int) -> Tree:
        block: Tree = {
            "conv1": conv(taken, inner, 1),
            "bn1": batch_norm(inner),
            "conv2": conv(inner, inner),
            "bn2": batch_norm(inner),
            "conv3": conv(inner, given, 1),
            "bn3": batch_norm(given),
            "relu": "ReLU(inplace=True)",
        }
        shortcut: Tree = {"0": conv(taken, given, 1), "1": batch_norm(given)}
        return block if taken == given else {**block, "downsample": ("Sequential", shortcut)}

    parts: Tree = {"conv1": conv(3, widths[0], 7, stride=2), "bn1": batch_norm(widths[0]), "relu": "ReLU(inplace=True)"}
    taken, number = widths[0], 0
    for stage, inner in enumerate(widths):
        blocks: Tree = {}
        for at in range(3):
            own = 64 << stage if number == keeps else inner
            blocks[str(at)] = ("Bottleneck", block(taken, 4 * inner, own))
            taken, number = 4 * inner, number + 1
        parts[f"layer{stage + 1}"] = ("Sequential", blocks)
    return {**parts, "avgpool": "AdaptiveAvgPool2d(output_size=(1, 1))", "fc": linear(taken, 1000)}


def inverted(scale: float, keeps: int | None) -> Tree:
    """Inverted bottlenecks with depthwise convolutions."""
    widths = [int(each * scale) for each in (32, 48, 48, 64, 64, 96)]
    features: Tree = {"0": conv(3, widths[0], stride=2), "1": batch_norm(widths[0]), "2": "ReLU6(inplace=True)"}
    for at, (taken, given) in enumerate(pairwise(widths)):
        inner = 6 * (int(taken / scale) if at == keeps else taken)
        block: Tree = {
            "expand": conv(taken, inner, 1),
            "bn1": batch_norm(inner),
            "act1": "ReLU6(inplace=True)",
            "depthwise": conv(inner, inner, 3, inner),
            "bn2": batch_norm(inner),
            "act2": "ReLU6(inplace=True)",
            "project": conv(inner, given, 1),
            "bn3": batch_norm(given),
        }
        features[str(at + 3)] = ("InvertedResidual", block)
    head: Tree = {"0": DROPOUT, "1": linear(widths[-1], 1000)}
    return {"features": ("Sequential", features), "classifier": ("Sequential", head)}


def plain(scale: float, keeps: int | None) -> Tree:
    """Convolutions in one Sequential, in pairs of which the inner width may stay."""
    widths = [int(each * scale) for each in (32, 64, 128, 256)]
    features: Tree = {}
    taken = 3
    for at, given in enumerate(widths):
        inner = int(given / scale) if at == keeps else given
        layers = [conv(taken, inner), batch_norm(inner), "ReLU()", conv(inner, given), batch_norm(given), "ReLU()"]
        for layer in (*layers, "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"):
            features[str(len(features))] = layer
        taken = given
    head: Tree = {"0": linear(taken, 2 * taken), "1": "ReLU()", "2": DROPOUT, "3": linear(2 * taken, 10)}
    return {
        "features": ("Sequential", features),
        "pool": "AdaptiveAvgPool2d(output_size=(1, 1))",
        "classifier": ("Sequential", head),
    }


def convnext(scale: float, keeps: int | None) -> Tree:
    """Stages of depthwise convolutions and feed-forward layers."""
    widths = [int(each * scale) for each in (48, 96, 192)]
    stages: Tree = {}
    number = 0
    for at, width in enumerate(widths):
        blocks: Tree = {}
        for block in range(2):
            inner = 4 * (int(width / scale) if number == keeps else width)
            number += 1
            layers: Tree = {
                "conv_dw": conv(width, width, 7, width),
                "norm": layer_norm(width),
                "fc1": linear(width, inner),
                "act": "GELU(approximate='none')",
                "fc2": linear(inner, width),
            }
            blocks[str(block)] = ("ConvNeXtBlock", layers)
        before = widths[at - 1] if at else 3
        stage: Tree = {"downsample": conv(before, width, 2, stride=2), "blocks": ("Sequential", blocks)}
        stages[str(at)] = ("ConvNeXtStage", stage)
    return {"stages": ("Sequential", stages), "norm": layer_norm(widths[-1]), "fc": linear(widths[-1], 1000)}


#: how many blocks each has that may keep a width
ARCHITECTURES: Final[dict[str, tuple[Build, int]]] = {
    "decoder": (decoder, 6),
    "vision": (vision, 6),
    "residual": (residual, 6),
    "inverted": (inverted, 5),
    "plain": (plain, 4),
    "convnext": (convnext, 6),
}


# Prints


def printed(tree: Tree, class_name: str = "Net") -> str:
    parts = [f"({name}): {each if isinstance(each, str) else printed(each[1], each[0])}" for name, each in tree.items()]
    return f"{class_name}(\n  " + "\n".join(parts).replace("\n", "\n  ") + "\n)"


def leaves(tree: Tree, path: str = "") -> Iterator[tuple[str, str]]:
    for name, each in tree.items():
        inside = f"{path}.{name}" if path else name
        if isinstance(each, str):
            yield inside, each
        else:
            yield from leaves(each[1], inside)


def _holder(tree: Tree, path: str) -> tuple[Tree, str]:
    *holders, last = path.split(".")
    for name in holders:
        held = tree[name]
        assert not isinstance(held, str)
        tree = held[1]
    return tree, last


# Edits

#: what is printed, and what it becomes
_SETTINGS: Final = (
    ("eps=1e-05", "eps=0.001"),
    ("eps=1e-06", "eps=1e-05"),
    ("momentum=0.1", "momentum=0.01"),
    ("p=0.1", "p=0.3"),
    ("bias=True", "bias=False"),
    ("bias=False", "bias=True"),
    ("stride=(1, 1)", "stride=(2, 2)"),
    ("kernel_size=(3, 3)", "kernel_size=(5, 5)"),
)
_ACTIVATIONS: Final = ("SiLU", "GELU", "ReLU6", "ReLU")


def setting(tree: Tree, draw: random.Random) -> str | None:
    path, text = draw.choice(list(leaves(tree)))
    choices = [each for each in _SETTINGS if re.search(rf"\b{re.escape(each[0])}", text)]
    if not choices:
        return None
    old, new = draw.choice(choices)
    held, name = _holder(tree, path)
    held[name] = text.replace(old, new, 1)
    return path


def activation(tree: Tree, draw: random.Random) -> str | None:
    path, text = draw.choice(list(leaves(tree)))
    if not text.startswith(_ACTIVATIONS):
        return None
    held, name = _holder(tree, path)
    held[name] = "Tanh()"
    return path


def removed(tree: Tree, draw: random.Random) -> str | None:
    """A norm, an activation or a dropout less; where children are numbered, the others keep their numbers."""
    path, text = draw.choice(list(leaves(tree)))
    if "Norm" not in text and not text.startswith("Dropout"):
        return None
    held, name = _holder(tree, path)
    del held[name]
    return path


def inserted(tree: Tree, draw: random.Random) -> str | None:
    path, _ = draw.choice(list(leaves(tree)))
    held, name = _holder(tree, path)
    if name.isdecimal() and any(not isinstance(each, str) for each in held.values()):
        return None
    both: Tree = {}
    for each, layer in held.items():
        both[each] = layer
        if each == name:
            both["extra"] = "Softplus(beta=1.0, threshold=20.0)"
    held.clear()
    held.update(both)
    return path.removesuffix(name) + "extra"


_EDITS: Final = {"setting": setting, "activation": activation, "removed": removed, "inserted": inserted}


def edited(build: Build, blocks: int, kind: str, draw: random.Random) -> Edit:
    """A candidate of half the width with one edit of a kind."""
    half = build(0.5, None)
    if kind == "block keeps":
        kept = build(0.5, draw.randrange(blocks))
        before = dict(leaves(half))
        return Edit(kind, tuple(path for path, text in leaves(kept) if before[path] != text), "function", printed(kept))
    if kind == "layer keeps":
        return _one_layer_keeps(build, draw)
    for _ in range(1_000):
        state = draw.getstate()
        if path := _EDITS[kind](half, draw):
            whole = build(1, None)
            draw.setstate(state)
            _EDITS[kind](whole, draw)
            return Edit(kind, (path,), _effect(printed(whole), printed(build(1, None))), printed(half))
    raise ValueError(f"no layer for an edit of the kind {kind!r}")


def _effect(candidate: str, reference: str) -> str:
    return api.compare(f"{candidate}\n", f"{reference}\n").verdict


def _one_layer_keeps(build: Build, draw: random.Random) -> Edit:
    """One number of one layer stays what it was."""
    half, whole = build(0.5, None), dict(leaves(build(1, None)))
    path, text = draw.choice([each for each in leaves(half) if each[1] != whole[each[0]]])
    numbers = list(zip(_NUMBER.finditer(text), _NUMBER.finditer(whole[path]), strict=True))
    ours, theirs = draw.choice([(a, b) for a, b in numbers if a[0] != b[0]])
    held, name = _holder(half, path)
    held[name] = text[: ours.start()] + theirs[0] + text[ours.end() :]
    return Edit("layer keeps", (path,), "function", printed(half))


KINDS: Final = (*_EDITS, "block keeps", "layer keeps")


def is_named(edit: Edit, reference: str) -> bool:
    """Whether a comparison names the edit with its path, beside the widths or as the exception to them."""
    found = api.compare(f"{edit.candidate}\n", f"{reference}\n").decisions
    return any(_names(finding, edit) for finding in found)


def _names(finding: Finding, edit: Edit) -> bool:
    if finding.what and finding.what.code in _WIDTH_CODES:
        return any(_held_by(path, finding.message) for path in edit.paths)
    if edit.kind.endswith("keeps") and finding.cannot_run:  # the first of two neighbours that do not fit
        holders = {path.rpartition(".")[0] for path in edit.paths}
        return any(place and place.path.rpartition(".")[0] in holders for pair in finding.all_places for place in pair)
    return finding.effect.word == edit.effect and any(_is_at(pair, edit) for pair in finding.all_places)


def _is_at(pair: PlacePair, edit: Edit) -> bool:
    return any(place is not None and place.path in edit.paths for place in pair)


def _held_by(path: str, message: str) -> bool:
    """Whether a message says that a layer, or what holds it in its block, keeps a number."""
    kept = re.findall(r"([\w.]+) keeps \d+", message)
    return any(path == each or (path.startswith(f"{each}.") and "." in each) for each in kept)


def missed(count: int, seed: int, kinds: Sequence[str] = KINDS) -> list[tuple[str, Edit]]:
    """Those of so many random edits that a comparison does not name, with the name of the architecture."""
    draw = random.Random(seed)
    references = {name: printed(build(1, None)) for name, (build, _) in ARCHITECTURES.items()}
    found = []
    for number in range(count):
        name = list(ARCHITECTURES)[number % len(ARCHITECTURES)]
        build, blocks = ARCHITECTURES[name]
        kind = kinds[number // len(ARCHITECTURES) % len(kinds)]
        if name == "decoder" and kind == "removed":
            kind = "setting"
        edit = edited(build, blocks, kind, draw)
        if not is_named(edit, references[name]):
            found.append((name, edit))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--edits", type=int, default=100, help="how many (100)")
    parser.add_argument("--seed", type=int, default=0, help="of the first (0)")
    options = parser.parse_args()
    left = missed(options.edits, options.seed)
    for name, edit in left:
        print(f"missed: {name}, {edit.kind}, {edit.effect}: {', '.join(edit.paths)}")
    for kind, times in Counter(edit.kind for _, edit in left).items():
        print(f"{kind}: {times} missed")
    print(f"{options.edits - len(left)} of {options.edits} named")
    sys.exit(bool(left))


if __name__ == "__main__":
    main()
