"""What one source held: networks, recipes, comments and facts, each with its place, and the spec beside it."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from archdiff.model.facts import INPUT_SHAPE, Comment, Fact, Provenance
from archdiff.parse import Document, read

TEXT = """\
# Mine

Net(
  (a): Linear(in_features=8, out_features=4, bias=True)  # archdiff: ignore[AD301] wide
)
SGD (
Parameter Group 0
    lr: 0.1
)

# Other

StepLR(step_size=1)
Net(
  (b): ReLU()
)
"""
SHAPE = Fact(INPUT_SHAPE, (8,), Provenance.REFERENCE)
WIDE = Comment(4, False, ("AD301",), "wide")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "note.md").write_text(TEXT)
    return tmp_path / "note.md"


def test_all_that_it_held(file: Path) -> None:
    document = read(str(file))
    assert document.source == str(file)
    assert [(each.label, each.first_line, each.last_line) for each in document.networks] == [
        ("Mine", 3, 5),
        ("Other", 14, 16),
    ]
    assert [(each.class_name, each.span[1:]) for each in document.recipes] == [
        ("SGD", (6, 1, 5)),
        ("StepLR", (13, 1, 19)),
    ]
    assert (document.comments, document.facts, document.spec) == ((WIDE,), (), None)
    assert [each.comments for each in document.networks] == [(WIDE,), (WIDE,)]


def test_a_spec_holds_for_all_its_networks(file: Path) -> None:
    file.with_suffix(".toml").write_text("input_shape = [8]\n")
    document = read(str(file))
    assert document.facts == (SHAPE,)
    assert [each.facts for each in document.networks] == [(SHAPE,), (SHAPE,)]
    assert document.spec
    assert (document.spec.source, document.spec.values) == (str(file.with_suffix(".toml")), {"input_shape": [8]})


def test_a_recipe_of_no_network_is_kept(tmp_path: Path) -> None:
    parts = TEXT.partition("\n# Other")
    text = f"{parts[0]}\n# Other\n\n```\nNet(\n  (b): ReLU()\n)\nStepLR(step_size=1)\n```\n"
    (tmp_path / "a.md").write_text(text)
    document = read(str(tmp_path / "a.md"))
    owned = [each.recipe.schedulers if each.recipe else () for each in document.networks]
    assert [each.class_name for each in document.recipes] == ["SGD", "StepLR"]
    assert [[each.class_name for each in schedulers] for schedulers in owned] == [[], ["StepLR"]]


def test_it_is_a_value(file: Path) -> None:
    document = read(str(file))
    assert isinstance(document, Document)
    assert read(str(file)) == document
    assert pickle.loads(pickle.dumps(document)) == document


NOTEBOOK = '{"cells": [{"cell_type": "raw", "source": "Net(\\n  (a): ReLU()\\n)"}], "nbformat": 4}'


@pytest.mark.parametrize("text", ["ReLU()", NOTEBOOK], ids=["layer", "notebook"])
def test_nothing_but_a_network(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    document = read(str(tmp_path / "a.txt"))
    assert len(document.networks) == 1
    assert document[2:] == ((), (), (), None)
