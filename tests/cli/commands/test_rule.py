"""`archdiff rule`: every rule explains itself, by its id or its name."""

from __future__ import annotations

from archdiff.model import catalogue
from cli.command import run


def test_every_rule_explains_itself() -> None:
    for entry in catalogue.ENTRIES:
        for word in (entry.id, entry.id.lower(), entry.name):
            assert catalogue.find(word) is entry
        text = catalogue.explained(entry, 80)
        assert text.startswith(f"{entry.id} {entry.name}: one finding for ")
        assert all(len(line) <= 80 for line in text.splitlines())
    assert [line[:5] for line in run("rule").stdout.splitlines() if line.startswith("AD")] == list(catalogue.BY_ID)
    assert run("rule", "layer-order").stdout == catalogue.explained(catalogue.BY_ID["AD101"], 80)
