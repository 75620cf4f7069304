"""Whether blocks are shared or not, the answer is the same: only what it costs differs."""

from __future__ import annotations

from random import Random

import pytest

from archdiff import diff, infer, parse
from archdiff.diff import describe
from archdiff.diff.align import aligned_trees
from archdiff.diff.nodes import nodes
from archdiff.diff.steps import Alike, ContainerPair, Pair
from archdiff.model.lazyseq import Runs
from archdiff.model.outcome import BlockLayers, BlockPairs, Outcome
from archdiff.model.result import Result
from archdiff.parse.grammar import blocks as grammar_blocks
from archdiff.report import View, find
from archdiff.semantics import rules

LINEAR = "Linear(in_features={}, out_features={}, bias=True)"


def block(rng: Random, width: int) -> list[str]:
    lines = [
        "(attn): Attention(",
        f"  (q): {LINEAR.format(width, width)}",
        f"  (k): {LINEAR.format(width, rng.choice([width, width, 2]))}",
        ")",
        "(mlp): Sequential(",
        f"  (0): {LINEAR.format(width, 4)}",
        f"  (1): {rng.choice(['ReLU()', 'ReLU()', 'Tanh()'])}",
        f"  (2): {LINEAR.format(4, width)}",
        ")",
        f"(norm): LayerNorm(({width},), eps=1e-05, elementwise_affine=True)",
        f"(mask): DSLinear(in_features={width}, out_features={width}, bias=True)",
        "(drop): Dropout(p=0.1, inplace=False)",
    ]
    if rng.random() < 0.2:
        lines[-1], lines[-3] = lines[-3], lines[-1]
    return lines


def net(seed: int, container: str) -> str:
    rng = Random(seed)
    lines = ["Net(", "  (embed): Linear(in_features=3, out_features=8, bias=True)", f"  (layers): {container}("]
    common = block(Random(1), 8)
    for index in range(6):
        lines.append(f"    ({index}): Block(")
        lines += [f"      {line}" for line in (common if rng.random() < 0.6 else block(rng, 8))]
        lines.append("    )")
    return "\n".join([*lines, "  )", "  (head): Linear(in_features=8, out_features=2, bias=True)", ")", ""])


def answers(candidate_text: str, reference_text: str) -> tuple[Outcome, list[str]]:
    blocks = parse.Blocks()
    read = [parse.parse(text, "net.txt", blocks)[0] for text in (candidate_text, reference_text)]
    ours, theirs = infer.infer(rules.normalized(read))
    found = diff.compare(ours, theirs)
    candidate, reference = describe.of_networks((ours, theirs))
    outcome = Outcome(candidate, reference, found.pairs, found.findings, found.notes)
    views = View(), View(all=True), View(context=2)
    told = [find("terminal").render([Result(outcome=outcome)], view) for view in views]
    return outcome, [*told, find("json").render([Result(outcome=outcome)], View())]


@pytest.mark.parametrize("container", ["ModuleList", "Sequential", "Stack"])
@pytest.mark.parametrize("seed", range(12))
def test_the_answer_does_not_depend_on_it(monkeypatch: pytest.MonkeyPatch, seed: int, container: str) -> None:
    texts = net(seed, container), net(seed + 1 if seed % 4 else seed, container)
    shared = answers(*texts)
    monkeypatch.setattr(grammar_blocks, "LONGEST", 0)  # no block is short enough to be known again
    assert shared == answers(*texts)


def stage(*aux: str) -> list[str]:
    """The lines of a block, perhaps with a branch that gives three numbers, which its last layer cannot take."""
    branch = ["(aux): Sequential(", *(f"  ({at}): {layer}" for at, layer in enumerate(aux)), ")"] if aux else []
    return [f"(a): {LINEAR.format(8, 4)}", *branch, f"(b): {LINEAR.format(4, 8)}"]


def stages(*blocks: list[str]) -> str:
    lines = [line for at, each in enumerate(blocks) for line in (f"({at}): Stage(", *(f"  {x}" for x in each), ")")]
    return "\n".join(["Net(", *(f"  {line}" for line in lines), ")", ""])


def test_what_shapes_show_of_a_class_in_blocks_that_stay_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """That the branch of the last block is one holds for the first, which alone differs."""
    last = stage("ReLU()", LINEAR.format(4, 3))
    texts = stages(stage(LINEAR.format(4, 3)), last), stages(stage(), last)
    shared = answers(*texts)
    assert [(each.rule, each.effect.word) for each in shared[0].findings] == [("AD104", "unknown")]
    monkeypatch.setattr(grammar_blocks, "LONGEST", 0)
    assert shared == answers(*texts)


def test_blocks_stay_closed_from_the_parser_to_the_report() -> None:
    text = net(4, "ModuleList")
    outcome, _ = answers(text.replace("out_features=2", "out_features=3"), text)
    assert isinstance(outcome.pairs, Runs)
    assert any(isinstance(run, BlockPairs) for run in outcome.pairs.runs)
    assert isinstance(outcome.candidate.layers, Runs)
    assert any(isinstance(run, BlockLayers) for run in outcome.candidate.layers.runs)


def test_equal_blocks_of_a_network_beside_itself_are_one_step() -> None:
    text = net(2, "ModuleList")
    blocks = parse.Blocks()
    both = rules.normalized([parse.parse(text, "", blocks)[0] for _ in range(2)])
    steps = aligned_trees(*nodes(both[0].root, both[1].root)).steps
    assert isinstance(next(step for step in steps if not isinstance(step, Pair | ContainerPair)), Alike)
