"""Promises about classes of somebody: whatever their forward does with what they print, they must hold.

    python benchmarks/forwards.py --edits 2000 --seed 0 [--show N]

A print has no forward, so one print stands for many networks. Each random edit of a random class is run under every
forward of a list: in printed order, in another one, with shortcuts, with branches, with functions between. Where one
shows another output and the verdict says less, the promise is broken and the exit code is 1; where the headline says
`if`, the forward in printed order alone counts.
"""

from __future__ import annotations

import argparse
import copy
import random
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional

from archdiff import parse
from archdiff.api import compare_networks
from archdiff.diff import messages

WIDTH = 4
CLOSE = 1e-9


@dataclass(frozen=True)
class Part:
    """One child of a class.

    The same `uid` is the same layer on both sides, `turn` says when a forward by name runs it.
    """

    uid: int
    turn: float
    name: str
    module: nn.Module


Parts: TypeAlias = tuple[Part, ...]


# Forwards: each runs what it is given in this order, and knows layers by their uid, as code does by their names


Run: TypeAlias = "Callable[[Sequence[tuple[int, nn.Module]], Tensor], Tensor]"


def in_order(parts: Sequence[tuple[int, nn.Module]], x: Tensor) -> Tensor:
    for _, part in parts:
        x = part(x)
    return x


def shortcut(parts: Sequence[tuple[int, nn.Module]], x: Tensor) -> Tensor:
    return in_order(parts, x) + x


def shortcut_behind_one(parts: Sequence[tuple[int, nn.Module]], x: Tensor) -> Tensor:
    """From behind the first layer that was ever written to the end."""
    kept = x
    for uid, part in parts:
        x = part(x)
        kept = x if uid == 0 else kept
    return x + kept


def shortcut_before_one(parts: Sequence[tuple[int, nn.Module]], x: Tensor) -> Tensor:
    kept = x
    for uid, part in parts:
        x = part(x + kept if uid == 1 else x)
    return x


def branches(parts: Sequence[tuple[int, nn.Module]], x: Tensor) -> Tensor:
    """Of every layer with weights, and then the others in order."""
    weighted = [part for _, part in parts if isinstance(part, nn.Conv2d | nn.BatchNorm2d)]
    others = [each for each in parts if each[1] not in weighted]
    return in_order(others, torch.stack([part(x) for part in weighted] or [x]).sum(0))


def gated(parts: Sequence[tuple[int, nn.Module]], x: Tensor) -> Tensor:
    even, odd = ([each for each in parts if each[0] % 2 == rest] for rest in (0, 1))
    return in_order(even, x.clone()) * torch.sigmoid(in_order(odd, x.clone()))


def with_functions(parts: Sequence[tuple[int, nn.Module]], x: Tensor) -> Tensor:
    for _, part in parts:
        x = part(x)
        if isinstance(part, nn.Conv2d):
            x = functional.silu(x)
    return x


FORWARDS: tuple[Run, ...] = (
    *(in_order, shortcut, shortcut_behind_one, shortcut_before_one),
    *(branches, gated, with_functions),
)


class Block(nn.Module):
    """A class of somebody: what it runs, and in which order, is no part of its print."""

    def __init__(self, parts: Parts, by_name: bool = False) -> None:
        super().__init__()
        for part in parts:
            self.add_module(part.name, part.module)
        ranked = sorted(parts, key=lambda part: part.turn) if by_name else parts
        self.order = [(part.uid, part.name) for part in ranked]
        self.run: Run = in_order

    def forward(self, x: Tensor) -> Tensor:
        return self.run([(uid, self.get_submodule(name)) for uid, name in self.order], x)


# Random classes and edits

MADE: tuple[tuple[str, Callable[[random.Random], nn.Module]], ...] = (
    ("conv", lambda _rng: nn.Conv2d(WIDTH, WIDTH, 3, padding=1)),
    ("conv", lambda _rng: nn.Conv2d(WIDTH, WIDTH, 1)),
    ("bn", lambda rng: nn.BatchNorm2d(WIDTH, affine=rng.random() < 0.7)),
    ("norm", lambda rng: nn.GroupNorm(rng.choice((1, WIDTH)), WIDTH)),
    ("act", lambda rng: nn.ReLU(inplace=rng.random() < 0.5)),
    ("act", lambda rng: nn.LeakyReLU(rng.choice((0.0, 0.1, -0.2)))),
    ("act", lambda _rng: nn.Sigmoid()),
    ("act", lambda _rng: nn.Hardtanh(0.0, 6.0)),
    ("pool", lambda _rng: nn.MaxPool2d(3, 1, 1)),
    ("pool", lambda _rng: nn.AvgPool2d(3, 1, 1)),
    ("drop", lambda rng: nn.Dropout(rng.choice((0.0, 0.3)))),
    ("idle", lambda _rng: nn.Identity()),
    ("shuffle", lambda _rng: nn.ChannelShuffle(2)),
    ("soft", lambda _rng: nn.Softmax(dim=1)),
    ("body", lambda rng: nn.Sequential(nn.ReLU(inplace=rng.random() < 0.5), nn.Conv2d(WIDTH, WIDTH, 1))),
    ("body", lambda _rng: nn.Sequential(nn.Conv2d(WIDTH, WIDTH, 1, bias=False), nn.BatchNorm2d(WIDTH))),
)


def random_part(rng: random.Random, uid: int, taken: Sequence[str]) -> Part:
    stem, make = rng.choice(MADE)
    name = next(each for number in range(1, 99) if (each := f"{stem}{number}") not in taken)
    return Part(uid, rng.random(), name, settled(make(rng), name))


def settled(module: nn.Module, name: str) -> nn.Module:
    """With weights and statistics of a network that was trained: the same ones under one name."""
    for inner in module.children():
        settled(inner, name)
    torch.manual_seed(zlib.crc32(f"{name} {module}".encode()))
    with torch.no_grad():
        numbers = [*module.parameters(recurse=False), *module.buffers(recurse=False)]
        for tensor in (each for each in numbers if each.is_floating_point()):
            tensor.copy_(torch.randn_like(tensor) if tensor.ndim != 1 else torch.rand_like(tensor) + 0.5)
    if isinstance(module, nn.BatchNorm2d | nn.GroupNorm) and module.weight is not None:
        with torch.no_grad():
            module.weight.mul_(torch.where(torch.rand(WIDTH) < 0.5, -1.0, 1.0))
    return module


def random_parts(rng: random.Random) -> Parts:
    parts: list[Part] = []
    for uid in range(rng.randint(2, 6)):
        parts.append(random_part(rng, uid, [part.name for part in parts]))
    return tuple(parts)


def edited(rng: random.Random, parts: Parts) -> tuple[str, Parts]:
    """One edit: its kind, and the parts after it."""
    at = rng.randrange(len(parts))
    part, rest = parts[at], parts[:at] + parts[at + 1 :]
    kind = rng.choice(
        ("remove", "insert", "swap", "move", "replace", "setting", "setting", "rename", "nest", "flatten", "exchange")
    )
    if kind == "remove" and rest:
        return kind, rest
    if kind == "insert":
        new = random_part(rng, 100, [each.name for each in parts])
        return kind, (*parts[:at], new, *parts[at:])
    if kind in ("swap", "move") and rest:
        to = rng.randrange(len(rest) + 1) if kind == "move" else min(at + 1, len(rest))
        return kind, (*rest[:to], part, *rest[to:])
    if kind == "exchange" and rest:
        other = rng.choice(rest)
        if str(part.module) == str(other.module):
            return kind, parts
        modules = {part.uid: other.module, other.uid: part.module}
        return kind, tuple([replace(each, module=modules.get(each.uid, each.module)) for each in parts])
    if kind == "nest" and at + 1 < len(parts):
        both = nn.Sequential(part.module, parts[at + 1].module)
        return kind, (*parts[:at], replace(part, name=f"inner{at}", module=both), *parts[at + 2 :])
    if kind == "flatten" and isinstance(part.module, nn.Sequential):
        loose = [
            Part(part.uid + 50 * place, part.turn, f"{part.name}_{place}", each)
            for place, each in enumerate(part.module)
        ]
        return kind, (*parts[:at], *loose, *parts[at + 1 :])
    if kind == "replace":
        new = random_part(rng, 100, [each.name for each in rest])
        return kind, (*parts[:at], replace(part, module=fitted(new.module, part.module)), *parts[at + 1 :])
    if kind == "setting":
        return kind, (*parts[:at], replace(part, module=changed(rng, part)), *parts[at + 1 :])
    return "rename", (*parts[:at], replace(part, name=f"{part.name}_x"), *parts[at + 1 :])


def changed(rng: random.Random, part: Part) -> nn.Module:
    """The same class made anew, with as much of its weights as fits."""
    makers = [make for _, make in MADE if type(make(random.Random(0))) is type(part.module)]
    return fitted(settled(rng.choice(makers)(rng), part.name), part.module)


def fitted(new: nn.Module, old: nn.Module) -> nn.Module:
    """With as much of the other's weights as fits, if it is of the same class."""
    mine, theirs = new.state_dict(), old.state_dict() if type(new) is type(old) else {}
    fits = {key: theirs[key] for key in mine if key in theirs and theirs[key].shape == mine[key].shape}
    new.load_state_dict(mine | fits)
    return new


# Around it


def as_root(block: Block) -> nn.Module:
    return block


def inside(block: Block) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(WIDTH, WIDTH, 1), block, nn.Conv2d(WIDTH, WIDTH, 1))


class Holder(nn.Module):
    """Another class of somebody, which runs what a list holds."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.ModuleList([block, nn.Conv2d(WIDTH, WIDTH, 1)])
        self.head = nn.Conv2d(WIDTH, WIDTH, 1)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        out: Tensor = self.head(x)
        return out


def renamed_alone(ours: Parts, theirs: Parts) -> Parts:
    """The same print, made by other names alone.

    Which of two layers that print alike is which, no print tells where one of them lost its name.
    """
    left = list(theirs)
    found = []
    for part in ours:
        at = next((at for at, other in enumerate(left) if str(other.module) == str(part.module)), None)
        origin = part if at is None else left.pop(at)
        found.append(replace(part, uid=origin.uid, turn=origin.turn, module=origin.module))
    return tuple(found)


def copied(parts: Parts) -> Parts:
    """A module has one owner."""
    return tuple(replace(part, module=copy.deepcopy(part.module)) for part in parts)


# Measuring


def measured(ours: Parts, theirs: Parts, around: Callable[[Block], nn.Module]) -> Counter[str]:
    """What the outputs show under each forward: same, training or function; by the name of the forward."""
    found: Counter[str] = Counter()
    for run in FORWARDS:
        for by_name in (False, True):
            told = [outputs(parts, around, run, by_name) for parts in (ours, theirs)]
            if None in told:
                continue
            (a, b), (c, d) = told  # type: ignore[misc]
            worst = "function" if differ(a, c) else "training" if differ(b, d) else "same"
            found[worst] += 1
            if worst != "same":
                found[f"{worst} {run.__name__}{' by name' if by_name else ''}"] += 1
    return found


def differ(a: Tensor, b: Tensor) -> bool:
    return a.shape != b.shape or bool((a - b).abs().max() > CLOSE)


def outputs(
    parts: Parts, around: Callable[[Block], nn.Module], run: Callable[..., Tensor], by_name: bool
) -> tuple[Tensor, Tensor] | None:
    """In eval and in training; None where this forward cannot run."""
    block = Block(copied(parts), by_name)
    block.run = run
    module = around(block).double()
    found = []
    for training in (False, True):
        torch.manual_seed(7)
        x = torch.randn(3, WIDTH, 6, 6, dtype=torch.float64) * 2
        torch.manual_seed(8)
        try:
            with torch.no_grad():
                found.append(module.train(training)(x))
        except RuntimeError:
            return None
    return found[0], found[1]


@dataclass(frozen=True)
class Case:
    """One edit, what archdiff says of it and what each forward shows."""

    kind: str
    candidate: str
    reference: str
    verdict: str
    assumed: str  # what a finding takes for granted
    measured: Counter[str]
    drops: bool  # whether something drops numbers at random

    @property
    def weak(self) -> bool:
        """Whether some forward shows more than the verdict says; masks of dropout differ by chance."""
        if self.verdict in ("unknown", "function"):
            return False
        trains_otherwise = self.measured["training"] and self.verdict != "training" and not self.drops
        return bool(self.measured["function"] or trains_otherwise)

    @property
    def broken(self) -> bool:
        return self.weak and not (self.assumed and not self.measured["function in_order"])


def cases(edits: int, seed: int) -> Iterator[Case]:
    for number in range(edits):
        rng = random.Random(f"{seed} {number}")
        parts = random_parts(rng)
        kind, other = edited(rng, parts)
        if rng.random() < 0.2 and kind not in ("nest", "flatten"):
            more, again = edited(rng, other)
            kind, other = (kind, other) if more in ("nest", "flatten") else (f"{kind}+{more}", again)
        around = rng.choice((as_root, inside, Holder))
        texts = [f"{around(Block(copied(each)))}\n" for each in (other, parts)]
        if texts[0] == texts[1]:
            continue  # what prints alike is no edit: uids, which forwards go by, are not printed
        outcome = compare_networks(parse.parse(texts[0])[0], parse.parse(texts[1])[0])
        taken = "; ".join(dict.fromkeys(text for each in outcome.findings if (text := messages.assumed(each.what))))
        drops = any(isinstance(part.module, nn.Dropout) and part.module.p for part in (*parts, *other))
        case = Case(kind, texts[0], texts[1], ", ".join(outcome.verdicts), taken, measured(other, parts, around), drops)
        if case.broken and "rename" in kind:
            case = replace(case, measured=measured(renamed_alone(other, parts), parts, around))
        yield case


def main() -> int:
    options = _options()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    found = list(cases(options.edits, options.seed))
    print(f"{'verdict':22} {'pairs':>6} {'with if':>8} {'differ':>7} {'broken':>7}")
    for word in dict.fromkeys(case.verdict for case in found):
        of_word = [case for case in found if case.verdict == word]
        differ_ = sum(bool(case.measured["function"]) for case in of_word)
        print(
            f"{word:22} {len(of_word):6} {sum(bool(case.assumed) for case in of_word):8} {differ_:7} "
            f"{sum(case.broken for case in of_word):7}"
        )
    broken = [case for case in found if case.broken]
    for case in broken[: options.show]:
        print(f"\n{case.kind}: {case.verdict}, measured {dict(case.measured)}")
        print(f"reference:\n{case.reference}candidate:\n{case.candidate}", end="")
    print(f"\n{len(broken)} of {len(found)} promises broken")
    return 1 if broken else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=0, help="so many broken promises in full")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
