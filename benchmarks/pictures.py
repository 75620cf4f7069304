"""Pictures of terminal reports, to be looked at: ten comparisons, three widths, dark, light and without colour.

    python benchmarks/pictures.py DIR [PAIR ...]

writes `DIR/PAIR-WIDTH-THEME.svg`. Nothing is downloaded: the note and its reference spec are files of this repository,
and other networks are built of torch's layers with the names that their libraries print. Text is as `archdiff compare`
writes it; the themes have the colours that a terminal of VS Code gives to the sixteen names, which are all that a
report uses.
"""

from __future__ import annotations

import argparse
import io
import re
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import torch
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text
from torch import nn

import archdiff
from archdiff.model.result import Result
from archdiff.report import View, find

ROOT: Final = Path(__file__).parents[1]
NOTE: Final = ROOT / "tests" / "data" / "note.md"
SPEC: Final = ROOT / "reference_specs" / "how_so_dense" / "gsc_sparse_cnn2.txt"
WIDTHS: Final = (60, 80, 160)
Pair: TypeAlias = tuple[str, str]  # the addresses of both


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("pairs", nargs="*", metavar="PAIR", help="all without")
    options = parser.parse_args()
    if unknown := set(options.pairs) - set(NAMES):
        parser.error(f"no such pair: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, (candidate, reference) in pairs(Path(folder)).items():
            if not options.pairs or name in options.pairs:
                outcome = archdiff.compare(candidate, reference)
                for ending, picture in pictures(outcome, f"{name}: archdiff compare"):
                    (options.folder / f"{name}-{ending}.svg").write_text(picture, encoding="utf-8")


def pictures(outcome: archdiff.Outcome, title: str) -> Iterator[tuple[str, str]]:
    """(the end of a file's name, SVG) for each width and theme."""
    report = find("terminal")
    for width in WIDTHS:
        for name, theme in THEMES.items():
            view = View(width=width, color=name != "plain")
            text = report.render([Result(outcome=outcome)], view)
            console = Console(file=io.StringIO(), record=True, width=width, force_terminal=True)
            console.print(Text.from_ansi(text), overflow="ignore", no_wrap=True, crop=False)
            yield f"{width}-{name}", console.export_svg(title=title, theme=theme)


def _theme(paper: tuple[int, int, int], ink: tuple[int, int, int], *colours: int) -> TerminalTheme:
    """Of black, red, green, yellow, blue, magenta, cyan and white as 0xRRGGBB."""
    return TerminalTheme(paper, ink, [(each >> 16, each >> 8 & 255, each & 255) for each in colours])


_DARK: Final = _theme(
    (30, 30, 30), (204, 204, 204), 0, 0xCD3131, 0x0DBC79, 0xE5E510, 0x2472C8, 0xBC3FBC, 0x11A8CD, 0xE5E5E5
)
_LIGHT: Final = _theme(
    (255, 255, 255), (51, 51, 51), 0, 0xCD3131, 0x00BC00, 0x949800, 0x0451A5, 0xBC05BC, 0x0598BC, 0x555555
)
THEMES: Final = {"dark": _DARK, "light": _LIGHT, "plain": _LIGHT}


# Pairs


def pairs(folder: Path) -> dict[str, Pair]:
    """What is compared, by a name for its files; prints of networks that are built are written into a folder."""
    found = dict(_OF_FILES)
    for name, (ours, theirs) in _BUILT.items():
        both = folder / f"{name}_mine.txt", folder / f"{name}_original.txt"
        for path, build in zip(both, (ours, theirs), strict=True):
            with torch.device("meta"):
                path.write_text(f"{build()}\n", encoding="utf-8")
        found[name] = (str(both[0]), str(both[1]))
    return found


_OF_FILES: Final = {
    "note": (f"{NOTE}#Mine", str(SPEC)),
    "note_lucas": (f"{NOTE}#Lucas", f"{NOTE}#SuperSparse"),
}


def named(name: str, **children: nn.Module) -> nn.Module:
    """A module that prints a class name and these children."""
    module: nn.Module = type(name, (nn.Module,), {})()
    for child, part in children.items():
        module.add_module(child, part)
    return module


def decoder(family: str, sizes: tuple[int, int, int, int], depth: int, eps: float, fused: bool) -> nn.Module:
    """A language model of vocabulary, hidden size, width of keys and values, feed-forward size."""
    vocabulary, width, narrow, wide = sizes
    norm = partial(_norm, f"{family}RMSNorm", width, eps)
    linear = nn.Linear

    def block() -> nn.Module:
        projections = {"q_proj": linear(width, width, fused), "k_proj": linear(width, narrow, fused)}
        attention = named(
            f"{family}Attention", **projections, v_proj=linear(width, narrow, fused), o_proj=linear(width, width, False)
        )
        inner = (
            {"gate_up_proj": linear(width, 2 * wide, False)}
            if fused
            else {"gate_proj": linear(width, wide, False), "up_proj": linear(width, wide, False)}
        )
        mlp = named(
            f"{family}MLP",
            **inner,
            down_proj=linear(wide, width, False),
            activation_fn=nn.SiLU() if fused else nn.GELU("tanh"),
        )
        return named(
            f"{family}DecoderLayer",
            self_attn=attention,
            mlp=mlp,
            input_layernorm=norm(),
            post_attention_layernorm=norm(),
        )

    layers = nn.ModuleList(block() for _ in range(depth))
    model = named(f"{family}Model", embed_tokens=nn.Embedding(vocabulary, width), layers=layers, norm=norm())
    return named(f"{family}ForCausalLM", model=model, lm_head=linear(width, vocabulary, False))


def _norm(name: str, width: int, eps: float) -> nn.Module:
    shown = {"extra_repr": lambda _: f"({width},), eps={eps}"}
    module: nn.Module = type(name, (nn.Module,), shown)()
    return module


def resnet(depths: tuple[int, ...], strided: int = 2, act: Callable[[], nn.Module] = nn.ReLU) -> nn.Module:
    """Of bottleneck blocks, whose stride is on this convolution; of torchvision it is the second."""
    width, stages = 64, {}
    for stage, depth in enumerate(depths):
        inner, blocks = 64 * 2**stage, []
        for number in range(depth):
            blocks.append(_bottleneck(width, inner, 2 if stage and not number else 1, strided, act))
            width = 4 * inner
        stages[f"layer{stage + 1}"] = nn.Sequential(*blocks)
    stem = {"conv1": nn.Conv2d(3, 64, 7, 2, 3, bias=False), "bn1": nn.BatchNorm2d(64), "relu": act()}
    head = {"avgpool": nn.AdaptiveAvgPool2d(1), "fc": nn.Linear(width, 1000)}
    return named("ResNet", **stem, maxpool=nn.MaxPool2d(3, 2, 1), **stages, **head)


def _bottleneck(width: int, inner: int, stride: int, strided: int, act: Callable[[], nn.Module]) -> nn.Module:
    strides = [stride if number == strided else 1 for number in (1, 2)]
    parts = {
        "conv1": nn.Conv2d(width, inner, 1, strides[0], bias=False),
        "bn1": nn.BatchNorm2d(inner),
        "conv2": nn.Conv2d(inner, inner, 3, strides[1], 1, bias=False),
        "bn2": nn.BatchNorm2d(inner),
        "conv3": nn.Conv2d(inner, 4 * inner, 1, bias=False),
        "bn3": nn.BatchNorm2d(4 * inner),
        "relu": act(),
    }
    if width != 4 * inner:
        shortcut = nn.Conv2d(width, 4 * inner, 1, stride, bias=False)
        parts["downsample"] = nn.Sequential(shortcut, nn.BatchNorm2d(4 * inner))
    return named("Bottleneck", **parts)


def unet(width: int) -> nn.Module:
    """Five levels, each of two convolutions."""
    levels = [width * 2**level for level in range(5)]
    down = nn.ModuleList(_convolutions(*sizes) for sizes in zip([3, *levels], levels, strict=False))
    up = nn.ModuleList(nn.ConvTranspose2d(2 * size, size, 2, 2) for size in levels[-2::-1])
    merge = nn.ModuleList(_convolutions(2 * size, size) for size in levels[-2::-1])
    return named("UNet", down=down, pool=nn.MaxPool2d(2), up=up, merge=merge, head=nn.Conv2d(width, 2, 1))


def _convolutions(size_in: int, size_out: int) -> nn.Module:
    layers: list[nn.Module] = []
    for size in (size_in, size_out):
        layers += [nn.Conv2d(size, size_out, 3, padding=1, bias=False), nn.BatchNorm2d(size_out), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


def encoder(width: int, wide: int, dropout: float, depth: int) -> nn.Module:
    """Of torch's own encoder layers, whose heads no print shows."""
    layer = nn.TransformerEncoderLayer(width, 4, wide, dropout)
    layers = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
    return named("Tagger", embedding=nn.Embedding(5000, width), encoder=layers, tags=nn.Linear(width, 17))


def classifier(named_layers: bool, pool_first: bool) -> nn.Module:
    """A small convolutional network, in order or by names."""
    order: list[nn.Module] = [nn.ReLU(), nn.MaxPool2d(2)]
    order = order[::-1] if pool_first else order
    features = [nn.Conv2d(1, 6, 5, padding=2), *order, nn.Conv2d(6, 16, 5), *order]
    rest = [nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Dropout(0.5 if pool_first else 0.3), nn.Linear(120, 10)]
    if not named_layers:
        return nn.Sequential(*features, *rest)
    return named("LeNet", features=nn.Sequential(*features), classifier=nn.Sequential(*rest))


def without_norms(network: nn.Module) -> str:
    """The print of a network whose second norm of each block is none."""
    return re.sub(r"\(bn2\): BatchNorm2d\([^\n]*\)", "(bn2): Identity()", str(network))


#: name -> the candidate, the reference
_BUILT: Final[dict[str, tuple[Callable[[], object], Callable[[], object]]]] = {
    "decoder": (
        lambda: decoder("Gemma", (256000, 3072, 3072, 24576), 28, 1e-6, fused=False),
        lambda: decoder("Glm", (151552, 4096, 256, 13696), 40, 1.5625e-07, fused=True),
    ),
    "resnet_depth": (lambda: resnet((3, 4, 6, 3)), lambda: resnet((3, 4, 23, 3))),
    "resnet_v1_5": (lambda: resnet((3, 4, 6, 3)), lambda: resnet((3, 4, 6, 3), strided=1)),
    "resnet_act": (lambda: resnet((2, 2, 2, 2), act=nn.SiLU), lambda: without_norms(resnet((2, 2, 2, 2)))),
    "unet": (lambda: unet(32), lambda: unet(64)),
    "encoder": (lambda: encoder(256, 1024, 0.1, 6), lambda: encoder(256, 2048, 0.2, 4)),
    "lenet_names": (lambda: classifier(False, False), lambda: classifier(True, False)),
    "lenet_order": (lambda: classifier(False, True), lambda: classifier(True, False)),
}
NAMES: Final = (*_OF_FILES, *_BUILT)


if __name__ == "__main__":
    main()
