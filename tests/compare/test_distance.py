"""Which reference is nearest: the note's four networks, ties, and what is near to nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archdiff import api, parse
from archdiff.compare import distance as match
from cli.test_cli import NOTE, run


def ranked(candidate: str, *references: str) -> match.Ranking:
    references = references or tuple(f"ref:{name}" for name in parse.shipped())
    return match.ranked((each, api.compare(api.Request(candidate, each))) for each in references)


@pytest.mark.parametrize(
    ("selector", "nearest", "distance"),
    [
        ("Original Sparse", "gsc_sparse_cnn2", 0),
        ("SuperSparse", "gsc_super_sparse_cnn2", 0),
        ("Lucas", "gsc_super_sparse_cnn2", 17.5),
        ("Mine", "gsc_sparse_cnn2", 32.5),
    ],
)
def test_the_networks_of_the_note(selector: str, nearest: str, distance: float) -> None:
    (best,) = ranked(f"{NOTE}#{selector}").nearest
    assert (best.address, best.distance) == (f"ref:how_so_dense/{nearest}", distance)


@pytest.mark.parametrize("name", parse.shipped())
def test_every_shipped_network_is_nearest_to_itself(name: str) -> None:
    assert [best.address for best in ranked(f"ref:{name}").nearest] == [f"ref:{name}"]


SMALL = "Sequential(\n  (0): Linear(in_features=4, out_features=3, bias=True)\n  (1): Dropout(p=0.5)\n)\n"
DEEP = (
    "Sequential(\n" + "".join(f"  ({i}): Linear(in_features=8, out_features=8, bias=True)\n" for i in range(9)) + ")\n"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.txt").write_text(SMALL)
    (tmp_path / "refs" / "inner").mkdir(parents=True)
    (tmp_path / "refs" / "a.txt").write_text(SMALL.replace("0.5", "0.2"))
    (tmp_path / "refs" / "inner" / "b.txt").write_text(SMALL.replace("0.5", "0.3"))
    (tmp_path / "refs" / "deep.md").write_text(f"# One\n```\n{DEEP}```\n# Two\n```\n{DEEP.replace('8', '9')}```\n")
    (tmp_path / "refs" / "broken.txt").write_text("no network\n")
    (tmp_path / "refs" / "README.md").write_text(SMALL)
    return tmp_path


def test_a_folder_with_a_tie(folder: Path) -> None:
    done = run("match", "mine.txt", "refs", cwd=folder)
    assert done.returncode == 0
    head, _, rest = done.stdout.partition("\n\n")
    assert head == "a tie, equally near: refs/a.txt, refs/inner/b.txt"
    assert [line.split()[:2] for line in rest.splitlines()[1:5]] == [
        ["3.0", "refs/a.txt"],
        ["3.0", "refs/inner/b.txt"],
        ["80.0", "refs/deep.md#1"],
        ["80.0", "refs/deep.md#2"],
    ]
    assert "AD401 mine.txt:3|a.txt:3  p 0.5, not 0.2" in done.stdout
    assert done.stderr == "warning: refs/broken.txt is left out: no printed network in it\n"


def test_nothing_is_near(folder: Path) -> None:
    done = run("match", "mine.txt", "refs/deep.md", cwd=folder)
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "nothing is near; nearest of them: refs/deep.md#1"
    answer = json.loads(run("match", "mine.txt", "refs/deep.md", "--format", "json", cwd=folder).stdout)
    assert (answer["schema"], answer["nearest"]) == ("archdiff/match/2", [])
    assert [row["near"] for row in answer["matches"]] == [False, False]


def test_itself_is_no_reference(folder: Path) -> None:
    done = run("match", "refs/a.txt", "refs", cwd=folder)
    assert done.stdout.splitlines()[0] == "nearest: refs/inner/b.txt"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["none.txt"], "none.txt: no such file"),
        (["mine.txt", "none"], "none: no such folder"),
        (["mine.txt", "refs/broken.txt"], "refs/broken.txt: no reference in it"),
        (["refs/deep.md", "refs"], "refs/deep.md: holds 2 networks; say which"),
    ],
)
def test_no_answer(folder: Path, arguments: list[str], told: str) -> None:
    done = run("match", *arguments, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
