"""What it costs to build a printed network of 7B parameters without memory, against making the same by hand.

    python benchmarks/build.py [RUNS]

The network has the shape of LLaMA-7B, 32 blocks of which no two are equal (each has its own feed-forward width, as
pruned ones have), so that nothing is folded. Its text is made here. Both are made on the meta device, in turn
(A B A B ...), so that a machine that slows down slows both; the garbage collector is off for both. Reading the text and
working out shapes from it are timed in the same rounds. Prints ratios of medians and their spread; judges nothing.
"""

from __future__ import annotations

import gc
import os
import platform
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import torch
    from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from archdiff import infer, parse
from archdiff.execute.building.build import build
from archdiff.execute.building.supplied_settings import read_supplied
from archdiff.semantics import rules

BLOCKS, WIDTH, WORDS = 32, 4096, 32000
ROTARY = read_supplied(["LlamaRotaryEmbedding.class=Identity"])


def inner(block: int) -> int:
    """No two blocks are equal."""
    return 11008 + 8 * (block - BLOCKS // 2)


class LlamaRMSNorm(nn.RMSNorm):
    def extra_repr(self) -> str:
        return f"{tuple(self.normalized_shape)}, eps={self.eps}"


class SiLUActivation(nn.SiLU):
    pass


class LlamaRotaryEmbedding(nn.Identity):
    pass


class LlamaAttention(nn.Module):
    def __init__(self, device: str) -> None:
        super().__init__()
        self.q_proj = nn.Linear(WIDTH, WIDTH, bias=False, device=device)
        self.k_proj = nn.Linear(WIDTH, WIDTH, bias=False, device=device)
        self.v_proj = nn.Linear(WIDTH, WIDTH, bias=False, device=device)
        self.o_proj = nn.Linear(WIDTH, WIDTH, bias=False, device=device)
        self.rotary_emb = LlamaRotaryEmbedding()


class LlamaMLP(nn.Module):
    def __init__(self, width: int, device: str) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(WIDTH, width, bias=False, device=device)
        self.up_proj = nn.Linear(WIDTH, width, bias=False, device=device)
        self.down_proj = nn.Linear(width, WIDTH, bias=False, device=device)
        self.act_fn = SiLUActivation()


class LlamaDecoderLayer(nn.Module):
    def __init__(self, width: int, device: str) -> None:
        super().__init__()
        self.self_attn = LlamaAttention(device)
        self.mlp = LlamaMLP(width, device)
        self.input_layernorm = LlamaRMSNorm((WIDTH,), eps=1e-06, device=device)
        self.post_attention_layernorm = LlamaRMSNorm((WIDTH,), eps=1e-06, device=device)


class LlamaModel(nn.Module):
    def __init__(self, device: str) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(WORDS, WIDTH, padding_idx=0, device=device)
        self.layers = nn.ModuleList([LlamaDecoderLayer(inner(block), device) for block in range(BLOCKS)])
        self.norm = LlamaRMSNorm((WIDTH,), eps=1e-06, device=device)


class LlamaForCausalLM(nn.Module):
    def __init__(self, device: str = "meta") -> None:
        super().__init__()
        self.model = LlamaModel(device)
        self.lm_head = nn.Linear(WIDTH, WORDS, bias=False, device=device)


def main(runs: int) -> None:
    text = repr(LlamaForCausalLM())
    [network] = parse.parse(text)
    built = build(network, device="meta", supplied=ROTARY).module
    assert repr(built) == text
    [sized] = infer.infer([rules.normalize(network)], (128,))
    torch_says, text_says = (
        sum(p.numel() for p in built.parameters()),
        sum(leaf.cost().parameters or 0 for leaf in sized.leaves),
    )
    where = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, torch {torch.__version__}"
    print(f"{where}, {os.cpu_count()} cores; {runs} rounds, in turn")
    lines = text.count("\n") + 1
    print(f"{len(text):,} characters, {lines} lines, {len(sized.leaves)} layers, {torch_says:,} parameters")
    print(f"parameters of layers that kinds know, from the text alone: {text_says:,}")

    seconds = rounds(
        runs,
        {
            "by hand": LlamaForCausalLM,
            "build": lambda: build(network, device="meta", supplied=ROTARY),
            "parse": lambda: parse_anew(text),
            "shapes": lambda: infer.infer([rules.normalize(network)], (128,)),
        },
    )
    seconds["parse and build"] = [a + b for a, b in zip(seconds["parse"], seconds["build"], strict=True)]
    for name, taken in seconds.items():
        ratios = [own / base for own, base in zip(taken, seconds["by hand"], strict=True)]
        print(
            f"{name:<16} median {1000 * statistics.median(taken):6.2f} ms"
            f" ({1000 * min(taken):.2f} to {1000 * max(taken):.2f})"
            f"  ratio {statistics.median(taken) / statistics.median(seconds['by hand']):.2f}"
            f" (pairwise {min(ratios):.2f} to {max(ratios):.2f})"
        )


def parse_anew(text: str) -> Any:
    """As in a process that has read nothing before: what is kept of equal lines is dropped first."""
    from archdiff.parse.grammar import line, settings

    for kept in (line._remembered, settings._remembered, settings._known):
        kept.cache_clear()
    return parse.parse(text)


def rounds(runs: int, tasks: dict[str, Callable[[], Any]]) -> dict[str, list[float]]:
    """Seconds of every task in every round."""
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(runs + 2):  # two uncounted
        for name, task in tasks.items():
            gc.collect()
            gc.disable()
            begin = time.perf_counter()
            task()
            seconds[name].append(time.perf_counter() - begin)
            gc.enable()
    return {name: taken[2:] for name, taken in seconds.items()}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
