"""How the CPU time of a comparison grows with its input, over families of input that are hard on purpose.

    python benchmarks/growth.py [--bytes 25000] [--family rotated --family ...] [--random 0 40] [--most 2.5]

Each family is compared at n, 2n and 4n, n being so large that the larger of the two texts has --bytes bytes. Prints the
CPU time of each, and its growth per doubling: the root of the time at 4n over that at n. Exit code 1 where one grows by
more than --most per doubling, or where the largest, below 100 kB, takes more than two seconds. `--random FIRST COUNT`
takes as many families of `growth_motifs`, the first with that number, in place of those that stand here.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from growth_motifs import Texts, family, printed

from archdiff import commands
from archdiff.model.errors import ArchdiffError

SECONDS = 2.0  # of the largest input, where it has at most LARGEST bytes
LARGEST = 100_000
_FLOOR = 0.02  # seconds: below this a ratio is noise


def linear(inputs: int, outputs: int) -> str:
    return f"Linear(in_features={inputs}, out_features={outputs}, bias=True)"


def conv(inputs: int, outputs: int, more: str = "") -> str:
    return f"Conv2d({inputs}, {outputs}, kernel_size=(3, 3), stride=(1, 1){more})"


def _chance(n: int) -> random.Random:
    return random.Random(n)


# Orders


def rotated(n: int) -> Texts:
    layers = [linear(i, i + 1) for i in range(n)]
    return printed(layers), printed(layers[n // 2 :] + layers[: n // 2])


def reversed_(n: int) -> Texts:
    layers = [linear(i, i + 1) for i in range(n)]
    return printed(layers), printed(layers[::-1])


def shuffled(n: int) -> Texts:
    layers = [linear(i, i + 1) for i in range(n)]
    return printed(layers), printed(_chance(n).sample(layers, n))


def alternating(n: int) -> Texts:
    pair = ["ReLU()", "Tanh()"]
    return printed(pair * (n // 2)), printed(pair[::-1] * (n // 2))


def neighbours_swapped(n: int) -> Texts:
    layers = [linear(i, i + 1) for i in range(n)]
    return printed(layers), printed(layer for i in range(0, n - 1, 2) for layer in (layers[i + 1], layers[i]))


def few_equal(n: int) -> Texts:
    kinds = ["ReLU()", "Tanh()", linear(8, 8)]
    return printed(_chance(n).choices(kinds, k=n)), printed(_chance(n + 1).choices(kinds, k=n))


def two_of_a_kind(n: int) -> Texts:
    layers = [linear(8, 8), linear(8, 9)]
    return printed(_chance(n).choices(layers, k=n)), printed(_chance(n + 1).choices(layers, k=n))


def thue_morse(n: int) -> Texts:
    word = [("ReLU()", "Tanh()")[i.bit_count() % 2] for i in range(n)]
    return printed(word), printed(word[1:] + word[:1])


def fibonacci(n: int) -> Texts:
    a, b = ["ReLU()"], ["ReLU()", "Tanh()"]
    while len(b) < n:
        a, b = b, b + a
    return printed(b[:n]), printed(b[1 : n + 1])


def interleaved(n: int) -> Texts:
    ours, theirs = [linear(i, i) for i in range(n // 2)], [conv(i, i) for i in range(n // 2)]
    return printed(ours + theirs), printed(layer for pair in zip(ours, theirs, strict=True) for layer in pair)


# Lengths


def disjoint(n: int) -> Texts:
    return printed(linear(i, i + 1) for i in range(n)), printed(linear(i + n, i + n + 1) for i in range(n))


def disjoint_kinds(n: int) -> Texts:
    return printed(linear(i, i + 1) for i in range(n)), printed(conv(i, i + 1) for i in range(n))


def short_against_long(n: int) -> Texts:
    return printed(linear(10_000 + i, 9) for i in range(max(n // 25, 1))), printed(linear(i, 8) for i in range(n))


def one_against_many(n: int) -> Texts:
    return printed([linear(7, 8)]), printed(linear(i, i + 1) for i in range(n))


def every_width(n: int) -> Texts:
    return printed(linear(i, i + 1) for i in range(n)), printed(linear(i, i + 2) for i in range(n))


def every_setting(n: int) -> Texts:
    return printed([f"Dropout(p={i / n})" for i in range(n)]), printed([f"Dropout(p={i / n / 2})" for i in range(n)])


def extra_everywhere(n: int) -> Texts:
    layers = [conv(3, 3, ", padding=(1, 1)")] * (n // 2)
    return printed(layer for each in layers for layer in (each, "ReLU()")), printed(layers)


# Rules that look at stretches


def idle(n: int) -> Texts:
    return printed(["Identity()", "Flatten(start_dim=1, end_dim=-1)"] * (n // 2)), printed(["Identity()"] * n)


def pads(n: int) -> Texts:
    return printed(["ZeroPad2d((1, 1, 1, 1))"] * n), printed(["ZeroPad2d((1, 1, 1, 2))"] * n)


def pools(n: int) -> Texts:
    pool = "MaxPool2d(kernel_size=3, stride=1, padding=1, dilation=1, ceil_mode=False)"
    other = ["ReLU()", pool]
    return printed([pool, "ReLU()"] * (n // 2)), printed(other * (n // 2))


def dropouts(n: int) -> Texts:
    one, other = (f"Dropout(p={p}, inplace=False)" for p in (0.1, 0.2))
    return printed([one] * n), printed([other, "ReLU()"] * (n // 2))


def in_place(n: int) -> Texts:
    ours, theirs = ([f"Dropout(p=0.{i}1, inplace={flag})" for i in range(n)] for flag in (True, False))
    return printed([*ours, linear(1, 2)], "Block"), printed([*theirs, linear(1, 2)], "Block")


def norms(n: int) -> Texts:
    norm = "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=False, track_running_stats=True)"
    return printed([norm, "ReLU()", "AvgPool2d(kernel_size=1, stride=1, padding=0)"] * (n // 3)), printed([norm] * n)


def strides(n: int) -> Texts:
    layers = ["Conv2d(4, 4, kernel_size=(3, 3), stride=(2, 2))" if i % 7 else conv(4, 4) for i in range(n)]
    return printed([*layers, "Flatten(start_dim=1, end_dim=-1)", linear(64, 2)]), printed([*layers[1:], linear(64, 3)])


# Trees


def blocks(n: int) -> Texts:
    names = ("fc1", "act", "fc2")
    each = [printed([linear(i, 4 * i), "GELU()", linear(4 * i, i)], "Mlp", names) for i in range(n // 4)]
    return printed(each, "ModuleList"), printed(_chance(n).sample(each, len(each)), "ModuleList")


def copied_blocks(n: int) -> Texts:
    """Equal blocks, of which the other side has one."""
    block = printed([linear(8, 8), "ReLU()"], "Block")
    return printed([block] * n, "Net"), printed([block], "Net")


def blocks_of_another_class(n: int) -> Texts:
    inner = [[linear(i, i), "ReLU()", linear(i, i + 1)] for i in range(n // 5)]
    ours, theirs = ([printed(each, name, "abc") for each in inner] for name in ("Block", "Layer"))
    return printed(ours, "Net"), printed(theirs, "Model")


def regrouped(n: int) -> Texts:
    layers = [linear(i, i + 1) for i in range(n)]
    groups = [printed(layers[i : i + 3]) for i in range(0, n, 3)], [printed(layers[i : i + 4]) for i in range(0, n, 4)]
    return printed(groups[0], "ModuleList"), printed(groups[1], "ModuleList")


def lists_and_sequentials(n: int) -> Texts:
    blocks = [printed([printed([linear(i, i)], "Block")] * 2) for i in range(n // 5)]
    return printed(blocks, "Net"), printed([each.replace("Sequential", "ModuleList") for each in blocks], "Net")


def unequal_blocks(n: int) -> Texts:
    """Blocks of another class and another width each, so that none has an equal."""
    inner = [printed([f"Dropout(p=0.{i}1)", linear(i, i)]) for i in range(n // 6)]
    ours, theirs = ([printed([each, "Sigmoid()"], name, "ka") for each in inner] for name in ("Block", "Sequential"))
    return printed(ours, "Net"), printed(theirs[::-1], "Net")


def opened_blocks(n: int) -> Texts:
    layers = [linear(i, i + 1) for i in range(n)]
    groups = [printed([*layers[i : i + 3], "ReLU()"], "Block") for i in range(0, n, 3)]
    return printed(groups, "Net"), printed(layers, "Net")


def nested(n: int) -> Texts:
    def tree(layers: list[str]) -> str:
        half = len(layers) // 2
        return printed(layers) if half < 2 else printed([tree(layers[:half]), tree(layers[half:])])

    layers = [linear(i, i + 1) for i in range(n)]
    return tree(layers), tree([linear(i, i + 1) if i % 9 else "ReLU()" for i in range(1, n + 1)])


def renamed(n: int) -> Texts:
    layers = [linear(8, 8), "ReLU()"] * (n // 2)
    ours, theirs = ([f"{name}{i}" for i in range(len(layers))] for name in ("layer", "block"))
    return printed(layers, "Net", ours), printed(layers, "Net", theirs)


def names_exchanged(n: int) -> Texts:
    layers = [linear(i, i + 1) for i in range(n)]
    names = [f"fc{i}" for i in range(n)]
    return printed(layers, "Net", names), printed(layers, "Net", _chance(n).sample(names, n))


def attention(n: int) -> Texts:
    split = [printed([linear(8, 8)] * 4, "Attention", ("q_proj", "k_proj", "v_proj", "out_proj"))] * (n // 6)
    fused = [printed([linear(8, 24), linear(8, 8)], "Attention", ("qkv", "proj"))] * (n // 6)
    return printed(split, "ModuleList"), printed(fused, "ModuleList")


def distinct_attention(n: int) -> Texts:
    names = ("q_proj", "k_proj", "v_proj", "out_proj")
    split = [printed([linear(i, i)] * 4, "Attention", names) for i in range(8, 8 + n // 6)]
    fused = [printed([linear(i, 3 * i), linear(i, i)], "Attention", ("qkv", "proj")) for i in range(8, 8 + n // 6)]
    return printed(split, "ModuleList"), printed(fused, "ModuleList")


def adapters(n: int) -> Texts:
    def adapted(rank: int) -> str:
        down, up = (printed([linear(*size)], "ModuleDict", ["default"]) for size in ((8, rank), (rank, 8)))
        return printed([linear(8, 8), down, up], "lora.Linear", ("base_layer", "lora_A", "lora_B"))

    return printed([adapted(4)] * (n // 9)), printed([adapted(8)] * (n // 9))


# Repeats: n is the number of layers that a folded line stands for


def folded(n: int) -> Texts:
    ours, theirs = (f"Net(\n  (l): {100 * n} x {linear(8, width)}\n)" for width in (8, 9))
    return ours, theirs


def folded_equal(n: int) -> Texts:
    text = f"Net(\n  (l): {100 * n} x {linear(8, 8)}\n)"
    return text, text


def folded_nested(n: int) -> Texts:
    def experts(width: int) -> str:
        block = printed([linear(8, width), linear(width, 8)], "Mlp", ("up", "down"))
        experts = printed([f"{n} x {block}"], "ModuleList", [f"0-{n - 1}"])
        return printed(["100 x " + printed([experts], "Layer", ["experts"])], "Net", ["0-99"])

    return experts(16), experts(24)


def folded_lengths(n: int) -> Texts:
    ours, theirs = (f"Net(\n  (l): {count} x {linear(8, 8)}\n)" for count in (100 * n, 50 * n))
    return ours, theirs


# Texts


def brackets(n: int) -> Texts:
    return "Net(\n" + "  (a): (((\n" * n, "Net(\n" + "  ((b): ]]}\n" * n


def blanks(n: int) -> Texts:
    """Lines of brackets far apart."""
    ours, theirs = (f"Net(\n  (a): ReLU()\n{left}{' ' * n}{right}\n)\n" for left, right in ((")", ")"), ("(", "x")))
    return ours, theirs


def openings(n: int) -> Texts:
    lines = "".join(f"{'  ' * (i % 150)}(b{i}): Block(\n" for i in range(n))
    return "Net(\n" + lines, "Net(\n" + lines + ")\n" * n


def long_setting(n: int) -> Texts:
    ours, theirs = (f"Net(\n  (a): Odd(values=({', '.join(str(i + start) for i in range(n))}))\n)" for start in (0, 1))
    return ours, theirs


def many_settings(n: int) -> Texts:
    ours, theirs = (f"Net(\n  (a): Odd({', '.join(f's{i}={i * by}' for i in range(n))})\n)" for by in (1, 2))
    return ours, theirs


def wrapped(n: int) -> Texts:
    def cut(text: str) -> str:
        return "\n".join(line[at : at + 40] for line in text.split("\n") for at in range(0, len(line), 40))

    return cut(printed(conv(i, i) for i in range(n))), cut(printed(conv(i, i + 1) for i in range(n)))


def quoted(n: int) -> Texts:
    def quote(text: str) -> str:
        return "".join(f"> # 2024-01-01 00:00:00,000 INFO {line}\n" for line in text.split("\n"))

    return quote(printed(linear(i, i) for i in range(n))), quote(printed(linear(i, i + 1) for i in range(n)))


def coloured(n: int) -> Texts:
    layers = [f"\x1b[1;31m{linear(i, i)}\x1b[0m" for i in range(n)]
    return printed(layers), printed(layers[::-1])


def notebook(n: int) -> Texts:
    text = printed(linear(i, i) for i in range(n)).splitlines(keepends=True)
    output = {"output_type": "stream", "name": "stdout", "text": text}
    cell = {"cell_type": "code", "source": ["print(net)\n"] * n, "outputs": [output], "metadata": {}}
    page = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    return page, printed(linear(i, i + 1) for i in range(n))


def table(n: int) -> Texts:
    def rows(width: int) -> str:
        lines = (f"{f'Linear-{i}':>20}{f'[-1, {i * width + 1}]':>26}{i * width * 9:>16,}" for i in range(n))
        return "\n".join([f"{'Layer (type)':>20}{'Output Shape':>26}{'Param #':>16}", "=" * 64, *lines, "=" * 64])

    return rows(1), rows(2)


def prose(n: int) -> Texts:
    page = "# Net\nIt (a): is = (one) of `many`.\n```\n" * n
    return page + printed([linear(1, 2)]), page + printed([linear(1, 3)])


def groups(n: int) -> Texts:
    def recipe(by: int) -> str:
        lines = (f"Parameter Group {i}\n    lr: {(i * by) % 97 / 1000}\n    momentum: 0.9\n" for i in range(n))
        return f"{printed([linear(1, 2)])}\nSGD (\n{''.join(lines)})\n"

    return recipe(1), recipe(5)


def ignores(n: int) -> Texts:
    layers = [linear(i, i) for i in range(n)]
    marked = "\n".join(f"{line}  # archdiff: ignore[AD301] known" for line in printed(layers).split("\n"))
    return marked, printed(linear(i, i + 1) for i in range(n))


FAMILIES: dict[str, Callable[[int], Texts]] = {
    each.__name__.rstrip("_"): each
    for each in (
        *(rotated, reversed_, shuffled, alternating, neighbours_swapped, few_equal, two_of_a_kind, thue_morse),
        *(fibonacci, interleaved, disjoint, disjoint_kinds, short_against_long, one_against_many, every_width),
        *(
            every_setting,
            extra_everywhere,
            idle,
            pads,
            pools,
            dropouts,
            in_place,
            norms,
            strides,
            blocks,
            copied_blocks,
        ),
        *(
            lists_and_sequentials,
            unequal_blocks,
            blocks_of_another_class,
            regrouped,
            opened_blocks,
            nested,
            renamed,
            names_exchanged,
            attention,
        ),
        *(
            distinct_attention,
            adapters,
            folded,
            folded_equal,
            folded_nested,
            folded_lengths,
            brackets,
            blanks,
            openings,
        ),
        *(long_setting, many_settings, wrapped, quoted, coloured, notebook, table, prose, groups, ignores),
    )
}
FOLDED = ("folded", "folded_equal", "folded_nested", "folded_lengths")  # a few lines, whatever n is
_FOLDED_TO = 120  # n of these: 4n stands for 48,000 layers


def size_for(make: Callable[[int], Texts], most: int) -> int:
    """The number for which a family has about `most` bytes."""
    n = 64
    for _ in range(3):  # names grow with n
        n = max(16, n * most // max(map(len, make(n))))
    return n


def seconds(texts: Texts, folder: Path) -> float:
    """CPU seconds of one comparison; a refusal is an answer, too."""
    files = [folder / "candidate.txt", folder / "reference.txt"]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    gc.collect()
    begin = time.process_time()
    try:
        commands.compare(commands.Request(str(files[0]), str(files[1])))
    except ArchdiffError as error:
        print(f"  ({str(error).splitlines()[0][:100]})", file=sys.stderr)
    return time.process_time() - begin


def measured(names: Iterable[str], size: int, folder: Path) -> Iterator[tuple[str, int, list[float]]]:
    """Name, bytes of the largest, and seconds at n, 2n and 4n of each family."""
    for name in names:
        make = family(int(name)) if name.isdecimal() else FAMILIES[name]
        n = _FOLDED_TO if name in FOLDED else size_for(make, size)
        made = [make(n * factor) for factor in (1, 2, 4)]
        times = [min(seconds(texts, folder) for _ in range(2)) for texts in made]
        yield name, max(map(len, made[-1])), times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bytes", type=int, default=25_000, help="of the smallest of the three")
    parser.add_argument("--family", action="append", choices=sorted(FAMILIES))
    parser.add_argument("--random", nargs=2, type=int, metavar=("FIRST", "COUNT"))
    parser.add_argument("--most", type=float, default=2.5, help="growth per doubling")
    asked = parser.parse_args()
    first, count = asked.random or (0, 0)
    names = [str(first + number) for number in range(count)] or asked.family or list(FAMILIES)
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'family':<26}{'bytes':>9}{'n':>9}{'2n':>9}{'4n':>9}   per doubling")
        for name, size, times in measured(names, asked.bytes, Path(folder)):
            growth = (times[-1] / max(times[0], _FLOOR)) ** 0.5
            slow = times[-1] > SECONDS and size <= 1.1 * LARGEST
            wrong = growth > asked.most or slow
            bad += wrong
            shown = "".join(f"{each:9.3f}" for each in times)
            print(f"{name:<26}{size:>9,}{shown}{growth:9.2f}{'  <--' if wrong else ''}", flush=True)
    print(f"{bad} of {len(names)} families grow faster than {asked.most} or take over {SECONDS} s")
    return int(bad > 0)


if __name__ == "__main__":
    raise SystemExit(main())
