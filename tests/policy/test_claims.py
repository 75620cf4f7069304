"""Printed claims against printed networks: of the twelve of How Can We Be So Dense?, exactly three disagree."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdiff import api, commands, parse
from archdiff.model.effects import Effect
from archdiff.model.errors import ReadError
from archdiff.model.finding import Finding
from archdiff.model.outcome import NetworkInfo
from archdiff.parse import toml
from archdiff.policy import claims
from archdiff.policy.claims import Claim
from known import known

ROOT = Path(__file__).parents[2]
TEXT = """\
SGD (
Parameter Group 0
    lr: 0.05
    momentum: 0.9
)
Sequential(
  (0): Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1))
  (1): KWinners2d(n=3456, percent_on=0.0868055555556, boost_strength=1.5, boost_strength_factor=0.9, \
k_inference_factor=1.5, duty_cycle_period=1000)
  (2): Flatten()
  (3): SparseWeights(
    weight_sparsity=0.3
    (module): Linear(in_features=3456, out_features=40, bias=True)
  )
  (4): Dropout(p=0.25)
  (5): ReLU()
  (6): Linear(in_features=40, out_features=10, bias=True)
)
"""


@pytest.fixture(scope="module")
def network() -> NetworkInfo:
    (printed,) = parse.parse(TEXT, "net.txt")
    return api.compare_networks(printed, printed, (1, 28, 28)).reference


def found(name: str) -> list[Finding]:
    address = f"ref:how_so_dense/{name}"
    (network,) = commands.show(commands.Request(address))
    return list(claims.findings(claims.read(toml.read(parse.spec_beside(address))), network))


# How Can We Be So Dense?

DENSE = "how_so_dense/"
DISAGREE = {
    "mnist_dense_cnn2_sp3": (19, "Table 3 of the paper prints 64 for L2 F, its own network has 30"),
    "gsc_sparse_cnn2": (
        19,
        "Table 3 of the paper prints 9.5 % for L1 Sparsity, its own network has 9.566 % (1200 of 12544)",
    ),
    "gsc_super_sparse_cnn2": (
        19,
        "Table 3 of the paper prints 9.5 % for L1 Sparsity, its own network has 9.566 % (1200 of 12544)",
    ),
}


@pytest.mark.parametrize("name", [name.removeprefix(DENSE) for name in parse.shipped() if name.startswith(DENSE)])
def test_exactly_three_networks_disagree_with_their_paper(name: str) -> None:
    told = [(known(finding.reference).line, finding.message) for finding in found(name)]
    assert told == ([DISAGREE[name]] if name in DISAGREE else [])


def test_the_recipe_is_printed_and_every_shape_follows_from_the_text() -> None:
    names = [name for name in parse.shipped() if name.startswith(DENSE)]
    assert len(names) == 12
    for name in names:
        (network,) = commands.show(commands.Request(f"ref:{name}"))
        assert network.recipe, name
        assert all(layer.output_shape for layer in network.layers), name


def test_it_is_told_as_a_finding_about_the_paper() -> None:
    (finding,) = found("gsc_sparse_cnn2")
    assert (finding.rule, finding.effect, finding.candidate) == ("AD001", Effect.UNKNOWN, None)
    assert finding.hint == "about the paper, not about the network; truncated, not rounded?"


# Every paper, as reference_specs/README.md says

NEEDED = {"title", "source", "url"}
TOLD = {"data", "input_shape", "training", "claims"}  # where the paper says it


@pytest.mark.parametrize("name", parse.shipped())
def test_a_spec_says_where_it_is_from(name: str) -> None:
    spec = parse.spec_beside(f"ref:{name}")
    document = toml.read(spec)
    assert NEEDED <= set(document.values) <= NEEDED | TOLD
    assert all(isinstance(document.values[key], str) and document.values[key] for key in NEEDED)
    claims.read(document)
    (network,) = commands.show(commands.Request(f"ref:{name}"))
    assert network.complete
    assert (network.input_shape_from == "reference") == ("input_shape" in document.values)


def test_the_readme_lists_every_network() -> None:
    readme = (ROOT / "reference_specs" / "README.md").read_text()
    papers = {name: name.partition("/") for name in parse.shipped()}
    assert [
        name
        for name, (paper, _, network) in papers.items()
        if f"| `ref:{paper}/` |" not in readme or f"\n| `{network}` |" not in readme
    ] == []


def test_the_configuration_of_this_repository_checks_them_all() -> None:
    pairs = toml.read(str(ROOT / "archdiff.toml")).values["pairs"]
    assert sorted(pair["reference"] for pair in pairs) == [f"ref:{name}" for name in parse.shipped()]


def test_the_candidate_that_follows_the_table_is_told(network: NetworkInfo) -> None:
    claim = Claim("L1 F", "filters", "conv 1", "6", "Table 3")
    (reference,) = commands.show(commands.Request("ref:how_so_dense/gsc_sparse_cnn2"))
    (finding,) = claims.findings([claim], reference, network)
    assert finding.hint == "about the paper, not about the network; the candidate has what the paper prints"


# One claim at a time


@pytest.mark.parametrize(
    ("of", "layer", "printed", "meets"),
    [
        ("filters", "conv 1", "6", True),
        ("filters", "conv 1", "7", False),
        ("filters", "0", "6", True),
        ("filters", "conv 2", "6", False),
        ("filters", "linear 1", "6", False),
        ("units", "linear 1", "40", True),
        ("units", "linear 2", "10", True),
        ("winners", "conv 1", "300", True),
        ("winners", "linear 1", "0", True),
        ("active outputs", "conv 1", "8.7 %", True),
        ("active outputs", "conv 1", "8.68 %", True),
        ("active outputs", "conv 1", "8.680 %", False),  # 8.6806
        ("active outputs", "conv 1", "8.681%", True),
        ("active outputs", "conv 1", "8.6 %", False),
        ("active outputs", "conv 1", "9 %", True),
        ("active outputs", "conv 1", "0.087", True),
        ("active outputs", "linear 1", "100.0 %", True),
        ("non-zero weights", "linear 1", "30 %", True),
        ("non-zero weights", "linear 1", "30.0 %", True),
        ("non-zero weights", "conv 1", "100 %", True),
        ("non-zero weights", "linear 1", "70 %", False),
        ("parameters", "", "138,846", True),
        ("parameters", "", "139 k", True),
        ("parameters", "", "0.14M", True),
        ("parameters", "", "0.13M", False),
        ("parameters", "conv 1", "156", True),
        ("non-zero parameters", "linear 1", "41,520", True),
        ("dropout", "", "0.25", True),
        ("dropout", "linear 1", "25 %", True),
        ("dropout", "conv 1", "0", True),
        ("optimizer lr", "", "0.05", True),
        ("optimizer lr", "", "5e-2", True),
        ("optimizer lr", "", "0.1", False),  # rounds to it: a learning rate is printed whole
        ("optimizer momentum", "", "0.9", True),
        ("optimizer weight_decay", "", "0", False),
        ("scheduler gamma", "", "0.9", False),
    ],
)
def test_claim(network: NetworkInfo, of: str, layer: str, printed: str, meets: bool) -> None:
    findings = list(claims.findings([Claim("x", of, layer, printed, "Table 1")], network))
    assert bool(findings) is not meets


@pytest.mark.parametrize(
    ("of", "layer", "printed", "message"),
    [
        ("filters", "conv 2", "6", "Table 1 of the paper prints 6 for x, its own network has no conv 2"),
        ("scheduler gamma", "", "0.9",
         "Table 1 of the paper prints 0.9 for x, the print of its network does not show it"),
        ("parameters", "", "1.5 M", "Table 1 of the paper prints 1.5 M for x, its own network has 0.139 M"),
        ("active outputs", "linear 1", "5 %",
         "Table 1 of the paper prints 5 % for x, its own network has 100 % (no k-winners)"),
    ],
)  # fmt: skip
def test_what_is_told(network: NetworkInfo, of: str, layer: str, printed: str, message: str) -> None:
    (finding,) = claims.findings([Claim("x", of, layer, printed, "Table 1")], network)
    assert finding.message == message


SAID = '[[claims]]\nwhere = "T"\nsaid = [\n  {}\n]\n'


@pytest.mark.parametrize(
    ("claim", "error"),
    [
        ('{ says = "F", of = "filtres", value = "3" }', "c.toml:4:17: nothing is called 'filtres'"),
        ('{ says = "F", of = "filters", value = 3 }', "c.toml:4:33: value is not a text in quotes"),
        ('{ says = "F", of = "filters", value = "many" }', "c.toml:4:33: 'many' is not a number as a paper prints it"),
        ('{ says = "F", of = "filters" }', "c.toml:4: a claim without value"),
        ('{ says = "F", off = "filters", value = "3" }', "c.toml:4:17: unknown key 'off'"),
        ('"F"', "c.toml:4: a claim is a table"),
    ],
)
def test_a_claim_that_makes_no_sense(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, claim: str, error: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.toml").write_text(SAID.replace("{}", claim, 1))
    with pytest.raises(ReadError) as raised:
        claims.read(toml.read("c.toml"))
    assert str(raised.value).partition("\n")[0] == error


def test_table_and_page(tmp_path: Path) -> None:
    claim = '{ says = "F", of = "filters", value = "3" }'
    (tmp_path / "c.toml").write_text(SAID.replace("{}", claim, 1).replace('"T"\n', '"Table 2"\npage = 7\n'))
    assert claims.read(toml.read(str(tmp_path / "c.toml")))[0].where == "Table 2 (page 7)"
