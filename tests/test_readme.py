"""The README shows what the command prints today."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from archdiff import api, report

ROOT = Path(__file__).parent.parent


def test_the_first_screen_is_real_output(monkeypatch):
    monkeypatch.chdir(ROOT)
    command, shown = re.search(r"```console\n\$ (.*?)\n(.*?)```", (ROOT / "README.md").read_text(), re.S).groups()
    _, verb, candidate, reference = shlex.split(command, comments=False)
    assert verb == "compare"
    outcome = api.compare(candidate, reference)
    assert report.find("terminal").compare(outcome, report.View()).rstrip() == shown.rstrip()
