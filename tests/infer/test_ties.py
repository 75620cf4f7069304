"""Which weights may be one by a print, and which are by a live module."""

from __future__ import annotations

import pytest

from archdiff import infer, parse
from archdiff.infer import Sized
from archdiff.infer.cost import total
from archdiff.infer.ties import Tied, counted_again, tied
from archdiff.model.facts import SHARED, Fact, Provenance
from archdiff.semantics import rules
from infer.prints import linear, net, sequential, sized

TABLE = "Embedding(100, 8)"
HEAD = linear(8, 100)


def live(text: str, *names: tuple[str, ...]) -> Sized:
    """The network as if a live module had these names of one weight."""
    (network,) = parse.parse(text)
    (only,) = infer.infer([rules.normalize(network._replace(facts=(Fact(SHARED, names, Provenance.LIVE),)))])
    return only


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(net(wte=TABLE), None, id="a table alone"),
        pytest.param(net(fc=HEAD, fc2=HEAD), None, id="layers without a table"),
        pytest.param(net(wte=TABLE, head=linear(8, 101)), None, id="other numbers"),
        pytest.param(net(wte=TABLE, head=linear(100, 8)), None, id="the other way round"),
        pytest.param(net(a=TABLE, b=TABLE), None, id="two tables of which no name says that they are of tokens"),
        pytest.param(net(wpe=TABLE, head=HEAD), None, id="positions"),
        pytest.param(net(wte=TABLE, **dict.fromkeys("abc", HEAD)), None, id="layers that are too many for heads"),
        pytest.param(net(emb=TABLE, head=HEAD), Tied(800, "embedding and head"), id="whatever they are called"),
        pytest.param(net(a=TABLE, b=TABLE, head=HEAD), Tied(800, "embedding and head"), id="one of two unnamed tables"),
        pytest.param(
            net(shared=TABLE, embed_tokens=TABLE), Tied(800, "embeddings"), id="tables of an encoder and a decoder"
        ),
        pytest.param(
            net(shared=TABLE, embed_tokens=TABLE, head=HEAD), Tied(1600, "embeddings and head"), id="and their head"
        ),
        pytest.param(net(wte=TABLE, a=HEAD, b=HEAD), Tied(1600, "embedding and heads"), id="two heads"),
        pytest.param(
            net(wte="Embedding(9, 2)", head=linear(2, 9), embed_tokens=TABLE, lm_head=HEAD),
            Tied(800, "embedding and head"),
            id="of two sizes the one that counts most",
        ),
    ],
)
def test_what_may_be_one_weight(text: str, found: Tied | None) -> None:
    (only,) = sized(text)
    assert tied(only.network, only.leaves) == found


NETWORK = sequential(TABLE, HEAD)


@pytest.mark.parametrize(
    ("names", "again"),
    [
        pytest.param((), 0, id="nothing is shared"),
        pytest.param((("0.weight", "1.weight"),), 800, id="a tied head"),
        pytest.param((("0.weight", "1.weight", "9.weight"),), 800, id="a name that no layer has"),
    ],
)
def test_what_a_live_module_shares(names: tuple[tuple[str, ...], ...], again: int) -> None:
    only = live(NETWORK, *names)
    assert (counted_again(only.network, only.leaves), tied(only.network, only.leaves)) == (again, None)
    assert total(only)[:2] == (1700 - again, 1700 - again)
