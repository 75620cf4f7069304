"""Settings that no print shows: whether a finding names them, and whether its line of Python tells two models apart.

    python benchmarks/unprinted.py [CASE ...] [--list] [--every-field]

Needs transformers, which no other part of the project uses. A case is an architecture of it, built twice from a small
configuration of which one field differs; nothing is downloaded. Both prints have to be equal, so `compare` cannot see
the difference: it has to say what neither print shows, and the line that it gives is run on both models. What the field
changes is measured: the outputs in eval or in training, with the weights of one model in both, or the weights that are
shared. With names of cases, all that is shown of them is printed. `--every-field` changes every number, switch and
activation in the configurations of these architectures, one at a time, and counts what no print shows and no line does.

The exit code is 1 where a case fails, and 2 where transformers is missing or a case is not known.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import io
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from archdiff import api, parse
from archdiff.model.finding import Finding

#: small enough to build in a moment, under the names that configurations have for it; others keep their defaults
SMALL: Mapping[str, Any] = {
    **dict.fromkeys(
        ("hidden_size", "d_model", "n_embd", "emb_dim", "dim", "word_embed_proj_dim", "embedding_size"), 32
    ),
    **dict.fromkeys(("intermediate_size", "ffn_dim", "encoder_ffn_dim", "decoder_ffn_dim", "d_ff", "d_inner"), 48),
    **dict.fromkeys(("num_hidden_layers", "num_layers", "n_layer", "n_layers", "encoder_layers", "decoder_layers"), 2),
    **dict.fromkeys(("num_attention_heads", "num_heads", "n_head", "n_heads", "encoder_attention_heads"), 4),
    **dict.fromkeys(("decoder_attention_heads", "num_experts", "num_local_experts", "n_routed_experts"), 4),
    **dict.fromkeys(("max_position_embeddings", "n_positions"), 64),
    **dict.fromkeys(("num_key_value_heads", "num_decoder_layers", "num_experts_per_tok"), 2),
    **dict.fromkeys(("d_kv", "head_dim"), 8),
    "vocab_size": 101,
    "moe_intermediate_size": 24,
    "pad_token_id": 0,
}

ROPE = {"rope_type": "default", "rope_theta": 10000.0}


@dataclass(frozen=True)
class Case:
    """One architecture with two values of one field."""

    model: str  # class of transformers
    config: str
    field: str
    values: tuple[Any, Any]
    setting: str  # of the finding that has to name it
    holder: str  # the class that the finding has to name; "" where it names layers
    shown: tuple[str, str]  # what the line has to print of each model, and of no other
    more: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.model}.{self.field}"


def pair(name: str, *values: object) -> tuple[str, str]:
    """The two values as an attribute and as a field of a printed configuration show them."""
    first, second = (f'{name}": {str(value).lower() if isinstance(value, bool) else value}' for value in values)
    return first, second


def heads(model: str, config: str, name: str, holder: str, **more: Any) -> Case:
    return Case(model, config, name, (4, 8), "num_heads", holder, pair(name, "4,", "8,"), more)


def attention(model: str, config: str, name: str, values: tuple[Any, Any], holder: str, **more: Any) -> Case:
    """Of an attention, of the block around it or of the network: what its configuration holds."""
    return Case(model, config, name, values, "num_heads", holder, pair(name, *values), more)


CASES = (
    heads("BertForMaskedLM", "BertConfig", "num_attention_heads", "BertSelfAttention"),
    heads("RobertaForMaskedLM", "RobertaConfig", "num_attention_heads", "RobertaSelfAttention"),
    heads("DistilBertForMaskedLM", "DistilBertConfig", "n_heads", "DistilBertSelfAttention"),
    heads("ElectraForMaskedLM", "ElectraConfig", "num_attention_heads", "ElectraSelfAttention"),
    heads("DebertaForMaskedLM", "DebertaConfig", "num_attention_heads", "DisentangledSelfAttention"),
    heads("GPT2LMHeadModel", "GPT2Config", "n_head", "GPT2Attention"),
    heads("ViTModel", "ViTConfig", "num_attention_heads", "ViTAttention", image_size=32, patch_size=8),
    heads("CLIPTextModel", "CLIPTextConfig", "num_attention_heads", "CLIPAttention"),
    heads("WhisperForConditionalGeneration", "WhisperConfig", "decoder_attention_heads", "WhisperAttention"),
    Case("LlamaForCausalLM", "LlamaConfig", "rope_parameters", (ROPE, {**ROPE, "rope_theta": 500000.0}), "rope_base",
         "LlamaRotaryEmbedding", pair("rope_theta", 10000.0, 500000.0)),
    Case("Qwen3ForCausalLM", "Qwen3Config", "rope_parameters", (ROPE, {**ROPE, "rope_type": "linear", "factor": 4.0}),
         "rope_base", "Qwen3RotaryEmbedding", ("rope_type=default", "rope_type=linear")),
    Case("Qwen2ForCausalLM", "Qwen2Config", "tie_word_embeddings", (False, True), "tie_word_embeddings", "",
         ("set()", "{'lm_head.weight'}")),
    Case("T5ForConditionalGeneration", "T5Config", "layer_norm_epsilon", (1e-6, 1e-5), "eps", "T5LayerNorm",
         ("variance_epsilon=1e-06", "variance_epsilon=1e-05")),
    Case("MixtralForCausalLM", "MixtralConfig", "num_experts_per_tok", (2, 1), "top_k", "MixtralSparseMoeBlock",
         ("top_k=2", "top_k=1")),
    Case("Qwen2MoeForCausalLM", "Qwen2MoeConfig", "norm_topk_prob", (False, True), "top_k", "Qwen2MoeSparseMoeBlock",
         ("norm_topk_prob=False", "norm_topk_prob=True")),
    Case("OlmoeForCausalLM", "OlmoeConfig", "num_experts_per_tok", (2, 4), "top_k", "OlmoeSparseMoeBlock",
         ("top_k=2", "top_k=4")),
    Case("GptOssForCausalLM", "GptOssConfig", "num_experts_per_tok", (2, 4), "top_k", "GptOssMLP",
         ("top_k=2", "top_k=4")),
    attention("MistralForCausalLM", "MistralConfig", "sliding_window", (32, 8), "MistralAttention"),
    attention("Phi3ForCausalLM", "Phi3Config", "sliding_window", (32, 8), "Phi3Attention"),
    attention("GemmaForCausalLM", "GemmaConfig", "attention_dropout", (0.0, 0.25), "GemmaAttention"),
    attention("Gemma2ForCausalLM", "Gemma2Config", "query_pre_attn_scalar", (16, 64), "Gemma2Attention"),
    attention("GraniteForCausalLM", "GraniteConfig", "residual_multiplier", (1.0, 0.5), "GraniteAttention"),
    attention("CohereForCausalLM", "CohereConfig", "logit_scale", (0.0625, 0.125), "CohereAttention"),
    attention("GPTNeoXForCausalLM", "GPTNeoXConfig", "use_parallel_residual", (True, False), "GPTNeoXAttention"),
    attention("OPTForCausalLM", "OPTConfig", "do_layer_norm_before", (True, False), "OPTAttention",
              _remove_final_layer_norm=True),
    attention("BloomForCausalLM", "BloomConfig", "apply_residual_connection_post_layernorm", (False, True),
              "BloomAttention"),
    attention("XLMWithLMHeadModel", "XLMConfig", "causal", (False, True), "MultiHeadAttention"),
    attention("FalconForCausalLM", "FalconConfig", "alibi", (False, True), "FalconAttention"),
    attention("BartForConditionalGeneration", "BartConfig", "activation_dropout", (0.0, 0.25), "BartAttention"),
    attention("PegasusForConditionalGeneration", "PegasusConfig", "scale_embedding", (False, True), "PegasusAttention"),
    attention("AlbertForMaskedLM", "AlbertConfig", "num_hidden_layers", (2, 4), "AlbertAttention"),
    attention("XLNetLMHeadModel", "XLNetConfig", "clamp_len", (-1, 16), "XLNetRelativeAttention"),
    Case("DebertaV2ForMaskedLM", "DebertaV2Config", "conv_act", ("tanh", "gelu"), "num_heads",
         "DisentangledSelfAttention", ('conv_act": "tanh"', 'conv_act": "gelu"'), {"conv_kernel_size": 3}),
    Case("MT5ForConditionalGeneration", "MT5Config", "relative_attention_max_distance", (128, 64), "num_heads",
         "MT5Attention", ("relative_attention_max_distance=128", "relative_attention_max_distance=64")),
)  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Settings that no print shows, in architectures of transformers.")
    parser.add_argument(
        "cases", nargs="*", metavar="CASE", help="show these in full: GPT2.n_head, or a part of the name"
    )
    parser.add_argument("--list", action="store_true", help="the names of all cases")
    parser.add_argument(
        "--every-field", action="store_true", help="change each field of their configurations (minutes)"
    )
    options = parser.parse_args(arguments)
    if options.list:
        print(*(case.name for case in CASES), sep="\n")
        return 0
    chosen = [case for case in CASES if not options.cases or any(part in case.name for part in options.cases)]
    if not chosen:
        print(f"error: no case has {' or '.join(options.cases)} in its name; --list names them all", file=sys.stderr)
        return 2
    try:
        import transformers
    except ImportError as error:
        print(f"error: transformers cannot be imported ({error}); install it beside torch", file=sys.stderr)
        return 2
    transformers.logging.set_verbosity_error()
    print(f"transformers {transformers.__version__}, {len({case.model for case in chosen})} architectures")
    if options.every_field:
        return every_field(transformers, chosen)
    print(f"{'case':<60} {'changes':<9} {'one print':<10} {'named':<6} {'line runs':<10} values differ")
    failed = 0
    for case in chosen:
        result = measured(case, *(built(transformers, case, value) for value in case.values))
        failed += not result.passes
        print(row(case, result), flush=True)
        if options.cases:
            print(*result.shown(case), sep="\n")
    print(f"{len(chosen) - failed} of {len(chosen)} cases: named, and its two values shown")
    return int(failed > 0)


def built(transformers: Any, case: Case, value: Any) -> Any:
    """The model of a small configuration with this value of the case's field."""
    return with_fields(transformers, case, {case.field: value})


def with_fields(transformers: Any, case: Case, values: Mapping[str, Any]) -> Any:
    config_class = getattr(transformers, case.config)
    fields = config_class().to_dict()
    small = {name: number for name, number in SMALL.items() if name in fields}
    return getattr(transformers, case.model)(config_class(**{**small, **case.more, **values}))


@dataclass(frozen=True)
class Result:
    """What was found of one case."""

    changes: str
    is_one_print: bool
    finding: Finding | None
    runs: bool
    printed: tuple[str, str]
    differs: bool

    @property
    def columns(self) -> tuple[bool, ...]:
        return self.is_one_print, self.finding is not None, self.runs, self.differs

    @property
    def passes(self) -> bool:
        return bool(self.changes) and all(self.columns)

    def shown(self, case: Case) -> Iterator[str]:
        if self.finding:
            yield f"  {self.finding.message}\n  {self.finding.hint}"
        ours, theirs = (text.splitlines() for text in self.printed)
        for value, lines, others in ((case.values[0], ours, theirs), (case.values[1], theirs, ours)):
            yield f"  {case.field}={value}:"
            yield from (f"    {line.strip()}" for line in lines if line not in others)


def measured(case: Case, ours: Any, theirs: Any) -> Result:
    """Compares both prints, and runs the line that the finding about this field gives on both models."""
    texts = str(ours), str(theirs)
    (a,), (b,) = map(parse.parse, texts)
    changes, is_one_print = changed(ours, theirs), texts[0] == texts[1]
    finding = next((each for each in api.compare_networks(a, b).findings if names(each, case)), None)
    if finding is None:
        return Result(changes, is_one_print, None, False, ("", ""), False)
    try:
        printed = run(finding.hint, ours), run(finding.hint, theirs)
    except Exception as error:  # whatever somebody who pastes the line would see
        return Result(changes, is_one_print, finding, False, (repr(error), repr(error)), False)
    own = [expected in text for expected, text in zip(case.shown, printed, strict=True)]
    other = [expected in text for expected, text in zip(case.shown, reversed(printed), strict=True)]
    return Result(changes, is_one_print, finding, True, printed, all(own) and not any(other))


def changed(ours: Any, theirs: Any) -> str:
    """Where the two models differ with the weights of one in both; "" where they never do."""
    if len([*ours.parameters()]) != len([*theirs.parameters()]):
        return "weights"
    theirs.load_state_dict(ours.state_dict(), strict=False)
    for mode in ("eval", "training"):
        first, second = (output(model, mode == "training") for model in (ours, theirs))
        if not torch.allclose(first, second, rtol=1e-5, atol=1e-7):
            return mode
    return ""


def output(model: Any, training: bool) -> torch.Tensor:
    """The first output for an input that is the same each time."""
    random = torch.Generator().manual_seed(1)
    ids = torch.randint(3, 90, (2, 40), generator=random)
    config = model.config
    sizes = {
        "input_ids": (),
        "pixel_values": (1, 3, *[getattr(config, "image_size", 32)] * 2),
        "input_features": (1, getattr(config, "num_mel_bins", 80), 2 * getattr(config, "max_source_positions", 32)),
    }[model.main_input_name]
    given = {model.main_input_name: torch.rand(sizes, generator=random) if sizes else ids}
    if config.is_encoder_decoder:
        given["decoder_input_ids"] = ids[:, :20]
    torch.manual_seed(0)
    with torch.no_grad():
        first: torch.Tensor = next(iter(model.train(training)(**given).values()))
    return first


def names(finding: Finding, case: Case) -> bool:
    """Whether it says that neither print shows this setting, and names the class."""
    is_fact = finding.rule == "AD701" and finding.effect.word == "unknown"
    return is_fact and finding.setting == case.setting and re.search(rf"\b{case.holder}\b", finding.message) is not None


def run(hint: str, model: Any) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(hint, {"model": model})
    return printed.getvalue()


def every_field(transformers: Any, cases: Sequence[Case]) -> int:
    """Counts fields that no print shows and that change something, and those that a line shows; names the others."""
    counts: Counter[str] = Counter()
    for case in {case.model: case for case in cases}.values():
        ours = with_fields(transformers, case, {})
        (network,) = parse.parse(str(ours))
        hints = [each.hint for each in api.compare_networks(network, network).findings if each.rule == "AD701"]
        for name, old in ours.config.to_dict().items():
            theirs = otherwise(transformers, case, name, old)
            if theirs is None:
                continue
            counts["changed"] += 1
            if str(theirs) != str(ours):
                continue
            counts["not in the print"] += 1
            try:
                changes = changed(ours, theirs) or "nothing"
            except Exception:  # weights of another shape, or the architecture does not run with this value
                changes = "whether it runs, or shapes"
            counts[f"of which change {changes}"] += 1
            if changes != "nothing" and all(run(hint, ours) == run(hint, theirs) for hint in hints):
                counts["of which no line shows"] += 1
                print(f"  no line shows {case.model}.{name}")
    print(*(f"{count:5} fields {what}" for what, count in counts.items()), sep="\n")
    return int(counts["of which no line shows"] > 0)


def otherwise(transformers: Any, case: Case, name: str, old: Any) -> Any:
    """The model with another value of this field; None where there is none, or the configuration refuses it."""
    match old:
        case bool():
            value: Any = not old
        case int() | float():
            value = old / 2 if isinstance(old, float) and old > 0.5 else 2 * old or 1
        case "gelu" | "silu" | "gelu_new":
            value = "relu"
        case "relu":
            value = "gelu"
        case _:
            return None
    try:
        return with_fields(transformers, case, {name: value})
    except Exception:  # each architecture has errors of its own
        return None


def row(case: Case, result: Result) -> str:
    words = ["yes" if each else "NO" for each in result.columns]
    return f"{case.name:<60} {result.changes or 'NOTHING':<9} {words[0]:<10} {words[1]:<6} {words[2]:<10} {words[3]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
