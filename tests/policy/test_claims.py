"""What papers claim against their networks: what holds, what is a finding, what is explained, whom others follow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archdiff import api, commands, parse
from archdiff.model.effects import Effect
from archdiff.model.errors import ReadError
from archdiff.model.outcome import NetworkInfo, Outcome
from archdiff.parse import toml
from archdiff.policy import claims, config, printed_values
from archdiff.policy.claims import AboutPaper, Claim
from known import known

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "reference_specs"
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


def claim(of: str, layer: str, printed: str, **more: Any) -> Claim:
    return Claim("x", of, layer, known(printed_values.read(printed)), "Table 1", **more)


def about(claimed: list[Claim], reference: NetworkInfo, candidate: NetworkInfo | None = None) -> AboutPaper:
    """Of a reference alone, or beside a candidate whose layers have the same names."""
    paths = [layer.path for layer in reference.layers]
    pairs = tuple((path, path) for path in paths) if candidate else ()
    return claims.about_paper(claimed, Outcome(candidate or reference, reference, pairs), candidate is not None)


# How Can We Be So Dense?

DENSE = "how_so_dense/"


@pytest.mark.parametrize("name", [name for name in parse.shipped() if name.startswith(DENSE)])
def test_exactly_one_network_disagrees_with_its_paper(name: str) -> None:
    (network,) = commands.show(commands.Request(f"ref:{name}"))
    said = about(list(claims.read(toml.read(parse.spec_beside(f"ref:{name}")))), network)
    assert said.findings == ()
    told = [(known(each.finding.reference).line, each.finding.message, each.reason) for each in said.explained]
    message = "Table 3 of the paper prints 64 for L2 F, its own network has 30"
    explained = [(19, message, "the published settings have 30")]
    assert told == (explained if name.endswith("sp3") else [])


def test_the_recipe_is_printed_and_every_shape_follows_from_the_text() -> None:
    names = [name for name in parse.shipped() if name.startswith(DENSE)]
    assert len(names) == 12
    for name in names:
        (network,) = commands.show(commands.Request(f"ref:{name}"))
        assert network.recipe, name
        assert all(layer.output_shape for layer in network.layers), name


# Every paper, as reference_specs/README.md says

NEEDED = {"title", "source", "url"}
TOLD = {"data", "input_shape", "inputs", "training", "claims"}  # where the paper says it


@pytest.mark.parametrize("name", parse.shipped())
def test_a_spec_says_where_it_is_from(name: str) -> None:
    spec = parse.spec_beside(f"ref:{name}")
    document = toml.read(spec)
    assert NEEDED <= set(document.values) <= NEEDED | TOLD
    assert all(isinstance(document.values[key], str) and document.values[key] for key in NEEDED)
    claims.read(document)
    (network,) = commands.show(commands.Request(f"ref:{name}"))
    assert network.complete
    assert (network.input_shape_from in ("reference", "traced")) == ("input_shape" in document.values)


def test_the_readme_of_a_paper_lists_its_networks() -> None:
    papers = {name: name.partition("/") for name in parse.shipped()}
    readmes = {paper: (SPECS / paper / "README.md").read_text() for paper, _, _ in papers.values()}
    assert [
        name
        for name, (paper, _, network) in papers.items()
        if f"| `ref:{paper}/` |" not in readmes[paper] or f"\n| `{network}` |" not in readmes[paper]
    ] == []


def test_the_configuration_of_this_repository_checks_them_all() -> None:
    pairs = config.read(str(ROOT / "archdiff.toml"), True).pairs
    assert sorted(pair.reference for pair in pairs) == [f"ref:{name}" for name in parse.shipped()]
    assert {(pair.candidate, pair.claims, pair.ignores) for pair in pairs} == {("", "fail", ())}


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
    assert bool(about([claim(of, layer, printed)], network).findings) is not meets


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
    (finding,) = about([claim(of, layer, printed)], network).findings
    assert finding.message == message
    assert (finding.rule, finding.effect, finding.candidate) == ("AD001", Effect.UNKNOWN, None)


SAID = '[[claims]]\nwhere = "T"\nsaid = [\n  {}\n]\n'


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('{ says = "F", of = "filtres", value = "3" }', "c.toml:4:17: nothing is called 'filtres'"),
        ('{ says = "F", of = "filters", value = 3 }', "c.toml:4:33: value is not a text in quotes"),
        (
            '{ says = "F", of = "filters", value = "about 3" }',
            "c.toml:4:33: 'about 3' is no value as a paper prints it",
        ),
        ('{ says = "F", of = "filters" }', "c.toml:4: a claim without value"),
        ('{ says = "F", of = "filters", value = "3", rounded = "up" }', "c.toml:4:46: rounded is not 'up'"),
        ('{ says = "F", of = "eps", value = "3", convention = "decay" }', "c.toml:4:42: eps has one convention alone"),
        ('{ says = "F", of = "dropout", value = "0", convention = "TF" }', "c.toml:4:46: convention is not 'TF'"),
        ('{ says = "F", off = "filters", value = "3" }', "c.toml:4:17: unknown key 'off'"),
        ('"F"', "c.toml:4: a claim is a table"),
    ],
)
def test_a_claim_that_makes_no_sense(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, error: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.toml").write_text(SAID.replace("{}", text, 1))
    with pytest.raises(ReadError) as raised:
        claims.read(toml.read("c.toml"))
    assert str(raised.value).partition("\n")[0] == error


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        ("", "Table 2"),
        ("page = 7\n", "Table 2 (page 7)"),
        ('revision = "v1"\n', "Table 2 (v1)"),
        ('revision = "v1"\npage = 7\n', "Table 2 (v1, page 7)"),
    ],
)
def test_where_it_stands(tmp_path: Path, keys: str, where: str) -> None:
    text = SAID.replace("{}", '{ says = "F", of = "filters", value = "3" }', 1)
    (tmp_path / "c.toml").write_text(text.replace('"T"\n', f'"Table 2"\n{keys}'))
    assert claims.read(toml.read(str(tmp_path / "c.toml")))[0].where == where


# Conventions, digits that are cut off


@pytest.mark.parametrize(
    ("made", "message"),
    [
        pytest.param(claim("dropout", "linear 1", "0.75", convention="keep probability"), None, id="kept"),
        pytest.param(
            claim("dropout", "linear 1", "0.25", convention="keep probability"),
            "Table 1 of the paper prints 0.25 for x, its own network has 0.75 (1 - 0.25)",
            id="dropped, not kept",
        ),
        pytest.param(claim("active outputs", "conv 1", "8.6 %", rounded="down"), None, id="cut off"),
        pytest.param(
            claim("active outputs", "conv 1", "8.6 %"),
            "Table 1 of the paper prints 8.6 % for x, its own network has 8.681 % (300 of 3456)",
            id="cut off, and not said",
        ),
    ],
)
def test_conventions(network: NetworkInfo, made: Claim, message: str | None) -> None:
    assert [finding.message for finding in about([made], network).findings] == ([message] if message else [])


def test_what_may_be_cut_off(network: NetworkInfo) -> None:
    (finding,) = about([claim("active outputs", "conv 1", "8.6 %")], network).findings
    assert finding.hint == "about the paper, not about the network; truncated, not rounded?"


# What is known to disagree, and whom a candidate follows

WHY = "the code has 6"


def printing(filters: int) -> NetworkInfo:
    text = f"Sequential(\n  (0): Conv2d(1, {filters}, kernel_size=(5, 5), stride=(1, 1))\n)"
    (printed,) = parse.parse(text, "net.txt")
    return api.compare_networks(printed, printed, (1, 28, 28)).reference


def test_what_is_explained_does_not_fail(network: NetworkInfo) -> None:
    said = about([claim("filters", "0", "7", because=WHY)], network)
    assert (said.findings, said.notes) == ((), ())
    ((finding, by, reason),) = said.explained
    message = "Table 1 of the paper prints 7 for x, its own network has 6"
    assert (finding.message, by, reason) == (message, "spec", WHY)


def test_an_explanation_of_what_agrees_is_a_finding(network: NetworkInfo) -> None:
    (finding,) = about([claim("filters", "0", "6", because=WHY)], network).findings
    assert finding.hint == "about the paper, not about the network; it agrees: take `because` out of the claim"


@pytest.mark.parametrize(
    ("of", "layer"), [("multiply-adds", ""), ("depth", ""), ("eps", "0"), ("filters", "nothing"), ("heads", "")]
)
def test_what_cannot_be_evaluated_is_never_explained(of: str, layer: str) -> None:
    text = "Net(\n  (0): Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1))\n  (1): Somebody()\n)"
    (printed,) = parse.parse(text, "net.txt")
    network = api.compare_networks(printed, printed, None).reference
    for because in ("", WHY):
        said = about([claim(of, layer, "7", because=because)], network)
        assert ([finding.effect for finding in said.findings], said.explained) == ([Effect.UNKNOWN], ())


@pytest.mark.parametrize(
    ("filters", "note", "hint"),
    [
        (6, "its network in 1", ""),
        (
            7,
            "the paper in 1",
            f"about the paper, not about the network; {WHY}; the candidate has what the paper prints",
        ),
        (8, "neither (1 other)", ""),
    ],
)
def test_whom_a_candidate_follows(filters: int, note: str, hint: str) -> None:
    said = about([claim("filters", "0", "7", because=WHY)], printing(6), printing(filters))
    told = f"about the paper: Table 1 and its network differ in 1 value, the candidate follows {note}"
    assert said.notes == (told,)
    assert [finding.hint for finding in said.findings] == ([hint] if hint else [])
    assert len(said.explained) == (not hint)


def test_a_candidate_of_other_names_is_asked_where_it_is_paired(network: NetworkInfo) -> None:
    said = about([claim("filters", "0", "7", because=WHY)], printing(6), network)
    unpaired = claims.about_paper([claim("filters", "0", "7", because=WHY)], Outcome(network, printing(6), ()))
    assert said.notes[0].endswith("the candidate follows its network in 1")
    assert unpaired.notes[0].endswith("the candidate follows neither (1 unknown)")
