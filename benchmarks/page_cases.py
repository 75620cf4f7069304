"""What pages are looked at and measured of: real pairs, large ones, and bad input. See `pages.py`.

A case is made in a folder of its own. It is either what `archdiff` is asked, or, where no text leads there, results.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import check
import decisions
import edits
import pictures
import torch

from archdiff.model.effects import Effect
from archdiff.model.errors import ReadError
from archdiff.model.finding import Finding, Place, gravest_first
from archdiff.model.outcome import LayerInfo, Outcome
from archdiff.model.result import Result

sys.path.append(str(pictures.ROOT / "tests"))
from injections import WORDS
from report import answers

NOTE, SPEC = pictures.NOTE, pictures.SPEC
SPEC_NAME: Final = f"ref:{SPEC.parent.name}/{SPEC.stem}"


class LeftOutError(Exception):
    """Why there is no such page here."""


class Places(NamedTuple):
    """Where a case finds and leaves its files.

    Attributes:
        own: A folder of its own, in which `archdiff` runs.
        prints: What `pages.py --write-prints` wrote; None where it did not.
    """

    own: Path
    prints: Path | None = None

    def written(self, **texts: str) -> list[str]:
        """The names of files with these texts."""
        for name, text in texts.items():
            (self.own / f"{name}.txt").write_text(text, encoding="utf-8")
        return [f"{name}.txt" for name in texts]


Made: TypeAlias = list[str] | Sequence[Result]


# Of libraries

#: name -> the candidate, the reference
OF_LIBRARIES: Final = {
    "gemma_glm": ("gemma_7b", "glm_4_9b"),
    "convnext": ("convnext_atto", "convnext_femto"),
    "resnet": ("resnet18", "resnet34"),
    "mobilenet": ("mobilenetv2_100", "mobilenet_v2"),
    "vit": ("vit_base", "vit_b_16"),
}


def write_prints(folder: Path) -> None:
    """Prints what the cases take from timm, torchvision and transformers, which have to be there."""
    decisions.write(sorted({name for pair in OF_LIBRARIES.values() for name in pair}), folder)


def _of_libraries(pair: tuple[str, str]) -> Callable[[Places], Made]:
    def make(places: Places) -> Made:
        folder = places.prints or places.own
        if not places.prints:
            try:
                decisions.write(pair, folder)
            except ImportError as error:
                raise LeftOutError(f"{error}; --prints DIR takes prints that --write-prints DIR has written") from None
        files = [folder / f"{name}.txt" for name in pair]
        if missing := [str(file) for file in files if not file.exists()]:
            raise LeftOutError(f"no {' and no '.join(missing)}")
        return ["compare", *places.written(**{file.stem: file.read_text(encoding="utf-8") for file in files})]

    return make


# Of this repository


def _note(reference: str, *options: str) -> Callable[[Places], Made]:
    """The note's first network against another one of it, or against a spec."""

    def make(places: Places) -> Made:
        (places.own / "note.md").write_bytes(NOTE.read_bytes())
        return ["compare", "note.md#Mine", reference, *options]

    return make


def depth(places: Places) -> Made:
    """ResNets of bottlenecks, of which one has more blocks: most rows are equal."""
    return ["compare", *pictures.pairs(places.own)["resnet_depth"]]


def _large(family: str) -> Callable[[Places], Made]:
    """100,000 lines with 1 % edits."""

    def make(places: Places) -> Made:
        original = edits.network(family, 100_000)
        texts = [edits.printed(blocks, False)[0] for blocks in (edits.edited(original, random.Random(0))[0], original)]
        return ["compare", *places.written(mine=texts[0], original=texts[1])]

    return make


LIVE: Final = """
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.relu = nn.ReLU()

    def inner(self, x):
        return self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))

    def forward(self, x):
        return self.relu(self.inner(x) + x)


class Plain(Block):
    def forward(self, x):
        return self.relu(self.inner(x))


class Net(nn.Module):
    def __init__(self, lost):
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 3, padding=1)
        self.blocks = nn.Sequential(*((Plain if number == lost else Block)(32) for number in range(6)))
        self.pool, self.flatten, self.fc = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10)

    def forward(self, x):
        return self.fc(self.flatten(self.pool(self.blocks(self.stem(x)))))


def mine():
    return Net(lost=3)


def original():
    return Net(lost=-1)
"""


def skip(places: Places) -> Made:
    """Two live networks, one of which lost a skip connection."""
    (places.own / "nets.py").write_text(LIVE, encoding="utf-8")
    return ["compare", "nets:mine", "nets:original", "--input-shape", "3,32,32"]


def many(places: Places) -> Made:
    """A check of 200 pairs."""
    check._configuration(places.own, check.MANY)
    return ["check", "--config", f"{check.MANY}.toml"]


# Bad input


def unknown_classes(places: Places) -> Made:
    """Layers that nobody knows, with settings of all forms."""
    rest = "    (mix): Mixer<{1}>(a=[1, {0}], x=None)\n    (gate): Gate()\n  )\n"
    block = "  (block{0}): FancyBlock(\n    dim={1}, mode='a b', ratio=0.5\n" + rest
    mine, original = (
        "Mystery(\n" + "".join(block.format(number, 64 + more * (number % 5 == 0)) for number in range(40)) + ")\n"
        for more in (1, 0)
    )
    return ["compare", *places.written(mine=mine, original=original.replace("(gate): Gate()", "(gate): Door()", 3))]


def cut(places: Places) -> Made:
    """A print that ends in the middle, against the whole one."""
    with torch.device("meta"):
        text = str(pictures.resnet((3, 4, 6, 3)))
    return ["compare", *places.written(mine=text[: 2 * len(text) // 3], original=text)]


def errors(places: Places) -> Made:
    """A check of pairs that have no answer beside some that have one."""
    names = places.written(
        deep="Net(\n" + "(a): A(\n" * 10_000 + ")" * 10_001,
        cut=NOTE.read_text(encoding="utf-8")[:900],
        empty="",
        prose="no network here\n",
        hostile="Net(\n  (<img src=x onerror=alert(1)>): Linear(in_features=1, out_features=2, bias=True)\n)\n",
    )
    rows = [f'[[pairs]]\ncandidate = "{name}"\nreference = "{SPEC}"\n' for name in [*names, "no_such.txt"]]
    (places.own / "archdiff.toml").write_text("\n".join(rows), encoding="utf-8")
    return ["check", "--allow", str(SPEC.parent)]


def nested(_places: Places) -> Made:
    """10,000 levels, deeper than a print is read."""
    levels = [".".join(["block"] * depth) for depth in range(1, 10_000, 500)]
    return [Result(outcome=_outcome([*levels, ".".join(["block"] * 10_000)]))]


def million(_places: Places) -> Made:
    """A million findings in a thousand layers."""
    paths = [f"layers.{number}.fc" for number in range(1_000)]
    outcome = _outcome(paths)
    effects = [effect for effect in Effect if effect is not Effect.COSMETIC]
    found = [
        replace(finding, effect=effects[(number + place) % len(effects)], setting=f"setting_{number}")
        for place, finding in enumerate(outcome.findings)
        for number in range(1_000)
    ]
    return [Result(outcome=replace(outcome, findings=gravest_first(found)))]


#: names, quotes and markup that would act in a page, beside those that would act elsewhere
HOSTILE: Final = (
    "</script><script>document.title = 'run'</script>",
    "<script>document.title = 'run'</script>",
    "<img src=x onerror=\"document.title = 'run'\">",
    '" onmouseover="document.title = \'run\'" x="',
    "' onfocus='document.title = \"run\"' autofocus='",
    "<svg onload=\"document.title = 'run'\">",
    "</style><style>* { display: none }</style>",
    "</title></head><body>",
    "<!-- ",
    "--><h1>ours</h1>",
    "javascript:document.title='run'",
    "&lt;b&gt; &amp; &#60;",
    "${document.title = 'run'} `x` {{x}}",
    "\u202egnp.exe",
    "a\u2066b\u2069\u200fc",
    "__proto__",
    "constructor",
    "toString",
    "a" * 3_000,
    "\u05d0\u05d1\u05d2.\u0627\u0628\u062a",
    "\U0001f600 \U0001d54f",
)


def hostile(_places: Places) -> Made:
    """Every word that might act as the name of a layer, its class, its settings and its message, on both sides."""
    outcome = _outcome([*HOSTILE, *WORDS])
    first = HOSTILE[0]
    sides = (
        replace(side, label=first, class_name=first, source=f"{first}.txt", notes=HOSTILE, recipe=None)
        for side in (outcome.candidate, outcome.reference)
    )
    return [Result(outcome=replace(outcome, candidate=next(sides), reference=next(sides), notes=HOSTILE))]


def hostile_check(_places: Places) -> Made:
    """The same words as names of pairs, in messages of errors and of findings."""
    compared = [Result(word, answers.hostile(word)) for word in HOSTILE]
    return [*compared, *(Result(word, error=ReadError(word, source=word, line_text=word)) for word in HOSTILE)]


def _outcome(names: Sequence[str]) -> Outcome:
    """Layers of these names on both sides, each with a finding that is told in the same words."""
    layers = tuple(
        LayerInfo(name, line, "", name, {"p": name, name: (name,)}, None, (line, 8))
        for line, name in enumerate(names, 2)
    )
    side = answers.network("Net", "Net", layers, None)
    places = [Place(layer.path, layer.line, layer.class_name, layer.class_name) for layer in layers]
    findings = tuple(
        Finding("AD301", Effect.FUNCTION, place.path, "setting", place, place, place.path, hint=place.path)
        for place in places
    )
    return Outcome(side, side, tuple((name, name) for name in names), findings)


CASES: Final[dict[str, Callable[[Places], Made]]] = {
    "note": _note("note.md#Lucas"),
    "note_spec": _note(SPEC_NAME),
    "note_run": _note(SPEC_NAME, "--run"),
    "note_bench": _note(SPEC_NAME, "--run", "--bench"),
    **{name: _of_libraries(pair) for name, pair in OF_LIBRARIES.items()},
    "depth": depth,
    "large": _large("unequal decoder"),
    "large_of_equal": _large("equal decoder"),
    "skip": skip,
    "many": many,
    "unknown_classes": unknown_classes,
    "cut": cut,
    "errors": errors,
    "nested": nested,
    "million": million,
    "hostile": hostile,
    "hostile_check": hostile_check,
}

#: those of which the documentation shows pictures
MEASURED: Final = "note_bench"
DOCUMENTED: Final = ("note", *OF_LIBRARIES, "large", "skip", MEASURED, "many")
