"""Pairs of networks whose design decisions are known: is there one top finding for each decision?

    python benchmarks/decisions.py --write DIR     (needs timm, torchvision and transformers)
    python benchmarks/decisions.py --check DIR [PAIR ...]

The decisions stand in `decisions.toml`, written by hand. `--write` prints every network of its pairs into DIR; nothing
is downloaded, and no weight takes memory. `--check` compares each pair and prints the expected rows beside the findings.
What changes nothing (`equivalent`, `cosmetic`) and what is not printed is no decision. The exit code is 1 where there
are more or fewer findings than decisions, or where the numbers of a row stand in no message.
"""

from __future__ import annotations

import argparse
import re
import tomllib
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn

import archdiff

EXPECTED: Final = Path(__file__).with_name("decisions.toml")
NOTE: Final = Path(__file__).parents[1] / "tests" / "data" / "note.md"
OF_THE_NOTE: Final = ("Mine", "Lucas", "SuperSparse", "Sparse")
CHANGES_NOTHING: Final = ("equivalent", "cosmetic")


@dataclass(frozen=True)
class Row:
    """One decision: what it changes, and the sentence."""

    effect: str
    text: str

    @property
    def numbers(self) -> frozenset[str]:
        """Its integers, without a factor such as 5/6."""
        return integers(re.sub(r"\d+/\d+", "", self.text))


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
    return tuple(
        Pair(*name.split("/"), tuple(Row(effect, text) for effect, text in pair["rows"]))
        for name, pair in pairs.items()
    )


def check(pair: Pair, folder: Path) -> Checked:
    """A pair as archdiff sees it."""
    outcome = archdiff.compare(_address(pair.candidate, folder), _address(pair.reference, folder))
    return Checked(pair, tuple(decisions(outcome.findings)))


def decisions(findings: Iterable[archdiff.Finding]) -> Iterator[Row]:
    """Of top findings those that change something."""
    for finding in findings:
        if finding.is_difference and finding.effect.word not in CHANGES_NOTHING:
            yield Row(finding.effect.word, f"{finding.rule} {finding.message}")


def integers(text: str) -> frozenset[str]:
    """The whole numbers of a text, which are no part of a name or of a fraction: not those of conv1, 0.5 and 1e-06."""
    return frozenset(re.findall(r"(?<![\w.])\d+(?!\w|\.\d)", text))


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
}

#: class, configuration, and of the published sizes those that another version of the library may have other defaults for
TRANSFORMERS: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "gemma_7b": (
        "GemmaForCausalLM",
        "GemmaConfig",
        {
            **{"vocab_size": 256000, "hidden_size": 3072, "intermediate_size": 24576, "num_hidden_layers": 28},
            **{"num_attention_heads": 16, "num_key_value_heads": 16, "head_dim": 256, "rms_norm_eps": 1e-6},
            **{"hidden_act": "gelu_pytorch_tanh", "pad_token_id": 0},
        },
    ),
    "glm_4_9b": (
        "GlmForCausalLM",
        "GlmConfig",
        {
            **{"vocab_size": 151552, "hidden_size": 4096, "intermediate_size": 13696, "num_hidden_layers": 40},
            **{"num_attention_heads": 32, "num_key_value_heads": 2, "head_dim": 128, "rms_norm_eps": 1.5625e-07},
            **{"hidden_act": "silu", "attention_bias": True, "pad_token_id": 151329},
        },
    ),
    "llama_2_7b": (
        "LlamaForCausalLM",
        "LlamaConfig",
        {
            **{"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32},
            **{"num_attention_heads": 32, "num_key_value_heads": 32, "rms_norm_eps": 1e-5},
        },
    ),
    "llama_3_8b": (
        "LlamaForCausalLM",
        "LlamaConfig",
        {
            **{"vocab_size": 128256, "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32},
            **{"num_attention_heads": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-5},
        },
    ),
    "mistral_7b": (
        "MistralForCausalLM",
        "MistralConfig",
        {
            **{"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32},
            **{"num_attention_heads": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-5},
        },
    ),
    "qwen2_7b": (
        "Qwen2ForCausalLM",
        "Qwen2Config",
        {
            **{"vocab_size": 152064, "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28},
            **{"num_attention_heads": 28, "num_key_value_heads": 4, "rms_norm_eps": 1e-6},
        },
    ),
    "bert_base": ("BertModel", "BertConfig", {"vocab_size": 30522}),
    "bert_large": (
        "BertModel",
        "BertConfig",
        {
            **{"vocab_size": 30522, "hidden_size": 1024, "intermediate_size": 4096},
            **{"num_hidden_layers": 24, "num_attention_heads": 16},
        },
    ),
    "roberta_base": (
        "RobertaModel",
        "RobertaConfig",
        {"vocab_size": 50265, "max_position_embeddings": 514, "type_vocab_size": 1, "layer_norm_eps": 1e-5},
    ),
    "electra_base": (
        "ElectraModel",
        "ElectraConfig",
        {"embedding_size": 768, "hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12},
    ),
    "t5_base": (
        "T5ForConditionalGeneration",
        "T5Config",
        {"d_model": 768, "d_ff": 3072, "num_layers": 12, "num_heads": 12},
    ),
    "t5_v1_1_base": (
        "T5ForConditionalGeneration",
        "T5Config",
        {"d_model": 768, "d_ff": 2048, "num_layers": 12, "num_heads": 12, "feed_forward_proj": "gated-gelu"},
    ),
    "mt5_base": (
        "MT5ForConditionalGeneration",
        "MT5Config",
        {"vocab_size": 250112, "d_model": 768, "d_ff": 2048, "num_layers": 12, "num_heads": 12},
    ),
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
