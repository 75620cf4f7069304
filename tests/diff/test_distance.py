"""Which reference is nearest: the note's four networks, ties, and what is near to nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archdiff import api, parse
from archdiff.diff import distance as match
from archdiff.model.ranking import Ranking
from cli.command import NOTE, run

#: each is compared with each: of those with traces two
SHIPPED = [
    *(name for name in parse.shipped() if name.startswith("how_so_dense/")),
    *("resnet/resnet18", "unet/unet"),
]


def ranked(candidate: str, *references: str) -> Ranking:
    references = references or tuple(f"ref:{name}" for name in SHIPPED)
    matches = [match.match(each, api.compare(candidate, each)) for each in references]
    return Ranking(tuple(sorted(matches, key=match.order)))


@pytest.mark.parametrize(
    ("selector", "nearest", "distance"),
    [
        ("Original Sparse", "gsc_sparse_cnn2", 0),
        ("SuperSparse", "gsc_super_sparse_cnn2", 0),
        ("Lucas", "gsc_super_sparse_cnn2", 13.5),
        ("Mine", "gsc_sparse_cnn2", 24.5),
    ],
)
def test_the_networks_of_the_note(selector: str, nearest: str, distance: float) -> None:
    (best,) = ranked(f"{NOTE}#{selector}").nearest
    assert (best.address, best.distance) == (f"ref:how_so_dense/{nearest}", distance)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_network_is_nearest_to_itself(name: str) -> None:
    assert [best.address for best in ranked(f"ref:{name}").nearest] == [f"ref:{name}"]


def with_other_numbers(text: str) -> str:
    """The sparse network of the paper with other numbers of winners and another share of weights."""
    for old, new in (("0.0956632653061", "0.08"), ("0.125", "0.11"), ("percent_on=0.1,", "percent_on=0.09,")):
        text = text.replace(old, new)
    return text.replace("weight_sparsity=0.4", "weight_sparsity=0.3")


def test_a_changed_number_weighs_less_than_a_layer_of_another_kind(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "reference_specs" / "how_so_dense" / "gsc_sparse_cnn2.txt"
    (tmp_path / "mine.txt").write_text(with_other_numbers(shipped.read_text()))
    sparse, dense = "ref:how_so_dense/gsc_sparse_cnn2", "ref:how_so_dense/gsc_dense_cnn2"
    found = ranked(str(tmp_path / "mine.txt"), sparse, dense)
    assert [(match.address, match.distance) for match in found.matches] == [(sparse, 16), (dense, 31)]


ONE = "Sequential(\n  (0): Linear(in_features=4, out_features=8, bias=True)\n  (1): {}\n)\n"


@pytest.mark.parametrize(
    ("candidate", "reference", "distance"),
    [
        ("Dropout(p=0.5)", "Dropout(p=0.2)", 1.5),
        ("Dropout(p=0.5)", "ReLU()", 8),
        ("ELU(alpha=1.0)", "ELU(alpha=0.5)", 4),
        ("ELU(alpha=1.0)", "SELU()", 8),
        ("Linear(in_features=8, out_features=8, bias=True)", "Linear(in_features=8, out_features=9, bias=True)", 4),
        # two settings of one layer: 4 + 4, but no more than 7
        ("Linear(in_features=8, out_features=8, bias=True)", "Linear(in_features=8, out_features=9, bias=False)", 7),
        ("Linear(in_features=8, out_features=8, bias=True)", "ReLU()", 8),
    ],
)
def test_what_one_layer_weighs(tmp_path: Path, candidate: str, reference: str, distance: float) -> None:
    for name, layer in (("mine.txt", candidate), ("theirs.txt", reference)):
        (tmp_path / name).write_text(ONE.format(layer))
    (found,) = ranked(str(tmp_path / "mine.txt"), str(tmp_path / "theirs.txt")).matches
    assert found.distance == distance


DECLARED = "Net(\n  (emb): Embedding(100, 8)\n  (fc): Linear(8, 10)\n  (drop): Dropout(p=0.5)\n)\n"
#: one difference of each effect, the weakest first, and what it weighs
EFFECTS = [
    ("identical", DECLARED, 0),
    ("cosmetic", DECLARED.replace("(fc)", "(head)"), 0),
    ("equivalent", DECLARED.replace("  (fc)", "  (none): ZeroPad2d(0)\n  (fc)"), 0),
    ("init", "Net(\n  (fc): Linear(8, 10)\n  (emb): Embedding(100, 8)\n  (drop): Dropout(p=0.5)\n)\n", 1),
    ("training", DECLARED.replace("0.5", "0.2"), 1.5),
    ("function", DECLARED.replace("(8, 10)", "(8, 12)"), 4),
]


@pytest.mark.parametrize(("verdict", "reference", "distance"), EFFECTS, ids=[case[0] for case in EFFECTS])
def test_the_graver_a_difference_the_farther(tmp_path: Path, verdict: str, reference: str, distance: float) -> None:
    (tmp_path / "mine.txt").write_text(DECLARED)
    (tmp_path / "theirs.txt").write_text(reference)
    (found,) = ranked(str(tmp_path / "mine.txt"), str(tmp_path / "theirs.txt")).matches
    assert (found.verdicts[-1], found.distance) == (verdict, distance)


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
        ["1.5", "refs/a.txt"],
        ["1.5", "refs/inner/b.txt"],
        ["71.0", "refs/deep.md#1"],
        ["71.0", "refs/deep.md#2"],
    ]
    assert "\n  1  p 0.5, not 0.2  " in done.stdout
    assert done.stderr == "warning: refs/broken.txt is left out: no printed network in it\n"


def test_nothing_is_near(folder: Path) -> None:
    done = run("match", "mine.txt", "refs/deep.md", cwd=folder)
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "nothing is near; nearest of them: refs/deep.md#1"
    answer = json.loads(run("match", "mine.txt", "refs/deep.md", "--format", "json", cwd=folder).stdout)
    assert (answer["schema"], answer["nearest"]) == ("archdiff/match/3", [])
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
