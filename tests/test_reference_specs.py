"""The reference specs: each text is what its code makes, each table what archdiff says, departures are named first."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
import torch

from archdiff import api, parse
from archdiff.model.outcome import NetworkInfo
from archdiff.parse import toml
from archdiff.policy import claims
from reference_specs import write

ROOT = Path(__file__).parents[1]
SPECS = ROOT / "reference_specs"


MADE = [
    (paper, name)
    for paper in write.papers()
    if (SPECS / paper / "networks.py").exists()
    for name in write.code(paper, "networks").NETWORKS
]
DEPARTURES = [
    pytest.param(paper, each, id=f"{paper}: {each['name']}") for paper in write.papers() for each in write.listed(paper)
]


#: counted by others: torch's own counter of floating point operations, halved, on the public implementation
MEASURED = {
    "resnet/resnet18": (11_689_512, "1.814 G"),
    "resnet/resnet34": (21_797_672, "3.664 G"),
    "resnet/resnet50": (25_557_032, "3.858 G"),
    "resnet/resnet50_v1_5": (25_557_032, "4.089 G"),
    "resnet/resnet101": (44_549_160, "7.570 G"),
    "resnet/resnet152": (60_192_808, "11.282 G"),
    "googlenet/googlenet": (6_998_552, "1.583 G"),
    "inception_v3/inception_v3": (23_834_568, "5.713 G"),
    "mobilenet_v2/mobilenet_v2": (3_504_872, "300.8 M"),
    "mobilenet_v3/large": (5_483_032, "216.6 M"),
    "mobilenet_v3/small": (2_542_856, "56.5 M"),
    "efficientnet/b0": (5_288_548, "385.8 M"),
    "wide_resnet/28_10": (36_479_194, "5.243 G"),
    "wide_resnet/50_2": (68_883_240, "11.398 G"),
    "unet/unet": (31_030_658, "150.428 G"),
    "transformer/base": (63_045_632, "1.012 G"),
    "vit/b_16": (86_567_656, "17.564 G"),
}


# The texts and their code


@pytest.mark.parametrize(("paper", "name"), MADE)
def test_a_text_is_what_its_code_makes(paper: str, name: str) -> None:
    """Its print to the letter, where torch prints as it did then; what is traced by what it says, whatever calls it."""
    model = write.code(paper, "networks").NETWORKS[name]()
    text = (SPECS / paper / f"{name}.txt").read_text()
    recipe = write.code(paper, "networks").RECIPE
    is_its_version = f"torch {torch.__version__.partition('+')[0]}" in text
    if is_its_version:
        assert text.startswith(f"{recipe}\n{model}\n" if recipe else f"{model}\n")
    spec = toml.read(str(SPECS / paper / f"{name}.toml")).values
    shape = tuple(spec["input_shape"]) if "input_shape" in spec else None
    outcome = api.compare(model, f"ref:{paper}/{name}", input_shape=shape, inputs=spec.get("inputs", ""))
    assert outcome.verdict == "identical" if is_its_version else outcome.verdict in ("identical", "cosmetic")
    assert outcome.traced
    live, read = outcome.candidate, outcome.reference
    assert (live.macs, live.parameters, live.skips) == (read.macs, read.parameters, read.skips)
    assert [layer.output_shape for layer in live.layers] == [layer.output_shape for layer in read.layers]
    assert live.facts == read.facts
    assert live.parameters == sum(parameter.numel() for parameter in model.parameters())
    readme = (SPECS / paper / "README.md").read_text()
    assert write.network_row(paper, name, read) in readme, f"python reference_specs/write.py --readme {paper}"
    assert (read.parameters, write.of_operations(read.macs)) == MEASURED.get(f"{paper}/{name}", (read.parameters, ANY))
    _claims_are_about_what_is_there(f"{paper}/{name}", read)


def _claims_are_about_what_is_there(name: str, network: NetworkInfo) -> None:
    """Each path of a claim is one of its print, so that none is skipped."""
    paths = "\n".join(layer.path for layer in network.layers)
    for claim in claims.read(toml.read(parse.spec_beside(f"ref:{name}"))):
        if claim.layer and not re.fullmatch(r"\w+ \d+", claim.layer):
            assert re.search(rf"^{re.escape(claim.layer)}(\.|$)", paths, re.MULTILINE), claim


# The tables


def test_the_table_of_a_paper_without_code() -> None:
    rows = "\n".join(write.networks_table("how_so_dense"))
    assert f"<!-- table: networks -->\n\n{rows}\n" in (SPECS / "how_so_dense" / "README.md").read_text()


def test_a_table_is_replaced_and_nothing_else() -> None:
    text = "# A\n\n<!-- table: networks -->\n\n| old |\n|---|\n\nbehind\n"
    made = write.with_tables(text, "how_so_dense")
    assert "| old |" not in made
    assert made.startswith("# A\n\n<!-- table: networks -->\n\n| `ref:how_so_dense/` |")
    assert made.endswith("|\n\nbehind\n")
    assert write.with_tables(made, "how_so_dense") == made


def test_the_documentation_names_every_paper() -> None:
    page = (ROOT / "docs" / "which-paper.md").read_text()
    assert [paper for paper in write.papers() if f"../reference_specs/{paper}/README.md" not in page] == []


def test_every_paper_says_how_it_is_implemented_or_why_not() -> None:
    """At least two public implementations that depart from it, where its code is known."""
    few = [paper for paper in dict(MADE) if len(write.listed(paper)) < 2]
    assert few == []


# What public implementations do otherwise


@pytest.mark.parametrize(("paper", "implementation"), DEPARTURES)
def test_the_departure_is_named_first(paper: str, implementation: dict[str, Any]) -> None:
    outcome = write.departure(paper, implementation)
    assert outcome.verdict == implementation["effect"]
    differences = [each.message for each in outcome.decisions if each.is_difference]
    assert "".join(differences[:1]).startswith(implementation["first"])
    readme = (SPECS / paper / "README.md").read_text()
    assert write.row_of(implementation, outcome) in readme, f"python reference_specs/write.py --readme {paper}"


@pytest.mark.parametrize("paper", write.papers())
def test_snapshots_are_those_that_are_listed(paper: str) -> None:
    there = {file.name for file in (write.SNAPSHOTS / paper).glob("*")}
    assert there == {write.snapshot_of(paper, each).name for each in write.listed(paper)}
