"""Folded lines that stand for very many layers: a few of them tell of all what the whole network would."""

from __future__ import annotations

import random

import pytest

from archdiff import api, commands, infer, parse
from archdiff.infer import repeats
from archdiff.model.errors import ReadError
from archdiff.model.outcome import Outcome
from archdiff.semantics import rules
from known import known

LINEAR = "Linear(in_features=8, out_features={}, bias=True)"
MANY = 12_000  # of each of two networks: more than are compared one by one


def folded(width: int, count: int = MANY, name: str = "l", class_name: str = "Net") -> str:
    return f"{class_name}(\n  ({name}): {count} x {LINEAR.format(width)}\n)"


def experts(width: int, count: int = 300, layers: int = 60) -> str:
    lines = [
        "Model(",
        f"  (layers): ModuleList((0-{layers - 1}): {layers} x Block(",
        f"    (experts): ModuleList((0-{count - 1}): {count} x Mlp(",
        f"      (up): {LINEAR.format(width)}",
        "    ))",
        "    (norm): LayerNorm((8,), eps=1e-05, elementwise_affine=True)",
        "  ))",
        ")",
    ]
    return "\n".join(lines)


def factors(outer: int, inner: int) -> str:
    inside = f"Sequential(\n    (0-{inner - 1}): {inner} x {LINEAR.format(8)}\n  )"
    return f"Sequential(\n  (0-{outer - 1}): {outer} x {inside}\n)"


NESTED = f"Sequential(\n  (0-1199): 1200 x Sequential(\n    (0-9): 10 x {LINEAR.format(8)}\n  )\n)"
SPLIT = "Net(\n  (x): ModuleList((0-5999): 6000 x ReLU())\n  (y): ModuleList((0-6000): 6001 x ReLU())\n)"


def layers(*lines: tuple[int, bool]) -> str:
    """`(0-29): 30 x ...` of each (how many, bias)."""
    found: list[str] = []
    at = 0
    for times, bias in lines:
        name = f"{at}-{at + times - 1}" if times > 1 else str(at)
        found.append(f"  ({name}): {f'{times} x ' if times > 1 else ''}{LINEAR.format(8).replace('True', str(bias))}")
        at += times
    return "\n".join(["Sequential(", *found, ")"])


COUNTS = {
    "equal": (folded(8), folded(8), [], (864_000, 864_000)),
    "setting": (folded(8), folded(9), [("AD301", "out_features", 12_000)], (864_000, 972_000)),
    "nested": (experts(8), experts(9), [("AD301", "out_features", 18_000)], (1_296_960, 1_458_960)),
    "more": (folded(8, 12_000), folded(8, 12_005), [("AD103", None, 5)], (864_000, 864_360)),
    "more blocks": (experts(8, 300), experts(8, 302), [("AD106", None, 120)], (1_296_960, 1_305_600)),
    "one in the middle": (
        layers((6000, True), (1, False), (5999, True)),
        layers((12_000, True)),
        [("AD301", "bias", 1)],
        (863_992, 864_000),
    ),
    "one more": (
        layers((6000, True), (1, False), (6000, True)),
        layers((12_000, True)),
        [("AD104", None, 1)],
        (864_064, 864_000),
    ),
    "in what stands against a layer": (
        f"Net(\n  (b): Sequential(\n    (0): 24000 x {LINEAR.format(8)}\n  )\n)",
        "Net(\n  (a): Tanh()\n)",
        [("AD104", None, 1)],
        (1_728_000, 0),
    ),
    "nothing like it": (folded(8, 24_000), "Net(\n  (a): Tanh()\n)", [("AD104", None, 24_000)], (1_728_000, 0)),
}


@pytest.mark.parametrize("case", COUNTS)
def test_counts_are_of_all(case: str) -> None:
    candidate, reference, expected, parameters = COUNTS[case]
    outcome = api.compare_networks(parse.parse(candidate)[0], parse.parse(reference)[0])
    found = [(each.rule, each.setting, each.count) for each in outcome.findings if each.effect.word == "function"]
    assert found == expected
    sides = outcome.candidate, outcome.reference
    assert tuple(side.parameters or side.parameters_at_least or 0 for side in sides) == parameters
    assert len(outcome.candidate.layers) < 100
    assert [note for note in sides[0].notes if "stand for all" in note]


def test_the_report_says_which() -> None:
    (shown,) = commands.show(commands.Request("-", stdin=experts(8)))
    assert shown.notes[0] == "a few layers stand for all of their line: in layers (60), layers.*.experts (300)"
    assert shown.children == 6
    assert (len(shown.layers), shown.left_out) == (20, 18_060 - 20)


def test_networks_shown_together_are_bounded_together() -> None:
    """Each could be shown layer by layer, a hundred of them not."""
    shown = commands.show(commands.Request("-", stdin="\n\n".join(folded(width, 9_000) for width in (7, 8, 9))))
    assert [(len(each.layers), each.left_out) for each in shown] == [(4, 8_996)] * 3
    (alone,) = commands.show(commands.Request("-", stdin=folded(7, 9_000)))
    assert (len(alone.layers), alone.left_out) == (9_000, 0)


def test_lines_that_only_seem_to_be_counterparts_are_seen_through() -> None:
    """Leaving out equally many of two lines would hide that one has more, if others stand for them."""
    one = parse.parse(f"Net(\n  (x): {MANY} x {LINEAR.format(8)}\n  (y): {LINEAR.format(8)}\n)")[0]
    ours, theirs = (infer.infer((rules.normalize(each),))[0] for each in known(repeats.shortened(one, one)))
    assert repeats.holds(ours, theirs, [("x.0", "x.0"), ("x.1", "x.1"), ("y", "y")])
    assert not repeats.holds(ours, theirs, [("x.0", "x.0"), ("y", "x.1"), ("x.1", "y")])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(f"Sequential(\n  (0-11999): 12000 x {LINEAR.format(8)}\n)", NESTED, id="other nesting"),
        pytest.param(factors(2000, 8), factors(800, 12), id="other factors"),
        pytest.param(f"Net(\n  (x): {MANY} x ReLU()\n  (y): ReLU()\n)", SPLIT, id="other containers"),
    ],
)
def test_what_a_few_cannot_tell_is_refused(one: str, other: str) -> None:
    """12,000 layers on both sides: of a line with as many, four are no others than of lines with ten."""
    with pytest.raises(ReadError, match="of which a few cannot stand for all"):
        api.compare_networks(parse.parse(one)[0], parse.parse(other)[0])


def test_what_stands_for_others_is_no_single_layer() -> None:
    text = f"Net(\n  (l): Sequential(\n    (0): {LINEAR.format(8)}\n  )\n)"
    outcome = api.compare_networks(parse.parse(folded(8, 24_000))[0], parse.parse(text)[0])
    assert outcome.verdict == "function"


def test_printed_layers_are_compared_one_by_one() -> None:
    lines = "\n".join(f"  ({at}): {LINEAR.format(8)}" for at in range(repeats.ONE_BY_ONE))
    network = parse.parse(f"Sequential(\n{lines}\n)")[0]
    assert repeats.shortened(network, network) is None


def leaf(chance: random.Random) -> str:
    return chance.choice(
        [LINEAR.format(chance.choice([4, 8])), "ReLU()", "Dropout(p=0.1, inplace=False)", "LayerNorm((8,), eps=1e-05)"]
    )


def tree(chance: random.Random, depth: int) -> str:
    class_name = chance.choice(["Sequential", "ModuleList", "Block"])
    lines, at = [], 0
    for place in range(chance.randint(1, 4)):
        times = chance.choice([1, 1, 1, 5, 6, 7, 9, 12])
        below = leaf(chance) if not depth or chance.random() < 0.5 else tree(chance, depth - 1)
        name = "abcd"[place] if class_name == "Block" else f"{at}-{at + times - 1}" if times > 1 else str(at)
        at += times
        lines.append(f"({name}): {f'{times} x ' if times > 1 else ''}{below}")
    return "\n".join([f"{class_name}(", *("  " + line.replace("\n", "\n  ") for line in lines), ")"])


EDITS = {"=4": "=8", "p=0.1": "p=0.2", "ReLU()": "Tanh()", "Block(": "Other(", "eps=1e-05": "eps=1e-06"}


def edited(chance: random.Random, text: str) -> str:
    lines = text.split("\n")
    for _ in range(chance.randint(1, 3)):
        place, old = chance.randrange(len(lines)), chance.choice([*EDITS])
        lines[place] = lines[place].replace(old, EDITS[old])
    return "\n".join(lines)


def facts(outcome: Outcome) -> tuple[str, list[tuple[str, str, str, str, int]], int | None, int | None]:
    told = [each for each in outcome.findings if each.rule not in ("AD107", "AD302")]  # spelling is told once
    found = sorted((each.rule, each.effect.word, each.setting or "", each.message, each.count) for each in told)
    return outcome.verdict, found, outcome.candidate.parameters, outcome.reference.parameters


@pytest.mark.parametrize("seed", range(40))
def test_a_few_tell_what_all_do(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    one = tree(chance, 2)
    (ours,), (theirs,) = (parse.parse(text) for text in (one, edited(chance, one)))
    monkeypatch.setattr(repeats, "ONE_BY_ONE", 10**9)
    whole = facts(api.compare_networks(ours, theirs))
    monkeypatch.setattr(repeats, "ONE_BY_ONE", 0)
    monkeypatch.setattr(repeats, "check_size", lambda _networks: None)
    assert facts(api.compare_networks(ours, theirs)) == whole
