"""How many networks of three libraries can be traced, and what that costs beside `torch.export` and `torch.fx`.

    python benchmarks/traces.py [--torchvision N] [--timm N] [--transformers N] [--others N] [--seed N] [--jobs N]

Each is built small and on the CPU in a process of its own, with a limit of memory and of time: torchvision's as they
are, timm's drawn over its families, and the model types of transformers with two layers and small widths; where these
do not fit together, with the widths that they have, without weights. Needs torchvision, timm and transformers; a
library that is missing is one line.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import resource
import select
import signal
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any, Final

import torch
import turns
from torch import nn

sys.path.insert(0, str(turns.ROOT / "src"))

from archdiff import parse
from archdiff.execute.live import traces
from archdiff.model.facts import NOT_TRACED, TRACES

MEMORY: Final = 12 << 30  # bytes of address space of one process
SECONDS: Final = 100  # that one of these takes: to build, to trace, to export
LIBRARIES: Final = ("torchvision", "timm", "transformers")
LABELS: Final = {
    "seconds": "archdiff, eval and training",
    "forward": "one forward on numbers, behind it",
    "export": "torch.export",
    "fx": "torch.fx",
}
#: sizes of a small configuration, by the name of their field
SMALL: Final = {
    "vocab_size": 128,
    "hidden_size": 64,
    "d_model": 64,
    "n_embd": 64,
    "intermediate_size": 96,
    "ffn_dim": 96,
    "encoder_ffn_dim": 96,
    "decoder_ffn_dim": 96,
    "num_attention_heads": 4,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "num_key_value_heads": 2,
    "n_head": 4,
    "head_dim": 16,
}
DEPTHS: Final = (
    "num_hidden_layers",
    "num_layers",
    "n_layer",
    "n_layers",
    "encoder_layers",
    "decoder_layers",
    "num_decoder_layers",
    "depth",
)
KINDS: Final = ("layer_types", "layers_block_type", "mlp_layer_types")
TOKENS: Final = ("pad_token_id", "bos_token_id", "eos_token_id", "decoder_start_token_id", "sep_token_id")


# Which networks


def torchvision_names() -> list[str]:
    """Those for whole pictures, for each pixel and for videos; detection takes lists of pictures of any size."""
    from torchvision import models

    return [name for each in (models, models.segmentation, models.video) for name in models.list_models(each)]


def timm_names(seed: int) -> list[str]:
    """One of each family in turn."""
    import timm

    drawn = random.Random(seed)
    families = [timm.list_models(module=each) for each in timm.list_modules()]
    for each in families:
        drawn.shuffle(each)
    drawn.shuffle(families)
    return [each[turn] for turn in range(max(map(len, families))) for each in families if turn < len(each)]


def transformers_names(seed: int) -> list[str]:
    """The model types for which there is a model."""
    from transformers.models.auto.modeling_auto import MODEL_MAPPING_NAMES

    names = sorted(MODEL_MAPPING_NAMES)
    random.Random(seed).shuffle(names)
    return names


def built(library: str, name: str, widths: bool) -> nn.Module:
    if library == "torchvision":
        from torchvision import models

        more = {"weights_backbone": None} if name in models.list_models(models.segmentation) else {}
        return models.get_model(name, weights=None, **more)  # type: ignore[no-any-return]
    if library == "timm":
        import timm

        return timm.create_model(name, pretrained=False)  # type: ignore[no-any-return]
    return of_type(name, widths)


def of_type(name: str, widths: bool) -> nn.Module:
    """A model of transformers with two layers: with its own widths and without weights, or with small ones."""
    from transformers import CONFIG_MAPPING, AutoModel

    config = small(CONFIG_MAPPING[name](), widths)
    with torch.device("cpu" if widths else "meta"):
        return AutoModel.from_config(config)  # type: ignore[no-any-return]


def small(config: Any, widths: bool) -> Any:
    """The configuration with two layers, and with small widths; those of its parts too."""
    kinds = next((each for each in (getattr(config, name, None) for name in KINDS) if isinstance(each, list)), [])
    depth = max([2, *(kinds.index(each) + 1 for each in set(map(str, kinds)))])  # with one layer of each kind
    for name in DEPTHS:
        if isinstance(getattr(config, name, None), int):
            with suppress(Exception):
                setattr(config, name, depth)
    for name in KINDS:
        if isinstance(held := getattr(config, name, None), list):
            with suppress(Exception):
                setattr(config, name, held[:depth])
    for name, value in SMALL.items() if widths else [("vocab_size", 1000)]:
        if isinstance(getattr(config, name, None), int):
            with suppress(Exception):
                setattr(config, name, value)
    for name in TOKENS:
        if isinstance(getattr(config, name, None), int):
            setattr(config, name, 1)
    for part in vars(config).values():
        if hasattr(part, "to_dict"):
            small(part, widths)
    return config


# What is measured of one


def measured(library: str, name: str, others: bool) -> dict[str, Any]:
    """What became of one network: `way` is "traced", "run once", "not traced" or "not built"."""
    found: dict[str, Any] = {"way": "not built"}
    for widths in (others, not others) if library == "transformers" else (True,):
        try:
            module = within(SECONDS, partial(built, library, name, widths)).eval()
        except BaseException as error:
            found.setdefault("why", words(error))
            continue
        made = of_module(module, others)
        found = made if made["way"] != "not traced" or found["way"] == "not built" else found
        if found["way"] != "not traced":
            break
    return found


def of_module(module: nn.Module, others: bool) -> dict[str, Any]:
    """The same of one that is built."""
    network = parse.read_string("Net()")[0]
    before = contents(module)
    try:
        seconds, (made,) = timed(lambda: traces.with_traces([network], [module]))
    except BaseException as error:
        return {"way": "not traced", "why": f"FAILED {words(error)}", "seconds": float("nan")}
    changed = [path for path, held in contents(module).items() if held != before[path]]
    fact = made.fact(TRACES)
    if fact is None:
        why = made.fact(NOT_TRACED)
        return {"way": "not traced", "why": why and str(why.value), "seconds": seconds, "changed": changed}
    found: Any = fact.value[0]
    opaque = sum(each.name == "opaque" for each in found.operations)
    result = {
        "way": found.way,
        "operations": len(found.operations),
        "seconds": seconds,
        "opaque": opaque,
        "changed": changed,
    }
    result["modes"], result["inputs"] = len(fact.value), found.inputs
    return {**result, **beside(module, found.inputs)} if others else result


def contents(module: nn.Module) -> dict[str, object]:
    """What each module in it holds: numbers of tensors, other attributes by identity."""
    return {
        path: (type(each), each.training, {name: content(value) for name, value in vars(each).items()})
        for path, each in module.named_modules()
    }


def content(value: object) -> object:
    if isinstance(value, torch.Tensor):
        if value.is_meta or value.numel() > 1 << 26:
            return id(value)
        return id(value), value.requires_grad, hash(value.detach().double().sum().item())
    if isinstance(value, dict):
        return [(str(key), content(each)) for key, each in value.items()]
    if isinstance(value, list | tuple | set):
        return [content(each) for each in value]
    return value if isinstance(value, bool | int | float | str) else id(value)


def beside(module: nn.Module, inputs: Sequence[str]) -> dict[str, float | None]:
    """Seconds of `torch.export` and of `torch.fx` with the same inputs; None where they fail."""
    from archdiff.execute.live.example_inputs import read_inputs

    device = next((each.device for each in module.parameters()), None)
    given = read_inputs(" ".join(inputs))
    tensors = {
        name: torch.ones(shape, dtype=getattr(torch, dtype), device=device) for name, dtype, shape in given.tensors
    }
    single = len(tensors) == 1
    args, kwargs = (tuple(tensors.values()), {}) if single else ((), {**tensors, **dict(given.plain)})
    calls = {
        "forward": lambda: torch.no_grad()(module)(*args, **kwargs),
        "export": lambda: torch.export.export(module, args, kwargs, strict=False),
        "fx": lambda: torch.fx.symbolic_trace(module),
    }
    found: dict[str, float | None] = {}
    for name, call in calls.items():
        found[name] = None
        with suppress(BaseException):
            found[name] = timed(call)[0]
    return found


class TooLong(BaseException):
    pass


def within(seconds: int, call: Callable[[], Any]) -> Any:
    """What a call gives, unless it takes longer."""

    def stop(*_: object) -> None:
        raise TooLong(f"more than {seconds} s")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        return call()
    finally:
        signal.alarm(0)


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.perf_counter()
    result = within(SECONDS, call)
    return time.perf_counter() - begin, result


def words(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0][:160]}"


def in_child(library: str, name: str, others: bool) -> dict[str, Any]:
    """The same in a process of its own, which may run out of memory or crash."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        warnings.simplefilter("ignore")
        noise = StringIO()
        with redirect_stdout(noise), redirect_stderr(noise):
            torch.set_num_threads(1)
            result = measured(library, name, others)
        result["noise"] = noise.getvalue()[-200:]
        os.write(writing, json.dumps(result).encode()[:60_000])
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        if not select.select([pipe], [], [], 4 * SECONDS)[0]:
            os.kill(child, signal.SIGKILL)
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    return json.loads(text) if text else {"way": "not traced", "why": f"the process ended with {status}"}


# The table


def rows(networks: Sequence[tuple[str, str, bool]], jobs: int, log: Path | None) -> Iterator[dict[str, Any]]:
    with ThreadPoolExecutor(jobs) as pool:
        for (library, name, _), row in zip(networks, pool.map(lambda each: in_child(*each), networks), strict=True):
            named = {"library": library, "name": name, **row}
            if log is not None:
                with log.open("a") as file:
                    print(json.dumps(named), file=file)
            yield named


def table(found: Sequence[dict[str, Any]]) -> str:
    lines = [
        "| library | built | traced | run once | not traced | operations | seconds |",
        "|---|---|---|---|---|---|---|",
    ]
    for library in (*LIBRARIES, "all"):
        own = [each for each in found if library in (each["library"], "all") and each["way"] != "not built"]
        known = [each for each in own if each["way"] != "not traced"]
        if known:
            ways = [sum(each["way"] == way for each in own) for way in ("traced", "run once", "not traced")]
            operations = statistics.median(each["operations"] for each in known)
            seconds = [each["seconds"] for each in known]
            spent = f"{statistics.median(seconds):.2f} (at most {max(seconds):.1f})"
            share = f"{len(known) / len(own):.1%}"
            counts = f"{len(own)} | {ways[0]} | {ways[1]} | {ways[2]} ({share} known)"
            lines.append(f"| {library} | {counts} | {operations:,.0f} | {spent} |")
    changed = [each["name"] for each in found if each.get("changed")]
    return "\n".join([*lines, "", f"{len(changed)} modules are not as before {' '.join(changed)}"])


def comparison(found: Sequence[dict[str, Any]]) -> str:
    own = [each for each in found if "export" in each]
    lines = ["| way | succeeds | median seconds | times a trace |", "|---|---|---|---|"]
    for name in LABELS:
        known = [each for each in own if each[name] is not None]
        if known:
            ratio = statistics.median(each[name] / each["seconds"] for each in known)
            seconds = statistics.median(each[name] for each in known)
            lines.append(f"| {LABELS[name]} | {len(known)} of {len(own)} | {seconds:.2f} | {ratio:.2f} |")
    return "\n".join(lines) if own else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for library, count in zip(LIBRARIES, (80, 110, 120), strict=True):
        parser.add_argument(f"--{library}", type=int, default=count, help="how many of its networks")
    parser.add_argument("--others", type=int, default=30, help="how many are exported too")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--log", type=Path, help="gets one line of JSON for each network")
    parser.add_argument("--names", help="these alone, with a comma between them: timm:resnet50,transformers:bert")
    chosen = parser.parse_args()
    networks: list[tuple[str, str]] = []
    names: dict[str, Callable[[], list[str]]] = {
        "torchvision": torchvision_names,
        "timm": partial(timm_names, chosen.seed),
    }
    names["transformers"] = partial(transformers_names, chosen.seed)
    for library in LIBRARIES:
        try:
            importlib.import_module(library)
        except Exception as error:
            print(f"{library} is missing: {words(error)}")
            continue
        networks += [(library, name) for name in names[library]()[: getattr(chosen, library)]]
    if chosen.names:
        networks = [tuple(each.split(":")) for each in chosen.names.split(",")]
    with suppress(ImportError):
        importlib.import_module("torch.export")
        importlib.import_module("torch.fx")
    compared = set(random.Random(chosen.seed).sample(networks, min(chosen.others, len(networks))))
    found = []
    for row in rows([(*each, each in compared) for each in networks], chosen.jobs, chosen.log):
        found.append(row)
        if row["way"] in ("not traced", "not built"):
            print(f"{row['library']}:{row['name']} {row['way']}: {row['why']}", flush=True)
    print(turns.machine())
    print(table(found))
    print(comparison(found))


if __name__ == "__main__":
    main()
