"""Key maps between timm and torchvision, both ways: loaded with strict=True, are the outputs equal in eval?

    python benchmarks/keys.py [NAME ...]

Architectures that both libraries have, with random weights. Each map is written by `--format python`, too, and that
function must make the same tensors. Exit code 1 where a map is not complete or outputs differ, 2 without the libraries.
"""

from __future__ import annotations

import sys
import time
import types
from collections.abc import Callable, Mapping
from typing import Any

try:
    import timm
    import torch
    import torchvision
except ImportError as error:
    print(f"error: {error.name} is not installed\n  help: pip install timm torchvision", file=sys.stderr)
    sys.exit(2)

from archdiff import commands
from archdiff.execute.keys import apply
from archdiff.execute.keys.program import program
from archdiff.execute.keys.transfer import KeyOptions, KeyTransfer

#: name -> timm's, torchvision's, size of the input
NETWORKS = {
    "resnet50": ("resnet50", "resnet50", 64),
    "densenet121": ("densenet121", "densenet121", 64),
    "mobilenet_v2": ("mobilenetv2_100", "mobilenet_v2", 64),
    "convnext_tiny": ("convnext_tiny", "convnext_tiny", 64),
    "swin_t": ("swin_tiny_patch4_window7_224", "swin_t", 224),
    "vit_b_16": ("vit_base_patch16_224", "vit_b_16", 224),
    "resnext50": ("resnext50_32x4d", "resnext50_32x4d", 64),
    "regnet_y_400mf": ("regnety_004", "regnet_y_400mf", 64),
    "efficientnet_b0": ("efficientnet_b0", "efficientnet_b0", 64),
    "vgg16": ("vgg16", "vgg16", 224),
}


def main(names: list[str]) -> int:
    torch.set_num_threads(1)
    failed = 0
    for name in names or NETWORKS:
        ours, theirs, size = NETWORKS[name]
        factories = {
            "timm": lambda ours=ours: timm.create_model(ours, pretrained=False),
            "torchvision": lambda theirs=theirs: torchvision.models.get_model(theirs, weights=None),
        }
        for candidate, reference in (("timm", "torchvision"), ("torchvision", "timm")):
            failed += not _held(name, candidate, reference, factories, size)
    return 1 if failed else 0


def _held(
    name: str, candidate: str, reference: str, factories: Mapping[str, Callable[[], torch.nn.Module]], size: int
) -> bool:
    module = sys.modules["networks"] = types.ModuleType("networks")
    vars(module).update(factories)
    start = time.perf_counter()
    request = commands.Request(f"networks:{candidate}", f"networks:{reference}", (3, size, size))
    answer = commands.keys(request, KeyOptions())
    seconds = time.perf_counter() - start
    verified = commands.keys(request, KeyOptions(verify=True))
    key_map, same = answer.key_map, _same_in_python(answer, factories[candidate](), factories[reference]())
    done, total = len(key_map.mapped) + len(key_map.kept), len(key_map.reference.stored)
    print(
        f"{name:14} {candidate:>11} -> {reference:11} {done:4} of {total:4} keys in {seconds:4.1f} s, "
        f"strict: {same}, outputs part by {verified.tested and verified.tested.difference}",
        flush=True,
    )
    return verified.complete and same


def _same_in_python(answer: KeyTransfer, candidate: torch.nn.Module, reference: torch.nn.Module) -> bool:
    """Whether the written function makes what the map makes, and that loads into the reference."""
    space: dict[str, Any] = {}
    exec(program(answer.key_map), space)  # our own text
    own = reference.state_dict()
    made = space["convert"](candidate.state_dict(), *([own] if answer.key_map.kept else []))
    reference.load_state_dict(made, strict=True)
    mapped = apply.convert(answer.key_map, candidate.state_dict(), own)
    return made.keys() == mapped.keys() and all(torch.equal(made[key], mapped[key]) for key in made)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
