"""Many references: the bound changes no answer, and nothing in a folder ends the search."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from archdiff import api, parse
from archdiff.diff import distance
from archdiff.model.errors import UsageError
from archdiff.model.network import Network
from archdiff.model.outcome import Outcome
from archdiff.model.ranking import Ranking
from archdiff.policy import nearest
from cli.command import run

LAYERS = (
    "Linear(in_features=8, out_features={}, bias=True)",
    "Conv2d(8, {}, kernel_size=(3, 3), stride=(1, 1))",
    "ReLU()",
    "Dropout(p=0.{}, inplace=False)",
    "Block(\n    (fc): Linear(in_features=8, out_features={}, bias=True)\n    (act): ReLU()\n  )",
)


def network(rng: random.Random, most: int = 6) -> str:
    layers = [rng.choice(LAYERS).format(rng.randint(6, 9)) for _ in range(rng.randint(1, most))]
    return "Net(\n" + "".join(f"  ({at}): {layer}\n" for at, layer in enumerate(layers)) + ")\n"


def searched(candidate: Path, references: Path, most: int) -> tuple[Ranking, Outcome]:
    return nearest.nearest(parse.read(str(candidate)).networks[0], str(references), None, most, lambda _step: None)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("most", [1, 3, 10])
def test_what_is_left_early_is_farther(tmp_path: Path, seed: int, most: int) -> None:
    rng = random.Random(seed)
    (tmp_path / "refs").mkdir()
    for number in range(30):
        networks = [network(rng) for _ in range(rng.choice([1, 1, 1, 2]))]
        (tmp_path / "refs" / f"{number}.md").write_text("\n".join(f"```\n{each}```\n" for each in networks))
    mine = tmp_path / "mine.txt"
    mine.write_text(network(rng))
    (everything, first), (some, first_of_some) = (searched(mine, tmp_path / "refs", number) for number in (0, most))
    every = everything.matches
    wanted = [match for match in every if match.near or match.distance == every[0].distance]
    last = wanted[min(most, len(wanted)) - 1].distance
    assert some.matches == tuple(match for match in wanted if match.distance <= last)
    assert some.nearest == everything.nearest
    assert first_of_some == first
    assert len(some.matches) + some.farther == len(every)


def test_of_very_many_those_that_look_nearest_are_compared(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 30):
        (folder / "refs" / f"{number}.txt").write_text(SMALL.format(f"0.{number:02}"))
    monkeypatch.setattr(nearest, "MOST_COMPARED", 5)
    some, every = (searched(folder / "mine.txt", folder / "refs", most)[0] for most in (3, 0))
    assert some.untried + some.farther + len(some.matches) == len(every.matches)
    assert (some.untried > 0, every.untried) == (True, 0)


def test_far_ones_are_not_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(0)
    (tmp_path / "refs").mkdir()
    for number in range(20):
        (tmp_path / "refs" / f"{number}.txt").write_text(f"Net(\n  (0): {LAYERS[0].format(100 + number)}\n)\n")
    (tmp_path / "refs" / "same.txt").write_text(network(rng))
    (tmp_path / "mine.txt").write_text(network(random.Random(0)))
    compared: list[str] = []

    def compare(mine: Network, reference: Network, shape: tuple[int, ...] | None) -> Outcome:
        compared.append(Path(reference.source).name)
        return api_compare(mine, reference, shape)

    api_compare = api.compare_networks
    monkeypatch.setattr(api, "compare_networks", compare)
    ranking, _ = searched(tmp_path / "mine.txt", tmp_path / "refs", 1)
    assert compared == ["same.txt"]
    assert (ranking.matches[0].distance, ranking.farther) == (0, 20)


SMALL = "Sequential(\n  (0): Linear(in_features=4, out_features=3, bias=True)\n  (1): Dropout(p={})\n)\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A candidate and a folder with all that people keep beside prints."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.txt").write_text(SMALL.format(0.5))
    refs = tmp_path / "refs"
    (refs / "a" / "b").mkdir(parents=True)
    (refs / "a" / "b" / "good.txt").write_text(SMALL.format(0.5))
    return tmp_path


def note(text: str) -> str:
    cell = {"cell_type": "code", "metadata": {}, "source": ["print(model)"], "execution_count": 1}
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": text.splitlines(keepends=True)}]
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


#: what stands in the folder -> what is said of it
BROKEN = {
    "cut.txt": (SMALL.format(0.5)[:50].encode(), "the print is cut off after line 2: this bracket is never closed"),
    "twice.txt": (SMALL.format(0.5).replace("(1)", "(0)").encode(), "(0): Dropout: another child has its name"),
    "prose.txt": (b"no network\n", "no printed network in it"),
    "empty.log": (b"", "empty"),
    "binary.txt": (bytes(range(256)) * 100, "not a text: "),
    "half.ipynb": (b'{"cells": [', None),
    "many.txt": (b"Net(\n  (0-99999999): 100000000 x Linear(in_features=1, out_features=1)\n)\n", None),
}


@pytest.mark.parametrize(("content", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_reference_is_named_and_left_out(folder: Path, content: bytes, said: str | None) -> None:
    (folder / "refs" / "a" / "broken.txt").write_bytes(content)
    done = run("match", "mine.txt", "refs", cwd=folder)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "the same as refs/a/b/good.txt"
    assert done.stderr.startswith("warning: refs/a/broken.txt is left out: " + (said or ""))
    assert done.stderr.count("\n") == 1
    (left_out,) = json.loads(run("match", "mine.txt", "refs", "--format", "json", cwd=folder).stdout)["left_out"]
    assert done.stderr == f"warning: {left_out}\n"


def test_a_fault_costs_one_reference(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "refs" / "bad.txt").write_text(SMALL.format(0.4))
    api_compare = api.compare_networks

    def compare(mine: Network, reference: Network, shape: tuple[int, ...] | None) -> Outcome:
        if reference.source.endswith("bad.txt"):
            raise RecursionError("too deep")
        return api_compare(mine, reference, shape)

    monkeypatch.setattr(api, "compare_networks", compare)
    ranking, _ = searched(folder / "mine.txt", Path("refs"), 10)
    assert [match.address for match in ranking.matches] == ["refs/a/b/good.txt"]
    said = "refs/bad.txt is left out: an internal error of archdiff, please report it: RecursionError too deep"
    assert ranking.remarks == (said,)


def test_what_else_is_in_a_folder(folder: Path) -> None:
    refs = folder / "refs"
    (refs / "loop").symlink_to(refs, target_is_directory=True)
    (refs / "gone.txt").symlink_to("nowhere.txt")
    (refs / "good.png").write_bytes(b"\x89PNG")
    (refs / ".git").mkdir()
    (refs / ".git" / "hidden.txt").write_text(SMALL.format(0.5))
    (refs / "README.txt").write_text(SMALL.format(0.5))
    (refs / "note.ipynb").write_text(note(SMALL.format(0.4)))
    (refs / "two.md").write_text(f"```\n{SMALL.format(0.3)}```\n\n```\n{SMALL.format(0.2)}```\n")
    os.mkfifo(refs / "pipe.txt")
    done = run("match", "mine.txt", "refs", cwd=folder)
    assert [line.split()[1] for line in done.stdout.splitlines()[3:7]] == [
        "refs/a/b/good.txt",
        "refs/note.ipynb",
        "refs/two.md#1",
        "refs/two.md#2",
    ]
    assert sorted(done.stderr.splitlines()) == [
        "warning: refs/gone.txt is left out: no such file",
        "warning: refs/pipe.txt is left out: not a file",
    ]


def test_a_folder_that_nobody_may_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "refs" / "shut").mkdir()
    scandir = os.scandir

    def refused(path: str) -> object:
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    ranking = searched(Path("mine.txt"), Path("refs"), 10)[0]
    assert ranking.remarks == ("refs/shut is left out: Permission denied",)
    assert [match.address for match in ranking.matches] == ["refs/a/b/good.txt"]


def test_itself_by_another_path_is_no_reference(folder: Path) -> None:
    (folder / "refs" / "other.txt").write_text(SMALL.format(0.4))
    done = run("match", "refs/../refs/other.txt", "./refs", cwd=folder)
    assert done.stdout.splitlines()[0] == "nearest: ./refs/a/b/good.txt"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "refs: no reference in it\n  help: files that end in .txt, .md, .log, .ipynb are read"),
        (
            {"a.txt": "none"},
            "refs: no reference in it that can be compared\n  refs/a.txt is left out: no printed network in it\n",
        ),
    ],
    ids=["empty", "no network"],
)
def test_no_reference(folder: Path, files: dict[str, str], message: str) -> None:
    (folder / "refs" / "a" / "b" / "good.txt").unlink()
    for name, text in files.items():
        (folder / "refs" / name).write_text(text)
    done = run("match", "mine.txt", "refs", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_many_that_hold_none_are_counted(folder: Path) -> None:
    for number in range(15):
        (folder / "refs" / f"log{number:02}.log").write_text("epoch 1\n")
    done = run("match", "mine.txt", "refs", cwd=folder)
    assert done.stderr.splitlines()[9:] == [
        "warning: refs/log09.log is left out: no printed network in it",
        "warning: and 5 more are left out; --format json names them",
    ]
    answer = json.loads(run("match", "mine.txt", "refs", "--format", "json", cwd=folder).stdout)
    assert len(answer["left_out"]) == 15


def test_how_many_are_shown(folder: Path) -> None:
    for number in range(1, 10):
        (folder / "refs" / f"{number}.txt").write_text(SMALL.format(f"0.{number}"))
    for number in range(20):
        (folder / "refs" / f"wide{number}.txt").write_text(SMALL.format(0.5).replace("=3", f"={number + 4}"))
    table = run("match", "mine.txt", "refs", "--max-findings", "2", cwd=folder).stdout.partition("\n\n")[2]
    assert table.splitlines()[1:4] == [
        "     0.0  refs/5.txt         none that matters",
        "     0.0  refs/a/b/good.txt  none that matters",
        "          and 28 more",
    ]
    shown = json.loads(run("match", "mine.txt", "refs", "--format", "json", cwd=folder).stdout)
    assert (len(shown["matches"]), shown["farther"]) == (10, 20)
    every = json.loads(run("match", "mine.txt", "refs", "--format", "json", "--all", cwd=folder).stdout)
    assert (len(every["matches"]), every["farther"]) == (30, 0)


def test_a_name_cannot_act_on_the_terminal(folder: Path) -> None:
    (folder / "refs" / "red\x1b[31m.txt").write_text(SMALL.format(0.4))
    (folder / "refs" / "cut\x1b[31m.txt").write_text(SMALL.format(0.4)[:50])
    done = run("match", "mine.txt", "refs", cwd=folder)
    assert "red\N{REPLACEMENT CHARACTER}[31m.txt" in done.stdout
    assert "cut\N{REPLACEMENT CHARACTER}[31m.txt" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_a_name_of_no_text(folder: Path) -> None:
    Path(os.fsdecode(b"refs/\xff.txt")).write_text(SMALL.format(0.4))
    assert "refs/\N{REPLACEMENT CHARACTER}.txt" in run("match", "mine.txt", "refs", cwd=folder).stdout
    answer = json.loads(run("match", "mine.txt", "refs", "--format", "json", cwd=folder).stdout)
    assert answer["matches"][1]["reference"] == "refs/\udcff.txt"


@pytest.mark.usefixtures("folder")
def test_progress_is_told() -> None:
    told: list[str] = []
    nearest.nearest(parse.read("mine.txt").networks[0], "refs", None, 10, told.append)
    assert told == ["reading: 0 of 1 files", "comparing: 0 of 1 references"]


def test_a_search_that_cannot_begin(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text(SMALL.format(0.5))
    with pytest.raises(UsageError, match="no such folder"):
        searched(tmp_path / "mine.txt", tmp_path / "nowhere", 10)


def test_equal_distances_are_sorted_by_name(folder: Path) -> None:
    (folder / "refs" / "z.txt").write_text(SMALL.format(0.5))
    ranking = searched(Path("mine.txt"), Path("refs"), 1)[0]
    assert [match.address for match in ranking.nearest] == ["refs/a/b/good.txt", "refs/z.txt"]
    assert sorted(ranking.matches, key=distance.order) == list(ranking.matches)
