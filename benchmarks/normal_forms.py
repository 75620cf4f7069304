"""NormalTrace forms of real networks, held against what the networks compute.

    python benchmarks/normal_forms.py [--only NAME]

Needs timm, torchvision and transformers; where one is missing, its networks are left out and a line says so. Each
network runs once in float64 with random weights; its nodes, and those of each module in it, must give the same numbers.
The exit code is 1 where one does not.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from archdiff.execute.live.tracing import NotTracedError
from archdiff.semantics.operations import Graph
from graph_values import mismatches, traced

CLOSE: Final = 1e-5  # of the largest number: constants are told apart by 7 digits
TIMM: Final = {
    "resnet18": 64,
    "resnext50_32x4d": 64,
    "seresnet18": 64,
    "densenet121": 64,
    "convnext_atto": 64,
    "convnextv2_atto": 64,
    "vit_tiny_patch16_224": 224,
    "deit_tiny_patch16_224": 224,
    "swin_tiny_patch4_window7_224": 224,
    "swinv2_tiny_window8_256": 256,
    "efficientnet_b0": 64,
    "mobilenetv3_small_100": 64,
    "regnetx_002": 64,
    "regnety_002": 64,
    "mixer_s32_224": 224,
    "resmlp_12_224": 224,
    "gmlp_s16_224": 224,
    "levit_128s": 224,
    "xcit_nano_12_p16_224": 224,
    "cait_xxs24_224": 224,
    "beit_base_patch16_224": 224,
    "poolformer_s12": 64,
    "coat_lite_tiny": 224,
    "twins_svt_small": 224,
    "pit_ti_224": 224,
    "tnt_s_legacy_patch16_224": 224,
    "crossvit_tiny_240": 240,
    "mobilevit_xxs": 256,
    "edgenext_xx_small": 256,
    "efficientformer_l1": 224,
    "fastvit_t8": 256,
    "ghostnet_050": 64,
    "hrnet_w18_small": 64,
    "repvgg_a0": 64,
    "res2net50_26w_4s": 64,
    "vgg11": 64,
    "inception_v3": 299,
    "maxvit_rmlp_pico_rw_256": 256,
    "focalnet_tiny_srf": 224,
    "volo_d1_224": 224,
    "eva02_tiny_patch14_224": 224,
    "hiera_tiny_224": 224,
    "dla34": 64,
    "nfnet_l0": 64,
    "davit_tiny": 224,
}
TORCHVISION: Final = {
    "alexnet": 224,
    "googlenet": 96,
    "mnasnet0_5": 64,
    "mobilenet_v2": 64,
    "shufflenet_v2_x0_5": 64,
    "squeezenet1_0": 64,
    "swin_t": 64,
    "swin_v2_t": 64,
    "vit_b_32": 224,
    "maxvit_t": 224,
    "convnext_tiny": 64,
    "efficientnet_v2_s": 64,
    "regnet_y_400mf": 64,
    "wide_resnet50_2": 64,
}
_SMALL: Final = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "vocab_size": 99,
    "max_position_embeddings": 64,
    "num_key_value_heads": 2,
    "pad_token_id": 0,
    "d_model": 32,
    "d_ff": 64,
    "d_kv": 8,
    "num_layers": 2,
    "num_heads": 4,
    "n_embd": 32,
    "n_layer": 2,
    "n_head": 4,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "ffn_dim": 64,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "dim": 32,
    "hidden_dim": 64,
    "n_layers": 2,
    "n_heads": 4,
    "embedding_size": 32,
    "word_embed_proj_dim": 32,
    "state_size": 8,
    "head_dim": 8,
    "use_cache": False,
}
TRANSFORMERS: Final = (
    *("BertModel", "RobertaModel", "DistilBertModel", "AlbertModel", "ElectraModel", "GPT2Model", "GPTNeoXModel"),
    *("GPTJModel", "OPTModel", "BloomModel", "LlamaModel", "MistralModel", "Qwen2Model", "GemmaModel", "Gemma2Model"),
    *("PhiModel", "Phi3Model", "FalconModel", "T5EncoderModel", "MambaModel", "MPNetModel", "DebertaV2Model"),
    *("StableLmModel", "Olmo2Model", "CohereModel", "FNetModel", "Starcoder2Model"),
)


class Ids(nn.Module):
    """A language model that takes token ids alone."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor) -> Tensor:
        out: Tensor = self.model(input_ids)[0]
        return out


def networks() -> Iterator[tuple[str, Callable[[], nn.Module], Callable[[], Tensor]]]:
    """Name, maker and input of each network."""
    if (timm := _library("timm")) is not None:
        for name, size in TIMM.items():
            yield f"timm {name}", _maker(timm.create_model, name), _images(size)
    if (torchvision := _library("torchvision")) is not None:
        for name, size in TORCHVISION.items():
            arguments = {"init_weights": True} if name in ("googlenet",) else {}
            yield f"torchvision {name}", _maker(torchvision.models.get_model, name, **arguments), _images(size)
    if (transformers := _library("transformers")) is not None:
        for name in TRANSFORMERS:
            yield f"transformers {name}", _maker(_language_model, transformers, name), lambda: torch.arange(3, 15)[None]


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        print(f"{name} is not installed: its networks are left out")
        return None


def _maker(make: Callable[..., nn.Module], *given: object, **named: object) -> Callable[[], nn.Module]:
    return lambda: make(*given, **named)


def _images(size: int) -> Callable[[], Tensor]:
    return lambda: torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0))


def _language_model(transformers: Any, name: str) -> nn.Module:
    kind = getattr(transformers, name)
    config = kind.config_class(**_SMALL)
    config._attn_implementation = "eager"
    return Ids(kind(config))


def held(make: Callable[[], nn.Module], given: Tensor) -> str:
    """What is wrong with the normal form of a network; "" where nothing is."""
    torch.manual_seed(0)
    module = make().eval()
    with torch.no_grad():
        for each in module.parameters():
            if each.ndim < 2:
                each.add_(torch.randn_like(each) * 0.1)
    graph = Graph()
    try:
        one = traced(module, [given], graph)
    except NotTracedError as error:
        return f"not traced: {error}"
    started = time.monotonic()
    wrong = mismatches(graph, one, close=CLOSE)
    took = time.monotonic() - started
    print(f"  {len(one.trace.operations)} operations, {len(graph.nodes)} nodes, {took:.1f} s", end="", flush=True)
    return "; ".join(wrong[:3])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="networks whose name has this in it")
    only = parser.parse_args().only
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    failed = tried = 0
    for name, make, given in networks():
        if only not in name:
            continue
        print(f"{name:45}", end="", flush=True)
        try:
            wrong = held(make, given())
        except Exception as error:  # of a library, or of a rule
            wrong = f"{type(error).__name__}: {str(error).strip()[:200]}"
        tried += 1
        failed += bool(wrong)
        print(f"  {wrong or 'equal'}")
    print(f"{tried - failed} of {tried} equal")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
