"""Printed networks to write down in a table, and the answer to a comparison as lines to hold against one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

import pytest

from archdiff import api, parse
from archdiff.model.finding import Finding
from archdiff.model.outcome import Outcome

#: id, candidate, reference, input shape, every finding as `lines` writes it
Case: TypeAlias = tuple[str, str, str, tuple[int, ...] | None, list[str]]


def holding(class_name: str, *children: str, settings: str = "", **named: str) -> str:
    """A container as it is printed: children under numbers, then those with names.

    Args:
        class_name: of the container.
        *children: their prints.
        settings: what the container prints of itself.
        **named: prints of children by name.
    """
    both = {**{str(index): child for index, child in enumerate(children)}, **named}
    lines = [settings] if settings else []
    lines += [f"({name}): {child}" for name, child in both.items()]
    return f"{class_name}(\n  " + "\n".join(lines).replace("\n", "\n  ") + "\n)"


def compared(candidate: str, reference: str, input_shape: tuple[int, ...] | None = None) -> Outcome:
    """The answer to a comparison of two prints."""
    (ours,), (theirs,) = parse.parse(candidate), parse.parse(reference)
    return api.compare_networks(ours, theirs, input_shape)


def lines(findings: Iterable[Finding]) -> list[str]:
    """Findings as text: `RULE effect CANDIDATE|REFERENCE: message xCOUNT [hint]`.

    What follows from one stands behind `->`, and of a hint of more than 100 characters dots.
    """
    return [*_lines(findings)]


def _lines(findings: Iterable[Finding]) -> Iterator[str]:
    for each in findings:
        places = "|".join(place.path or "." if place else "-" for place in (each.candidate, each.reference))
        count = f" x{each.count}" if each.count > 1 else ""
        hint = f" [{each.hint if len(each.hint) <= _LONGEST else '...'}]" if each.hint else ""
        yield f"{each.rule} {each.effect.word} {places}: {each.message}{count}{hint}"
        yield from (f"-> {line}" for line in _lines(each.consequences))


_LONGEST = 100


def findings_test(cases: Sequence[Case]) -> Callable[..., None]:
    """The test that each comparison has exactly these findings, and as many the other way round."""

    @pytest.mark.parametrize(
        ("candidate", "reference", "shape", "findings"), [case[1:] for case in cases], ids=[case[0] for case in cases]
    )
    def test_findings(candidate: str, reference: str, shape: tuple[int, ...] | None, findings: list[str]) -> None:
        assert lines(compared(candidate, reference, shape).findings) == findings
        mirrored = compared(reference, candidate, shape)
        assert len(mirrored.findings) == len([line for line in findings if not line.startswith("->")])

    return test_findings
