# ruff: noqa: E501  (tables: a case a line)
"""What follows from settings, where these are missing, are of another type or are no number: unknown, and no failure."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from archdiff import api, parse
from archdiff.model.errors import ArchdiffError
from archdiff.model.facts import INPUT_SHAPE, Fact, Provenance
from archdiff.model.network import UNKNOWN
from archdiff.report import View, find
from archdiff.semantics import kinds
from archdiff.semantics.kinds import REQUIRED, Field, Kind

STRANGE = (
    *("", "None", "inf", "-inf", "nan", "1e400", "-0.0", "-1", "0", "1.5", "True", "'x'", "'9'", "()", "(None,)"),
    *("(inf,)", "(1, 2, 3, 4, 5, 6, 7)", "((1, 2), 3)", "[1, (2,)]", "9" * 25, "9" * 40, "1e-320"),
)
BESIDE = (
    *("Linear(in_features=4, out_features=4, bias=True)", "Conv2d(4, 4, kernel_size=(3, 3), stride=(1, 1))", "ReLU()"),
    *("BatchNorm2d(4)", "MaxPool2d(kernel_size=2)", "Flatten()", "KWinners(n=100, percent_on=0.1)", "LayerNorm((4,))"),
)
TRIED = 2  # of each kind


def net(*layers: str) -> str:
    return "Net(\n" + "".join(f"  ({number}): {layer}\n" for number, layer in enumerate(layers)) + ")\n"


def sparse(layer: str, sparsity: str = "0.6") -> str:
    return f"Net(\n  (0): SparseWeights(\n    sparsity={sparsity}\n    (module): {layer}\n  )\n)\n"


def whole(field: Field) -> str:
    """A value that the field may have."""
    if field.aspect in ("width", "input"):
        return "4"
    if field.default is UNKNOWN or callable(field.default) or field.default is REQUIRED:
        return (
            f"({', '.join(['3'] * field.spread)})"
            if field.spread
            else {"p": "0.5", "eps": "1e-05"}.get(field.name, "2")
        )
    return repr(field.default)


def written(class_name: str, settings: dict[str, str]) -> str:
    return f"{class_name}({', '.join(f'{name}={value}' for name, value in settings.items())})"


def damaged(random: Random, settings: dict[str, str]) -> dict[str, str]:
    """Some of the settings gone, some with another value."""
    result = dict(settings)
    for name in settings:
        match random.randrange(4):
            case 0:
                del result[name]
            case 1:
                result[name] = random.choice(STRANGE)
    return result


def pairs(kind: Kind) -> Iterator[tuple[str, str]]:
    random = Random(kind.name)
    class_name = next(iter(kind.classes)).replace("*", "Some")
    settings = {field.name: whole(field) for field in kind.fields}
    full = written(class_name, settings)
    for _ in range(TRIED):
        first, second = (written(class_name, damaged(random, settings)) for _ in range(2))
        before, behind = random.sample(BESIDE, 2)
        yield from (
            (net(before, first, behind), net(before, full, behind)),
            (net(first), net(second)),
            (net(before, first), net(first, before)),
            (first + "\n", second + "\n"),
        )
        if kind.weight_rows:
            yield sparse(first), net(full)
            yield sparse(full, random.choice(STRANGE)), net(first)


@pytest.mark.parametrize("kind", kinds.by_name().values(), ids=kinds.by_name())
def test_whatever_is_missing_or_strange(kind: Kind) -> None:
    shape = Random(kind.name).choice([None, (4,), (4, 8, 8)])
    for ours, theirs in pairs(kind):
        outcomes = []
        for texts in ((ours, theirs), (theirs, ours)):
            (a,), (b,) = map(parse.parse, texts)
            try:
                outcomes.append(api.compare_networks(a, b, shape))
            except ArchdiffError as error:  # a size below zero, or a given shape that does not run through
                if not (error.line and error.way_out):
                    raise
                continue
            for name in ("terminal", "json"):
                assert find(name).compare(outcomes[-1], View())
        assert len({outcome.verdict for outcome in outcomes}) <= 1, (ours, theirs)


FOLLOWS = [  # id, ours, theirs, verdict, the message of one finding
    (
        "density, in_features not printed",
        net("Linear(out_features=4, bias=True)"),
        sparse("Linear(in_features=10, out_features=4, bias=True)"),
        "function",
        "weights dense, not 40 % non-zero (4 of 10 a unit)",
    ),
    (
        "density, nothing printed",
        net("Linear()"),
        sparse("Linear(in_features=10, out_features=4, bias=True)"),
        "function",
        "weights dense, not 40 % non-zero (4 of 10 a unit)",
    ),
    ("infinite probability", net("Dropout(p=-inf)"), net("Dropout(p=0.0)"), "training", "p -inf, not 0.0"),
    (
        "infinite share of weights",
        sparse("Linear(in_features=10, out_features=4, bias=True)", "-inf"),
        sparse("Linear(in_features=10, out_features=4, bias=True)"),
        "unknown",
        "the candidate does not print how many weights are zero; on the other side they are 40 % non-zero (4 of 10 a unit)",
    ),
    (
        "two classes alone",
        "Net()\n",
        "Other(\n  (z): Net(\n    (q): Conv2d(3, 4, kernel_size=(1, 1))\n  )\n)\n",
        "unknown",
        "the candidate prints Net() without the layers in it",
    ),
]


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict", "told"), [row[1:] for row in FOLLOWS], ids=[r[0] for r in FOLLOWS]
)
def test_what_follows(ours: str, theirs: str, verdict: str, told: str) -> None:
    (a,), (b,) = map(parse.parse, (ours, theirs))
    outcome, mirrored = api.compare_networks(a, b), api.compare_networks(b, a)
    assert told in [finding.message for finding in outcome.findings]
    assert outcome.verdict == mirrored.verdict == verdict
    assert outcome.counts == mirrored.counts


def test_a_network_of_one_layer_is_called_by_its_class() -> None:
    (a,), (b,) = map(
        parse.parse, ("Linear(in_features=2, out_features=3, bias=True)\n", net("Conv2d(1, 2, 3)", "Tanh()"))
    )
    with pytest.raises(ArchdiffError, match="Linear takes in_features 2, but the input is 28"):
        api.compare_networks(a, a, (1, 28, 28))
    shape = Fact(INPUT_SHAPE, (1, 28, 28), Provenance.REFERENCE)
    outcome = api.compare_networks(a, b._replace(facts=(shape,)))
    assert "Linear takes in_features 2" in " ".join(finding.message for finding in outcome.findings)


def test_a_class_beside_a_table_of_nothing() -> None:
    """A side by side of no rows."""
    text = "GraphModule(\n  (conv1): Module()\n  (guards): Guards()\n)\n"
    (a,), (b,) = map(parse.parse, (text.replace("  (conv1): Module()\n", ""), text))
    for name in ("terminal", "markdown"):
        assert find(name).compare(api.compare_networks(a, b), View(all=True))
