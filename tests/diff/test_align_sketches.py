# ruff: noqa: E501  (tables: a case a line)
"""Which layer stands for which, in networks that are sketched: a letter a layer, brackets a block."""

from __future__ import annotations

import pytest

from answers import compared, holding

LAYERS = {
    "R": "ReLU()",
    "T": "Tanh()",
    "S": "Sigmoid()",
    "N": "LayerNorm((8,), eps=1e-05, elementwise_affine=True)",
    "D": "Dropout(p=0.5, inplace=False)",
    "I": "Identity()",
    "P": "MaxPool1d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)",
    "Q": "AvgPool1d(kernel_size=(2,), stride=(2,), padding=(0,))",
    "W": "KWinners(n=8, percent_on=0.25)",
    "O": "Odd(scale=2)",
}
CLASSES = {"(": "Sequential", "[": "Block", "{": "Other", "<": "ModuleList"}
CLOSED = ")]}>"


def network(sketch: str) -> str:
    """`a` to `z` are Linears of other widths, capitals other layers; brackets are containers.

    `()` is a Sequential, `[]` a Block, `{}` an Other, `<>` a ModuleList. A name may stand before a child, as in `[fc:a act:R]`; else its place is its name. A root is `.`.
    """
    text, end = _layer(sketch, 0)
    assert end == len(sketch), f"{sketch[end:]} is left"
    return text


def _layer(sketch: str, at: int) -> tuple[str, int]:
    here = sketch[at]
    if here not in CLASSES:
        width = ord(here)
        return LAYERS.get(here, f"Linear(in_features={width}, out_features={width}, bias=True)"), at + 1
    children: dict[str, str] = {}
    at += 1
    while sketch[at] not in CLOSED:
        if sketch[at] == " ":
            at += 1
            continue
        name, colon, _ = sketch[at:].partition(":")
        if not (colon and name.isidentifier() and name.islower()):
            name = str(len(children))
        else:
            at += len(name) + 1
        children[name], at = _layer(sketch, at)
    return holding(CLASSES[here], **children), at + 1


#: id, candidate, reference, what stands for what in the order of the reference; `-`: nothing
CASES = [
    # one level
    ("one-more", "(aRbRc)", "(aRbc)", "0=0 1=1 2=2 3=- 4=3"),
    ("one-less-at-the-start", "(bRc)", "(aRbRc)", "-=0 -=1 0=2 1=3 2=4"),
    ("one-less-at-the-end", "(aRb)", "(aRbRc)", "0=0 1=1 2=2 -=3 -=4"),
    ("last-of-equals-is-extra", "(aRaRaR)", "(aRaR)", "0=0 1=1 2=2 3=3 4=- 5=-"),
    ("changed", "(aRbT)", "(aRcT)", "0=0 1=1 2=2 3=3"),
    ("another-activation", "(aTb)", "(aRb)", "0=0 1=1 2=2"),
    ("winners-for-relu", "(aWb)", "(aRb)", "0=0 1=1 2=2"),
    ("strangers", "(aTb)", "(aDb)", "0=0 1=1 2=2"),
    ("pool-for-pool", "(aPb)", "(aQb)", "0=0 1=1 2=2"),
    ("unknown-for-known", "(aOb)", "(aRb)", "0=0 1=1 2=2"),
    ("swapped", "(aNRb)", "(aRNb)", "0=0 2=1 1=2 3=3"),
    ("swapped-and-changed", "(aNRb)", "(aTNb)", "0=0 -=1 1=2 2=- 3=3"),
    ("swapped-equal-neighbours", "(aab)", "(aba)", "0=0 2=1 1=2"),
    ("swap-or-gap", "(abR)", "(baR)", "1=0 0=1 2=2"),
    ("two-swaps", "(abcd)", "(badc)", "1=0 0=1 3=2 2=3"),
    ("moved", "(bcda)", "(abcd)", "3=0 0=1 1=2 2=3"),
    ("moved-back", "(dabc)", "(abcd)", "0=3 1=0 2=1 3=2"),
    ("identity", "(aIRb)", "(aRb)", "0=0 2=1 3=2"),
    ("identity-of-somebody", "[x:a y:I z:R]", "[x:a z:R]", "x=x y=- z=z"),
    ("identity-for-a-layer", "[x:a y:I z:b]", "[x:a y:R z:b]", "x=x y=y z=z"),
    ("all-other", "(abc)", "(xyz)", "0=0 1=1 2=2"),
    ("all-other-kinds", "(RTS)", "(abc)", "0=0 1=1 2=2"),
    ("one-for-two", "(aRc)", "(aRbRc)", "0=0 1=1 -=2 -=3 2=4"),
    ("two-for-one", "(abRc)", "(axRc)", "0=0 1=1 2=2 3=3"),
    ("nothing-alike", "(R)", "(a)", "0=0"),
    ("shift-by-one", "(abcde)", "(bcdef)", "0=- 1=0 2=1 3=2 4=3 -=4"),
    ("alternating", "(aRaRaRaR)", "(aTaTaTaT)", "0=0 1=1 2=2 3=3 4=4 5=5 6=6 7=7"),
    ("dropout-between-all", "(aDbDcD)", "(abc)", "0=0 1=- 2=1 3=- 4=2 5=-"),
    ("norms-moved", "(NaNbNc)", "(aNbNcN)", "1=0 0=1 3=2 2=3 5=4 4=5"),
    # names
    ("equal-names-decide", "[q:a k:a v:a]", "[q:a v:a]", "q=q k=- v=v"),
    ("equal-names-in-order", "(q:a k:a v:a)", "(q:a v:a)", "q=q k=- v=v"),
    ("names-in-another-order", "[q:a k:b v:c]", "[v:c q:a k:b]", "v=v q=q k=k"),
    ("names-of-others", "[a:a b:b]", "[b:a a:b]", "b=b a=a"),
    ("renamed-throughout", "[x:[q:a k:a v:a] y:[q:a k:a v:a] z:[q:a k:a v:a]]", "[x:[query:a key:a value:a] y:[query:a key:a value:a] z:[query:a key:a value:a]]", "x.q=x.query x.k=x.key x.v=x.value y.q=y.query y.k=y.key y.v=y.value z.q=z.query z.k=z.key z.v=z.value"),
    ("renamed-and-one-gone", "[x:[q:a k:a v:a] y:[q:a k:a v:a] z:[q:a k:a v:a] w:[q:a v:a]]", "[x:[e:a f:a g:a] y:[e:a f:a g:a] z:[e:a f:a g:a] w:[e:a f:a g:a]]", "x.q=x.e x.k=x.f x.v=x.g y.q=y.e y.k=y.f y.v=y.g z.q=z.e z.k=z.f z.v=z.g w.q=w.e w.v=w.f -=w.g"),
    ("renamed-in-six-and-one-gone", "[a:[q:a k:a v:a] b:[q:a k:a v:a] c:[q:a k:a v:a] d:[q:a k:a v:a] e:[q:a k:a v:a] f:[q:a k:a v:a] g:[q:a v:a]]", "[a:[e:a f:a g:a] b:[e:a f:a g:a] c:[e:a f:a g:a] d:[e:a f:a g:a] e:[e:a f:a g:a] f:[e:a f:a g:a] g:[e:a f:a g:a]]", "a.q=a.e a.k=a.f a.v=a.g b.q=b.e b.k=b.f b.v=b.g c.q=c.e c.k=c.f c.v=c.g d.q=d.e d.k=d.f d.v=d.g e.q=e.e e.k=e.f e.v=e.g f.q=f.e f.k=f.f f.v=f.g g.q=g.e -=g.f g.v=g.g"),
    ("opened-with-a-small-one", "[a:[p:[x:a y:b] q:[x:c]] t:z]", "[x:a y:b q:{x:c u:d} t:z]", "a.p.x=x a.p.y=y a.q.x=q.x -=q.u t=t"),
    ("renamed-twice", "[x:[q:a k:a] y:[q:a k:a] w:[k:a]]", "[x:[e:a f:a] y:[e:a f:a] w:[e:a f:a]]", "x.q=x.e x.k=x.f y.q=y.e y.k=y.f w.k=w.e -=w.f"),
    ("one-name-more", "[a:a b:R c:b]", "[a:a c:b]", "a=a b=- c=c"),
    ("another-name-between", "[a:a b:R c:b]", "[a:a d:R c:b]", "a=a b=d c=c"),
    ("same-name-another-kind", "[a:a b:R c:b]", "[a:a b:D c:b]", "a=a b=b c=c"),
    ("other-name-another-kind", "[a:a b:R c:b]", "[a:a d:D c:b]", "a=a b=- -=d c=c"),
    # blocks
    ("one-block-more", "([aR][aR][aR])", "([aR][aR])", "0.0=0.0 0.1=0.1 1.0=1.0 1.1=1.1 2.0=- 2.1=-"),
    ("one-block-of-three-changed", "([aR][bR][cR])", "([aR][xR][cR])", "0.0=0.0 0.1=0.1 1.0=1.0 1.1=1.1 2.0=2.0 2.1=2.1"),
    ("blocks-swapped", "([aR][bN])", "([bN][aR])", "1.0=0.0 1.1=0.1 0.0=1.0 0.1=1.1"),
    ("block-moved", "([aR]bc[dN])", "([dN][aR]bc)", "3.0=0.0 3.1=0.1 0.0=1.0 0.1=1.1 1=2 2=3"),
    ("block-of-another-class", "([aRb]c)", "({aRb}c)", "0.0=0.0 0.1=0.1 0.2=0.2 1=1"),
    ("block-of-another-class-and-more", "([aRbN]c)", "({aRb}c)", "0.0=0.0 0.1=0.1 0.2=0.2 0.3=- 1=1"),
    ("block-of-another-class-all-other", "([aRb]c)", "({TSN}c)", "0.0=0.0 0.1=0.1 0.2=0.2 1=1"),
    ("blocks-of-one-class-all-other", "([aRb]c)", "([TSN]c)", "0.0=0.0 0.1=0.1 0.2=0.2 1=1"),
    ("opened", "([aRb]c)", "(aRbc)", "0.0=0 0.1=1 0.2=2 1=3"),
    ("opened-in-the-reference", "(aRbc)", "([aRb]c)", "0=0.0 1=0.1 2=0.2 3=1"),
    ("opened-twice", "([[aR]b]c)", "(aRbc)", "0.0.0=0 0.0.1=1 0.1=2 1=3"),
    ("wrapped-in-another", "[model:{a:a b:R c:b}]", "{a:a b:R c:b}", "model.a=a model.b=b model.c=c"),
    ("wrapped-with-a-head", "[model:{a:a b:R c:b} head:d]", "{a:a b:R c:b}", "model.a=a model.b=b model.c=c head=-"),
    ("wrapped-with-two-of-a-class", "[one:{a:a b:R} two:{a:b b:R}]", "{a:a b:R}", "one.a=a one.b=b two.a=- two.b=-"),
    ("across-two-sequentials", "((aR)(bR))", "((aRb)(R))", "0.0=0.0 0.1=0.1 1.0=0.2 1.1=1.0"),
    ("across-a-list", "[h:<ab> t:c]", "[h:<a> s:b t:c]", "h.0=h.0 h.1=s t=t"),
    ("regrouped", "[a:{p:a q:b} b:{p:c q:d}]", "[a:{p:a q:b q2:c} b:{p:d}]", "a.p=a.p a.q=a.q b.p=a.q2 b.q=b.p"),
    ("regrouped-in-other-classes", "{x:[p:a q:R] y:[p:b q:R]}", "{x:{r:a} y:{r:R s:b} z:{r:R}}", "x.p=x.r x.q=y.r y.p=y.s y.q=z.r"),
    ("nested-lists", "<<ab><cd>>", "<<ab><xd>>", "0.0=0.0 0.1=0.1 1.0=1.0 1.1=1.1"),
    ("empty-and-not", "[a:() b:b]", "[a:R b:b]", "a=- -=a b=b"),
    ("empty-and-empty", "[a:() b:b]", "[a:<> b:b]", "a=a b=b"),
    ("layer-for-a-block", "[a:a b:b]", "[a:(aR) b:b]", "a=a.0 -=a.1 b=b"),
    ("one-layer-and-a-block", "a", "(aR)", ".=0 -=1"),
    ("stages", "(<[aR][aR]><[bR][bR]>)", "(<[aR][aR][aR]><[bR]>)", "0.0.0=0.0.0 0.0.1=0.0.1 0.1.0=0.1.0 0.1.1=0.1.1 1.0.0=0.2.0 1.0.1=0.2.1 1.1.0=1.0.0 1.1.1=1.0.1"),
    ("leftovers", "[x:[q:a n:N o:b]]", "[x:{o:b q:a n:N}]", "x.o=x.o x.q=x.q x.n=x.n"),
    ("leftovers-of-other-settings", "[x:[q:a o:b]]", "[x:{o:b p:a s:R}]", "x.o=x.o x.q=x.p -=x.s"),
    ("near-move", "(abcNd)", "(aNbxd)", "0=0 3=1 1=2 2=3 4=4"),
    ("two-moved", "(cdabe)", "(abecd)", "0=0 1=1 2=2 3=3 4=4"),
    ("moved-among-more", "(abNcd)", "(Nabxcd)", "-=0 0=1 1=2 2=3 3=4 4=5"),
    ("moved-identity-between", "(aIbNc)", "(NaIbc)", "3=0 0=1 2=3 4=4"),
    ("equal-layers-moved", "(RaRbRc)", "(aRbRcR)", "1=0 0=1 3=2 2=3 5=4 4=5"),
]  # fmt: skip


def pairs(candidate: str, reference: str) -> str:
    outcome = compared(network(candidate), network(reference))
    return " ".join("=".join("-" if path is None else path or "." for path in pair) for pair in outcome.pairs)


@pytest.mark.parametrize(
    ("candidate", "reference", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_pairs(candidate: str, reference: str, expected: str) -> None:
    assert pairs(candidate, reference) == expected
    mirrored = ("=".join(reversed(pair.split("="))) for pair in pairs(reference, candidate).split())
    assert sorted(mirrored) == sorted(expected.split())
