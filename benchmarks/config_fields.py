"""Fields of configurations that no print shows: whether two config.json that differ in one are told apart, rightly.

    python benchmarks/config_fields.py [TYPE ...] [--all] [--save FILE]

Needs transformers, which no other part of the project uses; nothing is downloaded. Of each model type a small model is
built, and again with one field of its configuration changed. What the field changes is measured in float64 on the CPU:
the outputs in eval mode with the weights of the one in both (`function`), the loss, the outputs and the gradients in
training mode with one seed (`training`), the weights that one seed makes (`init`), or nothing. A field that changes
something while both prints are equal is hidden. The comparison of the two config.json has to give one finding for it
with that effect; and none that matters for a configuration with all defaults spelled out, with none of them, or
written by the other major version of transformers. `--all` lists every field that was changed.

The exit code is 1 where less than 95 % of the hidden fields are found or a spelling is told, 2 without transformers.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

import torch
from config_fields_cases import MODELS, SMALL, Model, values

from archdiff import api
from archdiff.model.outcome import Outcome

GOAL = 0.95
#: the weakest effect that a finding about a spelling may not have
SPELLING = ("identical", "cosmetic", "equivalent")


@dataclass(frozen=True)
class Changed:
    """One field of one model type, changed alone."""

    model_type: str
    field: str
    value: Any
    measured: str  # function, training, init, nothing, or why it could not be run
    one_print: bool
    found: str  # the verdict of the two configurations
    findings: int

    @property
    def is_hidden(self) -> bool:
        return self.one_print and self.measured in ("function", "training", "init")

    @property
    def passes(self) -> bool:
        return self.found == self.measured and self.findings == 1


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Fields of configurations that no print shows.")
    parser.add_argument("types", nargs="*", metavar="TYPE", help="model types: llama, gpt2 ...; all by default")
    parser.add_argument("--all", action="store_true", help="every field, not only hidden ones that are not found")
    parser.add_argument("--save", metavar="FILE", help="what was measured, as JSON lines")
    options = parser.parse_args(arguments)
    try:
        import transformers
    except ImportError as error:
        print(f"error: transformers cannot be imported ({error}); install it beside torch", file=sys.stderr)
        return 2
    transformers.logging.set_verbosity_error()
    warnings.simplefilter("ignore")
    torch.set_default_dtype(torch.float64)
    chosen = [model for model in MODELS if not options.types or model.type in options.types]
    print(f"transformers {transformers.__version__}, {len(chosen)} model types")
    print(f"{'type':<16} {'changed':>7} {'hidden':>6} {'found':>5}  spellings told")
    rows: list[Changed] = []
    told = 0
    for model in chosen:
        found = list(changes(transformers, model))
        hidden = [each for each in found if each.is_hidden]
        spellings = [name for name, outcome in spelled(transformers, model) if outcome.verdict not in SPELLING]
        told += len(spellings)
        rows += found
        passed = sum(each.passes for each in hidden)
        print(f"{model.type:<16} {len(found):>7} {len(hidden):>6} {passed:>5}  {', '.join(spellings)}", flush=True)
        for each in found if options.all else [each for each in hidden if not each.passes]:
            print(f"  {each.field} = {each.value}: {each.measured}, {'hidden' if each.one_print else 'printed'};"
                  f" found {each.found} ({each.findings})")  # fmt: skip
    if options.save:
        with open(options.save, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(each), default=str) + "\n" for each in rows)
    return summary(rows, told)


def summary(rows: Sequence[Changed], told: int) -> int:
    hidden = [each for each in rows if each.is_hidden]
    passed = [each for each in hidden if each.passes]
    counts = Counter(each.measured for each in hidden)
    right = Counter(each.measured for each in passed)
    for effect in ("function", "training", "init"):
        print(f"{effect}: {right[effect]} of {counts[effect]} hidden fields found with this effect")
    idle = [each for each in rows if each.measured == "nothing" and each.one_print]
    low = sum(each.found in SPELLING for each in idle)
    missed = [each for each in hidden if each.found in SPELLING]
    print(f"no effect seen: {len(idle)} fields, {low} of them below init; hidden and passed in silence: {len(missed)}")
    print(f"{len(rows)} fields changed, {len(hidden)} hidden, {len(passed)} found; {told} spellings told")
    return int(len(passed) < GOAL * len(hidden) or told > 0)


def changes(transformers: Any, model: Model) -> Iterator[Changed]:
    """Each field of a small configuration, changed alone."""
    ours = configured(transformers, model, {})
    first = built(transformers, model, ours)
    for path, value in fields(ours.to_dict()):
        for other in values(model, path, value):
            try:
                theirs = configured(transformers, model, nested(ours.to_dict(), path, other))
                second = built(transformers, model, theirs)
            except Exception:  # this value is refused: each class has errors of its own
                continue
            texts = [json_of(model, each) for each in (ours, theirs)]
            if texts[0] == texts[1]:
                continue
            outcome = api.compare(*texts)
            count = sum(each.is_difference and each.effect.word not in SPELLING for each in outcome.decisions)
            measured = effect(model, first, second, "drop" in path)
            yield Changed(model.type, path, other, measured, str(first) == str(second), outcome.verdict, count)


def fields(config: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The fields with their values, those of parts (`text_config.hidden_act`) too."""
    for name, value in config.items():
        if name in ("model_type", "transformers_version", "architectures", "_name_or_path", "dtype"):
            continue
        if isinstance(value, dict) and (name.endswith("_config") or name == "rope_parameters"):
            yield from fields(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def nested(config: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """`{"text_config": {..., "hidden_act": "relu"}}`: what is given beside the small sizes."""
    first, dot, rest = path.partition(".")
    if not dot:
        return {first: value}
    inner = copy.deepcopy(config[first])
    inner.pop("model_type", None)
    return {first: {**inner, **nested(inner, rest, value)}}


def configured(transformers: Any, model: Model, given: dict[str, Any]) -> Any:
    config_class = getattr(transformers, model.config)
    known = config_class().to_dict()
    small = {name: number for name, number in SMALL.items() if name in known}
    return config_class(**{**small, **copy.deepcopy(dict(model.small)), **given})


def built(transformers: Any, model: Model, config: Any) -> Any:
    torch.manual_seed(0)
    config = copy.deepcopy(config)
    config._attn_implementation = config._experts_implementation = "eager"
    network = getattr(transformers, model.name)(config).double()
    with torch.no_grad():  # first weights are so small that a cap of 50 on logits is lost in rounding
        for each in network.parameters():
            each.mul_(4)
    return network


def json_of(model: Model, config: Any, in_short: bool = False) -> str:
    """What `save_pretrained` of the model writes."""
    config.architectures = [model.name]
    written: str = config.to_json_string(use_diff=in_short)
    return written


def effect(model: Model, first: Any, second: Any, is_dropout: bool) -> str:
    """What two models differ in, measured.

    Another order of the same random draws is none: but for a dropout, training is run without any.
    """
    weights = first.state_dict(), second.state_dict()
    shapes = [{name: tensor.shape for name, tensor in each.items()} for each in weights]
    if shapes[0] != shapes[1]:
        return "function"
    is_init = any(not torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    kept = {name: tensor.clone() for name, tensor in weights[1].items()}
    second.load_state_dict(first.state_dict())
    try:
        if differs(outputs(model, first, False), outputs(model, second, False)):
            return "function"
        if tied(first) != tied(second):
            return "function"
        with nullcontext() if is_dropout else without_dropout(first, second):
            if differs(outputs(model, first, True), outputs(model, second, True)):
                return "training"
    except Exception as error:  # does not run with this value
        return f"does not run ({type(error).__name__})"
    finally:
        second.load_state_dict(kept)
    return "init" if is_init else "nothing"


@contextmanager
def without_dropout(*models: Any) -> Iterator[None]:
    """Both with every Dropout at 0."""
    layers = [each for model in models for each in model.modules() if isinstance(each, torch.nn.Dropout)]
    shares = [each.p for each in layers]
    for each in layers:
        each.p = 0.0
    yield
    for each, share in zip(layers, shares, strict=True):
        each.p = share


def tied(model: Any) -> set[tuple[str, ...]]:
    names: dict[int, list[str]] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        names.setdefault(id(parameter), []).append(name)
    return {tuple(each) for each in names.values() if len(each) > 1}


def outputs(model: Model, module: Any, training: bool) -> list[torch.Tensor]:
    """What comes out for one input, with the gradients in training mode."""
    torch.manual_seed(1)
    given = model.inputs(module.config)
    module.train(training)
    module.zero_grad()
    torch.manual_seed(2)
    import_module("numpy").random.seed(2)  # draws the masks of SpecAugment
    if not training:
        given = {name: each for name, each in given.items() if name != "labels"}
        with torch.no_grad():
            return flat({name: each for name, each in module(**given, return_dict=True).items() if name in RESULTS})
    answer = module(**given, return_dict=True)
    loss = answer.get("loss")
    if loss is None:
        loss = torch.stack([each.sum() for each in flat(answer)]).sum()
    loss.backward()
    return [loss.detach(), *(each.grad for each in module.parameters() if each.grad is not None)]


#: what a user of the model takes out of it
RESULTS = ("logits", "last_hidden_state", "logits_per_image", "prediction_logits", "pooler_output", "image_embeds")


def flat(value: Any) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, (tuple, list)) else ()
    return [tensor for each in inner for tensor in flat(each)]


def differs(ours: list[torch.Tensor], theirs: list[torch.Tensor]) -> bool:
    if len(ours) != len(theirs):
        return True
    return any(
        a.shape != b.shape or not torch.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True)
        for a, b in zip(ours, theirs, strict=True)
    )


def spelled(transformers: Any, model: Model) -> Iterator[tuple[str, Outcome]]:
    """The small configuration against itself in other spellings."""
    config = configured(transformers, model, {})
    whole = json_of(model, config)
    yield "written in short", api.compare(json_of(model, config, in_short=True), whole)
    defaults = getattr(transformers, model.config)().to_dict()
    kept = ("model_type", "architectures", "transformers_version")
    short = {name: value for name, value in config.to_dict().items() if name in kept or value != defaults.get(name)}
    yield "defaults left out", api.compare(json.dumps(short, indent=1), whole)
    earlier = in_version_4(config.to_dict())
    if earlier is not None:
        yield "as version 4 writes it", api.compare(json.dumps(earlier, indent=1), whole)


def in_version_4(config: dict[str, Any]) -> dict[str, Any] | None:
    """A configuration with `rope_theta` and `rope_scaling`; None where it has no rope."""
    rope = dict(config.get("rope_parameters") or {})
    if "rope_theta" not in rope:
        return None
    earlier = {name: value for name, value in config.items() if name != "rope_parameters"}
    earlier |= {"transformers_version": "4.51.0", "rope_theta": rope.pop("rope_theta")}
    if "partial_rotary_factor" in rope:
        earlier["partial_rotary_factor"] = rope.pop("partial_rotary_factor")
    return earlier | {"rope_scaling": None if rope.get("rope_type", "default") == "default" else rope}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
