"""Small networks as they are printed, with what a decision changes as parameters, and decisions as lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

import pytest

import archdiff
from answers import compared, holding
from archdiff.model.finding import Finding

#: id, candidate, reference, every decision that is a difference as `told` writes it
Case: TypeAlias = tuple[str, str, str, list[str]]


def linear(inputs: int, outputs: int, bias: bool = True) -> str:
    return f"Linear(in_features={inputs}, out_features={outputs}, bias={bias})"


def conv(inputs: int, outputs: int, kernel: int = 3, groups: int = 1) -> str:
    of_groups = f", groups={groups}" if groups > 1 else ""
    pad = kernel // 2
    sizes = f"kernel_size=({kernel}, {kernel}), stride=(1, 1), padding=({pad}, {pad})"
    return f"Conv2d({inputs}, {outputs}, {sizes}{of_groups})"


def batch_norm(width: int, eps: float = 1e-05) -> str:
    return f"BatchNorm2d({width}, eps={eps}, momentum=0.1, affine=True, track_running_stats=True)"


def layer_norm(width: int, eps: float = 1e-05) -> str:
    return f"LayerNorm(({width},), eps={eps}, elementwise_affine=True)"


def dropout(p: float, class_name: str = "Dropout") -> str:
    return f"{class_name}(p={p}, inplace=False)"


def net(**children: str) -> str:
    return holding("Net", **children)


def ordered(*layers: str) -> str:
    return holding("Sequential", *layers)


def listed(*blocks: str) -> str:
    return holding("ModuleList", *blocks)


def block(hidden: int, inner: int, kv: int | None = None, eps: float = 1e-05, p: float = 0.1) -> str:
    """A transformer block: attention, feed-forward layers, norms."""
    width = kv or hidden
    attention = holding(
        "Attention",
        q_proj=linear(hidden, hidden),
        k_proj=linear(hidden, width),
        v_proj=linear(hidden, width),
        out_proj=linear(hidden, hidden),
    )
    mlp = holding("MLP", fc1=linear(hidden, inner), act="GELU()", fc2=linear(inner, hidden), drop=dropout(p))
    return holding("Block", norm1=layer_norm(hidden, eps), attn=attention, norm2=layer_norm(hidden, eps), mlp=mlp)


def transformer(hidden: int, blocks: Sequence[str], vocabulary: int = 100) -> str:
    return net(
        emb=f"Embedding({vocabulary}, {hidden})",
        layers=listed(*blocks),
        norm=layer_norm(hidden),
        head=linear(hidden, vocabulary, False),
    )


def cnn(first: int, second: int, third: int, classes: int = 10) -> str:
    """Three convolutions with norms and a classifier."""
    return net(
        conv1=conv(3, first),
        bn1=batch_norm(first),
        conv2=conv(first, second),
        bn2=batch_norm(second),
        conv3=conv(second, third),
        bn3=batch_norm(third),
        pool="AdaptiveAvgPool2d(output_size=(1, 1))",
        fc=linear(third, classes),
    )


def told(findings: Iterable[Finding]) -> list[str]:
    """Differences as text: `RULE effect: message xCOUNT`, and what follows behind `->`."""
    return [*_lines(finding for finding in findings if finding.is_difference)]


def _lines(findings: Iterable[Finding]) -> Iterator[str]:
    for each in findings:
        count = f" x{each.count}" if each.count > 1 else ""
        place = each.candidate or each.reference
        where = "" if each.members or place is None else f" {place.path}"
        yield f"{each.rule} {each.effect.word}{where}: {each.message}{count}"
        yield from (f"-> {line}" for line in _lines(each.consequences))


def decisions_test(cases: Sequence[Case]) -> Callable[..., None]:
    """The test that each comparison has exactly these decisions, in this order, and as many the other way round.

    The same is demanded of networks that share their equal blocks, as those that are read together do.
    """

    @pytest.mark.parametrize(
        ("candidate", "reference", "expected"), [case[1:] for case in cases], ids=[case[0] for case in cases]
    )
    def test_decisions(candidate: str, reference: str, expected: list[str]) -> None:
        assert told(compared(candidate, reference).decisions) == expected
        assert told(archdiff.compare(candidate, reference).decisions) == expected  # equal blocks are one object there
        mirrored = [each for each in compared(reference, candidate).decisions if each.is_difference]
        assert len(mirrored) == len([line for line in expected if not line.startswith("->")])

    return test_decisions
