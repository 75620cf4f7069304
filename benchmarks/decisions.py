"""Pairs of networks whose design decisions are known: is there one top finding for each decision?

    python benchmarks/decisions.py --write DIR     (needs timm, torchvision and transformers)
    python benchmarks/decisions.py --check DIR [PAIR ...]

The decisions stand in `decisions.toml`, written by hand. `--write` prints every network of its pairs into DIR; nothing
is downloaded, and no weight takes memory. `--check` compares each pair and prints the expected rows beside the top
findings; what is spelling only (`cosmetic`) and what is not printed is no decision. The exit code is 1 where there are
more or fewer findings than decisions, or where no message has all whole numbers of a row.
"""

from __future__ import annotations

import argparse
import re
import tomllib
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import torch
from torch import nn

import archdiff

EXPECTED: Final = Path(__file__).with_name("decisions.toml")
NOTE: Final = Path(__file__).parents[1] / "tests" / "data" / "note.md"
OF_THE_NOTE: Final = ("Mine", "Lucas", "SuperSparse", "Sparse")


@dataclass(frozen=True)
class Row:
    """One decision: what it changes, and the sentence."""

    effect: str
    text: str

    @property
    def numbers(self) -> frozenset[str]:
        """Its integers, without a factor: the 2 of "x 2", and neither number of "x 5/6"."""
        return integers(re.sub(r"\bx \d+(/\d+)?", "", self.text))


@dataclass(frozen=True)
class Pair:
    """Two networks by their names, and what is expected of them."""

    candidate: str
    reference: str
    rows: tuple[Row, ...]

    @property
    def name(self) -> str:
        return f"{self.candidate}/{self.reference}"


@dataclass(frozen=True)
class Checked:
    """What was found in a pair: effects and messages."""

    pair: Pair
    found: tuple[Row, ...]

    @property
    def absent(self) -> tuple[tuple[Row, frozenset[str]], ...]:
        """Rows with the numbers that the nearest message lacks."""
        nearest = [(row, missing(row, self.found)) for row in self.pair.rows]
        return tuple((row, numbers) for row, numbers in nearest if numbers)

    @property
    def holds(self) -> bool:
        return len(self.found) == len(self.pair.rows) and not self.absent

    def __str__(self) -> str:
        rows, found = self.pair.rows, self.found
        mark = "ok" if self.holds else "--"
        lines = [f"{mark} {self.pair.name}: {len(rows)} decisions, {len(found)} findings"]
        lines += [f"     expected  {row.effect}: {row.text}" for row in rows]
        lines += [f"     found     {row.effect}: {row.text}" for row in found]
        lines += [f"     nowhere   {', '.join(sorted(numbers, key=int))}: {row.text}" for row, numbers in self.absent]
        return "\n".join(lines)


def expected(path: Path = EXPECTED) -> tuple[Pair, ...]:
    """The pairs of a file with the rows of each."""
    pairs = tomllib.loads(path.read_text(encoding="utf-8"))
    found = []
    for name, pair in pairs.items():
        candidate, reference = name.split("/")
        found.append(Pair(candidate, reference, tuple(Row(effect, text) for effect, text in pair["rows"])))
    return tuple(found)


def check(pair: Pair, folder: Path) -> Checked:
    """A pair as archdiff sees it."""
    outcome = archdiff.compare(_address(pair.candidate, folder), _address(pair.reference, folder))
    return Checked(pair, tuple(decisions(outcome.decisions)))


def decisions(findings: Iterable[archdiff.Finding]) -> Iterator[Row]:
    """Of top findings those that are more than spelling."""
    for finding in findings:
        if finding.is_difference and finding.effect is not archdiff.Effect.COSMETIC:
            places = f" ({finding.count} places)" if finding.count > 1 else ""
            yield Row(finding.effect.word, f"{finding.rule} {finding.message}{places}")


def integers(text: str) -> frozenset[str]:
    """The whole numbers of a text, which are no part of a name or of a fraction: not those of conv1, 0.5 and 1e-06."""
    return frozenset(re.findall(r"(?<![\w.])(?<!e-)\d+(?!\w|\.\d)", text))


def missing(row: Row, found: Iterable[Row]) -> frozenset[str]:
    """The numbers of a row that the message with most of them lacks."""
    lacking = (row.numbers - integers(each.text) for each in found)
    return min(lacking, key=len, default=row.numbers)


def write(names: Iterable[str], folder: Path) -> None:
    """Prints networks to files; those of the note are read where they stand."""
    folder.mkdir(parents=True, exist_ok=True)
    builders = networks()
    for name in names:
        with torch.device("cpu" if name.startswith("regnet") else "meta"):  # a regnet computes its widths with tensors
            text = str(builders[name]())
        (folder / f"{name}.txt").write_text(text + "\n", encoding="utf-8")


def _address(name: str, folder: Path) -> str:
    return f"{NOTE}#{name}" if name in OF_THE_NOTE else str(folder / f"{name}.txt")


# Networks


def networks() -> dict[str, Callable[[], nn.Module]]:
    """What builds each network, by its name."""
    return {
        **{name: _of_torchvision(name) for name in TORCHVISION},
        "mobilenet_v2_0_5": _of_torchvision("mobilenet_v2", width_mult=0.5),
        **{name: _of_timm(model) for name, model in TIMM.items()},
        **{name: _of_transformers(model, config, sizes) for name, (model, config, sizes) in TRANSFORMERS.items()},
        "unet_32": lambda: UNet(32),
        "unet_64": lambda: UNet(64),
    }


TORCHVISION: Final = (
    *("mnasnet0_5", "mnasnet1_0", "mobilenet_v2", "regnet_x_400mf", "regnet_x_800mf", "vit_b_16", "vit_l_16"),
    *("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "wide_resnet50_2"),
    *("vgg11", "vgg13", "vgg16", "vgg16_bn", "vgg19", "densenet121", "densenet169"),
    *("convnext_tiny", "convnext_small", "convnext_base", "swin_t", "swin_s", "swin_b"),
    *("efficientnet_b0", "efficientnet_b1", "efficientnet_b3"),
)

TIMM: Final = {
    "convnext_atto": "convnext_atto",
    "convnext_femto": "convnext_femto",
    "vit_tiny": "vit_tiny_patch16_224",
    "vit_small": "vit_small_patch16_224",
    "vit_base": "vit_base_patch16_224",
    "mobilenetv2_100": "mobilenetv2_100",
}

Model: TypeAlias = tuple[str, str, dict[str, Any]]  # class, configuration, the fields that are given


def _decoder(family: str, sizes: tuple[int, int, int], layers: int, heads: tuple[int, int], **more: Any) -> Model:
    """A language model by its vocabulary, hidden and feed-forward size, layers, heads and heads of keys and values."""
    fields = {
        **dict(zip(("vocab_size", "hidden_size", "intermediate_size"), sizes, strict=True)),
        **dict(zip(("num_attention_heads", "num_key_value_heads"), heads, strict=True)),
        "num_hidden_layers": layers,
    }
    return f"{family}ForCausalLM", f"{family}Config", {**fields, **more}


def _trunk(family: str, **fields: Any) -> Model:
    return f"{family}Model", f"{family}Config", fields


def _t5(family: str, d_ff: int, **fields: Any) -> Model:
    base = {"d_model": 768, "d_ff": d_ff, "num_layers": 12, "num_heads": 12}
    return f"{family}ForConditionalGeneration", f"{family}Config", {**base, **fields}


#: with the sizes that are published; what is not given is the default of the configuration
TRANSFORMERS: Final[dict[str, Model]] = {
    "gemma_7b": _decoder(
        "Gemma",
        (256000, 3072, 24576),
        28,
        (16, 16),
        head_dim=256,
        rms_norm_eps=1e-6,
        hidden_act="gelu_pytorch_tanh",
        pad_token_id=0,
    ),
    "glm_4_9b": _decoder(
        "Glm",
        (151552, 4096, 13696),
        40,
        (32, 2),
        head_dim=128,
        rms_norm_eps=1.5625e-07,
        hidden_act="silu",
        attention_bias=True,
        pad_token_id=151329,
    ),
    "llama_2_7b": _decoder("Llama", (32000, 4096, 11008), 32, (32, 32), rms_norm_eps=1e-5),
    "llama_3_8b": _decoder("Llama", (128256, 4096, 14336), 32, (32, 8), rms_norm_eps=1e-5),
    "mistral_7b": _decoder("Mistral", (32000, 4096, 14336), 32, (32, 8), rms_norm_eps=1e-5),
    "qwen2_7b": _decoder("Qwen2", (152064, 3584, 18944), 28, (28, 4), rms_norm_eps=1e-6),
    "bert_base": _trunk("Bert"),
    "bert_large": _trunk(
        "Bert", hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16
    ),
    "roberta_base": _trunk(
        "Roberta", vocab_size=50265, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5
    ),
    "electra_base": _trunk(
        "Electra", embedding_size=768, hidden_size=768, intermediate_size=3072, num_attention_heads=12
    ),
    "t5_base": _t5("T5", 3072),
    "t5_v1_1_base": _t5("T5", 2048, feed_forward_proj="gated-gelu"),
    "mt5_base": _t5("MT5", 2048, vocab_size=250112),
    "gpt2": ("GPT2LMHeadModel", "GPT2Config", {}),
    "gpt2_medium": ("GPT2LMHeadModel", "GPT2Config", {"n_embd": 1024, "n_layer": 24, "n_head": 16}),
}


class UNet(nn.Module):
    """A U-Net of five levels as it is printed; its forward is not needed."""

    def __init__(self, width: int) -> None:
        super().__init__()
        levels = [width * 2**level for level in range(5)]
        self.down = nn.ModuleList(_convolutions(*sizes) for sizes in zip([3, *levels], levels, strict=False))
        self.pool = nn.MaxPool2d(2)
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * size, size, 2, 2) for size in levels[-2::-1])
        self.merge = nn.ModuleList(_convolutions(2 * size, size) for size in levels[-2::-1])
        self.head = nn.Conv2d(width, 2, 1)


def _convolutions(size_in: int, size_out: int) -> nn.Module:
    layers: list[nn.Module] = []
    for size in (size_in, size_out):
        layers += [nn.Conv2d(size, size_out, 3, padding=1, bias=False), nn.BatchNorm2d(size_out), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


def _of_torchvision(name: str, **options: Any) -> Callable[[], nn.Module]:
    def build() -> nn.Module:
        import torchvision

        network: nn.Module = torchvision.models.get_model(name, **options)
        return network

    return build


def _of_timm(name: str) -> Callable[[], nn.Module]:
    def build() -> nn.Module:
        import timm

        network: nn.Module = timm.create_model(name)
        return network

    return build


def _of_transformers(model: str, config: str, sizes: dict[str, Any]) -> Callable[[], nn.Module]:
    def build() -> nn.Module:
        import transformers

        network: nn.Module = getattr(transformers, model)(getattr(transformers, config)(**sizes))
        return network

    return build


def main() -> int:
    options = _options()
    pairs = [pair for pair in expected() if not options.pairs or pair.name in options.pairs]
    if options.write:
        warnings.simplefilter("ignore")  # of torch, about weights that are not initialised
        names = {name for pair in pairs for name in (pair.candidate, pair.reference) if name not in OF_THE_NOTE}
        write(sorted(names), options.write)
        print(f"{len(names)} networks in {options.write}")
        return 0
    checked = [check(pair, options.check) for pair in pairs]
    print(*checked, sep="\n\n")
    rows, found = (sum(map(len, each)) for each in zip(*((one.pair.rows, one.found) for one in checked), strict=True))
    holding, counts = sum(one.holds for one in checked), sum(len(one.found) == len(one.pair.rows) for one in checked)
    print(f"\n{len(checked)} pairs: {rows} decisions, {found} findings; {counts} pairs with as many, {holding} hold")
    return 0 if holding == len(checked) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", type=Path, metavar="DIR")
    what.add_argument("--check", type=Path, metavar="DIR")
    parser.add_argument("pairs", nargs="*", metavar="PAIR", help="such as resnet18/resnet34; all without")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
