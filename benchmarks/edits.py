"""How many known edits the diff finds, in the right place and of the right kind, and how much it finds that nobody did.

    python benchmarks/edits.py [--lines 1000 10000 100000] [--seed 0]

Networks are generated as printed text, 1 % of their leaves are edited (a setting, two neighbours swapped, a leaf
inserted or removed) and one block is copied in the middle, which renumbers all blocks behind it. Each finding is then
held against the list of edits: by the line on each side and by its rule. The time is information, not a result.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from dataclasses import dataclass, field

from archdiff import diff, infer, parse
from archdiff.model.finding import Finding, Place
from archdiff.semantics import rules


@dataclass
class Leaf:
    name: str
    text: str
    edit: str = ""  # "setting" | "swap" | "insert" | "copy"
    twin: Leaf | None = None  # the leaf of the original that this one came from


@dataclass
class Block:
    class_name: str
    leaves: list[Leaf] = field(default_factory=list)
    edit: str = ""  # as of a leaf, or "remove"


def decoder_block(width: int) -> Block:
    half = width // 2
    linear = "Linear(in_features={}, out_features={}, bias=False)"
    return Block(
        "DecoderLayer",
        [
            Leaf("self_attn.q_proj", linear.format(width, width)),
            Leaf("self_attn.k_proj", linear.format(width, half)),
            Leaf("self_attn.v_proj", linear.format(width, half)),
            Leaf("self_attn.o_proj", linear.format(width, width)),
            Leaf("mlp.gate_proj", linear.format(width, 4 * width)),
            Leaf("mlp.up_proj", linear.format(width, 4 * width)),
            Leaf("mlp.down_proj", linear.format(4 * width, width)),
            Leaf("mlp.act_fn", "SiLU()"),
            Leaf("input_layernorm", f"LayerNorm(({width},), eps=1e-05, elementwise_affine=True)"),
            Leaf("post_attention_layernorm", f"LayerNorm(({width},), eps=1e-05, elementwise_affine=True)"),
            Leaf("drop", "Dropout(p=0.1, inplace=False)"),
        ],
    )


def resnet_block(width: int) -> Block:
    norm = "BatchNorm2d({}, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"
    quarter = width // 4
    return Block(
        "Bottleneck",
        [
            Leaf("conv1", f"Conv2d({width}, {quarter}, kernel_size=(1, 1), stride=(1, 1), bias=False)"),
            Leaf("bn1", norm.format(quarter)),
            Leaf(
                "conv2", f"Conv2d({quarter}, {quarter}, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)"
            ),
            Leaf("bn2", norm.format(quarter)),
            Leaf("conv3", f"Conv2d({quarter}, {width}, kernel_size=(1, 1), stride=(1, 1), bias=False)"),
            Leaf("bn3", norm.format(width)),
            Leaf("relu", "ReLU(inplace=True)"),
        ],
    )


def network(family: str, lines: int) -> list[Block]:
    make = resnet_block if family.startswith("resnet") else decoder_block
    size = len(make(64).leaves) + 1
    equal = family == "equal decoder"
    return [make(64 if equal else 64 + 4 * index) for index in range(max(3, lines // size))]


def edited(blocks: list[Block], rng: random.Random) -> tuple[list[Block], Counter[str]]:
    """A copy with known edits; every leaf knows the leaf that it came from."""
    copy = [Block(b.class_name, [Leaf(x.name, x.text, twin=x) for x in b.leaves]) for b in blocks]
    total = sum(len(block.leaves) for block in copy)
    counts: Counter[str] = Counter()
    touched: set[int] = set()
    while sum(counts.values()) < total // 100:
        number = rng.randrange(len(copy))
        if number in touched or number == len(copy) // 2:
            continue
        touched.add(number)
        edit = rng.choice(["setting", "swap", "insert", "remove"])
        if _edit(copy[number], edit, rng):
            copy[number].edit = edit
            counts[edit] += 1
    middle = len(copy) // 2
    twin = copy[middle]
    copy.insert(middle, Block(twin.class_name, [Leaf(x.name, x.text, "copy") for x in twin.leaves], "copy"))
    counts["copy"] = 1
    return copy, counts


def _edit(block: Block, edit: str, rng: random.Random) -> bool:
    leaves = block.leaves
    at = rng.randrange(len(leaves) - 1)
    match edit:
        case "setting":
            text = _changed(leaves[at].text)
            if text == leaves[at].text:
                return False
            leaves[at].text, leaves[at].edit = text, "setting"
        case "swap":
            if leaves[at].text == leaves[at + 1].text or _group(leaves[at]) != _group(leaves[at + 1]):
                return False
            leaves[at], leaves[at + 1] = leaves[at + 1], leaves[at]
            leaves[at].edit = leaves[at + 1].edit = "swap"
        case "insert":
            leaves.insert(at, Leaf(_group(leaves[at]) + "extra", "Tanh()", "insert"))
        case "remove":
            if sum(_group(leaf) == _group(leaves[at]) for leaf in leaves) == 1:
                return False
            del leaves[at]
    return True


def _group(leaf: Leaf) -> str:
    """`self_attn.` of `self_attn.q_proj`: edits stay inside one printed container."""
    return leaf.name[: leaf.name.rfind(".") + 1]


def _changed(text: str) -> str:
    for old, new in (
        ("eps=1e-05", "eps=1e-06"),
        ("p=0.1", "p=0.3"),
        ("bias=False", "bias=True"),
        ("inplace=True", "inplace=False"),
    ):
        if old in text:
            return text.replace(old, new)
    return text


def printed(blocks: list[Block], rename: bool) -> tuple[str, dict[int, Leaf | Block]]:
    """The text, and which leaf or block stands on which line."""
    lines = ["Net(", "  (layers): ModuleList("]
    places: dict[int, Leaf | Block] = {}
    for number, block in enumerate(blocks):
        lines.append(f"    ({number}): {block.class_name}(")
        places[len(lines)] = block
        inside = ""
        for leaf in block.leaves:
            group, _, name = leaf.name.rpartition(".")
            if group != inside:
                lines += ["      )"] if inside else []
                lines += [f"      ({'g_' * rename}{group}): {group.title().replace('_', '')}("] if group else []
                inside = group
            indent = "        " if group else "      "
            lines.append(f"{indent}({'x_' * rename}{name}): {leaf.text}")
            places[len(lines)] = leaf
        lines += ["      )"] if inside else []
        lines.append("    )")
    return "\n".join([*lines, "  )", ")", ""]), places


KINDS = {
    "AD301": "setting",
    "AD401": "setting",
    "AD302": "setting",
    "AD101": "swap",
    "AD104": "insert",
    "AD103": "remove",
    "AD106": "copy",
}


def score(
    findings: tuple[Finding, ...], here: dict[int, Leaf | Block], there: dict[int, Leaf | Block], equal: bool
) -> Counter[str]:
    """Edits found in the right place with the right kind, and places of findings that no edit explains.

    `equal`: blocks are equal, so which of them a leaf was removed from cannot be told behind the copy; its name can.
    Which of them is the copy cannot be told either: one that was edited like its neighbour may be it, edit and all.
    """
    result: Counter[str] = Counter()
    removed = Counter(leaf.name for leaf in there.values() if isinstance(leaf, Leaf) and leaf.edit == "removed")
    for finding in findings:
        if finding.rule in ("AD107", "AD701") or (finding.aspect == "spelling" and finding.rule != "AD302"):
            continue
        for ours, theirs in finding.places or ((finding.candidate, finding.reference),):
            kind = KINDS.get(finding.rule, finding.rule)
            mine, other = _at(here, ours), _at(there, theirs)
            if equal and kind == "remove" and isinstance(other, Leaf) and removed[other.name]:
                removed[other.name] -= 1
                result[kind] += 1
            else:
                result[_judged(kind, mine, other, equal)] += 1
            if equal and kind == "copy" and isinstance(mine, Block) and mine.edit not in ("", "copy"):
                result[mine.edit] += 1
    return result


def _at(places: dict[int, Leaf | Block], place: Place | None) -> Leaf | Block | None:
    return places.get(place.line) if place else None


def _judged(kind: str, ours: Leaf | Block | None, theirs: Leaf | Block | None, equal: bool) -> str:
    """The edit that this place of a finding tells, or "spurious"."""

    def twins() -> bool:
        if not isinstance(ours, Leaf) or not isinstance(theirs, Leaf) or ours.twin is None:
            return False
        return ours.twin is theirs or (equal and ours.twin.name == theirs.name)

    match kind:
        case "setting":
            right = isinstance(ours, Leaf) and ours.edit == "setting" and twins()
        case "swap":
            right = isinstance(ours, Leaf) and ours.edit == "swap" and twins()
        case "insert":
            right = isinstance(ours, Leaf) and ours.edit == "insert"
        case "remove":
            right = isinstance(theirs, Leaf) and theirs.edit == "removed"
        case "copy":
            right = isinstance(ours, Block)
        case _:
            right = False
    if not right:
        return "false move" if kind == "AD102" else "spurious"
    return kind


def measure(family: str, lines: int, seed: int) -> str:
    rng = random.Random(seed)
    original = network(family, lines)
    candidate, counts = edited(original, rng)
    kept = {id(leaf.twin) for block in candidate for leaf in block.leaves}
    for block in original:
        for leaf in block.leaves:
            leaf.edit = "" if id(leaf) in kept else "removed"
    (mine, here), (theirs, there) = printed(candidate, "renamed" in family), printed(original, False)
    start = time.process_time()
    blocks = parse.Blocks()
    networks = rules.normalized([parse.parse(text, "", blocks)[0] for text in (mine, theirs)])
    found = diff.compare(*infer.infer(networks)).findings
    seconds = time.process_time() - start
    result = score(found, here, there, family == "equal decoder")
    right = sum(min(result[kind], counts[kind]) for kind in counts)
    wrong = result["spurious"] + sum(max(0, result[kind] - counts[kind]) for kind in counts)
    told = " ".join(f"{kind} {min(result[kind], counts[kind])}/{counts[kind]}" for kind in sorted(counts))
    share = 100 * right / sum(counts.values())
    moves = result["false move"]
    return f"{family:22} {lines:7} {share:5.1f} % {wrong:8} {moves:6}   {told}   {seconds:.2f} s"


FAMILIES = ("equal decoder", "unequal decoder", "resnet", "renamed decoder", "resnet renamed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--family", nargs="+", default=FAMILIES)
    options = parser.parse_args()
    print(f"{'network':22} {'lines':>7} {'found':>7} {'spurious':>8} {'moves':>6}")
    for family in options.family:
        for lines in options.lines:
            print(measure(family, lines, options.seed), flush=True)


if __name__ == "__main__":
    main()
