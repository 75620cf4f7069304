"""The measured law: verdicts on texts held against what torch measures, over random networks and random edits.

    python benchmarks/law.py --edits 5000 --seed 0 [--show N] [--failures FILE]

Two things must hold, or the exit code is 1: (a) no verdict is weaker than what was measured, (b) the comparison the
other way round gives the same verdict, counts and number of pairs. Printed as information: (c) how often a measured
difference of the function is called one, and (d) how often the outputs are equal where the verdict says `function`.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import law_edits
import law_measure
import law_networks
import torch
from law_layers import Shape
from law_networks import Net, leaves, printed
from verdicts import BOTH_MODES, at_least, plain, verdict

from archdiff import parse
from archdiff.api import compare_networks
from archdiff.model.errors import ArchdiffError
from archdiff.model.outcome import Outcome


@dataclass(frozen=True)
class Case:
    """One edit, what archdiff says of it and what torch measures."""

    seed: str
    net: Net  # the original: the reference
    edited: law_edits.Edited
    given: bool  # whether archdiff was told the input's shape
    verdict: frozenset[str]
    measured: str
    weak: bool  # (a) is broken
    mirror: str  # how (b) is broken, "" where it holds
    refused: str  # why archdiff would not compare what runs, "" where it did

    @property
    def failed(self) -> bool:
        return self.weak or bool(self.mirror or self.refused)

    @property
    def laws(self) -> list[str]:
        """The names of the laws that it breaks."""
        broken = {"weak": self.weak, "mirror": bool(self.mirror), "refused": bool(self.refused)}
        return [name for name, is_broken in broken.items() if is_broken]


def covers(found: frozenset[str], measured: str) -> bool:
    """Whether a verdict says at least as much as was measured; the two modes together are all of the function."""
    return measured == "same" or at_least(found, measured) or (measured == "function" and found == BOTH_MODES)


def compared(candidate: str, reference: str, shape: Shape | None) -> Outcome:
    """Archdiff's answer to two texts."""
    return compare_networks(parse.parse(candidate)[0], parse.parse(reference)[0], shape)


def mirrored(candidate: str, reference: str, shape: Shape | None) -> tuple[Outcome, str]:
    """The outcome, and in what the other way round differs."""
    there, back = compared(candidate, reference, shape), compared(reference, candidate, shape)
    facts: dict[str, Callable[[Outcome], object]] = {
        "verdict": verdict,
        "counts": lambda outcome: outcome.counts,
        "pairs": lambda outcome: len(outcome.pairs),
    }
    both = {name: (fact(there), fact(back)) for name, fact in facts.items()}
    broken = [f"{name} {_plain(one)} <> {_plain(other)}" for name, (one, other) in both.items() if one != other]
    return there, "; ".join(broken)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items() if count)
    return plain(value) if isinstance(value, frozenset) else str(value)


def measure(net: Net, edited: law_edits.Edited, given: bool, seed: str = "") -> Case:
    """One edited network against the original, which is the reference."""
    texts, refused = (printed(edited.net), printed(net)), ""
    try:
        outcome, mirror = mirrored(*texts, net.shape if given else None)
    except ArchdiffError as error:
        refused = str(error)
        outcome, mirror = mirrored(*texts, None)
    found, pair = verdict(outcome), (net, edited.net)
    measured = law_measure.measured(pair)
    if not covers(found, measured):
        measured = _checked(pair, found)
    return Case(seed, net, edited, given, found, measured, not covers(found, measured), mirror, refused)


def _checked(pair: tuple[Net, Net], found: frozenset[str]) -> str:
    """What was measured, where nothing but a difference of the two networks can explain it."""
    measured = law_measure.weakest(pair)
    if covers(found, measured):
        return measured
    if law_measure.ill_conditioned(pair):
        return "same"
    by_chance = measured == "training" and law_measure.is_random(pair) and law_measure.same_distribution(pair)
    return "same" if by_chance else measured


def cases(edits: int, seed: int) -> Iterator[Case]:
    """So many edits; each follows from the seed and its number alone."""
    number, found = 0, 0
    while found < edits:
        rng = random.Random(f"{seed} {number}")
        net = law_networks.random_network(rng)
        for _ in range(4):
            edited = law_edits.random_edit(rng, net)
            if edited and found < edits:
                yield measure(net, edited, rng.random() < 0.5, f"{seed} {number}")
                found += 1
        number += 1


# Making a failing pair small


def smallest(case: Case) -> Case:
    """The same failure with as few layers as can be: each is taken out of both networks where the failure stays."""
    again = True
    while again:
        again = False
        uids = {leaf.uid for net in (case.net, case.edited.net) for _, leaf in leaves(net.root)}
        for uid in sorted(uids):
            smaller = _without(case, uid)
            if smaller is not None:
                case, again = smaller, True
    return case


def _without(case: Case, uid: int) -> Case | None:
    nets = [_less(net, uid) for net in (case.net, case.edited.net)]
    if None in nets or any(law_networks.shapes(net) is None for net in nets if net):
        return None
    net, edited = nets
    assert net is not None
    assert edited is not None
    found = measure(net, replace(case.edited, net=edited), case.given, case.seed)
    return found if found.laws == case.laws else None


def _less(net: Net, uid: int) -> Net | None:
    """Without that layer, or as it was where it has none; None where nothing would be left."""
    for path, leaf in leaves(net.root):
        if leaf.uid == uid:
            net = replace(net, root=law_networks.at_place(net.root, path, lambda _: ()))
    return net if any(leaves(net.root)) else None


# Reports


def table(found: list[Case]) -> str:
    """By kind of edit: how many, what was measured, which verdicts, and how many broke a law."""
    head = f"{'edit':10} {'pairs':>6} {'weak':>5} {'mirror':>6} {'refused':>7}"
    lines = [f"{head} {'differ':>7} {'said':>6} {'function':>8} {'equal':>6}"]
    for kind in [*dict.fromkeys(case.edited.kind for case in found), "all"]:
        of_kind = [case for case in found if kind in (case.edited.kind, "all")]
        differ = [case for case in of_kind if case.measured == "function"]
        said = sum(case.verdict == {"function"} for case in differ)
        function = [case for case in of_kind if case.verdict == {"function"}]
        equal = sum(case.measured == "same" for case in function)
        broken = Counter(law for case in of_kind for law in case.laws)
        lines.append(
            f"{kind:10} {len(of_kind):6} {broken['weak']:5} {broken['mirror']:6} {broken['refused']:7} {len(differ):7} "
            f"{_share(said, len(differ)):>6} {len(function):8} {_share(equal, len(function)):>6}"
        )
    return "\n".join(lines)


def too_strong(found: list[Case], most: int = 25) -> str:
    """By edit and layer: verdicts `function` whose outputs are equal."""
    strong = [case for case in found if case.verdict == {"function"} and case.measured == "same"]
    counts = Counter(f"{case.edited.kind:10} {case.edited.layer}" for case in strong if case.edited.kind != "several")
    return "\n".join(f"{count:6} {what}" for what, count in counts.most_common(most))


def described(case: Case) -> str:
    """One case in full."""
    laws = ["(a) too weak"] * case.weak + [f"(b) not mirrored: {case.mirror}"] * bool(case.mirror)
    laws += [f"refused: {case.refused}"] * bool(case.refused)
    shape = f"given as {case.net.shape}" if case.given else f"not given, is {case.net.shape}"
    return (
        f"{'; '.join(laws)}\nseed {case.seed}, edit {case.edited.kind} {case.edited.layer}, input shape {shape}\n"
        f"verdict {_plain(case.verdict)}, measured {case.measured}\nreference:\n{printed(case.net)}"
        f"candidate:\n{printed(case.edited.net)}"
    )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def main() -> int:
    options = _options()
    torch.set_num_threads(1)
    found = list(cases(options.edits, options.seed))
    failed = [case for case in found if case.failed]
    print(table(found))
    print(f"\nfunction by verdict, equal by measurement:\n{too_strong(found)}")
    texts = [described(smallest(case)) for case in failed[: options.most]]
    print("".join(f"\n{text}" for text in texts[: options.show]), end="")
    if options.failures:
        options.failures.write_text("\n".join(texts), encoding="utf-8")
    print(f"\n{len(failed)} of {len(found)} break a law")
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=0, help="so many failures in full")
    parser.add_argument("--failures", type=Path, help="where failures are written, made as small as can be")
    parser.add_argument("--most", type=int, default=100, help="failures that are made small and written")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
