"""`archdiff check`: its options, exit codes and what goes where. What it finds: `policy/test_check`."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from archdiff.cli.commands.check import _day
from archdiff.model.errors import UsageError
from cli.command import NETWORKS, SMALL, run

PAIR = '[[pairs]]\nname = "{}"\ncandidate = "mine.txt"\nreference = "{}.txt"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {**NETWORKS, "mine.txt": SMALL}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("references", "options", "code"),
    [
        (["same", "inplace"], [], 0),
        (["same", "dropout"], [], 1),
        (["dropout", "none"], [], 2),
        (["dropout"], ["--fail-on", "function"], 0),
        (["dropout"], ["--ignore", "AD401"], 0),
        (["dropout"], ["--select", "AD1"], 0),
        (["wide", "same"], ["same"], 0),
    ],
    ids=["nothing", "findings", "no answer", "threshold", "ignored", "not selected", "one pair"],
)
def test_exit_code(folder: Path, references: list[str], options: list[str], code: int) -> None:
    (folder / "archdiff.toml").write_text("".join(PAIR.format(name, name) for name in references))
    assert run("check", *options, cwd=folder).returncode == code


def test_reports_on_standard_output_and_remarks_on_standard_error(folder: Path) -> None:
    ignored = 'ignore = [{ rule = "AD101", reason = "x" }]\n'
    (folder / "archdiff.toml").write_text(ignored + PAIR.format("rate", "dropout"))
    done = run("check", "--format", "concise,json", "--output-file", "json=out.json", cwd=folder)
    assert done.stdout == "mine.txt:3: AD401 training 1: p 0.5, not 0.2 [rate]\n"
    assert done.stderr == "warning: archdiff.toml:1: ignore of AD101 no longer matches anything\n"
    assert json.loads((folder / "out.json").read_text())["results"][0]["name"] == "rate"


def test_an_update_says_what_it_wrote(folder: Path) -> None:
    (folder / "archdiff.toml").write_text(PAIR.format("rate", "dropout"))
    done = run("check", "--update", "--reason", "swept", "--expires", "9999-12-31", "--format", "concise", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "archdiff-baseline.toml: 1 accepted\n"
    baseline = (folder / "archdiff-baseline.toml").read_text()
    assert 'reason = "swept"' in baseline
    assert "9999-12-31" in baseline


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--reason", "swept"], "error: --reason and --expires need --update\n  help: archdiff check --update\n"),
        (["--update", "--expires", "soon"], "error: --expires soon: not a day\n  help: --expires 2026-12-31\n"),
        (["--fail-on", "never"], "error: --fail-on never: no such value"),
        (["--unknown", "maybe"], "error: --unknown maybe: no such value"),
        (["--config", "none.toml"], "error: none.toml: no such file"),
        (["--output-file", "json=archdiff.toml"], "error: archdiff.toml: is an input: the report would overwrite it"),
    ],
    ids=["reason alone", "no day", "no effect", "neither", "no file", "over its configuration"],
)
def test_a_question_without_an_answer(folder: Path, options: list[str], message: str) -> None:
    (folder / "archdiff.toml").write_text(PAIR.format("same", "same"))
    done = run("check", *options, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(message)


def test_a_day() -> None:
    assert (_day(""), _day("2026-12-31")) == (None, date(2026, 12, 31))
    for text in ("2026-13-01", "31.12.2026", "tomorrow"):
        with pytest.raises(UsageError, match=": not a day"):
            _day(text)
